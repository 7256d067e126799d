// Opening cases, finding them, telling them something.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "server/api_json.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

Result<uint64_t> case_number(const Context& context, std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return say(context, ErrorCode::not_found, "there is no case of this number",
               "il n'y a pas de cas de ce numéro");
  return number;
}

bool has_name(json::Value patient) {
  for (const json::Value name : patient["name"].items()) {
    if (!trim(name["family"].string()).empty() || !trim(name["text"].string()).empty()) return true;
    for (const json::Value given : name["given"].items())
      if (!trim(given.string()).empty()) return true;
  }
  return false;
}

// What an SMS gateway can do something with: digits as people group them (ITU-T E.164: at most 15).
bool is_phone_number(std::string_view text) {
  const auto digits =
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits >= 6 && digits <= 15 &&
         text.find_first_not_of("0123456789 .-()/+") == std::string_view::npos &&
         text.find('+', 1) == std::string_view::npos;
}

// Who has no name is not found again in a list, and a number with a slip of the hand is noticed
// when the first link does not arrive: both are asked for while the patient is still there.
Result<void> check_identity(const Context& context, json::Value patient) {
  if (!has_name(patient))
    return say(context, ErrorCode::invalid, "the patient has no name: give a family name",
               "le patient n'a pas de nom : indiquer un nom de famille");
  for (const json::Value contact : patient["telecom"].items()) {
    if (contact["system"].string() != "phone") continue;
    const std::string_view number = trim(contact["value"].string());
    if (is_phone_number(number)) continue;
    const std::string shown(number.substr(0, 40));
    return say(context, ErrorCode::invalid,
               "'" + shown + "' is no telephone number: digits, with + in front if foreign",
               "« " + shown +
                   " » n'est pas un numéro de téléphone : des chiffres, avec + devant "
                   "s'il est étranger");
  }
  return {};
}

Result<Response> open_case(Context& context) {
  TRY(const json::Document body, json_body(context));
  const json::Value root = body.root();
  if (!root["pathway"].is_string() || !root["patient"].is_object())
    return say(context, ErrorCode::invalid,
               "'pathway' (an id) and 'patient' (a FHIR Patient) are "
               "needed",
               "« pathway » (un identifiant) et « patient » (un Patient FHIR) sont "
               "nécessaires");
  TRY_VOID(check_identity(context, root["patient"]));
  run::Opening opening;
  opening.pathway = std::string(root["pathway"].string());
  opening.patient = json::write(root["patient"]);
  opening.start_first_work =
      !root["start_first_work"].is_boolean() || root["start_first_work"].boolean();
  opening.idempotency_key = idempotency_key(context);
  TRY(const run::Opened opened,
      context.services.engine.open_case(opening, actor_of(context), context.now()));
  Response response =
      json_response(JsonObject()
                        .text("case", std::to_string(opened.case_number))
                        .text("patient", opened.patient_id)
                        .raw("work", opened.work ? to_json(*opened.work) : std::string("null"))
                        .done(),
                    201);
  response.headers.emplace_back("Location", "/api/cases/" + std::to_string(opened.case_number));
  return response;
}

Result<Response> list_cases(Context& context) {
  const Request& request = context.request;
  run::CaseQuery query;
  query.pathway = std::string(request.parameter("pathway"));
  query.patient = std::string(request.parameter("patient"));
  query.text = std::string(request.parameter("q"));
  const std::string_view status = request.parameter("status");
  if (status == "open") query.status = store::CaseStatus::open;
  if (status == "ended") query.status = store::CaseStatus::ended;
  if (!status.empty() && !query.status && status != "all")
    return say(context, ErrorCode::invalid, "'status' is open, ended or all",
               "« status » vaut open, ended ou all");
  if (const std::string_view cursor = request.parameter("cursor"); !cursor.empty()) {
    TRY(query.after, case_number(context, cursor));
  }
  TRY(const run::CasePage page, context.services.engine.cases(query, actor_of(context)));
  JsonObject out;
  out.raw("cases", json_list(page.cases, [](const auto& each) { return to_json(each); }));
  out.raw("next", page.next == 0 ? "null" : json::quote(std::to_string(page.next)));
  return json_response(out.done());
}

Result<Response> read_case(Context& context) {
  TRY(const uint64_t number, case_number(context, context.path("id")));
  TRY(const run::CaseDetails details, context.services.engine.read_case(number, actor_of(context)));
  return json_response(to_json(details));
}

Result<Response> tell(Context& context) {
  TRY(const uint64_t number, case_number(context, context.path("id")));
  std::string payload;
  if (!context.request.body.empty()) {
    TRY(const json::Document body, json_body(context));
    payload = json::write(body.root());
  }
  TRY(const run::Completion done,
      context.services.engine.tell(number, context.path("name"), payload, actor_of(context),
                                   idempotency_key(context), context.now()));
  return completion_response(done);
}

constexpr Route case_table[] = {
    {"POST", "/api/cases", Who::staff, open_case},
    {"GET", "/api/cases", Who::reader, list_cases},
    {"GET", "/api/cases/{id}", Who::staff, read_case},
    {"POST", "/api/cases/{id}/messages/{name}", Who::teller, tell},
};

}  // namespace

std::span<const Route> case_routes() { return case_table; }

}  // namespace passerelle::server
