// The simulator against what queueing theory knows exactly. Seeds are fixed: these tests hold or
// fail, they never flicker.
#include <gtest/gtest.h>

#include <cmath>

#include "rehearse/rehearse.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

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

// One person, any working time: the mean wait knows only its mean and its variance (F. Pollaczek,
// 1930; A. Khinchine, 1932).
TEST(PollaczekKhinchine, WaitsGrowWithTheVarianceOfTheWork) {
  struct Work {
    const char* minutes;
    double variance;
  };
  for (const Work& work : {Work{"10", 0}, Work{"{erlang: {shape: 4, mean: 10}}", 25},
                           Work{"{lognormal: {mean: 10, sd: 12}}", 144}}) {
    TestPackage test;
    test.minutes = work.minutes;
    test.cohort = poisson(15);
    const auto package = test.load();
    ASSERT_TRUE(package);
    const auto rehearsal = rehearse(*package, many(150, 16));
    ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
    const double rate = 1 / 15.0, load = 10 / 15.0;
    const double wait = rate * (100 + work.variance) / (2 * (1 - load));
    EXPECT_LT(std::fabs(z(rehearsal->activities[0].wait_mean, wait)), 3) << work.minutes;
    EXPECT_LT(std::fabs(rehearsal->activities[0].wait_mean.value / wait - 1), 0.06);
  }
}

// ---- two classes by one person ----

// 30 % of the patients are urgent; both kinds take 10 minutes in the mean.
TestPackage two_classes(const std::string& interrupted) {
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
  test.minutes = "{exponential: 10}" + interrupted;
  test.work = "  - {activity: urgent, minutes: {exponential: 10}, assumption: true}\n";
  test.cohort = poisson(
      12.5, "attributes:\n  level: {is: [70, 0, 30], assumption: true}\nopening: [level]\n");
  test.indicators =
      "indicators:\n"
      "  - {id: routine_stay, heading: process, measure: duration, from: start, to: call, "
      "statistic: mean}\n"
      "  - {id: urgent_stay, heading: process, measure: duration, from: start, to: urgent, "
      "statistic: mean}\n";
  return test;
}

Result<Rehearsal> rehearse_classes(const std::string& interrupted) {
  const auto package = two_classes(interrupted).load();
  if (!package) return Error{ErrorCode::invalid, "the package is wrong"};
  return rehearse(*package, many(200));
}

const double class_rate = 1 / 12.5, class_service = 10;
const double class_load = class_rate * class_service, urgent_load = 0.3 * class_load;
// E[S^2] = 2 E[S]^2
const double class_residual = class_rate * class_service * class_service;

// Who finishes what is begun (A. Cobham, "Priority assignment in waiting line problems", 1954).
TEST(Cobham, UrgentWorkOvertakesRoutine) {
  const auto rehearsal = rehearse_classes("");
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const double urgent_wait = class_residual / (1 - urgent_load);
  const double routine_wait = class_residual / ((1 - urgent_load) * (1 - class_load));
  ASSERT_EQ(rehearsal->activities.size(), 2u);
  EXPECT_EQ(rehearsal->activities[1].id, "urgent");
  EXPECT_LT(std::fabs(z(rehearsal->activities[1].wait_mean, urgent_wait)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].wait_mean, routine_wait)), 3);
}

// Who lays down the routine for the urgent and goes on later (R. W. Conway, W. L. Maxwell, L. W.
// Miller, "Theory of scheduling", 1967, 8-6): to the urgent, the routine does not exist.
TEST(PreemptiveResume, TheUrgentSeeOnlyTheUrgent) {
  const auto rehearsal = rehearse_classes(", interrupted: resume");
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const double own = 0.3 * class_residual;
  const double urgent_stay = class_service + own / (1 - urgent_load);
  const double routine_stay =
      class_service / (1 - urgent_load) + class_residual / ((1 - urgent_load) * (1 - class_load));
  ASSERT_EQ(rehearsal->indicators.size(), 2u);
  EXPECT_LT(std::fabs(z(rehearsal->indicators[0].result, routine_stay)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->indicators[1].result, urgent_stay)), 3);
  // Nothing is lost: the person works as much as if nobody had been interrupted.
  EXPECT_LT(std::fabs(z(rehearsal->staff[0].use, class_load)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->activities[0].work_mean, class_service)), 3);
  // Every urgent patient who meets routine work in hand interrupts it: PASTA.
  const auto& interrupted = rehearsal->activities[0].interrupted;
  const double routine_in_hand = class_load - urgent_load;
  const double expected = 196 * 1440 * class_rate * 0.3 * routine_in_hand;
  EXPECT_NEAR(interrupted.value / expected, 1, 0.03);
}

// ---- patients who do not wait for ever ----

// M/M/c+M (C. Palm, 1946; "Erlang A"): patience is exponential. The chance to lose a patient
// follows from the balance of births and deaths.
TEST(ErlangA, LosesThoseWhoWillNotWait) {
  const int servers = 4;
  const double gap = 2, service = 10, patience = 15;
  TestPackage test;
  test.people = servers;
  test.bpmn = test_bpmn(R"(<startEvent id="start"/>
    <userTask id="call" p:role="nurse" p:title="t"/><endEvent id="end"/><endEvent id="lost"/>
    <boundaryEvent id="gone" attachedToRef="call"><messageEventDefinition messageRef="m"/>
    </boundaryEvent>
    <sequenceFlow id="a" sourceRef="start" targetRef="call"/>
    <sequenceFlow id="b" sourceRef="call" targetRef="end"/>
    <sequenceFlow id="c" sourceRef="gone" targetRef="lost"/>)");
  test.bpmn.insert(test.bpmn.find("<process"), "<message id=\"m\" name=\"leaves\"/>");
  test.cohort = poisson(gap,
                        "habits:\n  call: {leaves_after_minutes: {number: {exponential: 15}, "
                        "decimals: 6}, leaves_message: leaves, assumption: true}\n");
  const auto package = test.load();
  ASSERT_TRUE(package);
  const auto rehearsal = rehearse(*package, many());
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());

  double weight = 1, all = 1, queue = 0;
  for (int n = 1; n < 400; ++n) {
    const int busy = std::min(n, servers);
    weight *= (1 / gap) / (busy / service + (n - busy) / patience);
    all += weight;
    queue += weight * (n - busy);
  }
  queue /= all;
  const double lost = queue / patience * gap;  // of the patients
  const ActivityResult& call = rehearsal->activities[0];
  std::vector<double> shares;
  for (size_t i = 0; i < call.offered.runs.size(); ++i)
    shares.push_back(call.abandoned.runs[i] / call.offered.runs[i]);
  EXPECT_LT(std::fabs(z(shares, lost)), 3) << lost;
  EXPECT_LT(std::fabs(z(rehearsal->queues[0].mean, queue)), 3);
  EXPECT_LT(std::fabs(z(rehearsal->staff[0].use, (1 - lost) * service / gap / servers)), 3);
}

// ---- a network ----

// A quarter of the patients whom the doctor has seen go back to the nurse: each station is an M/M/c
// of its own (J. R. Jackson, "Networks of waiting lines", 1957).
TEST(Jackson, EveryStationIsAQueueOfItsOwn) {
  TestPackage test;
  test.people = 3;
  test.roles =
      "  doctor:\n    name: t\n    shifts:\n      - {name: all, days: [mon, tue, wed, thu, fri, "
      "sat, sun], from: \"00:00\", to: \"00:00\", people: 2, assumption: true}\n";
  test.bpmn = test_bpmn(R"(<startEvent id="start"/><exclusiveGateway id="in"/>
    <userTask id="call" p:role="nurse" p:title="t"/>
    <userTask id="visit" p:role="doctor" p:title="t" p:form="visit" p:result="visit"/>
    <exclusiveGateway id="well" default="out"/><endEvent id="end"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="in"/>
    <sequenceFlow id="b" sourceRef="in" targetRef="call"/>
    <sequenceFlow id="c" sourceRef="call" targetRef="visit"/>
    <sequenceFlow id="d" sourceRef="visit" targetRef="well"/>
    <sequenceFlow id="back" sourceRef="well" targetRef="in">
      <conditionExpression>visit.again</conditionExpression></sequenceFlow>
    <sequenceFlow id="out" sourceRef="well" targetRef="end"/>)");
  test.files["forms/visit.json"] =
      R"({"resourceType": "Questionnaire", "id": "visit", "status": "active", "language": "en",
          "title": "Visit", "item": [{"linkId": "again", "text": "Again?", "type": "boolean",
          "required": true}]})";
  test.minutes = "{exponential: 12}";
  test.work = "  - {activity: visit, minutes: {exponential: 9}, assumption: true}\n";
  test.cohort = poisson(8,
                        "answers:\n  visit:\n    items:\n      again: {chance: 0.25}\n"
                        "    assumption: true\n");
  const auto package = test.load();
  ASSERT_TRUE(package);
  const auto rehearsal = rehearse(*package, many(120));
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const double rate = 1 / 8.0 / 0.75;
  ASSERT_EQ(rehearsal->queues.size(), 2u);
  EXPECT_LT(std::fabs(z(rehearsal->queues[0].mean, waiting_mmc(3, rate * 12))), 3);
  EXPECT_LT(std::fabs(z(rehearsal->queues[1].mean, waiting_mmc(2, rate * 9))), 3);
  EXPECT_LT(std::fabs(z(rehearsal->staff[0].use, rate * 12 / 3)), 3);
}

// ---- beds ----

// Without a limit the number of occupied beds is Poisson, whatever the length of stay; a unit with
// so many beds turns away what its truncated distribution says (Erlang's loss formula). Offered
// load and delays: an acute stroke unit of T. Monks et al., "A modelling tool for capacity planning
// in acute and community stroke services", 2016.
TEST(StrokeUnit, OccupiedBedsArePoisson) {
  const double load = 8.145;
  TestPackage test;
  test.people = 60;  // more than are ever needed: a bed is a server that anybody may take
  const double gap = 7.4 * 1440 / load;
  test.minutes = "{lognormal: {mean: " + std::to_string(7.4 * 1440) + ", sd: 12000}}";
  test.cohort = poisson(gap);
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings = many(1'100, 40);
  settings.warm_up_days = 100;
  const auto rehearsal = rehearse(*package, settings);
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const auto& occupied = rehearsal->staff[0].at_work;
  ASSERT_GT(occupied.size(), 14u);
  const double published[] = {.18, .13, .08, .06, .03, .02};
  double up_to = 0, term = 1, terms = 0;
  for (size_t beds = 0; beds <= 14; ++beds) {
    if (beds > 0) term *= load / static_cast<double>(beds);
    terms += term;
    up_to += occupied[beds].value;
    EXPECT_LT(std::fabs(z(occupied[beds], term * std::exp(-load))), 3) << beds;
    if (beds < 9) continue;
    // Beside the formula and the paper's own simulation, which is rounded to two digits.
    EXPECT_NEAR(occupied[beds].value / up_to, term / terms, 0.006) << beds;
    EXPECT_NEAR(occupied[beds].value / up_to, published[beds - 9], 0.015) << beds;
  }
}

}  // namespace
}  // namespace passerelle::rehearse
