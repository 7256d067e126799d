// What is found about decision tables when they are compiled, so that a decision is looked up where
// it can be: the rules that admit a value, as bits.
#include <algorithm>
#include <array>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/number.h"

namespace passerelle::feel {

bool cell_matches(const Cell& cell, const Value& value, const std::vector<Value>& constants) {
  const Value& bound = constants[cell.a];
  const bool numbers = value.is_number() && bound.is_number();
  const auto ordered = [&](const Value& other) -> std::optional<int> {
    if (numbers) return compare_numbers(value, other);
    return order_values(value, other);
  };
  switch (cell.form) {
    case Cell::Form::equal:
      if (value.is_string() && bound.is_string()) {
        return same_text(value, bound);
      }
      return equal_values(value, bound).value_or(false);
    case Cell::Form::unequal: {
      const auto equal = equal_values(value, bound);
      return equal && !*equal;
    }
    case Cell::Form::less: {
      const auto order = ordered(bound);
      return order && *order < 0;
    }
    case Cell::Form::less_equal: {
      const auto order = ordered(bound);
      return order && *order <= 0;
    }
    case Cell::Form::greater: {
      const auto order = ordered(bound);
      return order && *order > 0;
    }
    case Cell::Form::greater_equal: {
      const auto order = ordered(bound);
      return order && *order >= 0;
    }
    case Cell::Form::interval: {
      const auto low = ordered(bound);
      if (!low || *low < 0 || (*low == 0 && (cell.closed & 1) == 0)) return false;
      const auto high = ordered(constants[cell.b]);
      return high && (*high < 0 || (*high == 0 && (cell.closed & 2) != 0));
    }
    case Cell::Form::one_of:
      for (const Value& item : bound.items()) {
        if (equal_values(value, item).value_or(false)) return true;
      }
      return false;
    case Cell::Form::any:
      return true;
    case Cell::Form::node:
      break;
  }
  return false;
}

namespace {

// Rule by rule, the tests of one input: as bits, the rules whose tests of it hold.
uint64_t rules_admitting(const TableCode& table, uint32_t input, const Value& value,
                         const std::vector<Value>& constants) {
  uint64_t rules = table.rules == 64 ? ~uint64_t{0} : (uint64_t{1} << table.rules) - 1;
  uint32_t test = 0;
  for (uint32_t rule = 0; rule < table.rules; ++rule) {
    for (; test < table.ends[rule]; ++test) {
      const TableCode::Test& asked = table.tests[test];
      if (asked.input == input && !cell_matches(asked.cell, value, constants)) {
        rules &= ~(uint64_t{1} << rule);
      }
    }
  }
  return rules;
}

template <class Each>
void each_bound(const Cell& cell, const std::vector<Value>& constants, const Each& each) {
  if (cell.form == Cell::Form::any) return;
  if (cell.form == Cell::Form::one_of) {
    for (const Value& item : constants[cell.a].items()) each(item);
    return;
  }
  each(constants[cell.a]);
  if (cell.form == Cell::Form::interval) each(constants[cell.b]);
}

bool is_order(Cell::Form form) {
  return form == Cell::Form::less || form == Cell::Form::less_equal ||
         form == Cell::Form::greater || form == Cell::Form::greater_equal ||
         form == Cell::Form::interval;
}

constexpr unsigned index_scale = 4;  // digits behind the point of what forms measure, and more

void scale_bounds(NumberIndex& index) {
  index.scale = index_scale;
  for (const Value& bound : index.bounds) index.scale = std::max(index.scale, bound.scale());
  const Value factor = power_numbers(Value::integer(10), Value::integer(index.scale));
  for (const Value& bound : index.bounds) {
    const auto scaled = multiply_numbers(bound, factor).integer();
    if (!scaled) return index.scaled.clear();
    index.scaled.push_back(*scaled);
  }
}

// Where there is no number between two, it does not matter what is said of it.
Value middle(const Value& a, const Value& b) {
  return divide_numbers(add_numbers(a, b), Value::integer(2));
}

// A number below (-1) or above (1) all bounds.
Value beyond(const Value& bound, int sign, bool& apart) {
  const Value size = compare_numbers(bound, Value::integer(0)) < 0 ? negate_number(bound) : bound;
  const Value step = add_numbers(size, Value::integer(1));
  Value far = sign < 0 ? subtract_numbers(bound, step) : add_numbers(bound, step);
  if (far.is_null() || compare_numbers(far, bound) == 0) apart = false;
  return far;
}

NumberIndex index_numbers(const TableCode& table, uint32_t input,
                          const std::vector<Value>& constants) {
  NumberIndex index;
  for (const TableCode::Test& test : table.tests) {
    if (test.input != input) continue;
    each_bound(test.cell, constants, [&](const Value& bound) {
      if (bound.is_number()) index.bounds.push_back(bound);
    });
  }
  std::sort(index.bounds.begin(), index.bounds.end(),
            [](const Value& a, const Value& b) { return compare_numbers(a, b) < 0; });
  index.bounds.erase(std::unique(index.bounds.begin(), index.bounds.end(),
                                 [](auto& a, auto& b) { return compare_numbers(a, b) == 0; }),
                     index.bounds.end());
  const auto admitting = [&](const Value& value) {
    index.pieces.push_back(rules_admitting(table, input, value, constants));
  };
  if (index.bounds.empty()) {
    admitting(Value::integer(0));
    return index;
  }
  bool apart = true;  // every piece has a number that stands for it
  admitting(beyond(index.bounds.front(), -1, apart));
  for (size_t i = 0; i < index.bounds.size(); ++i) {
    admitting(index.bounds[i]);
    admitting(i + 1 == index.bounds.size() ? beyond(index.bounds[i], 1, apart)
                                           : middle(index.bounds[i], index.bounds[i + 1]));
  }
  if (!apart) index.pieces.clear();
  scale_bounds(index);
  return index;
}

TextIndex index_texts(const TableCode& table, uint32_t input, const std::vector<Value>& constants) {
  TextIndex index;
  index.known = true;
  std::string other = "?";  // longer than all that are named: none of them
  for (const TableCode::Test& test : table.tests) {
    if (test.input != input) continue;
    each_bound(test.cell, constants, [&](const Value& bound) {
      if (!bound.is_string()) return;
      if (is_order(test.cell.form)) index.known = false;
      other += bound.text();
      const auto same = [&](const auto& named) { return named.first.text() == bound.text(); };
      if (std::none_of(index.named.begin(), index.named.end(), same)) {
        index.named.emplace_back(bound, 0);
      }
    });
  }
  index.only_ones = true;
  for (auto& [text, rules] : index.named) {
    rules = rules_admitting(table, input, text, constants);
    index.only_ones = index.only_ones && text.heap()->detail == StringHeap::only_one;
  }
  index.others = rules_admitting(table, input, Value::string(other), constants);
  return index;
}

constexpr std::array<int64_t, 19> powers_of_ten = [] {
  std::array<int64_t, 19> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

}  // namespace

uint64_t NumberIndex::admitting(const Value& number) const {
  size_t piece = 0;
  int64_t value = 0;
  if (!number.on_heap() && number.scale() <= scale && !scaled.empty() &&
      !__builtin_mul_overflow(number.whole(), powers_of_ten[scale - number.scale()], &value)) {
    for (const int64_t bound : scaled)
      piece += (value > bound ? 1u : 0u) + (value >= bound ? 1u : 0u);
    return pieces[piece];
  }
  for (const Value& bound : bounds) {
    const int order = compare_numbers(number, bound);
    piece += (order > 0 ? 1u : 0u) + (order >= 0 ? 1u : 0u);
  }
  return pieces[piece];
}

// By their memory first: most texts are answers and constants of the package, and share it.
uint64_t TextIndex::admitting(const Value& text) const {
  for (const auto& [name, rules] : named) {
    if (name.heap() == text.heap()) return rules;
  }
  if (only_ones && text.heap()->detail == StringHeap::only_one) return others;
  for (const auto& [name, rules] : named) {
    if (same_text(name, text)) return rules;
  }
  return others;
}

void index_table(TableCode& table, const std::vector<Value>& constants) {
  for (TableCode::Input& input : table.inputs) {
    if (input.allowed.form == Cell::Form::any || input.allowed.form == Cell::Form::node) continue;
    for (unsigned plain = 0; plain < plain_count; ++plain) {
      const bool allowed = cell_matches(input.allowed, plain_value(plain), constants);
      input.allowed_plain |= uint64_t{allowed} << plain;
    }
  }
  table.indexed = table.rules <= 64 &&
                  std::none_of(table.tests.begin(), table.tests.end(),
                               [](const auto& test) { return test.cell.form == Cell::Form::node; });
  table.answers.resize(table.inputs.size());
  if (!table.indexed) return;
  uint32_t test = 0;
  for (uint32_t rule = 0; rule < table.rules; ++rule) {
    for (; test < table.ends[rule]; ++test) {
      table.inputs[table.tests[test].input].asking |= uint64_t{1} << rule;
    }
  }
  for (uint32_t i = 0; i < table.inputs.size(); ++i) {
    TableCode::Input& input = table.inputs[i];
    for (unsigned plain = 0; plain < plain_count; ++plain) {
      input.admitting.push_back(rules_admitting(table, i, plain_value(plain), constants));
    }
    input.numbers = index_numbers(table, i, constants);
    input.texts = index_texts(table, i, constants);
  }
}

namespace {

// The variables, and entries of variables, that an expression reads, when it is made of nothing
// else but constants and pure operations.
class Operands {
 public:
  explicit Operands(const Program& program) : program_(program) {}

  bool collect(NodeId id) {
    const Node& node = program_.nodes[id];
    switch (node.op) {
      case Op::constant:
        return true;
      case Op::local:
      case Op::slot:
        return add(id);
      case Op::path: {
        const Op owner = program_.nodes[node.a].op;
        return (owner == Op::local || owner == Op::slot) && add(id);
      }
      case Op::negate:
      case Op::coerce:
        return collect(node.a);
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::equal:
      case Op::unequal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal:
      case Op::both:
      case Op::either:
        return collect(node.a) && collect(node.b);
      case Op::between:
      case Op::choose:
        return collect(node.a) && collect(node.b) && collect(node.c);
      case Op::call_function:
        return !program_.functions[node.a].answers.empty() &&
               std::all_of(program_.extra.begin() + node.b,
                           program_.extra.begin() + node.b + node.c,
                           [this](NodeId argument) { return collect(argument); });
      default:
        return false;
    }
  }

  size_t size() const { return size_; }
  OperandAtHand at_hand(size_t i) const {
    OperandAtHand operand;
    if (i >= size_) return operand;
    const Node& node = program_.nodes[found_[i]];
    operand.given = true;
    operand.entry = node.op == Op::path;
    operand.variable = {variable(i).op == Op::slot, variable(i).a};
    operand.place = operand.entry ? node.c : 0;
    return operand;
  }
  bool is(NodeId id) const { return size_ == 1 && found_[0] == id; }
  // The variable that an operand is, or is an entry of.
  const Node& variable(size_t i) const {
    const Node& node = program_.nodes[found_[i]];
    return node.op == Op::path ? program_.nodes[node.a] : node;
  }
  bool same_variable() const {
    return size_ == 2 && variable(0).op == variable(1).op && variable(0).a == variable(1).a;
  }
  // As the name of an entry; empty for a variable.
  std::string_view entry(size_t i) const {
    const Node& node = program_.nodes[found_[i]];
    return node.op == Op::path ? std::string_view(program_.keys[node.b].name) : std::string_view();
  }

 private:
  bool same(NodeId a, NodeId b) const {
    const Node &x = program_.nodes[a], &y = program_.nodes[b];
    if (x.op != y.op) return false;
    if (x.op != Op::path) return x.a == y.a;
    const Node &of_x = program_.nodes[x.a], &of_y = program_.nodes[y.a];
    return x.b == y.b && of_x.op == of_y.op && of_x.a == of_y.a;
  }
  bool add(NodeId id) {
    for (size_t i = 0; i < size_; ++i) {
      if (same(found_[i], id)) return true;
    }
    if (size_ == found_.size()) return false;
    found_[size_++] = id;
    // A variable and an entry of it are not two things.
    return !same_variable() || (!entry(0).empty() && !entry(1).empty());
  }

  const Program& program_;
  std::array<NodeId, 2> found_{no_node, no_node};
  size_t size_ = 0;
};

// Evaluates an input of a table for operands that it makes up.
class InputTrial {
 public:
  InputTrial(const std::shared_ptr<const Program>& program, const Operands& operands)
      : program_(program), operands_(operands), slots_(program->slot_names.size() + 1) {
    size_t frame = program->frame;
    for (const FunctionCode& code : program->functions) frame = std::max<size_t>(frame, code.frame);
    frame_.resize(frame + 1);
  }

  void set(const Value& first, const Value& second) {
    if (operands_.same_variable()) {
      ContextBuilder both;
      both.set(operands_.entry(0), first).set(operands_.entry(1), second);
      variable(0) = both.build();
      return;
    }
    put(0, first);
    if (operands_.size() == 2) put(1, second);
  }

  // Nothing when there would be something to note.
  std::optional<Value> run(NodeId expression) {
    evaluation_.clear();
    Value value = Evaluator(program_, slots_, frame_.data(), evaluation_).eval(expression);
    if (!evaluation_.notes.empty()) return std::nullopt;
    return value;
  }

 private:
  Value& variable(size_t i) {
    const Node& node = operands_.variable(i);
    std::vector<Value>& all = node.op == Op::local ? frame_ : slots_;
    if (all.size() <= node.a) all.resize(node.a + 1);
    return all[node.a];
  }
  void put(size_t i, const Value& value) {
    const std::string_view entry = operands_.entry(i);
    variable(i) = entry.empty() ? value : ContextBuilder().set(entry, value).build();
  }

  const std::shared_ptr<const Program>& program_;
  const Operands& operands_;
  std::vector<Value> slots_, frame_;
  Evaluation evaluation_;
};

std::optional<uint64_t> rules_for(const TableCode& table, uint32_t input, const Value& value,
                                  const std::vector<Value>& constants) {
  const Cell& allowed = table.inputs[input].allowed;
  if (allowed.form != Cell::Form::any && !value.is_null() &&
      (allowed.form == Cell::Form::node || !cell_matches(allowed, value, constants))) {
    return std::nullopt;
  }
  if (value.kind() == Kind::range || value.is_list() || value.is_context()) return std::nullopt;
  return rules_admitting(table, input, value, constants);
}

// The code of a set of rules in the table; 0 when it has too many different ones.
uint8_t code_of(TableCode& table, uint64_t rules) {
  auto& known = table.answered;
  if (known.empty()) known.push_back(0);  // no set: code 0
  const auto found = std::find(known.begin() + 1, known.end(), rules);
  if (found == known.end()) {
    if (known.size() == 256) return 0;
    known.push_back(rules);
    return static_cast<uint8_t>(known.size() - 1);
  }
  return static_cast<uint8_t>(found - known.begin());
}

// False when the table reads entries of more variables than are looked at.
bool find_owner(TableCode& table, OperandAtHand& operand) {
  if (!operand.entry) return true;
  auto& owners = table.owners;
  const auto found = std::find(owners.begin(), owners.end(), operand.variable);
  operand.owner = static_cast<uint8_t>(found - owners.begin());
  if (found != owners.end()) return true;
  if (owners.size() == TableCode::most_owners) return false;
  owners.push_back(operand.variable);
  return true;
}

InputAnswers answers_of(const std::shared_ptr<const Program>& program, TableCode& table,
                        uint32_t input) {
  InputAnswers answers;
  const NodeId expression = table.inputs[input].value;
  Operands operands(*program);
  if (!operands.collect(expression) || operands.size() == 0) return answers;
  const bool two = operands.size() == 2;
  answers.plain = two ? remembered_plain : plain_count;
  answers.codes = static_cast<uint32_t>(table.codes.size());
  const size_t count = two ? size_t{answers.plain} * answers.plain : answers.plain;
  table.codes.resize(answers.codes + count);
  InputTrial trial(program, operands);
  for (size_t at = 0; at < count; ++at) {
    trial.set(plain_value(static_cast<unsigned>(at % answers.plain)),
              plain_value(static_cast<unsigned>(at / answers.plain)));
    const auto value = trial.run(expression);
    if (!value) continue;
    const auto rules = rules_for(table, input, *value, program->constants);
    if (rules) table.codes[answers.codes + at] = code_of(table, *rules);
  }
  const Node& whole = program->nodes[expression];
  answers.is_operand = !two && operands.is(whole.op == Op::coerce ? whole.a : expression);
  answers.first = operands.at_hand(0);
  answers.second = operands.at_hand(1);
  if (!find_owner(table, answers.first) || !find_owner(table, answers.second)) {
    answers.plain = 0;
    answers.is_operand = false;
  }
  return answers;
}

bool lists_constants(const TableCode& table) {
  return table.indexed && table.aggregate == TableAggregate::none &&
         (table.hit == TableHit::collect || table.hit == TableHit::rule_order) &&
         std::find(table.constant_results.begin(), table.constant_results.end(), 0u) ==
             table.constant_results.end();
}

}  // namespace

void remember_inputs(const std::shared_ptr<Program>& program) {
  if (program->tables.empty()) return;
  const std::shared_ptr<const Program> shared = program;
  uint32_t paths = 0;
  for (const Node& node : program->nodes) paths += node.op == Op::path ? 1 : 0;
  for (TableCode& table : program->tables) {
    table.lists_constants = lists_constants(table);
    if (!table.indexed) continue;
    for (uint32_t i = 0; i < table.inputs.size(); ++i) {
      table.answers[i] = answers_of(shared, table, i);
    }
  }
  // The shapes that were made up here are no hint for those that will come.
  program->places = Places(paths);
}

}  // namespace passerelle::feel
