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

#include "pathway/dmn/unary_tests.h"
#include "pathway/feel/value.h"

namespace passerelle::pathway {

using dmn::Endpoint;
using dmn::parse_tests;
using dmn::ParsedTests;
using dmn::SimpleTest;

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
