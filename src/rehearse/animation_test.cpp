// What the page is told of where everybody is.
#include "rehearse/animation.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

TEST(Animation, CountsWhoWaitsAndWhoIsInHandAtEveryStep) {
  TestPackage test;
  test.minutes = "30";
  // Three patients at once, one nurse: one in hand and two waiting, then one, then none.
  test.cohort =
      "start: 2021-01-04\ndays: 1\narrivals:\n  - {schedule: [\"2021-01-04 10:00\", \"2021-01-04 "
      "10:00\", \"2021-01-04 10:00\"], assumption: true}\n";
  const auto package = test.load();
  ASSERT_TRUE(package);
  Settings settings;
  const auto text = animation(*package, settings, 0);
  ASSERT_TRUE(text) << to_text(text.error());
  const auto document = json::Document::parse(*text);
  ASSERT_TRUE(document);
  const json::Value root = document->root();
  ASSERT_EQ(root["step_minutes"].number(), "5");
  ASSERT_EQ(root["steps"].number(), "288");
  const json::Value call = root["activities"][0];
  EXPECT_EQ(call["id"].string(), "call");
  const auto at = [&](const char* what, int minutes_from_ten) {
    return std::string(call[what][static_cast<size_t>(120 + minutes_from_ten / 5)].number());
  };
  EXPECT_EQ(at("waiting", -5), "0");
  EXPECT_EQ(at("waiting", 0), "2");
  EXPECT_EQ(at("in_hand", 0), "1");
  EXPECT_EQ(at("waiting", 30), "1");
  EXPECT_EQ(at("in_hand", 60), "1");
  EXPECT_EQ(at("waiting", 60), "0");
  EXPECT_EQ(at("in_hand", 90), "0");
  EXPECT_EQ(root["open"][120].number(), "3");
  EXPECT_EQ(root["open"][287].number(), "0");
  // They came from the start event, three at once, and went to the end one by one.
  bool came = false;
  for (const json::Value& move : root["moves"].items())
    if (move["from"].string() == "start" && move["to"].string() == "call")
      came = move["at"][0].number() == "120" && move["at"][1].number() == "3";
  EXPECT_TRUE(came) << *text;
  EXPECT_EQ(root["staff"][0]["role"].string(), "nurse");
  EXPECT_EQ(root["staff"][0]["busy"][10].number(), "1");
}

TEST(Animation, DoesNotGrowWithThePatients) {
  TestPackage test;
  test.people = 30;
  test.cohort = poisson(1);
  const auto package = test.load();
  Settings settings;
  settings.days = 60;
  const auto many_patients = animation(*package, settings, 0);
  ASSERT_TRUE(many_patients);
  EXPECT_LT(many_patients->size(), 200'000u) << "80,000 patients";
}

TEST(Animation, IsThatOfTheReplication) {
  TestPackage test;
  test.cohort = poisson(16);
  const auto package = test.load();
  Settings settings;
  settings.days = 5;
  const auto first = animation(*package, settings, 0), again = animation(*package, settings, 0),
             second = animation(*package, settings, 1);
  ASSERT_TRUE(first && again && second);
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *second);
}

}  // namespace
}  // namespace passerelle::rehearse
