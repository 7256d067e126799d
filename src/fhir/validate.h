// Is this a FHIR R4 resource? Structure, unknown and misspelt elements, cardinality, types, the
// forms of primitives, choices, codes of required bindings, references, contained resources,
// extensions (also of primitives: "_birthDate"), the entries of a Bundle and, unless switched off,
// the invariants of the specification; then, where a source of them is given, the profiles that are
// asked for or claimed. Each issue names the element by a FHIRPath that finds it
// ("Patient.contact[0].gender") and says in plain words what is wrong, why and what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace passerelle::fhir {

enum class Severity : uint8_t { fatal, error, warning, information };
std::string_view name_of(Severity severity);

struct Issue {
  Severity severity = Severity::error;
  std::string_view code;   // of the code system issue-type: "structure", "required", "value", ...
  std::string expression;  // where; "" = the whole
  std::string message;     // what, why, what to do
};

class ProfileSource;  // fhir/profile.h

struct ValidateOptions {
  std::string_view expected_type = {};  // when given, the resource must be of this type
  bool invariants = true;
  size_t max_issues = 100;
  // Where the profiles that resources claim (meta.profile), those of extensions, and value sets
  // are; null: the base specification only. Profiles are looked at where the base finds no error.
  ProfileSource* profiles = nullptr;
  // The resource must conform to these, whatever it claims. One that cannot be used is an error.
  std::vector<std::string> against = {};
  bool strict_profiles = false;  // a claimed profile that cannot be used is an error, not a warning
  // Resources elsewhere that references name ("Patient/1"), or absent: for profiles of targets.
  std::function<json::Value(std::string_view reference)> resolve = {};
};

// No issues: it is valid. Safe on any JSON; linear in its size.
std::vector<Issue> validate(json::Value resource, const ValidateOptions& options = {});
bool has_errors(std::span<const Issue> issues);

// Whether a text has the form of an id: [A-Za-z0-9\-.]{1,64}.
bool is_id(std::string_view text);

}  // namespace passerelle::fhir
