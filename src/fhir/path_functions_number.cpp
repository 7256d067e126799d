// Numbers, quantities and boundaries (FHIRPath 5.7 and 2.1's lowBoundary, highBoundary, precision,
// comparable).
#include <array>
#include <cmath>

#include "fhir/path_functions.h"
#include "fhir/ucum.h"

namespace passerelle::fhir::path {
namespace {

using Answer = Result<Collection>;
using Rounding = Decimal::Rounding;

// The number or quantity before the function; none = empty.
Result<std::optional<Item>> input_of(Evaluator& evaluator, const Node& node,
                                     const Collection& focus) {
  if (focus.empty()) return std::optional<Item>();
  const Item item = to_system(focus[0]);
  if (focus.size() > 1 || !decimal_of(item)) {
    return evaluator.error(
        node, std::string(functions()[node.function].name) + "() needs one number before it");
  }
  return std::optional<Item>(item);
}

Answer abs(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> item, input_of(evaluator, node, focus));
  if (!item) return Collection();
  if (item->kind == Kind::integer) {
    return one(make_integer(item->integer < 0 ? -item->integer : item->integer));
  }
  Decimal value = item->box->decimal;
  if (value.is_negative()) value = value.negated();
  return one(item->kind == Kind::quantity
                 ? make_quantity(value, item->box->text, item->box->calendar)
                 : make_decimal(value));
}

template <Rounding rounding>
Answer to_whole(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> item, input_of(evaluator, node, focus));
  if (!item) return Collection();
  const auto rounded = decimal_of(*item)->rounded(0, rounding);
  const auto whole = rounded ? rounded->whole() : std::nullopt;
  if (!whole) return Collection();
  if (item->kind == Kind::quantity) {
    return one(make_quantity(*rounded, item->box->text, item->box->calendar));
  }
  return one(make_integer(*whole));
}

Answer round(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> item, input_of(evaluator, node, focus));
  TRY(const std::optional<int64_t> places, evaluator.integer_argument(node, 0));
  if (!item) return Collection();
  if (places.value_or(0) < 0) return evaluator.error(node, "round() takes 0 or more decimals");
  if (places.value_or(0) > 30) return Collection();
  const auto value =
      decimal_of(*item)->rounded(static_cast<int>(places.value_or(0)), Rounding::half_away);
  if (!value) return Collection();
  if (item->kind == Kind::quantity) {
    return one(make_quantity(*value, item->box->text, item->box->calendar));
  }
  return one(make_decimal(*value));
}

template <double (*run)(double)>
Answer real_function(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> item, input_of(evaluator, node, focus));
  if (!item) return Collection();
  const auto value = Decimal::from_real(run(decimal_of(*item)->real()));
  return value ? one(make_decimal(*value)) : Collection();
}

double exponential(double x) { return std::exp(x); }
double square_root(double x) { return std::sqrt(x); }
double natural_logarithm(double x) { return std::log(x); }

Answer log(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> item, input_of(evaluator, node, focus));
  TRY(const std::optional<Item> base, evaluator.single_argument(node, 0));
  if (!item || !base || !decimal_of(*base)) return Collection();
  const double number = decimal_of(*item)->real();
  const double to = decimal_of(*base)->real();
  const double result = to == 2    ? std::log2(number)
                        : to == 10 ? std::log10(number)
                                   : std::log(number) / std::log(to);
  const auto value = Decimal::from_real(result);
  return value ? one(make_decimal(*value)) : Collection();
}

Answer power(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> item, input_of(evaluator, node, focus));
  TRY(const std::optional<Item> exponent, evaluator.single_argument(node, 0));
  if (!item || !exponent || !is_number(*exponent)) return Collection();
  if (item->kind == Kind::integer && exponent->kind == Kind::integer && exponent->integer >= 0) {
    int64_t value = 1;
    // Beyond 64 bits for any other base: the loop is short.
    for (int64_t i = 0; i < exponent->integer; ++i) {
      if (item->integer == 1 || item->integer == 0) {
        value = item->integer;
        break;
      }
      if (item->integer == -1) {
        value = exponent->integer % 2 == 0 ? 1 : -1;
        break;
      }
      if (__builtin_mul_overflow(value, item->integer, &value)) return Collection();
    }
    return one(make_integer(value));
  }
  const auto value =
      Decimal::from_real(std::pow(decimal_of(*item)->real(), decimal_of(*exponent)->real()));
  return value ? one(make_decimal(*value)) : Collection();
}

// ---- boundaries ----

constexpr int decimal_precision = 8;
constexpr int most_decimals = 31;

// Half of the last written digit away from zero (`outward`) or toward it. To fewer decimals than
// that, FHIR's own test suite rounds the outer end to the nearest and cuts the inner one.
std::optional<Decimal> edge(const Decimal& value, bool outward, int decimals) {
  const auto half = Decimal(5).times(*Decimal::parse("1e-" + std::to_string(value.scale() + 1)));
  if (!half) return std::nullopt;
  const bool add = outward != value.is_negative();
  const auto moved = value.plus(add ? *half : half->negated());
  return moved ? moved->rounded(decimals, outward ? Rounding::half_away : Rounding::toward_zero)
               : std::nullopt;
}

// Digits of a date or time for a precision: 4, 6, 8, 10, 12, 14, 17; of a time two or so less.
Moment::Precision moment_precision(Kind kind, int64_t digits) {
  struct Entry {
    int64_t date, time;
    Moment::Precision precision;
  };
  constexpr std::array entries = {Entry{4, 0, Moment::year},        Entry{6, 0, Moment::month},
                                  Entry{8, 0, Moment::day},         Entry{10, 2, Moment::hour},
                                  Entry{12, 4, Moment::minute},     Entry{14, 6, Moment::second},
                                  Entry{17, 9, Moment::millisecond}};
  for (const Entry& entry : entries) {
    if ((kind == Kind::time ? entry.time : entry.date) == digits) return entry.precision;
  }
  return Moment::nothing;
}

int64_t moment_digits(Kind kind, Moment::Precision precision) {
  constexpr std::array<int64_t, 8> date = {0, 4, 6, 8, 10, 12, 14, 17};
  const int64_t digits = date[precision];
  return kind == Kind::time ? digits - 8 : digits;
}

Moment fill(Kind kind, Moment m, bool high, Moment::Precision to) {
  // An hour alone counts as its first minute (FHIR's own test suite).
  if (m.precision == Moment::hour) m.precision = Moment::minute;
  if (m.precision < Moment::month) m.months = high ? 12 : 1;
  if (m.precision < Moment::day) {
    m.days = high ? 31 : 1;
    while (!std::chrono::year_month_day(std::chrono::year(m.years) / m.months / m.days).ok()) {
      --m.days;
    }
  }
  if (m.precision < Moment::minute) {
    m.hours = high ? 23 : 0;
    m.minutes = high ? 59 : 0;
  }
  if (m.precision < Moment::second) m.seconds = high ? 59 : 0;
  if (m.precision < Moment::millisecond) m.milliseconds = high ? 999 : 0;
  m.precision = to;
  if (kind == Kind::date_time && to >= Moment::hour && !m.zoned) {
    // Somewhere on earth: the earliest instant is in the easternmost zone.
    m.zoned = true;
    m.offset = high ? -12 * 60 : 14 * 60;
  }
  if (to < Moment::hour) m.zoned = false;
  return m;
}

template <bool high>
Answer boundary(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.empty()) return Collection();
  if (focus.size() > 1) return evaluator.error(node, "a boundary needs one item before it");
  const Item item = to_system(focus[0]);
  TRY(const std::optional<int64_t> wanted, evaluator.integer_argument(node, 0));
  if (decimal_of(item)) {
    const int64_t decimals = wanted.value_or(decimal_precision);
    if (decimals < 0 || decimals > most_decimals) return Collection();
    const Decimal value = *decimal_of(item);
    const auto result = edge(value, high != value.is_negative(), static_cast<int>(decimals));
    if (!result) return Collection();
    return one(item.kind == Kind::quantity
                   ? make_quantity(*result, item.box->text, item.box->calendar)
                   : make_decimal(*result));
  }
  if (item.kind != Kind::date && item.kind != Kind::date_time && item.kind != Kind::time) {
    return evaluator.error(node, "a boundary needs a number, a date or a time before it");
  }
  const int64_t finest = item.kind == Kind::date ? 8 : item.kind == Kind::time ? 9 : 17;
  const Moment::Precision to = moment_precision(item.kind, wanted.value_or(finest));
  if (to == Moment::nothing || (item.kind == Kind::date && to > Moment::day)) return Collection();
  return one(make_moment(item.kind, fill(item.kind, item.box->moment, high, to)));
}

Answer precision(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.empty()) return Collection();
  const Item item = to_system(focus[0]);
  if (focus.size() > 1) return evaluator.error(node, "precision() needs one item before it");
  if (decimal_of(item)) return one(make_integer(decimal_of(item)->scale()));
  if (item.kind == Kind::date || item.kind == Kind::date_time || item.kind == Kind::time) {
    return one(make_integer(moment_digits(item.kind, item.box->moment.precision)));
  }
  return evaluator.error(node, "precision() needs a number, a date or a time before it");
}

Answer comparable(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<Item> other, evaluator.single_argument(node, 0));
  if (focus.empty() || !other) return Collection();
  const Item item = to_system(focus[0]);
  if (item.kind != Kind::quantity || other->kind != Kind::quantity) {
    return evaluator.error(node, "comparable() needs two quantities");
  }
  const auto unit = [](const Item& quantity) {
    return quantity.box->calendar ? calendar_duration(quantity.box->text)
                                  : parse_ucum(quantity.box->text);
  };
  const auto a = unit(item);
  const auto b = unit(*other);
  const bool same_text = item.box->text == other->box->text;
  return one(make_boolean(same_text || (a && b && a->dimensions == b->dimensions)));
}

constexpr std::array number_table = {
    Function{"abs", 0, 0, false, abs},
    Function{"ceiling", 0, 0, false, to_whole<Rounding::ceiling>},
    Function{"floor", 0, 0, false, to_whole<Rounding::floor>},
    Function{"truncate", 0, 0, false, to_whole<Rounding::toward_zero>},
    Function{"round", 0, 1, false, round},
    Function{"exp", 0, 0, false, real_function<exponential>},
    Function{"ln", 0, 0, false, real_function<natural_logarithm>},
    Function{"sqrt", 0, 0, false, real_function<square_root>},
    Function{"log", 1, 1, false, log},
    Function{"power", 1, 1, false, power},
    Function{"lowBoundary", 0, 1, false, boundary<false>},
    Function{"highBoundary", 0, 1, false, boundary<true>},
    Function{"precision", 0, 0, false, precision},
    Function{"comparable", 1, 1, false, comparable},
};

}  // namespace

std::span<const Function> number_functions() { return number_table; }

}  // namespace passerelle::fhir::path
