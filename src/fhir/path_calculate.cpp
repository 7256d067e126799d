// Arithmetic (FHIRPath, "Math").
#include "fhir/path_evaluator.h"
#include "fhir/ucum.h"

namespace passerelle::fhir::path {
namespace {

using Maybe = std::optional<Item>;

Error cannot(std::string_view what, const Item& a, const Item& b) {
  return Error{ErrorCode::invalid,
               "cannot " + std::string(what) + " " + type_name(a) + " and " + type_name(b)};
}

Maybe boxed(const std::optional<Decimal>& decimal) {
  if (!decimal) return std::nullopt;
  return make_decimal(*decimal);
}

std::optional<UcumUnit> unit_of(const Item& item) {
  if (item.kind != Kind::quantity) return UcumUnit{};
  return item.box->calendar ? calendar_duration(item.box->text) : parse_ucum(item.box->text);
}

Result<Maybe> add_duration(Op op, const Item& moment, const Item& duration) {
  const std::optional<CalendarUnit> unit = calendar_unit(duration.box->text);
  if (!unit) {
    return Error{ErrorCode::invalid, "'" + duration.box->text +
                                         "' cannot be added to a date: use calendar units such as "
                                         "days or months"};
  }
  const auto whole = duration.box->decimal.rounded(0, Decimal::Rounding::toward_zero)->whole();
  if (!whole) return Maybe();
  const int64_t amount = op == Op::subtract ? -*whole : *whole;
  const auto moved = add_to_moment(moment.kind, moment.box->moment, *unit, amount);
  if (!moved) return Maybe();
  return Maybe(make_moment(moment.kind, *moved));
}

Result<Maybe> add_quantities(Op op, const Item& a, const Item& b) {
  const Decimal right = op == Op::subtract ? b.box->decimal.negated() : b.box->decimal;
  if (a.box->text == b.box->text) {
    const auto sum = a.box->decimal.plus(right);
    if (!sum) return Maybe();
    return Maybe(make_quantity(*sum, a.box->text, a.box->calendar));
  }
  const auto x = unit_of(a);
  const auto y = unit_of(b);
  if (!x || !y || x->dimensions != y->dimensions) return Maybe();
  // In the finer of the two units.
  const bool left_finer = x->factor.compare(y->factor) < 0;
  const UcumUnit& to = left_finer ? *x : *y;
  const auto left = a.box->decimal.times(x->factor);
  const auto other = right.times(y->factor);
  const auto sum = left && other ? left->plus(*other) : std::nullopt;
  const auto result = sum ? sum->divided_by(to.factor) : std::nullopt;
  if (!result) return Maybe();
  const Box& unit = left_finer ? *a.box : *b.box;
  return Maybe(make_quantity(*result, unit.text, unit.calendar));
}

Result<Maybe> multiply_quantities(Op op, const Item& a, const Item& b) {
  const bool divide = op == Op::divide;
  const Decimal left = *decimal_of(a);
  const Decimal right = *decimal_of(b);
  // By a plain number the unit stays.
  const bool right_plain = b.kind != Kind::quantity || b.box->text == "1";
  if (right_plain || (!divide && a.kind != Kind::quantity)) {
    const auto value = divide ? left.divided_by(right) : left.times(right);
    if (!value) return Maybe();
    const Box& unit = a.kind == Kind::quantity ? *a.box : *b.box;
    return Maybe(make_quantity(*value, unit.text, unit.calendar));
  }
  const auto x = unit_of(a);
  const auto y = unit_of(b);
  if (!x || !y) return Maybe();
  const auto unit = multiply(*x, *y, divide);
  const auto value = divide ? left.divided_by(right) : left.times(right);
  const auto scaled = unit && value ? value->times(unit->factor) : std::nullopt;
  if (!scaled) return Maybe();
  return Maybe(make_quantity(*scaled, base_unit_text(*unit), false));
}

Result<Maybe> calculate_integers(Op op, int64_t a, int64_t b) {
  int64_t value = 0;
  bool overflow = false;
  switch (op) {
    case Op::add:
      overflow = __builtin_add_overflow(a, b, &value);
      break;
    case Op::subtract:
      overflow = __builtin_sub_overflow(a, b, &value);
      break;
    case Op::multiply:
      overflow = __builtin_mul_overflow(a, b, &value);
      break;
    case Op::divide:
      return boxed(Decimal(a).divided_by(Decimal(b)));
    case Op::whole_divide:
    case Op::modulo:
      if (b == 0 || (b == -1 && op == Op::whole_divide && a == INT64_MIN)) return Maybe();
      value = b == -1 && op == Op::modulo ? 0 : op == Op::modulo ? a % b : a / b;
      break;
    default:
      return Maybe();
  }
  if (overflow) return Maybe();
  return Maybe(make_integer(value));
}

Result<Maybe> calculate_decimals(Op op, const Decimal& a, const Decimal& b) {
  switch (op) {
    case Op::add:
      return boxed(a.plus(b));
    case Op::subtract:
      return boxed(a.plus(b.negated()));
    case Op::multiply:
      return boxed(a.times(b));
    case Op::divide:
      return boxed(a.divided_by(b));
    case Op::whole_divide: {
      const auto quotient = a.whole_quotient(b);
      const auto whole = quotient ? quotient->whole() : std::nullopt;
      return whole ? Maybe(make_integer(*whole)) : Maybe();
    }
    case Op::modulo: {
      const auto quotient = a.whole_quotient(b);
      const auto product = quotient ? quotient->times(b) : std::nullopt;
      return boxed(product ? a.plus(product->negated()) : std::nullopt);
    }
    default:
      return Maybe();
  }
}

}  // namespace

bool is_number(const Item& item) {
  return item.kind == Kind::integer || item.kind == Kind::decimal;
}

std::optional<Decimal> decimal_of(const Item& item) {
  if (item.kind == Kind::integer) return Decimal(item.integer);
  if (item.kind == Kind::decimal || item.kind == Kind::quantity) return item.box->decimal;
  return std::nullopt;
}

Result<std::optional<Item>> calculate(Op op, const Item& left, const Item& right) {
  const Item a = to_system(left);
  const Item b = to_system(right);
  if (a.kind == Kind::integer && b.kind == Kind::integer) {
    return calculate_integers(op, a.integer, b.integer);
  }
  if (is_number(a) && is_number(b)) return calculate_decimals(op, *decimal_of(a), *decimal_of(b));
  const bool sum = op == Op::add || op == Op::subtract;
  if (sum && is_moment(a.kind) && b.kind == Kind::quantity) return add_duration(op, a, b);
  if (op == Op::add && a.kind == Kind::string && b.kind == Kind::string) {
    return Maybe(make_string(a.box->text + b.box->text));
  }
  const bool quantities =
      (a.kind == Kind::quantity || is_number(a)) && (b.kind == Kind::quantity || is_number(b));
  if (sum && a.kind == Kind::quantity && b.kind == Kind::quantity) {
    return add_quantities(op, a, b);
  }
  if (quantities && (op == Op::multiply || op == Op::divide)) {
    return multiply_quantities(op, a, b);
  }
  return cannot(op == Op::add        ? "add"
                : op == Op::subtract ? "subtract"
                : op == Op::multiply ? "multiply"
                                     : "divide",
                left, right);
}

}  // namespace passerelle::fhir::path
