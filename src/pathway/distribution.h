// Distributions as packages write them: {pert: [2, 4, 9]}, {lognormal: {mean: 6, sd: 3}},
// {fixed: 5}, or just 5. Data of the pathway (organisation and cohort use them); one table says for
// each name its parameters, their limits, its mean and its quantiles.
//
// Every draw is made by inversion, one uniform number a value: two scenarios that draw the same
// number get times that rise and fall together, which is what common random numbers live on.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/yaml.h"

namespace passerelle::pathway {

enum class DistributionKind : uint8_t {
  fixed,
  uniform,
  triangular,
  pert,
  exponential,
  erlang,
  gamma,
  lognormal,
  normal,
  weibull,
  beta,
  poisson,
  empirical,
  mixture,
};

struct Distribution {
  DistributionKind kind = DistributionKind::fixed;
  std::array<double, 4> parameters{};   // in the order of the table
  std::vector<double> values, weights;  // of empirical; weights of mixture
  std::vector<Distribution> parts;      // of mixture
  double scale = 1;                     // of what is drawn: a unit, or a patient's own pace

  double mean() const;
  // The value that is not exceeded with this probability, 0 < probability < 1.
  double quantile(double probability) const;
  double sample(Random& random) const;  // in the unit of its parameters

  static Distribution fixed(double value);

  // Without `scale`.
  double plain_mean() const;
  double plain_quantile(double probability) const;
};

// Not by log1p, which takes twice as long: what 1 - p loses of a small p is far below anything that
// is measured.
inline double exponential_quantile(double mean, double probability) {
  return -mean * std::log(1 - probability);
}

// What an author may write: `name`, and its parameters in their order (a list) or by name.
struct DistributionForm {
  DistributionKind kind;
  std::string_view name;
  std::vector<std::string_view> parameters;  // optional ones end in '?'
  std::string_view meaning;                  // for docs
};
std::span<const DistributionForm> distribution_forms();

// Error.where is the place in the file.
Result<Distribution> parse_distribution(const yaml::Node& node);

enum class TimeUnit : uint8_t { seconds, minutes, hours, days };

// A time, in `base` unless it says another unit: {lognormal: {mean: 2, sd: 1}, unit: h}. Refuses
// what would be negative more than once in a hundred times; what is negative then counts as 0.
Result<Distribution> parse_time(const yaml::Node& node, TimeUnit base);

// Draws fast from one distribution: quantiles that cost an iteration are tabulated once, exact in
// the tails, between them within two thousandths of the deviation. Immutable: shared by threads.
class Sampler {
 public:
  Sampler() = default;  // always 0
  explicit Sampler(const Distribution& distribution);
  double quantile(double probability) const {
    // What most models have most of.
    if (distribution_.kind == DistributionKind::exponential)
      return distribution_.scale * exponential_quantile(distribution_.parameters[0], probability);
    return other_quantile(probability);
  }
  double sample(Random& random) const { return quantile(random.uniform_open()); }

 private:
  double other_quantile(double probability) const;
  Distribution distribution_;
  std::vector<double> table_;  // empty: the distribution's own quantile is quick
};

}  // namespace passerelle::pathway
