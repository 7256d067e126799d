// Unary tests as people read them: lists of intervals and values, with the bounds' values. What
// compares them (check) and what tells them (words) start here; the evaluation does not.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "pathway/dmn/dmn.h"

namespace passerelle::dmn {

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

// What a bound is worth that is a constant, or names a decision that needs no input. The model must
// outlive it.
Endpoint constants_of(const Model& model);

}  // namespace passerelle::dmn
