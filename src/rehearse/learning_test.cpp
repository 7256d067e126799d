// How people get better at their work, against the closed forms of the power law; training, the
// dip after go-live, and posts that change hands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

using testing::ElementsAre;

// n tasks, one after another, in a steady stream that leaves time enough.
TestPackage steady(int every_minutes, const std::string& learning) {
  TestPackage test;
  test.minutes = "10";
  test.more = "learning:\n  - {role: nurse, " + learning + ", assumption: true}\n";
  test.cohort =
      "start: 2021-01-04\ndays: 10\narrivals:\n  - {gaps: " + std::to_string(every_minutes) +
      ", assumption: true}\n";
  return test;
}

TEST(Learning, TheHoursOfManyTasksAreTheSumOfThePowerLaw) {
  const Rehearsal told = once(steady(60, "initial: 2.2, exponent: 0.4"), 10);
  const auto n = static_cast<int>(told.activities[0].done.value);
  ASSERT_EQ(n, 239);  // at each hour after the first
  double minutes = 0;
  for (int k = 1; k <= n; ++k) minutes += 10 * (1 + 1.2 * std::pow(k, -0.4));
  EXPECT_NEAR(told.activities[0].work_hours.value, minutes / 60, 1e-3);
  // Euler and Maclaurin: the sum of k^-s is n^(1-s)/(1-s) + zeta(s) + n^-s/2 + ..., zeta(0.4) =
  // -1.13480.
  const double sum = std::pow(n, 0.6) / 0.6 - 1.13480 + std::pow(n, -0.4) / 2;
  EXPECT_NEAR(told.activities[0].work_hours.value, (10 * n + 12 * sum) / 60, 0.01);
}

TEST(Learning, EachTaskHasACurveOfItsOwnWhereOneNamesIt) {
  TestPackage test;
  test.bpmn = test_bpmn(R"(<startEvent id="start"/>
    <userTask id="call" p:role="nurse" p:title="t"/><userTask id="note" p:role="nurse" p:title="t"/>
    <endEvent id="end"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="call"/>
    <sequenceFlow id="b" sourceRef="call" targetRef="note"/>
    <sequenceFlow id="c" sourceRef="note" targetRef="end"/>)");
  test.minutes = "10";
  test.work = "  - {activity: note, minutes: 10, assumption: true}\n";
  test.cohort = schedule({"04 09:00", "04 11:00"});
  test.more =
      "learning:\n  - {role: nurse, initial: 2, exponent: 1, assumption: true}\n"
      "  - {role: nurse, activities: [note], initial: 4, exponent: 1, assumption: true}\n";
  // call: 20, 15; note: 40, 25 minutes. Two curves of one role do not move each other.
  EXPECT_THAT(told(log_of(test), "note", "complete"), ElementsAre("1 04T10:00", "2 04T11:40"));
  test.more = "learning:\n  - {role: nurse, initial: 2, exponent: 1, assumption: true}\n";
  // One curve of all tasks: 20, 15, 10 * (1 + 1/3), 10 * (1 + 1/4).
  EXPECT_THAT(told(log_of(test), "note", "complete"), ElementsAre("1 04T09:35", "2 04T11:25"));
}

TEST(Learning, TheDipLastsAsLongAsItIsSaidAndComesBackEvenly) {
  const pathway::Dip dip{0.2, 10, 20, "", true, {}};
  EXPECT_DOUBLE_EQ(dip.factor(-1), 1);
  EXPECT_DOUBLE_EQ(dip.factor(0), 1.25);
  EXPECT_DOUBLE_EQ(dip.factor(9.9), 1.25);
  EXPECT_DOUBLE_EQ(dip.factor(20), 1 / 0.9);
  EXPECT_DOUBLE_EQ(dip.factor(30), 1);
  // Ten days of which go-live is the fourth: four at 10 minutes, three at 12.5, then three at
  // 12.5 falling by 1/(1 - 0.2 * left).
  TestPackage test = steady(60, "dip: {loss: 0.2, days: 3, recovery_days: 3, assumption: true}");
  test.more = "go_live: 2021-01-08\n" + test.more;
  const Rehearsal told = once(test, 10);
  double minutes = 0;
  for (int hour = 1; hour <= 239; ++hour)
    minutes += 10 * pathway::Dip{0.2, 3, 3, "", true, {}}.factor(hour / 24.0 - 4);
  EXPECT_NEAR(told.activities[0].work_hours.value, minutes / 60, 1e-3);
}

// Five people of eight hours a day, ten hours of training each in the two weeks before go-live.
TEST(Learning, TrainingTakesEverybodyOffTheFloorBeforeGoLive) {
  TestPackage test;
  test.shifts =
      "      - {name: day, days: [mon, tue, wed, thu, fri], from: \"08:00\", to: \"16:00\", "
      "people: "
      "5, assumption: true}\n";
  test.cohort = "start: 2021-01-04\ndays: 21\narrivals:\n  - {per_day: 1, assumption: true}\n";
  test.more =
      "go_live: 2021-01-18\nlearning:\n  - {role: nurse, initial: 1, exponent: 0, training_hours: "
      "10, training_days: 14, assumption: true}\n";
  const Rehearsal told = once(test, 21);
  EXPECT_DOUBLE_EQ(told.staff[0].paid_hours.value, 5 * 15 * 8 - 5 * 10);
  const auto& hours = told.staff[0].on_duty;
  for (size_t day = 0; day < 21; ++day) {
    if (day % 7 > 4) continue;
    EXPECT_GE(hours[day * 24 + 9], 3) << day;  // never more than two at once
    EXPECT_LE(hours[day * 24 + 9], 5) << day;
  }
  // Without a day of go-live the training lies before the rehearsal.
  test.more.erase(0, test.more.find("learning"));
  EXPECT_DOUBLE_EQ(once(test, 21).staff[0].paid_hours.value, 5 * 15 * 8);
}

// Whoever follows in a post begins anew: with a rate of turnover and a steady stream, the mean
// factor is that of a renewal process (E. Cinlar, "Introduction to stochastic processes", 1975, 9):
// the sum over k of P(the post lasts k tasks) * factor(k), over the sum of those probabilities.
TEST(Learning, WhoFollowsInAPostBeginsAnew) {
  TestPackage test = steady(240, "initial: 3, exponent: 0.5");
  test.shifts =
      "      - {name: all, days: [mon, tue, wed, thu, fri, sat, sun], from: \"00:00\", to: "
      "\"00:00\", people: 1, assumption: true}\n    turnover: {per_year: 6, assumption: true}\n";
  Settings settings;
  settings.days = 730;
  settings.warm_up_days = 365;
  settings.replications = 60;
  const auto package = test.load();
  const auto told = rehearse(*package, settings);
  ASSERT_TRUE(told) << to_text(told.error());
  const double stays = std::exp(-6 * 240 / (365.25 * 24 * 60));  // from one task to the next
  double factor = 0, weight = 0, survival = 1;
  for (int k = 1; k < 100'000; ++k, survival *= stays) {
    factor += survival * (1 + 2 * std::pow(k, -0.5));
    weight += survival;
  }
  EXPECT_LT(std::fabs(z(told->activities[0].work_mean, 10 * factor / weight)), 3);
}

// ---- a new way of working ----

// One nurse in each replication, a task of ten minutes every two hours.
Rehearsal changing(const std::string& learning, int days, int replications,
                   const std::string& turnover = "") {
  TestPackage test = steady(120, learning);
  test.roles = turnover;
  const auto package = test.load();
  Settings settings;
  settings.days = days;
  settings.replications = replications;
  settings.seed = 5;
  auto told = rehearse(*package, settings);
  EXPECT_TRUE(told) << to_text(told.error());
  return told ? std::move(*told) : Rehearsal();
}

TEST(NewWay, AShareOfThePeopleWorksInIt) {
  const std::string third =
      "adoption: {rows: [{at: 2021-01-01, share: 0.3}]}, old_way: 2, initial: 1";
  const Rehearsal told = changing(third, 3, 400);
  // Each has changed or has not, for good.
  for (const double mean : told.activities[0].work_mean.runs)
    EXPECT_TRUE(mean == 10 || mean == 20) << mean;
  EXPECT_LT(std::fabs(z(told.activities[0].work_mean, 0.3 * 10 + 0.7 * 20)), 3);
  // Who has changed when a third has, has when two thirds have.
  const Rehearsal more =
      changing("adoption: {rows: [{at: 2021-01-01, share: 0.6}]}, old_way: 2, initial: 1", 3, 400);
  for (size_t i = 0; i < 400; ++i)
    EXPECT_LE(more.activities[0].work_mean.runs[i], told.activities[0].work_mean.runs[i]);
  EXPECT_LT(std::fabs(z(more.activities[0].work_mean, 0.6 * 10 + 0.4 * 20)), 3);
}

TEST(NewWay, SpreadsByTheModelOfBass) {
  const Rehearsal told = changing(
      "adoption: {from: 2021-01-11, ceiling: 0.8, innovation: 0.1, imitation: 0.6, unit: week}, "
      "old_way: 1.5, initial: 1",
      70, 300);
  const pathway::Adoption bass{18'638, 0.8, 0.1 / 7, 0.6 / 7, {}};  // 11 January 2021
  double minutes = 0;
  int tasks = 0;
  for (int hour = 2; hour < 70 * 24; hour += 2, ++tasks)
    minutes += 10 + 5 * (1 - bass.share(18'631 + hour / 24));
  EXPECT_LT(std::fabs(z(told.activities[0].work_mean, minutes / tasks)), 3);
}

// Two days in the old way, then the curve from its beginning.
TEST(NewWay, PracticeBeginsWithTheChange) {
  TestPackage test =
      steady(720,
             "adoption: {rows: [{at: 2021-01-05, share: 0}, {at: 2021-01-06, share: 1}]}, "
             "old_way: 1.5, initial: 2, exponent: 1");
  EXPECT_THAT(told(log_of(test, 4), "call", "complete"),
              ElementsAre("1 04T12:15", "2 05T00:15", "3 05T12:15", "4 06T00:20", "5 06T12:15",
                          "6 07T00:13", "7 07T12:12"));
}

// Who comes after somebody who had changed may keep the old way, and the other way round.
TEST(NewWay, WhoFollowsInAPostStandsElsewhere) {
  const Rehearsal told =
      changing("adoption: {rows: [{at: 2021-01-01, share: 0.5}]}, old_way: 2, initial: 1", 900, 6,
               "    turnover: {per_year: 12, assumption: true}\n");
  for (const double mean : told.activities[0].work_mean.runs) {
    EXPECT_GT(mean, 11);
    EXPECT_LT(mean, 19);
  }
}

// Ten people, of whom one more in ten has changed each day; and who has work in which way.
TEST(NewWay, IsToldDayByDay) {
  TestPackage test = steady(60,
                            "adoption: {rows: [{at: 2021-01-04, share: 0.2}, {at: 2021-01-08, "
                            "share: 0.6}]}, old_way: 2, initial: 1");
  test.people = 10;
  test.indicators = "indicators: []\n";
  const auto package = test.load();
  Settings settings;
  settings.days = 6;
  settings.replications = 400;
  const auto told = rehearse(*package, settings);
  ASSERT_TRUE(told) << to_text(told.error());
  ASSERT_EQ(told->adoption.size(), 1u);
  const AdoptionResult& it = told->adoption[0];
  EXPECT_EQ(it.role, "nurse");
  EXPECT_EQ(it.people, 10);
  ASSERT_EQ(it.changed.size(), 6u);
  double hours = 0;
  for (size_t day = 0; day < 6; ++day) {
    const double share = std::min(0.2 + 0.1 * static_cast<double>(day), 0.6);
    const double deviation = std::sqrt(10 * share * (1 - share) / 400);
    EXPECT_NEAR(it.changed[day], 10 * share, 3 * deviation) << day;
    if (day > 0) {
      EXPECT_GE(it.changed[day], it.changed[day - 1]) << "nobody goes back";
    }
    hours += (day == 0 ? 23 : 24) * share;
  }
  EXPECT_LT(std::fabs(z(it.at_start, 2)), 3);
  EXPECT_LT(std::fabs(z(it.at_end, 6)), 3);
  EXPECT_LT(std::fabs(z(it.work, hours / (6 * 24 - 1))), 3);
  for (const double each : it.at_end.runs) EXPECT_EQ(each, std::round(each)) << "whole people";

  // After a warm-up: the first day that counts.
  settings.warm_up_days = 2;
  EXPECT_LT(std::fabs(z(rehearse(*package, settings)->adoption[0].at_start, 4)), 3);
  // Each batch has days of its own.
  settings.warm_up_days = 0;
  settings.replications = 1;
  settings.batches = 3;
  const auto batches = rehearse(*package, settings);
  ASSERT_TRUE(batches) << to_text(batches.error());
  const std::vector<double>& first = batches->adoption[0].at_start.runs;
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[1], batches->adoption[0].changed[2]);
}

// Whoever comes after somebody counts from then on; people who are called are not counted.
TEST(NewWay, IsToldOfWhoeverHasThePost) {
  const Rehearsal told =
      changing("adoption: {rows: [{at: 2021-01-01, share: 0.5}]}, old_way: 2, initial: 1", 900, 6,
               "    turnover: {per_year: 12, assumption: true}\n    surge:\n      - {name: help, "
               "waiting: 50, after_minutes: 60, people: 7, hours: 8, assumption: true}\n");
  ASSERT_EQ(told.adoption.size(), 1u);
  EXPECT_EQ(told.adoption[0].people, 1);
  double sum = 0;
  bool once = false, never = false;
  for (const double day : told.adoption[0].changed) {
    sum += day;
    once |= day > 0.5;
    never |= day < 0.5;
  }
  EXPECT_NEAR(sum / 900, 0.5, 0.15);
  EXPECT_TRUE(once && never);
}

TEST(NewWay, IsNotToldWhereThereIsNone) {
  EXPECT_TRUE(once(steady(60, "initial: 2, exponent: 0.4"), 3).adoption.empty());
}

TEST(Learning, AnEmptyPostIsNotOnDuty) {
  TestPackage test;
  test.shifts =
      "      - {name: all, days: [mon, tue, wed, thu, fri, sat, sun], from: \"00:00\", to: "
      "\"00:00\", people: 20, assumption: true}\n    turnover: {per_year: 2, vacant_days: 30, "
      "assumption: true}\n";
  test.cohort = "start: 2021-01-04\ndays: 900\narrivals:\n  - {per_day: 1, assumption: true}\n";
  Settings settings;
  settings.days = 900;
  settings.warm_up_days = 300;
  settings.replications = 12;
  const auto package = test.load();
  const auto told = rehearse(*package, settings);
  ASSERT_TRUE(told);
  // In the long run it is filled for the share mean stay / (mean stay + 30 days).
  const double stay = 365.25 / 2;
  EXPECT_LT(std::fabs(z(told->staff[0].paid_hours, 20 * 600 * 24 * stay / (stay + 30))), 3);
}

}  // namespace
}  // namespace passerelle::rehearse
