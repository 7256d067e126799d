// Conversions (FHIRPath 5.5): toX() gives nothing, and convertsToX() false, when it cannot be done.
#include <array>

#include "base/text.h"
#include "fhir/path_functions.h"
#include "fhir/ucum.h"

namespace passerelle::fhir::path {
namespace {

using Answer = Result<Collection>;
using Maybe = std::optional<Item>;

Maybe to_boolean(const Item& item) {
  if (item.kind == Kind::boolean) return item;
  if (is_number(item)) {
    const Decimal value = *decimal_of(item);
    if (value.compare(Decimal(1)) == 0) return make_boolean(true);
    if (value.is_zero()) return make_boolean(false);
    return std::nullopt;
  }
  if (item.kind != Kind::string) return std::nullopt;
  const std::string text = lower(item.box->text);
  for (const std::string_view yes : {"true", "t", "yes", "y", "1", "1.0"}) {
    if (text == yes) return make_boolean(true);
  }
  for (const std::string_view no : {"false", "f", "no", "n", "0", "0.0"}) {
    if (text == no) return make_boolean(false);
  }
  return std::nullopt;
}

std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

Maybe to_integer(const Item& item) {
  if (item.kind == Kind::integer) return item;
  if (item.kind == Kind::boolean) return make_integer(item.boolean ? 1 : 0);
  if (item.kind != Kind::string) return std::nullopt;
  const std::string_view text = without_plus(item.box->text);
  if (text.find_first_of(".eE") != text.npos) return std::nullopt;
  const std::optional<Decimal> value = Decimal::parse(text);
  const std::optional<int64_t> whole = value ? value->whole() : std::nullopt;
  if (!whole || *whole > 2147483647 || *whole < -2147483648LL) return std::nullopt;
  return make_integer(*whole);
}

Maybe to_decimal(const Item& item) {
  if (item.kind == Kind::decimal) return item;
  if (item.kind == Kind::integer) return make_decimal(Decimal(item.integer));
  if (item.kind == Kind::boolean)
    return make_decimal(*Decimal::parse(item.boolean ? "1.0" : "0.0"));
  if (item.kind != Kind::string) return std::nullopt;
  const std::string_view text = without_plus(item.box->text);
  if (text.find_first_of("eE") != text.npos) return std::nullopt;
  const std::optional<Decimal> value = Decimal::parse(text);
  return value ? Maybe(make_decimal(*value)) : std::nullopt;
}

Maybe to_string_item(const Item& item) {
  if (item.kind == Kind::node) return std::nullopt;
  return make_string(to_text(item));
}

Maybe to_date(const Item& item) {
  if (item.kind == Kind::date) return item;
  if (item.kind == Kind::date_time) {
    Moment moment = item.box->moment;
    moment.precision = std::min(moment.precision, Moment::day);
    moment.zoned = false;
    return make_moment(Kind::date, moment);
  }
  if (item.kind != Kind::string) return std::nullopt;
  const std::optional<Moment> moment = parse_date(item.box->text);
  return moment ? Maybe(make_moment(Kind::date, *moment)) : std::nullopt;
}

Maybe to_date_time(const Item& item) {
  if (item.kind == Kind::date_time) return item;
  if (item.kind == Kind::date) return make_moment(Kind::date_time, item.box->moment);
  if (item.kind != Kind::string) return std::nullopt;
  const std::optional<Moment> moment = parse_date_time(item.box->text);
  return moment ? Maybe(make_moment(Kind::date_time, *moment)) : std::nullopt;
}

Maybe to_time(const Item& item) {
  if (item.kind == Kind::time) return item;
  if (item.kind != Kind::string) return std::nullopt;
  const std::optional<Moment> moment = parse_time(item.box->text);
  return moment ? Maybe(make_moment(Kind::time, *moment)) : std::nullopt;
}

// "1", "4.5 'mg'", "2 days".
Maybe quantity_of_text(std::string_view text) {
  text = without_plus(text);
  size_t end = text.starts_with('-') ? 1 : 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
  const std::optional<Decimal> value = Decimal::parse(text.substr(0, end));
  if (!value) return std::nullopt;
  const std::string_view unit = trim(text.substr(end));
  if (unit.empty()) {
    return end == text.size() ? Maybe(make_quantity(*value, "1", false)) : std::nullopt;
  }
  if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'') {
    return make_quantity(*value, std::string(unit.substr(1, unit.size() - 2)), false);
  }
  if (!calendar_duration(unit) || end == text.size() || text[end] != ' ') return std::nullopt;
  return make_quantity(*value, std::string(unit), true);
}

Maybe to_quantity(const Item& item) {
  if (item.kind == Kind::quantity) return item;
  if (is_number(item)) return make_quantity(*decimal_of(item), "1", false);
  if (item.kind == Kind::boolean) {
    return make_quantity(*Decimal::parse(item.boolean ? "1.0" : "0.0"), "1", false);
  }
  if (item.kind == Kind::string) return quantity_of_text(item.box->text);
  return std::nullopt;
}

Result<Maybe> converted(Evaluator& evaluator, const Node& node, const Collection& focus,
                        Maybe (*convert)(const Item&)) {
  if (focus.size() > 1) return evaluator.error(node, "a conversion needs one item");
  Maybe value = convert(to_system(focus[0]));
  if (!value || node.argument_count == 0 || value->kind != Kind::quantity) return value;
  // toQuantity('kg'): in that unit.
  TRY(const std::optional<std::string> unit, evaluator.string_argument(node, 0));
  if (!unit || *unit == value->box->text) return value;
  const auto from =
      value->box->calendar ? calendar_duration(value->box->text) : parse_ucum(value->box->text);
  const auto to = parse_ucum(*unit);
  if (!from || !to || from->dimensions != to->dimensions) return Maybe();
  const auto base = value->box->decimal.times(from->factor);
  const auto number = base ? base->divided_by(to->factor) : std::nullopt;
  if (!number) return Maybe();
  return Maybe(make_quantity(*number, *unit, false));
}

template <Maybe (*convert)(const Item&)>
Answer to(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.empty()) return focus;
  TRY(Maybe value, converted(evaluator, node, focus, convert));
  Collection out;
  if (value) out.push_back(std::move(*value));
  return out;
}

template <Maybe (*convert)(const Item&)>
Answer converts(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.empty()) return focus;
  TRY(const Maybe value, converted(evaluator, node, focus, convert));
  Collection out;
  out.push_back(make_boolean(value.has_value()));
  return out;
}

constexpr std::array conversion_table = {
    Function{"toBoolean", 0, 0, false, to<to_boolean>},
    Function{"convertsToBoolean", 0, 0, false, converts<to_boolean>},
    Function{"toInteger", 0, 0, false, to<to_integer>},
    Function{"convertsToInteger", 0, 0, false, converts<to_integer>},
    Function{"toDecimal", 0, 0, false, to<to_decimal>},
    Function{"convertsToDecimal", 0, 0, false, converts<to_decimal>},
    Function{"toString", 0, 0, false, to<to_string_item>},
    Function{"convertsToString", 0, 0, false, converts<to_string_item>},
    Function{"toDate", 0, 0, false, to<to_date>},
    Function{"convertsToDate", 0, 0, false, converts<to_date>},
    Function{"toDateTime", 0, 0, false, to<to_date_time>},
    Function{"convertsToDateTime", 0, 0, false, converts<to_date_time>},
    Function{"toTime", 0, 0, false, to<to_time>},
    Function{"convertsToTime", 0, 0, false, converts<to_time>},
    Function{"toQuantity", 0, 1, false, to<to_quantity>},
    Function{"convertsToQuantity", 0, 1, false, converts<to_quantity>},
};

}  // namespace

std::span<const Function> conversion_functions() { return conversion_table; }

}  // namespace passerelle::fhir::path
