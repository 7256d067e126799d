// What cases add up to, and what may be said about it: a value with its 95 % interval. For review/
// only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "review/measures/measures.h"

namespace passerelle::review {

// Sums over cases. Counts and milliseconds are integers: their order does not matter.
struct Tally {
  int64_t numerator = 0;
  int64_t denominator = 0;
  uint64_t n = 0;
  uint64_t cases = 0;  // that contributed
  // Between cases, for the interval: squares and products in the measure's units.
  double xx = 0, yy = 0, xy = 0;
  double sum = 0;               // of the samples
  std::vector<double> samples;  // kept for quantiles only

  void add(const Measure& measure, const pathway::Indicator& indicator,
           const Contribution& contribution);
  void merge(const Tally& other);
};

// `tallies` together as one; they are of the same indicator.
Outcome outcome_of(const Measure& measure, const pathway::Indicator& indicator,
                   std::span<const Tally* const> tallies, bool with_interval);

// ---- statistics, tested by themselves ----

inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
struct Interval {
  double low = unknown;
  double high = unknown;
};

// Wilson's score interval (1927) for k of n, 95 %; n may be an effective number.
Interval wilson(double share, double n);
// Student's t at 97.5 % (Cornish-Fisher; within 0.2 % from 5 degrees of freedom).
double student_t(double degrees);
// Quantile by linear interpolation (Hyndman and Fan 1996, type 7); reorders the samples.
double quantile_of(std::vector<double>& samples, double quantile);
// Its distribution-free interval from order statistics; a bound that n does not allow is unknown.
Interval quantile_interval(std::vector<double>& samples, double quantile);
// Difference a - b of independent estimates from their intervals (Zou and Donner 2008, MOVER).
Interval difference(double a, const Interval& of_a, double b, const Interval& of_b);

}  // namespace passerelle::review
