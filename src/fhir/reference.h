// The parts of a Reference.reference (R4, "References").
#pragma once

#include <string_view>

#include "fhir/definitions.h"

namespace passerelle::fhir {

enum class ReferenceForm : uint8_t {
  malformed,
  local,        // "Patient/1", "Patient/1/_history/2"
  absolute,     // "https://example.org/fhir/Patient/1", or any other URL
  contained,    // "#id", or "#" for the container
  urn,          // urn:uuid:..., urn:oid:...
  conditional,  // "Patient?identifier=...", only in a transaction
};

struct ReferenceParts {
  ReferenceForm form = ReferenceForm::malformed;
  TypeIndex type = none;     // when the text names a resource type of R4
  std::string_view id;       // local, contained; of an absolute one when its end is "Type/id"
  std::string_view version;  // of ".../_history/2"
  std::string_view base;     // of an absolute one: all before "Type/id", without the "/"
};

ReferenceParts parse_reference(std::string_view text);

}  // namespace passerelle::fhir
