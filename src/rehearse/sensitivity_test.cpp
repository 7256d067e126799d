// What is varied, and what that is found to do.
#include "rehearse/sensitivity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "rehearse/test_package.h"

namespace passerelle::rehearse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// ---- figures ----

std::string multiplied(std::string_view yaml, double times, std::string_view key = "minutes") {
  auto node = yaml::parse(yaml, "f.yaml");
  EXPECT_TRUE(node.ok());
  if (!pathway::multiply(*node, times, key)) return "nothing";
  std::string text;
  const auto show = [&](const yaml::Node& at, const auto& self) -> void {
    text += at.scalar;
    for (const yaml::Node& item : at.items) {
      text += text.empty() || text.ends_with(' ') ? "" : " ";
      self(item, self);
    }
    for (const auto& [name, value] : at.members) {
      text += (text.empty() || text.ends_with(' ') ? "" : " ") + name + " ";
      self(value, self);
    }
  };
  show(*node, show);
  return text;
}

TEST(Multiply, KnowsWhatAFigureMeans) {
  EXPECT_EQ(multiplied("8", 1.5), "12");
  EXPECT_EQ(multiplied("3", 1.2, "people"), "4");
  EXPECT_EQ(multiplied("0.2", 2, "chance"), "0.3333333333333333") << "1 to 4 becomes 2 to 4";
  EXPECT_EQ(multiplied("{chance: 0.5}", 3), "chance 0.75");
  EXPECT_EQ(multiplied("{pert: [2, 4, 8]}", 1.5), "pert 3 6 12");
  EXPECT_EQ(multiplied("{lognormal: {mean: 10, sd: 4}}", 2), "lognormal mean 20 sd 8");
  EXPECT_EQ(multiplied("{lognormal: {mean: 10, variance: 4}}", 2), "lognormal mean 20 variance 16");
  EXPECT_EQ(multiplied("{lognormal: {median: 10, sigma: 4}}", 2), "lognormal median 20 sigma 4");
  EXPECT_EQ(multiplied("{gamma: [3, 10]}", 2), "gamma 3 20") << "its shape stays";
  EXPECT_EQ(multiplied("{empirical: {values: [1, 2], weights: [5, 6]}}", 2),
            "empirical values 2 4 weights 5 6");
  EXPECT_EQ(multiplied("{mixture: [{weight: 95, of: {fixed: 2}}, {weight: 5, of: 9}]}", 2),
            "mixture weight 95 of fixed 4 weight 5 of 18");
  EXPECT_EQ(multiplied("{weights: {fr: 90, en: 6, other: 4}}", 2), "weights fr 90 en 12 other 8");
  EXPECT_EQ(multiplied("[70, 20, 10]", 2), "70 40 40");
  EXPECT_EQ(multiplied("{by: age, of: {old: {chance: 0.5}, else: 4}}", 3),
            "by age of old chance 0.75 else 12");
  EXPECT_EQ(multiplied("[{from: 2020-03-09, people: 5}, {from: 2020-04-09, people: 10}]", 1.2),
            "from 2020-03-09 people 6 from 2020-04-09 people 12");
  EXPECT_EQ(multiplied("{copy: age}", 2), "nothing");
  EXPECT_EQ(multiplied("fr", 2), "nothing");
  EXPECT_EQ(multiplied("{beta: [2, 3]}", 2), "nothing") << "between 0 and 1 for ever";
}

TEST(Multiply, MovesAHeadcountByOnePersonAtLeast) {
  EXPECT_EQ(multiplied("1", 1.2, "people"), "2");
  EXPECT_EQ(multiplied("1", 1 / 1.2, "people"), "0");
  EXPECT_EQ(multiplied("2", 1.2, "people"), "3");
  EXPECT_EQ(multiplied("2", 1 / 1.2, "people"), "1");
  EXPECT_EQ(multiplied("10", 1.2, "people"), "12") << "as rounding says";
  EXPECT_EQ(multiplied("10", 1 / 1.2, "people"), "8");
  EXPECT_EQ(multiplied("2", 1, "people"), "2");
  EXPECT_EQ(multiplied("0", 1.2, "people"), "0");
  EXPECT_EQ(multiplied("0", 1 / 1.2, "people"), "0");
  EXPECT_EQ(multiplied("[{from: 2020-03-09, people: 1}, {from: 2020-04-09, people: 0}]", 1.2),
            "from 2020-03-09 people 2 from 2020-04-09 people 0");
}

// Calls that take long and few nurses; how many patients like tea does not matter.
TestPackage tight() {
  TestPackage test;
  test.people = 2;
  test.minutes = "{lognormal: {mean: 8, sd: 4}}";
  test.bpmn = one_call("p:due='duration(\"PT15M\")'");
  test.cohort =
      "start: 2021-01-04\ndays: 4\n"
      "arrivals:\n  - {per_day: 290, source: \"counted in 2020\"}\n"
      "attributes:\n  tea: {chance: 0.5, assumption: true}\n"
      "  age: {number: {pert: [2, 40, 97]}, assumption: true}\n";
  test.indicators =
      "indicators:\n"
      "  - id: in_time\n    heading: process\n    measure: share_within\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    within: PT15M\n    target: at least 90 %\n    owner: nurse\n";
  return test;
}

TEST(Figures, AreFoundWithTheirPlaces) {
  const auto found = pathway::figures(tight().all());
  std::vector<std::string> told;
  for (const pathway::Figure& figure : found)
    told.push_back(figure.path + (figure.assumed ? "" : " (published)") + ": " + figure.written);
  EXPECT_THAT(told,
              ElementsAre("roles.nurse.shifts.all.people: 2",
                          "work_times.call.minutes: lognormal: mean: 8, sd: 4",
                          "arrivals.0.per_day (published): 290", "attributes.tea: chance: 0.5"))
      << "measurements, such as an age, are not varied";
  EXPECT_EQ(to_text(found[3].place), "cohort.yaml:6:8");
}

TEST(Sensitivity, FindsWhatMattersAndLeavesTheRest) {
  Settings settings;
  settings.replications = 6;
  settings.seed = 5;
  double share = 0;
  settings.progress = [&](double done) {
    EXPECT_GE(done, share);
    share = done;
  };
  SensitivitySettings how;
  how.spread = 0.5;
  const auto found = sensitivity(tight().all(), "test", "", settings, how);
  ASSERT_TRUE(found.ok()) << to_text(found.error());
  EXPECT_EQ(share, 1);
  ASSERT_EQ(found->figures.size(), 3u);
  ASSERT_EQ(found->measures.size(), 1u);
  const Measure& in_time = found->measures[0];
  const Influence& people = in_time.influences[0];
  const Influence& minutes = in_time.influences[1];
  const Influence& tea = in_time.influences[2];
  EXPECT_TRUE(people.less_real && people.less.value < 0) << "one nurse instead of two";
  EXPECT_TRUE(minutes.more_real && minutes.more.value < 0);
  EXPECT_TRUE(minutes.less_real && minutes.less.value > 0);
  EXPECT_FALSE(tea.less_real || tea.more_real);
  EXPECT_EQ(tea.less.value, 0) << "the same patients, the same draws";
  EXPECT_EQ(tea.most(), 0);

  const std::string text = to_text(*found, "en");
  EXPECT_THAT(text, HasSubstr("To be measured first: organisation.yaml:"));
  EXPECT_EQ(text.find("attributes.tea"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("The other 1"));
  const auto json = json::Document::parse(to_json(*found));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->root()["measures"].items()[0]["influences"].items().size(), 3u);
}

// How many there are of a post whose shifts have different roles is a figure like others.
TEST(Sensitivity, VariesHowManyChangeTheirRoles) {
  Settings settings;
  settings.replications = 4;
  settings.seed = 5;
  TestPackage test = tight();
  test.roles += "  clerk: {name: t}\n";
  test.more =
      "posts:\n  - {name: flyer, people: 2, assumption: true, shifts: [{name: am, days: [mon, tue, "
      "wed, thu, fri, sat, sun], from: \"00:00\", to: \"12:00\", roles: [clerk]}, {name: pm, days: "
      "[mon, tue, wed, thu, fri, sat, sun], from: \"12:00\", to: \"00:00\", roles: [nurse]}]}\n";
  SensitivitySettings how;
  how.spread = 0.5;
  const auto found = sensitivity(test.all(), "test", "", settings, how);
  ASSERT_TRUE(found.ok()) << to_text(found.error());
  EXPECT_TRUE(found->left_out.empty());
  const auto flyers =
      std::find_if(found->figures.begin(), found->figures.end(),
                   [](const pathway::Figure& each) { return each.path == "posts.flyer.people"; });
  ASSERT_NE(flyers, found->figures.end());
  const auto& influences = found->measures[0].influences;
  EXPECT_LT(influences[static_cast<size_t>(flyers - found->figures.begin())].less.value, 0);
}

// A second nurse is worth more than any difference: with one there is no mean.
TEST(Sensitivity, TellsWhatBringsToRestWhatGrows) {
  TestPackage test;
  test.cohort =
      "start: 2021-01-04\ndays: 20\narrivals:\n  - {gaps: {exponential: 7}, assumption: true}\n";
  test.indicators =
      "indicators:\n  - id: wait\n    heading: process\n    measure: duration\n    statistic: "
      "mean\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    target: at most 30 min\n    owner: nurse\n    groups: []\n";
  Settings settings;
  settings.days = 20;
  settings.replications = 4;
  const auto found = sensitivity(test.all(), "test", "", settings);
  ASSERT_TRUE(found) << to_text(found.error());
  const Measure& wait = found->measures[0];
  EXPECT_TRUE(wait.grows);
  size_t people = found->figures.size();
  for (size_t i = 0; i < found->figures.size(); ++i) {
    const bool headcount = found->figures[i].path == "roles.nurse.shifts.all.people";
    if (headcount) people = i;
    EXPECT_EQ(wait.influences[i].more_turns, headcount) << found->figures[i].path;
    EXPECT_FALSE(wait.influences[i].less_turns) << found->figures[i].path;
  }
  ASSERT_LT(people, found->figures.size());
  const std::string text = to_text(*found, "en");
  EXPECT_THAT(text, HasSubstr("wait: grows without end"));
  EXPECT_THAT(text, testing::ContainsRegex("roles.nurse.shifts.all.people +1 +– +grows no more"));
  EXPECT_THAT(to_text(*found, "fr"), HasSubstr("ne croît plus"));
  EXPECT_THAT(to_json(*found), HasSubstr("\"turns\": true"));
}

TEST(Sensitivity, SaysWhatItCannotVaryAndWhatItNeeds) {
  Settings settings;
  settings.replications = 1;
  EXPECT_THAT(sensitivity(tight().all(), "test", "", settings).error().message,
              HasSubstr("cannot tell an effect from chance"));
  settings.replications = 2;
  settings.days = 1;
  TestPackage sure = tight();
  sure.more = "learning:\n  - {role: nurse, initial: 1.1, exponent: 0.3, assumption: true}\n";
  const auto found = sensitivity(sure.all(), "test", "", settings);
  ASSERT_TRUE(found.ok()) << to_text(found.error());
  ASSERT_EQ(found->left_out.size(), 1u) << "a factor of the first task below 1 is refused";
  EXPECT_EQ(found->left_out[0].first.path, "learning.nurse.initial");
  EXPECT_THAT(to_text(*found, "en"), HasSubstr("Could not be varied: organisation.yaml:"));
}

}  // namespace
}  // namespace passerelle::rehearse
