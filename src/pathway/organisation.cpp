#include "pathway/organisation.h"

#include <algorithm>
#include <cmath>

namespace passerelle::pathway {
namespace {

using std::chrono::minutes;
constexpr unsigned ratio_depth = 8;  // roles counted per role, per role, ...: longer is a circle

struct WeekTime {
  int day;  // 0 = Monday
  minutes of_day;
};

WeekTime week_time(LocalTime local) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  // 1970-01-01 was a Thursday.
  const int64_t since = day.time_since_epoch().count();
  const int weekday = static_cast<int>(((since + 3) % 7 + 7) % 7);
  return {weekday, std::chrono::floor<minutes>(local - day)};
}

bool covers(const Shift& shift, const WeekTime& now) {
  const bool overnight = shift.end <= shift.start;
  const bool today = shift.days[static_cast<size_t>(now.day)];
  if (!overnight) return today && now.of_day >= shift.start && now.of_day < shift.end;
  const bool yesterday = shift.days[static_cast<size_t>((now.day + 6) % 7)];
  return (today && now.of_day >= shift.start) || (yesterday && now.of_day < shift.end);
}

}  // namespace

const Role* Organisation::role(std::string_view id) const {
  for (const Role& role : roles)
    if (role.id == id) return &role;
  return nullptr;
}

std::optional<size_t> Organisation::role_index(std::string_view id) const {
  for (size_t i = 0; i < roles.size(); ++i)
    if (roles[i].id == id) return i;
  return std::nullopt;
}

const WorkTime* Organisation::work_time(std::string_view activity) const {
  for (const WorkTime& time : work_times)
    if (time.activity == activity) return &time;
  return nullptr;
}

int Organisation::headcount(const Headcount& count, Instant at, unsigned depth) const {
  if (!count.per_role.empty()) {
    const Role* other = role(count.per_role);
    if (other == nullptr || depth >= ratio_depth || !(count.per_people > 0)) return 0;
    const int people = on_duty_at(*other, at, zone.to_local(at), depth + 1);
    return static_cast<int>(std::ceil(people / count.per_people));
  }
  int people = 0;
  for (const Headcount::Row& row : count.rows) {
    if (row.from > at) break;
    people = row.people;
  }
  return people;
}

int Organisation::on_duty_at(const Role& role, Instant at, LocalTime local, unsigned depth) const {
  const WeekTime now = week_time(local);
  int people = 0;
  for (const Shift& shift : role.shifts)
    if (covers(shift, now)) people += headcount(shift.headcount, at, depth);
  return people;
}

int Organisation::on_duty(size_t index, Instant at) const {
  return on_duty_at(roles[index], at, zone.to_local(at), 0);
}

int Organisation::on_duty(size_t role_index, size_t shift_index, Instant at) const {
  const Shift& shift = roles[role_index].shifts[shift_index];
  return covers(shift, week_time(zone.to_local(at))) ? headcount(shift.headcount, at, 0) : 0;
}

int Organisation::on_duty(std::string_view id, Instant at) const {
  const Role* found = role(id);
  return found == nullptr ? 0 : on_duty_at(*found, at, zone.to_local(at), 0);
}

Instant Organisation::next_change(Instant at) const {
  using std::chrono::days;
  Instant next = at + days(8);
  const auto today = std::chrono::floor<days>(zone.to_local(at));
  const auto consider = [&](Instant when) {
    if (when > at && when < next) next = when;
  };
  for (const Role& role : roles) {
    for (const Shift& shift : role.shifts) {
      for (const Headcount::Row& row : shift.headcount.rows) consider(row.from);
      // The next start or end within the week; a day back for shifts that end after midnight.
      for (int day = -1; day <= 8; ++day) {
        const auto date = today + days(day);
        if (!shift.days[static_cast<size_t>(week_time(date).day)]) continue;
        consider(zone.to_instant(LocalTime(date) + shift.start));
        const auto end = shift.end <= shift.start ? shift.end + days(1) : shift.end;
        consider(zone.to_instant(LocalTime(date) + end));
        if (zone.to_instant(LocalTime(date)) > next) break;
      }
    }
  }
  return next;
}

}  // namespace passerelle::pathway
