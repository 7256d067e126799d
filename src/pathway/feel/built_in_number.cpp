// Numeric functions (DMN 1.5, 10.3.4.5).
#include "pathway/feel/argument.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {
namespace {

Value rounded(Call& call, Rounding rounding) {
  const Value* number = number_argument(call, 0);
  if (number == nullptr) return Value();
  int64_t scale = 0;
  if (call.count() > 1) {
    const Value* wanted = number_argument(call, 1);
    const auto whole = wanted ? truncated(*wanted) : std::nullopt;
    if (!whole) return Value();
    scale = *whole;
  }
  if (scale < -6111 || scale > 6176) return call.fail("the scale is between -6111 and 6176");
  return round_number(*number, scale, rounding);
}

Value decimal(Call& call) { return rounded(call, Rounding::half_even); }
Value floor(Call& call) { return rounded(call, Rounding::floor); }
Value ceiling(Call& call) { return rounded(call, Rounding::ceiling); }
Value round_up(Call& call) { return rounded(call, Rounding::up); }
Value round_down(Call& call) { return rounded(call, Rounding::down); }
Value round_half_up(Call& call) { return rounded(call, Rounding::half_up); }
Value round_half_down(Call& call) { return rounded(call, Rounding::half_down); }

Value absolute(Call& call) {
  const Value* value = &call[0];
  if (value->kind() == Kind::days_duration || value->kind() == Kind::months_duration) {
    return value->whole() < 0 ? negate_duration(*value) : *value;
  }
  value = number_argument(call, 0);
  if (value == nullptr) return Value();
  return is_negative(*value) ? negate_number(*value) : *value;
}

Value modulo(Call& call) {
  const Value* dividend = number_argument(call, 0);
  const Value* divisor = dividend ? number_argument(call, 1) : nullptr;
  if (divisor == nullptr) return Value();
  if (is_zero(*divisor)) return call.fail("division by zero");
  return modulo_numbers(call[0], *divisor);
}

Value root(Call& call) {
  const Value* number = number_argument(call, 0);
  if (number == nullptr) return Value();
  if (is_negative(*number)) return call.fail("there is no square root of a negative number");
  return square_root(*number);
}

Value log(Call& call) {
  const Value* number = number_argument(call, 0);
  if (number == nullptr) return Value();
  const Value result = logarithm(*number);
  return result.is_null() ? call.fail("a logarithm needs a number above 0") : result;
}

Value exp(Call& call) {
  const Value* number = number_argument(call, 0);
  if (number == nullptr) return Value();
  const Value result = exponential(*number);
  return result.is_null() ? call.fail("the result is too large for a number") : result;
}

Value parity(Call& call, bool odd) {
  const Value* number = number_argument(call, 0);
  if (number == nullptr) return Value();
  const Value rest = modulo_numbers(*number, Value::integer(2));
  return Value::boolean(compare_numbers(rest, Value::integer(odd ? 1 : 0)) == 0);
}
Value odd(Call& call) { return parity(call, true); }
Value even(Call& call) { return parity(call, false); }

constexpr BuiltIn numeric[] = {
    {"decimal", "n, scale", decimal, Type::Kind::number},
    {"floor", "n, scale?", floor, Type::Kind::number},
    {"ceiling", "n, scale?", ceiling, Type::Kind::number},
    {"round up", "n, scale", round_up, Type::Kind::number},
    {"round down", "n, scale", round_down, Type::Kind::number},
    {"round half up", "n, scale", round_half_up, Type::Kind::number},
    {"round half down", "n, scale", round_half_down, Type::Kind::number},
    {"abs", "n", absolute},
    {"modulo", "dividend, divisor", modulo, Type::Kind::number},
    {"sqrt", "number", root, Type::Kind::number},
    {"log", "number", log, Type::Kind::number},
    {"exp", "number", exp, Type::Kind::number},
    {"odd", "number", odd, Type::Kind::boolean},
    {"even", "number", even, Type::Kind::boolean},
};

}  // namespace

std::span<const BuiltIn> number_built_ins() { return numeric; }

}  // namespace passerelle::feel
