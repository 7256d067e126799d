// The files that a command was asked to write: looked at before the work that fills them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace passerelle::cli {

struct Output {
  std::string option;
  std::string path;  // "" = not asked for
};

// "--json and --report name the same file, r.html": the later one would take the place of the
// earlier one. "": none do.
std::string named_twice(const std::vector<Output>& outputs);

// Error: the first that cannot be written.
Result<void> check_writable(const std::vector<Output>& outputs);

}  // namespace passerelle::cli
