#include "pathway/check/table_space.h"

#include <algorithm>

#include "base/text.h"

namespace passerelle::pathway {
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

// Ordered kinds have intervals between their values; texts and booleans have not.
bool is_ordered(const feel::Value& value) {
  return !value.is_string() && !value.is_boolean() && feel::compare(value, value).has_value();
}

bool test_matches(const SimpleTest& test, const Piece& piece) {
  switch (test.form) {
    case SimpleTest::Form::any:
      return true;
    case SimpleTest::Form::null:
      return piece.form == Piece::Form::null;
    case SimpleTest::Form::equal:
      return piece.form == Piece::Form::value && *piece.low == *test.low;
    case SimpleTest::Form::interval:
      break;
  }
  if (piece.form == Piece::Form::value) {
    if (test.low) {
      const auto order = feel::compare(*piece.low, *test.low);
      if (!order || *order < 0 || (*order == 0 && !test.low_closed)) return false;
    }
    if (test.high) {
      const auto order = feel::compare(*piece.low, *test.high);
      if (!order || *order > 0 || (*order == 0 && !test.high_closed)) return false;
    }
    return true;
  }
  if (piece.form != Piece::Form::between) return false;
  // Pieces never straddle a bound, so it is enough to compare their ends with the test's.
  if (test.low && (!piece.low || feel::compare(*piece.low, *test.low).value_or(-1) < 0))
    return false;
  if (test.high && (!piece.high || feel::compare(*piece.high, *test.high).value_or(1) > 0))
    return false;
  return true;
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

std::string to_text(const Piece& piece) {
  switch (piece.form) {
    case Piece::Form::null:
      return "not answered (null)";
    case Piece::Form::value:
      return feel::to_text(*piece.low);
    case Piece::Form::other:
      return "any other value";
    case Piece::Form::between:
      break;
  }
  if (piece.low && piece.high)
    return "between " + feel::to_text(*piece.low) + " and " + feel::to_text(*piece.high);
  if (piece.low) return "above " + feel::to_text(*piece.low);
  if (piece.high) return "below " + feel::to_text(*piece.high);
  return "any value";
}

bool matches(const ParsedTests& tests, const Piece& piece) {
  const bool one = std::any_of(tests.tests.begin(), tests.tests.end(),
                               [&](const SimpleTest& test) { return test_matches(test, piece); });
  return one != tests.negated;
}

std::vector<Piece> pieces_of(const std::vector<const ParsedTests*>& column,
                             const ParsedTests* allowed) {
  std::vector<feel::Value> bounds;
  bool intervals = false;
  const auto collect = [&](const ParsedTests& tests) {
    for (const SimpleTest& test : tests.tests) {
      intervals = intervals || test.form == SimpleTest::Form::interval;
      for (const auto& bound : {test.low, test.high}) {
        if (!bound) continue;
        if (std::find(bounds.begin(), bounds.end(), *bound) == bounds.end())
          bounds.push_back(*bound);
      }
    }
  };
  for (const ParsedTests* tests : column) collect(*tests);
  if (allowed != nullptr) collect(*allowed);

  std::vector<Piece> pieces = {{Piece::Form::null, {}, {}}};
  for (const feel::Value& bound : bounds) pieces.push_back({Piece::Form::value, bound, {}});
  const bool ordered = !bounds.empty() && std::all_of(bounds.begin(), bounds.end(), is_ordered);
  const bool booleans = !bounds.empty() && std::all_of(bounds.begin(), bounds.end(),
                                                       [](auto& b) { return b.is_boolean(); });
  if (ordered) {
    std::sort(bounds.begin(), bounds.end(), [](const feel::Value& a, const feel::Value& b) {
      return feel::compare(a, b).value_or(0) < 0;
    });
    pieces.push_back({Piece::Form::between, {}, bounds.front()});
    for (size_t i = 1; i < bounds.size(); ++i)
      pieces.push_back({Piece::Form::between, bounds[i - 1], bounds[i]});
    pieces.push_back({Piece::Form::between, bounds.back(), {}});
  } else if (booleans) {
    for (const bool truth : {true, false})
      if (std::find(bounds.begin(), bounds.end(), feel::Value::boolean(truth)) == bounds.end())
        pieces.push_back({Piece::Form::value, feel::Value::boolean(truth), {}});
  } else {
    pieces.push_back({Piece::Form::other, {}, {}});
  }
  if (allowed != nullptr)
    std::erase_if(pieces, [&](const Piece& piece) { return !matches(*allowed, piece); });
  return pieces;
}

}  // namespace passerelle::pathway
