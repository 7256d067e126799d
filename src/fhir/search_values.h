// What a resource is found by: the values of all its search parameters, extracted in one walk by
// programs compiled once per resource type from the parameters' FHIRPath expressions. On the path
// of every write, hence flat and free of allocation per value: texts point into the resource's
// Document, into SearchValues::texts or into the definitions.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "fhir/definitions.h"
#include "fhir/search_range.h"

namespace passerelle::fhir {

// What of the element a value is. `text`: its displays and texts, for :text (type string).
// `identifier`: the identifier of a reference, for :identifier (type token). `base`: a quantity of
// UCUM in base units, so that 1 g is found as 1000 mg. `of_type`: an identifier with its type, for
// :of-type (a token: the system is "system|code" of the type).
enum class Aspect : uint8_t { value, text, identifier, base, of_type };

struct SearchValue {
  ParameterIndex parameter = none;
  SearchType type = SearchType::token;  // of the value; never composite
  Aspect aspect = Aspect::value;
  uint8_t component = 0;  // of a composite: 1, 2, ...; else 0
  uint32_t tuple = 0;     // components with the same tuple belong together, from 1; else 0
  // string, uri: as written. token: the code or value. reference: the id on this server (system =
  // the type), else the whole URL or canonical (system empty). quantity: the unit's code, or the
  // unit when there is no code. number: as written.
  std::string_view text = {};
  // token, quantity: the system, or "". A code of an element whose value set has one system has
  // that system. reference: see text. A canonical with a version has two values, whole and without.
  // Location.near has its latitude and longitude as numbers "near$1" and "near$2".
  std::string_view system = {};
  std::string_view written = {};  // quantity: the decimal as written; reference: the version, or ""
  DateRange date = {};            // of a date
  // Of a number or quantity: exact, both ends the same, unless it is a Range, samples or has a
  // comparator: how precisely a number is meant is the searcher's word (R4, "Search", "number").
  NumberRange number = {};
};

class AddedParameters;  // fhir/search_added.h

struct SearchValues {
  std::vector<SearchValue> values;
  std::deque<std::string> texts;  // what had to be composed
  // The added parameters that were looked for, or null; shared with their source and with what is
  // written with these values, until it is written.
  std::shared_ptr<const AddedParameters> added = {};
};

// Where the search parameters that were added at run time come from.
class AddedSource {
 public:
  virtual ~AddedSource() = default;
  virtual std::shared_ptr<const AddedParameters> current() const = 0;  // never null
};

struct ExtractOptions {
  Zone zone = Zone::utc();             // of dates without one
  std::string_view base_url = {};      // absolute references below it are to this server
  const AddedSource* added = nullptr;  // null: only the parameters of the specification
};

// The resource's own Document must outlive the values. What is no resource has no values; what is
// invalid inside is passed over.
SearchValues extract(json::Value resource, const ExtractOptions& options = {});

inline constexpr size_t most_components = 4;  // of a composite
// Under which the values of one parameter are kept: "code", "code:text", "subject:identifier", and
// of a composite "code-value-quantity$1", "code-value-quantity$1:base".
class IndexNames {
 public:
  explicit IndexNames(std::string_view code);
  std::string_view of(const SearchValue& value) const;

 private:
  std::array<std::string, 5 + 2 * most_components> names_;
};
// Of a parameter of the specification; lives as long as the program.
std::string_view index_name(const SearchValue& value);
// Of any; lives as long as `of`.
std::string_view index_name(const SearchValues& of, const SearchValue& value);

}  // namespace passerelle::fhir
