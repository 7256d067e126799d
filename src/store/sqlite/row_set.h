// A set of rows, small however many there are: rows of a type are numbered one after the other, so
// that ten million of them are a megabyte of bits, where a list would be eighty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace passerelle::store {

class RowSet {
 public:
  static constexpr int64_t none = std::numeric_limits<int64_t>::max();

  void add(int64_t row);
  bool contains(int64_t row) const;
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear();
  // The first above this row, or `none`: for (r = next(0); r != none; r = next(r)).
  int64_t next(int64_t after) const;

 private:
  // Of 65,536 rows: their low halves in order, or a bit for each once they are many.
  struct Block {
    std::vector<uint16_t> few;
    std::vector<uint64_t> bits;
  };
  static bool add_to(Block& block, uint16_t low);
  static int next_in(const Block& block, int from);  // -1: none

  std::map<int64_t, Block> blocks_;  // by the high half
  size_t size_ = 0;
};

}  // namespace passerelle::store
