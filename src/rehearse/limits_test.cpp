// Rehearsals that would never end, or would not fit: stopped by a limit that is told, with what was
// found so far.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rehearse/crew.h"
#include "rehearse/rehearse.h"
#include "rehearse/test_log.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// With limits that are soon reached.
Result<SimulationResult> run(const TestPackage& test, size_t most_open, uint32_t most_planned) {
  const auto package = test.load();
  EXPECT_NE(package, nullptr);
  Settings settings;
  settings.days = 5;
  TRY(const auto plan, plan_of(*package, settings));
  SimulationSettings mine = simulation_settings(settings, 0);
  mine.most_open = most_open;
  mine.most_planned = most_planned;
  return Simulation(*plan, mine).run();
}

std::string problem(const Result<SimulationResult>& result) {
  return result ? "" : result.error().message;
}

TEST(Limits, MoreOpenCasesThanARehearsalHolds) {
  TestPackage test;
  test.people = 0;
  test.cohort = poisson(1);
  EXPECT_THAT(problem(run(test, 100, 1000)),
              AllOf(HasSubstr("by 2021-01-04 0"), HasSubstr("100 of them are open at once"),
                    HasSubstr("most wait for nurse, 100 pieces of work")));
  test.people = 9;
  test.minutes = "1";
  EXPECT_EQ(problem(run(test, 100, 1000)), "") << "thousands come, but few at a time";
}

// start -> again -> `first` -> ever -> again; in the end `last`, which nobody comes to.
TestPackage round(const std::string& inside, const std::string& first,
                  const std::string& last = "end") {
  TestPackage test;
  test.bpmn = test_bpmn(
      "<startEvent id=\"start\"/><exclusiveGateway id=\"again\"/>" + inside +
      "<exclusiveGateway id=\"ever\" default=\"out\"/>"
      "<endEvent id=\"end\"/><sequenceFlow id=\"a\" sourceRef=\"start\" targetRef=\"again\"/>"
      "<sequenceFlow id=\"b\" sourceRef=\"again\" targetRef=\"" +
      first +
      "\"/>"
      "<sequenceFlow id=\"c\" sourceRef=\"" +
      first +
      "\" targetRef=\"ever\"/>"
      "<sequenceFlow id=\"d\" sourceRef=\"ever\" targetRef=\"again\"><conditionExpression>1 = 1"
      "</conditionExpression></sequenceFlow>"
      "<sequenceFlow id=\"out\" sourceRef=\"ever\" targetRef=\"" +
      last + "\"/>");
  test.cohort = poisson(60);
  return test;
}

TEST(Limits, WorkThatTakesNoTimeForEver) {
  TestPackage test = round("<userTask id=\"call\" p:role=\"nurse\" p:title=\"t\"/>", "call");
  test.minutes = "0";
  EXPECT_THAT(problem(run(test, 1000, 1000)),
              AllOf(HasSubstr("case 1, which came at 2021-01-04 00:10"),
                    HasSubstr("goes round without end"), HasSubstr("waited 1000 times"),
                    HasSubstr("'call'")));
  test.minutes = "30";  // as often as there is time for
  EXPECT_EQ(problem(run(test, 1000, 1000)), "");
}

// Nobody else is concerned, so that the case runs ahead of all others.
TEST(Limits, TimersThatTakeNoTimeForEver) {
  const TestPackage test = round(
      "<intermediateCatchEvent id=\"soon\"><timerEventDefinition><timeDuration>PT0S</timeDuration>"
      "</timerEventDefinition></intermediateCatchEvent><userTask id=\"call\" p:role=\"nurse\" "
      "p:title=\"t\"/><sequenceFlow id=\"x\" sourceRef=\"call\" targetRef=\"end\"/>",
      "soon", "call");
  EXPECT_THAT(problem(run(test, 1000, 1000)),
              AllOf(HasSubstr("goes round without end"), HasSubstr("'soon'")));
}

TEST(Limits, MorePeopleWhoMayBeAwayThanItHolds) {
  TestPackage test;
  test.people = 1'000'000;
  test.cohort = poisson(60);
  test.roles = "    absence: {share: 0.1, days: 5, assumption: true}\n";
  const auto package = test.load();
  Settings settings;
  settings.days = 3'650;
  settings.replications = 1;
  const auto refused = rehearse(*package, settings);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("1000000 people who may be away"));
}

TEST(Limits, WhatCannotGoOnByItselfIsToldWithItsPlace) {
  const TestPackage test = round(
      "<exclusiveGateway id=\"nothing\"/><userTask id=\"call\" p:role=\"nurse\" p:title=\"t\"/>"
      "<sequenceFlow id=\"x\" sourceRef=\"call\" targetRef=\"end\"/>",
      "nothing", "call");
  const Rehearsal told = once(test, 2);
  EXPECT_GT(told.incidents.value, 0);
  EXPECT_FALSE(told.incident_at.empty());
  EXPECT_THAT(told.incident, HasSubstr("goes round in circles"));
  EXPECT_THAT(to_text(told, "en"), HasSubstr("the first time at " + told.incident_at));
  EXPECT_THAT(to_text(told, "fr"), HasSubstr("la première fois à " + told.incident_at));
  EXPECT_THAT(to_json(told), HasSubstr("\"incident_at\":\"" + told.incident_at + "\""));
}

}  // namespace
}  // namespace passerelle::rehearse
