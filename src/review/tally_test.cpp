#include "review/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace passerelle::review {
namespace {

using testing::DoubleNear;

// Newcombe, Statistics in Medicine 17 (1998) 857-872, table I: 81/263 and 15/148, method 3.
TEST(Wilson, GivesThePublishedIntervals) {
  const Interval one = wilson(81.0 / 263, 263);
  EXPECT_THAT(one.low, DoubleNear(0.2553, 5e-5));
  EXPECT_THAT(one.high, DoubleNear(0.3662, 5e-5));
  const Interval two = wilson(15.0 / 148, 148);
  EXPECT_THAT(two.low, DoubleNear(0.0624, 5e-5));
  EXPECT_THAT(two.high, DoubleNear(0.1605, 5e-5));
  const Interval none = wilson(0, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_THAT(none.high, DoubleNear(0.1611, 5e-5));
}

TEST(StudentT, IsCloseToTheTables) {
  EXPECT_THAT(student_t(5), DoubleNear(2.571, 0.006));
  EXPECT_THAT(student_t(10), DoubleNear(2.228, 0.001));
  EXPECT_THAT(student_t(30), DoubleNear(2.042, 0.001));
  EXPECT_THAT(student_t(1e6), DoubleNear(1.960, 0.001));
}

TEST(Quantile, InterpolatesBetweenNeighbours) {
  std::vector<double> samples = {40, 10, 30, 20, 50};
  EXPECT_EQ(quantile_of(samples, 0.5), 30);
  EXPECT_THAT(quantile_of(samples, 0.9), DoubleNear(46, 1e-9));
  EXPECT_THAT(quantile_of(samples, 0.1), DoubleNear(14, 1e-9));
  samples = {7};
  EXPECT_EQ(quantile_of(samples, 0.9), 7);
  samples.clear();
  EXPECT_TRUE(std::isnan(quantile_of(samples, 0.5)));
}

// Ranks 6 and 15 of 20 for the median (Conover, Practical Nonparametric Statistics, 3.2).
TEST(QuantileInterval, TakesTheOrderStatisticsOfTheTables) {
  std::vector<double> samples(20);
  std::iota(samples.begin(), samples.end(), 1);
  const Interval median = quantile_interval(samples, 0.5);
  EXPECT_EQ(median.low, 6);
  EXPECT_EQ(median.high, 15);
  const Interval p90 = quantile_interval(samples, 0.9);
  EXPECT_FALSE(std::isnan(p90.low));
  EXPECT_TRUE(std::isnan(p90.high)) << "20 observations say nothing about how far the tail goes";
}

TEST(QuantileInterval, IsTheSameByCountingAndByTheNormalForManySamples) {
  std::vector<double> few(2000), many(2001);
  std::iota(few.begin(), few.end(), 0);
  std::iota(many.begin(), many.end(), 0);
  const Interval exact = quantile_interval(few, 0.9);
  const Interval normal = quantile_interval(many, 0.9);
  EXPECT_THAT(normal.low, DoubleNear(exact.low, 3));
  EXPECT_THAT(normal.high, DoubleNear(exact.high, 3));
}

// Newcombe, Statistics in Medicine 17 (1998) 873-890, example (a): 56/70 - 48/80, method 10.
TEST(Difference, GivesThePublishedInterval) {
  const Interval out =
      difference(56.0 / 70, wilson(56.0 / 70, 70), 48.0 / 80, wilson(48.0 / 80, 80));
  EXPECT_THAT(out.low, DoubleNear(0.0524, 5e-5));
  EXPECT_THAT(out.high, DoubleNear(0.3339, 5e-5));
}

// Ten cases of one event each, and five cases that bring two equal events each, tell the same
// share; the second tell less about it.
TEST(Share, IsLessCertainWhenEventsOfACaseResembleEachOther) {
  const pathway::Indicator indicator;
  const Measure& measure = find_measure("share_of_events");
  Tally apart, together;
  for (int i = 0; i < 10; ++i) apart.add(measure, indicator, {i % 2, 1, 1, {}});
  for (int i = 0; i < 6; ++i) together.add(measure, indicator, {i % 2 * 2, 2, 2, {}});
  const Tally* first = &apart;
  const Tally* second = &together;
  const Outcome a = outcome_of(measure, indicator, {&first, 1}, true);
  const Outcome b = outcome_of(measure, indicator, {&second, 1}, true);
  EXPECT_EQ(a.value, b.value);
  EXPECT_GT(b.high - b.low, a.high - a.low);
}

}  // namespace
}  // namespace passerelle::review
