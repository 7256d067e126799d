#include "fhir/fhirpath_suite.h"

#include <gtest/gtest.h>

#include "fhir/test_files.h"

namespace passerelle::fhir::path {
namespace {

TEST(FhirPathSuite, PassesEveryTestOfFhir) {
  const std::string folder = suites_folder() + "fhirpath";
  FILES_OR_SKIP(files, folder, ".xml");
  const Result<SuiteReport> report = run_fhirpath_suite(folder);
  ASSERT_TRUE(report.ok()) << to_text(report.error());
  EXPECT_GT(report->passed, 100u);
  for (const SuiteTest& test : report->tests) {
    EXPECT_TRUE(test.passed) << test.group << "/" << test.name << ": " << test.detail;
  }
}

TEST(FhirPathSuite, SaysWhenThereAreNoTests) {
  const Result<SuiteReport> report = run_fhirpath_suite("/nowhere");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().where, "/nowhere");
}

}  // namespace
}  // namespace passerelle::fhir::path
