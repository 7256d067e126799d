// Philox4x32-10 (see random.h), in the ways that different machines can.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace passerelle {

using PhiloxCounter = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

std::array<uint32_t, 4> philox_block(const PhiloxCounter& counter, const PhiloxKey& key);

// Blocks that are made at once, two numbers of 64 bits each: the first word is the upper half.
inline constexpr size_t philox_blocks = 4;

struct PhiloxWay {
  std::string_view name;
  std::array<uint32_t, 4> (*block)(const PhiloxCounter&, const PhiloxKey&);
  // philox_blocks of them: of this counter, and of those that each add `step` to it. What a word
  // carries over is lost.
  void (*write)(const PhiloxCounter&, const PhiloxCounter& step, const PhiloxKey&, uint64_t* out);
};
// All that this machine can, the quickest first; they give the same.
std::span<const PhiloxWay> philox_ways();

}  // namespace passerelle
