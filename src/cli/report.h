// Findings on a terminal, or as JSON: what `check` and `migrate` have in common.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "pathway/check/check.h"

namespace passerelle::cli {

std::string in_folder(const std::string& folder, std::string_view file);

// Tells what was found in a package of so many files; returns the exit code. `path_of`: where a
// finding's file lies.
int tell_report(pathway::CheckReport report, const std::string& id, size_t files, bool json,
                const std::function<std::string(const std::string&)>& path_of);

}  // namespace passerelle::cli
