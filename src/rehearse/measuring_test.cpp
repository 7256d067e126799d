// The model of a measurement, of devices and of episodes against their closed forms; and what the
// twin says about alerts of which it knows the truth.
#include "rehearse/measuring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "rehearse/patient.h"
#include "rehearse/rehearse.h"
#include "rehearse/tally.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

constexpr int64_t day = 24 * hour_millis;

// Many patients of a cohort, without any staff.
struct Crowd {
  explicit Crowd(const std::string& cohort, int days = 400) {
    TestPackage test;
    test.cohort =
        "start: 2021-01-04\ndays: 400\narrivals: {per_day: 1, assumption: true}\n" + cohort;
    package = test.load();
    if (package == nullptr) return;
    auto made = make_plan({&package->pathway, &package->cohort, {}}, days);
    EXPECT_TRUE(made) << to_text(made.error());
    if (made) plan = std::move(*made);
  }
  Patient meet(Patients& patients, uint32_t entity) const {
    Patient patient;
    patients.meet(patient, entity, 0);
    return patient;
  }

  std::unique_ptr<pathway::Package> package;
  std::unique_ptr<Plan> plan;
};

TEST(Measurement, DependsOnNothingThatIsNotKnownThen) {
  const auto findings_of = [](const std::string& weight) {
    TestPackage test;
    test.cohort =
        "start: 2021-01-04\ndays: 9\narrivals: {per_day: 1, assumption: true}\n"
        "attributes: {tall: {chance: 0.5, assumption: true}}\n"
        "condition: {states: [well, worse], initial: well, moves: {well: {weights: {well: 9, "
        "worse: 1}}}, source: a test}\nmeasurements:\n  weight: {" +
        weight + ", assumption: true}\n";
    std::vector<pathway::Finding> findings;
    pathway::load_package(test.all(), "test", "", findings);
    std::string errors;
    for (const auto& finding : findings)
      if (finding.severity == pathway::Severity::error) errors += finding.message + "\n";
    return errors;
  };
  const std::string by_tall = "{by: tall, of: {true: 80, else: 60}}";
  const std::string by_state = "{by: state, of: {well: 0, worse: 3}}";
  EXPECT_EQ(findings_of("baseline: " + by_tall + ", level: " + by_state), "");
  EXPECT_THAT(findings_of("baseline: " + by_state), testing::HasSubstr("state"));
  EXPECT_THAT(findings_of("baseline: 70, level: {by: day, of: {\"< 3\": 0, else: 3}}"),
              testing::HasSubstr("day"));
}

struct Moments {
  double sum = 0, squares = 0;
  int n = 0;
  void add(double x) {
    sum += x;
    squares += x * x;
    ++n;
  }
  double mean() const { return sum / n; }
  double variance() const { return squares / n - mean() * mean(); }
};

const std::string weight =
    "measurements:\n  weight: {baseline: {normal: [75, 10]}, walk: 0.05, sway: 0.4, sway_days: 2, "
    "noise: {normal: [0, 0.3]}, decimals: 1, assumption: true}\n";

TEST(Measurement, VariesAsTheStateSpaceModelSays) {
  const Crowd crowd(weight);
  ASSERT_TRUE(crowd.plan);
  Patients patients(*crowd.plan, 7, 0);
  Moments first, later, product;
  constexpr int people = 20'000, apart = 3;
  for (uint32_t i = 0; i < people; ++i) {
    Patient patient = crowd.meet(patients, i);
    const double baseline = patient.measured[0].baseline;
    const double a = patients.truly(patient, 0, 10 * day) - baseline;
    const double b = patients.truly(patient, 0, (10 + apart) * day) - baseline;
    first.add(a);
    later.add(b);
    product.add(a * b);
  }
  // walk² t + sway²; the covariance walk² t + sway² exp(-apart / sway_days). The variance of a
  // normal variable has the standard error sqrt(2 / n) of itself.
  const double at_ten = 0.0025 * 10 + 0.16, at_end = 0.0025 * 13 + 0.16;
  EXPECT_LT(std::fabs(first.variance() / at_ten - 1), 3 * std::sqrt(2.0 / people));
  EXPECT_LT(std::fabs(later.variance() / at_end - 1), 3 * std::sqrt(2.0 / people));
  const double covariance = 0.0025 * 10 + 0.16 * std::exp(-apart / 2.0);
  EXPECT_LT(std::fabs(product.mean() - covariance) /
                std::sqrt((at_ten * at_end + covariance * covariance) / people),
            3);
}

TEST(Measurement, ApproachesTheTargetOfTheConditionAndComesBack) {
  const Crowd crowd(
      "condition:\n  states: [well, worse]\n  initial: well\n  rest: well\n  episodes:\n"
      "    - {name: slow, per_year: 1000000, phases: [{state: worse, days: 4}]}\n"
      "  source: a test\nmeasurements:\n  weight: {baseline: 70, level: {by: state, of: {well: 0, "
      "worse: 3}}, days: {by: state, of: {well: 2, worse: 1.5}}, decimals: 1, assumption: true}\n",
      30);
  ASSERT_TRUE(crowd.plan);
  Patients patients(*crowd.plan, 7, 0);
  Patient patient = crowd.meet(patients, 1);
  ASSERT_GE(patient.stages.size(), 3u);
  const int64_t onset = patient.stages[1].from, recovery = patient.stages[2].from;
  EXPECT_EQ(recovery - onset, 4 * day);
  EXPECT_NEAR(patients.truly(patient, 0, onset), 70, 1e-9);
  EXPECT_NEAR(patients.truly(patient, 0, onset + day), 70 + 3 * (1 - std::exp(-1 / 1.5)), 1e-6);
  EXPECT_NEAR(patients.truly(patient, 0, onset + 3 * day), 70 + 3 * (1 - std::exp(-2.0)), 1e-6);
  // The same whichever times are asked for, and in whichever order.
  Patient again = crowd.meet(patients, 1);
  EXPECT_DOUBLE_EQ(patients.truly(again, 0, onset + 3 * day),
                   patients.truly(patient, 0, onset + 3 * day));
  EXPECT_NEAR(patients.truly(patient, 0, onset + day), 70 + 3 * (1 - std::exp(-1 / 1.5)), 1e-6);
}

TEST(Measurement, EpisodesComeAtTheirRate) {
  const Crowd crowd(
      "condition:\n  states: [well, early, late]\n  initial: well\n  rest: well\n  episodes:\n"
      "    - name: slow\n      per_year: 3\n      phases:\n        - {state: early, days: "
      "{exponential: 6}}\n        - {state: late, days: {exponential: 4}, chance: 0.5}\n"
      "    - {name: fast, per_year: 1, phases: [{state: late, days: 2}]}\n  source: a test\n");
  ASSERT_TRUE(crowd.plan);
  Patients patients(*crowd.plan, 7, 0);
  Moments early, late_days;
  for (uint32_t i = 0; i < 4'000; ++i) {
    const Patient patient = crowd.meet(patients, i);
    double times = 0, days = 0;
    for (size_t s = 0; s < patient.stages.size(); ++s) {
      const int64_t end = s + 1 < patient.stages.size() ? patient.stages[s + 1].from : 400 * day;
      if (patient.stages[s].state == 1) ++times;
      if (patient.stages[s].state == 2)
        days += static_cast<double>(end - patient.stages[s].from) / day;
    }
    early.add(times);
    late_days.add(days);
  }
  // A renewal process: a cycle is a wait of 1/4 year and an episode of 3/4 (6 + 2) + 1/4 2 days.
  const double cycle = 365.25 / 4 + 0.75 * 8 + 0.25 * 2;
  // E N(t) = t / cycle + (variance / cycle² - 1) / 2 + o(1), of which 3 in 4 begin slowly; the
  // first wait is of the same law. Its variance is that of the wait and of the episode.
  const double slow = 36 + (0.5 * 32 - 4), fast = 0;
  const double episode = 6.5, square = 0.75 * (slow + 64) + 0.25 * (fast + 4);
  const double variance = std::pow(365.25 / 4, 2) + square - episode * episode;
  const double expected =
      0.75 * (400 / cycle + (variance / (cycle * cycle) - 1) / 2 + episode / cycle);
  EXPECT_LT(std::fabs(early.mean() - expected) / std::sqrt(early.variance() / early.n), 3);
  // Of the time 400 days less what the first wait takes longer.
  EXPECT_NEAR(late_days.mean() / 400, (0.75 * 2 + 0.25 * 2) / cycle, 0.002);
}

// Episodes that come all the time and are never met leave nothing, and end.
TEST(Measurement, EpisodesThatComeWithoutEndAreStopped) {
  const Crowd crowd(
      "condition:\n  states: [well, early]\n  initial: well\n  rest: well\n  episodes:\n    - "
      "{name: "
      "e, per_year: 1000000000, phases: [{state: early, days: 1, chance: 0}]}\n  source: a test\n");
  ASSERT_TRUE(crowd.plan);
  Patients patients(*crowd.plan, 7, 0);
  EXPECT_EQ(crowd.meet(patients, 0).stages.size(), 1u);
}

TEST(Device, WorksForItsShareOfTheTime) {
  const Crowd crowd(
      "devices:\n  scale: {fails_after_days: {exponential: 40}, mended_after_days: {gamma: "
      "{shape: 4, scale: 2.5}}, assumption: true}\n");
  ASSERT_TRUE(crowd.plan);
  Patients patients(*crowd.plan, 7, 0);
  const size_t index = crowd.plan->attributes.size() + around_count;
  Moments works;
  for (uint32_t i = 0; i < 20'000; ++i) {
    Patient patient = crowd.meet(patients, i);
    patients.look_around(patient, 390 * day, 0, 0);
    works.add(patient.known[index].symbol == crowd.plan->devices[0].works ? 1 : 0);
  }
  EXPECT_LT(std::fabs(works.mean() - 0.8) / std::sqrt(0.16 / works.n), 3);
}

TEST(Adoption, SharesFollowTheModelOfBass) {
  const Crowd crowd(
      "attributes:\n  new_way: {adoption: {from: 2021-02-03, ceiling: 0.8, innovation: 0.05, "
      "imitation: 0.6, unit: month}, assumption: true}\n  as_measured: {adoption: {rows: [{at: "
      "2021-01-14, share: 0.2}, {at: 2021-01-24, share: 0.6}]}, assumption: true}\n");
  ASSERT_TRUE(crowd.plan);
  Patients patients(*crowd.plan, 7, 0);
  const auto share = [&](size_t attribute, int64_t on_day) {
    Moments adopted;
    for (uint32_t i = 0; i < 20'000; ++i) {
      Patient patient;
      patients.meet(patient, i, on_day * day + day / 2);
      adopted.add(patient.known[attribute].number);
    }
    return adopted;
  };
  const auto expect = [&](size_t attribute, int64_t on_day, double expected) {
    const Moments told = share(attribute, on_day);
    EXPECT_LT(std::fabs(told.mean() - expected),
              3 * std::sqrt(expected * (1 - expected) / told.n) + 1e-9)
        << on_day << ": " << told.mean() << " instead of " << expected;
  };
  expect(0, 29, 0);  // the day before go-live, 30 days after the start
  for (const int64_t after : {60, 120, 365}) {
    const double t = static_cast<double>(after) / (365.25 / 12);
    const double gone = std::exp(-0.65 * t);
    expect(0, 30 + after, 0.8 * (1 - gone) / (1 + 12 * gone));
  }
  expect(1, 9, 0);
  expect(1, 10, 0.2);
  expect(1, 15, 0.4);
  expect(1, 300, 0.6);
  // Whoever has changed does not go back: the same person a day later.
  Patient before, after;
  for (uint32_t i = 0; i < 2'000; ++i) {
    patients.meet(before, i, 90 * day);
    patients.meet(after, i, 91 * day);
    EXPECT_LE(before.known[0].number, after.known[0].number);
  }
}

// A form every day at the hour of the arrival, an alert from 2 kg above 70 on.
TestPackage weighed_daily(const std::string& episodes, const std::string& noise) {
  TestPackage test;
  test.bpmn = test_bpmn(R"(<startEvent id="start"/>
    <intermediateCatchEvent id="tomorrow"><timerEventDefinition>
      <timeDuration>PT24H</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <userTask id="daily" p:role="patient" p:form="daily" p:result="daily" p:title="t"/>
    <exclusiveGateway id="which" default="no"/><intermediateThrowEvent id="alert"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="tomorrow"/>
    <sequenceFlow id="b" sourceRef="tomorrow" targetRef="daily"/>
    <sequenceFlow id="c" sourceRef="daily" targetRef="which"/>
    <sequenceFlow id="yes" sourceRef="which" targetRef="alert">
      <conditionExpression>daily.weight &gt;= 72</conditionExpression></sequenceFlow>
    <sequenceFlow id="no" sourceRef="which" targetRef="tomorrow"/>
    <sequenceFlow id="d" sourceRef="alert" targetRef="tomorrow"/>)");
  test.files["forms/daily.json"] =
      R"({"resourceType": "Questionnaire", "id": "daily", "url": "urn:test:daily", "version": "1",
       "name": "daily", "title": "Daily", "language": "en", "status": "active", "item": [
       {"linkId": "weight", "text": "Weight", "type": "decimal", "required": true}]})";
  test.cohort =
      "start: 2021-01-04\ndays: 60\narrivals: {per_day: 400, limit: 400, assumption: true}\n"
      "condition:\n  states: [well, worse]\n  initial: well\n  rest: well\n  episodes:\n    - "
      "{name: "
      "e, " +
      episodes +
      ", phases: [{state: worse, days: DAYS}]}\n  source: a test\nmeasurements:\n  weight: "
      "{baseline: "
      "70, level: {by: state, of: {well: 0, worse: 3}}, noise: " +
      noise +
      ", decimals: 3, assumption: true}\nanswers:\n  daily: {assumption: true, items: {weight: "
      "{copy: "
      "weight}}}\ntruth: {states: [worse], alerts: [alert], source: a test}\n";
  return test;
}

Rehearsal truth_of(TestPackage test, const std::string& days) {
  test.cohort.replace(test.cohort.find("DAYS"), 4, days);
  const auto package = test.load();
  EXPECT_TRUE(package);
  Settings settings;
  settings.days = 60;
  settings.replications = 8;
  auto told = rehearse(*package, settings);
  EXPECT_TRUE(told) << to_text(told.error());
  return told ? std::move(*told) : Rehearsal();
}

TEST(Truth, AnEpisodeIsFoundByTheNextFormWhenItLastsLongEnough) {
  const TestPackage test = weighed_daily("per_year: 12", "0");
  const Rehearsal lasting = truth_of(test, "5");
  EXPECT_GT(lasting.truth.episodes.value, 400);  // more than one a patient
  EXPECT_GT(lasting.truth.episodes.value, lasting.truth.deteriorated.value);
  EXPECT_EQ(lasting.truth.episodes_alerted.value, 1);
  EXPECT_EQ(lasting.truth.false_alerts.value, 0);
  // The form comes at any time of the first day.
  EXPECT_NEAR(lasting.truth.episode_to_alert_median.value, 12 * 60, 45);
  // Half a day long: every other one has a form in it.
  const Rehearsal short_ones = truth_of(test, "0.5");
  EXPECT_LT(std::fabs(z(short_ones.truth.episodes_alerted, 0.5)), 3);
}

// A nurse looks at the patient six hours after each form that alerts: who is still worse then is
// found. Of spells of a day and a half each, the form comes evenly within the first day, so that
// all are alerted, and found half a day before they end at the latest; of spells of half a day,
// half are alerted, and those are found whose form came in the first six of twelve hours.
TEST(Truth, AnEpisodeIsFoundByWhoLooksWhileItLasts) {
  TestPackage test = weighed_daily("per_year: 12", "0");
  const std::string alert = "<intermediateThrowEvent id=\"alert\"/>";
  test.bpmn.replace(test.bpmn.find(alert), alert.size(),
                    alert + R"(<intermediateCatchEvent id="later"><timerEventDefinition>
      <timeDuration>PT6H</timeDuration></timerEventDefinition></intermediateCatchEvent>
      <userTask id="call" p:role="nurse" p:title="t"/>
      <sequenceFlow id="e" sourceRef="alert" targetRef="later"/>
      <sequenceFlow id="f" sourceRef="later" targetRef="call"/>
      <sequenceFlow id="g" sourceRef="call" targetRef="wait"/>
      <intermediateCatchEvent id="wait"><timerEventDefinition>
      <timeDuration>PT18H</timeDuration></timerEventDefinition></intermediateCatchEvent>
      <sequenceFlow id="h" sourceRef="wait" targetRef="daily"/>)");
  const std::string back = R"(<sequenceFlow id="d" sourceRef="alert" targetRef="tomorrow"/>)";
  test.bpmn.erase(test.bpmn.find(back), back.size());
  test.minutes = "0.001";
  test.people = 50;
  test.cohort.replace(test.cohort.find("alerts: [alert],"), 16,
                      "alerts: [alert], found: [{activity: call}],");
  const Rehearsal lasting = truth_of(test, "1.5");
  EXPECT_EQ(lasting.truth.episodes_alerted.value, 1);
  EXPECT_NEAR(lasting.truth.episodes_found.value, 1, 0.01);  // all but those of the last six hours
  EXPECT_NEAR(lasting.truth.episode_to_found_median.value, (12 + 6) * 60, 45);
  const Rehearsal short_ones = truth_of(test, "0.5");
  EXPECT_LT(std::fabs(z(short_ones.truth.episodes_alerted, 0.5)), 3);
  EXPECT_LT(std::fabs(z(short_ones.truth.episodes_found, 0.25)), 3);
}

TEST(Truth, FalseAlertsAreThoseOfTheNoise) {
  const Rehearsal told = truth_of(weighed_daily("per_year: 0.000001", "{normal: [0, 1]}"), "1");
  std::vector<double> shares;
  const auto& daily = told.activities;
  const auto form = std::find_if(daily.begin(), daily.end(),
                                 [](const ActivityResult& each) { return each.id == "daily"; });
  ASSERT_NE(form, daily.end());
  for (size_t i = 0; i < told.truth.alerts.runs.size(); ++i)
    shares.push_back(told.truth.alerts.runs[i] / form->done.runs[i]);
  EXPECT_EQ(told.truth.false_share.value, 1);
  EXPECT_LT(std::fabs(z(shares, 0.5 * std::erfc((2 - 0.0005) / std::sqrt(2.0)))), 3);
}

}  // namespace
}  // namespace passerelle::rehearse
