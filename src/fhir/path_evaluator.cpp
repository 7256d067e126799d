#include "fhir/path_evaluator.h"

#include <algorithm>

#include "fhir/path_functions.h"
#include "fhir/path_lexer.h"

namespace passerelle::fhir::path {
namespace {

constexpr int max_depth = 300;
// What fits into memory however often it is doubled.
constexpr size_t max_items = 1'000'000;
constexpr size_t max_text = 16u << 20;

Collection of(std::optional<bool> value) {
  return value ? one(make_boolean(*value)) : Collection();
}

}  // namespace

Error Evaluator::error(const Node& node, std::string message) const {
  return Error{ErrorCode::invalid, std::move(message), line_and_column(program_.text, node.column)};
}

Result<void> Evaluator::step(const Node& node, size_t work) {
  steps_ += work;
  if (steps_ <= context_.max_steps) return {};
  return Error{ErrorCode::too_large,
               "this expression takes more than " + std::to_string(context_.max_steps) + " steps",
               line_and_column(program_.text, node.column)};
}

Result<void> Evaluator::check_length(const Node& node, size_t bytes) const {
  if (bytes <= max_text) return {};
  return Error{ErrorCode::too_large,
               "this expression makes a text of more than " + std::to_string(max_text) + " bytes",
               line_and_column(program_.text, node.column)};
}

Result<Collection> Evaluator::evaluate(uint32_t index, const Frame& frame) {
  const Node& node = program_.nodes[index];
  TRY_VOID(step(node));
  Result<Collection> items = dispatch(node, frame);
  if (!items) return items;
  if (items->size() > max_items) {
    return Error{ErrorCode::too_large,
                 "this expression gives more than " + std::to_string(max_items) + " items",
                 line_and_column(program_.text, node.column)};
  }
  if (items->size() == 1 && (*items)[0].kind == Kind::string) {
    constexpr size_t bytes_of_a_step = 64;
    const size_t bytes = (*items)[0].box->text.size();
    TRY_VOID(check_length(node, bytes));
    TRY_VOID(step(node, bytes / bytes_of_a_step));
  }
  return items;
}

Result<Collection> Evaluator::dispatch(const Node& node, const Frame& frame) {
  switch (node.op) {
    case Op::literal:
      return one(program_.literals[node.value]);
    case Op::empty:
      return Collection();
    case Op::focus:
      return one(*frame.focus);
    case Op::index:
      return one(make_integer(static_cast<int64_t>(frame.index)));
    case Op::total:
      return frame.total == nullptr ? Collection() : *frame.total;
    case Op::variable:
      return variable(node);
    case Op::member:
      return member(node, frame);
    case Op::call:
      return call(node, frame);
    case Op::indexer:
      return indexer(node, frame);
    case Op::negate:
      return negate(node, frame);
    case Op::is_type:
    case Op::as_type:
      return type_test(node, frame);
    case Op::logical_and:
    case Op::logical_or:
    case Op::logical_xor:
    case Op::implies:
      return logical(node, frame);
    case Op::multiply:
    case Op::divide:
    case Op::whole_divide:
    case Op::modulo:
    case Op::add:
    case Op::subtract:
    case Op::concatenate:
    case Op::merge:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::equal:
    case Op::not_equal:
    case Op::equivalent:
    case Op::not_equivalent:
    case Op::in:
    case Op::contains:
      return binary(node, frame);
  }
  return Collection();
}

Result<Collection> Evaluator::member(const Node& node, const Frame& frame) {
  const Name& name = program_.names[node.value];
  Collection out;
  if (node.left == no_node) {
    // "Patient.name": the first name may be the type of the focus itself.
    const Item& focus = *frame.focus;
    const bool is_type = name.type != none && focus.kind == Kind::node && focus.type != none;
    if (is_type && definitions().is_a(focus.type, name.type)) return one(focus);
    append_children(out, focus, name);
    return out;
  }
  TRY(const Collection items, evaluate(node.left, frame));
  TRY_VOID(step(node, items.size()));
  for (const Item& item : items) append_children(out, item, name);
  return out;
}

Result<Collection> Evaluator::call(const Node& node, const Frame& frame) {
  if (++depth_ > max_depth) return error(node, "functions are nested too deeply");
  Collection focus;
  if (node.left == no_node) {
    focus.push_back(*frame.focus);
  } else {
    TRY(focus, evaluate(node.left, frame));
  }
  TRY_VOID(step(node, focus.size()));
  const Frame* const outer = frame_;
  frame_ = &frame;
  Result<Collection> result = functions()[node.function].run(*this, node, std::move(focus));
  frame_ = outer;
  --depth_;
  return result;
}

Result<Collection> Evaluator::indexer(const Node& node, const Frame& frame) {
  TRY(const Collection items, evaluate(node.left, frame));
  TRY(const Collection position, evaluate(node.right, frame));
  if (position.empty()) return Collection();
  const Item at = to_system(position[0]);
  if (position.size() > 1 || at.kind != Kind::integer) {
    return error(node, "the index in [ ] must be one whole number");
  }
  if (at.integer < 0 || at.integer >= static_cast<int64_t>(items.size())) return Collection();
  return one(items[static_cast<size_t>(at.integer)]);
}

Result<Collection> Evaluator::variable(const Node& node) const {
  const std::string& name = program_.names[node.value].text;
  for (const auto& [known, value] : variables_) {
    if (known == name) return value;
  }
  for (const auto& [known, value] : context_.variables) {
    if (known == name) return value;
  }
  if (name == "context") return one(root_);
  if (name == "resource" || name == "rootResource") {
    return one(context_.root.exists() ? root_item(context_.root) : root_);
  }
  if (name == "sct") return one(make_string("http://snomed.info/sct"));
  if (name == "loinc") return one(make_string("http://loinc.org"));
  if (name == "ucum") return one(make_string("http://unitsofmeasure.org"));
  if (name.starts_with("vs-")) {
    return one(make_string("http://hl7.org/fhir/ValueSet/" + name.substr(3)));
  }
  if (name.starts_with("ext-")) {
    return one(make_string("http://hl7.org/fhir/StructureDefinition/" + name.substr(4)));
  }
  return error(node, "the variable %" + name + " is not defined");
}

Result<Collection> Evaluator::negate(const Node& node, const Frame& frame) {
  TRY(Collection items, evaluate(node.left, frame));
  if (items.empty()) return items;
  const Item item = to_system(items[0]);
  const std::optional<Decimal> number = decimal_of(item);
  if (items.size() > 1 || !number) return error(node, "'-' and '+' need one number");
  if (node.value == 0) return items;
  if (item.kind == Kind::integer) return one(make_integer(-item.integer));
  if (item.kind == Kind::decimal) return one(make_decimal(number->negated()));
  return one(make_quantity(number->negated(), item.box->text, item.box->calendar));
}

Result<Collection> Evaluator::type_test(const Node& node, const Frame& frame) {
  TRY(Collection items, evaluate(node.left, frame));
  if (items.empty()) return items;
  if (items.size() > 1) return error(node, "'is' and 'as' need one item; use ofType() for several");
  const TypeName& type = program_.types[node.value];
  if (node.op == Op::is_type) return one(make_boolean(is_of_type(items[0], type, false)));
  return is_of_type(items[0], type, true) ? std::move(items) : Collection();
}

Result<std::optional<bool>> Evaluator::condition(const Node& node, const Collection& items) const {
  if (items.empty()) return std::optional<bool>();
  if (items.size() > 1) {
    return error(node, "expected true or false, found " + std::to_string(items.size()) + " items");
  }
  const Item item = to_system(items[0]);
  return std::optional<bool>(item.kind == Kind::boolean ? item.boolean : true);
}

Result<Collection> Evaluator::logical(const Node& node, const Frame& frame) {
  TRY(const Collection left, evaluate(node.left, frame));
  TRY(const std::optional<bool> a, condition(node, left));
  // What the left side decides needs no right side.
  if (node.op == Op::logical_and && a == false) return of(false);
  if (node.op == Op::logical_or && a == true) return of(true);
  if (node.op == Op::implies && a == false) return of(true);
  TRY(const Collection right, evaluate(node.right, frame));
  TRY(const std::optional<bool> b, condition(node, right));
  switch (node.op) {
    case Op::logical_and:
      if (b == false) return of(false);
      return of(a && b ? std::optional<bool>(true) : std::nullopt);
    case Op::logical_or:
      if (b == true) return of(true);
      return of(a && b ? std::optional<bool>(false) : std::nullopt);
    case Op::logical_xor:
      return of(a && b ? std::optional<bool>(*a != *b) : std::nullopt);
    default:  // implies, whose left side is true or empty here
      if (b == true) return of(true);
      return of(a && b ? std::optional<bool>(false) : std::nullopt);
  }
}

Result<Collection> Evaluator::binary(const Node& node, const Frame& frame) {
  TRY(Collection left, evaluate(node.left, frame));
  TRY(Collection right, evaluate(node.right, frame));
  TRY_VOID(step(node, left.size() + right.size()));
  switch (node.op) {
    case Op::merge:
      left.insert(left.end(), right.begin(), right.end());
      return distinct_items(std::move(left));
    case Op::equal:
      return of(equal_collections(left, right));
    case Op::not_equal: {
      const std::optional<bool> same = equal_collections(left, right);
      return of(same ? std::optional<bool>(!*same) : std::nullopt);
    }
    case Op::equivalent:
      return of(equivalent_collections(left, right));
    case Op::not_equivalent:
      return of(!equivalent_collections(left, right));
    case Op::in:
    case Op::contains: {
      const Collection& items = node.op == Op::in ? right : left;
      const Collection& item = node.op == Op::in ? left : right;
      if (item.empty()) return Collection();
      if (item.size() > 1) return error(node, "'in' and 'contains' need one item to look for");
      return of(contains_item(items, item[0]));
    }
    default:
      break;
  }
  if (node.op == Op::concatenate && left.size() <= 1 && right.size() <= 1) {
    std::string text;
    for (const Collection* part : {&left, &right}) {
      if (part->empty()) continue;
      const Item item = to_system((*part)[0]);
      if (item.kind != Kind::string) return error(node, "'&' joins texts only");
      text += item.box->text;
    }
    return one(make_string(std::move(text)));
  }
  if (left.empty() || right.empty()) return Collection();
  if (left.size() > 1 || right.size() > 1) {
    return error(node, "this operator needs one item on each side, found " +
                           std::to_string(left.size()) + " and " + std::to_string(right.size()));
  }
  const bool order = node.op == Op::less || node.op == Op::less_equal || node.op == Op::greater ||
                     node.op == Op::greater_equal;
  if (order) {
    const Result<std::optional<int>> result = compare_items(left[0], right[0]);
    if (!result) return error(node, result.error().message);
    if (!*result) return Collection();
    const int sign = **result;
    return of(node.op == Op::less         ? sign < 0
              : node.op == Op::less_equal ? sign <= 0
              : node.op == Op::greater    ? sign > 0
                                          : sign >= 0);
  }
  Result<std::optional<Item>> result = calculate(node.op, left[0], right[0]);
  if (!result) return error(node, result.error().message);
  return *result ? one(std::move(**result)) : Collection();
}

Result<Collection> Evaluator::evaluate_on(uint32_t index, const Item& focus, size_t position,
                                          const Collection* total) {
  const Frame* const outer = frame_;
  Frame frame;
  frame.focus = &focus;
  frame.index = position;
  frame.total = total != nullptr ? total : outer->total;
  Result<Collection> result = evaluate(index, frame);
  frame_ = outer;
  return result;
}

Result<Collection> Evaluator::argument_on(const Node& node, size_t index, const Item& focus,
                                          size_t position, const Collection* total) {
  return evaluate_on(program_.arguments[node.first_argument + index], focus, position, total);
}

Result<Collection> Evaluator::key_on(const Node& node, size_t index, const Item& focus,
                                     size_t position) {
  const uint32_t key = program_.arguments[node.first_argument + index];
  const Node& at = program_.nodes[key];
  const bool descending = at.op == Op::negate && at.value == 1;
  return evaluate_on(descending ? at.left : key, focus, position, nullptr);
}

Result<Collection> Evaluator::argument_of(const Node& node, size_t index, const Item& focus) {
  return argument_on(node, index, focus, frame_->index);
}

Result<Collection> Evaluator::argument(const Node& node, size_t index) {
  const Frame* const outer = frame_;
  Result<Collection> result = evaluate(program_.arguments[node.first_argument + index], *outer);
  frame_ = outer;
  return result;
}

Result<std::optional<Item>> Evaluator::single_argument(const Node& node, size_t index) {
  if (index >= node.argument_count) return std::optional<Item>();
  TRY(Collection items, argument(node, index));
  if (items.empty()) return std::optional<Item>();
  if (items.size() > 1) {
    return error(node, std::string(functions()[node.function].name) +
                           "() takes one item as its argument, found " +
                           std::to_string(items.size()));
  }
  return std::optional<Item>(to_system(items[0]));
}

Result<std::optional<std::string>> Evaluator::string_argument(const Node& node, size_t index) {
  TRY(const std::optional<Item> item, single_argument(node, index));
  if (!item) return std::optional<std::string>();
  if (item->kind != Kind::string) {
    return error(node, std::string(functions()[node.function].name) + "() takes a text, found " +
                           type_name(*item));
  }
  return std::optional<std::string>(item->box->text);
}

Result<std::optional<int64_t>> Evaluator::integer_argument(const Node& node, size_t index) {
  TRY(const std::optional<Item> item, single_argument(node, index));
  if (!item) return std::optional<int64_t>();
  if (item->kind != Kind::integer) {
    return error(node, std::string(functions()[node.function].name) +
                           "() takes a whole number, found " + type_name(*item));
  }
  return std::optional<int64_t>(item->integer);
}

Result<void> Evaluator::define_variable(const Node& node, const std::string& name,
                                        Collection value) {
  for (const auto& [known, other] : variables_) {
    if (known == name) return error(node, "the variable %" + name + " is defined twice");
  }
  variables_.emplace_back(name, std::move(value));
  return {};
}

const std::string& Expression::text() const {
  static const std::string nothing;
  return program_ ? program_->text : nothing;
}

Result<Collection> evaluate(const Expression& expression, json::Value focus,
                            const Context& context) {
  CHECK(expression.program_ != nullptr, "an Expression that compile() did not make");
  return Evaluator(*expression.program_, context, root_item(focus)).run();
}

Result<bool> holds(const Expression& expression, json::Value focus, const Context& context) {
  TRY(const Collection items, evaluate(expression, focus, context));
  if (items.empty()) return false;
  if (items.size() > 1) {
    return Error{ErrorCode::invalid, "the condition gave " + std::to_string(items.size()) +
                                         " items instead of true or false"};
  }
  const Item item = to_system(items[0]);
  return item.kind == Kind::boolean ? item.boolean : true;
}

}  // namespace passerelle::fhir::path
