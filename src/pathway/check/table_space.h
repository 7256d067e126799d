// The inputs of a decision table cut into pieces in which every rule is the same: single values and
// the open intervals between them, null, and "any other text". Over the product of the pieces gaps
// and overlaps are decided exactly.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/dmn/dmn.h"
#include "pathway/feel/value.h"

namespace passerelle::pathway {

// A unary test as a union of simple ones.
struct SimpleTest {
  enum class Form { any, null, equal, interval } form = Form::any;
  std::optional<feel::Value> low, high;  // of an interval; equal: low
  bool low_closed = false, high_closed = false;
};
struct ParsedTests {
  bool negated = false;
  std::vector<SimpleTest> tests;
};

// The value of an endpoint's text: a constant, or a literal decision's. Nothing: not constant.
using Endpoint = std::function<std::optional<feel::Value>(std::string_view)>;

// Nothing when a test is more than intervals and lists of constants.
std::optional<ParsedTests> parse_tests(std::string_view text, const Endpoint& endpoint);

struct Piece {
  enum class Form { null, value, between, other } form = Form::null;
  std::optional<feel::Value> low, high;  // value: low; between: open ends, missing = unbounded
};
std::string to_text(const Piece& piece);
bool matches(const ParsedTests& tests, const Piece& piece);

// The pieces of one column. `allowed` (inputValues) restricts them, when given.
std::vector<Piece> pieces_of(const std::vector<const ParsedTests*>& column,
                             const ParsedTests* allowed);

}  // namespace passerelle::pathway
