// Context functions (DMN 1.5, 10.3.4.11).
#include "pathway/feel/argument.h"

namespace passerelle::feel {
namespace {

Value get_value(Call& call) {
  const Value* context = argument(call, 0, Kind::context);
  const Value* key = context ? text_argument(call, 1) : nullptr;
  if (key == nullptr) return Value();
  const Value* found = call[0].find(key->text());
  if (found != nullptr) return *found;
  return call.fail("there is no entry '" + std::string(key->text()) + "'");
}

Value get_entries(Call& call) {
  const Value* context = argument(call, 0, Kind::context);
  if (context == nullptr) return Value();
  ListBuilder entries(context->size());
  for (size_t i = 0; i < context->size(); ++i) {
    entries.push(
        Value::context({{"key", Value::string(context->key(i))}, {"value", context->at(i)}}));
  }
  return entries.build();
}

// context([{key: "a", value: 1}]): a key twice has no meaning.
Value context_of(Call& call) {
  const Value* entries = list_argument(call, 0);
  if (entries == nullptr) return Value();
  ContextBuilder builder;
  std::vector<std::string_view> keys;
  for (const Value& entry : entries->items()) {
    const Value* key = entry.find("key");
    const Value* value = entry.find("value");
    if (key == nullptr || value == nullptr || !key->is_string()) {
      return call.fail("an entry needs a text as 'key' and a 'value'");
    }
    for (const auto& earlier : keys) {
      if (earlier == key->text()) {
        return call.fail("the key '" + std::string(key->text()) + "' stands there twice");
      }
    }
    if (!call.evaluator.spend(keys.size() + 1)) return Value();
    keys.push_back(key->text());
    builder.set(key->text(), *value);
  }
  return builder.build();
}

Value put(Call& call, const Value& context, std::span<const Value> keys, const Value& value) {
  if (!context.is_context()) return call.fail("what is to be changed is no context");
  if (keys.empty() || !keys[0].is_string()) return call.fail("a key must be a text");
  if (keys.size() == 1) return context.with(keys[0].text(), value);
  const Value* inner = context.find(keys[0].text());
  if (inner == nullptr) {
    return call.fail("there is no entry '" + std::string(keys[0].text()) + "'");
  }
  const Value changed = put(call, *inner, keys.subspan(1), value);
  return changed.is_null() ? Value() : context.with(keys[0].text(), changed);
}

Value context_put(Call& call) {
  const Value* context = argument(call, 0, Kind::context);
  if (context == nullptr) return Value();
  const Value keys = call[1];
  if (keys.is_list()) {
    if (keys.size() > max_depth) return call.fail("the path is too long");
    return put(call, call[0], keys.items(), call[2]);
  }
  return put(call, call[0], {&keys, 1}, call[2]);
}

Value context_put_key(Call& call) {
  if (call[1].is_list()) return call.fail("'key' is one key; a path is called 'keys'");
  return context_put(call);
}

Value context_merge(Call& call) {
  const Value* contexts = list_argument(call, 0);
  if (contexts == nullptr) return Value();
  ContextBuilder builder;
  for (const Value& context : contexts->items()) {
    if (!context.is_context()) return call.fail("context merge() merges contexts only");
    if (!call.evaluator.spend(context.size() * 8)) return Value();
    for (size_t i = 0; i < context.size(); ++i) builder.set(context.key(i), context.at(i));
  }
  return builder.build();
}

constexpr BuiltIn contexts[] = {
    {"get value", "m, key", get_value},
    {"get entries", "m", get_entries, Type::Kind::list},
    {"context", "entries", context_of, Type::Kind::context},
    // Calls by position take the first row: one key or a path of keys.
    {"context put", "context, keys, value", context_put, Type::Kind::context},
    {"context put", "context, key, value", context_put_key, Type::Kind::context},
    {"context merge", "contexts", context_merge, Type::Kind::context},
};

}  // namespace

std::span<const BuiltIn> context_built_ins() { return contexts; }

}  // namespace passerelle::feel
