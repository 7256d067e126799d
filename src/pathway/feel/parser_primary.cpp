// Literals, collections, control forms, functions and what follows a value: members, filters,
// calls.
#include <algorithm>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/parser.h"

namespace passerelle::feel {

namespace {
bool digit(char c) { return c >= '0' && c <= '9'; }
TypeRef type_of(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return Type::of(Type::Kind::boolean);
    case Kind::number:
      return Type::of(Type::Kind::number);
    case Kind::string:
      return Type::of(Type::Kind::string);
    case Kind::date:
      return Type::of(Type::Kind::date);
    case Kind::time:
      return Type::of(Type::Kind::time);
    case Kind::date_time:
      return Type::of(Type::Kind::date_time);
    case Kind::days_duration:
      return Type::of(Type::Kind::days_duration);
    case Kind::months_duration:
      return Type::of(Type::Kind::months_duration);
    case Kind::null:
    case Kind::list:
    case Kind::context:
    case Kind::range:
    case Kind::function:
      break;
  }
  return nullptr;
}
}  // namespace

Part Parser::primary() {
  Nested nested(*this);
  if (failed_) return {};
  skip();
  const char c = peek();
  mark_place(at_);
  if (c == '\0') return fail("expected an expression");
  if (digit(c) || (c == '.' && digit(peek(1)))) return number_literal();
  if (c == '"') {
    return {compiler_.constant(Value::string(string_literal())), Type::of(Type::Kind::string)};
  }
  if (c == '@') return at_literal();
  if (c == '(') return parenthesis();
  if (c == '[' || c == ']') return bracket();
  if (c == '{') return context_literal();
  if (!is_word_byte(c)) return fail("expected an expression");
  if (at_keyword("if")) return if_expression();
  if (at_keyword("for")) return for_expression();
  if (at_keyword("some")) return quantified(Op::some);
  if (at_keyword("every")) return quantified(Op::every);
  if (at_keyword("function")) {
    const Saved saved = save();
    take_keyword("function");
    if (take("(")) {
      restore(saved);
      return function_definition();
    }
    restore(saved);
  }
  const size_t start = at_;
  // A name that only begins with a literal's word ("true positive") is a name.
  for (const auto& [word, value] :
       {std::pair{"true", Value::boolean(true)}, std::pair{"false", Value::boolean(false)},
        std::pair{"null", Value()}}) {
    if (!at_keyword(word)) continue;
    bool longer = false;
    for (const Symbol& symbol : compiler_.symbols()) {
      longer = longer || (symbol.words.size() > 1 && symbol.words[0] == word &&
                          match_words(symbol.words) > 0);
    }
    if (longer) break;
    at_ = start + std::string_view(word).size();
    return {compiler_.constant(value), type_of(value)};
  }
  return name_or_call();
}

Part Parser::number_literal() {
  const size_t start = at_;
  while (digit(peek())) ++at_;
  if (peek() == '.' && digit(peek(1))) {
    ++at_;
    while (digit(peek())) ++at_;
  }
  if (peek() == 'e' || peek() == 'E') {
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
    if (digit(peek(sign))) {
      at_ += sign;
      while (digit(peek())) ++at_;
    }
  }
  const auto value = Value::number(text_.substr(start, at_ - start));
  if (!value) return fail_at(start, "this number has too large an exponent");
  return {compiler_.constant(*value), Type::of(Type::Kind::number)};
}

Part Parser::at_literal() {
  const size_t start = at_++;
  skip();
  if (peek() != '"') return fail("expected a text after '@'");
  const std::string text = string_literal();
  if (failed_) return {};
  const auto value = parse_at_literal(text);
  if (!value) {
    mark_place(start);
    return {compiler_.failed("@\"" + text + "\" is no date, time or duration"), nullptr};
  }
  return {compiler_.constant(*value), type_of(*value)};
}

// `(< 10)`: a range made of an operator.
Part Parser::operator_range() {
  const size_t start = at_;
  Op op = Op::equal;
  size_t length = 0;
  comparison_ahead(op, length);
  at_ += length;
  const Part bound = additive();
  compiler_.used(bound.path);
  mark_place(start);
  NodeId node = no_node;
  switch (op) {
    case Op::less:
    case Op::less_equal:
      node = compiler_.range(no_node, false, bound.node, op == Op::less_equal, '<');
      break;
    case Op::greater:
    case Op::greater_equal:
      node = compiler_.range(bound.node, op == Op::greater_equal, no_node, false, '>');
      break;
    case Op::unequal:
      node = compiler_.range(bound.node, false, bound.node, false, '!');
      break;
    default:
      node = compiler_.range(bound.node, true, bound.node, true, '=');
      break;
  }
  return {node, Type::of(Type::Kind::range)};
}

Part Parser::range_rest(const Part& low, bool low_closed) {
  const size_t start = at_;
  at_ += 2;  // ..
  compiler_.used(low.path);
  const bool outer = std::exchange(in_range_, true);
  const Part high = additive();
  in_range_ = outer;
  compiler_.used(high.path);
  skip();
  const char closing = peek();
  if (closing != ')' && closing != ']' && closing != '[') {
    return fail("expected ']', ')' or '[' at the end of the range");
  }
  ++at_;
  mark_place(start);
  const NodeId node = compiler_.range(low.node, low_closed, high.node, closing == ']', 0);
  auto type = std::make_shared<Type>();
  type->kind = Type::Kind::range;
  type->element = low.type;
  return {node, type};
}

Part Parser::parenthesis() {
  ++at_;
  skip();
  const bool outer = std::exchange(in_range_, false);
  Op op = Op::equal;
  size_t length = 0;
  Part part = comparison_ahead(op, length) ? operator_range() : expression();
  in_range_ = outer;
  skip();
  if (!failed_ && text_.substr(at_, 2) == "..") return range_rest(part, false);
  expect(")", "to close the parenthesis");
  return part;
}

Part Parser::bracket() {
  const size_t start = at_;
  const bool open_range = peek() == ']';
  ++at_;
  const bool outer = std::exchange(in_range_, false);
  std::vector<NodeId> items;
  std::vector<TypeRef> types;
  skip();
  if (!open_range && take("]")) {
    in_range_ = outer;
    return {compiler_.constant(Value::list(std::span<const Value>())), Type::of(Type::Kind::list)};
  }
  do {
    skip();
    Op op = Op::equal;
    size_t length = 0;
    const Part item = comparison_ahead(op, length) ? operator_range() : expression();
    skip();
    if (!failed_ && items.empty() && text_.substr(at_, 2) == "..") {
      in_range_ = outer;
      return range_rest(item, !open_range);
    }
    if (open_range) return fail("expected '..' in the range");
    items.push_back(item.node);
    types.push_back(item.type);
  } while (!failed_ && take(","));
  in_range_ = outer;
  expect("]", "to close the list");
  mark_place(start);
  return {compiler_.list(items), Type::list_of(common_type(types))};
}

Part Parser::context_literal() {
  Nested nested(*this);
  const size_t start = at_++;
  const bool outer = std::exchange(in_range_, false);
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  struct Entry {
    std::string key;
    NodeId node;
    uint32_t local;
  };
  std::vector<Entry> entries;
  std::vector<std::pair<std::string, TypeRef>> fields;
  skip();
  if (!take("}")) {
    do {
      skip();
      std::string key;
      if (peek() == '"') {
        key = string_literal();
      } else {
        size_t end = 0;
        if (!named_argument_ahead(key, end)) return fail("expected the name of an entry and ':'");
        at_ = end - 1;
      }
      for (const auto& entry : entries) {
        if (entry.key == key) return fail("the entry '" + key + "' stands here twice");
      }
      if (!expect(":", "behind the name of the entry")) return {};
      compiler_.hint_member(key);
      const uint32_t local = compiler_.new_local();
      const Part value = expression();
      entries.push_back({key, value.node, local});
      fields.emplace_back(key, value.type);
      if (!key.empty()) compiler_.declare_local(key, local, value.type);
    } while (!failed_ && take(","));
    expect("}", "to close the context");
  }
  in_range_ = outer;
  if (failed_) return {};
  compiler_.restore(mark);
  std::vector<std::string> keys;
  std::vector<uint32_t> words;
  bool constants = true;
  ContextBuilder builder;
  for (const Entry& entry : entries) {
    keys.push_back(entry.key);
    words.push_back(entry.node);
    words.push_back(entry.local);
    const Value* constant = compiler_.constant_of(entry.node);
    constants = constants && constant != nullptr;
    if (constants) builder.set(entry.key, *constant);
  }
  compiler_.restore_locals(locals);
  mark_place(start);
  const TypeRef type = Type::context_of(std::move(fields));
  if (constants) return {compiler_.constant(builder.build()), type};
  const uint32_t shape = compiler_.shape(keys);
  return {compiler_.emit(Op::context, shape, compiler_.extra(words)), type};
}

Part Parser::if_expression() {
  const size_t start = at_;
  take_keyword("if");
  const Part condition = expression();
  expect_keyword("then", "after the condition");
  const Part yes = expression();
  expect_keyword("else", "after 'then': FEEL has no 'if' without 'else'");
  const Part no = expression();
  mark_place(start);
  return {compiler_.emit(Op::choose, condition.node, yes.node, no.node),
          common_type({yes.type, no.type})};
}

bool Parser::iterators(std::vector<uint32_t>& words, uint32_t& count) {
  do {
    const std::string name = variable_name("in");
    if (!expect_keyword("in", "after the variable of the loop")) return false;
    const Part domain = expression();
    NodeId to = no_node;
    TypeRef type = element_of(domain.type);
    if (domain.type != nullptr && domain.type->kind == Type::Kind::range) type = type->element;
    skip();
    if (!failed_ && text_.substr(at_, 2) == "..") {
      at_ += 2;
      const Part end = expression();
      to = end.node;
      type = domain.type;
    }
    if (failed_) return false;
    const uint32_t local = compiler_.new_local();
    compiler_.declare_local(name, local, type);
    words.insert(words.end(), {local, domain.node, to});
    ++count;
  } while (take(","));
  return true;
}

Part Parser::for_expression() {
  const size_t start = at_;
  take_keyword("for");
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  std::vector<uint32_t> words;
  uint32_t count = 0;
  if (!iterators(words, count)) return fail("expected 'return'");
  if (!expect_keyword("return", "after the iterations")) return {};
  const uint32_t partial = compiler_.new_local();
  const size_t symbol = compiler_.mark();
  compiler_.declare_local("partial", partial, Type::of(Type::Kind::list));
  const Part body = expression();
  if (failed_) return {};
  // A function inside may have taken `partial` along: only direct reads are counted, so that a
  // capture counts as one too.
  const bool reads_partial = compiler_.symbols()[symbol].partial_reads > 0;
  words.push_back(partial);
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  mark_place(start);
  return {compiler_.emit(Op::each, compiler_.extra(words), count, body.node, reads_partial ? 1 : 0),
          Type::list_of(body.type)};
}

Part Parser::quantified(Op op) {
  const size_t start = at_;
  take_keyword(op == Op::some ? "some" : "every");
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  std::vector<uint32_t> words;
  uint32_t count = 0;
  if (!iterators(words, count)) return fail("expected 'satisfies'");
  if (!expect_keyword("satisfies", "after the iterations")) return {};
  const Part body = expression();
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  mark_place(start);
  return {compiler_.emit(op, compiler_.extra(words), count, body.node),
          Type::of(Type::Kind::boolean)};
}

Part Parser::function_definition() {
  const size_t start = at_;
  take_keyword("function");
  take("(");
  std::vector<std::string> names;
  std::vector<TypeRef> types;
  if (!take(")")) {
    do {
      names.push_back(parameter_name());
      types.push_back(take(":") ? type_expression() : nullptr);
    } while (!failed_ && take(","));
    expect(")", "after the parameters");
  }
  if (failed_) return {};
  const bool outer = std::exchange(in_range_, false);
  if (take_keyword("external")) {
    const Part body = expression();
    mark_place(start);
    in_range_ = outer;
    return {compiler_.failed("external functions need a Java machine, which is not here"),
            Type::of(Type::Kind::function)};
  }
  const size_t mark = compiler_.mark();
  const unsigned nesting = nesting_, deepest = std::exchange(deepest_, nesting_);
  const uint32_t function = compiler_.begin_function("", names, types, nullptr);
  for (uint32_t i = 0; i < names.size(); ++i) compiler_.declare_local(names[i], i, types[i]);
  const Part body = expression();
  in_range_ = outer;
  if (failed_) return {};
  compiler_.end_function(body.node, deepest_ - nesting);
  deepest_ = std::max(deepest, deepest_);
  compiler_.restore(mark);
  compiler_.program->functions[function].inferred = body.type;
  mark_place(start);
  auto type = std::make_shared<Type>();
  type->kind = Type::Kind::function;
  type->parameters = types;
  type->element = body.type;
  return {compiler_.emit(Op::make_function, function), type};
}

// ---- what follows a value ----

Part Parser::member(const Part& value) {
  const size_t start = at_++;
  size_t end = 0;
  const std::string name = member_name(value.type, end);
  if (name.empty()) return fail("expected a name after '.'");
  at_ = end;
  mark_place(start);
  Part part{compiler_.emit(Op::path, value.node, compiler_.key(name)),
            member_type(value.type, name)};
  if (!value.path.empty()) part.path = value.path + "." + name;
  return part;
}

Part Parser::filter(const Part& list) {
  Nested nested(*this);
  const size_t start = at_++;
  const bool outer = std::exchange(in_range_, false);
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  const uint32_t local = compiler_.new_local();
  const TypeRef element = element_of(list.type);
  // Scalars have no members that could hide a name outside.
  compiler_.declare_local("item", local, element);
  compiler_.declare_item_scope(local, element);
  const Part predicate = expression();
  in_range_ = outer;
  if (!expect("]", "to close the filter")) return {};
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  mark_place(start);
  const Value* constant = compiler_.constant_of(predicate.node);
  const bool number = (constant != nullptr && constant->is_number()) ||
                      (predicate.type != nullptr && predicate.type->kind == Type::Kind::number);
  const TypeRef type = number ? element
                       : list.type != nullptr && list.type->kind == Type::Kind::list
                           ? list.type
                           : Type::list_of(list.type);
  return {compiler_.emit(Op::filter, list.node, predicate.node, local, number ? 1 : 0), type};
}

Parser::Arguments Parser::arguments() {
  Arguments found;
  take("(");
  const bool outer = std::exchange(in_range_, false);
  if (!take(")")) {
    do {
      std::string name;
      size_t end = 0;
      if (named_argument_ahead(name, end)) {
        at_ = end;
        found.names.push_back(name);
      }
      const Part part = expression();
      found.nodes.push_back(part.node);
      found.types.push_back(part.type);
      if (!found.names.empty() && found.names.size() != found.nodes.size()) {
        fail("expected either all arguments with their names or none");
      }
    } while (!failed_ && take(","));
    expect(")", "after the arguments");
  }
  in_range_ = outer;
  return found;
}

Part Parser::call(const Part& function) {
  const size_t start = at_;
  const Arguments given = arguments();
  if (failed_) return {};
  std::vector<uint32_t> words = given.nodes;
  for (const std::string& name : given.names) words.push_back(compiler_.key(name));
  mark_place(start);
  const TypeRef result = function.type != nullptr && function.type->kind == Type::Kind::function
                             ? function.type->element
                             : nullptr;
  return {compiler_.emit(Op::call_value, function.node, compiler_.extra(words),
                         static_cast<uint32_t>(given.nodes.size()), given.names.empty() ? 0 : 1),
          result};
}

// A function whose parameters are known: named arguments are put in their places here.
Part Parser::call_with_names(const Part&, const std::vector<std::string>& parameters, Op op,
                             uint32_t target, const TypeRef& result) {
  const size_t start = at_;
  const Arguments given = arguments();
  if (failed_) return {};
  std::vector<uint32_t> words(parameters.size(), no_node);
  if (given.names.empty()) {
    if (given.nodes.size() != parameters.size()) {
      mark_place(start);
      return {compiler_.failed("the function takes " + std::to_string(parameters.size()) +
                               " arguments and gets " + std::to_string(given.nodes.size())),
              result};
    }
    words = given.nodes;
  }
  for (size_t i = 0; i < given.names.size(); ++i) {
    const auto found = std::find(parameters.begin(), parameters.end(), given.names[i]);
    if (found == parameters.end()) {
      mark_place(start);
      return {compiler_.failed("the function has no parameter '" + given.names[i] + "'"), result};
    }
    words[static_cast<size_t>(found - parameters.begin())] = given.nodes[i];
  }
  for (uint32_t& word : words) {
    if (word == no_node) word = compiler_.constant(Value());
  }
  mark_place(start);
  return {compiler_.emit(op, target, compiler_.extra(words), static_cast<uint32_t>(words.size())),
          result};
}

Part Parser::call_symbol(const Symbol& symbol) {
  if (symbol.kind == Symbol::Kind::host) {
    const HostFunction& host = compiler_.program->hosts[symbol.index];
    return call_with_names({}, host.parameters, Op::call_host, symbol.index, nullptr);
  }
  const FunctionCode& code = compiler_.program->functions[symbol.index];
  std::vector<std::string> parameters;
  for (const std::string& name : code.parameters) parameters.push_back(normal_name(name));
  const TypeRef result = code.result;  // arguments may define functions, which moves the table
  return call_with_names({}, parameters, Op::call_function, symbol.index, result);
}

namespace {
// The row whose parameters include all the names; -1 when there is none.
int row_for_names(uint32_t first, uint32_t rows, const std::vector<std::string>& names) {
  for (uint32_t row = first; row < first + rows; ++row) {
    const BuiltIn& function = built_ins()[row];
    size_t found = 0;
    for (size_t i = 0; i < function.most(); ++i) {
      found += static_cast<size_t>(
          std::count(names.begin(), names.end(), std::string(function.parameter(i))));
    }
    if (found == names.size()) return static_cast<int>(row);
  }
  return -1;
}
}  // namespace

Part Parser::call_built_in(uint32_t first, uint32_t rows, std::string_view name) {
  const size_t start = at_;
  const Arguments given = arguments();
  if (failed_) return {};
  mark_place(start);
  const int row = given.names.empty() ? built_in_row(first, rows, given.nodes.size())
                                      : row_for_names(first, rows, given.names);
  if (row < 0) {
    std::string forms;
    for (uint32_t i = first; i < first + rows; ++i) {
      forms += (i > first ? " or " : "") + std::string(name) + "(" +
               std::string(built_ins()[i].parameters) + ")";
    }
    return {compiler_.failed("these arguments do not fit " + forms), nullptr};
  }
  const BuiltIn& function = built_ins()[static_cast<size_t>(row)];
  std::vector<uint32_t> words{0};
  uint32_t mask = 0;
  if (given.names.empty()) {
    words.insert(words.end(), given.nodes.begin(), given.nodes.end());
    mask = given.nodes.size() >= 32 ? ~0u : (1u << given.nodes.size()) - 1;
  } else {
    words.resize(1 + function.most(), no_node);
    for (size_t i = 0; i < function.most(); ++i) {
      const auto found =
          std::find(given.names.begin(), given.names.end(), std::string(function.parameter(i)));
      if (found == given.names.end()) continue;
      words[i + 1] = given.nodes[static_cast<size_t>(found - given.names.begin())];
      mask |= 1u << i;
    }
    while (words.size() > 1 && words.back() == no_node) words.pop_back();
    for (uint32_t& word : words) {
      if (word == no_node) word = compiler_.constant(Value());
    }
    if (words.size() - 1 < function.least()) {
      return {compiler_.failed(std::string(name) + " lacks arguments"), nullptr};
    }
  }
  words[0] = mask;
  const TypeRef type = result_type(function, given.types);
  const auto count = static_cast<uint32_t>(words.size() - 1);
  if (function.foldable) {
    if (const auto folded = fold_call(*compiler_.program, function, words)) {
      return {compiler_.constant(*folded), type_of(*folded)};
    }
  }
  return {
      compiler_.emit(Op::call_built_in, static_cast<uint32_t>(row), compiler_.extra(words), count),
      type};
}

// ---- types ----

TypeRef Parser::type_expression() {
  Nested nested(*this);
  skip();
  const size_t start = at_;
  const auto generic = [&](std::string_view word) {
    const Saved saved = save();
    if (take_keyword(word) && take("<")) return true;
    restore(saved);
    return false;
  };
  const auto finish = [&](std::shared_ptr<Type> type) -> TypeRef {
    expect(">", "to close the type");
    return type;
  };
  auto type = std::make_shared<Type>();
  if (failed_) return type;
  if (generic("list") || generic("range")) {
    type->kind = text_[start] == 'l' ? Type::Kind::list : Type::Kind::range;
    type->element = type_expression();
    return finish(type);
  }
  if (generic("context")) {
    type->kind = Type::Kind::context;
    if (take(">")) return type;
    do {
      std::string name = parameter_name();
      expect(":", "behind the name of the entry");
      TypeRef field = type_expression();
      type->fields.emplace_back(std::move(name), std::move(field));
    } while (!failed_ && take(","));
    return finish(type);
  }
  if (generic("function")) {
    type->kind = Type::Kind::function;
    if (!take(">")) {
      do {
        type->parameters.push_back(type_expression());
      } while (!failed_ && take(","));
      expect(">", "after the types of the parameters");
    }
    expect("->", "before the type of the result");
    type->element = type_expression();
    return type;
  }
  size_t best = 0;
  TypeRef found;
  const auto consider = [&](std::string_view name, const TypeRef& candidate) {
    const size_t length = match_words(name_words(name));
    if (length > best) {
      best = length;
      found = candidate;
    }
  };
  for (const auto& [name, named] : compiler_.type_names()) consider(name, named);
  for (const char* name :
       {"Any", "Null", "boolean", "number", "string", "date", "time", "date and time",
        "days and time duration", "years and months duration", "dateTime", "dayTimeDuration",
        "yearMonthDuration", "context", "list", "function", "range", "any"}) {
    consider(name, Type::built_in(name));
  }
  if (best == 0) {
    fail_at(start, "there is no type '" + greedy_name() + "'");
    return type;
  }
  at_ = start + best;
  return found;
}

}  // namespace passerelle::feel
