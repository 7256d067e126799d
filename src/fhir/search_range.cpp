#include "fhir/search_range.h"

#include <charconv>
#include <cmath>
#include <string>

#include "fhir/primitive.h"

namespace passerelle::fhir {
namespace {

bool is_range_digit(char c) { return c >= '0' && c <= '9'; }

Error not_a_date(std::string_view text) {
  return Error{ErrorCode::invalid, "'" + std::string(text) + "' is not a date or dateTime", "",
               "write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz"};
}

struct Reader {
  std::string_view text;
  size_t at = 0;
  bool ok = true;

  bool done() const { return at >= text.size(); }
  char peek() const { return done() ? '\0' : text[at]; }
  bool skip(char c) {
    if (peek() != c || done()) return false;
    ++at;
    return true;
  }
  int number(size_t digits, int low, int high) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!is_range_digit(peek())) {
        ok = false;
        return low;
      }
      value = value * 10 + (text[at++] - '0');
    }
    if (value < low || value > high) ok = false;
    return value;
  }
};

// A local time as written, and the first one after what it names.
struct Written {
  LocalTime first, after;
  bool zoned = false;
  std::chrono::minutes offset{0};
};

LocalTime local(int year, int month, int day) {
  using namespace std::chrono;
  return LocalTime(
      local_days(std::chrono::year(year) / static_cast<unsigned>(month) / day).time_since_epoch());
}

void read_fraction(Reader& in, Written& out) {
  int64_t value = 0;
  int64_t width = 1000;
  size_t digits = 0;
  for (; is_range_digit(in.peek()); ++in.at, ++digits) {
    if (width == 1) continue;  // finer than a millisecond
    width /= 10;
    value += (in.peek() - '0') * width;
  }
  if (digits == 0) in.ok = false;
  out.first += Millis(value);
  out.after = out.first + Millis(width);
}

void read_zone(Reader& in, Written& out) {
  out.zoned = true;
  if (in.skip('Z')) return;
  const bool west = in.peek() == '-';
  if (!west && in.peek() != '+') {
    out.zoned = false;
    return;
  }
  ++in.at;
  const int hours = in.number(2, 0, 14);
  if (!in.skip(':')) in.ok = false;
  const std::chrono::minutes offset(hours * 60 + in.number(2, 0, 59));
  out.offset = west ? -offset : offset;
}

void read_time(Reader& in, Written& out) {
  using namespace std::chrono;
  out.first += hours(in.number(2, 0, 23));
  if (!in.skip(':')) in.ok = false;
  out.first += minutes(in.number(2, 0, 59));
  out.after = out.first + minutes(1);
  if (in.skip(':')) {
    out.first += seconds(in.number(2, 0, 60));
    out.after = out.first + seconds(1);
    if (in.skip('.')) read_fraction(in, out);
  }
  read_zone(in, out);
}

Written read_written(Reader& in) {
  Written out;
  const int year = in.number(4, 1, 9999);
  out.first = local(year, 1, 1);
  out.after = local(year + 1, 1, 1);
  if (!in.ok || !in.skip('-')) return out;
  const int month = in.number(2, 1, 12);
  if (!in.ok) return out;
  out.first = local(year, month, 1);
  out.after = month == 12 ? local(year + 1, 1, 1) : local(year, month + 1, 1);
  if (!in.skip('-')) return out;
  const int day = in.number(2, 1, 31);
  if (!in.ok || !is_day(year, month, day)) {
    in.ok = false;
    return out;
  }
  out.first = local(year, month, day);
  out.after = out.first + std::chrono::hours(24);
  if (in.skip('T')) read_time(in, out);
  return out;
}

int64_t to_millis(LocalTime time, const Written& written, const Zone& zone) {
  if (written.zoned) return (time.time_since_epoch() - Millis(written.offset)).count();
  return zone.to_instant(time).time_since_epoch().count();
}

Error not_a_number(std::string_view text) {
  return Error{ErrorCode::invalid, "'" + std::string(text) + "' is not a number", "",
               "write e.g. 100, 5.40 or 1e-2"};
}

// tenths * 10^(exponent - 1), rounded to the nearest double as a reader of the digits would.
double scaled(int64_t tenths, int exponent) {
  constexpr int64_t exact = int64_t{1} << 53;
  constexpr int exact_power = 22;
  const int power = exponent - 1;
  if (std::abs(tenths) < exact && power <= 0 && power >= -exact_power) {
    double divisor = 1;
    for (int i = power; i < 0; ++i) divisor *= 10;
    return static_cast<double>(tenths) / divisor;
  }
  const std::string text = std::to_string(tenths) + "e" + std::to_string(power);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // What is too large for a double is open; what is too small is nothing.
  if (error == std::errc::result_out_of_range) {
    value = power < 0 ? 0 : std::numeric_limits<double>::infinity();
    return tenths < 0 ? -value : value;
  }
  return value;
}

}  // namespace

Result<DateRange> date_range(std::string_view text, const Zone& zone) {
  Reader in{text};
  const Written written = read_written(in);
  if (!in.ok || !in.done()) return not_a_date(text);
  return DateRange{to_millis(written.first, written, zone),
                   to_millis(written.after, written, zone) - 1};
}

Result<DateRange> period_range(json::Value period, const Zone& zone) {
  DateRange range;
  if (const json::Value start = period["start"]; start.is_string()) {
    TRY(const DateRange first, date_range(start.string(), zone));
    range.first = first.first;
  }
  if (const json::Value end = period["end"]; end.is_string()) {
    TRY(const DateRange last, date_range(end.string(), zone));
    range.last = last.last;
  }
  return range;
}

Result<NumberRange> number_range(std::string_view written) {
  Reader in{written};
  const bool negative = in.skip('-');
  if (!negative) in.skip('+');
  constexpr int64_t most = std::numeric_limits<int64_t>::max() / 1000;
  int64_t digits = 0;
  int exponent = 0;  // of the last digit kept
  size_t count = 0;
  bool point = false;
  for (; is_range_digit(in.peek()) || (in.peek() == '.' && !point && count > 0); ++in.at) {
    if (in.peek() == '.') {
      point = true;
      continue;
    }
    ++count;
    // Beyond 15 digits a double cannot tell the difference.
    if (digits > most) {
      exponent += point ? 0 : 1;
      continue;
    }
    digits = digits * 10 + (in.peek() - '0');
    exponent -= point ? 1 : 0;
  }
  if (count == 0 || written[in.at - 1] == '.') return not_a_number(written);
  if (in.skip('e') || in.skip('E')) {
    in.skip('+');
    int power = 0;
    const auto [end, error] =
        std::from_chars(written.data() + in.at, written.data() + written.size(), power);
    if (error != std::errc() || power > 400 || power < -400) return not_a_number(written);
    in.at = static_cast<size_t>(end - written.data());
    exponent += power;
    // R4 takes 1e2 as [95, 105): as if it were 1.0e2.
    if (!point && digits <= most) {
      digits *= 10;
      --exponent;
    }
  }
  if (!in.done()) return not_a_number(written);
  const int64_t tenths = (negative ? -digits : digits) * 10;
  return NumberRange{scaled(tenths - 5, exponent), scaled(tenths + 5, exponent)};
}

}  // namespace passerelle::fhir
