// Runs any folder in the layout of the DMN TCK (nested folders of *.dmn with *-test-*.xml beside
// them) and counts what passes, as the vendors' result files do.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace passerelle::dmn {

struct TckCase {
  std::string folder;  // "compliance-level-3/0068-feel-equality"
  std::string file;    // "0068-feel-equality-test-01"
  std::string id;
  std::string node;  // the result node's name
  bool passed = false;
  bool needs_jvm = false;  // calls external Java functions: reported, not counted as failed
  bool null_would_pass = false;
  std::string detail;  // expected and found, when it failed
};

struct TckFolder {
  std::string folder;
  unsigned passed = 0, failed = 0, skipped = 0, null_would_pass = 0;
};

struct TckReport {
  std::vector<TckFolder> folders;
  std::vector<TckCase> cases;  // one a result node
  unsigned passed = 0, failed = 0, skipped = 0, null_would_pass = 0;
};

// `progress` is called with each folder's name before it runs; may be empty.
Result<TckReport> run_tck(const std::string& folder,
                          const std::function<void(std::string_view)>& progress = {});

// The vendors' lines: "folder","test file","case","node","SUCCESS|ERROR|IGNORED","detail".
std::string tck_csv(const TckReport& report);
// A line a folder, then what an engine that always answers null would get, then
// "N passed, M failed".
std::string tck_table(const TckReport& report);

}  // namespace passerelle::dmn
