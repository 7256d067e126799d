// _summary and _elements: less of a resource, by the definitions, marked as SUBSETTED (R4,
// "Search": 3.1.1.5.8 and 3.1.1.5.9).
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "fhir/definitions.h"
#include "server/fhir_interaction.h"

namespace passerelle::server {
namespace {

using fhir::Element;

enum class Mode : uint8_t { all, summary, text, data, elements };

struct Wish {
  Mode mode = Mode::all;
  std::vector<std::string_view> names;  // of _elements
};

struct SummaryName {
  std::string_view name;
  Mode mode;
};
constexpr SummaryName summary_names[] = {
    {"true", Mode::summary}, {"text", Mode::text}, {"data", Mode::data},
    {"false", Mode::all},    {"count", Mode::all},
};

std::optional<Mode> mode_of(std::string_view value) {
  for (const SummaryName& entry : summary_names)
    if (entry.name == value) return entry.mode;
  return std::nullopt;
}

// "Patient.name" or "name", of this type.
bool names_element(const std::vector<std::string_view>& names, std::string_view type,
                   std::string_view element) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    if (name.size() > type.size() && name.starts_with(type) && name[type.size()] == '.')
      name.remove_prefix(type.size() + 1);
    return name == element;
  });
}

Wish wish_of(const Pairs& query) {
  Wish wish;
  for (const auto& [name, value] : query) {
    if (name == "_summary") wish.mode = mode_of(value).value_or(Mode::all);
    if (name == "_elements") {
      wish.mode = Mode::elements;
      for (const std::string_view part : split(value, ',')) wish.names.push_back(trim(part));
    }
  }
  return wish;
}

class Shortener {
 public:
  Shortener(json::Document& document, const Wish& wish) : document_(document), wish_(wish) {}

  json::Value resource(json::Value value) {
    const fhir::Definitions& d = fhir::definitions();
    const std::string_view type = value["resourceType"].string();
    const fhir::TypeIndex index = d.find_resource(type);
    if (index == fhir::none) return value;
    const fhir::StructureIndex structure = d.type(index).structure;
    std::vector<json::Member> kept;
    for (const json::Member& member : value.members()) {
      std::string_view name = member.name;
      if (name.starts_with('_')) name.remove_prefix(1);
      const fhir::Field* field = d.find_field(structure, name);
      if (name == "resourceType" || name == "id" || name == "meta") {
        kept.push_back(member);
      } else if (field != nullptr && wanted(d.element(field->element), type)) {
        kept.push_back({member.name, inside(d, *field, member.value)});
      }
    }
    return mark(document_.object(kept));
  }

 private:
  bool wanted(const Element& element, std::string_view type) const {
    switch (wish_.mode) {
      case Mode::all:
        return true;
      case Mode::summary:
        return element.summary;
      case Mode::text:
        return element.name == "text" || element.min > 0;
      case Mode::data:
        return element.name != "text";
      case Mode::elements:
        return element.min > 0 || names_element(wish_.names, type, element.name);
    }
    return true;
  }

  // Within a backbone element, isSummary is said of each of its children again.
  json::Value inside(const fhir::Definitions& d, const fhir::Field& field, json::Value value) {
    const fhir::StructureIndex structure = d.element(field.element).structure;
    if (wish_.mode != Mode::summary || structure == fhir::none) return value;
    if (value.is_array()) {
      std::vector<json::Value> items;
      for (const json::Value item : value.items()) items.push_back(inside(d, field, item));
      return document_.array(items);
    }
    if (!value.is_object()) return value;
    std::vector<json::Member> kept;
    for (const json::Member& member : value.members()) {
      std::string_view name = member.name;
      if (name.starts_with('_')) name.remove_prefix(1);
      const fhir::Field* child = d.find_field(structure, name);
      if (name == "id" || (child != nullptr && d.element(child->element).summary))
        kept.push_back(
            {member.name, child == nullptr ? member.value : inside(d, *child, member.value)});
    }
    return document_.object(kept);
  }

  json::Value mark(json::Value value) {
    json::Value meta = value["meta"];
    if (!meta.is_object()) meta = document_.object({});
    const json::Value tag = document_.object(
        {{"system", document_.string("http://terminology.hl7.org/CodeSystem/v3-ObservationValue")},
         {"code", document_.string("SUBSETTED")}});
    const json::Value tags =
        meta["tag"].is_array() ? document_.append(meta["tag"], tag) : document_.array({&tag, 1});
    return document_.with(value, "meta", document_.with(meta, "tag", tags));
  }

  json::Document& document_;
  const Wish& wish_;
};

}  // namespace

bool has_subset(const Pairs& query) { return wish_of(query).mode != Mode::all; }

Result<void> check_subset(const Pairs& query) {
  for (const auto& [name, value] : query)
    if (name == "_summary" && !mode_of(value))
      return Error{ErrorCode::invalid, "'" + value + "' is no summary", "_summary",
                   "use true, text, data, count or false"};
  return {};
}

std::string subset(const std::string& body, const Pairs& query) {
  const Wish wish = wish_of(query);
  auto document = json::Document::parse(body);
  if (!document) return body;
  Shortener shortener(*document, wish);
  return json::write(shortener.resource(document->root()));
}

}  // namespace passerelle::server
