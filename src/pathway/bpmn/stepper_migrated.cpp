// A case that has come over from another version of its pathway.
#include <algorithm>

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {

Result<void> Stepper::settle_in(const Settling& settling) {
  state_.ways_ = 0;
  record_case(Lifecycle::resume);
  if (!effects_.empty()) {
    Event& event = effects_.back().event;
    event.role = stimulus_.role;
    event.actor = stimulus_.actor;
    event.data = settling.told;
  }
  for (const uint32_t item : settling.lost) effect(Effect::Kind::cancel_timer, 0, item);
  for (const Settling::Opened& opened : settling.opened) {
    const size_t host = find_token(opened.host);
    CHECK(host < state_.tokens_.size(), "a sub-process stands where its token does");
    const Token at = state_.tokens_[host];
    const Node& here = node(at.node);
    see(at.scope);
    std::vector<feel::Value> given;
    for (uint32_t i = 0; i < here.gives.count; ++i) {
      given.push_back(evaluate(compiled_.assignments[here.gives.first + i].expression));
    }
    if (wants(at.node, Lifecycle::start)) {
      record(at.node, Lifecycle::start, at.item).data = evaluate(here.record_on_schedule);
    }
    unsee();
    for (uint32_t i = 0; i < here.gives.count; ++i) {
      const uint16_t slot = compiled_.assignments[here.gives.first + i].variable;
      set_local(opened.scope, slot, std::move(given[i]));
    }
  }
  for (const Settling::Timer& timer : settling.timers) {
    const Node& here = node(timer.node);
    see(timer.scope);
    const std::optional<Instant> at = due(here.timer);
    if (!at) {
      return Error{ErrorCode::conflict,
                   reason_of(here.timer, "the new timer '" + compiled_.activities[timer.node].id +
                                             "' has no time to wait for"),
                   compiled_.activities[timer.node].id, "correct its expression"};
    }
    const bool own = here.op == Op::timer && find_token(timer.host) < state_.tokens_.size() &&
                     state_.tokens_[find_token(timer.host)].node == timer.node;
    const uint32_t item = own ? timer.host : state_.next_item_++;
    set_timer(timer.node, timer.scope, timer.host, item, *at,
              here.op == Op::timer ? uint16_t{0} : here.repeats);
  }
  unsee();
  settle();
  unsee();
  return {};
}

}  // namespace passerelle::pathway
