// In which order people take what waits. One rule for the worklist that people see and for the
// rehearsal, so that what was rehearsed is what is shown.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace passerelle::pathway {

constexpr int64_t no_deadline = std::numeric_limits<int64_t>::max();

// What comes first has the smaller rank. Times in milliseconds, from whenever.
struct WorkRank {
  int64_t first = 0, second = 0, third = 0;
  auto operator<=>(const WorkRank&) const = default;
};

struct WorkOrder {
  enum class Rule : uint8_t {
    priority,    // priority, then deadline, then age
    severity,    // priority, then age
    deadline,    // the earliest deadline, then priority, then age
    first_come,  // age alone
    // Priority that grows while one waits: `ageing` of waiting counts like one level, so that
    // nobody is overtaken for ever (L. Kleinrock, "A delay dependent queue discipline", 1964,
    // with one slope for all).
    ageing,
  };
  Rule rule = Rule::priority;
  std::chrono::milliseconds ageing{};

  // `due`: no_deadline when there is none.
  WorkRank rank(int priority, int64_t due, int64_t offered) const {
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
        // Everything ages at the same pace, so the order of two never changes: it is known when
        // they are offered.
        return {offered - priority * ageing.count(), due, offered};
    }
    return {};
  }
  bool operator==(const WorkOrder&) const = default;

  static std::optional<Rule> find(std::string_view name);
  static std::string names();  // "priority, severity, ..."
};

}  // namespace passerelle::pathway
