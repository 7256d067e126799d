// Saved states: variable-length numbers, and values by the pathway's own dictionary of shapes and
// texts, so that a case at rest is a few dozen bytes. load() trusts nothing: what it accepts,
// step() can go on with.
#include <algorithm>

#include "pathway/bpmn/state_values.h"
#include "pathway/step.h"

namespace passerelle::pathway {
namespace {

constexpr char format = 1;

constexpr uint64_t any32 = uint64_t{1} << 32;

}  // namespace

// What State keeps private, for saving and checking it.
struct StateBytes {
  static void write(const State& state, const Pathway::Compiled& compiled, StateWriter& out);
  static bool read(State& state, const Pathway::Compiled& compiled, StateReader& in);
  static bool read_variables(State& state, const Pathway::Compiled& compiled, StateReader& in);
  static bool check(State& state, const Pathway::Compiled& compiled);
  static bool check_scopes(const State& state, const Pathway::Compiled& compiled);
  static bool check_token(const State& state, const Pathway::Compiled& compiled,
                          const Token& token);
  static bool check_wait(const State& state, const Pathway::Compiled& compiled,
                         const State::Wait& wait);
  static const Token* find(const State& state, uint32_t item);
};

void StateBytes::write(const State& state, const Pathway::Compiled& compiled, StateWriter& out) {
  out.number(state.next_item_);
  out.number(state.scopes_.size());
  for (const State::Scope& scope : state.scopes_) {
    out.byte((scope.alive ? 1 : 0) | (scope.interrupted ? 2 : 0));
    if (!scope.alive) continue;
    out.number(scope.level);
    out.number(scope.parent);
    out.number(scope.host);
  }
  out.number(state.tokens_.size());
  for (const Token& token : state.tokens_) {
    out.number(token.node);
    out.number(token.scope);
    out.number(token.item);
    out.byte(static_cast<uint64_t>(token.status) | (static_cast<uint64_t>(token.trouble) << 2));
    if (token.status == Token::Status::assigned || token.status == Token::Status::started) {
      out.number(token.actor);
    }
    const bool arrives = token.item == 0 || token.trouble != Token::Trouble::none;
    if (arrives) out.number(token.flow);
  }
  out.number(state.waits_.size());
  int64_t before = 0;
  for (const State::Wait& wait : state.waits_) {
    const int64_t at = wait.at.time_since_epoch().count();
    out.number(zigzag(at - before));
    before = at;
    out.number(wait.item);
    out.number(wait.host);
    out.number(wait.node);
    out.number(wait.scope);
  }
  // Only variables that are set: the distance from the last one, and the value.
  size_t next = 0;
  for (size_t slot = 0; slot < state.variables_.size(); ++slot) {
    const feel::Value& value = state.variables_[slot];
    if (value.is_null()) continue;
    out.number(slot - next + 1);
    next = slot + 1;
    size_t earlier = slot;
    for (size_t i = 0; i < slot && value.on_heap() && earlier == slot; ++i) {
      const feel::Value& other = state.variables_[i];
      if (other.on_heap() && other.heap() == value.heap()) earlier = i;
    }
    if (slot == variable_case_start) {
      const auto start = value.instant(compiled.organisation.zone);
      CHECK(start.has_value(), "'case start' is an instant");
      out.number(zigzag(start->time_since_epoch().count()));
    } else if (earlier != slot) {
      out.byte(tag_variable);
      out.number(earlier);
    } else {
      out.value(value);
    }
  }
  out.number(0);
}

bool StateBytes::read(State& state, const Pathway::Compiled& compiled, StateReader& in) {
  state.next_item_ = in.item(any32);
  const size_t scopes = in.number(0xFFFF);
  for (size_t i = 0; in.ok && i < scopes; ++i) {
    State::Scope scope;
    const uint64_t flags = in.number(4);
    scope.alive = (flags & 1) != 0;
    scope.interrupted = (flags & 2) != 0;
    if (scope.alive) {
      scope.level = in.small_number(compiled.levels.size());
      scope.parent = in.small_number(scopes);
      scope.host = in.item(state.next_item_);
    }
    state.scopes_.push_back(scope);
  }
  const size_t tokens = in.number(100'000);
  for (size_t i = 0; in.ok && i < tokens; ++i) {
    Token token;
    token.node = in.small_number(compiled.nodes.size());
    token.scope = in.small_number(scopes);
    token.item = in.item(state.next_item_);
    const uint64_t status = in.number(32);
    token.status = static_cast<Token::Status>(status & 3);
    token.trouble = static_cast<Token::Trouble>(status >> 2);
    in.ok = in.ok && status >> 2 <= static_cast<uint64_t>(Token::Trouble::undelivered);
    if (token.status == Token::Status::assigned || token.status == Token::Status::started) {
      token.actor = in.item(any32);
    }
    const bool arrives = token.item == 0 || token.trouble != Token::Trouble::none;
    if (arrives) token.flow = in.small_number(0xFFFF);
    state.tokens_.push_back(token);
  }
  const size_t waits = in.number(100'000);
  int64_t at = 0;
  for (size_t i = 0; in.ok && i < waits; ++i) {
    State::Wait wait;
    in.ok = in.ok && !__builtin_add_overflow(at, in.signed_number(), &at);
    wait.at = Instant(Millis(at));
    wait.item = in.item(state.next_item_);
    wait.host = in.item(state.next_item_);
    wait.node = in.small_number(compiled.nodes.size());
    wait.scope = in.small_number(scopes);
    state.waits_.push_back(wait);
  }
  return in.ok;
}

bool StateBytes::read_variables(State& state, const Pathway::Compiled& compiled, StateReader& in) {
  constexpr int64_t far = 200'000'000'000'000;  // some 6,000 years around 1970
  size_t slot = 0;
  while (in.ok) {
    const size_t step = in.number(state.variables_.size() + 1);
    if (!in.ok || step == 0) break;
    slot += step - 1;
    if (slot >= state.variables_.size()) return false;
    if (slot == variable_case_start) {
      const int64_t millis = in.signed_number();
      if (millis > far || millis < -far) return false;
      state.variables_[slot] =
          feel::Value::date_time(Instant(Millis(millis)), compiled.organisation.zone);
    } else {
      state.variables_[slot] = in.value();
    }
    ++slot;
  }
  return in.ok && in.at_end();
}

const Token* StateBytes::find(const State& state, uint32_t item) {
  const auto token = std::find_if(state.tokens_.begin(), state.tokens_.end(),
                                  [&](const Token& t) { return t.item == item && item != 0; });
  return token == state.tokens_.end() ? nullptr : &*token;
}

bool StateBytes::check_scopes(const State& state, const Pathway::Compiled& compiled) {
  if (state.scopes_.empty()) return state.tokens_.empty() && state.waits_.empty();
  if (!state.scopes_.back().alive) return false;
  for (size_t i = 0; i < state.scopes_.size(); ++i) {
    const State::Scope& scope = state.scopes_[i];
    if (i == 0 && (!scope.alive || scope.level != 0 || scope.host != 0)) return false;
    if (i == 0 || !scope.alive) continue;
    const Level& level = compiled.levels[scope.level];
    const State::Scope& parent = state.scopes_[scope.parent];
    const Token* host = find(state, scope.host);
    if (scope.level == 0 || !parent.alive || parent.level != level.parent) return false;
    if (host == nullptr || host->node != level.node || host->scope != scope.parent ||
        host->trouble != Token::Trouble::none) {
      return false;
    }
  }
  return true;
}

bool StateBytes::check_token(const State& state, const Pathway::Compiled& compiled,
                             const Token& token) {
  using Status = Token::Status;
  using Trouble = Token::Trouble;
  const Node& node = compiled.nodes[token.node];
  const State::Scope& scope = state.scopes_[token.scope];
  if (!scope.alive) return false;
  if (token.trouble != Trouble::none) {
    if (token.item == 0 || token.status == Status::waiting) return false;
    if (token.trouble == Trouble::undelivered) return node.op == Op::send_task && token.scope == 0;
    if (token.trouble == Trouble::arming) {
      return node.op == Op::triggered && !node.boundary && node.trigger == Trigger::timer &&
             compiled.levels[node.level].parent == scope.level;
    }
    if (node.level != scope.level) return false;
    if (token.trouble == Trouble::entering) {
      return node.op != Op::triggered && token.flow < std::max<uint16_t>(node.arrivals, 1);
    }
    return node.out.count > 0;
  }
  if (node.level != scope.level) return false;
  const bool work = token.status != Status::waiting;
  const auto set = [&] {
    return std::any_of(state.waits_.begin(), state.waits_.end(),
                       [&](const State::Wait& wait) { return wait.item == token.item; });
  };
  switch (node.op) {
    case Op::user_task:
      return work && token.item != 0;
    case Op::timer:
      return !work && token.item != 0 && set();
    case Op::message:
    case Op::event_gateway:
      return !work && token.item != 0;
    case Op::parallel:
    case Op::inclusive:
      return !work && token.item == 0 && token.flow < node.arrivals && node.arrivals > 1;
    case Op::sub_process:
    case Op::triggered:
      return !work && node.inner != nothing &&
             std::count_if(state.scopes_.begin(), state.scopes_.end(), [&](const auto& s) {
               return s.alive && s.host == token.item && token.item != 0;
             }) == 1;
    case Op::pass:
    case Op::end:
    case Op::terminate:
    case Op::throw_escalation:
    case Op::end_escalation:
    case Op::send_task:
    case Op::script_task:
    case Op::decision:
    case Op::exclusive:
      return false;  // nothing waits there
  }
  return false;
}

bool StateBytes::check_wait(const State& state, const Pathway::Compiled& compiled,
                            const State::Wait& wait) {
  const Node& node = compiled.nodes[wait.node];
  const State::Scope& scope = state.scopes_[wait.scope];
  if (!scope.alive || node.trigger != Trigger::timer || wait.item == 0) return false;
  if (wait.host == 0) {
    return node.op == Op::triggered && !node.boundary && !scope.interrupted &&
           compiled.levels[node.level].parent == scope.level;
  }
  const Token* host = find(state, wait.host);
  if (host == nullptr || host->scope != wait.scope || host->trouble != Token::Trouble::none) {
    return false;
  }
  if (node.boundary) return node.host == host->node;
  if (host->node == wait.node) return wait.item == wait.host;
  const Node& gateway = compiled.nodes[host->node];
  if (gateway.op != Op::event_gateway) return false;
  for (uint32_t i = 0; i < gateway.out.count; ++i) {
    if (compiled.flows[gateway.out.first + i].target == wait.node) return true;
  }
  return false;
}

bool StateBytes::check(State& state, const Pathway::Compiled& compiled) {
  if (state.next_item_ == 0 || !check_scopes(state, compiled)) return false;
  if (state.scopes_.empty() != (!state.started_ || state.ended_)) return false;
  std::vector<uint32_t> items;
  for (const Token& token : state.tokens_) {
    if (!check_token(state, compiled, token)) return false;
    ++state.scopes_[token.scope].live;
    if (token.item != 0) items.push_back(token.item);
  }
  for (const State::Scope& scope : state.scopes_) {
    if (scope.alive != (scope.live > 0)) return false;
  }
  for (const State::Wait& wait : state.waits_) {
    if (!check_wait(state, compiled, wait)) return false;
    if (wait.item != wait.host) items.push_back(wait.item);
  }
  std::sort(items.begin(), items.end());
  return std::adjacent_find(items.begin(), items.end()) == items.end();
}

std::string State::save(const Pathway& pathway) const {
  const Pathway::Compiled& compiled = pathway.compiled();
  StateWriter out(compiled);
  out.bytes += format;
  for (int shift = 0; shift < 32; shift += 8) out.byte((compiled.fingerprint >> shift) & 0xFF);
  out.byte((started_ ? 1 : 0) | (ended_ ? 2 : 0));
  StateBytes::write(*this, compiled, out);
  return std::move(out.bytes);
}

Result<State> State::load(const Pathway& pathway, std::string_view bytes) {
  const Pathway::Compiled& compiled = pathway.compiled();
  const auto wrong = [&](std::string_view why) {
    return Error{ErrorCode::invalid,
                 "the saved state of a case " + std::string(why) + " pathway " + compiled.id + " " +
                     compiled.version,
                 "", "load the version of the package with which the case was opened"};
  };
  if (bytes.size() < 6 || bytes[0] != format) return wrong("was not written for");
  uint32_t fingerprint = 0;
  for (int i = 0; i < 4; ++i) {
    fingerprint |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[1 + i])) << (8 * i);
  }
  if (fingerprint != compiled.fingerprint) return wrong("belongs to another version of");
  State state;
  const auto flags = static_cast<unsigned char>(bytes[5]);
  state.started_ = (flags & 1) != 0;
  state.ended_ = (flags & 2) != 0;
  if (state.started_) state.variables_.resize(compiled.variable_names.size());
  StateReader in(compiled, bytes.substr(6), state.variables_);
  if (flags > 3 || (state.ended_ && !state.started_) || !StateBytes::read(state, compiled, in) ||
      !StateBytes::read_variables(state, compiled, in) || !StateBytes::check(state, compiled)) {
    return wrong("is damaged: it is no state of");
  }
  return state;
}

}  // namespace passerelle::pathway
