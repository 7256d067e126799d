#include "rehearse/estimate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pathway/quantile.h"

namespace passerelle::rehearse {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

struct Moments {
  size_t n = 0;
  double mean = nothing;
  double variance = nothing;  // of the sample; NaN below two
};

Moments moments(std::span<const double> values) {
  Moments out;
  double sum = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++out.n;
    sum += value;
  }
  if (out.n == 0) return out;
  out.mean = sum / static_cast<double>(out.n);
  if (out.n < 2) return out;
  double squares = 0;
  for (const double value : values)
    if (!std::isnan(value)) squares += (value - out.mean) * (value - out.mean);
  out.variance = squares / static_cast<double>(out.n - 1);
  return out;
}

}  // namespace

Estimate estimate(std::vector<double> runs) {
  Estimate out;
  const Moments found = moments(runs);
  out.value = found.mean;
  if (found.n >= 2) {
    const double half = pathway::student_quantile(static_cast<double>(found.n - 1), 0.975) *
                        std::sqrt(found.variance / static_cast<double>(found.n));
    out.low = found.mean - half;
    out.high = found.mean + half;
  }
  out.runs = std::move(runs);
  return out;
}

Paired paired(std::span<const double> before, std::span<const double> after) {
  Paired out;
  std::vector<double> differences, a, b;
  for (size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    differences.push_back(after[i] - before[i]);
    const bool both = !std::isnan(differences.back());
    a.push_back(both ? before[i] : nothing);
    b.push_back(both ? after[i] : nothing);
  }
  const Moments found = moments(differences);
  out.difference = estimate(std::move(differences));
  if (found.n < 2) return out;
  const double apart = moments(a).variance + moments(b).variance;
  if (apart > 0) out.variance_ratio = found.variance / apart;
  if (found.variance > 0) {
    const double freedom = static_cast<double>(found.n - 1);
    const double t =
        std::fabs(found.mean) / std::sqrt(found.variance / static_cast<double>(found.n));
    out.p = 2 * (1 - pathway::student_probability(freedom, t));
  } else {
    out.p = found.mean == 0 ? 1 : 0;  // the same in every replication
  }
  return out;
}

std::vector<bool> holm(std::span<const double> p, double alpha) {
  std::vector<bool> out(p.size(), false);
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  for (size_t rank = 0; rank < order.size(); ++rank) {
    if (p[order[rank]] > alpha / static_cast<double>(order.size() - rank)) break;
    out[order[rank]] = true;
  }
  return out;
}

}  // namespace passerelle::rehearse
