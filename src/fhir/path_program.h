// A FHIRPath expression as a flat array of nodes: what the parser makes, the evaluator runs and the
// search parameters are compiled from. Inside fhir/ only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fhir/definitions.h"
#include "fhir/fhirpath.h"

namespace passerelle::fhir::path {

enum class Op : uint8_t {
  literal,
  empty,     // {}
  focus,     // $this
  index,     // $index
  total,     // $total
  variable,  // %name
  member,    // left.name, or name of the focus
  call,      // left.name(...), or of the focus
  indexer,   // left[right]
  negate,
  multiply,
  divide,
  whole_divide,
  modulo,
  add,
  subtract,
  concatenate,
  merge,  // |
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  equivalent,
  not_equivalent,
  in,
  contains,
  logical_and,
  logical_or,
  logical_xor,
  implies,
  is_type,
  as_type,
};

// A type that an expression names.
struct TypeName {
  TypeIndex fhir = none;
  Kind system = Kind::node;  // node: not a System type
  bool any_system = false;   // System.Any
};

inline constexpr uint32_t no_node = 0xffffffff;

struct Node {
  Op op = Op::empty;
  uint8_t function = 0;  // into the table of functions
  uint16_t argument_count = 0;
  uint32_t left = no_node;
  uint32_t right = no_node;
  uint32_t first_argument = 0;  // into Program::arguments
  uint32_t value = 0;           // into literals, names or types
  uint32_t column = 0;
};

struct Name {
  std::string text;
  std::string extra;      // "_" + text
  TypeIndex type = none;  // when it is the name of a type
};

struct Program {
  std::string text;
  std::vector<Node> nodes;
  std::vector<uint32_t> arguments;
  std::vector<Item> literals;
  std::vector<Name> names;
  std::vector<TypeName> types;
  uint32_t root = no_node;
};

// Error.where is "line:column".
Result<Program> parse(std::string_view text);

// Names and types only; `none` in both parts when there is no such type.
TypeName find_type_name(std::string_view qualified);

}  // namespace passerelle::fhir::path
