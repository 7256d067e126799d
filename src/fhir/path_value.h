// Values of FHIRPath's System types. Inside fhir/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "fhir/decimal.h"
#include "fhir/fhirpath.h"

namespace passerelle::fhir::path {

// A date, a time or both, as precise as it is written.
struct Moment {
  enum Precision : uint8_t { nothing, year, month, day, hour, minute, second, millisecond };
  int16_t years = 1;
  int16_t months = 1, days = 1, hours = 0, minutes = 0, seconds = 0, milliseconds = 0;
  Precision precision = nothing;
  bool zoned = false;
  int16_t offset = 0;  // minutes east of UTC
};

struct Box {
  std::string text;       // of a string; of a quantity: its unit, without quotes
  Decimal decimal;        // of a decimal and a quantity
  bool calendar = false;  // the unit of a quantity is a calendar word ("days"), not UCUM's
  Moment moment;          // of a date, dateTime and time
};

Item make_boolean(bool value);
Item make_integer(int64_t value);
Item make_decimal(const Decimal& value);
Item make_string(std::string text);
Item make_moment(Kind kind, const Moment& moment);
Item make_quantity(const Decimal& value, std::string unit, bool calendar);
Collection one(Item item);

// A date, a dateTime or a time.
bool is_moment(Kind kind);
// "2020", "2020-03-26", "2020-03-26T08:45:10.5+01:00"; "2020T" and "2020-03-26T" are dateTimes.
std::optional<Moment> parse_date(std::string_view text);
std::optional<Moment> parse_date_time(std::string_view text);
std::optional<Moment> parse_time(std::string_view text);  // "08:45"
std::string write_moment(Kind kind, const Moment& moment);
Moment moment_at(Instant instant, const Zone& zone);

// -1, 0, 1; none when the precisions leave it open (FHIRPath, "Comparison"). Seconds and
// milliseconds count as one precision. A dateTime with a zone and one without cannot be compared.
std::optional<int> compare_moments(Kind kind, const Moment& a, const Moment& b);
bool equivalent_moments(Kind kind, const Moment& a, const Moment& b);

// "day", "days", "'d'": the calendar unit as Moment::Precision, and how many of it (a week is 7
// days); none when it is no duration that may be added to a date.
struct CalendarUnit {
  Moment::Precision precision = Moment::nothing;
  int count = 1;
};
std::optional<CalendarUnit> calendar_unit(std::string_view unit);
// None when the result has no four-digit year.
std::optional<Moment> add_to_moment(Kind kind, const Moment& moment, const CalendarUnit& unit,
                                    int64_t amount);

// The primitive value of a node, or the quantity of a Quantity, as a System value; a node that has
// neither stays what it is.
Item to_system(const Item& item);

}  // namespace passerelle::fhir::path
