// How many requests of which kind came, how they ended and how long they took: for GET /metrics.
// A request is noted at the cost of three relaxed additions on memory that its thread mostly has
// for itself.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/histogram.h"

namespace passerelle::server {

struct Route;

inline constexpr std::array<int64_t, 16> latency_bounds = {
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,     25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000, 30'000'000};  // µs

class RequestMetrics {
 public:
  // `tables`: as the Router has them; a route's number is its place in all of them, one after the
  // other, and `routes()` is the number of an address that there is none for.
  explicit RequestMetrics(std::span<const std::span<const Route>> tables);

  size_t routes() const { return kinds_.size() - 1; }
  void note(size_t route, int status, std::chrono::steady_clock::duration took);

  struct Kind {
    std::string door;                   // "fhir", "api", "patient", "page"
    std::string interaction;            // "search-type"; elsewhere method and pattern
    std::array<int64_t, 6> by_class{};  // by the first digit of the status
    HistogramReading<latency_bounds.size()> micros;
  };
  // Those that were asked for, routes of one name together.
  std::vector<Kind> read() const;

 private:
  struct Line {
    std::array<std::atomic<int64_t>, 6> by_class{};
    Histogram<latency_bounds> micros;
  };
  static constexpr size_t shards = 8;

  std::vector<Kind> kinds_;  // names only
  std::array<std::vector<Line>, shards> lines_;
};

}  // namespace passerelle::server
