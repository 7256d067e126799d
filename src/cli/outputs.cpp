#include "cli/outputs.h"

#include <filesystem>

#include "base/text.h"

namespace passerelle::cli {
namespace {

bool same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  const auto place = std::filesystem::weakly_canonical(a, ignored);
  if (std::filesystem::exists(place, ignored) && !std::filesystem::is_regular_file(place, ignored))
    return false;  // /dev/null
  return place == std::filesystem::weakly_canonical(b, ignored);
}

}  // namespace

std::string named_twice(const std::vector<Output>& outputs) {
  for (size_t i = 0; i < outputs.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (!outputs[i].path.empty() && same_file(outputs[i].path, outputs[k].path))
        return outputs[k].option + " and " + outputs[i].option + " name the same file, " +
               outputs[i].path;
  return {};
}

Result<void> check_writable(const std::vector<Output>& outputs) {
  for (const Output& each : outputs)
    if (!each.path.empty()) TRY_VOID(passerelle::check_writable(each.path));
  return {};
}

}  // namespace passerelle::cli
