// How rehearsals are counted: the warm-up, how many replications, batches, and what has no mean.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "rehearse/precision.h"
#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"
#include "rehearse/warm_up.h"

namespace passerelle::rehearse {
namespace {

TEST(Mser5, LeavesOutWhatIsNotYetAtRest) {
  Random random({5, 0, 0, purpose("mser")});
  std::vector<double> series;
  for (int i = 0; i < 2'000; ++i)
    series.push_back(50 - (i < 200 ? (200 - i) * 0.25 : 0) + random.normal());
  const auto found = mser5(series);
  ASSERT_TRUE(found);
  EXPECT_GE(*found, 150u);
  EXPECT_LE(*found, 260u);
  EXPECT_EQ(mser5(std::vector<double>(200, 3.0)), 0u);
  std::vector<double> rising;
  for (int i = 0; i < 400; ++i) rising.push_back(i);
  EXPECT_FALSE(mser5(rising));
  EXPECT_FALSE(mser5(std::vector<double>{1, 2, 3}));
}

TestPackage mm1(double gap, const std::string& more = "") {
  TestPackage test;
  test.cohort = poisson(gap, more);
  return test;
}

Result<Rehearsal> rehearse_mm1(double gap, const Settings& settings) {
  const auto package = mm1(gap).load();
  if (!package) return Error{ErrorCode::invalid, "the package is wrong"};
  return rehearse(*package, settings);
}

TEST(WarmUp, IsFoundWhereStaysAreLong) {
  TestPackage test = mm1(60 * 4);
  test.people = 400;
  test.minutes = "{gamma: {mean: 10, sd: 5}, unit: d}";
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings;
  settings.days = 200;
  settings.replications = 4;
  settings.find_warm_up = true;
  double told = 0;
  settings.progress = [&](double share) {
    EXPECT_GE(share, told) << "pilots do not count";
    told = share;
  };
  const auto found = rehearse(*package, settings);
  settings.progress = nullptr;
  ASSERT_TRUE(found) << to_text(found.error());
  EXPECT_TRUE(found->warm_up_found);
  // Beds fill for as long as stays last: ten days in the mean, hardly more than 25.
  EXPECT_GE(found->warm_up_days, 10);
  EXPECT_LE(found->warm_up_days, 45);
  EXPECT_NEAR(found->staff[0].busy_hours.value / (200.0 - found->warm_up_days) / 24, 60, 3);
  settings.days = 12;
  const auto too_short = rehearse(*package, settings);
  ASSERT_FALSE(too_short);
  EXPECT_NE(too_short.error().message.find("does not come to rest"), std::string::npos);
}

TEST(WarmUp, WhatIsFoundLeavesEnoughToCount) {
  TestPackage test;
  test.minutes = "6000";
  test.cohort =
      "start: 2021-01-04\ndays: 3\narrivals:\n  - schedule: [\"2021-01-04 05:00\"]\n"
      "    assumption: true\n";
  const auto package = test.load();
  ASSERT_TRUE(package);
  // From five in the morning on nothing changes any more: the first day is the warm-up.
  Settings settings;
  settings.replications = 1;
  settings.find_warm_up = true;
  settings.days = 1;
  const auto nothing_left = rehearse(*package, settings);
  ASSERT_FALSE(nothing_left);
  EXPECT_NE(nothing_left.error().message.find("shorter than the rehearsal"), std::string::npos);
  settings.days = 2;
  const auto one_day = rehearse(*package, settings);
  ASSERT_TRUE(one_day) << to_text(one_day.error());
  EXPECT_EQ(one_day->warm_up_days, 1);
  settings.batches = 30;
  const auto less_than_hours = rehearse(*package, settings);
  ASSERT_FALSE(less_than_hours);
  EXPECT_NE(less_than_hours.error().message.find("an hour at least"), std::string::npos);
}

TEST(Precision, ReplicationsAreAddedUntilItIsReached) {
  Settings settings = many(20, 5);
  settings.precision = 0.05;
  double told = 0;
  settings.progress = [&](double share) {
    EXPECT_GE(share, told) << "a round goes on where the one before ended";
    told = share;
  };
  const auto rehearsal = rehearse_mm1(14, settings);
  settings.progress = nullptr;
  EXPECT_NEAR(told, 1, 1e-9);
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  EXPECT_GT(rehearsal->replications, 5);
  EXPECT_EQ(rehearsal->imprecise, "");
  const Estimate& wait = rehearsal->activities[0].wait_mean;
  EXPECT_LE((wait.high - wait.low) / 2, 0.05 * wait.value);
  // The same as if so many had been asked for.
  Settings same = many(20, rehearsal->replications);
  EXPECT_EQ(rehearse_mm1(14, same)->activities[0].wait_mean.runs, wait.runs);
  settings.most_replications = 6;
  const auto stopped = rehearse_mm1(14, settings);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->replications, 6);
  EXPECT_EQ(stopped->imprecise, "wait of call");
}

TEST(Precision, AsksForAsManyAsHalfWidthsShrink) {
  EXPECT_EQ((Widest{"", 1.2, 1.0}).needed(100), 144);
  EXPECT_EQ((Widest{"", 9.0, 1.0}).needed(10), 20);
  EXPECT_EQ((Widest{"", 1.001, 1.0}).needed(10), 12);
}

TEST(BatchMeans, OneLongReplicationAgreesWithTheory) {
  Settings settings = many(2'000, 1);
  settings.batches = 30;
  const auto package = mm1(16, "").load();
  ASSERT_TRUE(package);
  const auto rehearsal = rehearse(*package, settings);
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  EXPECT_EQ(rehearsal->replications, 1);
  EXPECT_EQ(rehearsal->batches, 30);
  const double load = 10.0 / 16, waiting = waiting_mmc(1, load);
  ASSERT_EQ(rehearsal->activities[0].wait_mean.runs.size(), 30u);
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].wait_mean, waiting * 16)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->queues[0].mean, waiting)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->staff[0].use, load)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->patients, 1'996.0 * 1440 / 16 / 30)), 3);
  // All batches together are the replication.
  settings.batches = 0;
  const auto whole = rehearse(*package, settings);
  double sum = 0;
  for (const double batch : rehearsal->patients.runs) sum += batch;
  EXPECT_EQ(sum, whole->patients.value);
}

TEST(Growth, AQueueThatGrowsWithoutEndHasNoMean) {
  const auto overload = rehearse_mm1(9.5, many(40, 4));
  ASSERT_TRUE(overload) << to_text(overload.error());
  EXPECT_TRUE(overload->queues[0].grows);
  EXPECT_TRUE(overload->activities[0].grows);
  EXPECT_FALSE(overload->queues[0].mean.known());
  EXPECT_FALSE(overload->activities[0].wait_mean.known());
  EXPECT_NE(to_text(*overload, "en").find("grows without end"), std::string::npos);
  for (const double gap : {10.8, 14.0, 30.0}) {
    const auto stable = rehearse_mm1(gap, many(60, 4));
    ASSERT_TRUE(stable);
    EXPECT_FALSE(stable->queues[0].grows) << gap;
    EXPECT_TRUE(stable->activities[0].wait_mean.known()) << gap;
  }
}

// What waits over a weekend, or until the only clinic of the week, does not grow without end; what
// nobody can do in any week does, in short rehearsals too.
TEST(Growth, IsNotAWeekend) {
  const auto clinic = [](const std::string& days, double a_day, int length, int replications) {
    TestPackage test;
    test.minutes = "10";
    test.shifts = "      - {name: clinic, days: [" + days +
                  "], from: \"08:00\", to: \"18:00\", people: 1, assumption: true}\n";
    test.cohort = "start: 2021-01-04\ndays: 30\narrivals:\n  - {per_day: " + std::to_string(a_day) +
                  ", assumption: true}\n";
    return once(test, length, replications).queues[0].grows;
  };
  for (const int replications : {1, 3, 10}) {
    for (const int days : {4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 28}) {
      // 300 places a week for 266 patients; 60 for 50.
      EXPECT_FALSE(clinic("mon, tue, wed, thu, fri", 38, days, replications))
          << days << " days, " << replications << " replications";
      EXPECT_FALSE(clinic("thu", 7.1, days, replications))
          << days << " days, " << replications << " replications";
    }
    for (const int days : {9, 14, 17, 21, 28}) {
      EXPECT_TRUE(clinic("mon, tue, wed, thu, fri", 80, days, replications))
          << days << " days, " << replications << " replications";
    }
  }
}

// One long replication knows it as well as many do.
TEST(Growth, IsToldOfBatchesToo) {
  Settings settings = many(60, 1);
  settings.batches = 8;
  const auto overload = rehearse_mm1(9, settings);
  ASSERT_TRUE(overload) << to_text(overload.error());
  EXPECT_TRUE(overload->queues[0].grows);
  EXPECT_FALSE(overload->activities[0].wait_mean.known());
  const auto stable = rehearse_mm1(14, settings);
  ASSERT_TRUE(stable);
  EXPECT_FALSE(stable->queues[0].grows);
  EXPECT_TRUE(stable->activities[0].wait_mean.known());
}

// Two pieces of work for each patient, and more of both together than one nurse can do.
TestPackage urgent_and_routine(const std::string& urgent, const std::string& routine) {
  TestPackage test;
  const auto flow = [](const std::string& from, const std::string& to) {
    return "<sequenceFlow id=\"" + from + to + "\" sourceRef=\"" + from + "\" targetRef=\"" + to +
           "\"/>";
  };
  test.bpmn = test_bpmn(
      "<startEvent id=\"start\"/><parallelGateway id=\"both\"/>"
      "<userTask id=\"call\" p:role=\"nurse\" p:title=\"t\" p:priority=\"" +
      urgent +
      "\"/>"
      "<userTask id=\"note\" p:role=\"nurse\" p:title=\"t\" p:priority=\"" +
      routine +
      "\"/>"
      "<endEvent id=\"end\"/><endEvent id=\"done\"/>" +
      flow("start", "both") + flow("both", "call") + flow("both", "note") + flow("call", "end") +
      flow("note", "done"));
  test.cohort = poisson(20);
  test.work = "  - {activity: note, minutes: {exponential: 14}, assumption: true}\n";
  test.indicators =
      "indicators:\n  - id: call_wait\n    heading: process\n    measure: duration\n"
      "    statistic: mean\n    from: {activity: call, on: schedule}\n"
      "    to: {activity: call, on: start}\n    target: at most 30 min\n    owner: nurse\n"
      "    groups: []\n";
  return test;
}

// Cobham's formula where the nurse never rests: the rest of what is in hand, 0.5 * 10 + 0.5 * 14
// minutes, over 1 - 0.5.
TEST(Growth, LeavesOutWhatIsServedBefore) {
  const auto package = urgent_and_routine("1", "0").load();
  ASSERT_TRUE(package);
  for (const int replications : {4, 12}) {
    const auto it = rehearse(*package, many(60, replications));
    ASSERT_TRUE(it) << to_text(it.error());
    const ActivityResult &call = it->activities[0], &note = it->activities[1];
    ASSERT_EQ(call.id, "call");
    EXPECT_TRUE(it->queues[0].grows);
    EXPECT_TRUE(note.grows);
    EXPECT_FALSE(note.wait_mean.known());
    EXPECT_FALSE(call.grows);
    EXPECT_NEAR(call.wait_mean.value, 24, 2);
    EXPECT_FALSE(it->indicators[0].grows);
    EXPECT_NEAR(it->indicators[0].result.value, 24, 2);
  }
  Settings batches = many(120, 1);
  batches.batches = 6;
  const auto cut = rehearse(*package, batches);
  ASSERT_TRUE(cut) << to_text(cut.error());
  EXPECT_FALSE(cut->activities[0].grows);
  EXPECT_TRUE(cut->activities[1].grows);
}

TEST(Growth, IsThatOfAllWorkWhereNoneIsServedBefore) {
  for (const int replications : {1, 3, 12}) {
    for (const int days : {10, 28, 60}) {
      const TestPackage test = urgent_and_routine("0", "0");
      const Rehearsal it = once(test, days, replications);
      ASSERT_EQ(it.activities.size(), 2u);
      ASSERT_TRUE(it.queues[0].grows) << days << " days";
      EXPECT_TRUE(it.activities[0].grows) << days << " days, " << replications << " replications";
      EXPECT_TRUE(it.activities[1].grows) << days << " days, " << replications << " replications";
    }
  }
}

// Urgent calls are taken at once, the others never: of calls as a whole there is no mean.
TEST(Growth, IsThatOfWorkOfWhichOnlyAPartIsServedBefore) {
  TestPackage test;
  test.bpmn = one_call("p:priority='if age >= 70 then 1 else 0'",
                       "<extensionElements><p:variable name=\"age\"/></extensionElements>");
  test.cohort = poisson(8,
                        "attributes:\n  age: {number: {pert: [2, 60, 97]}, assumption: true}\n"
                        "opening: [age]\n");
  const Rehearsal it = once(test, 40, 6);
  EXPECT_TRUE(it.queues[0].grows);
  EXPECT_TRUE(it.activities[0].grows);
}

// Of a time until such work there is no mean either, and it cannot be compared but in words.
TEST(Growth, IndicatorsAndComparisonsSayIt) {
  TestPackage test;
  test.cohort = poisson(8);
  test.indicators =
      "indicators:\n  - id: wait\n    heading: process\n    measure: duration\n    statistic: "
      "mean\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    target: at most 30 min\n    owner: nurse\n    groups: []\n"
      "  - id: in_time\n    heading: process\n    measure: share_within\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    within: PT30M\n    target: at least 80 %\n    owner: nurse\n    groups: []\n";
  test.files["scenarios/two.yaml"] =
      "id: two\nname: {en: Two}\nquestion: {en: Do two do?}\nchanges:\n"
      "  - {file: organisation.yaml, path: roles.nurse.shifts.all.people, to: 2}\n";
  const auto base = test.load(), two = test.load("two");
  const auto one = rehearse(*base, many(20, 5)), more = rehearse(*two, many(20, 5), "two");
  ASSERT_TRUE(one && more);
  EXPECT_TRUE(one->indicators[0].grows);
  EXPECT_FALSE(one->indicators[0].result.known());
  EXPECT_FALSE(one->indicators[1].grows) << "a share is one of what was rehearsed";
  EXPECT_TRUE(one->indicators[1].result.known());
  EXPECT_THAT(to_text(*one, "en"), testing::ContainsRegex("wait +grows without end .*missed"));
  EXPECT_THAT(to_text(*one, "fr"), testing::HasSubstr("croît sans fin"));
  EXPECT_FALSE(more->indicators[0].grows);

  const auto better = compare(*one, *more), worse = compare(*more, *one);
  ASSERT_TRUE(better && worse);
  const Difference& wait = better->differences[0];
  EXPECT_TRUE(wait.before_grows && !wait.after_grows);
  EXPECT_FALSE(wait.difference.known());
  EXPECT_EQ(wait.better, true);
  EXPECT_EQ(worse->differences[0].better, false);
  EXPECT_THAT(to_text(*better, "en"), testing::ContainsRegex("grows without end.*grows no more"));
  EXPECT_THAT(to_text(*worse, "en"), testing::HasSubstr("now grows without end"));
}

}  // namespace
}  // namespace passerelle::rehearse
