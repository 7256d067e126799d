// quantity (R4 3.1.1.4.11): "5.4", "5.4|system|code", "5.4||unit"; the number as in number.cpp. Of
// UCUM's units all that measure the same are compared, in base units; others, and those without a
// system, as they are written.
#include "fhir/decimal.h"
#include "fhir/ucum.h"
#include "store/search/search_type.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

std::optional<double> scaled(double number, const fhir::Decimal& factor) {
  const auto decimal = fhir::Decimal::from_real(number);
  const auto product = decimal ? decimal->times(factor) : std::nullopt;
  return product ? std::optional(product->real()) : std::nullopt;
}

// What is not known to UCUM, or too large for a decimal, stays as it is written.
void use_base_unit(Operand& operand) {
  const fhir::UcumBase* base = fhir::ucum_base(operand.text);
  if (base == nullptr) return;
  const auto low = scaled(operand.low, base->factor), high = scaled(operand.high, base->factor),
             value = scaled(operand.value, base->factor);
  if (!low || !high || !value) return;
  operand.low = *low;
  operand.high = *high;
  operand.value = *value;
  operand.suffix = ":base";
  operand.system.clear();
  operand.text = base->unit;
}

Result<Operand> parse(std::string_view text, Modifier, const Zone&) {
  Operand operand;
  operand.type = SearchType::quantity;
  operand.prefix = take_prefix(text);
  const auto parts = split_escaped(text, '|');
  if (parts.size() > 3 || parts.size() == 2)
    return Error{ErrorCode::invalid, "'" + std::string(text) + "' is not a quantity", "",
                 "write number, number|system|code or number||unit"};
  TRY_VOID(read_number(unescape(parts[0]), operand));
  if (parts.size() == 3) {
    operand.system = unescape(parts[1]);
    operand.text = unescape(parts[2]);
    if (operand.system == fhir::ucum_system) use_base_unit(operand);
  }
  return operand;
}

Result<void> bind(Bound& bound, Names& names, Database&) {
  TRY(const int64_t unit, names.find_term(bound.operand->text));
  TRY(bound.b, names.find_term(bound.operand->system));
  bound.a = {unit};
  bound.impossible = (unit == 0 && !bound.operand->text.empty()) ||
                     (bound.b == 0 && !bound.operand->system.empty());
  return {};
}

bool matches(const Bound& bound, const IndexRow& row) {
  return (bound.a[0] == 0 || bound.a[0] == row.a) && (bound.b == 0 || bound.b == row.b) &&
         range_matches(*bound.operand, row.low, row.high);
}

void ranges(const Bound& bound, std::vector<Range>& out) {
  number_ranges(bound, "index_quantity", out);
}

}  // namespace

const SearchTypeEntry quantity_search{
    ParameterType::quantity, SearchType::quantity, {}, parse, bind, matches, ranges};

}  // namespace passerelle::store
