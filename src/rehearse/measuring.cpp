#include "rehearse/measuring.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "rehearse/tally.h"

namespace passerelle::rehearse {
namespace {

constexpr double day_in_millis = 24.0 * static_cast<double>(hour_millis);

int64_t millis_of_days(double days) {
  return static_cast<int64_t>(std::llround(std::clamp(days, 0.0, 1e6) * day_in_millis));
}

uint32_t purpose_of(const char* what, const std::string& name) {
  return purpose((std::string(what) + ":" + name).c_str());
}

}  // namespace

std::vector<DevicePlan> plan_devices(const pathway::Cohort& cohort, Symbols& symbols) {
  std::vector<DevicePlan> out;
  for (const pathway::Device& each : cohort.devices)
    out.push_back({pathway::Sampler(each.fails_after), pathway::Sampler(each.mended_after),
                   symbols.intern("works"), symbols.intern("broken"),
                   purpose_of("device", each.name)});
  return out;
}

std::vector<MeasurementPlan> plan_measurements(const pathway::Cohort& cohort, Draws& draws,
                                               std::span<const std::string> names) {
  std::vector<MeasurementPlan> out;
  for (const pathway::Measurement& each : cohort.measurements) {
    MeasurementPlan to;
    to.baseline = draws.compile(each.baseline, names);
    to.level = draws.compile(each.level, names);
    to.days = draws.compile(each.days, names);
    to.walk = each.walk;
    to.sway = each.sway;
    to.kept = std::exp(-1 / each.sway_days);
    to.noise = pathway::Sampler(each.noise);
    to.decimals = static_cast<uint32_t>(each.decimals);
    to.min = each.min.value_or(to.min);
    to.max = each.max.value_or(to.max);
    to.baseline_purpose = purpose_of("baseline", each.name);
    to.level_purpose = purpose_of("level", each.name);
    to.day_purpose = purpose_of("sway", each.name);
    to.noise_purpose = purpose_of("noise", each.name);
    out.push_back(std::move(to));
  }
  return out;
}

CoursePlan plan_course(const pathway::Course& course, Draws& draws,
                       std::span<const std::string> names) {
  CoursePlan out;
  const auto index_of = [&](const std::string& state) {
    const auto at = std::find(course.states.begin(), course.states.end(), state);
    return static_cast<uint16_t>(at - course.states.begin());
  };
  if (course.episodes.empty()) return out;
  out.rest = index_of(course.rest);
  for (const pathway::Course::Episode& each : course.episodes) {
    CoursePlan::Episode episode;
    episode.per_year = draws.compile(each.per_year, names);
    for (const pathway::Course::Phase& phase : each.phases)
      episode.phases.push_back({index_of(phase.state), draws.compile(phase.days, names),
                                draws.compile(phase.chance, names)});
    out.episodes.push_back(std::move(episode));
  }
  return out;
}

bool DeviceState::works(const DevicePlan& plan, const PatientStreams& streams, int64_t since,
                        int64_t now) {
  const auto lasts = [&] {
    Random random = streams(plan.purpose, turns);
    return millis_of_days((turns % 2 == 0 ? plan.fails_after : plan.mended_after).sample(random));
  };
  if (until < 0 || now < from) {  // asked about an earlier time: from the beginning
    turns = 0;
    from = since;
    until = since + lasts();
  }
  while (until <= now) {
    ++turns;
    from = until;
    until += std::max<int64_t>(lasts(), 1);
  }
  return turns % 2 == 0;
}

double MeasuredState::value(const MeasurementPlan& plan, const Draws& draws,
                            const PatientStreams& streams, std::span<const Stage> stages,
                            std::span<const Symbol> states, Known* known, size_t state_index,
                            int64_t since, int64_t now) {
  if (now < asked) {  // from the beginning
    day = -1;
    walked = 0;
    level_known = false;
  }
  asked = now;
  // Walk and sway, day by day.
  const auto today = static_cast<int64_t>(static_cast<double>(now - since) / day_in_millis);
  for (; day < today; ++day) {
    Random random = streams(plan.day_purpose, static_cast<uint32_t>(day + 1));
    const double step = random.normal(), swing = random.normal();
    if (day >= 0) walked += plan.walk * step;
    swayed = day < 0
                 ? plan.sway * swing
                 : plan.kept * swayed + plan.sway * std::sqrt(1 - plan.kept * plan.kept) * swing;
  }
  // The level, stage by stage.
  const auto enter = [&](size_t index) {
    if (!stages.empty()) known[state_index].symbol = states[stages[index].state];
    Random random = streams(plan.level_purpose, static_cast<uint32_t>(index));
    target = draws.quantity(plan.level, random.uniform_open(), known);
    days = draws.quantity(plan.days, random.uniform_open(), known);
    stage = index;
  };
  const auto at = [&](int64_t moment) {
    const int64_t from = stages.empty() ? since : stages[stage].from;
    if (!(days > 0)) return target;
    const double passed = static_cast<double>(moment - from) / day_in_millis;
    return target + (begun - target) * std::exp(-passed / days);
  };
  if (!level_known) {  // whoever comes has been for long as they are
    enter(0);
    begun = target;
    level_known = true;
  }
  while (stage + 1 < stages.size() && stages[stage + 1].from <= now) {
    const double reached = at(stages[stage + 1].from);
    enter(stage + 1);
    begun = reached;
  }
  return baseline + at(now) + walked + swayed;
}

void draw_episodes(const CoursePlan& plan, const Draws& draws, Random random,
                   std::span<const Symbol> states, Known* known, size_t state_index,
                   int64_t step_millis, int64_t until, std::vector<Stage>& stages) {
  constexpr double days_of_year = 365.25;
  constexpr size_t most_stages = 10'000;
  const int64_t opened = stages.front().from;
  int64_t now = opened;
  const auto enter = [&](uint16_t state) {
    known[state_index].symbol = states[state];
    if (stages.back().state == state) return;
    const auto step = std::min<int64_t>((now - opened) / step_millis, 0xFFFF);
    stages.push_back({now, state, static_cast<uint16_t>(step)});
  };
  known[state_index].symbol = states[stages.front().state];
  // Phases that are not met leave no stage: rounds are counted as well.
  for (size_t round = 0; now < until && stages.size() < most_stages && round < most_stages;
       ++round) {
    // Whoever comes first, of all kinds: each has the same number of draws, come or not.
    size_t first = plan.episodes.size();
    double soonest = 0;
    for (size_t i = 0; i < plan.episodes.size(); ++i) {
      const double rate =
          draws.quantity(plan.episodes[i].per_year, random.uniform_open(), known) / days_of_year;
      const double wait = -std::log(random.uniform_open());
      if (!(rate > 0)) continue;
      if (first < plan.episodes.size() && wait / rate >= soonest) continue;
      soonest = wait / rate;
      first = i;
    }
    if (first == plan.episodes.size()) return;
    now += std::max<int64_t>(millis_of_days(soonest), 1);
    for (const CoursePlan::Phase& phase : plan.episodes[first].phases) {
      const double met = random.uniform_open(), lasts = random.uniform_open();
      if (now >= until) return;
      if (!draws.chance(phase.chance, met, known)) continue;
      enter(phase.state);
      now += std::max<int64_t>(millis_of_days(draws.quantity(phase.days, lasts, known)), 1);
    }
    if (now >= until) return;
    enter(plan.rest);
  }
}

}  // namespace passerelle::rehearse
