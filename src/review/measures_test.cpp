// Each measure on a log of a few events whose result was worked out by hand.
#include "review/measures/measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "review/log_file.h"
#include "review/tally.h"
#include "review/test_log.h"

namespace passerelle::review {
namespace {

using pathway::EventLog;
using testing::DoubleNear;

std::string indicator(const std::string& rest) {
  return "  - {id: it, heading: process, " + rest + "}\n";
}

TEST(Measures, EveryMeasureThatCanBeWrittenIsComputed) {
  for (const pathway::MeasureForm& form : pathway::measure_forms())
    EXPECT_EQ(find_measure(form.name).name, form.name);
  EXPECT_EQ(measures().size(), pathway::measure_forms().size());
}

TEST(Count, CountsChosenEvents) {
  const EventLog log = test_log({"1 10:00 alert {\"severity\": \"urgent\"}",
                                 "1 11:00 alert {\"severity\": \"simple\"}", "1 12:00 call start",
                                 "2 10:00 alert {\"severity\": \"urgent\"}", "2 13:00 alert"});
  EXPECT_EQ(measured(indicator("measure: count, of: alert"), log).all.value, 4);
  EXPECT_EQ(measured(indicator("measure: count, of: {activity: alert, where: severity = "
                               "\"urgent\"}"),
                     log)
                .all.value,
            2);
  EXPECT_EQ(measured(indicator("measure: count, of: {activity: [alert, call], on: [start, "
                               "complete]}"),
                     log)
                .all.value,
            5);
}

// Events of a rehearsal share their data: what was asked of them once is not asked again.
TEST(Count, CountsEventsThatShareTheirData) {
  EventLog log = test_log({"1 10:00 alert {\"severity\": \"urgent\"}",
                           "1 11:00 alert {\"severity\": \"simple\"}",
                           "2 10:00 alert {\"severity\": \"urgent\"}",
                           "2 11:00 alert {\"severity\": \"urgent\"}", "3 13:00 alert"});
  const auto urgent = [&] {
    return measured(indicator("measure: count, of: {activity: alert, where: severity = "
                              "\"urgent\"}"),
                    log)
        .all.value;
  };
  EXPECT_EQ(urgent(), 3);
  log.events[2].data = log.events[3].data = log.events[0].data;
  log.events[4].data = log.events[1].data;
  EXPECT_EQ(urgent(), 3);
  log.events[1].data = log.events[0].data;
  EXPECT_EQ(urgent(), 4);
}

TEST(Count, RemembersNothingOfWhatAsksTheClock) {
  SharedData shared;
  const auto severe = feel::compile("severity = \"urgent\"", feel::Names{"severity"});
  const auto early = feel::compile("now() < since", feel::Names{"since"});
  feel::Memo* memo = shared.of(*severe);
  ASSERT_NE(memo, nullptr);
  EXPECT_EQ(shared.of(*early), nullptr);
  EXPECT_EQ(shared.of(*severe), memo);
}

TEST(Rate, DividesByTheDaysThatCasesWereOpen) {
  // Case 1 is open for two days; case 2 for one day until the log ends.
  const EventLog log = test_log({"1 26T00:00 case start", "1 26T10:00 alert", "1 27T09:00 alert",
                                 "1 28T00:00 case", "2 30T00:00 case start"});
  const Outcome out = measured(indicator("measure: rate, of: alert"), log).all;
  EXPECT_EQ(out.numerator, 2);
  EXPECT_EQ(out.denominator, 3);
  EXPECT_THAT(out.value, DoubleNear(2.0 / 3, 1e-12));
  EXPECT_EQ(out.n, 2u);
}

TEST(Rate, CountsOnlyTheDaysInsideAnActivity) {
  // 12 h in the first stay, 6 h in the second, which was interrupted.
  const EventLog log =
      test_log({"1 26T00:00 stay start #4", "1 26T12:00 stay #4", "1 27T10:00 alert",
                "1 28T00:00 stay start #9", "1 28T06:00 stay withdraw #9"});
  const Outcome out = measured(indicator("measure: rate, of: alert, days_of: stay"), log).all;
  EXPECT_THAT(out.value, DoubleNear(1 / 0.75, 1e-12));
}

TEST(Ratio, DividesTwoCounts) {
  const EventLog log =
      test_log({"1 10:00 form schedule #1", "1 11:00 alert", "1 12:00 form schedule #2",
                "2 10:00 form schedule #1", "2 12:00 form schedule #2"});
  const auto out = measured(
      indicator("measure: ratio, unit: share, of: alert, per: {activity: form, on: schedule}"),
      log);
  EXPECT_EQ(out.all.value, 0.25);
}

TEST(ShareOfEvents, CountsThoseForWhichTheExpressionHolds) {
  const EventLog log =
      test_log({"1 10:00 call {\"outcome\": \"wrong\"}", "1 11:00 call {\"outcome\": \"ok\"}",
                "2 10:00 call", "2 11:00 call start", "3 10:00 call {\"outcome\": \"wrong\"}"});
  const Outcome out =
      measured(indicator("measure: share_of_events, of: call, holds: outcome = \"wrong\""), log)
          .all;
  EXPECT_EQ(out.value, 0.5);
  EXPECT_EQ(out.n, 4u);
}

TEST(ShareOfCases, CountsCasesNotEvents) {
  const EventLog log =
      test_log({"1 10:00 alert", "1 11:00 alert", "2 10:00 plan", "3 10:00 plan", "3 11:00 alert"});
  EXPECT_THAT(measured(indicator("measure: share_of_cases, with: alert"), log).all.value,
              DoubleNear(2.0 / 3, 1e-12));
  EXPECT_EQ(measured(indicator("measure: share_of_cases, of: plan, with: alert"), log).all.value,
            0.5);
}

TEST(ShareWithin, CountsWhatWasAnsweredInTime) {
  // Answered after 20 min, after 40 min, never though the case went on.
  const EventLog log = test_log({"1 10:00 alert", "1 10:20 call start", "2 10:00 alert",
                                 "2 10:40 call start", "3 10:00 alert"});
  const Outcome out =
      measured(indicator("measure: share_within, from: alert, to: {activity: call, on: start}, "
                         "within: PT30M"),
               log)
          .all;
  EXPECT_THAT(out.value, DoubleNear(1.0 / 3, 1e-12));
  EXPECT_EQ(out.n, 3u);
}

TEST(ShareWithin, DoesNotJudgeWhatTheLogDoesNotTellToTheEnd) {
  // The case ends before the half hour is over; the log ends before it is over.
  const EventLog log =
      test_log({"1 10:00 alert", "1 10:10 case", "2 11:50 alert", "3 10:00 alert", "3 10:31 case"});
  const Outcome out =
      measured(indicator("measure: share_within, from: alert, to: call, within: PT30M"), log,
               "12:00")
          .all;
  EXPECT_EQ(out.n, 1u);
  EXPECT_EQ(out.value, 0);
}

TEST(ShareWithin, LeavesOutWhatIsExcused) {
  const EventLog log =
      test_log({"1 10:00 alert", "1 10:10 form", "2 10:00 alert", "2 10:50 form", "2 11:00 call"});
  const Outcome out =
      measured(
          indicator("measure: share_within, from: alert, to: call, within: PT30M, unless: form"),
          log)
          .all;
  EXPECT_EQ(out.n, 1u);
  EXPECT_EQ(out.value, 0);
}

TEST(Duration, TakesTheSameWorkFromItsOfferToItsStart) {
  // Two calls at the same time: 10 min and 30 min; the third was never started.
  const EventLog log =
      test_log({"1 10:00 call schedule #1", "1 10:05 call schedule #2", "1 10:10 call start #1",
                "1 10:35 call start #2", "1 10:40 call schedule #3"});
  const std::string pair = "from: {activity: call, on: schedule}, to: {activity: call, on: start}";
  EXPECT_EQ(measured(indicator("measure: duration, statistic: mean, " + pair), log).all.value, 20);
  EXPECT_EQ(measured(indicator("measure: duration, statistic: p90, " + pair), log).all.value, 28);
  EXPECT_EQ(measured(indicator("measure: duration, unit: h, " + pair), log).all.value, 20.0 / 60);
  EXPECT_EQ(measured(indicator("measure: duration, " + pair), log).all.n, 2u);
}

TEST(LeadTime, CountsFromTheFirstSignThatIsRecentEnough) {
  // Signs 10 days and 6 hours before; without a limit the first counts.
  const EventLog log = test_log({"1 16T10:00 alert", "1 26T04:00 alert", "1 26T10:00 form",
                                 "2 26T09:00 form", "2 26T10:00 alert"});
  EXPECT_EQ(
      measured(indicator("measure: lead_time, of: form, with: alert, within: P7D"), log).all.value,
      6);
  EXPECT_EQ(
      measured(indicator("measure: lead_time, of: form, with: alert, unit: days"), log).all.value,
      10);
  const Outcome found =
      measured(indicator("measure: share_found_before, of: form, with: alert, within: P7D"), log)
          .all;
  EXPECT_EQ(found.value, 0.5);
  EXPECT_EQ(found.n, 2u);
}

TEST(Value, AddsUpWhatEventsRecord) {
  const EventLog log = test_log({"1 10:00 form {\"score\": 1}", "1 11:00 form {\"score\": 2.5}",
                                 "2 10:00 form {\"score\": 7}", "2 11:00 form",
                                 "2 12:00 form {\"score\": \"high\"}"});
  EXPECT_EQ(
      measured(indicator("measure: value, of: form, value: score, statistic: mean"), log).all.value,
      3.5);
  EXPECT_EQ(measured(indicator("measure: value, of: form, value: score * 2"), log).all.value, 5);
}

TEST(WorkMinutes, CountsHandsOnTimeOfTheRole) {
  // 10 min, then 5 min after a pause; a physician's 20 min do not count. Two patient-days.
  const EventLog log =
      test_log({"1 26T00:00 case start", "1 26T10:00 call start #1 nurse",
                "1 26T10:10 call suspend #1 nurse", "1 26T11:00 call start #1 nurse",
                "1 26T11:05 call #1 nurse", "1 26T12:00 call start #2 physician",
                "1 26T12:20 call #2 physician", "1 28T00:00 case"});
  EXPECT_EQ(measured(indicator("measure: work_minutes, roles: [nurse]"), log).all.value, 7.5);
}

TEST(WorkMinutes, CountsFromTheTakingWhenTheStartIsNotTold) {
  const EventLog log = test_log({"1 26T00:00 case start", "1 26T10:00 call assign #1 nurse",
                                 "1 26T10:10 call #1 nurse", "1 27T00:00 case"});
  EXPECT_EQ(measured(indicator("measure: work_minutes, roles: [nurse]"), log).all.value, 10);
}

TEST(Groups, CompareCasesByWhatDescribesThem) {
  const EventLog log =
      test_log({"1 10:00 plan {\"smartphone\": true}", "1 11:00 alert",
                "2 10:00 plan {\"smartphone\": false}", "3 10:00 plan", "3 11:00 alert"});
  const auto out =
      measured(indicator("measure: share_of_cases, with: alert, groups: [smartphone]"), log);
  ASSERT_EQ(out.groups.size(), 3u);
  EXPECT_EQ(out.groups[0].value, "");
  EXPECT_EQ(out.groups[0].outcome.value, 1);
  EXPECT_EQ(out.groups[1].value, "false");
  EXPECT_EQ(out.groups[1].outcome.value, 0);
  EXPECT_EQ(out.groups[1].difference, -1);
  EXPECT_EQ(out.groups[2].value, "true");
  EXPECT_EQ(out.groups[2].difference, 0.5);
  EXPECT_LT(out.groups[2].difference_low, 0.5);
  EXPECT_GT(out.groups[2].difference_high, 0.5);
}

TEST(Window, CountsOnlyWhatHappensInsideOfIt) {
  const EventLog log = test_log({"1 25T00:00 case start", "1 25T10:00 alert", "1 26T10:00 alert",
                                 "1 28T10:00 alert", "1 29T00:00 case"});
  const auto indicators = test_indicators(indicator("measure: rate, of: alert"));
  Measurement measurement(indicators, test_pathway(), log.names,
                          {.from = test_time("26T00:00"), .until = test_time("28T00:00")});
  measurement.add_case(log.events);
  EXPECT_EQ(measurement.result()[0].all.value, 0.5);
}

// However cases are spread and merged, the result is the same to the last bit.
TEST(Merge, GivesWhatOneMeasurementOfAllCasesGives) {
  EventLog log = test_log({});
  for (const char* each : {"alert", "call", "plan", "case"}) log.names.intern(each);
  for (uint64_t number = 0; number < 60; ++number) {
    pathway::Event event;
    event.case_number = number;
    event.at = test_time("10:00") + Millis(number * 977);
    event.activity = log.names.find("plan");
    event.data = feel::Value::context({{"smartphone", feel::Value::boolean(number % 3 == 0)}});
    log.events.push_back(event);
    event.data = feel::Value();
    event.activity = log.names.find("alert");
    log.events.push_back(event);
    event.at += Millis(number * number * 1'313);
    event.activity = log.names.find("call");
    log.events.push_back(event);
  }
  const auto indicators = test_indicators(
      "  - {id: a, heading: process, measure: duration, from: alert, to: call, statistic: p90, "
      "groups: [smartphone]}\n"
      "  - {id: b, heading: process, measure: rate, of: alert, groups: [smartphone]}\n"
      "  - {id: c, heading: process, measure: duration, from: alert, to: call, statistic: mean}\n");
  const Window window{.until = test_time("31T00:00")};
  const auto cases = cases_of(log);
  Measurement whole(indicators, test_pathway(), log.names, window);
  for (const auto events : cases) whole.add_case(events);
  Measurement merged(indicators, test_pathway(), log.names, window);
  for (size_t part = 0; part < 3; ++part) {
    Measurement one(indicators, test_pathway(), log.names, window);
    for (size_t i = part * 20; i < (part + 1) * 20; ++i) one.add_case(cases[i]);
    merged.merge(one);
  }
  EXPECT_EQ(merged.cases(), 60u);
  const auto expected = whole.result();
  const auto found = merged.result();
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].all.value, expected[i].all.value);
    ASSERT_EQ(found[i].groups.size(), expected[i].groups.size());
    for (size_t g = 0; g < expected[i].groups.size(); ++g)
      EXPECT_EQ(found[i].groups[g].outcome.value, expected[i].groups[g].outcome.value);
  }
}

// Dropping what needed_events() does not name changes nothing.
TEST(NeededEvents, AreAllThatMatters) {
  const EventLog log = test_log(
      {"1 26T00:00 case start", "1 26T09:00 plan {\"smartphone\": true}", "1 26T10:00 start",
       "1 26T10:00 alert", "1 26T10:01 call schedule #1 nurse", "1 26T10:02 call assign #1 nurse",
       "1 26T10:03 call start #1 nurse", "1 26T10:20 call #1 nurse", "1 26T11:00 form schedule #2",
       "1 26T12:00 form #2", "1 28T00:00 case"});
  const auto indicators = test_indicators(
      "  - {id: a, heading: process, measure: share_within, from: alert, to: {activity: call, on: "
      "start}, within: PT30M, groups: [smartphone]}\n"
      "  - {id: b, heading: process, measure: work_minutes, roles: [nurse]}\n");
  const auto needed = needed_events(indicators, test_pathway());
  EventLog thin = log;
  std::erase_if(thin.events, [&](const pathway::Event& event) {
    const std::string& name = log.names.text(event.activity);
    const auto index = test_pathway().find_activity(name);
    const uint8_t bits = index ? needed[*index] : needed.back();
    return (bits & (1u << static_cast<unsigned>(event.lifecycle))) == 0;
  });
  EXPECT_EQ(thin.events.size(), 7u);  // not start, the offer of the call, the form
  const Window window{.until = test_time("31T00:00")};
  Measurement all(indicators, test_pathway(), log.names, window);
  all.add_case(log.events);
  Measurement few(indicators, test_pathway(), thin.names, window);
  few.add_case(thin.events);
  for (size_t i = 0; i < indicators.size(); ++i) {
    EXPECT_EQ(few.result()[i].all.value, all.result()[i].all.value);
    EXPECT_TRUE(few.result()[i].all.known());
  }
}

}  // namespace
}  // namespace passerelle::review
