// Steps by what other cases have done before (known_ways.h).
#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {

Result<std::span<Effect>> Stepper::run_by_known_ways(uint32_t branch) {
  KnownWays& ways = *parts_.ways;
  if (stimulus_.kind == Stimulus::Kind::start) TRY_VOID(ways.open(stimulus_, state_));
  KnownWays::Outcome* known =
      ways.follow(branch, [this](uint16_t expression) { return computed(expression); });
  if (known != nullptr && !known->never) {
    ways.apply(*known, stimulus_, state_);
    return std::span<Effect>(known->effects);
  }
  TRY_VOID(known == nullptr ? walk_and_learn(branch) : run());
  return std::span<Effect>(parts_.effects);
}

Result<void> Stepper::walk_and_learn(uint32_t branch) {
  KnownWays::Recording recording;
  const State before = state_;
  recording_ = &recording;
  const Result<void> done = run();
  recording_ = nullptr;
  if (done)
    parts_.ways->learn(branch, std::move(recording), before, stimulus_, parts_.effects, state_);
  return done;
}

}  // namespace passerelle::pathway
