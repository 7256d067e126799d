// The whole: threads, seeds, common random numbers, comparisons, what leaves as JSON and text.
#include "rehearse/rehearse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>

#include "base/json.h"
#include "rehearse/patient.h"
#include "rehearse/plan.h"
#include "rehearse/test_package.h"
#include "review/log_file.h"
#include "review/review.h"

namespace passerelle::rehearse {
namespace {

using testing::HasSubstr;

// Patients with an age and a condition are called; old people take longer to be called back.
TestPackage clinic() {
  TestPackage test;
  test.people = 3;
  test.minutes = "{lognormal: {mean: 9, sd: 5}}";
  test.more = "learning:\n  - {role: nurse, initial: 1.5, exponent: 0.3, assumption: true}\n";
  test.bpmn = one_call("p:due='duration(\"PT30M\")' p:priority='if age >= 70 then 1 else 0'",
                       "<extensionElements><p:variable name=\"age\"/></extensionElements>");
  test.cohort =
      "start: 2021-01-04\ndays: 10\n"
      "arrivals:\n  - {per_day: 400, assumption: true}\n"
      "attributes:\n  age: {number: {pert: [2, 40, 97]}, assumption: true}\nopening: [age]\n"
      "condition:\n  states: [well, ill]\n  initial: {weights: {well: 80, ill: 20}}\n"
      "  moves: {well: {weights: {well: 90, ill: 10}}}\n  assumption: true\n"
      "truth: {states: [ill], alerts: [start], work: [call], found: [{activity: call}], "
      "assumption: true}\n";
  test.indicators =
      "indicators:\n"
      "  - id: in_time\n    heading: process\n    measure: share_within\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    within: PT30M\n    target: at least 90 %\n    owner: nurse\n"
      "  - id: minutes\n    heading: capabilities\n    measure: work_minutes\n    roles: [nurse]\n";
  test.files["scenarios/fewer.yaml"] =
      "id: fewer\nname: {en: One fewer}\nquestion: {en: \"Does it hold?\"}\nchanges:\n"
      "  - {file: organisation.yaml, path: roles.nurse.shifts.all.people, add: -1}\n";
  test.files["scenarios/nothing.yaml"] =
      "id: nothing\nname: {en: Nothing}\nquestion: {en: \"Is nothing found?\"}\nchanges: []\n";
  test.files["scenarios/more.yaml"] =
      "id: more\nname: {en: More patients}\nquestion: {en: \"Who comes?\"}\nchanges:\n"
      "  - {file: cohort.yaml, path: arrivals.0.per_day, to: 440}\n";
  return test;
}

Settings eight() {
  Settings settings;
  settings.days = 6;
  settings.replications = 8;
  settings.seed = 7;
  return settings;
}

Rehearsal rehearsed(const TestPackage& test, Settings settings, std::string_view scenario = "") {
  const auto package = test.load(scenario);
  if (package == nullptr) return {};
  auto out = rehearse(*package, settings, scenario);
  EXPECT_TRUE(out) << to_text(out.error());
  return out ? std::move(*out) : Rehearsal();
}

TEST(Rehearse, GivesTheSameBytesForAnyNumberOfThreads) {
  const TestPackage test = clinic();
  Settings settings = eight();
  settings.threads = 1;
  const std::string one = to_json(rehearsed(test, settings));
  for (const int threads : {2, 4, 8}) {
    settings.threads = threads;
    EXPECT_EQ(to_json(rehearsed(test, settings)), one) << threads << " threads";
  }
  settings.seed = 8;
  EXPECT_NE(to_json(rehearsed(test, settings)), one);
}

TEST(Rehearse, AReplicationDoesNotDependOnHowManyThereAre) {
  const TestPackage test = clinic();
  Settings settings = eight();
  const Rehearsal many = rehearsed(test, settings);
  settings.replications = 3;
  const Rehearsal few = rehearsed(test, settings);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(few.activities[0].wait_mean.runs[i], many.activities[0].wait_mean.runs[i]);
}

TEST(Rehearse, TheLogTellsTheSameStoryAsTheFigures) {
  const TestPackage test = clinic();
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings = eight();
  settings.replications = 2;
  const auto it = rehearse(*package, settings);
  ASSERT_TRUE(it);
  const auto log = event_log(*package, settings, 1);
  ASSERT_TRUE(log);
  review::Window window;
  window.until = it->end;
  review::Measurement measurement(package->indicators, package->pathway, log->names, window);
  for (const auto events : review::cases_of(*log)) measurement.add_case(events);
  const auto measured = measurement.result(false);
  ASSERT_EQ(measured.size(), it->indicators.size());
  for (size_t i = 0; i < measured.size(); ++i)
    EXPECT_EQ(measured[i].all.value, it->indicators[i].result.runs[1]);
  EXPECT_EQ(static_cast<double>(measurement.cases()), it->patients.runs[1]);
}

TEST(Rehearse, WritesTheLogThatReviewReads) {
  const TestPackage test = clinic();
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings = eight();
  settings.days = 1;
  const auto log = event_log(*package, settings, 0);
  ASSERT_TRUE(log);
  const std::string path = testing::TempDir() + "rehearsed.xes";
  const auto written = write_log(*package, settings, 0, path);
  ASSERT_TRUE(written) << to_text(written.error());
  const auto read = review::read_log(path);
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(read->log.events.size(), log->events.size());
  EXPECT_FALSE(write_log(*package, settings, 0, "/no/such/folder/x.xes"));
  const std::atomic<bool> stop = true;
  settings.days = 60;
  settings.stop = &stop;
  EXPECT_FALSE(write_log(*package, settings, 0, path));
  EXPECT_EQ(review::read_log(path)->log.events.size(), log->events.size()) << "it stays";
}

TEST(Rehearse, GivesNoIntervalForOneReplication) {
  Settings settings = eight();
  settings.replications = 1;
  const Rehearsal it = rehearsed(clinic(), settings);
  EXPECT_FALSE(it.indicators[0].result.has_interval());
  EXPECT_THAT(to_text(it, "en"), HasSubstr("no interval"));
  EXPECT_THAT(to_text(it, "fr"), HasSubstr("pas d’intervalle"));
  const auto json = json::Document::parse(to_json(it));
  ASSERT_TRUE(json);
  EXPECT_TRUE(json->root()["indicators"][0]["low"].is_null());
}

TEST(Rehearse, PromisesWhatReviewReads) {
  const Rehearsal it = rehearsed(clinic(), eight());
  const auto promise = review::parse_promise(to_json(it));
  ASSERT_TRUE(promise) << to_text(promise.error());
  EXPECT_EQ(promise->pathway, "test");
  const auto found = promise->indicators.find("in_time");
  ASSERT_NE(found, promise->indicators.end());
  EXPECT_DOUBLE_EQ(found->second.value, it.indicators[0].result.value);
  EXPECT_DOUBLE_EQ(found->second.low, it.indicators[0].result.low);
}

TEST(Rehearse, StopsWhenAskedTo) {
  const auto package = clinic().load();
  ASSERT_TRUE(package);
  const std::atomic<bool> stop = true;
  Settings settings = eight();
  settings.days = 60;
  settings.stop = &stop;
  const auto it = rehearse(*package, settings);
  ASSERT_FALSE(it);
  EXPECT_EQ(it.error().code, ErrorCode::unavailable);
}

// Raises the flag when so much has been played.
Settings stopped_at(double share, std::atomic<bool>& stop) {
  Settings settings = eight();
  settings.keep_finished = true;
  settings.stop = &stop;
  settings.progress = [&stop, share](double played) { stop = played > share; };
  return settings;
}

TEST(Rehearse, StoppedItTellsWhatTheFirstReplicationsThatAreFinishedTell) {
  const TestPackage test = clinic();
  for (const int threads : {1, 2, 4}) {
    std::atomic<bool> stop = false;
    Settings settings = stopped_at(0.3, stop);
    settings.threads = threads;
    settings.replications = 40;
    Rehearsal it = rehearsed(test, settings);
    ASSERT_GE(it.replications, 2) << threads << " threads";
    ASSERT_LT(it.replications, 40) << threads << " threads";
    EXPECT_EQ(it.stopped_of, 40);
    EXPECT_THAT(to_text(it, "en"), HasSubstr("of 40 replications"));
    EXPECT_THAT(to_text(it, "fr"), HasSubstr("réplications sur 40"));
    EXPECT_NE(to_json(it).find("\"stopped_of\":40,"), std::string::npos);
    settings = eight();
    settings.replications = it.replications;
    it.stopped_of = 0;
    EXPECT_TRUE(to_json(it) == to_json(rehearsed(test, settings))) << threads << " threads";
  }
}

TEST(Rehearse, StoppedBeforeTwoReplicationsItTellsNothing) {
  const auto package = clinic().load();
  ASSERT_TRUE(package);
  std::atomic<bool> stop = false;
  Settings settings = stopped_at(0.1, stop);
  settings.threads = 1;
  const auto it = rehearse(*package, settings);
  ASSERT_FALSE(it);
  EXPECT_EQ(it.error().code, ErrorCode::unavailable);
  EXPECT_THAT(it.error().message, HasSubstr("1 of 8 replications"));
}

TEST(Rehearse, StoppedOnTheWayToAPrecisionItSaysWhatIsLess) {
  std::atomic<bool> stop = false;
  Settings settings = stopped_at(0.6, stop);
  settings.threads = 1;
  settings.precision = 0.001;
  settings.replications = 3;
  const Rehearsal it = rehearsed(clinic(), settings);
  EXPECT_GE(it.replications, 3);
  EXPECT_GT(it.stopped_of, it.replications);
  EXPECT_FALSE(it.imprecise.empty());
}

TEST(Rehearse, TellsItsProgress) {
  Settings settings = eight();
  settings.threads = 4;
  double last = 0;
  settings.progress = [&](double share) {
    EXPECT_GE(share, last);
    last = share;
  };
  rehearsed(clinic(), settings);
  EXPECT_NEAR(last, 1, 1e-9);
}

TEST(Rehearse, RefusesWhatMakesNoSense) {
  const auto package = clinic().load();
  ASSERT_TRUE(package);
  Settings settings = eight();
  settings.replications = 0;
  EXPECT_FALSE(rehearse(*package, settings));
  settings = eight();
  settings.warm_up_days = 6;
  EXPECT_FALSE(rehearse(*package, settings));
  settings = eight();
  settings.days = 100'000;
  EXPECT_FALSE(rehearse(*package, settings));
}

TEST(Truth, IsKnownForEveryPatient) {
  const Rehearsal it = rehearsed(clinic(), eight());
  ASSERT_TRUE(it.truth.given);
  // Everybody is called within hours, ill or not: one in five is ill when the call comes.
  EXPECT_NEAR(it.truth.deteriorated.value / it.patients.value, 0.2, 0.03);
  EXPECT_NEAR(it.truth.false_share.value, 0.8, 0.03);
  EXPECT_GT(it.truth.found.value, 0.9);
  EXPECT_NEAR(it.truth.found.value + it.truth.missed.value, 1, 1e-9);
  EXPECT_GT(it.truth.to_found_median.value, 0);
}

// Everybody comes at one instant and is stopped two days later: with a warm-up between the two,
// those who came are not of the window, and neither is what became of them.
TEST(WarmUp, CountsNobodyAboveTheLineWhoIsNotBelowIt) {
  TestPackage test = clinic();
  test.bpmn = test_bpmn(
      "<startEvent id=\"start\"/><eventBasedGateway id=\"choice\"/>"
      "<intermediateCatchEvent id=\"wait\"><timerEventDefinition><timeDuration>P20D</timeDuration>"
      "</timerEventDefinition></intermediateCatchEvent>"
      "<intermediateCatchEvent id=\"stopped\"><messageEventDefinition messageRef=\"m\"/>"
      "</intermediateCatchEvent>"
      "<userTask id=\"call\" p:role=\"nurse\" p:title=\"t\"/><endEvent id=\"end\"/>"
      "<sequenceFlow id=\"a\" sourceRef=\"start\" targetRef=\"choice\"/>"
      "<sequenceFlow id=\"b\" sourceRef=\"choice\" targetRef=\"wait\"/>"
      "<sequenceFlow id=\"c\" sourceRef=\"choice\" targetRef=\"stopped\"/>"
      "<sequenceFlow id=\"d\" sourceRef=\"wait\" targetRef=\"end\"/>"
      "<sequenceFlow id=\"e\" sourceRef=\"stopped\" targetRef=\"call\"/>"
      "<sequenceFlow id=\"f\" sourceRef=\"call\" targetRef=\"end\"/>");
  test.bpmn.replace(test.bpmn.find("<process"), 0, "<message id=\"m\" name=\"stop\"/>");
  test.indicators = "indicators: []\n";
  test.cohort =
      "start: 2021-01-04\ndays: 6\n"
      "arrivals:\n  - {per_day: 100, assumption: true}\n"
      "condition:\n  states: [well, ill]\n  initial: {weights: {well: 100, ill: 0}}\n"
      "  moves: {well: {weights: {well: 50, ill: 50}}}\n  assumption: true\n"
      "happenings:\n  - {message: stop, after_hours: 48, outcome: stopped, assumption: true}\n"
      "truth: {states: [ill], work: [call], found: [{activity: call, outcome: called}], "
      "assumption: true}\n";
  Settings settings = eight();
  settings.warm_up_days = 3;
  const Rehearsal it = rehearsed(test, settings);
  ASSERT_EQ(it.outcomes.size(), 2u);
  // Of those who came on the last three days, only those of the first can be stopped.
  for (const OutcomeResult& outcome : it.outcomes) {
    EXPECT_NEAR(outcome.share.value, 1.0 / 3, 0.1) << outcome.name;
    EXPECT_GT(outcome.patients.value, 0) << outcome.name;
  }
  for (size_t i = 0; i < it.patients.runs.size(); ++i) {
    EXPECT_EQ(it.ended.runs[i] + it.open.runs[i], it.patients.runs[i]);
    EXPECT_LE(it.truth.deteriorated.runs[i], it.patients.runs[i]);
  }
  EXPECT_THAT(to_text(it, "en"), HasSubstr("after a warm-up of 3 days"));
  EXPECT_THAT(to_text(it, "fr"), HasSubstr("après 3 jours de mise en route"));
}

// ---- common random numbers ----

TEST(CommonRandomNumbers, TwoScenariosMeetTheSamePeople) {
  const TestPackage test = clinic();
  const auto one = test.load(), two = test.load("fewer");
  ASSERT_TRUE(one && two);
  const auto plan_of = [](const pathway::Package& package) {
    Model model;
    model.pathway = &package.pathway;
    model.cohort = &package.cohort;
    return std::move(*make_plan(model, 6));
  };
  const auto a = plan_of(*one), b = plan_of(*two);
  const Patients here(*a, 7, 3), there(*b, 7, 3);
  ArrivalStream first(a->arrivals[0], 7, 3, 0), second(b->arrivals[0], 7, 3, 0);
  Patients first_people(*a, 7, 3), second_people(*b, 7, 3);
  for (uint32_t i = 0; i < 500; ++i) {
    ASSERT_EQ(first.next(), second.next());
    Patient x, y;
    first_people.meet(x, i, first.next());
    second_people.meet(y, i, second.next());
    EXPECT_EQ(x.known[0].number, y.known[0].number);
    ASSERT_EQ(x.stages.size(), y.stages.size());
    for (size_t s = 0; s < x.stages.size(); ++s) EXPECT_EQ(x.stages[s].from, y.stages[s].from);
    first.advance();
    second.advance();
  }
}

TEST(CommonRandomNumbers, MorePatientsAreTheSamePeopleAndSomeOthers) {
  const TestPackage test = clinic();
  const Rehearsal before = rehearsed(test, eight());
  const Rehearsal after = rehearsed(test, eight(), "more");
  const auto it = compare(before, after);
  ASSERT_TRUE(it);
  EXPECT_NEAR(it->patients_shared, 400.0 / 440, 0.03);
}

TEST(Compare, FindsARealDifference) {
  const TestPackage test = clinic();
  const auto it = compare(rehearsed(test, eight()), rehearsed(test, eight(), "fewer"));
  ASSERT_TRUE(it) << to_text(it.error());
  EXPECT_EQ(it->patients_shared, 1);
  const auto found = std::find_if(it->differences.begin(), it->differences.end(),
                                  [](const Difference& each) { return each.id == "in_time"; });
  ASSERT_NE(found, it->differences.end());
  EXPECT_LT(found->difference.high, 0);
  EXPECT_TRUE(found->real);
  ASSERT_TRUE(found->better.has_value());
  EXPECT_FALSE(*found->better);
  EXPECT_THAT(to_text(*it, "en"), HasSubstr("real, worse"));
  EXPECT_THAT(to_text(*it, "fr"), HasSubstr("réelle, moins bien"));
}

// Whichever was named first: a page, a command and a report of the same two say the same.
TEST(Compare, GoesFromWhatIsWrittenToWhatDiffersFromIt) {
  const TestPackage test = clinic();
  const Rehearsal written = rehearsed(test, eight()), fewer = rehearsed(test, eight(), "fewer");
  const std::vector<Rehearsal> with_fewer = {fewer}, with_written = {written};
  const auto one = compare_all(written, with_fewer), other = compare_all(fewer, with_written);
  ASSERT_TRUE(one && other);
  for (const auto* each : {&one, &other}) {
    EXPECT_EQ((**each)[0].before, "");
    EXPECT_EQ((**each)[0].after, "fewer");
  }
  EXPECT_EQ(to_json((*one)[0]), to_json((*other)[0]));
  // Of two scenarios, to the other; with changes of somebody's own, to those.
  const std::vector<Rehearsal> with_more = {rehearsed(test, eight(), "more")};
  EXPECT_EQ((*compare_all(fewer, with_more))[0].after, "more");
  EXPECT_EQ((*compare_all(fewer, with_more, true))[0].after, "fewer");
  EXPECT_EQ((*compare_all(written, with_fewer, true))[0].before, "fewer");
}

TEST(Compare, FindsNothingWhereThereIsNothing) {
  const TestPackage test = clinic();
  const auto it = compare(rehearsed(test, eight()), rehearsed(test, eight(), "nothing"));
  ASSERT_TRUE(it);
  for (const Difference& each : it->differences) {
    EXPECT_FALSE(each.real) << each.id;
    EXPECT_EQ(each.difference.value, 0) << each.id;
  }
}

TEST(Compare, TheSamePatientsMakeTheDifferenceSharper) {
  // A little more learning: the same arrivals and calls, hardly different waits.
  TestPackage test = clinic();
  const Rehearsal before = rehearsed(test, eight());
  test.more = "learning:\n  - {role: nurse, initial: 1.7, exponent: 0.3, assumption: true}\n";
  const Rehearsal after = rehearsed(test, eight());
  const auto it = compare(before, after);
  ASSERT_TRUE(it);
  const auto wait = std::find_if(it->differences.begin(), it->differences.end(),
                                 [](const Difference& each) { return each.kind == "wait"; });
  ASSERT_NE(wait, it->differences.end());
  EXPECT_LT(wait->variance_ratio, 0.5);
  EXPECT_GT(wait->difference.value, 0);
}

TEST(Compare, RefusesOtherPatients) {
  const TestPackage test = clinic();
  Settings other = eight();
  other.seed = 8;
  const auto it = compare(rehearsed(test, eight()), rehearsed(test, other));
  ASSERT_FALSE(it);
  EXPECT_THAT(it.error().help, HasSubstr("--seed"));
}

}  // namespace
}  // namespace passerelle::rehearse
