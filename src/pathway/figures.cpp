#include "pathway/figures.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "pathway/distribution.h"

namespace passerelle::pathway {
namespace {

template <size_t size>
bool is_one_of(std::string_view key, const std::array<std::string_view, size>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// Probabilities that are written as bare numbers.
constexpr std::array<std::string_view, 3> chances = {"chance", "persistence", "missing"};
constexpr std::array<std::string_view, 19> figure_keys = {
    "people",        "minutes",       "initial",
    "per_day",       "cumulative",    "gaps",
    "delay_minutes", "retry_minutes", "attempt_minutes",
    "after_hours",   "forgets",       "reminded",
    "absent",        "per_year",      "fails_after_days",
    "walk",          "sway",          "mended_after_days",
    "old_way"};

void write_number(yaml::Node& node, double value) {
  std::array<char, 32> buffer{};
  node.scalar.assign(buffer.data(),
                     std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
}

bool is_number(const yaml::Node& node) { return node.number().ok(); }

template <class Change>
bool change_number(yaml::Node& node, const Change& change) {
  const auto number = node.number();
  if (!number) return false;
  write_number(node, change(*number));
  return true;
}

// People are whole. A factor that is too near to 1 for a small headcount moves it by one person all
// the same: else nothing would have changed, and nobody would know. Nobody stays nobody.
double multiplied_people(double people, double times) {
  const double product = std::max(0.0, std::round(people * times));
  if (product != people || people == 0 || times == 1) return product;
  return times > 1 ? people + 1 : people - 1;
}

bool multiply_odds(yaml::Node& node, double times) {
  return change_number(node, [&](double p) { return p * times / (1 - p + p * times); });
}

// [70, 20, 10]: from each to the next the odds are multiplied.
bool shift_weights(yaml::Node& list, double times) {
  if (list.items.size() < 2 || !std::all_of(list.items.begin(), list.items.end(), is_number))
    return false;
  double factor = 1;
  for (yaml::Node& weight : list.items) {
    change_number(weight, [&](double w) { return w * factor; });
    factor *= times;
  }
  return true;
}

bool multiply_weights(yaml::Node& weights, double times) {
  if (weights.kind == yaml::Kind::sequence) return shift_weights(weights, times);
  size_t likeliest = 0;
  for (size_t i = 0; i < weights.members.size(); ++i) {
    const auto weight = weights.members[i].second.number();
    if (!weight) return false;
    if (*weight > *weights.members[likeliest].second.number()) likeliest = i;
  }
  if (weights.members.size() < 2) return false;
  for (size_t i = 0; i < weights.members.size(); ++i)
    if (i != likeliest)
      change_number(weights.members[i].second, [&](double w) { return w * times; });
  return true;
}

// What a parameter of a distribution becomes when its values are multiplied.
bool multiply_parameter(yaml::Node& node, std::string_view name, double times) {
  constexpr std::array<std::string_view, 9> scales = {"value", "low",   "mode",   "high",  "mean",
                                                      "sd",    "scale", "median", "values"};
  if (name == "mu") return change_number(node, [&](double mu) { return mu + std::log(times); });
  const bool squared = name == "variance";
  if (!squared && !is_one_of(name, scales)) return false;
  const double factor = squared ? times * times : times;
  bool changed = change_number(node, [&](double value) { return value * factor; });
  for (yaml::Node& item : node.items)
    changed |= change_number(item, [&](double value) { return value * factor; });
  return changed;
}

bool multiply_distribution(yaml::Node& node, const DistributionForm& form, double times) {
  bool changed = false;
  if (form.kind == DistributionKind::mixture) {
    for (yaml::Node& part : node.items)
      for (auto& [name, value] : part.members)
        if (name == "of") changed |= multiply(value, times, name);
    return changed;
  }
  if (node.kind == yaml::Kind::mapping) {
    for (auto& [name, value] : node.members) changed |= multiply_parameter(value, name, times);
  } else if (form.kind == DistributionKind::empirical || node.kind == yaml::Kind::scalar) {
    changed = multiply_parameter(node, form.parameters.front(), times);
  } else {
    for (size_t i = 0; i < node.items.size() && i < form.parameters.size(); ++i)
      changed |= multiply_parameter(node.items[i], form.parameters[i], times);
  }
  return changed;
}

const DistributionForm* form_of(std::string_view name) {
  const auto forms = distribution_forms();
  const auto found =
      std::find_if(forms.begin(), forms.end(), [&](const auto& form) { return form.name == name; });
  return found == forms.end() ? nullptr : &*found;
}

bool multiply_mapping(yaml::Node& node, double times) {
  bool changed = false;
  const bool depends = node.find("by") != nullptr;
  for (auto& [key, value] : node.members) {
    if (depends && key == "of") {
      for (auto& [branch, draw] : value.members) changed |= multiply(draw, times, "of");
    } else if (key == "chance") {
      changed |= multiply_odds(value, times);
    } else if (key == "weights") {
      changed |= multiply_weights(value, times);
    } else if (key == "is" || key == "number" || key == "date") {
      changed |= multiply(value, times, key);
    } else if (const DistributionForm* form = form_of(key)) {
      changed |= multiply_distribution(value, *form, times);
    }
  }
  return changed;
}

// Rows: dated headcounts, dated counts of patients.
bool multiply_rows(yaml::Node& list, double times) {
  bool changed = false;
  for (yaml::Node& row : list.items)
    for (auto& [key, value] : row.members)
      if (key == "people" || key == "patients") changed |= multiply(value, times, key);
  return changed;
}

std::string shown(const yaml::Node& node) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (node.kind == yaml::Kind::scalar) return node.scalar;
  for (const yaml::Node& item : node.items) add(shown(item));
  for (const auto& [key, value] : node.members) {
    if (key == "source" || key == "assumption") continue;
    add(key + ": " + shown(value));
  }
  return text;
}

std::string shortened(std::string text) {
  constexpr size_t most = 60;
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

bool measures(const yaml::Node& node) {
  return std::any_of(node.members.begin(), node.members.end(), [](const auto& member) {
    return member.first == "number" || member.first == "date" || measures(member.second);
  });
}

std::string step_of(const yaml::Node& item, size_t index) {
  for (const std::string_view key : {"id", "name", "activity", "role"})
    if (const yaml::Node* at = item.find(key))
      if (at->kind == yaml::Kind::scalar) return at->scalar;
  return std::to_string(index);
}

class Finder {
 public:
  Finder(std::string file, std::vector<Figure>& found) : file_(std::move(file)), found_(found) {}

  // What is said nearest to a figure of where it comes from.
  struct Origin {
    bool assumed = true;
    std::string source;
  };

  void walk(const yaml::Node& node, const std::string& path, const Origin& around) {
    const Origin origin = origin_of(node, around);
    for (size_t i = 0; i < node.items.size(); ++i)
      walk(node.items[i], path + "." + step_of(node.items[i], i), origin);
    for (const auto& [key, value] : node.members) {
      const std::string here = path.empty() ? key : path + "." + key;
      if (is_one_of(key, figure_keys) || is_one_of(key, chances) || is_draw(path, key)) {
        add(value, here, key, origin);
      } else {
        walk(value, here, origin);
      }
    }
  }

 private:
  // Draws that stand under names of the package's own.
  bool is_draw(std::string_view path, std::string_view key) const {
    if (file_ != "cohort.yaml") return false;
    return path == "attributes" || path == "condition.moves" ||
           (path == "condition" && key == "initial") ||
           (path.starts_with("answers.") && path.ends_with(".items"));
  }

  static Origin origin_of(const yaml::Node& node, const Origin& around) {
    Origin out = around;
    if (const yaml::Node* said = node.find("source")) out = {false, said->scalar};
    if (const yaml::Node* said = node.find("assumption")) {
      out.assumed = said->scalar == "true";
      if (out.assumed) out.source.clear();
    }
    return out;
  }

  void add(const yaml::Node& node, const std::string& path, std::string_view key,
           const Origin& around) {
    const Origin origin = origin_of(node, around);
    if (is_draw(path.substr(0, path.rfind('.')), key)) {
      if (node.kind == yaml::Kind::scalar || measures(node)) return;
    }
    yaml::Node trial = node;
    if (!multiply(trial, 1.5, key)) return;
    found_.push_back(
        {file_, path, node.place, shortened(shown(node)), origin.assumed, origin.source});
  }

  std::string file_;
  std::vector<Figure>& found_;
};

}  // namespace

bool multiply(yaml::Node& node, double times, std::string_view key) {
  switch (node.kind) {
    case yaml::Kind::null:
      return false;
    case yaml::Kind::scalar:
      if (is_one_of(key, chances)) return multiply_odds(node, times);
      return change_number(node, [&](double value) {
        return key == "people" ? multiplied_people(value, times) : std::max(0.0, value * times);
      });
    case yaml::Kind::sequence:
      return multiply_rows(node, times) || shift_weights(node, times);
    case yaml::Kind::mapping:
      return multiply_mapping(node, times);
  }
  return false;
}

std::vector<Figure> figures(const PackageFiles& files) {
  std::vector<Figure> found;
  for (const std::string file : {"organisation.yaml", "cohort.yaml"}) {
    const auto content = files.find(file);
    if (content == files.end()) continue;
    const auto root = yaml::parse(content->second, file);
    if (root) Finder(file, found).walk(*root, "", {});
  }
  return found;
}

}  // namespace passerelle::pathway
