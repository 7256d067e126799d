// Promised deadlines against shifts: the week is walked in half hours; whenever a task is opened,
// somebody who may do it must be on duty before its deadline, and what the last of a shift can no
// longer finish must find somebody who takes it over.
#include <algorithm>

#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/roster.h"

namespace passerelle::pathway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
constexpr minutes stride{30};
constexpr size_t week_slots = 7 * 48, horizon_slots = week_slots + 5 * 48;

struct Gap {
  Instant from{}, to{};  // openings without cover
};

// The longest run of openings that nobody covers; nothing when there is none or the deadline
// depends on more than the time.
std::optional<Gap> longest_gap(const Organisation& organisation, const std::vector<size_t>& roles,
                               Deadline& due) {
  std::optional<Gap> worst;
  for (const Instant start : weeks_of(organisation)) {
    // Whoever is there at the beginning or at the end of a slot is there in time.
    std::vector<int> there = people_of(organisation, roles, start, horizon_slots, stride);
    const std::vector<int> late =
        people_of(organisation, roles, start + stride - minutes(1), horizon_slots, stride);
    for (size_t i = 0; i < there.size(); ++i) there[i] += late[i];
    std::optional<Gap> run;
    for (size_t i = 0; i < week_slots; ++i) {
      const Instant opened = start + static_cast<int64_t>(i) * stride;
      const std::optional<Instant> until = due.of(opened);
      if (!until) return std::nullopt;
      bool covered = false;
      for (size_t j = i; j < horizon_slots && !covered; ++j) {
        if (start + static_cast<int64_t>(j) * stride >= *until) break;
        covered = there[j] > 0;
      }
      if (covered || start + horizon_slots * stride < *until) {
        run.reset();
        continue;
      }
      if (!run) run = Gap{opened, opened};
      run->to = opened + stride;
      if (!worst || run->to - run->from > worst->to - worst->from) worst = run;
    }
  }
  return worst;
}

// A gap of a night only; a longer one is more than a missing night route.
bool at_night(const Organisation& organisation, const Gap& gap) {
  if (gap.to - gap.from > hours(16)) return false;
  for (Instant at = gap.from; at < gap.to; at += stride) {
    const LocalTime local = organisation.zone.to_local(at);
    const auto of_day = local - std::chrono::floor<std::chrono::days>(local);
    if (of_day >= hours(2) && of_day < hours(5)) return true;
  }
  return false;
}

// The first end of duty after which nobody is there, although work that was opened too late to be
// finished is due before somebody comes.
std::optional<Instant> lost_handover(const Organisation& organisation,
                                     const std::vector<size_t>& roles, Deadline& due,
                                     minutes work) {
  for (const Instant start : weeks_of(organisation)) {
    Instant at = start;
    while (at < start + hours(7 * 24)) {
      const Instant next = organisation.next_change(at);
      const auto there = [&](Instant when) {
        return std::any_of(roles.begin(), roles.end(),
                           [&](size_t role) { return organisation.on_duty(role, when) > 0; });
      };
      if (there(next - minutes(1)) && !there(next)) {
        Instant back = next;
        while (!there(back) && back < next + hours(8 * 24)) back = organisation.next_change(back);
        const auto until = due.of(next - work);
        if (until && *until > next && *until <= back) return next;
      }
      at = next;
    }
  }
  return std::nullopt;
}

}  // namespace

void check_cover(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  for (size_t i = 0; i < input.pathway.activities().size(); ++i) {
    const Activity& activity = input.pathway.activities()[i];
    if (!is_staff_task(activity, organisation)) continue;
    Deadline due(input.pathway, organisation, i);
    if (!due.known()) continue;
    const std::vector<size_t> roles = covering_roles(organisation, activity);
    const std::string names = roles_text(activity.roles);
    if (const auto gap = longest_gap(organisation, roles, due)) {
      const auto span = std::chrono::duration_cast<minutes>(gap->to - gap->from);
      input.findings.push_back(check_finding(
          at_night(organisation, *gap) ? "night-route-missing" : "hours-without-cover",
          activity.place,
          {activity.id, weekday_text(organisation, gap->from), weekday_text(organisation, gap->to),
           names, "the longest gap: " + length_text(span)}));
      continue;  // its handovers are part of the gap
    }
    const WorkTime* time = organisation.work_time(activity.id);
    if (time == nullptr) continue;  // told by check_organisation
    const minutes work(std::max<int64_t>(1, static_cast<int64_t>(time->minutes.mean())));
    if (const auto end = lost_handover(organisation, roles, due, work))
      input.findings.push_back(check_finding(
          "handover-without-receiver", activity.place,
          {activity.id, std::to_string(work.count()), weekday_text(organisation, *end), names}));
  }
}

}  // namespace passerelle::pathway
