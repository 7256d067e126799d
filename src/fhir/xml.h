// FHIR XML to the JSON tree and back, driven by the definitions, without loss: order of repeats,
// ids and extensions on primitives, contained resources, written decimals and narrative survive.
// DTDs, entities other than XML's own five, processing instructions, foreign namespaces and
// undeclared prefixes are refused; every error carries its line and column.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace passerelle::fhir {

// What the definitions do not know is an error here, since its JSON form would be a guess.
Result<json::Document> read_xml(std::string_view xml, const json::Limits& limits = {});
// The same for an element that is no resource, such as the <subject> of a test: not offered.

// Error when the resource has members that R4 does not define, or a narrative that is no XML.
Result<std::string> write_xml(json::Value resource, bool pretty = false);

}  // namespace passerelle::fhir
