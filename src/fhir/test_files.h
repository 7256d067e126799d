// For tests: the suites of others beside the repository, read when they are there.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/text.h"

namespace passerelle::fhir {

inline std::string suites_folder() {
  const char* named = std::getenv("PASSERELLE_SUITES");
  if (named != nullptr && *named != '\0') return std::string(named) + "/";
  return std::string(PASSERELLE_ROOT) + "/../shared/suites/";
}

// Paths of the files in a folder whose names end so, sorted; empty when it is not there.
inline std::vector<std::string> files_of(const std::string& folder, std::string_view ending) {
  std::vector<std::string> paths;
  if (!std::filesystem::is_directory(folder)) return paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (path.ends_with(ending)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace passerelle::fhir

// Ends the test with a word when the folder is not there.
#define FILES_OR_SKIP(name, folder, ending)                                           \
  const std::vector<std::string> name = ::passerelle::fhir::files_of(folder, ending); \
  if (name.empty()) GTEST_SKIP() << "skipped: " << folder << " not present"
