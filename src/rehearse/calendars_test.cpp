// Who is there: holidays, breaks, absences, people who are called when too much waits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

using testing::ElementsAre;

std::string shift(const std::string& days, const std::string& hours, int people,
                  const std::string& more = "") {
  return "      - {name: s" + std::to_string(people) + days.substr(1, 3) + ", days: " + days +
         ", " + hours + ", people: " + std::to_string(people) + more + ", assumption: true}\n";
}
const std::string every_day = "[mon, tue, wed, thu, fri, sat, sun]";
const std::string office = "from: \"08:00\", to: \"18:00\"";

// 1 January 2021 was a Friday.
TEST(Calendars, AHolidayIsADayOfItsOwn) {
  TestPackage test;
  test.more = "holidays: france\n";
  test.minutes = "10";
  test.cohort =
      "start: 2020-12-31\ndays: 4\narrivals:\n  - schedule: [\"2020-12-31 17:55\", "
      "\"2021-01-01 09:00\"]\n    assumption: true\n";
  const std::string weekdays = "[mon, tue, wed, thu, fri]";
  test.shifts = shift(weekdays, office, 1);
  EXPECT_THAT(told(log_of(test, 4), "call", "start"), ElementsAre("1 31T17:55"));
  test.shifts += shift("[holiday]", "from: \"10:00\", to: \"12:00\"", 1);
  EXPECT_THAT(told(log_of(test, 4), "call", "start"), ElementsAre("1 31T17:55", "2 01T10:00"));
  test.more = "holidays: {calendar: france, except: [2021-01-01]}\n";
  EXPECT_THAT(told(log_of(test, 4), "call", "start"), ElementsAre("1 31T17:55", "2 01T09:00"));
  test.more = "holidays: {also: [2021-01-01]}\n";
  EXPECT_THAT(told(log_of(test, 4), "call", "start"), ElementsAre("1 31T17:55", "2 01T10:00"));
}

TEST(Calendars, RelaysGoForABreakOneAfterAnother) {
  TestPackage test;
  test.minutes = "30";
  test.shifts =
      shift(every_day, office, 3, ", break_groups: 2, breaks: [{at: \"12:00\", minutes: 60}]");
  test.cohort = schedule({"04 12:10", "04 12:11", "04 13:05", "04 13:06", "04 13:07"});
  // Of three, two go at twelve and one at one.
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T12:10", "2 04T12:40", "3 04T13:05", "4 04T13:06", "5 04T13:35"));
  const Rehearsal rehearsal = once(test, 1);
  EXPECT_DOUBLE_EQ(rehearsal.staff[0].paid_hours.value, 27);
  EXPECT_EQ(rehearsal.staff[0].overtime_hours.value, 0);
}

TEST(Calendars, WhoIsInTheMiddleOfSomethingTakesTheBreakLater) {
  TestPackage test;
  test.minutes = "30";
  test.shifts = shift(every_day, office, 1, ", breaks: [{at: \"12:00\", minutes: 60}]") +
                "    shift_end: hand_over\n";
  test.cohort = schedule({"04 11:45", "04 11:50"});
  EXPECT_THAT(told(log_of(test), "call", "complete"), ElementsAre("1 04T12:15", "2 04T13:30"));
  EXPECT_EQ(once(test).staff[0].overtime_hours.value, 0);
}

TEST(Calendars, AbsencesTakeTheirShareInSpells) {
  TestPackage test;
  test.shifts =
      shift(every_day, office, 20) + "    absence: {share: 0.1, days: 5, assumption: true}\n";
  test.cohort = schedule({"04 09:00"});
  const Rehearsal rehearsal = once(test, 200, 12);
  EXPECT_LT(std::fabs(z(rehearsal.staff[0].paid_hours, 200 * 20 * 10 * 0.9)), 3);
  // Spells of five days: neighbouring days are alike.
  double same = 0, all = 0;
  const auto& hours = rehearsal.staff[0].on_duty;
  for (size_t day = 1; day < 200; ++day) {
    const double change = hours[day * 24 + 12] - hours[day * 24 - 12];
    same += change * change;
    const double from_mean = hours[day * 24 + 12] - 18;
    all += from_mean * from_mean;
  }
  EXPECT_LT(same / all, 0.7);  // 2 if days were independent, 0.44 expected
}

TEST(Calendars, TheSamePeopleAreAwayInTwoScenarios) {
  TestPackage test;
  test.shifts =
      shift(every_day, office, 20) + "    absence: {share: 0.1, days: 5, assumption: true}\n";
  test.cohort = schedule({"04 09:00"});
  const Rehearsal before = once(test, 50, 2);
  test.minutes = "99";
  EXPECT_EQ(once(test, 50, 2).staff[0].paid_hours.runs, before.staff[0].paid_hours.runs);
  EXPECT_NE(before.staff[0].paid_hours.runs[0], before.staff[0].paid_hours.runs[1]);
}

TEST(Calendars, OneMoreInAnotherRoleLeavesTheOthersTheirAbsences) {
  TestPackage test;
  const std::string absence = "    absence: {share: 0.1, days: 5, assumption: true}\n";
  test.shifts = shift(every_day, office, 20) + absence;
  test.roles = "  doctor:\n    name: t\n    shifts:\n" + shift(every_day, office, 10) + absence;
  test.cohort = schedule({"04 09:00"});
  const Rehearsal before = once(test, 50, 2);
  test.shifts = shift(every_day, office, 21) + absence;
  const Rehearsal after = once(test, 50, 2);
  ASSERT_EQ(before.staff.size(), 2u);
  ASSERT_EQ(before.staff[1].role, "doctor");
  EXPECT_EQ(after.staff[1].on_duty, before.staff[1].on_duty);
  EXPECT_NE(after.staff[0].on_duty, before.staff[0].on_duty);
}

TEST(Calendars, PeopleAreCalledWhenTooMuchWaits) {
  TestPackage test;
  test.minutes = "60";
  test.shifts = shift(every_day, "from: \"00:00\", to: \"00:00\"", 1) +
                "    surge: [{name: more, people: 2, waiting: 2, after_minutes: 30, hours: 2, "
                "assumption: true}]\n";
  test.cohort = schedule({"04 09:00", "04 09:01", "04 09:10", "04 09:20", "04 09:30"});
  // Two wait at 9:10: two come at 9:40 and leave at 11:40.
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T09:00", "2 04T09:40", "3 04T09:40", "4 04T10:00", "5 04T10:40"));
  EXPECT_NEAR(once(test, 1).staff[0].paid_hours.value, 28, 1e-9);
}

TEST(Calendars, TheCalledStayWhileItLasts) {
  TestPackage test;
  test.minutes = "300";
  test.shifts = shift(every_day, "from: \"00:00\", to: \"00:00\"", 1) +
                "    surge: [{name: more, people: 1, waiting: 2, after_minutes: 0, hours: 1, "
                "assumption: true}]\n";
  test.cohort = schedule({"04 09:00", "04 09:01", "04 09:10", "04 09:20", "04 09:30"});
  // Called at 9:10 for an hour. At 10:10 three wait, and so on; two at 14:10, one at 15:10.
  EXPECT_NEAR(once(test, 1).staff[0].paid_hours.value, 30, 1e-9);
}

// ---- arrivals from a file ----

TestPackage from_file(const std::string& table) {
  TestPackage test;
  test.minutes = "1";
  test.bpmn = test_bpmn(R"(
    <extensionElements><p:variable name="level"/></extensionElements>
    <startEvent id="start"/><userTask id="call" p:role="nurse" p:title="t" p:priority="level"/>
    <endEvent id="end"/><sequenceFlow id="a" sourceRef="start" targetRef="call"/>
    <sequenceFlow id="b" sourceRef="call" targetRef="end"/>)");
  test.cohort =
      "start: 2021-01-04\ndays: 3\narrivals:\n  - {file: arrivals.csv, assumption: true}\n"
      "attributes:\n  level: {is: 1, assumption: true}\nopening: [level]\n";
  test.files["arrivals.csv"] = table;
  return test;
}

TEST(ArrivalFile, PatientsComeWhenAndAsItSays) {
  const TestPackage test = from_file(
      "at;level\r\n2021-01-03 10:00;0\r\n2021-01-04 09:00:30.5;0\r\n2021-01-04T09:00:40;2\r\n"
      "2021-01-04 09:00:41;\r\n2021-01-04 09:00:42;0\r\n");
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "start"),
              ElementsAre("1 04T09:00", "2 04T09:01", "3 04T09:02", "4 04T09:03"));
  EXPECT_EQ(log.events.front().at, *parse_instant("2021-01-04T08:00:30.500Z"));
}

TEST(ArrivalFile, EveryReplicationTakesItsOwnRows) {
  const TestPackage test = from_file(
      "replication,at\n0,2021-01-04 09:00\n1,2021-01-04 07:00\n1,2021-01-04 08:00\n"
      "2,2021-01-04 07:00\n2,2021-01-04 07:10\n2,2021-01-04 07:20\n");
  EXPECT_THAT(once(test, 3, 5).patients.runs, ElementsAre(1, 2, 3, 1, 2));
}

std::string complaint(const std::string& table) {
  const TestPackage test = from_file(table);
  pathway::PackageFiles files = test.files;
  std::vector<pathway::Finding> findings;
  auto node = yaml::parse(test.cohort, "cohort.yaml");
  pathway::Cohort cohort = pathway::parse_cohort(*node, findings);
  pathway::read_arrival_files(cohort, files, findings);
  return findings.empty() ? "" : to_text(findings[0].place) + ": " + findings[0].message;
}

TEST(ArrivalFile, WhatIsWrongIsToldWithItsLine) {
  EXPECT_EQ(complaint("at\n2021-01-04 09:00\n"), "");
  EXPECT_EQ(complaint("at\n2021-01-04 09:00\n4 January\n"),
            "arrivals.csv:3:1: expected a date and time, like 2020-03-26 10:00:30");
  EXPECT_EQ(complaint("at,levle\n2021-01-04 09:00,1\n"),
            "arrivals.csv:1:1: cohort.yaml has no attribute 'levle'");
  EXPECT_EQ(complaint("when\n2021-01-04 09:00\n").substr(0, 17), "arrivals.csv:1:1:");
  EXPECT_EQ(complaint("at,level\n2021-01-04 09:00\n"), "arrivals.csv:2:1: expected 2 columns");
  EXPECT_EQ(complaint("at,at\n2021-01-04 09:00,2021-01-04 09:00\n"),
            "arrivals.csv:1:1: expected each column once, found 'at' again");
  EXPECT_EQ(complaint("at\n2021-01-04 09:00\n2021-01-04 08:00\n"),
            "arrivals.csv:3:1: expected a time not before the row above");
  EXPECT_NE(complaint("at\n1999-01-04 09:00\n").find("nobody of 'arrivals.csv' comes"),
            std::string::npos);
  EXPECT_NE(complaint("").find("names of the columns"), std::string::npos);
}

}  // namespace
}  // namespace passerelle::rehearse
