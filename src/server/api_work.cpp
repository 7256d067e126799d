// The worklist and what is done with work.
#include "server/api_json.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

constexpr auto item_as_json = [](const auto& item) { return to_json(item); };

Result<Response> worklist(Context& context) {
  const bool mine =
      context.request.parameter("mine") == "1" || context.request.parameter("mine") == "true";
  TRY(const run::Worklist list,
      context.services.engine.worklist(actor_of(context), context.request.parameter("role"), mine,
                                       context.now()));
  return json_response(JsonObject()
                           .instant("now", context.now())
                           .raw("items", json_list(list.items, item_as_json))
                           .raw("kept_back", json_list(list.kept_back, item_as_json))
                           .done());
}

Result<Response> read_work(Context& context) {
  TRY(const run::WorkDetails details,
      context.services.engine.work(context.path("id"), actor_of(context), context.now()));
  const std::string form =
      details.form == nullptr ? "null" : json::write(details.form->questionnaire());
  return json_response(
      JsonObject()
          .raw("item", to_json(details.item))
          .raw("kept_back", details.kept_back ? to_json(*details.kept_back) : "null")
          .raw("questionnaire", form)
          .raw("why", json_list(details.why, item_as_json))
          .raw("trends", json_list(details.trends, item_as_json))
          .raw("answers", json_list(details.answers, item_as_json))
          .raw("timeline", json_list(details.timeline, item_as_json))
          .done());
}

using Lock = Result<run::WorkItem> (run::Engine::*)(std::string_view, const run::Actor&, Instant);

template <Lock lock>
Result<Response> change_lock(Context& context) {
  TRY(const run::WorkItem work,
      (context.services.engine.*lock)(context.path("id"), actor_of(context), context.now()));
  return json_response(to_json(work));
}

Result<Response> complete(Context& context) {
  TRY(const json::Document body, json_body(context));
  const json::Value answers = body.root()["answers"];
  if (answers.exists() && !answers.is_object())
    return say(context, ErrorCode::invalid, "'answers' is an object of link ids and answers",
               "« answers » est un objet : identifiants de questions et réponses");
  TRY(const run::Completion done,
      context.services.engine.complete(context.path("id"), run::answers_of(answers),
                                       actor_of(context), idempotency_key(context), context.now()));
  return completion_response(done);
}

Result<Response> raise(Context& context) {
  TRY(const json::Document body, json_body(context));
  const json::Value code = body.root()["code"];
  if (!code.is_string() || code.string().empty())
    return say(context, ErrorCode::invalid, "'code' is the errorCode of an error of the pathway",
               "« code » est l'errorCode d'une erreur du parcours");
  TRY(const run::Completion done,
      context.services.engine.raise(context.path("id"), code.string(), actor_of(context),
                                    idempotency_key(context), context.now()));
  return completion_response(done);
}

constexpr Route work_table[] = {
    {"GET", "/api/worklist", Who::staff, worklist},
    {"GET", "/api/work/{id}", Who::staff, read_work},
    {"POST", "/api/work/{id}/take", Who::staff, change_lock<&run::Engine::take>},
    {"POST", "/api/work/{id}/release", Who::staff, change_lock<&run::Engine::release>},
    {"POST", "/api/work/{id}/begin", Who::staff, change_lock<&run::Engine::begin>},
    {"POST", "/api/work/{id}/complete", Who::staff, complete},
    {"POST", "/api/work/{id}/error", Who::staff, raise},
};

}  // namespace

std::span<const Route> work_routes() { return work_table; }

}  // namespace passerelle::server
