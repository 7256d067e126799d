#include "store/search/search_type.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/check.h"
#include "base/text.h"

namespace passerelle::store {
namespace {

constexpr const SearchTypeEntry* entries[] = {
    &string_search, &token_search,    &reference_search, &date_search,
    &number_search, &quantity_search, &uri_search,
};

struct PrefixRow {
  std::string_view text;
  Prefix prefix;
};
constexpr PrefixRow prefixes[] = {
    {"eq", Prefix::eq}, {"ne", Prefix::ne}, {"gt", Prefix::gt},
    {"lt", Prefix::lt}, {"ge", Prefix::ge}, {"le", Prefix::le},
    {"sa", Prefix::sa}, {"eb", Prefix::eb}, {"ap", Prefix::ap},
};

bool digit(char c) { return c >= '0' && c <= '9'; }

// Adds (or subtracts) five units of the place after the last written digit, in decimal text, so
// that the bound of "5.4" is the double nearest to 5.35 and equals the one read from "5.35".
double half_unit_away(const std::string& digits, int exponent, bool negative, bool away) {
  std::string sum = "0" + digits + "0";
  if (away) {
    sum.back() = '5';
  } else {  // toward zero: minus 5 = minus 10 plus 5
    size_t i = sum.size() - 2;
    while (i > 0 && sum[i] == '0') sum[i--] = '9';
    if (sum[i] == '0') return half_unit_away(digits, exponent, !negative, true);  // zero itself
    --sum[i];
    sum.back() = '5';
  }
  return std::strtod(((negative ? "-" : "") + sum + "e" + std::to_string(exponent - 1)).c_str(),
                     nullptr);
}

struct NumberText {
  std::string digits;  // without sign and point
  int exponent = 0;    // of the last digit
  bool negative = false;
};

bool scan_number(std::string_view text, NumberText& number) {
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) number.negative = text[i++] == '-';
  bool point = false;
  for (; i < text.size() && (digit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    number.digits += text[i];
    if (point) --number.exponent;
  }
  if (number.digits.empty() || number.digits.size() > 100) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  ++i;
  int sign = 1, value = 0, count = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) sign = text[i++] == '-' ? -1 : 1;
  for (; i < text.size() && digit(text[i]) && count < 4; ++i, ++count)
    value = value * 10 + (text[i] - '0');
  number.exponent += sign * value;
  return count > 0 && i == text.size();
}

// Reads exactly `width` digits.
bool take_digits(std::string_view& text, size_t width, int& value) {
  if (text.size() < width) return false;
  value = 0;
  for (size_t i = 0; i < width; ++i) {
    if (!digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

struct DateParts {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millis = 0;
  enum { to_year, to_month, to_day, to_minute, to_second, to_millis } precision = to_year;
  bool zoned = false;
  int offset_minutes = 0;
};

bool scan_time(std::string_view& text, DateParts& d) {
  if (!take_digits(text, 2, d.hour) || !take(text, ':') || !take_digits(text, 2, d.minute))
    return false;
  d.precision = DateParts::to_minute;
  if (take(text, ':')) {
    if (!take_digits(text, 2, d.second)) return false;
    d.precision = DateParts::to_second;
    if (take(text, '.')) {
      int count = 0;
      for (; !text.empty() && digit(text.front()); text.remove_prefix(1), ++count)
        if (count < 3) d.millis = d.millis * 10 + (text.front() - '0');
      if (count == 0 || count > 9) return false;
      for (; count < 3; ++count) d.millis *= 10;
      d.precision = DateParts::to_millis;
    }
  }
  if (text.empty()) return true;
  d.zoned = true;
  if (take(text, 'Z')) return true;
  const int sign = text.front() == '-' ? -1 : 1;
  // A '+' that was not percent-encoded arrives as a space.
  if (text.front() != '-' && text.front() != '+' && text.front() != ' ') return false;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!take_digits(text, 2, hours) || !take(text, ':') || !take_digits(text, 2, minutes))
    return false;
  d.offset_minutes = sign * (hours * 60 + minutes);
  return hours <= 14 && minutes < 60;
}

bool scan_date(std::string_view text, DateParts& d) {
  if (!take_digits(text, 4, d.year)) return false;
  if (take(text, '-')) {
    if (!take_digits(text, 2, d.month)) return false;
    d.precision = DateParts::to_month;
    if (take(text, '-')) {
      if (!take_digits(text, 2, d.day)) return false;
      d.precision = DateParts::to_day;
      if (take(text, 'T') && !scan_time(text, d)) return false;
    }
  }
  using namespace std::chrono;
  const year_month_day date{year(d.year), month(static_cast<unsigned>(d.month)),
                            day(static_cast<unsigned>(d.day))};
  return text.empty() && date.ok() && d.hour < 24 && d.minute < 60 && d.second < 60;
}

}  // namespace

const SearchTypeEntry* find_search_type(ParameterType type) {
  for (const SearchTypeEntry* entry : entries)
    if (entry->type == type) return entry;
  return nullptr;
}

const SearchTypeEntry& search_type_of(SearchType type) {
  for (const SearchTypeEntry* entry : entries)
    if (entry->index == type) return *entry;
  CHECK(false, "every index has its search type");
}

std::vector<Range> ranges_of(const Bound& bound) {
  std::vector<Range> ranges;
  const Bound& source = bound.parts.empty() ? bound : bound.parts.front();
  search_type_of(source.operand->type).ranges(source, ranges);
  if (!bound.parts.empty())
    for (Range& range : ranges) range.exact = false;
  return ranges;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

std::vector<std::string_view> split_escaped(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == separator) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

Prefix take_prefix(std::string_view& text) {
  for (const auto& row : prefixes) {
    if (!text.starts_with(row.text)) continue;
    text.remove_prefix(row.text.size());
    return row.prefix;
  }
  return Prefix::eq;
}

Result<void> read_number(std::string_view text, Operand& operand) {
  NumberText number;
  if (!scan_number(text, number))
    return Error{ErrorCode::invalid, "'" + std::string(text) + "' is not a number", "",
                 "write it like 5.4, -3 or 1e3, after a prefix such as ge if need be"};
  operand.value = std::strtod(std::string(text).c_str(), nullptr);
  const double outer = half_unit_away(number.digits, number.exponent, number.negative, true);
  const double inner = half_unit_away(number.digits, number.exponent, number.negative, false);
  operand.low = std::min(outer, inner);
  operand.high = std::max(outer, inner);
  if (!std::isfinite(operand.low) || !std::isfinite(operand.high))
    return Error{ErrorCode::invalid,
                 "'" + std::string(text) + "' is beyond any number we can hold"};
  return {};
}

Result<void> read_date(std::string_view text, const Zone& zone, int64_t& first, int64_t& last) {
  DateParts d;
  if (!scan_date(text, d))
    return Error{ErrorCode::invalid, "'" + std::string(text) + "' is not a date", "",
                 "write it like 2020, 2020-03, 2020-03-26 or 2020-03-26T08:45:00Z"};
  using namespace std::chrono;
  const auto at = [&](year_month_day date, Millis time) {
    const local_time<Millis> local = local_days(date) + time;
    const Instant instant = d.zoned ? Instant(local.time_since_epoch()) - minutes(d.offset_minutes)
                                    : zone.to_instant(local);
    return instant.time_since_epoch().count();
  };
  const year_month_day date{year(d.year), month(static_cast<unsigned>(d.month)),
                            day(static_cast<unsigned>(d.day))};
  const Millis time = hours(d.hour) + minutes(d.minute) + seconds(d.second) + Millis(d.millis);
  first = at(date, time);
  switch (d.precision) {
    case DateParts::to_year:
      last = at(date + years(1), Millis(0)) - 1;
      break;
    case DateParts::to_month:
      last = at(date + months(1), Millis(0)) - 1;
      break;
    case DateParts::to_day:
      last = at(year_month_day(local_days(date) + days(1)), Millis(0)) - 1;
      break;
    case DateParts::to_minute:
      last = first + 59'999;
      break;
    case DateParts::to_second:
      last = first + 999;
      break;
    case DateParts::to_millis:
      last = first;
      break;
  }
  return {};
}

}  // namespace passerelle::store
