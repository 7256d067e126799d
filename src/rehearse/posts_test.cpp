// People with several roles and skills, event by event, and against queueing theory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Cases that open in the first half of an hour need the nurse, the others the clerk; the clerk's
// work is urgent when it opens after a quarter to. An hour each.
TestPackage two_roles(const std::string& posts) {
  TestPackage test;
  test.bpmn = test_bpmn(R"(<startEvent id="start"/><exclusiveGateway id="which" default="c"/>
    <userTask id="call" p:role="nurse" p:title="t"/>
    <userTask id="desk" p:role="clerk" p:title="t" p:priority="if now().minute &gt;= 45 then 2 else 0"/>
    <endEvent id="end"/><endEvent id="done"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="which"/>
    <sequenceFlow id="b" sourceRef="which" targetRef="call">
      <conditionExpression>now().minute &lt; 30</conditionExpression></sequenceFlow>
    <sequenceFlow id="c" sourceRef="which" targetRef="desk"/>
    <sequenceFlow id="d" sourceRef="call" targetRef="end"/>
    <sequenceFlow id="e" sourceRef="desk" targetRef="done"/>)");
  test.minutes = "60";
  test.people = 0;
  test.roles = "  clerk: {name: role.nurse}\n";
  test.work = "  - {activity: desk, minutes: 60, assumption: true}\n";
  test.more = "posts:\n" + posts;
  return test;
}

const std::string daily =
    "shifts: [{name: day, days: [mon, tue, wed, thu, fri, sat, sun], from: \"08:00\", to: "
    "\"18:00\"}], assumption: true";

TEST(Posts, WorkOfTwoRolesCompetesForTheSamePerson) {
  TestPackage test = two_roles("  - {name: flyer, roles: [nurse, clerk], " + daily + "}\n");
  test.cohort = schedule({"04 09:00", "04 09:10", "04 09:35", "04 09:50"});
  const auto log = log_of(test);
  // The urgent work of the clerk comes first, then what has waited longest, whichever role it is
  // of.
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T09:00", "2 04T11:00"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("3 04T12:00", "4 04T10:00"));
  for (const pathway::Event& event : log.events) {
    if (event.lifecycle != pathway::Lifecycle::start || event.actor == 0) continue;
    EXPECT_EQ(log.names.text(event.actor), "flyer");
    // Told as the role in which it is done.
    EXPECT_EQ(log.names.text(event.role),
              log.names.text(event.activity) == "call" ? "nurse" : "clerk");
  }
}

TEST(Posts, WhoHasOneRoleOnlyIsAskedFirst) {
  TestPackage test = two_roles("  - {name: flyer, roles: [nurse, clerk], " + daily + "}\n");
  test.people = 1;
  test.cohort = schedule({"04 09:00", "04 09:10", "04 09:35"});
  // The nurse takes the first, the flyer the second; the third, of the clerk, waits for the flyer.
  EXPECT_THAT(told(log_of(test), "desk", "start"), ElementsAre("3 04T10:10"));
  test.cohort = schedule({"04 09:00", "04 09:35"});
  EXPECT_THAT(told(log_of(test), "desk", "start"), ElementsAre("2 04T09:35"));
}

TEST(Posts, HoursAreToldOncePerPersonByPost) {
  TestPackage test =
      two_roles("  - {name: flyer, people: 2, roles: [nurse, clerk], " + daily + "}\n");
  test.cohort = schedule({"04 09:00", "04 09:40"});
  const Rehearsal told = once(test);
  ASSERT_EQ(told.staff.size(), 2u);
  EXPECT_EQ(told.staff[0].role, "nurse");
  EXPECT_EQ(told.staff[1].role, "flyer");
  EXPECT_THAT(told.staff[1].roles, ElementsAre("nurse", "clerk"));
  EXPECT_DOUBLE_EQ(told.staff[1].paid_hours.value, 3 * 20);
  EXPECT_DOUBLE_EQ(told.staff[1].busy_hours.value, 2);
}

// Two of them work four days in five, and never miss the same day.
TEST(Posts, PartTimeTakesDaysOffInTurn) {
  TestPackage test = two_roles(
      "  - {name: half, people: 2, roles: [nurse], part_time: 0.8, shifts: [{name: day, days: "
      "[mon, tue, wed, thu, fri], from: \"08:00\", to: \"18:00\"}], assumption: true}\n");
  test.cohort = schedule({"04 09:00"});
  const Rehearsal told = once(test, 7);
  ASSERT_EQ(told.staff.back().role, "half");
  EXPECT_DOUBLE_EQ(told.staff.back().paid_hours.value, 2 * 4 * 10);
  for (size_t day = 0; day < 5; ++day) EXPECT_GE(told.staff.back().on_duty[day * 24 + 12], 1);
  // What check counts is the same.
  const auto package = test.load();
  const pathway::Organisation& organisation = package->pathway.organisation();
  const std::vector<size_t> nurses = {*organisation.role_index("nurse")};
  for (size_t hour = 0; hour < 7 * 24; ++hour)
    EXPECT_EQ(organisation.on_duty(nurses, told.start + std::chrono::hours(hour)),
              told.staff.back().on_duty[hour])
        << hour;
}

// Of four, the first and the third go at twelve, the others at one.
TEST(Posts, GoForABreakInRelays) {
  TestPackage test = two_roles(
      "  - {name: flyer, people: 4, roles: [nurse], assumption: true, shifts: [{name: day, days: "
      "[mon, tue, wed, thu, fri, sat, sun], from: \"08:00\", to: \"18:00\", break_groups: 2, "
      "breaks: "
      "[{at: \"12:00\", minutes: 60}]}]}\n");
  test.cohort = schedule({"04 12:00", "04 12:01", "04 12:02", "04 13:00"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "start"),
              ElementsAre("1 04T12:00", "2 04T12:01", "3 04T13:00", "4 04T13:00"));
  std::vector<std::string> who;
  for (const pathway::Event& event : log.events)
    if (event.lifecycle == pathway::Lifecycle::start && event.actor != 0)
      who.push_back(log.names.text(event.actor));
  EXPECT_THAT(who, ElementsAre("flyer 2", "flyer 4", "flyer 1", "flyer 3"));
  const Rehearsal told = once(test, 1);
  EXPECT_DOUBLE_EQ(told.staff.back().paid_hours.value, 4 * 9);
  EXPECT_DOUBLE_EQ(told.staff.back().on_duty[12], 2);
  EXPECT_DOUBLE_EQ(told.staff.back().on_duty[13], 2);
}

// Those that are alike are trained one after another, each for the hours of all of their roles.
TEST(Posts, AreTrainedOneAfterAnother) {
  TestPackage test = two_roles(
      "  - {name: flyer, people: 5, roles: [nurse, clerk], assumption: true, shifts: [{name: day, "
      "days: [mon, tue, wed, thu, fri], from: \"08:00\", to: \"16:00\"}]}\n");
  test.more +=
      "go_live: 2021-01-18\nlearning:\n  - {role: nurse, training_hours: 6, training_days: 14, "
      "assumption: true}\n  - {role: clerk, training_hours: 4, training_days: 7, assumption: "
      "true}\n";
  test.cohort = "start: 2021-01-04\ndays: 21\narrivals:\n  - {per_day: 1, assumption: true}\n";
  const Rehearsal told = once(test, 21);
  const StaffResult& flyers = told.staff.back();
  EXPECT_DOUBLE_EQ(flyers.paid_hours.value, 5 * 15 * 8 - 5 * (6 + 4));
  for (size_t day = 0; day < 21; ++day) {
    if (day % 7 > 4) continue;
    EXPECT_GE(flyers.on_duty[day * 24 + 9], 3) << day;  // never more than two at once
    if (day >= 14) {
      EXPECT_DOUBLE_EQ(flyers.on_duty[day * 24 + 9], 5) << day;
    }
  }
}

// In the long run a post is filled for the share mean stay / (mean stay + 30 days), and whoever
// follows begins the curve anew.
TEST(Posts, ChangeHands) {
  const std::string always =
      "shifts: [{name: all, days: [mon, tue, wed, thu, fri, sat, sun], from: \"00:00\", to: "
      "\"00:00\"}], assumption: true";
  TestPackage test = two_roles(
      "  - {name: flyer, people: 20, roles: [nurse, clerk], turnover: {per_year: 2, "
      "vacant_days: 30, assumption: true}, " +
      always + "}\n");
  test.cohort = "start: 2021-01-04\ndays: 900\narrivals:\n  - {per_day: 1, assumption: true}\n";
  Settings settings;
  settings.days = 900;
  settings.warm_up_days = 300;
  settings.replications = 12;
  auto package = test.load();
  auto told = rehearse(*package, settings);
  ASSERT_TRUE(told);
  const double stay = 365.25 / 2;
  EXPECT_LT(std::fabs(z(told->staff.back().paid_hours, 20 * 600 * 24 * stay / (stay + 30))), 3);

  // The mean factor of a renewal process, as for a role (learning_test.cpp).
  test = two_roles("  - {name: flyer, roles: [nurse], turnover: {per_year: 6, assumption: true}, " +
                   always + "}\n");
  test.more += "learning:\n  - {role: nurse, initial: 3, exponent: 0.5, assumption: true}\n";
  test.minutes = "10";
  test.cohort = "start: 2021-01-04\ndays: 730\narrivals:\n  - {gaps: 240, assumption: true}\n";
  settings.days = 730;
  settings.warm_up_days = 365;
  settings.replications = 60;
  package = test.load();
  told = rehearse(*package, settings);
  ASSERT_TRUE(told);
  const double stays = std::exp(-6 * 240 / (365.25 * 24 * 60));
  double factor = 0, weight = 0, survival = 1;
  for (int k = 1; k < 100'000; ++k, survival *= stays) {
    factor += survival * (1 + 2 * std::pow(k, -0.5));
    weight += survival;
  }
  EXPECT_LT(std::fabs(z(told->activities[0].work_mean, 10 * factor / weight)), 3);
}

TEST(Posts, ARosterOfCenturiesAndThousandsIsRefused) {
  TestPackage test = two_roles("  - {name: flyer, people: 10000, roles: [nurse], " + daily + "}\n");
  test.cohort = schedule({"04 09:00"});
  const auto package = test.load();
  Settings settings;
  settings.days = 3660;
  settings.replications = 1;
  const auto refused = rehearse(*package, settings);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_NE(refused.error().help.find("10001 teams change at"), std::string::npos)
      << to_text(refused.error());
}

TEST(Posts, WorkGoesToWhoHasTheSkill) {
  TestPackage test =
      two_roles("  - {name: expert, roles: [nurse], skills: [suture], " + daily + "}\n");
  test.people = 1;
  test.minutes = "60, skills: [suture]";
  test.cohort = schedule({"04 09:00", "04 09:10"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T09:00", "2 04T10:00"));
  for (const pathway::Event& event : log.events)
    if (event.lifecycle == pathway::Lifecycle::start && event.actor != 0) {
      EXPECT_EQ(log.names.text(event.actor), "expert");
    }
}

TEST(Posts, WorkThatNobodyIsSkilledForIsRefused) {
  TestPackage test = two_roles("  - {name: flyer, roles: [nurse, clerk], " + daily + "}\n");
  test.minutes = "60, skills: [suture]";
  test.cohort = schedule({"04 09:00"});
  const auto package = test.load();
  Settings settings;
  settings.days = 1;
  settings.replications = 1;
  const auto refused = rehearse(*package, settings);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("'call'"), std::string::npos) << to_text(refused.error());
}

// Two streams of work that one person does in turn are one queue: M/M/1 with the sum of the loads.
TEST(Posts, OnePersonForTwoRolesIsOneServer) {
  TestPackage test = two_roles(
      "  - {name: flyer, roles: [nurse, clerk], shifts: [{name: all, days: [mon, tue, wed, thu, "
      "fri, sat, sun], from: \"00:00\", to: \"00:00\"}], assumption: true}\n");
  test.minutes = "{exponential: 10}";
  test.work = "  - {activity: desk, minutes: {exponential: 10}, assumption: true}\n";
  const size_t at = test.bpmn.find(" p:priority");
  test.bpmn.erase(at, test.bpmn.find("\"/>", at) + 1 - at);
  test.cohort = poisson(20);
  const auto package = test.load();
  const auto rehearsal = rehearse(*package, many(60, 40));
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  std::vector<double> waits;
  const auto& call = rehearsal->activities[0];
  const auto& desk = rehearsal->activities[1];
  for (size_t i = 0; i < call.wait_mean.runs.size(); ++i) {
    const double a = call.offered.runs[i], b = desk.offered.runs[i];
    waits.push_back((call.wait_mean.runs[i] * a + desk.wait_mean.runs[i] * b) / (a + b));
  }
  EXPECT_LT(std::fabs(z(waits, 10)), 3);  // rho / (1 - rho) * 10 minutes, rho = 0.5
  EXPECT_LT(std::fabs(z(rehearsal->staff.back().use, 0.5)), 3);
}

// ---- the order of one instant ----

// Somebody becomes free, somebody comes and a patient comes, all at ten: who has been free longest
// takes it, and whoever finishes counts as free from ten on.
TEST(OneInstant, ReleaseComesBeforeTheCalendarAndBothBeforeWorkIsTaken) {
  TestPackage test;
  test.minutes = "60";
  test.shifts =
      "      - {name: early, days: [mon], from: \"08:00\", to: \"18:00\", people: 1, assumption: "
      "true}\n      - {name: late, days: [mon], from: \"10:00\", to: \"18:00\", people: 1, "
      "assumption: true}\n";
  test.cohort = schedule({"04 09:00", "04 10:00"});
  const auto log = log_of(test);
  std::vector<std::string> who;
  for (const pathway::Event& event : log.events)
    if (event.lifecycle == pathway::Lifecycle::start && event.actor != 0)
      who.push_back(log.names.text(event.actor));
  EXPECT_THAT(who, ElementsAre("nurse 1", "nurse 1"));
}

// At the end of a shift what arrives at that instant finds nobody, and what ends at it is done.
TEST(OneInstant, NobodyBeginsAtTheVeryEnd) {
  TestPackage test;
  test.minutes = "60";
  test.shifts =
      "      - {name: day, days: [mon, tue], from: \"08:00\", to: \"10:00\", people: 1, "
      "assumption: true}\n    shift_end: hand_over\n";
  test.cohort = schedule({"04 09:00", "04 10:00"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "suspend"), IsEmpty());
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T10:00", "2 05T09:00"));
}

// Two that arrive together: both have arrived before anything is taken, and the older case is
// first.
TEST(OneInstant, WorkThatArrivesTogetherIsTakenInItsOrder) {
  TestPackage test;
  test.bpmn = one_call("p:priority='urgency'",
                       "<extensionElements><p:variable name=\"urgency\"/></extensionElements>");
  test.minutes = "60";
  test.cohort =
      "start: 2021-01-04\ndays: 3\narrivals:\n"
      "  - {name: routine, schedule: [\"2021-01-04 09:00\", \"2021-01-04 09:00\"], assumption: "
      "true}\n  - {name: urgent, schedule: [\"2021-01-04 09:00\"], assumption: true}\n"
      "attributes:\n  urgency: {is: 0, assumption: true}\nopening: [urgency]\n";
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T09:00", "2 04T10:00", "3 04T11:00"));
  test.cohort.replace(test.cohort.find("schedule: [\"2021-01-04 09:00\"], assumption"), 42,
                      "file: late.csv, assumption");
  test.files["late.csv"] = "at;urgency\n2021-01-04 09:00;2\n";
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T10:00", "2 04T11:00", "3 04T09:00"));
}

// ---- overtime ----

TestPackage with_overtime(const std::string& end) {
  TestPackage test;
  test.minutes = "60";
  test.shifts =
      "      - {name: day, days: [mon, tue], from: \"08:00\", to: \"12:00\", people: 2, "
      "assumption: true}\n" +
      end;
  test.cohort = schedule({"04 11:10", "04 11:40"});
  return test;
}

TEST(Overtime, WhatEndsWithinTheLimitIsFinishedAndTheRestHandedOver) {
  const auto log = log_of(with_overtime("    shift_end: hand_over\n    overtime_minutes: 15\n"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T12:10", "2 05T08:40"));
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("2 04T12:00"));
  const Rehearsal told = once(with_overtime("    shift_end: suspend\n    overtime_minutes: 15\n"));
  EXPECT_NEAR(told.staff[0].overtime_hours.value, 10 / 60.0, 1e-9);
}

TEST(Overtime, ZeroMinutesFinishNothing) {
  const auto log = log_of(with_overtime("    shift_end: hand_over\n    overtime_minutes: 0\n"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 05T08:10", "2 05T08:40"));
}

}  // namespace
}  // namespace passerelle::rehearse
