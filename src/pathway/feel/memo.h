// What was given lately for a few operands, which are looked up word for word. It begins small, and
// grows as long as what is looked for pushes out what is looked for again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pathway/feel/value.h"

namespace passerelle::feel {

class Memo {
 public:
  static constexpr size_t most_operands = 3;
  // The two words of a value; on the heap they mean this very one, as long as somebody holds it.
  struct Operand {
    uint64_t head = 0;
    int64_t whole = 0;

    Operand() = default;
    explicit Operand(const Value& value) : head(value.head()), whole(value.whole()) {}
    bool is(const Value& value) const {
      return head == value.head() && (head == 0 || whole == value.whole());
    }
  };

  // What was given for them, or null. One to three, always as many.
  const Value* find(std::span<const Operand> operands) {
    if (entries_.empty()) [[unlikely]]
      entries_.resize(size_t{1} << bits_);
    const Entry& entry = entries_[place(operands)];
    for (size_t i = 0; i < operands.size(); ++i)
      if (!operands[i].is(entry.of[i])) return nullptr;
    return &entry.gives;
  }
  // Of operands that were looked for just now, and are still held.
  void keep(std::span<const Operand> operands, const Value& gives);

 private:
  struct alignas(64) Entry {
    // No operand is a time before midnight: an entry that holds one holds nothing.
    std::array<Value, most_operands> of{Value::time(-1)};
    Value gives;
    bool filled() const { return !of[0].is_same(Value::time(-1)); }
  };
  size_t place(std::span<const Operand> operands) const {
    constexpr uint64_t golden_gamma = 0x9E3779B97F4A7C15u;
    uint64_t hash = 0;
    for (const Operand& each : operands) {
      const auto whole = each.head == 0 ? 0 : static_cast<uint64_t>(each.whole);
      hash = (hash ^ (each.head * 31 + whole)) * golden_gamma;
    }
    return hash >> (64 - bits_);
  }
  void grow();

  static constexpr unsigned first_bits = 6, most_bits = 10;
  unsigned bits_ = first_bits;
  uint32_t pushed_out_ = 0;  // since it has grown
  size_t operands_ = 0;      // how many are kept of each
  std::vector<Entry> entries_;
};

}  // namespace passerelle::feel
