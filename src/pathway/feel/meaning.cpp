// What equality, order, membership and members mean (DMN 1.5, tables 51 to 60).
#include "pathway/feel/evaluator.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {

namespace {
bool same_items(const Value& a, const Value& b, bool& unknown) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto same = equal_values(a.at(i), b.at(i));
    unknown = unknown || !same;
    if (same && !*same) return false;
  }
  return true;
}

bool same_entries(const Value& a, const Value& b, bool& unknown) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const Value* other = b.find(a.key(i));
    if (other == nullptr) return false;
    const auto same = equal_values(a.at(i), *other);
    unknown = unknown || !same;
    if (same && !*same) return false;
  }
  return true;
}
}  // namespace

std::optional<bool> equal_values(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.kind() != b.kind()) {
    // A list of one and its item count as the same in few engines; the standard says no.
    return std::nullopt;
  }
  switch (a.kind()) {
    case Kind::number:
      return compare_numbers(a, b) == 0;
    case Kind::time:
    case Kind::date_time: {
      const auto order = compare_temporal(a, b, false);
      return order ? *order == 0 : false;
    }
    case Kind::list:
    case Kind::context: {
      bool unknown = false;
      const bool same = a.is_list() ? same_items(a, b, unknown) : same_entries(a, b, unknown);
      if (!same) return false;
      if (unknown) return std::nullopt;
      return true;
    }
    case Kind::null:
    case Kind::boolean:
    case Kind::string:
    case Kind::date:
    case Kind::days_duration:
    case Kind::months_duration:
    case Kind::range:
    case Kind::function:
      break;
  }
  return a == b;
}

std::optional<int> order_values(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return std::nullopt;
  if (a.kind() == Kind::time || a.kind() == Kind::date_time) return compare_temporal(a, b, false);
  return compare(a, b);
}

std::optional<bool> in_range(const RangeView& range, const Value& value) {
  if (range.detail == '!') {
    const auto equal = equal_values(value, range.low);
    return equal ? std::optional<bool>(!*equal) : std::nullopt;
  }
  bool inside = true;
  if (!range.low.is_null()) {
    const auto order = order_values(range.low, value);
    if (!order) return std::nullopt;
    inside = *order < 0 || (*order == 0 && range.low_closed);
  }
  if (!range.high.is_null()) {
    const auto order = order_values(value, range.high);
    if (!order) return std::nullopt;
    inside = inside && (*order < 0 || (*order == 0 && range.high_closed));
  }
  return inside;
}

Value make_range_checked(Value low, bool low_closed, Value high, bool high_closed, uint8_t form) {
  const auto ordered = [](const Value& value) {
    switch (value.kind()) {
      case Kind::number:
      case Kind::string:
      case Kind::date:
      case Kind::time:
      case Kind::date_time:
      case Kind::days_duration:
      case Kind::months_duration:
        return true;
      case Kind::null:
      case Kind::boolean:
      case Kind::list:
      case Kind::context:
      case Kind::range:
      case Kind::function:
        break;
    }
    return false;
  };
  if (form == '=' || form == '!') {
    return make_range(std::move(low), low_closed, std::move(high), high_closed, form);
  }
  if (low.is_null() && high.is_null()) return Value();
  if (form != 0 && ((form == '<' && high.is_null()) || (form == '>' && low.is_null()))) {
    return Value();
  }
  if (!low.is_null() && !ordered(low)) return Value();
  if (!high.is_null() && !ordered(high)) return Value();
  if (!low.is_null() && !high.is_null()) {
    const auto order = order_values(low, high);
    if (!order || *order > 0) return Value();
  }
  return make_range(std::move(low), low_closed, std::move(high), high_closed, form);
}

std::optional<Value> member_of(const Value& value, std::string_view name, uint32_t hash) {
  switch (value.kind()) {
    case Kind::context: {
      const Value* found = find_key(value, name, hash);
      return found == nullptr ? std::nullopt : std::optional<Value>(*found);
    }
    case Kind::list: {
      ListBuilder items(value.size());
      for (const Value& item : value.items()) {
        items.push(member_of(item, name, hash).value_or(Value()));
      }
      return items.build();
    }
    case Kind::range: {
      const RangeView& range = *value.range();
      if (name == "start") return range.low;
      if (name == "end") return range.high;
      if (name == "start included") return Value::boolean(range.low_closed);
      if (name == "end included") return Value::boolean(range.high_closed);
      return std::nullopt;
    }
    case Kind::date:
    case Kind::time:
    case Kind::date_time:
    case Kind::days_duration:
    case Kind::months_duration:
      return temporal_property(value, property_of(name));
    case Kind::null:
    case Kind::boolean:
    case Kind::number:
    case Kind::string:
    case Kind::function:
      break;
  }
  return std::nullopt;
}

Value negated_constant(const Value& number) { return negate_number(number); }

// ---- what is known of types ----

namespace {
TypeRef merged(const TypeRef& a, const TypeRef& b) {
  if (a == nullptr || b == nullptr || a->kind != b->kind) return nullptr;
  if (a->kind == Type::Kind::list || a->kind == Type::Kind::range) {
    auto type = std::make_shared<Type>();
    type->kind = a->kind;
    type->element = merged(a->element, b->element);
    return type;
  }
  if (a->kind != Type::Kind::context) return a;
  std::vector<std::pair<std::string, TypeRef>> fields = a->fields;
  for (const auto& field : b->fields) {
    bool known = false;
    for (auto& mine : fields) {
      if (mine.first != field.first) continue;
      mine.second = merged(mine.second, field.second);
      known = true;
    }
    if (!known) fields.push_back(field);
  }
  return Type::context_of(std::move(fields));
}
}  // namespace

TypeRef common_type(const std::vector<TypeRef>& types) {
  if (types.empty()) return nullptr;
  TypeRef common = types[0];
  for (size_t i = 1; i < types.size() && common != nullptr; ++i) {
    if (common != types[i]) common = merged(common, types[i]);
  }
  return common;
}

TypeRef member_type(const TypeRef& type, std::string_view name) {
  if (type == nullptr) return nullptr;
  switch (type->kind) {
    case Type::Kind::context:
      for (const auto& [field, field_type] : type->fields) {
        if (field == name) return field_type;
      }
      return nullptr;
    case Type::Kind::list: {
      const TypeRef element = member_type(type->element, name);
      return Type::list_of(element);
    }
    case Type::Kind::date:
    case Type::Kind::time:
    case Type::Kind::date_time:
      if (name == "time offset") return Type::of(Type::Kind::days_duration);
      if (name == "timezone") return Type::of(Type::Kind::string);
      return Type::of(Type::Kind::number);
    case Type::Kind::days_duration:
    case Type::Kind::months_duration:
      return Type::of(Type::Kind::number);
    case Type::Kind::range:
      return name == "start" || name == "end" ? type->element : nullptr;
    case Type::Kind::any:
    case Type::Kind::null:
    case Type::Kind::boolean:
    case Type::Kind::number:
    case Type::Kind::string:
    case Type::Kind::function:
      break;
  }
  return nullptr;
}

TypeRef result_type(const BuiltIn& function, const std::vector<TypeRef>& arguments) {
  // Lists keep what is known of their items where a function only chooses or orders them.
  static constexpr std::string_view keeping[] = {
      "sublist", "reverse", "sort", "distinct values", "remove", "list replace", "insert before"};
  for (const auto name : keeping) {
    if (name == function.name && !arguments.empty() && arguments[0] != nullptr &&
        arguments[0]->kind == Type::Kind::list) {
      return arguments[0];
    }
  }
  if (function.name == "concatenate" || function.name == "union") return common_type(arguments);
  return function.result == Type::Kind::any ? nullptr : Type::of(function.result);
}

std::optional<Value> fold_call(const Program& program, const BuiltIn& function,
                               const std::vector<uint32_t>& words) {
  std::vector<Value> arguments;
  for (size_t i = 1; i < words.size(); ++i) {
    const Node& node = program.nodes[words[i]];
    if (node.op != Op::constant) return std::nullopt;
    arguments.push_back(program.constants[node.a]);
  }
  Evaluation evaluation;
  evaluation.keep_notes = false;
  const auto none = std::make_shared<const Program>();
  Evaluator evaluator(none, {}, nullptr, evaluation);
  Call call{arguments, words[0], evaluator};
  Value value = function.call(call);
  if (value.is_null()) return std::nullopt;
  return value;
}

}  // namespace passerelle::feel
