// splitmix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014).
#pragma once

#include <cstdint>

namespace passerelle::bench {

inline constexpr uint64_t golden_gamma = 0x9e3779b97f4a7c15u;  // from one state to the next

inline uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace passerelle::bench
