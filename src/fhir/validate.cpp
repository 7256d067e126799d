#include "fhir/validate.h"

#include <array>

#include "base/text.h"
#include "fhir/narrative.h"
#include "fhir/primitive.h"
#include "fhir/validator.h"

namespace passerelle::fhir {
namespace {

// No structure of R4 has more elements (a test holds it to that).
constexpr size_t max_elements = 128;

std::string excerpt(std::string_view text) {
  constexpr size_t shown = 60;
  if (text.size() <= shown) return "'" + std::string(text) + "'";
  size_t end = shown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return "'" + std::string(text.substr(0, end)) + "...'";
}

std::string shown(json::Value value) {
  return excerpt(value.is_string() ? std::string(value.string()) : json::write(value));
}

std::string_view kind_name(json::Value value) {
  constexpr std::array<std::string_view, 7> names = {
      "nothing", "null", "a boolean", "a number", "a string", "an array", "an object"};
  return names[static_cast<size_t>(value.kind())];
}

bool has_only_id(json::Value object) {
  return object.size() == 1 && object.members()[0].name == "id";
}

bool is_resource_type(const Type& type) { return type.kind == TypeKind::resource; }

}  // namespace

std::string to_path(const Place& place) {
  std::string path = place.parent == nullptr ? "" : to_path(*place.parent);
  if (!path.empty() && !place.name.empty()) path += '.';
  path += place.name;
  if (place.index >= 0) path += "[" + std::to_string(place.index) + "]";
  return path;
}

void Validator::add(std::string_view code, const Place& place, std::string message,
                    Severity severity) {
  if (!full()) issues_.push_back({severity, code, to_path(place), std::move(message)});
}

void Validator::check_root(json::Value resource) {
  begin_profiles(resource);
  check_resource(resource, Place{}, Role::root, nullptr);
}

void Validator::check_resource(json::Value resource, const Place& place, Role role,
                               const ResourceScope* container) {
  if (!resource.is_object()) {
    add("structure", place,
        "a resource must be a JSON object, not " + std::string(kind_name(resource)));
    return;
  }
  const json::Value type_name = resource["resourceType"];
  if (!type_name.is_string()) {
    add("structure", place, "a resource must say its type: \"resourceType\": \"Patient\"");
    return;
  }
  const TypeIndex type = definitions_.find_resource(type_name.string());
  if (type == none) {
    const std::string hint = closest(type_name.string(), definitions_.resource_names());
    add("structure", place,
        excerpt(type_name.string()) + " is not a resource type of FHIR R4" +
            (hint.empty() ? "" : "; did you mean '" + hint + "'?"));
    return;
  }
  if (role == Role::root && !options_.expected_type.empty() &&
      options_.expected_type != type_name.string()) {
    add("structure", place,
        "expected a " + std::string(options_.expected_type) + ", found a " +
            std::string(type_name.string()));
    return;
  }
  const ResourceScope scope{resource, container};
  const ResourceScope* const outer = scope_;
  const size_t before = issues_.size();
  scope_ = &scope;
  // "Patient" at the root; inside, the place that holds the resource is path enough.
  const Place root{nullptr, definitions_.type(type).name};
  const Place& here = role == Role::root ? root : place;
  if (role == Role::contained) check_contained(resource, here);
  const bool outer_transaction = in_transaction_;
  if (type_name.string() == "Bundle") {
    const std::string_view bundle = resource["type"].string();
    in_transaction_ = bundle == "transaction" || bundle == "batch";
  }
  const StructureIndex structure = definitions_.type(type).structure;
  check_object(resource, structure, here);
  check_invariants(definitions_.structure(structure).constraints, resource, {}, type, structure,
                   none, here);
  check_contained_used(resource, here);
  if (profiles_ != nullptr) check_profiles(resource, type, here, role, before);
  in_transaction_ = outer_transaction;
  scope_ = outer;
}

void Validator::check_contained(json::Value resource, const Place& place) {
  if (resource["contained"].exists()) {
    add("structure", place, "a contained resource cannot contain others: put them beside it");
  }
  if (!resource["id"].exists()) {
    add("required", place, "a contained resource needs an id, by which it is referred to");
  }
  const json::Value meta = resource["meta"];
  for (const std::string_view name : {"versionId", "lastUpdated", "security"}) {
    if (meta[name].exists()) {
      add("invariant", place, "a contained resource cannot have meta." + std::string(name));
    }
  }
}

void Validator::check_object(json::Value object, StructureIndex structure, const Place& place) {
  if (!object.is_object()) {
    add("structure", place,
        "expected an object with the elements of " +
            std::string(definitions_.structure(structure).path) + ", found " +
            std::string(kind_name(object)));
    return;
  }
  if (object.size() == 0) {
    add("structure", place, "an empty object has no meaning: leave the element out");
    return;
  }
  const bool resource =
      is_resource_type(definitions_.type(definitions_.structure(structure).type)) &&
      object["resourceType"].exists();
  for (const json::Member& member : object.members()) {
    if (full()) return;
    if (member.name == "resourceType" && resource) continue;
    const bool is_extra = !member.name.empty() && member.name[0] == '_';
    const std::string_view name = is_extra ? member.name.substr(1) : member.name;
    const Field* field = definitions_.find_field(structure, name);
    const bool primitive =
        field != nullptr && definitions_.type(field->type).kind == TypeKind::primitive;
    if (field == nullptr || (is_extra && !primitive)) {
      check_unknown(structure, member.name, place);
      continue;
    }
    const Element& element = definitions_.element(field->element);
    const Place inner{&place, element.name};
    if (is_extra) {
      // Together with the value, unless there is none.
      if (!object[name].exists()) check_member(*field, {}, member.value, inner);
      continue;
    }
    json::Value extra;
    if (primitive) {
      const std::string with_extra = "_" + std::string(name);
      extra = object[with_extra];
    }
    check_member(*field, member.value, extra, inner);
  }
  check_counts(object, structure, place);
}

void Validator::check_unknown(StructureIndex structure, std::string_view name, const Place& place) {
  const Structure& in = definitions_.structure(structure);
  const std::string path(in.path);
  const std::string known = excerpt(name);
  std::string message = known + " is not an element of " + path;
  std::string choices;
  for (const Field& field : in.fields) {
    const Element& element = definitions_.element(field.element);
    if (!element.choice || element.name != name) continue;
    choices += (choices.empty() ? "" : ", ") + std::string(field.name);
    if (choices.size() > 80) {
      choices += ", ...";
      break;
    }
  }
  if (!choices.empty()) {
    message = known + " of " + path + " carries its type in its name: " + choices;
  } else if (!name.empty() && name[0] == '_' &&
             definitions_.find_field(structure, name.substr(1))) {
    message = known + ": only primitive elements have such a member; put the extension inside " +
              excerpt(name.substr(1));
  } else if (const std::string hint = closest(name, definitions_.field_names(structure));
             !hint.empty()) {
    message += "; did you mean '" + hint + "'?";
  } else {
    message += " in FHIR R4; additional data goes into an extension";
  }
  add("structure", Place{&place, name}, std::move(message));
}

// How often each element occurs, choices together.
void Validator::check_counts(json::Value object, StructureIndex structure, const Place& place) {
  const Structure& in = definitions_.structure(structure);
  std::array<const Field*, max_elements> seen{};
  for (const json::Member& member : object.members()) {
    const bool is_extra = !member.name.empty() && member.name[0] == '_';
    const std::string_view name = is_extra ? member.name.substr(1) : member.name;
    const Field* field = definitions_.find_field(structure, name);
    if (field == nullptr) continue;
    const Field*& first = seen[field->element - in.first];
    if (first != nullptr && first != field) {
      const std::string_view base = definitions_.element(field->element).name;
      add("structure", Place{&place, base},
          "only one type of " + std::string(base) + " is allowed, found " + excerpt(first->name) +
              " and " + excerpt(field->name));
    }
    first = field;
  }
  for (uint16_t i = 0; i < in.count; ++i) {
    const Element& element = definitions_.element(static_cast<ElementIndex>(in.first + i));
    if (element.min == 0 || seen[i] != nullptr) continue;
    std::string name(element.name);
    if (element.choice) name += "[x]";
    add("required", Place{&place, element.name},
        excerpt(name) + " is missing: " + std::string(in.path) + " must have " +
            (element.max == 1 ? "one" : "at least " + std::to_string(element.min)));
  }
}

void Validator::check_member(const Field& field, json::Value value, json::Value extra,
                             const Place& place) {
  const Element& element = definitions_.element(field.element);
  if (element.max != 1) {
    check_repeats(field, value, extra, place);
    return;
  }
  if (value.is_array() || extra.is_array()) {
    add("structure", place, excerpt(field.name) + " occurs at most once: write it without [ ]");
    return;
  }
  if (element.max == 0) {
    add("structure", place, excerpt(field.name) + " is not allowed here");
    return;
  }
  check_one(field, value, extra, place);
}

void Validator::check_repeats(const Field& field, json::Value value, json::Value extra,
                              const Place& place) {
  const Element& element = definitions_.element(field.element);
  if ((value.exists() && !value.is_array()) || (extra.exists() && !extra.is_array())) {
    add("structure", place,
        excerpt(field.name) +
            " may repeat, so JSON writes it as an array even when there is one: [ ... ]");
    return;
  }
  if (value.exists() && value.size() == 0) {
    add("structure", place, "an empty array has no meaning: leave the element out");
    return;
  }
  const size_t count = std::max(value.size(), extra.size());
  if (value.exists() && extra.exists() && value.size() != extra.size()) {
    add("structure", place,
        "'" + std::string(field.name) + "' and '_" + std::string(field.name) +
            "' must be arrays of the same length, with null where there is nothing");
    return;
  }
  if (element.max != many && count > element.max) {
    add("structure", place,
        excerpt(field.name) + " occurs " + std::to_string(count) + " times, at most " +
            std::to_string(element.max) + " are allowed");
  }
  if (count < element.min) {
    add("required", place,
        excerpt(field.name) + " must occur at least " + std::to_string(element.min) + " times");
  }
  for (size_t i = 0; i < count && !full(); ++i) {
    json::Value item = value[i];
    json::Value item_extra = extra[i];
    const Place at{place.parent, place.name, static_cast<int>(i)};
    if (item_extra.is_null()) item_extra = {};
    if (item.is_null() && item_extra.exists()) item = {};
    check_one(field, item, item_extra, at);
  }
}

void Validator::check_one(const Field& field, json::Value value, json::Value extra,
                          const Place& place) {
  const Type& type = definitions_.type(field.type);
  const Element& element = definitions_.element(field.element);
  if (value.is_null()) {
    add("structure", place, "null has no meaning here: leave the element out");
    return;
  }
  if (type.kind == TypeKind::primitive) {
    check_primitive(field, value, extra, place);
  } else if (is_resource_type(type)) {
    const bool contained = element.name == "contained";
    check_resource(value, place, contained ? Role::contained : Role::inside,
                   contained ? scope_ : nullptr);
    return;
  } else {
    const StructureIndex structure = definitions_.structure_of(field);
    const size_t before = issues_.size();
    check_object(value, structure, place);
    // What follows needs a sound object.
    if (issues_.size() != before) return;
    if (has_only_id(value)) {
      add("invariant", place, "an id alone has no meaning: the element needs content (ele-1)");
    }
    if (type.name == "Reference") check_reference(field, value, place);
    if (type.name == "Extension") {
      check_extension(value, place);
      if (profiles_ != nullptr) check_extension_profile(field, value, place);
    }
    if (element.binding == Binding::required) check_concept(element, value, place);
    check_invariants(definitions_.structure(structure).constraints, value, {}, field.type,
                     structure, field.element, place);
  }
  check_invariants(element.constraints, value, extra, field.type, definitions_.structure_of(field),
                   field.element, place);
}

void Validator::check_primitive(const Field& field, json::Value value, json::Value extra,
                                const Place& place) {
  const Type& type = definitions_.type(field.type);
  if (extra.exists()) check_extra(field, extra, place);
  if (!value.exists()) {
    if (has_only_id(extra)) {
      add("invariant", place, "an id alone has no meaning: give a value or an extension (ele-1)");
    }
    return;
  }
  const std::string_view fault = primitive_fault(type.primitive, value);
  if (!fault.empty()) {
    const bool wrong_kind = value.is_array() || value.is_object();
    add(wrong_kind ? "structure" : "value", place, shown(value) + " " + std::string(fault));
    return;
  }
  const Element& element = definitions_.element(field.element);
  if (type.primitive == Primitive::xhtml) {
    std::string narrative = narrative_fault(value.string());
    if (!narrative.empty()) add("invalid", place, std::move(narrative));
  }
  if (element.binding == Binding::required) check_code(element, value, place);
}

void Validator::check_extra(const Field& field, json::Value extra, const Place& place) {
  check_object(extra, definitions_.type(field.type).structure, place);
}

void Validator::check_extension(json::Value extension, const Place& place) {
  bool value = false;
  for (const json::Member& member : extension.members()) {
    value = value || member.name.starts_with("value") || member.name.starts_with("_value");
  }
  const bool nested = extension["extension"].exists();
  if (value == nested) {
    add("invariant", place,
        value ? "an extension has a value or extensions inside, not both (ext-1)"
              : "an extension needs a value or extensions inside (ext-1)");
  }
}

std::vector<Issue> validate(json::Value resource, const ValidateOptions& options) {
  std::vector<Issue> issues;
  Validator(options, issues).check_root(resource);
  return issues;
}

}  // namespace passerelle::fhir
