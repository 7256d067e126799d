// write_xml(): elements in the specification's order, which FHIR XML asks for.
#include <algorithm>

#include "fhir/definitions.h"
#include "fhir/narrative.h"
#include "fhir/xml.h"
#include "fhir/xml_reader.h"

namespace passerelle::fhir {
namespace {

class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}

  Result<std::string> write(json::Value resource) {
    out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    TRY_VOID(write_resource(resource, true));
    if (pretty_) out_ += '\n';
    return std::move(out_);
  }

 private:
  // One element that is to be written, with where it stands in the specification.
  struct Part {
    const Field* field = nullptr;
    json::Value value, extra;
  };

  Error error(std::string message) const {
    return Error{ErrorCode::invalid, std::move(message), path_};
  }

  void new_line() {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  // Adds to the path for as long as it lives.
  class Step {
   public:
    Step(Writer& writer, std::string_view name, size_t index, bool indexed)
        : writer_(writer), size_(writer.path_.size()) {
      if (!writer.path_.empty()) writer.path_ += '.';
      writer.path_ += name;
      if (indexed) writer.path_ += "[" + std::to_string(index) + "]";
    }
    ~Step() { writer_.path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Writer& writer_;
    size_t size_;
  };

  Result<void> write_resource(json::Value resource, bool root) {
    const std::string_view name = resource["resourceType"].string();
    const TypeIndex type = definitions_.find_resource(name);
    if (type == none) {
      return error("'" + std::string(name) + "' is not a resource type of FHIR R4");
    }
    if (root) path_ = name;
    new_line();
    out_ += '<';
    out_ += name;
    if (root) out_ += " xmlns=\"http://hl7.org/fhir\"";
    return write_inside(resource, {}, definitions_.type(type).structure, name, true);
  }

  // Attributes, children and the end of an element whose tag has begun. `primitive` is its value
  // attribute, when it has one.
  Result<void> write_inside(json::Value object, json::Value primitive, StructureIndex structure,
                            std::string_view name, bool resource) {
    TRY(const std::vector<Part> parts, parts_of(object, structure, resource));
    for (const Part& part : parts) {
      if (!definitions_.element(part.field->element).xml_attribute) continue;
      TRY_VOID(write_attribute(part.field->name, part.value));
    }
    if (primitive.exists()) TRY_VOID(write_attribute("value", primitive));
    bool children = false;
    for (const Part& part : parts) {
      if (definitions_.element(part.field->element).xml_attribute) continue;
      if (!children) out_ += '>';
      children = true;
      ++depth_;
      TRY_VOID(write_member(part));
      --depth_;
    }
    if (!children) {
      out_ += "/>";
      return {};
    }
    new_line();
    out_ += "</";
    out_ += name;
    out_ += '>';
    return {};
  }

  Result<std::vector<Part>> parts_of(json::Value object, StructureIndex structure, bool resource) {
    std::vector<Part> parts;
    for (const json::Member& member : object.members()) {
      if (resource && member.name == "resourceType") continue;
      const bool is_extra = member.name.starts_with('_');
      const std::string_view name = is_extra ? member.name.substr(1) : member.name;
      const Field* field = definitions_.find_field(structure, name);
      const bool primitive =
          field != nullptr && definitions_.type(field->type).kind == TypeKind::primitive;
      if (field == nullptr || (is_extra && !primitive)) {
        const Step step(*this, member.name, 0, false);
        return error("'" + std::string(member.name) + "' is not an element of " +
                     std::string(definitions_.structure(structure).path));
      }
      auto known = std::find_if(parts.begin(), parts.end(),
                                [&](const Part& part) { return part.field == field; });
      if (known == parts.end()) known = parts.insert(parts.end(), Part{field});
      (is_extra ? known->extra : known->value) = member.value;
    }
    // Fields lie in the order of the specification.
    std::sort(parts.begin(), parts.end(),
              [](const Part& a, const Part& b) { return a.field < b.field; });
    return parts;
  }

  Result<void> write_member(const Part& part) {
    const bool array = part.value.is_array() || part.extra.is_array();
    const bool mixed = (part.value.exists() && part.value.is_array() != array) ||
                       (part.extra.exists() && part.extra.is_array() != array);
    if (mixed) {
      const Step step(*this, part.field->name, 0, false);
      return error("the value is an array and '_" + std::string(part.field->name) + "' is not");
    }
    if (!array) return write_one(*part.field, part.value, part.extra, 0, false);
    const size_t count = std::max(part.value.size(), part.extra.size());
    for (size_t i = 0; i < count; ++i) {
      json::Value value = part.value[i];
      json::Value extra = part.extra[i];
      if (value.is_null()) value = {};
      if (extra.is_null()) extra = {};
      TRY_VOID(write_one(*part.field, value, extra, i, true));
    }
    return {};
  }

  Result<void> write_one(const Field& field, json::Value value, json::Value extra, size_t index,
                         bool indexed) {
    const Step step(*this, field.name, index, indexed);
    const Type& type = definitions_.type(field.type);
    new_line();
    if (type.primitive == Primitive::xhtml) return write_narrative(value);
    out_ += '<';
    out_ += field.name;
    if (type.kind == TypeKind::primitive) {
      const bool fits = value.is_string() || value.is_number() || value.is_boolean();
      if ((value.exists() && !fits) || (extra.exists() && !extra.is_object())) {
        return error("expected a value of the type " + std::string(type.name));
      }
      return write_inside(extra, value, type.structure, field.name, false);
    }
    if (!value.is_object()) return error("expected an object");
    if (type.kind == TypeKind::resource) {
      out_ += '>';
      ++depth_;
      TRY_VOID(write_resource(value, false));
      --depth_;
      new_line();
      out_ += "</";
      out_ += field.name;
      out_ += '>';
      return {};
    }
    return write_inside(value, {}, definitions_.structure_of(field), field.name, false);
  }

  Result<void> write_narrative(json::Value value) {
    if (const std::string fault = narrative_fault(value.string()); !fault.empty()) {
      return error(fault);
    }
    out_ += narrative_as_xml(value.string());
    return {};
  }

  Result<void> write_attribute(std::string_view name, json::Value value) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    if (value.is_boolean()) {
      out_ += value.boolean() ? "true" : "false";
    } else if (value.is_number()) {
      out_ += value.number();
    } else if (value.is_string()) {
      TRY_VOID(append_escaped(value.string()));
    } else {
      return error("expected a simple value for '" + std::string(name) + "'");
    }
    out_ += '"';
    return {};
  }

  Result<void> append_escaped(std::string_view text) {
    for (const char c : text) {
      switch (c) {
        case '&':
          out_ += "&amp;";
          break;
        case '<':
          out_ += "&lt;";
          break;
        case '>':
          out_ += "&gt;";
          break;
        case '"':
          out_ += "&quot;";
          break;
        case '\n':
          out_ += "&#10;";
          break;
        case '\r':
          out_ += "&#13;";
          break;
        case '\t':
          out_ += "&#9;";
          break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            return error("XML cannot hold the control characters of this text");
          }
          out_ += c;
      }
    }
    return {};
  }

  const Definitions& definitions_ = definitions();
  bool pretty_;
  std::string out_;
  std::string path_;
  size_t depth_ = 0;
};

}  // namespace

Result<std::string> write_xml(json::Value resource, bool pretty) {
  return Writer(pretty).write(resource);
}

}  // namespace passerelle::fhir
