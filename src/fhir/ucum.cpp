#include "fhir/ucum.h"

#include <charconv>
#include <map>

namespace passerelle::fhir {
namespace {

struct Atom {
  std::string_view code;
  std::string_view factor;
  std::array<int8_t, 8> dimensions;
  bool metric = false;  // takes prefixes
};

constexpr std::array<int8_t, 8> none_of{};
constexpr std::array<int8_t, 8> metre = {1};
constexpr std::array<int8_t, 8> volume = {3};
constexpr std::array<int8_t, 8> second = {0, 1};
constexpr std::array<int8_t, 8> gram = {0, 0, 1};
constexpr std::array<int8_t, 8> radian = {0, 0, 0, 1};
constexpr std::array<int8_t, 8> kelvin = {0, 0, 0, 0, 1};
constexpr std::array<int8_t, 8> coulomb = {0, 0, 0, 0, 0, 1};
constexpr std::array<int8_t, 8> candela = {0, 0, 0, 0, 0, 0, 1};
constexpr std::array<int8_t, 8> force = {1, -2, 1};
constexpr std::array<int8_t, 8> pressure = {-1, -2, 1};
constexpr std::array<int8_t, 8> energy = {2, -2, 1};
constexpr std::array<int8_t, 8> watt = {2, -3, 1};
constexpr std::array<int8_t, 8> rate = {0, -1};
constexpr std::array<int8_t, 8> current = {0, -1, 0, 0, 0, 1};
constexpr std::array<int8_t, 8> volt = {2, -2, 1, 0, 0, -1};
constexpr std::array<int8_t, 8> dose = {2, -2};

// The Unified Code for Units of Measure 2.1, tables 1 to 5 and the clinical ones.
constexpr std::array atoms = {
    Atom{"m", "1", metre, true},
    Atom{"s", "1", second, true},
    Atom{"g", "1", gram, true},
    Atom{"rad", "1", radian, true},
    Atom{"K", "1", kelvin, true},
    Atom{"C", "1", coulomb, true},
    Atom{"cd", "1", candela, true},
    Atom{"%", "0.01", none_of},
    Atom{"[ppth]", "0.001", none_of},
    Atom{"[ppm]", "0.000001", none_of},
    Atom{"[ppb]", "0.000000001", none_of},
    Atom{"mol", "602213670000000000000000", none_of, true},
    Atom{"eq", "602213670000000000000000", none_of, true},
    Atom{"osm", "602213670000000000000000", none_of, true},
    Atom{"min", "60", second},
    Atom{"h", "3600", second},
    Atom{"d", "86400", second},
    Atom{"wk", "604800", second},
    Atom{"mo", "2629800", second},
    Atom{"a", "31557600", second},
    Atom{"l", "0.001", volume, true},
    Atom{"L", "0.001", volume, true},
    Atom{"Hz", "1", rate, true},
    Atom{"N", "1000", force, true},
    Atom{"Pa", "1000", pressure, true},
    Atom{"J", "1000", energy, true},
    Atom{"W", "1000", watt, true},
    Atom{"A", "1", current, true},
    Atom{"V", "1000", volt, true},
    Atom{"Bq", "1", rate, true},
    Atom{"Gy", "1", dose, true},
    Atom{"Sv", "1", dose, true},
    Atom{"bar", "100000000", pressure, true},
    Atom{"m[Hg]", "133322000", pressure, true},
    Atom{"m[H2O]", "9806650", pressure, true},
    Atom{"atm", "101325000", pressure},
    Atom{"cal", "4184", energy, true},
    Atom{"[Cal]", "4184000", energy},
    Atom{"t", "1000000", gram, true},
    Atom{"[in_i]", "0.0254", metre},
    Atom{"[ft_i]", "0.3048", metre},
    Atom{"[yd_i]", "0.9144", metre},
    Atom{"[mi_i]", "1609.344", metre},
    Atom{"[lb_av]", "453.59237", gram},
    Atom{"[oz_av]", "28.349523125", gram},
    Atom{"[gr]", "0.06479891", gram},
    Atom{"[foz_us]", "0.0000295735295625", volume},
    Atom{"[psi]", "6894757.293168", pressure},
    Atom{"kat", "602213670000000000000000", rate, true},
    Atom{"U", "10036894500000000", rate, true},
};

struct Prefix {
  std::string_view code;
  int power;
};
constexpr std::array prefixes = {
    Prefix{"da", 1},  Prefix{"Y", 24}, Prefix{"Z", 21}, Prefix{"E", 18}, Prefix{"P", 15},
    Prefix{"T", 12},  Prefix{"G", 9},  Prefix{"M", 6},  Prefix{"k", 3},  Prefix{"h", 2},
    Prefix{"d", -1},  Prefix{"c", -2}, Prefix{"m", -3}, Prefix{"u", -6}, Prefix{"n", -9},
    Prefix{"p", -12}, Prefix{"f", -15}};

std::optional<Decimal> power_of_ten(int power) {
  return Decimal::parse("1e" + std::to_string(power));
}

// A unit is kept as a fraction of two decimals until the end, so that "/L" stays exact.
struct Fraction {
  Decimal above{1};
  Decimal below{1};
  std::array<int8_t, 8> dimensions{};

  bool scale(const Decimal& by, bool divide) {
    Decimal& part = divide ? below : above;
    const std::optional<Decimal> product = part.times(by);
    if (product) part = *product;
    return product.has_value();
  }
  bool multiply(const Fraction& other, int exponent) {
    const int times = exponent < 0 ? -exponent : exponent;
    if (times > 16) return false;
    for (int i = 0; i < times; ++i) {
      if (!scale(other.above, exponent < 0) || !scale(other.below, exponent > 0)) return false;
    }
    for (size_t i = 0; i < dimensions.size(); ++i) {
      const int sum = dimensions[i] + other.dimensions[i] * exponent;
      if (sum > 100 || sum < -100) return false;
      dimensions[i] = static_cast<int8_t>(sum);
    }
    return true;
  }
};

std::optional<Fraction> find_atom(std::string_view code, bool prefixed) {
  for (const Atom& atom : atoms) {
    if (atom.code != code || (prefixed && !atom.metric)) continue;
    const std::optional<Decimal> factor = Decimal::parse(atom.factor);
    if (!factor) return std::nullopt;
    return Fraction{*factor, Decimal(1), atom.dimensions};
  }
  return std::nullopt;
}

std::optional<Fraction> find_unit(std::string_view code) {
  if (const auto atom = find_atom(code, false)) return atom;
  for (const Prefix& prefix : prefixes) {
    if (!code.starts_with(prefix.code) || code.size() == prefix.code.size()) continue;
    std::optional<Fraction> unit = find_atom(code.substr(prefix.code.size()), true);
    if (!unit) continue;
    // A negative power goes below, where it is a whole number.
    const std::optional<Decimal> power =
        power_of_ten(prefix.power < 0 ? -prefix.power : prefix.power);
    if (!power || !unit->scale(*power, prefix.power < 0)) return std::nullopt;
    return unit;
  }
  return std::nullopt;
}

class UcumParser {
 public:
  explicit UcumParser(std::string_view text) : text_(text) {}

  std::optional<Fraction> parse() {
    Fraction unit;
    if (!term(unit) || at_ != text_.size()) return std::nullopt;
    return unit;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool term(Fraction& out) {
    if (++depth_ > 20) return false;
    bool divide = false;
    if (peek() == '/') {
      divide = true;
      ++at_;
    }
    for (;;) {
      Fraction part;
      int exponent = 1;
      if (!component(part, exponent)) return false;
      if (!out.multiply(part, divide ? -exponent : exponent)) return false;
      if (peek() != '.' && peek() != '/') break;
      divide = text_[at_++] == '/';
    }
    --depth_;
    return true;
  }

  bool component(Fraction& out, int& exponent) {
    if (peek() == '(') {
      ++at_;
      if (!term(out) || peek() != ')') return false;
      ++at_;
      return true;
    }
    if (peek() == '{') return annotation();
    const size_t begin = at_;
    // A unit's name ends where its exponent begins; brackets hold digits of their own.
    bool bracket = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool in_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%' ||
                           c == '_' || c == '\'' || c == '"';
      if (c == '[') bracket = true;
      if (!bracket && !in_name) break;
      if (c == ']') bracket = false;
      ++at_;
    }
    const std::string_view code = text_.substr(begin, at_ - begin);
    if (code.empty()) {
      if (!number(out, exponent)) return false;
    } else {
      const std::optional<Fraction> unit = find_unit(code);
      if (!unit) return false;
      out = *unit;
      if (!read_exponent(exponent)) return false;
    }
    return peek() != '{' || annotation();
  }

  // "10*9", "10^9", or a plain factor.
  bool number(Fraction& out, int& exponent) {
    const size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    const std::optional<Decimal> factor = Decimal::parse(text_.substr(begin, at_ - begin));
    if (!factor) return false;
    out.above = *factor;
    if (text_.substr(begin, at_ - begin) == "10" && (peek() == '*' || peek() == '^')) {
      ++at_;
      return read_exponent(exponent);
    }
    return true;
  }

  bool read_exponent(int& exponent) {
    const size_t begin = at_;
    if (peek() == '-' || peek() == '+') ++at_;
    const size_t digits = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == digits) return at_ == begin;
    const size_t from = text_[begin] == '+' ? digits : begin;
    return std::from_chars(text_.data() + from, text_.data() + at_, exponent).ec == std::errc();
  }

  bool annotation() {
    const size_t end = text_.find('}', at_);
    if (end == text_.npos) return false;
    at_ = end + 1;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

std::optional<UcumUnit> to_unit(const Fraction& fraction) {
  UcumUnit unit;
  const std::optional<Decimal> factor = fraction.above.divided_by(fraction.below);
  if (!factor || factor->is_zero()) return std::nullopt;
  unit.factor = *factor;
  unit.dimensions = fraction.dimensions;
  return unit;
}

}  // namespace

std::optional<UcumUnit> parse_ucum(std::string_view unit) {
  const std::optional<Fraction> fraction = UcumParser(unit).parse();
  if (!fraction) return std::nullopt;
  return to_unit(*fraction);
}

std::optional<UcumUnit> calendar_duration(std::string_view word) {
  struct Entry {
    std::string_view word, factor;
    bool months = false;
  };
  constexpr std::array entries = {Entry{"year", "12", true}, Entry{"month", "1", true},
                                  Entry{"week", "604800"},   Entry{"day", "86400"},
                                  Entry{"hour", "3600"},     Entry{"minute", "60"},
                                  Entry{"second", "1"},      Entry{"millisecond", "0.001"}};
  for (const Entry& entry : entries) {
    const bool plural = word.size() == entry.word.size() + 1 && word.back() == 's';
    if (!word.starts_with(entry.word) || (word.size() != entry.word.size() && !plural)) continue;
    UcumUnit unit;
    unit.factor = *Decimal::parse(entry.factor);
    unit.dimensions[entry.months ? 7 : 1] = 1;
    return unit;
  }
  return std::nullopt;
}

std::string base_unit_text(const UcumUnit& unit) {
  constexpr std::array<std::string_view, 8> names = {"m", "s", "g", "rad", "K", "C", "cd", "mo"};
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (unit.dimensions[i] == 0) continue;
    if (!text.empty()) text += '.';
    text += names[i];
    if (unit.dimensions[i] != 1) text += std::to_string(unit.dimensions[i]);
  }
  return text.empty() ? "1" : text;
}

std::optional<UcumUnit> multiply(const UcumUnit& a, const UcumUnit& b, bool divide) {
  UcumUnit out;
  const std::optional<Decimal> factor =
      divide ? a.factor.divided_by(b.factor) : a.factor.times(b.factor);
  if (!factor) return std::nullopt;
  out.factor = *factor;
  for (size_t i = 0; i < out.dimensions.size(); ++i) {
    out.dimensions[i] =
        static_cast<int8_t>(a.dimensions[i] + (divide ? -b.dimensions[i] : b.dimensions[i]));
  }
  return out;
}

const UcumBase* ucum_base(std::string_view unit) {
  constexpr size_t most_kept = 2000;  // more are no units but noise
  thread_local std::map<std::string, std::optional<UcumBase>, std::less<>> kept;
  auto found = kept.find(unit);
  if (found == kept.end()) {
    if (kept.size() >= most_kept) kept.clear();
    std::optional<UcumBase> base;
    if (const auto parsed = parse_ucum(unit))
      base = UcumBase{parsed->factor, base_unit_text(*parsed)};
    found = kept.emplace(unit, std::move(base)).first;
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace passerelle::fhir
