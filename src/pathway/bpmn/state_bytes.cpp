// Saved states: variable-length numbers, and values by the pathway's own dictionary of shapes and
// texts, so that a case at rest is a few dozen bytes. load() trusts nothing: what it accepts,
// step() can go on with.
#include <algorithm>

#include "pathway/bpmn/compiled.h"
#include "pathway/step.h"

namespace passerelle::pathway {
namespace {

constexpr char format = 1;

enum Tag : uint8_t {
  tag_null,
  tag_false,
  tag_true,
  tag_integer,               // zigzag
  tag_decimal,               // zigzag mantissa, scale
  tag_word,                  // index
  tag_text,                  // size, bytes
  tag_list,                  // size, values
  tag_shape,                 // index, values
  tag_context,               // size, (key, value)
  tag_variable,              // the same value as an earlier variable
  tag_other,                 // as feel::save writes it
  tag_small_integer = 0x40,  // 0..63
  tag_small_word = 0x80,
  tag_small_shape = 0xC0,
};
constexpr uint64_t small = 64;

uint64_t zigzag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
}
int64_t unzigzag(uint64_t number) {
  return static_cast<int64_t>(number >> 1) ^ -static_cast<int64_t>(number & 1);
}

class Writer {
 public:
  explicit Writer(const Pathway::Compiled& compiled) : compiled_(compiled) {}

  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  void byte(uint64_t value) { bytes += static_cast<char>(value); }

  void value(const feel::Value& value) {
    switch (value.kind()) {
      case feel::Kind::null:
        return byte(tag_null);
      case feel::Kind::boolean:
        return byte(value.is_true() ? tag_true : tag_false);
      case feel::Kind::number:
        return decimal(value);
      case feel::Kind::string:
        return text(value.text());
      case feel::Kind::list:
        byte(tag_list);
        number(value.size());
        for (const feel::Value& item : value.items()) this->value(item);
        return;
      case feel::Kind::context:
        return context(value);
      case feel::Kind::date:
      case feel::Kind::time:
      case feel::Kind::date_time:
      case feel::Kind::days_duration:
      case feel::Kind::months_duration:
      case feel::Kind::range:
      case feel::Kind::function:
        byte(tag_other);
        feel::save(value, bytes);
    }
  }

  std::string bytes;

 private:
  void decimal(const feel::Value& value) {
    if (value.on_heap()) {
      byte(tag_other);
      feel::save(value, bytes);
    } else if (value.scale() != 0) {
      byte(tag_decimal);
      number(zigzag(value.whole()));
      number(value.scale());
    } else if (value.whole() >= 0 && value.whole() < static_cast<int64_t>(small)) {
      byte(tag_small_integer + static_cast<uint64_t>(value.whole()));
    } else {
      byte(tag_integer);
      number(zigzag(value.whole()));
    }
  }

  void text(std::string_view text) {
    const auto word = std::lower_bound(compiled_.words.begin(), compiled_.words.end(), text);
    const auto index = static_cast<uint64_t>(word - compiled_.words.begin());
    if (word == compiled_.words.end() || *word != text) {
      byte(tag_text);
      number(text.size());
      bytes += text;
    } else if (index < small) {
      byte(tag_small_word + index);
    } else {
      byte(tag_word);
      number(index);
    }
  }

  void context(const feel::Value& value) {
    const auto same = [&](const feel::Shape* shape) {
      if (shape->size != value.size()) return false;
      for (size_t i = 0; i < shape->size; ++i) {
        if (shape->keys()[i].text() != value.key(i)) return false;
      }
      return true;
    };
    const auto& shapes = compiled_.shapes;
    const auto found = std::find_if(shapes.begin(), shapes.end(), same);
    const auto index = static_cast<uint64_t>(found - shapes.begin());
    if (found == shapes.end()) {
      byte(tag_context);
      number(value.size());
    } else if (index < small) {
      byte(tag_small_shape + index);
    } else {
      byte(tag_shape);
      number(index);
    }
    for (size_t i = 0; i < value.size(); ++i) {
      if (found == shapes.end()) text(value.key(i));
      this->value(value.at(i));
    }
  }

  const Pathway::Compiled& compiled_;
};

class Reader {
 public:
  Reader(const Pathway::Compiled& compiled, std::string_view bytes,
         const std::vector<feel::Value>& variables)
      : compiled_(compiled), bytes_(bytes), variables_(variables) {}

  bool ok = true;
  bool at_end() const { return bytes_.empty(); }

  // A number below the limit; 0 and not ok otherwise.
  uint64_t number(uint64_t below) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte >= 0x80) continue;
      if (value < below) return value;
      break;
    }
    ok = false;
    return 0;
  }
  uint16_t small_number(size_t below) { return static_cast<uint16_t>(number(below)); }
  uint32_t item(uint64_t below) { return static_cast<uint32_t>(number(below)); }
  int64_t signed_number() { return unzigzag(number(~uint64_t{0})); }
  bool flag() { return number(2) == 1; }

  feel::Value value(unsigned depth = 0) {
    if (depth > feel::max_depth) ok = false;
    const uint64_t tag = byte();
    if (!ok) return {};
    if (tag >= tag_small_shape) return context(tag - tag_small_shape, depth);
    if (tag >= tag_small_word) return word(tag - tag_small_word);
    if (tag >= tag_small_integer) {
      return feel::Value::integer(static_cast<int64_t>(tag - tag_small_integer));
    }
    switch (tag) {
      case tag_null:
        return {};
      case tag_false:
      case tag_true:
        return feel::Value::boolean(tag == tag_true);
      case tag_integer:
        return feel::Value::integer(signed_number());
      case tag_decimal: {
        const int64_t mantissa = signed_number();
        return feel::Value::number(mantissa, static_cast<unsigned>(number(19)));
      }
      case tag_word:
        return word(number(compiled_.words.size()));
      case tag_text:
        return feel::Value::string(text());
      case tag_list:
        return list(depth);
      case tag_shape:
        return context(number(compiled_.shapes.size()), depth);
      case tag_context:
        return context(depth);
      case tag_variable: {
        const uint64_t slot = number(variables_.size());
        return ok ? variables_[slot] : feel::Value();
      }
      case tag_other:
        return other();
    }
    ok = false;
    return {};
  }

 private:
  uint64_t byte() {
    if (bytes_.empty()) {
      ok = false;
      return 0;
    }
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  std::string_view text() {
    const uint64_t size = number(bytes_.size() + 1);
    const std::string_view text = bytes_.substr(0, std::min<size_t>(size, bytes_.size()));
    bytes_.remove_prefix(text.size());
    return text;
  }

  feel::Value word(uint64_t index) {
    ok = ok && index < compiled_.words.size();
    return ok ? feel::Value::string(compiled_.words[index]) : feel::Value();
  }

  feel::Value list(unsigned depth) {
    std::vector<feel::Value> items;
    const uint64_t size = number(bytes_.size() + 1);
    for (uint64_t i = 0; ok && i < size; ++i) items.push_back(value(depth + 1));
    return feel::Value::list(std::move(items));
  }

  feel::Value context(uint64_t shape, unsigned depth) {
    ok = ok && shape < compiled_.shapes.size();
    if (!ok) return {};
    feel::ContextHeap* made = feel::new_context(compiled_.shapes[shape]);
    for (size_t i = 0; i < compiled_.shapes[shape]->size; ++i) {
      made->slots()[i] = ok ? value(depth + 1) : feel::Value();
    }
    return feel::finish(made);
  }

  feel::Value context(unsigned depth) {
    feel::ContextBuilder builder;
    const uint64_t size = number(bytes_.size() + 1);
    for (uint64_t i = 0; ok && i < size; ++i) {
      const feel::Value key = value(feel::max_depth);
      ok = ok && key.is_string();
      if (ok) builder.set(key.text(), value(depth + 1));
    }
    return builder.build();
  }

  feel::Value other() {
    Result<feel::Value> loaded = feel::load(bytes_);
    ok = ok && loaded.ok();
    return loaded ? std::move(*loaded) : feel::Value();
  }

  const Pathway::Compiled& compiled_;
  std::string_view bytes_;
  const std::vector<feel::Value>& variables_;
};

constexpr uint64_t any32 = uint64_t{1} << 32;

}  // namespace

// What State keeps private, for saving and checking it.
struct StateBytes {
  static void write(const State& state, const Pathway::Compiled& compiled, Writer& out);
  static bool read(State& state, const Pathway::Compiled& compiled, Reader& in);
  static bool read_variables(State& state, const Pathway::Compiled& compiled, Reader& in);
  static bool check(State& state, const Pathway::Compiled& compiled);
  static bool check_scopes(const State& state, const Pathway::Compiled& compiled);
  static bool check_token(const State& state, const Pathway::Compiled& compiled,
                          const Token& token);
  static bool check_wait(const State& state, const Pathway::Compiled& compiled,
                         const State::Wait& wait);
  static const Token* find(const State& state, uint32_t item);
};

void StateBytes::write(const State& state, const Pathway::Compiled& compiled, Writer& out) {
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

bool StateBytes::read(State& state, const Pathway::Compiled& compiled, Reader& in) {
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

bool StateBytes::read_variables(State& state, const Pathway::Compiled& compiled, Reader& in) {
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
  Writer out(compiled);
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
  Reader in(compiled, bytes.substr(6), state.variables_);
  if (flags > 3 || (state.ended_ && !state.started_) || !StateBytes::read(state, compiled, in) ||
      !StateBytes::read_variables(state, compiled, in) || !StateBytes::check(state, compiled)) {
    return wrong("is damaged: it is no state of");
  }
  return state;
}

}  // namespace passerelle::pathway
