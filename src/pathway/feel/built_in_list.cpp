// List functions (DMN 1.5, 10.3.4.4) and sorting.
#include <algorithm>

#include "pathway/feel/argument.h"
#include "pathway/feel/number.h"

namespace passerelle::feel {
namespace {

bool contains_item(std::span<const Value> items, const Value& wanted) {
  for (const Value& item : items) {
    if (equal_values(item, wanted).value_or(false)) return true;
  }
  return false;
}

Value list_contains(Call& call) {
  const Value* list = list_argument(call, 0);
  return list == nullptr ? Value() : Value::boolean(contains_item(list->items(), call[1]));
}

Value count(Call& call) {
  const Value* list = list_argument(call, 0);
  return list == nullptr ? Value() : Value::integer(static_cast<int64_t>(list->size()));
}

Value extreme(Call& call, bool smallest) {
  const Value* list = list_of_arguments(call);
  if (list == nullptr || list->size() == 0) return Value();
  Value best = list->at(0);
  for (const Value& item : list->items()) {
    const auto order = compare(item, best);
    if (!order) return call.fail("min() and max() need values of one kind that has an order");
    if (smallest ? *order < 0 : *order > 0) best = item;
  }
  return best;
}
Value minimum(Call& call) { return extreme(call, true); }
Value maximum(Call& call) { return extreme(call, false); }

// The list if all its items are numbers.
const Value* numbers(Call& call) {
  const Value* list = list_of_arguments(call);
  if (list == nullptr) return nullptr;
  for (const Value& item : list->items()) {
    if (item.is_number()) continue;
    call.fail("the list holds something that is no number");
    return nullptr;
  }
  return list;
}

Value total(std::span<const Value> items) {
  Value sum = Value::integer(0);
  for (const Value& item : items) {
    sum = add_numbers(sum, item);
    if (sum.is_null()) break;
  }
  return sum;
}

Value sum(Call& call) {
  const Value* list = numbers(call);
  return list == nullptr || list->size() == 0 ? Value() : total(list->items());
}

Value mean_of(std::span<const Value> items) {
  const Value sum_of_all = total(items);
  if (sum_of_all.is_null()) return Value();
  return divide_numbers(sum_of_all, Value::integer(static_cast<int64_t>(items.size())));
}

Value mean(Call& call) {
  const Value* list = numbers(call);
  return list == nullptr || list->size() == 0 ? Value() : mean_of(list->items());
}

Value product(Call& call) {
  const Value* list = numbers(call);
  if (list == nullptr || list->size() == 0) return Value();
  Value result = Value::integer(1);
  for (const Value& item : list->items()) {
    result = multiply_numbers(result, item);
    if (result.is_null()) return call.fail("the product is too large for a number");
  }
  return result;
}

std::vector<Value> sorted_numbers(const Value& list) {
  std::vector<Value> items(list.items().begin(), list.items().end());
  std::stable_sort(items.begin(), items.end(),
                   [](const Value& a, const Value& b) { return compare_numbers(a, b) < 0; });
  return items;
}

Value median(Call& call) {
  const Value* list = numbers(call);
  if (list == nullptr || list->size() == 0) return Value();
  const auto items = sorted_numbers(*list);
  const size_t middle = items.size() / 2;
  if (items.size() % 2 == 1) return items[middle];
  return mean_of(std::span<const Value>(items).subspan(middle - 1, 2));
}

// Of a sample: divided by n - 1.
Value deviation(Call& call) {
  const Value* list = numbers(call);
  if (list == nullptr) return Value();
  if (list->size() < 2) return call.fail("a standard deviation needs two numbers or more");
  const Value middle = mean_of(list->items());
  if (middle.is_null()) return Value();
  Value squares = Value::integer(0);
  for (const Value& item : list->items()) {
    const Value distance = subtract_numbers(item, middle);
    const Value square = distance.is_null() ? Value() : multiply_numbers(distance, distance);
    squares = square.is_null() ? Value() : add_numbers(squares, square);
    if (squares.is_null()) return Value();
  }
  return square_root(
      divide_numbers(squares, Value::integer(static_cast<int64_t>(list->size()) - 1)));
}

Value mode(Call& call) {
  const Value* list = numbers(call);
  if (list == nullptr) return Value();
  const auto items = sorted_numbers(*list);
  size_t most = 0;
  ListBuilder modes(4);
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < items.size();) {
      size_t next = i;
      while (next < items.size() && compare_numbers(items[i], items[next]) == 0) ++next;
      if (round == 0) most = std::max(most, next - i);
      if (round == 1 && next - i == most) modes.push(items[i]);
      i = next;
    }
  }
  return modes.build();
}

Value junction(Call& call, bool all) {
  const Value* list = list_of_arguments(call);
  if (list == nullptr) return Value();
  bool unknown = false;
  for (const Value& item : list->items()) {
    if (all ? item.is_false() : item.is_true()) return Value::boolean(!all);
    unknown = unknown || !item.is_boolean();
  }
  return unknown ? Value() : Value::boolean(all);
}
Value all(Call& call) { return junction(call, true); }
Value any(Call& call) { return junction(call, false); }

// A position from 1, or from the end below 0, as an index; nothing outside 0..limit.
std::optional<size_t> index_of_position(Call& call, size_t argument_index, size_t size,
                                        size_t limit) {
  const Value* number = number_argument(call, argument_index);
  if (number == nullptr) return std::nullopt;
  const auto position = number->integer();
  const auto length = static_cast<int64_t>(size);
  const int64_t index = !position                               ? -1
                        : *position > 0                         ? *position - 1
                        : *position < 0 && *position >= -length ? length + *position
                                                                : -1;
  if (index >= 0 && index < static_cast<int64_t>(limit)) return static_cast<size_t>(index);
  call.fail("the list has no position " + to_text(*number));
  return std::nullopt;
}

Value sublist(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  const auto first = index_of_position(call, 1, list->size(), list->size());
  if (!first) return Value();
  size_t length = list->size() - *first;
  if (call.count() > 2) {
    const Value* number = number_argument(call, 2);
    const auto wanted = number ? number->integer() : std::nullopt;
    if (!wanted || *wanted < 0 || static_cast<size_t>(*wanted) > length) {
      return number ? call.fail("the list has not that many items") : Value();
    }
    length = static_cast<size_t>(*wanted);
  }
  return Value::list(list->items().subspan(*first, length));
}

Value append(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  ListBuilder items(list->size() + call.count());
  for (const Value& item : list->items()) items.push(item);
  for (size_t i = 1; i < call.count(); ++i) items.push(call[i]);
  return call.evaluator.list_fits(items.size()) ? items.build() : Value();
}

// Nothing is copied where only one list has items.
Value concatenate(Call& call) {
  size_t total = 0, filled = 0, last = 0;
  for (size_t i = 0; i < call.count(); ++i) {
    const Value* list = list_argument(call, i);
    if (list == nullptr || !call.evaluator.list_fits(total + list->size())) return Value();
    if (list->size() == 0) continue;
    total += list->size();
    ++filled;
    last = i;
  }
  if (filled <= 1 && call.count() > 0) return call[last];
  ListBuilder items(total);
  for (const Value& list : call.arguments)
    for (const Value& item : list.items()) items.push(item);
  return items.build();
}

Value distinct(Call& call, std::span<const Value> items) {
  ListBuilder kept(items.size());
  for (const Value& item : items) {
    bool known = false;
    if (!call.evaluator.spend(kept.size() + 1)) return Value();
    for (size_t i = 0; i < kept.size() && !known; ++i) {
      known = equal_values(kept.at(i), item).value_or(false);
    }
    if (!known) kept.push(item);
  }
  return kept.build();
}

Value distinct_values(Call& call) {
  const Value* list = list_argument(call, 0);
  return list == nullptr ? Value() : distinct(call, list->items());
}
Value union_of(Call& call) {
  const Value joined = concatenate(call);
  return joined.is_null() ? Value() : distinct(call, joined.items());
}

Value insert_before(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  const auto index = index_of_position(call, 1, list->size(), list->size() + 1);
  if (!index) return Value();
  ListBuilder items(list->size() + 1);
  for (size_t i = 0; i <= list->size(); ++i) {
    if (i == *index) items.push(call[2]);
    if (i < list->size()) items.push(list->at(i));
  }
  return items.build();
}

Value remove(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  const auto index = index_of_position(call, 1, list->size(), list->size());
  if (!index) return Value();
  ListBuilder items(list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    if (i != *index) items.push(list->at(i));
  }
  return items.build();
}

Value list_replace(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  ListBuilder items(list->size());
  if (call[1].kind() == Kind::function) {
    for (const Value& item : list->items()) {
      Value arguments[] = {item, call[2]};
      const Value fits = call.evaluator.call(call[1], arguments);
      if (!fits.is_boolean()) return call.fail("the match function must give true or false");
      items.push(fits.is_true() ? call[2] : item);
    }
    return items.build();
  }
  const auto index = index_of_position(call, 1, list->size(), list->size());
  if (!index) return Value();
  for (size_t i = 0; i < list->size(); ++i) items.push(i == *index ? call[2] : list->at(i));
  return items.build();
}

Value reverse(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  ListBuilder items(list->size());
  for (size_t i = list->size(); i-- > 0;) items.push(list->at(i));
  return items.build();
}

Value index_of(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  ListBuilder places(4);
  for (size_t i = 0; i < list->size(); ++i) {
    if (equal_values(list->at(i), call[1]).value_or(false)) {
      places.push(Value::integer(static_cast<int64_t>(i) + 1));
    }
  }
  return places.build();
}

void flatten_into(ListBuilder& items, const Value& value) {
  if (!value.is_list()) return items.push(value);
  for (const Value& item : value.items()) flatten_into(items, item);
}
Value flatten(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  ListBuilder items(list->size());
  flatten_into(items, *list);
  return call.evaluator.list_fits(items.size()) ? items.build() : Value();
}

// A merge sort of our own: a function of the model may contradict itself, which std::sort must not
// meet.
template <class Before>
bool merge_sort(std::vector<Value>& items, const Before& before) {
  std::vector<Value> other(items.size());
  for (size_t width = 1; width < items.size(); width *= 2) {
    for (size_t from = 0; from < items.size(); from += 2 * width) {
      const size_t middle = std::min(from + width, items.size());
      const size_t end = std::min(from + 2 * width, items.size());
      size_t a = from, b = middle, to = from;
      while (a < middle && b < end) {
        const std::optional<bool> second = before(items[b], items[a]);
        if (!second) return false;
        other[to++] = std::move(*second ? items[b++] : items[a++]);
      }
      while (a < middle) other[to++] = std::move(items[a++]);
      while (b < end) other[to++] = std::move(items[b++]);
    }
    items.swap(other);
  }
  return true;
}

Value sort(Call& call) {
  const bool list_second = call[0].kind() == Kind::function && call.count() > 1;
  if (list_second) call[0].swap(call[1]);
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  std::vector<Value> items(list->items().begin(), list->items().end());
  if (!call.has(1)) {
    const bool sorted = merge_sort(items, [](const Value& a, const Value& b) {
      const auto order = compare(a, b);
      return order ? std::optional<bool>(*order < 0) : std::nullopt;
    });
    return sorted ? Value::list(std::move(items)) : call.fail("the items cannot be ordered");
  }
  const Value precedes = call[1];
  if (precedes.kind() != Kind::function) return call.fail_argument(1, "a function");
  const bool sorted = merge_sort(items, [&](const Value& a, const Value& b) -> std::optional<bool> {
    Value arguments[] = {a, b};
    const Value before = call.evaluator.call(precedes, arguments);
    if (!before.is_boolean()) return std::nullopt;
    if (!before.is_true()) return false;
    // Equal in its eyes: keep their order.
    Value turned[] = {b, a};
    return !call.evaluator.call(precedes, turned).is_true();
  });
  if (!sorted) return call.fail("the ordering function must give true or false");
  return Value::list(std::move(items));
}

constexpr BuiltIn lists[] = {
    {"list contains", "list, element", list_contains, Type::Kind::boolean},
    {"count", "list", count, Type::Kind::number},
    {"min", "list...", minimum},
    {"max", "list...", maximum},
    {"sum", "list...", sum, Type::Kind::number},
    {"mean", "list...", mean, Type::Kind::number},
    {"all", "list...", all, Type::Kind::boolean},
    {"any", "list...", any, Type::Kind::boolean},
    {"and", "list...", all, Type::Kind::boolean},
    {"or", "list...", any, Type::Kind::boolean},
    {"sublist", "list, start position, length?", sublist, Type::Kind::list},
    {"append", "list, item...", append, Type::Kind::list},
    {"concatenate", "list...", concatenate, Type::Kind::list},
    {"insert before", "list, position, newItem", insert_before, Type::Kind::list},
    {"remove", "list, position", remove, Type::Kind::list},
    {"list replace", "list, position, newItem", list_replace, Type::Kind::list, false, true},
    {"list replace", "list, match, newItem", list_replace, Type::Kind::list, false, true},
    {"reverse", "list", reverse, Type::Kind::list},
    {"index of", "list, match", index_of, Type::Kind::list},
    {"union", "list...", union_of, Type::Kind::list},
    {"distinct values", "list", distinct_values, Type::Kind::list},
    {"flatten", "list", flatten, Type::Kind::list},
    {"product", "list...", product, Type::Kind::number},
    {"median", "list...", median, Type::Kind::number},
    {"stddev", "list...", deviation, Type::Kind::number},
    {"mode", "list...", mode, Type::Kind::list},
    {"sort", "list, precedes?", sort, Type::Kind::list, false, true},
};

}  // namespace

std::span<const BuiltIn> list_built_ins() { return lists; }

}  // namespace passerelle::feel
