// Arithmetic of FEEL numbers: decimals of 34 digits, rounded half to even (DMN 1.5, 10.3.2.3.1).
// The fast path keeps both operands as scaled 64-bit integers; what does not fit goes through
// IEEE 754 decimal128 and comes back to the small form whenever that is exact. Arguments must be
// numbers. A result that is no finite number is null.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pathway/feel/value.h"

namespace passerelle::feel {

enum class Rounding : uint8_t { half_even, half_up, half_down, up, down, floor, ceiling };

Value add_slow(const Value& a, const Value& b);
Value subtract_slow(const Value& a, const Value& b);
Value multiply_slow(const Value& a, const Value& b);
int compare_numbers_slow(const Value& a, const Value& b);

inline Value add_numbers(const Value& a, const Value& b) {
  int64_t sum = 0;
  if (!a.on_heap() && !b.on_heap() && a.scale() == b.scale() &&
      !__builtin_add_overflow(a.whole(), b.whole(), &sum)) {
    return Value::number(sum, a.scale());
  }
  return add_slow(a, b);
}
inline Value subtract_numbers(const Value& a, const Value& b) {
  int64_t difference = 0;
  if (!a.on_heap() && !b.on_heap() && a.scale() == b.scale() &&
      !__builtin_sub_overflow(a.whole(), b.whole(), &difference)) {
    return Value::number(difference, a.scale());
  }
  return subtract_slow(a, b);
}
inline Value multiply_numbers(const Value& a, const Value& b) {
  int64_t product = 0;
  if (!a.on_heap() && !b.on_heap() && a.scale() + b.scale() <= 18 &&
      !__builtin_mul_overflow(a.whole(), b.whole(), &product)) {
    return Value::number(product, a.scale() + b.scale());
  }
  return multiply_slow(a, b);
}
inline int compare_numbers(const Value& a, const Value& b) {
  if (!a.on_heap() && !b.on_heap() && a.scale() == b.scale()) {
    return a.whole() < b.whole() ? -1 : a.whole() > b.whole() ? 1 : 0;
  }
  return compare_numbers_slow(a, b);
}

Value divide_numbers(const Value& a, const Value& b);  // null when b is 0
Value modulo_numbers(const Value& a, const Value& b);  // a - b * floor(a / b)
Value power_numbers(const Value& a, const Value& b);
Value negate_number(const Value& a);
Value round_number(const Value& a, int64_t scale, Rounding rounding);  // scale may be negative
Value square_root(const Value& a);
Value exponential(const Value& a);
Value logarithm(const Value& a);  // natural
bool is_zero(const Value& a);
bool is_negative(const Value& a);
bool is_whole(const Value& a);

// Plain digits without an exponent: "0.10", "-12", "1000000".
void append_number(std::string& out, const Value& a);
// The digits with an exponent, exactly: "12345e-30"; of the words of a decimal128.
std::string decimal_text(uint64_t low, uint64_t high);
// Nearest whole number that fits, truncating the fraction; nothing when out of range.
std::optional<int64_t> truncated(const Value& a);

}  // namespace passerelle::feel
