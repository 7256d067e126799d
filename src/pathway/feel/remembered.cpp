#include "pathway/feel/remembered.h"

#include <algorithm>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/program.h"

namespace passerelle::feel {

// Finds what an expression reads; false when it depends on more.
class Remembered::Reader {
 public:
  explicit Reader(const Program& program) : program_(program) {}

  bool read(NodeId id) {
    const Node& node = program_.nodes[id];
    switch (node.op) {
      case Op::constant:
        return true;
      case Op::slot:
        return add({Operand::Kind::slot, node.a});
      case Op::path:
        if (program_.nodes[node.a].op == Op::slot) return add({Operand::Kind::entry, id});
        return read(node.a);
      case Op::hour:
        return add({Operand::Kind::hour, 0});
      case Op::today:
        return add({Operand::Kind::today, 0});
      case Op::date_of:
        if (program_.nodes[node.a].op == Op::slot)
          return add({Operand::Kind::day, program_.nodes[node.a].a});
        return read(node.a);
      case Op::negate:
        return read(node.a);
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
      case Op::power:
      case Op::equal:
      case Op::unequal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal:
      case Op::both:
      case Op::either:
      case Op::date_time:
        return read(node.a) && read(node.b);
      case Op::between:
      case Op::choose:
        return read(node.a) && read(node.b) && read(node.c);
      case Op::call_built_in:
        return read_call(node);
      default:
        return false;
    }
  }

  std::vector<Operand> operands;

 private:
  bool add(const Operand& operand) {
    if (std::find(operands.begin(), operands.end(), operand) == operands.end())
      operands.push_back(operand);
    return operands.size() <= most_operands;
  }
  // What may be computed beforehand of constants asks neither the clock nor the evaluation.
  bool read_call(const Node& node) {
    if (!built_ins()[node.a].foldable) return false;
    const uint32_t* words = program_.extra.data() + node.b + 1;
    return std::all_of(words, words + node.c, [this](NodeId argument) { return read(argument); });
  }

  const Program& program_;
};

Remembered::Remembered(const Expression& expression) {
  if (expression.program_ == nullptr) return;
  Reader reader(*expression.program_);
  if (reader.read(expression.program_->body)) reads_ = std::move(reader.operands);
}

Value Remembered::evaluate(const Expression& expression, std::span<const Value> slots,
                           Evaluation& evaluation) {
  // Whoever wants to know why a value is missing has it evaluated.
  if (reads_.empty() || evaluation.keep_notes) return expression.evaluate(slots, evaluation);
  const Program& program = *expression.program_;
  std::array<const Value*, most_operands> now;
  std::array<Value, most_operands> days;
  uint64_t hash = 0;
  for (size_t i = 0; i < reads_.size(); ++i) {
    const Operand& operand = reads_[i];
    const Value* value = nullptr;
    switch (operand.kind) {
      case Operand::Kind::slot:
        if (operand.of < slots.size()) value = &slots[operand.of];
        break;
      case Operand::Kind::entry:
        value = member_at_hand(program, program.nodes[operand.of], slots);
        break;
      case Operand::Kind::day:
        if (operand.of >= slots.size() || slots[operand.of].kind() != Kind::date_time) break;
        days[i] = Value::date(days_of(slots[operand.of]));
        value = &days[i];
        break;
      case Operand::Kind::hour:
        value = &current_hour(evaluation);
        break;
      case Operand::Kind::today:
        value = &current_date(evaluation);
        break;
    }
    if (value == nullptr) return expression.evaluate(slots, evaluation);
    now[i] = value;
    hash = (hash ^ value->fingerprint()) * 0x9E3779B97F4A7C15u;
  }
  if (known_ == nullptr) known_ = std::make_unique<Known>();
  const size_t at = hash >> (64 - entry_bits);
  Entry& entry = known_->of[at];
  ++asked_;
  bool met = known_->filled[at];
  for (size_t i = 0; i < reads_.size(); ++i) met = met && entry.of[i].is_same(*now[i]);
  if (met) {
    ++met_;
    return entry.gives;
  }
  const Value gives = expression.evaluate(slots, evaluation);
  known_->filled[at] = true;
  for (size_t i = 0; i < reads_.size(); ++i) entry.of[i] = *now[i];
  entry.gives = gives;
  if (asked_ == trial && met_ < least) {
    reads_.clear();
    known_.reset();
  }
  return gives;
}

}  // namespace passerelle::feel
