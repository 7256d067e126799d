// Whether intervals hold what they promise: of a thousand rehearsals, about 950 must contain the
// number that theory knows.
#include <gtest/gtest.h>

#include <cmath>

#include "rehearse/estimate.h"
#include "rehearse/rehearse.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

constexpr int rehearsals = 1'000, replications = 6;

// Rehearsals of six replications each, cut out of one long row of independent ones.
double coverage(const Estimate& all, double truth) {
  int covered = 0;
  for (int i = 0; i < rehearsals; ++i) {
    const auto first = all.runs.begin() + i * replications;
    const Estimate one = estimate({first, first + replications});
    covered += one.low <= truth && truth <= one.high ? 1 : 0;
  }
  return static_cast<double>(covered) / rehearsals;
}

// An M/M/1 at 60 %, a day after a day of warm-up.
TEST(Coverage, NineteenOfTwentyIntervalsContainTheTruth) {
  TestPackage test;
  test.cohort = poisson(16.667);
  test.indicators =
      "indicators:\n  - {id: stay, heading: process, measure: duration, from: start, to: end, "
      "statistic: mean}\n";
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings;
  settings.days = 2;
  settings.warm_up_days = 1;
  settings.replications = rehearsals * replications;
  settings.seed = 1'000;
  const auto rehearsal = rehearse(*package, settings);
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  // Of 1,000 intervals of 95 %, the number that cover is within 93.6 and 96.4 % nineteen times out
  // of twenty.
  const double use = coverage(rehearsal->staff[0].use, 10 / 16.667);
  EXPECT_GT(use, 0.93);
  EXPECT_LT(use, 0.97);
  const double patients = coverage(rehearsal->patients, 1440 / 16.667);
  EXPECT_GT(patients, 0.93);
  EXPECT_LT(patients, 0.97);
  const double waiting = coverage(rehearsal->queues[0].mean, waiting_mmc(1, 10 / 16.667));
  EXPECT_GT(waiting, 0.93 - 0.05);  // six means of a skewed queue are less than normal
  EXPECT_LT(waiting, 0.97);
}

}  // namespace
}  // namespace passerelle::rehearse
