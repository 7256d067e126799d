// passerelle suite NAME DIR: the conformance suites of others, over any folder. The last line is
// "N passed, M failed".
#include <array>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/suites.h"
#include "cli/terminal.h"
#include "fhir/fhirpath_suite.h"
#include "pathway/dmn/tck.h"

namespace passerelle::cli {
namespace {

Result<SuiteCount> dmn_tck(const SuiteOptions& options) {
  TRY(const dmn::TckReport report, dmn::run_tck(options.folder, [](std::string_view folder) {
        remark(std::string(folder) + "\n");
      }));
  for (const dmn::TckCase& one : report.cases)
    if (!one.passed && !one.needs_jvm)
      print("failed: " + one.folder + "/" + one.file + " " + one.id + " " + one.node + ": " +
            one.detail + "\n");
  if (!options.csv.empty()) TRY_VOID(write_file(options.csv, dmn::tck_csv(report)));
  std::string table = dmn::tck_table(report);
  // The table ends with the line that every suite ends with; it is printed once, by suite_command.
  if (const size_t last = table.rfind('\n', table.size() - 2); last != std::string::npos)
    table.resize(last + 1);
  print(table);
  return SuiteCount{report.passed, report.failed};
}

Result<SuiteCount> fhirpath(const SuiteOptions& options) {
  TRY(const auto report, fhir::path::run_fhirpath_suite(options.folder));
  for (const fhir::path::SuiteTest& test : report.tests)
    if (!test.passed) print("failed: " + test.group + " " + test.name + ": " + test.detail + "\n");
  return SuiteCount{report.passed, report.failed};
}

struct Suite {
  std::string_view name;
  Result<SuiteCount> (*run)(const SuiteOptions&);
};
constexpr std::array suites = {
    Suite{"dmn-tck", dmn_tck},
    Suite{"fhirpath", fhirpath},
    Suite{"fhir-examples", fhir_examples},
    Suite{"bpmn", bpmn_models},
};

}  // namespace

int suite_command(const SuiteOptions& options) {
  std::string names;
  for (const Suite& suite : suites) {
    names += (names.empty() ? "" : ", ") + std::string(suite.name);
    if (suite.name != options.name) continue;
    auto count = suite.run(options);
    if (!count) return fail(count.error());
    if (count->passed + count->failed == 0)
      return fail({ErrorCode::not_found, "nothing of the suite is in this folder", options.folder,
                   "give the folder that holds its files"});
    print(std::to_string(count->passed) + " passed, " + std::to_string(count->failed) +
          " failed\n");
    return count->failed > 0 ? exit_findings : exit_ok;
  }
  return fail_usage("there is no suite '" + options.name + "'; there are: " + names,
                    "passerelle suite dmn-tck ../suites/dmn-tck");
}

}  // namespace passerelle::cli
