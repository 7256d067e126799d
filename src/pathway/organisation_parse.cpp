// Reading organisation.yaml: the whole, its channels, working times and names.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include "pathway/check/catalogue.h"
#include "pathway/organisation_parser.h"

namespace passerelle::pathway {

std::optional<Minutes> parse_time_of_day(std::string_view text) {
  int hour = 0, minute = 0;
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto read = [&](size_t at, int& out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, out);
    return error == std::errc() && end == text.data() + at + 2;
  };
  if (!read(0, hour) || !read(3, minute) || minute > 59 || hour > 24 || (hour == 24 && minute > 0))
    return std::nullopt;
  return Minutes(hour * 60 + minute);
}

void OrganisationParser::parse(const yaml::Node& root) {
  if (!read_.mapping(
          root, {"version", "zone", "languages", "coordinator", "enrolling", "roles", "channels",
                 "work_times", "learning", "worklist", "holidays", "posts", "go_live"}))
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
  if (const auto* posts = root.find("posts"); posts != nullptr && read_.sequence(*posts))
    for (const yaml::Node& each : posts->items) post(each);
  if (const auto* day = root.find("go_live")) {
    out_.go_live = parse_calendar_day(day->scalar);
    if (!out_.go_live) read_.wrong(*day, "a date like 2025-03-03");
  }
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

// france, or {calendar: france, also: [dates], except: [dates]}.
void OrganisationParser::holidays(const yaml::Node& node) {
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

void OrganisationParser::dates(const yaml::Node& node, std::string_view key,
                               std::vector<LocalDay>& out) {
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

void OrganisationParser::channel(const std::string& id, const yaml::Node& node,
                                 const Place& place) {
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

void OrganisationParser::work_time(const yaml::Node& node) {
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

void OrganisationParser::interruption(const yaml::Node& node, WorkTime& time) {
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

Together OrganisationParser::together(const yaml::Node& node) {
  Together out;
  if (!read_.mapping(node, {"most", "least", "wait_minutes"})) return out;
  if (const auto* most = read_.member(node, "most", true))
    out.most = whole(*most, 1, 10'000, "how many at once: a whole number from 1 up");
  if (const auto* least = node.find("least"))
    out.least = whole(*least, 1, out.most, "a whole number from 1 to `most`");
  if (const auto* wait = node.find("wait_minutes"))
    out.wait = Minutes(whole(*wait, 0, 10'080, "whole minutes, a week at most"));
  // Else the last patients of the night would wait for company that never comes.
  if (out.least > 1 && node.find("wait_minutes") == nullptr)
    read_.wrong(node, "wait_minutes: after which it begins with fewer than `least`");
  return out;
}

void OrganisationParser::worklist(const yaml::Node& node) {
  if (!read_.mapping(node, {"order", "ageing_minutes"})) return;
  const std::string order = read_.text(node, "order", true);
  const auto known = WorkOrder::find(order);
  if (!known && !order.empty()) read_.wrong(*node.find("order"), "one of " + WorkOrder::names());
  out_.order.rule = known.value_or(WorkOrder::Rule::priority);
  const bool ageing = out_.order.rule == WorkOrder::Rule::ageing;
  if (const auto* by = node.find("ageing_minutes")) {
    out_.order.ageing = Minutes(whole(*by, 1, 10'080, "whole minutes, a week at most"));
    if (!ageing) read_.wrong(*by, "`order: ageing` beside ageing_minutes");
  } else if (ageing) {
    read_.wrong(node, "ageing_minutes: how long a wait counts like one level of priority");
  }
}

// A whole number between both, else a finding and the least.
int OrganisationParser::whole(const yaml::Node& node, int least, int most,
                              std::string_view expected) {
  const auto number = node.integer();
  if (number && *number >= least && *number <= most) return static_cast<int>(*number);
  read_.wrong(node, expected);
  return least;
}

void OrganisationParser::known(const std::string& role, const Place& place) {
  if (role.empty() || out_.role(role) != nullptr) return;
  std::string list;
  for (const Role& each : out_.roles) list += (list.empty() ? "" : ", ") + each.id;
  findings_.push_back(check_finding("unknown-role-name", place, {role, list}));
}

// People who follow people of another role, who may follow others: a circle has no answer, and what
// is read at each instant has a limit.
void OrganisationParser::ratios() {
  constexpr int64_t most = 10'000, in_hand = -1;
  std::vector<int64_t> counts(out_.roles.size(), 0);
  const std::function<int64_t(size_t)> read = [&](size_t index) -> int64_t {
    if (counts[index] != 0) return counts[index];
    counts[index] = in_hand;
    int64_t sum = 1;
    for (Shift& shift : out_.roles[index].shifts) {
      std::string& per = shift.headcount.per_role;
      const auto other = per.empty() ? std::nullopt : out_.role_index(per);
      const int64_t more = other ? read(*other) : 1;
      if (more == in_hand || sum + more > most) {
        findings_.push_back(check_finding(
            "wrong-value", shift.place,
            {more == in_hand
                 ? "people per '" + per + "', who follow '" + out_.roles[index].id +
                       "' in turn: nobody can say how many that is"
                 : "people who follow people who follow others, more than 10000 shifts in all"}));
        per.clear();
        continue;
      }
      sum += more;
    }
    return counts[index] = sum;
  };
  for (size_t i = 0; i < out_.roles.size(); ++i) static_cast<void>(read(i));
}

// Roles that are named inside this file.
void OrganisationParser::names(const yaml::Node& root) {
  if (const auto* at = root.find("coordinator")) known(out_.coordinator, at->place);
  if (const auto* at = root.find("enrolling"))
    for (const yaml::Node& each : at->items) known(each.scalar, each.place);
  for (const Role& role : out_.roles) {
    known(role.fallback, role.place);
    known(role.reports_to, role.place);
    for (const Shift& shift : role.shifts) known(shift.headcount.per_role, shift.place);
  }
  for (const Post& post : out_.posts) names(post);
  for (const ChannelInfo& channel : out_.channels) known(channel.by_role, channel.place);
  for (const Learning& learning : out_.learning) known(learning.role, learning.place);
  ratios();
}

Organisation Organisation::parse(const yaml::Node& root, std::vector<Finding>& findings) {
  Organisation organisation;
  OrganisationParser(organisation, findings).parse(root);
  return organisation;
}

}  // namespace passerelle::pathway
