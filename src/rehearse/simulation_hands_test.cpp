// Whose hands are on what: interruptions, ends of shifts, work that is done together, patients who
// leave, the order of the list; event by event, on pathways that one can work out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"

namespace passerelle::rehearse {
namespace {

using pathway::EventLog;
using testing::ElementsAre;
using testing::IsEmpty;

// Urgent at ten, an hour each.
TestPackage urgent_at_ten(const std::string& minutes) {
  TestPackage test;
  test.bpmn = one_call("p:priority='if now().hour = 10 then 2 else 0'");
  test.minutes = minutes;
  test.cohort = schedule({"04 09:30", "04 09:40", "04 10:00"});
  return test;
}

TEST(Interruption, WorkGoesOnWhereItStopped) {
  const EventLog log = log_of(urgent_at_ten("60, interrupted: resume"));
  EXPECT_THAT(told(log, "call", "start"),
              ElementsAre("1 04T09:30", "1 04T11:00", "2 04T11:30", "3 04T10:00"));
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("1 04T10:00"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T11:30", "2 04T12:30", "3 04T11:00"));
}

TEST(Interruption, WorkBeginsAnew) {
  const EventLog log = log_of(urgent_at_ten("60, interrupted: restart"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T12:00", "2 04T13:00", "3 04T11:00"));
}

TEST(Interruption, WhatIsNotUrgentEnoughWaits) {
  const TestPackage test = [] {
    TestPackage out = urgent_at_ten("60, interrupted: resume, interrupted_by: 2");
    out.bpmn = one_call("p:priority='if now().hour = 10 then 1 else 0'");
    return out;
  }();
  EXPECT_THAT(told(log_of(test), "call", "suspend"), IsEmpty());
}

TEST(Interruption, TheWorkOfThePersonWhoBeganLastIsPutAside) {
  TestPackage test = urgent_at_ten("60, interrupted: resume");
  test.people = 2;
  const EventLog log = log_of(test);
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("2 04T10:00"));
}

TEST(Interruption, WhatWasDoneBeforeCounts) {
  const auto package = urgent_at_ten("60, interrupted: resume").load();
  Settings settings;
  settings.days = 3;
  settings.replications = 1;
  const auto resumed = rehearse(*package, settings);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->activities[0].interrupted.value, 1);
  EXPECT_EQ(resumed->activities[0].work_mean.value, 60);
  EXPECT_EQ(resumed->activities[0].work_hours.value, 3);
  const auto again = urgent_at_ten("60, interrupted: restart").load();
  const auto restarted = rehearse(*again, settings);
  ASSERT_TRUE(restarted);
  EXPECT_EQ(restarted->activities[0].work_mean.value, 60);
  EXPECT_EQ(restarted->activities[0].work_hours.value, 3.5);  // half an hour for nothing
}

// ---- the end of a shift ----

TestPackage mornings(const std::string& shift_end, const std::string& breaks = "") {
  TestPackage test;
  test.shifts =
      "      - {name: early, days: [mon, tue, wed, thu, fri], from: \"08:00\", to: \"12:00\", "
      "people: 1" +
      breaks +
      ", assumption: true}\n"
      "      - {name: late, days: [mon], from: \"14:00\", to: \"18:00\", people: 1, assumption: "
      "true}\n    shift_end: " +
      shift_end + "\n";
  test.minutes = "60";
  test.cohort = schedule({"04 11:20", "04 11:30"});
  return test;
}

TEST(ShiftEnd, FinishesWhatIsInHand) {
  const EventLog log = log_of(mornings("finish"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T12:20", "2 04T15:00"));
}

TEST(ShiftEnd, HandsOverToWhoeverComesNext) {
  const EventLog log = log_of(mornings("hand_over"));
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("1 04T12:00"));
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T11:20", "1 04T14:00", "2 04T14:20"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T14:20", "2 04T15:20"));
}

TEST(ShiftEnd, KeepsItUntilTheSamePersonIsBack) {
  const EventLog log = log_of(mornings("suspend"));
  // The one of the afternoon is somebody else.
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T11:20", "2 04T14:00"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 05T08:20", "2 04T15:00"));
  const auto package = mornings("suspend").load();
  Settings settings;
  settings.days = 3;
  settings.replications = 1;
  const auto rehearsal = rehearse(*package, settings);
  EXPECT_EQ(rehearsal->staff[0].overtime_hours.value, 0);
  EXPECT_NEAR(rehearsal->staff[0].busy_hours.value, 2, 1e-9);
}

TEST(ShiftEnd, EndsForWhoWorksIntoABreakThatEndsWithIt) {
  const std::string last_half_hour = ", breaks: [{at: \"11:30\", minutes: 30}]";
  const EventLog handed = log_of(mornings("hand_over", last_half_hour));
  EXPECT_THAT(told(handed, "call", "suspend"), ElementsAre("1 04T12:00"));
  EXPECT_THAT(told(handed, "call", "complete"), ElementsAre("1 04T14:20", "2 04T15:20"));
  const EventLog kept = log_of(mornings("suspend", last_half_hour));
  EXPECT_THAT(told(kept, "call", "complete"), ElementsAre("1 05T08:20", "2 04T15:00"));
  const EventLog finished = log_of(mornings("finish", last_half_hour));
  EXPECT_THAT(told(finished, "call", "complete"), ElementsAre("1 04T12:20", "2 04T15:00"));
}

// ---- work that is done together ----

TestPackage scanner(const std::string& together) {
  TestPackage test;
  test.minutes = "60, together: " + together;
  test.cohort = schedule({"04 09:00", "04 09:10", "04 09:20", "04 09:30", "04 09:40"});
  return test;
}

TEST(Together, TakesAsManyAsThereAre) {
  const EventLog log = log_of(scanner("{most: 3}"));
  EXPECT_THAT(told(log, "call", "start"),
              ElementsAre("1 04T09:00", "2 04T10:00", "3 04T10:00", "4 04T10:00", "5 04T11:00"));
  EXPECT_THAT(told(log, "call", "complete"),
              ElementsAre("1 04T10:00", "2 04T11:00", "3 04T11:00", "4 04T11:00", "5 04T12:00"));
}

TEST(Together, WaitsForCompanyButNotForEver) {
  const EventLog log = log_of(scanner("{most: 3, least: 2, wait_minutes: 45}"));
  EXPECT_THAT(told(log, "call", "start"),
              ElementsAre("1 04T09:10", "2 04T09:10", "3 04T10:10", "4 04T10:10", "5 04T10:10"));
  const EventLog alone = log_of(scanner("{most: 9, least: 9, wait_minutes: 45}"));
  EXPECT_THAT(told(alone, "call", "start"),
              ElementsAre("1 04T09:45", "2 04T09:45", "3 04T09:45", "4 04T09:45", "5 04T09:45"));
}

TEST(Together, CountsThePersonsTimeOnce) {
  const auto package = scanner("{most: 3}").load();
  Settings settings;
  settings.days = 3;
  settings.replications = 1;
  const auto rehearsal = rehearse(*package, settings);
  ASSERT_TRUE(rehearsal);
  EXPECT_NEAR(rehearsal->staff[0].busy_hours.value, 3, 1e-9);
  EXPECT_NEAR(rehearsal->activities[0].work_hours.value, 3, 1e-6);
  EXPECT_EQ(rehearsal->queues.back().activity, "call");
}

// ---- who leaves, and who is taken first ----

// An hour each; they come at 9:00, 9:10 and 9:20.
TestPackage patients_who_leave(const std::string& after_minutes) {
  TestPackage test;
  test.bpmn = test_bpmn(R"(<startEvent id="start"/>
    <userTask id="call" p:role="nurse" p:title="t"/><endEvent id="end"/><endEvent id="lost"/>
    <boundaryEvent id="gone" attachedToRef="call"><messageEventDefinition messageRef="m"/>
    </boundaryEvent>
    <sequenceFlow id="a" sourceRef="start" targetRef="call"/>
    <sequenceFlow id="b" sourceRef="call" targetRef="end"/>
    <sequenceFlow id="c" sourceRef="gone" targetRef="lost"/>)");
  test.bpmn.insert(test.bpmn.find("<process"), "<message id=\"m\" name=\"leaves\"/>");
  test.minutes = "60";
  test.cohort = schedule({"04 09:00", "04 09:10", "04 09:20"},
                         "habits:\n  call: {leaves_after_minutes: " + after_minutes +
                             ", leaves_message: leaves, assumption: true}\n");
  return test;
}

TEST(Leaving, WhoWaitsTooLongLeavesAndNobodyLeavesOutOfHands) {
  const EventLog log = log_of(patients_who_leave("55"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T10:00", "2 04T11:00"));
  EXPECT_THAT(told(log, "lost", "complete"), ElementsAre("3 04T10:15"));
}

// Patience ends before free people look at what waits (calendar.h).
TEST(Leaving, WhoseTimeIsOverWhenSomebodyBecomesFreeHasLeft) {
  const EventLog log = log_of(patients_who_leave("50"));
  EXPECT_THAT(told(log, "lost", "complete"), ElementsAre("2 04T10:00"));
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T09:00", "3 04T10:00"));
}

TEST(Order, AgeingKeepsTheRoutineFromBeingOvertakenForEver) {
  TestPackage test;
  test.bpmn = one_call("p:priority='if now().minute = 0 then 0 else 1'");
  test.minutes = "60";
  test.cohort = schedule({"04 08:30", "04 09:00", "04 09:20", "04 10:10"});
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T08:30", "2 04T11:30", "3 04T09:30", "4 04T10:30"));
  test.more = "worklist: {order: ageing, ageing_minutes: 40}\n";
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T08:30", "2 04T10:30", "3 04T09:30", "4 04T11:30"));
  test.more = "worklist: {order: first_come}\n";
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T08:30", "2 04T09:30", "3 04T10:30", "4 04T11:30"));
}

}  // namespace
}  // namespace passerelle::rehearse
