// Instants, civil time and zones. An Instant is UTC to the millisecond; what a person reads or a
// rule says ("every day at 9:00") is local time in a named IANA zone. No code below cli/ and
// server/ asks the wall clock: a Clock is always a parameter.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace passerelle {

using Millis = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Millis>;
using LocalTime = std::chrono::local_time<Millis>;

// "2020-03-26T08:45:00.000Z": always UTC, always milliseconds, so that text order is time order.
std::string format_instant(Instant instant);

// RFC 3339 with an offset or Z; seconds and fractions may be missing; anything else is an error.
Result<Instant> parse_instant(std::string_view text);

// ISO 8601 "PT4H", "P1DT30M", "PT0.5S"; days are 24 h; years and months are refused, since their
// length depends on the date.
Result<Millis> parse_duration(std::string_view text);
std::string format_duration(Millis duration);  // "PT4H30M"

// A time zone by its IANA name; cheap to copy, immutable, shared by threads.
class Zone {
 public:
  static Result<Zone> find(std::string_view iana_name);
  static Zone utc();

  std::string_view name() const;
  LocalTime to_local(Instant instant) const;
  // In the hour that is skipped in spring: the instant of the change. In the hour that comes twice
  // in autumn: the first one.
  Instant to_instant(LocalTime local) const;
  std::chrono::seconds offset_at(Instant instant) const;

 private:
  explicit Zone(const void* zone) : zone_(zone) {}
  const void* zone_;  // date::time_zone, owned by the zone database for the program's life
};

// Where "now" comes from. Implementations: the system's clock (server/, cli/), a test clock that is
// moved by hand, the simulator's virtual time.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

}  // namespace passerelle
