// The staffing search against what is known otherwise: a formula, and looking at everything.
#include "rehearse/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/random.h"
#include "pathway/levers.h"
#include "rehearse/erlang.h"
#include "rehearse/feasibility.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"
#include "rehearse/words.h"

namespace passerelle::rehearse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Verdict = Feasibility::Verdict;

// ---- one mean and its limit ----

// How often the mean of normal numbers is told to keep a limit, in 400 trials.
int keeps(double mean, double limit, bool at_least, double tolerance, double error) {
  int out = 0;
  for (uint32_t trial = 0; trial < 400; ++trial) {
    Random random({20210104, trial, 0, purpose("feasibility")});
    Feasibility test(limit, at_least, tolerance, error, 10);
    int n = 0;
    for (; test.verdict() == Verdict::open && n < 10'000; ++n) test.add(mean + random.normal());
    EXPECT_NE(test.verdict(), Verdict::open) << "it ends";
    out += test.verdict() == Verdict::keeps;
  }
  return out;
}

TEST(Feasibility, ErrsNoMoreOftenThanIsAllowed) {
  // On the limit itself, and a tolerance within it: the hardest means of either side.
  EXPECT_LE(keeps(10, 10, false, 0.5, 0.05), 34) << "20 expected at most, 3 s above it";
  EXPECT_GE(keeps(9.5, 10, false, 0.5, 0.05), 400 - 34);
  EXPECT_LE(keeps(10, 10, true, 0.5, 0.05), 34);
  EXPECT_GE(keeps(10.5, 10, true, 0.5, 0.05), 400 - 34);
  EXPECT_EQ(keeps(12, 10, false, 0.5, 0.05), 0);
}

TEST(Feasibility, TakesFewNumbersWhereItIsPlain) {
  Feasibility test(0.9, true, 0.02, 0.001, 10);
  for (int i = 0; i < 9; ++i) test.add(0.5 + 0.01 * (i % 3));
  EXPECT_EQ(test.verdict(), Verdict::open) << "the variance is not known yet";
  test.add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(test.verdict(), Verdict::open) << "a replication without the number says nothing";
  test.add(0.5);
  EXPECT_EQ(test.verdict(), Verdict::breaks);
}

TEST(Erlang, KnowsHowManyAreNeeded) {
  EXPECT_NEAR(waits_longer(4, 2.5, 10, 0), erlang_c(4, 2.5), 1e-12);
  EXPECT_EQ(people_needed(2.5, 10, 10, 0.8), 4) << "92.9 % with four, 57.4 % with three";
  EXPECT_EQ(people_needed(0, 10, 10, 0.8), 0);
  EXPECT_EQ(people_for(16), 20);
}

// ---- packages ----

constexpr const char* in_time =
    "indicators:\n  - id: in_time\n    heading: process\n    measure: share_within\n"
    "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
    "    within: PT10M\n    target: at least 80 %\n    owner: nurse\n";

TestPackage mmc() {
  TestPackage test;
  test.people = 1;
  test.cohort = poisson(4);  // 2.5 erlangs
  test.indicators = in_time;
  return test;
}

// By day three times as many come as by night.
TestPackage day_and_night() {
  TestPackage test;
  test.shifts =
      "      - {name: day, days: [mon, tue, wed, thu, fri, sat, sun], from: \"08:00\", to: "
      "\"20:00\", people: 1, assumption: true}\n"
      "      - {name: night, days: [mon, tue, wed, thu, fri, sat, sun], from: \"20:00\", to: "
      "\"08:00\", people: 1, assumption: true}\n";
  test.cohort =
      "start: 2021-01-04\ndays: 28\narrivals:\n  - {per_day: 250, hours: "
      "[1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1], assumption: "
      "true}\n";
  test.indicators = in_time;
  return test;
}

Result<pathway::Staffing> staffing_of(const TestPackage& test, std::string_view yaml) {
  std::vector<pathway::Finding> findings;
  TRY(const yaml::Node root, yaml::parse(yaml, "staffing.yaml"));
  pathway::Staffing out = pathway::parse_staffing(root, findings);
  const auto package = test.load();
  if (package && findings.empty())
    pathway::check_staffing(out, package->pathway.organisation(), package->indicators, findings);
  if (findings.empty()) return out;
  return Error{ErrorCode::invalid, findings[0].message, to_text(findings[0].place)};
}

Settings short_ones(int days = 28) {
  Settings settings;
  settings.days = days;
  settings.warm_up_days = 1;
  settings.replications = 10;
  settings.threads = 1;
  return settings;
}

constexpr const char* one_shift =
    "may_change:\n  - {role: nurse, shift: all, least: 1, most: 9, cost_per_hour: 30}\n"
    "targets: [in_time]\n";
constexpr const char* two_shifts =
    "may_change:\n  - {role: nurse, shift: day, least: 1, most: 6, cost_per_hour: 30}\n"
    "  - {role: nurse, shift: night, least: 1, most: 6, cost_per_hour: 41}\n";

TEST(Search, FindsTheCheapestThatTheFormulaKnows) {
  const TestPackage test = mmc();
  const auto staffing = staffing_of(test, one_shift);
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const auto found = search(test.all(), "test", *staffing, short_ones());
  ASSERT_TRUE(found) << to_text(found.error());
  ASSERT_TRUE(found->best);
  const Staffed& best = found->tried[*found->best];
  EXPECT_THAT(best.people, ElementsAre(4));
  EXPECT_EQ(best.cost, 4 * 168 * 30);
  EXPECT_EQ(best.verdict, Staffed::Verdict::meets);
  EXPECT_NEAR(best.aims[0].value, 1 - waits_longer(4, 2.5, 10, 10), 0.03);
  EXPECT_EQ(found->unknown, 0u) << "nothing cheaper is left";
  EXPECT_LE(found->tried.size(), 5u) << "most of the nine need not be rehearsed";
  ASSERT_EQ(found->hours.size(), 1u);
  EXPECT_NEAR(found->hours[0].load[10], 2.5, 0.5) << "the offered load of every hour";
  EXPECT_EQ(found->hours[0].people[10], 4);
}

// Four nurses are needed; one is there already, half of the day as a clerk, too.
TEST(Search, TakesPeopleWhoseRolesChangeAsTheyAre) {
  TestPackage test = mmc();
  test.roles = "  clerk: {name: t}\n";
  test.more =
      "posts:\n  - {name: flyer, assumption: true, shifts: [{name: am, days: [mon, tue, wed, thu, "
      "fri, sat, sun], from: \"00:00\", to: \"12:00\", roles: [nurse, clerk]}, {name: pm, days: "
      "[mon, tue, wed, thu, fri, sat, sun], from: \"12:00\", to: \"00:00\", roles: [nurse]}]}\n";
  const auto staffing = staffing_of(test, one_shift);
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const auto found = search(test.all(), "test", *staffing, short_ones());
  ASSERT_TRUE(found) << to_text(found.error());
  ASSERT_TRUE(found->best);
  EXPECT_THAT(found->tried[*found->best].people, ElementsAre(3));
  EXPECT_EQ(found->unknown, 0u);
  EXPECT_EQ(found->hours[0].people[10], 4);
}

TEST(Search, FindsWhatLookingAtEverythingFinds) {
  TestPackage test = day_and_night();
  test.texts = "levers.day: By day\n";
  const auto staffing = staffing_of(test, two_shifts);
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const auto found = search(test.all(), "test", *staffing, short_ones());
  ASSERT_TRUE(found) << to_text(found.error());
  ASSERT_TRUE(found->best);
  // Every staffing, rehearsed often enough to be sure of it.
  double cheapest = 1e9;
  std::vector<int> expected;
  for (int day = 1; day <= 6; ++day) {
    for (int night = 1; night <= 6; ++night) {
      const double cost = 7 * 12 * (day * 30 + night * 41);
      if (cost >= cheapest) continue;
      std::vector<pathway::Finding> findings;
      const yaml::Node changes = changes_of(*staffing, {day, night});
      const auto package = pathway::load_changed_package(test.all(), "test", "", changes, findings);
      ASSERT_TRUE(package);
      Settings settings = short_ones();
      settings.replications = 30;
      const auto all = rehearse(*package, settings);
      ASSERT_TRUE(all) << to_text(all.error());
      const Estimate& share = all->indicators[0].result;
      EXPECT_TRUE(share.low > 0.8 || share.high < 0.8) << day << " " << night << ": choose others";
      if (share.value < 0.8) continue;
      cheapest = cost;
      expected = {day, night};
    }
  }
  EXPECT_EQ(found->tried[*found->best].people, expected);
  EXPECT_EQ(found->unknown, 0u);
  EXPECT_LT(found->tried.size(), 20u) << "of 36";
  // The frontier rises with the money.
  for (size_t i = 1; i < found->frontier.size(); ++i) {
    EXPECT_GE(found->tried[found->frontier[i]].cost, found->tried[found->frontier[i - 1]].cost);
  }
  const std::string text = to_text(*found, "en");
  EXPECT_THAT(text, HasSubstr("Cheapest staffing that meets all targets"));
  EXPECT_THAT(text, HasSubstr("Mon–Sun   0–8 h: " + std::to_string(expected[1]) +
                              "  8–20 h: " + std::to_string(expected[0])));
  EXPECT_THAT(to_text(*found, "fr"), HasSubstr("◀ retenu"));
  // Shifts as pages call them, where the package says how.
  EXPECT_THAT(text, HasSubstr("Nurse, By day"));
  EXPECT_THAT(text, HasSubstr("Nurse, night"));
}

TEST(Search, IsTheSameForAnyNumberOfThreads) {
  const TestPackage test = mmc();
  const auto staffing = staffing_of(test, one_shift);
  ASSERT_TRUE(staffing);
  Settings settings = short_ones(7);
  const auto one = search(test.all(), "test", *staffing, settings);
  settings.threads = 3;
  const auto three = search(test.all(), "test", *staffing, settings);
  ASSERT_TRUE(one && three);
  EXPECT_EQ(to_json(*one), to_json(*three));
  EXPECT_TRUE(json::Document::parse(to_json(*one)));
}

TEST(Search, TellsWhatItHasFoundWhenItsReplicationsAreUsedUp) {
  const TestPackage test = day_and_night();
  const auto staffing =
      staffing_of(test, std::string(two_shifts) + "targets: [in_time]\nreplications: 20\n");
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const auto found = search(test.all(), "test", *staffing, short_ones(7));
  ASSERT_TRUE(found) << to_text(found.error());
  EXPECT_TRUE(found->stopped);
  EXPECT_LE(found->replications, 20);
  ASSERT_TRUE(found->best) << "all that are allowed do meet it";
  EXPECT_GT(found->unknown, 0u);
  EXPECT_THAT(to_text(*found, "en"), HasSubstr("Stopped before the end"));
}

TEST(Search, ThatIsStoppedAtOnceClaimsNothing) {
  const TestPackage test = day_and_night();
  const auto staffing = staffing_of(test, std::string(two_shifts) + "targets: [in_time]\n");
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const std::atomic<bool> stop = true;
  Settings settings = short_ones(7);
  settings.stop = &stop;
  const auto found = search(test.all(), "test", *staffing, settings);
  ASSERT_TRUE(found) << to_text(found.error());
  EXPECT_TRUE(found->stopped);
  EXPECT_FALSE(found->best);
  EXPECT_THAT(to_text(*found, "en"), HasSubstr("Stopped before it was known"));
  EXPECT_THAT(to_text(*found, "en"), testing::Not(HasSubstr("No staffing")));
}

TEST(Search, SaysThatNothingWithinTheBoundsMeetsTheTargets) {
  const TestPackage test = mmc();
  const auto staffing =
      staffing_of(test, "may_change:\n  - {role: nurse, shift: all, most: 3, cost_per_hour: 30}\n");
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const auto found = search(test.all(), "test", *staffing, short_ones());
  ASSERT_TRUE(found) << to_text(found.error());
  EXPECT_FALSE(found->best);
  ASSERT_EQ(found->tried.size(), 1u);
  EXPECT_EQ(found->tried[0].verdict, Staffed::Verdict::misses);
  EXPECT_THAT(to_text(*found, "en"), HasSubstr("No staffing within the bounds"));
}

TEST(Search, SaysThatNobodyWouldDoTheWork) {
  TestPackage test = mmc();
  test.indicators =
      "indicators:\n  - id: until_called\n    heading: process\n    measure: duration\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    target: at most 10 min\n    owner: nurse\n";
  const auto within = [&](int least, int most) {
    return staffing_of(test, "may_change:\n  - {role: nurse, shift: all, least: " +
                                 std::to_string(least) + ", most: " + std::to_string(most) +
                                 ", cost_per_hour: 30}\ntargets: [until_called]\n");
  };
  const auto few = within(0, 1);
  ASSERT_TRUE(few) << to_text(few.error());
  test.cohort = poisson(100);
  const auto found = search(test.all(), "test", *few, short_ones());
  ASSERT_TRUE(found) << to_text(found.error());
  ASSERT_TRUE(found->best);
  EXPECT_THAT(found->tried[*found->best].people, ElementsAre(1));
  ASSERT_EQ(found->tried.size(), 2u);
  EXPECT_EQ(found->tried[1].verdict, Staffed::Verdict::misses);
  EXPECT_EQ(found->unknown, 0u);
  EXPECT_THAT(to_text(*found, "en"), HasSubstr("nobody does: call"));
  EXPECT_THAT(to_text(*found, "fr"), HasSubstr("personne ne fait : call"));

  const auto nobody = within(0, 0);
  ASSERT_TRUE(nobody) << to_text(nobody.error());
  const auto refused = search(test.all(), "test", *nobody, short_ones());
  ASSERT_FALSE(refused);
  EXPECT_THAT(to_text(refused.error()),
              testing::AllOf(HasSubstr("nobody does 'call'"), HasSubstr("staffing.yaml:2")));
}

TEST(Search, ShowsNoIntervalBeyondWhatCanBe) {
  Estimate it;
  EXPECT_EQ(show_interval(it, pathway::Unit::share, "en"), "–");
  it.value = 0.99;
  it.low = 0.977;
  it.high = 1.002;
  EXPECT_THAT(show_interval(it, pathway::Unit::share, "en"), HasSubstr("97.7 – 100"));
  EXPECT_THAT(show_interval(it, pathway::Unit::share, "en"), Not(HasSubstr("100.2")));
}

TEST(Search, RefusesBoundsThatAllowTooMuch) {
  const TestPackage test = day_and_night();
  const auto staffing =
      staffing_of(test,
                  "may_change:\n  - {role: nurse, shift: day, most: 9000, cost_per_hour: 1}\n"
                  "  - {role: nurse, shift: night, most: 9000, cost_per_hour: 1}\n");
  ASSERT_TRUE(staffing) << to_text(staffing.error());
  const auto found = search(test.all(), "test", *staffing, short_ones());
  ASSERT_FALSE(found);
  EXPECT_THAT(to_text(found.error()), HasSubstr("staffing.yaml:3"));
}

TEST(Staffing, IsCheckedWithItsPlaces) {
  const TestPackage test = day_and_night();
  const auto wrong = [&](std::string_view yaml) {
    const auto staffing = staffing_of(test, yaml);
    EXPECT_FALSE(staffing) << yaml;
    return staffing ? "" : to_text(staffing.error());
  };
  EXPECT_THAT(wrong("may_change:\n  - {role: nurse, shift: noon, most: 2, cost_per_hour: 1}\n"),
              testing::AllOf(HasSubstr("staffing.yaml:2"), HasSubstr("day, night")));
  EXPECT_THAT(wrong("may_change:\n  - {role: doctor, shift: day, most: 2, cost_per_hour: 1}\n"),
              HasSubstr("a role of staff: nurse"));
  EXPECT_THAT(wrong("may_change:\n  - {role: nurse, shift: day, least: 3, most: 2, "
                    "cost_per_hour: 1}\n"),
              HasSubstr("at least as many"));
  EXPECT_THAT(wrong("may_change:\n  - {role: nurse, shift: day, most: 2, cost_per_hour: 0}\n"),
              HasSubstr("above 0"));
  EXPECT_THAT(wrong("may_change:\n  - {role: nurse, shift: day, most: 2}\n"),
              HasSubstr("cost_per_hour"));
  EXPECT_THAT(wrong("may_change:\n  - {role: nurse, shift: day, most: 2, cost_per_hour: 1}\n"
                    "  - {role: nurse, shift: day, most: 2, cost_per_hour: 1}\n"),
              HasSubstr("each shift once"));
  EXPECT_THAT(wrong(std::string(two_shifts) + "targets: [on_time]\n"), HasSubstr("in_time"));
  TestPackage feasts = day_and_night();
  feasts.shifts +=
      "      - {name: feast, days: [holiday], from: \"08:00\", to: \"12:00\", people: 1, "
      "assumption: "
      "true}\n";
  feasts.more += "holidays: france\n";
  const auto for_nothing = staffing_of(
      feasts, "may_change:\n  - {role: nurse, shift: feast, most: 2, cost_per_hour: 1}\n");
  ASSERT_FALSE(for_nothing);
  EXPECT_THAT(to_text(for_nothing.error()), HasSubstr("runs in an ordinary week"));
  EXPECT_THAT(wrong("may_chang: []\n"), HasSubstr("may_chang"));
}

}  // namespace
}  // namespace passerelle::rehearse
