// How built-in functions read their arguments: a list of one counts as its item where no list is
// wanted, and the other way round (DMN 1.5, 10.3.2.9.4).
#pragma once

#include "pathway/feel/built_in.h"
#include "pathway/feel/evaluator.h"

namespace passerelle::feel {

// The argument if it is of the kind; else nothing, with a note.
inline const Value* argument(Call& call, size_t i, Kind kind) {
  if (i < call.count()) {
    Value& value = call[i];
    if (value.kind() == kind) return &value;
    if (value.is_list() && value.size() == 1 && value.at(0).kind() == kind) {
      value = Value(value.at(0));
      return &value;
    }
  }
  call.fail_argument(i, "a " + std::string(kind_name(kind)));
  return nullptr;
}

inline const Value* text_argument(Call& call, size_t i) { return argument(call, i, Kind::string); }
inline const Value* number_argument(Call& call, size_t i) {
  return argument(call, i, Kind::number);
}

// A list; a single value becomes a list of it. Nothing for null.
inline const Value* list_argument(Call& call, size_t i) {
  if (i < call.count() && !call[i].is_null()) {
    if (!call[i].is_list()) call[i] = Value::list({call[i]});
    return &call[i];
  }
  call.fail_argument(i, "a list");
  return nullptr;
}

// min(list) or min(a, b, c).
inline const Value* list_of_arguments(Call& call) {
  if (call.count() == 1) return list_argument(call, 0);
  Value all = Value::list(std::span<const Value>(call.arguments.data(), call.count()));
  call[0] = std::move(all);
  return &call[0];
}

}  // namespace passerelle::feel
