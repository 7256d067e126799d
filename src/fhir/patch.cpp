#include "fhir/patch.h"

#include <algorithm>
#include <functional>

#include "base/json_patch.h"
#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/fhirpath.h"

namespace passerelle::fhir {
namespace {

// The value without what is empty; absent when nothing is left.
json::Value without_empty(json::Document& document, json::Value value) {
  if (value.is_array()) {
    std::vector<json::Value> items;
    for (const json::Value item : value.items())
      if (const json::Value kept = without_empty(document, item)) items.push_back(kept);
    return items.empty() ? json::Value() : document.array(items);
  }
  if (!value.is_object()) return value;
  std::vector<json::Member> members;
  for (const json::Member& member : value.members())
    if (const json::Value kept = without_empty(document, member.value))
      members.push_back({member.name, kept});
  return members.empty() ? json::Value() : document.object(members);
}

// As deep as a resource that is read may be: what is deeper could not be sent back, and operation
// after operation would nest without end.
constexpr unsigned deepest_result = 100;

bool is_deeper(json::Value value, unsigned levels) {
  if (!value.is_array() && !value.is_object()) return false;
  if (levels == 0) return true;
  for (const json::Value item : value.items())
    if (is_deeper(item, levels - 1)) return true;
  for (const json::Member& member : value.members())
    if (is_deeper(member.value, levels - 1)) return true;
  return false;
}

// ---- FHIRPath Patch: where things stand ----

// A member of an object, or one item of a member that is a list.
struct Step {
  std::string_view name;
  size_t index = 0;
  bool in_list = false;
};
using Steps = std::vector<Step>;

// The way from an object to what stands at `place`; false when it is not below.
bool locate(json::Value object, const json::Value* place, Steps& way) {
  const auto try_one = [&](const json::Value& value, Step step) {
    way.push_back(step);
    if (&value == place || locate(value, place, way)) return true;
    way.pop_back();
    return false;
  };
  for (const json::Member& member : object.members()) {
    if (try_one(member.value, {member.name})) return true;
    const auto items = member.value.items();
    for (size_t i = 0; i < items.size(); ++i)
      if (try_one(items[i], {member.name, i, true})) return true;
  }
  return false;
}

using Change = std::function<Result<json::Value>(json::Value object)>;

// The object anew, with what stands at the end of the way changed.
Result<json::Value> change_object(json::Document& document, json::Value object,
                                  std::span<const Step> way, const Change& change) {
  if (way.empty()) return change(object);
  const Step& step = way[0];
  const json::Value member = object[step.name];
  if (!step.in_list) {
    TRY(const json::Value made, change_object(document, member, way.subspan(1), change));
    return document.with(object, step.name, made);
  }
  std::vector<json::Value> items(member.items().begin(), member.items().end());
  TRY(items[step.index], change_object(document, items[step.index], way.subspan(1), change));
  return document.with(object, step.name, document.array(items));
}

// One occurrence of an element: "name", and of a primitive "_name" beside it.
struct Occurrence {
  json::Value value, extra;
};
using Occurrences = std::vector<Occurrence>;

json::Value or_null(json::Document& document, json::Value value) {
  return value.exists() ? value : document.null();
}
json::Value or_absent(json::Value value) { return value.is_null() ? json::Value() : value; }

Occurrences read_occurrences(json::Value object, const std::string& name) {
  const json::Value value = object[name], extra = object["_" + name];
  if (!value.is_array() && !extra.is_array()) {
    if (!value.exists() && !extra.exists()) return {};
    return {{value, extra}};
  }
  Occurrences occurrences(std::max(value.size(), extra.size()));
  for (size_t i = 0; i < occurrences.size(); ++i)
    occurrences[i] = {or_absent(value[i]), or_absent(extra[i])};
  return occurrences;
}

json::Value write_occurrences(json::Document& document, json::Value object, const std::string& name,
                              const Occurrences& occurrences, bool is_list) {
  const auto put = [&](const std::string& member, json::Value Occurrence::*part) {
    const bool any =
        std::any_of(occurrences.begin(), occurrences.end(),
                    [&](const Occurrence& occurrence) { return (occurrence.*part).exists(); });
    if (!any) {
      if (object[member].exists()) object = document.without(object, member);
      return;
    }
    std::vector<json::Value> items;
    for (const Occurrence& occurrence : occurrences)
      items.push_back(or_null(document, occurrence.*part));
    object = document.with(object, member, is_list ? document.array(items) : items[0]);
  };
  put(name, &Occurrence::value);
  put("_" + name, &Occurrence::extra);
  return object;
}

bool is_primitive(TypeIndex type) {
  return type != none && definitions().type(type).kind == TypeKind::primitive;
}

// ---- what an operation brings ----

struct Content {
  std::string_view type;  // "HumanName", "String"; "" of a group
  Occurrence occurrence;
  std::span<const json::Value> parts;  // of a group
};

Result<Content> read_content(json::Value part) {
  Content content;
  content.parts = part["part"].items();
  if (part["resource"].exists()) content.occurrence.value = part["resource"];
  for (const json::Member& member : part.members()) {
    if (member.name.size() > 5 && member.name.starts_with("value")) {
      content.type = member.name.substr(5);
      content.occurrence.value = member.value;
    } else if (member.name.size() > 6 && member.name.starts_with("_value")) {
      content.type = member.name.substr(6);
      content.occurrence.extra = member.value;
    }
  }
  if (content.occurrence.value.exists() || content.occurrence.extra.exists() ||
      !content.parts.empty())
    return content;
  return Error{ErrorCode::invalid,
               "the part '" + std::string(part["name"].string()) + "' has no value", "",
               "give it a value[x], or parts of its own for a group of elements"};
}

struct Named {
  std::string member;  // "birthDate", "valueQuantity"
  const Field* field = nullptr;
};

// How an element of a structure is written when it has this type.
Result<Named> name_element(StructureIndex structure, std::string_view name, std::string_view type) {
  const Definitions& d = definitions();
  Named named{std::string(name), nullptr};
  if (structure != none) {
    named.field = d.find_field(structure, name);
    const ElementIndex element = d.find_element(structure, name);
    if (named.field == nullptr && element != none && d.element(element).choice) {
      named.member += type;
      named.field = d.find_field(structure, named.member);
    }
  }
  if (named.field != nullptr) return named;
  const auto hints = structure == none ? std::vector<std::string>() : d.field_names(structure);
  return Error{ErrorCode::invalid,
               "there is no element " + passerelle::quoted(name) +
                   (type.empty() ? "" : " of the type " + std::string(type)) + " here",
               "", did_you_mean(name, hints)};
}

bool is_list(const Field& field) { return definitions().element(field.element).max != 1; }

// A group's parts as an object: {name: contact, part: [{name: name, valueHumanName: ...}]}.
Result<Occurrence> make_occurrence(json::Document& document, const Content& content,
                                   StructureIndex structure) {
  if (content.parts.empty()) return content.occurrence;
  json::Value object = document.object({});
  for (const json::Value part : content.parts) {
    TRY(const Content inner, read_content(part));
    TRY(const Named named, name_element(structure, part["name"].string(), inner.type));
    TRY(const Occurrence occurrence,
        make_occurrence(document, inner, definitions().structure_of(*named.field)));
    Occurrences occurrences = read_occurrences(object, named.member);
    occurrences.push_back(occurrence);
    if (occurrences.size() > 1 && !is_list(*named.field))
      return Error{ErrorCode::invalid,
                   passerelle::quoted(named.member) + " can be there only once"};
    object = write_occurrences(document, object, named.member, occurrences, is_list(*named.field));
  }
  return Occurrence{object, {}};
}

// ---- the operations ----

class PathPatch {
 public:
  PathPatch(json::Document& document, json::Value resource)
      : document_(document), resource_(resource) {}

  json::Value resource() const { return resource_; }

  Result<void> apply(json::Value operation) {
    const json::Value type = value_of(operation, "type", "valueCode");
    for (const Kind& kind : kinds)
      if (kind.name == type.string()) return (this->*kind.run)(operation);
    return Error{ErrorCode::invalid, passerelle::quoted(type.string()) + " is no operation", "type",
                 "use add, insert, delete, replace or move, as a valueCode"};
  }

 private:
  using Run = Result<void> (PathPatch::*)(json::Value operation);
  struct Kind {
    std::string_view name;
    Run run;
  };
  static const Kind kinds[5];

  // Where an element stands: the way to the object that has it, and which of its occurrences it is.
  struct Target {
    Steps owner;
    std::string name;
    size_t index = 0;
    bool in_list = false;
    path::Item item;
  };

  static json::Value part_of(json::Value operation, std::string_view name) {
    for (const json::Value part : operation["part"].items())
      if (part["name"].string() == name) return part;
    return {};
  }
  static json::Value value_of(json::Value operation, std::string_view name,
                              std::string_view member) {
    return part_of(operation, name)[member];
  }

  Result<path::Collection> find(json::Value operation) const {
    const json::Value text = value_of(operation, "path", "valueString");
    if (!text.is_string())
      return Error{ErrorCode::invalid, "the operation has no path", "path",
                   "name the element by a FHIRPath, as a valueString"};
    const auto at_path = [](Error error) {
      error.where = "path";
      return error;
    };
    const auto expression = path::compile(text.string(), resource_["resourceType"].string());
    if (!expression) return at_path(expression.error());
    auto found = path::evaluate(*expression, resource_);
    if (!found) return at_path(found.error());
    for (const path::Item& item : *found)
      if (item.kind != path::Kind::node)
        return Error{
            ErrorCode::invalid,
            passerelle::quoted(text.string()) + " gives a value, not an element of the resource",
            "path"};
    return found;
  }

  Result<path::Item> find_one(json::Value operation) const {
    TRY(const path::Collection found, find(operation));
    if (found.size() == 1) return found[0];
    return Error{ErrorCode::conflict,
                 passerelle::quoted(value_of(operation, "path", "valueString").string()) +
                     " finds " +
                     (found.empty() ? "nothing" : std::to_string(found.size()) + " elements") +
                     " in the resource, and must find one",
                 "path", found.empty() ? "" : "choose one with where(...) or [index]"};
  }

  Result<Target> target_of(const path::Item& item) const {
    Target target;
    target.item = item;
    if (item.place == nullptr || !locate(resource_, item.place, target.owner))
      return Error{ErrorCode::invalid, "the path finds the resource itself", "path",
                   "name an element in it"};
    const Step last = target.owner.back();
    target.owner.pop_back();
    target.name = std::string(last.name.starts_with('_') ? last.name.substr(1) : last.name);
    target.index = last.index;
    target.in_list = last.in_list;
    return target;
  }

  // Gives the occurrences of an element to `change`.
  Result<void> change_occurrences(
      const Target& target, const std::function<Result<void>(Occurrences& occurrences)>& change) {
    TRY(resource_, change_object(document_, resource_, target.owner,
                                 [&](json::Value object) -> Result<json::Value> {
                                   Occurrences occurrences = read_occurrences(object, target.name);
                                   TRY_VOID(change(occurrences));
                                   return write_occurrences(document_, object, target.name,
                                                            occurrences, target.in_list);
                                 }));
    return {};
  }

  // Gives the object of an element's children to `change`; of a primitive, that of "_name".
  Result<void> change_inside(const path::Item& item, const Change& change) {
    if (item.place == nullptr) {
      TRY(resource_, change(resource_));
      return {};
    }
    TRY(const Target target, target_of(item));
    return change_occurrences(target, [&](Occurrences& occurrences) -> Result<void> {
      Occurrence& occurrence = occurrences[target.index];
      json::Value& object = is_primitive(item.type) ? occurrence.extra : occurrence.value;
      TRY(object, change(object.exists() ? object : document_.object({})));
      return {};
    });
  }

  Result<Content> content_of(json::Value operation) const {
    const json::Value part = part_of(operation, "value");
    if (!part.exists()) return Error{ErrorCode::invalid, "the operation has no value", "value"};
    return read_content(part);
  }

  Result<void> add(json::Value operation) {
    TRY(const path::Item item, find_one(operation));
    const std::string_view name = value_of(operation, "name", "valueString").string();
    if (name.empty())
      return Error{ErrorCode::invalid, "the operation does not say which element to add", "name"};
    TRY(const Content content, content_of(operation));
    TRY(const Named named, name_element(item.structure, name, content.type));
    TRY(const Occurrence occurrence,
        make_occurrence(document_, content, definitions().structure_of(*named.field)));
    return change_inside(item, [&](json::Value object) -> Result<json::Value> {
      Occurrences occurrences = read_occurrences(object, named.member);
      if (!occurrences.empty() && !is_list(*named.field))
        return Error{
            ErrorCode::conflict,
            passerelle::quoted(named.member) + " is there already and can be there only once",
            "name", "use replace"};
      occurrences.push_back(occurrence);
      return write_occurrences(document_, object, named.member, occurrences, is_list(*named.field));
    });
  }

  // All that the path finds are the occurrences of one list.
  Result<Target> find_list(json::Value operation) const {
    TRY(const path::Collection found, find(operation));
    const Error no_list{ErrorCode::conflict,
                        passerelle::quoted(value_of(operation, "path", "valueString").string()) +
                            " does not find all items of one list",
                        "path", "name the list itself, without [index]"};
    if (found.empty()) return no_list;
    TRY(const Target first, target_of(found[0]));
    if (!first.in_list) return no_list;
    for (size_t i = 0; i < found.size(); ++i) {
      TRY(const Target one, target_of(found[i]));
      const bool same = one.name == first.name && one.owner.size() == first.owner.size() &&
                        std::equal(one.owner.begin(), one.owner.end(), first.owner.begin(),
                                   [](const Step& a, const Step& b) {
                                     return a.name == b.name && a.index == b.index;
                                   });
      if (!same || one.index != i) return no_list;
    }
    return first;
  }

  Result<size_t> position(json::Value operation, std::string_view name, size_t limit) const {
    const auto index = value_of(operation, name, "valueInteger").integer();
    if (!index)
      return Error{ErrorCode::invalid, "the operation has no " + std::string(name),
                   std::string(name), "count from 0, as a valueInteger"};
    if (*index >= 0 && static_cast<size_t>(*index) < limit) return static_cast<size_t>(*index);
    return Error{ErrorCode::conflict,
                 "the list has no place " + std::to_string(*index) + " for this",
                 std::string(name)};
  }

  Result<void> insert(json::Value operation) {
    TRY(const Target list, find_list(operation));
    TRY(const Content content, content_of(operation));
    TRY(const Occurrence occurrence, make_occurrence(document_, content, list.item.structure));
    return change_occurrences(list, [&](Occurrences& occurrences) -> Result<void> {
      TRY(const size_t index, position(operation, "index", occurrences.size() + 1));
      occurrences.insert(occurrences.begin() + static_cast<ptrdiff_t>(index), occurrence);
      return {};
    });
  }

  Result<void> erase(json::Value operation) {
    TRY(const path::Collection found, find(operation));
    if (found.empty()) return {};  // what is not there needs no deleting
    TRY(const path::Item item, find_one(operation));
    TRY(const Target target, target_of(item));
    return change_occurrences(target, [&](Occurrences& occurrences) -> Result<void> {
      occurrences.erase(occurrences.begin() + static_cast<ptrdiff_t>(target.index));
      return {};
    });
  }

  Result<void> replace(json::Value operation) {
    TRY(const path::Item item, find_one(operation));
    TRY(const Target target, target_of(item));
    TRY(const Content content, content_of(operation));
    TRY(const Occurrence occurrence, make_occurrence(document_, content, item.structure));
    const Element& element = definitions().element(item.element);
    if (!element.choice)
      return change_occurrences(target, [&](Occurrences& occurrences) -> Result<void> {
        occurrences[target.index] = occurrence;
        return {};
      });
    // value[x] may become another type, and so another member.
    TRY(const Named named, name_element(element.parent, element.name, content.type));
    TRY(resource_,
        change_object(
            document_, resource_, target.owner, [&](json::Value object) -> Result<json::Value> {
              object = write_occurrences(document_, object, target.name, {}, false);
              return write_occurrences(document_, object, named.member, {occurrence}, false);
            }));
    return {};
  }

  Result<void> move(json::Value operation) {
    TRY(const Target list, find_list(operation));
    return change_occurrences(list, [&](Occurrences& occurrences) -> Result<void> {
      TRY(const size_t from, position(operation, "source", occurrences.size()));
      TRY(const size_t to, position(operation, "destination", occurrences.size()));
      const Occurrence occurrence = occurrences[from];
      occurrences.erase(occurrences.begin() + static_cast<ptrdiff_t>(from));
      occurrences.insert(occurrences.begin() + static_cast<ptrdiff_t>(to), occurrence);
      return {};
    });
  }

  json::Document& document_;
  json::Value resource_;
};

const PathPatch::Kind PathPatch::kinds[5] = {
    {"add", &PathPatch::add},         {"insert", &PathPatch::insert}, {"delete", &PathPatch::erase},
    {"replace", &PathPatch::replace}, {"move", &PathPatch::move},
};

}  // namespace

Result<json::Value> apply_json_patch(json::Document& document, json::Value resource,
                                     json::Value operations) {
  TRY(const json::Value changed, json::apply_patch(document, resource, operations));
  return without_empty(document, changed);
}

Result<json::Value> apply_path_patch(json::Document& document, json::Value resource,
                                     json::Value parameters) {
  if (parameters["resourceType"].string() != "Parameters")
    return Error{ErrorCode::invalid, "a FHIRPath Patch is a Parameters resource", "resourceType",
                 "send one, or a JSON Patch as application/json-patch+json"};
  PathPatch patch(document, resource);
  size_t number = 0;
  for (const json::Value parameter : parameters["parameter"].items()) {
    const std::string place = "Parameters.parameter[" + std::to_string(number++) + "]";
    if (parameter["name"].string() != "operation")
      return Error{ErrorCode::invalid,
                   passerelle::quoted(parameter["name"].string()) + " is no parameter of a patch",
                   place, "each parameter has the name 'operation'"};
    auto done = patch.apply(parameter);
    if (done && is_deeper(patch.resource(), deepest_result))
      return Error{ErrorCode::too_large,
                   "the result is nested deeper than " + std::to_string(deepest_result), place};
    if (done) continue;
    const std::string inside = done.error().where;
    done.error().where = place;
    if (!inside.empty()) done.error().message = inside + ": " + done.error().message;
    return done.error();
  }
  if (number == 0) return Error{ErrorCode::invalid, "the patch has no operation"};
  return patch.resource();
}

}  // namespace passerelle::fhir
