// FHIR's additions (R4, "FHIRPath", "Additional functions").
#include <algorithm>
#include <array>

#include "fhir/narrative.h"
#include "fhir/path_functions.h"
#include "fhir/reference.h"

namespace passerelle::fhir::path {
namespace {

using Answer = Result<Collection>;

constexpr std::string_view definition_url = "http://hl7.org/fhir/StructureDefinition/";

Answer extension(Evaluator& evaluator, const Node& node, Collection focus) {
  static const Name name{"extension", "_extension", none};
  TRY(const std::optional<std::string> url, evaluator.string_argument(node, 0));
  Collection out;
  if (!url) return out;
  for (const Item& item : focus) append_children(out, item, name);
  std::erase_if(out, [&](const Item& item) { return item.value["url"].string() != *url; });
  return out;
}

Answer has_a_value(Evaluator&, const Node&, Collection focus) {
  const bool primitive = focus.size() == 1 && focus[0].kind == Kind::node && has_value(focus[0]);
  return one(make_boolean(primitive || (focus.size() == 1 && focus[0].kind != Kind::node)));
}

Answer get_value(Evaluator&, const Node&, Collection focus) {
  if (focus.size() != 1 || !has_value(focus[0])) return Collection();
  return one(to_system(focus[0]));
}

json::Value contained_resource(json::Value container, std::string_view id) {
  for (const json::Value resource : container["contained"].items()) {
    if (resource["id"].string() == id) return resource;
  }
  return {};
}

// A resource inside the same Bundle by its fullUrl.
json::Value entry_resource(json::Value bundle, std::string_view url) {
  for (const json::Value entry : bundle["entry"].items()) {
    if (entry["fullUrl"].string() == url) return entry["resource"];
  }
  return {};
}

// Without a resolver the text still tells the type: `resolve() is Patient` needs no more.
Item of_type_only(const ReferenceParts& parts) {
  Item item;
  item.type = parts.type;
  item.structure = definitions().type(parts.type).structure;
  return item;
}

Answer resolve(Evaluator& evaluator, const Node&, Collection focus) {
  const Context& context = evaluator.context();
  const json::Value root = context.root.exists() ? context.root : evaluator.root().value;
  Collection out;
  for (const Item& item : focus) {
    const json::Value text = item.value.is_object() ? item.value["reference"] : item.value;
    const Item plain = to_system(item);
    const std::string reference =
        plain.kind == Kind::string ? plain.box->text : std::string(text.string());
    if (reference.empty()) continue;
    const ReferenceParts parts = parse_reference(reference);
    json::Value found;
    if (parts.form == ReferenceForm::contained) {
      found = parts.id.empty() ? root : contained_resource(root, parts.id);
    } else {
      found = entry_resource(root, reference);
      if (!found.exists() && context.resolve) found = context.resolve(reference);
    }
    if (found.exists()) {
      out.push_back(root_item(found));
    } else if (!context.resolve && parts.type != none) {
      out.push_back(of_type_only(parts));
    }
  }
  return out;
}

Answer conforms_to(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> profile, evaluator.string_argument(node, 0));
  if (focus.empty() || !profile) return Collection();
  if (focus.size() > 1) return evaluator.error(node, "conformsTo() needs one item before it");
  if (profile->starts_with(definition_url)) {
    const TypeIndex type =
        definitions().find_type(std::string_view(*profile).substr(definition_url.size()));
    if (type != none) {
      const TypeIndex own = focus[0].type;
      return one(make_boolean(own != none && definitions().is_a(own, type)));
    }
  }
  if (evaluator.context().conforms) {
    const Result<bool> conforms = evaluator.context().conforms(focus[0].value, *profile);
    if (!conforms) return evaluator.error(node, conforms.error().message);
    return one(make_boolean(*conforms));
  }
  return evaluator.error(node, "the profile '" + *profile + "' is not known here");
}

// By the definitions, else by who knows more value sets.
Result<bool> has_code(const Context& context, const std::string& value_set,
                      std::optional<std::string_view> system, std::string_view code) {
  const ValueSetIndex index =
      definitions().find_value_set(value_set.substr(0, value_set.find('|')));
  if (index != none && !definitions().value_set(index).open) {
    const ValueSet& set = definitions().value_set(index);
    if (!system) return set.contains(code);
    return std::any_of(set.codes.begin(), set.codes.end(),
                       [&](const Code& one) { return one.code == code && one.system == *system; });
  }
  if (context.has_code) return context.has_code(value_set, system, code);
  return Error{ErrorCode::not_found, "the codes of '" + value_set + "' are not known here"};
}

// Of a concept, one of its codings is enough; one in words only is in no value set.
Answer member_of(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> url, evaluator.string_argument(node, 0));
  if (focus.empty() || !url) return Collection();
  if (focus.size() > 1) return evaluator.error(node, "memberOf() needs one item before it");
  const Item& item = focus[0];
  const Item plain = to_system(item);
  std::vector<std::pair<std::optional<std::string_view>, std::string_view>> codes;
  const auto add_coding = [&](json::Value coding) {
    if (coding["code"].exists())
      codes.emplace_back(coding["system"].string(), coding["code"].string());
  };
  if (item.value.is_object()) {
    add_coding(item.value);
    for (const json::Value coding : item.value["coding"].items()) add_coding(coding);
  } else if (plain.kind == Kind::string) {
    codes.emplace_back(std::nullopt, plain.box->text);
  }
  bool found = false;
  for (const auto& [system, code] : codes) {
    const Result<bool> has = has_code(evaluator.context(), *url, system, code);
    if (!has) return evaluator.error(node, has.error().message);
    found = found || *has;
  }
  return one(make_boolean(found));
}

Answer html_checks(Evaluator&, const Node&, Collection focus) {
  if (focus.size() != 1) return Collection();
  return one(make_boolean(narrative_fault(focus[0].value.string()).empty()));
}

constexpr std::array fhir_table = {
    Function{"extension", 1, 1, false, extension},
    Function{"hasValue", 0, 0, false, has_a_value},
    Function{"getValue", 0, 0, false, get_value},
    Function{"resolve", 0, 0, false, resolve},
    Function{"conformsTo", 1, 1, false, conforms_to},
    Function{"memberOf", 1, 1, false, member_of},
    Function{"htmlChecks", 0, 0, false, html_checks},
};

}  // namespace

std::span<const Function> fhir_functions() { return fhir_table; }

}  // namespace passerelle::fhir::path
