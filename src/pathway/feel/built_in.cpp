#include "pathway/feel/built_in.h"

#include <algorithm>

#include "pathway/feel/feel.h"

namespace passerelle::feel {

namespace {

std::string_view nth_parameter(std::string_view all, size_t i) {
  for (; i > 0; --i) {
    const size_t comma = all.find(',');
    if (comma == std::string_view::npos) return {};
    all.remove_prefix(comma + 2);
  }
  return all.substr(0, all.find(','));
}

}  // namespace

std::string_view BuiltIn::parameter(size_t i) const {
  std::string_view found = nth_parameter(parameters, i);
  if (found.size() > 3 && found.substr(found.size() - 3) == "...") found.remove_suffix(3);
  if (!found.empty() && found.back() == '?') found.remove_suffix(1);
  return found;
}

size_t BuiltIn::most() const {
  if (parameters.empty()) return 0;
  return static_cast<size_t>(std::count(parameters.begin(), parameters.end(), ',')) + 1;
}

size_t BuiltIn::least() const {
  return most() - static_cast<size_t>(std::count(parameters.begin(), parameters.end(), '?'));
}

bool BuiltIn::many() const {
  return parameters.size() > 3 && parameters.substr(parameters.size() - 3) == "...";
}

std::span<const BuiltIn> built_ins() {
  static const std::vector<BuiltIn> all = [] {
    std::vector<BuiltIn> rows;
    for (const auto theme :
         {conversion_built_ins(), string_built_ins(), list_built_ins(), number_built_ins(),
          temporal_built_ins(), range_built_ins(), context_built_ins()}) {
      rows.insert(rows.end(), theme.begin(), theme.end());
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const BuiltIn& a, const BuiltIn& b) { return a.name < b.name; });
    return rows;
  }();
  return all;
}

std::pair<uint32_t, uint32_t> find_built_in(std::string_view name) {
  const auto all = built_ins();
  const auto [first, last] =
      std::equal_range(all.begin(), all.end(), BuiltIn{name, {}, nullptr},
                       [](const BuiltIn& a, const BuiltIn& b) { return a.name < b.name; });
  return {static_cast<uint32_t>(first - all.begin()), static_cast<uint32_t>(last - first)};
}

int built_in_row(uint32_t first, uint32_t rows, size_t arguments) {
  for (uint32_t row = first; row < first + rows; ++row) {
    const BuiltIn& function = built_ins()[row];
    const bool fits = function.many()
                          ? arguments >= function.least()
                          : arguments >= function.least() && arguments <= function.most();
    if (fits) return static_cast<int>(row);
  }
  return -1;
}

std::vector<std::string> built_in_signatures() {
  std::vector<std::string> all;
  for (const BuiltIn& row : built_ins()) {
    all.push_back(std::string(row.name) + "(" + std::string(row.parameters) + ")");
  }
  return all;
}

}  // namespace passerelle::feel
