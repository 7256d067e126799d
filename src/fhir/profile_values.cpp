// Of the walk of a profile: fixed values, patterns, limits and bindings.
#include <algorithm>

#include "base/text.h"
#include "fhir/decimal.h"
#include "fhir/path_value.h"
#include "fhir/profile_check.h"

namespace passerelle::fhir {
namespace {

std::string excerpt_of(json::Value value) {
  constexpr size_t shown = 80;
  std::string text = value.is_string() ? std::string(value.string()) : json::write(value);
  if (text.size() > shown) {
    size_t end = shown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end) + "...";
  }
  return quoted(text);
}

size_t characters_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// A value of the definition beside one of the resource, for minValue[x] and maxValue[x].
std::optional<int> compare_to(const path::Item& item, json::Value limit) {
  path::Item other = item;
  other.value = limit;
  other.extra = {};
  const auto compared = path::compare_items(path::to_system(item), path::to_system(other));
  return compared ? *compared : std::nullopt;
}

}  // namespace

bool is_same(json::Value a, json::Value b) {
  if (a.is_number() && b.is_number()) {
    const auto x = Decimal::parse(a.number()), y = Decimal::parse(b.number());
    return x && y ? x->compare(*y) == 0 : a.number() == b.number();
  }
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  if (a.is_array()) {
    for (size_t i = 0; i < a.size(); ++i)
      if (!is_same(a[i], b[i])) return false;
    return true;
  }
  if (a.is_object())
    return std::all_of(a.members().begin(), a.members().end(), [&](const json::Member& member) {
      return is_same(member.value, b[member.name]);
    });
  return json::equal(a, b);
}

bool has_pattern(json::Value value, json::Value pattern) {
  if (pattern.is_object())
    return value.is_object() && std::all_of(pattern.members().begin(), pattern.members().end(),
                                            [&](const json::Member& member) {
                                              return has_pattern(value[member.name], member.value);
                                            });
  if (pattern.is_array())
    return std::all_of(pattern.items().begin(), pattern.items().end(), [&](json::Value wanted) {
      return std::any_of(value.items().begin(), value.items().end(),
                         [&](json::Value one) { return has_pattern(one, wanted); });
    });
  return is_same(value, pattern);
}

void ProfileCheck::check_values(const ProfileNode& node, const path::Item& item,
                                const Place& place) {
  if (node.fixed.exists() && !is_same(item.value, node.fixed))
    add(place, "value", quoted(node.name) + " must be exactly " + excerpt_of(node.fixed));
  if (node.fixed_extra.exists() && !is_same(item.extra, node.fixed_extra))
    add(place, "value",
        "the extensions of " + quoted(node.name) + " must be exactly " +
            excerpt_of(node.fixed_extra));
  if (node.pattern.exists() && !has_pattern(item.value, node.pattern))
    add(place, "value",
        quoted(node.name) + " must have " + (node.pattern.is_object() ? "all of " : "the value ") +
            excerpt_of(node.pattern));
  if (node.pattern_extra.exists() && !has_pattern(item.extra, node.pattern_extra))
    add(place, "value",
        "the extensions of " + quoted(node.name) + " must have " + excerpt_of(node.pattern_extra));
  if (node.longest && characters_of(item.value.string()) > static_cast<size_t>(*node.longest))
    add(place, "too-long",
        quoted(node.name) + " has more than " + std::to_string(*node.longest) + " characters");
  if (!item.value.exists()) return;
  if (node.least.exists()) {
    const auto order = compare_to(item, node.least);
    if (order && *order < 0)
      add(place, "value", quoted(node.name) + " is less than " + excerpt_of(node.least));
  }
  if (node.most.exists()) {
    const auto order = compare_to(item, node.most);
    if (order && *order > 0)
      add(place, "value", quoted(node.name) + " is more than " + excerpt_of(node.most));
  }
}

std::optional<bool> ProfileCheck::has_code(const ProfileBinding& binding, std::string_view system,
                                           std::string_view code, bool any_system) {
  if (binding.built_in != none) {
    const ValueSet& set = definitions().value_set(binding.built_in);
    if (!set.open) {
      if (any_system) return set.contains(code);
      return std::any_of(set.codes.begin(), set.codes.end(),
                         [&](const Code& one) { return one.code == code && one.system == system; });
    }
  }
  const auto codes = context_.source.codes(binding.value_set);
  if (!codes) return std::nullopt;
  return any_system ? (*codes)->has_code(code) : (*codes)->has(system, code);
}

ProfileCheck::Answer ProfileCheck::in_binding(const ProfileBinding& binding,
                                              const path::Item& item) {
  const auto answer = [](std::optional<bool> found) {
    return !found ? Answer::unknown : *found ? Answer::yes : Answer::no;
  };
  if (item.value.is_string()) return answer(has_code(binding, "", item.value.string(), true));
  const json::Value codings = item.value["coding"];
  if (!codings.is_array()) {
    const std::string_view code = item.value["code"].string();
    if (!code.empty()) return answer(has_code(binding, item.value["system"].string(), code, false));
    return Answer::no;
  }
  Answer all = Answer::no;
  for (const json::Value coding : codings.items()) {
    const Answer one =
        answer(has_code(binding, coding["system"].string(), coding["code"].string(), false));
    if (one == Answer::yes) return one;
    if (one == Answer::unknown) all = one;
  }
  return all;
}

void ProfileCheck::check_binding(const ProfileBinding& binding, const path::Item& item,
                                 const Place& place) {
  if (!item.value.exists()) return;
  const bool required = binding.strength == Binding::required;
  const json::Value codings = item.value["coding"];
  const bool concept_only =
      item.value.is_object() && !codings.exists() && !item.value["code"].exists();
  // In words only: an extensible binding allows what its codes do not have. A quantity need not be
  // coded.
  if (concept_only && (!required || !item.value["text"].exists())) return;
  switch (in_binding(binding, item)) {
    case Answer::yes:
      return;
    case Answer::unknown:
      if (context_.said.insert(binding.value_set).second && !full())
        issues_.push_back({Severity::information, "not-supported", to_path(place),
                           "the codes of the value set " + binding.value_set +
                               " are not known here, so that they were not checked"});
      return;
    case Answer::no:
      break;
  }
  const json::Value shown = codings.exists()         ? codings[0]["code"]
                            : item.value.is_object() ? item.value["code"]
                                                     : item.value;
  const std::string what =
      concept_only || !shown.exists() ? "a text without a code" : excerpt_of(shown);
  if (required)
    add(place, "code-invalid", what + " is not one of the codes of " + binding.value_set);
  else
    add(place, "code-invalid",
        what + " is not one of the codes of " + binding.value_set +
            ", which is to be used unless none of its codes fits",
        Severity::warning);
}

}  // namespace passerelle::fhir
