#include "pathway/feel/parser.h"

#include <array>

#include "pathway/feel/evaluator.h"

namespace passerelle::feel {

TypeRef element_of(const TypeRef& type) {
  return type != nullptr && type->kind == Type::Kind::list ? type->element : type;
}

namespace {
bool is_kind(const TypeRef& type, Type::Kind kind) { return type != nullptr && type->kind == kind; }

// What is known of a + b and the like: numbers stay numbers, the rest depends on the values.
TypeRef arithmetic_type(const Part& a, const Part& b) {
  if (is_kind(a.type, Type::Kind::number) && is_kind(b.type, Type::Kind::number)) return a.type;
  return nullptr;
}
}  // namespace

Part Parser::whole_expression() {
  Part part = expression();
  skip();
  if (!failed_ && at_ < text_.size()) fail("expected the end of the expression");
  return part;
}

Part Parser::whole_unary_tests() {
  const uint32_t local = compiler_.symbols().back().index;
  const TypeRef boolean = Type::of(Type::Kind::boolean);
  skip();
  if (peek() == '-' && at_ + 1 + space_at(text_, at_ + 1) == text_.size()) {
    at_ = text_.size();
    return {compiler_.constant(Value::boolean(true)), boolean};
  }
  const Saved saved = save();
  if (take_keyword("not") && take("(")) {
    const size_t place = saved.at;
    const Part tests = test_list(local, ")");
    skip();
    if (!failed_ && at_ == text_.size()) {
      mark_place(place);
      return {compiler_.emit(Op::test_not, tests.node), boolean};
    }
  }
  restore(saved);
  Part tests = test_list(local, "");
  skip();
  if (!failed_ && at_ < text_.size()) fail("expected ',' or the end of the tests");
  return tests;
}

// Tests separated by commas, up to and with `end`.
Part Parser::test_list(uint32_t local, std::string_view end) {
  std::vector<uint32_t> tests;
  do {
    tests.push_back(positive_test(local).node);
  } while (!failed_ && take(","));
  if (!end.empty()) expect(end, "after the tests");
  const TypeRef boolean = Type::of(Type::Kind::boolean);
  if (tests.size() == 1) return {tests[0], boolean};
  const uint32_t first = compiler_.extra(tests);
  return {compiler_.emit(Op::test_any, first, static_cast<uint32_t>(tests.size())), boolean};
}

bool Parser::comparison_ahead(Op& op, size_t& length) const {
  struct Sign {
    std::string_view text;
    Op op;
  };
  static constexpr std::array<Sign, 6> signs = {{{"<=", Op::less_equal},
                                                 {">=", Op::greater_equal},
                                                 {"!=", Op::unequal},
                                                 {"<", Op::less},
                                                 {">", Op::greater},
                                                 {"=", Op::equal}}};
  for (const Sign& sign : signs) {
    if (text_.substr(at_, sign.text.size()) == sign.text) {
      op = sign.op;
      length = sign.text.size();
      return true;
    }
  }
  return false;
}

Part Parser::positive_test(uint32_t local) {
  skip();
  const size_t start = at_;
  const TypeRef boolean = Type::of(Type::Kind::boolean);
  Symbol input;
  input.kind = Symbol::Kind::local;
  input.index = local;
  input.frame = compiler_.frame_depth();
  Op op = Op::equal;
  size_t length = 0;
  if (comparison_ahead(op, length)) {
    at_ += length;
    const Part bound = additive();
    mark_place(start);
    const Part tested = compiler_.read(input);
    return {compiler_.emit(Op::test_compare, tested.node, bound.node, 0, static_cast<uint8_t>(op)),
            boolean};
  }
  const bool outer = std::exchange(reads_input_, false);
  const Part part = expression();
  compiler_.used(part.path);
  mark_place(start);
  const Part tested = compiler_.read(input);
  const uint8_t flag = reads_input_ ? 1 : 0;
  reads_input_ = outer || reads_input_;
  return {compiler_.emit(Op::test_value, tested.node, part.node, 0, flag), boolean};
}

Part Parser::expression() {
  Nested nested(*this);
  if (failed_) return {};
  Part part = disjunction();
  compiler_.used(part.path);
  part.path.clear();
  return part;
}

Part Parser::disjunction() {
  Part left = conjunction();
  while (!failed_ && at_keyword("or")) {
    const size_t start = at_;
    take_keyword("or");
    compiler_.used(left.path);
    const Part right = conjunction();
    compiler_.used(right.path);
    mark_place(start);
    left = {compiler_.emit(Op::either, left.node, right.node), Type::of(Type::Kind::boolean)};
  }
  return left;
}

Part Parser::conjunction() {
  Part left = comparison();
  while (!failed_ && at_keyword("and")) {
    const size_t start = at_;
    take_keyword("and");
    compiler_.used(left.path);
    const Part right = comparison();
    compiler_.used(right.path);
    mark_place(start);
    left = {compiler_.emit(Op::both, left.node, right.node), Type::of(Type::Kind::boolean)};
  }
  return left;
}

Part Parser::comparison() {
  Part left = additive();
  while (!failed_) {
    skip();
    const size_t start = at_;
    Op op = Op::equal;
    size_t length = 0;
    if (comparison_ahead(op, length)) {
      at_ += length;
      compiler_.used(left.path);
      const Part right = additive();
      compiler_.used(right.path);
      mark_place(start);
      left = {compiler_.emit(op, left.node, right.node), Type::of(Type::Kind::boolean)};
    } else if (at_keyword("between")) {
      left = between(left);
    } else if (at_keyword("in")) {
      left = in_tests(left);
    } else if (at_keyword("instance")) {
      left = instance_of(left);
    } else {
      break;
    }
  }
  return left;
}

Part Parser::between(const Part& value) {
  const size_t start = at_;
  take_keyword("between");
  compiler_.used(value.path);
  const Part low = additive();
  expect_keyword("and", "between the two bounds");
  const Part high = additive();
  compiler_.used(low.path);
  compiler_.used(high.path);
  mark_place(start);
  return {compiler_.emit(Op::between, value.node, low.node, high.node),
          Type::of(Type::Kind::boolean)};
}

Part Parser::instance_of(const Part& value) {
  const size_t start = at_;
  take_keyword("instance");
  compiler_.used(value.path);
  if (!expect_keyword("of", "after 'instance'")) return {};
  const TypeRef type = type_expression();
  mark_place(start);
  return {compiler_.emit(Op::instance_of, value.node, compiler_.type(type)),
          Type::of(Type::Kind::boolean)};
}

// `x in test` and `x in (test, test)`: the value is kept in a local, as `?` would be.
Part Parser::in_tests(const Part& value) {
  const size_t start = at_;
  take_keyword("in");
  compiler_.used(value.path);
  const uint32_t mark = compiler_.local_mark();
  const uint32_t local = compiler_.new_local();
  const bool outer = reads_input_;
  Part tests;
  skip();
  const Saved saved = save();
  bool done = false;
  if (take("(")) {
    tests = test_list(local, ")");
    skip();
    // `(1..5]` and `(a + b) * 2` only look like a list of tests.
    const char next = peek();
    done = !failed_ && next != '.' && next != '*' && next != '/' && next != '[' && next != '+';
    if (!done) restore(saved);
  }
  if (!done)
    tests = [&] {
      const size_t place = at_;
      Op op = Op::equal;
      size_t length = 0;
      if (comparison_ahead(op, length)) return positive_test(local);
      const Part range = additive();
      compiler_.used(range.path);
      mark_place(place);
      Symbol input;
      input.kind = Symbol::Kind::local;
      input.index = local;
      input.frame = compiler_.frame_depth();
      const Part tested = compiler_.read(input);
      return Part{compiler_.emit(Op::test_value, tested.node, range.node, 0, 2),
                  Type::of(Type::Kind::boolean)};
    }();
  reads_input_ = outer || reads_input_;
  compiler_.restore_locals(mark);
  mark_place(start);
  return {compiler_.emit(Op::let, local, value.node, tests.node), Type::of(Type::Kind::boolean)};
}

Part Parser::additive() {
  Part left = multiplicative();
  for (;;) {
    skip();
    const char sign = peek();
    if (failed_ || (sign != '+' && sign != '-')) return left;
    const size_t start = at_++;
    compiler_.used(left.path);
    const Part right = multiplicative();
    compiler_.used(right.path);
    mark_place(start);
    TypeRef type = arithmetic_type(left, right);
    if (sign == '+' && is_kind(left.type, Type::Kind::string)) type = left.type;
    left = {compiler_.emit(sign == '+' ? Op::add : Op::subtract, left.node, right.node), type};
  }
}

Part Parser::multiplicative() {
  Part left = power();
  for (;;) {
    skip();
    const char sign = peek();
    if (failed_ || (sign != '*' && sign != '/') || (sign == '*' && peek(1) == '*')) return left;
    const size_t start = at_++;
    compiler_.used(left.path);
    const Part right = power();
    compiler_.used(right.path);
    mark_place(start);
    left = {compiler_.emit(sign == '*' ? Op::multiply : Op::divide, left.node, right.node),
            arithmetic_type(left, right)};
  }
}

Part Parser::power() {
  Part left = unary();
  for (;;) {
    skip();
    if (failed_ || text_.substr(at_, 2) != "**") return left;
    const size_t start = at_;
    at_ += 2;
    compiler_.used(left.path);
    const Part right = unary();
    compiler_.used(right.path);
    mark_place(start);
    left = {compiler_.emit(Op::power, left.node, right.node), arithmetic_type(left, right)};
  }
}

Part Parser::unary() {
  skip();
  if (peek() != '-') return postfix();
  Nested nested(*this);
  if (failed_) return {};
  const size_t start = at_++;
  const Part part = unary();
  compiler_.used(part.path);
  if (const Value* constant = compiler_.constant_of(part.node)) {
    if (constant->is_number()) return {compiler_.constant(negated_constant(*constant)), part.type};
  }
  mark_place(start);
  const bool keeps = is_kind(part.type, Type::Kind::number) ||
                     is_kind(part.type, Type::Kind::days_duration) ||
                     is_kind(part.type, Type::Kind::months_duration);
  return {compiler_.emit(Op::negate, part.node), keeps ? part.type : nullptr};
}

Part Parser::postfix() {
  Part part = primary();
  while (!failed_) {
    skip();
    const char next = peek();
    if (next == '.' && peek(1) != '.') {
      part = member(part);
    } else if (next == '(') {
      compiler_.used(part.path);
      part = call(part);
    } else if (next == '[') {
      // In `[1..10[` the bracket closes a range.
      const Saved saved = save();
      const std::string path = part.path;
      compiler_.used(part.path);
      Part filtered = filter(part);
      if (failed_) {
        const bool exhausted = work_ > 1990;
        const std::string error = error_, help = help_;
        const size_t where = error_at_;
        restore(saved);
        if (exhausted) return part;
        if (!in_range_) return fail_at(where, error, help);
        return part;
      }
      part = std::move(filtered);
    } else {
      break;
    }
  }
  return part;
}

}  // namespace passerelle::feel
