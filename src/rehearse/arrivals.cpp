#include "rehearse/arrivals.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pathway/arrival_rate.h"
#include "rehearse/tally.h"

namespace passerelle::rehearse {
namespace {

constexpr int64_t none = std::numeric_limits<int64_t>::max();

}  // namespace

ArrivalPlan ArrivalPlan::make(const pathway::Arrivals& arrivals, const Zone& zone, Instant start,
                              Instant end) {
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
    case pathway::Arrivals::Kind::file:
      plan.recorded.resize(arrivals.file.replications);
      for (uint32_t row = 0; row < arrivals.points.size(); ++row) {
        const Instant at = zone.to_instant(arrivals.points[row].at);
        if (at < start || at >= end) continue;
        ArrivalPlan::Recorded& of = plan.recorded[arrivals.file.replication[row]];
        of.instants.push_back((at - start).count());
        of.rows.push_back(row);
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
    sum += pathway::expected_in_hour(arrivals, local);
  }
  plan.expected.push_back(sum);
  return plan;
}

ArrivalPlan ArrivalPlan::at(std::vector<int64_t> instants) {
  static const pathway::Arrivals schedule = [] {
    pathway::Arrivals made;
    made.kind = pathway::Arrivals::Kind::schedule;
    return made;
  }();
  ArrivalPlan plan;
  plan.arrivals = &schedule;
  plan.instants = std::move(instants);
  return plan;
}

ArrivalStream::ArrivalStream(const ArrivalPlan& plan, uint64_t seed, uint32_t replication,
                             uint32_t stream)
    : plan_(plan), many_({seed, replication, stream, purpose("arrivals")}) {
  if (!plan.recorded.empty()) recorded_ = &plan.recorded[replication % plan.recorded.size()];
  if (!plan.arrivals->poisson) operational_ = -0.5;  // in the middle of its share
  if (plan.arrivals->kind == pathway::Arrivals::Kind::gaps) gap_ = draw();
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
      gap_at_ += std::max(0.0, gap_) * 60'000;
      gap_ = draw();
      next_ = gap_at_ < 9e15 ? rounded(gap_at_) : none;
      return;
    case pathway::Arrivals::Kind::schedule:
      next_ = count_ < plan_.instants.size() ? plan_.instants[count_] : none;
      return;
    case pathway::Arrivals::Kind::file:
      next_ = count_ < recorded_->instants.size() ? recorded_->instants[count_] : none;
      return;
    case pathway::Arrivals::Kind::rate:
    case pathway::Arrivals::Kind::cumulative:
      break;
  }
  operational_ += plan_.arrivals->poisson ? -std::log(many_.uniform_open()) : 1;
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
