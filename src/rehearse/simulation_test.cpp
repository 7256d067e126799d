// What simulated people do, event by event, on pathways so small that one can work it out by hand.
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

TEST(Simulation, TellsAWholeCase) {
  TestPackage test;
  test.minutes = "12";
  test.cohort = schedule({"04 09:30"});
  const EventLog log = log_of(test);
  EXPECT_THAT(told(log), ElementsAre("1 04T09:30 case start", "1 04T09:30 start complete",
                                     "1 04T09:30 call schedule", "1 04T09:30 call assign",
                                     "1 04T09:30 call start", "1 04T09:42 call complete",
                                     "1 04T09:42 end complete", "1 04T09:42 case complete"));
  EXPECT_EQ(log.names.text(log.events[4].actor), "nurse 1");
  EXPECT_EQ(log.names.text(log.events[4].role), "nurse");
}

// The first case rings after an hour; the others, which wait, hear it at that instant, by number.
TEST(Simulation, CasesHearASignalForTheSite) {
  TestPackage test;
  test.bpmn = test_bpmn(
      "<startEvent id=\"start\"/><eventBasedGateway id=\"either\"/>"
      "<intermediateCatchEvent id=\"hour\"><timerEventDefinition><timeDuration>PT1H</timeDuration>"
      "</timerEventDefinition></intermediateCatchEvent><intermediateThrowEvent id=\"ring\">"
      "<signalEventDefinition signalRef=\"sg\"/></intermediateThrowEvent>"
      "<intermediateCatchEvent id=\"hear\"><signalEventDefinition signalRef=\"sg\"/>"
      "</intermediateCatchEvent><userTask id=\"call\" p:role=\"nurse\" p:title=\"t\"/>"
      "<sequenceFlow id=\"a\" sourceRef=\"start\" targetRef=\"either\"/>"
      "<sequenceFlow id=\"b\" sourceRef=\"either\" targetRef=\"hour\"/>"
      "<sequenceFlow id=\"c\" sourceRef=\"either\" targetRef=\"hear\"/>"
      "<sequenceFlow id=\"d\" sourceRef=\"hour\" targetRef=\"ring\"/>"
      "<sequenceFlow id=\"e\" sourceRef=\"hear\" targetRef=\"call\"/>");
  test.bpmn.insert(test.bpmn.find("<process"),
                   "<signal id=\"sg\" name=\"storm\" p:reach=\"site\"/>");
  test.minutes = "20";
  test.cohort = schedule({"04 09:00", "04 09:30", "04 09:40", "04 10:10"});
  const EventLog log = log_of(test);
  EXPECT_THAT(told(log, "ring", "complete"), ElementsAre("1 04T10:00", "4 04T11:10"));
  EXPECT_THAT(told(log, "hear", "complete"), ElementsAre("2 04T10:00", "3 04T10:00"));
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("2 04T10:00", "3 04T10:20"));
}

TEST(Simulation, CasesThatATimerOpensAreAboutNobodyAndTakeTheirTime) {
  TestPackage test;
  test.bpmn = one_call("",
                       "<startEvent id=\"daily\"><timerEventDefinition><timeCycle>"
                       "R/2021-01-04T08:00:00/P1D</timeCycle></timerEventDefinition></startEvent>"
                       "<sequenceFlow id=\"c\" sourceRef=\"daily\" targetRef=\"call\"/>");
  test.minutes = "30";
  test.cohort = schedule({"04 08:10", "05 09:00"});
  const pathway::EventLog log = log_of(test);
  EXPECT_THAT(told(log, "daily", "complete"),
              ElementsAre("1 04T08:00", "3 05T08:00", "5 06T08:00"));
  EXPECT_THAT(told(log, "call", "start"),
              ElementsAre("1 04T08:00", "2 04T08:30", "3 05T08:00", "4 05T09:00", "5 06T08:00"));
  const Rehearsal rehearsal = once(test);
  EXPECT_EQ(rehearsal.patients.value, 2);
  EXPECT_EQ(rehearsal.ended.value, 5);
  test.bpmn.replace(test.bpmn.find("R/2021-01-04T08:00:00/P1D"), 25, "R/PT1S");
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings;
  settings.days = 30;
  settings.replications = 1;
  const auto endless = rehearse(*package, settings);
  ASSERT_FALSE(endless);
  EXPECT_THAT(to_text(endless.error()), testing::HasSubstr("more than a million cases"));
}

TEST(Simulation, OnePersonWorksOneAfterTheOther) {
  TestPackage test;
  test.minutes = "60";
  test.cohort = schedule({"04 09:00", "04 09:10", "04 09:20"});
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T09:00", "2 04T10:00", "3 04T11:00"));
}

TEST(Simulation, TakesTheUrgentThatComesAtTheVeryInstantInWhichSomebodyIsFree) {
  TestPackage test;
  test.bpmn = one_call("p:priority='if now().hour = 10 then 2 else 0'");
  test.minutes = "60";
  test.cohort = schedule({"04 09:00", "04 09:10", "04 10:00"});
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T09:00", "2 04T11:00", "3 04T10:00"));
}

TEST(Simulation, GoesByDeadlineWithinAPriority) {
  TestPackage test;
  test.bpmn =
      one_call("p:due='if now().minute = 20 then duration(\"PT1H\") else duration(\"PT9H\")'");
  test.minutes = "60";
  test.cohort = schedule({"04 09:00", "04 09:10", "04 09:20"});
  EXPECT_THAT(told(log_of(test), "call", "start"),
              ElementsAre("1 04T09:00", "2 04T11:00", "3 04T10:00"));
}

TEST(Simulation, WaitsForTheShiftAndFinishesWhatIsInHand) {
  TestPackage test;
  test.shifts =
      "      - {name: day, days: [mon, tue, wed, thu, fri], from: \"08:00\", to: \"12:00\", "
      "people: "
      "1, assumption: true}\n";
  test.minutes = "45";
  test.cohort = schedule({"04 06:00", "04 11:30", "04 11:40"});
  const EventLog log = log_of(test);
  // The second ends after the shift; the third waits for the next morning.
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T08:00", "2 04T11:30", "3 05T08:00"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T08:45", "2 04T12:15", "3 05T08:45"));
}

TEST(Simulation, TakesNothingNewAtTheInstantInWhichTheShiftEnds) {
  TestPackage test;
  test.shifts =
      "      - {name: day, days: [mon, tue, wed, thu, fri], from: \"08:00\", to: \"12:00\", "
      "people: "
      "1, assumption: true}\n";
  test.minutes = "60";
  test.cohort = schedule({"04 11:00", "04 11:10"});
  EXPECT_THAT(told(log_of(test), "call", "start"), ElementsAre("1 04T11:00", "2 05T08:00"));
}

TEST(Simulation, NobodyOnDutyMeansThatWorkWaitsForEver) {
  TestPackage test;
  test.people = 0;
  test.cohort = schedule({"04 09:00"});
  EXPECT_THAT(told(log_of(test), "call"), ElementsAre("1 04T09:00 schedule"));
}

const std::string night =
    "    fallback: oncall\n"
    "  oncall:\n    name: role.nurse\n    on_call: true\n    shifts:\n"
    "      - {name: night, days: [mon, tue, wed, thu, fri, sat, sun], from: \"20:00\", to: "
    "\"08:00\", people: 1, assumption: true}\n";
const std::string day =
    "      - {name: day, days: [mon, tue, wed, thu, fri, sat, sun], from: \"08:00\", to: "
    "\"20:00\", "
    "people: 1, assumption: true}\n";

TEST(Simulation, WhoIsOnCallIsCalledForTheUrgentOnly) {
  TestPackage test;
  test.shifts = day;
  test.roles = night;
  test.minutes = "10";
  test.bpmn = one_call("p:priority='if now().hour = 22 then 2 else 1'");
  test.cohort = schedule({"04 21:00", "04 22:00"});
  const EventLog log = log_of(test);
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 05T08:00", "2 04T22:00"));
  for (const pathway::Event& event : log.events) {
    if (event.case_number != 2 || event.lifecycle != pathway::Lifecycle::assign) continue;
    EXPECT_EQ(log.names.text(event.role), "oncall");
  }
}

TEST(Simulation, TheFirstWorkOfNewStaffTakesLonger) {
  TestPackage test;
  test.minutes = "10";
  test.more = "learning:\n  - {role: nurse, initial: 2, exponent: 1, assumption: true}\n";
  test.cohort = schedule({"04 09:00", "04 09:00", "04 09:00"});
  // 10 * (1 + 1), 10 * (1 + 1/2), 10 * (1 + 1/3) minutes.
  EXPECT_THAT(told(log_of(test), "call", "complete"),
              ElementsAre("1 04T09:20", "2 04T09:35", "3 04T09:48"));
}

TEST(Simulation, ExperienceBelongsToThePerson) {
  TestPackage test;
  test.people = 2;
  test.minutes = "10";
  test.more = "learning:\n  - {role: nurse, initial: 2, exponent: 1, assumption: true}\n";
  test.cohort = schedule({"04 09:00", "04 09:00"});
  EXPECT_THAT(told(log_of(test), "call", "complete"), ElementsAre("1 04T09:20", "2 04T09:20"));
}

TEST(Simulation, ACallThatNobodyAnswersIsTriedAgain) {
  TestPackage test;
  test.minutes = "10";
  test.cohort = schedule({"04 09:00"},
                         "habits:\n  call: {absent: {chance: 1}, attempt_minutes: 2, "
                         "retry_minutes: 60, assumption: true}\n");
  const EventLog log = log_of(test, 1);
  const auto starts = told(log, "call", "start");
  ASSERT_GE(starts.size(), 3u);
  EXPECT_EQ(starts[1], "1 04T10:02");
  EXPECT_EQ(starts[2], "1 04T11:04");
  EXPECT_EQ(told(log, "call", "suspend")[0], "1 04T09:02");
  EXPECT_THAT(told(log, "call", "complete"), IsEmpty());
}

// ---- patients ----

constexpr std::string_view form_with_reminder = R"(
  <startEvent id="start"/><sendTask id="invite" p:message="t" p:to="patient" p:link="form"/>
  <userTask id="form" p:role="patient" p:title="t"/><endEvent id="end"/>
  <boundaryEvent id="due" attachedToRef="form" cancelActivity="false"><timerEventDefinition>
    <timeDuration>PT3H</timeDuration></timerEventDefinition></boundaryEvent>
  <sendTask id="remind" p:message="t" p:to="patient" p:link="form"/><endEvent id="reminded"/>
  <sequenceFlow id="a" sourceRef="start" targetRef="invite"/>
  <sequenceFlow id="b" sourceRef="invite" targetRef="form"/>
  <sequenceFlow id="c" sourceRef="form" targetRef="end"/>
  <sequenceFlow id="d" sourceRef="due" targetRef="remind"/>
  <sequenceFlow id="e" sourceRef="remind" targetRef="reminded"/>)";

TEST(Simulation, APatientAnswersAfterAWhile) {
  TestPackage test;
  test.bpmn = test_bpmn(form_with_reminder);
  test.cohort = schedule({"04 09:00"}, "habits:\n  form: {delay_minutes: 50, assumption: true}\n");
  EXPECT_THAT(told(log_of(test), "form"),
              ElementsAre("1 04T09:00 schedule", "1 04T09:50 complete"));
}

TEST(Simulation, AReminderBringsAForgottenFormBack) {
  TestPackage test;
  test.bpmn = test_bpmn(form_with_reminder);
  test.cohort = schedule({"04 09:00"},
                         "habits:\n  form: {delay_minutes: 50, forgets: {chance: 1}, reminded: "
                         "{chance: 1}, assumption: true}\n");
  EXPECT_THAT(told(log_of(test), "form"),
              ElementsAre("1 04T09:00 schedule", "1 04T12:50 complete"));
}

TEST(Simulation, AReminderWithoutTheLinkBringsNothingBack) {
  TestPackage test;
  std::string bpmn(form_with_reminder);
  bpmn.replace(bpmn.rfind(" p:link=\"form\""), 14, "");
  test.bpmn = test_bpmn(bpmn);
  test.cohort = schedule({"04 09:00"},
                         "habits:\n  form: {delay_minutes: 50, forgets: {chance: 1}, reminded: "
                         "{chance: 1}, assumption: true}\n");
  EXPECT_THAT(told(log_of(test), "form"), ElementsAre("1 04T09:00 schedule"));
}

constexpr std::string_view call_until_stopped = R"(
  <startEvent id="start"/><userTask id="call" p:role="nurse" p:title="t"/><endEvent id="end"/>
  <sequenceFlow id="a" sourceRef="start" targetRef="call"/>
  <sequenceFlow id="b" sourceRef="call" targetRef="end"/>
  <subProcess id="stopping" triggeredByEvent="true">
    <startEvent id="stopped"><messageEventDefinition messageRef="m"/></startEvent>
    <endEvent id="gone"><terminateEventDefinition/></endEvent>
    <sequenceFlow id="x" sourceRef="stopped" targetRef="gone"/></subProcess>)";

std::string with_message(std::string_view inside) {
  std::string bpmn = test_bpmn(inside);
  bpmn.insert(bpmn.find("<process"), "<message id=\"m\" name=\"stop\"/>");
  return bpmn;
}

TEST(Simulation, WhatHappensTakesWorkOutOfPeoplesHands) {
  TestPackage test;
  test.bpmn = with_message(call_until_stopped);
  test.minutes = "90";
  test.cohort = schedule({"04 09:00", "04 09:40"},
                         "happenings:\n  - {message: stop, after_hours: 1, outcome: stopped, "
                         "assumption: true}\n");
  const EventLog log = log_of(test);
  // The first is withdrawn at 10:00, in hand; the person is free for the second at once.
  EXPECT_THAT(told(log, "call", "withdraw"), ElementsAre("1 04T10:00", "2 04T10:40"));
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T09:00", "2 04T10:00"));
}

TEST(Simulation, CountsWhatItDid) {
  TestPackage test;
  test.bpmn = with_message(call_until_stopped);
  test.minutes = "90";
  test.cohort = schedule({"04 09:00", "04 09:40"},
                         "happenings:\n  - {message: stop, after_hours: 1, outcome: stopped, "
                         "assumption: true}\n");
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings;
  settings.days = 1;
  settings.replications = 1;
  const auto it = rehearse(*package, settings);
  ASSERT_TRUE(it) << to_text(it.error());
  EXPECT_EQ(it->patients.value, 2);
  EXPECT_EQ(it->ended.value, 2);
  ASSERT_EQ(it->activities.size(), 1u);
  EXPECT_EQ(it->activities[0].offered.value, 2);
  EXPECT_EQ(it->activities[0].withdrawn.value, 2);
  EXPECT_EQ(it->activities[0].done.value, 0);
  EXPECT_EQ(it->activities[0].wait_max.value, 20);
  EXPECT_NEAR(it->activities[0].work_hours.value, 100.0 / 60, 1e-9);
  EXPECT_NEAR(it->staff[0].busy_hours.value, 100.0 / 60, 1e-9);
  EXPECT_NEAR(it->staff[0].use.value, 100.0 / 60 / 24, 1e-9);
  EXPECT_NEAR(it->queues[0].waiting[9], 20.0 / 60, 1e-9);
  EXPECT_EQ(it->queues[0].peak.value, 1);
  ASSERT_EQ(it->outcomes.size(), 1u);
  EXPECT_EQ(it->outcomes[0].patients.value, 2);
  EXPECT_EQ(it->outcomes[0].share.value, 1);
}

TEST(Simulation, SaysWhatIsMissingInWords) {
  TestPackage test;
  test.bpmn = one_call("", "");
  test.cohort =
      schedule({"04 09:00"}, "opening: [age]\nattributes:\n  age: {is: 40, assumption: true}\n");
  const auto package = test.load();
  ASSERT_TRUE(package);
  const auto it = rehearse(*package, Settings());
  ASSERT_FALSE(it);
  EXPECT_THAT(to_text(it.error()), testing::HasSubstr("age"));
}

}  // namespace
}  // namespace passerelle::rehearse
