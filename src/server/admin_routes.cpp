// For administrators, monitors and tests: health, status, the audit, the test clock.
#include <algorithm>
#include <filesystem>

#include "run/engine.h"
#include "server/audit.h"
#include "server/background.h"
#include "server/route_tables.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

constexpr int64_t longest_token_days = 3650;

Result<Response> health(Context& context) {
  TRY_VOID(context.services.store.newest_change());
  if (!context.services.store.counters().writable)
    return say(
        context, ErrorCode::unavailable, "the disk takes no changes: it is full or read-only",
        "le disque n'accepte plus de changements : il est plein ou en lecture seule",
        "make room; writing goes on by itself", "faire de la place ; l'écriture reprend seule");
  return json_response("{\"status\":\"ok\"}");
}

Result<Response> status(Context& context) {
  TRY(const store::Stats stats, context.services.store.stats());
  std::string pathways;
  for (const auto& [id, package] : context.services.packages)
    pathways += (pathways.empty() ? "" : ",") + json::quote(id);
  const auto count = [](std::string_view name, int64_t value) {
    return "," + json::quote(name) + ":" + std::to_string(value);
  };
  std::string out = "{\"version\":" + json::quote(PASSERELLE_VERSION) +
                    ",\"now\":" + json::quote(format_instant(context.now())) +
                    ",\"test_clock\":" + (context.services.clock.is_test() ? "true" : "false") +
                    ",\"writable\":" + (stats.writable ? "true" : "false") + ",\"pathways\":[" +
                    pathways + "]";
  out += count("resources", stats.resources) + count("versions", stats.versions) +
         count("open_cases", stats.open_cases) + count("events", stats.events) +
         count("pending_messages", stats.pending_messages) +
         count("pending_timers", stats.pending_timers) + count("file_bytes", stats.file_bytes) +
         count("commits", stats.commits) + count("transactions", stats.transactions) + "}";
  return json_response(std::move(out));
}

// Beside the data file, under the time of day; never over another.
Result<Response> backup(Context& context) {
  const Services& services = context.services;
  if (services.data_file.empty())
    return say(context, ErrorCode::conflict, "this server has no data file that stays",
               "ce serveur n'a pas de fichier de données durable", "start it with --data",
               "le démarrer avec --data");
  std::string time = format_instant(wall_now()).substr(0, 19);
  std::replace(time.begin(), time.end(), ':', '-');
  const std::string file = services.data_file + ".backup-" + time;
  TRY_VOID(services.store.backup(file));
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return json_response("{\"file\":" + json::quote(file) +
                       ",\"bytes\":" + std::to_string(error ? 0 : bytes) + "}");
}

Result<Response> read_audit(Context& context) {
  const std::string_view from = context.request.parameter("at");
  if (from.size() < 7)
    return say(context, ErrorCode::invalid, "'at' says of when: at=2020-03-26 or at=2020-03-26T08",
               "« at » dit de quand : at=2020-03-26 ou at=2020-03-26T08");
  const std::string account(context.request.parameter("account"));
  const std::string target(context.request.parameter("target"));
  constexpr size_t most = 10'000;
  std::string entries;
  size_t count = 0;
  TRY_VOID(context.services.audit.flush(context.now()));
  TRY_VOID(context.services.audit.read(from, [&](std::string_view line) {
    const auto entry = json::Document::parse(line);
    if (!entry) return true;
    if (!account.empty() && entry->root()["account"].string() != account) return true;
    if (!target.empty() && entry->root()["target"].string().find(target) == std::string::npos)
      return true;
    entries += (entries.empty() ? "" : ",") + std::string(line);
    return ++count < most;
  }));
  return json_response("{\"entries\":[" + entries +
                       "],\"more\":" + (count == most ? "true" : "false") + "}");
}

// For systems and monitors, which do not log in twice a day. Whoever has it may end it: log-out.
Result<Response> issue_token(Context& context) {
  TRY(const json::Document body, json_body(context));
  const auto days = body.root()["days"].integer();
  if (!days || *days < 1 || *days > longest_token_days)
    return say(context, ErrorCode::invalid, "'days' says how long the token lasts: 1 to 3650",
               "« days » dit combien de jours vaut le jeton : de 1 à 3650");
  const Millis life = std::chrono::hours(24) * *days;
  const std::string_view id = context.path("id");
  if (!context.services.identity.find_account(id))
    return say(context, ErrorCode::not_found, "there is no such account", "ce compte n'existe pas",
               "passerelle account add makes one", "passerelle account add en crée un");
  TRY(const std::string token, context.services.identity.issue_token(id, life, wall_now()));
  return json_response("{\"account\":" + json::quote(id) + ",\"token\":" + json::quote(token) +
                           ",\"expires\":\"" + format_instant(wall_now() + life) + "\"}",
                       201);
}

Result<Response> test_clock(Context& context) {
  return json_response("{\"now\":" + json::quote(format_instant(context.services.clock.now())) +
                       ",\"test\":" + (context.services.clock.is_test() ? "true" : "false") + "}");
}

Result<Response> advance(Context& context) {
  const Services& services = context.services;
  if (!services.clock.is_test())
    return say(context, ErrorCode::conflict, "this server goes by the real time",
               "ce serveur suit l'heure réelle", "start it with --test-clock",
               "le démarrer avec --test-clock");
  TRY(const json::Document body, json_body(context));
  Instant target = services.clock.now();
  if (const json::Value by = body.root()["advance"]; by.exists()) {
    TRY(const Millis span, parse_duration(by.string()));
    target += span;
  } else if (const json::Value to = body.root()["to"]; to.exists()) {
    TRY(target, parse_instant(to.string()));
  } else {
    return say(context, ErrorCode::invalid, "write {\"advance\": \"PT4H\"} or {\"to\": instant}",
               "écrire {\"advance\": \"PT4H\"} ou {\"to\": instant}");
  }
  if (target < services.clock.now())
    return say(context, ErrorCode::invalid, "time cannot go back",
               "le temps ne peut pas revenir en arrière");
  TRY_VOID(services.background.advance_to(target));
  return test_clock(context);
}

constexpr Route admin_table[] = {
    {"GET", "/health", Who::anyone, health},
    {"GET", "/api/status", Who::account, status},
    {"POST", "/api/backup", Who::admin, backup},
    {"POST", "/api/accounts/{id}/token", Who::admin, issue_token},
    {"GET", "/api/audit", Who::admin, read_audit},
    {"GET", "/api/test-clock", Who::account, test_clock, Lane::here},
    {"POST", "/api/test-clock", Who::account, advance},
};

}  // namespace

std::span<const Route> admin_routes() { return admin_table; }

}  // namespace passerelle::server
