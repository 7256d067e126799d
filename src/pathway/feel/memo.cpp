#include "pathway/feel/memo.h"

#include <algorithm>
#include <utility>

namespace passerelle::feel {

void Memo::keep(std::span<const Operand> operands, const Value& gives) {
  if (entries_[place(operands)].filled() && ++pushed_out_ > entries_.size() / 2 &&
      bits_ < most_bits)
    grow();
  Entry& entry = entries_[place(operands)];
  operands_ = operands.size();
  for (size_t i = 0; i < operands_; ++i)
    entry.of[i] = Value::of_words(operands[i].head, operands[i].whole);
  entry.gives = gives;
}

void Memo::grow() {
  bits_ = std::min(bits_ + 2, most_bits);
  pushed_out_ = 0;
  std::vector<Entry> old(size_t{1} << bits_);
  old.swap(entries_);
  for (Entry& entry : old) {
    if (!entry.filled()) continue;
    std::array<Operand, most_operands> operands;
    for (size_t i = 0; i < operands_; ++i) operands[i] = Operand(entry.of[i]);
    const size_t at = place(std::span(operands).first(operands_));
    entries_[at] = std::move(entry);
  }
}

}  // namespace passerelle::feel
