#include "pathway/staffing.h"

#include <algorithm>
#include <cmath>

#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

constexpr int most_people = 10'000;

class StaffingReader {
 public:
  explicit StaffingReader(std::vector<Finding>& findings) : read_(findings) {}

  Staffing read(const yaml::Node& root) {
    Staffing out;
    if (!read_.mapping(root, {"scenario", "currency", "may_change", "targets", "replications"}))
      return out;
    out.scenario = read_.text(root, "scenario");
    if (root.find("currency") != nullptr) out.currency = read_.text(root, "currency");
    if (const auto* list = read_.member(root, "may_change", true);
        list != nullptr && read_.sequence(*list)) {
      for (const yaml::Node& item : list->items) choice(item, out);
      if (list->items.empty()) read_.wrong(*list, "one shift at least");
    }
    if (const auto* list = root.find("targets"); list != nullptr && read_.sequence(*list))
      for (const yaml::Node& item : list->items) aim(item, out);
    out.most_replications = whole(root, "replications", 10, 10'000'000, out.most_replications);
    return out;
  }

 private:
  int whole(const yaml::Node& node, std::string_view key, int least, int most, int otherwise) {
    const yaml::Node* found = node.find(key);
    if (found == nullptr) return otherwise;
    const auto number = found->integer();
    if (number && *number >= least && *number <= most) return static_cast<int>(*number);
    read_.wrong(*found,
                "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return otherwise;
  }

  void choice(const yaml::Node& node, Staffing& staffing) {
    if (!read_.mapping(node, {"role", "shift", "shifts", "least", "most", "cost_per_hour", "source",
                              "assumption"}))
      return;
    Staffing::Choice out;
    out.place = node.place;
    out.role = read_.text(node, "role", true);
    out.shifts = read_.texts(node, "shifts");
    if (out.shifts.empty()) out.shifts.push_back(read_.text(node, "shift", true));
    out.least = whole(node, "least", 0, most_people, 0);
    if (read_.member(node, "most", true) == nullptr) return;
    out.most = whole(node, "most", 0, most_people, out.least);
    if (out.most < out.least) read_.wrong(*node.find("most"), "at least as many as 'least'");
    if (read_.member(node, "cost_per_hour", true) == nullptr) return;
    out.cost_per_hour = read_.number(node, "cost_per_hour", 1);
    if (!(out.cost_per_hour > 0) || !std::isfinite(out.cost_per_hour))
      read_.wrong(*node.find("cost_per_hour"), "a number above 0");
    out.source = read_.text(node, "source");
    out.assumption = read_.boolean(node, "assumption", false);
    staffing.choices.push_back(std::move(out));
  }

  void aim(const yaml::Node& node, Staffing& staffing) {
    Staffing::Aim out;
    out.place = node.place;
    if (node.kind == yaml::Kind::scalar) {
      out.indicator = node.scalar;
    } else if (read_.mapping(node, {"indicator", "tolerance"})) {
      out.indicator = read_.text(node, "indicator", true);
      out.tolerance = read_.number(node, "tolerance", 0);
      if (const auto* at = node.find("tolerance"); at != nullptr && !(out.tolerance > 0))
        read_.wrong(*at, "a number above 0, in the indicator's unit (shares: 0.02 is two points)");
    }
    staffing.aims.push_back(std::move(out));
  }

  YamlReader read_;
};

template <class Items, class Name>
std::string names_of(const Items& items, Name name) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + name(item);
  return out;
}

yaml::Node node_at(const Place& place, const std::string& found) {
  yaml::Node node;
  node.kind = yaml::Kind::scalar;
  node.place = place;
  node.scalar = found;
  return node;
}

const Shift* named_shift(const Role& role, std::string_view name) {
  for (const Shift& shift : role.shifts)
    if (shift.name == name) return &shift;
  return nullptr;
}

void check_headcount(const Staffing::Choice& choice, const Organisation& organisation,
                     YamlReader& read) {
  const Role* role = organisation.role(choice.role);
  if (role == nullptr || !role->staff) {
    std::string known;
    for (const Role& each : organisation.roles)
      if (each.staff) known += (known.empty() ? "" : ", ") + each.id;
    return read.wrong(node_at(choice.place, choice.role), "a role of staff: " + known);
  }
  for (const std::string& name : choice.shifts) {
    const Shift* shift = named_shift(*role, name);
    if (shift == nullptr) {
      read.wrong(node_at(choice.place, name),
                 "a shift of '" + role->id +
                     "': " + names_of(role->shifts, [](const Shift& each) { return each.name; }));
    } else if (!shift->headcount.per_role.empty()) {
      read.wrong(node_at(choice.place, name),
                 "a shift with people of its own, not one per so many of '" +
                     shift->headcount.per_role + "', whom it follows");
    } else if (std::none_of(shift->days.begin(), shift->days.end(), [](bool day) { return day; })) {
      read.wrong(node_at(choice.place, name),
                 "a shift that runs in an ordinary week: one on holidays only costs nothing in it");
    }
  }
}

void check_aim(Staffing::Aim& aim, std::span<const Indicator> indicators, YamlReader& read) {
  const auto found = std::find_if(indicators.begin(), indicators.end(),
                                  [&](const Indicator& each) { return each.id == aim.indicator; });
  if (found == indicators.end() || !found->target) {
    std::string known;
    for (const Indicator& each : indicators)
      if (each.target) known += (known.empty() ? "" : ", ") + each.id;
    return read.wrong(node_at(aim.place, aim.indicator),
                      "an indicator with a target: " + (known.empty() ? "there is none" : known));
  }
  if (aim.tolerance > 0) return;
  aim.tolerance = found->unit == Unit::share ? 0.02 : 0.05 * std::fabs(found->target->value);
  if (!(aim.tolerance > 0))
    read.wrong(node_at(aim.place, aim.indicator),
               "{indicator: " + aim.indicator + ", tolerance: ...}, since 5 % of 0 is nothing");
}

}  // namespace

Staffing parse_staffing(const yaml::Node& root, std::vector<Finding>& findings) {
  return StaffingReader(findings).read(root);
}

void check_staffing(Staffing& staffing, const Organisation& organisation,
                    std::span<const Indicator> indicators, std::vector<Finding>& findings) {
  YamlReader read(findings);
  std::vector<std::string> seen;
  for (const Staffing::Choice& choice : staffing.choices) {
    check_headcount(choice, organisation, read);
    for (const std::string& shift : choice.shifts) {
      const std::string one = choice.role + " " + shift;
      if (std::find(seen.begin(), seen.end(), one) != seen.end())
        read.wrong(node_at(choice.place, shift), "each shift once");
      seen.push_back(one);
    }
  }
  if (staffing.aims.empty())
    for (const Indicator& each : indicators)
      if (each.target) staffing.aims.push_back({each.id, 0, each.place});
  if (staffing.aims.empty())
    read.wrong(node_at({"indicators.yaml", 0, 0}, "none"), "an indicator with a target");
  for (Staffing::Aim& aim : staffing.aims) check_aim(aim, indicators, read);
}

double hours_a_week(const Staffing::Choice& choice, const Organisation& organisation) {
  const Role* role = organisation.role(choice.role);
  double minutes = 0;
  for (const std::string& name : choice.shifts) {
    const Shift* shift = role == nullptr ? nullptr : named_shift(*role, name);
    if (shift == nullptr) continue;
    const auto days = std::count(shift->days.begin(), shift->days.end(), true);
    minutes += static_cast<double>(days) * static_cast<double>(shift->length().count());
  }
  return minutes / 60;
}

}  // namespace passerelle::pathway
