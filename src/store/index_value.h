// What a resource is found by: one value of one search parameter, already extracted from the
// resource, plain data. The store keeps such values for the current version of each resource only.
//
// Pseudo-parameters carry what a modifier or a composite needs, under names that no FHIR parameter
// can have: "code:text" (string: displays and texts of a token, for :text), "subject:identifier"
// (token: the identifier of a reference, for :identifier), "code-value-quantity$1" (component 1 of
// a composite; values with the same `tuple` belong together).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace passerelle::store {

enum class SearchType : uint8_t { string, token, reference, date, number, quantity, uri };

struct IndexValue {
  std::string parameter;  // its code: "birthdate"
  SearchType type = SearchType::token;
  // string: as written; token: the code or value; reference: the id on this server, else the whole
  // URL; uri: as written; quantity: the unit's code, or the written unit when there is no code.
  std::string text = {};
  // token and quantity: the system, or ""; reference: the target's type, "" when text is a URL.
  std::string system = {};
  // date: milliseconds since 1970 UTC, both ends included, INT64_MIN/MAX = open.
  int64_t first = 0;
  int64_t last = 0;
  // number and quantity: both ends included, +-infinity = open.
  double low = 0;
  double high = 0;
  uint32_t tuple = 0;  // of a composite's component, from 1; else 0

  bool operator==(const IndexValue&) const = default;
};

using IndexValues = std::vector<IndexValue>;

}  // namespace passerelle::store
