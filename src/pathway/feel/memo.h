// What was given lately for a few operands, which are looked up word for word. It begins small, and
// grows as long as what is looked for pushes out what is looked for again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pathway/feel/value.h"

namespace passerelle::feel {

class Memo {
 public:
  static constexpr size_t most_operands = 3;
  using Operands = std::array<const Value*, most_operands>;  // null behind the last one

  // What was given for them, or null. Always of as many operands.
  const Value* find(const Operands& operands) {
    if (entries_.empty()) [[unlikely]]
      entries_.resize(size_t{1} << bits_);
    const Entry& entry = entries_[place(operands)];
    if (!entry.of[0].is_same(*operands[0])) return nullptr;
    for (size_t i = 1; i < most_operands && operands[i] != nullptr; ++i)
      if (!entry.of[i].is_same(*operands[i])) return nullptr;
    return &entry.gives;
  }
  // Of operands that were looked for just now.
  void keep(const Operands& operands, const Value& gives);

 private:
  struct alignas(64) Entry {
    // No operand is a time before midnight: an entry that holds one holds nothing.
    std::array<Value, most_operands> of{Value::time(-1)};
    Value gives;
    bool filled() const { return !of[0].is_same(Value::time(-1)); }
  };
  size_t place(const Operands& operands) const {
    constexpr uint64_t golden_gamma = 0x9E3779B97F4A7C15u;
    uint64_t hash = operands[0]->fingerprint() * golden_gamma;
    for (size_t i = 1; i < most_operands && operands[i] != nullptr; ++i)
      hash = (hash ^ operands[i]->fingerprint()) * golden_gamma;
    return hash >> (64 - bits_);
  }
  void grow();

  static constexpr unsigned first_bits = 6, most_bits = 12;
  unsigned bits_ = first_bits;
  uint32_t pushed_out_ = 0;  // since it has grown
  size_t operands_ = 0;      // of those that are kept
  std::vector<Entry> entries_;
};

}  // namespace passerelle::feel
