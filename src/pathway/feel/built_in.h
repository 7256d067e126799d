// The table of FEEL's built-in functions (DMN 1.5, 10.3.4): one row a signature. The functions lie
// in built_in_*.cpp by theme.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/feel/type.h"
#include "pathway/feel/value.h"

namespace passerelle::feel {

class Evaluator;

// One call: arguments by position; `given` has a bit for each that was there.
struct Call {
  std::span<Value> arguments;
  uint32_t given = 0;
  Evaluator& evaluator;

  size_t count() const { return arguments.size(); }
  Value& operator[](size_t i) { return arguments[i]; }
  bool has(size_t i) const { return i < arguments.size() && !arguments[i].is_null(); }
  // Null, with a note of what was expected.
  [[gnu::cold]] Value fail(std::string_view text);
  [[gnu::cold]] Value fail_argument(size_t i, std::string_view expected);
};

struct BuiltIn {
  std::string_view name;
  std::string_view parameters;  // "string, start position, length?"; "list..." takes many
  Value (*call)(Call& call);
  Type::Kind result = Type::Kind::any;
  bool foldable = false;  // constant arguments: computed when compiled
  bool timed = false;     // asks the clock, or calls a function that may

  std::string_view parameter(size_t i) const;  // without the mark; "" beyond the last
  size_t most() const;                         // parameters, without those that repeat
  size_t least() const;                        // without the optional ones
  bool many() const;
};

std::span<const BuiltIn> built_ins();  // sorted by name
// The rows of a name stand together: first and count, 0 when there is none.
std::pair<uint32_t, uint32_t> find_built_in(std::string_view name);
// The row that takes `count` arguments by position, or -1.
int built_in_row(uint32_t first, uint32_t count_of_rows, size_t arguments);

std::span<const BuiltIn> conversion_built_ins();
std::span<const BuiltIn> string_built_ins();
std::span<const BuiltIn> list_built_ins();
std::span<const BuiltIn> number_built_ins();
std::span<const BuiltIn> temporal_built_ins();
std::span<const BuiltIn> range_built_ins();
std::span<const BuiltIn> context_built_ins();

}  // namespace passerelle::feel
