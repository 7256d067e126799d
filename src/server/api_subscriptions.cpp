// For administrators: the subscriptions of other systems, how far each has come, and trying again.
#include "server/api_json.h"
#include "server/route_tables.h"
#include "server/subscriptions.h"

namespace passerelle::server {
namespace {

Result<Response> list_handler(Context& context) {
  TRY(const auto reports, context.services.subscriptions.list());
  std::string out;
  for (const SubscriptionReport& report : reports)
    out += (out.empty() ? "" : ",") + std::string("{\"id\":") + json::quote(report.id) +
           ",\"status\":" + json::quote(report.status) +
           ",\"endpoint\":" + json::quote(report.endpoint) +
           ",\"events\":" + std::to_string(report.state.events) +
           ",\"behind\":" + std::to_string(report.behind) +
           ",\"attempts\":" + std::to_string(report.state.attempts) +
           ",\"detail\":" + json::quote(report.state.detail) + "}";
  return json_response("{\"subscriptions\":[" + out + "]}");
}

Result<Response> retry_handler(Context& context) {
  TRY_VOID(context.services.subscriptions.retry(std::string(context.path("id"))));
  return json_response("{}");
}

Result<Response> restart_handler(Context& context) {
  TRY_VOID(context.services.subscriptions.restart(std::string(context.path("id"))));
  return json_response("{}");
}

constexpr Route subscription_table[] = {
    {"GET", "/api/subscriptions", Who::admin, list_handler},
    {"POST", "/api/subscriptions/{id}/retry", Who::admin, retry_handler},
    {"POST", "/api/subscriptions/{id}/restart", Who::admin, restart_handler},
};

}  // namespace

std::span<const Route> subscription_routes() { return subscription_table; }

}  // namespace passerelle::server
