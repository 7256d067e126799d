#include "pathway/feel/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>

#include "base/check.h"
#include "pathway/feel/heap.h"

// Intel's decimal library in the variant that takes values, rounding and flags as arguments
// (libbidgcc000); its own header would need the same choice as macros in every file.
extern "C" {
struct alignas(16) Bid128 {
  uint64_t words[2];
};
Bid128 __bid128_add(Bid128, Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_sub(Bid128, Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_mul(Bid128, Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_div(Bid128, Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_sqrt(Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_exp(Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_log(Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_pow(Bid128, Bid128, unsigned rounding, unsigned* flags);
Bid128 __bid128_from_string(char*, unsigned rounding, unsigned* flags);
double __bid128_to_binary64(Bid128, unsigned rounding, unsigned* flags);
int __bid128_quiet_less(Bid128, Bid128, unsigned* flags);
int __bid128_quiet_equal(Bid128, Bid128, unsigned* flags);
}

namespace passerelle::feel {
namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr int bias = 6176;  // of the exponent in decimal128
constexpr unsigned half_even = 0;

// A finite decimal taken apart: (-1)^negative * digits * 10^exponent, digits < 10^34.
struct Parts {
  bool negative = false;
  Wide digits = 0;
  int exponent = 0;
};

constexpr std::array<int64_t, 19> powers = [] {
  std::array<int64_t, 19> all{};
  int64_t power = 1;
  for (auto& p : all) {
    p = power;
    power = power <= 100'000'000'000'000'000 ? power * 10 : power;
  }
  return all;
}();

Wide wide_power(unsigned n) {
  Wide power = 1;
  while (n-- > 0) power *= 10;
  return power;
}

Bid128 pack(const Parts& parts) {
  const auto high = static_cast<uint64_t>(parts.digits >> 64);
  Bid128 bid;
  bid.words[0] = static_cast<uint64_t>(parts.digits);
  bid.words[1] = high | (static_cast<uint64_t>(parts.exponent + bias) << 49) |
                 (parts.negative ? uint64_t{1} << 63 : 0);
  return bid;
}

std::optional<Parts> unpack(const Bid128& bid) {
  const uint64_t high = bid.words[1];
  if (((high >> 61) & 3) == 3) return std::nullopt;  // infinities, NaN, non-canonical
  Parts parts;
  parts.negative = (high >> 63) != 0;
  parts.exponent = static_cast<int>((high >> 49) & 0x3fff) - bias;
  parts.digits = (static_cast<Wide>(high & 0x1ffffffffffffull) << 64) | bid.words[0];
  return parts;
}

Parts parts_of(const Value& value) {
  if (value.on_heap()) {
    const auto* heap = static_cast<const DecimalHeap*>(value.heap());
    Bid128 bid;
    bid.words[0] = heap->words[0];
    bid.words[1] = heap->words[1];
    return *unpack(bid);
  }
  Parts parts;
  parts.negative = value.whole() < 0;
  parts.digits = parts.negative ? Wide{0} - static_cast<Wide>(value.whole())
                                : static_cast<Wide>(value.whole());
  parts.exponent = -static_cast<int>(value.scale());
  return parts;
}

Bid128 bid_of(const Value& value) { return pack(parts_of(value)); }

// The small form when it is exact, else a decimal128 on the heap.
Value value_of(Parts parts) {
  if (parts.digits == 0) {
    const int scale = parts.exponent >= 0 ? 0 : parts.exponent < -18 ? 18 : -parts.exponent;
    return Value::number(0, static_cast<unsigned>(scale));
  }
  const Bid128 bid = pack(parts);
  while (parts.exponent < -18 && parts.digits % 10 == 0) {
    parts.digits /= 10;
    ++parts.exponent;
  }
  const Wide limit = std::numeric_limits<int64_t>::max();
  while (parts.exponent > 0 && parts.digits <= limit / 10) {
    parts.digits *= 10;
    --parts.exponent;
  }
  if (parts.exponent <= 0 && parts.exponent >= -18 && parts.digits <= limit) {
    const auto whole = static_cast<int64_t>(parts.digits);
    return Value::number(parts.negative ? -whole : whole, static_cast<unsigned>(-parts.exponent));
  }
  auto* heap = new (allocate_heap(sizeof(DecimalHeap))) DecimalHeap();
  heap->kind = Kind::number;
  heap->words[0] = bid.words[0];
  heap->words[1] = bid.words[1];
  return Value::adopt(heap);
}

using Binary = Bid128 (*)(Bid128, Bid128, unsigned, unsigned*);
using Unary = Bid128 (*)(Bid128, unsigned, unsigned*);

// What was rounded to 34 digits keeps no zeros behind the point: nobody wrote them.
Value result_of(const Bid128& bid, unsigned flags) {
  constexpr unsigned inexact = 0x20;
  auto parts = unpack(bid);
  if (!parts) return Value();
  while ((flags & inexact) != 0 && parts->exponent < 0 && parts->digits % 10 == 0 &&
         parts->digits != 0) {
    parts->digits /= 10;
    ++parts->exponent;
  }
  return value_of(*parts);
}

Value apply(Binary operation, const Value& a, const Value& b) {
  unsigned flags = 0;
  const Bid128 bid = operation(bid_of(a), bid_of(b), half_even, &flags);
  return result_of(bid, flags);
}
Value apply(Unary operation, const Value& a) {
  unsigned flags = 0;
  const Bid128 bid = operation(bid_of(a), half_even, &flags);
  return result_of(bid, flags);
}

// The mantissas at the larger of both scales, when that is exact.
bool align(const Value& a, const Value& b, int64_t& x, int64_t& y, unsigned& scale) {
  if (a.on_heap() || b.on_heap()) return false;
  x = a.whole();
  y = b.whole();
  scale = std::max(a.scale(), b.scale());
  return !__builtin_mul_overflow(x, powers[scale - a.scale()], &x) &&
         !__builtin_mul_overflow(y, powers[scale - b.scale()], &y);
}

}  // namespace

Value Value::number(int64_t mantissa, unsigned scale) {
  CHECK(scale <= 18, "the scale of a small number is 0 to 18");
  return Value(Kind::number, static_cast<uint16_t>(scale), 0, mantissa);
}

Value add_slow(const Value& a, const Value& b) {
  int64_t x = 0, y = 0, sum = 0;
  unsigned scale = 0;
  if (align(a, b, x, y, scale) && !__builtin_add_overflow(x, y, &sum)) {
    return Value::number(sum, scale);
  }
  return apply(__bid128_add, a, b);
}

Value subtract_slow(const Value& a, const Value& b) {
  int64_t x = 0, y = 0, difference = 0;
  unsigned scale = 0;
  if (align(a, b, x, y, scale) && !__builtin_sub_overflow(x, y, &difference)) {
    return Value::number(difference, scale);
  }
  return apply(__bid128_sub, a, b);
}

Value multiply_slow(const Value& a, const Value& b) { return apply(__bid128_mul, a, b); }

int compare_numbers_slow(const Value& a, const Value& b) {
  int64_t x = 0, y = 0;
  unsigned scale = 0;
  if (align(a, b, x, y, scale)) return x < y ? -1 : x > y ? 1 : 0;
  unsigned flags = 0;
  const Bid128 left = bid_of(a), right = bid_of(b);
  if (__bid128_quiet_equal(left, right, &flags) != 0) return 0;
  return __bid128_quiet_less(left, right, &flags) != 0 ? -1 : 1;
}

Value divide_numbers(const Value& a, const Value& b) {
  if (is_zero(b)) return Value();
  int64_t x = 0, y = 0;
  unsigned scale = 0;
  if (align(a, b, x, y, scale) && y != -1 && x % y == 0) return Value::integer(x / y);
  return apply(__bid128_div, a, b);
}

Value modulo_numbers(const Value& a, const Value& b) {
  if (is_zero(b)) return Value();
  int64_t x = 0, y = 0;
  unsigned scale = 0;
  if (align(a, b, x, y, scale)) {
    if (y == -1) return Value::number(0, scale);
    int64_t rest = x % y;
    if (rest != 0 && (rest < 0) != (y < 0)) rest += y;
    return Value::number(rest, scale);
  }
  const Value quotient = divide_numbers(a, b);
  if (quotient.is_null()) return Value();
  const Value floor = round_number(quotient, 0, Rounding::floor);
  return floor.is_null() ? Value() : subtract_numbers(a, multiply_numbers(b, floor));
}

Value negate_number(const Value& a) {
  if (!a.on_heap() && a.whole() != std::numeric_limits<int64_t>::min()) {
    return Value::number(-a.whole(), a.scale());
  }
  Parts parts = parts_of(a);
  parts.negative = !parts.negative;
  return value_of(parts);
}

Value power_numbers(const Value& a, const Value& b) {
  const auto exponent = b.integer();
  if (!exponent || *exponent > 1'000'000 || *exponent < -1'000'000) {
    return apply(__bid128_pow, a, b);
  }
  // Whole exponents by squaring: exact as long as 34 digits hold the powers.
  Value result = Value::integer(1), base = a;
  for (uint64_t n = static_cast<uint64_t>(std::llabs(*exponent)); n > 0; n >>= 1) {
    if (n & 1) result = multiply_numbers(result, base);
    if (n > 1) base = multiply_numbers(base, base);
    if (result.is_null() || base.is_null()) return Value();
  }
  return *exponent < 0 ? divide_numbers(Value::integer(1), result) : result;
}

Value round_number(const Value& a, int64_t scale, Rounding rounding) {
  Parts parts = parts_of(a);
  const int64_t drop = -scale - parts.exponent;  // digits to drop
  if (drop <= 0) {
    // Nothing to round; what decimal() adds in zeros is not a different number.
    if (!a.on_heap() && scale >= 0 && scale <= 18) {
      int64_t whole = 0;
      if (!__builtin_mul_overflow(a.whole(), powers[static_cast<size_t>(-drop)], &whole)) {
        return Value::number(whole, static_cast<unsigned>(scale));
      }
    }
    return a;
  }
  const bool all = drop > 38;
  const Wide unit = all ? 0 : wide_power(static_cast<unsigned>(drop));
  Wide kept = all ? 0 : parts.digits / unit;
  const Wide rest = all ? parts.digits : parts.digits % unit;
  const Wide twice = rest * 2;  // digits < 10^34, no overflow
  const int half = all ? -1 : twice < unit ? -1 : twice > unit ? 1 : 0;
  bool away = false;
  switch (rounding) {
    case Rounding::half_even:
      away = half > 0 || (half == 0 && kept % 2 == 1);
      break;
    case Rounding::half_up:
      away = half >= 0;
      break;
    case Rounding::half_down:
      away = half > 0;
      break;
    case Rounding::up:
      away = rest != 0;
      break;
    case Rounding::down:
      break;
    case Rounding::floor:
      away = rest != 0 && parts.negative;
      break;
    case Rounding::ceiling:
      away = rest != 0 && !parts.negative;
      break;
  }
  if (rest == 0) away = false;
  if (away) ++kept;
  if (scale < -bias || scale > bias) return kept == 0 ? Value::integer(0) : Value();
  parts.digits = kept;
  parts.exponent = static_cast<int>(-scale);
  if (kept == 0) parts.negative = false;
  return value_of(parts);
}

Value square_root(const Value& a) { return is_negative(a) ? Value() : apply(__bid128_sqrt, a); }
Value exponential(const Value& a) { return apply(__bid128_exp, a); }
Value logarithm(const Value& a) {
  return is_negative(a) || is_zero(a) ? Value() : apply(__bid128_log, a);
}

bool is_zero(const Value& a) { return a.on_heap() ? parts_of(a).digits == 0 : a.whole() == 0; }
bool is_negative(const Value& a) { return a.on_heap() ? parts_of(a).negative : a.whole() < 0; }
bool is_whole(const Value& a) {
  return compare_numbers(a, round_number(a, 0, Rounding::down)) == 0;
}

std::optional<int64_t> truncated(const Value& a) {
  const Value whole = round_number(a, 0, Rounding::down);
  if (whole.on_heap()) return std::nullopt;
  return whole.whole() / powers[whole.scale()];
}

std::optional<int64_t> Value::integer() const {
  if (kind() != Kind::number) return std::nullopt;
  if (!on_heap() && scale() == 0) return whole_;
  const Value whole = round_number(*this, 0, Rounding::down);
  if (whole.on_heap() || compare_numbers(whole, *this) != 0) return std::nullopt;
  return whole.whole_ / powers[whole.scale()];
}

double Value::real() const {
  if (kind() != Kind::number) return std::numeric_limits<double>::quiet_NaN();
  if (!on_heap() && scale() == 0) return static_cast<double>(whole_);
  std::string text;
  append_number(text, *this);
  return std::strtod(text.c_str(), nullptr);
}

Value Value::real(double value) {
  if (!std::isfinite(value)) return Value();
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  auto number_value = number(std::string_view(text.data(), static_cast<size_t>(end - text.data())));
  return number_value ? *number_value : Value();
}

// FEEL and JSON: [-] digits [. digits] [e [+-] digits]; also ".5".
std::optional<Value> Value::number(std::string_view written) {
  size_t at = 0;
  const bool negative = at < written.size() && written[at] == '-';
  if (negative) ++at;
  int64_t mantissa = 0;
  unsigned scale = 0, digits = 0;
  bool small = true, point = false;
  for (; at < written.size(); ++at) {
    const char c = written[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    ++digits;
    if (point) ++scale;
    small = small && !__builtin_mul_overflow(mantissa, 10, &mantissa) &&
            !__builtin_add_overflow(mantissa, c - '0', &mantissa);
  }
  if (digits == 0) return std::nullopt;
  if (at == written.size() && small && scale <= 18) {
    if (written.back() == '.') return std::nullopt;
    return number(negative ? -mantissa : mantissa, scale);
  }
  if (at < written.size()) {
    if (written[at] != 'e' && written[at] != 'E') return std::nullopt;
    ++at;
    if (at < written.size() && (written[at] == '+' || written[at] == '-')) ++at;
    const size_t first = at;
    while (at < written.size() && written[at] >= '0' && written[at] <= '9') ++at;
    if (at == first || at != written.size()) return std::nullopt;
  }
  std::string text(written);
  unsigned flags = 0;
  const auto parts = unpack(__bid128_from_string(text.data(), half_even, &flags));
  if (!parts) return std::nullopt;
  return value_of(*parts);
}

void append_number(std::string& out, const Value& a) {
  const Parts parts = parts_of(a);
  std::string digits;
  for (Wide rest = parts.digits; rest > 0; rest /= 10) {
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  if (digits.empty()) digits = "0";
  const auto scale = static_cast<size_t>(parts.exponent < 0 ? -parts.exponent : 0);
  while (digits.size() <= scale) digits.push_back('0');
  if (parts.negative && parts.digits != 0) out.push_back('-');
  for (size_t i = digits.size(); i-- > 0;) {
    out.push_back(digits[i]);
    if (i == scale && scale > 0) out.push_back('.');
  }
  if (parts.digits != 0) out.append(static_cast<size_t>(std::max(parts.exponent, 0)), '0');
}

std::string decimal_text(uint64_t low, uint64_t high) {
  Bid128 bid;
  bid.words[0] = low;
  bid.words[1] = high;
  const auto parts = unpack(bid);
  CHECK(parts.has_value(), "a number on the heap is finite");
  std::string digits;
  for (Wide rest = parts->digits; rest > 0; rest /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  return (parts->negative ? "-" : "") + digits + "e" + std::to_string(parts->exponent);
}

}  // namespace passerelle::feel
