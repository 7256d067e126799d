// What an expression can be told before it runs: which elements its names may reach. Inside fhir/
// only.
#pragma once

#include <string_view>

#include "fhir/path_program.h"

namespace passerelle::fhir::path {

// Error when a name cannot be an element of what stands before it, given the type of the focus, or
// when the order is asked of what has none (children(), descendants()). Error.where is
// "line:column".
Result<void> check_names(const Program& program, std::string_view context_type);

}  // namespace passerelle::fhir::path
