// Elements of resources as items: from JSON members to typed children.
#include "fhir/path_evaluator.h"

namespace passerelle::fhir::path {
namespace {

// The member's value where it stands; null when there is no such member.
const json::Value* find_member(json::Value object, std::string_view name) {
  for (const json::Member& member : object.members())
    if (member.name == name) return &member.value;
  return nullptr;
}

const json::Value* there(const json::Value* value) {
  return value != nullptr && !value->is_null() ? value : nullptr;
}

void append_one(Collection& out, const Field& field, const json::Value* value,
                const json::Value* extra) {
  value = there(value);
  extra = there(extra);
  if (value == nullptr && extra == nullptr) return;
  Item& item = out.emplace_back();
  item.element = field.element;
  item.place = value != nullptr ? value : extra;
  if (value != nullptr) item.value = *value;
  if (extra != nullptr) item.extra = *extra;
  item.type = field.type;
  if (definitions().type(field.type).kind == TypeKind::resource) {
    item.type = definitions().find_resource(item.value["resourceType"].string());
    if (item.type != none) item.structure = definitions().type(item.type).structure;
  } else {
    item.structure = definitions().structure_of(field);
  }
}

// `value` and `extra` of "name" and "_name"; null = absent.
void append_value(Collection& out, const Field& field, const json::Value* value,
                  const json::Value* extra) {
  const auto items_of = [](const json::Value* list) {
    return list != nullptr ? list->items() : std::span<const json::Value>();
  };
  const bool is_list =
      (value != nullptr && value->is_array()) || (extra != nullptr && extra->is_array());
  if (!is_list) return append_one(out, field, value, extra);
  const std::span<const json::Value> values = items_of(value), extras = items_of(extra);
  for (size_t i = 0; i < std::max(values.size(), extras.size()); ++i)
    append_one(out, field, i < values.size() ? &values[i] : nullptr,
               i < extras.size() ? &extras[i] : nullptr);
}

bool is_primitive(const Field& field) {
  return definitions().type(field.type).kind == TypeKind::primitive;
}

// A member with its "_name"; a "_name" alone stands for itself.
void append_member(Collection& out, json::Value object, const json::Member& member,
                   const Field& field) {
  if (member.name.starts_with('_')) {
    if (!object[member.name.substr(1)].exists()) append_value(out, field, nullptr, &member.value);
    return;
  }
  append_value(out, field, &member.value,
               is_primitive(field) ? find_member(object, "_" + std::string(member.name)) : nullptr);
}

// The object that holds an item's members: of a primitive, that of "_name".
json::Value members_of(const Item& item) {
  return item.value.is_object() ? item.value : item.extra;
}

// value[x]: the member whose name begins with the element's and ends with a type.
void append_choice(Collection& out, const Item& item, json::Value object, const Name& name) {
  for (const json::Member& member : object.members()) {
    const bool is_extra = member.name.starts_with(name.extra);
    const std::string_view plain = is_extra ? member.name.substr(1) : member.name;
    if (!plain.starts_with(name.text) || plain.size() == name.text.size()) continue;
    const Field* field = definitions().find_field(item.structure, plain);
    if (field == nullptr || definitions().element(field->element).name != name.text) continue;
    append_member(out, object, member, *field);
  }
}

}  // namespace

Item root_item(json::Value resource) {
  Item item;
  item.value = resource;
  item.type = definitions().find_resource(resource["resourceType"].string());
  if (item.type != none) item.structure = definitions().type(item.type).structure;
  return item;
}

void append_children(Collection& out, const Item& item, const Name& name) {
  if (item.kind != Kind::node) return;
  const json::Value object = members_of(item);
  if (!object.is_object()) return;
  if (item.structure == none) {
    // Not of the FHIR model: what type() gives.
    const json::Value value = object[name.text];
    if (value.is_string()) out.push_back(make_string(std::string(value.string())));
    return;
  }
  const Field* field = definitions().find_field(item.structure, name.text);
  if (field == nullptr) {
    append_choice(out, item, object, name);
    return;
  }
  if (definitions().element(field->element).choice) return;  // only by its plain name
  append_value(out, *field, find_member(object, name.text),
               is_primitive(*field) ? find_member(object, name.extra) : nullptr);
}

void append_all_children(Collection& out, const Item& item) {
  if (item.kind != Kind::node || item.structure == none) return;
  const json::Value object = members_of(item);
  for (const json::Member& member : object.members()) {
    const bool is_extra = member.name.starts_with('_');
    const std::string_view name = is_extra ? member.name.substr(1) : member.name;
    const Field* field = definitions().find_field(item.structure, name);
    if (field == nullptr) continue;
    append_member(out, object, member, *field);
  }
}

bool has_value(const Item& item) {
  if (item.kind != Kind::node) return true;
  return item.value.exists() && !item.value.is_object() && !item.value.is_null();
}

bool is_of_type(const Item& item, const TypeName& type, bool exactly) {
  if (item.kind != Kind::node) {
    return type.any_system || (type.system != Kind::node && type.system == item.kind);
  }
  if (type.fhir == none || item.type == none) return false;
  const bool primitive = definitions().type(item.type).kind == TypeKind::primitive;
  // as() and ofType() take a code for no string, is() does (FHIR's own test suite).
  if (exactly && primitive) return item.type == type.fhir;
  return definitions().is_a(item.type, type.fhir);
}

}  // namespace passerelle::fhir::path
