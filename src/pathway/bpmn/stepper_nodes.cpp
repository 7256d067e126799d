// What a token does at each kind of node.
#include <algorithm>

#include "pathway/bpmn/stepper.h"
#include "pathway/dmn/reasons.h"

namespace passerelle::pathway {
namespace {

// A loop without a wait in it would turn for ever, and a split inside a loop would fill the memory:
// beyond these the token stops with an incident, and somebody looks at it.
constexpr size_t move_limit = 10'000;
constexpr size_t token_limit = 500;

}  // namespace

void Stepper::settle() {
  size_t moved = 0;
  for (;;) {
    while (parts_.next < parts_.moves.size()) {
      const Move move = parts_.moves[parts_.next++];
      if (++moved > move_limit) {
        incident(move.node, move.scope, move.arrival, Trouble::entering, "endless",
                 "the case goes round in circles here without ever waiting");
        continue;
      }
      enter(move);
    }
    parts_.moves.clear();
    parts_.next = 0;
    if (state_.ended_ || !compiled_.asks_again) return;
    if (!compiled_.reach.empty() && fire_join()) continue;
    if (!state_.letters_.empty() && ++moved <= move_limit && fire_letter()) continue;
    if (compiled_.conditions.empty() || ++moved > move_limit || !fire_condition()) return;
  }
}

void Stepper::enter(const Move& move) {
  const Node& here = node(move.node);
  see(move.scope);
  switch (here.op) {
    case Op::pass:
      // A start event of the process tells who opened the case, by which channel.
      finish(move.node, move.scope, 0,
             stimulus_.kind == Stimulus::Kind::start && here.arrivals == 0);
      return leave(move.node, move.scope);
    case Op::end:
      finish(move.node, move.scope, 0, false);
      return consume(move.scope);
    case Op::terminate:
      // 13.5.6: all that still runs in this scope ends; the scope itself then completes.
      finish(move.node, move.scope, 0, false);
      withdraw_contents(move.scope);
      return complete_scope(move.scope);
    case Op::throw_escalation:
    case Op::end_escalation: {
      finish(move.node, move.scope, 0, false);
      add_token(move.node, move.scope, in_hand, Status::waiting);
      throw_up(Trigger::escalation, here.code, move.scope);
      return go_on_if_there(move);
    }
    case Op::throw_signal:
      return enter_throw_signal(move);
    case Op::throw_error:
      finish(move.node, move.scope, 0, false);
      if (throw_up(Trigger::error, here.code, move.scope) == Thrown::interrupted) return;
      return incident(move.node, move.scope, 0, Trouble::leaving, "error",
                      "an error was thrown that nothing here catches");
    case Op::compensate:
      return enter_compensate(move);
    case Op::cancel:
      return enter_cancel(move);
    case Op::timer:
      return enter_timer(move);
    case Op::message:
      return enter_waiting(move, here.attached, false,
                           "a timer attached to it has no time to wait for");
    case Op::condition:
      return enter_condition(move);
    case Op::user_task:
      return enter_user_task(move);
    case Op::send_task:
      return enter_send_task(move);
    case Op::script_task:
      if (here.script != nothing) set_variable(here.result, evaluate(here.script));
      finish(move.node, move.scope, 0, false);
      return leave(move.node, move.scope);
    case Op::decision:
      return enter_decision(move);
    case Op::exclusive:
      return enter_exclusive(move);
    case Op::parallel:
      return enter_parallel(move);
    case Op::inclusive:
      return enter_inclusive(move);
    case Op::complex:
      return enter_complex(move);
    case Op::event_gateway:
      return enter_waiting(move, here.out, true,
                           "a timer behind the gateway has no time to wait for");
    case Op::sub_process:
      return enter_sub_process(move);
    case Op::loop:
      return enter_loop(move);
    case Op::post:
      return enter_post(move);
    case Op::triggered:
      CHECK(false, "no flow leads to an event that is triggered");
  }
}

// A full log tells which rules fired; whoever needs none does not pay for it.
void Stepper::enter_decision(const Move& move) {
  const Node& here = node(move.node);
  const dmn::CompiledDecision& decision = compiled_.decisions[here.decision];
  feel::Value value, fired;
  if (memory_.wanted == nullptr) {
    dmn::Outcome outcome = decision.explain(state_.variables_, evaluation());
    value = std::move(outcome.value);
    fired = dmn::to_value(outcome.why);
  } else {
    value = decision.evaluate(state_.variables_, evaluation());
  }
  if (here.result != nothing) set_variable(here.result, std::move(value));
  Event* event = finish(move.node, move.scope, 0, false);
  if (event != nullptr && !fired.is_null()) add_fired(event->data, std::move(fired));
  leave(move.node, move.scope);
}

void Stepper::enter_timer(const Move& move) {
  const uint16_t timer = node(move.node).timer;
  const std::optional<Instant> at = due(timer);
  if (!at) {
    return incident(move.node, move.scope, move.arrival, Trouble::entering, "no-time",
                    reason_of(timer, "the timer has no time to wait for"));
  }
  const uint32_t item = state_.next_item_++;
  add_token(move.node, move.scope, item, Status::waiting);
  set_timer(move.node, move.scope, item, item, *at, 0);
}

// Stands and waits, with timers beside it: at its border, or among what it leads to.
void Stepper::enter_waiting(const Move& move, Slice timers, bool targets,
                            std::string_view no_time) {
  if (!plan_timers(timers, targets)) {
    return incident(move.node, move.scope, move.arrival, Trouble::entering, "no-time",
                    reason_of(failed_, no_time));
  }
  const uint32_t item = state_.next_item_++;
  add_token(move.node, move.scope, item, Status::waiting);
  arm_planned(timers, targets, move.scope, item);
}

void Stepper::enter_condition(const Move& move) {
  if (holds(node(move.node).condition)) {
    finish(move.node, move.scope, 0, false);
    return leave(move.node, move.scope);
  }
  add_token(move.node, move.scope, state_.next_item_++, Status::waiting);
}

// What is promised of the work, and its timers; false when that cannot be told: an incident stands
// there instead.
bool Stepper::plan_work(const Move& move, OpenWork& work) {
  const Node& here = node(move.node);
  const auto stop = [&](uint16_t expression, std::string_view cause, std::string_view what) {
    incident(move.node, move.scope, move.arrival, Trouble::entering, cause,
             reason_of(expression, what));
    return false;
  };
  if (here.due != nothing) {
    const feel::Value value = evaluate(here.due);
    work.due = instant(value);
    if (!work.due && !value.is_null()) return stop(here.due, "no-time", "its deadline is no time");
  }
  if (here.priority != nothing) {
    const feel::Value value = evaluate(here.priority);
    if (!value.is_null() && !value.is_number()) {
      return stop(here.priority, "no-number", "its priority is no number");
    }
    work.priority =
        static_cast<int16_t>(std::clamp<int64_t>(value.integer().value_or(0), -100, 100));
  }
  if (here.channel != nothing) {
    const feel::Value value = evaluate(here.channel);
    work.channel = channel_of(value);
    if (!value.is_null() && work.channel == 0) {
      return stop(here.channel, "no-channel", "there is no such channel");
    }
  }
  return plan_timers(here.attached, false) ||
         stop(failed_, "no-time", "a timer attached to it has no time to wait for");
}

void Stepper::enter_user_task(const Move& move) {
  const Node& here = node(move.node);
  OpenWork work;
  if (!here.plain_task && !plan_work(move, work)) return;
  work.item = state_.next_item_++;
  work.activity = move.node;
  work.data = shown(here);
  add_token(move.node, move.scope, work.item, Status::offered);
  if (wants(move.node, Lifecycle::schedule)) {
    Event& event = record(move.node, Lifecycle::schedule, work.item);
    event.channel = work.channel;
    event.data = evaluate(here.record_on_schedule);
  }
  const uint32_t item = work.item;
  effect(Effect::Kind::open_work, move.node, item).work = std::move(work);
  if (here.attached.count != 0) arm_planned(here.attached, false, move.scope, item);
}

// The message leaves with this step; that it arrived nobody waits for. Stimulus::fail tells when it
// did not.
void Stepper::enter_send_task(const Move& move) {
  const Node& here = node(move.node);
  Name channel = 0;
  if (here.channel != nothing) {
    const feel::Value value = evaluate(here.channel);
    channel = channel_of(value);
    if (!value.is_null() && channel == 0) {
      return incident(move.node, move.scope, move.arrival, Trouble::entering, "no-channel",
                      reason_of(here.channel, "there is no such channel"));
    }
  }
  const uint32_t item = state_.next_item_++;
  feel::Value fields = shown(here);
  Effect& sent = effect(Effect::Kind::send, move.node, item);
  sent.work.item = item;
  sent.work.activity = move.node;
  sent.work.channel = channel;
  sent.data = std::move(fields);
  finish(move.node, move.scope, item, false, channel);
  leave(move.node, move.scope);
}

// ---- gateways ----

// What was thrown may have ended the scope that it was thrown in; the thrower then is gone with it.
void Stepper::go_on_if_there(const Move& move) {
  const size_t thrower = find_token(in_hand);
  if (thrower == state_.tokens_.size()) return;
  remove_token(thrower);
  leave(move.node, move.scope);
}

// In an ad-hoc sub-process: offered once more when its own condition says so.
void Stepper::offer_again(uint16_t index, uint16_t scope) {
  if (node(index).again == nothing) return;
  see(scope);
  if (!holds(node(index).again)) return;
  ++state_.scopes_[scope].live;
  parts_.moves.push_back({index, scope, 0});
}

void Stepper::leave_by_conditions(uint16_t index, uint16_t scope) {
  const Node& here = node(index);
  if (level_of(scope).ad_hoc && end_ad_hoc(scope)) return;
  if (here.plain_exit) {
    offer_again(index, scope);
    return push(compiled_.flows[here.out.first], scope);
  }
  if (here.out.count == 0) {
    offer_again(index, scope);
    return consume(scope);
  }
  if (state_.tokens_.size() + parts_.moves.size() - parts_.next > token_limit) {
    return incident(index, scope, 0, Trouble::leaving, "endless",
                    "the case has split into hundreds of strands");
  }
  see(scope);
  uint32_t taken = 0;
  bool condition_held = false;
  for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
    const Flow& flow = compiled_.flows[i];
    if (i == here.default_flow) continue;
    if (flow.condition != nothing) {
      if (!holds(flow.condition)) continue;
      condition_held = true;
    }
    push(flow, scope);
    ++taken;
  }
  if (!condition_held && here.default_flow != nothing) {
    push(compiled_.flows[here.default_flow], scope);
    ++taken;
  }
  if (taken == 0) {
    return incident(index, scope, 0, Trouble::leaving, "no-way-out",
                    reason_of(compiled_.flows[here.out.first].condition,
                              "no way out of it holds and none is the default"));
  }
  state_.scopes_[scope].live += taken - 1;
  offer_again(index, scope);
}

// 13.4.2: the first way whose condition holds, in the file's order.
void Stepper::enter_exclusive(const Move& move) {
  const Node& here = node(move.node);
  if (here.plain_exit) return push(compiled_.flows[here.out.first], move.scope);
  for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
    const Flow& flow = compiled_.flows[i];
    if (i == here.default_flow || !(flow.condition == nothing || holds(flow.condition))) continue;
    return push(flow, move.scope);
  }
  if (here.default_flow != nothing) return push(compiled_.flows[here.default_flow], move.scope);
  incident(move.node, move.scope, move.arrival, Trouble::entering, "no-way-out",
           reason_of(compiled_.flows[here.out.first].condition,
                     "no way out of the gateway holds and none is the default"));
}

// 13.4.1: consumes one token from each incoming flow, gives one to each outgoing flow.
void Stepper::enter_parallel(const Move& move) {
  const Node& here = node(move.node);
  if (here.arrivals > 1) {
    const auto waiting = [&](uint16_t arrival) {
      return std::find_if(state_.tokens_.begin(), state_.tokens_.end(), [&](const Token& t) {
        return t.node == move.node && t.scope == move.scope && t.flow == arrival &&
               t.trouble == Trouble::none;
      });
    };
    bool complete = true;
    for (uint16_t a = 0; a < here.arrivals && complete; ++a) {
      complete = a == move.arrival || waiting(a) != state_.tokens_.end();
    }
    if (!complete) {
      add_token(move.node, move.scope, 0, Status::waiting).flow = move.arrival;
      return;
    }
    for (uint16_t a = 0; a < here.arrivals; ++a) {
      if (a != move.arrival) state_.tokens_.erase(waiting(a));
    }
    state_.scopes_[move.scope].live -= here.arrivals - 1u;
  }
  leave(move.node, move.scope);
}

void Stepper::enter_inclusive(const Move& move) {
  if (node(move.node).arrivals <= 1) return leave(move.node, move.scope);
  add_token(move.node, move.scope, 0, Status::waiting).flow = move.arrival;
}

// Incoming flows of the gateway that hold a token.
uint64_t Stepper::occupied_flows(const Token& at) const {
  uint64_t occupied = 0;
  for (const Token& token : state_.tokens_) {
    if (token.node == at.node && token.scope == at.scope && token.item == 0) {
      occupied |= uint64_t{1} << token.flow;
    }
  }
  return occupied;
}

// Takes one token from each incoming flow that holds any; a second one on the same flow stays.
uint64_t Stepper::take_from_flows(const Token& at) {
  uint64_t taken = 0;
  std::erase_if(state_.tokens_, [&](const Token& token) {
    if (token.node != at.node || token.scope != at.scope || token.item != 0) return false;
    const uint64_t bit = uint64_t{1} << token.flow;
    if ((taken & bit) != 0) return false;
    taken |= bit;
    return true;
  });
  return taken;
}

// 13.4.3: some token elsewhere in the scope can still come by an empty incoming flow, and by none
// that holds a token already. Activities count as standing on their incoming flow; what their
// boundary events lead to counts as their way too.
bool Stepper::is_blocked(const Token& at, uint64_t occupied) const {
  const std::vector<uint64_t>& reach = compiled_.reach[node(at.node).join];
  return std::any_of(state_.tokens_.begin(), state_.tokens_.end(), [&](const Token& other) {
    if (other.scope != at.scope || other.node == at.node) return false;
    if (other.trouble == Trouble::undelivered) return false;
    const uint64_t ways = reach[other.node];
    return (ways & ~occupied) != 0 && (ways & occupied) == 0;
  });
}

// When all else waits: the first join that need not wait any longer fires.
bool Stepper::fire_join() {
  for (size_t i = 0; i < state_.tokens_.size(); ++i) {
    const Token at = state_.tokens_[i];
    if (at.trouble != Trouble::none) continue;
    const Op op = node(at.node).op;
    if (op == Op::inclusive && fire_inclusive(at)) return true;
    if (op == Op::complex && at.item != 0 && reset_complex(i)) return true;
  }
  return false;
}

bool Stepper::fire_inclusive(const Token& at) {
  if (is_blocked(at, occupied_flows(at))) return false;
  const uint64_t taken = take_from_flows(at);
  state_.scopes_[at.scope].live -= static_cast<uint32_t>(__builtin_popcountll(taken)) - 1u;
  leave(at.node, at.scope);
  return true;
}

// 13.4.5. Before it has fired each token that arrives asks whether it fires now; then it waits
// until no further token can come by the flows that had none, and takes those that do come.
void Stepper::enter_complex(const Move& move) {
  const Node& here = node(move.node);
  if (here.arrivals <= 1 && here.condition == nothing) return leave(move.node, move.scope);
  Token& arrived = add_token(move.node, move.scope, 0, Status::waiting);
  arrived.flow = move.arrival;
  const Token at = arrived;
  const bool fired = std::any_of(state_.tokens_.begin(), state_.tokens_.end(), [&](auto& token) {
    return token.node == at.node && token.scope == at.scope && token.item != 0 &&
           token.trouble == Trouble::none;
  });
  if (fired) return;
  uint32_t count = 0;
  for (const Token& token : state_.tokens_) {
    count += token.node == at.node && token.scope == at.scope && token.item == 0 ? 1 : 0;
  }
  const uint16_t slot = compiled_.instance.activation;
  state_.variables_[slot] = feel::Value::integer(count);
  const bool fires = holds(here.condition);
  state_.variables_[slot] = feel::Value();
  if (!fires) return;
  const uint64_t taken = take_from_flows(at);
  Token& marker = add_token(at.node, at.scope, state_.next_item_++, Status::waiting);
  marker.actor = static_cast<Name>(taken);
  state_.scopes_[at.scope].live -= static_cast<uint32_t>(__builtin_popcountll(taken)) - 1u;
  ++state_.scopes_[at.scope].live;  // the marker's own
  leave(at.node, at.scope);
}

bool Stepper::reset_complex(size_t index) {
  const Token marker = state_.tokens_[index];
  if (is_blocked(marker, marker.actor | occupied_flows(marker))) return false;
  const uint64_t late = take_from_flows(marker);
  state_.scopes_[marker.scope].live -= static_cast<uint32_t>(__builtin_popcountll(late));
  remove_token(find_token(marker.item));
  // A second token of a flow belongs to the next time: it arrives again.
  const auto next = std::find_if(state_.tokens_.begin(), state_.tokens_.end(), [&](auto& token) {
    return token.node == marker.node && token.scope == marker.scope && token.item == 0;
  });
  if (next != state_.tokens_.end()) {
    parts_.moves.push_back({marker.node, marker.scope, next->flow});
    state_.tokens_.erase(next);
  }
  consume(marker.scope);
  return true;
}

void Stepper::enter_sub_process(const Move& move) {
  const Node& here = node(move.node);
  if (!plan_timers(here.attached, false)) {
    return incident(move.node, move.scope, move.arrival, Trouble::entering, "no-time",
                    reason_of(failed_, "a timer attached to it has no time to wait for"));
  }
  const uint32_t item = state_.next_item_++;
  add_token(move.node, move.scope, item, Status::waiting);
  if (wants(move.node, Lifecycle::start)) {
    record(move.node, Lifecycle::start, item).data = evaluate(here.record_on_schedule);
  }
  arm_planned(here.attached, false, move.scope, item);
  const Level& level = compiled_.levels[here.inner];
  std::vector<feel::Value> given;  // seen from outside, before the variables inside exist
  for (uint32_t i = 0; i < here.gives.count; ++i) {
    given.push_back(evaluate(compiled_.assignments[here.gives.first + i].expression));
  }
  const uint16_t scope = open_scope(here.inner, move.scope, item);
  for (uint32_t i = 0; i < here.gives.count; ++i) {
    set_local(scope, compiled_.assignments[here.gives.first + i].variable, std::move(given[i]));
  }
  arm_handlers(scope);
  if (!level.ad_hoc) {
    parts_.moves.push_back({level.start, scope, 0});
    return;
  }
  state_.scopes_[scope].live += level.offered.count - 1u;
  for (uint32_t i = 0; i < level.offered.count; ++i) {
    parts_.moves.push_back({compiled_.attached[level.offered.first + i], scope, 0});
  }
}

}  // namespace passerelle::pathway
