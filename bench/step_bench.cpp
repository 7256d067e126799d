// What step() costs: whole cases and single steps, in memory, effects reused.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "pathway/pathway.h"
#include "pathway/step.h"

namespace passerelle::pathway {
namespace {

constexpr std::string_view header =
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
    "xmlns:p=\"urn:passerelle:bpmn:1\"><process id=\"bench\" isExecutable=\"true\">";
constexpr std::string_view footer = "</process></definitions>";

Pathway compiled(std::string_view inside) {
  PathwaySource source;
  source.id = "bench";
  source.version = "1";
  source.bpmn = std::string(header) + std::string(inside) + std::string(footer);
  Role nurse;
  nurse.id = "nurse";
  source.organisation.roles.push_back(nurse);
  source.organisation.coordinator = "nurse";
  std::vector<Finding> findings;
  auto pathway = compile_pathway(std::move(source), findings);
  CHECK(pathway.has_value(), "the benchmark's own pathway compiles");
  return std::move(*pathway);
}

// start -> service task -> exclusive gateway -> user task -> end, opened and completed.
constexpr std::string_view short_case = R"(
  <startEvent id="start"/>
  <serviceTask id="score"><extensionElements><p:set variable="n">3 * 13</p:set>
    </extensionElements></serviceTask>
  <exclusiveGateway id="high" default="low"/><userTask id="call" p:role="nurse"/>
  <endEvent id="done"/><endEvent id="nothing"/>
  <sequenceFlow id="a" sourceRef="start" targetRef="score"/>
  <sequenceFlow id="b" sourceRef="score" targetRef="high"/>
  <sequenceFlow id="c" sourceRef="high" targetRef="call">
    <conditionExpression>n >= 39</conditionExpression></sequenceFlow>
  <sequenceFlow id="low" sourceRef="high" targetRef="nothing"/>
  <sequenceFlow id="d" sourceRef="call" targetRef="done"/>)";

void whole_cases(benchmark::State& bench, bool recorded, bool fresh) {
  const Pathway pathway = compiled(short_case);
  const std::vector<uint8_t> wanted(pathway.activities().size() + 1);
  std::vector<Effect> effects;
  StepMemory memory;
  memory.wanted = recorded ? nullptr : &wanted;
  State reused;
  uint64_t number = 0;
  for (auto _ : bench) {
    if (fresh) reused = State();
    State& state = reused;
    if (!fresh) state.reset();
    effects.clear();
    Stimulus stimulus;
    stimulus.at = Instant(Millis(1'585'000'000'000));
    stimulus.case_number = ++number;
    CHECK(step(pathway, state, stimulus, effects, memory).ok(), "the case opens");
    stimulus.kind = Stimulus::Kind::complete;
    stimulus.item = state.tokens()[0].item;
    CHECK(step(pathway, state, stimulus, effects, memory).ok(), "the work is done");
    CHECK(state.ended(), "the case ends");
    benchmark::DoNotOptimize(effects.data());
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK_CAPTURE(whole_cases, recorded, true, true)
    ->Name("step/start, service, gateway, user, end");
BENCHMARK_CAPTURE(whole_cases, recorded_state_reused, true, false);
BENCHMARK_CAPTURE(whole_cases, not_recorded, false, true);

// A loop of two timers around a form, as a patient's day has it: reminder set, form done, next.
constexpr std::string_view daily_loop = R"x(
  <startEvent id="start"/><exclusiveGateway id="again"/>
  <intermediateCatchEvent id="slot"><timerEventDefinition><timeDuration>PT24H</timeDuration>
    </timerEventDefinition></intermediateCatchEvent>
  <userTask id="form" p:role="patient" p:result="daily" p:due="duration(&quot;PT12H&quot;)"/>
  <boundaryEvent id="remind" attachedToRef="form" cancelActivity="false"><timerEventDefinition>
    <timeDuration>PT3H</timeDuration></timerEventDefinition></boundaryEvent>
  <boundaryEvent id="missed" attachedToRef="form"><timerEventDefinition>
    <timeDuration>PT20H</timeDuration></timerEventDefinition></boundaryEvent>
  <endEvent id="reminded"/>
  <sequenceFlow id="a" sourceRef="start" targetRef="again"/>
  <sequenceFlow id="b" sourceRef="again" targetRef="slot"/>
  <sequenceFlow id="c" sourceRef="slot" targetRef="form"/>
  <sequenceFlow id="d" sourceRef="form" targetRef="again"/>
  <sequenceFlow id="e" sourceRef="remind" targetRef="reminded"/>
  <sequenceFlow id="f" sourceRef="missed" targetRef="again"/>)x";

// Each iteration is a day: the slot's timer fires, the reminder fires, the form comes in.
void daily_steps(benchmark::State& bench) {
  const Pathway pathway = compiled(daily_loop);
  std::vector<Effect> effects;
  StepMemory memory;
  State state;
  Stimulus stimulus;
  stimulus.at = Instant(Millis(1'585'000'000'000));
  CHECK(step(pathway, state, stimulus, effects, memory).ok(), "the case opens");
  uint32_t slot = effects.back().item;
  for (auto _ : bench) {
    effects.clear();
    stimulus.kind = Stimulus::Kind::timer;
    stimulus.at += std::chrono::hours(24);
    stimulus.item = slot;
    CHECK(step(pathway, state, stimulus, effects, memory).ok(), "the slot comes");
    uint32_t form = 0, reminder = 0;
    for (const Effect& effect : effects) {
      if (effect.kind == Effect::Kind::open_work) form = effect.item;
      if (effect.kind == Effect::Kind::set_timer && reminder == 0) reminder = effect.item;
    }
    effects.clear();
    stimulus.at += std::chrono::hours(3);
    stimulus.item = reminder;
    CHECK(step(pathway, state, stimulus, effects, memory).ok(), "the reminder comes");
    effects.clear();
    stimulus.kind = Stimulus::Kind::complete;
    stimulus.item = form;
    CHECK(step(pathway, state, stimulus, effects, memory).ok(), "the form comes in");
    slot = effects.back().item;
  }
  bench.SetItemsProcessed(bench.iterations() * 3);
}
BENCHMARK(daily_steps);

void save_and_load(benchmark::State& bench) {
  const Pathway pathway = compiled(daily_loop);
  std::vector<Effect> effects;
  State state;
  Stimulus stimulus;
  CHECK(step(pathway, state, stimulus, effects).ok(), "the case opens");
  size_t bytes = 0;
  for (auto _ : bench) {
    const std::string saved = state.save(pathway);
    bytes = saved.size();
    CHECK(State::load(pathway, saved).ok(), "what was saved is read");
  }
  bench.counters["bytes"] = static_cast<double>(bytes);
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(save_and_load);

}  // namespace
}  // namespace passerelle::pathway
