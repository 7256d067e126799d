// The walk of validate(): one object for one resource tree. Inside fhir/ only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "fhir/definitions.h"
#include "fhir/fhirpath.h"
#include "fhir/validate.h"

namespace passerelle::fhir {

// Where the walk stands; names are written out only when there is an issue to tell.
struct Place {
  const Place* parent = nullptr;
  std::string_view name = {};
  int index = -1;  // in a repeat, else -1
};
std::string to_path(const Place& place);

// A resource inside the walk: what its parts may refer to.
struct ResourceScope {
  json::Value resource;
  const ResourceScope* container = nullptr;  // of a contained resource
};

// A rule is broken when it is false. Empty is not false: "start <= end" of dates that differ in
// precision, "name.matches(...)" without a name.
bool is_kept(const path::Collection& result);

struct Profile;         // fhir/profile.h
struct ProfileContext;  // fhir/profile_check.h

class Validator {
 public:
  Validator(const ValidateOptions& options, std::vector<Issue>& issues);
  ~Validator();

  void check_root(json::Value resource);

 private:
  enum class Role { root, contained, inside };  // inside: of a Bundle's entry, a parameter, ...

  void add(std::string_view code, const Place& place, std::string message,
           Severity severity = Severity::error);
  bool full() const { return issues_.size() >= options_.max_issues; }

  void check_resource(json::Value resource, const Place& place, Role role,
                      const ResourceScope* container);
  void check_contained(json::Value resource, const Place& place);
  void check_contained_used(json::Value resource, const Place& place);
  void check_object(json::Value object, StructureIndex structure, const Place& place);
  void check_unknown(StructureIndex structure, std::string_view name, const Place& place);
  void check_counts(json::Value object, StructureIndex structure, const Place& place);
  void check_member(const Field& field, json::Value value, json::Value extra, const Place& place);
  void check_repeats(const Field& field, json::Value value, json::Value extra, const Place& place);
  void check_one(const Field& field, json::Value value, json::Value extra, const Place& place);
  void check_primitive(const Field& field, json::Value value, json::Value extra,
                       const Place& place);
  void check_extra(const Field& field, json::Value extra, const Place& place);
  void check_extension(json::Value extension, const Place& place);
  void check_reference(const Field& field, json::Value reference, const Place& place);
  void check_target(const Element& element, size_t choice, TypeIndex target, const Place& place);
  void check_code(const Element& element, json::Value value, const Place& place);
  void check_concept(const Element& element, json::Value concept_, const Place& place);
  void check_coding(const Element& element, json::Value coding, const Place& place);
  void check_invariants(std::span<const uint16_t> constraints, json::Value value, json::Value extra,
                        TypeIndex type, StructureIndex structure, ElementIndex element,
                        const Place& place);
  // Profiles (validate_profiles.cpp).
  void begin_profiles(json::Value outermost);
  // `before`: how many issues there were before the resource.
  void check_profiles(json::Value resource, TypeIndex type, const Place& place, Role role,
                      size_t before);
  void check_extension_profile(const Field& field, json::Value extension, const Place& place);
  void check_extension_context(const Profile& profile, const Field& field, const Place& place);

  const Definitions& definitions_ = definitions();
  const ValidateOptions& options_;
  std::vector<Issue>& issues_;
  const ResourceScope* scope_ = nullptr;
  bool in_transaction_ = false;
  std::unique_ptr<ProfileContext> profiles_;  // null: none are looked at
};

}  // namespace passerelle::fhir
