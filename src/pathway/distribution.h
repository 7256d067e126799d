// Distributions as packages write them: {pert: [2, 4, 9]}, {lognormal: {mean: 6, sd: 3}},
// {fixed: 5}. Described here because organisation and cohort are data of the pathway; sampled by
// rehearse/distributions. One table says for each name its parameters, their limits and its mean.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/yaml.h"

namespace passerelle::pathway {

enum class DistributionKind : uint8_t { fixed, uniform, triangular, pert, exponential, lognormal,
                                        gamma, weibull, empirical };

struct Distribution {
  DistributionKind kind = DistributionKind::fixed;
  std::array<double, 3> parameters{};  // as the table says
  std::vector<double> values, weights;  // empirical only

  double mean() const;
  double sample(Random& random) const;  // in the unit of its parameters
};

// Error.where is the place in the file.
Result<Distribution> parse_distribution(const yaml::Node& node);

}  // namespace passerelle::pathway
