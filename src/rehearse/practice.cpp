#include "rehearse/practice.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {

double PracticePlan::Curve::learnt(uint32_t tasks) const {
  if (initial == 1) return 1;
  return 1 + (initial - 1) * std::pow(1.0 + tasks, -exponent);
}

PracticePlan::PracticePlan(const pathway::Pathway& pathway, Instant start)
    : activities_(pathway.activities().size()), start_(start), zone_(pathway.organisation().zone) {
  const pathway::Organisation& organisation = pathway.organisation();
  if (organisation.learning.empty()) return;
  if (organisation.go_live)
    go_live_ = (organisation.zone.to_instant(LocalTime(*organisation.go_live)) - start).count();
  of_.assign(organisation.roles.size() * activities_, no_curve);
  for (const pathway::Learning& each : organisation.learning)
    if (each.adoption) ways_.push_back(&each);
  for (const bool named : {false, true}) {
    for (const pathway::Learning& each : organisation.learning) {
      const auto role = organisation.role_index(each.role);
      if (!role || each.activities.empty() == named) continue;
      const auto set = [&](size_t activity) {
        of_[*role * activities_ + activity] = static_cast<CurveId>(curves_.size() - 1);
      };
      const Curve curve{
          each.initial,
          each.exponent,
          each.dip,
          each.adoption ? &*each.adoption : nullptr,
          each.old_way,
          static_cast<size_t>(std::find(ways_.begin(), ways_.end(), &each) - ways_.begin())};
      if (!named) {
        curves_.push_back(curve);
        for (size_t i = 0; i < activities_; ++i) set(i);
      }
      for (const std::string& id : each.activities) {
        const auto activity = pathway.find_activity(id);
        if (!activity) continue;  // told by check
        curves_.push_back(curve);
        set(*activity);
      }
    }
  }
}

double PracticePlan::dip(const Curve& curve, int64_t now) const {
  if (!(curve.dip.loss > 0)) return 1;
  constexpr double day_millis = 24 * 3'600'000.0;
  return curve.dip.factor(static_cast<double>(now - go_live_) / day_millis);
}

bool PracticePlan::changed(const Curve& curve, double rank, int64_t now) const {
  if (curve.adoption == nullptr) return true;
  const auto day = std::chrono::floor<std::chrono::days>(zone_.to_local(start_ + Millis(now)));
  return rank < curve.adoption->share(day.time_since_epoch().count());
}

Practice::Practice(const PracticePlan& plan, const People& people)
    : plan_(plan),
      people_(people),
      tasks_(plan.size() * people.size()),
      successors_(plan.size() == 0 ? 0 : people.size()) {}

uint32_t& Practice::tasks(PersonId id, CurveId curve, int64_t now) {
  const auto when = people_.successions(id);
  uint32_t& successors = successors_[id];
  uint32_t* mine = tasks_.data() + size_t{id} * plan_.size();
  for (; successors < when.size() && when[successors] <= now; ++successors)
    std::fill_n(mine, plan_.size(), 0u);
  return mine[curve];
}

double Practice::factor(PersonId id, CurveId curve, int64_t now) {
  if (curve == no_curve) return 1;
  const PracticePlan::Curve& of = plan_.curve(curve);
  if (keeps_old_way(id, curve, now)) return of.old_way;
  return of.learnt(tasks(id, curve, now)) * plan_.dip(of, now);
}

bool Practice::keeps_old_way(PersonId id, CurveId curve, int64_t now) {
  if (curve == no_curve || plan_.curve(curve).adoption == nullptr) return false;
  tasks(id, curve, now);  // who has the post now
  return !plan_.changed(plan_.curve(curve), people_.rank(id, successors_[id]), now);
}

void Practice::learn(PersonId id, CurveId curve, int64_t now) {
  if (curve != no_curve) ++tasks(id, curve, now);
}

}  // namespace passerelle::rehearse
