// Existence, subsetting and combining (FHIRPath, 5.1, 5.3, 5.4).
#include <algorithm>
#include <array>

#include "fhir/path_functions.h"

namespace passerelle::fhir::path {
namespace {

using Answer = Result<Collection>;

Answer boolean(bool value) { return one(make_boolean(value)); }

Answer empty(Evaluator&, const Node&, Collection focus) { return boolean(focus.empty()); }

Answer negation(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<bool> value, evaluator.condition(node, focus));
  return value ? boolean(!*value) : Answer(Collection());
}

Answer exists(Evaluator& evaluator, const Node& node, Collection focus) {
  if (node.argument_count == 0) return boolean(!focus.empty());
  for (size_t i = 0; i < focus.size(); ++i) {
    TRY(const Collection items, evaluator.argument_on(node, 0, focus[i], i));
    TRY(const std::optional<bool> value, evaluator.condition(node, items));
    if (value == true) return boolean(true);
  }
  return boolean(false);
}

Answer all(Evaluator& evaluator, const Node& node, Collection focus) {
  for (size_t i = 0; i < focus.size(); ++i) {
    TRY(const Collection items, evaluator.argument_on(node, 0, focus[i], i));
    TRY(const std::optional<bool> value, evaluator.condition(node, items));
    if (value != true) return boolean(false);
  }
  return boolean(true);
}

// Whether all (or any) items are this boolean.
template <bool wanted, bool every>
Answer booleans(Evaluator& evaluator, const Node& node, Collection focus) {
  for (const Item& item : focus) {
    const Item value = to_system(item);
    if (value.kind != Kind::boolean) return evaluator.error(node, "expected only true and false");
    if (every != (value.boolean == wanted)) return boolean(!every);
  }
  return boolean(every);
}

bool is_subset(const Collection& a, const Collection& b) {
  return std::all_of(a.begin(), a.end(), [&](const Item& item) { return contains_item(b, item); });
}

Answer subset_of(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const Collection other, evaluator.argument(node, 0));
  TRY_VOID(evaluator.step(node, focus.size() * other.size()));
  return boolean(is_subset(focus, other));
}

Answer superset_of(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const Collection other, evaluator.argument(node, 0));
  TRY_VOID(evaluator.step(node, focus.size() * other.size()));
  return boolean(is_subset(other, focus));
}

Answer count(Evaluator&, const Node&, Collection focus) {
  return one(make_integer(static_cast<int64_t>(focus.size())));
}

Answer distinct(Evaluator&, const Node&, Collection focus) {
  return distinct_items(std::move(focus));
}

Answer is_distinct(Evaluator&, const Node&, Collection focus) {
  const size_t before = focus.size();
  return boolean(distinct_items(std::move(focus)).size() == before);
}

Answer single(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.size() > 1) {
    return evaluator.error(node,
                           "single() found " + std::to_string(focus.size()) + " items, not one");
  }
  return focus;
}

Answer first(Evaluator&, const Node&, Collection focus) {
  if (focus.size() > 1) focus.resize(1);
  return focus;
}

Answer last(Evaluator&, const Node&, Collection focus) {
  return focus.empty() ? focus : one(std::move(focus.back()));
}

Collection without_first(Collection items, int64_t count) {
  const auto skipped = std::clamp<int64_t>(count, 0, static_cast<int64_t>(items.size()));
  items.erase(items.begin(), items.begin() + skipped);
  return items;
}

Answer tail(Evaluator&, const Node&, Collection focus) {
  return without_first(std::move(focus), 1);
}

Answer skip(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<int64_t> number, evaluator.integer_argument(node, 0));
  if (!number) return Collection();
  return without_first(std::move(focus), *number);
}

Answer take(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<int64_t> number, evaluator.integer_argument(node, 0));
  if (!number || *number <= 0) return Collection();
  if (*number < static_cast<int64_t>(focus.size())) focus.resize(static_cast<size_t>(*number));
  return focus;
}

Answer intersect(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const Collection other, evaluator.argument(node, 0));
  TRY_VOID(evaluator.step(node, focus.size() * other.size()));
  std::erase_if(focus, [&](const Item& item) { return !contains_item(other, item); });
  return distinct_items(std::move(focus));
}

Answer exclude(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const Collection other, evaluator.argument(node, 0));
  TRY_VOID(evaluator.step(node, focus.size() * other.size()));
  std::erase_if(focus, [&](const Item& item) { return contains_item(other, item); });
  return focus;
}

Answer combine(Evaluator& evaluator, const Node& node, Collection focus) {
  // name.select(use.union(given)): the argument is read on the same item.
  TRY(const Collection other, evaluator.argument(node, 0));
  focus.insert(focus.end(), other.begin(), other.end());
  return focus;
}

Answer merge(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(Collection both, combine(evaluator, node, std::move(focus)));
  return distinct_items(std::move(both));
}

constexpr std::array collection_table = {
    Function{"empty", 0, 0, false, empty},
    Function{"not", 0, 0, false, negation},
    Function{"exists", 0, 1, false, exists},
    Function{"all", 1, 1, false, all},
    Function{"allTrue", 0, 0, false, booleans<true, true>},
    Function{"anyTrue", 0, 0, false, booleans<true, false>},
    Function{"allFalse", 0, 0, false, booleans<false, true>},
    Function{"anyFalse", 0, 0, false, booleans<false, false>},
    Function{"subsetOf", 1, 1, false, subset_of},
    Function{"supersetOf", 1, 1, false, superset_of},
    Function{"count", 0, 0, false, count},
    Function{"distinct", 0, 0, false, distinct},
    Function{"isDistinct", 0, 0, false, is_distinct},
    Function{"single", 0, 0, false, single},
    Function{"first", 0, 0, false, first},
    Function{"last", 0, 0, false, last},
    Function{"tail", 0, 0, false, tail},
    Function{"skip", 1, 1, false, skip},
    Function{"take", 1, 1, false, take},
    Function{"intersect", 1, 1, false, intersect},
    Function{"exclude", 1, 1, false, exclude},
    Function{"combine", 1, 1, false, combine},
    Function{"union", 1, 1, false, merge},
};

}  // namespace

std::span<const Function> collection_functions() { return collection_table; }

}  // namespace passerelle::fhir::path
