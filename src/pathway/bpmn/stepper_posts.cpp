// Messages from one process of a case to another, and from one case to another (BPMN 2.0.2, 8.4.2:
// correlation): who waits for the message is found by the flows that are drawn, or by name, and
// among several by a key.
#include <algorithm>

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {
namespace {

constexpr size_t letter_limit = 500;  // that nobody has received yet

}  // namespace

// Each process is a scope beside the others. The case begins in the first; others without a trigger
// begin with it.
void Stepper::begin_pools(uint16_t start, bool waits) {
  state_.scopes_[0].live = static_cast<uint32_t>(compiled_.pools.size());
  for (const uint16_t pool : compiled_.pools) {
    const Node& here = node(pool);
    const uint32_t item = state_.next_item_++;
    add_token(pool, 0, item, Status::waiting);
    if (wants(pool, Lifecycle::start)) record(pool, Lifecycle::start, item);
    const uint16_t scope = open_scope(here.inner, 0, item);
    arm_handlers(scope);
    const bool main = pool == compiled_.main_pool;
    if (main && waits) {  // the message that opens the case is what it waited for
      finish(start, scope, 0, true);
      leave(start, scope);
    } else {
      parts_.moves.push_back({main ? start : compiled_.levels[here.inner].start, scope, 0});
    }
  }
}

void Stepper::announce(uint16_t index, uint32_t item, feel::Value key, feel::Value content) {
  feel::ContextBuilder data;
  data.set("key", std::move(key));
  data.set("content", std::move(content));
  effect(Effect::Kind::announce, index, item).data = data.build();
}

void Stepper::enter_post(const Move& move) {
  const Node& here = node(move.node);
  if (state_.letters_.size() >= letter_limit) {
    return incident(move.node, move.scope, move.arrival, Trouble::entering, "endless",
                    "hundreds of messages wait already, and nobody receives them");
  }
  State::Letter letter{move.node, state_.next_item_++, evaluate(here.key), evaluate(here.show)};
  if (here.receivers.count == 0 && letter.key.is_null()) {
    return incident(move.node, move.scope, move.arrival, Trouble::entering, "no-key",
                    reason_of(here.key, "it has no key by which another case could be found"));
  }
  finish(move.node, move.scope, letter.item, false);
  if (here.receivers.count == 0) {
    announce(move.node, letter.item, std::move(letter.key), std::move(letter.content));
  } else if (!deliver(letter)) {
    state_.letters_.push_back(std::move(letter));
  }
  leave(move.node, move.scope);
}

bool Stepper::has_key(uint16_t catcher, uint16_t scope, const feel::Value& key) {
  if (node(catcher).key == nothing) return true;
  see(scope);
  return !key.is_null() && evaluate(node(catcher).key) == key;
}

// What a message or a signal brings is kept by who has waited; a process that it begins keeps it as
// a variable of its own.
void Stepper::bring(uint16_t catcher, uint16_t scope, const feel::Value& content) {
  const Node& here = node(catcher);
  if (here.op == Op::triggered && compiled_.levels[here.level].pool) {
    brought_ = &content;
    return;
  }
  see(scope);
  if (here.result != nothing) set_variable(here.result, content);
}

// To the first that waits there with that key. `keyed`: who waits without a key is not meant.
bool Stepper::deliver(uint16_t catcher, const feel::Value& key, const feel::Value& content,
                      bool keyed) {
  const Node& here = node(catcher);
  if (keyed && here.key == nothing) return false;
  if (here.op == Op::triggered && !here.boundary) {
    for (uint16_t s = 0; s < state_.scopes_.size(); ++s) {
      if (!starts_in(catcher, s) || is_gathered(catcher, state_.scopes_[s].host)) continue;
      if (!has_key(catcher, s, key)) continue;
      bring(catcher, s, content);
      trigger_handler(catcher, s, 0);
      return true;
    }
    return false;
  }
  for (size_t i = 0; i < state_.tokens_.size(); ++i) {
    const Token token = state_.tokens_[i];
    if (!waits_at(token, catcher) || is_gathered(catcher, token.item)) continue;
    if (!has_key(catcher, token.scope, key)) continue;
    bring(catcher, token.scope, content);
    go_on(catcher, i, false);
    return true;
  }
  return false;
}

bool Stepper::deliver(const State::Letter& letter) {
  const Slice receivers = node(letter.node).receivers;
  for (uint32_t i = 0; i < receivers.count; ++i) {
    if (deliver(compiled_.attached[receivers.first + i], letter.key, letter.content, false)) {
      return true;
    }
  }
  return false;
}

// When all else waits: the first letter for which somebody waits by now.
bool Stepper::fire_letter() {
  for (size_t i = 0; i < state_.letters_.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    State::Letter letter = std::move(state_.letters_[i]);
    state_.letters_.erase(state_.letters_.begin() + at);  // before: it may be what ends the case
    if (deliver(letter)) return true;
    state_.letters_.insert(state_.letters_.begin() + at, std::move(letter));
  }
  return false;
}

// Of another case.
Result<void> Stepper::deliver_post() {
  for (const Catcher& catcher : compiled_.catchers) {
    if (catcher.message != stimulus_.message || stimulus_.message == 0) continue;
    if (!deliver(catcher.node, stimulus_.data["key"], stimulus_.data["content"], true)) continue;
    settle();
    return {};
  }
  return Error{ErrorCode::conflict, "the case does not wait for this message with this key now", "",
               "ask another case"};
}

}  // namespace passerelle::pathway
