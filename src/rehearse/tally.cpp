#include "rehearse/tally.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {

size_t Times::bin(int64_t millis) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(millis, 0));
  if (value < (1u << bits)) return static_cast<size_t>(value);
  const auto exponent = static_cast<unsigned>(63 - std::countl_zero(value));
  const uint64_t inside = (value >> (exponent - bits)) & ((1u << bits) - 1);
  return ((exponent - bits + size_t{1}) << bits) + static_cast<size_t>(inside);
}

double Times::low(size_t bin) {
  if (bin < (1u << bits)) return static_cast<double>(bin);
  const size_t octave = (bin >> bits) - 1;
  const size_t inside = bin & ((1u << bits) - 1);
  return std::ldexp(static_cast<double>((size_t{1} << bits) + inside), static_cast<int>(octave));
}

void Times::add(int64_t millis) {
  const size_t at = bin(millis);
  if (at >= bins_.size()) bins_.resize(at + 1);
  ++bins_[at];
  ++count_;
  sum_ += millis;
  max_ = std::max(max_, millis);
}

double Times::mean_minutes() const {
  return count_ == 0 ? unknown : static_cast<double>(sum_) / static_cast<double>(count_) / 60'000;
}

double Times::max_minutes() const {
  return count_ == 0 ? unknown : static_cast<double>(max_) / 60'000;
}

double Times::quantile_minutes(double share) const {
  if (count_ == 0) return unknown;
  const double rank = share * static_cast<double>(count_ - 1);
  double before = 0;
  for (size_t i = 0; i < bins_.size(); ++i) {
    const double here = bins_[i];
    if (here == 0) continue;
    if (rank < before + here) {
      // Evenly inside the bin; whole milliseconds below its width are exact.
      const double width = low(i + 1) - low(i);
      const double value = width <= 1 ? low(i) : low(i) + width * (rank - before) / here;
      return std::min(value, static_cast<double>(max_)) / 60'000;
    }
    before += here;
  }
  return max_minutes();
}

void Level::cross(int64_t now) {
  while (now >= next_) {
    area_ += (next_ - last_) * value_;
    hours_.push_back(area_);
    area_ = 0;
    last_ = next_;
    next_ += hour_millis;
  }
  area_ += (now - last_) * value_;
}

double Level::mean(size_t from_hour, size_t to_hour) const {
  to_hour = std::min(to_hour, hours_.size());
  if (from_hour >= to_hour) return unknown;
  double sum = 0;
  for (size_t i = from_hour; i < to_hour; ++i) sum += static_cast<double>(hours_[i]);
  return sum / static_cast<double>(to_hour - from_hour) / static_cast<double>(hour_millis);
}

}  // namespace passerelle::rehearse
