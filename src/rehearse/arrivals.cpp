#include "rehearse/arrivals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "rehearse/tally.h"

namespace passerelle::rehearse {
namespace {

constexpr int64_t none = std::numeric_limits<int64_t>::max();

// Patients a day at a local time.
double daily_rate(const pathway::Arrivals& arrivals, LocalTime at) {
  const auto& points = arrivals.points;
  if (points.empty()) return 0;
  const auto after = std::upper_bound(
      points.begin(), points.end(), at,
      [](LocalTime time, const pathway::Arrivals::Point& point) { return time < point.at; });
  if (arrivals.kind == pathway::Arrivals::Kind::cumulative) {
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

ArrivalPlan ArrivalPlan::make(const pathway::Arrivals& arrivals, const Zone& zone, Instant start,
                              Instant end) {
  using std::chrono::days;
  ArrivalPlan plan;
  plan.arrivals = &arrivals;
  switch (arrivals.kind) {
    case pathway::Arrivals::Kind::gaps:
      plan.gap = pathway::Sampler(arrivals.gap_minutes);
      return plan;
    case pathway::Arrivals::Kind::schedule:
      for (const auto& point : arrivals.points) {
        const Instant at = zone.to_instant(point.at);
        if (at >= start) plan.instants.push_back((at - start).count());
      }
      return plan;
    case pathway::Arrivals::Kind::rate:
    case pathway::Arrivals::Kind::cumulative:
      break;
  }
  const auto hours = static_cast<size_t>(((end - start).count() + hour_millis - 1) / hour_millis);
  plan.expected.reserve(hours + 1);
  double sum = 0;
  for (size_t hour = 0; hour < hours; ++hour) {
    plan.expected.push_back(sum);
    const LocalTime local =
        zone.to_local(start + Millis(static_cast<int64_t>(hour) * hour_millis + hour_millis / 2));
    const auto day = std::chrono::floor<days>(local);
    const auto hour_of_day = static_cast<size_t>((local - day).count() / hour_millis);
    const int64_t since = day.time_since_epoch().count();
    const auto weekday = static_cast<size_t>(((since + 3) % 7 + 7) % 7);  // 1970-01-01: Thursday
    sum += daily_rate(arrivals, local) / 24 * weight(arrivals.hours, hour_of_day) *
           weight(arrivals.weekdays, weekday);
  }
  plan.expected.push_back(sum);
  return plan;
}

ArrivalStream::ArrivalStream(const ArrivalPlan& plan, uint64_t seed, uint32_t replication,
                             uint32_t stream)
    : plan_(plan), random_({seed, replication, stream, purpose("arrivals")}) {
  if (!plan.arrivals->poisson) operational_ = -0.5;  // in the middle of its share
  plan_next();
}

void ArrivalStream::advance() {
  ++count_;
  plan_next();
}

void ArrivalStream::plan_next() {
  if (plan_.arrivals->limit && count_ >= *plan_.arrivals->limit) {
    next_ = none;
    return;
  }
  switch (plan_.arrivals->kind) {
    case pathway::Arrivals::Kind::gaps:
      gap_at_ += std::max(0.0, plan_.gap.sample(random_)) * 60'000;
      next_ = gap_at_ < 9e15 ? static_cast<int64_t>(std::llround(gap_at_)) : none;
      return;
    case pathway::Arrivals::Kind::schedule:
      next_ = count_ < plan_.instants.size() ? plan_.instants[count_] : none;
      return;
    case pathway::Arrivals::Kind::rate:
    case pathway::Arrivals::Kind::cumulative:
      break;
  }
  operational_ += plan_.arrivals->poisson ? random_.exponential(1) : 1;
  const auto& expected = plan_.expected;
  while (hour_ + 1 < expected.size() && expected[hour_ + 1] <= operational_) ++hour_;
  if (hour_ + 1 >= expected.size()) {
    next_ = none;
    return;
  }
  const double share = (operational_ - expected[hour_]) / (expected[hour_ + 1] - expected[hour_]);
  next_ = static_cast<int64_t>(
      std::floor((static_cast<double>(hour_) + share) * static_cast<double>(hour_millis)));
}

}  // namespace passerelle::rehearse
