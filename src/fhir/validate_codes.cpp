// Required bindings and references of validate().
#include <algorithm>

#include "base/text.h"
#include "fhir/reference.h"
#include "fhir/validator.h"

namespace passerelle::fhir {
namespace {

// "a, b, c" of a short value set, its address of a long one.
std::string allowed(const ValueSet& set) {
  constexpr size_t listed = 12;
  if (set.codes.size() > listed) return "the codes of " + std::string(set.url);
  std::string text = "one of ";
  for (const Code& code : set.codes) {
    if (code.code != set.codes.front().code) text += ", ";
    text += code.code;
  }
  return text;
}

std::string code_hint(const ValueSet& set, std::string_view code) {
  std::vector<std::string> codes;
  for (const Code& one : set.codes) codes.emplace_back(one.code);
  const std::string hint = closest(code, codes);
  return hint.empty() ? "" : "; did you mean '" + hint + "'?";
}

bool contains(const ValueSet& set, std::string_view system, std::string_view code) {
  return std::any_of(set.codes.begin(), set.codes.end(),
                     [&](const Code& one) { return one.code == code && one.system == system; });
}

}  // namespace

void Validator::check_code(const Element& element, json::Value value, const Place& place) {
  if (element.value_set == none) return;
  const ValueSet& set = definitions_.value_set(element.value_set);
  if (set.open || !value.is_string() || set.contains(value.string())) return;
  add("code-invalid", place,
      quoted(value.string()) + " is not allowed for " + quoted(element.name) + ": use " +
          allowed(set) + code_hint(set, value.string()));
}

void Validator::check_coding(const Element& element, json::Value coding, const Place& place) {
  const ValueSet& set = definitions_.value_set(element.value_set);
  const std::string_view code = coding["code"].string();
  if (code.empty() || contains(set, coding["system"].string(), code)) return;
  std::string message = quoted(code) + " of the system " + quoted(coding["system"].string()) +
                        " is not allowed for " + quoted(element.name) + ": use " + allowed(set);
  if (!set.only_system.empty()) message += " of " + std::string(set.only_system);
  add("code-invalid", place, message + code_hint(set, code));
}

// Codings, concepts and quantities with a required binding: the specification asks that one of the
// codings is from the value set.
void Validator::check_concept(const Element& element, json::Value concept_, const Place& place) {
  if (element.value_set == none) return;
  const ValueSet& set = definitions_.value_set(element.value_set);
  if (set.open) return;
  const json::Value codings = concept_["coding"];
  if (concept_["code"].exists()) {
    check_coding(element, concept_, place);
    return;
  }
  if (!codings.is_array()) {
    // A concept in words only cannot be from the value set; a Quantity without a code can.
    if (concept_["text"].exists()) {
      add("code-invalid", place,
          quoted(element.name) + " needs a coding, not only a text: use " + allowed(set));
    }
    return;
  }
  for (const json::Value coding : codings.items()) {
    if (contains(set, coding["system"].string(), coding["code"].string())) return;
  }
  const Place inner{&place, "coding"};
  check_coding(element, codings[0], Place{inner.parent, inner.name, 0});
}

void Validator::check_target(const Element& element, size_t choice, TypeIndex target,
                             const Place& place) {
  const std::span<const TypeIndex> targets = element.types[choice].targets;
  if (target == none || targets.empty()) return;
  if (std::find(targets.begin(), targets.end(), target) != targets.end()) return;
  // A warning: published examples of the specification themselves refer to other types.
  std::string names;
  for (const TypeIndex one : targets) {
    names += (names.empty() ? "" : ", ") + std::string(definitions_.type(one).name);
  }
  add("value", place,
      quoted(element.name) + " cannot refer to a " + std::string(definitions_.type(target).name) +
          ", only to " + names,
      Severity::warning);
}

void Validator::check_reference(const Field& field, json::Value reference, const Place& place) {
  const Element& element = definitions_.element(field.element);
  const json::Value text = reference["reference"];
  const json::Value type_name = reference["type"];
  const Place at{&place, "reference"};
  TypeIndex said = none;
  if (type_name.is_string()) {
    said = definitions_.find_resource(type_name.string());
    check_target(element, field.choice, said, Place{&place, "type"});
  }
  if (!text.is_string()) return;
  const ReferenceParts parts = parse_reference(text.string());
  TypeIndex target = parts.type;
  switch (parts.form) {
    case ReferenceForm::malformed:
      add("value", at,
          quoted(text.string()) +
              " is not a reference: write Type/id of a resource here, a whole URL, urn:uuid:..., "
              "or #id of a contained resource");
      return;
    case ReferenceForm::contained: {
      const ResourceScope* scope = scope_->container != nullptr ? scope_->container : scope_;
      if (parts.id.empty()) break;
      json::Value found;
      for (const json::Value one : scope->resource["contained"].items()) {
        if (one["id"].string() == parts.id) found = one;
      }
      if (!found.exists()) {
        add("not-found", at,
            "no contained resource has the id " + quoted(parts.id) + " that is referred to here");
        return;
      }
      target = definitions_.find_resource(found["resourceType"].string());
      break;
    }
    case ReferenceForm::conditional:
      if (!in_transaction_) {
        add("value", at, "a conditional reference is allowed only inside a transaction");
        return;
      }
      break;
    case ReferenceForm::local:
    case ReferenceForm::absolute:
    case ReferenceForm::urn:
      break;
  }
  if (said != none && target != none && said != target) {
    add("value", at,
        "the reference is to a " + std::string(definitions_.type(target).name) +
            " but its type says " + std::string(definitions_.type(said).name));
    return;
  }
  check_target(element, field.choice, target, at);
}

}  // namespace passerelle::fhir
