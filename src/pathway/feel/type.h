// FEEL types (DMN 1.5, 10.3.2.11 and table 54): what `instance of`, typed parameters, item
// definitions and names with spaces after a dot need. Immutable, shared by all who mention them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pathway/feel/value.h"

namespace passerelle::feel {

struct Type;

// What narrows a type down: allowed values as unary tests, compiled with the model they stand in.
class Constraint {
 public:
  virtual ~Constraint() = default;
  virtual bool admits(const Value& value) const = 0;
  std::string text;  // as written, for messages
};

// Shared because a type definition and all that mention it own it alike.
using TypeRef = std::shared_ptr<const Type>;

struct Type {
  enum class Kind : uint8_t {
    any,
    null,
    boolean,
    number,
    string,
    date,
    time,
    date_time,
    days_duration,
    months_duration,
    list,      // element
    context,   // fields
    range,     // element
    function,  // parameters, element = result
  };
  Kind kind = Kind::any;
  TypeRef element;                                      // null = any
  std::vector<std::pair<std::string, TypeRef>> fields;  // of a context; empty = any context
  std::vector<TypeRef> parameters;                      // of a function
  std::shared_ptr<const Constraint> allowed;  // shared like the types it narrows; null = all
  std::string name;                           // of the item definition, for messages

  static TypeRef any();
  static TypeRef of(Kind kind);
  static TypeRef list_of(TypeRef element);
  static TypeRef context_of(std::vector<std::pair<std::string, TypeRef>> fields);
  // "number", "date and time", ...; null when the name is no built-in type.
  static TypeRef built_in(std::string_view name);
};

// Whether a value is of a type. null conforms to every type here; `instance of` asks before.
bool conforms(const Value& value, const Type& type);
// The same, answered only where the kind alone decides it; false may still conform.
inline bool conforms_at_once(const Value& value, const Type& type) {
  static_assert(static_cast<int>(Type::Kind::boolean) == static_cast<int>(Kind::boolean) + 1 &&
                static_cast<int>(Type::Kind::months_duration) ==
                    static_cast<int>(Kind::months_duration) + 1);
  return type.allowed == nullptr && type.kind >= Type::Kind::boolean &&
         type.kind <= Type::Kind::months_duration &&
         static_cast<int>(type.kind) == static_cast<int>(value.kind()) + 1;
}
// The same without the allowed values, which `instance of` does not look at.
bool is_instance(const Value& value, const Type& type);

// What the standard does where a value meets a declared type (10.3.2.9.4): itself, the only item of
// a list, a list of itself, a date as date and time; nothing when none of these conforms.
std::optional<Value> coerce(const Value& value, const Type& type);

std::string to_text(const Type& type);  // "list<number>", "context<a: number>"

}  // namespace passerelle::feel
