#include "rehearse/first_guess.h"

#include <algorithm>
#include <cmath>

#include "rehearse/erlang.h"

namespace passerelle::rehearse {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr size_t week = 168;

size_t hour_of_week(LocalTime at) {
  const auto day = std::chrono::floor<days>(at);
  return pathway::weekday_of(day) * 24 +
         static_cast<size_t>(std::chrono::floor<hours>(at - day).count());
}

// What the targets ask of the work of one role: so large a share within so many minutes.
struct Promise {
  double minutes = 0, share = 0;
};

bool done_by(const pathway::Package& package, const pathway::EventSelector& selector,
             const std::string& role) {
  for (const pathway::EventChoice& choice : selector.any)
    for (const std::string& id : choice.activities)
      for (const pathway::Activity& activity : package.pathway.activities())
        if (activity.id == id &&
            std::find(activity.roles.begin(), activity.roles.end(), role) != activity.roles.end())
          return true;
  return false;
}

// The hardest of those that look at the role's work; nothing that a formula knows: half at once.
Promise promise_of(const pathway::Package& package, const Search& search, const std::string& role,
                   double service_minutes) {
  Promise out;
  double worst = -1;
  for (const pathway::Indicator& aim : search.aims) {
    if (!done_by(package, aim.to, role)) continue;
    Promise it;
    if (aim.measure == "share_within" && aim.within && aim.target->at_least) {
      it = {static_cast<double>(aim.within->count()) / 60'000, aim.target->value};
    } else if (aim.measure == "duration" && !aim.target->at_least) {
      it = {aim.target->value * pathway::millis_of(aim.unit) / 60'000,
            aim.statistic.mean ? 0.6 : aim.statistic.quantile};
    } else {
      continue;
    }
    const double need = people_needed(10, service_minutes, it.minutes, it.share);
    if (need > worst) {
      worst = need;
      out = it;
    }
  }
  return out;
}

double mean_service(const Plan& plan, const Replication& one, const std::string& role) {
  double minutes = 0, count = 0;
  const auto activities = plan.model.pathway->activities();
  for (size_t i = 0; i < activities.size(); ++i) {
    const auto& roles = activities[i].roles;
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) continue;
    minutes += one.activities[i].work.total_minutes();
    count += static_cast<double>(one.activities[i].work.count());
  }
  return count > 0 ? minutes / count : 0;
}

// The first Monday of the rehearsal, on which its first whole week begins.
Instant monday(const pathway::Organisation& organisation, LocalTime start) {
  const auto day = std::chrono::floor<days>(start);
  return organisation.zone.to_instant(LocalTime(pathway::monday_of(day + days(6))));
}

bool runs(const pathway::Shift& shift, size_t hour) {
  const auto start = static_cast<int64_t>(shift.start.count());
  const auto length = static_cast<int64_t>(shift.length().count());
  constexpr int64_t day_minutes = 24 * 60, week_minutes = 7 * day_minutes;
  const auto middle = static_cast<int64_t>(hour) * 60 + 30;
  for (int64_t day = 0; day < 7; ++day) {
    if (!shift.days[static_cast<size_t>(day)]) continue;
    const int64_t since = (middle - day * day_minutes - start + 2 * week_minutes) % week_minutes;
    if (since < length) return true;
  }
  return false;
}

const pathway::Shift* shift_of(const pathway::Role& role, const std::string& name) {
  for (const pathway::Shift& shift : role.shifts)
    if (shift.name == name) return &shift;
  return nullptr;
}

// Covers the need of one role, person by person: whoever fills the most missing hours for the money
// comes next.
void cover(const Search& search, const pathway::Role& role, const HourOfWeek& hour,
           std::vector<int>& people) {
  std::vector<size_t> mine;
  std::vector<std::vector<bool>> covers(search.asked.choices.size());
  std::vector<int> missing(hour.needed.begin(), hour.needed.end());
  std::vector<std::string> free_shifts;
  for (size_t i = 0; i < search.asked.choices.size(); ++i) {
    const auto& choice = search.asked.choices[i];
    if (choice.role != role.id) continue;
    mine.push_back(i);
    covers[i].resize(week);
    for (const std::string& name : choice.shifts) {
      free_shifts.push_back(name);
      const pathway::Shift* shift = shift_of(role, name);
      for (size_t h = 0; h < week && shift != nullptr; ++h)
        if (runs(*shift, h)) covers[i][h] = true;
    }
    for (size_t h = 0; h < week; ++h)
      if (covers[i][h]) missing[h] -= people[i];
  }
  // Shifts that may not change are there in any case, with the people of their last row.
  for (const pathway::Shift& shift : role.shifts) {
    if (std::find(free_shifts.begin(), free_shifts.end(), shift.name) != free_shifts.end() ||
        shift.headcount.rows.empty())
      continue;
    for (size_t h = 0; h < week; ++h)
      if (runs(shift, h)) missing[h] -= shift.headcount.rows.back().people;
  }
  for (;;) {
    double most = 0;
    size_t next = people.size();
    for (const size_t i : mine) {
      const double price = search.hours_a_week[i] * search.asked.choices[i].cost_per_hour;
      if (people[i] >= search.asked.choices[i].most || !(price > 0)) continue;
      double filled = 0;
      for (size_t h = 0; h < week; ++h)
        if (covers[i][h] && missing[h] > 0) ++filled;
      if (filled / price > most) {
        most = filled / price;
        next = i;
      }
    }
    if (next == people.size()) return;
    ++people[next];
    for (size_t h = 0; h < week; ++h)
      if (covers[next][h]) --missing[h];
  }
}

}  // namespace

std::vector<HourOfWeek> hours_of_week(const pathway::Package& package, const Plan& plan,
                                      const Hourly& hourly, const Replication& one,
                                      int warm_up_days, const Search& search) {
  const pathway::Organisation& organisation = package.pathway.organisation();
  std::vector<HourOfWeek> out;
  for (const auto& choice : search.asked.choices) {
    const bool there = std::any_of(
        out.begin(), out.end(), [&](const HourOfWeek& each) { return each.role == choice.role; });
    const auto index = organisation.role_index(choice.role);
    if (there || !index) continue;
    HourOfWeek hour;
    hour.role = choice.role;
    if (const auto name = package.texts.find(organisation.roles[*index].name_key);
        name != package.texts.end())
      hour.name = name->second;
    std::vector<double> sum(week), count(week);
    const Hourly::Hours& busy = hourly.busy[*index];
    for (auto h = static_cast<size_t>(warm_up_days) * 24; h < busy.size(); ++h) {
      const size_t at = hour_of_week(
          organisation.zone.to_local(plan.start + Millis(static_cast<int64_t>(h) * hour_millis)));
      sum[at] += hours_of(busy[h]) / hourly.replications;
      ++count[at];
    }
    const double service = mean_service(plan, one, choice.role);
    const Promise promise = promise_of(package, search, choice.role, service);
    for (size_t h = 0; h < week; ++h) {
      const double load = count[h] > 0 ? sum[h] / count[h] : 0;
      hour.load.push_back(load);
      hour.needed.push_back(promise.share > 0 && promise.share < 1
                                ? people_needed(load, service, promise.minutes, promise.share)
                                : people_for(load));
    }
    out.push_back(std::move(hour));
  }
  return out;
}

std::vector<int> first_guess(const Search& search, const pathway::Organisation& organisation) {
  std::vector<int> people;
  for (const auto& choice : search.asked.choices) people.push_back(choice.least);
  for (const HourOfWeek& hour : search.hours)
    if (const pathway::Role* role = organisation.role(hour.role))
      cover(search, *role, hour, people);
  return people;
}

void set_people(Search& search, const pathway::Package& package) {
  const pathway::Organisation& organisation = package.pathway.organisation();
  const Instant from = monday(organisation, package.cohort.start);
  for (HourOfWeek& hour : search.hours) {
    hour.people.clear();
    for (size_t h = 0; h < week; ++h)
      hour.people.push_back(
          organisation.on_duty(hour.role, from + hours(h) + std::chrono::minutes(30)));
  }
}

}  // namespace passerelle::rehearse
