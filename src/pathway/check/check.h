// The compiler for care organisations: a package whose organisation is not ready is refused, with
// messages like a compiler's. Everything stands in findings; nothing is printed here.
#pragma once

#include <string_view>
#include <vector>

#include "pathway/finding.h"
#include "pathway/package.h"

namespace passerelle::pathway {

// All that can be found: parse errors, names across files, cover of promised hours, decision
// tables, texts, scenarios, and the examples of cases.yaml, played by the real step(). In the order
// of files, lines and columns.
std::vector<Finding> check_package(const PackageFiles& files, std::string_view id);

}  // namespace passerelle::pathway
