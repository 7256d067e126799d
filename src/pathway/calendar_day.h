// Days of the calendar at a place, without a time of day.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace passerelle::pathway {

using LocalDay = std::chrono::local_days;

// "2020-03-09", and nothing else.
std::optional<LocalDay> parse_calendar_day(std::string_view text);
size_t weekday_of(LocalDay day);   // Monday is 0
LocalDay monday_of(LocalDay day);  // of its week

}  // namespace passerelle::pathway
