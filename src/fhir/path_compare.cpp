// Equality, equivalence and order of items (FHIRPath, "Equality", "Comparison").
#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "fhir/path_evaluator.h"
#include "fhir/ucum.h"

namespace passerelle::fhir::path {
namespace {

std::optional<UcumUnit> unit_of(const Box& box) {
  if (box.calendar) return calendar_duration(box.text);
  if (std::optional<UcumUnit> unit = parse_ucum(box.text)) return unit;
  return std::nullopt;
}

// -1, 0, 1; none when the units cannot be compared.
std::optional<int> compare_quantities(const Box& a, const Box& b) {
  if (a.text == b.text && a.calendar == b.calendar) return a.decimal.compare(b.decimal);
  const std::optional<UcumUnit> x = unit_of(a);
  const std::optional<UcumUnit> y = unit_of(b);
  if (!x || !y || x->dimensions != y->dimensions) return std::nullopt;
  const std::optional<Decimal> left = a.decimal.times(x->factor);
  const std::optional<Decimal> right = b.decimal.times(y->factor);
  if (!left || !right) {
    const double l = a.decimal.real() * x->factor.real();
    const double r = b.decimal.real() * y->factor.real();
    return l < r ? -1 : l > r ? 1 : 0;
  }
  return left->compare(*right);
}

// Lower case, white space as one space.
std::string normal_text(std::string_view text) {
  std::string out;
  for (const char c : lower(text)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    out += space ? ' ' : c;
  }
  return out;
}

bool equivalent_numbers(const Decimal& a, const Decimal& b) {
  const int scale = std::min(a.trimmed().scale(), b.trimmed().scale());
  const auto x = a.rounded(scale, Decimal::Rounding::half_away);
  const auto y = b.rounded(scale, Decimal::Rounding::half_away);
  return x && y && x->compare(*y) == 0;
}

// In the coarser of the two units, so that the less precise of the numbers says how near is near.
std::optional<bool> equivalent_quantities(const Box& a, const Box& b) {
  if (a.text == b.text && a.calendar == b.calendar) return equivalent_numbers(a.decimal, b.decimal);
  const std::optional<UcumUnit> x = unit_of(a);
  const std::optional<UcumUnit> y = unit_of(b);
  if (!x || !y || x->dimensions != y->dimensions) return std::nullopt;
  const bool left_coarser = x->factor.compare(y->factor) > 0;
  const UcumUnit& from = left_coarser ? *y : *x;
  const UcumUnit& to = left_coarser ? *x : *y;
  const std::optional<Decimal> base = (left_coarser ? b : a).decimal.times(from.factor);
  const std::optional<Decimal> moved = base ? base->divided_by(to.factor) : std::nullopt;
  if (!moved) return std::nullopt;
  return equivalent_numbers(*moved, (left_coarser ? a : b).decimal);
}

// Objects and arrays: members and items in any order, texts without regard to case.
bool equivalent_json(json::Value a, json::Value b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_string()) return normal_text(a.string()) == normal_text(b.string());
  if (a.is_object()) {
    if (a.size() != b.size()) return false;
    return std::all_of(a.members().begin(), a.members().end(), [&](const json::Member& member) {
      return equivalent_json(member.value, b[member.name]);
    });
  }
  if (a.is_array()) {
    if (a.size() != b.size()) return false;
    std::vector<bool> used(b.size());
    return std::all_of(a.items().begin(), a.items().end(), [&](json::Value item) {
      for (size_t i = 0; i < b.size(); ++i) {
        if (used[i] || !equivalent_json(item, b[i])) continue;
        used[i] = true;
        return true;
      }
      return false;
    });
  }
  return json::equal(a, b);
}

std::optional<bool> equal_system(const Item& a, const Item& b) {
  if (is_number(a) && is_number(b)) {
    if (a.kind == Kind::integer && b.kind == Kind::integer) return a.integer == b.integer;
    return decimal_of(a)->compare(*decimal_of(b)) == 0;
  }
  if (is_moment(a.kind) && is_moment(b.kind)) {
    if ((a.kind == Kind::time) != (b.kind == Kind::time)) return false;
    const std::optional<int> order = compare_moments(a.kind, a.box->moment, b.box->moment);
    if (!order) return std::nullopt;
    return *order == 0;
  }
  if (a.kind == Kind::quantity || b.kind == Kind::quantity) {
    const Item& other = a.kind == Kind::quantity ? b : a;
    if (other.kind != Kind::quantity && !is_number(other)) return false;
    Box one;
    one.text = "1";
    if (other.kind != Kind::quantity) one.decimal = *decimal_of(other);
    const Box& left = a.kind == Kind::quantity ? *a.box : one;
    const Box& right = b.kind == Kind::quantity ? *b.box : one;
    const std::optional<int> order = compare_quantities(left, right);
    if (!order) return std::nullopt;
    return *order == 0;
  }
  if (a.kind != b.kind) return false;
  if (a.kind == Kind::boolean) return a.boolean == b.boolean;
  if (a.kind == Kind::string) return a.box->text == b.box->text;
  return false;
}

}  // namespace

std::optional<bool> equal_items(const Item& left, const Item& right) {
  const Item a = to_system(left);
  const Item b = to_system(right);
  if (a.kind == Kind::node && b.kind == Kind::node) {
    return json::equal(a.value, b.value) && json::equal(a.extra, b.extra);
  }
  if (a.kind == Kind::node || b.kind == Kind::node) return false;
  return equal_system(a, b);
}

std::optional<bool> equal_collections(const Collection& a, const Collection& b) {
  if (a.empty() || b.empty()) return std::nullopt;
  if (a.size() != b.size()) return false;
  bool known = true;
  for (size_t i = 0; i < a.size(); ++i) {
    const std::optional<bool> same = equal_items(a[i], b[i]);
    if (same == false) return false;
    known = known && same.has_value();
  }
  if (!known) return std::nullopt;
  return true;
}

bool equivalent_items(const Item& left, const Item& right) {
  const Item a = to_system(left);
  const Item b = to_system(right);
  if (a.kind == Kind::node && b.kind == Kind::node) return equivalent_json(a.value, b.value);
  if (is_number(a) && is_number(b)) return equivalent_numbers(*decimal_of(a), *decimal_of(b));
  if (a.kind == Kind::string && b.kind == Kind::string) {
    return normal_text(a.box->text) == normal_text(b.box->text);
  }
  if (a.kind == Kind::node || b.kind == Kind::node) return false;
  if (a.kind == Kind::quantity && b.kind == Kind::quantity) {
    return equivalent_quantities(*a.box, *b.box).value_or(false);
  }
  return equal_system(a, b).value_or(false);
}

bool equivalent_collections(const Collection& a, const Collection& b) {
  if (a.size() != b.size()) return false;
  std::vector<bool> used(b.size());
  return std::all_of(a.begin(), a.end(), [&](const Item& item) {
    for (size_t i = 0; i < b.size(); ++i) {
      if (used[i] || !equivalent_items(item, b[i])) continue;
      used[i] = true;
      return true;
    }
    return false;
  });
}

bool contains_item(const Collection& items, const Item& item) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Item& other) { return equal_items(other, item) == true; });
}

Collection distinct_items(Collection items) {
  Collection out;
  std::unordered_set<std::string> texts;
  for (Item& item : items) {
    const Item plain = to_system(item);
    if (plain.kind == Kind::string) {
      if (texts.insert(plain.box->text).second) out.push_back(std::move(item));
    } else if (!contains_item(out, item)) {
      out.push_back(std::move(item));
    }
  }
  return out;
}

Result<std::optional<int>> compare_items(const Item& left, const Item& right) {
  const Item a = to_system(left);
  const Item b = to_system(right);
  if (is_number(a) && is_number(b)) {
    return std::optional<int>(decimal_of(a)->compare(*decimal_of(b)));
  }
  if (a.kind == Kind::string && b.kind == Kind::string) {
    const int order = a.box->text.compare(b.box->text);
    return std::optional<int>(order < 0 ? -1 : order > 0 ? 1 : 0);
  }
  if (is_moment(a.kind) && is_moment(b.kind) && (a.kind == Kind::time) == (b.kind == Kind::time)) {
    return compare_moments(a.kind, a.box->moment, b.box->moment);
  }
  if (a.kind == Kind::quantity && b.kind == Kind::quantity) {
    return compare_quantities(*a.box, *b.box);
  }
  return Error{ErrorCode::invalid,
               type_name(left) + " and " + type_name(right) + " cannot be compared"};
}

}  // namespace passerelle::fhir::path
