// Rehearsing: what may be changed, ordering one, reading it, its report and its animation.
#include "server/api_rehearsals.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "pathway/figures.h"
#include "pathway/levers.h"
#include "rehearse/report.h"
#include "server/api_json.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

using pathway::Lever;
using pathway::Package;

constexpr int most_days = 3660;
constexpr int most_replications = 1000;
constexpr size_t most_changes = 200;
// Beyond these a rehearsal would only keep the machine busy.
constexpr double most_people = 10'000, most_times = 100;

bool has_scenario(const Package& package, std::string_view id) {
  if (id.empty()) return true;
  for (const pathway::Scenario& scenario : package.scenarios)
    if (scenario.id == id) return true;
  return false;
}

Error no_scenario(const Context& context, const std::string& scenario) {
  return say(context, ErrorCode::invalid, "the package has no scenario '" + scenario + "'",
             "le parcours n'a pas de scénario « " + scenario + " »");
}

Result<int64_t> number_of(const Context& context, json::Value body, std::string_view name,
                          int64_t otherwise, int64_t most) {
  const json::Value value = body[name];
  if (!value.exists() || value.is_null()) return otherwise;
  const auto number = value.integer();
  if (!number || *number < 0 || *number > most)
    return say(context, ErrorCode::invalid,
               "'" + std::string(name) + "' is a whole number from 0 to " + std::to_string(most),
               "« " + std::string(name) + " » est un nombre entier de 0 à " + std::to_string(most));
  return *number;
}

// ---- what may be changed ----

std::string clock_time(std::chrono::minutes at) {
  const auto two = [](int64_t value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
  };
  return two(at.count() / 60 % 24) + ":" + two(at.count() % 60);
}

std::string numbers_json(const std::vector<int>& numbers) {
  return json_list(numbers, [](int each) { return std::to_string(each); });
}

std::string lever_json(const Package& package, const Lever& lever, std::string_view language) {
  JsonObject out;
  out.text("file", lever.file).text("name", pathway::name_of(lever, package, language));
  switch (lever.kind) {
    case Lever::Kind::people: {
      const pathway::Role* role = package.pathway.organisation().role(lever.role);
      const std::string name =
          role == nullptr ? lever.role : package.text(role->name_key, language);
      std::vector<int> days(lever.shift->days.begin(), lever.shift->days.end());
      return out.text("kind", "people")
          .text("path", lever.path)
          .text("role", lever.role)
          .text("role_name", name)
          .raw("days", numbers_json(days))
          .text("from", clock_time(lever.shift->start))
          .text("to", clock_time(lever.shift->end))
          .raw("people", numbers_json(lever.people))
          .done();
    }
    case Lever::Kind::threshold:
      return out.text("kind", "threshold")
          .text("decision", lever.decision)
          .text("unit", lever.unit)
          .raw("value", feel::to_text(feel::Value::real(lever.value)))
          .done();
    case Lever::Kind::arrivals:
      return out.text("kind", "arrivals")
          .text("path", lever.path)
          .boolean("inverse", lever.inverse)
          .done();
  }
  return "null";
}

Result<Response> read_levers(Context& context) {
  TRY(const auto as_written, context.services.engine.package(context.path("id")));
  const std::string scenario(context.request.parameter("scenario"));
  if (!has_scenario(*as_written, scenario)) return no_scenario(context, scenario);
  std::vector<pathway::Finding> findings;
  const auto package = pathway::load_package(as_written->files, as_written->id, scenario, findings);
  if (package == nullptr)
    return say(context, ErrorCode::invalid, "the package does not compile under this scenario",
               "le parcours ne se compile pas sous ce scénario");
  return json_response(json_list(pathway::levers(*package), [&](const Lever& each) {
    return lever_json(*package, each, context.language());
  }));
}

// ---- ordering ----

Error wrong_change(const Context& context, size_t index) {
  const std::string which = std::to_string(index + 1);
  return say(context, ErrorCode::invalid, "change " + which + " is none that a rehearsal takes",
             "le changement " + which + " n'est pas de ceux qu'une répétition prend",
             "a file and a path with 'to', 'add' or 'times', or a decision with 'to', as a "
             "scenario has them; at most 10,000 people, at most 100 times as many",
             "un fichier et un chemin avec « to », « add » ou « times », ou une décision avec "
             "« to », comme dans un scénario ; 10 000 personnes ou 100 fois plus au plus");
}

// Only what the page offers; what it does to the package is checked when that is compiled.
bool may_change(json::Value change) {
  if (!change.is_object() || !change["file"].is_string()) return false;
  const json::Value to = change["to"], add = change["add"], times = change["times"];
  if (int(to.exists()) + int(add.exists()) + int(times.exists()) != 1) return false;
  if (change["decision"].is_string()) return to.is_string() || to.is_number() || to.is_boolean();
  if (!change["path"].is_string()) return false;
  if (to.exists()) return to.is_number() && to.real() >= 0 && to.real() <= most_people;
  if (add.exists())
    return add.is_number() && add.real() >= -most_people && add.real() <= most_people;
  return times.is_number() && times.real() >= 1 / most_times && times.real() <= most_times;
}

Result<yaml::Node> changes_in(const Context& context, json::Value list) {
  if (!list.exists() || list.is_null()) return yaml::Node();
  if (!list.is_array() || list.size() > most_changes)
    return say(context, ErrorCode::invalid, "'changes' is a list of at most 200 changes",
               "'changes' est une liste de 200 changements au plus");
  if (list.size() == 0) return yaml::Node();
  std::set<std::string> changed;  // twice a hundred times would be ten thousand times
  for (size_t i = 0; i < list.size(); ++i) {
    const json::Value what = list[i][list[i]["decision"].exists() ? "decision" : "path"];
    const std::string key =
        std::string(list[i]["file"].string()) + "\n" + std::string(what.string());
    if (!may_change(list[i]) || !changed.insert(key).second) return wrong_change(context, i);
  }
  // JSON is YAML, too.
  return yaml::parse(json::write(list), "changes");
}

Result<Response> order_rehearsal(Context& context) {
  TRY(const json::Document body, json_body(context));
  const json::Value root = body.root();
  RehearsalOrder order;
  TRY(order.package, context.services.engine.package(root["pathway"].string()));
  order.scenario = std::string(root["scenario"].string());
  if (root["against"].is_string()) order.against = std::string(root["against"].string());
  for (const std::string& scenario : {order.scenario, order.against.value_or("")})
    if (!has_scenario(*order.package, scenario)) return no_scenario(context, scenario);
  TRY(order.changes, changes_in(context, root["changes"]));
  if (!order.changes.is_null()) {
    // A change that leads nowhere is told now, not when the rehearsal has failed.
    std::vector<pathway::Finding> findings;
    const auto changed = pathway::load_changed_package(order.package->files, order.package->id,
                                                       order.scenario, order.changes, findings);
    if (changed == nullptr) return pathway::first_error(findings);
  }
  TRY(const int64_t days, number_of(context, root, "days", 0, most_days));
  TRY(const int64_t replications, number_of(context, root, "replications", 10, most_replications));
  TRY(const int64_t seed, number_of(context, root, "seed", 1, int64_t{1} << 53));
  order.days = static_cast<int>(days);
  order.replications = std::max(1, static_cast<int>(replications));
  order.seed = static_cast<uint64_t>(seed);
  order.account = context.account->id;
  TRY(const std::string id, context.services.rehearsals.order(std::move(order)));
  return json_response(JsonObject().text("id", id).done(), 202);
}

// ---- reading ----

std::vector<std::string> own_changes(const RehearsalDone& done, std::string_view language) {
  const auto found = done.own_changes.find(language.starts_with("fr") ? "fr" : "en");
  return found == done.own_changes.end() ? std::vector<std::string>() : found->second;
}

Result<Response> read_rehearsal(Context& context) {
  TRY(const Rehearsals::View view, rehearsal_of(context, context.path("id")));
  static const RehearsalDone none_yet;
  const RehearsalDone& done = view.done == nullptr ? none_yet : *view.done;
  return json_response(JsonObject()
                           .text("state", to_text(view.state))
                           .raw("progress", feel::to_text(feel::Value::real(view.progress)))
                           .raw("result", done.json)
                           .raw("against", done.against_json)
                           .raw("comparison", done.comparison_json)
                           .raw("changes", json_texts(own_changes(done, context.language())))
                           .raw("error", view.error.empty() ? "" : json::quote(view.error))
                           .done());
}

Result<std::shared_ptr<const RehearsalDone>> done_of(const Context& context) {
  TRY(const Rehearsals::View view, rehearsal_of(context, context.path("id")));
  if (view.done != nullptr) return view.done;
  return say(context, ErrorCode::conflict, "this rehearsal has no result yet",
             "cette répétition n'a pas encore de résultat");
}

Result<Response> read_animation(Context& context) {
  TRY_VOID(done_of(context));
  TRY(std::string made, context.services.rehearsals.animation(context.path("id")));
  return json_response(std::move(made));
}

std::string command_of(const RehearsalDone& done) {
  const rehearse::Rehearsal& it = done.rehearsal;
  std::string out = "passerelle rehearse pathways/" + it.pathway;
  if (!it.scenario.empty()) out += " --scenario " + it.scenario;
  for (const rehearse::Rehearsal& other : done.others)
    out += " --against " + (other.scenario.empty() ? "base" : other.scenario);
  return out + " --days " + std::to_string(it.days) + " --replications " +
         std::to_string(it.replications) + " --seed " + std::to_string(it.seed);
}

Result<Response> read_report(Context& context) {
  TRY(const auto done, done_of(context));
  rehearse::Report report;
  report.package = done->package.get();
  report.rehearsal = &done->rehearsal;
  report.others = done->others;
  report.comparisons = done->comparisons;
  report.figures = pathway::figures(done->package->files);
  report.program = "passerelle " PASSERELLE_VERSION;
  // Without the person's own changes it could be done by one command.
  if (done->own_changes.empty()) report.command = command_of(*done);
  report.language = std::string(context.request.parameter("language"));
  if (report.language.empty()) report.language = std::string(context.language());
  report.own_changes = own_changes(*done, report.language);
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back(
      "Content-Disposition", "attachment; filename=\"" + done->package->id + "-rehearsal.html\"");
  response.body = rehearse::to_html(report);
  return response;
}

Result<Response> stop_rehearsal(Context& context) {
  TRY(const Rehearsals::View view, rehearsal_of(context, context.path("id")));
  if (view.account != context.account->id && !context.account->is_admin())
    return say(context, ErrorCode::forbidden, "somebody else has ordered this rehearsal",
               "quelqu'un d'autre a demandé cette répétition");
  context.services.rehearsals.stop(context.path("id"));
  return json_response(JsonObject().boolean("done", true).done());
}

constexpr Route rehearsal_table[] = {
    {"GET", "/api/pathways/{id}/levers", Who::staff, read_levers},
    {"POST", "/api/rehearsals", Who::staff, order_rehearsal},
    {"GET", "/api/rehearsals/{id}", Who::staff, read_rehearsal},
    {"GET", "/api/rehearsals/{id}/animation", Who::staff, read_animation},
    {"GET", "/api/rehearsals/{id}/report", Who::staff, read_report},
    {"DELETE", "/api/rehearsals/{id}", Who::staff, stop_rehearsal},
};

}  // namespace

Result<Rehearsals::View> rehearsal_of(const Context& context, std::string_view id) {
  auto view = context.services.rehearsals.find(id);
  if (view) return std::move(*view);
  return say(context, ErrorCode::not_found, "there is no rehearsal of this number any more",
             "il n'y a plus de répétition de ce numéro",
             "order it again: the same seed gives the same result",
             "la demander à nouveau : la même graine donne le même résultat");
}

std::span<const Route> rehearsal_routes() { return rehearsal_table; }

}  // namespace passerelle::server
