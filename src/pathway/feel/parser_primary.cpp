// Literals, collections, control forms and functions.
#include <algorithm>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/parser.h"

namespace passerelle::feel {

namespace {
bool digit(char c) { return c >= '0' && c <= '9'; }
}  // namespace

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

}  // namespace passerelle::feel
