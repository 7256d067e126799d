// Elements of resources as items: from JSON members to typed children.
#include "fhir/path_evaluator.h"

namespace passerelle::fhir::path {
namespace {

void append_value(Collection& out, const Field& field, json::Value value, json::Value extra) {
  if (!value.is_array() && !extra.is_array()) {
    if (value.is_null()) value = {};
    if (value.exists() || extra.exists()) out.push_back(child_item(field, value, extra));
    return;
  }
  const size_t count = std::max(value.size(), extra.size());
  for (size_t i = 0; i < count; ++i) {
    json::Value one = value[i];
    json::Value one_extra = extra[i];
    if (one.is_null()) one = {};
    if (one_extra.is_null()) one_extra = {};
    if (one.exists() || one_extra.exists()) out.push_back(child_item(field, one, one_extra));
  }
}

bool is_primitive(const Field& field) {
  return definitions().type(field.type).kind == TypeKind::primitive;
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
    if (is_extra) {
      if (!object[plain].exists()) append_value(out, *field, {}, member.value);
      continue;
    }
    const json::Value extra =
        is_primitive(*field) ? object["_" + std::string(plain)] : json::Value();
    append_value(out, *field, member.value, extra);
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

Item child_item(const Field& field, json::Value value, json::Value extra) {
  Item item;
  item.element = field.element;
  item.value = value;
  item.extra = extra;
  item.type = field.type;
  if (definitions().type(field.type).kind == TypeKind::resource) {
    item.type = definitions().find_resource(value["resourceType"].string());
    if (item.type != none) item.structure = definitions().type(item.type).structure;
  } else {
    item.structure = definitions().structure_of(field);
  }
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
  const json::Value extra = is_primitive(*field) ? object[name.extra] : json::Value();
  append_value(out, *field, object[name.text], extra);
}

void append_all_children(Collection& out, const Item& item) {
  if (item.kind != Kind::node || item.structure == none) return;
  const json::Value object = members_of(item);
  for (const json::Member& member : object.members()) {
    const bool is_extra = member.name.starts_with('_');
    const std::string_view name = is_extra ? member.name.substr(1) : member.name;
    const Field* field = definitions().find_field(item.structure, name);
    if (field == nullptr) continue;
    if (is_extra) {
      if (!object[name].exists()) append_value(out, *field, {}, member.value);
      continue;
    }
    const json::Value extra =
        is_primitive(*field) ? object["_" + std::string(name)] : json::Value();
    append_value(out, *field, member.value, extra);
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
