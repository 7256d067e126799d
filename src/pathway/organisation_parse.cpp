// Reading organisation.yaml: what is wrong is told by findings, and reading goes on.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "pathway/check/catalogue.h"
#include "pathway/organisation.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

using std::chrono::minutes;
constexpr std::array<std::string_view, 7> day_names = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

std::optional<minutes> parse_time_of_day(std::string_view text) {
  int hour = 0, minute = 0;
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto read = [&](size_t at, int& out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, out);
    return error == std::errc() && end == text.data() + at + 2;
  };
  if (!read(0, hour) || !read(3, minute) || minute > 59 || hour > 24 || (hour == 24 && minute > 0))
    return std::nullopt;
  return minutes(hour * 60 + minute);
}

std::optional<LocalDay> parse_calendar_day(std::string_view text) {
  int year = 0, month = 0, day = 0;
  const auto read = [&](size_t at, size_t length, int& out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, out);
    return error == std::errc() && end == text.data() + at + length;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !read(0, 4, year) ||
      !read(5, 2, month) || !read(8, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return LocalDay(date);
}

// Midnight of a date in the zone.
std::optional<Instant> parse_day(std::string_view text, const Zone& zone) {
  const auto day = parse_calendar_day(text);
  if (!day) return std::nullopt;
  return zone.to_instant(LocalTime(*day));
}

class OrganisationParser {
 public:
  OrganisationParser(Organisation& organisation, std::vector<Finding>& findings)
      : out_(organisation), findings_(findings), read_(findings) {}

  void parse(const yaml::Node& root) {
    if (!read_.mapping(root, {"version", "zone", "languages", "coordinator", "enrolling", "roles",
                              "channels", "work_times", "learning", "worklist", "holidays"}))
      return;
    const std::string version = read_.text(root, "version");
    if (!version.empty()) out_.version = version;
    const std::string zone = read_.text(root, "zone", true);
    if (auto found = Zone::find(zone)) {
      out_.zone = *found;
    } else if (!zone.empty()) {
      read_.wrong(*root.find("zone"), "the name of a time zone, like Europe/Paris");
    }
    if (const auto* days = root.find("holidays")) holidays(*days);
    out_.languages = read_.texts(root, "languages");
    if (out_.languages.empty()) out_.languages = {"fr"};
    out_.default_language = out_.languages.front();
    out_.enrolling_roles = read_.texts(root, "enrolling");
    out_.coordinator = read_.text(root, "coordinator", true);
    if (const auto* roles = read_.member(root, "roles", true))
      if (read_.any_mapping(*roles))
        for (size_t i = 0; i < roles->members.size(); ++i)
          role(roles->members[i].first, roles->members[i].second, roles->member_places[i]);
    if (const auto* channels = read_.member(root, "channels", true))
      if (read_.any_mapping(*channels))
        for (size_t i = 0; i < channels->members.size(); ++i)
          channel(channels->members[i].first, channels->members[i].second,
                  channels->member_places[i]);
    if (const auto* times = root.find("work_times"))
      if (read_.sequence(*times))
        for (const yaml::Node& each : times->items) work_time(each);
    if (const auto* learning = root.find("learning"))
      if (read_.sequence(*learning))
        for (const yaml::Node& each : learning->items) learn(each);
    if (const auto* order = root.find("worklist")) worklist(*order);
    names(root);
  }

 private:
  void role(const std::string& id, const yaml::Node& node, const Place& place) {
    Role role;
    role.id = id;
    role.place = place;
    if (read_.mapping(node, {"name", "staff", "on_call", "skills", "shifts", "fallback",
                             "reports_to", "before", "shift_end", "absence", "surge"})) {
      role.name_key = read_.text(node, "name", true);
      role.staff = read_.boolean(node, "staff", true);
      role.on_call = read_.boolean(node, "on_call", false);
      role.skills = read_.texts(node, "skills");
      role.fallback = read_.text(node, "fallback");
      role.reports_to = read_.text(node, "reports_to");
      if (const auto* end = node.find("shift_end")) role.shift_end = shift_end(*end);
      if (const auto* shifts = node.find("shifts"))
        if (read_.sequence(*shifts))
          for (const yaml::Node& each : shifts->items) role.shifts.push_back(shift(each));
      if (const auto* absence = node.find("absence")) role.absence = absent(*absence);
      if (const auto* surges = node.find("surge"); surges != nullptr && read_.sequence(*surges))
        for (const yaml::Node& each : surges->items) role.surges.push_back(surge(each));
      if (const auto* before = node.find("before"); before != nullptr && read_.sequence(*before)) {
        role.before.emplace();
        for (const yaml::Node& each : before->items) role.before->push_back(earlier(each));
      }
    }
    out_.roles.push_back(std::move(role));
  }

  ShiftEnd shift_end(const yaml::Node& node) {
    if (node.scalar == "hand_over") return ShiftEnd::hand_over;
    if (node.scalar == "suspend") return ShiftEnd::suspend;
    if (node.scalar != "finish") read_.wrong(node, "finish, hand_over or suspend");
    return ShiftEnd::finish;
  }

  EarlierWork earlier(const yaml::Node& node) {
    EarlierWork work;
    work.place = node.place;
    if (!read_.mapping(node, {"work", "hours_a_week", "ceases", "source", "assumption"}))
      return work;
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

  Shift shift(const yaml::Node& node) {
    Shift shift;
    shift.place = node.place;
    if (!read_.mapping(node, {"name", "days", "from", "to", "people", "breaks", "break_groups",
                              "source", "assumption"}))
      return shift;
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
      (start ? shift.start : shift.end) = time.value_or(minutes(0));
    }
    if (const auto* people = read_.member(node, "people", true)) shift.headcount = count(*people);
    breaks(node, shift);
    return shift;
  }

  void breaks(const yaml::Node& node, Shift& shift) {
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
      const Break pause{*time, minutes(whole(*length, 1, 720, "whole minutes from 1 to 720"))};
      if (shift.offset(pause) + shift.break_groups * pause.length > shift.length())
        read_.wrong(each, "a break, of all its relays one after another, within the shift");
      shift.breaks.push_back(pause);
    }
  }

  Absence absent(const yaml::Node& node) {
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

  Surge surge(const yaml::Node& node) {
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
    out.after = minutes(number("after_minutes", 0, 10'080, "whole minutes, a week at most"));
    out.length = std::chrono::hours(number("hours", 1, 8'760, "whole hours, a year at most"));
    return out;
  }

  // france, or {calendar: france, also: [dates], except: [dates]}.
  void holidays(const yaml::Node& node) {
    const yaml::Node* calendar = &node;
    if (node.kind == yaml::Kind::mapping) {
      if (!read_.mapping(node, {"calendar", "also", "except"})) return;
      calendar = node.find("calendar");
      dates(node, "also", out_.holidays.also);
      dates(node, "except", out_.holidays.except);
      if (calendar == nullptr) return;
    }
    const auto found = Holidays::find(calendar->scalar);
    if (!found) return read_.wrong(*calendar, "one of " + Holidays::names());
    out_.holidays.calendar = *found;
  }

  void dates(const yaml::Node& node, std::string_view key, std::vector<LocalDay>& out) {
    const auto* list = node.find(key);
    if (list == nullptr || !read_.sequence(*list)) return;
    for (const yaml::Node& each : list->items) {
      if (const auto day = parse_calendar_day(each.scalar)) {
        out.push_back(*day);
      } else {
        read_.wrong(each, "a date like 2025-12-24");
      }
    }
  }

  // 8, or dated rows, or {per: role, each: 4}.
  Headcount count(const yaml::Node& node) {
    Headcount count;
    const auto people = [&](const yaml::Node& at) -> int {
      const auto number = at.integer();
      if (number && *number >= 0 && *number <= 1'000'000) return static_cast<int>(*number);
      read_.wrong(at, "a number of people, 0 or more");
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

  void channel(const std::string& id, const yaml::Node& node, const Place& place) {
    ChannelInfo channel;
    channel.id = id;
    channel.place = place;
    if (read_.mapping(node, {"name", "needs_smartphone", "by"})) {
      channel.name_key = read_.text(node, "name", true);
      channel.needs_smartphone = read_.boolean(node, "needs_smartphone", false);
      channel.by_role = read_.text(node, "by");
    }
    out_.channels.push_back(std::move(channel));
  }

  void work_time(const yaml::Node& node) {
    WorkTime time;
    time.place = node.place;
    if (!read_.mapping(node, {"activity", "minutes", "skills", "visits", "over_days", "interrupted",
                              "interrupted_by", "together", "source", "assumption"}))
      return;
    time.activity = read_.text(node, "activity", true);
    time.skills = read_.texts(node, "skills");
    if (node.find("visits") != nullptr) time.visits = read_.number(node, "visits", 0);
    if (time.visits && (*time.visits < 0 || *time.visits > 100'000))
      read_.wrong(node, "visits: how often a case comes by, 0 or more");
    const double days = read_.number(node, "over_days", 0);
    if (days < 0 || days > 3'660 || days != std::floor(days))
      read_.wrong(node, "over_days: whole days from 0 to 3660");
    time.over_days = static_cast<int>(std::clamp(days, 0.0, 3'660.0));
    interruption(node, time);
    if (const auto* node_of = node.find("together")) time.together = together(*node_of);
    if (time.together.most > 1 && time.interrupted != Interruption::never)
      read_.wrong(node, "together or interrupted: what is done together is finished");
    time.source = read_.text(node, "source");
    time.assumption = read_.boolean(node, "assumption", false);
    if (const auto* minutes_node = read_.member(node, "minutes", true)) {
      auto distribution = parse_time(*minutes_node, TimeUnit::minutes);
      if (distribution) {
        time.minutes = std::move(*distribution);
      } else {
        read_.wrong(distribution.error());
      }
    }
    out_.work_times.push_back(std::move(time));
  }

  void interruption(const yaml::Node& node, WorkTime& time) {
    if (const auto* how = node.find("interrupted")) {
      if (how->scalar == "resume") {
        time.interrupted = Interruption::resume;
      } else if (how->scalar == "restart") {
        time.interrupted = Interruption::restart;
      } else {
        read_.wrong(*how, "resume (goes on where it stopped) or restart (begins anew)");
      }
    }
    if (const auto* by = node.find("interrupted_by")) {
      time.interrupted_by = whole(*by, 0, 2, "a priority: 0, 1 or 2");
      if (node.find("interrupted") == nullptr)
        read_.wrong(*by, "`interrupted: resume` or `restart` beside interrupted_by");
    }
  }

  Together together(const yaml::Node& node) {
    Together out;
    if (!read_.mapping(node, {"most", "least", "wait_minutes"})) return out;
    if (const auto* most = read_.member(node, "most", true))
      out.most = whole(*most, 1, 10'000, "how many at once: a whole number from 1 up");
    if (const auto* least = node.find("least"))
      out.least = whole(*least, 1, out.most, "a whole number from 1 to `most`");
    if (const auto* wait = node.find("wait_minutes"))
      out.wait = minutes(whole(*wait, 0, 10'080, "whole minutes, a week at most"));
    // Else the last patients of the night would wait for company that never comes.
    if (out.least > 1 && node.find("wait_minutes") == nullptr)
      read_.wrong(node, "wait_minutes: after which it begins with fewer than `least`");
    return out;
  }

  void worklist(const yaml::Node& node) {
    if (!read_.mapping(node, {"order", "ageing_minutes"})) return;
    const std::string order = read_.text(node, "order", true);
    const auto known = WorkOrder::find(order);
    if (!known && !order.empty()) read_.wrong(*node.find("order"), "one of " + WorkOrder::names());
    out_.order.rule = known.value_or(WorkOrder::Rule::priority);
    const bool ageing = out_.order.rule == WorkOrder::Rule::ageing;
    if (const auto* by = node.find("ageing_minutes")) {
      out_.order.ageing = minutes(whole(*by, 1, 10'080, "whole minutes, a week at most"));
      if (!ageing) read_.wrong(*by, "`order: ageing` beside ageing_minutes");
    } else if (ageing) {
      read_.wrong(node, "ageing_minutes: how long a wait counts like one level of priority");
    }
  }

  // A whole number between both, else a finding and the least.
  int whole(const yaml::Node& node, int least, int most, std::string_view expected) {
    const auto number = node.integer();
    if (number && *number >= least && *number <= most) return static_cast<int>(*number);
    read_.wrong(node, expected);
    return least;
  }

  void learn(const yaml::Node& node) {
    Learning learning;
    learning.place = node.place;
    if (!read_.mapping(node, {"role", "initial", "exponent", "training_hours", "teaches", "source",
                              "assumption"}))
      return;
    learning.teaches = read_.texts(node, "teaches");
    learning.role = read_.text(node, "role", true);
    learning.initial = read_.number(node, "initial", 1.0);
    learning.exponent = read_.number(node, "exponent", 0.0);
    learning.source = read_.text(node, "source");
    learning.assumption = read_.boolean(node, "assumption", false);
    const double hours = read_.number(node, "training_hours", 0);
    learning.training = std::chrono::hours(std::lround(std::clamp(hours, 0.0, 100'000.0)));
    if (learning.initial < 1 || learning.initial > 20)
      read_.wrong(node, "initial: a factor from 1 to 20");
    if (learning.exponent < 0 || learning.exponent > 5)
      read_.wrong(node, "exponent: a number from 0 to 5");
    out_.learning.push_back(std::move(learning));
  }

  // Roles that are named inside this file.
  void names(const yaml::Node& root) {
    const auto known = [&](const std::string& role, const Place& place) {
      if (role.empty() || out_.role(role) != nullptr) return;
      std::string list;
      for (const Role& each : out_.roles) list += (list.empty() ? "" : ", ") + each.id;
      findings_.push_back(check_finding("unknown-role-name", place, {role, list}));
    };
    if (const auto* at = root.find("coordinator")) known(out_.coordinator, at->place);
    if (const auto* at = root.find("enrolling"))
      for (const yaml::Node& each : at->items) known(each.scalar, each.place);
    for (const Role& role : out_.roles) {
      known(role.fallback, role.place);
      known(role.reports_to, role.place);
      for (const Shift& shift : role.shifts) known(shift.headcount.per_role, shift.place);
    }
    for (const ChannelInfo& channel : out_.channels) known(channel.by_role, channel.place);
    for (const Learning& learning : out_.learning) known(learning.role, learning.place);
  }

  Organisation& out_;
  std::vector<Finding>& findings_;
  YamlReader read_;
};

}  // namespace

Organisation Organisation::parse(const yaml::Node& root, std::vector<Finding>& findings) {
  Organisation organisation;
  OrganisationParser(organisation, findings).parse(root);
  return organisation;
}

}  // namespace passerelle::pathway
