// The tree of a profile, from what a StructureDefinition says to what is to be checked.
#include <algorithm>
#include <array>

#include "fhir/profile_build.h"

namespace passerelle::fhir {
namespace {

// Held by the base validation in words of its own, wherever they are repeated.
constexpr std::array<std::string_view, 10> everywhere = {
    "ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "dom-r4b", "txt-1", "txt-2"};

bool has_key(std::span<const uint16_t> constraints, std::string_view key) {
  return std::any_of(constraints.begin(), constraints.end(),
                     [&](uint16_t index) { return definitions().constraint(index).key == key; });
}

class Finish {
 public:
  explicit Finish(Profile& profile) : profile_(profile) {}

  void run() {
    const StructureIndex structure = definitions().type(profile_.type).structure;
    profile_.root.min = 0;
    profile_.root.max = unbounded;
    drop_rules(profile_.root, definitions().structure(structure).constraints, {});
    visit_children(profile_.root, structure);
    link(profile_.root, structure);
  }

 private:
  static void drop_rules(ProfileNode& node, std::span<const uint16_t> of_type,
                         std::span<const uint16_t> of_element) {
    std::erase_if(node.rules, [&](const ProfileRule& rule) {
      return std::find(everywhere.begin(), everywhere.end(), rule.key) != everywhere.end() ||
             has_key(of_type, rule.key) || has_key(of_element, rule.key);
    });
  }

  void visit_children(ProfileNode& node, StructureIndex structure) {
    for (const auto& child : node.children) {
      const ElementIndex index =
          structure == none ? none : definitions().find_element(structure, child->name);
      visit(*child, index == none ? nullptr : &definitions().element(index), false);
    }
    std::erase_if(node.children, [](const auto& child) { return is_empty(*child); });
  }

  void visit(ProfileNode& node, const Element* element, bool slice) {
    const StructureIndex structure = structure_of(node, element);
    if (element != nullptr) {
      drop_rules(node,
                 structure == none ? std::span<const uint16_t>()
                                   : definitions().structure(structure).constraints,
                 element->constraints);
      if (!slice && node.min <= element->min) node.min = 0;
      if (!slice && (element->max != many && node.max >= element->max)) node.max = unbounded;
      if (says_base_types(node, *element)) node.types.clear();
      if (node.binding && is_base_binding(*node.binding, *element)) node.binding.reset();
    }
    visit_children(node, structure);
    for (const auto& one : node.slices) {
      if (one->types.empty() && !node.types.empty() && node.types.size() == 1)
        one->types = node.types;
      visit(*one, element, true);
    }
    if (!node.slices.empty() && (!node.slicing || node.slicing->discriminators.empty()))
      understand(node, element);
    if (node.slices.empty() && node.slicing && node.slicing->rules != Slicing::Rules::closed)
      node.slicing.reset();
  }

  // Extensions differ by their url, choices by their type, when nothing else is written.
  static void understand(ProfileNode& node, const Element* element) {
    Discriminator by;
    const bool extension = node.name == "extension" || node.name == "modifierExtension";
    if (extension) {
      by.path = "url";
      by.steps.push_back({DiscriminatorStep::Kind::member, "url"});
    } else if (element != nullptr && element->choice) {
      by.kind = Discriminator::Kind::type;
      by.path = "$this";
    } else {
      return;
    }
    if (!node.slicing) node.slicing.emplace();
    node.slicing->discriminators.push_back(std::move(by));
  }

  // Whether the types are just those of the base.
  static bool says_base_types(const ProfileNode& node, const Element& element) {
    if (node.types.size() != element.types.size()) return false;
    for (size_t i = 0; i < node.types.size(); ++i) {
      const ProfileType& said = node.types[i];
      const auto base =
          std::find_if(element.types.begin(), element.types.end(),
                       [&](const TypeChoice& choice) { return choice.type == said.type; });
      if (base == element.types.end() || !said.profiles.empty()) return false;
      if (!said.targets.empty() && !are_base_targets(said.targets, base->targets)) return false;
    }
    return true;
  }

  static bool are_base_targets(const std::vector<std::string>& urls,
                               std::span<const TypeIndex> targets) {
    if (targets.empty()) return urls.size() == 1 && urls[0].ends_with("/Resource");
    if (urls.size() < targets.size()) return false;
    return std::all_of(targets.begin(), targets.end(), [&](TypeIndex target) {
      const std::string url =
          std::string(base_definitions) + std::string(definitions().type(target).name);
      return std::find(urls.begin(), urls.end(), url) != urls.end();
    });
  }

  // A required one by its value set; of an extensible one the definitions keep only that it is.
  static bool is_base_binding(const ProfileBinding& binding, const Element& element) {
    if (element.binding != binding.strength) return false;
    if (element.binding == Binding::required)
      return binding.built_in != none && binding.built_in == element.value_set;
    return binding.value_set.starts_with("http://hl7.org/fhir/ValueSet/") ||
           binding.value_set.starts_with("http://terminology.hl7.org/ValueSet/v");
  }

  static bool is_empty(const ProfileNode& node) {
    return node.min == 0 && node.max == unbounded && node.types.empty() && !node.fixed.exists() &&
           !node.fixed_extra.exists() && !node.pattern.exists() && !node.pattern_extra.exists() &&
           !node.least.exists() && !node.most.exists() && !node.longest && !node.binding &&
           node.rules.empty() && !node.slicing && node.children.empty() && node.slices.empty();
  }

  // "Questionnaire.item.item" is a Questionnaire.item: what is asked of one is asked of the other.
  void link(ProfileNode& node, StructureIndex structure) {
    if (structure == none) return;
    const Structure& in = definitions().structure(structure);
    for (uint16_t i = 0; i < in.count; ++i) {
      const Element& element = definitions().element(static_cast<ElementIndex>(in.first + i));
      if (element.structure == none) continue;
      const std::string_view target = definitions().structure(element.structure).path;
      if (target == std::string(in.path) + "." + std::string(element.name)) continue;
      ProfileNode* const asked = find(target);
      if (asked == nullptr || asked->children.empty()) continue;
      ProfileNode* child = node.find_child(element.name);
      if (child == nullptr) {
        node.children.push_back(std::make_unique<ProfileNode>());
        child = node.children.back().get();
        child->name = std::string(element.name);
        child->extra = "_" + child->name;
      }
      child->same_as = asked;
    }
    for (const auto& child : node.children) {
      const ElementIndex index = definitions().find_element(structure, child->name);
      if (index == none || child->same_as != nullptr) continue;
      const Element& element = definitions().element(index);
      link(*child, structure_of(*child, &element));
      for (const auto& slice : child->slices) link(*slice, structure_of(*slice, &element));
    }
  }

  ProfileNode* find(std::string_view path) {
    ProfileNode* node = &profile_.root;
    if (!path.starts_with(node->name + ".")) return nullptr;
    path.remove_prefix(node->name.size() + 1);
    while (node != nullptr && !path.empty()) {
      const size_t dot = path.find('.');
      node = node->find_child(path.substr(0, dot));
      path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
    }
    return node;
  }

  Profile& profile_;
};

}  // namespace

StructureIndex structure_of(const ProfileNode& node, const Element* element) {
  if (element != nullptr && element->structure != none) return element->structure;
  if (node.types.size() == 1 && node.types[0].type != none)
    return definitions().type(node.types[0].type).structure;
  if (element != nullptr && element->types.size() == 1)
    return definitions().type(element->types[0].type).structure;
  return none;
}

ProfileNode copy_node(const ProfileNode& node) {
  ProfileNode out;
  out.name = node.name;
  out.slice = node.slice;
  out.extra = node.extra;
  out.min = node.min;
  out.max = node.max;
  out.types = node.types;
  out.fixed = node.fixed;
  out.fixed_extra = node.fixed_extra;
  out.pattern = node.pattern;
  out.pattern_extra = node.pattern_extra;
  out.least = node.least;
  out.most = node.most;
  out.longest = node.longest;
  out.binding = node.binding;
  out.rules = node.rules;
  out.slicing = node.slicing;
  for (const auto& child : node.children)
    out.children.push_back(std::make_unique<ProfileNode>(copy_node(*child)));
  for (const auto& slice : node.slices)
    out.slices.push_back(std::make_unique<ProfileNode>(copy_node(*slice)));
  return out;
}

void finish_profile(Profile& profile) { Finish(profile).run(); }

}  // namespace passerelle::fhir
