#include "pathway/organisation.h"

#include <algorithm>
#include <cmath>

namespace passerelle::pathway {
namespace {

using std::chrono::minutes;
constexpr unsigned ratio_depth = 8;  // roles counted per role, per role, ...: longer is a circle

// Whether a person of a post works on that day of their shift. Part-time takes days off evenly, one
// after another among the people: the k-th day is worked when k * share passes a whole number.
bool takes_turn(const Shift& shift, double share, int number, LocalDay day) {
  if (share >= 1) return true;
  const auto pattern = static_cast<int64_t>(std::count(shift.days.begin(), shift.days.end(), true));
  const int64_t since = day.time_since_epoch().count() + 3;  // from a Monday
  const auto monday = static_cast<std::ptrdiff_t>(weekday_of(day));
  const int64_t before = std::count(shift.days.begin(), shift.days.begin() + monday, true);
  // Holidays alone have no pattern in a week: each day counts.
  const int64_t days = pattern > 0 ? (since - monday) / 7 * pattern + before : since;
  const auto k = static_cast<double>(days + number);
  constexpr double rounding = 1e-9;  // 5 * 0.8 is 4
  return std::floor((k + 1) * share + rounding) > std::floor(k * share + rounding);
}

// Whether a relay is away; `since` the shift's start.
bool on_break(const Shift& shift, int group, Millis since) {
  return std::any_of(shift.breaks.begin(), shift.breaks.end(), [&](const Break& pause) {
    const Millis from = shift.offset(pause) + group * pause.length;
    return since >= from && since < from + pause.length;
  });
}

// People are shared out like cards: the first relays are the larger ones.
int relay_size(int people, int groups, int group) {
  return people / groups + (group < people % groups ? 1 : 0);
}

}  // namespace

bool Shift::ever() const {
  return holidays || std::find(days.begin(), days.end(), true) != days.end();
}

minutes Shift::length() const {
  return end <= start ? end + minutes(24 * 60) - start : end - start;
}

minutes Shift::offset(const Break& pause) const {
  return (pause.start - start + minutes(24 * 60)) % minutes(24 * 60);
}

bool Post::has(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool Post::has(std::string_view role, size_t duty) const {
  return std::find(duties[duty].begin(), duties[duty].end(), role) != duties[duty].end();
}

std::string Post::title(int number) const {
  return people == 1 ? name : name + " " + std::to_string(number + 1);
}

double Dip::factor(double days_after) const {
  if (days_after < 0 || days_after >= days + recovery) return 1;
  const double left = days_after < days ? 1 : (days + recovery - days_after) / recovery;
  return 1 / (1 - loss * left);
}

bool Organisation::runs(const Shift& shift, LocalDay day) const {
  return holidays.contains(day) ? shift.holidays : shift.days[weekday_of(day)];
}

bool Organisation::works(const Post& post, int number, const Shift& shift, LocalDay day) const {
  return runs(shift, day) && takes_turn(shift, post.part_time, number, day);
}

// The day on which the shift began that runs at a local time.
std::optional<LocalDay> Organisation::day_of(const Shift& shift, LocalTime at) const {
  const LocalDay today = std::chrono::floor<std::chrono::days>(at);
  for (const LocalDay day : {today, today - std::chrono::days(1)}) {
    const Millis since = at - LocalTime(day) - shift.start;
    if (since < Millis(0) || since >= shift.length()) continue;
    if (runs(shift, day)) return day;
  }
  return std::nullopt;
}

std::vector<std::string> Organisation::skills_of(const Role& role) const {
  std::vector<std::string> out = role.skills;
  for (const Learning& each : learning)
    if (each.role == role.id && each.training.count() > 0)
      out.insert(out.end(), each.teaches.begin(), each.teaches.end());
  return out;
}

std::vector<std::string> Organisation::skills_of(const Post& post) const {
  std::vector<std::string> out = post.skills;
  for (const std::string& id : post.roles)
    if (const Role* of = role(id)) {
      const std::vector<std::string> more = skills_of(*of);
      out.insert(out.end(), more.begin(), more.end());
    }
  return out;
}

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

int Organisation::shift_on_duty(const Shift& shift, Instant at, LocalTime local,
                                unsigned depth) const {
  const auto day = day_of(shift, local);
  if (!day) return 0;
  const int people = headcount(shift.headcount, at, depth);
  if (shift.breaks.empty()) return people;
  int out = 0;
  for (int group = 0; group < shift.break_groups; ++group)
    if (!on_break(shift, group, local - LocalTime(*day) - shift.start))
      out += relay_size(people, shift.break_groups, group);
  return out;
}

Organisation::Relay Organisation::relay(size_t role_index, size_t shift_index, int group,
                                        Instant at) const {
  const Shift& shift = roles[role_index].shifts[shift_index];
  const LocalTime local = zone.to_local(at);
  const auto day = day_of(shift, local);
  if (!day) return {};
  const int people = headcount(shift.headcount, at, 0);
  return {relay_size(people, shift.break_groups, group),
          on_break(shift, group, local - LocalTime(*day) - shift.start), *day, 0};
}

Organisation::Relay Organisation::relay(const Post& post, int number, Instant at) const {
  return relay(post, number, zone.to_local(at));
}

Organisation::Relay Organisation::relay(const Post& post, int number, LocalTime local) const {
  for (const Shift& shift : post.shifts) {
    const auto day = day_of(shift, local);
    if (!day || !takes_turn(shift, post.part_time, number, *day)) continue;
    const Millis since = local - LocalTime(*day) - shift.start;
    return {1, on_break(shift, number % shift.break_groups, since), *day, shift.as};
  }
  return {};
}

std::optional<Organisation::Relay> Organisation::there(const Post& post, int number,
                                                       LocalTime local) const {
  const Relay found = relay(post, number, local);
  if (found.people == 0 || found.on_break) return std::nullopt;
  return found;
}

int Organisation::on_duty_at(const Role& role, Instant at, LocalTime local, unsigned depth) const {
  int people = 0;
  for (const Shift& shift : role.shifts) people += shift_on_duty(shift, at, local, depth);
  for (const Post& post : posts)
    for (int i = 0; i < post.people && post.has(role.id); ++i)
      if (const auto found = there(post, i, local)) people += post.has(role.id, found->as) ? 1 : 0;
  return people;
}

int Organisation::on_duty(std::span<const size_t> role_indices, Instant at) const {
  const LocalTime local = zone.to_local(at);
  int people = 0;
  for (const size_t index : role_indices)
    for (const Shift& shift : roles[index].shifts) people += shift_on_duty(shift, at, local, 0);
  const auto any_of = [&](const auto& has) {
    return std::any_of(role_indices.begin(), role_indices.end(),
                       [&](size_t index) { return has(roles[index].id); });
  };
  for (const Post& post : posts) {
    if (!any_of([&](const std::string& role) { return post.has(role); })) continue;
    for (int i = 0; i < post.people; ++i)
      if (const auto found = there(post, i, local))
        people += any_of([&](const std::string& role) { return post.has(role, found->as); });
  }
  return people;
}

int Organisation::on_duty(size_t index, Instant at) const {
  return on_duty_at(roles[index], at, zone.to_local(at), 0);
}

int Organisation::on_duty(size_t role_index, size_t shift_index, Instant at) const {
  return shift_on_duty(roles[role_index].shifts[shift_index], at, zone.to_local(at), 0);
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
  const auto consider_shift = [&](const Shift& shift) {
    for (const Headcount::Row& row : shift.headcount.rows) consider(row.from);
    // The next start or end within the week; a day back for shifts that end after midnight.
    for (int day = -1; day <= 8; ++day) {
      const auto date = today + days(day);
      if (!runs(shift, date)) continue;
      const LocalTime start = LocalTime(date) + shift.start;
      consider(zone.to_instant(start));
      consider(zone.to_instant(start + shift.length()));
      for (const Break& pause : shift.breaks)
        for (int group = 0; group <= shift.break_groups; ++group)
          consider(zone.to_instant(start + shift.offset(pause) + group * pause.length));
      if (zone.to_instant(LocalTime(date)) > next) break;
    }
  };
  for (const Role& role : roles)
    for (const Shift& shift : role.shifts) consider_shift(shift);
  for (const Post& post : posts)
    for (const Shift& shift : post.shifts) consider_shift(shift);
  return next;
}

}  // namespace passerelle::pathway
