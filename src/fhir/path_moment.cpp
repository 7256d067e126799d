// Dates and times of FHIRPath: parsing, writing, comparing, adding.
#include <array>
#include <chrono>
#include <cstdio>

#include "fhir/path_value.h"
#include "fhir/primitive.h"

namespace passerelle::fhir::path {
namespace {

struct Reader {
  std::string_view text;
  size_t at = 0;

  bool done() const { return at >= text.size(); }
  bool skip(char c) {
    if (done() || text[at] != c) return false;
    ++at;
    return true;
  }
  bool number(size_t digits, int low, int high, int16_t& out) {
    if (text.size() - at < digits) return false;
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      const char c = text[at + i];
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    if (value < low || value > high) return false;
    at += digits;
    out = static_cast<int16_t>(value);
    return true;
  }
};

bool read_date(Reader& in, Moment& out) {
  if (!in.number(4, 1, 9999, out.years)) return false;
  out.precision = Moment::year;
  if (!in.skip('-')) return true;
  if (!in.number(2, 1, 12, out.months)) return false;
  out.precision = Moment::month;
  if (!in.skip('-')) return true;
  if (!in.number(2, 1, 31, out.days)) return false;
  out.precision = Moment::day;
  return is_day(out.years, out.months, out.days);
}

bool read_time(Reader& in, Moment& out) {
  if (!in.number(2, 0, 23, out.hours)) return false;
  out.precision = Moment::hour;
  if (!in.skip(':')) return true;
  if (!in.number(2, 0, 59, out.minutes)) return false;
  out.precision = Moment::minute;
  if (!in.skip(':')) return true;
  if (!in.number(2, 0, 59, out.seconds)) return false;
  out.precision = Moment::second;
  if (!in.skip('.')) return true;
  int value = 0;
  size_t digits = 0;
  for (; !in.done() && in.text[in.at] >= '0' && in.text[in.at] <= '9'; ++in.at, ++digits) {
    if (digits < 3) value = value * 10 + (in.text[in.at] - '0');
  }
  if (digits == 0) return false;
  for (size_t i = digits; i < 3; ++i) value *= 10;
  out.milliseconds = static_cast<int16_t>(value);
  out.precision = Moment::millisecond;
  return true;
}

bool read_zone(Reader& in, Moment& out) {
  if (in.done()) return true;
  out.zoned = true;
  if (in.skip('Z')) return true;
  const bool west = in.skip('-');
  if (!west && !in.skip('+')) return false;
  int16_t hours = 0;
  int16_t minutes = 0;
  if (!in.number(2, 0, 14, hours) || !in.skip(':') || !in.number(2, 0, 59, minutes)) return false;
  out.offset = static_cast<int16_t>((west ? -1 : 1) * (hours * 60 + minutes));
  return true;
}

int64_t days_of(const Moment& m) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(m.years) / m.months / m.days).time_since_epoch().count();
}

void set_days(Moment& m, int64_t count) {
  using namespace std::chrono;
  const year_month_day date{sys_days{days{count}}};
  m.years = static_cast<int16_t>(static_cast<int>(date.year()));
  m.months = static_cast<int16_t>(static_cast<unsigned>(date.month()));
  m.days = static_cast<int16_t>(static_cast<unsigned>(date.day()));
}

int64_t milliseconds_of_day(const Moment& m) {
  return ((m.hours * 60LL + m.minutes) * 60 + m.seconds) * 1000 + m.milliseconds;
}

void set_milliseconds_of_day(Moment& m, int64_t value) {
  m.milliseconds = static_cast<int16_t>(value % 1000);
  m.seconds = static_cast<int16_t>(value / 1000 % 60);
  m.minutes = static_cast<int16_t>(value / 60'000 % 60);
  m.hours = static_cast<int16_t>(value / 3'600'000);
}

// Moves by milliseconds over the ends of days. False when the year leaves four digits.
bool move(Moment& m, int64_t milliseconds, bool has_date) {
  constexpr int64_t day_length = 86'400'000;
  int64_t total = milliseconds_of_day(m) + milliseconds;
  int64_t days = total / day_length;
  total %= day_length;
  if (total < 0) {
    total += day_length;
    --days;
  }
  set_milliseconds_of_day(m, total);
  if (has_date && days != 0) {
    const int64_t day = days_of(m) + days;
    if (day < -719162 || day > 2932896) return false;
    set_days(m, day);
  }
  return true;
}

Moment in_utc(Moment m) {
  if (!m.zoned || m.offset == 0 || m.precision < Moment::hour) return m;
  move(m, -60'000LL * m.offset, true);
  m.offset = 0;
  return m;
}

int part(const Moment& m, int precision) {
  switch (precision) {
    case Moment::year:
      return m.years;
    case Moment::month:
      return m.months;
    case Moment::day:
      return m.days;
    case Moment::hour:
      return m.hours;
    case Moment::minute:
      return m.minutes;
    default:
      return m.seconds * 1000 + m.milliseconds;
  }
}

}  // namespace

std::optional<Moment> parse_date(std::string_view text) {
  Reader in{text};
  Moment out;
  if (!read_date(in, out) || !in.done()) return std::nullopt;
  return out;
}

std::optional<Moment> parse_date_time(std::string_view text) {
  Reader in{text};
  Moment out;
  if (!read_date(in, out)) return std::nullopt;
  if (in.skip('T') && !in.done()) {
    if (out.precision != Moment::day || !read_time(in, out) || !read_zone(in, out)) {
      return std::nullopt;
    }
  }
  if (!in.done()) return std::nullopt;
  return out;
}

std::optional<Moment> parse_time(std::string_view text) {
  Reader in{text};
  Moment out;
  if (!read_time(in, out) || !in.done()) return std::nullopt;
  return out;
}

std::string write_moment(Kind kind, const Moment& m) {
  std::array<char, 48> buffer{};
  std::string out;
  const auto append = [&](const char* format, int value) {
    const int length = std::snprintf(buffer.data(), buffer.size(), format, value);
    out.append(buffer.data(), static_cast<size_t>(length));
  };
  if (kind != Kind::time) {
    append("%04d", m.years);
    if (m.precision >= Moment::month) append("-%02d", m.months);
    if (m.precision >= Moment::day) append("-%02d", m.days);
    if (m.precision >= Moment::hour) out += 'T';
  }
  if (m.precision >= Moment::hour) append("%02d", m.hours);
  if (m.precision >= Moment::minute) append(":%02d", m.minutes);
  if (m.precision >= Moment::second) append(":%02d", m.seconds);
  if (m.precision >= Moment::millisecond) append(".%03d", m.milliseconds);
  if (m.zoned && m.precision >= Moment::hour) {
    if (m.offset == 0) {
      out += 'Z';
    } else {
      const int size = m.offset < 0 ? -m.offset : m.offset;
      out += m.offset < 0 ? '-' : '+';
      append("%02d", size / 60);
      append(":%02d", size % 60);
    }
  }
  return out;
}

Moment moment_at(Instant instant, const Zone& zone) {
  using namespace std::chrono;
  const LocalTime local = zone.to_local(instant);
  const auto day = floor<days>(local);
  Moment m;
  set_days(m, day.time_since_epoch().count());
  set_milliseconds_of_day(m, (local - day).count());
  m.precision = Moment::millisecond;
  m.zoned = true;
  m.offset = static_cast<int16_t>(zone.offset_at(instant).count() / 60);
  return m;
}

std::optional<int> compare_moments(Kind kind, const Moment& left, const Moment& right) {
  const bool timed = left.precision >= Moment::hour && right.precision >= Moment::hour;
  if (kind != Kind::time && timed && left.zoned != right.zoned) return std::nullopt;
  const Moment a = timed ? in_utc(left) : left;
  const Moment b = timed ? in_utc(right) : right;
  const int first = kind == Kind::time ? Moment::hour : Moment::year;
  for (int p = first; p <= Moment::second; ++p) {
    const bool a_has = a.precision >= p;
    const bool b_has = b.precision >= p;
    if (!a_has && !b_has) return 0;
    if (!a_has || !b_has) return std::nullopt;
    const int x = part(a, p);
    const int y = part(b, p);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

bool equivalent_moments(Kind kind, const Moment& a, const Moment& b) {
  return compare_moments(kind, a, b) == 0;
}

std::optional<CalendarUnit> calendar_unit(std::string_view unit) {
  struct Entry {
    std::string_view name;
    CalendarUnit unit;
  };
  constexpr std::array entries = {
      Entry{"year", {Moment::year, 1}},
      Entry{"month", {Moment::month, 1}},
      Entry{"week", {Moment::day, 7}},
      Entry{"wk", {Moment::day, 7}},
      Entry{"day", {Moment::day, 1}},
      Entry{"d", {Moment::day, 1}},
      Entry{"hour", {Moment::hour, 1}},
      Entry{"h", {Moment::hour, 1}},
      Entry{"minute", {Moment::minute, 1}},
      Entry{"min", {Moment::minute, 1}},
      Entry{"second", {Moment::second, 1}},
      Entry{"s", {Moment::second, 1}},
      Entry{"millisecond", {Moment::millisecond, 1}},
      Entry{"ms", {Moment::millisecond, 1}},
  };
  for (const Entry& entry : entries) {
    const bool is_word = entry.name.size() > 2 && entry.name != "min";  // else a unit of UCUM
    const bool plural = is_word && unit.size() == entry.name.size() + 1 && unit.back() == 's' &&
                        unit.starts_with(entry.name);
    if (unit == entry.name || plural) return entry.unit;
  }
  return std::nullopt;
}

std::optional<Moment> add_to_moment(Kind kind, const Moment& moment, const CalendarUnit& unit,
                                    int64_t amount) {
  constexpr int64_t limit = 1'000'000'000'000;
  if (amount > limit || amount < -limit) return std::nullopt;
  amount *= unit.count;
  Moment m = moment;
  // Less precise than the unit: the amount in the units there are (FHIRPath, "Date arithmetic").
  constexpr std::array<int64_t, 8> length = {0,         31'536'000'000, 2'592'000'000, 86'400'000,
                                             3'600'000, 60'000,         1000,          1};
  int precision = unit.precision;
  if (kind == Kind::time && precision < Moment::hour) return std::nullopt;
  if (precision > m.precision && m.precision < Moment::second) {
    if (m.precision == Moment::year && unit.precision == Moment::month) {
      amount /= 12;
    } else {
      amount = amount * length[static_cast<size_t>(precision)] /
               length[static_cast<size_t>(m.precision)];
    }
    precision = m.precision;
  }
  if (precision <= Moment::month) {
    int64_t months =
        m.years * 12LL + (m.months - 1) + amount * (precision == Moment::year ? 12 : 1);
    if (months < 12 || months >= 120'000) return std::nullopt;
    m.years = static_cast<int16_t>(months / 12);
    m.months = static_cast<int16_t>(months % 12 + 1);
    while (!is_day(m.years, m.months, m.days)) --m.days;
    return m;
  }
  const int64_t by = amount * length[static_cast<size_t>(precision)];
  if (!move(m, by, kind != Kind::time)) return std::nullopt;
  if (unit.precision == Moment::millisecond && m.precision == Moment::second) {
    m.precision = Moment::millisecond;
  }
  return m;
}

}  // namespace passerelle::fhir::path
