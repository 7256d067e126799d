// What a date or a number in a search means (R4, "Search": date, number, quantity): the range that
// its written precision implies. Dates are ranges on both sides, in what a resource holds and in
// what a request asks; a number in a resource is exactly itself (search_values.h).
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"

namespace passerelle::fhir {

// Milliseconds since 1970 UTC, both ends included; the extremes of int64 = open.
struct DateRange {
  static constexpr int64_t open_first = std::numeric_limits<int64_t>::min();
  static constexpr int64_t open_last = std::numeric_limits<int64_t>::max();
  int64_t first = open_first;
  int64_t last = open_last;
  bool operator==(const DateRange&) const = default;
};
// Both ends included; infinite = open.
struct NumberRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool operator==(const NumberRange&) const = default;
};

// date, dateTime, instant; also minutes without seconds, as searches may write. "2020" is the whole
// year, "2020-03-26" the day, "...T08:45" the minute, in the site's zone when none is written;
// "...T08:45:10.5Z" a tenth of a second.
Result<DateRange> date_range(std::string_view text, const Zone& zone);
// From the beginning of start to the end of end; what is missing is open.
Result<DateRange> period_range(json::Value period, const Zone& zone);

// "100" = [99.5, 100.5], "1.10" = [1.095, 1.105]: half of the last written digit; "1e2" = [95,
// 105], which R4 gives as an example.
Result<NumberRange> number_range(std::string_view written);

}  // namespace passerelle::fhir
