// Loops and calls.
#include <algorithm>
#include <cstddef>
#include <memory>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {

// Values of `from..to`, both included, up or down; numbers without fraction and dates.
template <class Body>
bool Evaluator::iterate_span(uint32_t local, const Value& from, const Value& to, const Body& body) {
  const bool dates = from.kind() == Kind::date && to.kind() == Kind::date;
  const auto first = dates ? std::optional<int64_t>(from.whole()) : from.integer();
  const auto last = dates ? std::optional<int64_t>(to.whole()) : to.integer();
  if (!first || !last) {
    note("a loop runs over whole numbers or dates, not from " + to_text(from) + " to " +
         to_text(to));
    return false;
  }
  const int64_t step = *first <= *last ? 1 : -1;
  const uint64_t count = (step > 0 ? static_cast<uint64_t>(*last) - static_cast<uint64_t>(*first)
                                   : static_cast<uint64_t>(*first) - static_cast<uint64_t>(*last)) +
                         1;
  if (count == 0 || !list_fits(count)) return false;
  int64_t value = *first;
  for (uint64_t i = 0; i < count; ++i) {
    frame_[local] = dates ? Value::date(value) : Value::integer(value);
    if (!body()) return false;
    if (i + 1 < count) value += step;
  }
  return true;
}

// Runs `body` for every combination of the iterators' values; false: no list to run over, or
// stopped.
template <class Body>
bool Evaluator::iterate(const uint32_t* words, uint32_t count, const Body& body) {
  if (count == 0) return body();
  const auto inner = [&] { return spend(1) && iterate(words + 3, count - 1, body); };
  const Value domain = eval(words[1]);
  if (words[2] != no_node) return iterate_span(words[0], domain, eval(words[2]), inner);
  if (const RangeView* range = domain.range()) {
    if (!range->low_closed || !range->high_closed) {
      note("a loop needs a range with both ends");
      return false;
    }
    return iterate_span(words[0], range->low, range->high, inner);
  }
  if (domain.is_null()) {
    note("a list is missing (null) in a loop");
    return false;
  }
  if (!domain.is_list()) {
    frame_[words[0]] = domain;
    return inner();
  }
  for (const Value& item : domain.items()) {
    frame_[words[0]] = item;
    if (!inner()) return false;
  }
  return true;
}

Value Evaluator::each(const Node& node) {
  const uint32_t* words = program_.extra.data() + node.a;
  here_ = &node;
  if (node.flag == 0) {
    ListBuilder results(8);
    const bool whole = iterate(words, node.b, [&] {
      results.push(eval(node.c));
      return results.size() <= evaluation_.limits.list_items || list_fits(results.size());
    });
    here_ = &node;
    return whole ? results.build() : Value();
  }
  // `partial` is the list so far; it grows in place as long as nobody else holds it.
  const uint32_t partial = words[3 * node.b];
  frame_[partial] = Value::list(std::span<const Value>());
  const bool whole = iterate(words, node.b, [&] {
    Value result = eval(node.c);
    Value list = std::move(frame_[partial]);
    auto* heap = static_cast<ListHeap*>(list.heap());
    if (!list.is_list()) return false;
    if (heap->count != 1 || heap->size == heap->capacity) {
      if (!spend(heap->size)) return false;
      ListHeap* bigger = new_list(std::max<size_t>(8, heap->size * size_t{2}));
      for (const Value& item : list.items()) new (bigger->items() + bigger->size++) Value(item);
      bigger->depth = heap->depth;
      list = Value::adopt(bigger);
      heap = bigger;
    }
    const unsigned depth = depth_of(result) + 1u;
    if (depth > max_depth) return note("lists are nested too deeply").is_boolean();
    new (heap->items() + heap->size++) Value(std::move(result));
    heap->depth = static_cast<uint16_t>(std::max<unsigned>({heap->depth, depth, 1u}));
    frame_[partial] = std::move(list);
    return heap->size <= evaluation_.limits.list_items;
  });
  Value results = std::move(frame_[partial]);
  return whole ? results : Value();
}

Value Evaluator::quantified(const Node& node) {
  const bool some = node.op == Op::some;
  bool decided = false, unknown = false;
  here_ = &node;
  const bool whole = iterate(program_.extra.data() + node.a, node.b, [&] {
    const Value value = eval(node.c);
    if (some ? value.is_true() : value.is_false()) {
      decided = true;
      return false;
    }
    if (!value.is_boolean() && !value.is_null()) {
      note("'satisfies' gives a " + std::string(kind_name(value.kind())) + ", not true or false");
      return false;
    }
    unknown = unknown || value.is_null();
    return true;
  });
  if (decided) return Value::boolean(some);
  return !whole || unknown ? Value() : Value::boolean(!some);
}

// ---- calls ----

Value Call::fail(std::string_view text) { return evaluation_note(evaluator, text); }

Value Call::fail_argument(size_t i, std::string_view expected) {
  std::string text = "argument " + std::to_string(i + 1) + " must be " + std::string(expected);
  text += i < arguments.size() && !arguments[i].is_null()
              ? ", not a " + std::string(kind_name(arguments[i].kind()))
              : ", but it is missing (null)";
  return evaluation_note(evaluator, text);
}

Value evaluation_note(Evaluator& evaluator, std::string_view text) { return evaluator.note(text); }

namespace {
// Arguments of one call: on the machine's stack when they are few.
class ArgumentList {
 public:
  explicit ArgumentList(size_t count) : size_(count) {
    if (count > most_few) {
      many_.resize(count);
      values_ = many_.data();
    } else {
      values_ = reinterpret_cast<Value*>(few_);
      std::uninitialized_value_construct_n(values_, count);
    }
  }
  ~ArgumentList() {
    if (many_.empty()) std::destroy_n(values_, size_);
  }
  ArgumentList(const ArgumentList&) = delete;
  ArgumentList& operator=(const ArgumentList&) = delete;
  Value& operator[](size_t i) { return values_[i]; }
  std::span<Value> span() { return {values_, size_}; }

 private:
  static constexpr size_t most_few = 6;
  size_t size_;
  Value* values_;
  std::vector<Value> many_;
  alignas(Value) std::byte few_[most_few * sizeof(Value)];
};
}  // namespace

Value Evaluator::call_row(uint32_t row, std::span<Value> arguments, uint32_t given) {
  Call call{arguments, given, *this};
  return program_.built_ins[row].call(call);
}

Value Evaluator::call_built_in(const Node& node) {
  const uint32_t* words = program_.extra.data() + node.b;
  if (node.c <= 2) {  // nearly all
    Value few[2];
    for (uint32_t i = 0; i < node.c; ++i) few[i] = eval(words[i + 1]);
    here_ = &node;
    return call_row(node.a, {few, node.c}, words[0]);
  }
  ArgumentList arguments(node.c);
  for (uint32_t i = 0; i < node.c; ++i) arguments[i] = eval(words[i + 1]);
  here_ = &node;
  return call_row(node.a, arguments.span(), words[0]);
}

Value Evaluator::call_host(const Node& node) {
  ArgumentList arguments(node.c);
  for (uint32_t i = 0; i < node.c; ++i) arguments[i] = eval(program_.extra[node.b + i]);
  here_ = &node;
  evaluation_.offset = node.at;
  const auto span = arguments.span();
  return program_.hosts[node.a].call({span.data(), span.size()}, evaluation_.host, evaluation_);
}

// Whether the function can be called with them; they are converted where their type asks for it.
bool Evaluator::fit_arguments(const FunctionCode& code, std::span<Value> arguments) {
  if (arguments.size() != code.parameters.size()) {
    note("the function takes " + std::to_string(code.parameters.size()) + " arguments and got " +
         std::to_string(arguments.size()));
    return false;
  }
  if (evaluation_.depth + code.nesting + 4 > evaluation_.limits.depth) {
    note("functions call each other more than " + std::to_string(evaluation_.limits.depth) +
         " levels deep");
    return false;
  }
  if (!spend(4)) return false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (code.types[i] == nullptr || conforms_at_once(arguments[i], *code.types[i]) ||
        conforms(arguments[i], *code.types[i])) {
      continue;
    }
    auto fitting = coerce(arguments[i], *code.types[i]);
    if (!fitting) {
      note("the argument '" + code.parameters[i] + "' must be a " + to_text(*code.types[i]) +
           ", not " + to_text(arguments[i]).substr(0, 60));
      return false;
    }
    arguments[i] = std::move(*fitting);
  }
  if (code.body != no_node) return true;
  note("'" + code.name + "' has no logic");
  return false;
}

// The frame holds the arguments, and what the function has captured.
Value Evaluator::run_body(const std::shared_ptr<const Program>& program, const FunctionCode& code,
                          Value* frame) {
  const unsigned levels = code.nesting + 4;
  evaluation_.depth += levels;
  Value result = Evaluator(program, {}, frame, evaluation_).eval(code.body);
  evaluation_.depth -= levels;
  if (code.result == nullptr || conforms_at_once(result, *code.result) ||
      conforms(result, *code.result)) {
    return result;
  }
  auto fitting = coerce(result, *code.result);
  if (fitting) return std::move(*fitting);
  return note("the result of '" + code.name + "' is no " + to_text(*code.result));
}

Value Evaluator::call_code(const std::shared_ptr<const Program>& program, uint32_t function,
                           std::span<const Value> captured, std::span<Value> arguments,
                           const Value* self) {
  const FunctionCode& code = program->functions[function];
  if (!fit_arguments(code, arguments)) return Value();
  Evaluation::Stack& stack = *evaluation_.stack;
  const size_t size = std::max<size_t>(code.frame, 1);
  Value* frame = stack.push(size);
  for (size_t i = 0; i < arguments.size(); ++i) frame[i] = std::move(arguments[i]);
  for (size_t i = 0; i < code.captures.size(); ++i) {
    const Capture& capture = code.captures[i];
    if (capture.self) {
      if (self != nullptr) frame[capture.local] = *self;
    } else if (i < captured.size()) {
      frame[capture.local] = captured[i];
    }
  }
  Value result = run_body(program, code, frame);
  stack.pop(frame, size);
  return result;
}

// What was found when the program was compiled; null when these arguments have to be computed with.
const Value* Evaluator::known_answer(const FunctionCode& code, const Node& node) {
  Value x, y;
  if (node.c != code.parameters.size()) return nullptr;
  const unsigned first = plain_of(operand(program_.extra[node.b], x));
  if (first >= remembered_plain) return nullptr;
  unsigned second = 0;
  if (node.c == 2) {
    second = plain_of(operand(program_.extra[node.b + 1], y));
    if (second >= remembered_plain) return nullptr;
  }
  const uint32_t answer = code.answers[first + remembered_plain * second];
  return answer == 0 ? nullptr : &program_.constants[answer - 1];
}

namespace {

// Whether the function is one table over its parameters that gives constants: then what it gives
// depends on nothing else.
bool is_plain_table(const Program& program, const FunctionCode& code) {
  const size_t parameters = code.parameters.size();
  if (parameters < 1 || parameters > 2 || !code.captures.empty() || code.body == no_node)
    return false;
  const Node* body = &program.nodes[code.body];
  while (body->op == Op::coerce) body = &program.nodes[body->a];
  if (body->op != Op::table) return false;
  const TableCode& table = program.tables[body->a];
  return table.indexed &&
         std::all_of(table.inputs.begin(), table.inputs.end(),
                     [&](const TableCode::Input& input) {
                       return program.nodes[input.value].op == Op::local &&
                              program.nodes[input.value].a < parameters &&
                              input.allowed.form != Cell::Form::node;
                     }) &&
         std::all_of(table.constant_results.begin(), table.constant_results.end(),
                     [](uint32_t constant) { return constant != 0; });
}

// Index + 1 of a constant with this value, 0 = none.
uint32_t constant_of(const Program& program, const Value& value) {
  const auto same = [&](const Value& constant) {
    if (value.is_null()) return constant.is_null();
    return constant.kind() == value.kind() && constant.on_heap() == value.on_heap() &&
           (value.on_heap()
                ? constant.heap() == value.heap()
                : constant.whole() == value.whole() && constant.scale() == value.scale() &&
                      constant.nanos() == value.nanos());
  };
  const auto found = std::find_if(program.constants.begin(), program.constants.end(), same);
  return found == program.constants.end()
             ? 0
             : static_cast<uint32_t>(found - program.constants.begin()) + 1;
}

}  // namespace

void remember_answers(const std::shared_ptr<Program>& program) {
  const std::shared_ptr<const Program> shared = program;
  for (uint32_t f = 0; f < program->functions.size(); ++f) {
    FunctionCode& code = program->functions[f];
    if (!is_plain_table(*program, code)) continue;
    const size_t count = code.parameters.size();
    std::vector<uint32_t> answers(count == 2 ? remembered_plain * remembered_plain
                                             : remembered_plain);
    Evaluation evaluation;
    for (unsigned at = 0; at < answers.size(); ++at) {
      evaluation.clear();
      Value arguments[] = {plain_value(at % remembered_plain), plain_value(at / remembered_plain)};
      const Value answer = Evaluator(shared, {}, nullptr, evaluation)
                               .call_code(shared, f, {}, {arguments, count}, nullptr);
      // What is told about must be told every time.
      if (evaluation.notes.empty()) answers[at] = constant_of(*program, answer);
    }
    code.answers = std::move(answers);
  }
}

// Functions of the program capture nothing: the arguments are made in the frame they are for.
Value Evaluator::call_function(const Node& node) {
  const FunctionCode& code = program_.functions[node.a];
  if (!code.answers.empty() && evaluation_.trace == nullptr) {
    if (const Value* known = known_answer(code, node)) return *known;
  }
  Evaluation::Stack& stack = *evaluation_.stack;
  const size_t size = std::max<size_t>({code.frame, node.c, 1});
  Value* frame = stack.push(size);
  for (uint32_t i = 0; i < node.c; ++i) frame[i] = eval(program_.extra[node.b + i]);
  here_ = &node;
  Value result = fit_arguments(code, {frame, node.c}) ? run_body(shared_, code, frame) : Value();
  stack.pop(frame, size);
  return result;
}

size_t Evaluator::parameters_of(const Value& value) const {
  const Function* function = value.function();
  if (function == nullptr) return 0;
  if (function->form == Function::Form::closure) {
    return function->program->functions[function->index].parameters.size();
  }
  if (function->form == Function::Form::host) {
    return function->program->hosts[function->index].parameters.size();
  }
  return built_ins()[function->index].most();
}

Value Evaluator::call(const Value& value, std::span<Value> arguments) {
  const Function* function = value.function();
  if (function == nullptr) {
    return note("a " + std::string(kind_name(value.kind())) + " is called like a function");
  }
  const Value keep = value;  // the body may drop what holds it
  switch (function->form) {
    case Function::Form::closure:
      return call_code(function->program, function->index, function->captured, arguments, &keep);
    case Function::Form::host:
      return function->program->hosts[function->index].call({arguments.data(), arguments.size()},
                                                            evaluation_.host, evaluation_);
    case Function::Form::built_in:
      break;
  }
  const std::string_view name = built_ins()[function->index].name;
  const auto [first, rows] = find_built_in(name);
  const int row = built_in_row(first, rows, arguments.size());
  if (row < 0) return note("'" + std::string(name) + "' does not take these arguments");
  const uint32_t mask = arguments.size() >= 32 ? ~0u : (1u << arguments.size()) - 1;
  if (evaluation_.depth + 8 > evaluation_.limits.depth) return note("calls are nested too deeply");
  evaluation_.depth += 8;
  Value result = call_row(static_cast<uint32_t>(row), arguments, mask);
  evaluation_.depth -= 8;
  return result;
}

Value Evaluator::call_value(const Node& node) {
  const Value callee = eval(node.a);
  ArgumentList arguments(node.c);
  const uint32_t* words = program_.extra.data() + node.b;
  for (uint32_t i = 0; i < node.c; ++i) arguments[i] = eval(words[i]);
  here_ = &node;
  if (node.flag == 0) return call(callee, arguments.span());
  // Named arguments of a function value are put in place now.
  const Function* function = callee.function();
  if (function == nullptr || function->form != Function::Form::closure) {
    return note("only functions that the model defines take named arguments here");
  }
  const FunctionCode& code = function->program->functions[function->index];
  ArgumentList placed(code.parameters.size());
  for (uint32_t i = 0; i < node.c; ++i) {
    const std::string& name = program_.keys[words[node.c + i]].name;
    const auto found = std::find(code.parameters.begin(), code.parameters.end(), name);
    if (found == code.parameters.end()) return note("the function has no parameter '" + name + "'");
    placed[static_cast<size_t>(found - code.parameters.begin())] = std::move(arguments[i]);
  }
  if (node.c != code.parameters.size()) return note("arguments are missing");
  return call(callee, placed.span());
}

}  // namespace passerelle::feel
