// Scopes, what waits in them, and taking it back.
#include <algorithm>

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {

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
  return static_cast<uint16_t>(s);
}

void Stepper::close_scope(uint16_t scope) {
  state_.scopes_[scope].alive = false;
  while (!state_.scopes_.empty() && !state_.scopes_.back().alive) state_.scopes_.pop_back();
}

uint16_t Stepper::scope_of(uint32_t host) const {
  for (size_t s = 1; s < state_.scopes_.size(); ++s) {
    if (state_.scopes_[s].alive && state_.scopes_[s].host == host) {
      return static_cast<uint16_t>(s);
    }
  }
  CHECK(false, "a sub-process without its scope");
}

void Stepper::consume(uint16_t scope) {
  if (--state_.scopes_[scope].live == 0) complete_scope(scope);
}

// No token is left in the scope: a sub-process goes on behind it, the case ends.
void Stepper::complete_scope(uint16_t scope) {
  if (scope == 0) return end_case();
  const Scope done = state_.scopes_[scope];
  const Token host = remove_token(find_token(done.host));
  finish(host.node, host.item, false);
  withdraw_contents(scope);
  cancel_timers(host.item);
  close_scope(scope);
  if (compiled_.levels[done.level].event) return consume(host.scope);
  leave(host.node, host.scope);
}

// Starts of event sub-processes that still wait do not keep a case alive.
void Stepper::end_case() {
  withdraw_contents(0);
  state_.scopes_.clear();
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
  if (here.inner != nothing) {
    const uint16_t scope = scope_of(token.item);
    withdraw_contents(scope);
    close_scope(scope);
    if (wants(token.node, Lifecycle::withdraw)) {
      record(token.node, Lifecycle::withdraw, token.item);
    }
  }
  if (token.item != 0) cancel_timers(token.item);
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
  const uint16_t timer = node(start).timer;
  if (const std::optional<Instant> at = due(timer)) {
    set_timer(start, scope, 0, state_.next_item_++, *at);
    return true;
  }
  incident(start, scope, 0, Trouble::arming, "no-time",
           reason_of(timer, "the event sub-process has no time to wait for"));
  return false;
}

void Stepper::trigger_handler(uint16_t start, uint16_t scope, uint32_t item) {
  const Node& here = node(start);
  finish(start, item, here.trigger == Trigger::message);
  if (here.interrupting) {
    withdraw_contents(scope);
    state_.scopes_[scope].interrupted = true;
  }
  const uint32_t host = state_.next_item_++;
  add_token(here.host, scope, host, Status::waiting);
  ++state_.scopes_[scope].live;
  if (wants(here.host, Lifecycle::start)) {
    record(here.host, Lifecycle::start, host).data = evaluate(node(here.host).record_on_schedule);
  }
  const uint16_t inner = open_scope(here.level, scope, host);
  arm_handlers(inner);
  leave(start, inner);
}

void Stepper::trigger_boundary(uint16_t boundary, size_t host, uint32_t item) {
  const Node& here = node(boundary);
  const uint16_t scope = state_.tokens_[host].scope;
  finish(boundary, item, here.trigger == Trigger::message);
  if (here.interrupting) {
    withdraw(remove_token(host));
  } else {
    ++state_.scopes_[scope].live;
  }
  leave(boundary, scope);
}

// 10.5.3: the innermost scope that catches it; nobody: it was recorded, and the thrower goes on.
bool Stepper::throw_escalation(uint16_t code, uint16_t scope) {
  const auto matches = [&](uint16_t catcher) {
    const Node& here = node(catcher);
    return here.trigger == Trigger::escalation && (here.code == nothing || here.code == code);
  };
  uint16_t from = nothing;  // the level that it comes out of: an event sub-process hears not itself
  for (uint16_t s = scope;; s = state_.scopes_[s].parent) {
    const Level& level = level_of(s);
    const uint32_t handlers = state_.scopes_[s].interrupted ? 0 : level.handlers.count;
    for (uint32_t i = 0; i < handlers; ++i) {
      const uint16_t start = compiled_.attached[level.handlers.first + i];
      if (!matches(start) || node(start).level == from) continue;
      const bool interrupting = node(start).interrupting;
      trigger_handler(start, s, 0);
      return interrupting;
    }
    if (s == 0) return false;
    const Slice attached = node(level.node).attached;
    for (uint32_t i = 0; i < attached.count; ++i) {
      const uint16_t boundary = compiled_.attached[attached.first + i];
      if (!matches(boundary)) continue;
      const bool interrupting = node(boundary).interrupting;
      trigger_boundary(boundary, find_token(state_.scopes_[s].host), 0);
      return interrupting;
    }
    from = state_.scopes_[s].level;
  }
}

// ---- timers ----

// When each timer among the nodes is due, before anything is changed. `targets`: the slice is of
// flows, and the nodes are what they lead to; else of Compiled::attached.
bool Stepper::plan_timers(Slice nodes, bool targets) {
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
    set_timer(index, scope, host, state_.next_item_++, parts_.dues[planned++]);
  }
}

void Stepper::set_timer(uint16_t index, uint16_t scope, uint32_t host, uint32_t item, Instant at) {
  state_.waits_.push_back({.at = at, .item = item, .host = host, .node = index, .scope = scope});
  effect(Effect::Kind::set_timer, index, item).at = at;
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
