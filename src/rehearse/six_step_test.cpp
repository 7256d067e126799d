// The emergency department of bench/models/six-step beside published mean stays by priority. Of how
// many years they are, and what else their program does, is not told: here the urgent stay one
// minute less, as they do in the loop written by hand (bench/loops.cpp), which is more than one
// year differs from another. They are held to 2.5 %, and printed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "rehearse/rehearse.h"
#include "rehearse/test_model.h"

namespace passerelle::rehearse {
namespace {

constexpr int years = 30;

struct Published {
  const char* level;
  double stay;  // minutes
};
constexpr std::array<Published, 3> published = {{{"0", 62.0}, {"1", 65.6}, {"2", 104.5}}};

// The package of the bench, which measures nothing, with one indicator.
Result<Rehearsal> rehearse_stays() {
  TRY(auto files, model_files("six-step"));
  files["indicators.yaml"] =
      "indicators:\n"
      "  - {id: stay, heading: process, measure: duration, statistic: mean, groups: [level],\n"
      "     from: {activity: case, on: start}, to: {activity: case}}\n";
  files["texts/en.yaml"] += "indicator.stay: Stay\n";
  replace(files["pathway.bpmn"], R"(p:title="task.registration" p:priority="2 - level" />)",
          R"(p:title="task.registration" p:priority="2 - level"><extensionElements>)"
          R"(<p:record name="level">level</p:record></extensionElements></userTask>)");
  TRY(const auto package, load_model(files, "six-step"));
  Settings settings;
  settings.replications = years;
  settings.seed = 2021;
  return rehearse(*package, settings);
}

TEST(SixStep, StaysAsPublished) {
  const auto rehearsal = rehearse_stays();
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  ASSERT_EQ(rehearsal->indicators.size(), 1u);
  fmt::print("{:>8} {:>10} {:>8} {:>16}\n", "priority", "published", "mean", "between years");
  for (const Published& each : published) {
    const GroupResult* group = nullptr;
    for (const GroupResult& one : rehearsal->indicators[0].groups)
      if (one.value == each.level) group = &one;
    ASSERT_NE(group, nullptr) << each.level;
    const Estimate& stay = group->result;
    ASSERT_EQ(stay.runs.size(), static_cast<size_t>(years));
    double squares = 0;
    for (const double run : stay.runs) squares += (run - stay.value) * (run - stay.value);
    const double between = std::sqrt(squares / (years - 1));
    fmt::print("{:>8} {:10.1f} {:8.2f} {:16.2f}\n", each.level, each.stay, stay.value, between);
    EXPECT_NEAR(stay.value, each.stay, 0.025 * each.stay) << each.level;
  }
}

}  // namespace
}  // namespace passerelle::rehearse
