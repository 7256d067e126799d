// Functions on dates and times (DMN 1.5, 10.3.4.1, 10.3.4.7 and 10.3.4.8).
#include <array>

#include "pathway/feel/argument.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {
namespace {

bool dated(const Value& value) {
  return value.kind() == Kind::date || value.kind() == Kind::date_time;
}

Value single(Call& call, size_t i) {
  return call[i].is_list() && call[i].size() == 1 ? Value(call[i].at(0)) : call[i];
}

Value shown_as(Call& call, std::string_view text, std::string_view what) {
  return call.fail("the text \"" + std::string(text.substr(0, 60)) + "\" is no " +
                   std::string(what));
}

Value date_from(Call& call) {
  const Value from = single(call, 0);
  if (from.kind() == Kind::date) return from;
  if (from.kind() == Kind::date_time) return Value::date(days_of(from));
  if (!from.is_string()) return call.fail_argument(0, "a text, a date or a date and time");
  const auto date = parse_date(from.text());
  return date ? *date : shown_as(call, from.text(), "date");
}

// Three whole numbers from `first` on.
bool whole_numbers(Call& call, size_t first, std::array<int64_t, 3>& numbers) {
  for (size_t i = 0; i < 3; ++i) {
    const Value* number = number_argument(call, first + i);
    const auto whole = number ? number->integer() : std::nullopt;
    if (!whole) return false;
    numbers[i] = *whole;
  }
  return true;
}

Value date_of_numbers(Call& call) {
  std::array<int64_t, 3> ymd{};
  if (!whole_numbers(call, 0, ymd)) return Value();
  const bool fits = ymd[1] >= 1 && ymd[1] <= 12 && ymd[2] >= 1 && ymd[2] <= 31;
  const auto date =
      fits ? Value::date(ymd[0], static_cast<unsigned>(ymd[1]), static_cast<unsigned>(ymd[2]))
           : std::nullopt;
  return date ? *date : call.fail("there is no such day");
}

Value date_time_from_text(Call& call) {
  const Value from = single(call, 0);
  if (from.kind() == Kind::date_time) return from;
  if (from.kind() == Kind::date) return date_time_from(from, Value::time(0));
  if (!from.is_string()) return call.fail_argument(0, "a text");
  const auto value = parse_date_time(from.text());
  return value ? *value : shown_as(call, from.text(), "date and time");
}

Value date_time_of(Call& call) {
  const Value date = single(call, 0), time = single(call, 1);
  if (!dated(date)) return call.fail_argument(0, "a date or a date and time");
  if (time.kind() != Kind::time) return call.fail_argument(1, "a time");
  return date_time_from(date, time);
}

// A zone argument: an offset as a duration, or an IANA name.
std::optional<ZoneId> zone_argument(Call& call, size_t i) {
  if (!call.has(i)) return ZoneId{0};
  const Value zone = single(call, i);
  if (zone.kind() == Kind::days_duration) {
    const ZoneId offset = zone.nanos() == 0 ? offset_zone(zone.whole()) : ZoneId{0};
    if (offset != 0) return offset;
    call.fail("an offset lies within 18 hours");
    return std::nullopt;
  }
  if (zone.is_string()) {
    auto named = named_zone(zone.text());
    if (!named) shown_as(call, zone.text(), "time zone");
    return named;
  }
  call.fail_argument(i, "an offset");
  return std::nullopt;
}

Value time_of_numbers(Call& call) {
  const Value* hour = number_argument(call, 0);
  const Value* minute = hour ? number_argument(call, 1) : nullptr;
  const Value* second = minute ? number_argument(call, 2) : nullptr;
  if (second == nullptr) return Value();
  const auto h = call[0].integer(), m = call[1].integer();
  const auto zone = zone_argument(call, 3);
  if (!h || !m || !zone) return Value();
  const Value time = make_time(*h, *m, *second, *zone);
  return time.is_null() ? call.fail("there is no such time of day") : time;
}

Value date_time_of_numbers(Call& call) {
  std::array<int64_t, 3> ymd{};
  if (!whole_numbers(call, 0, ymd)) return Value();
  const Value date = date_of_numbers(call);
  const Value* hour = number_argument(call, 3);
  const Value* minute = hour ? number_argument(call, 4) : nullptr;
  const Value* second = minute ? number_argument(call, 5) : nullptr;
  if (date.is_null() || second == nullptr) return Value();
  const auto h = call[3].integer(), m = call[4].integer();
  const auto zone = zone_argument(call, 6);
  if (!h || !m || !zone) return Value();
  const Value time = make_time(*h, *m, *second, *zone);
  return time.is_null() ? call.fail("there is no such time of day") : date_time_from(date, time);
}

Value time_from(Call& call) {
  const Value from = single(call, 0);
  if (from.kind() == Kind::time) return from;
  if (from.kind() == Kind::date_time) {
    const Civil civil = civil_of(from);
    const int64_t seconds = (civil.hour * 60 + civil.minute) * 60 + civil.second;
    return Value::time(seconds * nanos_a_second + civil.nanos, from.zone());
  }
  if (from.kind() == Kind::date) return Value::time(0, offset_zone(0));
  if (!from.is_string()) return call.fail_argument(0, "a text, a time or a date and time");
  const auto time = parse_time(from.text());
  return time ? *time : shown_as(call, from.text(), "time");
}

Value duration_from(Call& call) {
  const Value from = single(call, 0);
  if (from.kind() == Kind::days_duration || from.kind() == Kind::months_duration) return from;
  if (!from.is_string()) return call.fail_argument(0, "a text");
  const auto duration = parse_duration_value(from.text());
  return duration ? *duration : shown_as(call, from.text(), "duration");
}

Value months_duration(Call& call) {
  const Value from = single(call, 0), to = single(call, 1);
  if (!dated(from)) return call.fail_argument(0, "a date or a date and time");
  if (!dated(to)) return call.fail_argument(1, "a date or a date and time");
  return months_between(from, to);
}

Value now(Call& call) { return current_time(call.evaluator.evaluation()); }
Value today(Call& call) { return Value::date(days_of(now(call))); }

Value date_argument(Call& call) {
  const Value date = single(call, 0);
  return dated(date) ? date : call.fail_argument(0, "a date or a date and time");
}

Value day_of_year_value(Call& call) {
  const Value date = date_argument(call);
  return date.is_null() ? Value() : Value::integer(day_of_year(days_of(date)));
}
Value week_of_year_value(Call& call) {
  const Value date = date_argument(call);
  return date.is_null() ? Value() : Value::integer(week_of_year(days_of(date)));
}
Value day_of_week(Call& call) {
  static constexpr std::array<std::string_view, 7> names = {
      "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
  const Value date = date_argument(call);
  return date.is_null() ? Value() : Value::string(names[weekday(days_of(date)) - 1]);
}
Value month_of_year(Call& call) {
  static constexpr std::array<std::string_view, 12> names = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const Value date = date_argument(call);
  return date.is_null() ? Value() : Value::string(names[civil_of(date).month - 1]);
}

constexpr BuiltIn temporals[] = {
    {"date", "from", date_from, Type::Kind::date, true},
    {"date", "year, month, day", date_of_numbers, Type::Kind::date, true},
    {"date and time", "from", date_time_from_text, Type::Kind::date_time, true},
    {"date and time", "date, time", date_time_of, Type::Kind::date_time, true},
    {"date and time", "year, month, day, hour, minute, second", date_time_of_numbers,
     Type::Kind::date_time, true},
    {"date and time", "year, month, day, hour, minute, second, offset", date_time_of_numbers,
     Type::Kind::date_time, true},
    {"date and time", "year, month, day, hour, minute, second, timezone", date_time_of_numbers,
     Type::Kind::date_time, true},
    {"time", "from", time_from, Type::Kind::time, true},
    {"time", "hour, minute, second, offset?", time_of_numbers, Type::Kind::time, true},
    {"duration", "from", duration_from, Type::Kind::any, true},
    {"years and months duration", "from, to", months_duration, Type::Kind::months_duration, true},
    {"now", "", now, Type::Kind::date_time, false, true},
    {"today", "", today, Type::Kind::date, false, true},
    {"day of year", "date", day_of_year_value, Type::Kind::number},
    {"day of week", "date", day_of_week, Type::Kind::string},
    {"month of year", "date", month_of_year, Type::Kind::string},
    {"week of year", "date", week_of_year_value, Type::Kind::number},
};

}  // namespace

std::span<const BuiltIn> temporal_built_ins() { return temporals; }

}  // namespace passerelle::feel
