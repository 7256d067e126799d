#include "pathway/adoption.h"

#include <algorithm>
#include <cmath>

namespace passerelle::pathway {

double Adoption::share(int64_t day) const {
  if (!rows.empty()) {
    if (day < rows.front().first) return 0;
    const auto after =
        std::find_if(rows.begin(), rows.end(), [day](const auto& row) { return row.first > day; });
    if (after == rows.end()) return rows.back().second;
    const auto& before = *(after - 1);
    const auto part =
        static_cast<double>(day - before.first) / static_cast<double>(after->first - before.first);
    return before.second + part * (after->second - before.second);
  }
  if (day < from) return 0;
  const auto t = static_cast<double>(day - from);
  const double gone = std::exp(-(innovation + imitation) * t);
  return ceiling * (1 - gone) / (1 + imitation / innovation * gone);
}

}  // namespace passerelle::pathway
