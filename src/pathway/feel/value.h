// A FEEL value (DMN 1.5, 10.3.2): sixteen bytes, copied freely. Numbers are exact decimals: a
// scaled 64-bit integer where that holds it, else a 34-digit decimal on the heap; never binary
// floating point. Texts, lists, contexts, ranges, functions and long decimals live on the heap with
// a reference count that is not atomic, so that a value belongs to one thread at a time. Constants
// of compiled programs and the shapes of contexts are immortal: any thread may hold them.
//
// Values are immutable once they are shared; nesting deeper than max_depth is refused (null).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"

namespace passerelle::feel {

enum class Kind : uint8_t {
  null,
  boolean,
  number,
  string,
  date,
  time,
  date_time,
  days_duration,    // days and time duration
  months_duration,  // years and months duration
  list,
  context,
  range,
  function,
};

inline constexpr unsigned max_depth = 120;

// What every heap payload starts with. Only value.cpp and its neighbours look further inside.
struct Heap {
  static constexpr uint32_t immortal = 0x80000000u;
  uint32_t count = 1;
  uint16_t depth = 0;  // of nesting: 1 + the deepest child
  Kind kind = Kind::null;
  uint8_t detail = 0;
};
void destroy(Heap* heap);

// The zone of a time or of a date and time: 0 = none (local), else an offset or an IANA name.
using ZoneId = uint16_t;

class Value;
struct RangeView;
struct Function;
struct Shape;  // the interned key list of a context

class Value {
 public:
  Value() noexcept = default;
  Value(const Value& other) noexcept : head_(other.head_), whole_(other.whole_) {
    if (on_heap()) hold();
  }
  Value(Value&& other) noexcept : head_(other.head_), whole_(other.whole_) { other.head_ = 0; }
  Value& operator=(const Value& other) noexcept { return *this = Value(other); }
  Value& operator=(Value&& other) noexcept {
    if (this == &other) return *this;
    // Given back last: the other value may live inside what this one holds.
    Heap* const old = on_heap() ? heap_ : nullptr;
    head_ = other.head_;
    whole_ = other.whole_;
    other.head_ = 0;
    if (old != nullptr) release(old);
    return *this;
  }
  ~Value() {
    if (on_heap()) release(heap_);
  }
  void swap(Value& other) noexcept {
    std::swap(head_, other.head_);
    std::swap(whole_, other.whole_);
  }

  // ---- making ----
  static Value boolean(bool value) { return Value(Kind::boolean, 0, 0, value ? 1 : 0); }
  static Value integer(int64_t value) { return Value(Kind::number, 0, 0, value); }
  // mantissa / 10^scale, scale 0..18: number(385, 1) is 38.5.
  static Value number(int64_t mantissa, unsigned scale);
  static std::optional<Value> number(std::string_view written);  // "38.50", "-1", ".5", "1e3"
  static Value real(double value);  // the shortest decimal that reads back as the same double
  static Value string(std::string_view utf8);
  static Value date(int64_t days_since_1970) { return Value(Kind::date, 0, 0, days_since_1970); }
  static std::optional<Value> date(int64_t year, unsigned month, unsigned day);
  static Value time(int64_t nanos_of_day, ZoneId zone = 0) {
    return Value(Kind::time, zone, 0, nanos_of_day);
  }
  // Wall-clock seconds since 1970-01-01T00:00:00 in the zone (not UTC).
  static Value date_time(int64_t local_seconds, uint32_t nanos, ZoneId zone = 0) {
    return Value(Kind::date_time, zone, nanos, local_seconds);
  }
  static Value date_time(Instant instant, const Zone& zone);
  static Value days_duration(int64_t seconds, uint32_t nanos = 0) {
    return Value(Kind::days_duration, 0, nanos, seconds);
  }
  static Value days_duration(Millis millis);
  static Value months_duration(int64_t months) {
    return Value(Kind::months_duration, 0, 0, months);
  }
  static Value list(std::span<const Value> items);
  static Value list(std::initializer_list<Value> items);
  static Value list(std::vector<Value>&& items);
  static Value context(std::initializer_list<std::pair<std::string_view, Value>> entries);
  static Value range(Value low, bool low_closed, Value high, bool high_closed);

  // ---- reading: a neutral answer when the kind is another ----
  Kind kind() const { return static_cast<Kind>(head_ & 0xFF); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_boolean() const { return kind() == Kind::boolean; }
  bool is_number() const { return kind() == Kind::number; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_context() const { return kind() == Kind::context; }
  bool is_true() const { return kind() == Kind::boolean && whole_ != 0; }
  bool is_false() const { return kind() == Kind::boolean && whole_ == 0; }
  std::string_view text() const;           // of a string; "" otherwise
  std::optional<int64_t> integer() const;  // a number without fraction that fits
  double real() const;                     // nearest double; NaN when it is no number
  std::optional<Instant> instant(const Zone& zone) const;  // of a date and time; local ones in zone
  std::optional<Millis> millis() const;                    // of a days and time duration
  std::span<const Value> items() const;                    // of a list
  size_t size() const;                                     // items, or entries of a context
  std::string_view key(size_t entry) const;                // of a context, in written order
  const Value& at(size_t entry) const;                     // item, or value of an entry
  const Value* find(std::string_view key) const;           // null when there is no such entry
  const Value& operator[](std::string_view key) const;     // a null value when there is none
  const RangeView* range() const;
  const Function* function() const;

  // A copy of this context with one entry set (last, when new). CHECKs that it is a context.
  Value with(std::string_view key, Value value) const;

  // FEEL equality where it is true: same kind, same value; 1.0 = 1; null = null. Kinds that cannot
  // be compared are unequal.
  friend bool operator==(const Value& a, const Value& b);

  // For the evaluator and its neighbours: the raw parts, meaning as the makers above say.
  uint64_t head() const { return head_; }
  int64_t whole() const { return whole_; }
  uint32_t nanos() const { return static_cast<uint32_t>(head_ >> 32); }
  unsigned scale() const { return static_cast<uint16_t>(head_ >> 16); }
  ZoneId zone() const { return static_cast<ZoneId>(head_ >> 16); }
  bool on_heap() const { return (head_ & heap_bit) != 0; }
  // Word for word, which is more than equal; on the heap only the very same.
  bool is_same(const Value& other) const {
    return head_ == other.head_ && (head_ == 0 || whole_ == other.whole_);
  }
  // Alike for values that are the same.
  uint64_t fingerprint() const {
    return head_ == 0 ? 0 : head_ * 31 + static_cast<uint64_t>(whole_);
  }
  // The value that these words are of, which somebody holds.
  static Value of_words(uint64_t head, int64_t whole) noexcept {
    Value value;
    value.head_ = head;
    value.whole_ = whole;
    if (value.on_heap()) value.hold();
    return value;
  }
  Heap* heap() const { return heap_; }
  static Value adopt(Heap* heap) {  // takes over one reference
    Value value(heap->kind, 0, 0, 0);
    value.head_ |= heap_bit;
    value.heap_ = heap;
    return value;
  }

 private:
  static constexpr uint64_t heap_bit = 1u << 8;
  Value(Kind kind, uint16_t small, uint32_t aux, int64_t whole) noexcept
      : head_(static_cast<uint64_t>(kind) | uint64_t{small} << 16 | uint64_t{aux} << 32),
        whole_(whole) {}
  void hold() const noexcept {
    if (!(heap_->count & Heap::immortal)) ++heap_->count;
  }
  static void release(Heap* heap) noexcept {
    if (!(heap->count & Heap::immortal) && --heap->count == 0) destroy(heap);
  }

  // Two words, since values are copied all the time. The first one, from its lowest bits: the kind
  // (8), whether the other word is the heap's (8), the scale of a number or the ZoneId of a time
  // (16), nanoseconds (32).
  uint64_t head_ = 0;
  union {
    int64_t whole_ = 0;
    Heap* heap_;
  };
};
static_assert(sizeof(Value) == 16);

// The inside of a range. A missing bound (`< 5`) is null and open.
struct RangeView : Heap {
  Value low, high;
  bool low_closed = false, high_closed = false;
};

// Puts a context together: keys keep their order, a key set twice keeps its place and its last
// value.
class ContextBuilder {
 public:
  ContextBuilder& set(std::string_view key, Value value);
  Value build();

 private:
  std::vector<std::pair<std::string, Value>> entries_;
};

// Order within a kind that has one (numbers, strings by code point, dates, times, durations,
// booleans not): <0, 0, >0; nothing when they cannot be compared.
std::optional<int> compare(const Value& a, const Value& b);

// What FEEL's string() gives; texts inside lists and contexts are quoted.
std::string to_text(const Value& value);
// The kind's name as FEEL writes it: "number", "days and time duration".
std::string_view kind_name(Kind kind);

// Numbers keep their written precision. Dates, times and durations become texts, ranges and
// functions too.
json::Value to_json(const Value& value, json::Document& document);
std::string to_json_text(const Value& value);
Value from_json(json::Value value);

// Compact bytes, appended, and back; functions are saved as null. load takes the value's bytes off
// the front and refuses bytes that are no value.
void save(const Value& value, std::string& bytes);
Result<Value> load(std::string_view& bytes);

// The same value in memory that lives for ever and that all threads may share; equal values share
// their memory. For constants, not for data.
Value immortal(const Value& value);

}  // namespace passerelle::feel
