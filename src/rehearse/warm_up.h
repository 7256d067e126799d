// How much of the beginning is not yet the ordinary course: MSER-5.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace passerelle::rehearse {

struct Hourly;

// How many of the first numbers of a series to leave out, so that the mean of the rest has the
// smallest estimated error; in means of five (K. P. White, "An effective truncation heuristic for
// bias reduction in simulation output", 1997). Nothing when that would be more than half of them:
// the series has not come to rest.
std::optional<size_t> mser5(std::span<const double> series);

// Hours until how much waits, is in hand and is open has come to rest, from several replications
// added up. Nothing: it has not.
std::optional<size_t> hours_until_rest(const Hourly& pilots, size_t hours);

}  // namespace passerelle::rehearse
