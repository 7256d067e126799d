#include "pathway/indicators.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.h"
#include "pathway/event_fields.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

struct UnitRow {
  Unit unit;
  std::string_view name;
  double millis;               // 0: no time
  std::string_view in_target;  // how a target may write it
  double in_target_factor;
};
constexpr std::array unit_rows = {
    UnitRow{Unit::share, "share", 0, "%", 0.01},
    UnitRow{Unit::count, "count", 0, "", 1},
    UnitRow{Unit::ratio, "ratio", 0, "", 1},
    UnitRow{Unit::per_patient_day, "per_patient_day", 0, "per patient-day", 1},
    UnitRow{Unit::minutes, "min", 60'000, "min", 1},
    UnitRow{Unit::hours, "h", 3'600'000, "h", 1},
    UnitRow{Unit::days, "days", 86'400'000, "days", 1},
    UnitRow{Unit::minutes_per_patient_day, "min_per_patient_day", 0, "min per patient-day", 1},
    UnitRow{Unit::value, "value", 0, "", 1},
};

const UnitRow& row_of(Unit unit) {
  return *std::find_if(unit_rows.begin(), unit_rows.end(),
                       [&](const UnitRow& row) { return row.unit == unit; });
}

constexpr std::array headings = {std::pair{Heading::process, "process"},
                                 std::pair{Heading::capabilities, "capabilities"},
                                 std::pair{Heading::society, "society"}};

constexpr std::array lifecycles = {Lifecycle::schedule, Lifecycle::assign,   Lifecycle::start,
                                   Lifecycle::suspend,  Lifecycle::resume,   Lifecycle::complete,
                                   Lifecycle::withdraw, Lifecycle::ate_abort};

class IndicatorReader {
 public:
  explicit IndicatorReader(std::vector<Finding>& findings) : findings_(findings), read_(findings) {}

  std::vector<Indicator> file(const yaml::Node& root);

 private:
  std::optional<Indicator> indicator(const yaml::Node& node);
  bool keys(const yaml::Node& node, const MeasureForm& form);
  void parameters(const yaml::Node& node, Indicator& out);
  void heading(const yaml::Node& node, Indicator& out);
  void unit(const yaml::Node& node, Indicator& out);
  void target(const yaml::Node& node, Indicator& out);
  void statistic(const yaml::Node& node, Indicator& out);
  void expression(const yaml::Node& node, std::string_view key, std::string& text,
                  feel::Expression& compiled, std::vector<std::string>& fields);
  EventSelector selector(const yaml::Node& node);
  void choice(const yaml::Node& node, EventSelector& out);
  std::vector<std::string> list(const yaml::Node& node, std::string_view key);

  std::vector<Finding>& findings_;
  YamlReader read_;
  std::vector<std::string> groups_;
};

// One text or several.
std::vector<std::string> IndicatorReader::list(const yaml::Node& node, std::string_view key) {
  const yaml::Node* found = node.find(key);
  if (found == nullptr) return {};
  if (found->kind == yaml::Kind::scalar) return {found->scalar};
  return read_.texts(node, key);
}

void IndicatorReader::expression(const yaml::Node& node, std::string_view key, std::string& text,
                                 feel::Expression& compiled, std::vector<std::string>& fields) {
  const yaml::Node* found = node.find(key);
  if (found == nullptr) return;
  text = read_.text(node, key);
  if (text.empty()) return;
  auto result = compile_on_fields(text, fields);
  if (result) {
    compiled = std::move(*result);
  } else {
    read_.wrong(*found, "a FEEL expression (" + result.error().message + ")");
  }
}

void IndicatorReader::choice(const yaml::Node& node, EventSelector& out) {
  EventChoice choice;
  choice.place = node.place;
  if (node.kind == yaml::Kind::scalar) {
    choice.activities = {node.scalar};
    choice.lifecycles = {Lifecycle::complete};
    out.any.push_back(std::move(choice));
    return;
  }
  if (!read_.mapping(node, {"activity", "on", "where"})) return;
  if (read_.member(node, "activity", true) == nullptr) return;
  choice.activities = list(node, "activity");
  for (const std::string& name : list(node, "on")) {
    const auto* found = std::find_if(lifecycles.begin(), lifecycles.end(),
                                     [&](Lifecycle each) { return to_text(each) == name; });
    if (found == lifecycles.end()) {
      read_.wrong(*node.find("on"),
                  "schedule, assign, start, suspend, resume, complete, withdraw or ate_abort");
    } else {
      choice.lifecycles.push_back(*found);
    }
  }
  if (choice.lifecycles.empty()) choice.lifecycles = {Lifecycle::complete};
  expression(node, "where", choice.condition_text, choice.condition, choice.fields);
  if (!choice.activities.empty()) out.any.push_back(std::move(choice));
}

EventSelector IndicatorReader::selector(const yaml::Node& node) {
  EventSelector out;
  if (node.kind == yaml::Kind::sequence) {
    for (const yaml::Node& item : node.items) choice(item, out);
  } else {
    choice(node, out);
  }
  return out;
}

void IndicatorReader::heading(const yaml::Node& node, Indicator& out) {
  const std::string text = read_.text(node, "heading", true);
  for (const auto& [heading, name] : headings) {
    if (text != name) continue;
    out.heading = heading;
    return;
  }
  if (!text.empty()) read_.wrong(*node.find("heading"), "process, capabilities or society");
}

void IndicatorReader::unit(const yaml::Node& node, Indicator& out) {
  const yaml::Node* found = node.find("unit");
  if (found == nullptr) return;
  const bool time = row_of(out.unit).millis > 0;
  std::string allowed;
  for (const UnitRow& row : unit_rows) {
    const bool fits =
        time ? row.millis > 0
             : out.unit == Unit::ratio && (row.unit == Unit::share || row.unit == Unit::ratio);
    if (!fits) continue;
    if (found->scalar == row.name) {
      out.unit = row.unit;
      return;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(row.name);
  }
  read_.wrong(*found, allowed.empty() ? "no unit here: the measure has its own" : allowed);
}

void IndicatorReader::target(const yaml::Node& node, Indicator& out) {
  const yaml::Node* found = node.find("target");
  if (found == nullptr) return;
  Target target{.text = read_.text(node, "target"), .place = found->place};
  std::string_view rest = trim(target.text);
  const auto take = [&](std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest = trim(rest.substr(word.size()));
    return true;
  };
  const bool least = take("at least");
  const bool most = !least && take("at most");
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), target.value);
  const bool number = problem == std::errc() && std::isfinite(target.value);
  if (number) rest = trim(rest.substr(static_cast<size_t>(end - rest.data())));
  const UnitRow& own = row_of(out.unit);
  double factor = rest.empty() ? 1 : 0;
  for (const UnitRow& row : unit_rows) {
    if (rest.empty() || row.in_target != rest) continue;
    if (row.unit == out.unit) factor = row.in_target_factor;
    if (row.millis > 0 && own.millis > 0) factor = row.millis / own.millis;
  }
  if ((!least && !most) || !number || factor == 0) {
    read_.wrong(*found,
                "'at least' or 'at most', a number and its unit, such as 'at least 90 %' "
                "or 'at most 30 min' (this indicator is in " +
                    std::string(own.name) + ")");
    return;
  }
  target.at_least = least;
  target.value *= factor;
  out.target = std::move(target);
}

void IndicatorReader::statistic(const yaml::Node& node, Indicator& out) {
  const yaml::Node* found = node.find("statistic");
  if (found == nullptr) return;
  const std::string text = read_.text(node, "statistic");
  if (text == "mean") {
    out.statistic = {.mean = true};
    return;
  }
  if (text == "median") return;  // the default
  int percent = 0;
  const auto [end, problem] = std::from_chars(text.data() + std::min<size_t>(1, text.size()),
                                              text.data() + text.size(), percent);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (text.starts_with("p") && whole && percent >= 1 && percent <= 99) {
    out.statistic.quantile = percent / 100.0;
  } else {
    read_.wrong(*found, "mean, median or a percentile from p1 to p99");
  }
}

bool IndicatorReader::keys(const yaml::Node& node, const MeasureForm& form) {
  static constexpr std::array common = {"id",    "heading", "measure", "target",
                                        "owner", "groups",  "unit"};
  for (size_t i = 0; i < node.members.size(); ++i) {
    const std::string& key = node.members[i].first;
    const auto has = [&](const auto& list) {
      return std::find(list.begin(), list.end(), key) != list.end();
    };
    if (has(common) || has(form.required) || has(form.optional)) continue;
    std::string known;
    for (const auto* list : {&form.required, &form.optional})
      for (const std::string_view each : *list)
        known += (known.empty() ? "" : ", ") + std::string(each);
    yaml::Node where;
    where.kind = yaml::Kind::scalar;
    where.place = node.member_places[i];
    where.scalar = key;
    read_.wrong(where, "a parameter of '" + std::string(form.name) + "' (" + known + ")");
  }
  bool complete = true;
  for (const std::string_view key : form.required)
    complete = read_.member(node, key, true) != nullptr && complete;
  return complete;
}

void IndicatorReader::parameters(const yaml::Node& node, Indicator& out) {
  const std::array selectors = {std::pair{"of", &out.of},    std::pair{"with", &out.with},
                                std::pair{"per", &out.with}, std::pair{"from", &out.from},
                                std::pair{"to", &out.to},    std::pair{"unless", &out.unless}};
  for (const auto& [key, member] : selectors)
    if (const yaml::Node* found = node.find(key)) *member = selector(*found);
  for (const char* key : {"holds", "value"})
    expression(node, key, out.holds_text, out.holds, out.holds_fields);
  if (const yaml::Node* found = node.find("within")) {
    const auto duration = parse_duration(found->scalar);
    if (duration && *duration > Millis(0)) {
      out.within = *duration;
    } else {
      read_.wrong(*found, "a duration such as PT30M");
    }
  }
  statistic(node, out);
  out.roles = list(node, "roles");
  out.activities = list(node, "activities");
  out.days_of = read_.text(node, "days_of");
  if (out.days_of.empty()) out.days_of = case_activity;
}

std::optional<Indicator> IndicatorReader::indicator(const yaml::Node& node) {
  if (!read_.any_mapping(node)) return std::nullopt;
  const size_t before = findings_.size();
  Indicator out;
  out.place = node.place;
  out.id = read_.text(node, "id", true);
  out.measure = read_.text(node, "measure", true);
  const MeasureForm* form = measure_form(out.measure);
  if (form == nullptr) {
    std::string known;
    for (const MeasureForm& each : measure_forms())
      known += (known.empty() ? "" : ", ") + std::string(each.name);
    if (const yaml::Node* found = node.find("measure")) read_.wrong(*found, "one of " + known);
    return std::nullopt;
  }
  keys(node, *form);
  out.unit = form->unit;
  out.name_key = "indicator." + out.id;
  out.description_key = out.name_key + ".what";
  out.advice_key = out.name_key + ".missed";
  heading(node, out);
  unit(node, out);
  parameters(node, out);
  target(node, out);
  out.owner = read_.text(node, "owner");
  out.groups = node.find("groups") != nullptr ? read_.texts(node, "groups") : groups_;
  if (findings_.size() != before) return std::nullopt;
  return out;
}

std::vector<Indicator> IndicatorReader::file(const yaml::Node& root) {
  std::vector<Indicator> out;
  if (!read_.mapping(root, {"groups", "indicators"})) return out;
  groups_ = read_.texts(root, "groups");
  const yaml::Node* list = read_.member(root, "indicators", true);
  if (list == nullptr || !read_.sequence(*list)) return out;
  std::set<std::string> ids;
  for (const yaml::Node& item : list->items) {
    auto read = indicator(item);
    if (!read) continue;
    if (!ids.insert(read->id).second) {
      read_.wrong(*item.find("id"), "an id that no other indicator has");
      continue;
    }
    out.push_back(std::move(*read));
  }
  return out;
}

}  // namespace

std::string_view to_text(Heading heading) {
  return std::find_if(headings.begin(), headings.end(),
                      [&](const auto& row) { return row.first == heading; })
      ->second;
}

std::string_view to_text(Unit unit) { return row_of(unit).name; }

double millis_of(Unit unit) {
  const double millis = row_of(unit).millis;
  return millis > 0 ? millis : 1;
}

std::span<const MeasureForm> measure_forms() {
  static const std::vector<MeasureForm> forms = {
      {"count", Unit::count, {"of"}, {}},
      {"rate", Unit::per_patient_day, {"of"}, {"days_of"}},
      {"ratio", Unit::ratio, {"of", "per"}, {}},
      {"share_of_events", Unit::share, {"of", "holds"}, {}},
      {"share_of_cases", Unit::share, {"with"}, {"of"}},
      {"share_found_before", Unit::share, {"of", "with"}, {"within"}},
      {"share_within", Unit::share, {"from", "to", "within"}, {"unless"}},
      {"duration", Unit::minutes, {"from", "to"}, {"unless", "statistic"}},
      {"lead_time", Unit::hours, {"of", "with"}, {"within", "statistic"}},
      {"value", Unit::value, {"of", "value"}, {"statistic"}},
      {"work_minutes", Unit::minutes_per_patient_day, {"roles"}, {"activities", "days_of"}},
  };
  return forms;
}

const MeasureForm* measure_form(std::string_view name) {
  for (const MeasureForm& form : measure_forms())
    if (form.name == name) return &form;
  return nullptr;
}

std::vector<Indicator> parse_indicators(const yaml::Node& root, std::vector<Finding>& findings) {
  return IndicatorReader(findings).file(root);
}

std::vector<NamedChoice> choices(const Indicator& indicator) {
  const MeasureForm* form = measure_form(indicator.measure);
  const bool ratio = form != nullptr && form->name == "ratio";
  const std::array selectors = {std::pair{"of", &indicator.of},
                                std::pair{ratio ? "per" : "with", &indicator.with},
                                std::pair{"from", &indicator.from}, std::pair{"to", &indicator.to},
                                std::pair{"unless", &indicator.unless}};
  std::vector<NamedChoice> out;
  for (const auto& [key, selector] : selectors)
    for (const EventChoice& choice : selector->any) out.push_back({key, &choice});
  return out;
}

}  // namespace passerelle::pathway
