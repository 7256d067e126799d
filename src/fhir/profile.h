// Profiles (StructureDefinitions with derivation "constraint"), compiled once into a tree of what
// they ask on top of the base specification: validate() has held a resource against R4 before, so
// that only what is narrower stands here. A profile that comes as a differential is laid over the
// compiled tree of its base, which is what generating a snapshot means. R4, "Profiling FHIR" and
// "ElementDefinition".
//
// Heeded: cardinality, types and their profiles, targets of references, fixed[x], pattern[x],
// minValue[x], maxValue[x], maxLength, bindings, constraints, slicing by value, exists, pattern,
// type and profile, contentReference, and for extensions where they may stand. mustSupport says
// nothing of a resource. A compiled profile is immutable and read by any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "fhir/definitions.h"

namespace passerelle::fhir {

namespace path {
struct Program;
}

inline constexpr uint32_t unbounded = 0xffffffff;  // ProfileNode::max of "*"

// One of the types that an element may have.
struct ProfileType {
  TypeIndex type = none;
  std::vector<std::string> profiles;  // one of them holds; empty = any
  std::vector<std::string> targets;   // profiles of what a reference points to; empty = any
};

struct ProfileBinding {
  Binding strength = Binding::no;
  std::string value_set;          // its canonical
  ValueSetIndex built_in = none;  // when the definitions know its codes
};

struct ProfileRule {
  std::string key, human;
  bool error = true;
  std::shared_ptr<const path::Program> program;  // shared by copies; null: it cannot be evaluated
};

// One step of a discriminator's path: "code.coding", "extension('url').value", "resolve()".
struct DiscriminatorStep {
  enum class Kind : uint8_t { member, extension, of_type, resolve };
  Kind kind = Kind::member;
  std::string text;  // the member, the url or the type
};
struct Discriminator {
  enum class Kind : uint8_t { value, exists, pattern, type, profile };
  Kind kind = Kind::value;
  std::string path;  // as written
  std::vector<DiscriminatorStep> steps;
};
struct Slicing {
  enum class Rules : uint8_t { open, closed, open_at_end };
  std::vector<Discriminator> discriminators;
  Rules rules = Rules::open;
  bool ordered = false;
};

// What is asked of an element, of one of its slices, or of the whole.
struct ProfileNode {
  std::string name;   // without "[x]"; of the whole: its type
  std::string slice;  // "" = of the element itself
  std::string extra;  // "_" + name
  uint32_t min = 0;
  uint32_t max = unbounded;
  std::vector<ProfileType> types;  // empty = as in the base
  // fixed[x] and pattern[x] with their "_fixed[x]"; values in Profile::documents.
  json::Value fixed, fixed_extra, pattern, pattern_extra;
  json::Value least, most;         // minValue[x], maxValue[x]
  std::optional<int64_t> longest;  // characters
  std::optional<ProfileBinding> binding;
  std::vector<ProfileRule> rules;
  std::optional<Slicing> slicing;
  std::vector<std::unique_ptr<ProfileNode>> children;
  std::vector<std::unique_ptr<ProfileNode>> slices;
  const ProfileNode* same_as = nullptr;  // contentReference: what this one asks holds here too

  const ProfileNode* find_child(std::string_view child) const;
  ProfileNode* find_child(std::string_view child);
  ProfileNode* find_slice(std::string_view named);
};

// Where an extension may stand: "Patient", "Patient.contact", "Element".
struct ExtensionContext {
  std::string type;  // element, extension, fhirpath
  std::string expression;
};

struct Profile {
  std::string url;
  TypeIndex type = none;
  ProfileNode root;
  std::vector<ExtensionContext> contexts;  // of an extension
  // What the values of the nodes live in: of this definition and of those it is derived from,
  // shared with their own profiles.
  std::vector<std::shared_ptr<const json::Document>> documents;
};

// The codes of a value set.
class CodeList {
 public:
  // "system|code", sorted; and the codes alone, sorted.
  CodeList(std::vector<std::string> pairs, std::vector<std::string> codes);
  bool has(std::string_view system, std::string_view code) const;
  bool has_code(std::string_view code) const;  // of whichever system

 private:
  std::vector<std::string> pairs_, codes_;
};

// Where validation finds profiles and value sets. Error not_found: it is not loaded; any other: it
// is loaded and cannot be used, and why.
class ProfileSource {
 public:
  virtual ~ProfileSource() = default;
  virtual Result<std::shared_ptr<const Profile>> profile(std::string_view canonical) = 0;
  virtual Result<std::shared_ptr<const CodeList>> codes(std::string_view value_set) = 0;
};

// Of a StructureDefinition; `source` knows its base when that is a profile too. Errors: it is none,
// its base is not loaded (not_found), an element that its type does not have; Error.where is the
// element's id.
Result<std::shared_ptr<const Profile>> compile_profile(
    std::shared_ptr<const json::Document> definition, ProfileSource& source);

}  // namespace passerelle::fhir
