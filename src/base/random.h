// Random numbers without hidden state: a stream is a pure function of its key, so that the same
// patient draws the same fate in two scenarios (common random numbers) and any replication can be
// run again alone, on any number of threads.
//
// Source: Philox4x32-10, J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011; tested against the known answers published with it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace passerelle {

// What a stream is for. Adding a purpose never changes the draws of the others.
struct StreamKey {
  uint64_t seed = 0;
  uint32_t replication = 0;
  uint64_t entity = 0;   // a case, a person, a resource
  uint32_t purpose = 0;  // a hash of what is drawn: "answer:temperature", "work:call"
};

class Random {
 public:
  // Key: the seed. Counter: block number, purpose, entity (low word and replication mixed with its
  // high word). Entities below 2^32 and replications below 2^32 never share a counter.
  explicit Random(const StreamKey& key)
      : counter_{0, key.purpose, static_cast<uint32_t>(key.entity),
                 key.replication ^ static_cast<uint32_t>(key.entity >> 32) * 0x85EBCA6Bu},
        key_{static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)} {}

  uint32_t next_u32() {
    if (used_ == 4) refill();
    return block_[used_++];
  }
  uint64_t next_u64() {
    const uint64_t high = next_u32();
    return high << 32 | next_u32();
  }
  // The same numbers as by next_u64(), several blocks at once.
  void fill(std::span<uint64_t> numbers);
  // The first next_u64() of the streams of four entities: of the key's, a multiple of four, and of
  // the three behind it. Made at once they take little longer than one.
  static std::array<uint64_t, 4> first_of_four(const StreamKey& key);
  // What uniform_open() makes of a number.
  static double open(uint64_t number) {
    return (static_cast<double>(number >> 11) + 0.5) * 0x1.0p-53;
  }
  // [0, 1), 53 bits
  double uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }
  // (0, 1): safe for log()
  double uniform_open() { return open(next_u64()); }
  uint32_t below(uint32_t bound);   // [0, bound), unbiased; bound > 0
  double exponential(double mean);  // mean > 0, by inversion: one draw a value
  double normal();                  // mean 0, deviation 1, by inversion: one draw a value

 private:
  void refill();

  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> block_{};
  unsigned used_ = 4;
};

// The same numbers as those of a Random of that key, made several blocks at once: for a stream of
// which many are drawn.
class ManyDraws {
 public:
  explicit ManyDraws(const StreamKey& key) : random_(key) {}
  uint64_t next_u64() {
    if (used_ == numbers_.size()) {
      random_.fill(numbers_);
      used_ = 0;
    }
    return numbers_[used_++];
  }
  double uniform_open() { return Random::open(next_u64()); }

 private:
  Random random_;
  std::array<uint64_t, 8> numbers_{};
  size_t used_ = 8;
};

// The value that a standard normal variable does not exceed with this probability, 0 < p < 1.
double normal_quantile(double p);

// A purpose's number from its name: FNV-1a, stable for ever since results depend on it.
constexpr uint32_t purpose(const char* name) {
  uint32_t hash = 2166136261u;
  for (; *name != '\0'; ++name) hash = (hash ^ static_cast<unsigned char>(*name)) * 16777619u;
  return hash;
}

}  // namespace passerelle
