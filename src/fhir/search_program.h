// The search parameters of one resource type as one tree of elements: a single walk over a resource
// meets every value that it is found by. Made once per type from the parameters' FHIRPath
// expressions; the few that are no paths ("deceased.exists() and ...") are evaluated as FHIRPath.
// Inside fhir/ only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "fhir/definitions.h"
#include "fhir/path_program.h"
#include "fhir/search_values.h"

namespace passerelle::fhir {

// Where a value goes.
struct SearchSlot {
  ParameterIndex parameter = none;
  uint8_t component = 0;
};

// What is made of an element for one parameter: by the parameter's type and the element's.
struct SearchEmitter;
using EmitForm = void (*)(SearchEmitter& to, const SearchSlot& slot, json::Value value,
                          ElementIndex element);
// Null when an element of that type has no values for such a parameter.
EmitForm emit_form(SearchType search, TypeIndex type);

struct SearchAction {
  SearchSlot slot;
  EmitForm emit = nullptr;
};

// A condition on an item, under which the walk goes on at another node with the same item.
struct SearchBranch {
  enum class Test : uint8_t {
    member_equals,  // where(system = 'phone')
    refers_to,      // where(resolve() is Patient)
    position,       // [0]
  };
  Test test = Test::position;
  uint32_t node = 0;
  std::string member, text;
  TypeIndex type = none;
  size_t position = 0;
};

struct SearchNode {
  TypeIndex type = none;
  StructureIndex structure = none;
  ElementIndex element = none;
  uint32_t parent = 0;
  uint32_t first_edge = 0;  // into SearchProgram::edges, one per field of the structure
  bool leaf = true;         // it has no edges
  std::vector<SearchBranch> branches;
  std::vector<SearchAction> actions;
  std::vector<uint32_t> composites;  // into SearchProgram::composites
};

struct SearchComponentWalk {
  uint32_t node = 0;
  bool of_resource = false;  // %resource.x: the walk begins at the resource
};
struct SearchComposite {
  ParameterIndex parameter = none;
  std::vector<SearchComponentWalk> components;
};

struct SearchEvaluation {
  SearchSlot slot;
  SearchType type = SearchType::token;
  path::Program program;
};

inline constexpr uint32_t no_edge = 0xffffffff;

struct SearchProgram {
  std::vector<SearchNode> nodes;  // the first is the resource
  std::vector<uint32_t> edges;
  std::vector<SearchComposite> composites;
  std::vector<SearchEvaluation> evaluations;
  std::vector<ParameterIndex> silent;  // parameters without values: _text, _content, _query
};

// Of a concrete resource type; made at the first call, kept for the program's life.
const SearchProgram& search_program(TypeIndex resource);

// A parameter as the compiler takes it.
struct SearchSourceComponent {
  SearchType type = SearchType::token;
  std::string_view expression;
};
struct SearchSource {
  ParameterIndex index = none;
  SearchType type = SearchType::token;
  std::string_view expression;
  std::vector<SearchSourceComponent> components;
};
// What was found while compiling: whether anything can have values, and what types were reached
// that cannot.
struct SearchReach {
  bool useful = false;
  std::vector<TypeIndex> types;
};
// Of parameters that are not in the definitions, for one concrete resource type.
Result<SearchProgram> compile_search(TypeIndex resource, std::span<const SearchSource> sources,
                                     SearchReach& reach);

// Collects values; what the forms write to.
struct SearchEmitter {
  SearchValues& out;
  const ExtractOptions& options;
  uint32_t tuple = 0;  // of the composite being made, else 0

  SearchValue& add(const SearchSlot& slot, SearchType type, Aspect aspect = Aspect::value);
};

}  // namespace passerelle::fhir
