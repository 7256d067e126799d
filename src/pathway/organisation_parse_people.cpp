// Reading organisation.yaml: roles, shifts, how people learn.
#include <algorithm>
#include <array>
#include <cmath>

#include "pathway/check/catalogue.h"
#include "pathway/organisation_parser.h"

namespace passerelle::pathway {

namespace {

constexpr std::array<std::string_view, 7> day_names = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

// Midnight of a date in the zone.
std::optional<Instant> parse_day(std::string_view text, const Zone& zone) {
  const auto day = parse_calendar_day(text);
  if (!day) return std::nullopt;
  return zone.to_instant(LocalTime(*day));
}

}  // namespace

void OrganisationParser::role(const std::string& id, const yaml::Node& node, const Place& place) {
  Role role;
  role.id = id;
  role.place = place;
  if (read_.mapping(
          node, {"name", "staff", "on_call", "skills", "shifts", "fallback", "reports_to", "before",
                 "shift_end", "overtime_minutes", "absence", "turnover", "surge"})) {
    role.name_key = read_.text(node, "name", true);
    role.staff = read_.boolean(node, "staff", true);
    role.on_call = read_.boolean(node, "on_call", false);
    role.skills = read_.texts(node, "skills");
    role.fallback = read_.text(node, "fallback");
    role.reports_to = read_.text(node, "reports_to");
    if (const auto* end = node.find("shift_end")) role.shift_end = shift_end(*end);
    role.overtime = overtime(node, role.shift_end);
    if (const auto* list = node.find("shifts")) role.shifts = shifts(*list, false);
    if (const auto* absence = node.find("absence")) role.absence = absent(*absence);
    if (const auto* changes = node.find("turnover")) role.turnover = turnover(*changes);
    if (const auto* surges = node.find("surge"); surges != nullptr && read_.sequence(*surges))
      for (const yaml::Node& each : surges->items) role.surges.push_back(surge(each));
    if (const auto* before = node.find("before"); before != nullptr && read_.sequence(*before)) {
      role.before.emplace();
      for (const yaml::Node& each : before->items) role.before->push_back(earlier(each));
    }
  }
  out_.roles.push_back(std::move(role));
}

ShiftEnd OrganisationParser::shift_end(const yaml::Node& node) {
  if (node.scalar == "hand_over") return ShiftEnd::hand_over;
  if (node.scalar == "suspend") return ShiftEnd::suspend;
  if (node.scalar != "finish") read_.wrong(node, "finish, hand_over or suspend");
  return ShiftEnd::finish;
}

std::optional<Minutes> OrganisationParser::overtime(const yaml::Node& node, ShiftEnd end) {
  const auto* at = node.find("overtime_minutes");
  if (at == nullptr) return std::nullopt;
  if (end == ShiftEnd::finish)
    read_.wrong(*at,
                "`shift_end: hand_over` or `suspend` beside overtime_minutes, for what would "
                "take longer");
  return Minutes(whole(*at, 0, 1'440, "whole minutes, a day at most"));
}

EarlierWork OrganisationParser::earlier(const yaml::Node& node) {
  EarlierWork work;
  work.place = node.place;
  if (!read_.mapping(node, {"work", "hours_a_week", "ceases", "source", "assumption"})) return work;
  work.what = read_.text(node, "work", true);
  work.hours_a_week = read_.number(node, "hours_a_week", 0);
  work.ceases_hours = read_.number(node, "ceases", 0);
  work.source = read_.text(node, "source");
  work.assumption = read_.boolean(node, "assumption", false);
  if (!(work.hours_a_week > 0)) read_.wrong(node, "hours_a_week: a number greater than 0");
  if (work.ceases_hours < 0 || work.ceases_hours > work.hours_a_week)
    read_.wrong(node, "ceases: hours from 0 to hours_a_week");
  return work;
}

std::vector<Shift> OrganisationParser::shifts(const yaml::Node& node, bool of_one_person) {
  std::vector<Shift> out;
  if (!read_.sequence(node)) return out;
  for (const yaml::Node& each : node.items) out.push_back(shift(each, of_one_person));
  return out;
}

Shift OrganisationParser::shift(const yaml::Node& node, bool of_one_person) {
  Shift shift;
  shift.place = node.place;
  const bool known =
      of_one_person
          ? read_.mapping(node, {"name", "days", "from", "to", "roles", "breaks", "break_groups"})
          : read_.mapping(node, {"name", "days", "from", "to", "people", "breaks", "break_groups",
                                 "source", "assumption"});
  if (!known) return shift;
  shift.name = read_.text(node, "name", true);
  shift.source = read_.text(node, "source");
  shift.assumption = read_.boolean(node, "assumption", false);
  if (const auto* days = read_.member(node, "days", true)) {
    if (read_.sequence(*days)) {
      for (const yaml::Node& each : days->items) {
        const auto day = std::find(day_names.begin(), day_names.end(), each.scalar);
        if (each.scalar == "holiday") {
          shift.holidays = true;
          if (!out_.holidays.given())
            read_.wrong(each, "`holidays:` at the top of the file, which says when they are");
        } else if (day == day_names.end()) {
          read_.wrong(each, "mon, tue, wed, thu, fri, sat, sun or holiday");
        } else {
          shift.days[static_cast<size_t>(day - day_names.begin())] = true;
        }
      }
    }
  }
  for (const bool start : {true, false}) {
    const auto* at = read_.member(node, start ? "from" : "to", true);
    if (at == nullptr) continue;
    const auto time = parse_time_of_day(at->scalar);
    if (!time) read_.wrong(*at, "a time of day in quotes, like \"08:00\"");
    (start ? shift.start : shift.end) = time.value_or(Minutes(0));
  }
  if (of_one_person) {
    shift.roles = read_.texts(node, "roles");
    if (const auto* own = node.find("roles"); own != nullptr && shift.roles.empty())
      read_.wrong(*own, "roles: at least one, or none said for those of the post");
    shift.headcount.rows.push_back({Instant::min(), 1});
  } else if (const auto* people = read_.member(node, "people", true)) {
    shift.headcount = count(*people);
  }
  breaks(node, shift);
  return shift;
}

void OrganisationParser::breaks(const yaml::Node& node, Shift& shift) {
  if (const auto* groups = node.find("break_groups"))
    shift.break_groups = whole(*groups, 1, 12, "how many relays go: a whole number from 1 to 12");
  const auto* list = node.find("breaks");
  if (list == nullptr || !read_.sequence(*list)) return;
  for (const yaml::Node& each : list->items) {
    if (!read_.mapping(each, {"at", "minutes"})) continue;
    const auto* at = read_.member(each, "at", true);
    const auto* length = read_.member(each, "minutes", true);
    if (at == nullptr || length == nullptr) continue;
    const auto time = parse_time_of_day(at->scalar);
    if (!time) {
      read_.wrong(*at, "a time of day in quotes, like \"12:00\"");
      continue;
    }
    const Break pause{*time, Minutes(whole(*length, 1, 720, "whole minutes from 1 to 720"))};
    if (shift.offset(pause) + shift.break_groups * pause.length > shift.length())
      read_.wrong(each, "a break, of all its relays one after another, within the shift");
    shift.breaks.push_back(pause);
  }
}

Absence OrganisationParser::absent(const yaml::Node& node) {
  Absence out;
  out.place = node.place;
  if (!read_.mapping(node, {"share", "days", "source", "assumption"})) return out;
  out.share = read_.number(node, "share", 0);
  out.days = read_.number(node, "days", 1);
  out.source = read_.text(node, "source");
  out.assumption = read_.boolean(node, "assumption", false);
  if (!(out.share > 0 && out.share < 1))
    read_.wrong(node, "share: of the days, between 0 and 1 (0.07 is seven in a hundred)");
  // Else nobody who is well could fall ill often enough.
  if (!(out.days >= 1 && out.days <= 365 && out.share / (1 - out.share) <= out.days))
    read_.wrong(node, "days: how long a spell lasts in the mean, from 1 to 365");
  return out;
}

Surge OrganisationParser::surge(const yaml::Node& node) {
  Surge out;
  out.place = node.place;
  if (!read_.mapping(
          node, {"name", "people", "waiting", "after_minutes", "hours", "source", "assumption"}))
    return out;
  out.name = read_.text(node, "name", true);
  out.source = read_.text(node, "source");
  out.assumption = read_.boolean(node, "assumption", false);
  const auto number = [&](std::string_view key, int least, int most, std::string_view what) {
    const auto* at = read_.member(node, key, true);
    return at == nullptr ? least : whole(*at, least, most, what);
  };
  out.people = number("people", 1, 10'000, "how many come: a whole number from 1 up");
  out.waiting = number("waiting", 1, 1'000'000, "how much must wait: a whole number from 1 up");
  out.after = Minutes(number("after_minutes", 0, 10'080, "whole minutes, a week at most"));
  out.length = std::chrono::hours(number("hours", 1, 8'760, "whole hours, a year at most"));
  return out;
}

// 8, or dated rows, or {per: role, each: 4}.
Headcount OrganisationParser::count(const yaml::Node& node) {
  Headcount count;
  const auto people = [&](const yaml::Node& at) -> int {
    const auto number = at.integer();
    if (number && *number >= 0 && *number <= 1'000'000) return static_cast<int>(*number);
    read_.wrong(at, "a number of people, from 0 to a million");
    return 0;
  };
  if (node.kind == yaml::Kind::mapping) {
    if (!read_.mapping(node, {"per", "each"})) return count;
    count.per_role = read_.text(node, "per", true);
    count.per_people = read_.number(node, "each", 0);
    if (!(count.per_people > 0)) read_.wrong(node, "each: a number greater than 0");
  } else if (node.kind == yaml::Kind::sequence) {
    for (const yaml::Node& each : node.items) {
      if (!read_.mapping(each, {"from", "people"})) continue;
      const auto* from = read_.member(each, "from", true);
      const auto* number = read_.member(each, "people", true);
      if (from == nullptr || number == nullptr) continue;
      const auto day = parse_day(from->scalar, out_.zone);
      if (!day) {
        read_.wrong(*from, "a date like 2020-03-09");
      } else if (!count.rows.empty() && *day <= count.rows.back().from) {
        read_.wrong(*from, "a date later than the one before it");
      } else {
        count.rows.push_back({*day, people(*number)});
      }
    }
  } else {
    count.rows.push_back({Instant::min(), people(node)});
  }
  return count;
}

// ---- how people change ----

Turnover OrganisationParser::turnover(const yaml::Node& node) {
  Turnover out;
  out.place = node.place;
  if (!read_.mapping(node, {"per_year", "vacant_days", "source", "assumption"})) return out;
  out.source = read_.text(node, "source");
  out.assumption = read_.boolean(node, "assumption", false);
  out.per_year = read_.number(node, "per_year", 0);
  if (!(out.per_year > 0 && out.per_year <= 12)) {
    read_.wrong(node, "per_year: how often a post changes hands in a year, above 0 and 12 at most");
    out.per_year = 0;
  }
  if (const auto* days = node.find("vacant_days"))
    out.vacant_days = whole(*days, 0, 366, "whole days, a year at most");
  return out;
}

Dip OrganisationParser::dip(const yaml::Node& node) {
  Dip out;
  out.place = node.place;
  if (!read_.mapping(node, {"loss", "days", "recovery_days", "source", "assumption"})) return out;
  out.source = read_.text(node, "source");
  out.assumption = read_.boolean(node, "assumption", false);
  out.loss = read_.number(node, "loss", 0);
  out.days = read_.number(node, "days", 0);
  out.recovery = read_.number(node, "recovery_days", 0);
  if (!(out.loss > 0 && out.loss <= 0.9)) {
    read_.wrong(node, "loss: of productivity, above 0 and 0.9 at most (0.27 is 27 % less)");
    out.loss = 0;
  }
  if (!(out.days >= 0 && out.recovery >= 0 && out.days + out.recovery > 0 &&
        out.days + out.recovery <= 3'660)) {
    read_.wrong(node, "days and recovery_days: 0 or more, together above 0");
    out.days = out.recovery = 0;
  }
  return out;
}

void OrganisationParser::learn(const yaml::Node& node) {
  Learning learning;
  learning.place = node.place;
  if (!read_.mapping(
          node, {"role", "activities", "initial", "exponent", "training_hours", "training_days",
                 "teaches", "dip", "adoption", "old_way", "source", "assumption"}))
    return;
  learning.teaches = read_.texts(node, "teaches");
  learning.role = read_.text(node, "role", true);
  learning.activities = read_.texts(node, "activities");
  learning.initial = read_.number(node, "initial", 1.0);
  learning.exponent = read_.number(node, "exponent", 0.0);
  learning.source = read_.text(node, "source");
  learning.assumption = read_.boolean(node, "assumption", false);
  const double hours = read_.number(node, "training_hours", 0);
  learning.training = std::chrono::hours(std::lround(std::clamp(hours, 0.0, 100'000.0)));
  if (const auto* days = node.find("training_days"))
    learning.training_days = whole(*days, 1, 366, "whole days, a year at most");
  if (learning.initial < 1 || learning.initial > 20)
    read_.wrong(node, "initial: a factor from 1 to 20");
  if (learning.exponent < 0 || learning.exponent > 5)
    read_.wrong(node, "exponent: a number from 0 to 5");
  if (const auto* at = node.find("dip")) learning.dip = dip(*at);
  if (const auto* at = node.find("adoption")) {
    learning.adoption = read_adoption(*at, read_);
    // Of those who come a share may fall again; people who have learnt the new way stay with it.
    if (!std::is_sorted(learning.adoption->rows.begin(), learning.adoption->rows.end(),
                        [](const auto& a, const auto& b) { return a.second < b.second; }))
      read_.wrong(*at, "shares that never fall: whoever has changed does not go back");
  }
  learning.old_way = read_.number(node, "old_way", 1.0);
  if (const auto* at = node.find("old_way")) {
    if (!learning.adoption)
      read_.wrong(*at, "`adoption:` beside old_way, which says who has changed until when");
    if (!(learning.old_way >= 0.05 && learning.old_way <= 20))
      read_.wrong(*at, "how many times as long work takes in the old way, from 0.05 to 20");
  }
  if (learning.adoption && learning.old_way == 1 && learning.initial == 1 &&
      !(learning.dip.loss > 0))
    read_.wrong(*node.find("adoption"),
                "`old_way`, `initial` or `dip` beside adoption: else nothing differs between "
                "those who have changed and the others");
  for (const Learning& other : out_.learning) {
    if (other.role != learning.role) continue;
    const bool twice =
        (other.activities.empty() && learning.activities.empty()) ||
        std::any_of(learning.activities.begin(), learning.activities.end(), [&](const auto& id) {
          return std::find(other.activities.begin(), other.activities.end(), id) !=
                 other.activities.end();
        });
    if (twice) read_.wrong(node, "one curve for a role, or for each of its activities");
  }
  out_.learning.push_back(std::move(learning));
}

}  // namespace passerelle::pathway
