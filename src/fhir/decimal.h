// Exact decimals as FHIR writes them: a whole number of up to 38 digits and a count of decimals, so
// that 1.10 keeps its two. What does not fit is no value; nothing is rounded silently except a
// quotient, to 18 decimals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace passerelle::fhir {

class Decimal {
 public:
  Decimal() = default;
  explicit Decimal(int64_t whole) : units_(whole) {}

  // "-12.50", "1e3"; none when it is no JSON number or does not fit.
  static std::optional<Decimal> parse(std::string_view text);
  static std::optional<Decimal> from_real(double value);  // 15 significant digits

  std::string text() const;  // never with an exponent
  double real() const;
  int scale() const { return scale_; }  // decimals
  bool is_negative() const { return units_ < 0; }
  bool is_zero() const { return units_ == 0; }
  std::optional<int64_t> whole() const;  // when it has no fraction and fits

  std::optional<Decimal> plus(const Decimal& other) const;
  std::optional<Decimal> times(const Decimal& other) const;
  std::optional<Decimal> divided_by(const Decimal& other) const;  // none by zero
  // Toward zero, without decimals.
  std::optional<Decimal> whole_quotient(const Decimal& other) const;
  Decimal negated() const;

  enum class Rounding { toward_zero, half_away, floor, ceiling };
  // To so many decimals; more than there are adds zeros.
  std::optional<Decimal> rounded(int decimals, Rounding rounding) const;
  Decimal trimmed() const;  // without zeros at the end of the decimals

  int compare(const Decimal& other) const;  // -1, 0, 1: by value, 1.0 equals 1

 private:
  __extension__ using Int128 = __int128;
  Decimal(Int128 units, int scale) : units_(units), scale_(scale) {}
  static bool scale_up(Int128& units, int by);

  Int128 units_ = 0;
  int scale_ = 0;
};

}  // namespace passerelle::fhir
