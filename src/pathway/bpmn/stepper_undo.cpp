// Compensation: what was completed is taken back by the activities that are drawn for it, the last
// first (BPMN 2.0.2, 13.5.5), and transactions that are cancelled (13.3.4).
#include <algorithm>

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {
namespace {

// Sub-processes that a case keeps to take them back; of more, the oldest are forgotten.
constexpr size_t kept_limit = 1'000;

}  // namespace

void Stepper::completed(uint16_t index, uint16_t scope) {
  state_.completed_.push_back({.node = index, .scope = scope});
}

// What a sub-process completed can be taken back as long as the scope around it lives: by its own
// handler, by an event sub-process in it, or else one by one. True when the scope is kept, with its
// variables as they are now and with what was completed in it (10.7.3).
bool Stepper::hand_up_completed(uint16_t scope, const Token& host) {
  if (level_of(scope).takes_back != nothing) {
    const auto is_kept = [](const auto& entry) { return entry.kept != 0; };
    auto& all = state_.completed_;
    const auto kept_so_far = static_cast<size_t>(std::count_if(all.begin(), all.end(), is_kept));
    if (kept_so_far >= kept_limit) {
      const auto oldest = std::find_if(all.begin(), all.end(), is_kept);
      const uint16_t forgotten = oldest->kept;
      state_.completed_.erase(oldest);
      close_scope(forgotten);
    }
    Scope& kept = state_.scopes_[scope];
    kept.kept = kept.interrupted = true;
    kept.host = 0;
    state_.completed_.push_back({.node = host.node, .scope = host.scope, .kept = scope});
    return true;
  }
  if (node(host.node).undo != nothing) {
    std::erase_if(state_.completed_, [&](const auto& entry) { return entry.scope == scope; });
    return false;
  }
  for (State::Completed& entry : state_.completed_) {
    if (entry.scope != scope) continue;
    entry.scope = host.scope;
    entry.owner = host.node;
    if (entry.kept != 0) state_.scopes_[entry.kept].parent = host.scope;
  }
  return false;
}

void Stepper::enter_compensate(const Move& move) {
  const uint16_t undone = node(move.node).undone;
  const uint32_t item = state_.next_item_++;
  add_token(move.node, move.scope, item, Status::waiting);
  // Thrown in an event sub-process, it takes back what the scope around it has done.
  uint16_t scope = move.scope;
  while (level_of(scope).event) scope = state_.scopes_[scope].parent;
  for (State::Completed& entry : state_.completed_) {
    if (entry.scope != scope || entry.taken_back_by != 0) continue;
    if (undone != nothing && entry.node != undone && entry.owner != undone) continue;
    entry.taken_back_by = item;
  }
  take_back_next(item);
}

void Stepper::enter_cancel(const Move& move) {
  finish(move.node, move.scope, 0, false);
  withdraw_contents(move.scope);
  state_.scopes_[move.scope].live = 1;
  state_.scopes_[move.scope].interrupted = true;  // nothing starts in it any more
  const uint32_t item = state_.next_item_++;
  add_token(move.node, move.scope, item, Status::waiting);
  for (State::Completed& entry : state_.completed_) {
    if (entry.scope == move.scope) entry.taken_back_by = item;
  }
  take_back_next(item);
}

// One after the other, each in a scope of its own; then the event itself is done.
void Stepper::take_back_next(uint32_t item) {
  auto& entries = state_.completed_;
  const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                 [&](const auto& e) { return e.taken_back_by == item; });
  const size_t at = find_token(item);
  if (last != entries.rend()) {
    const uint16_t handler = node(last->node).undo;
    const uint16_t kept = last->kept;
    entries.erase(std::next(last).base());
    if (kept != 0) {  // its own event sub-process does it, in the scope as it was left
      Scope& again = state_.scopes_[kept];
      again.kept = false;
      again.host = item;
      again.parent = state_.tokens_[at].scope;
      trigger_handler(level_of(kept).takes_back, kept, 0);
      return;
    }
    const uint16_t scope = open_scope(node(handler).level, state_.tokens_[at].scope, item);
    state_.scopes_[scope].interrupted = true;  // no event sub-process of that level starts here
    for (uint16_t s = state_.scopes_[scope].parent;; s = state_.scopes_[s].parent) {
      if (state_.scopes_[s].level == state_.scopes_[scope].level) {  // it sees what was done there
        std::erase_if(state_.locals_, [&](const auto& local) { return local.scope == scope; });
      }
      if (s == 0) break;
    }
    parts_.moves.push_back({handler, scope, 0});
    return;
  }
  if (node(state_.tokens_[at].node).op == Op::compensate) {
    const Token done = remove_token(at);
    finish(done.node, done.scope, done.item, false);
    return leave(done.node, done.scope);
  }
  const size_t host = find_token(state_.scopes_[state_.tokens_[at].scope].host);
  const Slice attached = node(state_.tokens_[host].node).attached;
  for (uint32_t i = 0; i < attached.count; ++i) {
    const uint16_t boundary = compiled_.attached[attached.first + i];
    if (node(boundary).trigger != Trigger::cancel) continue;
    trigger_boundary(boundary, host, 0);
    return;
  }
  CHECK(false, "a transaction that is cancelled has a cancel event at its border");
}

}  // namespace passerelle::pathway
