// What a few replications allow to be said: means, intervals, paired differences.
#pragma once

#include <span>
#include <vector>

#include "rehearse/rehearse.h"

namespace passerelle::rehearse {

// Replications without the number (NaN) are left out.
Estimate estimate(std::vector<double> runs);

// after - before within each replication that has both; `p` of the paired t test, and the variance
// of the difference over the sum of both variances.
struct Paired {
  Estimate difference;
  double p = std::numeric_limits<double>::quiet_NaN();
  double variance_ratio = std::numeric_limits<double>::quiet_NaN();
};
Paired paired(std::span<const double> before, std::span<const double> after);

// Which of several hypotheses are rejected when all of them together may err with probability
// `alpha`: S. Holm, "A simple sequentially rejective multiple test procedure", 1979. A NaN is never
// rejected and does not count.
std::vector<bool> holm(std::span<const double> p, double alpha);

}  // namespace passerelle::rehearse
