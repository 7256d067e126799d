// The models of bench/models, changed for a test. For tests of rehearse/ only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/package.h"

namespace passerelle::rehearse {

inline Result<pathway::PackageFiles> model_files(const std::string& name) {
  return pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/bench/models/" + name);
}

inline void replace(std::string& text, std::string_view what, std::string_view by) {
  const size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

// Error: what is wrong with it first.
inline Result<std::unique_ptr<pathway::Package>> load_model(const pathway::PackageFiles& files,
                                                            const std::string& name) {
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(files, name, "", findings);
  if (package == nullptr)
    return Error{ErrorCode::invalid, findings.front().message, to_text(findings.front().place)};
  return package;
}

}  // namespace passerelle::rehearse
