#include "pathway/feel/type.h"

#include <array>

#include "pathway/feel/function.h"
#include "pathway/feel/program.h"

namespace passerelle::feel {
namespace {

struct Named {
  std::string_view name;
  Type::Kind kind;
};
// The names of table 54, then the spellings of earlier versions that models still carry.
constexpr std::array<Named, 20> named_types = {{
    {"Any", Type::Kind::any},
    {"Null", Type::Kind::null},
    {"boolean", Type::Kind::boolean},
    {"number", Type::Kind::number},
    {"string", Type::Kind::string},
    {"date", Type::Kind::date},
    {"time", Type::Kind::time},
    {"date and time", Type::Kind::date_time},
    {"days and time duration", Type::Kind::days_duration},
    {"years and months duration", Type::Kind::months_duration},
    {"dateTime", Type::Kind::date_time},
    {"dayTimeDuration", Type::Kind::days_duration},
    {"yearMonthDuration", Type::Kind::months_duration},
    {"any", Type::Kind::any},
    {"null", Type::Kind::null},
    {"context", Type::Kind::context},
    {"list", Type::Kind::list},
    {"function", Type::Kind::function},
    {"range", Type::Kind::range},
    {"text", Type::Kind::string},
}};

// Whether allowed values count.
enum class Allowed : uint8_t { asked, ignored };
bool fits(const Value& value, const Type& type, Allowed allowed);

bool list_conforms(const Value& value, const Type& type, Allowed allowed) {
  if (!value.is_list()) return false;
  if (type.element == nullptr) return true;
  for (const Value& item : value.items()) {
    if (!fits(item, *type.element, allowed)) return false;
  }
  return true;
}

bool context_conforms(const Value& value, const Type& type, Allowed allowed) {
  if (!value.is_context()) return false;
  for (const auto& [name, field] : type.fields) {
    const Value* member = value.find(name);
    if (member == nullptr) return false;
    if (field != nullptr && !fits(*member, *field, allowed)) return false;
  }
  return true;
}

bool range_conforms(const Value& value, const Type& type, Allowed allowed) {
  const RangeView* range = value.range();
  if (range == nullptr) return false;
  return type.element == nullptr ||
         (fits(range->low, *type.element, allowed) && fits(range->high, *type.element, allowed));
}

// Types of parameters must accept what the wanted ones may be given, the result must be what is
// wanted.
bool subtype(const Type* type, const Type* wanted) {
  if (wanted == nullptr || wanted->kind == Type::Kind::any) return true;
  if (type == nullptr || type->kind == Type::Kind::any) return false;
  if (type->kind == Type::Kind::null) return true;
  if (type->kind != wanted->kind) return false;
  for (const auto& [name, field] : wanted->fields) {
    bool found = false;
    for (const auto& [other, other_field] : type->fields) {
      found = found || (other == name && subtype(other_field.get(), field.get()));
    }
    if (!found) return false;
  }
  if (wanted->kind == Type::Kind::function) {
    if (type->parameters.size() != wanted->parameters.size()) return false;
    for (size_t i = 0; i < type->parameters.size(); ++i) {
      if (!subtype(wanted->parameters[i].get(), type->parameters[i].get())) return false;
    }
  }
  return subtype(type->element.get(), wanted->element.get());
}

bool function_conforms(const Value& value, const Type& type) {
  const Function* function = value.function();
  if (function == nullptr) return false;
  const bool any_function = type.element == nullptr && type.parameters.empty();
  if (any_function || function->form != Function::Form::closure) return true;
  const auto& code = function->program->functions[function->index];
  if (code.parameters.size() != type.parameters.size()) return false;
  for (size_t i = 0; i < code.parameters.size(); ++i) {
    if (!subtype(type.parameters[i].get(), code.types[i].get()) && code.types[i] != nullptr) {
      return false;
    }
  }
  // What is not known of a body's result is not held against it.
  const Type* result = code.result != nullptr ? code.result.get() : code.inferred.get();
  return result == nullptr || subtype(result, type.element.get());
}

bool fits(const Value& value, const Type& type, Allowed allowed) {
  if (type.kind == Type::Kind::any) return true;
  if (value.is_null()) return true;
  bool is = false;
  switch (type.kind) {
    case Type::Kind::any:
    case Type::Kind::null:
      break;
    case Type::Kind::boolean:
      is = value.is_boolean();
      break;
    case Type::Kind::number:
      is = value.is_number();
      break;
    case Type::Kind::string:
      is = value.is_string();
      break;
    case Type::Kind::date:
      is = value.kind() == Kind::date;
      break;
    case Type::Kind::time:
      is = value.kind() == Kind::time;
      break;
    case Type::Kind::date_time:
      is = value.kind() == Kind::date_time;
      break;
    case Type::Kind::days_duration:
      is = value.kind() == Kind::days_duration;
      break;
    case Type::Kind::months_duration:
      is = value.kind() == Kind::months_duration;
      break;
    case Type::Kind::list:
      is = list_conforms(value, type, allowed);
      break;
    case Type::Kind::context:
      is = context_conforms(value, type, allowed);
      break;
    case Type::Kind::range:
      is = range_conforms(value, type, allowed);
      break;
    case Type::Kind::function:
      is = function_conforms(value, type);
      break;
  }
  if (!is || type.allowed == nullptr || allowed == Allowed::ignored) return is;
  return type.allowed->admits(value);
}

}  // namespace

TypeRef Type::of(Kind kind) {
  static const std::array<TypeRef, 14> all = [] {
    std::array<TypeRef, 14> made;
    for (size_t i = 0; i < made.size(); ++i) {
      auto type = std::make_shared<Type>();
      type->kind = static_cast<Kind>(i);
      if (type->kind == Kind::function) type->name = "function";
      made[i] = type;
    }
    return made;
  }();
  return all[static_cast<size_t>(kind)];
}

TypeRef Type::any() { return of(Kind::any); }

TypeRef Type::list_of(TypeRef element) {
  auto type = std::make_shared<Type>();
  type->kind = Kind::list;
  type->element = std::move(element);
  return type;
}

TypeRef Type::context_of(std::vector<std::pair<std::string, TypeRef>> fields) {
  auto type = std::make_shared<Type>();
  type->kind = Kind::context;
  type->fields = std::move(fields);
  return type;
}

TypeRef Type::built_in(std::string_view name) {
  for (const Named& row : named_types) {
    if (row.name == name) return of(row.kind);
  }
  return nullptr;
}

bool conforms(const Value& value, const Type& type) { return fits(value, type, Allowed::asked); }

bool is_instance(const Value& value, const Type& type) {
  return fits(value, type, Allowed::ignored);
}

std::optional<Value> coerce(const Value& value, const Type& type) {
  if (conforms(value, type)) return value;
  if (value.is_list() && value.size() == 1 && type.kind != Type::Kind::list) {
    return coerce(value.at(0), type);
  }
  if (type.kind == Type::Kind::list && !value.is_list()) {
    const Value wrapped = Value::list({value});
    if (conforms(wrapped, type)) return wrapped;
  }
  if (type.kind == Type::Kind::date_time && value.kind() == Kind::date) {
    return date_time_from(value, Value::time(0, offset_zone(0)));
  }
  return std::nullopt;
}

std::string to_text(const Type& type) {
  switch (type.kind) {
    case Type::Kind::list:
      return "list<" + (type.element ? to_text(*type.element) : "Any") + ">";
    case Type::Kind::range:
      return "range<" + (type.element ? to_text(*type.element) : "Any") + ">";
    case Type::Kind::context: {
      std::string out = "context<";
      for (const auto& [name, field] : type.fields) {
        if (out.size() > 8) out += ", ";
        out += name + ": " + (field ? to_text(*field) : "Any");
      }
      return out + ">";
    }
    case Type::Kind::function: {
      std::string out = "function<";
      for (const auto& parameter : type.parameters) {
        if (out.size() > 9) out += ", ";
        out += parameter ? to_text(*parameter) : "Any";
      }
      return out + "> -> " + (type.element ? to_text(*type.element) : "Any");
    }
    case Type::Kind::any:
    case Type::Kind::null:
    case Type::Kind::boolean:
    case Type::Kind::number:
    case Type::Kind::string:
    case Type::Kind::date:
    case Type::Kind::time:
    case Type::Kind::date_time:
    case Type::Kind::days_duration:
    case Type::Kind::months_duration:
      break;
  }
  for (const Named& row : named_types) {
    if (row.kind == type.kind) return std::string(row.name);
  }
  return "Any";
}

}  // namespace passerelle::feel
