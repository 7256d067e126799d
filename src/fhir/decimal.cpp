#include "fhir/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace passerelle::fhir {
namespace {

constexpr int max_scale = 37;
constexpr int quotient_scale = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool Decimal::scale_up(Int128& units, int by) {
  for (; by > 0; --by) {
    if (__builtin_mul_overflow(units, 10, &units)) return false;
  }
  return true;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  size_t at = 0;
  const bool negative = text.starts_with('-');
  if (negative) at = 1;
  Decimal out;
  size_t digits = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point && digits > 0) {
      point = true;
      continue;
    }
    if (!is_digit(text[at])) break;
    const Int128 digit = text[at] - '0';
    if (__builtin_mul_overflow(out.units_, 10, &out.units_) ||
        __builtin_add_overflow(out.units_, digit, &out.units_)) {
      return std::nullopt;
    }
    ++digits;
    if (point) ++out.scale_;
  }
  if (digits == 0 || text[at - 1] == '.') return std::nullopt;
  if (negative) out.units_ = -out.units_;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    int exponent = 0;
    const auto [end, error] =
        std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (exponent > 64 || exponent < -64) return std::nullopt;
    out.scale_ -= exponent;
    if (out.scale_ < 0) {
      if (!scale_up(out.units_, -out.scale_)) return std::nullopt;
      out.scale_ = 0;
    }
  }
  if (out.scale_ > max_scale) return std::nullopt;
  return out;
}

std::optional<Decimal> Decimal::from_real(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.15g", value);
  return parse(std::string_view(text, static_cast<size_t>(length)));
}

std::string Decimal::text() const {
  std::string digits;
  // The magnitude of the least value does not fit; work on negative numbers.
  Int128 rest = units_ > 0 ? -units_ : units_;
  do {
    digits += static_cast<char>('0' - static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  while (digits.size() <= static_cast<size_t>(scale_)) digits += '0';
  if (units_ < 0) digits += '-';
  std::reverse(digits.begin(), digits.end());
  if (scale_ > 0) digits.insert(digits.size() - static_cast<size_t>(scale_), 1, '.');
  return digits;
}

double Decimal::real() const {
  const std::string written = text();
  double value = 0;
  std::from_chars(written.data(), written.data() + written.size(), value);
  return value;
}

std::optional<int64_t> Decimal::whole() const {
  const Decimal trimmed_value = trimmed();
  if (trimmed_value.scale_ > 0) return std::nullopt;
  if (trimmed_value.units_ > std::numeric_limits<int64_t>::max() ||
      trimmed_value.units_ < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(trimmed_value.units_);
}

std::optional<Decimal> Decimal::plus(const Decimal& other) const {
  Decimal a = *this;
  Decimal b = other;
  const int scale = std::max(a.scale_, b.scale_);
  if (!scale_up(a.units_, scale - a.scale_) || !scale_up(b.units_, scale - b.scale_)) {
    return std::nullopt;
  }
  Int128 sum = 0;
  if (__builtin_add_overflow(a.units_, b.units_, &sum)) return std::nullopt;
  return Decimal(sum, scale);
}

std::optional<Decimal> Decimal::times(const Decimal& other) const {
  Int128 product = 0;
  if (!__builtin_mul_overflow(units_, other.units_, &product) &&
      scale_ + other.scale_ <= max_scale) {
    return Decimal(product, scale_ + other.scale_);
  }
  // Zeros at the ends of the factors may be what is too long.
  const Decimal a = trimmed();
  const Decimal b = other.trimmed();
  if (__builtin_mul_overflow(a.units_, b.units_, &product)) return std::nullopt;
  if (a.scale_ + b.scale_ > max_scale) return std::nullopt;
  return Decimal(product, a.scale_ + b.scale_);
}

std::optional<Decimal> Decimal::divided_by(const Decimal& other) const {
  if (other.units_ == 0) return std::nullopt;
  const Decimal divisor = other.trimmed();
  for (int decimals = quotient_scale; decimals >= 0; --decimals) {
    // units / 10^scale / (d / 10^s) to `decimals`: units * 10^(decimals - scale + s) / d.
    Int128 dividend = units_;
    Int128 by = divisor.units_;
    const int shift = decimals - scale_ + divisor.scale_;
    if (shift >= 0 ? !scale_up(dividend, shift) : !scale_up(by, -shift)) continue;
    Int128 quotient = dividend / by;
    const Int128 rest = dividend % by;
    const Int128 twice = rest < 0 ? -rest : rest;
    const Int128 size = by < 0 ? -by : by;
    if (twice >= size - twice) quotient += (dividend < 0) == (by < 0) ? 1 : -1;
    return Decimal(quotient, decimals).trimmed();
  }
  return std::nullopt;
}

std::optional<Decimal> Decimal::whole_quotient(const Decimal& other) const {
  if (other.units_ == 0) return std::nullopt;
  Decimal a = *this;
  Decimal b = other;
  const int scale = std::max(a.scale_, b.scale_);
  if (!scale_up(a.units_, scale - a.scale_) || !scale_up(b.units_, scale - b.scale_)) {
    return std::nullopt;
  }
  return Decimal(a.units_ / b.units_, 0);
}

Decimal Decimal::negated() const { return Decimal(-units_, scale_); }

std::optional<Decimal> Decimal::rounded(int decimals, Rounding rounding) const {
  Decimal out = *this;
  if (decimals < 0 || decimals > max_scale) return std::nullopt;
  if (decimals >= scale_) {
    if (!scale_up(out.units_, decimals - scale_)) return std::nullopt;
    out.scale_ = decimals;
    return out;
  }
  Int128 divisor = 1;
  scale_up(divisor, scale_ - decimals);
  const Int128 rest = units_ % divisor;
  out.units_ = units_ / divisor;
  out.scale_ = decimals;
  const Int128 size = rest < 0 ? -rest : rest;
  switch (rounding) {
    case Rounding::toward_zero:
      break;
    case Rounding::half_away:
      if (size >= divisor - size) out.units_ += units_ < 0 ? -1 : 1;
      break;
    case Rounding::floor:
      if (rest < 0) out.units_ -= 1;
      break;
    case Rounding::ceiling:
      if (rest > 0) out.units_ += 1;
      break;
  }
  return out;
}

Decimal Decimal::trimmed() const {
  Decimal out = *this;
  while (out.scale_ > 0 && out.units_ % 10 == 0) {
    out.units_ /= 10;
    --out.scale_;
  }
  return out;
}

int Decimal::compare(const Decimal& other) const {
  Decimal a = *this;
  Decimal b = other;
  const int scale = std::max(a.scale_, b.scale_);
  if (scale_up(a.units_, scale - a.scale_) && scale_up(b.units_, scale - b.scale_)) {
    return a.units_ < b.units_ ? -1 : a.units_ > b.units_ ? 1 : 0;
  }
  // More than 38 digits apart: the doubles decide.
  const double x = real();
  const double y = other.real();
  return x < y ? -1 : x > y ? 1 : 0;
}

}  // namespace passerelle::fhir
