#include "server/request_metrics.h"

#include <algorithm>

#include "server/routes.h"

namespace passerelle::server {
namespace {

// Threads are dealt out, so that two that answer at once seldom write to the same memory.
size_t shard_of_thread(size_t shards) {
  static std::atomic<size_t> next = 0;
  thread_local const size_t mine = next++;
  return mine % shards;
}

std::string door_of(std::string_view pattern) {
  if (pattern == "/fhir" || pattern.starts_with("/fhir/")) return "fhir";
  if (pattern.starts_with("/api/")) return "api";
  return pattern.starts_with("/f/") ? "patient" : "page";
}

std::string interaction_of(const Route& route) {
  if (!route.interaction.empty()) return std::string(route.interaction);
  return std::string(route.method) + " " + std::string(route.pattern);
}

}  // namespace

RequestMetrics::RequestMetrics(std::span<const std::span<const Route>> tables) {
  for (const auto& table : tables)
    for (const Route& route : table)
      kinds_.push_back({door_of(route.pattern), interaction_of(route)});
  kinds_.push_back({"none", "unknown address"});
  for (auto& lines : lines_) lines = std::vector<Line>(kinds_.size());
}

void RequestMetrics::note(size_t route, int status, std::chrono::steady_clock::duration took) {
  Line& line = lines_[shard_of_thread(shards)][route];
  const auto first_digit = static_cast<size_t>(std::clamp(status / 100, 0, 5));
  line.by_class[first_digit].fetch_add(1, std::memory_order_relaxed);
  line.micros.note(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

std::vector<RequestMetrics::Kind> RequestMetrics::read() const {
  std::vector<Kind> kinds;
  for (size_t route = 0; route < kinds_.size(); ++route) {
    Kind sum = kinds_[route];
    for (const auto& lines : lines_) {
      sum.micros += lines[route].micros.read();
      for (size_t i = 0; i < sum.by_class.size(); ++i)
        sum.by_class[i] += lines[route].by_class[i].load(std::memory_order_relaxed);
    }
    if (sum.micros.total() == 0) continue;
    const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) {
      return kind.door == sum.door && kind.interaction == sum.interaction;
    });
    if (same == kinds.end()) {
      kinds.push_back(std::move(sum));
      continue;
    }
    same->micros += sum.micros;
    for (size_t i = 0; i < sum.by_class.size(); ++i) same->by_class[i] += sum.by_class[i];
  }
  return kinds;
}

}  // namespace passerelle::server
