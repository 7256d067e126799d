#include "fhir/profile_check.h"

#include <algorithm>

#include "base/text.h"
#include "fhir/path_value.h"
#include "fhir/profile_build.h"

namespace passerelle::fhir {
namespace {

constexpr int deepest_profile = 12;  // of profiles within profiles

std::string times(size_t count) {
  return count == 1 ? "once" : count == 0 ? "not at all" : std::to_string(count) + " times";
}

std::string_view without_version(std::string_view canonical) {
  return canonical.substr(0, canonical.find('|'));
}

TypeIndex named_type(std::string_view canonical) {
  const std::string_view url = without_version(canonical);
  if (!url.starts_with(base_definitions)) return none;
  return definitions().find_type(url.substr(base_definitions.size()));
}

}  // namespace

void ProfileCheck::add(const Place& place, std::string_view code, const std::string& message,
                       Severity severity) {
  if (full()) return;
  std::string where = to_path(place);
  if (!context_.said.insert(where + "\n" + message).second) return;
  issues_.push_back({severity, code, std::move(where),
                     message + " (profile " + (profile_ == nullptr ? "" : profile_->url) + ")"});
}

void ProfileCheck::note_once(const Place& place, const std::string& key, std::string message,
                             bool error) {
  if (full() || !context_.said.insert(key).second) return;
  issues_.push_back({error ? Severity::error : Severity::warning, "not-supported", to_path(place),
                     std::move(message)});
}

void ProfileCheck::check(std::string_view canonical, const path::Item& item, const Place& place,
                         bool asked) {
  if (const TypeIndex type = named_type(canonical); type != none) {
    if (item.type != none && definitions().is_a(item.type, type)) return;
    issues_.push_back({Severity::error, "structure", to_path(place),
                       "it is not a " + std::string(definitions().type(type).name) +
                           ", as the profile " + std::string(canonical) + " says"});
    return;
  }
  const auto profile = context_.source.profile(canonical);
  if (profile) return check(**profile, item, place);
  const Error& error = profile.error();
  note_once(place, std::string(canonical),
            error.code == ErrorCode::not_found
                ? "the profile " + std::string(canonical) +
                      " is not loaded here, so that it was not checked; import it"
                : "the profile " + std::string(canonical) + " cannot be used: " +
                      (error.where.empty() ? "" : error.where + ": ") + error.message,
            asked || context_.options.strict_profiles);
}

void ProfileCheck::check(const Profile& profile, const path::Item& item, const Place& place) {
  if (depth_ > deepest_profile) return;
  ProfileCheck inner(context_, scope_, issues_, depth_ + 1);
  inner.profile_ = &profile;
  if (item.type == none || !definitions().is_a(item.type, profile.type)) {
    inner.add(place, "structure",
              "it must be a " + std::string(definitions().type(profile.type).name));
    return;
  }
  inner.check_node(profile.root, item, place);
}

std::vector<Issue> ProfileCheck::try_out(const ProfileNode& node, const path::Item& item) const {
  std::vector<Issue> found;
  if (depth_ > deepest_profile) return found;
  ProfileContext context{context_.source, context_.options, context_.outermost, {}, context_.known};
  ProfileCheck silent(context, scope_, found, depth_ + 1);
  silent.profile_ = profile_;
  silent.check_node(node, item, Place{});
  return found;
}

ProfileCheck::Answer ProfileCheck::conforms(std::string_view canonical, const path::Item& item,
                                            std::string* why) {
  if (const TypeIndex type = named_type(canonical); type != none)
    return item.type != none && definitions().is_a(item.type, type) ? Answer::yes : Answer::no;
  const auto profile = context_.source.profile(canonical);
  if (!profile || depth_ > deepest_profile) return Answer::unknown;
  if (item.type == none || !definitions().is_a(item.type, (*profile)->type)) return Answer::no;
  if (!item.value.exists()) return Answer::unknown;  // only its type is known
  auto [known, fresh] =
      context_.known->try_emplace({(*profile)->url, item.value.identity(), follows_references()});
  // Of what is being walked already it is not known yet: who asks in a circle is not held up by it.
  if (fresh) known->second = look_at(**profile, item);
  if (why != nullptr) *why = known->second.why;
  return known->second.answer;
}

Conformance ProfileCheck::look_at(const Profile& profile, const path::Item& item) const {
  std::vector<Issue> found;
  ProfileContext context{context_.source, context_.options, context_.outermost, {}, context_.known};
  const ResourceScope scope{item.value, nullptr};
  const bool resource = definitions().type(item.type).kind == TypeKind::resource;
  ProfileCheck silent(context, resource ? scope : scope_, found, depth_ + 1);
  const Place root{nullptr, definitions().type(item.type).name};
  silent.check(profile, item, root);
  for (const Issue& issue : found)
    if (issue.severity == Severity::error)
      return {Answer::no, issue.expression + ": " + issue.message};
  return {Answer::yes, ""};
}

void ProfileCheck::check_node(const ProfileNode& node, const path::Item& item, const Place& place) {
  if (full()) return;
  if (!node.types.empty()) check_types(node, item, place);
  check_values(node, item, place);
  if (node.binding) check_binding(*node.binding, item, place);
  check_children(node, item, place);
  if (node.same_as != nullptr) check_children(*node.same_as, item, place);
  check_rules(node, item, place);
}

void ProfileCheck::check_children(const ProfileNode& node, const path::Item& item,
                                  const Place& place) {
  for (const auto& child : node.children) {
    if (full()) return;
    path::Name name;
    name.text = child->name;
    name.extra = child->extra;
    path::Collection found;
    path::append_children(found, item, name);
    std::vector<Member> members;
    members.reserve(found.size());
    for (size_t i = 0; i < found.size(); ++i) {
      const bool repeats =
          found[i].element != none && definitions().element(found[i].element).max != 1;
      members.push_back(
          {std::move(found[i]), Place{&place, child->name, repeats ? static_cast<int>(i) : -1}});
    }
    check_members(*child, members, place);
  }
}

void ProfileCheck::check_members(const ProfileNode& node, const std::vector<Member>& members,
                                 const Place& parent) {
  check_count(node, members.size(), parent);
  for (const Member& member : members) check_node(node, member.item, member.place);
  if (!node.slices.empty() || node.slicing) check_slices(node, members, parent);
}

void ProfileCheck::check_count(const ProfileNode& node, size_t count, const Place& parent) {
  const std::string what =
      quoted(node.name) + (node.slice.empty() ? "" : " of the slice " + quoted(node.slice));
  const Place at{&parent, node.name};
  if (count < node.min)
    add(at, "required",
        what + " must be there " + (node.min == node.max ? "" : "at least ") + times(node.min) +
            ", and is there " + times(count));
  if (count <= node.max) return;
  add(at, "structure",
      node.max == 0 ? what + " is not allowed"
                    : what + " may be there " + (node.max == 1 ? "" : "at most ") +
                          times(node.max) + ", and is there " + times(count));
}

void ProfileCheck::check_slices(const ProfileNode& node, const std::vector<Member>& members,
                                const Place& parent) {
  if (!node.slicing) return;
  const Slicing& slicing = *node.slicing;
  std::vector<std::vector<Member>> groups(node.slices.size());
  size_t newest = 0;
  bool rest = false;  // something outside all slices was met
  for (const Member& member : members) {
    size_t index = 0;
    while (index < node.slices.size() && (node.slices[index]->slice == "@default" ||
                                          !is_in(*node.slices[index], slicing, member.item)))
      ++index;
    if (index == node.slices.size()) {
      rest = true;
      const auto fallback = std::find_if(node.slices.begin(), node.slices.end(),
                                         [](const auto& one) { return one->slice == "@default"; });
      if (fallback != node.slices.end()) {
        groups[static_cast<size_t>(fallback - node.slices.begin())].push_back(member);
      } else if (slicing.rules == Slicing::Rules::closed) {
        std::string names;
        for (const auto& slice : node.slices)
          names += (names.empty() ? "" : ", ") + quoted(slice->slice);
        add(member.place, "structure",
            quoted(node.name) + " is in none of the slices " + names + ", and no other is allowed");
      }
      continue;
    }
    if (rest && slicing.rules == Slicing::Rules::open_at_end)
      add(member.place, "structure",
          "what is in the slice " + quoted(node.slices[index]->slice) +
              " must stand before what is in none");
    if (slicing.ordered && index < newest)
      add(member.place, "structure",
          "what is in the slice " + quoted(node.slices[index]->slice) +
              " must stand before what is in " + quoted(node.slices[newest]->slice));
    newest = std::max(newest, index);
    groups[index].push_back(member);
  }
  for (size_t i = 0; i < groups.size(); ++i) check_members(*node.slices[i], groups[i], parent);
}

void ProfileCheck::check_types(const ProfileNode& node, const path::Item& item,
                               const Place& place) {
  if (item.type == none) return;
  std::vector<const ProfileType*> able;
  std::string names;
  for (const ProfileType& one : node.types) {
    if (one.type == none) return;  // a type of a logical model
    if (definitions().is_a(item.type, one.type)) able.push_back(&one);
    names += (names.empty() ? "" : ", ") + std::string(definitions().type(one.type).name);
  }
  if (able.empty())
    return add(place, "structure",
               quoted(node.name) + " is a " + std::string(definitions().type(item.type).name) +
                   ", and only " + names + (node.types.size() == 1 ? " is" : " are") + " allowed");
  std::vector<std::string> profiles, targets;
  bool any_profile = false, any_target = false;
  for (const ProfileType* one : able) {
    profiles.insert(profiles.end(), one->profiles.begin(), one->profiles.end());
    targets.insert(targets.end(), one->targets.begin(), one->targets.end());
    any_profile = any_profile || one->profiles.empty();
    any_target = any_target || one->targets.empty();
  }
  if (!any_target && definitions().type(item.type).name == "Reference")
    check_target(targets, item, place);
  if (any_profile) return;
  if (profiles.size() == 1) return check(profiles[0], item, place, false);
  std::string why;
  for (const std::string& profile : profiles)
    if (conforms(profile, item, why.empty() ? &why : nullptr) != Answer::no) return;
  std::string list;
  for (const std::string& profile : profiles) list += (list.empty() ? "" : ", ") + profile;
  add(place, "structure",
      quoted(node.name) + " conforms to none of the profiles " + list + "; of the first: " + why);
}

void ProfileCheck::check_target(const std::vector<std::string>& targets, const path::Item& item,
                                const Place& place) {
  const path::Item target = target_of(item);
  if (target.type == none) return;
  std::string list, why;
  for (const std::string& one : targets) {
    if (conforms(one, target, why.empty() ? &why : nullptr) != Answer::no) return;
    list += (list.empty() ? "" : ", ") + one;
  }
  const std::string_view text = item.value["reference"].string();
  add(Place{&place, "reference"}, "value",
      "it must refer to what conforms to " + list + ", and " +
          (text.empty() ? "a " + std::string(definitions().type(target.type).name) + " is none"
                        : quoted(text) + (why.empty() ? " is none" : " does not: " + why)));
}

HasCode codes_of(ProfileSource& source) {
  return [&source](std::string_view value_set, std::optional<std::string_view> system,
                   std::string_view code) -> Result<bool> {
    TRY(const auto codes, source.codes(value_set));
    return system ? codes->has(*system, code) : codes->has_code(code);
  };
}

void ProfileCheck::check_rules(const ProfileNode& node, const path::Item& item,
                               const Place& place) {
  if (node.rules.empty() || !context_.options.invariants) return;
  path::Context context;
  context.root = scope_.resource;
  if (scope_.container != nullptr)
    context.variables.emplace_back("rootResource",
                                   path::Collection{path::root_item(scope_.container->resource)});
  context.resolve = [this](std::string_view reference) { return find_target(reference); };
  context.conforms = [this](json::Value value, std::string_view url) -> Result<bool> {
    const Answer answer = conforms(url, path::root_item(value));
    if (answer == Answer::unknown)
      return Error{ErrorCode::not_found, "the profile " + quoted(url) + " is not loaded here"};
    return answer == Answer::yes;
  };
  context.has_code = codes_of(context_.source);
  for (const ProfileRule& rule : node.rules) {
    if (full()) return;
    const std::string text = rule.human + " (rule " + rule.key + ")";
    if (rule.program == nullptr) {
      add(place, "invariant", "it could not be checked that: " + text, Severity::information);
      continue;
    }
    path::Evaluator evaluator(*rule.program, context, item);
    const Result<path::Collection> result = evaluator.run();
    if (!result)
      add(place, "invariant", "it could not be checked that: " + text, Severity::information);
    else if (!is_kept(*result))
      add(place, "invariant", text, rule.error ? Severity::error : Severity::warning);
  }
}

}  // namespace passerelle::fhir
