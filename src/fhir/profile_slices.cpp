// Of the walk of a profile: which slice an item is in, and what references point to. R4,
// "Profiling FHIR", "Discriminator".
#include <algorithm>

#include "base/text.h"
#include "fhir/profile_build.h"
#include "fhir/profile_check.h"
#include "fhir/reference.h"

namespace passerelle::fhir {
namespace {

path::Collection children_of(const path::Item& item, std::string_view member) {
  path::Name name;
  name.text = std::string(member);
  name.extra = "_" + name.text;
  path::Collection found;
  path::append_children(found, item, name);
  return found;
}

bool names_type(const std::string& text, TypeIndex type) {
  return type != none && definitions().type(type).name == text;
}

// The slice of "extension" that is for this url.
const ProfileNode* slice_for(const ProfileNode& node, std::string_view url) {
  for (const auto& slice : node.slices) {
    const ProfileNode* const fixed = slice->find_child("url");
    if (fixed != nullptr && fixed->fixed.string() == url) return slice.get();
    for (const ProfileType& type : slice->types)
      for (const std::string& profile : type.profiles)
        if (profile.substr(0, profile.find('|')) == url) return slice.get();
    if (slice->slice == url) return slice.get();
  }
  return nullptr;
}

}  // namespace

bool ProfileCheck::is_in(const ProfileNode& slice, const Slicing& slicing, const path::Item& item) {
  bool told = false;
  for (const Discriminator& by : slicing.discriminators) {
    switch (test(by, slice, item)) {
      case Answer::no:
        return false;
      case Answer::yes:
        told = true;
        break;
      case Answer::unknown:
        break;
    }
  }
  // Where nothing tells slices apart, an item is in the one that it conforms to.
  return told || !has_errors(try_out(slice, item));
}

ProfileCheck::Answer ProfileCheck::test(const Discriminator& by, const ProfileNode& slice,
                                        const path::Item& item) {
  if (by.path == "url" && (slice.name == "extension" || slice.name == "modifierExtension"))
    return url_is(slice, item);
  const ProfileNode* node = &slice;
  std::vector<std::shared_ptr<const Profile>> kept;  // of the nodes that the way leads through
  path::Collection items = {item};
  bool resolved = false;
  for (const DiscriminatorStep& step : by.steps) {
    path::Collection next;
    const std::string member =
        step.kind == DiscriminatorStep::Kind::extension ? "extension" : step.text;
    switch (step.kind) {
      case DiscriminatorStep::Kind::member:
      case DiscriminatorStep::Kind::extension:
        for (const path::Item& one : items)
          for (path::Item& child : children_of(one, member)) next.push_back(std::move(child));
        if (step.kind == DiscriminatorStep::Kind::extension)
          std::erase_if(
              next, [&](const path::Item& one) { return one.value["url"].string() != step.text; });
        if (node != nullptr && node->find_child(member) == nullptr && node->types.size() == 1 &&
            node->types[0].profiles.size() == 1) {
          const auto profile = context_.source.profile(node->types[0].profiles[0]);
          if (profile) {
            kept.push_back(*profile);
            node = &kept.back()->root;
          }
        }
        if (node != nullptr) node = node->find_child(member);
        if (node != nullptr && step.kind == DiscriminatorStep::Kind::extension)
          node = slice_for(*node, step.text);
        break;
      case DiscriminatorStep::Kind::of_type:
        for (const path::Item& one : items)
          if (names_type(step.text, one.type)) next.push_back(one);
        if (node != nullptr)
          for (const auto& one : node->slices)
            if (one->types.size() == 1 && names_type(step.text, one->types[0].type))
              node = one.get();
        break;
      case DiscriminatorStep::Kind::resolve:
        for (const path::Item& one : items) {
          path::Item target = target_of(one);
          if (target.type != none) next.push_back(std::move(target));
        }
        resolved = true;
        break;
    }
    items = std::move(next);
  }
  return test_here(by, node, items, resolved);
}

ProfileCheck::Answer ProfileCheck::test_here(const Discriminator& by, const ProfileNode* node,
                                             const path::Collection& items, bool resolved) {
  if (node == nullptr) return Answer::unknown;
  if (by.kind == Discriminator::Kind::exists) {
    if (node->max == 0) return items.empty() ? Answer::yes : Answer::no;
    if (node->min > 0) return items.empty() ? Answer::no : Answer::yes;
    return Answer::unknown;
  }
  const auto one = [&](const path::Item& item) {
    if (by.kind == Discriminator::Kind::type) return is_of_types(*node, item, resolved);
    if (by.kind != Discriminator::Kind::profile) return satisfies(*node, item);
    Answer best = Answer::unknown;
    for (const ProfileType& type : node->types) {
      for (const std::string& profile : resolved ? type.targets : type.profiles) {
        const Answer answer = conforms(profile, item);
        if (answer == Answer::yes) return answer;
        best = answer;
      }
    }
    return best;
  };
  if (items.empty()) {
    // Whatever the slice asks of it, it is not there.
    path::Item nothing;
    return one(nothing) == Answer::unknown ? Answer::unknown : Answer::no;
  }
  Answer best = Answer::unknown;
  for (const path::Item& item : items) {
    const Answer answer = one(item);
    if (answer == Answer::yes) return answer;
    if (answer == Answer::no) best = answer;
  }
  return best;
}

// By a fixed value, a pattern or a required binding, of the element or of what is in it.
ProfileCheck::Answer ProfileCheck::satisfies(const ProfileNode& node, const path::Item& item) {
  Answer all = Answer::unknown;
  const auto take = [&](bool holds) {
    all = !holds ? Answer::no : all == Answer::no ? all : Answer::yes;
  };
  if (node.fixed.exists()) take(is_same(item.value, node.fixed));
  if (node.pattern.exists()) take(has_pattern(item.value, node.pattern));
  if (node.binding && node.binding->strength == Binding::required) {
    const Answer answer = item.value.exists() ? in_binding(*node.binding, item) : Answer::no;
    if (answer != Answer::unknown) take(answer == Answer::yes);
  }
  if (all == Answer::no) return all;
  for (const auto& child : node.children) {
    const path::Collection found = children_of(item, child->name);
    const auto any = [&](const ProfileNode& asked) {
      path::Item nothing;
      if (satisfies(asked, found.empty() ? nothing : found[0]) == Answer::unknown) return;
      take(std::any_of(found.begin(), found.end(), [&](const path::Item& one) {
        return satisfies(asked, one) == Answer::yes;
      }));
    };
    any(*child);
    // "coding:loinc" of a code: what a slice that must be there says.
    for (const auto& slice : child->slices)
      if (slice->min > 0) any(*slice);
    if (all == Answer::no) return all;
  }
  return all;
}

ProfileCheck::Answer ProfileCheck::is_of_types(const ProfileNode& node, const path::Item& item,
                                               bool resolved) {
  Answer best = Answer::unknown;
  for (const ProfileType& type : node.types) {
    if (!resolved) {
      if (type.type == none) continue;
      if (item.type != none && definitions().is_a(item.type, type.type)) return Answer::yes;
      best = Answer::no;
      continue;
    }
    for (const std::string& target : type.targets) {
      TypeIndex wanted = none;
      if (target.starts_with(base_definitions))
        wanted = definitions().find_type(std::string_view(target).substr(base_definitions.size()));
      if (wanted == none) {
        const auto profile = context_.source.profile(target);
        if (profile) wanted = (*profile)->type;
      }
      if (wanted == none) continue;
      if (item.type != none && definitions().is_a(item.type, wanted)) return Answer::yes;
      best = Answer::no;
    }
  }
  return best;
}

// The url of an extension's slice: as it is fixed there, or by its profile, whose own it is.
ProfileCheck::Answer ProfileCheck::url_is(const ProfileNode& slice, const path::Item& item) {
  const std::string_view url = item.value["url"].string();
  const ProfileNode* const fixed = slice.find_child("url");
  const auto same = [&](std::string_view wanted) {
    return url == wanted ? Answer::yes : Answer::no;
  };
  if (fixed != nullptr && fixed->fixed.exists()) return same(fixed->fixed.string());
  for (const ProfileType& type : slice.types)
    if (!type.profiles.empty()) {
      const std::string_view profile = type.profiles[0];
      return same(profile.substr(0, profile.find('|')));
    }
  // Of an extension within an extension that is not loaded, slices have the name of the url.
  return same(slice.slice);
}

json::Value ProfileCheck::find_target(std::string_view reference) const {
  const ReferenceParts parts = parse_reference(reference);
  if (parts.form == ReferenceForm::contained) {
    const ResourceScope* scope = scope_.container != nullptr ? scope_.container : &scope_;
    if (parts.id.empty()) return scope->resource;
    for (const json::Value one : scope->resource["contained"].items())
      if (one["id"].string() == parts.id) return one;
    return {};
  }
  for (const json::Value entry : context_.outermost["entry"].items()) {
    if (entry["fullUrl"].string() == reference) return entry["resource"];
    const json::Value resource = entry["resource"];
    if (parts.form == ReferenceForm::local && parts.version.empty() &&
        resource["id"].string() == parts.id && parts.type != none &&
        resource["resourceType"].string() == definitions().type(parts.type).name)
      return resource;
  }
  if (parts.form == ReferenceForm::local && context_.options.resolve && follows_references())
    return context_.options.resolve(reference);
  return {};
}

// The resource, or only its type when it is not at hand; nothing when not even that is known.
path::Item ProfileCheck::target_of(const path::Item& reference) const {
  const std::string_view text = reference.value.is_object() ? reference.value["reference"].string()
                                                            : reference.value.string();
  if (!text.empty()) {
    const json::Value found = find_target(text);
    if (found.exists()) return path::root_item(found);
  }
  path::Item item;
  item.type = parse_reference(text).type;
  if (item.type == none) item.type = definitions().find_resource(reference.value["type"].string());
  if (item.type != none) item.structure = definitions().type(item.type).structure;
  return item;
}

}  // namespace passerelle::fhir
