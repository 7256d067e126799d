#include "pathway/cohort_draw.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "pathway/calendar_day.h"

namespace passerelle::pathway {
namespace {

constexpr unsigned deepest_expression = 8;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::optional<double> to_number(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() ||
      !std::isfinite(value))
    return std::nullopt;
  return value;
}

// "< 30", "<= 30", "> 3", ">= 70", "30..49", "2": the interval, both ends included.
bool parse_interval(std::string_view text, double& low, double& high) {
  text = trim(text);
  low = -infinity;
  high = infinity;
  const auto rest = [&](size_t length) { return to_number(text.substr(length)); };
  std::optional<double> bound;
  if (text.starts_with("<=")) {
    if ((bound = rest(2))) high = *bound;
  } else if (text.starts_with("<")) {
    if ((bound = rest(1))) high = std::nextafter(*bound, -infinity);
  } else if (text.starts_with(">=")) {
    if ((bound = rest(2))) low = *bound;
  } else if (text.starts_with(">")) {
    if ((bound = rest(1))) low = std::nextafter(*bound, infinity);
  } else if (const size_t dots = text.find(".."); dots != std::string_view::npos) {
    const auto from = to_number(text.substr(0, dots));
    bound = to_number(text.substr(dots + 2));
    if (!from || !bound || *from > *bound) return false;
    low = *from;
    high = *bound;
  } else if ((bound = to_number(text))) {
    low = high = *bound;
  }
  return bound.has_value();
}

Result<Distribution> parse_of(const yaml::Node& node, DrawOf of) {
  if (of == DrawOf::minutes) return parse_time(node, TimeUnit::minutes);
  if (of == DrawOf::hours) return parse_time(node, TimeUnit::hours);
  return parse_distribution(node);
}

std::optional<int> digits(std::string_view text, size_t at, size_t length) {
  int value = 0;
  if (text.size() < at + length) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, value);
  if (error != std::errc() || end != text.data() + at + length || value < 0) return std::nullopt;
  return value;
}

// "10:00", "10:00:30", "10:00:30.25"
std::optional<Millis> parse_clock(std::string_view text) {
  using namespace std::chrono;
  const auto hour = digits(text, 0, 2), minute = digits(text, 3, 2);
  if (text.size() < 5 || text[2] != ':' || !hour || !minute || *hour > 23 || *minute > 59)
    return std::nullopt;
  Millis out = hours(*hour) + minutes(*minute);
  if (text.size() == 5) return out;
  const auto second = digits(text, 6, 2);
  if (text[5] != ':' || !second || *second > 59) return std::nullopt;
  out += seconds(*second);
  if (text.size() == 8) return out;
  const size_t places = text.size() - 9;
  if (text[8] != '.' || places < 1 || places > 3) return std::nullopt;
  const auto fraction = digits(text, 9, places);
  if (!fraction) return std::nullopt;
  return out + Millis(*fraction * (places == 1 ? 100 : places == 2 ? 10 : 1));
}

}  // namespace

Literal parse_literal(const yaml::Node& node) {
  Literal out;
  out.text = node.scalar;
  if (node.is_null()) return out;
  out.kind = Literal::Kind::text;
  if (node.quoted) return out;
  if (node.scalar == "true" || node.scalar == "false") {
    out.kind = Literal::Kind::boolean;
    out.truth = node.scalar == "true";
  } else if (const auto number = to_number(node.scalar)) {
    out.kind = Literal::Kind::number;
    out.number = *number;
  }
  return out;
}

std::optional<LocalTime> parse_local(std::string_view text) {
  const auto day = parse_calendar_day(text.substr(0, 10));
  if (!day) return std::nullopt;
  const LocalTime out(*day);
  if (text.size() == 10) return out;
  if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
  const auto clock = parse_clock(text.substr(11));
  if (!clock) return std::nullopt;
  return out + *clock;
}

Draw DrawReader::read(const yaml::Node& node, DrawOf of, const std::vector<std::string>& names) {
  return read(node, of, names, 0);
}

Draw DrawReader::read(const yaml::Node& node, DrawOf of, const std::vector<std::string>& names,
                      unsigned depth) {
  Draw out;
  out.place = node.place;
  out.literals.emplace_back();
  if (depth > deepest_expression) {
    read_.wrong(node, "less nesting of `by`");
    return out;
  }
  if (node.find("by") != nullptr) {
    branches(node, of, names, depth, out);
  } else if (const yaml::Node* copied = node.find("copy")) {
    if (!read_.mapping(node, {"copy"})) return out;
    out.kind = Draw::Kind::copy;
    out.name = copied->scalar;
    name(*copied, names);
  } else {
    leaf(node, of, out);
  }
  return out;
}

void DrawReader::name(const yaml::Node& node, const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), node.scalar) != names.end()) return;
  const std::string near = closest(node.scalar, names);
  std::string help;
  for (const std::string& each : names) help += (help.empty() ? "" : ", ") + each;
  findings_.push_back(make_finding(
      cohort_kinds::unknown_name, node.place, "nothing before this is called '" + node.scalar + "'",
      near.empty() ? "known here: " + help : "did you mean '" + near + "'?"));
}

void DrawReader::leaf(const yaml::Node& node, DrawOf of, Draw& out) {
  if (of == DrawOf::minutes || of == DrawOf::hours || of == DrawOf::quantity) {
    out.kind = Draw::Kind::number;
    if (node.find("number") != nullptr) return number(node, of, out);
    auto distribution = parse_of(node, of);
    if (!distribution) return read_.wrong(distribution.error());
    out.distribution = std::move(*distribution);
    return;
  }
  if (const yaml::Node* chance = node.find("chance"); chance != nullptr || of == DrawOf::truth) {
    if (chance != nullptr && !read_.mapping(node, {"chance"})) return;
    const yaml::Node& at = chance != nullptr ? *chance : node;
    const auto number = at.number();
    out.kind = Draw::Kind::chance;
    if (number && *number >= 0 && *number <= 1) {
      out.probability = *number;
    } else if (const auto truth = at.boolean(); truth && chance == nullptr) {
      out.probability = *truth ? 1 : 0;
    } else {
      read_.wrong(at, "a probability from 0 to 1");
    }
    return;
  }
  if (node.kind == yaml::Kind::sequence) return grades(node, out);
  if (node.kind != yaml::Kind::mapping) {
    out.literals.front() = parse_literal(node);
    return;
  }
  if (node.find("weights") != nullptr) return weights(node, out);
  if (node.find("number") != nullptr) {
    out.kind = Draw::Kind::number;
    return number(node, of, out);
  }
  if (const yaml::Node* adopted = node.find("adoption")) {
    if (!read_.mapping(node, {"adoption"})) return;
    out.kind = Draw::Kind::adoption;
    out.adoption = read_adoption(*adopted, read_);
    return;
  }
  if (const yaml::Node* date = node.find("date")) {
    if (!read_.mapping(node, {"date"})) return;
    out.kind = Draw::Kind::date;
    auto distribution = parse_distribution(*date);
    if (!distribution) return read_.wrong(distribution.error());
    out.distribution = std::move(*distribution);
    return;
  }
  read_.wrong(
      node,
      "a value, a list of weights, or one of weights, chance, number, date, copy, by, adoption");
}

void DrawReader::number(const yaml::Node& node, DrawOf of, Draw& out) {
  if (!read_.mapping(node, {"number", "decimals", "min", "max"})) return;
  auto distribution = parse_of(*node.find("number"), of);
  if (!distribution) return read_.wrong(distribution.error());
  out.distribution = std::move(*distribution);
  const double decimals = read_.number(node, "decimals", 0);
  if (decimals != std::floor(decimals) || decimals < 0 || decimals > 9)
    return read_.wrong(*node.find("decimals"), "a whole number from 0 to 9");
  out.decimals = static_cast<int>(decimals);
  if (node.find("min") != nullptr) out.min = read_.number(node, "min", 0);
  if (node.find("max") != nullptr) out.max = read_.number(node, "max", 0);
  if (out.min && out.max && *out.min > *out.max) read_.wrong(node, "min not above max");
}

void DrawReader::weights(const yaml::Node& node, Draw& out) {
  if (!read_.mapping(node, {"weights"})) return;
  const yaml::Node& table = *node.find("weights");
  if (!read_.any_mapping(table)) return;
  out.kind = Draw::Kind::weights;
  out.literals.clear();
  double sum = 0;
  for (const auto& [key, value] : table.members) {
    const auto weight = value.number();
    if (!weight || !(*weight >= 0) || *weight > 1e12) {
      read_.wrong(value, "a weight, 0 or more");
      continue;
    }
    yaml::Node scalar;
    scalar.kind = yaml::Kind::scalar;
    scalar.scalar = key;
    out.literals.push_back(parse_literal(scalar));
    out.weights.push_back(*weight);
    sum += *weight;
  }
  if (!(sum > 0)) {
    read_.wrong(node, "at least one weight greater than 0");
    out.kind = Draw::Kind::value;
    out.literals.assign(1, {});
  }
}

void DrawReader::grades(const yaml::Node& node, Draw& out) {
  out.kind = Draw::Kind::weights;
  out.literals.clear();
  double sum = 0;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const auto weight = node.items[i].number();
    if (!weight || !(*weight >= 0) || *weight > 1e12) {
      read_.wrong(node.items[i], "a weight, 0 or more");
      continue;
    }
    out.literals.push_back({Literal::Kind::number, std::to_string(i), static_cast<double>(i)});
    out.weights.push_back(*weight);
    sum += *weight;
  }
  if (!(sum > 0)) {
    read_.wrong(node, "at least one weight greater than 0");
    out.kind = Draw::Kind::value;
    out.literals.assign(1, {});
  }
}

void DrawReader::branches(const yaml::Node& node, DrawOf of, const std::vector<std::string>& names,
                          unsigned depth, Draw& out) {
  if (!read_.mapping(node, {"by", "of"})) return;
  const yaml::Node& by = *node.find("by");
  const yaml::Node* table = read_.member(node, "of", true);
  name(by, names);
  if (table == nullptr || !read_.any_mapping(*table)) return;
  out.kind = Draw::Kind::by;
  out.name = by.scalar;
  for (size_t i = 0; i < table->members.size(); ++i) {
    const auto& [key, value] = table->members[i];
    Draw::Branch branch;
    branch.key = key;
    branch.otherwise = key == "else";
    if (!branch.otherwise) branch.numeric = parse_interval(key, branch.low, branch.high);
    branch.draw = read(value, of, names, depth + 1);
    if (branch.otherwise && i + 1 != table->members.size())
      read_.wrong(value, "`else` as the last of its list");
    out.branches.push_back(std::move(branch));
  }
}

}  // namespace passerelle::pathway
