#include "base/json_patch.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace passerelle::json {
namespace {

using Path = std::vector<std::string>;
using Steps = std::span<const std::string>;

std::string decode_token(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '~' && i + 1 < text.size();
    if (escaped) ++i;
    out += !escaped ? text[i] : text[i] == '1' ? '/' : '~';
  }
  return out;
}

bool well_escaped(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')))
      return false;
  return true;
}

Result<Path> parse_pointer(Value value) {
  const std::string_view text = value.string();
  if (!value.is_string() || (!text.empty() && text.front() != '/') || !well_escaped(text))
    return Error{ErrorCode::invalid, "it is no JSON Pointer: '" + std::string(text) + "'", "",
                 "write '/' before each name or index, such as /name/0/family"};
  Path path;
  if (text.empty()) return path;
  for (const std::string_view token : split(text.substr(1), '/'))
    path.push_back(decode_token(token));
  return path;
}

std::string written(Steps path) {
  std::string out;
  for (const std::string& token : path) out += "/" + token;
  return out;
}

Error not_there(const std::string& what) {
  return Error{ErrorCode::conflict, "the resource has nothing at " + what, "",
               "read the resource again and make the patch for what it says now"};
}

// Digits without leading zeros (RFC 6901, section 4).
std::optional<size_t> index_of(const std::string& token) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || token.empty() ||
      (token.size() > 1 && token[0] == '0'))
    return std::nullopt;
  return index;
}

std::optional<Value> child(Value parent, const std::string& token) {
  Value found;
  if (parent.is_object()) found = parent[token];
  if (parent.is_array()) {
    if (const auto index = index_of(token)) found = parent[*index];
  }
  return found.exists() ? std::optional(found) : std::nullopt;
}

Result<Value> find(Value root, Steps path) {
  Value at = root;
  for (size_t i = 0; i < path.size(); ++i) {
    const auto next = child(at, path[i]);
    if (!next) return not_there(written(path.subspan(0, i + 1)));
    at = *next;
  }
  return at;
}

enum class Change : uint8_t { add, remove, replace };

Result<Value> change_item(Document& document, Value array, const std::string& token, Change change,
                          Value value) {
  std::vector<Value> items(array.items().begin(), array.items().end());
  const bool adds = change == Change::add;
  if (adds && token == "-") return document.append(array, value);
  const auto index = index_of(token);
  if (!index || *index >= items.size() + (adds ? 1 : 0)) return not_there("[" + token + "]");
  const auto at = items.begin() + static_cast<ptrdiff_t>(*index);
  if (adds) items.insert(at, value);
  if (change == Change::remove) items.erase(at);
  if (change == Change::replace) *at = value;
  return document.array(items);
}

Result<Value> change_at(Document& document, Value at, Steps path, Change change, Value value) {
  if (path.empty()) {
    if (change == Change::remove)
      return Error{ErrorCode::invalid, "the whole cannot be removed", "", "delete the resource"};
    return value;
  }
  const std::string& token = path[0];
  const auto inner = child(at, token);
  if (path.size() > 1) {
    if (!inner) return not_there("/" + token);
    TRY(value, change_at(document, *inner, path.subspan(1), change, value));
    change = Change::replace;
  }
  if (at.is_array()) return change_item(document, at, token, change, value);
  if (!at.is_object() || (!inner && change != Change::add)) return not_there("/" + token);
  if (change == Change::remove) return document.without(at, token);
  return document.with(at, token, value);
}

// Of one operation, with what it needs already read.
struct Operation {
  std::string_view name;
  Path path, from;
  Value value;
};

struct OperationKind {
  std::string_view name;
  bool has_value, has_from;
};
constexpr OperationKind kinds[] = {
    {"add", true, false},  {"remove", false, false}, {"replace", true, false},
    {"move", false, true}, {"copy", false, true},    {"test", true, false},
};

Result<Operation> read_operation(Value item) {
  Operation operation;
  operation.name = item["op"].string();
  const auto kind = std::find_if(std::begin(kinds), std::end(kinds),
                                 [&](const OperationKind& k) { return k.name == operation.name; });
  if (kind == std::end(kinds))
    return Error{ErrorCode::invalid, "'" + std::string(operation.name) + "' is no operation", "op",
                 "use add, remove, replace, move, copy or test"};
  if (auto path = parse_pointer(item["path"]); path) {
    operation.path = std::move(*path);
  } else {
    path.error().where = "path";
    return path.error();
  }
  if (kind->has_from) {
    auto from = parse_pointer(item["from"]);
    if (!from) {
      from.error().where = "from";
      return from.error();
    }
    operation.from = std::move(*from);
  }
  operation.value = item["value"];
  if (kind->has_value && !operation.value.exists())
    return Error{ErrorCode::invalid, "'" + std::string(operation.name) + "' needs a value",
                 "value"};
  return operation;
}

bool is_inside(const Path& path, const Path& of) {
  return path.size() > of.size() && std::equal(of.begin(), of.end(), path.begin());
}

// What a patch may still bring in, as text, and how deep it may go. A copied value is shared, so
// that a few copies of copies would make a tree that no memory holds when it is written.
class Budget {
 public:
  Result<void> take(Value value, size_t depth) {
    if (depth + (value.is_array() || value.is_object() ? 1 : 0) > limits_.depth)
      return Error{ErrorCode::too_large,
                   "the result is nested deeper than " + std::to_string(limits_.depth), "",
                   "nest it less"};
    TRY_VOID(take_bytes(value.string().size() + value.number().size() + 2));
    for (const Value item : value.items()) TRY_VOID(take(item, depth + 1));
    for (const Member& member : value.members()) {
      TRY_VOID(take_bytes(member.name.size() + 3));
      TRY_VOID(take(member.value, depth + 1));
    }
    return {};
  }

 private:
  Result<void> take_bytes(size_t bytes) {
    if (bytes > left_)
      return Error{ErrorCode::too_large,
                   "the operations bring in more than " + std::to_string(limits_.bytes) + " bytes",
                   "", "copy less, or send the result itself"};
    left_ -= bytes;
    return {};
  }

  const Limits limits_{};
  size_t left_ = limits_.bytes;
};

Result<Value> apply_one(Document& document, Value target, const Operation& operation,
                        Budget& budget) {
  const auto change = [&](const Path& path, Change what, Value value) -> Result<Value> {
    if (what != Change::remove) TRY_VOID(budget.take(value, path.size()));
    return change_at(document, target, path, what, value);
  };
  if (operation.name == "add") return change(operation.path, Change::add, operation.value);
  if (operation.name == "remove") return change(operation.path, Change::remove, {});
  if (operation.name == "replace") return change(operation.path, Change::replace, operation.value);
  if (operation.name == "test") {
    TRY(const Value found, find(target, operation.path));
    if (equal(found, operation.value)) return target;
    return Error{ErrorCode::conflict,
                 "the test fails: " + written(operation.path) + " has another value", "",
                 "read the resource again and make the patch for what it says now"};
  }
  TRY(const Value value, find(target, operation.from));
  if (operation.name == "copy") return change(operation.path, Change::add, value);
  if (is_inside(operation.path, operation.from))
    return Error{ErrorCode::invalid, "a value cannot be moved into itself"};
  TRY(target, change(operation.from, Change::remove, {}));
  return change(operation.path, Change::add, value);
}

}  // namespace

Result<Value> apply_patch(Document& document, Value target, Value patch) {
  if (!patch.is_array())
    return Error{ErrorCode::invalid, "a JSON Patch is an array of operations", "",
                 R"(such as [{"op":"replace","path":"/active","value":false}])"};
  Budget budget;
  for (size_t i = 0; i < patch.size(); ++i) {
    auto operation = read_operation(patch[i]);
    Result<Value> changed = operation ? apply_one(document, target, *operation, budget)
                                      : Result<Value>(operation.error());
    if (!changed) {
      Error error = changed.error();
      error.where = "[" + std::to_string(i) + "]" + (error.where.empty() ? "" : "." + error.where);
      return error;
    }
    target = *changed;
  }
  return target;
}

}  // namespace passerelle::json
