#include "pathway/calendar_day.h"

#include <charconv>
#include <cstdio>

namespace passerelle::pathway {

std::optional<LocalDay> parse_calendar_day(std::string_view text) {
  int year = 0, month = 0, day = 0;
  const auto read = [&](size_t at, size_t length, int& out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, out);
    return error == std::errc() && end == text.data() + at + length;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !read(0, 4, year) ||
      !read(5, 2, month) || !read(8, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 0) return std::nullopt;
  return LocalDay(date);
}

std::string format_calendar_day(LocalDay day) {
  const std::chrono::year_month_day date{day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

size_t weekday_of(LocalDay day) {
  // 1970-01-01 was a Thursday.
  return static_cast<size_t>(((day.time_since_epoch().count() + 3) % 7 + 7) % 7);
}

LocalDay monday_of(LocalDay day) { return day - std::chrono::days(weekday_of(day)); }

}  // namespace passerelle::pathway
