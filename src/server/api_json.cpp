#include "server/api_json.h"

#include "run/access.h"

namespace passerelle::server {

void JsonObject::name(std::string_view name) {
  if (out_.size() > 1) out_ += ',';
  out_ += json::quote(name) + ':';
}
JsonObject& JsonObject::text(std::string_view key, std::string_view value) {
  name(key);
  out_ += json::quote(value);
  return *this;
}
JsonObject& JsonObject::number(std::string_view key, int64_t value) {
  name(key);
  out_ += std::to_string(value);
  return *this;
}
JsonObject& JsonObject::boolean(std::string_view key, bool value) {
  name(key);
  out_ += value ? "true" : "false";
  return *this;
}
JsonObject& JsonObject::instant(std::string_view key, std::optional<Instant> value) {
  name(key);
  out_ += value ? json::quote(format_instant(*value)) : "null";
  return *this;
}
JsonObject& JsonObject::raw(std::string_view key, std::string_view json) {
  name(key);
  out_ += json.empty() ? "null" : json;
  return *this;
}

std::string json_texts(std::span<const std::string> texts) {
  return json_list(texts, [](const std::string& text) { return json::quote(text); });
}

std::string to_json(const run::PatientBrief& patient) {
  return JsonObject()
      .text("id", patient.id)
      .text("name", patient.name)
      .text("birth_date", patient.birth_date)
      .text("phone", patient.phone)
      .done();
}

std::string to_json(const run::WorkItem& work) {
  std::string owner = "null";
  if (!work.owner.empty())
    owner = JsonObject().text("account", work.owner).text("name", work.owner_name).done();
  return JsonObject()
      .text("id", work.id)
      .text("case", std::to_string(work.case_number))
      .text("pathway", work.pathway)
      .text("activity", work.activity)
      .text("title", work.title)
      .number("priority", work.priority)
      .instant("opened", work.opened)
      .instant("due", work.due)
      .text("state", run::work_state(work))
      .raw("owner", owner)
      .raw("roles", json_texts(work.roles))
      .text("channel", work.channel)
      .text("form", work.form)
      .raw("patient", to_json(work.patient))
      .raw("show", work.show)
      .boolean("patient_facing", work.patient_facing)
      .boolean("incident", work.incident)
      .done();
}

std::string to_json(const run::KeptBack& kept) {
  return JsonObject()
      .raw("item", to_json(kept.item))
      .raw("skills", json_texts(kept.skills))
      .raw("who", json_texts(kept.who))
      .text("reason", kept.reason)
      .text("help", kept.help)
      .done();
}

std::string to_json(const run::TimelineEvent& event) {
  return JsonObject()
      .instant("at", event.at)
      .text("activity", event.activity)
      .text("name", event.name)
      .text("lifecycle", event.lifecycle)
      .text("role", event.role)
      .text("actor", event.actor)
      .text("channel", event.channel)
      .raw("data", event.data)
      .raw("why", event.why)
      .done();
}

std::string to_json(const run::Why& why) {
  return JsonObject().text("text", why.text).instant("at", why.at).raw("rules", why.rules).done();
}

std::string to_json(const run::PastAnswers& answers) {
  return JsonObject()
      .instant("at", answers.at)
      .text("work", answers.work)
      .text("activity", answers.activity)
      .text("form", answers.form)
      .raw("values", answers.values)
      .done();
}

std::string to_json(const run::Trend& trend) {
  const std::string points = json_list(trend.points, [](const auto& point) {
    return "[" + json::quote(format_instant(point.first)) + "," +
           feel::to_text(feel::Value::real(point.second)) + "]";
  });
  return JsonObject()
      .text("link_id", trend.link_id)
      .text("label", trend.label)
      .text("unit", trend.unit)
      .raw("points", points)
      .done();
}

namespace {

constexpr auto as_json = [](const auto& item) { return to_json(item); };

JsonObject summary_fields(const run::CaseSummary& summary) {
  JsonObject out;
  out.text("id", std::to_string(summary.number))
      .text("pathway", summary.pathway)
      .text("version", summary.version)
      .raw("patient", to_json(summary.patient))
      .instant("opened", summary.opened)
      .instant("ended", summary.ended)
      .raw("at", json_texts(summary.at))
      .raw("attributes", summary.attributes);
  return out;
}

}  // namespace

std::string to_json(const run::CaseSummary& summary) { return summary_fields(summary).done(); }

std::string to_json(const run::CaseDetails& details) {
  return summary_fields(details.summary)
      .raw("work", json_list(details.work, as_json))
      .raw("variables", details.variables)
      .raw("messages", json_texts(details.messages))
      .raw("answers", json_list(details.answers, as_json))
      .raw("trends", json_list(details.trends, as_json))
      .raw("timeline", json_list(details.timeline, as_json))
      .done();
}

std::string refusals_json(const run::Refusals& refusals) {
  return json_list(refusals, [](const pathway::Refusal& refusal) {
    return JsonObject().text("link_id", refusal.link_id).text("message", refusal.message).done();
  });
}

Response completion_response(const run::Completion& done) {
  if (!done.done)
    return json_response(JsonObject().raw("refusals", refusals_json(done.refusals)).done(), 422);
  return json_response(
      JsonObject().boolean("done", true).boolean("repeated", done.repeated).done());
}

run::Actor actor_of(const Account& account, std::string_view language) {
  run::Actor actor;
  actor.account = account.id;
  actor.name = account.name;
  actor.roles = account.roles;
  actor.skills = account.skills;
  actor.skills_from = account.skills_from;
  actor.language = std::string(language);
  actor.everything = account.is_admin() || account.has_role(system_role);
  return actor;
}

run::Actor actor_of(const Context& context) {
  return actor_of(*context.account, context.language());
}

std::vector<std::string> abilities(const Services& services, const Account& account) {
  const run::Actor actor = actor_of(account, account.language);
  bool enrols = false, sees_messages = account.is_admin();
  for (const auto& [id, package] : services.packages) {
    const pathway::Organisation& organisation = package->pathway.organisation();
    enrols = enrols || run::may_enrol(organisation, actor);
    sees_messages = sees_messages || account.has_role(organisation.coordinator);
  }
  std::vector<std::string> out;
  if (enrols) out.emplace_back("enrol");
  if (sees_messages) out.emplace_back("messages");
  return out;
}

std::string idempotency_key(const Context& context) {
  return std::string(context.request.header("idempotency-key"));
}

}  // namespace passerelle::server
