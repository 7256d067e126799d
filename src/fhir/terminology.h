// Code systems, value sets and concept maps as R4 defines them ("Terminology Service"), over the
// resources that there are: the caller says where those come from, so that nothing here knows a
// store. What is not loaded is an error that names it, never an empty answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace passerelle::fhir {

struct Concept {
  std::string_view code, display;  // display "" when it has none
  std::vector<uint32_t> parents;   // into CodeSystem::concepts()
  json::Value value;               // CodeSystem.concept: definition, designation, property
  bool inactive = false;
  bool is_abstract = false;
};

// One CodeSystem, flat, with its hierarchy: nested concepts, and properties "parent" and "child".
class CodeSystem {
 public:
  static Result<CodeSystem> read(std::string_view body);

  std::string_view url() const { return root()["url"].string(); }
  std::string_view version() const { return root()["version"].string(); }
  std::string_view name() const;
  bool complete() const { return root()["content"].string() == "complete"; }
  std::span<const Concept> concepts() const { return concepts_; }
  // By code; null when there is none.
  const Concept* find(std::string_view code) const;
  // Whether `concept` is below `ancestor`, or the same.
  bool is_below(const Concept& concept_, const Concept& ancestor) const;
  // The value of a property as text ("true", "5", a code), "" when it has none.
  static std::string_view property(const Concept& of, std::string_view name);

 private:
  json::Value root() const { return document_->root(); }
  void add(json::Value list, std::optional<uint32_t> parent);
  void link();

  std::shared_ptr<const json::Document> document_;  // shared by copies, which are views into it
  std::vector<Concept> concepts_;
  std::unordered_map<std::string_view, uint32_t> by_code_;
  std::unordered_map<std::string, uint32_t> by_folded_;  // when case does not matter
};

// What the definitions know of a code system from the value sets of required bindings: codes
// without displays, and perhaps not all of them. Error not_found when they know none.
Result<std::shared_ptr<const CodeSystem>> built_in_code_system(std::string_view url);

// Where resources come from. `canonical` is a url, or "url|version". Error not_found when there is
// none.
class TerminologySource {
 public:
  virtual ~TerminologySource() = default;
  virtual Result<std::shared_ptr<const CodeSystem>> code_system(std::string_view canonical) = 0;
  // A ValueSet.
  virtual Result<std::shared_ptr<const json::Document>> value_set(std::string_view canonical) = 0;
};

struct Coding {
  std::string system, code, display;
  std::string version = {};
  bool inactive = false;
  bool is_abstract = false;
};

struct ExpandOptions {
  std::string filter = {};  // of displays and codes: each word begins one of theirs
  bool active_only = false;
  size_t limit = 100'000;  // too_costly beyond
};

// All codes of a value set, in the order of its definition, without doubles.
Result<std::vector<Coding>> expand(TerminologySource& source, json::Value value_set,
                                   const ExpandOptions& options = {});
Result<std::vector<Coding>> expand(TerminologySource& source, std::string_view canonical,
                                   const ExpandOptions& options = {});

struct CodeCheck {
  bool result = false;
  std::string display;  // the right one, when it is known
  std::string message;  // why not, or what is to be known
};
// Whether a code is in a code system, with its display when one is given.
CodeCheck check_code(const CodeSystem& system, std::string_view code, std::string_view display);
// Whether a coding is in an expansion; system "" = whichever.
CodeCheck check_code(const std::vector<Coding>& expansion, std::string_view system,
                     std::string_view code, std::string_view display);

struct Translation {
  Coding to;
  std::string equivalence;  // as in the map; of a reverse search turned round
  std::string map;          // its url
};
// What a ConceptMap says of a code. `reverse`: from its targets to its sources.
std::vector<Translation> translate(json::Value concept_map, const Coding& from,
                                   std::string_view target_system, bool reverse);

}  // namespace passerelle::fhir
