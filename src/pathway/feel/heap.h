// The insides of heap values, for the files of this folder only.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "pathway/feel/value.h"

namespace passerelle::feel {

struct StringHeap : Heap {
  static constexpr uint8_t only_one = 1;  // `detail` of a text of which immortal() keeps no other

  uint64_t size = 0;  // bytes follow
  const char* chars() const { return reinterpret_cast<const char*>(this + 1); }
  char* chars() { return reinterpret_cast<char*>(this + 1); }
};

// A number that needs more than a scaled 64-bit integer: an IEEE 754 decimal128 (BID encoding).
struct DecimalHeap : Heap {
  uint64_t words[2] = {0, 0};
};

struct ListHeap : Heap {
  uint32_t size = 0;
  uint32_t capacity = 0;
  const Value* items() const { return reinterpret_cast<const Value*>(this + 1); }
  Value* items() { return reinterpret_cast<Value*>(this + 1); }
};

struct Key {
  const char* data = nullptr;
  uint32_t size = 0;
  uint32_t hash = 0;
  std::string_view text() const { return {data, size}; }
};

uint32_t hash_key(std::string_view text);

// Of two texts; those of a package share their memory.
inline bool same_text(const Value& a, const Value& b) {
  if (a.heap() == b.heap()) return true;
  if ((a.heap()->detail & b.heap()->detail) == StringHeap::only_one) return false;
  const auto* x = static_cast<const StringHeap*>(a.heap());
  const auto* y = static_cast<const StringHeap*>(b.heap());
  return x->size == y->size && std::memcmp(x->chars(), y->chars(), x->size) == 0;
}

// The keys of contexts that look alike, in written order; immortal when interned. Behind the keys
// stands a hash table of their places (open addressing, at most half full), so that a form of
// thirty questions is read as quickly as a pair.
struct Shape : Heap {
  uint32_t size = 0;
  uint32_t mask = 0;  // of the hash table
  const Key* keys() const { return reinterpret_cast<const Key*>(this + 1); }
  Key* keys() { return reinterpret_cast<Key*>(this + 1); }
  const uint32_t* places() const { return reinterpret_cast<const uint32_t*>(keys() + size); }
  uint32_t* places() { return reinterpret_cast<uint32_t*>(keys() + size); }
  static constexpr uint32_t nowhere = 0xffffffffu;
  int find(std::string_view name, uint32_t hash) const {
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
      const uint32_t place = places()[at];
      if (place == nowhere) return -1;
      const Key& key = keys()[place];
      if (key.hash == hash && key.text() == name) return static_cast<int>(place);
    }
  }
};

struct ContextHeap : Heap {
  Shape* shape = nullptr;
  const Value* slots() const { return reinterpret_cast<const Value*>(this + 1); }
  Value* slots() { return reinterpret_cast<Value*>(this + 1); }
};

// A shape with these keys (no duplicates). Up to a bounded number of shapes are interned for ever;
// `forever` (compiled programs) always. A shape that is not interned is handed over with one
// reference.
Shape* shape_of(const std::string_view* keys, size_t count, bool forever = false);
// Memory for a payload, and back; `bytes` is the same both times.
void* allocate_heap(size_t bytes);
void free_heap(void* memory, size_t bytes);
void hold(Heap* heap);
void release(Heap* heap);

ListHeap* new_list(size_t capacity);     // empty, one reference
ContextHeap* new_context(Shape* shape);  // slots are null; takes over the reference
uint16_t depth_of(const Value& value);   // 0 for what is not nested
Value finish(ListHeap* list);            // computes the depth; null when too deep
Value finish(ContextHeap* context);

// A list under construction: one allocation that grows, no copy at the end.
class ListBuilder {
 public:
  explicit ListBuilder(size_t expected = 4) : list_(new_list(expected)) {}
  ListBuilder(const ListBuilder&) = delete;
  ListBuilder& operator=(const ListBuilder&) = delete;
  ~ListBuilder() {
    if (list_ != nullptr) release(list_);
  }
  void push(Value value);
  size_t size() const { return list_->size; }
  const Value& at(size_t i) const { return list_->items()[i]; }
  Value build() { return finish(std::exchange(list_, nullptr)); }

 private:
  ListHeap* list_;
};

inline const Value* find_key(const Value& context, std::string_view name, uint32_t hash) {
  const auto* heap = static_cast<const ContextHeap*>(context.heap());
  const int index = heap->shape->find(name, hash);
  return index < 0 ? nullptr : heap->slots() + index;
}

Value make_string(std::string_view a, std::string_view b = {});
Value make_range(Value low, bool low_closed, Value high, bool high_closed, uint8_t form = 0);

// Time and date parts live in temporal.h, numbers in number.h.

}  // namespace passerelle::feel
