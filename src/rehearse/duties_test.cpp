// People whose roles change from shift to shift: event by event, against queueing theory, and as
// the same as people of one role each where the two cannot differ.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string every_day = "days: [mon, tue, wed, thu, fri, sat, sun]";

// Cases that open in the first half of an hour need the nurse, the others the clerk. An hour each.
TestPackage two_roles(const std::string& posts) {
  TestPackage test;
  test.bpmn = test_bpmn(R"(<startEvent id="start"/><exclusiveGateway id="which" default="c"/>
    <userTask id="call" p:role="nurse" p:title="t"/>
    <userTask id="desk" p:role="clerk" p:title="t"/>
    <endEvent id="end"/><endEvent id="done"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="which"/>
    <sequenceFlow id="b" sourceRef="which" targetRef="call">
      <conditionExpression>now().minute &lt; 30</conditionExpression></sequenceFlow>
    <sequenceFlow id="c" sourceRef="which" targetRef="desk"/>
    <sequenceFlow id="d" sourceRef="call" targetRef="end"/>
    <sequenceFlow id="e" sourceRef="desk" targetRef="done"/>)");
  test.minutes = "60";
  test.people = 0;
  test.roles = "  clerk: {name: role.clerk}\n";
  test.work = "  - {activity: desk, minutes: 60, assumption: true}\n";
  test.more = "posts:\n" + posts;
  return test;
}

// Mornings as a nurse, afternoons as a clerk.
std::string half_and_half(const std::string& more = "", const std::string& morning = "nurse",
                          const std::string& afternoon = "clerk") {
  return "  - {name: flyer, " + more + "assumption: true, shifts: [{name: morning, " + every_day +
         ", from: \"08:00\", to: \"12:00\", roles: [" + morning + "]}, {name: afternoon, " +
         every_day + ", from: \"12:00\", to: \"16:00\", roles: [" + afternoon + "]}]}\n";
}

TEST(Duties, WhatSomebodyMayTakeChangesWithTheShift) {
  TestPackage test = two_roles(half_and_half());
  test.cohort = schedule({"04 09:00", "04 09:35", "04 10:10", "04 13:10", "04 13:40"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T09:00", "3 04T10:10", "4 05T08:00"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:00", "5 04T13:40"));
  for (const pathway::Event& event : log.events) {
    if (event.lifecycle != pathway::Lifecycle::start || event.actor == 0) continue;
    EXPECT_EQ(log.names.text(event.actor), "flyer");
    EXPECT_EQ(log.names.text(event.role),
              log.names.text(event.activity) == "call" ? "nurse" : "clerk");
  }
}

// Who finishes does it in the role in which it was begun, before anything of the next shift.
TEST(Duties, WhatIsFinishedComesBeforeTheNextShift) {
  TestPackage test = two_roles(half_and_half());
  test.cohort = schedule({"04 11:20", "04 11:40"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T12:20"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:20"));
  for (const pathway::Event& event : log.events)
    if (event.lifecycle == pathway::Lifecycle::complete && event.actor != 0 &&
        log.names.text(event.activity) == "call") {
      EXPECT_EQ(log.names.text(event.role), "nurse");
    }
  const Rehearsal rehearsal = once(test, 1);
  ASSERT_EQ(rehearsal.staff.size(), 3u);  // the nurse, who is one at no time, and twice the flyer
  const StaffResult& morning = rehearsal.staff[1];
  const StaffResult& afternoon = rehearsal.staff[2];
  EXPECT_EQ(morning.role, "flyer (nurse)");
  EXPECT_EQ(afternoon.role, "flyer (clerk)");
  EXPECT_THAT(morning.roles, ElementsAre("nurse"));
  EXPECT_THAT(afternoon.roles, ElementsAre("clerk"));
  EXPECT_DOUBLE_EQ(morning.paid_hours.value, 4);
  EXPECT_DOUBLE_EQ(afternoon.paid_hours.value, 4);
  // It is no overtime: they are on duty.
  EXPECT_DOUBLE_EQ(morning.overtime_hours.value, 0);
  EXPECT_DOUBLE_EQ(afternoon.overtime_hours.value, 0);
  EXPECT_NEAR(morning.busy_hours.value, 40 / 60.0, 1e-9);
  EXPECT_NEAR(afternoon.busy_hours.value, 80 / 60.0, 1e-9);
  double hands_on = 0;
  for (const StaffResult* each : {&morning, &afternoon})
    for (size_t people = 1; people < each->at_work.size(); ++people)
      hands_on += static_cast<double>(people) * each->at_work[people].value * 24;
  EXPECT_NEAR(hands_on, 2, 1e-9);
}

TEST(Duties, AreNamedByTheirRoles) {
  TestPackage test = two_roles(half_and_half());
  test.roles = "  clerk: {name: t}\n";
  test.cohort = schedule({"04 09:00"});
  const Rehearsal rehearsal = once(test, 1);
  ASSERT_EQ(rehearsal.staff.size(), 3u);
  EXPECT_EQ(rehearsal.staff[1].name.at("en"), "flyer (Nurse)");
  EXPECT_EQ(rehearsal.staff[2].name.at("en"), "flyer (Call)");
}

TEST(Duties, WorkIsHandedOverWhenTheNextShiftMayNotDoIt) {
  TestPackage test = two_roles(half_and_half("shift_end: hand_over, "));
  test.cohort = schedule({"04 11:20", "04 11:40"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("1 04T12:00"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 05T08:20"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:00"));
}

TEST(Duties, WorkIsKeptForTheNextShiftThatMayDoIt) {
  TestPackage test = two_roles(half_and_half("shift_end: suspend, "));
  test.cohort = schedule({"04 11:20", "04 11:40", "04 15:40", "05 08:00"});
  const auto log = log_of(test);
  // Nobody else takes it, and it comes before what is new.
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T11:20", "4 05T08:20"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 05T08:20", "4 05T09:20"));
  // Meanwhile the person does the other shift's work, and what that leaves is kept as well.
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:00", "3 04T15:40"));
  EXPECT_THAT(told(log, "desk", "complete"), ElementsAre("2 04T13:00", "3 05T12:40"));
  const Rehearsal rehearsal = once(test);
  double busy = 0;
  for (const StaffResult& each : rehearsal.staff) {
    busy += each.busy_hours.value;
    EXPECT_EQ(each.overtime_hours.value, 0);
  }
  EXPECT_NEAR(busy, 4, 1e-9);
}

TEST(Duties, WorkThatIsKeptMayBeTakenBack) {
  TestPackage test = two_roles(half_and_half("shift_end: suspend, "));
  const std::string task = R"(<endEvent id="end"/>)";
  test.bpmn.insert(test.bpmn.find(task), R"(<boundaryEvent id="late" attachedToRef="call">
    <timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>
    <endEvent id="over"/><sequenceFlow id="f" sourceRef="late" targetRef="over"/>)");
  test.cohort = schedule({"04 11:20", "05 08:10"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "withdraw"), ElementsAre("1 04T13:20"));
  EXPECT_THAT(told(log, "call", "start"), ElementsAre("1 04T11:20", "2 05T08:10"));
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("2 05T09:10"));
}

TEST(Duties, WorkGoesOnWhenTheNextShiftMayDoItToo) {
  TestPackage test = two_roles(half_and_half("shift_end: hand_over, ", "nurse", "clerk, nurse"));
  test.cohort = schedule({"04 11:20", "04 11:40"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "suspend"), IsEmpty());
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T12:20"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:20"));
}

TEST(Duties, OvertimeMinutesHoldBetweenShiftsToo) {
  TestPackage test = two_roles(half_and_half("shift_end: hand_over, overtime_minutes: 15, "));
  test.cohort = schedule({"04 11:10", "05 11:20"});
  const auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "complete"), ElementsAre("1 04T12:10", "2 06T08:20"));
}

// The shift ends in a break, and the next one begins: nobody's break outlasts it.
TEST(Duties, AShiftMayEndInABreakOrBeginWithOne) {
  const std::string shift = ", breaks: [{at: \"11:30\", minutes: 30}]";
  std::string posts = half_and_half("shift_end: hand_over, ");
  posts.insert(posts.find(", roles: [nurse]"), shift);
  TestPackage test = two_roles(posts);
  test.cohort = schedule({"04 11:20", "04 11:40"});
  auto log = log_of(test);
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("1 04T12:00"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:00"));

  posts = half_and_half("shift_end: hand_over, ");
  posts.insert(posts.find(", roles: [clerk]"), ", breaks: [{at: \"12:00\", minutes: 30}]");
  test = two_roles(posts);
  test.cohort = schedule({"04 11:20", "04 11:40"});
  log = log_of(test);
  EXPECT_THAT(told(log, "call", "suspend"), ElementsAre("1 04T12:00"));
  EXPECT_THAT(told(log, "desk", "start"), ElementsAre("2 04T12:30"));
}

// Whoever still finishes what the morning left when a later shift begins goes over with it.
TEST(Duties, OvertimeMayReachIntoTheNextShift) {
  std::string posts = half_and_half();
  posts.replace(posts.find("from: \"12:00\""), 13, "from: \"13:00\"");
  TestPackage test = two_roles(posts);
  test.minutes = "120";
  test.cohort = schedule({"04 11:20", "04 11:40"});
  EXPECT_THAT(told(log_of(test), "desk", "start"), ElementsAre("2 04T13:20"));
  const Rehearsal rehearsal = once(test, 1);
  EXPECT_DOUBLE_EQ(rehearsal.staff[1].overtime_hours.value, 0);  // it ended on duty
  EXPECT_NEAR(rehearsal.staff[2].busy_hours.value, 80 / 60.0, 1e-9);
}

TEST(Duties, SkillsGoWithThePersonFromShiftToShift) {
  TestPackage test = two_roles(half_and_half("skills: [suture], "));
  test.work = "  - {activity: desk, minutes: 60, skills: [suture], assumption: true}\n";
  test.more += "  - {name: temp, roles: [clerk], assumption: true, shifts: [{name: day, " +
               every_day + ", from: \"08:00\", to: \"16:00\"}]}\n";
  test.cohort = schedule({"04 09:40"});
  EXPECT_THAT(told(log_of(test), "desk", "start"), ElementsAre("1 04T12:00"));
}

TEST(Duties, AreThoseThatCheckCounts) {
  TestPackage test = two_roles(half_and_half("people: 3, part_time: 0.6, "));
  test.cohort = schedule({"04 09:00"});
  const Rehearsal rehearsal = once(test, 7);
  const auto package = test.load();
  const pathway::Organisation& organisation = package->pathway.organisation();
  for (size_t hour = 0; hour < 7 * 24; ++hour) {
    const Instant at = rehearsal.start + std::chrono::hours(hour);
    EXPECT_EQ(organisation.on_duty("nurse", at), rehearsal.staff[1].on_duty[hour]) << hour;
    EXPECT_EQ(organisation.on_duty("clerk", at), rehearsal.staff[2].on_duty[hour]) << hour;
  }
}

// Who is ill is ill in all roles, and who learns a role forgets nothing in the other.
TEST(Duties, AbsenceIsOfThePerson) {
  TestPackage test = two_roles(half_and_half("absence: {share: 0.4, days: 2, assumption: true}, "));
  test.cohort = schedule({"04 09:00"});
  const Rehearsal rehearsal = once(test, 60);
  int away = 0;
  for (size_t day = 0; day < 60; ++day) {
    EXPECT_EQ(rehearsal.staff[1].on_duty[day * 24 + 9], rehearsal.staff[2].on_duty[day * 24 + 13]);
    away += rehearsal.staff[1].on_duty[day * 24 + 9] == 0 ? 1 : 0;
  }
  EXPECT_GT(away, 8);
  EXPECT_LT(away, 45);
}

TEST(Duties, PracticeInARoleOutlastsTheOtherShift) {
  TestPackage test = two_roles(half_and_half());
  test.more += "learning: [{role: nurse, initial: 2, exponent: 1, assumption: true}]\n";
  test.cohort = schedule({"04 09:00", "04 12:40", "05 09:00", "06 09:00"});
  // 1 + (2 - 1) / (1 + n) of an hour.
  EXPECT_THAT(told(log_of(test), "call", "complete"),
              ElementsAre("1 04T11:00", "3 05T10:30", "4 06T10:20"));
}

// Cases that a chance sends to one role or the other, so that what comes to each is Poisson.
TestPackage by_chance(const std::string& posts) {
  TestPackage test = two_roles(posts);
  const std::string minute = "now().minute &lt; 30";
  test.bpmn.replace(test.bpmn.find(minute), minute.size(), "ill");
  test.bpmn.insert(test.bpmn.find("<startEvent"),
                   "<extensionElements><p:variable name=\"ill\"/></extensionElements>");
  return test;
}

std::string chance_of(double minutes) {
  return poisson(minutes, "attributes:\n  ill: {chance: 0.5, assumption: true}\nopening: [ill]\n");
}

// Two who change places every eight hours and hand over what they have: at any time there is one of
// each role, so that each of the queues is M/M/1.
TEST(Duties, TwoWhoChangePlacesAreTwoQueuesOfTheory) {
  const auto post = [](const std::string& name, const std::string& one, const std::string& other) {
    const auto shift = [](const std::string& from, const std::string& to, const std::string& role) {
      return "{name: s, " + every_day + ", from: \"" + from + "\", to: \"" + to + "\", roles: [" +
             role + "]}";
    };
    return "  - {name: " + name + ", shift_end: hand_over, assumption: true, shifts: [" +
           shift("00:00", "08:00", one) + ", " + shift("08:00", "16:00", other) + ", " +
           shift("16:00", "00:00", one) + "]}\n";
  };
  TestPackage test = by_chance(post("one", "nurse", "clerk") + post("two", "clerk", "nurse"));
  test.minutes = "{exponential: 10}";
  test.work = "  - {activity: desk, minutes: {exponential: 14}, assumption: true}\n";
  test.cohort = chance_of(10);  // 20 minutes apart at each
  const auto package = test.load();
  ASSERT_NE(package, nullptr);
  const auto rehearsal = rehearse(*package, many(120, 40));
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].wait_mean, 10)), 3);              // rho = 0.5
  EXPECT_LT(std::fabs(z(rehearsal->activities[1].wait_mean, 14 * 0.7 / 0.3)), 3);  // rho = 0.7
  // Whether as one or as the other: 0.5 and 0.7 of an hour in each, over both people.
  ASSERT_EQ(rehearsal->staff.size(), 5u);  // with the nurse, who is one at no time
  double busy = 0;
  for (const StaffResult& each : rehearsal->staff)
    if (each.busy_hours.known()) busy += each.busy_hours.value;
  EXPECT_NEAR(busy / (116 * 24), 0.5 + 0.7, 0.01);
}

// Somebody of two roles in turn does what two people of one role each would do: whatever the
// rosters are, as long as no work outlasts a shift that the other could have begun meanwhile.
TEST(Duties, InTurnAreAsTwoPeopleWhateverTheShifts) {
  std::mt19937 random(20210104);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::vector<std::string> names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  for (int round = 0; round < 40; ++round) {
    std::string together, nurse, clerk;
    for (size_t day = 0; day < 7; ++day) {
      int hour = below(4);
      while (hour < 23) {
        const int until = std::min(24, hour + 1 + below(6));
        const bool as_nurse = below(2) == 0;
        char times[80];
        std::snprintf(times, sizeof times, "from: \"%02d:00\", to: \"%02d:00\"", hour, until % 24);
        const std::string shift = "{name: s, days: [" + names[day] + "], " + times;
        together += (together.empty() ? "" : ", ") + shift + ", roles: [" +
                    (as_nurse ? "nurse" : "clerk") + "]}";
        std::string& alone = as_nurse ? nurse : clerk;
        alone += (alone.empty() ? "" : ", ") + shift + "}";
        hour = until + below(3);
      }
    }
    const std::string end = std::string("shift_end: ") +
                            (round % 2 == 0 ? "hand_over" : "suspend") +
                            ", assumption: true, shifts: [";
    TestPackage one = by_chance("  - {name: flyer, " + end + together + "]}\n");
    TestPackage two = by_chance("  - {name: a, roles: [nurse], " + end + nurse +
                                "]}\n  - {name: b, roles: [clerk], " + end + clerk + "]}\n");
    for (TestPackage* test : {&one, &two}) {
      test->minutes = "{exponential: 20}";
      test->work = "  - {activity: desk, minutes: {exponential: 30}, assumption: true}\n";
      test->cohort = chance_of(40);
    }
    const auto seed = static_cast<uint64_t>(round + 1);
    const auto told_by_one = told(log_of(one, 14, seed)), told_by_two = told(log_of(two, 14, seed));
    ASSERT_GT(told_by_one.size(), 500u);
    ASSERT_EQ(told_by_one, told_by_two) << together;
  }
}

// Roles that each shift names, though they are the same, are those of the post.
TEST(Duties, NamedTwiceAreOne) {
  TestPackage plain = two_roles(
      "  - {name: flyer, roles: [nurse, clerk], assumption: true, shifts: [{name: morning, " +
      every_day + ", from: \"08:00\", to: \"12:00\"}, {name: afternoon, " + every_day +
      ", from: \"12:00\", to: \"16:00\"}]}\n");
  TestPackage named = two_roles(half_and_half("", "nurse, clerk", "clerk, nurse"));
  plain.cohort = named.cohort = schedule({"04 09:00", "04 09:35", "04 11:10", "04 11:40"});
  EXPECT_EQ(to_json(once(plain)), to_json(once(named)));
}

TEST(Duties, AreToldApartFromWhatIsWrong) {
  const auto findings_of = [](const std::string& post) {
    TestPackage test = two_roles(post);
    test.cohort = schedule({"04 09:00"});
    std::vector<pathway::Finding> findings;
    static_cast<void>(pathway::load_package(test.all(), "test", "", findings));
    std::string all;
    for (const pathway::Finding& finding : findings)
      if (finding.severity == pathway::Severity::error) all += to_text(finding) + "\n";
    return all;
  };
  EXPECT_THAT(findings_of(half_and_half("shift_end: suspend, ")), IsEmpty());
  EXPECT_THAT(findings_of(half_and_half("roles: [nurse], ")),
              HasSubstr("each of its shifts names"));
  EXPECT_THAT(findings_of(half_and_half("", "")), HasSubstr("roles: at least one"));
  EXPECT_THAT(findings_of(half_and_half("", "nurse", "cook")), HasSubstr("'cook'"));
  EXPECT_THAT(findings_of(half_and_half("", "nurse", "patient")), HasSubstr("'patient'"));
  std::string post = half_and_half();
  post.replace(post.find(", roles: [clerk]"), 16, "");
  EXPECT_THAT(findings_of(post), HasSubstr("of the post or of each of its shifts"));
  EXPECT_THAT(findings_of(half_and_half()), testing::IsEmpty());
}

}  // namespace
}  // namespace passerelle::rehearse
