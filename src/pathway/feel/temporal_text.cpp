// The written forms of dates, times and durations (XML Schema 1.1 with FEEL's "@zone").
#include <array>
#include <cstdlib>
#include <limits>

#include "pathway/feel/temporal.h"

namespace passerelle::feel {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return at_ == text_.size(); }
  bool take(char c) {
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  bool digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::string_view rest() const { return text_.substr(at_); }
  void skip(size_t n) { at_ += n; }
  // Exactly `count` digits, or -1.
  int fixed(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (!digit()) return -1;
      value = value * 10 + (text_[at_++] - '0');
    }
    return value;
  }
  // One or more digits that fit; nothing otherwise.
  std::optional<int64_t> number(size_t* count = nullptr) {
    if (!digit()) return std::nullopt;
    int64_t value = 0;
    const size_t first = at_;
    while (digit()) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        return std::nullopt;
      }
      ++at_;
    }
    if (count != nullptr) *count = at_ - first;
    return value;
  }
  // The digits behind a decimal point as nanoseconds; nothing when there are none.
  std::optional<uint32_t> fraction() {
    if (!digit()) return std::nullopt;
    uint32_t nanos = 0;
    int digits = 0;
    while (digit()) {
      if (digits < 9) {
        nanos = nanos * 10 + static_cast<uint32_t>(text_[at_] - '0');
        ++digits;
      }
      ++at_;
    }
    for (; digits < 9; ++digits) nanos *= 10;
    return nanos;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::optional<int64_t> read_date(Reader& in) {
  const bool negative = in.take('-');
  const bool zero = in.peek() == '0';
  size_t digits = 0;
  const auto year = in.number(&digits);
  if (!year || digits < 4 || digits > 9 || (digits > 4 && zero) || !in.take('-')) {
    return std::nullopt;
  }
  const int month = in.fixed(2);
  if (month < 0 || !in.take('-')) return std::nullopt;
  const int day = in.fixed(2);
  if (day < 0) return std::nullopt;
  const auto date = Value::date(negative ? -*year : *year, static_cast<unsigned>(month),
                                static_cast<unsigned>(day));
  return date ? std::optional<int64_t>(date->whole()) : std::nullopt;
}

// The zone behind a time: nothing is wrong = 0.
std::optional<ZoneId> read_zone(Reader& in) {
  if (in.done()) return ZoneId{0};
  if (in.take('Z')) return in.done() ? std::optional<ZoneId>(offset_zone(0)) : std::nullopt;
  if (in.take('@')) return named_zone(in.rest());
  const bool minus = in.take('-');
  if (!minus && !in.take('+')) return std::nullopt;
  const int hours = in.fixed(2);
  if (hours < 0 || hours > 18 || !in.take(':')) return std::nullopt;
  const int minutes = in.fixed(2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  int seconds = 0;
  if (in.take(':')) seconds = in.fixed(2);
  if (seconds < 0 || seconds > 59 || !in.done()) return std::nullopt;
  const int64_t offset = hours * 3600 + minutes * 60 + seconds;
  const ZoneId zone = offset_zone(minus ? -offset : offset);
  return zone == 0 ? std::nullopt : std::optional<ZoneId>(zone);
}

struct TimeOfDay {
  int64_t seconds = 0;
  uint32_t nanos = 0;
  ZoneId zone = 0;
};
std::optional<TimeOfDay> read_time(Reader& in) {
  TimeOfDay time;
  const int hour = in.fixed(2);
  if (hour < 0 || hour > 24 || !in.take(':')) return std::nullopt;
  const int minute = in.fixed(2);
  if (minute < 0 || minute > 59 || !in.take(':')) return std::nullopt;
  const int second = in.fixed(2);
  if (second < 0 || second > 59) return std::nullopt;
  if (in.take('.')) {
    const auto nanos = in.fraction();
    if (!nanos) return std::nullopt;
    time.nanos = *nanos;
  }
  time.seconds = hour * 3600 + minute * 60 + second;
  // 24:00:00 is the end of the day, nothing is behind it.
  if (hour == 24 && (time.seconds > seconds_a_day || time.nanos != 0)) return std::nullopt;
  const auto zone = read_zone(in);
  if (!zone) return std::nullopt;
  time.zone = *zone;
  return time;
}

void append_padded(std::string& out, uint64_t value, size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_date(std::string& out, const CivilDate& date) {
  if (date.year < 0) out.push_back('-');
  append_padded(out, static_cast<uint64_t>(std::llabs(date.year)), 4);
  out.push_back('-');
  append_padded(out, date.month, 2);
  out.push_back('-');
  append_padded(out, date.day, 2);
}

void append_fraction(std::string& out, uint32_t nanos) {
  if (nanos == 0) return;
  out.push_back('.');
  std::string digits;
  append_padded(digits, nanos, 9);
  while (digits.back() == '0') digits.pop_back();
  out += digits;
}

void append_zone(std::string& out, const Value& value) {
  if (value.zone() == 0) return;
  if (is_named(value.zone())) {
    out.push_back('@');
    out += zone_name(value.zone());
    return;
  }
  const int64_t offset = *offset_of(value);
  if (offset == 0) {
    out.push_back('Z');
    return;
  }
  out.push_back(offset < 0 ? '-' : '+');
  const auto seconds = static_cast<uint64_t>(std::llabs(offset));
  append_padded(out, seconds / 3600, 2);
  out.push_back(':');
  append_padded(out, seconds / 60 % 60, 2);
  if (seconds % 60 != 0) {
    out.push_back(':');
    append_padded(out, seconds % 60, 2);
  }
}

void append_months(std::string& out, int64_t months) {
  if (months < 0) out.push_back('-');
  const auto total =
      months < 0 ? uint64_t{0} - static_cast<uint64_t>(months) : static_cast<uint64_t>(months);
  out.push_back('P');
  if (total >= 12) out += std::to_string(total / 12) + "Y";
  if (total % 12 != 0 || total == 0) out += std::to_string(total % 12) + "M";
}

void append_days(std::string& out, const Value& value) {
  uint64_t seconds = static_cast<uint64_t>(value.whole());
  uint32_t nanos = value.nanos();
  if (value.whole() < 0) {
    out.push_back('-');
    seconds = uint64_t{0} - seconds;
    if (nanos != 0) {
      --seconds;
      nanos = static_cast<uint32_t>(nanos_a_second) - nanos;
    }
  }
  out.push_back('P');
  const uint64_t days = seconds / seconds_a_day, rest = seconds % seconds_a_day;
  if (days != 0) out += std::to_string(days) + "D";
  if (rest == 0 && nanos == 0) {
    if (days == 0) out += "T0S";
    return;
  }
  out.push_back('T');
  if (rest / 3600 != 0) out += std::to_string(rest / 3600) + "H";
  if (rest / 60 % 60 != 0) out += std::to_string(rest / 60 % 60) + "M";
  if (rest % 60 != 0 || nanos != 0) {
    out += std::to_string(rest % 60);
    append_fraction(out, nanos);
    out.push_back('S');
  }
}

struct DurationParts {
  int64_t months = 0, seconds = 0;
  uint32_t nanos = 0;
  bool any_months = false, any_days = false;
};

bool add_part(int64_t& sum, int64_t count, int64_t unit) {
  int64_t product = 0;
  return !__builtin_mul_overflow(count, unit, &product) &&
         !__builtin_add_overflow(sum, product, &sum);
}

// One "12H" part; false when it does not belong here. Units come in their order.
bool read_part(Reader& in, bool time, int& last, DurationParts& parts) {
  struct Unit {
    char letter;
    bool time;
    bool months;
    int64_t size;
  };
  static constexpr std::array<Unit, 6> units = {{{'Y', false, true, 12},
                                                 {'M', false, true, 1},
                                                 {'D', false, false, seconds_a_day},
                                                 {'H', true, false, 3600},
                                                 {'M', true, false, 60},
                                                 {'S', true, false, 1}}};
  const auto count = in.number();
  if (!count) return false;
  bool point = false;
  if (in.take('.')) {
    const auto nanos = in.fraction();
    if (!nanos) return false;
    parts.nanos = *nanos;
    point = true;
  }
  for (int i = 0; i < static_cast<int>(units.size()); ++i) {
    const Unit& unit = units[static_cast<size_t>(i)];
    if (unit.letter != in.peek() || unit.time != time) continue;
    if (i <= last || (point && unit.letter != 'S')) return false;
    in.take(unit.letter);
    last = i;
    (unit.months ? parts.any_months : parts.any_days) = true;
    return add_part(unit.months ? parts.months : parts.seconds, *count, unit.size);
  }
  return false;
}

}  // namespace

std::optional<Value> parse_date(std::string_view text) {
  Reader in(text);
  const auto days = read_date(in);
  if (!days || !in.done()) return std::nullopt;
  return Value::date(*days);
}

std::optional<Value> parse_time(std::string_view text) {
  Reader in(text);
  in.take('T');
  const auto time = read_time(in);
  if (!time) return std::nullopt;
  return Value::time(time->seconds % seconds_a_day * nanos_a_second + time->nanos, time->zone);
}

std::optional<Value> parse_date_time(std::string_view text) {
  Reader in(text);
  const auto days = read_date(in);
  if (!days) return std::nullopt;
  if (in.done()) return Value::date_time(*days * seconds_a_day, 0, 0);
  if (!in.take('T')) return std::nullopt;
  const auto time = read_time(in);
  if (!time) return std::nullopt;
  return Value::date_time(*days * seconds_a_day + time->seconds, time->nanos, time->zone);
}

std::optional<Value> parse_duration_value(std::string_view text) {
  Reader in(text);
  const bool minus = in.take('-');
  if (!in.take('P') || in.done()) return std::nullopt;
  DurationParts parts;
  int last = -1;
  while (in.digit()) {
    if (!read_part(in, false, last, parts)) return std::nullopt;
  }
  if (in.take('T')) {
    if (!in.digit()) return std::nullopt;
    while (in.digit()) {
      if (!read_part(in, true, last, parts)) return std::nullopt;
    }
  }
  if (!in.done() || parts.any_months == parts.any_days) return std::nullopt;
  if (parts.any_months) return Value::months_duration(minus ? -parts.months : parts.months);
  const Value duration = Value::days_duration(parts.seconds, parts.nanos);
  return minus ? negate_duration(duration) : duration;
}

std::optional<Value> parse_at_literal(std::string_view text) {
  if (auto value = parse_date(text)) return value;
  if (auto value = parse_time(text)) return value;
  if (text.find('T') != std::string_view::npos && text.find('P') != 0) {
    if (auto value = parse_date_time(text)) return value;
  }
  return parse_duration_value(text);
}

void append_temporal(std::string& out, const Value& value) {
  if (value.kind() == Kind::months_duration) return append_months(out, value.whole());
  if (value.kind() == Kind::days_duration) return append_days(out, value);
  const Civil civil = civil_of(value);
  if (value.kind() != Kind::time) append_date(out, civil);
  if (value.kind() == Kind::date) return;
  if (value.kind() == Kind::date_time) out.push_back('T');
  append_padded(out, civil.hour, 2);
  out.push_back(':');
  append_padded(out, civil.minute, 2);
  out.push_back(':');
  append_padded(out, civil.second, 2);
  append_fraction(out, civil.nanos);
  append_zone(out, value);
}

}  // namespace passerelle::feel
