// Filtering, projection, types, aggregation, tree navigation and utilities (FHIRPath 5.2, 5.8, 5.9,
// 6.3, 7).
#include <algorithm>
#include <array>

#include "fhir/path_functions.h"

namespace passerelle::fhir::path {
namespace {

using Answer = Result<Collection>;

void append(Collection& out, Collection items) {
  out.insert(out.end(), std::make_move_iterator(items.begin()),
             std::make_move_iterator(items.end()));
}

Answer where(Evaluator& evaluator, const Node& node, Collection focus) {
  Collection out;
  for (size_t i = 0; i < focus.size(); ++i) {
    TRY(const Collection items, evaluator.argument_on(node, 0, focus[i], i));
    TRY(const std::optional<bool> value, evaluator.condition(node, items));
    if (value == true) out.push_back(std::move(focus[i]));
  }
  return out;
}

Answer select(Evaluator& evaluator, const Node& node, Collection focus) {
  Collection out;
  for (size_t i = 0; i < focus.size(); ++i) {
    TRY(Collection items, evaluator.argument_on(node, 0, focus[i], i));
    append(out, std::move(items));
  }
  return out;
}

Answer repeat(Evaluator& evaluator, const Node& node, Collection focus) {
  Collection out;
  Collection fresh = std::move(focus);
  while (!fresh.empty()) {
    Collection next;
    for (size_t i = 0; i < fresh.size(); ++i) {
      TRY(Collection items, evaluator.argument_on(node, 0, fresh[i], i));
      for (Item& item : items) {
        TRY_VOID(evaluator.step(node, 1 + out.size()));
        if (contains_item(out, item)) continue;
        out.push_back(item);
        next.push_back(std::move(item));
      }
    }
    fresh = std::move(next);
  }
  return out;
}

Answer of_type(Evaluator& evaluator, const Node& node, Collection focus) {
  const TypeName& type = evaluator.program().types[node.value];
  std::erase_if(focus, [&](const Item& item) { return !is_of_type(item, type, true); });
  return focus;
}

Answer is(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.empty()) return focus;
  if (focus.size() > 1) return evaluator.error(node, "is() needs one item");
  const TypeName& type = evaluator.program().types[node.value];
  return one(make_boolean(is_of_type(focus[0], type, false)));
}

Answer as(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.size() > 1) {
    return evaluator.error(node, "as() needs one item; use ofType() for several");
  }
  return of_type(evaluator, node, std::move(focus));
}

// What type() gives: objects that live as long as the program.
json::Value type_info(const std::string& name) {
  static const json::Document document = [] {
    json::Document made;
    std::vector<json::Member> members;
    const auto add = [&](std::string_view space, std::string_view type) {
      const json::Value info =
          made.object({{"namespace", made.string(space)}, {"name", made.string(type)}});
      members.push_back({made.string(std::string(space) + "." + std::string(type)).string(), info});
    };
    for (const Type& type : definitions().types()) add("FHIR", type.name);
    for (const std::string_view type : {"Any", "Boolean", "Integer", "Decimal", "String", "Date",
                                        "DateTime", "Time", "Quantity"}) {
      add("System", type);
    }
    made.set_root(made.object(members));
    return made;
  }();
  return document.root()[name];
}

Answer type(Evaluator&, const Node&, Collection focus) {
  Collection out;
  for (const Item& item : focus) {
    Item info;
    info.value = type_info(type_name(item));
    out.push_back(std::move(info));
  }
  return out;
}

Answer aggregate(Evaluator& evaluator, const Node& node, Collection focus) {
  Collection total;
  if (node.argument_count > 1) {
    TRY(total, evaluator.argument(node, 1));
  }
  for (size_t i = 0; i < focus.size(); ++i) {
    TRY(Collection next, evaluator.argument_on(node, 0, focus[i], i, &total));
    total = std::move(next);
  }
  return total;
}

struct SortKey {
  std::vector<std::optional<Item>> parts;
  size_t place = 0;
};

// sort(), sort($this), sort(-birthDate, name): "-" before a key turns its order round.
Answer sort(Evaluator& evaluator, const Node& node, Collection focus) {
  std::vector<SortKey> keys(focus.size());
  std::vector<bool> descending;
  for (uint16_t a = 0; a < node.argument_count; ++a) {
    const Node& key =
        evaluator.program().nodes[evaluator.program().arguments[node.first_argument + a]];
    descending.push_back(key.op == Op::negate && key.value == 1);
  }
  for (size_t i = 0; i < focus.size(); ++i) {
    keys[i].place = i;
    if (node.argument_count == 0) keys[i].parts.push_back(focus[i]);
    for (uint16_t a = 0; a < node.argument_count; ++a) {
      TRY(const Collection items, evaluator.key_on(node, a, focus[i], i));
      if (items.size() > 1) return evaluator.error(node, "a sort key must be one item");
      keys[i].parts.push_back(items.empty() ? std::nullopt : std::optional<Item>(items[0]));
    }
  }
  if (descending.empty()) descending.push_back(false);
  // All orders are asked for first: an error cannot leave a sort.
  for (size_t part = 0; part < descending.size(); ++part) {
    for (size_t i = 1; i < keys.size(); ++i) {
      const auto& a = keys[0].parts[part];
      const auto& b = keys[i].parts[part];
      if (!a || !b) continue;
      const Result<std::optional<int>> order = compare_items(*a, *b);
      if (!order) return evaluator.error(node, order.error().message);
    }
  }
  std::stable_sort(keys.begin(), keys.end(), [&](const SortKey& x, const SortKey& y) {
    for (size_t part = 0; part < descending.size(); ++part) {
      const auto& a = x.parts[part];
      const auto& b = y.parts[part];
      int sign = 0;
      if (!a || !b) {
        sign = (a ? 1 : 0) - (b ? 1 : 0);  // what has no key comes first
      } else {
        const Result<std::optional<int>> order = compare_items(*a, *b);
        sign = order && *order ? **order : 0;
      }
      if (sign != 0) return descending[part] ? sign > 0 : sign < 0;
    }
    return false;
  });
  Collection out;
  for (const SortKey& key : keys) out.push_back(std::move(focus[key.place]));
  return out;
}

Answer children(Evaluator& evaluator, const Node& node, Collection focus) {
  Collection out;
  for (const Item& item : focus) append_all_children(out, item);
  TRY_VOID(evaluator.step(node, out.size()));
  return out;
}

Answer descendants(Evaluator& evaluator, const Node& node, Collection focus) {
  Collection out;
  for (const Item& item : focus) append_all_children(out, item);
  for (size_t i = 0; i < out.size(); ++i) {
    TRY_VOID(evaluator.step(node));
    const Item item = out[i];  // a copy: the collection grows
    append_all_children(out, item);
  }
  return out;
}

Answer trace(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> name, evaluator.string_argument(node, 0));
  if (!evaluator.context().trace) return focus;
  if (node.argument_count < 2) {
    evaluator.context().trace(name.value_or(""), focus);
    return focus;
  }
  Collection shown;
  for (size_t i = 0; i < focus.size(); ++i) {
    TRY(Collection items, evaluator.argument_on(node, 1, focus[i], i));
    append(shown, std::move(items));
  }
  evaluator.context().trace(name.value_or(""), shown);
  return focus;
}

Answer define_variable(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> name, evaluator.string_argument(node, 0));
  if (!name) return evaluator.error(node, "defineVariable() needs a name");
  Collection value = focus;
  if (node.argument_count > 1) {
    if (focus.size() == 1) {
      TRY(value, evaluator.argument_of(node, 1, focus[0]));
    } else {
      TRY(value, evaluator.argument(node, 1));
    }
  }
  TRY_VOID(evaluator.define_variable(node, *name, std::move(value)));
  return focus;
}

Answer iif(Evaluator& evaluator, const Node& node, Collection focus) {
  if (focus.size() > 1) return evaluator.error(node, "iif() needs one item at most before it");
  const auto branch = [&](size_t index) {
    return focus.empty() ? evaluator.argument(node, index)
                         : evaluator.argument_of(node, index, focus[0]);
  };
  TRY(const Collection condition, branch(0));
  TRY(const std::optional<bool> value, evaluator.condition(node, condition));
  if (!condition.empty() && to_system(condition[0]).kind != Kind::boolean) {
    return evaluator.error(node, "the condition of iif() must be true or false");
  }
  if (value == true) return branch(1);
  if (node.argument_count < 3) return Collection();
  return branch(2);
}

Answer coalesce(Evaluator& evaluator, const Node& node, Collection) {
  for (uint16_t i = 0; i < node.argument_count; ++i) {
    TRY(Collection items, evaluator.argument(node, i));
    if (!items.empty()) return items;
  }
  return Collection();
}

Answer now(Evaluator& evaluator, const Node&, Collection) {
  const Context& context = evaluator.context();
  return one(make_moment(Kind::date_time, moment_at(context.now, context.zone)));
}

Answer today(Evaluator& evaluator, const Node&, Collection) {
  const Context& context = evaluator.context();
  Moment moment = moment_at(context.now, context.zone);
  moment.precision = Moment::day;
  moment.zoned = false;
  return one(make_moment(Kind::date, moment));
}

Answer time_of_day(Evaluator& evaluator, const Node&, Collection) {
  const Context& context = evaluator.context();
  Moment moment = moment_at(context.now, context.zone);
  moment.zoned = false;
  return one(make_moment(Kind::time, moment));
}

constexpr std::array filter_table = {
    Function{"where", 1, 1, false, where},
    Function{"select", 1, 1, false, select},
    Function{"repeat", 1, 1, false, repeat},
    Function{"ofType", 1, 1, true, of_type},
    Function{"is", 1, 1, true, is},
    Function{"as", 1, 1, true, as},
    Function{"type", 0, 0, false, type},
    Function{"aggregate", 1, 2, false, aggregate},
    Function{"sort", 0, 0xff, false, sort},
    Function{"children", 0, 0, false, children},
    Function{"descendants", 0, 0, false, descendants},
    Function{"trace", 1, 2, false, trace},
    Function{"defineVariable", 1, 2, false, define_variable},
    Function{"iif", 2, 3, false, iif},
    Function{"coalesce", 1, 0xff, false, coalesce},
    Function{"now", 0, 0, false, now},
    Function{"today", 0, 0, false, today},
    Function{"timeOfDay", 0, 0, false, time_of_day},
};

}  // namespace

std::span<const Function> filter_functions() { return filter_table; }

}  // namespace passerelle::fhir::path
