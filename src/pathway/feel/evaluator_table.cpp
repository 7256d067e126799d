// Decision tables (DMN 1.5, chapter 8): the common cells are tested without running a program.
#include <algorithm>
#include <bit>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/number.h"

namespace passerelle::feel {

struct TableRun {
  TableRun(Evaluator& of, const TableCode& code) : run(of), table(code) {}

  Evaluator& run;
  const TableCode& table;

  bool read_inputs() {
    if (table.indexed) return read_indexed();
    for (size_t i = 0; i < table.inputs.size(); ++i) {
      Value& value = run.frame_[table.inputs[i].local];
      value = run.eval(table.inputs[i].value);
      if (!allows(i, value, plain_of(value))) return false;
    }
    return true;
  }

  // Keeps only values that no index knows: what the others admit is found, and nothing else asks.
  bool read_indexed() {
    uint64_t rules = table.rules == 64 ? ~uint64_t{0} : (uint64_t{1} << table.rules) - 1;
    for (size_t i = 0; i < table.inputs.size(); ++i) {
      const auto& input = table.inputs[i];
      if (const uint64_t* known = answered(input.answers)) {
        rules &= *known;
        continue;
      }
      Value scratch;
      const Value& value = run.operand(input.value, scratch);
      const unsigned plain = plain_of(value);
      if (!allows(i, value, plain)) return false;
      if (plain < plain_count) {
        rules &= input.admitting[plain];
        continue;
      }
      if (input.asking == 0) continue;
      if (value.is_number() && !input.numbers.pieces.empty()) {
        rules &= input.numbers.admitting(value);
        continue;
      }
      if (value.is_string() && input.texts.known) {
        rules &= input.texts.admitting(value);
        continue;
      }
      run.frame_[input.local] = value;
      for (uint64_t asking = rules & input.asking; asking != 0; asking &= asking - 1) {
        const auto rule = static_cast<uint32_t>(std::countr_zero(asking));
        if (!admits(rule, static_cast<uint32_t>(i))) rules &= ~(uint64_t{1} << rule);
      }
    }
    fitting_ = rules;
    return true;
  }

  // What was found when the program was compiled; null when the input has to be computed. A trace
  // wants to see the tables behind it at work.
  const uint64_t* answered(const InputAnswers& answers) {
    if (!answers.first.given || run.evaluation_.trace != nullptr) return nullptr;
    const Value* value = run.at_hand(answers.first);
    if (value == nullptr) return nullptr;
    unsigned at = plain_of(*value);
    if (at >= answers.plain) return nullptr;
    if (answers.second.given) {
      value = run.at_hand(answers.second);
      if (value == nullptr) return nullptr;
      const unsigned second = plain_of(*value);
      if (second >= answers.plain) return nullptr;
      at += answers.plain * second;
    }
    return answers.known[at] != 0 ? &answers.rules[at] : nullptr;
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
    if (!table.indexed) {
      while (rule < table.rules && !matches(rule)) ++rule;
      return rule;
    }
    if (rule >= table.rules) return table.rules;
    const uint64_t rest = fitting_ >> rule << rule;
    return rest == 0 ? table.rules : static_cast<uint32_t>(std::countr_zero(rest));
  }
  uint64_t fitting_ = 0;  // of an indexed table: the rules that fit, as bits

  void fired(uint32_t rule) {
    if (run.evaluation_.trace == nullptr) return;
    run.evaluation_.trace->push_back({table.origin, 0, rule});
  }

  Value output(uint32_t rule, size_t column) {
    const NodeId node = table.results[size_t{rule} * table.outputs.size() + column];
    return checked(run.eval(node), column);
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

  Value evaluate() {
    if (!read_inputs()) return Value();
    if (table.hit == TableHit::first) return first();
    if (table.hit == TableHit::unique) return unique();
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

Value Evaluator::table(const Node& node) {
  here_ = &node;
  return TableRun(*this, program_.tables[node.a]).evaluate();
}

}  // namespace passerelle::feel
