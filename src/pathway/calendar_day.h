// Days of the calendar at a place, without a time of day.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace passerelle::pathway {

using LocalDay = std::chrono::local_days;

// "2020-03-09", and nothing else.
std::optional<LocalDay> parse_calendar_day(std::string_view text);
std::string format_calendar_day(LocalDay day);  // the same; of the years 0 to 9999
size_t weekday_of(LocalDay day);                // Monday is 0
LocalDay monday_of(LocalDay day);               // of its week

}  // namespace passerelle::pathway
