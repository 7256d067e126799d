// The reference laboratory of pathways/pathology-lab against what is published of it, and what its
// scenarios must show.
#include <gtest/gtest.h>

#include <algorithm>

#include "pathway/package.h"
#include "rehearse/rehearse.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

Rehearsal laboratory(const std::string& scenario, int days, int replications) {
  const auto files =
      pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/pathology-lab");
  EXPECT_TRUE(files);
  std::vector<pathway::Finding> findings;
  const auto package = pathway::load_package(*files, "pathology-lab", scenario, findings);
  EXPECT_TRUE(package);
  if (package == nullptr) return {};
  Settings settings;
  settings.days = days;
  settings.warm_up_days = 14;
  settings.replications = replications;
  settings.seed = 1482;
  auto told = rehearse(*package, settings, scenario);
  EXPECT_TRUE(told) << to_text(told.error());
  return told ? std::move(*told) : Rehearsal();
}

const ActivityResult& activity(const Rehearsal& told, std::string_view id) {
  return *std::find_if(told.activities.begin(), told.activities.end(),
                       [&](const ActivityResult& each) { return each.id == id; });
}

// Hours of all who have the role.
double paid_hours(const Rehearsal& told, std::string_view role, size_t run) {
  double hours = 0;
  for (const StaffResult& each : told.staff)
    if (std::find(each.roles.begin(), each.roles.end(), role) != each.roles.end())
      hours += each.paid_hours.runs[run];
  return hours;
}

// 1,482 specimens a week, reports of PERT(15, 20, 30) minutes, 585 pathologist-hours a week:
// 1,482 * 20.8333 / 60 / 585 = 0.8796, published as 0.88.
TEST(PathologyLab, TheLoadOfReportWritingIsThePublishedOne) {
  const Rehearsal told = laboratory("", 56, 12);
  const ActivityResult& report = activity(told, "report");
  std::vector<double> loads, weekly;
  for (size_t run = 0; run < report.done.runs.size(); ++run) {
    const double weeks = 6;
    loads.push_back(report.offered.runs[run] * report.work_mean.runs[run] / 60 /
                    paid_hours(told, "pathologist", run));
    weekly.push_back(activity(told, "accession").offered.runs[run] / weeks);
    EXPECT_DOUBLE_EQ(paid_hours(told, "pathologist", run), 585 * weeks);
  }
  EXPECT_LT(std::fabs(z(loads, 1482 * (15 + 4 * 20 + 30) / 6.0 / 60 / 585)), 3);
  EXPECT_LT(std::fabs(z(weekly, 1482)), 3);
  double mean = 0;
  for (const double load : loads) mean += load / static_cast<double>(loads.size());
  EXPECT_NEAR(mean, 0.88, 0.005);
  for (const ActivityResult& each : told.activities) EXPECT_FALSE(each.grows) << each.id;
}

// Reading first what an algorithm flags does not shorten the mean wait of reports of equal length
// (conservation: L. Kleinrock, "Queueing systems" II, 1976, 3.4): it moves the gain from benign to
// malignant specimens.
TEST(PathologyLab, PuttingInOrderMovesTheGainAndMakesNone) {
  const Rehearsal before = laboratory("ai-shadow", 42, 8);
  const Rehearsal after = laboratory("ai-order", 42, 8);
  const auto wait = [](const Rehearsal& told, size_t run) {
    return activity(told, "report").wait_mean.runs[run];
  };
  std::vector<double> all, found;
  for (size_t run = 0; run < 8; ++run) {
    all.push_back(wait(after, run) / wait(before, run) - 1);
    found.push_back(after.truth.to_found_mean.runs[run] - before.truth.to_found_mean.runs[run]);
  }
  EXPECT_LT(std::fabs(z(all, 0)), 3);
  EXPECT_LT(z(found, 0), -3);  // malignant ones are known sooner
  EXPECT_GT(after.truth.sensitivity.value, 0.9);
}

TEST(PathologyLab, ThreePathologistsFewerAreTooFew) {
  const Rehearsal told = laboratory("three-pathologists-fewer", 70, 3);
  EXPECT_TRUE(activity(told, "report").grows);
}

}  // namespace
}  // namespace passerelle::rehearse
