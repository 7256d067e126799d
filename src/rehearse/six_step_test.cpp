// The emergency department of bench/models/six-step beside published mean stays by priority. Of how
// many years they are, and in which order their program does what happens at the same instant, is
// not told. Written by hand (bench/loops.cpp) the model gives them when whoever ends a step takes
// what waits before the patient's next step is offered. Rehearsals offer it first (calendar.h), as
// the worklist does that will run: urgent patients then need not let others pass, which is a minute
// of their stay. The same loop in that order is what rehearsals are held to, to half a percent: the
// loop counts servers, so that one who finishes after the shift takes the place of one who is still
// there; rehearsals know the people, and nobody waits for that.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <span>

#include "bench/loops.h"
#include "rehearse/rehearse.h"
#include "rehearse/test_model.h"

namespace passerelle::rehearse {
namespace {

constexpr int years = 30;
constexpr std::array<const char*, 3> levels = {"0", "1", "2"};
constexpr std::array<double, 3> published = {62.0, 65.6, 104.5};  // minutes

struct Mean {
  double value = 0, error = 0;  // the standard one
};

Mean mean_of(std::span<const double> runs) {
  const auto count = static_cast<double>(runs.size());
  double sum = 0, squares = 0;
  for (const double run : runs) sum += run;
  const double mean = sum / count;
  for (const double run : runs) squares += (run - mean) * (run - mean);
  return {mean, std::sqrt(squares / (count - 1) / count)};
}

std::array<Mean, 3> stays_by_hand(bench::AfterStep first) {
  std::array<std::vector<double>, 3> runs;
  for (uint64_t year = 1; year <= years; ++year) {
    const auto stays = bench::six_step_loop(year, first).mean_stay;
    for (size_t level = 0; level < 3; ++level) runs[level].push_back(stays[level]);
  }
  return {mean_of(runs[0]), mean_of(runs[1]), mean_of(runs[2])};
}

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

Mean rehearsed_stay(const Rehearsal& rehearsal, std::string_view level) {
  for (const GroupResult& group : rehearsal.indicators.at(0).groups)
    if (group.value == level) return mean_of(group.result.runs);
  ADD_FAILURE() << "nobody of priority " << level;
  return {};
}

TEST(SixStep, StaysAsPublished) {
  const auto rehearsal = rehearse_stays();
  ASSERT_TRUE(rehearsal) << to_text(rehearsal.error());
  const auto takes = stays_by_hand(bench::AfterStep::take);
  const auto offers = stays_by_hand(bench::AfterStep::offer);
  fmt::print("{:>8} {:>10} {:>16} {:>16} {:>16}\n", "priority", "published", "by hand, takes",
             "by hand, offers", "rehearsed");
  const auto shown = [](const Mean& mean) {
    return fmt::format("{:.2f} ± {:.2f}", mean.value, 1.96 * mean.error);
  };
  for (size_t level = 0; level < levels.size(); ++level) {
    const Mean rehearsed = rehearsed_stay(*rehearsal, levels[level]);
    fmt::print("{:>8} {:10.1f} {:>16} {:>16} {:>16}\n", levels[level], published[level],
               shown(takes[level]), shown(offers[level]), shown(rehearsed));
    EXPECT_LT(std::abs(takes[level].value - published[level]), 3 * takes[level].error)
        << "priority " << levels[level];
    EXPECT_LT(std::abs(rehearsed.value - offers[level].value),
              0.005 * offers[level].value + 3 * std::hypot(rehearsed.error, offers[level].error))
        << "priority " << levels[level];
  }
}

}  // namespace
}  // namespace passerelle::rehearse
