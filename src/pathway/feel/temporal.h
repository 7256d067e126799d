// Dates, times and durations of FEEL (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.9 and table 57): years from
// -999,999,999 to 999,999,999, nanoseconds, offsets and IANA zones. What the standard leaves
// without meaning is null (nothing).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "pathway/feel/value.h"

namespace passerelle::feel {

inline constexpr int64_t seconds_a_day = 86'400;
inline constexpr int64_t nanos_a_second = 1'000'000'000;
inline constexpr int64_t nanos_a_day = seconds_a_day * nanos_a_second;
inline constexpr int64_t last_year = 999'999'999;

struct CivilDate {
  int64_t year = 1970;
  unsigned month = 1, day = 1;
};
struct Civil : CivilDate {
  unsigned hour = 0, minute = 0, second = 0;
  uint32_t nanos = 0;
};

int64_t days_from_civil(const CivilDate& date);
CivilDate civil_from_days(int64_t days);
unsigned days_in_month(int64_t year, unsigned month);
unsigned weekday(int64_t days);  // 1 = Monday .. 7 = Sunday (ISO 8601)
unsigned day_of_year(int64_t days);
unsigned week_of_year(int64_t days);  // ISO 8601
Civil civil_of(const Value& value);   // of a date, time or date and time
int64_t days_of(const Value& value);  // of a date or date and time: its day, since 1970

// ---- zones ----
ZoneId offset_zone(int64_t seconds);                      // 0 when out of range (18 hours)
std::optional<ZoneId> named_zone(std::string_view name);  // IANA
bool is_named(ZoneId zone);
std::string_view zone_name(ZoneId zone);  // "" unless named
// Of a date and time in its zone; a time in a named zone has no offset.
std::optional<int64_t> offset_of(const Value& value);
// Seconds since 1970 UTC; local ones are read in `local` (UTC when null).
int64_t utc_seconds(const Value& date_time, const Zone* local = nullptr);

// ---- texts ----
std::optional<Value> parse_date(std::string_view text);
std::optional<Value> parse_time(std::string_view text);
std::optional<Value> parse_date_time(std::string_view text);  // a date alone is its midnight
std::optional<Value> parse_duration_value(std::string_view text);
std::optional<Value> parse_at_literal(std::string_view text);  // any of the four
void append_temporal(std::string& out, const Value& value);

// ---- order and arithmetic ----
// <0, 0, >0; nothing when one has a zone and the other none. FEEL's `=` looks at whole seconds
// (10.3.2.3.4: the value of a time is its seconds), sorting at all of it (`exact`).
std::optional<int> compare_temporal(const Value& a, const Value& b, bool exact);
Value add_temporal(const Value& a, const Value& b);  // null: not defined for these kinds
Value subtract_temporal(const Value& a, const Value& b);
Value multiply_duration(const Value& duration, const Value& number);
Value divide_duration(const Value& duration, const Value& divisor);
Value negate_duration(const Value& duration);
Value months_between(const Value& from, const Value& to);  // years and months duration
int64_t hour_of(const Value& date_time);
// What dates, times and durations have (DMN 1.5, table 60 and following).
enum class TemporalProperty : uint8_t {
  none,
  year,
  month,
  day,
  weekday,
  hour,
  minute,
  second,
  time_offset,
  timezone,
  years,
  months,
  days,
  hours,
  minutes,
  seconds,
};
TemporalProperty property_of(std::string_view name);
// Nothing when the kind has no such property.
std::optional<Value> temporal_property(const Value& value, TemporalProperty property);

Value make_time(int64_t hour, int64_t minute, const Value& second, ZoneId zone);
Value date_time_from(const Value& date, const Value& time);  // date may be a date and time

}  // namespace passerelle::feel
