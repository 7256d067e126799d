// The parts of the DMN TCK that are at hand: $PASSERELLE_SUITES/dmn-tck.
#include "pathway/dmn/tck.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace passerelle::dmn {
namespace {

std::string suite() {
  const char* root = std::getenv("PASSERELLE_SUITES");
  return (root != nullptr ? std::string(root) : std::string(PASSERELLE_ROOT "/../shared/suites")) +
         "/dmn-tck";
}

TEST(DmnTck, EveryCaseThatNeedsNoJavaPasses) {
  if (!std::filesystem::exists(suite())) {
    std::cout << "skipped: no folder " << suite() << "\n";
    GTEST_SKIP();
  }
  const auto report = run_tck(suite());
  ASSERT_TRUE(report.ok()) << to_text(report.error());
  std::string failures;
  for (const TckCase& one : report->cases) {
    if (one.passed || one.needs_jvm) continue;
    failures += one.file + " " + one.id + " " + one.node + ": " + one.detail + "\n";
  }
  std::cout << tck_table(*report);
  EXPECT_EQ(report->failed, 0u) << failures;
  // A suite that null alone would pass would prove nothing.
  EXPECT_LT(report->null_would_pass, report->cases.size() / 2);
}

}  // namespace
}  // namespace passerelle::dmn
