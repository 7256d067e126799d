// The findings as SARIF 2.1.0 (OASIS 2020), for editors and continuous integration: rules with
// their explanations, places with regions, accepted warnings as suppressed results.
#pragma once

#include <string>
#include <string_view>

#include "pathway/check/check.h"

namespace passerelle::pathway {

// `folder` is where the package's files are, as the reader of the result will look for them:
// relative, or absolute. Columns count UTF-16 code units, as editors do.
std::string to_sarif(const CheckReport& report, const PackageFiles& files, std::string_view folder,
                     std::string_view version);

}  // namespace passerelle::pathway
