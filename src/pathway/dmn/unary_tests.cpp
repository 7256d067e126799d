#include "pathway/dmn/unary_tests.h"

#include <algorithm>

#include "base/text.h"

namespace passerelle::dmn {
namespace {

// Splits at commas outside quotes and brackets.
std::vector<std::string_view> split_tests(std::string_view text) {
  std::vector<std::string_view> out;
  size_t from = 0;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 0) {
      out.push_back(trim(text.substr(from, i - from)));
      from = i + 1;
    }
  }
  out.push_back(trim(text.substr(from)));
  return out;
}

std::optional<SimpleTest> interval(std::string_view text, const Endpoint& endpoint) {
  const char open = text.front(), close = text.back();
  if (text.size() < 4 || std::string_view("[](").find(open) == std::string_view::npos ||
      std::string_view("[])").find(close) == std::string_view::npos)
    return std::nullopt;
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  SimpleTest test;
  test.form = SimpleTest::Form::interval;
  test.low = endpoint(trim(text.substr(1, dots - 1)));
  test.high = endpoint(trim(text.substr(dots + 2, text.size() - dots - 3)));
  test.low_closed = open == '[';
  test.high_closed = close == ']';
  if (!test.low || !test.high) return std::nullopt;
  return test;
}

std::optional<SimpleTest> comparison(std::string_view text, const Endpoint& endpoint) {
  const bool less = text.front() == '<';
  const bool closed = text.size() > 1 && text[1] == '=';
  const auto bound = endpoint(trim(text.substr(closed ? 2 : 1)));
  if (!bound) return std::nullopt;
  SimpleTest test;
  test.form = SimpleTest::Form::interval;
  (less ? test.high : test.low) = bound;
  (less ? test.high_closed : test.low_closed) = closed;
  return test;
}

std::optional<SimpleTest> simple(std::string_view text, const Endpoint& endpoint) {
  if (text.empty()) return std::nullopt;
  if (text == "-") return SimpleTest{};
  if (text == "null") return SimpleTest{SimpleTest::Form::null, {}, {}, false, false};
  if (text.front() == '<' || text.front() == '>') return comparison(text, endpoint);
  if (auto range = interval(text, endpoint)) return range;
  const auto value = endpoint(text);
  if (!value) return std::nullopt;
  if (value->is_null()) return SimpleTest{SimpleTest::Form::null, {}, {}, false, false};
  return SimpleTest{SimpleTest::Form::equal, value, {}, false, false};
}

bool needs_input(const Model& model, const Item& decision, unsigned depth) {
  if (!decision.required_inputs.empty() || depth > 50) return true;
  return std::any_of(decision.required_decisions.begin(), decision.required_decisions.end(),
                     [&](const std::string& name) {
                       const Item* other = model.decision(name);
                       return other == nullptr || needs_input(model, *other, depth + 1);
                     });
}

}  // namespace

std::optional<ParsedTests> parse_tests(std::string_view text, const Endpoint& endpoint) {
  ParsedTests out;
  text = trim(text);
  if (text.empty()) text = "-";
  if (text.starts_with("not(") && text.ends_with(")")) {
    out.negated = true;
    text = trim(text.substr(4, text.size() - 5));
  }
  for (const std::string_view part : split_tests(text)) {
    const auto test = simple(part, endpoint);
    if (!test) return std::nullopt;
    out.tests.push_back(*test);
  }
  return out;
}

Endpoint constants_of(const Model& model) {
  return [&model](std::string_view text) -> std::optional<feel::Value> {
    feel::Evaluation evaluation;
    if (const Item* decision = model.decision(text)) {
      if (needs_input(model, *decision, 0)) return std::nullopt;
      auto outcome = model.evaluate(text, feel::ContextBuilder().build(), evaluation);
      if (!outcome || outcome->value.is_null()) return std::nullopt;
      return outcome->value;
    }
    const auto expression = feel::compile(text, feel::Names());
    if (!expression) return std::nullopt;
    feel::Value value = expression->evaluate({}, evaluation);
    if (value.is_null() && text != "null") return std::nullopt;
    // A list, a range or a function in a cell is more than one value.
    if (value.is_list() || value.is_context() || value.kind() == feel::Kind::range ||
        value.kind() == feel::Kind::function)
      return std::nullopt;
    return value;
  };
}

}  // namespace passerelle::dmn
