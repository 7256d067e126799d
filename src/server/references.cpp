#include "server/references.h"

#include <algorithm>
#include <array>
#include <vector>

namespace passerelle::server {
namespace {

constexpr std::array link_names = {
    std::string_view("reference"),      std::string_view("valueUri"),
    std::string_view("valueUrl"),       std::string_view("url"),
    std::string_view("valueUuid"),      std::string_view("valueOid"),
    std::string_view("valueCanonical"),
};

bool is_link(std::string_view name) {
  return std::find(link_names.begin(), link_names.end(), name) != link_names.end();
}

// The url of a resource, of an extension: a name of what it stands in, no link to something else. A
// Bundle of definitions gives them as fullUrl too.
bool names_itself(json::Value object, std::string_view member) {
  if (member != "url") return false;
  const auto members = object.members();
  const bool named = std::any_of(members.begin(), members.end(), [](const json::Member& one) {
    return one.name == "resourceType" || one.name.starts_with("value");
  });
  // An extension of extensions has nothing else.
  const bool extension = std::all_of(members.begin(), members.end(), [](const json::Member& one) {
    return one.name == "id" || one.name == "url" || one.name == "extension";
  });
  return named || (extension && object["extension"].exists());
}

}  // namespace

Result<json::Value> resolve_references(json::Document& document, json::Value value,
                                       const Resolver& resolve) {
  if (value.is_array()) {
    std::vector<json::Value> items;
    bool changed = false;
    for (const json::Value item : value.items()) {
      if (!item.is_object()) {
        items.push_back(item);
        continue;
      }
      TRY(const json::Value made, resolve_references(document, item, resolve));
      changed = changed || made.members().data() != item.members().data();
      items.push_back(made);
    }
    return changed ? document.array(items) : value;
  }
  if (!value.is_object()) return value;
  std::vector<json::Member> members(value.members().begin(), value.members().end());
  bool changed = false;
  for (json::Member& member : members) {
    const json::Value old = member.value;
    if (old.is_string()) {
      if (!is_link(member.name) || names_itself(value, member.name)) continue;
      TRY(const std::optional<std::string> text, resolve(old.string()));
      if (!text) continue;
      member.value = document.string(*text);
      changed = true;
    } else if (old.is_object() || old.is_array()) {
      TRY(member.value, resolve_references(document, old, resolve));
      changed = changed || member.value.members().data() != old.members().data() ||
                member.value.items().data() != old.items().data();
    }
  }
  return changed ? document.object(members) : value;
}

}  // namespace passerelle::server
