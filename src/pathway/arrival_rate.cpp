#include "pathway/arrival_rate.h"

#include <algorithm>
#include <numeric>

#include "pathway/calendar_day.h"

namespace passerelle::pathway {
namespace {

// Patients a day at a local time.
double daily_rate(const Arrivals& arrivals, LocalTime at) {
  const auto& points = arrivals.points;
  if (points.empty()) return 0;
  const auto after = std::upper_bound(
      points.begin(), points.end(), at,
      [](LocalTime time, const Arrivals::Point& point) { return time < point.at; });
  if (arrivals.kind == Arrivals::Kind::cumulative) {
    if (after == points.begin() || after == points.end()) return 0;
    const auto& before = *(after - 1);
    return (after->value - before.value) * 86'400'000.0 /
           static_cast<double>((after->at - before.at).count());
  }
  if (after == points.begin()) return 0;
  const auto& before = *(after - 1);
  if (after == points.end()) return before.value;
  const double share = static_cast<double>((at - before.at).count()) /
                       static_cast<double>((after->at - before.at).count());
  return before.value + share * (after->value - before.value);
}

double weight(const std::vector<double>& weights, size_t index) {
  if (weights.empty()) return 1;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  return weights[index] * static_cast<double>(weights.size()) / sum;
}

}  // namespace

double expected_in_hour(const Arrivals& arrivals, LocalTime middle) {
  using std::chrono::days;
  const auto day = std::chrono::floor<days>(middle);
  const auto hour_of_day = static_cast<size_t>((middle - day) / std::chrono::hours(1));
  return daily_rate(arrivals, middle) / 24 * weight(arrivals.hours, hour_of_day) *
         weight(arrivals.weekdays, weekday_of(day));
}

}  // namespace passerelle::pathway
