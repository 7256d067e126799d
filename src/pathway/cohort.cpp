#include "pathway/cohort.h"

#include <algorithm>
#include <cmath>

#include "pathway/cohort_draw.h"

namespace passerelle::pathway {
namespace {

constexpr int longest_days = 3'660;       // of a rehearsal, and of a condition: ten years
constexpr double most_patients = 1e7;     // a day, or so far
constexpr double longest_hours = 87'600;  // until something happens: ten years

class Parser {
 public:
  Parser(Cohort& cohort, std::vector<Finding>& findings)
      : out_(cohort), findings_(findings), read_(findings), draws_(read_, findings) {}

  void parse(const yaml::Node& root) {
    out_.place = root.place;
    if (!read_.mapping(
            root, {"start", "days", "arrivals", "attributes", "opening", "condition", "devices",
                   "measurements", "happenings", "answers", "habits", "truth"}))
      return;
    begin(root);
    if (const auto* node = read_.member(root, "arrivals", true)) {
      if (node->kind == yaml::Kind::sequence) {
        for (const yaml::Node& each : node->items) arrivals(each);
      } else {
        arrivals(*node);
      }
    }
    if (const auto* node = root.find("attributes"))
      if (read_.any_mapping(*node))
        for (size_t i = 0; i < node->members.size(); ++i)
          attribute(node->members[i].first, node->members[i].second, node->member_places[i]);
    opening(root);
    if (const auto* node = root.find("condition")) condition(*node);
    if (out_.course.given()) {
      names_.emplace_back("state");
      names_.emplace_back("day");
    }
    if (const auto* node = root.find("happenings"))
      if (read_.sequence(*node))
        for (const yaml::Node& each : node->items) happening(each);
    if (const auto* node = root.find("devices"))
      read_devices(*node, read_, names_, out_, findings_);
    if (const auto* node = root.find("measurements"))
      read_measurements(*node, read_, draws_, names_, out_, findings_);
    names_.emplace_back("channel");
    names_.emplace_back("activity");
    if (const auto* node = root.find("answers"))
      if (read_.any_mapping(*node))
        for (size_t i = 0; i < node->members.size(); ++i)
          form(node->members[i].first, node->members[i].second, node->member_places[i]);
    if (const auto* node = root.find("habits"))
      if (read_.any_mapping(*node))
        for (size_t i = 0; i < node->members.size(); ++i)
          habit(node->members[i].first, node->members[i].second, node->member_places[i]);
    if (const auto* node = root.find("truth")) truth(*node);
  }

 private:
  void begin(const yaml::Node& root) {
    if (const auto* node = read_.member(root, "start", true)) {
      const auto start = parse_local(node->scalar);
      if (!start || node->scalar.size() != 10) read_.wrong(*node, "a date like 2020-03-09");
      out_.start = start.value_or(LocalTime());
    }
    const double days = read_.number(root, "days", 30);
    if (!(days >= 1 && days <= longest_days && days == std::floor(days))) {
      read_.wrong(*root.find("days"), "a whole number of days from 1 to 3660");
    } else {
      out_.days = static_cast<int>(days);
    }
  }

  Origin origin(const yaml::Node& node, bool needed = true) {
    if (needed) return read_origin(read_, node, findings_);
    return {read_.text(node, "source"), read_.boolean(node, "assumption", false)};
  }

  void arrivals(const yaml::Node& node) {
    Arrivals out;
    out.place = node.place;
    if (!read_.mapping(
            node, {"name", "per_day", "cumulative", "gaps", "schedule", "file", "poisson", "hours",
                   "weekdays", "limit", "message", "source", "assumption"}))
      return;
    out.name = read_.text(node, "name");
    out.message = read_.text(node, "message");
    out.poisson = read_.boolean(node, "poisson", true);
    out.hours = shares(node, "hours", 24);
    out.weekdays = shares(node, "weekdays", 7);
    out.origin = origin(node);
    if (const auto* limit = node.find("limit")) {
      const auto number = limit->integer();
      if (number && *number >= 0) {
        out.limit = static_cast<uint64_t>(*number);
      } else {
        read_.wrong(*limit, "a number of patients, 0 or more");
      }
    }
    int kinds = 0;
    for (const std::string_view key : {"per_day", "cumulative", "gaps", "schedule", "file"})
      kinds += node.find(key) != nullptr ? 1 : 0;
    if (kinds != 1)
      return read_.wrong(node, "exactly one of per_day, cumulative, gaps, schedule, file");
    if (const auto* rate = node.find("per_day")) {
      out.kind = Arrivals::Kind::rate;
      if (rate->kind == yaml::Kind::scalar) {
        const auto number = rate->number();
        if (number && *number >= 0 && *number <= most_patients) {
          out.points.push_back({out_.start, *number});
        } else {
          read_.wrong(*rate, "a number of patients a day, from 0 to 10 million");
        }
      } else {
        points(*rate, out);
      }
    } else if (const auto* so_far = node.find("cumulative")) {
      out.kind = Arrivals::Kind::cumulative;
      points(*so_far, out);
      for (size_t i = 1; i < out.points.size(); ++i)
        if (out.points[i].value < out.points[i - 1].value)
          read_.wrong(so_far->items[i], "not fewer patients than the row before");
      if (out.points.size() < 2) read_.wrong(*so_far, "at least two rows");
    } else if (const auto* gaps = node.find("gaps")) {
      out.kind = Arrivals::Kind::gaps;
      auto distribution = parse_time(*gaps, TimeUnit::minutes);
      if (!distribution) return read_.wrong(distribution.error());
      out.gap_minutes = std::move(*distribution);
      if (!(out.gap_minutes.mean() > 1e-4))
        read_.wrong(*gaps, "minutes between arrivals with a mean above 0.0001");
    } else if (const auto* file = node.find("file")) {
      out.kind = Arrivals::Kind::file;
      out.file.path = file->scalar;
      out.file.place = file->place;
    } else {
      out.kind = Arrivals::Kind::schedule;
      schedule(*node.find("schedule"), out);
    }
    out_.arrivals.push_back(std::move(out));
  }

  std::vector<double> shares(const yaml::Node& node, std::string_view key, size_t count) {
    std::vector<double> out;
    const yaml::Node* found = node.find(key);
    if (found == nullptr || !read_.sequence(*found)) return out;
    double sum = 0;
    for (const yaml::Node& item : found->items) {
      const auto number = item.number();
      out.push_back(number && *number >= 0 && *number < 1e9 ? *number : -1);
      if (out.back() < 0) read_.wrong(item, "a weight, from 0 to a billion");
      sum += out.back();
    }
    if (out.size() != count || !(sum > 0)) {
      read_.wrong(*found, std::to_string(count) + " weights that are not all 0");
      out.clear();
    }
    return out;
  }

  void points(const yaml::Node& node, Arrivals& out) {
    if (!read_.sequence(node)) return;
    for (const yaml::Node& each : node.items) {
      if (!read_.mapping(each, {"at", "patients"})) continue;
      const auto* at = read_.member(each, "at", true);
      const double value = read_.number(each, "patients", -1);
      if (at == nullptr) continue;
      const auto local = parse_local(at->scalar);
      if (!local) {
        read_.wrong(*at, "a date, or a date and time, like 2020-03-26 10:00");
      } else if (!(value >= 0 && value <= most_patients)) {
        read_.wrong(each, "patients: a number from 0 to 10 million");
      } else if (!out.points.empty() && *local <= out.points.back().at) {
        read_.wrong(*at, "a time later than the row before");
      } else {
        out.points.push_back({*local, value});
      }
    }
  }

  void schedule(const yaml::Node& node, Arrivals& out) {
    if (!read_.sequence(node)) return;
    for (const yaml::Node& each : node.items) {
      const auto local = parse_local(each.scalar);
      if (!local) {
        read_.wrong(each, "a date and time, like 2020-03-26 10:00");
      } else if (!out.points.empty() && *local < out.points.back().at) {
        read_.wrong(each, "a time not before the one above");
      } else {
        out.points.push_back({*local, 1});
      }
    }
    const LocalTime end = out_.start + std::chrono::days(out_.days);
    const bool some = std::any_of(
        out.points.begin(), out.points.end(),
        [&](const Arrivals::Point& point) { return point.at >= out_.start && point.at < end; });
    if (!some)
      findings_.push_back(
          make_finding(cohort_kinds::contradiction, node.place,
                       "nobody of this schedule comes between `start` and the last of `days`"));
  }

  void attribute(const std::string& name, const yaml::Node& node, const Place& place) {
    Attribute out;
    out.name = name;
    out.place = place;
    const yaml::Node stripped = without_origin(node, out.origin);
    out.draw = draws_.read(stripped, DrawOf::values, names_);
    for (const std::string_view reserved : {"state", "day", "channel", "activity", "else"})
      if (name == reserved) read_.wrong(node, "another name than '" + name + "'");
    names_.push_back(name);
    out_.attributes.push_back(std::move(out));
  }

  // A drawn thing carries its origin beside its own keys.
  yaml::Node without_origin(const yaml::Node& node, Origin& out, bool needed = true,
                            std::initializer_list<std::string_view> more = {}) {
    yaml::Node rest = node;
    if (node.kind != yaml::Kind::mapping) {
      if (needed) out = origin(node);
      return rest;
    }
    out = origin(node, needed);
    for (size_t i = rest.members.size(); i-- > 0;) {
      const std::string& key = rest.members[i].first;
      if (key != "source" && key != "assumption" &&
          std::find(more.begin(), more.end(), key) == more.end())
        continue;
      rest.members.erase(rest.members.begin() + static_cast<std::ptrdiff_t>(i));
      rest.member_places.erase(rest.member_places.begin() + static_cast<std::ptrdiff_t>(i));
    }
    // {is: [70, 20, 10], source: ...} where the draw itself is no mapping.
    if (rest.members.size() == 1 && rest.members.front().first == "is") {
      yaml::Node inner = std::move(rest.members.front().second);
      return inner;
    }
    return rest;
  }

  void opening(const yaml::Node& root) {
    out_.opening = read_.texts(root, "opening");
    for (size_t i = 0; i < out_.opening.size(); ++i)
      if (std::find(names_.begin(), names_.end(), out_.opening[i]) == names_.end())
        read_.wrong(root.find("opening")->items[i], "the name of an attribute");
  }

  void condition(const yaml::Node& node) {
    Course& out = out_.course;
    out.place = node.place;
    if (!read_.mapping(node, {"states", "initial", "step", "steps", "moves", "rest", "episodes",
                              "source", "assumption"}))
      return;
    out.origin = origin(node);
    out.states = read_.texts(node, "states");
    if (out.states.empty() || out.states.size() > 200)
      return read_.wrong(node, "states: a list of 1 to 200 names");
    if (const auto* step = node.find("step")) {
      const auto millis = parse_duration(step->scalar);
      if (millis && *millis >= std::chrono::minutes(1)) {
        out.step = *millis;
      } else {
        read_.wrong(*step, "a duration of a minute or more, like P1D");
      }
    }
    const double steps = read_.number(node, "steps", 60);
    if (steps >= 1 && steps <= longest_days) {
      out.steps = static_cast<int>(steps);
    } else {
      read_.wrong(node, "steps: from 1 to 3660");
    }
    if (const auto* initial = read_.member(node, "initial", true)) {
      out.initial = draws_.read(*initial, DrawOf::values, names_);
      states_only(out.initial);
    }
    if (const auto* episodes = node.find("episodes")) {
      if (node.find("moves") != nullptr) read_.wrong(node, "moves or episodes");
      out.rest = read_.text(node, "rest", true);
      if (!out.rest.empty()) known_state(out.rest, node.find("rest")->place);
      read_episodes(*episodes, read_, draws_, names_, out);
      for (const Course::Episode& episode : out.episodes)
        for (const Course::Phase& phase : episode.phases) known_state(phase.state, phase.place);
      return;
    }
    if (const auto* rest = node.find("rest"))
      read_.wrong(*rest, "`episodes:` beside rest, which is the state between them");
    const auto* moves = read_.member(node, "moves", true);
    if (moves == nullptr || !read_.any_mapping(*moves)) return;
    std::vector<std::string> names = names_;
    names.emplace_back("day");
    for (size_t i = 0; i < moves->members.size(); ++i) {
      Course::Move move;
      move.from = moves->members[i].first;
      move.place = moves->member_places[i];
      known_state(move.from, move.place);
      move.to = draws_.read(moves->members[i].second, DrawOf::values, names);
      states_only(move.to);
      out.moves.push_back(std::move(move));
    }
  }

  void known_state(const std::string& state, const Place& place) {
    const auto& states = out_.course.states;
    if (std::find(states.begin(), states.end(), state) != states.end()) return;
    std::string known;
    for (const std::string& each : states) known += (known.empty() ? "" : ", ") + each;
    findings_.push_back(make_finding(cohort_kinds::unknown_name, place,
                                     "the condition has no state '" + state + "'",
                                     "its states are: " + known));
  }

  void states_only(const Draw& draw) {
    if (draw.kind == Draw::Kind::by) {
      for (const Draw::Branch& branch : draw.branches) states_only(branch.draw);
    } else if (draw.kind == Draw::Kind::weights || draw.kind == Draw::Kind::value) {
      for (const Literal& literal : draw.literals) known_state(literal.text, draw.place);
    } else {
      findings_.push_back(make_finding(cohort_kinds::contradiction, draw.place,
                                       "a condition moves to states; this draws something else"));
    }
  }

  void happening(const yaml::Node& node) {
    Happening out;
    out.place = node.place;
    if (!read_.mapping(node, {"message", "state", "chance", "after_hours", "with", "outcome",
                              "unless_found", "source", "assumption"}))
      return;
    out.origin = origin(node);
    out.message = read_.text(node, "message", true);
    out.state = read_.text(node, "state");
    if (!out.state.empty()) known_state(out.state, node.find("state")->place);
    out.outcome = read_.text(node, "outcome");
    out.unless_found = read_.boolean(node, "unless_found", false);
    out.chance.kind = Draw::Kind::chance;
    out.chance.probability = 1;
    if (const auto* chance = node.find("chance"))
      out.chance = draws_.read(*chance, DrawOf::truth, names_);
    out.after_hours.kind = Draw::Kind::number;
    if (const auto* after = node.find("after_hours"))
      out.after_hours = draws_.read(*after, DrawOf::hours, names_);
    within(out.after_hours, longest_hours);
    if (const auto* with = node.find("with"))
      if (read_.any_mapping(*with))
        for (const auto& [name, value] : with->members)
          out.payload.emplace_back(name, draws_.read(value, DrawOf::values, names_));
    out_.happenings.push_back(std::move(out));
  }

  // A time that cannot be: negative, or beyond all horizons.
  void within(const Draw& draw, double most) {
    for (const Draw::Branch& branch : draw.branches) within(branch.draw, most);
    if (draw.kind != Draw::Kind::number) return;
    const double mean = draw.distribution.mean();
    if (!(mean >= 0 && mean <= most))
      findings_.push_back(
          make_finding(cohort_kinds::contradiction, draw.place,
                       "a time with a mean of " + std::to_string(mean) + " cannot be waited for"));
  }

  void form(const std::string& id, const yaml::Node& node, const Place& place) {
    FormAnswers out;
    out.form = id;
    out.place = place;
    if (!read_.mapping(node, {"persistence", "items", "source", "assumption"})) return;
    out.origin = origin(node);
    const double persistence = probability(node, "persistence", 0);
    const auto* items = read_.member(node, "items", true);
    if (items == nullptr || !read_.any_mapping(*items)) return;
    std::vector<std::string> names = names_;
    for (size_t i = 0; i < items->members.size(); ++i) {
      const auto& [name, value] = items->members[i];
      ItemAnswer item;
      item.item = name;
      item.place = items->member_places[i];
      item.persistence = probability(value, "persistence", persistence);
      item.missing.kind = Draw::Kind::chance;
      if (const auto* missing = value.find("missing"))
        item.missing = draws_.read(*missing, DrawOf::truth, names);
      const yaml::Node stripped =
          without_origin(value, item.origin, false, {"persistence", "missing"});
      item.draw = draws_.read(stripped, DrawOf::values, names);
      names.push_back(name);
      out.items.push_back(std::move(item));
    }
    out_.answers.push_back(std::move(out));
  }

  double probability(const yaml::Node& node, std::string_view key, double otherwise) {
    const double value = read_.number(node, key, otherwise);
    if (value >= 0 && value <= 1) return value;
    read_.wrong(*node.find(key), "a probability from 0 to 1");
    return otherwise;
  }

  void habit(const std::string& activity, const yaml::Node& node, const Place& place) {
    Habit out;
    out.activity = activity;
    out.place = place;
    if (!read_.mapping(node, {"delay_minutes", "forgets", "reminded", "absent", "attempt_minutes",
                              "retry_minutes", "leaves_after_minutes", "leaves_message", "source",
                              "assumption"}))
      return;
    out.origin = origin(node);
    const auto truth_of = [&](std::string_view key, Draw& draw) {
      draw.kind = Draw::Kind::chance;
      if (const auto* found = node.find(key)) draw = draws_.read(*found, DrawOf::truth, names_);
      return node.find(key) != nullptr;
    };
    const auto minutes_of = [&](std::string_view key, Draw& draw) {
      draw.kind = Draw::Kind::number;
      if (const auto* found = node.find(key)) draw = draws_.read(*found, DrawOf::minutes, names_);
      within(draw, longest_hours * 60);
    };
    minutes_of("delay_minutes", out.delay_minutes);
    truth_of("forgets", out.forgets);
    truth_of("reminded", out.reminded);
    out.has_absent = truth_of("absent", out.absent);
    minutes_of("attempt_minutes", out.attempt_minutes);
    minutes_of("retry_minutes", out.retry_minutes);
    if (out.has_absent && node.find("retry_minutes") == nullptr)
      read_.wrong(node, "retry_minutes beside absent: when it is tried again");
    minutes_of("leaves_after_minutes", out.leaves_after);
    out.leaving = read_.text(node, "leaves_message");
    if ((node.find("leaves_after_minutes") == nullptr) != out.leaving.empty())
      read_.wrong(node, "leaves_after_minutes and leaves_message together, or neither");
    out_.habits.push_back(std::move(out));
  }

  void truth(const yaml::Node& node) {
    Truth& out = out_.truth;
    out.place = node.place;
    if (!read_.mapping(node, {"states", "alerts", "work", "found", "source", "assumption"})) return;
    out.origin = origin(node);
    out.states = read_.texts(node, "states");
    for (size_t i = 0; i < out.states.size(); ++i)
      known_state(out.states[i], node.find("states")->items[i].place);
    out.alerts = read_.texts(node, "alerts");
    out.work = read_.texts(node, "work");
    const auto* found = node.find("found");
    if (found == nullptr || !read_.sequence(*found)) return;
    for (const yaml::Node& each : found->items) {
      if (!read_.mapping(each, {"activity", "item", "values", "outcome"})) continue;
      Truth::Finder finder;
      finder.activity = read_.text(each, "activity", true);
      finder.item = read_.text(each, "item");
      finder.values = read_.texts(each, "values");
      finder.outcome = read_.text(each, "outcome");
      if (finder.item.empty() != finder.values.empty())
        read_.wrong(each, "item and values together, or neither");
      out.found.push_back(std::move(finder));
    }
  }

  Cohort& out_;
  std::vector<Finding>& findings_;
  YamlReader read_;
  DrawReader draws_;
  std::vector<std::string> names_;  // that a draw may depend on, so far
};

}  // namespace

const FormAnswers* Cohort::form(std::string_view id) const {
  for (const FormAnswers& form : answers)
    if (form.form == id) return &form;
  return nullptr;
}

const Habit* Cohort::habit(std::string_view activity) const {
  for (const Habit& habit : habits)
    if (habit.activity == activity) return &habit;
  return nullptr;
}

Cohort parse_cohort(const yaml::Node& node, std::vector<Finding>& findings) {
  Cohort cohort;
  Parser(cohort, findings).parse(node);
  return cohort;
}

}  // namespace passerelle::pathway
