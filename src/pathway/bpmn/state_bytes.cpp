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

// Who holds the work; of a complex gateway that has fired: by which flows.
bool has_actor(const Token& token, const Pathway::Compiled& compiled) {
  if (token.status != Token::Status::waiting) return token.status != Token::Status::offered;
  return compiled.nodes[token.node].op == Op::complex && token.item != 0;
}

}  // namespace

// What State keeps private, for saving and checking it.
struct StateBytes {
  static void write(const State& state, const Pathway::Compiled& compiled, StateWriter& out);
  static bool read(State& state, const Pathway::Compiled& compiled, StateReader& in);
  static bool has_more(const State& state) {
    return !state.locals_.empty() || !state.repetitions_.empty() || !state.completed_.empty() ||
           !state.held_.empty();
  }
  static void write_more(const State& state, StateWriter& out);
  static bool read_more(State& state, const Pathway::Compiled& compiled, StateReader& in);
  static bool check_more(const State& state, const Pathway::Compiled& compiled);
  static bool check_instances(const State& state, const Token& host);
  static bool is_taking_back(const State& state, const Pathway::Compiled& compiled,
                             const State::Scope& scope);
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
    out.byte(!scope.alive ? 0 : scope.interrupted ? 3 : 1);
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
    if (has_actor(token, compiled)) out.number(token.actor);
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
    if (compiled.nodes[wait.node].repeats != 0) out.number(wait.left);
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
    if (in.ok && has_actor(token, compiled)) token.actor = in.item(any32);
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
    const uint16_t repeats = in.ok ? compiled.nodes[wait.node].repeats : uint16_t{0};
    if (repeats != 0) wait.left = in.small_number(size_t{repeats} + 1);
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
  return in.ok;
}

// What only some pathways have: local variables, repetitions, what can be taken back, conditions.
void StateBytes::write_more(const State& state, StateWriter& out) {
  out.number(state.locals_.size());
  for (const State::Local& local : state.locals_) {
    out.number(local.scope);
    out.number(local.slot);
    out.value(local.value);
  }
  out.number(state.repetitions_.size());
  for (const State::Repetition& repetition : state.repetitions_) {
    out.number(repetition.host);
    out.number(repetition.total);
    out.number(repetition.started);
    out.number(repetition.completed);
    out.number(repetition.elements.size());
    for (const feel::Value& element : repetition.elements) out.value(element);
    out.number(repetition.results.size());
    for (const auto& [counter, value] : repetition.results) {
      out.number(counter);
      out.value(value);
    }
  }
  out.number(state.completed_.size());
  for (const State::Completed& entry : state.completed_) {
    out.number(entry.node);
    out.number(entry.owner == nothing ? 0 : entry.owner + 1u);
    out.number(entry.scope);
    out.number(entry.taken_back_by);
  }
  out.number(state.held_.size());
  for (const State::Held& held : state.held_) {
    out.number(held.node);
    out.number(held.host);
  }
}

bool StateBytes::read_more(State& state, const Pathway::Compiled& compiled, StateReader& in) {
  constexpr uint64_t most = 100'000;
  const size_t scopes = state.scopes_.size(), nodes = compiled.nodes.size();
  for (size_t i = in.number(most); in.ok && i > 0; --i) {
    State::Local& local = state.locals_.emplace_back();
    local.scope = in.small_number(scopes);
    local.slot = in.small_number(compiled.variable_names.size());
    local.value = in.value();
  }
  for (size_t i = in.number(most); in.ok && i > 0; --i) {
    State::Repetition& repetition = state.repetitions_.emplace_back();
    repetition.host = in.item(state.next_item_);
    repetition.total = in.item(any32);
    repetition.started = in.item(any32);
    repetition.completed = in.item(any32);
    for (size_t n = in.number(most); in.ok && n > 0; --n) {
      repetition.elements.push_back(in.value());
    }
    for (size_t n = in.number(most); in.ok && n > 0; --n) {
      const uint32_t counter = in.item(any32);
      repetition.results.emplace_back(counter, in.value());
    }
  }
  for (size_t i = in.number(most); in.ok && i > 0; --i) {
    State::Completed& entry = state.completed_.emplace_back();
    entry.node = in.small_number(nodes);
    entry.owner = static_cast<uint16_t>(in.small_number(nodes + 1) - 1u);
    entry.scope = in.small_number(scopes);
    entry.taken_back_by = in.item(state.next_item_);
  }
  for (size_t i = in.number(most); in.ok && i > 0; --i) {
    State::Held& held = state.held_.emplace_back();
    held.node = in.small_number(nodes);
    held.host = in.item(state.next_item_);
  }
  return in.ok;
}

// Every scope has each of its local variables once, and no other.
bool StateBytes::check_more(const State& state, const Pathway::Compiled& compiled) {
  for (size_t s = 0; s < state.scopes_.size(); ++s) {
    if (!state.scopes_[s].alive) continue;
    Slice wanted = compiled.levels[state.scopes_[s].level].locals;
    // What is taken back sees the variables of the scope that it was done in, as long as that
    // lives.
    for (size_t up = s; up != 0 && is_taking_back(state, compiled, state.scopes_[s]);) {
      up = state.scopes_[up].parent;
      if (state.scopes_[up].level == state.scopes_[s].level) wanted.count = 0;
    }
    uint32_t found = 0;
    for (const State::Local& local : state.locals_) {
      if (local.scope != s) continue;
      const auto first = compiled.locals.begin() + wanted.first;
      if (std::count(first, first + wanted.count, local.slot) != 1) return false;
      for (const State::Local& other : state.locals_) {
        if (&other != &local && other.scope == s && other.slot == local.slot) return false;
      }
      ++found;
    }
    if (found != wanted.count) return false;
  }
  for (const State::Local& local : state.locals_) {
    if (!state.scopes_[local.scope].alive) return false;
  }
  for (const State::Repetition& repetition : state.repetitions_) {
    const Token* host = find(state, repetition.host);
    if (host == nullptr || compiled.nodes[host->node].op != Op::loop ||
        host->trouble != Token::Trouble::none || repetition.completed > repetition.started) {
      return false;
    }
    const Loop& loop = compiled.loops[compiled.nodes[host->node].loop];
    if (loop.multi && repetition.started > repetition.total) return false;
    if (loop.list != nothing && repetition.elements.size() != repetition.total) return false;
  }
  for (const State::Completed& entry : state.completed_) {
    const bool own = entry.owner == nothing;
    const Node& node = compiled.nodes[entry.node];
    if (node.undo == nothing || !state.scopes_[entry.scope].alive) return false;
    const uint16_t level = own ? node.level : compiled.nodes[entry.owner].level;
    if (level != state.scopes_[entry.scope].level) return false;
    if (entry.taken_back_by == 0) continue;
    const Token* thrower = find(state, entry.taken_back_by);
    if (thrower == nullptr) return false;
    const Op op = compiled.nodes[thrower->node].op;
    if (op != Op::compensate && op != Op::cancel) return false;
  }
  for (const State::Held& held : state.held_) {
    if (compiled.nodes[held.node].trigger != Trigger::condition) return false;
    if (held.host != 0 && find(state, held.host) == nullptr) return false;
  }
  return true;
}

// The scope in which an activity takes something back stands beside what was done, not inside it.
bool StateBytes::is_taking_back(const State& state, const Pathway::Compiled& compiled,
                                const State::Scope& scope) {
  const Token* host = find(state, scope.host);
  if (host == nullptr || host->scope != scope.parent || !scope.interrupted) return false;
  const auto takes_back_there = [&](const Node& node) {
    return node.undo != nothing && compiled.nodes[node.undo].level == scope.level;
  };
  if (std::none_of(compiled.nodes.begin(), compiled.nodes.end(), takes_back_there)) return false;
  const Op op = compiled.nodes[host->node].op;
  return (op == Op::compensate || op == Op::cancel) && host->trouble == Token::Trouble::none &&
         state.scopes_[scope.parent].alive;
}

bool StateBytes::check_instances(const State& state, const Token& host) {
  const auto repetition =
      std::find_if(state.repetitions_.begin(), state.repetitions_.end(),
                   [&](const auto& r) { return r.host == host.item && host.item != 0; });
  if (repetition == state.repetitions_.end()) return false;
  if (std::count_if(state.repetitions_.begin(), state.repetitions_.end(),
                    [&](const auto& r) { return r.host == host.item; }) != 1) {
    return false;
  }
  const auto running = std::count_if(state.scopes_.begin(), state.scopes_.end(), [&](auto& scope) {
    return scope.alive && scope.host == host.item;
  });
  return running > 0 && running == repetition->started - repetition->completed;
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
    size_t up = 0;  // every scope lies in the process in the end
    for (size_t s = i; s != 0 && up <= state.scopes_.size(); s = state.scopes_[s].parent) ++up;
    if (up > state.scopes_.size()) return false;
    if (is_taking_back(state, compiled, scope)) continue;
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
    return node.out.count > 0 || node.op == Op::throw_error;
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
    case Op::condition:
    case Op::event_gateway:
      return !work && token.item != 0;
    case Op::complex:
      if (work || node.arrivals <= 1) return false;
      return token.item != 0 ? token.flow == 0 && (uint64_t{token.actor} >> node.arrivals) == 0
                             : token.flow < node.arrivals;
    case Op::loop:
      return !work && check_instances(state, token);
    case Op::compensate:
    case Op::cancel:
      if (node.op == Op::cancel &&
          (!compiled.levels[scope.level].transaction || is_taking_back(state, compiled, scope))) {
        return false;
      }
      return !work && token.item != 0 &&
             std::count_if(state.scopes_.begin(), state.scopes_.end(),
                           [&](const auto& s) { return s.alive && s.host == token.item; }) == 1;
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
    case Op::throw_signal:
    case Op::throw_error:
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
  if (!check_more(state, compiled)) return false;
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
  const bool more = StateBytes::has_more(*this);
  out.byte((started_ ? 1 : 0) | (ended_ ? 2 : 0) | (more ? 4 : 0));
  StateBytes::write(*this, compiled, out);
  if (more) StateBytes::write_more(*this, out);
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
  if (flags > 7 || (state.ended_ && !state.started_) || !StateBytes::read(state, compiled, in) ||
      !StateBytes::read_variables(state, compiled, in) ||
      ((flags & 4) != 0 && !StateBytes::read_more(state, compiled, in)) || !in.at_end() ||
      !StateBytes::check(state, compiled)) {
    return wrong("is damaged: it is no state of");
  }
  return state;
}

}  // namespace passerelle::pathway
