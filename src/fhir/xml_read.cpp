// read_xml(): the definitions say which JSON member an XML element is.
#include <utility>

#include "base/text.h"
#include "fhir/primitive.h"
#include "fhir/xml.h"
#include "fhir/xml_reader.h"

namespace passerelle::fhir {
namespace {

constexpr std::string_view fhir_uri = "http://hl7.org/fhir";
constexpr std::string_view xhtml_uri = "http://www.w3.org/1999/xhtml";

// The values of one JSON member while its object is read.
struct Gathered {
  const Field* field = nullptr;
  std::vector<json::Value> values;  // absent where there is only an extra
  std::vector<json::Value> extras;
  bool any_value = false;
  bool any_extra = false;
};

class Builder {
 public:
  Builder(std::string_view xml, const json::Limits& limits)
      : reader_(xml, {.depth = limits.depth}) {}

  Result<json::Document> read() {
    TRY(const XmlEvent first, reader_.next());
    if (first != XmlEvent::start) return reader_.error_here("there is no XML element");
    TRY(const json::Value root, resource(true));
    TRY(const XmlEvent last, reader_.next());
    if (last != XmlEvent::done) return reader_.error_here("there is more after the resource");
    document_.set_root(root);
    return std::move(document_);
  }

 private:
  // At the start of an element that is named like a resource type.
  Result<json::Value> resource(bool root) {
    const std::string name(reader_.name());
    TRY_VOID(check_space());
    const TypeIndex type = definitions_.find_resource(name);
    if (type == none) {
      const std::string hint = closest(name, definitions_.resource_names());
      return reader_.error_here("<" + name + "> is not a resource of FHIR R4" +
                                (hint.empty() ? "" : "; did you mean <" + hint + ">?"));
    }
    for (const XmlAttribute& attribute : reader_.attributes()) {
      // Where a schema lies says nothing about the resource.
      if (root && attribute.prefix == "xsi" && attribute.name == "schemaLocation") continue;
      return unknown_attribute(attribute, name);
    }
    std::vector<json::Member> members;
    members.push_back({"resourceType", document_.string(name)});
    TRY_VOID(children(definitions_.type(type).structure, members));
    return document_.object(members);
  }

  Result<void> check_space() const {
    if (reader_.uri() == fhir_uri) return {};
    return reader_.error_here("<" + std::string(reader_.name()) +
                              "> is not in the namespace of FHIR: write xmlns=\"" +
                              std::string(fhir_uri) + "\"");
  }

  Error unknown_attribute(const XmlAttribute& attribute, std::string_view element) const {
    return reader_.error_here("<" + std::string(element) + "> cannot have the attribute " +
                              quoted(attribute.name));
  }

  // Up to the end of the element whose start was read; its members go to `members`.
  Result<void> children(StructureIndex structure, std::vector<json::Member>& members) {
    std::vector<Gathered> gathered;
    for (;;) {
      TRY(const XmlEvent event, reader_.next());
      if (event == XmlEvent::end) break;
      if (event == XmlEvent::text) {
        if (!trim(reader_.text()).empty()) {
          return reader_.error_here(
              "text between elements has no meaning in FHIR: values stand in value=\"...\"");
        }
        continue;
      }
      TRY_VOID(child(structure, gathered));
    }
    for (const Gathered& one : gathered) append(one, members);
    return {};
  }

  Result<void> child(StructureIndex structure, std::vector<Gathered>& gathered) {
    const std::string name(reader_.name());
    const Field* field = definitions_.find_field(structure, name);
    if (field == nullptr) return unknown(structure, name);
    const Type& type = definitions_.type(field->type);
    const Element& element = definitions_.element(field->element);
    if (element.xml_attribute) {
      return reader_.error_here(quoted(name) + " must be an attribute, not an element");
    }
    Gathered* target = nullptr;
    for (Gathered& one : gathered) {
      if (one.field == field) target = &one;
    }
    if (target != nullptr && element.max == 1) {
      return reader_.error_here("<" + name + "> occurs twice, at most one is allowed");
    }
    if (target == nullptr) target = &gathered.emplace_back(Gathered{field});
    json::Value value;
    json::Value extra;
    if (type.primitive == Primitive::xhtml) {
      TRY(value, narrative());
    } else if (type.kind == TypeKind::resource) {
      TRY(value, inner_resource(name));
    } else if (type.kind == TypeKind::primitive) {
      TRY(const auto both, primitive(*field));
      std::tie(value, extra) = both;
    } else {
      TRY(value, complex(*field));
    }
    target->values.push_back(value);
    target->extras.push_back(extra);
    target->any_value = target->any_value || value.exists();
    target->any_extra = target->any_extra || extra.exists();
    return {};
  }

  Error unknown(StructureIndex structure, const std::string& name) const {
    const std::string hint = closest(name, definitions_.field_names(structure));
    return reader_.error_here(quoted(name) + " is not an element of " +
                              std::string(definitions_.structure(structure).path) +
                              (hint.empty() ? " in FHIR R4" : "; did you mean '" + hint + "'?"));
  }

  Result<json::Value> narrative() {
    if (reader_.uri() != xhtml_uri) {
      return reader_.error_here("narrative must be in the XHTML namespace: write <div xmlns=\"" +
                                std::string(xhtml_uri) + "\">");
    }
    const size_t begin = reader_.offset();
    TRY(const std::string_view text, reader_.rest_of_element());
    XmlReader alone(text);
    for (;;) {
      const Result<XmlEvent> event = alone.next();
      if (!event || (*event == XmlEvent::start && alone.uri() != xhtml_uri)) {
        return reader_.error_at(begin,
                                "narrative must declare its namespace on the <div> itself, without "
                                "a prefix, since JSON carries it alone");
      }
      if (*event == XmlEvent::done) return document_.string(text);
    }
  }

  // <contained><Patient>...</Patient></contained>
  Result<json::Value> inner_resource(const std::string& name) {
    TRY_VOID(check_space());
    if (!reader_.attributes().empty()) return unknown_attribute(reader_.attributes()[0], name);
    json::Value found;
    for (;;) {
      TRY(const XmlEvent event, reader_.next());
      if (event == XmlEvent::end) break;
      if (event == XmlEvent::text && trim(reader_.text()).empty()) continue;
      if (event == XmlEvent::text || found.exists()) {
        return reader_.error_here("<" + name + "> must hold one resource");
      }
      TRY(found, resource(false));
    }
    if (!found.exists()) return reader_.error_here("<" + name + "> must hold one resource");
    return found;
  }

  // The value, and the object of "_name".
  Result<std::pair<json::Value, json::Value>> primitive(const Field& field) {
    TRY_VOID(check_space());
    const Type& type = definitions_.type(field.type);
    json::Value value;
    std::vector<json::Member> extra;
    for (const XmlAttribute& attribute : reader_.attributes()) {
      if (attribute.prefix.empty() && attribute.name == "value") {
        const std::string_view fault = primitive_text_fault(type.primitive, attribute.value);
        if (!fault.empty()) {
          return reader_.error_here(quoted(attribute.value) + " of <" + std::string(field.name) +
                                    "> " + std::string(fault));
        }
        value = json_of(type.primitive, attribute.value);
      } else if (attribute.prefix.empty() && attribute.name == "id") {
        extra.push_back({"id", document_.string(attribute.value)});
      } else {
        return unknown_attribute(attribute, field.name);
      }
    }
    TRY_VOID(children(type.structure, extra));
    json::Value extra_value;
    if (!extra.empty()) extra_value = document_.object(extra);
    if (!value.exists() && !extra_value.exists()) {
      return reader_.error_here("<" + std::string(field.name) + "> needs a value=\"...\"");
    }
    return std::pair(value, extra_value);
  }

  json::Value json_of(Primitive type, const std::string& text) {
    if (type == Primitive::boolean) return document_.boolean(text == "true");
    if (!is_json_number(type)) return document_.string(text);
    return document_.number(text);
  }

  Result<json::Value> complex(const Field& field) {
    TRY_VOID(check_space());
    const StructureIndex structure = definitions_.structure_of(field);
    std::vector<json::Member> members;
    for (const XmlAttribute& attribute : reader_.attributes()) {
      const Field* known =
          attribute.prefix.empty() ? definitions_.find_field(structure, attribute.name) : nullptr;
      if (known == nullptr || !definitions_.element(known->element).xml_attribute) {
        return unknown_attribute(attribute, field.name);
      }
      members.push_back({known->name, document_.string(attribute.value)});
    }
    TRY_VOID(children(structure, members));
    if (members.empty()) {
      return reader_.error_here("<" + std::string(field.name) + "> is empty: leave it out");
    }
    return document_.object(members);
  }

  void append(const Gathered& one, std::vector<json::Member>& members) {
    const bool repeats = definitions_.element(one.field->element).max != 1;
    const auto value_of = [&](const std::vector<json::Value>& all) {
      if (!repeats) return all[0];
      std::vector<json::Value> items = all;
      for (json::Value& item : items) {
        if (!item.exists()) item = document_.null();
      }
      return document_.array(items);
    };
    const std::string_view name = one.field->name;
    if (one.any_value) members.push_back({name, value_of(one.values)});
    if (!one.any_extra) return;
    extra_names_.push_back("_" + std::string(name));
    members.push_back({extra_names_.back(), value_of(one.extras)});
  }

  const Definitions& definitions_ = definitions();
  XmlReader reader_;
  json::Document document_;
  std::deque<std::string> extra_names_;  // until the document has copied them
};

}  // namespace

Result<json::Document> read_xml(std::string_view xml, const json::Limits& limits) {
  if (xml.size() > limits.bytes) {
    return Error{ErrorCode::too_large,
                 "the XML is larger than " + std::to_string(limits.bytes) + " bytes"};
  }
  return Builder(xml, limits).read();
}

}  // namespace passerelle::fhir
