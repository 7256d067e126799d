#include "rehearse/tally.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {

double Times::low(size_t bin) {
  if (bin < (1u << bits)) return static_cast<double>(bin);
  const size_t octave = (bin >> bits) - 1;
  const size_t inside = bin & ((1u << bits) - 1);
  return std::ldexp(static_cast<double>((size_t{1} << bits) + inside), static_cast<int>(octave));
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
