// Of the searcher: sort keys as bytes, and the page of a sorted search while it is found.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/searcher.h"

namespace passerelle::store {

// Bytes whose order is the order of the values.
inline std::string ordered_bytes(uint64_t value) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  return bytes;
}
inline std::string ordered_bytes(int64_t value) {
  return ordered_bytes(static_cast<uint64_t>(value) ^ uint64_t{1} << 63);
}
inline std::string ordered_bytes(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return ordered_bytes(bits >> 63 != 0 ? ~bits : bits ^ uint64_t{1} << 63);
}
// Texts end with a byte below all of theirs, so that "a" comes before "ab".
inline std::string ordered_bytes(std::string_view text) {
  std::string bytes(text);
  std::erase(bytes, '\0');
  return bytes + '\0';
}

inline void invert(std::string& bytes) {
  for (char& c : bytes) c = static_cast<char>(~c);
}

// What a resource with this value as its first key has at the front of its sort key.
inline std::string key_front(std::string bytes, bool descending) {
  if (descending) invert(bytes);
  return '\0' + std::move(bytes);
}

// Keeps the first count + 1 hits after the cursor.
class Searcher::Best {
 public:
  explicit Best(const QueryTree& tree) : tree_(tree) {}

  bool wants(const Hit& hit) const {
    return !seen(hit.key, hit.row) && (!full() || before(hit.key, hit.row, heap_.front()));
  }
  // Whether the pages before have shown it.
  bool seen(const std::string& key, int64_t row) const {
    if (tree_.cursor_row == 0) return false;
    return key != tree_.cursor_key ? key < tree_.cursor_key : row <= tree_.cursor_row;
  }
  // Whether they have shown all whose key begins like this.
  bool seen_front(const std::string& front) const {
    return tree_.cursor_row != 0 && front.compare(tree_.cursor_key.substr(0, front.size())) < 0;
  }
  void add(Hit hit) {
    heap_.push_back(std::move(hit));
    std::push_heap(heap_.begin(), heap_.end(), in_order);
    if (heap_.size() <= tree_.count + 1) return;
    std::pop_heap(heap_.begin(), heap_.end(), in_order);
    heap_.pop_back();
  }
  bool full() const { return heap_.size() > tree_.count; }
  // Whether no hit whose key begins like this, or comes later, is wanted any more.
  bool done_at(const std::string& front) const {
    return full() && heap_.front().key.compare(0, front.size(), front) < 0;
  }
  // Whether nothing with this key is wanted any more, from this row on.
  bool done_at(const std::string& key, int64_t row) const {
    return full() && !before(key, row, heap_.front());
  }
  void clear() { heap_.clear(); }
  std::vector<Hit> take() {
    std::sort_heap(heap_.begin(), heap_.end(), in_order);
    return std::move(heap_);
  }

 private:
  static bool before(const std::string& key, int64_t row, const Hit& hit) {
    return key != hit.key ? key < hit.key : row < hit.row;
  }
  static bool in_order(const Hit& x, const Hit& y) { return before(x.key, x.row, y); }
  const QueryTree& tree_;
  std::vector<Hit> heap_;  // the last one in front
};

}  // namespace passerelle::store
