// SearchParameters of the record: how far the index of each has come, for administrators and for
// FHIR's clients (SearchParameter/ID/$status).
#include "base/text.h"
#include "run/search_parameters.h"
#include "server/fhir_operation.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

int64_t percent_of(const run::IndexStatus& status) {
  if (status.state == run::IndexState::ready) return 100;
  return status.total == 0 ? 0 : std::min<int64_t>(99, 100 * status.done / status.total);
}

Result<Response> all_handler(Context& context) {
  std::string out;
  for (const run::IndexStatus& one : context.services.search_parameters.list())
    out += (out.empty() ? "" : ",") + std::string("{\"id\":") + json::quote(one.id) +
           ",\"code\":" + json::quote(one.code) + ",\"url\":" + json::quote(one.url) +
           ",\"state\":" + json::quote(run::name_of(one.state)) +
           ",\"done\":" + std::to_string(one.done) + ",\"total\":" + std::to_string(one.total) +
           ",\"percent\":" + std::to_string(percent_of(one)) +
           ",\"detail\":" + json::quote(one.detail) + "}";
  return json_response("{\"search_parameters\":[" + out + "]}");
}

// Of one that is not followed: why not.
run::IndexStatus not_followed(json::Value resource) {
  run::IndexStatus status;
  status.id = std::string(resource["id"].string());
  status.code = std::string(resource["code"].string());
  status.url = std::string(resource["url"].string());
  if (fhir::is_built_in_parameter(status.url)) {
    status.detail = "it is one of the specification, and built in";
  } else {
    status.state = run::IndexState::refused;
    status.detail = "its status is " + quoted(resource["status"].string()) +
                    ": only what is active is searched by";
  }
  return status;
}

Result<Response> status_handler(Context& context) {
  TRY_VOID(OperationInput::read(context, {}));
  const std::string id(context.path("id"));
  TRY(const store::Version version, context.services.store.read("SearchParameter", id));
  TRY(const json::Document document, json::Document::parse(version.body));
  run::IndexStatus status = not_followed(document.root());
  for (const run::IndexStatus& one : context.services.search_parameters.list())
    if (one.id == id) status = one;
  OperationOutput out;
  out.text("state", "Code", run::name_of(status.state));
  out.text("code", "String", status.code);
  out.json("done", "Integer", std::to_string(status.done));
  out.json("total", "Integer", std::to_string(status.total));
  out.json("percent", "Integer", std::to_string(percent_of(status)));
  out.text("detail", "String", status.detail);
  return respond(context, context.request, out.done());
}

constexpr Route search_parameter_table[] = {
    {"GET", "/api/search-parameters", Who::admin, all_handler},
    {"GET", "/fhir/SearchParameter/{id}/$status", Who::reader, status_handler},
};

}  // namespace

std::span<const Route> search_parameter_routes() { return search_parameter_table; }

}  // namespace passerelle::server
