// Of the walk of validate(): profiles of resources and of extensions.
#include <algorithm>

#include "base/text.h"
#include "fhir/profile_check.h"

namespace passerelle::fhir {
namespace {

// "Patient.contact[0].name" -> "Patient.contact.name"
std::string without_indices(const std::string& path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    inside = inside || c == '[';
    if (!inside) out += c;
    inside = inside && c != ']';
  }
  return out;
}

}  // namespace

Validator::Validator(const ValidateOptions& options, std::vector<Issue>& issues)
    : options_(options), issues_(issues) {}
Validator::~Validator() = default;

void Validator::begin_profiles(json::Value outermost) {
  if (options_.profiles == nullptr) return;
  profiles_.reset(new ProfileContext{*options_.profiles, options_, outermost});
}

// Only of what the base finds sound: what is no Patient cannot be judged as a French one.
void Validator::check_profiles(json::Value resource, TypeIndex type, const Place& place, Role role,
                               size_t before) {
  if (full() || has_errors(std::span(issues_).subspan(before))) return;
  path::Item item = path::root_item(resource);
  item.type = type;
  ProfileCheck check(*profiles_, *scope_, issues_);
  if (role == Role::root)
    for (const std::string& profile : options_.against) check.check(profile, item, place, true);
  const json::Value claimed = resource["meta"]["profile"];
  for (const json::Value one : claimed.items()) {
    const std::string_view profile = one.string();
    const bool asked = role == Role::root &&
                       std::find(options_.against.begin(), options_.against.end(), profile) !=
                           options_.against.end();
    if (!profile.empty() && !asked) check.check(profile, item, place, false);
  }
}

// An extension is held against its own definition wherever it stands; one that is not loaded is
// anybody's.
void Validator::check_extension_profile(const Field& field, json::Value extension,
                                        const Place& place) {
  const std::string_view url = extension["url"].string();
  if (url.find(':') == url.npos || full()) return;  // within another: defined there
  const auto profile = options_.profiles->profile(url);
  if (!profile || definitions_.type((*profile)->type).name != "Extension") return;
  path::Item item;
  item.value = extension;
  item.type = field.type;
  item.structure = definitions_.structure_of(field);
  item.element = field.element;
  ProfileCheck(*profiles_, *scope_, issues_).check(**profile, item, place);
  check_extension_context(**profile, field, place);
}

// Where a definition says that it may stand: on a type, on an element by its path, or within
// another extension. A path that FHIRPath must find is not judged.
void Validator::check_extension_context(const Profile& profile, const Field& field,
                                        const Place& place) {
  if (profile.contexts.empty() || place.parent == nullptr) return;
  const Structure& holder = definitions_.structure(definitions_.element(field.element).parent);
  const std::string path = without_indices(to_path(*place.parent));
  const std::string_view resource = scope_->resource["resourceType"].string();
  std::string allowed;
  for (const ExtensionContext& context : profile.contexts) {
    if (context.type == "fhirpath") return;
    std::string_view expression = context.expression;
    if (context.type == "extension" ? holder.path == "Extension" : expression == holder.path)
      return;
    const TypeIndex named = definitions_.find_type(expression);
    if (named != none && holder.path.find('.') == holder.path.npos &&
        definitions_.is_a(holder.type, named))
      return;
    if (expression == "Element" && definitions_.type(holder.type).kind != TypeKind::resource)
      return;
    const bool group = holder.path.find('.') != holder.path.npos;
    if (group && (expression == "Element" || expression == "BackboneElement")) return;
    if (expression.ends_with("[x]")) expression.remove_suffix(3);
    const size_t dot = expression.find('.');
    if (dot != expression.npos && expression.substr(0, dot) == resource &&
        path.ends_with(expression.substr(dot)))
      return;
    allowed += (allowed.empty() ? "" : ", ") + context.expression;
  }
  add("structure", place,
      "the extension " + profile.url + " is defined for " + allowed + ", not for " + path,
      Severity::warning);
}

}  // namespace passerelle::fhir
