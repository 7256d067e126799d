#include "rehearse/warm_up.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "rehearse/hourly.h"

namespace passerelle::rehearse {
namespace {

constexpr size_t of_a_mean = 5;

void add(std::vector<double>& to, const Hourly::Hours& hours) {
  for (size_t hour = 0; hour < std::min(to.size(), hours.size()); ++hour)
    to[hour] += static_cast<double>(hours[hour]);
}

}  // namespace

std::optional<size_t> mser5(std::span<const double> series) {
  std::vector<double> means;
  for (size_t i = 0; i + of_a_mean <= series.size(); i += of_a_mean)
    means.push_back(std::accumulate(series.begin() + static_cast<std::ptrdiff_t>(i),
                                    series.begin() + static_cast<std::ptrdiff_t>(i + of_a_mean),
                                    0.0) /
                    of_a_mean);
  if (means.size() < 4) return std::nullopt;
  // From the end, so that the sums over the rest grow by one number each; differences from one of
  // them keep their digits. The very last ones are too few to say anything.
  constexpr size_t fewest = 3;
  const double near = means.back();
  double sum = 0, squares = 0, best = std::numeric_limits<double>::infinity();
  size_t best_at = means.size();
  for (size_t left_out = means.size(); left_out-- > 0;) {
    const double value = means[left_out] - near;
    sum += value;
    squares += value * value;
    const auto n = static_cast<double>(means.size() - left_out);
    if (n < fewest) continue;
    const double error = std::max(0.0, squares - sum * sum / n) / (n * n);
    if (error > best) continue;  // of equals the earlier one
    best = error;
    best_at = left_out;
  }
  if (best_at > means.size() / 2) return std::nullopt;
  return best_at * of_a_mean;
}

std::optional<size_t> hours_until_rest(const Hourly& pilots, size_t hours) {
  std::vector<double> work(hours), open(hours);
  for (const auto& queue : pilots.waiting) add(work, queue);
  for (const auto& role : pilots.busy) add(work, role);
  add(open, pilots.cases);
  const auto of_work = mser5(work), of_cases = mser5(open);
  if (!of_work || !of_cases) return std::nullopt;
  return std::max(*of_work, *of_cases);
}

}  // namespace passerelle::rehearse
