// The bytes of the definitions, as tools/fhir-definitions/compile.mjs wrote them.
#pragma once

#include <string_view>

namespace passerelle::fhir {

std::string_view definitions_table();

}  // namespace passerelle::fhir
