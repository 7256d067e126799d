#include "pathway/feel/evaluator.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {

// ---- nodes ----

// `scratch` is null, and holds what is made here.
const Value& Evaluator::operand(NodeId id, Value& scratch) {
  const Node& node = program_.nodes[id];
  switch (node.op) {
    case Op::constant:
      return program_.constants[node.a];
    case Op::local:
      return frame_[node.a];
    case Op::slot:
      if (node.a < slots_.size()) return slots_[node.a];
      return scratch;
    case Op::path:
      if (const Value* member = member_at_hand(node)) return *member;
      return *new (&scratch) Value(path(node));
    case Op::now:
      return current_time(evaluation_);
    case Op::today:
      return current_date(evaluation_);
    case Op::hour:
      return current_hour(evaluation_);
    case Op::add:
    case Op::subtract:
      return *new (&scratch) Value(arithmetic(node));
    case Op::date_of:
      return *new (&scratch) Value(date_of(node));
    case Op::choose:
      return operand(choose(node), scratch);
    case Op::coerce: {
      const Value& value = operand(node.a, scratch);
      if (value.is_null() || conforms_at_once(value, *program_.types[node.b])) return value;
      return scratch = coerced(node, Value(value));
    }
    default:
      return *new (&scratch) Value(eval(id));
  }
}

// The entry of a context that a variable holds, in its place; null when it is more than that.
const Value* Evaluator::member_at_hand(const Node& node) const {
  const Node& owner = program_.nodes[node.a];
  const Value* context = owner.op == Op::local                             ? frame_ + owner.a
                         : owner.op == Op::slot && owner.a < slots_.size() ? &slots_[owner.a]
                                                                           : nullptr;
  return context != nullptr && context->is_context() ? entry(*context, node) : nullptr;
}

// The entry of a context that a path asks for; null when it has none.
const Value* Evaluator::entry(const Value& context, const Node& node) const {
  const auto* heap = static_cast<const ContextHeap*>(context.heap());
  PlaceInShape& known = program_.places[node.c];
  int place = known.find(heap->shape);
  if (place < 0) {
    const KeyName& key = program_.keys[node.b];
    place = heap->shape->find(key.name, key.hash);
    if (place < 0) return nullptr;
    known.remember(heap->shape, place);
  }
  return heap->slots() + place;
}

// Hundreds of decisions that one requires are as many locals: no recursion for them.
Value Evaluator::let_chain(const Node* node) {
  for (;;) {
    frame_[node->a] = eval(node->b);
    const Node* next = &program_.nodes[node->c];
    if (next->op != Op::let) return eval(node->c);
    if (!spend(1)) return Value();
    node = next;
  }
}

// Only hands over: what needs a frame of its own does not make every other node pay for one.
Value Evaluator::eval(NodeId id) {
  const Node& node = program_.nodes[id];
  if (++evaluation_.steps > evaluation_.limits.steps) [[unlikely]]
    return stopped(node);
  switch (node.op) {
    case Op::constant:
      return program_.constants[node.a];
    case Op::slot:
      return node.a < slots_.size() ? slots_[node.a] : Value();
    case Op::local:
      return frame_[node.a];
    case Op::list:
      return make_list(node);
    case Op::context:
      return make_context(node);
    case Op::range:
      return make_range_value(node);
    case Op::negate:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::power:
      return arithmetic(node);
    case Op::equal:
    case Op::unequal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return value_of(compare(node));
    case Op::between:
      return between(node);
    case Op::both:
    case Op::either:
      return value_of(logic(node));
    case Op::choose:
      return eval(choose(node));
    case Op::let:
      return let_chain(&node);
    case Op::each:
      return each(node);
    case Op::some:
    case Op::every:
      return quantified(node);
    case Op::filter:
      return filter(node);
    case Op::path:
      return path(node);
    case Op::item_name:
      return item_name(node);
    case Op::now:
      return current_time(evaluation_);
    case Op::today:
      return current_date(evaluation_);
    case Op::hour:
      return current_hour(evaluation_);
    case Op::date_of:
      return date_of(node);
    case Op::date_time:
      return date_time(node);
    case Op::call_built_in:
      return call_built_in(node);
    case Op::call_host:
      return call_host(node);
    case Op::call_function:
      return call_function(node);
    case Op::call_value:
      return call_value(node);
    case Op::make_function:
    case Op::built_in_value:
    case Op::host_value:
      return make_function(node);
    case Op::instance_of:
      return instance_of(node);
    case Op::coerce:
      return coerce_node(node);
    case Op::test_compare:
      return test_compare(node);
    case Op::test_value:
      return test_value(node);
    case Op::test_any:
      return test_any(node);
    case Op::test_not:
      return test_not(node);
    case Op::table:
      return table(node);
    case Op::read_decision:
      return read_decision(node);
    case Op::decide:
      return decide(node);
    case Op::failed:
      here_ = &node;
      return note(program_.constants[node.a].text());
  }
  return Value();
}

Value Evaluator::stopped(const Node& node) {
  here_ = &node;
  spend(0);
  return Value();
}

// A condition without the value that it would be: comparisons and what joins them need none.
Truth Evaluator::condition(NodeId id) {
  const Node& node = program_.nodes[id];
  switch (node.op) {
    case Op::equal:
    case Op::unequal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::both:
    case Op::either:
      if (++evaluation_.steps > evaluation_.limits.steps) [[unlikely]]
        return truth_of(stopped(node));
      return node.op <= Op::greater_equal ? compare(node) : logic(node);
    default: {
      Value scratch;
      return truth_of(operand(id, scratch));
    }
  }
}

namespace {
bool is_condition(Op op) {
  return (op >= Op::equal && op <= Op::greater_equal) || op == Op::both || op == Op::either;
}
}  // namespace

// The branch of an `if`.
NodeId Evaluator::choose(const Node& node) {
  if (is_condition(program_.nodes[node.a].op))
    return condition(node.a) == Truth::yes ? node.b : node.c;
  Value scratch;
  const Value& condition = operand(node.a, scratch);
  if (condition.is_true()) return node.b;
  if (!condition.is_boolean() && !condition.is_null()) {
    here_ = &node;
    note("the condition of 'if' is a " + std::string(kind_name(condition.kind())) +
         ", not true or false");
  }
  return node.c;
}

Value Evaluator::instance_of(const Node& node) {
  const Value value = eval(node.a);
  return Value::boolean(!value.is_null() && is_instance(value, *program_.types[node.b]));
}

namespace {
constexpr std::array<std::string_view, 6> verbs = {"negate",   "add",    "subtract from",
                                                   "multiply", "divide", "raise"};

bool is_duration(const Value& value) {
  return value.kind() == Kind::days_duration || value.kind() == Kind::months_duration;
}
}  // namespace

Value Evaluator::arithmetic(const Node& node) {
  Value left, right;
  const Value& a = operand(node.a, left);
  if (node.op == Op::negate) {
    if (a.is_number()) return negate_number(a);
    if (is_duration(a)) return negate_duration(a);
    here_ = &node;
    return a.is_null() ? Value() : note("cannot negate a " + std::string(kind_name(a.kind())));
  }
  const Value& b = operand(node.b, right);
  Value result;
  if (a.is_number() && b.is_number()) {
    switch (node.op) {
      case Op::add:
        result = add_numbers(a, b);
        break;
      case Op::subtract:
        result = subtract_numbers(a, b);
        break;
      case Op::multiply:
        result = multiply_numbers(a, b);
        break;
      case Op::divide:
        here_ = &node;
        if (is_zero(b)) return note("division by zero");
        result = divide_numbers(a, b);
        break;
      default:
        result = power_numbers(a, b);
        break;
    }
    here_ = &node;
    return result.is_null() ? note("the result is no number, or too large for one") : result;
  }
  here_ = &node;
  if (a.is_string() && b.is_string() && node.op == Op::add) {
    if (!text_fits(a.text().size() + b.text().size())) return Value();
    return make_string(a.text(), b.text());
  }
  if (a.is_null() || b.is_null()) return note("a value is missing (null) in a calculation");
  switch (node.op) {
    case Op::add:
      result = add_temporal(a, b);
      break;
    case Op::subtract:
      result = subtract_temporal(a, b);
      break;
    case Op::multiply:
      if (is_duration(a) && b.is_number()) result = multiply_duration(a, b);
      if (a.is_number() && is_duration(b)) result = multiply_duration(b, a);
      break;
    case Op::divide:
      if (is_duration(a)) result = divide_duration(a, b);
      break;
    default:
      break;
  }
  if (!result.is_null()) return result;
  const auto verb = verbs[static_cast<size_t>(node.op) - static_cast<size_t>(Op::negate)];
  return note("cannot " + std::string(verb) + " " + std::string(kind_name(a.kind())) + " and " +
              std::string(kind_name(b.kind())));
}

namespace {
std::optional<bool> decide(Op op, int order) {
  switch (op) {
    case Op::less:
      return order < 0;
    case Op::less_equal:
      return order <= 0;
    case Op::greater:
      return order > 0;
    case Op::greater_equal:
      return order >= 0;
    default:
      return std::nullopt;
  }
}

Truth holds(Op op, int order) {
  switch (op) {
    case Op::equal:
      return order == 0 ? Truth::yes : Truth::no;
    case Op::unequal:
      return order != 0 ? Truth::yes : Truth::no;
    default:
      return *decide(op, order) ? Truth::yes : Truth::no;
  }
}

// Numbers first: they are what most rules compare.
std::optional<bool> compare_by(Op op, const Value& a, const Value& b) {
  if (op == Op::equal || op == Op::unequal) {
    if (a.is_string() && b.is_string()) return same_text(a, b) == (op == Op::equal);
    const auto equal = equal_values(a, b);
    if (!equal) return std::nullopt;
    return *equal == (op == Op::equal);
  }
  const auto order = a.is_number() && b.is_number() ? std::optional<int>(compare_numbers(a, b))
                                                    : order_values(a, b);
  return order ? decide(op, *order) : std::nullopt;
}
}  // namespace

// Small numbers of one scale and texts are compared where they lie.
Truth Evaluator::compare(const Node& node) {
  Value left, right;
  const Value& a = operand(node.a, left);
  const Value& b = operand(node.b, right);
  if (a.is_string() && b.is_string() && node.op <= Op::unequal)
    return same_text(a, b) == (node.op == Op::equal) ? Truth::yes : Truth::no;
  const bool small = a.is_number() && b.is_number() && !a.on_heap() && !b.on_heap();
  if (small && a.scale() == b.scale())
    return holds(node.op, a.whole() < b.whole() ? -1 : a.whole() > b.whole() ? 1 : 0);
  if (const auto result = compare_by(node.op, a, b)) return *result ? Truth::yes : Truth::no;
  return not_comparable(node, a, b);
}

Truth Evaluator::not_comparable(const Node& node, const Value& a, const Value& b) {
  here_ = &node;
  if (!evaluation_.keep_notes) return Truth::unknown;
  if (a.is_null() || b.is_null()) {
    note("a value is missing (null) in a comparison");
  } else {
    note("cannot compare " + std::string(kind_name(a.kind())) + " with " +
         std::string(kind_name(b.kind())));
  }
  return Truth::unknown;
}

Value Evaluator::between(const Node& node) {
  Value x, y, z;
  const Value& value = operand(node.a, x);
  const Value& low = operand(node.b, y);
  const Value& high = operand(node.c, z);
  const auto above = compare_by(Op::greater_equal, value, low);
  const auto below = compare_by(Op::less_equal, value, high);
  if (above && below) return Value::boolean(*above && *below);
  here_ = &node;
  return note("'between' needs a value and two bounds of the same kind");
}

Value Evaluator::date_of(const Node& node) {
  Value scratch;
  const Value& from = operand(node.a, scratch);
  if (from.kind() == Kind::date_time) return Value::date(days_of(from));
  const uint32_t* words = program_.extra.data() + node.c;
  Value arguments[] = {from};
  here_ = &node;
  return call_row(words[0], arguments, words[1]);
}

Value Evaluator::date_time(const Node& node) {
  Value left, right;
  const Value& date = operand(node.a, left);
  const Value& time = operand(node.b, right);
  const bool dated = date.kind() == Kind::date || date.kind() == Kind::date_time;
  if (dated && time.kind() == Kind::time) return date_time_from(date, time);
  const uint32_t* words = program_.extra.data() + node.c;
  Value arguments[] = {date, time};
  here_ = &node;
  return call_row(words[0], arguments, words[1]);
}

// Table 50: null stands for "unknown"; what is not boolean counts as null.
Truth Evaluator::logic(const Node& node) {
  const Truth decisive = node.op == Op::both ? Truth::no : Truth::yes;
  const Truth a = condition(node.a);
  if (a == decisive) return decisive;
  const Truth b = condition(node.b);
  if (b == decisive) return decisive;
  if (a == Truth::unknown || b == Truth::unknown) return Truth::unknown;
  return decisive == Truth::no ? Truth::yes : Truth::no;
}

Value Evaluator::make_list(const Node& node) {
  ListHeap* list = new_list(node.b);
  Value owner = Value::adopt(list);
  for (uint32_t i = 0; i < node.b; ++i) {
    Value item = eval(program_.extra[node.a + i]);
    new (list->items() + list->size++) Value(std::move(item));
  }
  hold(list);
  return finish(list);
}

Value Evaluator::make_context(const Node& node) {
  Evaluation::Stack& memory = *evaluation_.stack;
  if (node.flag == 0 || !memory.remembers || evaluation_.keep_notes || evaluation_.trace != nullptr)
    return build_context(node);
  const size_t which = node.flag - size_t{1};
  Operands now;
  if (!now.gather(program_, program_.made_alike[which], slots_, frame_, evaluation_))
    return build_context(node);
  Memo& memo = memory.memo_of(program_, which);
  if (const Value* known = memo.find(now.all())) return *known;
  Value made = build_context(node);
  memo.keep(now.all(), made);
  return made;
}

Value Evaluator::build_context(const Node& node) {
  Shape* shape = program_.shapes[node.a];
  const uint32_t* words = program_.extra.data() + node.b;
  for (uint32_t i = 0; i < shape->size; ++i) frame_[words[2 * i + 1]] = eval(words[2 * i]);
  ContextHeap* context = new_context(shape);
  for (uint32_t i = 0; i < shape->size; ++i) {
    context->slots()[i] = std::move(frame_[words[2 * i + 1]]);
  }
  return finish(context);
}

Value Evaluator::make_range_value(const Node& node) {
  Value low = node.a == no_node ? Value() : eval(node.a);
  Value high = node.b == no_node ? Value() : eval(node.b);
  Value range = make_range_checked(std::move(low), (node.flag & 1) != 0, std::move(high),
                                   (node.flag & 2) != 0, static_cast<uint8_t>(node.c));
  here_ = &node;
  return range.is_null() ? note("the bounds do not make a range") : range;
}

Value Evaluator::path(const Node& node) {
  Value scratch;
  const Value& value = operand(node.a, scratch);
  const KeyName& key = program_.keys[node.b];
  if (value.is_context()) {
    if (const Value* found = entry(value, node)) return *found;
    here_ = &node;
    return note("there is no entry '" + key.name + "'");
  }
  if (value.kind() == Kind::date_time && key.property == TemporalProperty::hour) {
    return Value::integer(hour_of(value));
  }
  if (value.is_list()) {
    here_ = &node;
    if (!spend(value.size())) return Value();
    ListBuilder items(value.size());
    for (const Value& item : value.items()) {
      items.push(member_of(item, key.name, key.hash).value_or(Value()));
    }
    return items.build();
  }
  if (value.is_null()) return Value();
  auto member = member_of(value, key.name, key.hash);
  if (member) return std::move(*member);
  here_ = &node;
  return note("a " + std::string(kind_name(value.kind())) + " has no '" + key.name + "'");
}

Value Evaluator::item_name(const Node& node) {
  Value scratch;
  const Value& item = operand(node.a, scratch);
  const KeyName& key = program_.keys[node.b];
  if (item.is_context()) {
    if (const Value* found = find_key(item, key.name, key.hash)) return *found;
  } else if (!item.is_null() && !item.is_list()) {
    if (auto member = member_of(item, key.name, key.hash)) return std::move(*member);
  }
  return eval(node.c);
}

Value Evaluator::filter(const Node& node) {
  Value scratch;
  const Value list = operand(node.a, scratch);
  here_ = &node;
  const Value wrapped = list.is_list() ? list : list.is_null() ? Value() : Value::list({list});
  const auto at_index = [&](const Value& index) -> Value {
    const auto position = index.integer();
    const auto size = static_cast<int64_t>(wrapped.size());
    if (!position || *position == 0 || *position > size || *position < -size) {
      here_ = &node;
      return note("the list has no item " + to_text(index));
    }
    return wrapped.at(static_cast<size_t>(*position > 0 ? *position - 1 : size + *position));
  };
  if (node.flag == 1) {
    const Value index = eval(node.b);
    if (index.is_number()) return at_index(index);
    return note("the number between brackets is missing");
  }
  if (!spend(wrapped.size())) return Value();
  ListBuilder kept(4);
  bool first = true;
  for (const Value& item : wrapped.items()) {
    frame_[node.c] = item;
    const Value keep = eval(node.b);
    if (keep.is_number() && first) return at_index(keep);
    first = false;
    if (keep.is_true()) kept.push(item);
    if (evaluation_.steps > evaluation_.limits.steps) return Value();
  }
  if (list.is_null()) {
    frame_[node.c] = Value();
    if (eval(node.b).is_number()) return Value();
    return note("a list is missing (null) before a filter");
  }
  return kept.build();
}

Value Evaluator::coerce_node(const Node& node) {
  Value value = eval(node.a);
  if (value.is_null() || conforms_at_once(value, *program_.types[node.b])) return value;
  return coerced(node, std::move(value));
}

// A value that is no plain match for the type that is asked for.
Value Evaluator::coerced(const Node& node, Value value) {
  const Type& type = *program_.types[node.b];
  if (value.is_null() || conforms(value, type)) return value;
  if (auto other = coerce(value, type)) return std::move(*other);
  here_ = &node;
  const std::string shown = to_text(value).substr(0, 60);
  const std::string name = type.name.empty() ? to_text(type) : type.name;
  return note("'" + program_.keys[node.c].name + "' is " + shown + ", which is no " + name +
              (type.allowed ? " (allowed: " + type.allowed->text + ")" : ""));
}

Value Evaluator::make_function(const Node& node) {
  auto* function = new Function;
  function->kind = Kind::function;
  function->depth = 1;
  function->index = node.a;
  function->program = shared_;
  if (node.op == Op::built_in_value) function->form = Function::Form::built_in;
  if (node.op == Op::host_value) function->form = Function::Form::host;
  if (node.op != Op::make_function) return Value::adopt(function);
  unsigned depth = 0;
  for (const Capture& capture : program_.functions[node.a].captures) {
    if (capture.self) {
      function->captured.emplace_back();
    } else if (capture.slot) {
      function->captured.push_back(capture.from < slots_.size() ? slots_[capture.from] : Value());
    } else {
      function->captured.push_back(frame_[capture.from]);
    }
    depth = std::max<unsigned>(depth, depth_of(function->captured.back()));
  }
  function->depth = static_cast<uint16_t>(depth + 1);
  Value made = Value::adopt(function);
  here_ = &node;
  return depth >= max_depth ? note("functions are nested too deeply") : made;
}

// ---- tests ----

Value Evaluator::test_compare(const Node& node) {
  Value x, y;
  const Value& tested = operand(node.a, x);
  const Value& bound = operand(node.b, y);
  const auto result = compare_by(static_cast<Op>(node.flag), tested, bound);
  if (result) return Value::boolean(*result);
  return Value();
}

Value Evaluator::test_value(const Node& node) {
  Value x, y;
  const Value& result = operand(node.b, y);
  // The expression looks at `?` itself: its answer is the test's.
  if (node.flag == 1 && (result.is_boolean() || result.is_null())) return result;
  const Value& tested = operand(node.a, x);
  if (const RangeView* range = result.range()) {
    if (tested.kind() == Kind::range && tested == result) return Value::boolean(true);
    const auto inside = in_range(*range, tested);
    return inside ? Value::boolean(*inside) : Value();
  }
  const auto equal = equal_values(tested, result);
  if (equal && *equal) return Value::boolean(true);
  if (result.is_list()) {
    bool unknown = false;
    for (const Value& item : result.items()) {
      if (const RangeView* range = item.range(); range && tested.kind() != Kind::range) {
        const auto inside = in_range(*range, tested);
        if (inside && *inside) return Value::boolean(true);
        unknown = unknown || !inside;
      } else if (const auto same = equal_values(tested, item); same && *same) {
        return Value::boolean(true);
      } else if (item.is_list()) {
        for (const Value& inner : item.items()) {
          const auto in = equal_values(tested, inner);
          if (in && *in && node.flag == 2) return Value::boolean(true);
        }
      }
    }
    return unknown ? Value() : Value::boolean(false);
  }
  // A test such as `contains(other, "x")` in a cell: its answer, unless booleans are tested.
  const Node& asked = program_.nodes[node.b];
  const bool computed = asked.op != Op::constant || asked.flag != 0;
  if (node.flag == 0 && computed && result.is_boolean() && !tested.is_boolean()) return result;
  if (equal) return Value::boolean(false);
  return Value();
}

Value Evaluator::test_not(const Node& node) {
  Value value = eval(node.a);
  return value.is_boolean() ? Value::boolean(!value.is_true()) : value;
}

Value Evaluator::test_any(const Node& node) {
  bool unknown = false;
  for (uint32_t i = 0; i < node.b; ++i) {
    const Value value = eval(program_.extra[node.a + i]);
    if (value.is_true()) return value;
    unknown = unknown || !value.is_boolean();
  }
  return unknown ? Value() : Value::boolean(false);
}

}  // namespace passerelle::feel
