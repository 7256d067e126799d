// Decision tables (DMN 1.5, chapter 8): the common cells are tested without running a program.
#include <algorithm>
#include <array>
#include <bit>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/number.h"

namespace passerelle::feel {

struct TableRun {
  TableRun(Evaluator& of, const TableCode& code) : run(of), table(code), indexed(code.indexed) {}

  Evaluator& run;
  const TableCode& table;
  bool indexed;  // not with a trace, which wants to see every value

  bool read_inputs() {
    if (indexed) return read_indexed();
    for (size_t i = 0; i < table.inputs.size(); ++i) {
      Value& value = run.frame_[table.inputs[i].local];
      value = tell_ == nullptr ? run.eval(table.inputs[i].value) : tell_->read(*this, i);
      if (!allows(i, value, plain_of(value))) return false;
    }
    return true;
  }

  // Keeps only values that no index knows: what the others admit is found, and nothing else asks.
  bool read_indexed() {
    const uint64_t all = table.rules == 64 ? ~uint64_t{0} : (uint64_t{1} << table.rules) - 1;
    if (const InputsAtHand* found = table.found.get()) {
      Bases bases;
      if (find_bases(*found, bases)) return read_at_hand(*found, bases, all);
    }
    return read_one_by_one(all);
  }

  // Where operands are counted from, in an evaluation.
  using Bases = std::array<const Value*, InputsAtHand::bases>;
  static constexpr size_t most_nulls = 256;
  static const Value* nulls() {
    static const std::array<Value, most_nulls> values{};
    return values.data();
  }

  // False when contexts look otherwise than those that the table met first.
  bool find_bases(const InputsAtHand& found, Bases& bases) const {
    if (run.slots_.size() < found.slots) return false;
    for (size_t i = 0; i < table.owners.size(); ++i) {
      const VariableAtHand& owner = table.owners[i];
      const Value& value = (owner.slot ? run.slots_.data() : run.frame_)[owner.index];
      if (value.is_context()) {
        const auto* heap = static_cast<const ContextHeap*>(value.heap());
        if (heap->shape != found.shapes[i]) return false;
        bases[i] = heap->slots();
      } else if (value.is_null()) {
        bases[i] = nulls();
      } else {
        return false;
      }
    }
    bases[InputsAtHand::of_slots] = run.slots_.data();
    bases[InputsAtHand::of_frame] = run.frame_;
    bases[InputsAtHand::of_nulls] = nulls();
    return true;
  }

  bool read_at_hand(const InputsAtHand& found, const Bases& bases, uint64_t fitting) {
    const uint8_t* const codes = table.codes.data();
    const uint64_t* const answered = table.answered.data();
    const auto count = static_cast<uint32_t>(found.inputs.size());
    const InputsAtHand::Input* input = found.inputs.data();
    for (uint32_t i = 0; i < count; ++i, ++input) {
      const Value& first = bases[input->base][input->place];
      const unsigned plain = plain_of(first);
      uint8_t code = 0;
      if (plain < input->plain) {
        uint32_t at = input->codes + plain;
        unsigned second = 0;
        if (input->second_base != InputsAtHand::not_given) {
          second = plain_of(bases[input->second_base][input->second_place]);
          at += input->plain * second;
        }
        if (second < input->plain) code = codes[at];
      }
      if (code != 0) {
        fitting &= answered[code];
        continue;
      }
      Value scratch;
      fitting_ = fitting;
      const Value* const at_hand = table.answers[i].is_operand ? &first : nullptr;
      if (!find_admitting(i, input_value(i, at_hand, scratch))) return false;
      fitting = fitting_;
    }
    fitting_ = fitting;
    return true;
  }

  bool read_one_by_one(uint64_t fitting) {
    const OperandReader reader(run, table.owners);
    const uint8_t* const codes = table.codes.data();
    const uint64_t* const answered = table.answered.data();
    const InputAnswers* answers = table.answers.data();
    const auto count = static_cast<uint32_t>(table.inputs.size());
    for (uint32_t i = 0; i < count; ++i, ++answers) {
      const uint32_t at = reader.place_of(*answers);
      const uint8_t code = at == OperandReader::nowhere ? 0 : codes[at];
      if (code != 0) {
        fitting &= answered[code];
        continue;
      }
      Value scratch;
      fitting_ = fitting;
      const Value* const at_hand = answers->is_operand ? reader.find(answers->first) : nullptr;
      if (!find_admitting(i, input_value(i, at_hand, scratch))) return false;
      fitting = fitting_;
    }
    fitting_ = fitting;
    if (!table.codes.empty() && table.found.get() == nullptr) reader.find_all(table);
    return true;
  }

  // Where the answer to an input stands that was found when the program was compiled. What the
  // inputs of a table have in common is looked up once.
  struct OperandReader {
    static constexpr uint32_t nowhere = 0xffffffffu;
    static constexpr unsigned other = plain_count;
    // A shape that no hint is about; null would be what hints say that are about none yet.
    inline static const Shape* const nowhere_known = reinterpret_cast<const Shape*>(~uintptr_t{0});
    struct Owner {                         // of entries
      const Shape* shape = nowhere_known;  // of the context that it is
      const Value* entries = nullptr;
      unsigned without = other;  // what an entry is that is not found there
    };

    OperandReader(const Evaluator& run, std::span<const VariableAtHand> of)
        : slots(run.slots_.data()),
          frame(run.frame_),
          count(run.slots_.size()),
          places(run.program_.places) {
      for (size_t i = 0; i < of.size(); ++i) look_at(of[i], owners[i]);
    }
    void look_at(const VariableAtHand& variable, Owner& owner) const {
      const Value* value = find(variable);
      if (value == nullptr) return;
      if (value->is_null()) owner.without = plain_of(Value());
      if (!value->is_context()) return;
      const auto* heap = static_cast<const ContextHeap*>(value->heap());
      owner.shape = heap->shape;
      owner.entries = heap->slots();
    }
    const Value* find(const VariableAtHand& variable) const {
      if (variable.slot && variable.index >= count) return nullptr;
      return (variable.slot ? slots : frame) + variable.index;
    }

    uint32_t place_of(const InputAnswers& answers) const {
      const uint32_t first = plain(answers.first);
      if (first >= answers.plain) return nowhere;
      if (!answers.second.given) return answers.codes + first;
      const uint32_t second = plain(answers.second);
      return second >= answers.plain ? nowhere : answers.codes + first + answers.plain * second;
    }

    unsigned plain(const OperandAtHand& operand) const {
      if (!operand.entry) {
        const Value* value = find(operand.variable);
        return value == nullptr ? other : plain_of(*value);
      }
      const Owner& owner = owners[operand.owner];
      const int place = places[operand.place].find(owner.shape);
      return place < 0 ? owner.without : plain_of(owner.entries[place]);
    }
    // When all of the table's operands are at hand, and contexts look as they always may.
    [[gnu::noinline]] void find_all(const TableCode& of) const {
      auto found = std::make_unique<InputsAtHand>();
      for (size_t i = 0; i < of.owners.size(); ++i) {
        const Shape* const shape = owners[i].shape;
        if (shape == nowhere_known || (shape->count & Heap::immortal) == 0) return;
        found->shapes[i] = shape;
        if (of.owners[i].slot)
          found->slots = std::max(found->slots, of.owners[i].index + size_t{1});
      }
      for (const InputAnswers& answers : of.answers) {
        InputsAtHand::Input& input = found->inputs.emplace_back();
        if (answers.plain == 0 && !answers.is_operand) continue;
        input.codes = answers.codes;
        input.plain = static_cast<uint16_t>(answers.plain);
        if (!place(answers.first, *found, input.base, input.place)) return;
        if (answers.second.given &&
            !place(answers.second, *found, input.second_base, input.second_place))
          return;
      }
      of.found.keep(std::move(found));
    }
    bool place(const OperandAtHand& operand, InputsAtHand& found, uint8_t& base,
               uint16_t& at) const {
      if (operand.entry) {
        const int place = places[operand.place].find(owners[operand.owner].shape);
        if (place < 0 || place >= static_cast<int>(most_nulls)) return false;
        base = operand.owner;
        at = static_cast<uint16_t>(place);
        return true;
      }
      const VariableAtHand& variable = operand.variable;
      if (variable.index > 0xFFFF) return false;
      base = variable.slot ? InputsAtHand::of_slots : InputsAtHand::of_frame;
      at = static_cast<uint16_t>(variable.index);
      if (variable.slot) found.slots = std::max(found.slots, variable.index + size_t{1});
      return true;
    }
    // Null when it is not there.
    const Value* find(const OperandAtHand& operand) const {
      if (!operand.entry) return find(operand.variable);
      const Owner& owner = owners[operand.owner];
      const int place = places[operand.place].find(owner.shape);
      return place < 0 ? nullptr : owner.entries + place;
    }

    const Value* slots;
    const Value* frame;
    size_t count;
    const Places& places;
    std::array<Owner, TableCode::most_owners> owners;
  };

  // What most inputs are is at hand; null where it is not.
  const Value& input_value(uint32_t i, const Value* value, Value& scratch) {
    const Node& node = run.program_.nodes[table.inputs[i].value];
    if (value != nullptr && !value->is_null() &&
        (node.op != Op::coerce || conforms_at_once(*value, *run.program_.types[node.b])))
      return *value;
    return run.operand(table.inputs[i].value, scratch);
  }

  // Looks an input up in its index, or asks the rules one by one; false: its value is not allowed.
  bool find_admitting(uint32_t i, const Value& value) {
    const auto& input = table.inputs[i];
    const unsigned plain = plain_of(value);
    if (input.allowed.form != Cell::Form::any && !allows(i, value, plain)) return false;
    if (plain < plain_count) {
      fitting_ &= input.admitting[plain];
    } else if (input.asking == 0) {
      return true;
    } else if (value.is_string() && input.texts.known) {
      fitting_ &= input.texts.admitting(value);
    } else if (value.is_number() && !input.numbers.pieces.empty()) {
      fitting_ &= input.numbers.admitting(value);
    } else {
      run.frame_[input.local] = value;
      for (uint64_t asking = fitting_ & input.asking; asking != 0; asking &= asking - 1) {
        const auto rule = static_cast<uint32_t>(std::countr_zero(asking));
        if (!admits(rule, i)) fitting_ &= ~(uint64_t{1} << rule);
      }
    }
    return true;
  }

  bool allows(size_t i, const Value& value, unsigned plain) {
    const auto& input = table.inputs[i];
    if (input.allowed.form == Cell::Form::any || value.is_null()) return true;
    if (plain < plain_count && (input.allowed_plain >> plain & 1) != 0) return true;
    run.frame_[input.local] = value;
    if (holds(input.allowed, run.frame_[input.local])) return true;
    run.note("input " + std::to_string(i + 1) + " of the decision table is " +
             to_text(value).substr(0, 60) + ", which is none of its allowed values");
    return false;
  }

  // A range is equal to itself as well as holding values: only the whole test knows.
  bool holds(const Cell& cell, const Value& value) {
    if (cell.form == Cell::Form::node ||
        (cell.form == Cell::Form::interval && value.kind() == Kind::range)) {
      return run.eval(cell.test).is_true();
    }
    return cell_matches(cell, value, run.program_.constants);
  }

  bool matches(uint32_t rule) {
    const uint32_t end = table.ends[rule];
    for (uint32_t i = rule == 0 ? 0 : table.ends[rule - 1]; i < end; ++i) {
      const TableCode::Test& test = table.tests[i];
      if (!holds(test.cell, run.frame_[table.inputs[test.input].local])) return false;
    }
    return true;
  }

  bool admits(uint32_t rule, uint32_t input) {
    const Value& value = run.frame_[table.inputs[input].local];
    const uint32_t end = table.ends[rule];
    for (uint32_t i = rule == 0 ? 0 : table.ends[rule - 1]; i < end; ++i) {
      if (table.tests[i].input == input) return holds(table.tests[i].cell, value);
    }
    return true;
  }

  // The first rule from `rule` on that fits; table.rules when there is none.
  uint32_t next_match(uint32_t rule) {
    if (!indexed) {
      while (rule < table.rules && !matches(rule)) ++rule;
      return rule;
    }
    if (rule >= table.rules) return table.rules;
    const uint64_t rest = fitting_ >> rule << rule;
    return rest == 0 ? table.rules : static_cast<uint32_t>(std::countr_zero(rest));
  }
  uint64_t fitting_ = 0;  // of an indexed table: the rules that fit, as bits

  // What the trace is told about one run of a table.
  struct Telling {
    Trace& trace;
    std::vector<Trace::Span> inputs;
    size_t first = 0;  // entry of the first rule that fired, or that will

    uint32_t here() const { return static_cast<uint32_t>(trace.entries.size()); }

    Value read(TableRun& of, size_t input) {
      const uint32_t before = here();
      Value value = of.run.eval(of.table.inputs[input].value);
      inputs.push_back({before, here()});
      first = here();
      return value;
    }

    void fired(TableRun& of, uint32_t rule) {
      if (trace.entries.size() >= Trace::most) return;
      Trace::Entry entry;
      entry.table = of.table.origin;
      entry.rule = rule;
      entry.depth = trace.depth - 1;
      for (uint32_t i = rule == 0 ? 0 : of.table.ends[rule - 1]; i < of.table.ends[rule]; ++i) {
        const uint32_t input = of.table.tests[i].input;
        entry.met.push_back({input, of.run.frame_[of.table.inputs[input].local], inputs[input]});
      }
      trace.entries.push_back(std::move(entry));
    }

    Value output(TableRun& of, uint32_t rule, NodeId node) {
      const uint32_t before = here();
      Value value = of.run.eval(node);
      for (size_t i = first; i < before; ++i) {
        Trace::Entry& entry = trace.entries[i];
        if (entry.table == of.table.origin && entry.rule == rule &&
            entry.depth + 1 == trace.depth && before != here()) {
          entry.outputs.push_back({before, here()});
        }
      }
      return value;
    }
  };
  Telling* tell_ = nullptr;

  void fired(uint32_t rule) {
    if (tell_ != nullptr) [[unlikely]]
      tell_->fired(*this, rule);
  }

  Value output(uint32_t rule, size_t column) {
    const NodeId node = table.results[size_t{rule} * table.outputs.size() + column];
    return checked(tell_ == nullptr ? run.eval(node) : tell_->output(*this, rule, node), column);
  }

  Value checked(Value value, size_t column) {
    const auto& output = table.outputs[column];
    if (value.is_null()) return value;
    if (output.type != 0) {
      const Type& type = *run.program_.types[output.type - 1];
      auto fitting = coerce(value, type);
      if (!fitting) {
        return run.note("an output of the decision table is " + to_text(value).substr(0, 60) +
                        ", which is no " + to_text(type));
      }
      value = std::move(*fitting);
    }
    if (output.allowed != no_node) {
      run.frame_[output.allowed_local] = value;
      if (!run.eval(output.allowed).is_true()) {
        return run.note("an output of the decision table is " + to_text(value).substr(0, 60) +
                        ", which is none of its allowed values");
      }
    }
    return value;
  }

  Value combine(std::span<Value> outputs) {
    if (outputs.size() == 1) return std::move(outputs[0]);
    hold(table.shape);
    ContextHeap* context = new_context(table.shape);
    for (size_t i = 0; i < outputs.size(); ++i) context->slots()[i] = std::move(outputs[i]);
    return finish(context);
  }

  Value result(uint32_t rule) {
    if (const uint32_t constant = table.constant_results[rule]) {
      return run.program_.constants[constant - 1];
    }
    if (table.outputs.size() == 1) return output(rule, 0);
    std::vector<Value> outputs;
    for (size_t i = 0; i < table.outputs.size(); ++i) outputs.push_back(output(rule, i));
    return combine(outputs);
  }

  Value no_match() {
    if (std::any_of(table.outputs.begin(), table.outputs.end(),
                    [](const auto& output) { return output.fallback != no_node; })) {
      std::vector<Value> outputs;
      for (size_t i = 0; i < table.outputs.size(); ++i) {
        const NodeId node = table.outputs[i].fallback;
        outputs.push_back(node == no_node ? Value() : checked(run.eval(node), i));
      }
      return combine(outputs);
    }
    if (table.hit == TableHit::collect) {
      if (table.aggregate == TableAggregate::none) {
        static const Value nothing = immortal(Value::list(std::span<const Value>()));
        return nothing;
      }
      if (table.aggregate == TableAggregate::count) return Value::integer(0);
    }
    return run.note("no rule of the decision table fits, and it has no default");
  }

  Value first() {
    const uint32_t rule = next_match(0);
    if (rule == table.rules) return no_match();
    fired(rule);
    return result(rule);
  }

  Value unique() {
    const uint32_t found = next_match(0);
    if (found == table.rules) return no_match();
    if (const uint32_t other = next_match(found + 1); other != table.rules) {
      return run.note("rules " + std::to_string(found + 1) + " and " + std::to_string(other + 1) +
                      " of a UNIQUE decision table both fit");
    }
    fired(found);
    return result(found);
  }

  Value any(const std::vector<uint32_t>& rules) {
    const Value value = result(rules[0]);
    for (size_t i = 1; i < rules.size(); ++i) {
      if (!(result(rules[i]) == value)) {
        return run.note("rules " + std::to_string(rules[0] + 1) + " and " +
                        std::to_string(rules[i] + 1) +
                        " of an ANY decision table fit with different outputs");
      }
    }
    return value;
  }

  // Best first: by the place of each output among its output values, left to right.
  void by_priority(std::vector<uint32_t>& rules) {
    const auto rank = [&](uint32_t rule, size_t column) {
      const auto& order = table.outputs[column].order;
      const Value value = run.eval(table.results[size_t{rule} * table.outputs.size() + column]);
      const auto found = std::find(order.begin(), order.end(), value);
      return found - order.begin();
    };
    std::stable_sort(rules.begin(), rules.end(), [&](uint32_t a, uint32_t b) {
      for (size_t i = 0; i < table.outputs.size(); ++i) {
        const auto x = rank(a, i), y = rank(b, i);
        if (x != y) return x < y;
      }
      return false;
    });
  }

  Value aggregate(const std::vector<uint32_t>& rules, size_t column) {
    if (table.aggregate == TableAggregate::count) {
      ListBuilder distinct(rules.size());
      for (uint32_t rule : rules) distinct.push(output(rule, column));
      return Value::integer(static_cast<int64_t>(distinct.size()));
    }
    Value total;
    for (uint32_t rule : rules) {
      Value value = output(rule, column);
      if (total.is_null()) {
        total = std::move(value);
      } else if (table.aggregate == TableAggregate::sum) {
        if (!total.is_number() || !value.is_number()) {
          return run.note("the outputs to be summed are no numbers");
        }
        total = add_numbers(total, value);
      } else {
        const auto order = order_values(value, total);
        if (!order) return run.note("the outputs cannot be compared");
        const bool better = table.aggregate == TableAggregate::min ? *order < 0 : *order > 0;
        if (better) total = std::move(value);
      }
    }
    return total;
  }

  Value all(const std::vector<uint32_t>& rules) {
    if (table.aggregate != TableAggregate::none) {
      std::vector<Value> totals;
      for (size_t i = 0; i < table.outputs.size(); ++i) totals.push_back(aggregate(rules, i));
      return combine(totals);
    }
    ListBuilder results(rules.size());
    for (uint32_t rule : rules) results.push(result(rule));
    return results.build();
  }

  // The same rules give the same list.
  Value collected() {
    auto& all = run.evaluation_.stack->collected;
    const uint64_t hash = (fitting_ ^ reinterpret_cast<uintptr_t>(&table)) * 0x9E3779B97F4A7C15u;
    auto& known = all[hash >> 58];
    static_assert(std::tuple_size_v<std::remove_reference_t<decltype(all)>> == size_t{1} << 6);
    if (known.table == &table && known.rules == fitting_) return known.list;
    ListBuilder results(static_cast<size_t>(std::popcount(fitting_)));
    for (uint32_t rule = next_match(0); rule < table.rules; rule = next_match(rule + 1))
      results.push(result(rule));
    known = {&table, fitting_, results.build()};
    return known.list;
  }

  Value evaluate() {
    if (!read_inputs()) return Value();
    if (indexed && fitting_ == 0) return no_match();
    if (table.hit == TableHit::first) return first();
    if (table.hit == TableHit::unique) return unique();
    if (table.lists_constants && indexed && run.evaluation_.stack->remembers) return collected();
    std::vector<uint32_t> rules;
    for (uint32_t rule = next_match(0); rule < table.rules; rule = next_match(rule + 1)) {
      rules.push_back(rule);
    }
    if (rules.empty()) return no_match();
    if (table.hit == TableHit::priority || table.hit == TableHit::output_order) by_priority(rules);
    if (table.hit == TableHit::priority) rules.resize(1);
    for (uint32_t rule : rules) fired(rule);
    switch (table.hit) {
      case TableHit::any:
        return any(rules);
      case TableHit::priority:
        return result(rules[0]);
      case TableHit::collect:
      case TableHit::rule_order:
      case TableHit::output_order:
        return all(rules);
      case TableHit::unique:
      case TableHit::first:
        break;
    }
    return Value();
  }
};

[[gnu::cold, gnu::noinline]] static Value evaluate_telling(TableRun& run, Trace& trace) {
  TableRun::Telling telling{trace, {}, trace.entries.size()};
  run.tell_ = &telling;
  run.indexed = false;
  ++trace.depth;
  Value value = run.evaluate();
  --trace.depth;
  return value;
}

Value Evaluator::table(const Node& node) {
  here_ = &node;
  TableRun run(*this, program_.tables[node.a]);
  if (evaluation_.trace != nullptr) [[unlikely]]
    return evaluate_telling(run, *evaluation_.trace);
  return run.evaluate();
}

}  // namespace passerelle::feel
