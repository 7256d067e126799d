// What a log shows and how it is judged, on a few events whose result was worked out by hand.
#include "review/review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>

#include "base/json.h"
#include "review/test_log.h"
#include "review/verdict.h"

namespace passerelle::review {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Outcome outcome(double value, double low, double high, uint64_t n = 100) {
  return {.value = value, .denominator = 100, .n = n, .low = low, .high = high};
}

TEST(Target, IsHeldOrMissedOnlyWhenTheWholeIntervalSaysSo) {
  const pathway::Target at_least{.at_least = true, .value = 0.9};
  EXPECT_EQ(judge_target(at_least, outcome(0.95, 0.91, 0.99)), Verdict::held);
  EXPECT_EQ(judge_target(at_least, outcome(0.95, 0.89, 0.99)), Verdict::too_few);
  EXPECT_EQ(judge_target(at_least, outcome(0.80, 0.70, 0.89)), Verdict::missed);
  const pathway::Target at_most{.at_least = false, .value = 30};
  EXPECT_EQ(judge_target(at_most, outcome(20, 15, 29)), Verdict::held);
  EXPECT_EQ(judge_target(at_most, outcome(40, 31, 50)), Verdict::missed);
  EXPECT_EQ(judge_target(at_most, Outcome{}), Verdict::too_few);
  Outcome alike = outcome(0, 0, 0);
  alike.n = 3;
  EXPECT_EQ(judge_target(at_most, alike), Verdict::too_few) << "three zeros prove nothing";
}

TEST(PromiseBesideReality, IsBrokenOnlyByMoreThanChance) {
  const Promise::Value promise{.value = 0.95, .low = 0.94, .high = 0.96};
  EXPECT_EQ(judge_promise(true, promise, outcome(0.945, 0.90, 0.98)), Verdict::held);
  EXPECT_EQ(judge_promise(true, promise, outcome(0.92, 0.88, 0.96)), Verdict::too_few);
  EXPECT_EQ(judge_promise(true, promise, outcome(0.85, 0.80, 0.90)), Verdict::missed);
  EXPECT_EQ(judge_promise(true, promise, outcome(0.85, 0.80, 0.90, 9)), Verdict::too_few);
  // Fewer minutes than promised are no broken promise.
  EXPECT_EQ(judge_promise(false, {.value = 30, .low = 28, .high = 32}, outcome(12, 10, 14)),
            Verdict::held);
}

TEST(Promise, IsReadFromARehearsal) {
  const auto promise = parse_promise(
      R"({"pathway": "covid-home", "scenario": "surge", "indicators": [
          {"id": "in_time", "value": 0.9, "low": 0.88, "high": null}, {"id": "empty"}]})");
  ASSERT_TRUE(promise.ok()) << to_text(promise.error());
  EXPECT_EQ(promise->scenario, "surge");
  EXPECT_EQ(promise->indicators.at("in_time").value, 0.9);
  EXPECT_TRUE(std::isnan(promise->indicators.at("in_time").high));
  EXPECT_TRUE(std::isnan(promise->indicators.at("empty").value));
  EXPECT_THAT(parse_promise(R"({"hello": 1})").error().help, HasSubstr("passerelle rehearse"));
  EXPECT_FALSE(parse_promise("no json").ok());
}

// Two patients: one was called after 20 minutes for 10, the other's call was given back once and
// taken again; the third has not ended.
pathway::EventLog three_cases() {
  return test_log({
      "1 10:00 case start",
      "1 10:00 alert",
      "1 10:00 call schedule #1",
      "1 10:20 call start #1 nurse",
      "1 10:30 call #1 nurse",
      "1 11:00 form #2 patient",
      "1 11:00 case",
      "2 10:00 case start",
      "2 10:00 alert",
      "2 10:00 call schedule #1",
      "2 10:40 call start #1 nurse",
      "2 10:45 call suspend #1 nurse",
      "2 10:50 call start #1 nurse",
      "2 11:00 call #1 nurse",
      "2 12:00 form #2 patient",
      "2 12:00 case",
      "3 10:00 case start",
      "3 10:00 alert",
  });
}

const ActivityTimes& activity(const Review& review, std::string_view id) {
  for (const ActivityTimes& each : review.activities)
    if (each.id == id) return each;
  static const ActivityTimes none;
  ADD_FAILURE() << "no activity " << id;
  return none;
}

TEST(Discovery, TellsWaitingFromWork) {
  const Review out = review(three_cases(), nullptr);
  EXPECT_EQ(out.cases, 3u);
  EXPECT_EQ(out.open_cases, 1u);
  const ActivityTimes& call = activity(out, "call");
  EXPECT_EQ(call.completed, 2u);
  EXPECT_EQ(call.waiting.median, 30);  // of 20 and 40
  EXPECT_EQ(call.service.n, 2u);
  EXPECT_EQ(call.service.mean, 12.5);  // of 10 and 5 + 10: the time between does not count
}

TEST(Discovery, TellsWaysFlowsAndHandovers) {
  const Review out = review(three_cases(), nullptr);
  ASSERT_EQ(out.variants.size(), 2u);
  EXPECT_THAT(out.variants[0].activities, ElementsAre("alert", "call", "form"));
  EXPECT_EQ(out.variants[0].cases, 2u);
  EXPECT_EQ(out.variants[0].throughput.mean, 90);
  EXPECT_THAT(out.variants[1].activities, ElementsAre("alert"));
  ASSERT_FALSE(out.flows.empty());
  EXPECT_EQ(out.flows[0].from + ">" + out.flows[0].to, "alert>call");
  EXPECT_THAT(out.flows[0].mean_minutes, DoubleNear(45, 1e-9));
  ASSERT_EQ(out.handovers.size(), 1u);
  EXPECT_EQ(out.handovers[0].from + ">" + out.handovers[0].to, "nurse>patient");
}

TEST(Discovery, KeepsToTheWindow) {
  Options options;
  options.window = Window{test_time("10:00"), test_time("10:35")};
  const Review out = review(three_cases(), nullptr, options);
  EXPECT_EQ(activity(out, "call").completed, 1u);
  EXPECT_EQ(out.open_cases, 3u);
}

TEST(Discovery, SortsALogWhoseCasesAreMixed) {
  pathway::EventLog mixed = three_cases();
  std::stable_sort(mixed.events.begin(), mixed.events.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  const Review sorted = review(mixed, nullptr), plain = review(three_cases(), nullptr);
  EXPECT_EQ(to_json(sorted), to_json(plain));
}

Review with_indicator() {
  Review out = review(three_cases(), nullptr);
  ReviewedIndicator each;
  each.id = "in_time";
  each.name = "In <time> & \"well\"";
  each.advice = "Look at the night.";
  each.unit = pathway::Unit::share;
  each.target = pathway::Target{.at_least = true, .value = 0.9, .text = "at least 90 %"};
  each.result = outcome(0.8, 0.7, 0.85);
  each.target_verdict = judge_target(*each.target, each.result);
  each.promise = Promise::Value{.value = 0.93, .low = 0.92, .high = 0.94};
  each.promise_verdict = judge_promise(true, *each.promise, each.result);
  out.indicators.push_back(each);
  out.has_promise = true;
  return out;
}

TEST(Html, IsOneWellFormedPageWithoutScriptsOrOutsideResources) {
  for (const std::string language : {"en", "fr"}) {
    Review review = with_indicator();
    review.language = language;
    const std::string html = to_html(review);
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("http")));
    EXPECT_THAT(html, HasSubstr("In &lt;time&gt; &amp; &quot;well&quot;"));
    EXPECT_THAT(html, HasSubstr("Look at the night."));
    // Everything inside the head's void elements is written as XML would: one parser more sees
    // that no element is left open.
    const std::string body = html.substr(html.find("<body>"));
    pugi::xml_document document;
    const auto parsed = document.load_string(body.substr(0, body.find("</html>")).c_str());
    EXPECT_TRUE(parsed) << parsed.description() << " at " << body.substr(parsed.offset, 80);
  }
}

TEST(Html, DrawsRealityPromiseAndTarget) {
  const std::string html = to_html(with_indicator());
  EXPECT_THAT(html, HasSubstr("role=\"img\""));
  EXPECT_THAT(html, HasSubstr("<circle"));
  EXPECT_THAT(html, HasSubstr("<path"));
  EXPECT_THAT(html, HasSubstr("class=\"missed\">target missed"));
  EXPECT_THAT(html, HasSubstr("class=\"missed\">worse than rehearsed"));
}

TEST(Text, NamesWhatIsMissedAndWhatToDo) {
  const std::string text = to_text(with_indicator());
  EXPECT_THAT(text, HasSubstr("target missed; worse than rehearsed"));
  EXPECT_THAT(text, HasSubstr("Look at the night."));
}

TEST(Json, IsReadBack) {
  const auto document = json::Document::parse(to_json(with_indicator()));
  ASSERT_TRUE(document.ok());
  const auto root = document->root();
  EXPECT_EQ(root["log"]["cases"].real(), 3);
  const auto first = root["indicators"].items().front();
  EXPECT_EQ(first["target_verdict"].string(), "missed");
  EXPECT_EQ(first["promise"]["value"].real(), 0.93);
}

}  // namespace
}  // namespace passerelle::review
