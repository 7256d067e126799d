// The package of this repository: its cohort is what the published figures say.
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "rehearse/arrivals.h"
#include "rehearse/rehearse.h"

namespace passerelle::rehearse {
namespace {

std::unique_ptr<pathway::Package> load(pathway::PackageFiles files, std::string_view scenario) {
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(files, "covid-home", scenario, findings);
  for (const pathway::Finding& finding : findings)
    EXPECT_TRUE(package != nullptr) << to_text(finding.place) << ": " << finding.message;
  return package;
}

pathway::PackageFiles files() {
  auto out = pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home");
  EXPECT_TRUE(out) << to_text(out.error());
  return out ? std::move(*out) : pathway::PackageFiles();
}

// A steady stream instead of the wave, with the teams of the summit: quick, and nobody is late.
pathway::PackageFiles calm() {
  auto out = files();
  std::string& cohort = out["cohort.yaml"];
  const size_t from = cohort.find("    cumulative:");
  const size_t to = cohort.find("    hours:", from);
  EXPECT_NE(to, std::string::npos);
  cohort.replace(from, to - from, "    per_day: 45\n");
  std::string& organisation = out["organisation.yaml"];
  for (size_t at; (at = organisation.find("{from: 2020-03-09, people: 5}")) != std::string::npos;)
    organisation.replace(at, 29, "{from: 2020-03-09, people: 12}");
  return out;
}

const OutcomeResult* outcome(const Rehearsal& rehearsal, std::string_view name) {
  for (const OutcomeResult& each : rehearsal.outcomes)
    if (each.name == name) return &each;
  return nullptr;
}

TEST(CovidHome, ArrivalsFollowTheKnownInclusions) {
  const auto package = load(files(), "surge");
  ASSERT_TRUE(package);
  const auto& arrivals = package->cohort.arrivals;
  ASSERT_EQ(arrivals.size(), 1u);
  const auto plan =
      ArrivalPlan::make(arrivals[0], package->pathway.organisation().zone,
                        package->pathway.organisation().zone.to_instant(package->cohort.start),
                        package->pathway.organisation().zone.to_instant(package->cohort.start +
                                                                        std::chrono::days(78)));
  // Expected by midnight of the day; weekdays and hours only shift them a little.
  const auto expected = [&](size_t day) { return plan.expected[day * 24]; };
  EXPECT_NEAR(expected(17), 16'900, 900);    // 26 March
  EXPECT_NEAR(expected(22), 23'650, 900);    // 31 March
  EXPECT_NEAR(expected(45), 60'000, 1'500);  // 23 April
}

TEST(CovidHome, AboutFourInAHundredAreInHospitalWithinAMonth) {
  const auto package = load(calm(), "");
  ASSERT_TRUE(package);
  Settings settings;
  settings.days = 70;
  settings.replications = 1;
  settings.seed = 2020;
  const auto it = rehearse(*package, settings);
  ASSERT_TRUE(it) << to_text(it.error());
  EXPECT_NEAR(it->patients.value, 45 * 70, 250);
  EXPECT_EQ(it->incidents.value, 0);
  // Of those who ended: who came late has not had a month yet.
  const OutcomeResult* hospital = outcome(*it, "hospital");
  ASSERT_NE(hospital, nullptr);
  EXPECT_NEAR(hospital->share.value, 0.036, 0.012);
  EXPECT_GT(it->truth.sensitivity.value, 0.5);
  for (const IndicatorResult& indicator : it->indicators)
    EXPECT_TRUE(indicator.result.known()) << indicator.id;
}

TEST(CovidHome, EveryScenarioCanBeRehearsed) {
  for (const char* scenario : {"surge", "threshold-38-5", "no-phone", "two-nurses-fewer"}) {
    const auto package = load(calm(), scenario);
    ASSERT_TRUE(package) << scenario;
    Settings settings;
    settings.days = 3;
    settings.replications = 1;
    const auto it = rehearse(*package, settings, scenario);
    ASSERT_TRUE(it) << scenario << ": " << to_text(it.error());
    EXPECT_EQ(it->incidents.value, 0) << scenario;
    EXPECT_FALSE(it->scenario_name.empty()) << scenario;
  }
}

TEST(CovidHome, WithoutPhoneCallsPatientsWithoutASmartphoneAreLost) {
  Settings settings;
  settings.days = 12;
  settings.replications = 3;
  std::vector<Rehearsal> both;
  for (const char* scenario : {"", "no-phone"}) {
    const auto package = load(calm(), scenario);
    ASSERT_TRUE(package);
    auto it = rehearse(*package, settings, scenario);
    ASSERT_TRUE(it) << to_text(it.error());
    both.push_back(std::move(*it));
  }
  const auto missed = [](const Rehearsal& it) {
    for (const IndicatorResult& indicator : it.indicators) {
      if (indicator.id != "missed_forms") continue;
      for (const GroupResult& group : indicator.groups)
        if (group.attribute == "smartphone" && group.value == "false") return group.result.value;
    }
    return std::nan("");
  };
  EXPECT_GT(missed(both[1]), missed(both[0]) + 0.2);
}

// Whoever is told every stimulus gets them in the order of time: no case runs ahead then.
TEST(CovidHome, CasesThatRunAheadLeaveTheLogOfThoseThatDoNot) {
  const auto package = load(files(), "surge");
  ASSERT_TRUE(package);
  Settings settings;
  settings.days = 12;
  const auto ahead = event_log(*package, settings, 0);
  Instant last = Instant::min();
  const auto in_time = event_log(*package, settings, 0, [&](const pathway::Stimulus& stimulus) {
    EXPECT_GE(stimulus.at, last);
    last = stimulus.at;
  });
  ASSERT_TRUE(ahead && in_time);
  ASSERT_EQ(ahead->events.size(), in_time->events.size());
  EXPECT_GT(ahead->events.size(), 100'000u);
  for (size_t i = 0; i < ahead->events.size(); ++i) {
    const pathway::Event &a = ahead->events[i], &b = in_time->events[i];
    const auto facts = [](const pathway::Event& e) {
      return std::tuple(e.at, e.case_number, e.item, e.activity, e.role, e.actor, e.channel,
                        e.lifecycle);
    };
    ASSERT_EQ(facts(a), facts(b)) << i;
    ASSERT_TRUE(a.data == b.data) << i;
  }
}

}  // namespace
}  // namespace passerelle::rehearse
