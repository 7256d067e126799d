// The walk of a profile over a resource, or a part of one. Inside fhir/ only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "fhir/path_evaluator.h"
#include "fhir/profile.h"
#include "fhir/validator.h"

namespace passerelle::fhir {

enum class Conforms : uint8_t { no, yes, unknown };

// Whether values conform to profiles, as far as it was asked: by the profile, the value and whether
// references to elsewhere are followed. Resources that refer to each other would be walked again
// and again otherwise, more often with every reference.
struct Conformance {
  Conforms answer = Conforms::unknown;
  std::string why;
};
using Conformances = std::map<std::tuple<std::string, const void*, bool>, Conformance, std::less<>>;

// What all walks of one validation share.
struct ProfileContext {
  ProfileSource& source;
  const ValidateOptions& options;
  json::Value outermost;            // of a Bundle: where its entries find each other
  std::set<std::string> said = {};  // issues, each once
  // Shared with the silent walks, which have issues of their own.
  std::shared_ptr<Conformances> known = std::make_shared<Conformances>();
};

// memberOf() of rules, by the value sets of a source.
using HasCode = decltype(path::Context::has_code);
HasCode codes_of(ProfileSource& source);

class ProfileCheck {
 public:
  // `depth`: of profiles that are asked within others.
  ProfileCheck(ProfileContext& context, const ResourceScope& scope, std::vector<Issue>& issues,
               int depth = 0)
      : context_(context), scope_(scope), issues_(issues), depth_(depth) {}

  void check(const Profile& profile, const path::Item& item, const Place& place);
  // Finds the profile first; what cannot be used is said (`asked`: as an error), and passed over.
  void check(std::string_view canonical, const path::Item& item, const Place& place, bool asked);

 private:
  struct Member {
    path::Item item;
    Place place;
  };
  using Answer = Conforms;

  void add(const Place& place, std::string_view code, const std::string& message,
           Severity severity = Severity::error);
  void note_once(const Place& place, const std::string& key, std::string message, bool error);
  bool full() const { return issues_.size() >= context_.options.max_issues; }
  // The issues that a silent walk finds.
  std::vector<Issue> try_out(const ProfileNode& node, const path::Item& item) const;
  Answer conforms(std::string_view canonical, const path::Item& item, std::string* why = nullptr);
  Conformance look_at(const Profile& profile, const path::Item& item) const;
  // What references point to elsewhere is read so deep, and no deeper.
  bool follows_references() const { return depth_ <= 2; }

  void check_node(const ProfileNode& node, const path::Item& item, const Place& place);
  void check_children(const ProfileNode& node, const path::Item& item, const Place& place);
  void check_members(const ProfileNode& node, const std::vector<Member>& members,
                     const Place& parent);
  void check_count(const ProfileNode& node, size_t count, const Place& parent);
  void check_slices(const ProfileNode& node, const std::vector<Member>& members,
                    const Place& parent);
  void check_types(const ProfileNode& node, const path::Item& item, const Place& place);
  void check_target(const std::vector<std::string>& targets, const path::Item& item,
                    const Place& place);
  void check_values(const ProfileNode& node, const path::Item& item, const Place& place);
  void check_binding(const ProfileBinding& binding, const path::Item& item, const Place& place);
  void check_rules(const ProfileNode& node, const path::Item& item, const Place& place);

  std::optional<bool> has_code(const ProfileBinding& binding, std::string_view system,
                               std::string_view code, bool any_system);
  Answer in_binding(const ProfileBinding& binding, const path::Item& item);

  // Slicing (profile_slices.cpp).
  bool is_in(const ProfileNode& slice, const Slicing& slicing, const path::Item& item);
  Answer test(const Discriminator& by, const ProfileNode& slice, const path::Item& item);
  Answer test_here(const Discriminator& by, const ProfileNode* node, const path::Collection& items,
                   bool resolved);
  Answer satisfies(const ProfileNode& node, const path::Item& item);
  Answer is_of_types(const ProfileNode& node, const path::Item& item, bool resolved);
  Answer url_is(const ProfileNode& slice, const path::Item& item);
  path::Item target_of(const path::Item& reference) const;
  json::Value find_target(std::string_view reference) const;

  ProfileContext& context_;
  const ResourceScope& scope_;
  std::vector<Issue>& issues_;
  const Profile* profile_ = nullptr;  // the one that is asked, for messages
  const int depth_;
};

// The same value, with what belongs to it; numbers by their value.
bool is_same(json::Value a, json::Value b);
// Whether all that the pattern has is there (ElementDefinition.pattern[x]).
bool has_pattern(json::Value value, json::Value pattern);

}  // namespace passerelle::fhir
