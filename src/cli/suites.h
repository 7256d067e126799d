// Suites that need more than one call. For suite.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"

namespace passerelle::cli {

struct SuiteCount {
  size_t passed = 0;
  size_t failed = 0;
};

// Each resource: valid; through XML and back without loss; stored and read back; found again by
// every value that it can be searched by.
Result<SuiteCount> fhir_examples(const SuiteOptions& options);
// Each model: written and read again without loss; drawn anew, with nothing that overlaps or is
// missing; compiled, or refused with the place of everything that is not supported.
Result<SuiteCount> bpmn_models(const SuiteOptions& options);

// Paths of the files below a folder whose names end so, sorted.
Result<std::vector<std::string>> files_below(const std::string& folder, std::string_view ending);

}  // namespace passerelle::cli
