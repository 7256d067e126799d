// UCUM units as far as care needs them: prefixes, the usual atoms, products, quotients, powers and
// annotations ("mmol/L", "kg/m2", "10*9/L", "{beats}/min"). What it does not know has no value, so
// that nothing is converted by guess. Temperatures other than K are not converted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/decimal.h"

namespace passerelle::fhir {

struct UcumUnit {
  Decimal factor{1};  // how many of the base units it is
  // Exponents of m, s, g, rad, K, C, cd, and of calendar months (for FHIRPath's "year").
  std::array<int8_t, 8> dimensions{};
};

std::optional<UcumUnit> parse_ucum(std::string_view unit);
// The calendar words of FHIRPath: "day", "weeks"; a year is 12 months, comparable to no UCUM unit.
std::optional<UcumUnit> calendar_duration(std::string_view word);
// The unit of a product or quotient in base units: "m2", "g.m-3", "1".
std::string base_unit_text(const UcumUnit& unit);

inline constexpr std::string_view ucum_system = "http://unitsofmeasure.org";
// A unit as searches compare it: how many of the base unit it is, and that unit's text.
struct UcumBase {
  Decimal factor{1};
  std::string unit;
};
// Null when the unit is not known. Kept once it was worked out, for each thread.
const UcumBase* ucum_base(std::string_view unit);
std::optional<UcumUnit> multiply(const UcumUnit& a, const UcumUnit& b, bool divide);

}  // namespace passerelle::fhir
