// Reading what moves in a patient between two forms: devices, measurements, episodes.
#include <algorithm>
#include <cmath>

#include "pathway/cohort_draw.h"

namespace passerelle::pathway {
namespace {

constexpr double most_days = 36'600;  // a hundred years

bool fresh(const std::string& name, const std::vector<std::string>& names) {
  // What every draw may depend on, whether it is given here or not.
  for (const std::string_view own : {"state", "day", "channel", "activity"})
    if (name == own) return false;
  return std::find(names.begin(), names.end(), name) == names.end();
}

Distribution days_of(YamlReader& read, const yaml::Node& node, std::string_view key) {
  const auto* at = read.member(node, key, true);
  if (at == nullptr) return Distribution::fixed(1);
  auto distribution = parse_time(*at, TimeUnit::days);
  if (!distribution) {
    read.wrong(distribution.error());
    return Distribution::fixed(1);
  }
  if (!(distribution->mean() > 0 && distribution->mean() <= most_days)) {
    read.wrong(*at, "days, above 0");
    return Distribution::fixed(1);
  }
  return std::move(*distribution);
}

Draw fixed_draw(double value) {
  Draw out;
  out.kind = Draw::Kind::number;
  out.distribution = Distribution::fixed(value);
  return out;
}

// A number that is drawn: a bare one, {number: ...}, {copy: ...} or a distribution, by anything
// known; 0 where nothing is said.
Draw number_of(DrawReader& draws, const yaml::Node& node, std::string_view key,
               const std::vector<std::string>& names) {
  const auto* at = node.find(key);
  return at == nullptr ? fixed_draw(0) : draws.read(*at, DrawOf::quantity, names);
}

}  // namespace

Origin read_origin(YamlReader& read, const yaml::Node& node, std::vector<Finding>& findings) {
  Origin out{read.text(node, "source"), read.boolean(node, "assumption", false)};
  if (!out.given())
    findings.push_back(make_finding(cohort_kinds::origin, node.place,
                                    "nothing says where these figures come from"));
  return out;
}

void read_devices(const yaml::Node& node, YamlReader& read, std::vector<std::string>& names,
                  Cohort& out, std::vector<Finding>& findings) {
  if (!read.any_mapping(node)) return;
  for (size_t i = 0; i < node.members.size(); ++i) {
    const auto& [name, value] = node.members[i];
    Device device;
    device.name = name;
    device.place = node.member_places[i];
    if (!read.mapping(value, {"fails_after_days", "mended_after_days", "source", "assumption"}))
      continue;
    device.origin = read_origin(read, value, findings);
    device.fails_after = days_of(read, value, "fails_after_days");
    device.mended_after = days_of(read, value, "mended_after_days");
    // Else a stay of months would be hundreds of thousands of turns, which no form can tell apart.
    if (device.fails_after.mean() + device.mended_after.mean() < 1 / 24.0)
      read.wrong(value, "fails_after_days and mended_after_days: together an hour or more");
    if (!fresh(name, names)) read.wrong(value, "another name than '" + name + "', which is taken");
    names.push_back(name);
    out.devices.push_back(std::move(device));
  }
}

void read_measurements(const yaml::Node& node, YamlReader& read, DrawReader& draws,
                       std::vector<std::string>& names, Cohort& out,
                       std::vector<Finding>& findings) {
  if (!read.any_mapping(node)) return;
  // What is known of somebody who comes; where the condition moves it, the state, too.
  std::vector<std::string> from_the_start;
  for (const Attribute& each : out.attributes) from_the_start.push_back(each.name);
  std::vector<std::string> by_state = from_the_start;
  by_state.push_back("state");
  for (size_t i = 0; i < node.members.size(); ++i) {
    const std::string& name = node.members[i].first;
    const yaml::Node& value = node.members[i].second;
    Measurement to;
    to.name = name;
    to.place = node.member_places[i];
    if (!read.mapping(value, {"unit", "baseline", "level", "days", "walk", "sway", "sway_days",
                              "noise", "decimals", "min", "max", "source", "assumption"}))
      continue;
    to.origin = read_origin(read, value, findings);
    to.unit = read.text(value, "unit");
    read.member(value, "baseline", true);
    to.baseline = number_of(draws, value, "baseline", from_the_start);
    to.level = number_of(draws, value, "level", by_state);
    to.days = number_of(draws, value, "days", by_state);
    const auto deviation = [&](std::string_view key, double& number) {
      number = read.number(value, key, number);
      if (number >= 0 && number <= 1e6) return;
      read.wrong(*value.find(key), "a standard deviation, 0 or more");
      number = 0;
    };
    deviation("walk", to.walk);
    deviation("sway", to.sway);
    to.sway_days = read.number(value, "sway_days", 1);
    if (!(to.sway_days > 0 && to.sway_days <= most_days)) {
      read.wrong(*value.find("sway_days"), "days, above 0");
      to.sway_days = 1;
    }
    if (const auto* noise = value.find("noise")) {
      auto distribution = parse_distribution(*noise);
      if (distribution) {
        to.noise = std::move(*distribution);
      } else {
        read.wrong(distribution.error());
      }
    }
    const double decimals = read.number(value, "decimals", 0);
    if (decimals != std::floor(decimals) || decimals < 0 || decimals > 9) {
      read.wrong(*value.find("decimals"), "a whole number from 0 to 9");
    } else {
      to.decimals = static_cast<int>(decimals);
    }
    if (value.find("min") != nullptr) to.min = read.number(value, "min", 0);
    if (value.find("max") != nullptr) to.max = read.number(value, "max", 0);
    if (to.min && to.max && *to.min > *to.max) read.wrong(value, "min not above max");
    if (!fresh(name, names)) read.wrong(value, "another name than '" + name + "', which is taken");
    names.push_back(name);
    out.measurements.push_back(std::move(to));
  }
}

void read_episodes(const yaml::Node& node, YamlReader& read, DrawReader& draws,
                   const std::vector<std::string>& names, Course& out) {
  if (!read.sequence(node)) return;
  if (node.items.empty() || node.items.size() > 20)
    return read.wrong(node, "a list of 1 to 20 kinds of episodes");
  for (const yaml::Node& each : node.items) {
    Course::Episode episode;
    episode.place = each.place;
    if (!read.mapping(each, {"name", "per_year", "phases"})) continue;
    episode.name = read.text(each, "name", true);
    if (const auto* rate = read.member(each, "per_year", true))
      episode.per_year = draws.read(*rate, DrawOf::quantity, names);
    const auto* phases = read.member(each, "phases", true);
    if (phases == nullptr || !read.sequence(*phases)) continue;
    for (const yaml::Node& at : phases->items) {
      Course::Phase phase;
      phase.place = at.place;
      if (!read.mapping(at, {"state", "days", "chance"})) continue;
      phase.state = read.text(at, "state", true);
      phase.chance.kind = Draw::Kind::chance;
      phase.chance.probability = 1;
      if (const auto* chance = at.find("chance"))
        phase.chance = draws.read(*chance, DrawOf::truth, names);
      if (const auto* days = read.member(at, "days", true))
        phase.days = draws.read(*days, DrawOf::quantity, names);
      episode.phases.push_back(std::move(phase));
    }
    if (episode.phases.empty()) read.wrong(each, "phases: at least one");
    out.episodes.push_back(std::move(episode));
  }
}

}  // namespace passerelle::pathway
