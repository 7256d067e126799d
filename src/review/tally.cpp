#include "review/tally.h"

#include <algorithm>
#include <cmath>

namespace passerelle::review {
namespace {

constexpr double z95 = 1.959963984540054;

// Quantiles are asked for ever higher positions of the same samples: nth_element, not a full sort.
double order_statistic(std::vector<double>& samples, size_t rank) {
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

Tally together(std::span<const Tally* const> tallies) {
  if (tallies.size() == 1) return *tallies.front();
  Tally all;
  for (const Tally* each : tallies) all.merge(*each);
  return all;
}

// Variance of a ratio of sums over cases, linearised (Cochran, Sampling Techniques, 6.3).
double ratio_variance(const Tally& tally, double ratio, double denominator) {
  if (tally.cases < 2 || denominator <= 0) return unknown;
  const auto cases = static_cast<double>(tally.cases);
  const double residuals = tally.xx - 2 * ratio * tally.xy + ratio * ratio * tally.yy;
  return std::max(0.0, residuals) * cases / (cases - 1) / (denominator * denominator);
}

Interval around(double value, double variance, uint64_t cases) {
  if (cases < 5 || std::isnan(variance)) return {};
  const double half = student_t(static_cast<double>(cases - 1)) * std::sqrt(variance);
  return {value - half, value + half};
}

Interval proportion_interval(const Tally& tally, const Outcome& outcome) {
  // Events of one case resemble each other: fewer independent ones than were counted.
  const double variance = ratio_variance(tally, outcome.value, outcome.denominator);
  const double simple = outcome.value * (1 - outcome.value) / outcome.denominator;
  double effect = 1;
  if (!std::isnan(variance) && simple > 0) effect = std::max(1.0, variance / simple);
  return wilson(outcome.value, outcome.denominator / effect);
}

void statistic_outcome(const pathway::Indicator& indicator, Tally& tally, Outcome& out,
                       bool with_interval) {
  const double unit = pathway::millis_of(indicator.unit);
  out.numerator = tally.sum / unit;
  out.denominator = static_cast<double>(tally.n);
  if (tally.n == 0) return;
  Interval interval;
  if (indicator.statistic.mean) {
    out.value = out.numerator / out.denominator;
    const double variance =
        ratio_variance(tally, tally.sum / out.denominator, out.denominator) / (unit * unit);
    if (with_interval) interval = around(out.value, variance, tally.cases);
  } else {
    out.value = quantile_of(tally.samples, indicator.statistic.quantile) / unit;
    if (with_interval) interval = quantile_interval(tally.samples, indicator.statistic.quantile);
    interval = {interval.low / unit, interval.high / unit};
  }
  out.low = interval.low;
  out.high = interval.high;
}

}  // namespace

void Tally::add(const Measure& measure, const pathway::Indicator& indicator,
                const Contribution& contribution) {
  double x = static_cast<double>(contribution.numerator) / measure.numerator_unit;
  double y = static_cast<double>(contribution.denominator) / measure.denominator_unit;
  numerator += contribution.numerator;
  denominator += contribution.denominator;
  n += contribution.n;
  if (measure.kind == ResultKind::statistic) {
    if (contribution.samples.empty()) return;
    x = 0;
    for (const double sample : contribution.samples) x += sample;
    y = static_cast<double>(contribution.samples.size());
    n += contribution.samples.size();
    sum += x;
    if (!indicator.statistic.mean)
      samples.insert(samples.end(), contribution.samples.begin(), contribution.samples.end());
  } else if (contribution.numerator == 0 && contribution.denominator == 0) {
    return;
  }
  ++cases;
  xx += x * x;
  yy += y * y;
  xy += x * y;
}

void Tally::merge(const Tally& other) {
  numerator += other.numerator;
  denominator += other.denominator;
  n += other.n;
  cases += other.cases;
  xx += other.xx;
  yy += other.yy;
  xy += other.xy;
  sum += other.sum;
  samples.insert(samples.end(), other.samples.begin(), other.samples.end());
}

Outcome outcome_of(const Measure& measure, const pathway::Indicator& indicator,
                   std::span<const Tally* const> tallies, bool with_interval) {
  Tally tally = together(tallies);
  Outcome out;
  out.n = tally.n;
  out.numerator = static_cast<double>(tally.numerator) / measure.numerator_unit;
  out.denominator = static_cast<double>(tally.denominator) / measure.denominator_unit;
  switch (measure.kind) {
    case ResultKind::statistic:
      statistic_outcome(indicator, tally, out, with_interval);
      return out;
    case ResultKind::total:
      out.value = out.numerator;
      return out;
    case ResultKind::proportion:
    case ResultKind::rate:
      break;
  }
  if (out.denominator <= 0) return out;
  out.value = out.numerator / out.denominator;
  if (!with_interval) return out;
  Interval interval;
  if (measure.kind == ResultKind::proportion) {
    interval = proportion_interval(tally, out);
  } else {
    interval = around(out.value, ratio_variance(tally, out.value, out.denominator), tally.cases);
    interval.low = std::max(0.0, interval.low);
  }
  out.low = interval.low;
  out.high = interval.high;
  return out;
}

Interval wilson(double share, double n) {
  if (!(n > 0)) return {};
  const double z2 = z95 * z95;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z95 / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double student_t(double degrees) {
  // Abramowitz and Stegun 26.7.5.
  const double z = z95, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, z9 = z7 * z * z;
  const double v = degrees;
  return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v) +
         (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * v * v * v * v);
}

double quantile_of(std::vector<double>& samples, double quantile) {
  if (samples.empty()) return unknown;
  const double position = quantile * static_cast<double>(samples.size() - 1);
  const auto rank = static_cast<size_t>(position);
  const double low = order_statistic(samples, rank);
  const double fraction = position - static_cast<double>(rank);
  if (fraction == 0 || rank + 1 >= samples.size()) return low;
  // nth_element has left the greater ones behind it.
  const double high =
      *std::min_element(samples.begin() + static_cast<std::ptrdiff_t>(rank) + 1, samples.end());
  return low + fraction * (high - low);
}

// Samples below the quantile are binomial (n, q): the bounds are the order statistics that leave
// 2.5 % on either side.
Interval quantile_interval(std::vector<double>& samples, double quantile) {
  const auto n = static_cast<double>(samples.size());
  if (samples.empty()) return {};
  double low = -1, high = n;  // ranks from 0; outside: not known
  if (samples.size() <= 2000) {
    double term = n * std::log1p(-quantile), below = 0;
    for (double k = 0; k < n; ++k) {
      below += std::exp(term);  // P(B <= k)
      if (below <= 0.025) low = k;
      if (below >= 0.975) {
        high = k;
        break;
      }
      term += std::log((n - k) / (k + 1)) + std::log(quantile / (1 - quantile));
    }
  } else {
    const double half = z95 * std::sqrt(n * quantile * (1 - quantile));
    low = std::floor(n * quantile - half) - 1;
    high = std::ceil(n * quantile + half);
  }
  Interval out;
  if (low >= 0) out.low = order_statistic(samples, static_cast<size_t>(low));
  if (high < n) out.high = order_statistic(samples, static_cast<size_t>(high));
  return out;
}

Interval difference(double a, const Interval& of_a, double b, const Interval& of_b) {
  const auto root = [](double x, double y) { return std::sqrt(x * x + y * y); };
  return {a - b - root(a - of_a.low, of_b.high - b), a - b + root(of_a.high - a, b - of_b.low)};
}

}  // namespace passerelle::review
