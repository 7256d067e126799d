#include "pathway/feel/value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <new>
#include <unordered_map>

#include "base/check.h"
#include "base/guarded.h"
#include "pathway/feel/function.h"
#include "pathway/feel/heap.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {
namespace {

template <class T>
T* allocate(size_t extra, Kind kind) {
  T* heap = new (allocate_heap(sizeof(T) + extra)) T();
  heap->kind = kind;
  return heap;
}

template <class T>
void free_plain(Heap* heap, size_t extra) {
  static_cast<T*>(heap)->~T();
  free_heap(static_cast<T*>(heap), sizeof(T) + extra);
}

const Value null_value{};

// Payloads that were given back, by size, for the next of that size. A thread has its own, as
// values belong to one thread at a time; what one thread makes and another gives back stays there,
// up to a limit.
constexpr size_t grain = 16;
constexpr size_t largest_kept = 1024;
constexpr uint32_t most_kept = 512;  // of each size

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps = false;  // so that what is used after it was given back is found
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif
#else
constexpr bool keeps = true;
#endif

struct FreeMemory {
  struct Kept {
    Kept* next;
  };
  std::array<Kept*, largest_kept / grain + 1> first{};
  std::array<uint32_t, largest_kept / grain + 1> count{};

  ~FreeMemory() {
    for (Kept*& kept : first)
      while (kept != nullptr) std::free(std::exchange(kept, kept->next));
    count.fill(most_kept);  // values that go after this thread's end are freed at once
  }
};
thread_local FreeMemory free_memory;

}  // namespace

void* allocate_heap(size_t bytes) {
  const size_t size = (bytes + grain - 1) / grain;
  if (keeps && size <= largest_kept / grain) {
    if (FreeMemory::Kept* kept = free_memory.first[size]) {
      free_memory.first[size] = kept->next;
      --free_memory.count[size];
      return kept;
    }
    bytes = size * grain;
  }
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void free_heap(void* memory, size_t bytes) {
  const size_t size = (bytes + grain - 1) / grain;
  if (keeps && size <= largest_kept / grain && free_memory.count[size] < most_kept) {
    ++free_memory.count[size];
    free_memory.first[size] = new (memory) FreeMemory::Kept{free_memory.first[size]};
    return;
  }
  std::free(memory);
}

void hold(Heap* heap) {
  if (!(heap->count & Heap::immortal)) ++heap->count;
}

void release(Heap* heap) {
  if (!(heap->count & Heap::immortal) && --heap->count == 0) destroy(heap);
}

// Recursion is bounded: nesting deeper than max_depth cannot be built.
void destroy(Heap* heap) {
  switch (heap->kind) {
    case Kind::string:
      return free_plain<StringHeap>(heap, static_cast<StringHeap*>(heap)->size);
    case Kind::number:
      return free_plain<DecimalHeap>(heap, 0);
    case Kind::list: {
      auto* list = static_cast<ListHeap*>(heap);
      for (uint32_t i = 0; i < list->size; ++i) list->items()[i].~Value();
      return free_plain<ListHeap>(heap, list->capacity * sizeof(Value));
    }
    case Kind::context: {
      auto* context = static_cast<ContextHeap*>(heap);
      for (uint32_t i = 0; i < context->shape->size; ++i) context->slots()[i].~Value();
      const size_t extra = context->shape->size * sizeof(Value);
      release(context->shape);
      return free_plain<ContextHeap>(heap, extra);
    }
    case Kind::range:
      return free_plain<RangeView>(heap, 0);
    case Kind::function:
      delete static_cast<Function*>(heap);
      return;
    case Kind::null:
      // Shapes are no values: few, and not worth a place among those that come and go.
      static_cast<Shape*>(heap)->~Shape();
      return std::free(heap);
    case Kind::boolean:
    case Kind::date:
    case Kind::time:
    case Kind::date_time:
    case Kind::days_duration:
    case Kind::months_duration:
      break;
  }
  CHECK(false, "a heap payload of a kind that has none");
}

uint32_t hash_key(std::string_view text) {
  uint32_t hash = 2166136261u;
  for (unsigned char c : text) hash = (hash ^ c) * 16777619u;
  return hash;
}

// ---- shapes ----

namespace {

using ShapeTable = Guarded<std::unordered_multimap<uint64_t, Shape*>>;
constexpr size_t shape_limit = 8192;  // foreign data must not fill the memory with shapes

ShapeTable& shape_table() {
  static auto* table = new ShapeTable;  // never destroyed: immortal values refer to it
  return *table;
}

bool same_keys(const Shape& shape, const std::string_view* keys, size_t count) {
  if (shape.size != count) return false;
  for (size_t i = 0; i < count; ++i) {
    if (shape.keys()[i].text() != keys[i]) return false;
  }
  return true;
}

Shape* new_shape(const std::string_view* keys, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; ++i) bytes += keys[i].size();
  const size_t places = std::bit_ceil(2 * count + 1);
  void* memory =
      std::malloc(sizeof(Shape) + count * sizeof(Key) + places * sizeof(uint32_t) + bytes);
  if (memory == nullptr) throw std::bad_alloc();
  auto* shape = new (memory) Shape();
  shape->size = static_cast<uint32_t>(count);
  shape->mask = static_cast<uint32_t>(places - 1);
  std::fill_n(shape->places(), places, Shape::nowhere);
  char* chars = reinterpret_cast<char*>(shape->places() + places);
  for (size_t i = 0; i < count; ++i) {
    if (!keys[i].empty()) std::memcpy(chars, keys[i].data(), keys[i].size());
    const Key key{chars, static_cast<uint32_t>(keys[i].size()), hash_key(keys[i])};
    new (shape->keys() + i) Key(key);
    uint32_t at = key.hash & shape->mask;
    while (shape->places()[at] != Shape::nowhere) at = (at + 1) & shape->mask;
    shape->places()[at] = static_cast<uint32_t>(i);
    chars += keys[i].size();
  }
  return shape;
}

}  // namespace

Shape* shape_of(const std::string_view* keys, size_t count, bool forever) {
  uint64_t hash = count;
  for (size_t i = 0; i < count; ++i) hash = (hash ^ hash_key(keys[i])) * 1099511628211ull;
  thread_local std::array<Shape*, 256> recent{};
  Shape*& cached = recent[hash % recent.size()];
  if (cached != nullptr && same_keys(*cached, keys, count)) return cached;

  ShapeTable& table = shape_table();
  const auto find = [&](const auto& shapes) -> Shape* {
    auto [first, last] = shapes->equal_range(hash);
    for (; first != last; ++first) {
      if (same_keys(*first->second, keys, count)) return first->second;
    }
    return nullptr;
  };
  {
    const auto shapes = table.read();
    if (Shape* shape = find(shapes)) return cached = shape;
    if (!forever && (shapes->size() >= shape_limit || count > 64)) {
      return new_shape(keys, count);
    }
  }
  const auto shapes = table.write();
  if (Shape* shape = find(shapes)) return cached = shape;
  Shape* shape = new_shape(keys, count);
  shape->count = Heap::immortal;
  shapes->emplace(hash, shape);
  return cached = shape;
}

// ---- lists and contexts ----

ListHeap* new_list(size_t capacity) {
  auto* list = allocate<ListHeap>(capacity * sizeof(Value), Kind::list);
  list->capacity = static_cast<uint32_t>(capacity);
  return list;
}

void ListBuilder::push(Value value) {
  if (list_->size == list_->capacity) {
    ListHeap* bigger = new_list(list_->capacity < 4 ? 8 : list_->capacity * size_t{2});
    for (uint32_t i = 0; i < list_->size; ++i) {
      new (bigger->items() + i) Value(std::move(list_->items()[i]));
    }
    bigger->size = list_->size;
    release(std::exchange(list_, bigger));
  }
  new (list_->items() + list_->size) Value(std::move(value));
  ++list_->size;
}

ContextHeap* new_context(Shape* shape) {
  auto* context = allocate<ContextHeap>(shape->size * sizeof(Value), Kind::context);
  context->shape = shape;
  for (uint32_t i = 0; i < shape->size; ++i) new (context->slots() + i) Value();
  return context;
}

uint16_t depth_of(const Value& value) { return value.on_heap() ? value.heap()->depth : 0; }

namespace {
template <class T>
Value finish_nested(T* heap, const Value* children, size_t count) {
  unsigned depth = 0;
  for (size_t i = 0; i < count; ++i) depth = std::max<unsigned>(depth, depth_of(children[i]));
  heap->depth = static_cast<uint16_t>(depth + 1);
  Value value = Value::adopt(heap);
  return depth >= max_depth ? Value() : value;
}
}  // namespace

Value finish(ListHeap* list) { return finish_nested(list, list->items(), list->size); }
Value finish(ContextHeap* context) {
  return finish_nested(context, context->slots(), context->shape->size);
}

Value Value::list(std::span<const Value> items) {
  ListHeap* list = new_list(items.size());
  for (const Value& item : items) new (list->items() + list->size++) Value(item);
  return finish(list);
}
Value Value::list(std::initializer_list<Value> items) {
  return list(std::span<const Value>(items.begin(), items.size()));
}
Value Value::list(std::vector<Value>&& items) {
  ListHeap* list = new_list(items.size());
  for (Value& item : items) new (list->items() + list->size++) Value(std::move(item));
  items.clear();
  return finish(list);
}

Value Value::context(std::initializer_list<std::pair<std::string_view, Value>> entries) {
  ContextBuilder builder;
  for (const auto& [key, value] : entries) builder.set(key, value);
  return builder.build();
}

ContextBuilder& ContextBuilder::set(std::string_view key, Value value) {
  for (auto& entry : entries_) {
    if (entry.first == key) {
      entry.second = std::move(value);
      return *this;
    }
  }
  entries_.emplace_back(key, std::move(value));
  return *this;
}

Value ContextBuilder::build() {
  std::vector<std::string_view> keys;
  keys.reserve(entries_.size());
  for (const auto& entry : entries_) keys.push_back(entry.first);
  ContextHeap* context = new_context(shape_of(keys.data(), keys.size()));
  for (size_t i = 0; i < entries_.size(); ++i) {
    context->slots()[i] = std::move(entries_[i].second);
  }
  entries_.clear();
  return finish(context);
}

Value Value::with(std::string_view key, Value value) const {
  CHECK(is_context(), "with() of a value that is no context");
  const auto* old = static_cast<const ContextHeap*>(heap_);
  const int index = old->shape->find(key, hash_key(key));
  const size_t size = old->shape->size;
  Shape* shape = old->shape;
  if (index >= 0) {
    feel::hold(shape);
  } else {
    std::vector<std::string_view> keys;
    for (size_t i = 0; i < size; ++i) keys.push_back(shape->keys()[i].text());
    keys.push_back(key);
    shape = shape_of(keys.data(), keys.size());
  }
  ContextHeap* copy = new_context(shape);
  for (size_t i = 0; i < size; ++i) copy->slots()[i] = old->slots()[i];
  copy->slots()[index >= 0 ? static_cast<size_t>(index) : size] = std::move(value);
  return finish(copy);
}

Value make_string(std::string_view a, std::string_view b) {
  auto* text = allocate<StringHeap>(a.size() + b.size(), Kind::string);
  text->size = a.size() + b.size();
  if (!a.empty()) std::memcpy(text->chars(), a.data(), a.size());
  if (!b.empty()) std::memcpy(text->chars() + a.size(), b.data(), b.size());
  return Value::adopt(text);
}

Value Value::string(std::string_view utf8) { return make_string(utf8); }

Value make_range(Value low, bool low_closed, Value high, bool high_closed, uint8_t form) {
  auto* range = allocate<RangeView>(0, Kind::range);
  range->low = std::move(low);
  range->high = std::move(high);
  range->low_closed = low_closed;
  range->high_closed = high_closed;
  range->detail = form;
  const unsigned depth = std::max(depth_of(range->low), depth_of(range->high));
  range->depth = static_cast<uint16_t>(depth + 1);
  Value value = Value::adopt(range);
  return depth >= max_depth ? Value() : value;
}

Value Value::range(Value low, bool low_closed, Value high, bool high_closed) {
  return make_range(std::move(low), low_closed, std::move(high), high_closed);
}

// ---- reading ----

std::string_view Value::text() const {
  if (kind() != Kind::string) return {};
  const auto* text = static_cast<const StringHeap*>(heap_);
  return {text->chars(), text->size};
}

std::span<const Value> Value::items() const {
  if (kind() != Kind::list) return {};
  const auto* list = static_cast<const ListHeap*>(heap_);
  return {list->items(), list->size};
}

size_t Value::size() const {
  if (kind() == Kind::list) return static_cast<const ListHeap*>(heap_)->size;
  if (kind() == Kind::context) return static_cast<const ContextHeap*>(heap_)->shape->size;
  return 0;
}

std::string_view Value::key(size_t entry) const {
  CHECK(kind() == Kind::context && entry < size(), "key() beyond the entries of a context");
  return static_cast<const ContextHeap*>(heap_)->shape->keys()[entry].text();
}

const Value& Value::at(size_t entry) const {
  CHECK(entry < size(), "at() beyond the items of a list or context");
  if (kind() == Kind::list) return static_cast<const ListHeap*>(heap_)->items()[entry];
  return static_cast<const ContextHeap*>(heap_)->slots()[entry];
}

const Value* Value::find(std::string_view key) const {
  if (kind() != Kind::context) return nullptr;
  return find_key(*this, key, hash_key(key));
}

const Value& Value::operator[](std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? null_value : *value;
}

const RangeView* Value::range() const {
  return kind() == Kind::range ? static_cast<const RangeView*>(heap_) : nullptr;
}
const Function* Value::function() const {
  return kind() == Kind::function ? static_cast<const Function*>(heap_) : nullptr;
}

// ---- equality and order ----

namespace {
bool same_context(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  const auto& x = *static_cast<const ContextHeap*>(a.heap());
  const auto& y = *static_cast<const ContextHeap*>(b.heap());
  const bool alike = x.shape == y.shape;
  for (uint32_t i = 0; i < x.shape->size; ++i) {
    const Value* other = alike ? y.slots() + i : b.find(a.key(i));
    if (other == nullptr || !(x.slots()[i] == *other)) return false;
  }
  return true;
}
bool same_list(const Value& a, const Value& b) {
  const auto x = a.items(), y = b.items();
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}
}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
    case Kind::date:
    case Kind::months_duration:
      return a.whole_ == b.whole_;
    case Kind::days_duration:
      return a.whole_ == b.whole_ && a.nanos() == b.nanos();
    case Kind::number:
      return compare_numbers(a, b) == 0;
    case Kind::string:
      return same_text(a, b);
    case Kind::time:
    case Kind::date_time:
      return compare_temporal(a, b, true) == 0;
    case Kind::list:
      return a.heap_ == b.heap_ || same_list(a, b);
    case Kind::context:
      return a.heap_ == b.heap_ || same_context(a, b);
    case Kind::range: {
      const RangeView &x = *a.range(), &y = *b.range();
      return x.detail == y.detail && x.low_closed == y.low_closed &&
             x.high_closed == y.high_closed && x.low == y.low && x.high == y.high;
    }
    case Kind::function:
      return a.heap_ == b.heap_;
  }
  return false;
}

std::optional<int> compare(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::number:
      return compare_numbers(a, b);
    // UTF-8 sorts by bytes as by code points.
    case Kind::string: {
      const int order = a.text().compare(b.text());
      return order < 0 ? -1 : order > 0 ? 1 : 0;
    }
    case Kind::date:
    case Kind::months_duration:
      return a.whole() < b.whole() ? -1 : a.whole() > b.whole() ? 1 : 0;
    case Kind::days_duration:
      if (a.whole() != b.whole()) return a.whole() < b.whole() ? -1 : 1;
      return a.nanos() < b.nanos() ? -1 : a.nanos() > b.nanos() ? 1 : 0;
    case Kind::time:
    case Kind::date_time:
      return compare_temporal(a, b, true);
    case Kind::null:
    case Kind::boolean:
    case Kind::list:
    case Kind::context:
    case Kind::range:
    case Kind::function:
      break;
  }
  return std::nullopt;
}

std::string_view kind_name(Kind kind) {
  static constexpr std::array<std::string_view, 13> names = {"null",
                                                             "boolean",
                                                             "number",
                                                             "string",
                                                             "date",
                                                             "time",
                                                             "date and time",
                                                             "days and time duration",
                                                             "years and months duration",
                                                             "list",
                                                             "context",
                                                             "range",
                                                             "function"};
  return names[static_cast<size_t>(kind)];
}

// ---- immortals ----

namespace {
// By saved bytes: equal in every detail.
using ImmortalPool = Guarded<std::unordered_map<std::string, Value>>;
ImmortalPool& immortal_pool() {
  static auto* pool = new ImmortalPool;
  return *pool;
}
void make_immortal(const Value& value) {
  if (!value.on_heap()) return;
  for (size_t i = 0; i < value.size(); ++i) make_immortal(value.at(i));
  if (const RangeView* range = value.range()) {
    make_immortal(range->low);
    make_immortal(range->high);
  }
  if (value.is_context()) {
    Shape* shape = static_cast<ContextHeap*>(value.heap())->shape;
    if (shape->count != Heap::immortal) shape->count = Heap::immortal;
  }
  value.heap()->count = Heap::immortal;
}
}  // namespace

Value immortal(const Value& value) {
  if (!value.on_heap() || value.kind() == Kind::function) return value;
  std::string bytes;
  save(value, bytes);
  const auto pool = immortal_pool().write();
  if (const auto found = pool->find(bytes); found != pool->end()) return found->second;
  std::string_view rest = bytes;
  auto copy = load(rest);  // memory that nobody else refers to
  CHECK(copy.ok(), "bytes just saved must load");
  make_immortal(*copy);
  if (copy->is_string()) copy->heap()->detail = StringHeap::only_one;
  pool->emplace(std::move(bytes), *copy);
  return *copy;
}

}  // namespace passerelle::feel
