// Who hears what: messages, signals, errors and escalations that are thrown, conditions that become
// true.
#include <algorithm>

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {

// ---- who waits ----

bool Stepper::starts_in(uint16_t start, uint16_t scope) const {
  const Scope& candidate = state_.scopes_[scope];
  return candidate.alive && !candidate.interrupted &&
         candidate.level == compiled_.levels[node(start).level].parent;
}

bool Stepper::waits_at(const Token& token, uint16_t catcher) const {
  const Node& here = node(catcher);
  if (token.trouble != Trouble::none) return false;
  if (token.node == (here.boundary ? here.host : catcher)) return true;
  if (here.boundary || node(token.node).op != Op::event_gateway) return false;
  const Slice out = node(token.node).out;
  for (uint32_t i = 0; i < out.count; ++i) {
    if (compiled_.flows[out.first + i].target == catcher) return true;
  }
  return false;
}

// Whether something of the case waits at this catcher: its token and scope.
bool Stepper::catches(uint16_t catcher, size_t& token, uint16_t& scope) const {
  const Node& here = node(catcher);
  if (here.op == Op::triggered && !here.boundary) {  // starts an event sub-process
    for (size_t s = 0; s < state_.scopes_.size(); ++s) {
      if (!starts_in(catcher, static_cast<uint16_t>(s))) continue;
      if (is_gathered(catcher, state_.scopes_[s].host)) continue;
      scope = static_cast<uint16_t>(s);
      return true;
    }
    return false;
  }
  for (token = 0; token < state_.tokens_.size(); ++token) {
    if (!waits_at(state_.tokens_[token], catcher)) continue;
    if (is_gathered(catcher, state_.tokens_[token].item)) continue;
    scope = state_.tokens_[token].scope;
    return true;
  }
  return false;
}

// 10.5.1, parallel multiple: each trigger counts once, until the last of them lets the event
// happen.
bool Stepper::is_gathered(uint16_t part, uint32_t host) const {
  if (!node(part).gathers) return false;
  const auto& all = state_.gathered_;
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& each) { return each.node == part && each.host == host; });
}

// A trigger has come. True when it was the last that was waited for: all begins anew.
bool Stepper::gather(uint16_t part, uint32_t host) {
  const Slice together = node(part).together;
  const auto parts = compiled_.attached.begin() + together.first;
  if (!is_gathered(part, host)) state_.gathered_.push_back({part, host});
  const bool all = std::all_of(parts, parts + together.count,
                               [&](uint16_t other) { return is_gathered(other, host); });
  if (!all) return false;
  std::erase_if(state_.gathered_, [&](const auto& each) {
    return each.host == host && node(each.node).together.first == together.first;
  });
  return true;
}

// What the token waited for has happened: at its border, or where it stands.
void Stepper::go_on(uint16_t catcher, size_t token, bool by_actor) {
  if (node(catcher).boundary) {
    trigger_boundary(catcher, token, 0);
    return;
  }
  const Token done = remove_token(token);
  finish(catcher, done.scope, done.item, by_actor);
  cancel_timers(done.item);
  leave(catcher, done.scope);
}

// ---- signals ----

// 10.5.1: everything that waits for it hears it, deepest first; what one hearer takes back, the
// next no longer hears. A signal stays in its case.
void Stepper::broadcast(Name signal, const feel::Value& data) {
  struct Hearer {
    uint16_t catcher, scope;
    uint32_t item;  // of the token that waits, or that hosts the scope
    bool starts;
  };
  std::vector<Hearer> hearers;
  for (const Catcher& catcher : compiled_.signal_catchers) {
    if (catcher.message != signal) continue;
    const Node& here = node(catcher.node);
    if (here.op == Op::triggered && !here.boundary) {
      for (uint16_t s = 0; s < state_.scopes_.size(); ++s) {
        if (starts_in(catcher.node, s) && !is_gathered(catcher.node, state_.scopes_[s].host)) {
          hearers.push_back({catcher.node, s, state_.scopes_[s].host, true});
        }
      }
    } else {
      for (const Token& token : state_.tokens_) {
        if (waits_at(token, catcher.node) && !is_gathered(catcher.node, token.item)) {
          hearers.push_back({catcher.node, token.scope, token.item, false});
        }
      }
    }
  }
  for (const Hearer& hearer : hearers) {
    const size_t token = find_token(hearer.item);
    const bool there = hearer.starts ? is_alive(hearer.scope) &&
                                           state_.scopes_[hearer.scope].host == hearer.item &&
                                           starts_in(hearer.catcher, hearer.scope)
                                     : token < state_.tokens_.size();
    if (!there) continue;
    bring(hearer.catcher, hearer.scope, data);
    if (hearer.starts) {
      trigger_handler(hearer.catcher, hearer.scope, 0);
    } else {
      go_on(hearer.catcher, token, false);
    }
  }
}

void Stepper::enter_throw_signal(const Move& move) {
  finish(move.node, move.scope, 0, false);
  // It may interrupt the very scope that it was thrown in: the thrower then is gone.
  add_token(move.node, move.scope, in_hand, Status::waiting);
  broadcast(node(move.node).message, {});
  if (node(move.node).announces) announce(move.node, state_.next_item_++, {}, {});
  go_on_if_there(move);
}

// ---- errors and escalations ----

// 10.5.1, 10.5.3: the innermost scope that catches it; nobody: it was recorded, no more.
Stepper::Thrown Stepper::throw_up(Trigger trigger, uint16_t code, uint16_t scope) {
  const auto matches = [&](uint16_t catcher) {
    const Node& here = node(catcher);
    return here.trigger == trigger && (here.code == nothing || here.code == code);
  };
  uint16_t from = nothing;  // the level that it comes out of: an event sub-process hears not itself
  for (uint16_t s = scope;; s = state_.scopes_[s].parent) {
    const Level& level = level_of(s);
    const uint32_t handlers = state_.scopes_[s].interrupted ? 0 : level.handlers.count;
    for (uint32_t i = 0; i < handlers; ++i) {
      const uint16_t start = compiled_.attached[level.handlers.first + i];
      if (!matches(start) || node(start).level == from) continue;
      if (is_gathered(start, state_.scopes_[s].host)) continue;
      const bool interrupting = node(start).interrupting;
      return trigger_handler(start, s, 0) && interrupting ? Thrown::interrupted : Thrown::goes_on;
    }
    if (s == 0) return Thrown::unheard;
    const size_t host = find_token(state_.scopes_[s].host);
    const Slice attached = node(state_.tokens_[host].node).attached;
    for (uint32_t i = 0; i < attached.count; ++i) {
      const uint16_t boundary = compiled_.attached[attached.first + i];
      if (!matches(boundary) || is_gathered(boundary, state_.tokens_[host].item)) continue;
      const bool interrupting = node(boundary).interrupting;
      return trigger_boundary(boundary, host, 0) && interrupting ? Thrown::interrupted
                                                                 : Thrown::goes_on;
    }
    from = state_.scopes_[s].level;
  }
}

// ---- conditions ----

// 10.5.1: a condition triggers when it becomes true, not as long as it is.
bool Stepper::becomes_true(uint16_t index, uint16_t scope, uint32_t host) {
  see(scope);
  const bool now = holds(node(index).condition);
  const auto held = std::find_if(state_.held_.begin(), state_.held_.end(),
                                 [&](const auto& h) { return h.node == index && h.host == host; });
  const bool before = held != state_.held_.end();
  if (now && !before) state_.held_.push_back({index, host});
  if (!now && before) state_.held_.erase(held);
  return now && !before;
}

// When all else waits: the first condition that has become true goes on.
bool Stepper::fire_condition() {
  for (const uint16_t index : compiled_.conditions) {
    const Node& here = node(index);
    if (here.op == Op::triggered && !here.boundary) {
      for (uint16_t s = 0; s < state_.scopes_.size(); ++s) {
        if (!starts_in(index, s) || !becomes_true(index, s, state_.scopes_[s].host)) continue;
        trigger_handler(index, s, 0);
        return true;
      }
      continue;
    }
    for (size_t i = 0; i < state_.tokens_.size(); ++i) {
      const Token token = state_.tokens_[i];
      if (!waits_at(token, index)) continue;
      if (here.boundary) {
        if (!becomes_true(index, token.scope, token.item)) continue;
      } else {
        see(token.scope);
        if (!holds(here.condition)) continue;
      }
      go_on(index, i, false);
      return true;
    }
  }
  return false;
}

}  // namespace passerelle::pathway
