#include "rehearse/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace passerelle::rehearse {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

TEST(Estimate, HasStudentsInterval) {
  // Mean 5, deviation sqrt(2.5), t(4, 0.975) = 2.7764451: 5 -+ 2.7764451 * sqrt(0.5).
  const Estimate it = estimate({3, 4, 5, 6, 7});
  EXPECT_DOUBLE_EQ(it.value, 5);
  EXPECT_NEAR(it.low, 5 - 1.963243, 1e-6);
  EXPECT_NEAR(it.high, 5 + 1.963243, 1e-6);
}

TEST(Estimate, SaysNothingAboutOneReplication) {
  const Estimate it = estimate({3});
  EXPECT_EQ(it.value, 3);
  EXPECT_FALSE(it.has_interval());
}

TEST(Estimate, LeavesOutReplicationsWithoutTheNumber) {
  const Estimate it = estimate({3, nothing, 5});
  EXPECT_EQ(it.value, 4);
  EXPECT_TRUE(it.has_interval());
  EXPECT_FALSE(estimate({nothing, nothing}).known());
}

TEST(Paired, SeesASmallDifferenceBehindALargeSpread) {
  const std::vector<double> before = {10, 20, 30, 40, 50};
  const std::vector<double> after = {11.1, 20.9, 31, 41.2, 50.8};
  const Paired it = paired(before, after);
  EXPECT_NEAR(it.difference.value, 1, 1e-12);
  EXPECT_LT(it.variance_ratio, 0.001);
  // t = 1 / sqrt(0.025 / 5) = 14.142, 4 degrees of freedom.
  EXPECT_NEAR(it.p, 0.000145, 5e-6);
}

TEST(Paired, KnowsThatTheSameIsTheSame) {
  const std::vector<double> runs = {1, 5, 3};
  EXPECT_EQ(paired(runs, runs).p, 1);
  EXPECT_EQ(paired(runs, std::vector<double>{2, 6, 4}).p, 0);
  EXPECT_TRUE(std::isnan(paired(std::vector<double>{1}, std::vector<double>{2}).p));
}

TEST(Holm, StopsAtTheFirstThatCouldBeChance) {
  // 0.05 / 4, / 3, / 2: the third fails, and with it the last.
  const std::vector<double> p = {0.04, 0.001, nothing, 0.016, 0.045};
  EXPECT_EQ(holm(p, 0.05), (std::vector<bool>{false, true, false, true, false}));
}

}  // namespace
}  // namespace passerelle::rehearse
