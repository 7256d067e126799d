// Pathways as pages show them; reviewing them.
#include "pathway/bpmn/layout.h"
#include "review/log_file.h"
#include "review/review.h"
#include "server/api_json.h"
#include "server/api_rehearsals.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

using pathway::ActivityKind;
using pathway::Package;

std::string_view kind_name(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::start_event:
      return "start_event";
    case ActivityKind::end_event:
      return "end_event";
    case ActivityKind::terminate_event:
      return "terminate_event";
    case ActivityKind::timer_event:
      return "timer_event";
    case ActivityKind::message_event:
      return "message_event";
    case ActivityKind::escalation_event:
      return "escalation_event";
    case ActivityKind::boundary_timer:
      return "boundary_timer";
    case ActivityKind::boundary_message:
      return "boundary_message";
    case ActivityKind::boundary_escalation:
      return "boundary_escalation";
    case ActivityKind::user_task:
      return "user_task";
    case ActivityKind::send_task:
      return "send_task";
    case ActivityKind::script_task:
      return "script_task";
    case ActivityKind::business_rule_task:
      return "business_rule_task";
    case ActivityKind::exclusive_gateway:
      return "exclusive_gateway";
    case ActivityKind::parallel_gateway:
      return "parallel_gateway";
    case ActivityKind::event_gateway:
      return "event_gateway";
    case ActivityKind::sub_process:
      return "sub_process";
    case ActivityKind::event_sub_process:
      return "event_sub_process";
    case ActivityKind::inclusive_gateway:
      return "inclusive_gateway";
    case ActivityKind::none_event:
      return "none_event";
    case ActivityKind::escalation_end:
      return "escalation_end";
    case ActivityKind::service_task:
      return "service_task";
    case ActivityKind::complex_gateway:
      return "complex_gateway";
    case ActivityKind::signal_event:
      return "signal_event";
    case ActivityKind::signal_throw:
      return "signal_throw";
    case ActivityKind::conditional_event:
      return "conditional_event";
    case ActivityKind::error_end:
      return "error_end";
    case ActivityKind::compensation_event:
      return "compensation_event";
    case ActivityKind::cancel_end:
      return "cancel_end";
    case ActivityKind::link_event:
      return "link_event";
    case ActivityKind::boundary_signal:
      return "boundary_signal";
    case ActivityKind::boundary_error:
      return "boundary_error";
    case ActivityKind::boundary_condition:
      return "boundary_condition";
    case ActivityKind::boundary_compensation:
      return "boundary_compensation";
    case ActivityKind::boundary_cancel:
      return "boundary_cancel";
    case ActivityKind::repetition:
      return "repetition";
    case ActivityKind::message_throw:
      return "message_throw";
  }
  return "";
}

std::string text_in(const pathway::Texts& texts, std::string_view language) {
  const auto found = texts.find(std::string(language));
  if (found != texts.end()) return found->second;
  return texts.empty() ? std::string() : texts.begin()->second;
}

std::string text_or(const Package& package, const std::string& key, std::string_view otherwise,
                    std::string_view language) {
  return package.texts.contains(key) ? package.text(key, language) : std::string(otherwise);
}

// Of the drawing's elements, by their ids.
JsonObject labels(const Package& package, std::string_view language) {
  std::map<std::string, std::string> found;
  for (const std::string_view kind : {"activity.", "flow.", "lane."})
    for (auto at = package.texts.lower_bound(std::string(kind));
         at != package.texts.end() && at->first.starts_with(kind); ++at)
      found[at->first.substr(kind.size())] = package.text(at->first, language);
  JsonObject out;
  for (const auto& [id, text] : found) out.text(id, text);
  return out;
}

JsonObject roles(const Package& package, std::string_view language) {
  JsonObject out;
  for (const pathway::Role& role : package.pathway.organisation().roles)
    out.text(role.id, text_or(package, role.name_key, role.id, language));
  return out;
}

JsonObject info(const Package& package, int64_t open_cases, std::string_view language) {
  const auto messages = package.pathway.messages();
  JsonObject out;
  out.text("id", package.id)
      .text("version", package.version)
      .text("title", text_in(package.title, language))
      .raw("languages", json_texts(package.languages))
      .number("open_cases", open_cases)
      .raw("messages",
           json_list(messages,
                     [&](const std::string& message) {
                       const pathway::Form* form = package.pathway.message_form(message);
                       return JsonObject()
                           .text("name", message)
                           .text("title", text_or(package, "message." + message, message, language))
                           .text("form", form == nullptr ? "" : form->id())
                           .done();
                     }))
      .raw("scenarios", json_list(package.scenarios, [&](const pathway::Scenario& scenario) {
             return JsonObject()
                 .text("id", scenario.id)
                 .text("name", text_in(scenario.name, language))
                 .text("question", text_in(scenario.question, language))
                 .done();
           }));
  return out;
}

Result<Response> list_pathways(Context& context) {
  TRY(const auto packages, context.services.engine.packages());
  return json_response(json_list(packages, [&](const run::PathwayInfo& each) {
    return info(*each.package, each.open_cases, context.language()).done();
  }));
}

Result<Response> read_pathway(Context& context) {
  TRY(const auto packages, context.services.engine.packages());
  for (const run::PathwayInfo& each : packages) {
    const Package& package = *each.package;
    if (package.id != context.path("id")) continue;
    TRY(const auto counts, context.services.engine.counts(package.id));
    JsonObject out = info(package, each.open_cases, context.language());
    std::vector<pathway::Activity> named;  // parts of others have no name of their own
    for (const pathway::Activity& activity : package.pathway.activities()) {
      if (!activity.part) named.push_back(activity);
    }
    out.raw("activities", json_list(named, [&](const pathway::Activity& activity) {
              return JsonObject()
                  .text("id", activity.id)
                  .text("name", text_or(package, "activity." + activity.id, activity.name,
                                        context.language()))
                  .text("kind", kind_name(activity.kind))
                  .raw("roles", json_texts(activity.roles))
                  .done();
            }));
    JsonObject counted;
    for (const auto& [activity, count] : counts) counted.number(activity, count);
    out.raw("counts", counted.done());
    out.raw("labels", labels(package, context.language()).done());
    out.raw("roles", roles(package, context.language()).done());
    return json_response(out.done());
  }
  return say(context, ErrorCode::not_found, "there is no pathway of this name",
             "il n'y a pas de parcours de ce nom");
}

Result<Response> read_bpmn(Context& context) {
  TRY(const auto package, context.services.engine.package(context.path("id")));
  Response response;
  response.content_type = "application/xml; charset=utf-8";
  // A pathway that was written by hand has no diagram, and the page would show nothing.
  response.body = pathway::with_diagram(package->pathway.bpmn_xml());
  return response;
}

Result<Response> read_form(Context& context) {
  TRY(const auto package, context.services.engine.package(context.path("id")));
  const pathway::Form* form = package->pathway.form(context.path("form"));
  if (form == nullptr)
    return say(context, ErrorCode::not_found, "the pathway has no form of this name",
               "le parcours n'a pas de questionnaire de ce nom");
  return json_response(form->questionnaire());
}

Result<Response> read_log(Context& context) {
  TRY(const auto package, context.services.engine.package(context.path("id")));
  TRY(pathway::EventLog log, context.services.engine.event_log(package->id));
  review::group_by_case(log);
  Response response;
  response.content_type = "application/xml; charset=utf-8";
  response.headers.emplace_back("Content-Disposition",
                                "attachment; filename=\"" + package->id + ".xes\"");
  response.body = review::write_xes(log);
  return response;
}

// ---- review ----

Result<Response> read_review(Context& context) {
  TRY(const auto package, context.services.engine.package(context.request.parameter("pathway")));
  review::Options options;
  options.language = std::string(context.request.parameter("language"));
  if (options.language.empty()) options.language = std::string(context.language());
  if (const std::string_view id = context.request.parameter("rehearsal"); !id.empty()) {
    TRY(const Rehearsals::View view, rehearsal_of(context, id));
    if (view.done == nullptr)
      return say(context, ErrorCode::conflict, "this rehearsal has no result yet",
                 "cette répétition n'a pas encore de résultat");
    TRY(options.promise, review::parse_promise(view.done->json));
  }
  TRY(const pathway::EventLog log, context.services.engine.event_log(package->id));
  return json_response(review::to_json(review::review(log, package.get(), options)));
}

constexpr Route pathway_table[] = {
    {"GET", "/api/pathways", Who::staff, list_pathways},
    {"GET", "/api/pathways/{id}", Who::staff, read_pathway},
    {"GET", "/api/pathways/{id}/bpmn", Who::staff, read_bpmn},
    {"GET", "/api/pathways/{id}/forms/{form}", Who::staff, read_form},
    {"GET", "/api/pathways/{id}/log.xes", Who::staff, read_log},
    {"GET", "/api/review", Who::staff, read_review},
};

}  // namespace

std::span<const Route> pathway_routes() { return pathway_table; }

}  // namespace passerelle::server
