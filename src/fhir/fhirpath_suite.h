// Runs the tests of FHIR's own suite: every tests-fhir-*.xml of a folder, with its inputs (XML or
// JSON) beside it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace passerelle::fhir::path {

struct SuiteTest {
  std::string group, name;
  bool passed = false;
  std::string detail;  // why not
};
struct SuiteReport {
  std::vector<SuiteTest> tests;
  size_t passed = 0;
  size_t failed = 0;
};

Result<SuiteReport> run_fhirpath_suite(const std::string& folder);

}  // namespace passerelle::fhir::path
