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

WorkRank WorkOrder::rank(int priority, int64_t due, int64_t offered) const {
  switch (rule) {
    case Rule::priority:
      return {-priority, due, offered};
    case Rule::severity:
      return {-priority, offered, due};
    case Rule::deadline:
      return {due, -priority, offered};
    case Rule::first_come:
      return {offered, 0, 0};
    case Rule::ageing:
      // Everything ages at the same pace, so the order of two never changes: it is known when they
      // are offered.
      return {offered - priority * ageing.count(), due, offered};
  }
  return {};
}

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
