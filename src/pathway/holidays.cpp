#include "pathway/holidays.h"

#include <algorithm>
#include <array>
#include <utility>

namespace passerelle::pathway {
namespace {

using Calendar = Holidays::Calendar;
using std::chrono::days;

constexpr std::array<std::pair<std::string_view, Calendar>, 2> calendars = {{
    {"france", Calendar::france},
    {"alsace_moselle", Calendar::alsace_moselle},
}};

// Month and day.
constexpr std::array<std::pair<unsigned, unsigned>, 8> fixed_days = {{
    {1, 1},
    {5, 1},
    {5, 8},
    {7, 14},
    {8, 15},
    {11, 1},
    {11, 11},
    {12, 25},
}};
// Days after Easter Sunday: Easter Monday, Ascension, Whit Monday.
constexpr std::array<int, 3> moving_days = {1, 39, 50};

}  // namespace

LocalDay easter_sunday(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4, k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return LocalDay(std::chrono::year_month_day(std::chrono::year(year),
                                              std::chrono::month(static_cast<unsigned>(n / 31)),
                                              std::chrono::day(static_cast<unsigned>(n % 31 + 1))));
}

bool Holidays::contains(LocalDay day) const {
  const auto listed = [day](const std::vector<LocalDay>& list) {
    return std::find(list.begin(), list.end(), day) != list.end();
  };
  if (listed(except)) return false;
  if (listed(also)) return true;
  if (calendar == Calendar::none) return false;
  const std::chrono::year_month_day date{day};
  const std::pair<unsigned, unsigned> of_year{static_cast<unsigned>(date.month()),
                                              static_cast<unsigned>(date.day())};
  if (std::find(fixed_days.begin(), fixed_days.end(), of_year) != fixed_days.end()) return true;
  const auto since_easter = (day - easter_sunday(static_cast<int>(date.year()))).count();
  if (std::find(moving_days.begin(), moving_days.end(), since_easter) != moving_days.end())
    return true;
  // Good Friday and Saint Stephen's day.
  return calendar == Calendar::alsace_moselle &&
         (since_easter == -2 || of_year == std::pair{12u, 26u});
}

std::optional<Calendar> Holidays::find(std::string_view name) {
  for (const auto& [known, calendar] : calendars)
    if (known == name) return calendar;
  return std::nullopt;
}

std::string Holidays::names() {
  std::string out;
  for (const auto& [name, calendar] : calendars)
    out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

}  // namespace passerelle::pathway
