// Decision tables (DMN 1.5, chapter 8) as code: cells that compare with constants run without a
// program.
#include <algorithm>

#include "base/text.h"
#include "pathway/dmn/builder.h"

namespace passerelle::dmn {

using feel::Cell;
using feel::Kind;
using feel::no_node;
using feel::NodeId;
using feel::Op;
using feel::Part;
using feel::Type;
using feel::TypeRef;
using feel::Value;

NodeId Builder::tests(const Written& text, uint32_t local, const TypeRef& type) {
  auto part = compiler_.unary_tests(text.text, local, type);
  if (part) return part->node;
  Error error = placed(*here_.model, text, std::move(part.error()));
  const NodeId node = compiler_.failed(error.message);
  problems.push_back(std::move(error));
  return node;
}

namespace {
bool is_plain(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
    case Kind::boolean:
    case Kind::number:
    case Kind::string:
    case Kind::date:
    case Kind::time:
    case Kind::date_time:
    case Kind::days_duration:
    case Kind::months_duration:
      return true;
    case Kind::list:
    case Kind::context:
    case Kind::range:
    case Kind::function:
      break;
  }
  return false;
}

std::optional<Cell::Form> form_of(Op op) {
  switch (op) {
    case Op::equal:
      return Cell::Form::equal;
    case Op::unequal:
      return Cell::Form::unequal;
    case Op::less:
      return Cell::Form::less;
    case Op::less_equal:
      return Cell::Form::less_equal;
    case Op::greater:
      return Cell::Form::greater;
    case Op::greater_equal:
      return Cell::Form::greater_equal;
    default:
      return std::nullopt;
  }
}
}  // namespace

// The constant that a test asks to be equal to, or null. What a decision gives as a boolean is an
// answer, not a value to compare with.
const Value* Builder::equal_to(NodeId id) const {
  const feel::Node& node = compiler_.program->nodes[id];
  if (node.op != Op::test_value) return nullptr;
  const Value* value = compiler_.constant_of(node.b);
  if (value == nullptr || !is_plain(*value)) return nullptr;
  const bool answer = compiler_.program->nodes[node.b].flag != 0 && value->is_boolean();
  return answer ? nullptr : value;
}

// The quick form of a compiled test, where it has one; else the node itself.
Cell Builder::cell(NodeId id) {
  const auto& program = *compiler_.program;
  const feel::Node node = program.nodes[id];
  Cell cell;
  cell.form = Cell::Form::node;
  cell.test = id;
  if (node.op == Op::constant && program.constants[node.a].is_true()) {
    cell.form = Cell::Form::any;
  }
  if (node.op == Op::test_any) one_of(node, cell);
  if (node.op != Op::test_compare && node.op != Op::test_value) return cell;
  const Value* bound = compiler_.constant_of(node.b);
  if (bound == nullptr) return cell;
  const feel::RangeView* range = bound->range();
  if (node.op == Op::test_compare) {
    const auto form = form_of(static_cast<Op>(node.flag));
    if (!form || !is_plain(*bound)) return cell;
    cell.form = *form;
    cell.a = program.nodes[node.b].a;
  } else if (equal_to(id) != nullptr) {
    cell.form = Cell::Form::equal;
    cell.a = program.nodes[node.b].a;
  } else if (range != nullptr && range->detail == 0 && !range->low.is_null() &&
             !range->high.is_null()) {
    cell.form = Cell::Form::interval;
    cell.closed = static_cast<uint8_t>((range->low_closed ? 1 : 0) | (range->high_closed ? 2 : 0));
    cell.a = compiler_.add_constant(range->low);
    cell.b = compiler_.add_constant(range->high);
  }
  return cell;
}

// Several constants, one of which the value has to be.
void Builder::one_of(const feel::Node& any, Cell& cell) {
  std::vector<Value> items;
  for (uint32_t i = 0; i < any.b; ++i) {
    const Value* item = equal_to(compiler_.program->extra[any.a + i]);
    if (item == nullptr) return;
    items.push_back(*item);
  }
  cell.form = Cell::Form::one_of;
  cell.a = compiler_.add_constant(Value::list(std::move(items)));
}

void Builder::table_inputs(const Table& table, const TableTexts& texts, feel::TableCode& code,
                           std::vector<TypeRef>& types) {
  for (size_t i = 0; i < table.inputs.size(); ++i) {
    const TableTexts::Column& column = texts.inputs[i];
    feel::TableCode::Input input;
    input.local = compiler_.new_local();
    const Part value =
        column.expression.blank()
            ? problem(table.place,
                      "input " + std::to_string(i + 1) + " of the decision table of '" +
                          table.owner + "' has no expression",
                      "add <inputExpression><text>...</text></inputExpression>")
            : text(column.expression);
    input.value = value.node;
    TypeRef declared = type(table.inputs[i].type, column.expression.place);
    types.push_back(declared->kind == Type::Kind::any ? value.type : declared);
    if (!column.values.blank()) {
      input.allowed = cell(tests(column.values, input.local, types.back()));
    }
    code.inputs.push_back(input);
  }
}

// The output values in their order: the priorities of hit policies P and O.
std::vector<Value> Builder::order_of(const Written& values, const TypeRef& type) {
  const std::string list =
      values.blank() && type->allowed != nullptr ? type->allowed->text : values.text;
  std::vector<Value> order;
  if (trim(list).empty()) return order;
  feel::Compiler apart;
  const auto part = apart.expression("[" + list + "]");
  if (!part) return order;
  const Value* constant = apart.constant_of(part->node);
  if (constant == nullptr) return order;
  for (const Value& item : constant->items()) order.push_back(feel::immortal(item));
  return order;
}

void Builder::table_outputs(const Table& table, const TableTexts& texts, feel::TableCode& code) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < table.outputs.size(); ++i) {
    const TableTexts::Column& column = texts.outputs[i];
    feel::TableCode::Output output;
    output.key = compiler_.key(table.outputs[i].name);
    const TypeRef declared = type(table.outputs[i].type, table.place);
    if (declared->kind != Type::Kind::any) output.type = compiler_.type(declared) + 1;
    output.order = order_of(column.values, declared);
    if (!column.values.blank()) {
      output.allowed_local = compiler_.new_local();
      output.allowed = tests(column.values, output.allowed_local, declared);
    }
    if (!column.fallback.blank()) output.fallback = text(column.fallback).node;
    code.outputs.push_back(std::move(output));
    std::string key = table.outputs[i].name;
    if (key.empty()) key = "output " + std::to_string(i + 1);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      problem(table.place,
              "two outputs of the decision table of '" + table.owner + "' are named '" + key + "'",
              "rename one");
      key += " " + std::to_string(i + 1);
    }
    keys.push_back(key);
    compiler_.hint_member(key);
  }
  if (keys.size() > 1) code.shape = compiler_.program->shapes[compiler_.shape(keys)];
}

void Builder::table_rules(const Table& table, const TableTexts& texts, feel::TableCode& code,
                          const std::vector<TypeRef>& types) {
  code.rules = static_cast<uint32_t>(table.rules.size());
  for (size_t rule = 0; rule < table.rules.size(); ++rule) {
    for (size_t i = 0; i < table.inputs.size(); ++i) {
      const Written& written = texts.input_cells[rule][i];
      if (written.blank() || trim(written.text) == "-") continue;
      const Cell asked = cell(tests(written, code.inputs[i].local, types[i]));
      if (asked.form == Cell::Form::any) continue;
      code.tests.push_back({static_cast<uint32_t>(i), asked});
    }
    code.ends.push_back(static_cast<uint32_t>(code.tests.size()));
    for (size_t i = 0; i < table.outputs.size(); ++i) {
      code.results.push_back(text(texts.output_cells[rule][i]).node);
    }
    code.constant_results.push_back(constant_result(table, code, rule));
  }
}

// A rule whose outputs are constants that need no check any more has its whole result at hand.
uint32_t Builder::constant_result(const Table& table, const feel::TableCode& code, size_t rule) {
  feel::ContextBuilder context;
  Value only;
  for (size_t i = 0; i < code.outputs.size(); ++i) {
    const feel::TableCode::Output& output = code.outputs[i];
    const Value* constant = compiler_.constant_of(code.results[rule * code.outputs.size() + i]);
    if (constant == nullptr || constant->is_null()) return 0;
    Value value = *constant;
    if (output.type != 0) {
      auto fitting = feel::coerce(value, *compiler_.program->types[output.type - 1]);
      if (!fitting) return 0;
      value = std::move(*fitting);
    }
    const auto& order = output.order;
    if (output.allowed != no_node && std::find(order.begin(), order.end(), value) == order.end()) {
      return 0;
    }
    if (code.outputs.size() > 1) context.set(table.outputs[i].name, value);
    only = std::move(value);
  }
  const Value whole = code.outputs.size() > 1 ? context.build() : only;
  if (code.outputs.size() > 1 && whole.size() != code.outputs.size()) return 0;
  return compiler_.add_constant(whole) + 1;
}

TypeRef Builder::table_type(const Table& table, const std::vector<TypeRef>& columns) const {
  TypeRef type;
  if (columns.size() == 1) {
    type = columns[0]->kind == Type::Kind::any ? nullptr : columns[0];
  } else {
    std::vector<std::pair<std::string, TypeRef>> fields;
    for (size_t i = 0; i < columns.size(); ++i) {
      fields.emplace_back(table.outputs[i].name,
                          columns[i]->kind == Type::Kind::any ? nullptr : columns[i]);
    }
    type = Type::context_of(std::move(fields));
  }
  const bool many = table.hit_policy == HitPolicy::collect ||
                    table.hit_policy == HitPolicy::rule_order ||
                    table.hit_policy == HitPolicy::output_order;
  if (!many) return type;
  if (table.aggregator == Aggregator::count) return Type::of(Type::Kind::number);
  return table.aggregator == Aggregator::none ? Type::list_of(type) : type;
}

Part Builder::table(const Boxed& boxed) {
  const Table& table = here_.model->source.tables[boxed.table];
  const TableTexts& texts = here_.model->source.table_texts[boxed.table];
  if (table.outputs.empty()) {
    return problem(table.place, "the decision table of '" + table.owner + "' has no output");
  }
  const uint32_t locals = compiler_.local_mark();
  feel::TableCode code;
  code.origin = &table;
  code.hit = static_cast<feel::TableHit>(table.hit_policy);
  code.aggregate = table.hit_policy == HitPolicy::collect
                       ? static_cast<feel::TableAggregate>(table.aggregator)
                       : feel::TableAggregate::none;
  std::vector<TypeRef> types, columns;
  table_inputs(table, texts, code, types);
  table_outputs(table, texts, code);
  table_rules(table, texts, code, types);
  for (const Table::Output& output : table.outputs) {
    const TypeRef found = here_.model->find_type(output.type);
    columns.push_back(found == nullptr ? Type::any() : found);
  }
  inferred[&table] = types;
  compiler_.restore_locals(locals);
  feel::index_table(code, compiler_.program->constants);
  compiler_.program->tables.push_back(std::move(code));
  const NodeId node =
      compiler_.emit(Op::table, static_cast<uint32_t>(compiler_.program->tables.size() - 1));
  return {node, table_type(table, columns), {}};
}

}  // namespace passerelle::dmn
