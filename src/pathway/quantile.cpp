#include "pathway/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace passerelle::pathway {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double tiny = std::numeric_limits<double>::min() / epsilon;

// std::lgamma writes a global variable, which threads would share.
double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

// P(a, x) by its series, good for x < a + 1.
double gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (double n = a + 1;; ++n) {
    term *= x / n;
    sum += term;
    if (std::abs(term) < std::abs(sum) * epsilon) break;
  }
  return sum * std::exp(-x + a * std::log(x) - log_gamma(a));
}

// Q(a, x) by its continued fraction (Lentz), good for x >= a + 1.
double gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
  for (int i = 1; i < 100'000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    const double change = d * c;
    h *= change;
    if (std::abs(change - 1) <= epsilon) break;
  }
  return std::exp(-x + a * std::log(x) - log_gamma(a)) * h;
}

double beta_fraction(double a, double b, double x) {
  const double sum = a + b, up = a + 1, down = a - 1;
  double c = 1, d = 1 - sum * x / up;
  if (std::abs(d) < tiny) d = tiny;
  d = 1 / d;
  double h = d;
  for (int m = 1; m < 100'000; ++m) {
    const double m2 = 2.0 * m;
    double term = m * (b - m) * x / ((down + m2) * (a + m2));
    d = 1 + term * d;
    if (std::abs(d) < tiny) d = tiny;
    c = 1 + term / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    h *= d * c;
    term = -(a + m) * (sum + m) * x / ((a + m2) * (up + m2));
    d = 1 + term * d;
    if (std::abs(d) < tiny) d = tiny;
    c = 1 + term / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    const double change = d * c;
    h *= change;
    if (std::abs(change - 1) <= epsilon) break;
  }
  return h;
}

// A root of an increasing function between low and high: Newton, kept inside by bisection.
template <class Function, class Slope>
double solve(const Function& function, const Slope& slope, double low, double high, double guess) {
  double x = std::clamp(guess, low, high);
  for (int i = 0; i < 200; ++i) {
    const double value = function(x);
    if (value == 0) return x;
    (value < 0 ? low : high) = x;
    const double rise = slope(x);
    double next = rise > 0 ? x - value / rise : low + (high - low) / 2;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (std::abs(next - x) <= 4 * epsilon * std::abs(next)) return next;
    x = next;
  }
  return x;
}

}  // namespace

double normal_probability(double value) { return 0.5 * std::erfc(-value * 0.70710678118654752440); }

double gamma_probability(double a, double x) {
  if (!(x > 0)) return 0;
  return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double gamma_quantile(double a, double p) {
  if (!(p > 0)) return 0;
  // Wilson and Hilferty's cube, or the first term of the series where that is negative.
  const double z = normal_quantile(p);
  const double cube = 1 - 1 / (9 * a) + z / (3 * std::sqrt(a));
  double guess = cube > 0 ? a * cube * cube * cube : 0;
  if (a < 1 || cube <= 0.1) guess = std::exp((std::log(p) + log_gamma(a + 1)) / a);
  double high = std::max(2 * a, 10.0);
  while (gamma_probability(a, high) < p && high < 1e300) high *= 2;
  const double scale = log_gamma(a);
  const auto slope = [&](double x) { return std::exp((a - 1) * std::log(x) - x - scale); };
  // Far out, one minus the probability loses its digits: solve for the other tail there.
  if (p > 0.99)
    return solve(
        [&](double x) {
          return (1 - p) - (x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x));
        },
        slope, 0, high, guess);
  return solve([&](double x) { return gamma_probability(a, x) - p; }, slope, 0, high, guess);
}

double beta_probability(double a, double b, double x) {
  if (!(x > 0)) return 0;
  if (!(x < 1)) return 1;
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                                b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double beta_quantile(double a, double b, double p) {
  if (!(p > 0)) return 0;
  if (!(p < 1)) return 1;
  const double scale = log_gamma(a + b) - log_gamma(a) - log_gamma(b);
  const auto slope = [&](double x) {
    return std::exp(scale + (a - 1) * std::log(x) + (b - 1) * std::log1p(-x));
  };
  return solve([&](double x) { return beta_probability(a, b, x) - p; }, slope, 0, 1, a / (a + b));
}

double poisson_quantile(double mean, double p) {
  // P(N <= n) = Q(n + 1, mean), searched by halving.
  const auto reached = [&](double n) { return 1 - gamma_probability(n + 1, mean) >= p; };
  double high = std::ceil(mean + 8 * std::sqrt(mean) + 8);
  while (!reached(high) && high < 1e15) high *= 2;
  double low = -1;
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (reached(middle) ? high : low) = middle;
  }
  return high;
}

double student_probability(double freedom, double t) {
  const double tail = 0.5 * beta_probability(freedom / 2, 0.5, freedom / (freedom + t * t));
  return t > 0 ? 1 - tail : tail;
}

double student_quantile(double freedom, double p) {
  const double x = beta_quantile(freedom / 2, 0.5, 2 * std::min(p, 1 - p));
  const double t = std::sqrt(freedom * (1 - x) / x);
  return p < 0.5 ? -t : t;
}

}  // namespace passerelle::pathway
