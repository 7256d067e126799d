// Search parameters that were added at run time by SearchParameter resources, beside those of the
// specification: read, checked, and compiled like them. A set of them is immutable; extract() takes
// the set that is current and says so, so that whoever indexes anew knows which writes were made
// without it.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "fhir/definitions.h"
#include "fhir/search_values.h"

namespace passerelle::fhir {

struct SearchProgram;

struct AddedComponent {
  std::string definition;  // canonical of a parameter of the specification, or an added one
  std::string expression;
  SearchType type = SearchType::token;  // of that parameter, once it is found
  std::vector<std::string> targets;     // of a reference
};
struct AddedParameter {
  std::string id;  // of the SearchParameter resource
  std::string code, url, expression;
  SearchType type = SearchType::token;
  std::vector<TypeIndex> bases;    // concrete resource types, ascending
  std::vector<TypeIndex> targets;  // of a reference; empty = any
  std::vector<AddedComponent> components;
  // What its values depend on, as text: when it is another, all must be indexed anew.
  std::string digest() const;
};

// Whether it is one of the specification, which is built in, so that it need not be added.
bool is_built_in_parameter(std::string_view url);

// Errors say what is wrong with the SearchParameter and where: a code that searches cannot write,
// an unknown base, an expression that is no FHIRPath (with the column) or names what the base does
// not have. Components are not looked up.
Result<AddedParameter> read_added_parameter(json::Value search_parameter);

class AddedParameters {
 public:
  // Those that cannot be in one set are left out, and `refused` hears why: a code that another one
  // of the type has, a component that is not there, an expression that never gives a value of its
  // kind.
  using Refused = std::vector<std::pair<std::string, Error>>;  // id, why
  static std::shared_ptr<const AddedParameters> make(std::vector<AddedParameter> parameters,
                                                     Refused& refused);
  ~AddedParameters();

  std::span<const AddedParameter> all() const { return parameters_; }
  const AddedParameter* find(TypeIndex resource, std::string_view code) const;
  const SearchProgram* program(TypeIndex resource) const;  // null: the type has none
  // See index_name(); of a value whose parameter is not one of the definitions.
  std::string_view index_name(const SearchValue& value) const;

 private:
  AddedParameters() = default;
  Result<void> add(AddedParameter parameter);
  Result<void> find_components(AddedParameter& parameter) const;
  void compile();

  std::vector<AddedParameter> parameters_;
  std::map<std::pair<TypeIndex, std::string>, size_t, std::less<>> by_code_;
  std::map<TypeIndex, SearchProgram> programs_;
  std::vector<IndexNames> names_;
};

}  // namespace passerelle::fhir
