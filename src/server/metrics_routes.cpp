// GET /metrics, for Prometheus and its like: docs/administration.md says what to watch.
#include <algorithm>
#include <map>

#include "server/exposition.h"
#include "server/process_metrics.h"
#include "server/request_metrics.h"
#include "server/route_tables.h"
#include "server/server_clock.h"
#include "server/subscriptions.h"
#include "store/store.h"

namespace passerelle::server {
namespace {

constexpr double micros_a_second = 1e6;
constexpr size_t most_due = 10'000;  // more are not counted

void add_requests(Exposition& out, const Services& services) {
  const auto kinds = services.requests.read();
  out.family("passerelle_http_requests_total", "counter",
             "Requests answered, by door, interaction and class of the status");
  for (const RequestMetrics::Kind& kind : kinds)
    for (size_t i = 0; i < kind.by_class.size(); ++i)
      if (kind.by_class[i] > 0)
        out.sample(static_cast<double>(kind.by_class[i]), {{"door", kind.door},
                                                           {"interaction", kind.interaction},
                                                           {"status", std::to_string(i) + "xx"}});
  out.family("passerelle_http_request_seconds", "histogram",
             "From a request's arrival to its answer, without sending it");
  for (const RequestMetrics::Kind& kind : kinds)
    out.histogram(latency_bounds, kind.micros, micros_a_second,
                  {{"door", kind.door}, {"interaction", kind.interaction}});
  const HttpCounts http = services.http.counts();
  out.one("passerelle_http_connections", "gauge", "Open connections", http.connections);
  out.one("passerelle_http_requests_in_progress", "gauge",
          "Requests that have arrived and are not answered yet", http.busy);
  out.family("passerelle_http_refused_total", "counter",
             "Requests refused before anybody read them: too large, too slow, no HTTP, no room");
  for (const auto& [status, count] : http.refused)
    out.sample(static_cast<double>(count), {{"status", std::to_string(status)}});
}

void add_store(Exposition& out, const store::Counters& now, const store::Stats& stats) {
  const auto gauge = [&](std::string_view name, std::string_view help, int64_t value) {
    out.one(name, "gauge", help, static_cast<double>(value));
  };
  gauge("passerelle_store_writable", "0: the disk is full or read-only, and changes are refused",
        now.writable ? 1 : 0);
  out.one("passerelle_store_transactions_total", "counter", "Transactions done or refused",
          static_cast<double>(now.transactions));
  gauge("passerelle_store_waiting_transactions", "Transactions that wait for the disk now",
        now.waiting);
  out.family("passerelle_store_group_transactions", "histogram",
             "Transactions that shared a commit");
  out.histogram(store::group_bounds, now.groups, 1);
  out.family("passerelle_store_commit_seconds", "histogram",
             "What a commit takes, from its first change to the disk");
  out.histogram(store::commit_bounds, now.commit_micros, micros_a_second);
  gauge("passerelle_store_file_bytes", "The data file", now.file_bytes);
  gauge("passerelle_store_log_bytes", "The write-ahead log beside it", now.log_bytes);
  gauge("passerelle_store_resources", "Resources, without those deleted", stats.resources);
  gauge("passerelle_store_versions", "Versions of resources ever written", stats.versions);
  gauge("passerelle_events", "Events of cases ever recorded", stats.events);
  gauge("passerelle_cases_open", "Cases that have not ended", stats.open_cases);
  gauge("passerelle_outbox_messages", "Messages to people that have not left yet",
        stats.pending_messages);
}

Result<void> add_timers(Exposition& out, const Services& services, const store::Stats& stats) {
  const Instant now = services.clock.now();
  TRY(const auto due, services.store.due_timers(now, most_due));
  out.one("passerelle_timers", "gauge", "Timers that are set",
          static_cast<double>(stats.pending_timers));
  out.one("passerelle_timers_due", "gauge",
          "Timers whose time has come and that have not fired (at most 10,000 are counted)",
          static_cast<double>(due.size()));
  const double late =
      due.empty() ? 0 : static_cast<double>((now - due.front().due).count()) / 1000.0;
  out.one("passerelle_timers_late_seconds", "gauge", "How late the earliest of them is", late);
  out.one("passerelle_clock_ahead_seconds", "gauge",
          "How far the server's time is before the system's clock, which was set back",
          static_cast<double>(services.clock.ahead().count()) / 1000.0);
  return {};
}

Result<void> add_subscriptions(Exposition& out, const Services& services) {
  TRY(const auto reports, services.subscriptions.list());
  std::map<std::string, int64_t> by_status = {
      {"active", 0}, {"error", 0}, {"off", 0}, {"requested", 0}};
  for (const SubscriptionReport& report : reports) ++by_status[report.status];
  out.family("passerelle_subscriptions", "gauge", "Subscriptions by their status");
  for (const auto& [status, count] : by_status)
    out.sample(static_cast<double>(count), {{"status", status}});
  out.family("passerelle_subscription_behind_changes", "gauge",
             "Changes of the record that a subscription has not looked at");
  for (const SubscriptionReport& report : reports)
    if (report.status != "off")
      out.sample(static_cast<double>(report.behind), {{"subscription", report.id}});
  out.family("passerelle_subscription_failed_attempts", "gauge",
             "Attempts in a row that its endpoint did not take");
  for (const SubscriptionReport& report : reports)
    if (report.status != "off") out.sample(report.state.attempts, {{"subscription", report.id}});
  return {};
}

Result<Response> metrics_handler(Context& context) {
  const Services& services = context.services;
  TRY(const store::Stats stats, services.store.stats());
  Exposition out;
  out.family("passerelle_build_info", "gauge", "The program's version");
  out.sample(1, {{"version", PASSERELLE_VERSION}});
  add_requests(out, services);
  add_store(out, services.store.counters(), stats);
  TRY_VOID(add_timers(out, services, stats));
  TRY_VOID(add_subscriptions(out, services));
  add_process(out);
  Response response;
  response.content_type = std::string(Exposition::content_type);
  response.body = std::move(out).done();
  return response;
}

constexpr Route metrics_table[] = {
    {"GET", "/metrics", Who::monitor, metrics_handler},
};

}  // namespace

std::span<const Route> metrics_routes() { return metrics_table; }

}  // namespace passerelle::server
