#include "pathway/step.h"

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {

StepMemory::StepMemory() : parts_(std::make_unique<Parts>()) {}
StepMemory::~StepMemory() = default;

const feel::Value& State::variable(uint16_t slot) const {
  static const feel::Value null{};
  return slot < variables_.size() ? variables_[slot] : null;
}

void State::reset() {
  tokens_.clear();
  scopes_.clear();
  waits_.clear();
  for (feel::Value& value : variables_) value = feel::Value();
  locals_.clear();
  repetitions_.clear();
  completed_.clear();
  held_.clear();
  gathered_.clear();
  letters_.clear();
  next_item_ = 1;
  started_ = ended_ = false;
  ways_ = 0;
}

void StepMemory::know(const Pathway& pathway) {
  const Pathway::Compiled& compiled = pathway.compiled();
  parts_->remembered.clear();
  for (const feel::Expression& each : compiled.expressions) parts_->remembered.emplace_back(each);
  parts_->remembered_of = &compiled;
  parts_->fields.assign(compiled.expressions.size(), feel::Memo());
  parts_->locals = {};
  parts_->channel_text = {};
  parts_->evaluation.remember();
  // What goes on by itself, or depends on what was before, is walked.
  if (compiled.asks_again || compiled.undoes || compiled.remembers || !compiled.locals.empty())
    return;
  parts_->ways = std::make_unique<KnownWays>(pathway, wanted);
}

Result<void> step(const Pathway& pathway, State& state, const Stimulus& stimulus,
                  std::vector<Effect>& effects, StepMemory& memory) {
  return Stepper(pathway, state, stimulus, effects, memory).run();
}

Result<void> step(const Pathway& pathway, State& state, const Stimulus& stimulus,
                  std::vector<Effect>& effects) {
  // Memory only: what it holds from one step means nothing to the next.
  thread_local StepMemory memory;
  return step(pathway, state, stimulus, effects, memory);
}

}  // namespace passerelle::pathway
