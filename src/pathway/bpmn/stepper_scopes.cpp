// Scopes, what waits in them, and taking it back.
#include <algorithm>

#include "pathway/bpmn/stepper.h"
#include "pathway/feel/temporal.h"

namespace passerelle::pathway {
namespace {

// Events that somebody outside caused are recorded with who it was.
bool by_actor(Trigger trigger) { return trigger == Trigger::message || trigger == Trigger::error; }

}  // namespace

// ---- tokens ----

Token& Stepper::add_token(uint16_t index, uint16_t scope, uint32_t item, Status status) {
  Token& token = state_.tokens_.emplace_back();
  token.node = index;
  token.scope = scope;
  token.item = item;
  token.status = status;
  return token;
}

size_t Stepper::find_token(uint32_t item) const {
  size_t i = 0;
  while (i < state_.tokens_.size() && (state_.tokens_[i].item != item || item == 0)) ++i;
  return i;
}

Token Stepper::remove_token(size_t index) {
  const Token removed = state_.tokens_[index];
  state_.tokens_.erase(state_.tokens_.begin() + static_cast<std::ptrdiff_t>(index));
  if (compiled_.remembers && removed.item != 0) {
    const auto of_it = [&](const auto& held) { return held.host == removed.item; };
    std::erase_if(state_.held_, of_it);
    std::erase_if(state_.gathered_, of_it);
  }
  return removed;
}

// The token stops here and a person is asked: nothing is lost, nothing goes on by guess. Its place
// in `live` is the caller's.
void Stepper::incident(uint16_t index, uint16_t scope, uint16_t arrival, Trouble trouble,
                       std::string_view cause, std::string_view reason) {
  const uint32_t item = state_.next_item_++;
  Token& token = add_token(index, scope, item, Status::offered);
  token.flow = arrival;
  token.trouble = trouble;
  const feel::Value data = feel::Value::context(
      {{"cause", feel::Value::string(cause)}, {"reason", feel::Value::string(reason)}});
  if (wants(index, Lifecycle::ate_abort)) {
    record(index, Lifecycle::ate_abort, item).data = data;
  }
  OpenWork& work = effect(Effect::Kind::open_work, index, item).work;
  work.item = item;
  work.activity = index;
  work.priority = 1;
  work.incident = true;
  work.role = node(index).trouble_role;
  work.data = data;
}

// ---- scopes ----

uint16_t Stepper::open_scope(uint16_t level, uint16_t parent, uint32_t host) {
  size_t s = 1;
  while (s < state_.scopes_.size() && state_.scopes_[s].alive) ++s;
  if (s == state_.scopes_.size()) state_.scopes_.emplace_back();
  state_.scopes_[s] =
      Scope{.host = host, .live = 1, .level = level, .parent = parent, .alive = true};
  const auto scope = static_cast<uint16_t>(s);
  const Slice locals = compiled_.levels[level].locals;
  for (uint32_t i = 0; i < locals.count; ++i) {
    state_.locals_.push_back({scope, compiled_.locals[locals.first + i], {}});
  }
  return scope;
}

void Stepper::close_scope(uint16_t scope) {
  unsee();
  if (!compiled_.locals.empty()) {
    std::erase_if(state_.locals_, [&](const auto& local) { return local.scope == scope; });
  }
  if (compiled_.undoes) {
    std::erase_if(state_.completed_, [&](const auto& entry) { return entry.scope == scope; });
    for (size_t s = 1; s < state_.scopes_.size(); ++s) {  // what it kept goes with it
      const Scope& inner = state_.scopes_[s];
      if (inner.alive && inner.kept && inner.parent == scope) close_scope(static_cast<uint16_t>(s));
    }
  }
  state_.scopes_[scope].alive = false;
  while (!state_.scopes_.empty() && !state_.scopes_.back().alive) state_.scopes_.pop_back();
}

void Stepper::consume(uint16_t scope) {
  const Level& level = level_of(scope);
  if (--state_.scopes_[scope].live == 0) return complete_scope(scope);
  if (level.ad_hoc) end_ad_hoc(scope);
}

// True when an ad-hoc sub-process is done, and all that was still offered taken back.
bool Stepper::end_ad_hoc(uint16_t scope) {
  const Level& level = level_of(scope);
  if (level.done == nothing || !level.cancel_rest || state_.scopes_[scope].interrupted)
    return false;
  see(scope);
  if (!holds(level.done)) return false;
  withdraw_contents(scope);
  complete_scope(scope);
  return true;
}

// No token is left in the scope: a sub-process goes on behind it, the case ends.
void Stepper::complete_scope(uint16_t scope) {
  if (scope == 0) return end_case();
  const Scope done = state_.scopes_[scope];
  const Level& level = compiled_.levels[done.level];
  if (level.loop) return complete_instance(scope);
  const size_t index = find_token(done.host);
  const Token at = state_.tokens_[index];
  const Node& here = node(at.node);
  if (here.op == Op::compensate || here.op == Op::cancel) {
    withdraw_contents(scope);
    close_scope(scope);
    return take_back_next(at.item);
  }
  const Token host = remove_token(index);
  std::vector<feel::Value> taken;  // seen from inside, while its variables exist
  if (here.takes.count != 0) {
    see(scope);
    for (uint32_t i = 0; i < here.takes.count; ++i) {
      taken.push_back(evaluate(compiled_.assignments[here.takes.first + i].expression));
    }
  }
  see(host.scope);
  for (uint32_t i = 0; i < here.takes.count; ++i) {
    set_variable(compiled_.assignments[here.takes.first + i].variable, std::move(taken[i]));
  }
  finish(host.node, host.scope, host.item, false);
  withdraw_contents(scope);
  const bool kept = compiled_.undoes && hand_up_completed(scope, host);
  cancel_timers(host.item);
  if (!kept) close_scope(scope);
  if (level.event) return consume(host.scope);
  leave(host.node, host.scope);
}

// Starts of event sub-processes that still wait do not keep a case alive.
void Stepper::end_case() {
  const bool empty =
      state_.tokens_.empty() && state_.waits_.empty() && parts_.next == parts_.moves.size();
  if (!empty) withdraw_contents(0);
  unsee();
  state_.scopes_.clear();
  state_.locals_.clear();
  state_.completed_.clear();
  state_.held_.clear();
  state_.gathered_.clear();
  for (const State::Letter& letter : state_.letters_) {  // nobody will receive them any more
    if (wants(letter.node, Lifecycle::withdraw)) {
      record(letter.node, Lifecycle::withdraw, letter.item);
    }
  }
  state_.letters_.clear();
  state_.ended_ = true;
  record_case(Lifecycle::complete);
  effect(Effect::Kind::end_case, 0, 0);
}

// The token is no longer among the tokens; what belongs to it is taken back, from the inside out.
void Stepper::withdraw(const Token& token) {
  const Node& here = node(token.node);
  if (token.status != Status::waiting) {
    if (wants(token.node, Lifecycle::withdraw)) {
      record(token.node, Lifecycle::withdraw, token.item);
    }
    effect(Effect::Kind::close_work, token.node, token.item);
    if (token.trouble != Trouble::none) return;
  }
  if (here.inner != nothing || here.op == Op::compensate || here.op == Op::cancel) {
    withdraw_scopes(token.item);
    if (here.op == Op::loop) {
      end_repetition(token.item);
    } else if (here.inner != nothing && wants(token.node, Lifecycle::withdraw)) {
      record(token.node, Lifecycle::withdraw, token.item);
    }
  }
  for (State::Completed& entry : state_.completed_) {  // nobody takes it back any more
    if (token.item != 0 && entry.taken_back_by == token.item) entry.taken_back_by = 0;
  }
  if (token.item != 0) cancel_timers(token.item);
}

// A sub-process has one scope, a repeated activity one for each instance that is under way.
void Stepper::withdraw_scopes(uint32_t host) {
  for (size_t s = 1; s < state_.scopes_.size(); ++s) {
    if (!state_.scopes_[s].alive || state_.scopes_[s].host != host) continue;
    withdraw_contents(static_cast<uint16_t>(s));
    close_scope(static_cast<uint16_t>(s));
  }
}

void Stepper::withdraw_contents(uint16_t scope) {
  for (;;) {
    const auto token = std::find_if(state_.tokens_.begin(), state_.tokens_.end(),
                                    [&](const Token& t) { return t.scope == scope; });
    if (token == state_.tokens_.end()) break;
    withdraw(remove_token(static_cast<size_t>(token - state_.tokens_.begin())));
  }
  const auto ahead = parts_.moves.begin() + static_cast<std::ptrdiff_t>(parts_.next);
  parts_.moves.erase(std::remove_if(ahead, parts_.moves.end(),
                                    [&](const Move& move) { return move.scope == scope; }),
                     parts_.moves.end());
  std::erase_if(state_.waits_, [&](const Wait& wait) {
    if (wait.scope != scope) return false;
    effect(Effect::Kind::cancel_timer, wait.node, wait.item);
    return true;
  });
  state_.scopes_[scope].live = 0;
}

// ---- event sub-processes and boundary events ----

void Stepper::arm_handlers(uint16_t scope) {
  const Slice handlers = level_of(scope).handlers;
  for (uint32_t i = 0; i < handlers.count; ++i) {
    const uint16_t start = compiled_.attached[handlers.first + i];
    if (node(start).trigger != Trigger::timer || arm_handler(start, scope)) continue;
    ++state_.scopes_[scope].live;
  }
}

// False when its time has no value: an incident stands in the scope instead.
bool Stepper::arm_handler(uint16_t start, uint16_t scope) {
  see(scope);
  const uint16_t timer = node(start).timer;
  if (const std::optional<Instant> at = due(timer)) {
    set_timer(start, scope, 0, state_.next_item_++, *at, node(start).repeats);
    return true;
  }
  incident(start, scope, 0, Trouble::arming, "no-time",
           reason_of(timer, "the event sub-process has no time to wait for"));
  return false;
}

bool Stepper::trigger_handler(uint16_t start, uint16_t scope, uint32_t item) {
  // Of this message only: it lives no longer than the call.
  const feel::Value* content = std::exchange(brought_, nullptr);
  const Node& here = node(start);
  if (here.gathers && !gather(start, state_.scopes_[scope].host)) return false;
  const bool pool = compiled_.levels[here.level].pool;
  if (!pool) finish(start, scope, item, by_actor(here.trigger));
  if (here.interrupting) {
    withdraw_contents(scope);
    state_.scopes_[scope].interrupted = true;
  }
  const uint32_t host = state_.next_item_++;
  add_token(here.host, scope, host, Status::waiting);
  ++state_.scopes_[scope].live;
  if (wants(here.host, Lifecycle::start)) {
    see(scope);
    record(here.host, Lifecycle::start, host).data = evaluate(node(here.host).record_on_schedule);
  }
  const uint16_t inner = open_scope(here.level, scope, host);
  arm_handlers(inner);
  if (pool) {
    see(inner);
    if (here.result != nothing && content != nullptr) set_variable(here.result, *content);
    finish(start, inner, item, by_actor(here.trigger));
  }
  leave(start, inner);
  return true;
}

bool Stepper::trigger_boundary(uint16_t boundary, size_t host, uint32_t item) {
  const Node& here = node(boundary);
  if (here.gathers && !gather(boundary, state_.tokens_[host].item)) return false;
  const uint16_t scope = state_.tokens_[host].scope;
  finish(boundary, scope, item, by_actor(here.trigger));
  if (here.interrupting) {
    withdraw(remove_token(host));
  } else {
    ++state_.scopes_[scope].live;
  }
  leave(boundary, scope);
  return true;
}

// ---- timers ----

// When each timer among the nodes is due, before anything is changed. `targets`: the slice is of
// flows, and the nodes are what they lead to; else of Compiled::attached.
bool Stepper::plan_their_timers(Slice nodes, bool targets) {
  parts_.dues.clear();
  for (uint32_t i = nodes.first; i < nodes.first + nodes.count; ++i) {
    const Node& here = node(targets ? compiled_.flows[i].target : compiled_.attached[i]);
    if (here.trigger != Trigger::timer) continue;
    const std::optional<Instant> at = due(here.timer);
    if (!at) {
      failed_ = here.timer;
      return false;
    }
    parts_.dues.push_back(*at);
  }
  return true;
}

void Stepper::arm_planned(Slice nodes, bool targets, uint16_t scope, uint32_t host) {
  size_t planned = 0;
  for (uint32_t i = nodes.first; i < nodes.first + nodes.count; ++i) {
    const uint16_t index = targets ? compiled_.flows[i].target : compiled_.attached[i];
    if (node(index).trigger != Trigger::timer) continue;
    set_timer(index, scope, host, state_.next_item_++, parts_.dues[planned++],
              node(index).boundary ? node(index).repeats : uint16_t{0});
  }
}

void Stepper::set_timer(uint16_t index, uint16_t scope, uint32_t host, uint32_t item, Instant at,
                        uint16_t left) {
  state_.waits_.push_back(
      {.at = at, .item = item, .host = host, .node = index, .scope = scope, .left = left});
  effect(Effect::Kind::set_timer, index, item).at = at;
}

// A cycle comes again, counted from when it was due: what was late does not shift what follows.
// What has passed meanwhile is left out, so that nobody gets a day's reminders at once.
void Stepper::repeat_timer(const Wait& wait) {
  if (wait.left == 0) return;  // nearly every timer: its expression is not asked again
  see(wait.scope);
  const feel::Value period = evaluate(node(wait.node).timer);
  const Zone& zone = compiled_.organisation.zone;
  Instant at = wait.at;
  for (uint16_t left = wait.left; left != 0; left = left == endless ? left : left - 1) {
    if (const auto millis = period.millis()) {
      // An endless one that stood still for long is found again in one go.
      const Millis behind = stimulus_.at - at;
      const int64_t missed = left == endless && behind > *millis ? behind / *millis : 0;
      at += *millis * std::max<int64_t>(missed, 1);
    } else {
      const feel::Value date = feel::Value::date_time(at, zone);
      at = feel::add_temporal(date, period).instant(zone).value_or(at);
    }
    if (at <= wait.at) return;
    if (at <= stimulus_.at) continue;
    set_timer(wait.node, wait.scope, wait.host, state_.next_item_++, at,
              left == endless ? endless : static_cast<uint16_t>(left - 1));
    return;
  }
}

void Stepper::cancel_timers(uint32_t host) {
  if (host == 0) return;
  std::erase_if(state_.waits_, [&](const Wait& wait) {
    if (wait.host != host) return false;
    effect(Effect::Kind::cancel_timer, wait.node, wait.item);
    return true;
  });
}

}  // namespace passerelle::pathway
