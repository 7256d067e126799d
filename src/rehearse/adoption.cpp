#include "rehearse/adoption.h"

#include <algorithm>
#include <numeric>

#include "rehearse/plan.h"

namespace passerelle::rehearse {
namespace {

pathway::LocalDay day_of(const Plan& plan, int64_t millis) {
  const Zone& zone = plan.model.pathway->organisation().zone;
  return std::chrono::floor<std::chrono::days>(zone.to_local(plan.start + Millis(millis)));
}

size_t day_index(const Plan& plan, int64_t millis) {
  return static_cast<size_t>((day_of(plan, millis) - day_of(plan, 0)).count());
}

// Whether somebody of the team ever has the role.
bool has_role(const Plan& plan, const Roster::Team& team, size_t role) {
  const size_t duties = team.post == nullptr ? 1 : team.post->duties.size();
  for (size_t pool = team.pool; pool < team.pool + duties; ++pool)
    if ((plan.pools[pool].roles >> role & 1) != 0) return true;
  return false;
}

}  // namespace

std::vector<PersonId> people_of_way(const Plan& plan, size_t way) {
  const pathway::Organisation& organisation = plan.model.pathway->organisation();
  const auto role = organisation.role_index(plan.practice.ways()[way]->role);
  std::vector<PersonId> out;
  PersonId next = 0;
  for (const Roster::Team& team : plan.roster.teams) {
    const PersonId first = next;
    next += static_cast<PersonId>(team.people);
    if (team.surge != nullptr || !role || !has_role(plan, team, *role)) continue;
    for (PersonId id = first; id < next; ++id) out.push_back(id);
  }
  return out;
}

std::vector<int64_t> changed_by_day(const Plan& plan, const People& people, size_t way) {
  const pathway::Adoption& adoption = *plan.practice.ways()[way]->adoption;
  const Zone& zone = plan.model.pathway->organisation().zone;
  const std::vector<PersonId> ids = people_of_way(plan, way);
  std::vector<int64_t> out;
  const pathway::LocalDay last = day_of(plan, plan.millis - 1);
  for (pathway::LocalDay day = day_of(plan, 0); day <= last; day += std::chrono::days(1)) {
    const double share = adoption.share(day.time_since_epoch().count());
    const int64_t ends = std::min(
        plan.millis, (zone.to_instant(LocalTime(day + std::chrono::days(1))) - plan.start).count());
    out.push_back(std::count_if(ids.begin(), ids.end(), [&](PersonId id) {
      const auto successions = people.successions(id);
      const auto successor = static_cast<size_t>(
          std::lower_bound(successions.begin(), successions.end(), ends) - successions.begin());
      return people.rank(id, successor) < share;
    }));
  }
  return out;
}

AdoptionTally tally_of(const Plan& plan, const std::vector<int64_t>& changed,
                       const WaysTaken& taken, size_t first_hour, size_t end_hour) {
  AdoptionTally out;
  const auto on_day_of = [&](int64_t millis) {
    return static_cast<double>(changed.at(day_index(plan, millis)));
  };
  out.at_start = on_day_of(static_cast<int64_t>(first_hour) * hour_millis);
  out.at_end = on_day_of(std::min(plan.millis, static_cast<int64_t>(end_hour) * hour_millis) - 1);
  for (size_t hour = first_hour; hour < std::min(end_hour, taken.begun.size()); ++hour) {
    out.begun += taken.begun[hour];
    out.in_new_way += taken.in_new_way[hour];
  }
  return out;
}

}  // namespace passerelle::rehearse
