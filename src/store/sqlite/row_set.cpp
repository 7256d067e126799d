#include "store/sqlite/row_set.h"

#include <algorithm>
#include <bit>

namespace passerelle::store {
namespace {

constexpr int low_bits = 16;
constexpr int block_rows = 1 << low_bits;
constexpr size_t most_few = 4096;  // as many bytes as the bits take

int64_t high_of(int64_t row) { return row >> low_bits; }
uint16_t low_of(int64_t row) { return static_cast<uint16_t>(row & (block_rows - 1)); }

}  // namespace

bool RowSet::add_to(Block& block, uint16_t low) {
  if (block.bits.empty()) {
    auto& few = block.few;
    const auto at =
        few.empty() || few.back() < low ? few.end() : std::lower_bound(few.begin(), few.end(), low);
    if (at != few.end() && *at == low) return false;
    few.insert(at, low);
    if (few.size() < most_few) return true;
    block.bits.resize(block_rows / 64);
    for (const uint16_t one : few) block.bits[one / 64] |= uint64_t{1} << one % 64;
    few = {};
    return true;
  }
  uint64_t& word = block.bits[low / 64];
  const uint64_t bit = uint64_t{1} << low % 64;
  const bool is_new = (word & bit) == 0;
  word |= bit;
  return is_new;
}

int RowSet::next_in(const Block& block, int from) {
  if (from >= block_rows) return -1;
  if (block.bits.empty()) {
    const auto at =
        std::lower_bound(block.few.begin(), block.few.end(), static_cast<uint16_t>(from));
    return at == block.few.end() ? -1 : *at;
  }
  auto word = static_cast<size_t>(from / 64);
  uint64_t left = block.bits[word] & ~uint64_t{0} << from % 64;
  while (left == 0) {
    if (++word == block.bits.size()) return -1;
    left = block.bits[word];
  }
  return static_cast<int>(word) * 64 + std::countr_zero(left);
}

void RowSet::add(int64_t row) {
  if (add_to(blocks_[high_of(row)], low_of(row))) ++size_;
}

bool RowSet::contains(int64_t row) const {
  const auto found = blocks_.find(high_of(row));
  return found != blocks_.end() && next_in(found->second, low_of(row)) == low_of(row);
}

void RowSet::clear() {
  blocks_.clear();
  size_ = 0;
}

int64_t RowSet::next(int64_t after) const {
  const int64_t first = after + 1;
  int from = low_of(first);
  for (auto block = blocks_.lower_bound(high_of(first)); block != blocks_.end(); ++block) {
    if (block->first != high_of(first)) from = 0;
    const int low = next_in(block->second, from);
    if (low >= 0) return block->first * block_rows + low;
  }
  return none;
}

}  // namespace passerelle::store
