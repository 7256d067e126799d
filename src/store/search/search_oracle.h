// The oracle of the property test: resources kept as their IndexValues, searches as what they mean,
// and a slow scan that decides by the words of the specification (R4 3.1.1.4). It shares with the
// store's search nothing but fold().
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "store/test_store.h"

namespace passerelle::store::oracle {

struct Resource {
  std::string type, id;
  Instant updated{};
  IndexValues values;
};

// By type and id; what is deleted is not here.
using World = std::map<std::pair<std::string, std::string>, Resource>;

// A condition as it is asked (text) and as it is meant (holds).
struct Asked {
  std::string name, value;
  std::function<bool(const World&, const Resource&)> holds;
};

using Test = std::function<bool(const IndexValue&)>;

inline bool any_value(const Resource& resource, const std::string& parameter, const Test& test) {
  return std::any_of(resource.values.begin(), resource.values.end(), [&](const IndexValue& value) {
    return value.parameter == parameter && test(value);
  });
}

// ---- The small vocabulary that values and operands are drawn from, so that they meet. ----

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_({.seed = seed, .purpose = purpose("search oracle")}) {}
  uint32_t below(uint32_t n) { return random_.below(n); }
  bool chance(uint32_t one_in) { return below(one_in) == 0; }
  template <class T>
  const T& of(const std::vector<T>& items) {
    return items[below(static_cast<uint32_t>(items.size()))];
  }

  std::string text() {
    return of<std::string>({"Éluard", "eluard", "Elu", "Paul Éluard", "Œuvre", "straße", "a", "ab",
                            "B,c", "x|y", "d$e", "q\\r", "Ωμέγα", "-"});
  }
  std::string system() { return of<std::string>({"", "s", "http://loinc.org", "S"}); }
  std::string code() { return of<std::string>({"a", "b", "A", "c|d", "e,f", "1"}); }
  std::string uri() {
    return of<std::string>({"http://x/a", "http://x/a/b", "http://x/ab", "http://x/", "urn:oid:1"});
  }
  std::string id() { return std::to_string(below(30)); }
  std::string type() { return chance(3) ? "B" : "A"; }
  std::string unit() { return of<std::string>({"", "kg", "g"}); }

 private:
  Random random_;
};

inline std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A date of some precision, as text and as the instants it stands for, both ends included.
struct Span {
  std::string text;
  int64_t first = 0, last = 0;
};
inline Span draw_span(Draw& draw) {
  using namespace std::chrono;
  const int y = 2018 + static_cast<int>(draw.below(4));
  const unsigned m = draw.chance(2) ? 1 + draw.below(2) : 12;
  const unsigned d = draw.chance(2) ? 1 + draw.below(3) : 28;
  const sys_days day = year(y) / month(m) / std::chrono::day(d);
  const auto ms = [](sys_days days) { return sys_time<Millis>(days).time_since_epoch().count(); };
  const std::string date = format_instant(Instant(day)).substr(0, 10);
  switch (draw.below(5)) {
    case 0:
      return {date.substr(0, 4), ms(year(y) / 1 / 1), ms(year(y + 1) / 1 / 1) - 1};
    case 1: {
      const year_month next = year(y) / month(m) + months(1);
      return {date.substr(0, 7), ms(year(y) / month(m) / 1), ms(next / 1) - 1};
    }
    case 2:
      return {date, ms(day), ms(day + days(1)) - 1};
    case 3: {
      const int64_t first = ms(day) + 3'600'000 * draw.below(3);
      return {format_instant(Instant(Millis(first))).substr(0, 16) + "Z", first, first + 59'999};
    }
    default: {
      const int64_t first = ms(day) + 3'600'000 * draw.below(3);
      return {format_instant(Instant(Millis(first))), first, first};
    }
  }
}

// A decimal in thousandths, with so many digits after the point.
struct Decimal {
  std::string text;
  int64_t thousandths = 0;
  int64_t unit = 1;  // of the last digit, in thousandths
};
inline Decimal draw_decimal(Draw& draw) {
  constexpr int64_t units[] = {1000, 100, 10, 1};
  const uint32_t digits = draw.below(4);
  const int64_t unit = units[digits];
  const int64_t value = (static_cast<int64_t>(draw.below(60)) - 20) * (unit == 1 ? 5 : unit);
  std::string text = std::to_string(std::llabs(value) / 1000);
  if (digits > 0) {
    const std::string fraction = std::to_string(1000 + std::llabs(value) % 1000).substr(1);
    text += "." + fraction.substr(0, digits);
  }
  return {(value < 0 ? "-" : "") + text, value, unit};
}
inline double as_double(int64_t thousandths) { return static_cast<double>(thousandths) / 1000; }

// ---- What a prefix means for a value [low, high] and an operand. ----

inline bool compare_dates(const std::string& prefix, const Span& o, int64_t first, int64_t last) {
  const bool contained = o.first <= first && last <= o.last;
  if (prefix == "ne") return !contained;
  if (prefix == "gt") return last > o.last;
  if (prefix == "lt") return first < o.first;
  if (prefix == "ge") return last > o.last || contained;
  if (prefix == "le") return first < o.first || contained;
  if (prefix == "sa") return first > o.last;
  if (prefix == "eb") return last < o.first;
  if (prefix == "ap") {
    const int64_t length = o.last - o.first + 1;
    return first <= o.last + length && last >= o.first - length;
  }
  return contained;
}

// In exact integers; twice, since half a unit of the last digit may be half a thousandth.
inline bool compare_numbers(const std::string& prefix, const Decimal& o, double low, double high) {
  const int64_t l = std::llround(low * 2000), h = std::llround(high * 2000);
  const int64_t v = o.thousandths * 2;
  const bool contained = v - o.unit <= l && h < v + o.unit;
  if (prefix == "ne") return !contained;
  if (prefix == "gt") return h > v;
  if (prefix == "lt") return l < v;
  if (prefix == "ge") return h >= v;
  if (prefix == "le") return l <= v;
  if (prefix == "sa") return l > v;
  if (prefix == "eb") return h < v;
  return contained;
}

inline bool below(const std::string& whole, const std::string& start) {
  return whole == start ||
         (whole.starts_with(start) && (start.back() == '/' || whole[start.size()] == '/'));
}

// ---- Values ----

inline void add_values(Draw& draw, IndexValues& values) {
  for (uint32_t n = draw.below(3); n > 0; --n) values.push_back(string_value("s", draw.text()));
  for (uint32_t n = draw.below(3); n > 0; --n) {
    values.push_back(token_value("t", draw.system(), draw.code()));
    if (draw.chance(2)) values.push_back(string_value("t:text", draw.text()));
  }
  for (uint32_t n = draw.below(3); n > 0; --n) {
    if (draw.chance(6)) {
      values.push_back({.parameter = "r", .type = SearchType::reference, .text = draw.uri()});
    } else {
      values.push_back(reference_value("r", draw.type(), draw.id()));
    }
    if (draw.chance(3)) values.push_back(token_value("r:identifier", draw.system(), draw.code()));
  }
  for (uint32_t n = draw.below(3); n > 0; --n) {
    const Span from = draw_span(draw), to = draw_span(draw);
    IndexValue value = {.parameter = "d", .type = SearchType::date};
    value.first = from.first;
    value.last = draw.chance(3) && to.last >= from.first ? to.last : from.last;
    if (draw.chance(10)) value.last = std::numeric_limits<int64_t>::max();
    if (draw.chance(10)) value.first = std::numeric_limits<int64_t>::min();
    values.push_back(value);
  }
  if (draw.chance(2)) {
    const double low = as_double(draw_decimal(draw).thousandths);
    values.push_back(number_value("n", low, draw.chance(3) ? low + 2.5 : low));
  }
  for (uint32_t tuple = 1; tuple <= draw.below(3); ++tuple) {
    const IndexValue q =
        quantity_value("q", as_double(draw_decimal(draw).thousandths), draw.system(), draw.unit());
    values.push_back(q);
    IndexValue one = token_value("c$1", draw.system(), draw.code()), two = q;
    two.parameter = "c$2";
    one.tuple = two.tuple = tuple;
    values.push_back(one);
    values.push_back(two);
  }
  if (draw.chance(2)) values.push_back(uri_value("u", draw.uri()));
}

}  // namespace passerelle::store::oracle
