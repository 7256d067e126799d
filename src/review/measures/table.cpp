#include <algorithm>
#include <array>

#include "base/check.h"
#include "review/measures/measures.h"

namespace passerelle::review {
namespace {

constexpr double minute = 60'000;
constexpr double day = 86'400'000;

constexpr std::array table = {
    Measure{"count", ResultKind::total, 1, 1, add_count},
    Measure{"rate", ResultKind::rate, 1, day, add_rate},
    Measure{"ratio", ResultKind::rate, 1, 1, add_ratio},
    Measure{"share_of_events", ResultKind::proportion, 1, 1, add_share_of_events},
    Measure{"share_of_cases", ResultKind::proportion, 1, 1, add_share_of_cases},
    Measure{"share_found_before", ResultKind::proportion, 1, 1, add_share_found_before},
    Measure{"share_within", ResultKind::proportion, 1, 1, add_share_within},
    Measure{"duration", ResultKind::statistic, 1, 1, add_duration},
    Measure{"lead_time", ResultKind::statistic, 1, 1, add_lead_time},
    Measure{"value", ResultKind::statistic, 1, 1, add_value},
    Measure{"work_minutes", ResultKind::rate, minute, day, add_work_minutes},
};

}  // namespace

std::span<const Measure> measures() { return table; }

const Measure& find_measure(std::string_view name) {
  const auto* found = std::find_if(table.begin(), table.end(),
                                   [&](const Measure& measure) { return measure.name == name; });
  CHECK(found != table.end(), "every measure that can be written can be computed");
  return *found;
}

}  // namespace passerelle::review
