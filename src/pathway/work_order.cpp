#include "pathway/work_order.h"

#include <array>
#include <utility>

namespace passerelle::pathway {
namespace {

using Rule = WorkOrder::Rule;

constexpr std::array<std::pair<std::string_view, Rule>, 5> rules = {{
    {"priority", Rule::priority},
    {"severity", Rule::severity},
    {"deadline", Rule::deadline},
    {"first_come", Rule::first_come},
    {"ageing", Rule::ageing},
}};

}  // namespace

std::optional<Rule> WorkOrder::find(std::string_view name) {
  for (const auto& [known, rule] : rules)
    if (known == name) return rule;
  return std::nullopt;
}

std::string WorkOrder::names() {
  std::string out;
  for (const auto& [name, rule] : rules) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

}  // namespace passerelle::pathway
