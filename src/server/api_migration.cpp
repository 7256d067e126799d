// Moving cases that are under way to the version of their pathway that new cases get.
#include "server/api_json.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

std::string finding_json(const pathway::Finding& finding) {
  return JsonObject()
      .text("id", finding.id)
      .text("severity", finding.severity == pathway::Severity::error ? "error" : "warning")
      .text("place", to_text(finding.place))
      .text("message", finding.message)
      .text("why", finding.why)
      .text("help", finding.help)
      .done();
}

std::string element_json(const run::MigratedVersion::Element& element) {
  return JsonObject()
      .text("id", element.id)
      .text("name", element.name)
      .text("becomes", element.becomes)
      .number("cases", static_cast<int64_t>(element.cases))
      .number("moved", static_cast<int64_t>(element.moved))
      .done();
}

std::string refused_json(const run::MigratedVersion::Refused& refused) {
  return JsonObject()
      .text("case", std::to_string(refused.number))
      .text("element", refused.element)
      .text("reason", refused.reason)
      .text("help", refused.help)
      .done();
}

std::string version_json(const run::MigratedVersion& version) {
  return JsonObject()
      .text("from", version.version)
      .number("cases", static_cast<int64_t>(version.cases))
      .number("moved", static_cast<int64_t>(version.moved))
      .raw("elements", json_list(version.elements, element_json))
      .raw("refused", json_list(version.refused, refused_json))
      .raw("findings", json_list(version.findings, finding_json))
      .done();
}

Result<Response> migrate(Context& context) {
  TRY(const json::Document body, json_body(context));
  const json::Value root = body.root();
  if (!root["dry_run"].is_boolean())
    return say(context, ErrorCode::invalid,
               "say whether cases are to be moved: {\"dry_run\": false}, or true to look first",
               "dire si des cas doivent passer : {\"dry_run\": false}, ou true pour voir d'abord");
  run::MigrationRequest request;
  request.pathway = std::string(context.path("id"));
  request.dry_run = root["dry_run"].boolean();
  request.from = std::string(root["from"].string());
  request.undecided = root["undecided"].is_boolean() && root["undecided"].boolean();
  TRY(const run::MigrationReport report,
      context.services.engine.migrate(request, actor_of(context), context.now()));
  return json_response(to_json(report));
}

constexpr Route migration_table[] = {
    {"POST", "/api/pathways/{id}/migration", Who::admin, migrate},
};

}  // namespace

std::string to_json(const run::MigrationReport& report) {
  return JsonObject()
      .text("pathway", report.pathway)
      .text("to", report.to)
      .boolean("dry_run", report.dry_run)
      .raw("versions", json_list(report.versions, version_json))
      .done();
}

std::span<const Route> migration_routes() { return migration_table; }

}  // namespace passerelle::server
