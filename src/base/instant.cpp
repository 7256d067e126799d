#include "base/instant.h"

#include <date/tz.h>

#include <cstdio>

namespace passerelle {
namespace {

constexpr int64_t day_millis = 86'400'000;

// H. Hinnant, "chrono-compatible low-level date algorithms": days from and to the civil calendar.
int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto yoe = static_cast<unsigned>(year - era * 400);
  const unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

void civil_from_days(int64_t days, int64_t& year, unsigned& month, unsigned& day) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto doe = static_cast<unsigned>(days - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  day = doy - (153 * mp + 2) / 5 + 1;
  month = mp < 10 ? mp + 3 : mp - 9;
  year = static_cast<int64_t>(yoe) + era * 400 + (month <= 2);
}

unsigned days_in_month(int64_t year, unsigned month) {
  constexpr unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

// A cursor over fixed-width digits.
struct Reader {
  std::string_view text;
  size_t at = 0;
  bool ok = true;

  int64_t digits(size_t count) {
    int64_t value = 0;
    for (size_t i = 0; i < count; ++i, ++at) {
      if (at >= text.size() || text[at] < '0' || text[at] > '9') {
        ok = false;
        return 0;
      }
      value = value * 10 + (text[at] - '0');
    }
    return value;
  }
  bool take(char c) {
    if (at < text.size() && text[at] == c) {
      ++at;
      return true;
    }
    return false;
  }
  void need(char c) { ok = take(c) && ok; }
};

Error not_an_instant(std::string_view text) {
  return {ErrorCode::invalid, "'" + std::string(text) + "' is not an instant", "",
          "write e.g. 2020-03-26T08:45:00Z or 2020-03-26T09:45:00+01:00"};
}

int64_t read_offset(Reader& in) {
  if (in.take('Z')) return 0;
  const bool west = in.at < in.text.size() && in.text[in.at] == '-';
  if (!west) in.need('+');
  if (west) ++in.at;
  const int64_t hours = in.digits(2);
  in.need(':');
  const int64_t minutes = in.digits(2);
  if (hours > 14 || minutes > 59) in.ok = false;
  return (west ? -1 : 1) * (hours * 60 + minutes) * 60'000;
}

int64_t read_seconds(Reader& in) {
  if (!in.take(':')) return 0;
  int64_t millis = in.digits(2) * 1000;
  if (millis > 59'000) in.ok = millis == 60'000;  // a leap second counts as the second after
  if (!in.take('.')) return millis;
  int64_t unit = 100;
  size_t count = 0;
  while (in.at < in.text.size() && in.text[in.at] >= '0' && in.text[in.at] <= '9') {
    millis += (in.text[in.at++] - '0') * unit;
    unit /= 10;
    ++count;
  }
  if (count == 0) in.ok = false;
  return millis;
}

const date::time_zone* zone_of(const void* zone) {
  return static_cast<const date::time_zone*>(zone);
}

using SysSeconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

// The offset at an instant, with the interval in which it holds. The zone database is asked once a
// change of offset and thread: a simulation converts millions of times, on both sides of a change.
struct CachedOffset {
  const void* zone = nullptr;
  int64_t begin = 0, end = 0;  // seconds since 1970
  int64_t offset = 0;          // seconds
};

int64_t cached_offset(const void* zone, int64_t seconds) {
  constexpr unsigned some_weeks = 22;  // seconds, as a power of two
  thread_local CachedOffset cache[8];
  const auto slot = ((reinterpret_cast<uintptr_t>(zone) >> 4) ^
                     (static_cast<uint64_t>(seconds) >> some_weeks)) &
                    7;
  CachedOffset& entry = cache[slot];
  if (entry.zone != zone || seconds < entry.begin || seconds >= entry.end) {
    const auto info = zone_of(zone)->get_info(date::sys_seconds(std::chrono::seconds(seconds)));
    entry = {zone, info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(),
             info.offset.count()};
  }
  return entry.offset;
}

int64_t floor_seconds(int64_t millis) {
  return millis >= 0 ? millis / 1000 : -((-millis + 999) / 1000);
}

}  // namespace

namespace {

void put_digits(std::string& text, size_t at, size_t count, int64_t value) {
  for (size_t i = at + count; i-- > at; value /= 10) text[i] = static_cast<char>('0' + value % 10);
}

// FHIR knows no such years; messages may.
std::string format_far_instant(int64_t year, unsigned month, unsigned day, int64_t rest) {
  char text[128];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02lld:%02lld:%02lld.%03lldZ",
                static_cast<long long>(year), month, day, static_cast<long long>(rest / 3'600'000),
                static_cast<long long>(rest / 60'000 % 60),
                static_cast<long long>(rest / 1000 % 60), static_cast<long long>(rest % 1000));
  return text;
}

}  // namespace

std::string format_instant(Instant instant) {
  const int64_t millis = instant.time_since_epoch().count();
  const int64_t days =
      millis >= 0 ? millis / day_millis : -((-millis + day_millis - 1) / day_millis);
  const int64_t rest = millis - days * day_millis;
  int64_t year = 0;
  unsigned month = 0, day = 0;
  civil_from_days(days, year, month, day);
  if (year < 0 || year > 9999) return format_far_instant(year, month, day, rest);
  // By hand, since each resource that is read or written has one.
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text, 0, 4, year);
  put_digits(text, 5, 2, month);
  put_digits(text, 8, 2, day);
  put_digits(text, 11, 2, rest / 3'600'000);
  put_digits(text, 14, 2, rest / 60'000 % 60);
  put_digits(text, 17, 2, rest / 1000 % 60);
  put_digits(text, 20, 3, rest % 1000);
  return text;
}

Result<Instant> parse_instant(std::string_view text) {
  Reader in{text};
  const int64_t year = in.digits(4);
  in.need('-');
  const auto month = static_cast<unsigned>(in.digits(2));
  in.need('-');
  const auto day = static_cast<unsigned>(in.digits(2));
  if (!in.take('T')) in.need('t');
  const int64_t hour = in.digits(2);
  in.need(':');
  const int64_t minute = in.digits(2);
  const int64_t seconds = in.ok ? read_seconds(in) : 0;
  const int64_t offset = in.ok ? read_offset(in) : 0;
  if (!in.ok || in.at != text.size() || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month) || hour > 23 || minute > 59)
    return not_an_instant(text);
  const int64_t millis = days_from_civil(year, month, day) * day_millis + hour * 3'600'000 +
                         minute * 60'000 + seconds - offset;
  return Instant(Millis(millis));
}

Result<Millis> parse_duration(std::string_view text) {
  const Error wrong{ErrorCode::invalid, "'" + std::string(text) + "' is not a duration", "",
                    "write e.g. PT30M, PT4H or P2D; years and months have no fixed length"};
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  if (!rest.starts_with('P')) return wrong;
  rest.remove_prefix(1);
  bool time = false, any = false;
  int64_t total = 0;
  std::string_view order = "DHMS";
  while (!rest.empty()) {
    if (rest[0] == 'T' && !time) {
      time = true;
      rest.remove_prefix(1);
      if (rest.empty()) return wrong;
      continue;
    }
    Reader in{rest};
    size_t count = 0;
    while (count < rest.size() && rest[count] >= '0' && rest[count] <= '9') ++count;
    if (count == 0 || count > 12) return wrong;
    int64_t millis = in.digits(count) * 1000;
    if (in.take('.')) {
      int64_t unit = 100;
      while (in.at < rest.size() && rest[in.at] >= '0' && rest[in.at] <= '9') {
        millis += (rest[in.at++] - '0') * unit;
        unit /= 10;
      }
      if (in.at >= rest.size() || rest[in.at] != 'S') return wrong;
    }
    if (in.at >= rest.size()) return wrong;
    const char unit = rest[in.at];
    const size_t place = order.find(unit);
    if (place == std::string_view::npos || (unit == 'D') == time) return wrong;
    order.remove_prefix(place + 1);
    const int64_t factor = unit == 'D' ? 86400 : unit == 'H' ? 3600 : unit == 'M' ? 60 : 1;
    if (millis > (int64_t{1} << 61) / factor) return wrong;
    total += millis * factor;
    rest.remove_prefix(in.at + 1);
    any = true;
  }
  if (!any) return wrong;
  return Millis(negative ? -total : total);
}

std::string format_duration(Millis duration) {
  int64_t rest = duration.count();
  std::string out = rest < 0 ? "-P" : "P";
  if (rest < 0) rest = -rest;
  if (const int64_t days = rest / day_millis) out += std::to_string(days) + "D";
  rest %= day_millis;
  if (rest == 0) return out.back() == 'P' ? out + "T0S" : out;
  out += 'T';
  if (const int64_t hours = rest / 3'600'000) out += std::to_string(hours) + "H";
  if (const int64_t minutes = rest / 60'000 % 60) out += std::to_string(minutes) + "M";
  const int64_t millis = rest % 60'000;
  if (millis != 0) {
    out += std::to_string(millis / 1000);
    if (millis % 1000 != 0) {
      std::string fraction = std::to_string(1000 + millis % 1000).substr(1);
      while (fraction.back() == '0') fraction.pop_back();
      out += "." + fraction;
    }
    out += "S";
  }
  return out;
}

Result<Zone> Zone::find(std::string_view iana_name) {
  try {
    return Zone(date::locate_zone(std::string(iana_name)));
  } catch (const std::exception&) {
    return Error{ErrorCode::invalid, "'" + std::string(iana_name) + "' is not a time zone", "",
                 "use an IANA name such as Europe/Paris; tzdata must be installed"};
  }
}

Zone Zone::utc() {
  static const date::time_zone* const zone = date::locate_zone("Etc/UTC");
  return Zone(zone);
}

std::string_view Zone::name() const { return zone_of(zone_)->name(); }

std::chrono::seconds Zone::offset_at(Instant instant) const {
  return std::chrono::seconds(
      cached_offset(zone_, floor_seconds(instant.time_since_epoch().count())));
}

LocalTime Zone::to_local(Instant instant) const {
  return LocalTime(instant.time_since_epoch() + Millis(offset_at(instant)));
}

Instant Zone::to_instant(LocalTime local) const {
  // Right unless the offset changes within a day around: try the cached offset first.
  const int64_t millis = local.time_since_epoch().count();
  const int64_t seconds = floor_seconds(millis);
  const int64_t before = cached_offset(zone_, seconds - 86400);
  const int64_t after = cached_offset(zone_, seconds + 86400);
  if (before == after && cached_offset(zone_, seconds - before) == before)
    return Instant(Millis(millis - before * 1000));
  const auto info = zone_of(zone_)->get_info(date::local_seconds(std::chrono::seconds(seconds)));
  if (info.result == date::local_info::nonexistent)
    return Instant(Millis(info.first.end.time_since_epoch().count() * 1000));
  return Instant(Millis(millis - info.first.offset.count() * 1000));
}

}  // namespace passerelle
