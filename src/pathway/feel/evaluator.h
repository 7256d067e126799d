// Runs a Program: recursion over its nodes, locals on a stack of the Evaluation, nothing looked up
// by name, bounded in steps, depth and sizes. Also the meanings that the parser folds constants
// with.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "pathway/feel/built_in.h"
#include "pathway/feel/memo.h"
#include "pathway/feel/program.h"

namespace passerelle::feel {

// Frames of locals; addresses stay while frames above come and go. Also what now() gave last: a
// step asks for it a dozen times.
struct Evaluation::Stack {
  static constexpr size_t chunk_size = 512;
  struct Chunk {
    std::unique_ptr<Value[]> values;
    size_t size = 0, used = 0;
  };
  std::vector<Chunk> chunks;
  size_t current = 0;
  Value* push(size_t count);
  void pop(Value* frame, size_t count);

  Value now, today, hour;
  Instant now_at{};
  const Zone* now_in = nullptr;

  // What was made lately, when it is remembered: contexts, and lists of what the same rules of a
  // table give.
  struct MadeOf {
    const Program* program = nullptr;
    std::vector<Memo> contexts;  // as Program::made_alike
  };
  struct Collected {
    const TableCode* table = nullptr;
    uint64_t rules = 0;
    Value list;
  };
  bool remembers = false;
  std::vector<MadeOf> made;
  std::array<Collected, 64> collected;
  Memo& memo_of(const Program& program, size_t context);
};

[[gnu::noinline]] void tell_the_time(Evaluation& evaluation);

// What now() gives; it stays until another time or zone is asked for.
inline const Value& current_time(Evaluation& evaluation) {
  Evaluation::Stack& memory = *evaluation.stack;
  if (memory.now.is_null() || memory.now_at != evaluation.now || memory.now_in != evaluation.zone)
      [[unlikely]] {
    tell_the_time(evaluation);
  }
  return memory.now;
}

// What date(now()) gives.
inline const Value& current_date(Evaluation& evaluation) {
  current_time(evaluation);
  return evaluation.stack->today;
}

// What now().hour gives.
inline const Value& current_hour(Evaluation& evaluation) {
  current_time(evaluation);
  return evaluation.stack->hour;
}

// What a part of a program depends on, as it is now.
class Operands {
 public:
  std::span<const Memo::Operand> all() const { return {of_.data(), count_}; }

  // False when one is not there, or is no entry in its place.
  bool gather(const Program& program, std::span<const Read> reads, std::span<const Value> slots,
              const Value* frame, Evaluation& evaluation) {
    for (const Read& read : reads) {
      const Value* value = nullptr;
      switch (read.kind) {
        case Read::Kind::slot:
          if (read.of < slots.size()) value = &slots[read.of];
          break;
        case Read::Kind::local:
          value = frame + read.of;
          break;
        case Read::Kind::entry:
          value = entry(program, program.nodes[read.of], slots, frame);
          break;
        case Read::Kind::day:
          if (read.of >= slots.size() || slots[read.of].kind() != Kind::date_time) return false;
          of_[count_++] = Memo::Operand(Value::date(days_of(slots[read.of])));
          continue;
        case Read::Kind::hour:
          value = &current_hour(evaluation);
          break;
        case Read::Kind::today:
          value = &current_date(evaluation);
          break;
      }
      if (value == nullptr) return false;
      of_[count_++] = Memo::Operand(*value);
    }
    return true;
  }

 private:
  static const Value* entry(const Program& program, const Node& path, std::span<const Value> slots,
                            const Value* frame) {
    const Node& owner = program.nodes[path.a];
    if (owner.op == Op::slot && owner.a >= slots.size()) return nullptr;
    const Value& context = owner.op == Op::slot ? slots[owner.a] : frame[owner.a];
    if (!context.is_context()) return nullptr;
    const auto* heap = static_cast<const ContextHeap*>(context.heap());
    const int place = program.places[path.c].find(heap->shape);
    return place < 0 ? nullptr : heap->slots() + place;
  }

  std::array<Memo::Operand, Memo::most_operands> of_;
  size_t count_ = 0;
};

// What a condition says; `unknown` stands for null, and for what is no condition.
enum class Truth : uint8_t { no, yes, unknown };
inline Truth truth_of(const Value& value) {
  if (!value.is_boolean()) return Truth::unknown;
  return value.is_true() ? Truth::yes : Truth::no;
}
inline Value value_of(Truth truth) {
  return truth == Truth::unknown ? Value() : Value::boolean(truth == Truth::yes);
}

class Evaluator {
 public:
  Evaluator(const std::shared_ptr<const Program>& program, std::span<const Value> slots,
            Value* frame, Evaluation& evaluation)
      : program_(*program),
        shared_(program),
        slots_(slots),
        frame_(frame),
        evaluation_(evaluation) {}

  Value eval(NodeId node);
  Evaluation& evaluation() { return evaluation_; }
  const Program& program() const { return program_; }

  // Null, with its reason. Rare: what leads here is laid out apart from what always runs.
  [[gnu::cold]] Value note(std::string_view text);
  // Counts work; false when the limit is reached and everything must come to its end.
  bool spend(uint64_t steps);
  bool list_fits(size_t items);
  bool text_fits(size_t bytes);
  // Calls a function value with positional arguments.
  Value call(const Value& function, std::span<Value> arguments);
  size_t parameters_of(const Value& function) const;

 private:
  friend struct TableRun;
  const Value& operand(NodeId node, Value& scratch);  // without copying what is at hand
  const Value* member_at_hand(const Node& node) const;
  const Value* entry(const Value& context, const Node& node) const;
  [[gnu::cold]] Value stopped(const Node& node);
  NodeId choose(const Node& node);
  Value instance_of(const Node& node);
  Value let_chain(const Node* node);
  Value arithmetic(const Node& node);
  Truth condition(NodeId node);
  Truth compare(const Node& node);
  Truth logic(const Node& node);
  [[gnu::cold]] Truth not_comparable(const Node& node, const Value& a, const Value& b);
  Value date_of(const Node& node);
  Value between(const Node& node);
  Value date_time(const Node& node);
  Value make_list(const Node& node);
  Value make_context(const Node& node);
  Value build_context(const Node& node);
  Value make_range_value(const Node& node);
  Value path(const Node& node);
  Value item_name(const Node& node);
  Value filter(const Node& node);
  Value each(const Node& node);
  Value quantified(const Node& node);
  template <class Body>
  bool iterate(const uint32_t* words, uint32_t count, const Body& body);
  template <class Body>
  bool iterate_span(uint32_t local, const Value& from, const Value& to, const Body& body);
  Value call_built_in(const Node& node);
  Value call_host(const Node& node);
  Value call_function(const Node& node);
  Value call_value(const Node& node);
  Value call_code(const std::shared_ptr<const Program>& program, uint32_t function,
                  std::span<const Value> captured, std::span<Value> arguments, const Value* self);
  friend void remember_answers(const std::shared_ptr<Program>& program);
  bool fit_arguments(const FunctionCode& code, std::span<Value> arguments);
  const Value* known_answer(const FunctionCode& code, const Node& node);
  Value run_body(const std::shared_ptr<const Program>& program, const FunctionCode& code,
                 Value* frame);
  Value call_row(uint32_t row, std::span<Value> arguments, uint32_t given);
  Value make_function(const Node& node);
  Value coerce_node(const Node& node);
  Value coerced(const Node& node, Value value);
  Value test_compare(const Node& node);
  Value test_value(const Node& node);
  Value test_not(const Node& node);
  Value test_any(const Node& node);
  Value table(const Node& node);
  Value decide(const Node& first);
  void tell_decision(const Node& node, size_t before);
  Value read_decision(const Node& node);

  const Program& program_;
  const std::shared_ptr<const Program>& shared_;
  std::span<const Value> slots_;
  Value* frame_;
  Evaluation& evaluation_;
  const Node* here_ = nullptr;
};

// ---- meanings shared with the parser and the built-ins ----

// FEEL's `=`: nothing where the kinds cannot be compared. Whole seconds for times.
std::optional<bool> equal_values(const Value& a, const Value& b);
// FEEL's `<`: nothing where there is no order.
std::optional<int> order_values(const Value& a, const Value& b);
std::optional<bool> in_range(const RangeView& range, const Value& value);
// Null when the bounds do not make a range.
Value make_range_checked(Value low, bool low_closed, Value high, bool high_closed, uint8_t form);
std::optional<Value> member_of(const Value& value, std::string_view name, uint32_t hash);
// Null, with its reason noted.
[[gnu::cold]] Value evaluation_note(Evaluator& evaluator, std::string_view text);
Value negated_constant(const Value& number);

TypeRef common_type(const std::vector<TypeRef>& types);
TypeRef member_type(const TypeRef& type, std::string_view name);
TypeRef result_type(const BuiltIn& function, const std::vector<TypeRef>& arguments);
// A call with constant arguments (words: mask, nodes), computed; nothing when it is null or not
// constant.
std::optional<Value> fold_call(const Program& program, const BuiltIn& function,
                               const std::vector<uint32_t>& words);

}  // namespace passerelle::feel
