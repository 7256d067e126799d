// Log-in, log-out, who am I.
#include "base/text.h"
#include "server/api_json.h"
#include "server/audit.h"
#include "server/errors.h"
#include "server/route_tables.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

constexpr size_t longest_address = 64;
constexpr std::string_view cookie_rules = "; Path=/; HttpOnly; SameSite=Strict";

// What the account has today, and from when on it has the others.
void add_skills(JsonObject& object, const Services& services, const Account& account) {
  const auto today =
      std::chrono::floor<std::chrono::days>(services.zone.to_local(services.clock.now()));
  std::vector<std::string> skills = account.skills;
  JsonObject later;
  for (const auto& [skill, day] : account.skills_from) {
    if (day <= today)
      skills.push_back(skill);
    else
      later.text(skill, pathway::format_calendar_day(day));
  }
  object.raw("skills", json_texts(skills)).raw("skills_from", later.done());
}

JsonObject account_fields(const Services& services, const Account& account) {
  JsonObject out;
  out.text("account", account.id)
      .text("name", account.name)
      .raw("roles", json_texts(account.roles));
  add_skills(out, services, account);
  out.text("language", account.language).raw("may", json_texts(abilities(services, account)));
  return out;
}

// Behind a proxy that adds TLS the cookie must not leave it.
std::string secure(const Context& context) {
  return context.services.base_url.starts_with("https://") ? "; Secure" : "";
}

void note(const Context& context, std::string_view account, std::string_view action, int status) {
  context.services.audit.note({context.now(), std::string(account), context.request.peer,
                               std::string(action), context.request.path, status});
}

// Where the request comes from. The proxy on this machine writes it at the end of X-Forwarded-For;
// what stands before it, and what others send, anybody can have written.
std::string address_of(const Request& request) {
  const std::string& peer = request.peer;
  if (!peer.starts_with("127.") && peer != "::1" && peer != "::ffff:127.0.0.1") return peer;
  const std::string_view forwarded = request.header("x-forwarded-for");
  const std::string_view last = trim(forwarded.substr(forwarded.rfind(',') + 1));
  return last.empty() || last.size() > longest_address ? peer : std::string(last);
}

Result<Response> too_many(const Context& context, Millis pause) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(pause).count();
  const std::string minutes = std::to_string((seconds + 59) / 60);
  Response response = error_response(
      context, say(context, ErrorCode::unavailable, "too many wrong passwords in a row",
                   "trop de mots de passe erronés de suite", "wait " + minutes + " minutes",
                   "attendre " + minutes + " minutes"));
  response.status = 429;
  std::erase_if(response.headers, [](const auto& header) { return header.first == "Retry-After"; });
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

Result<Response> login(Context& context) {
  TRY(const json::Document body, json_body(context));
  const std::string id(body.root()["account"].string());
  const std::string_view password = body.root()["password"].string();
  if (id.empty() || password.empty())
    return say(context, ErrorCode::invalid, "'account' and 'password' are needed",
               "« account » et « password » sont nécessaires");
  Identity& identity = context.services.identity;
  const std::string address = address_of(context.request);
  if (const Millis pause = identity.pause_of(id, address, wall_now()); pause > Millis::zero()) {
    note(context, id, "login", 429);
    return too_many(context, pause);
  }
  const auto session = identity.log_in(id, password, address, wall_now());
  if (!session) {
    note(context, id, "login", status_of(session.error().code));
    if (session.error().code != ErrorCode::unauthenticated) return session.error();
    return say(context, ErrorCode::unauthenticated, "the account or the password is wrong",
               "le compte ou le mot de passe est erroné");
  }
  note(context, id, "login", 200);
  Response response = json_response(
      account_fields(context.services, *session->account).text("token", session->token).done());
  response.headers.emplace_back(
      "Set-Cookie", "passerelle=" + session->token + std::string(cookie_rules) + secure(context));
  return response;
}

Result<Response> logout(Context& context) {
  TRY_VOID(context.services.identity.log_out(context.token, wall_now()));
  Response response = json_response("{\"done\":true}");
  response.headers.emplace_back("Set-Cookie", "passerelle=; Max-Age=0" + std::string(cookie_rules));
  return response;
}

Result<Response> me(Context& context) {
  return json_response(account_fields(context.services, *context.account).done());
}

constexpr Route identity_table[] = {
    {"POST", "/api/login", Who::anyone, login},
    {"POST", "/api/logout", Who::account, logout},
    {"GET", "/api/me", Who::account, me, Lane::here},
};

}  // namespace

std::span<const Route> identity_routes() { return identity_table; }

}  // namespace passerelle::server
