// The simulator against what queueing theory knows exactly. Seeds are fixed: these tests hold or
// fail, they never flicker.
#include <gtest/gtest.h>

#include <cmath>

#include "rehearse/rehearse.h"
#include "rehearse/test_package.h"

namespace passerelle::rehearse {
namespace {

std::string poisson(double minutes, const std::string& more = "") {
  return "start: 2021-01-04\ndays: 60\narrivals:\n  - {gaps: {exponential: " +
         std::to_string(minutes) + "}, assumption: true}\n" + more;
}

Settings many() {
  Settings settings;
  settings.days = 60;
  settings.warm_up_days = 4;
  settings.replications = 12;
  settings.seed = 20210104;
  return settings;
}

// Standard errors between the replications' mean and the theory's number.
double z(const Estimate& estimate, double theory) {
  double squares = 0;
  for (const double run : estimate.runs) squares += (run - estimate.value) * (run - estimate.value);
  const auto n = static_cast<double>(estimate.runs.size());
  return (estimate.value - theory) / std::sqrt(squares / (n - 1) / n);
}

// Probability that a customer of M/M/c waits (A. K. Erlang, 1917); `load` in erlangs.
double erlang_c(int servers, double load) {
  double blocked = 1;  // Erlang B, by recursion
  for (int n = 1; n <= servers; ++n) blocked = load * blocked / (n + load * blocked);
  return servers * blocked / (servers - load * (1 - blocked));
}

struct Mmc {
  int servers;
  double gap;  // minutes
};

class ErlangC : public testing::TestWithParam<Mmc> {};

TEST_P(ErlangC, GivesTheWaitTheQueueAndTheUse) {
  const auto [servers, gap] = GetParam();
  const double service = 10;
  TestPackage test;
  test.people = servers;
  test.cohort = poisson(gap);
  const auto package = test.load();
  ASSERT_TRUE(package);
  const auto rehearsal = rehearse(*package, many());
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const double load = service / gap;
  const double wait = erlang_c(servers, load) / (servers / service - 1 / gap);
  ASSERT_EQ(rehearsal->activities.size(), 1u);
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].wait_mean, wait)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->queues[0].mean, wait / gap)), 3);  // Little's law
  EXPECT_LT(std::fabs(z(rehearsal->staff[0].use, load / servers)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].work_mean, service)), 3);
  // And the theory's number is told from one that is 5 % off.
  EXPECT_LT(std::fabs(rehearsal->activities[0].wait_mean.value / wait - 1), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Servers, ErlangC,
                         testing::Values(Mmc{1, 16}, Mmc{2, 6.5}, Mmc{5, 2.4}, Mmc{12, 0.95}));

// Two classes by one person, who finishes what is begun (A. Cobham, "Priority assignment in waiting
// line problems", 1954).
TEST(Cobham, UrgentWorkOvertakesRoutine) {
  TestPackage test;
  test.bpmn = test_bpmn(R"(
    <extensionElements><p:variable name="level"/></extensionElements>
    <startEvent id="start"/><exclusiveGateway id="how" default="r"/>
    <userTask id="call" p:role="nurse" p:title="t" p:priority="0"/>
    <userTask id="urgent" p:role="nurse" p:title="t" p:priority="2"/><endEvent id="end"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="how"/>
    <sequenceFlow id="r" sourceRef="how" targetRef="call"/>
    <sequenceFlow id="u" sourceRef="how" targetRef="urgent">
      <conditionExpression>level = 2</conditionExpression></sequenceFlow>
    <sequenceFlow id="b" sourceRef="call" targetRef="end"/>
    <sequenceFlow id="c" sourceRef="urgent" targetRef="end"/>)");
  test.work = "  - {activity: urgent, minutes: {exponential: 10}, assumption: true}\n";
  test.cohort = poisson(
      12.5, "attributes:\n  level: {is: [70, 0, 30], assumption: true}\nopening: [level]\n");
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings = many();
  settings.days = 200;
  const auto rehearsal = rehearse(*package, settings);
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const double rate = 1 / 12.5, service = 10;
  const double residual = rate * service * service;  // of what is in hand: E[S^2] = 2 E[S]^2
  const double urgent_load = 0.3 * rate * service, load = rate * service;
  const double urgent_wait = residual / (1 - urgent_load);
  const double routine_wait = residual / ((1 - urgent_load) * (1 - load));
  ASSERT_EQ(rehearsal->activities.size(), 2u);
  EXPECT_EQ(rehearsal->activities[1].id, "urgent");
  EXPECT_LT(std::fabs(z(rehearsal->activities[1].wait_mean, urgent_wait)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].wait_mean, routine_wait)), 3);
}

}  // namespace
}  // namespace passerelle::rehearse
