#include "pathway/migration/carrier.h"

#include <algorithm>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

bool is_undoing(Op op) { return op == Op::compensate || op == Op::cancel; }

}  // namespace

Carrier::Carrier(const Mapping& mapping, const State& state, Instant at)
    : mapping_(mapping),
      from_(mapping.from()),
      to_(mapping.to()),
      old_(state),
      new_(out_.state),
      placed_(state.tokens_.size()) {
  evaluation_.now = at;
  evaluation_.zone = &from_.organisation.zone;
  evaluation_.host = const_cast<Organisation*>(&from_.organisation);
}

Error Carrier::refuse(uint16_t node, const std::string& why) const {
  return {ErrorCode::conflict,
          "what stands at " + Mapping::label(from_, node) + " has no place in version " +
              to_.version + ": " + why,
          from_.activities[node].id,
          "name its place under `elements` of migration.yaml, or let the case end on version " +
              from_.version};
}

Result<Carried> Carrier::run() {
  if (!old_.started_ || old_.ended_) {
    return Error{ErrorCode::conflict, "the case is not under way", "", "there is nothing to move"};
  }
  new_.started_ = true;
  new_.next_item_ = old_.next_item_;
  new_.scopes_.resize(old_.scopes_.size());
  for (size_t i = 0; i < old_.tokens_.size(); ++i) {
    if (!hosts_scope(old_.tokens_[i])) TRY_VOID(place(i));
  }
  write_tokens();
  keep_scopes();
  carry_waits();
  TRY_VOID(carry_variables());
  TRY_VOID(carry_locals());
  carry_repetitions();
  TRY_VOID(carry_completed());
  carry_held();
  TRY_VOID(carry_gathered());
  TRY_VOID(carry_letters());
  set_new_timers();
  while (!new_.scopes_.back().alive) new_.scopes_.pop_back();
  return std::move(out_);
}

// ---- tokens and scopes ----

const Token* Carrier::token_of(uint32_t item) const {
  for (const Token& token : old_.tokens_) {
    if (token.item == item && item != 0) return &token;
  }
  return nullptr;
}

bool Carrier::hosts_scope(const Token& token) const {
  return token.item != 0 && std::any_of(old_.scopes_.begin(), old_.scopes_.end(),
                                        [&](auto& s) { return s.alive && s.host == token.item; });
}

// What an activity takes back stands beside what was done, in a scope of the event that asks.
bool Carrier::takes_back(uint16_t scope) const {
  const Token* host = token_of(old_.scopes_[scope].host);
  return host != nullptr && is_undoing(from_.nodes[host->node].op);
}

Result<void> Carrier::place(size_t index) {
  const Token& token = old_.tokens_[index];
  Token placed = token;
  uint16_t level = 0;
  if (token.trouble != Trouble::none) {
    TRY_VOID(place_incident(token, placed, level));
  } else {
    TRY_VOID(place_waiting(token, placed, level));
  }
  TRY(placed.scope, scope_for(token.scope, level, token.node));
  placed_[index] = placed;
  return {};
}

Result<void> Carrier::place_waiting(const Token& token, Token& placed, uint16_t& level) const {
  const uint16_t found = mapping_.standing(token.node);
  // Where it stands inside which scopes is looked at scope by scope.
  if (std::string why = mapping_.refusal(token.node); !why.empty()) return refuse(token.node, why);
  const Node& node = to_.nodes[found];
  placed.node = found;
  level = node.level;
  const bool fired = node.op == Op::complex && token.item != 0;
  if (fired) placed.actor = 0;
  for (uint16_t flow = 0; fired && flow < from_.nodes[token.node].arrivals; ++flow) {
    const auto arrival = mapping_.arrival(token.node, flow);
    if ((token.actor >> flow & 1) != 0 && arrival) placed.actor |= Name{1} << *arrival;
  }
  if (token.item != 0 || !is_join(node)) return {};
  const auto arrival = mapping_.arrival(token.node, token.flow);
  if (!arrival) return refuse(token.node, "the flow by which it came is gone");
  placed.flow = *arrival;
  return {};
}

// An incident tries again where it stands; what cannot be tried there is no place for it.
Result<void> Carrier::place_incident(const Token& token, Token& placed, uint16_t& level) const {
  const uint16_t found = mapping_.node(token.node);
  if (found == nothing) return refuse(token.node, "nothing has its id");
  const Node& node = to_.nodes[found];
  placed.node = found;
  level = node.level;
  bool fits = node.op != Op::triggered;
  switch (token.trouble) {
    case Trouble::none:
    case Trouble::entering:
      placed.flow = 0;
      if (node.arrivals > 1) {
        const auto arrival = mapping_.arrival(token.node, token.flow);
        if (!arrival && is_join(node))
          return refuse(token.node, "the flow by which it came is gone");
        placed.flow = arrival.value_or(0);
      }
      break;
    case Trouble::leaving:
      fits = fits && (node.out.count > 0 || node.op == Op::throw_error);
      break;
    case Trouble::arming:
      fits = node.op == Op::triggered && !node.boundary && node.trigger == Trigger::timer;
      level = to_.levels[node.level].parent;
      break;
    case Trouble::undelivered:
      fits = node.op == Op::send_task || node.op == Op::post;
      level = 0;
      break;
  }
  if (!fits) return refuse(token.node, "the problem that it waits with cannot be seen to there");
  return {};
}

// The scope of a level for what stands in a scope of the earlier version: the innermost that goes
// on around it, and what now lies between.
Result<uint16_t> Carrier::scope_for(uint16_t scope, uint16_t level, uint16_t node) {
  for (uint16_t around = scope;; around = old_.scopes_[around].parent) {
    const Scope& left = old_.scopes_[around];
    const Mapping::Climb step = mapping_.climb(left.level, level);
    if (step == Mapping::Climb::anchored) {
      TRY(const uint16_t anchor, image(around, node));
      return open(anchor, level);
    }
    if (step == Mapping::Climb::refused || left.interrupted || takes_back(around)) {
      return refuse(node, left.interrupted || takes_back(around)
                              ? "what lies around it is being taken back"
                              : mapping_.refusal(left.level, level));
    }
  }
}

// The scope itself, in the new version; with all that lies around it, and its token.
Result<uint16_t> Carrier::image(uint16_t scope, uint16_t node) {
  Scope& made = new_.scopes_[scope];
  if (made.alive) return scope;
  const Scope& was = old_.scopes_[scope];
  if (scope != 0) {
    const auto host = std::find_if(old_.tokens_.begin(), old_.tokens_.end(),
                                   [&](const Token& t) { return t.item == was.host; });
    CHECK(host != old_.tokens_.end(), "a scope has its token");
    const uint16_t found = mapping_.node(host->node);
    if (found == nothing || to_.nodes[found].op != from_.nodes[host->node].op) {
      return refuse(node, "what lies around it is gone");
    }
    TRY(const uint16_t parent, scope_for(host->scope, to_.nodes[found].level, host->node));
    Token placed = *host;
    placed.node = found;
    placed.scope = parent;
    placed_[static_cast<size_t>(host - old_.tokens_.begin())] = placed;
    new_.scopes_[scope].parent = parent;
  }
  Scope& image = new_.scopes_[scope];  // others may have been opened meanwhile
  image.host = was.host;
  image.level = mapping_.level(was.level);
  image.interrupted = was.interrupted;
  image.alive = true;
  return scope;
}

Result<uint16_t> Carrier::open(uint16_t anchor, uint16_t level) {
  if (new_.scopes_[anchor].level == level) return anchor;
  TRY(const uint16_t parent, open(anchor, to_.levels[level].parent));
  const auto known = opened_.find({parent, level});
  if (known != opened_.end()) return known->second;
  const uint16_t host = to_.levels[level].node;
  if (!mapping_.can_be_opened(level) || new_.scopes_[parent].interrupted) {
    return Error{ErrorCode::conflict,
                 "what the case does would have to begin inside " + Mapping::label(to_, host) +
                     ", and how far that has come is not known",
                 to_.activities[host].id, "let the case end on version " + from_.version};
  }
  const auto scope = static_cast<uint16_t>(new_.scopes_.size());
  const uint32_t item = new_.next_item_++;
  new_.scopes_.push_back({.host = item, .level = level, .parent = parent, .alive = true});
  out_.settling.opened.push_back({scope, item});
  opened_[{parent, level}] = scope;
  return scope;
}

// In the order in which they stood: what can go on at the same time goes on in that order.
void Carrier::write_tokens() {
  for (const std::optional<Token>& token : placed_) {
    if (token) new_.tokens_.push_back(*token);
  }
  for (const Settling::Opened& opened : out_.settling.opened) {
    const Scope& scope = new_.scopes_[opened.scope];
    Token host;
    host.node = to_.levels[scope.level].node;
    host.scope = scope.parent;
    host.item = opened.host;
    new_.tokens_.push_back(host);
  }
  for (Scope& scope : new_.scopes_) scope.live = 0;
  for (const Token& token : new_.tokens_) ++new_.scopes_[token.scope].live;
}

// ---- timers ----

// Their due dates stay, whatever the expression says now.
void Carrier::carry_waits() {
  for (const State::Wait& wait : old_.waits_) carry_wait(wait);
}

void Carrier::carry_wait(const State::Wait& wait) {
  State::Wait kept = wait;
  if (wait.host == 0) {
    kept.node = mapping_.timer(wait.node, nothing);
    const Scope& scope = new_.scopes_[wait.scope];
    const bool there = kept.node != nothing && scope.alive &&
                       to_.levels[to_.nodes[kept.node].level].parent == scope.level;
    if (!there) kept.node = nothing;
  } else {
    const auto host = std::find_if(new_.tokens_.begin(), new_.tokens_.end(),
                                   [&](const Token& t) { return t.item == wait.host; });
    const bool there = host != new_.tokens_.end() && host->trouble == Trouble::none;
    kept.node = there ? mapping_.timer(wait.node, host->node) : nothing;
    if (kept.node != nothing) {
      kept.scope = host->scope;
      // A timer in the flow has its token's number.
      if (kept.node == host->node) host->item = kept.host = kept.item;
    }
  }
  if (kept.node == nothing) {
    out_.settling.lost.push_back(wait.item);
    return;
  }
  const uint16_t repeats = to_.nodes[kept.node].repeats;
  const uint16_t before = from_.nodes[wait.node].repeats;
  if (to_.nodes[kept.node].op != Op::triggered) {
    kept.left = 0;  // only what is attached, or starts something, comes again
  } else if (repeats == endless || before == endless) {
    kept.left = repeats;
  } else {
    kept.left = std::min(wait.left, repeats);
  }
  new_.waits_.push_back(kept);
}

bool Carrier::is_set(uint16_t timer, uint32_t host, uint16_t scope) const {
  return std::any_of(new_.waits_.begin(), new_.waits_.end(), [&](const State::Wait& wait) {
    return wait.node == timer && wait.host == host && wait.scope == scope;
  });
}

// The earlier version had it too, at the same place: where it is not set any more, it has gone off.
bool Carrier::had_boundary(uint16_t timer, uint16_t earlier_host, uint16_t host) const {
  for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
    if (from_.nodes[index].host == earlier_host && mapping_.timer(index, host) == timer)
      return true;
  }
  return false;
}

bool Carrier::had_start(uint16_t start, uint16_t level) const {
  for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
    if (mapping_.timer(index, nothing) != start) continue;
    const uint16_t around = from_.levels[from_.nodes[index].level].parent;
    if (around != nothing && mapping_.level(around) == level) return true;
  }
  return false;
}

// What the earlier version did not wait for counts from now.
void Carrier::set_new_timers() {
  auto& timers = out_.settling.timers;
  for (const Token& token : new_.tokens_) {
    const Node& node = to_.nodes[token.node];
    if (token.trouble != Trouble::none || token.item == 0) continue;
    const auto set = [&](uint16_t timer) {
      if (to_.nodes[timer].trigger == Trigger::timer && !is_set(timer, token.item, token.scope)) {
        timers.push_back({timer, token.scope, token.item});
      }
    };
    if (node.op == Op::timer) set(token.node);
    for (uint32_t i = 0; i < node.out.count && node.op == Op::event_gateway; ++i) {
      set(to_.flows[node.out.first + i].target);
    }
    const Token* was = token_of(token.item);
    for (uint32_t i = 0; i < node.attached.count; ++i) {
      const uint16_t boundary = to_.attached[node.attached.first + i];
      if (was == nullptr || !had_boundary(boundary, was->node, token.node)) set(boundary);
    }
  }
  for (uint16_t s = 0; s < new_.scopes_.size(); ++s) {
    const Scope& scope = new_.scopes_[s];
    if (!scope.alive || scope.interrupted) continue;
    const bool is_new = s >= old_.scopes_.size();
    const Slice handlers = to_.levels[scope.level].handlers;
    for (uint32_t i = 0; i < handlers.count; ++i) {
      const uint16_t start = to_.attached[handlers.first + i];
      if (to_.nodes[start].trigger != Trigger::timer || is_set(start, 0, s)) continue;
      if (is_new || !had_start(start, scope.level)) timers.push_back({start, s, 0});
    }
  }
}

// ---- values ----

// The variables as what stands in a scope of the earlier version sees them.
std::vector<feel::Value> Carrier::seen(uint16_t scope) const {
  std::vector<feel::Value> out = old_.variables_;
  std::vector<uint16_t> path;
  for (uint16_t s = scope; s != 0; s = old_.scopes_[s].parent) path.push_back(s);
  for (auto s = path.rbegin(); s != path.rend(); ++s) {
    for (const State::Local& local : old_.locals_) {
      if (local.scope == *s) out[local.slot] = local.value;
    }
  }
  return out;
}

Result<feel::Value> Carrier::computed(uint16_t slot, uint16_t scope) {
  const feel::Expression* expression = mapping_.value(slot);
  evaluation_.clear();
  feel::Value value = expression->evaluate(seen(scope), evaluation_);
  if (evaluation_.notes.empty()) return value;
  return Error{ErrorCode::conflict,
               "the value of " + quoted(to_.variable_names[slot]) +
                   " cannot be computed: " + evaluation_.notes.front().text,
               "", "correct its expression under `variables` of migration.yaml"};
}

Result<void> Carrier::carry_variables() {
  new_.variables_.assign(to_.variable_names.size(), feel::Value());
  for (uint16_t slot = 0; slot < old_.variables_.size(); ++slot) {
    const uint16_t ours = mapping_.variable(slot);
    const feel::Value& value = old_.variables_[slot];
    if (ours == nothing || value.is_null()) continue;
    if (!mapping_.type_change(slot).empty()) {
      return Error{ErrorCode::conflict,
                   "its variable " + quoted(from_.variable_names[slot]) +
                       " has a value that version " + to_.version +
                       " takes for another: " + mapping_.type_change(slot),
                   "", "give it a value under `variables` of migration.yaml"};
    }
    new_.variables_[ours] = value;
  }
  for (uint16_t slot = variable_case_start + 1; slot < new_.variables_.size(); ++slot) {
    if (mapping_.value(slot) == nullptr) continue;
    TRY(new_.variables_[slot], computed(slot, 0));
  }
  return {};
}

// Every scope has the variables of its level, in the order in which it had them.
Result<void> Carrier::carry_locals() {
  const auto had_own = [&](uint16_t scope) {
    return std::any_of(old_.locals_.begin(), old_.locals_.end(),
                       [&](const State::Local& local) { return local.scope == scope; });
  };
  const auto is_wanted = [&](uint16_t scope, uint16_t slot) {
    const Scope& image = new_.scopes_[scope];
    const Slice locals = to_.levels[image.level].locals;
    const auto first = to_.locals.begin() + locals.first;
    if (std::count(first, first + locals.count, slot) == 0) return false;
    // What is taken back sees the variables of the scope that it was done in.
    const bool own = scope >= old_.scopes_.size() || !takes_back(scope) || had_own(scope);
    for (uint16_t up = scope; !own && up != 0;) {
      up = new_.scopes_[up].parent;
      if (new_.scopes_[up].level == image.level) return false;
    }
    return true;
  };
  const auto has = [&](uint16_t scope, uint16_t slot) {
    return std::any_of(new_.locals_.begin(), new_.locals_.end(), [&](const State::Local& local) {
      return local.scope == scope && local.slot == slot;
    });
  };
  for (const State::Local& local : old_.locals_) {
    const uint16_t slot = mapping_.variable(local.slot);
    if (slot == nothing || !new_.scopes_[local.scope].alive || !is_wanted(local.scope, slot)) {
      continue;
    }
    new_.locals_.push_back({local.scope, slot, local.value});
    if (mapping_.value(slot) == nullptr) continue;
    TRY(new_.locals_.back().value, computed(slot, local.scope));
  }
  for (uint16_t s = 0; s < new_.scopes_.size(); ++s) {
    if (!new_.scopes_[s].alive) continue;
    const Slice locals = to_.levels[new_.scopes_[s].level].locals;
    for (uint32_t i = 0; i < locals.count; ++i) {
      const uint16_t slot = to_.locals[locals.first + i];
      if (has(s, slot) || !is_wanted(s, slot)) continue;
      State::Local& local = new_.locals_.emplace_back();
      local.scope = s;
      local.slot = slot;
      if (mapping_.value(slot) == nullptr || s >= old_.scopes_.size()) continue;
      TRY(local.value, computed(slot, s));
    }
  }
  return {};
}

void Carrier::carry_repetitions() {
  for (const State::Repetition& repetition : old_.repetitions_) {
    const bool goes_on =
        std::any_of(new_.tokens_.begin(), new_.tokens_.end(),
                    [&](const Token& token) { return token.item == repetition.host; });
    if (goes_on) new_.repetitions_.push_back(repetition);
  }
}

// ---- what was done ----

bool Carrier::can_be_taken_back(const State::Completed& entry) const {
  const uint16_t found = mapping_.node(entry.node);
  if (found == nothing) return false;
  if (entry.kept == 0) return to_.nodes[found].undo != nothing;
  const uint16_t level = mapping_.level(old_.scopes_[entry.kept].level);
  return level != nothing && to_.levels[level].takes_back != nothing;
}

// Scopes without tokens, which only wait to be taken back: the outer ones were completed last.
void Carrier::keep_scopes() {
  for (auto entry = old_.completed_.rbegin(); entry != old_.completed_.rend(); ++entry) {
    if (entry->kept == 0 || !can_be_taken_back(*entry)) continue;
    uint16_t around = entry->scope;
    while (!new_.scopes_[around].alive) around = old_.scopes_[around].parent;
    Scope& kept = new_.scopes_[entry->kept];
    kept.level = mapping_.level(old_.scopes_[entry->kept].level);
    kept.parent = around;
    kept.alive = kept.interrupted = kept.kept = true;
  }
}

Result<void> Carrier::carry_completed() {
  for (const State::Completed& entry : old_.completed_) {
    const bool can_be = can_be_taken_back(entry);
    if (!can_be && entry.taken_back_by == 0) continue;  // told by the plan
    if (!can_be) return refuse(entry.node, "it is being taken back");
    TRY(State::Completed kept, carry_completed(entry));
    if (kept.kept != 0) new_.scopes_[kept.kept].parent = kept.scope;
    new_.completed_.push_back(kept);
  }
  return {};
}

// It belongs to the scope in which it was done, or to what was that and has been completed.
Result<State::Completed> Carrier::carry_completed(const State::Completed& entry) {
  State::Completed kept = entry;
  kept.node = mapping_.node(entry.node);
  kept.owner = nothing;
  while (!new_.scopes_[kept.scope].alive) kept.scope = old_.scopes_[kept.scope].parent;
  for (uint16_t level = to_.nodes[kept.node].level;;) {
    if (new_.scopes_[kept.scope].level == level) return kept;
    const auto beside = opened_.find({kept.scope, level});
    if (beside != opened_.end() && kept.owner == nothing) {
      kept.scope = beside->second;
      return kept;
    }
    if (level == 0) return refuse(entry.node, "what it did could no longer be taken back");
    kept.owner = to_.levels[level].node;
    level = to_.nodes[kept.owner].level;
  }
}

// Conditions that were true when they were last looked at.
void Carrier::carry_held() {
  for (const State::Held& held : old_.held_) {
    const uint16_t found = mapping_.node(held.node);
    const bool goes_on =
        found != nothing && to_.nodes[found].trigger == from_.nodes[held.node].trigger &&
        to_.nodes[found].gathers == from_.nodes[held.node].gathers &&
        (held.host == 0 || std::any_of(new_.tokens_.begin(), new_.tokens_.end(),
                                       [&](auto& token) { return token.item == held.host; }));
    if (goes_on) new_.held_.push_back({found, held.host});
  }
}

// Triggers that have come of an event that waits for several together.
Result<void> Carrier::carry_gathered() {
  for (const State::Held& held : old_.gathered_) {
    const uint16_t found = mapping_.node(held.node);
    if (found == nothing) continue;
    const Node &here = to_.nodes[found], &before = from_.nodes[held.node];
    if (here.trigger != before.trigger || here.together.count != before.together.count ||
        to_.activities[found].message != from_.activities[held.node].message) {
      return refuse(
          held.node,
          "some of what it waits for together has come, and it waits for other things now");
    }
    const auto host = std::find_if(new_.tokens_.begin(), new_.tokens_.end(),
                                   [&](const Token& token) { return token.item == held.host; });
    const bool there =
        host == new_.tokens_.end() ? held.host == 0 : !here.boundary || host->node == here.host;
    if (there) new_.gathered_.push_back({found, held.host});
  }
  return {};
}

// Messages between its processes that nobody has received yet.
Result<void> Carrier::carry_letters() {
  for (const State::Letter& letter : old_.letters_) {
    const uint16_t found = mapping_.node(letter.node);
    if (found == nothing || to_.nodes[found].receivers.count == 0) {
      return refuse(letter.node, "its message waits to be received, and nobody would receive it");
    }
    new_.letters_.push_back({found, letter.item, letter.key, letter.content});
  }
  return {};
}

// ---- what stands together ----

std::vector<ScopeTokens> Carrier::scopes(const State& state, const Pathway::Compiled& of) {
  std::vector<ScopeTokens> out;
  for (uint16_t s = 0; s < state.scopes_.size(); ++s) {
    const Scope& scope = state.scopes_[s];
    if (!scope.alive || scope.kept) continue;
    const auto host = std::find_if(state.tokens_.begin(), state.tokens_.end(), [&](auto& token) {
      return token.item == scope.host && token.item != 0;
    });
    if (host != state.tokens_.end() && is_undoing(of.nodes[host->node].op)) continue;
    ScopeTokens& found = out.emplace_back();
    found.level = scope.level;
    for (const Token& token : state.tokens_) {
      if (token.scope != s || token.trouble == Trouble::undelivered ||
          token.trouble == Trouble::arming) {
        continue;
      }
      const Node& node = of.nodes[token.node];
      Standing& standing = found.tokens.emplace_back();
      standing.node = token.node;
      if (token.trouble != Trouble::none) {
        standing.how = Standing::How::stopped;
      } else if (node.op == Op::complex && token.item != 0) {
        standing.how = Standing::How::fired;
        standing.sub = token.actor;
      } else if (is_join(node)) {
        standing.sub = token.flow;
      }
    }
    std::sort(found.tokens.begin(), found.tokens.end());
  }
  return out;
}

}  // namespace passerelle::pathway
