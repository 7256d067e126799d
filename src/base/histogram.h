// How often values of which size occurred: what a monitor makes quantiles of. Any thread notes a
// value at the cost of two relaxed additions; who reads meanwhile may see a value in the counts
// that is not yet in the sum.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace passerelle {

// counts[i]: values up to bounds[i] and above the bound before it; the last: above all bounds.
template <size_t bounds>
struct HistogramReading {
  std::array<int64_t, bounds + 1> counts{};
  int64_t sum = 0;

  int64_t total() const {
    int64_t all = 0;
    for (const int64_t count : counts) all += count;
    return all;
  }
  HistogramReading& operator+=(const HistogramReading& other) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
    return *this;
  }
};

// `bounds`: a constexpr std::array of ascending whole numbers, in the unit of the values.
template <const auto& bounds>
class Histogram {
 public:
  static constexpr size_t size = bounds.size();
  using Reading = HistogramReading<size>;

  void note(int64_t value) {
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
    counts_[static_cast<size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  Reading read() const {
    Reading reading;
    for (size_t i = 0; i < counts_.size(); ++i)
      reading.counts[i] = counts_[i].load(std::memory_order_relaxed);
    reading.sum = sum_.load(std::memory_order_relaxed);
    return reading;
  }

 private:
  std::array<std::atomic<int64_t>, size + 1> counts_{};
  std::atomic<int64_t> sum_{0};
};

}  // namespace passerelle
