#include "pathway/feel/temporal.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <string>
#include <unordered_map>

#include "base/check.h"
#include "base/guarded.h"
#include "pathway/feel/number.h"

namespace passerelle::feel {

// ---- calendar (H. Hinnant, "chrono-compatible low-level date algorithms") ----

int64_t days_from_civil(const CivilDate& date) {
  const int64_t y = date.month <= 2 ? date.year - 1 : date.year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t yoe = y - era * 400;
  const int64_t shifted = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t doy = (153 * shifted + 2) / 5 + date.day - 1;
  return era * 146'097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719'468;
}

CivilDate civil_from_days(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t doe = days - era * 146'097;
  const int64_t yoe = (doe - doe / 1'460 + doe / 36'524 - doe / 146'096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  CivilDate date;
  date.day = static_cast<unsigned>(doy - (153 * mp + 2) / 5 + 1);
  date.month = static_cast<unsigned>(mp < 10 ? mp + 3 : mp - 9);
  date.year = yoe + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

unsigned days_in_month(int64_t year, unsigned month) {
  static constexpr std::array<unsigned, 13> days = {0,  31, 28, 31, 30, 31, 30,
                                                    31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month];
}

unsigned weekday(int64_t days) {
  const int64_t from_thursday = ((days % 7) + 7) % 7;  // 1970-01-01 was a Thursday
  return static_cast<unsigned>((from_thursday + 3) % 7 + 1);
}

unsigned day_of_year(int64_t days) {
  const CivilDate date = civil_from_days(days);
  return static_cast<unsigned>(days - days_from_civil({date.year, 1, 1}) + 1);
}

unsigned week_of_year(int64_t days) {
  const int64_t thursday = days - static_cast<int64_t>(weekday(days)) + 4;
  return (day_of_year(thursday) - 1) / 7 + 1;
}

std::optional<Value> Value::date(int64_t year, unsigned month, unsigned day) {
  if (year < -last_year || year > last_year || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month)) {
    return std::nullopt;
  }
  return date(days_from_civil({year, month, day}));
}

namespace {
int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// The time of day of a time or of a date and time; the date stays empty.
Civil time_of(const Value& value) {
  Civil civil;
  int64_t seconds = 0;
  if (value.kind() == Kind::date_time) {
    seconds = value.whole() - floor_div(value.whole(), seconds_a_day) * seconds_a_day;
    civil.nanos = value.nanos();
  } else {
    seconds = value.whole() / nanos_a_second;
    civil.nanos = static_cast<uint32_t>(value.whole() % nanos_a_second);
  }
  civil.hour = static_cast<unsigned>(seconds / 3600);
  civil.minute = static_cast<unsigned>(seconds / 60 % 60);
  civil.second = static_cast<unsigned>(seconds % 60);
  return civil;
}

bool valid_days(int64_t days) {
  static const int64_t first = days_from_civil({-last_year, 1, 1});
  static const int64_t last = days_from_civil({last_year, 12, 31});
  return days >= first && days <= last;
}
}  // namespace

int64_t days_of(const Value& value) {
  return value.kind() == Kind::date ? value.whole() : floor_div(value.whole(), seconds_a_day);
}

Civil civil_of(const Value& value) {
  Civil civil = value.kind() == Kind::date ? Civil() : time_of(value);
  if (value.kind() != Kind::time) {
    static_cast<CivilDate&>(civil) = civil_from_days(days_of(value));
  }
  return civil;
}

// ---- zones: 0 none, 1..2881 whole minutes from -24 h, above: a table that only grows ----

namespace {

constexpr ZoneId minutes_base = 1441;
constexpr ZoneId table_base = 4096;

struct ZoneRow {
  std::string name;  // empty: an offset with seconds
  int64_t offset = 0;
  std::optional<Zone> zone;
};

struct ZoneTable {
  Guarded<std::unordered_map<std::string, ZoneId>> ids;  // one for each row, in order
  std::array<std::atomic<const ZoneRow*>, 60'000> rows{};
};

ZoneTable& zone_table() {
  static auto* table = new ZoneTable;  // values refer to its rows for ever
  return *table;
}

const ZoneRow& row_of(ZoneId zone) {
  const ZoneRow* row = zone_table().rows[zone - table_base].load(std::memory_order_acquire);
  CHECK(row != nullptr, "a zone id that was never handed out");
  return *row;
}

std::optional<ZoneId> add_row(const std::string& key, ZoneRow row) {
  ZoneTable& table = zone_table();
  const auto ids = table.ids.write();
  if (const auto found = ids->find(key); found != ids->end()) return found->second;
  const size_t used = ids->size();
  if (used == table.rows.size()) return std::nullopt;
  table.rows[used].store(new ZoneRow(std::move(row)), std::memory_order_release);
  return ids->emplace(key, static_cast<ZoneId>(table_base + used)).first->second;
}

// The rules of a zone repeat every 400 years; base/ knows the years around ours.
int64_t zone_offset_at(const Zone& zone, int64_t utc_second) {
  constexpr int64_t cycle = 146'097 * seconds_a_day;
  constexpr int64_t low = -5'364'662'400, high = 13'569'465'600;  // 1800 to 2400
  if (utc_second < low) utc_second = low;
  if (utc_second > high) utc_second -= (utc_second - high + cycle - 1) / cycle * cycle;
  return zone.offset_at(Instant(std::chrono::seconds(utc_second))).count();
}

int64_t local_to_utc(const Zone& zone, int64_t local_second) {
  // The offset before and after the candidate: in a gap or an overlap they differ; the earlier
  // instant counts, as base/instant.h says.
  const int64_t first = local_second - zone_offset_at(zone, local_second - seconds_a_day);
  if (first + zone_offset_at(zone, first) == local_second) return first;
  const int64_t second = local_second - zone_offset_at(zone, local_second + seconds_a_day);
  return second;
}

}  // namespace

ZoneId offset_zone(int64_t seconds) {
  if (std::llabs(seconds) > 18 * 3600) return 0;
  if (seconds % 60 == 0) return static_cast<ZoneId>(minutes_base + seconds / 60);
  ZoneRow row;
  row.offset = seconds;
  return add_row("#" + std::to_string(seconds), std::move(row)).value_or(0);
}

std::optional<ZoneId> named_zone(std::string_view name) {
  {
    const auto ids = zone_table().ids.read();
    if (const auto found = ids->find(std::string(name)); found != ids->end()) return found->second;
  }
  if (name.empty() || name.size() > 64 || name[0] == '#') return std::nullopt;
  auto zone = Zone::find(name);
  if (!zone) return std::nullopt;
  ZoneRow row;
  row.name = std::string(name);
  row.zone = *zone;
  const std::string key = row.name;  // outlives the row, which moves
  return add_row(key, std::move(row));
}

bool is_named(ZoneId zone) { return zone >= table_base && !row_of(zone).name.empty(); }
std::string_view zone_name(ZoneId zone) {
  return is_named(zone) ? std::string_view(row_of(zone).name) : std::string_view();
}

namespace {
int64_t fixed_offset(ZoneId zone) {
  if (zone == 0) return 0;
  return zone < table_base ? (static_cast<int64_t>(zone) - minutes_base) * 60 : row_of(zone).offset;
}
}  // namespace

int64_t utc_seconds(const Value& date_time, const Zone* local) {
  const ZoneId zone = date_time.zone();
  if (is_named(zone)) return local_to_utc(*row_of(zone).zone, date_time.whole());
  if (zone == 0 && local != nullptr) return local_to_utc(*local, date_time.whole());
  return date_time.whole() - fixed_offset(zone);
}

std::optional<int64_t> offset_of(const Value& value) {
  const ZoneId zone = value.zone();
  if (zone == 0) return std::nullopt;
  if (!is_named(zone)) return fixed_offset(zone);
  if (value.kind() != Kind::date_time) return std::nullopt;
  return value.whole() - utc_seconds(value);
}

Value Value::date_time(Instant instant, const Zone& zone) {
  const auto local = zone.to_local(instant).time_since_epoch();
  const int64_t millis = local.count();
  const int64_t seconds = floor_div(millis, 1000);
  // now() is asked again and again in one zone; names of zones live as long as the program.
  thread_local std::pair<std::string_view, ZoneId> last;
  const std::string_view name = zone.name();
  if (name.data() != last.first.data() || name.size() != last.first.size()) {
    last = {name, name == "UTC" ? minutes_base : named_zone(name).value_or(minutes_base)};
  }
  return date_time(seconds, static_cast<uint32_t>(millis - seconds * 1000) * 1'000'000,
                   last.second);
}

std::optional<Instant> Value::instant(const Zone& zone) const {
  if (kind() != Kind::date_time) return std::nullopt;
  const int64_t seconds = utc_seconds(*this, &zone);
  constexpr int64_t limit = std::numeric_limits<int64_t>::max() / 1000 - 1;
  if (seconds > limit || seconds < -limit) return std::nullopt;
  return Instant(Millis(seconds * 1000 + nanos() / 1'000'000));
}

Value Value::days_duration(Millis millis) {
  const int64_t seconds = floor_div(millis.count(), 1000);
  return days_duration(seconds, static_cast<uint32_t>(millis.count() - seconds * 1000) * 1'000'000);
}

std::optional<Millis> Value::millis() const {
  if (kind() != Kind::days_duration) return std::nullopt;
  constexpr int64_t limit = std::numeric_limits<int64_t>::max() / 1000 - 1;
  if (whole_ > limit || whole_ < -limit) return std::nullopt;
  return Millis(whole_ * 1000 + nanos() / 1'000'000);
}

// ---- order ----

std::optional<int> compare_temporal(const Value& a, const Value& b, bool exact) {
  int64_t x = 0, y = 0;
  uint32_t x_nanos = 0, y_nanos = 0;
  if ((a.zone() == 0) != (b.zone() == 0)) return std::nullopt;
  if (a.kind() == Kind::date_time) {
    const bool same_zone = a.zone() == b.zone() && !is_named(a.zone());
    x = same_zone ? a.whole() : utc_seconds(a);
    y = same_zone ? b.whole() : utc_seconds(b);
    x_nanos = a.nanos();
    y_nanos = b.nanos();
  } else {
    const bool named = is_named(a.zone()) || is_named(b.zone());
    if (named && a.zone() != b.zone()) return std::nullopt;  // no date, no offset
    x = a.whole() / nanos_a_second - fixed_offset(named ? ZoneId{0} : a.zone());
    y = b.whole() / nanos_a_second - fixed_offset(named ? ZoneId{0} : b.zone());
    x_nanos = static_cast<uint32_t>(a.whole() % nanos_a_second);
    y_nanos = static_cast<uint32_t>(b.whole() % nanos_a_second);
  }
  if (x != y) return x < y ? -1 : 1;
  if (!exact || x_nanos == y_nanos) return 0;
  return x_nanos < y_nanos ? -1 : 1;
}

// ---- arithmetic (table 57) ----

namespace {

Value checked_date(int64_t days) { return valid_days(days) ? Value::date(days) : Value(); }

Value checked_date_time(int64_t seconds, uint32_t nanos, ZoneId zone) {
  return valid_days(floor_div(seconds, seconds_a_day)) ? Value::date_time(seconds, nanos, zone)
                                                       : Value();
}

// Seconds and nanoseconds of a - b or a + b; nothing on overflow.
struct Span {
  int64_t seconds = 0;
  uint32_t nanos = 0;
};
std::optional<Span> add_spans(Span a, Span b) {
  int64_t seconds = 0;
  uint32_t nanos = a.nanos + b.nanos;
  if (__builtin_add_overflow(a.seconds, b.seconds, &seconds)) return std::nullopt;
  if (nanos >= nanos_a_second) {
    nanos -= static_cast<uint32_t>(nanos_a_second);
    if (__builtin_add_overflow(seconds, 1, &seconds)) return std::nullopt;
  }
  return Span{seconds, nanos};
}
std::optional<Span> negated(Span a) {
  if (a.seconds == std::numeric_limits<int64_t>::min()) return std::nullopt;
  if (a.nanos == 0) return Span{-a.seconds, 0};
  return Span{-a.seconds - 1, static_cast<uint32_t>(nanos_a_second - a.nanos)};
}

Value add_months(const Value& value, int64_t months) {
  Civil civil = civil_of(value);
  int64_t index = 0;
  if (__builtin_add_overflow(civil.year * 12 + civil.month - 1, months, &index)) return Value();
  const int64_t year = floor_div(index, 12);
  if (year < -last_year || year > last_year) return Value();
  const auto month = static_cast<unsigned>(index - year * 12 + 1);
  const int64_t days =
      days_from_civil({year, month, std::min(civil.day, days_in_month(year, month))});
  if (value.kind() == Kind::date) return Value::date(days);
  const int64_t old_days = floor_div(value.whole(), seconds_a_day);
  return Value::date_time(value.whole() + (days - old_days) * seconds_a_day, value.nanos(),
                          value.zone());
}

Value add_days_duration(const Value& value, Span duration) {
  if (value.kind() == Kind::time) {
    const auto day_seconds = duration.seconds % seconds_a_day;
    int64_t nanos = (value.whole() + day_seconds * nanos_a_second + duration.nanos) % nanos_a_day;
    if (nanos < 0) nanos += nanos_a_day;
    return Value::time(nanos, value.zone());
  }
  const bool date = value.kind() == Kind::date;
  const Span start =
      date ? Span{value.whole() * seconds_a_day, 0} : Span{value.whole(), value.nanos()};
  const auto sum = add_spans(start, duration);
  if (!sum) return Value();
  if (date) return checked_date(floor_div(sum->seconds, seconds_a_day));
  return checked_date_time(sum->seconds, sum->nanos, value.zone());
}

// Seconds of a date or date and time; a date is its midnight in UTC (10.3.2.3.5).
Span instant_span(const Value& value) {
  if (value.kind() == Kind::date) return {value.whole() * seconds_a_day, 0};
  return {utc_seconds(value), value.nanos()};
}

bool is_moment(Kind kind) { return kind == Kind::date || kind == Kind::date_time; }

}  // namespace

Value add_temporal(const Value& a, const Value& b) {
  const Kind x = a.kind(), y = b.kind();
  if (x == Kind::days_duration && y == Kind::days_duration) {
    const auto sum = add_spans({a.whole(), a.nanos()}, {b.whole(), b.nanos()});
    return sum ? Value::days_duration(sum->seconds, sum->nanos) : Value();
  }
  if (x == Kind::months_duration && y == Kind::months_duration) {
    int64_t sum = 0;
    return __builtin_add_overflow(a.whole(), b.whole(), &sum) ? Value()
                                                              : Value::months_duration(sum);
  }
  if (x == Kind::days_duration || x == Kind::months_duration) {
    return is_moment(y) || y == Kind::time ? add_temporal(b, a) : Value();
  }
  if (y == Kind::months_duration) return is_moment(x) ? add_months(a, b.whole()) : Value();
  if (y == Kind::days_duration) {
    const bool takes = is_moment(x) || x == Kind::time;
    return takes ? add_days_duration(a, {b.whole(), b.nanos()}) : Value();
  }
  return Value();
}

Value subtract_temporal(const Value& a, const Value& b) {
  const Kind x = a.kind(), y = b.kind();
  // Far from what does not fit: years have at most nine digits.
  if (x == Kind::date && y == Kind::date)
    return Value::days_duration((a.whole() - b.whole()) * seconds_a_day);
  if (y == Kind::days_duration || y == Kind::months_duration) {
    if (x == Kind::days_duration && y == Kind::months_duration) return Value();
    if (x == Kind::months_duration && y == Kind::days_duration) return Value();
    const Value minus = negate_duration(b);
    return minus.is_null() ? Value() : add_temporal(a, minus);
  }
  if (is_moment(x) && is_moment(y)) {
    const bool x_zoned = x == Kind::date || a.zone() != 0;
    const bool y_zoned = y == Kind::date || b.zone() != 0;
    // A date stands for midnight UTC only where the other side has a zone.
    if (x == Kind::date_time && y == Kind::date_time && x_zoned != y_zoned) return Value();
    if (x != y && x_zoned != y_zoned) return Value();
    const auto minus = negated(instant_span(b));
    const auto sum = minus ? add_spans(instant_span(a), *minus) : std::nullopt;
    return sum ? Value::days_duration(sum->seconds, sum->nanos) : Value();
  }
  if (x == Kind::time && y == Kind::time) {
    if ((a.zone() == 0) != (b.zone() == 0)) return Value();
    if (a.zone() != b.zone() && (is_named(a.zone()) || is_named(b.zone()))) return Value();
    int64_t nanos = a.whole() - b.whole();
    if (a.zone() != b.zone()) {
      nanos -= (fixed_offset(a.zone()) - fixed_offset(b.zone())) * nanos_a_second;
    }
    const int64_t seconds = floor_div(nanos, nanos_a_second);
    return Value::days_duration(seconds, static_cast<uint32_t>(nanos - seconds * nanos_a_second));
  }
  return Value();
}

Value negate_duration(const Value& duration) {
  if (duration.kind() == Kind::months_duration) return Value::months_duration(-duration.whole());
  const auto minus = negated({duration.whole(), duration.nanos()});
  return minus ? Value::days_duration(minus->seconds, minus->nanos) : Value();
}

namespace {
// A duration as an exact number of seconds, and back.
Value seconds_number(const Value& duration) {
  const Value seconds = Value::integer(duration.whole());
  if (duration.nanos() == 0) return seconds;
  return add_numbers(seconds, Value::number(duration.nanos(), 9));
}
Value duration_of_seconds(const Value& number) {
  if (number.is_null()) return Value();
  const Value nanos = round_number(number, 9, Rounding::half_even);
  const Value floor = round_number(nanos, 0, Rounding::floor);
  const auto seconds = floor.is_null() ? std::nullopt : floor.integer();
  if (!seconds) return Value();
  const auto rest =
      multiply_numbers(subtract_numbers(nanos, floor), Value::integer(nanos_a_second)).integer();
  return Value::days_duration(*seconds, static_cast<uint32_t>(rest.value_or(0)));
}
Value months_of_number(const Value& number) {
  if (number.is_null()) return Value();
  const auto months = truncated(number);
  return months ? Value::months_duration(*months) : Value();
}
}  // namespace

Value multiply_duration(const Value& duration, const Value& number) {
  if (duration.kind() == Kind::months_duration) {
    return months_of_number(multiply_numbers(Value::integer(duration.whole()), number));
  }
  return duration_of_seconds(multiply_numbers(seconds_number(duration), number));
}

Value divide_duration(const Value& duration, const Value& divisor) {
  const bool months = duration.kind() == Kind::months_duration;
  const Value left = months ? Value::integer(duration.whole()) : seconds_number(duration);
  if (divisor.kind() == duration.kind()) {
    return divide_numbers(left, months ? Value::integer(divisor.whole()) : seconds_number(divisor));
  }
  if (!divisor.is_number()) return Value();
  const Value quotient = divide_numbers(left, divisor);
  return months ? months_of_number(quotient) : duration_of_seconds(quotient);
}

Value months_between(const Value& from, const Value& to) {
  const Civil a = civil_of(from), b = civil_of(to);
  int64_t months = (b.year - a.year) * 12 + b.month - a.month;
  const auto rest = [](const Civil& c) {
    return ((((static_cast<int64_t>(c.day) * 24 + c.hour) * 60 + c.minute) * 60) + c.second);
  };
  if (months > 0 && rest(b) < rest(a)) --months;
  if (months < 0 && rest(b) > rest(a)) ++months;
  return Value::months_duration(months);
}

Value make_time(int64_t hour, int64_t minute, const Value& second, ZoneId zone) {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || is_negative(second)) return Value();
  const Value nanos =
      round_number(multiply_numbers(second, Value::integer(nanos_a_second)), 0, Rounding::down);
  const auto whole = nanos.is_null() ? std::nullopt : nanos.integer();
  if (!whole || *whole >= 60 * nanos_a_second) return Value();
  return Value::time((hour * 3600 + minute * 60) * nanos_a_second + *whole, zone);
}

Value date_time_from(const Value& date, const Value& time) {
  return Value::date_time(days_of(date) * seconds_a_day + time.whole() / nanos_a_second,
                          static_cast<uint32_t>(time.whole() % nanos_a_second), time.zone());
}

// ---- properties (table 60 and following) ----

int64_t hour_of(const Value& date_time) {
  const int64_t of_day = date_time.whole() % seconds_a_day;
  return (of_day < 0 ? of_day + seconds_a_day : of_day) / 3600;
}

TemporalProperty property_of(std::string_view name) {
  static constexpr std::pair<std::string_view, TemporalProperty> names[] = {
      {"year", TemporalProperty::year},        {"month", TemporalProperty::month},
      {"day", TemporalProperty::day},          {"weekday", TemporalProperty::weekday},
      {"hour", TemporalProperty::hour},        {"minute", TemporalProperty::minute},
      {"second", TemporalProperty::second},    {"time offset", TemporalProperty::time_offset},
      {"years", TemporalProperty::years},      {"months", TemporalProperty::months},
      {"days", TemporalProperty::days},        {"hours", TemporalProperty::hours},
      {"minutes", TemporalProperty::minutes},  {"seconds", TemporalProperty::seconds},
      {"timezone", TemporalProperty::timezone}};
  for (const auto& [text, property] : names)
    if (text == name) return property;
  return TemporalProperty::none;
}

namespace {

std::optional<Value> duration_property(const Value& value, TemporalProperty property) {
  const bool minus = value.whole() < 0;
  const Span span = minus ? negated({value.whole(), value.nanos()}).value_or(Span{})
                          : Span{value.whole(), value.nanos()};
  const auto signed_number = [minus](int64_t n) { return Value::integer(minus ? -n : n); };
  switch (property) {
    case TemporalProperty::days:
      return signed_number(span.seconds / seconds_a_day);
    case TemporalProperty::hours:
      return signed_number(span.seconds / 3600 % 24);
    case TemporalProperty::minutes:
      return signed_number(span.seconds / 60 % 60);
    case TemporalProperty::seconds: {
      const Value whole = signed_number(span.seconds % 60);
      if (span.nanos == 0) return whole;
      const Value part = Value::number(minus ? -int64_t{span.nanos} : int64_t{span.nanos}, 9);
      return add_numbers(whole, part);
    }
    default:
      return std::nullopt;
  }
}

std::optional<Value> date_property(const Value& value, TemporalProperty property) {
  switch (property) {
    case TemporalProperty::year:
      return Value::integer(civil_of(value).year);
    case TemporalProperty::month:
      return Value::integer(civil_of(value).month);
    case TemporalProperty::day:
      return Value::integer(civil_of(value).day);
    case TemporalProperty::weekday:
      return Value::integer(weekday(days_of(value)));
    default:
      return std::nullopt;
  }
}

std::optional<Value> time_property(const Value& value, TemporalProperty property) {
  switch (property) {
    case TemporalProperty::hour:
      return Value::integer(time_of(value).hour);
    case TemporalProperty::minute:
      return Value::integer(time_of(value).minute);
    case TemporalProperty::second: {
      const Civil civil = time_of(value);
      const Value whole = Value::integer(civil.second);
      unsigned scale = 9;
      uint32_t fraction = civil.nanos;
      for (; fraction != 0 && fraction % 10 == 0; --scale) fraction /= 10;
      return fraction == 0 ? whole : add_numbers(whole, Value::number(fraction, scale));
    }
    case TemporalProperty::time_offset: {
      const auto offset = offset_of(value);
      return offset ? Value::days_duration(*offset) : Value();
    }
    case TemporalProperty::timezone:
      return is_named(value.zone()) ? Value::string(zone_name(value.zone())) : Value();
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Value> temporal_property(const Value& value, TemporalProperty property) {
  const Kind kind = value.kind();
  if (kind == Kind::months_duration) {
    if (property == TemporalProperty::years) return Value::integer(value.whole() / 12);
    if (property == TemporalProperty::months) return Value::integer(value.whole() % 12);
    return std::nullopt;
  }
  if (kind == Kind::days_duration) return duration_property(value, property);
  std::optional<Value> found;
  if (kind != Kind::date) found = time_property(value, property);
  if (!found && is_moment(kind)) found = date_property(value, property);
  return found;
}

}  // namespace passerelle::feel
