// From a StructureDefinition to a Profile.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "fhir/path_program.h"
#include "fhir/profile_build.h"

namespace passerelle::fhir {
namespace {

constexpr size_t most_nodes = 100'000;
constexpr std::string_view system_types = "http://hl7.org/fhirpath/";

// "http://hl7.org/fhir/StructureDefinition/Patient" -> Patient; none when it names another thing.
TypeIndex base_type_of(std::string_view url) {
  if (!url.starts_with(base_definitions)) return none;
  return definitions().find_type(url.substr(base_definitions.size()));
}

// Types of the base specification that are profiles of Quantity, and say no more than the
// invariants that hold anyway.
bool is_base_profile(std::string_view url) {
  return base_type_of(url) != none ||
         url == "http://hl7.org/fhir/StructureDefinition/SimpleQuantity" ||
         url == "http://hl7.org/fhir/StructureDefinition/MoneyQuantity";
}

// One part of an element's id: "identifier:INS/NIR" -> name and the slices, outer first.
struct Part {
  std::string_view name;
  std::vector<std::string> slices;
};

Part read_part(std::string_view text) {
  Part part;
  const size_t colon = text.find(':');
  part.name = text.substr(0, colon);
  if (part.name.ends_with("[x]")) part.name.remove_suffix(3);
  if (colon == text.npos) return part;
  const std::string_view slices = text.substr(colon + 1);
  for (size_t end = slices.find('/');; end = slices.find('/', end + 1)) {
    part.slices.emplace_back(slices.substr(0, end));
    if (end == slices.npos) return part;
  }
}

std::optional<int64_t> number_of(json::Value value) {
  const auto number = value.integer();
  return number ? std::optional(*number) : std::nullopt;
}

Binding strength_of(std::string_view text) {
  if (text == "required") return Binding::required;
  if (text == "extensible") return Binding::extensible;
  return Binding::no;  // preferred and example bind nobody
}

Result<std::vector<DiscriminatorStep>> read_steps(std::string_view path) {
  std::vector<DiscriminatorStep> steps;
  const Error bad{ErrorCode::unsupported,
                  "the discriminator " + quoted(path) + " is not of the form that FHIR allows", "",
                  "use members, extension('url'), ofType(Type), resolve() and $this"};
  for (size_t at = 0; at < path.size();) {
    size_t end = at;
    for (int depth = 0; end < path.size() && (depth > 0 || path[end] != '.'); ++end)
      depth += path[end] == '(' ? 1 : path[end] == ')' ? -1 : 0;
    const std::string_view step = path.substr(at, end - at);
    at = end + 1;
    if (step == "$this") continue;
    const size_t open = step.find('(');
    if (open == step.npos) {
      if (step.empty()) return bad;
      steps.push_back({DiscriminatorStep::Kind::member, std::string(step)});
      continue;
    }
    if (!step.ends_with(')')) return bad;
    const std::string_view function = step.substr(0, open);
    std::string_view argument = trim(step.substr(open + 1, step.size() - open - 2));
    if (function == "resolve" && argument.empty()) {
      steps.push_back({DiscriminatorStep::Kind::resolve, ""});
    } else if (function == "ofType") {
      steps.push_back({DiscriminatorStep::Kind::of_type, std::string(argument)});
    } else if (function == "extension" && argument.size() > 2) {
      argument = argument.substr(1, argument.size() - 2);
      steps.push_back({DiscriminatorStep::Kind::extension, std::string(argument)});
    } else {
      return bad;
    }
  }
  return steps;
}

Result<Slicing> read_slicing(json::Value value) {
  struct Named {
    std::string_view name;
    Discriminator::Kind kind;
  };
  static constexpr Named kinds[] = {{"value", Discriminator::Kind::value},
                                    {"exists", Discriminator::Kind::exists},
                                    {"pattern", Discriminator::Kind::pattern},
                                    {"type", Discriminator::Kind::type},
                                    {"profile", Discriminator::Kind::profile}};
  Slicing slicing;
  slicing.ordered = value["ordered"].boolean();
  const std::string_view rules = value["rules"].string();
  if (rules == "closed") slicing.rules = Slicing::Rules::closed;
  if (rules == "openAtEnd") slicing.rules = Slicing::Rules::open_at_end;
  for (const json::Value one : value["discriminator"].items()) {
    Discriminator made;
    const std::string_view type = one["type"].string();
    const auto kind = std::find_if(std::begin(kinds), std::end(kinds),
                                   [&](const Named& named) { return named.name == type; });
    if (kind == std::end(kinds))
      return Error{ErrorCode::unsupported, "slicing by " + quoted(type) + " is not offered", "",
                   "use value, exists, pattern, type or profile"};
    made.kind = kind->kind;
    made.path = std::string(one["path"].string());
    TRY(made.steps, read_steps(made.path));
    slicing.discriminators.push_back(std::move(made));
  }
  return slicing;
}

std::vector<std::string> texts_of(json::Value list) {
  std::vector<std::string> out;
  for (const json::Value item : list.items()) out.emplace_back(item.string());
  return out;
}

// Empty when the element's type is one of FHIRPath's own: ids and urls, whose types are fixed.
std::vector<ProfileType> read_types(json::Value list) {
  std::vector<ProfileType> out;
  for (const json::Value item : list.items()) {
    const std::string_view code = item["code"].string();
    if (code.starts_with(system_types)) return {};
    ProfileType made;
    made.type = definitions().find_type(code);
    if (made.type == none) made.type = base_type_of(code);
    made.profiles = texts_of(item["profile"]);
    std::erase_if(made.profiles, [](const std::string& url) { return is_base_profile(url); });
    made.targets = texts_of(item["targetProfile"]);
    out.push_back(std::move(made));
  }
  return out;
}

ProfileRule read_rule(json::Value value) {
  ProfileRule rule;
  rule.key = std::string(value["key"].string());
  rule.human = std::string(value["human"].string());
  rule.error = value["severity"].string() != "warning";
  Result<path::Program> program = path::parse(value["expression"].string());
  if (program) rule.program = std::make_shared<const path::Program>(std::move(*program));
  return rule;
}

class ProfileBuilder {
 public:
  ProfileBuilder(std::shared_ptr<const json::Document> definition, ProfileSource& source)
      : definition_(std::move(definition)), root_(definition_->root()), source_(source) {}

  Result<std::shared_ptr<const Profile>> build() {
    TRY_VOID(begin());
    const json::Value whole = root_["snapshot"]["element"];
    const bool differential = whole.size() == 0;
    if (differential) TRY_VOID(lay_over_base());
    profile_->documents.push_back(definition_);
    for (const json::Value element :
         (differential ? root_["differential"]["element"] : whole).items())
      TRY_VOID(read_element(element));
    finish_profile(*profile_);
    return std::shared_ptr<const Profile>(std::move(profile_));
  }

 private:
  // Where the reading of an id has come: a node, and where its children are defined.
  struct Spot {
    ProfileNode* node = nullptr;
    StructureIndex structure = none;
    const Element* element = nullptr;
  };

  Result<void> begin() {
    if (root_["resourceType"].string() != "StructureDefinition")
      return Error{ErrorCode::invalid, "it is no StructureDefinition"};
    profile_ = std::make_shared<Profile>();  // shared with whoever validates
    profile_->url = std::string(root_["url"].string());
    const std::string_view type = root_["type"].string();
    profile_->type = definitions().find_type(type);
    if (profile_->type == none)
      return Error{ErrorCode::unsupported, quoted(type) + " is not a type of FHIR R4",
                   "StructureDefinition.type", "logical models are stored, not validated against"};
    profile_->root.name = std::string(type);
    for (const json::Value context : root_["context"].items())
      profile_->contexts.push_back(
          {std::string(context["type"].string()), std::string(context["expression"].string())});
    return {};
  }

  // A differential says only what is new: it goes over the tree of what it is derived from.
  Result<void> lay_over_base() {
    const std::string_view base = root_["baseDefinition"].string();
    if (base_type_of(base) != none) return {};
    auto found = source_.profile(base);
    if (!found) {
      Error error = found.error();
      error.code = ErrorCode::invalid;  // this one is loaded
      error.message =
          "it has no snapshot, and its base " + quoted(base) + " cannot be used: " + error.message;
      return error;
    }
    TRY(profile_->root, copy_of(**found));
    if (profile_->contexts.empty()) profile_->contexts = (*found)->contexts;
    return {};
  }

  Result<void> read_element(json::Value element) {
    const std::string_view path = element["path"].string();
    std::string id(element["id"].string());
    if (std::count(id.begin(), id.end(), '.') != std::count(path.begin(), path.end(), '.'))
      id = id_of(element);
    auto spot = find_spot(id);
    if (spot) spot = apply(element, *spot);
    if (spot) return {};
    if (spot.error().where.empty()) spot.error().where = id;
    return spot.error();
  }

  // Of an element without an id: its path, with the slices that stood last before it.
  std::string id_of(json::Value element) {
    const std::string path(element["path"].string());
    const std::string_view slice = element["sliceName"].string();
    std::erase_if(last_ids_, [&](const auto& entry) {
      return entry.first == path || entry.first.starts_with(path + ".");
    });
    const size_t dot = path.rfind('.');
    std::string id = path;
    if (dot != path.npos) {
      const auto parent = last_ids_.find(path.substr(0, dot));
      if (parent != last_ids_.end()) id = parent->second + path.substr(dot);
    }
    if (!slice.empty()) id += ":" + std::string(slice);
    last_ids_[path] = id;
    return id;
  }

  Result<Spot> find_spot(std::string_view id) {
    const std::vector<std::string_view> parts = split(id, '.');
    Spot spot{&profile_->root, definitions().type(profile_->type).structure, nullptr};
    const Part first = read_part(parts[0]);
    if (first.name != profile_->root.name)
      return Error{ErrorCode::invalid,
                   "the element is not one of " + profile_->root.name + ", which is profiled"};
    for (size_t i = 1; i < parts.size(); ++i) {
      const Part part = read_part(parts[i]);
      TRY_VOID(expand(spot));
      TRY(spot, child_of(spot, part.name));
      for (const std::string& slice : part.slices) spot = slice_of(spot, slice);
    }
    return spot;
  }

  // What is asked of the children of an element with a profile of its own builds on that profile.
  Result<void> expand(Spot& spot) {
    ProfileNode& node = *spot.node;
    if (&node == &profile_->root || !node.children.empty()) return {};
    if (node.types.size() != 1 || node.types[0].profiles.size() != 1) return {};
    const std::string url = node.types[0].profiles[0];
    if (url.substr(0, url.find('|')) == profile_->url) return {};
    const auto found = source_.profile(url);
    if (!found) {
      if (found.error().code == ErrorCode::too_large) return found.error();
      return {};  // one that is not loaded is said when something is validated against it
    }
    TRY(ProfileNode copy, copy_of(**found));
    node.children = std::move(copy.children);
    return {};
  }

  // With the documents that its values live in. Profiles that lie within each other multiply: ten
  // small ones could fill the memory.
  Result<ProfileNode> copy_of(const Profile& other) {
    nodes_ += count_of(other.root);
    if (nodes_ > most_nodes)
      return Error{ErrorCode::too_large,
                   "with the profiles within it, it is made of more than " +
                       std::to_string(most_nodes) + " elements",
                   "", "profile less deep within extensions and types"};
    for (const auto& document : other.documents)
      if (std::find(profile_->documents.begin(), profile_->documents.end(), document) ==
          profile_->documents.end())
        profile_->documents.push_back(document);
    return copy_node(other.root);
  }

  static size_t count_of(const ProfileNode& node) {
    size_t count = 1;
    for (const auto& child : node.children) count += count_of(*child);
    for (const auto& slice : node.slices) count += count_of(*slice);
    return count;
  }

  ProfileNode* make_child(ProfileNode& parent, std::string_view name) {
    if (ProfileNode* known = parent.find_child(name)) return known;
    auto made = std::make_unique<ProfileNode>();
    made->name = std::string(name);
    made->extra = "_" + made->name;
    parent.children.push_back(std::move(made));
    return parent.children.back().get();
  }

  Result<Spot> child_of(const Spot& spot, std::string_view name) {
    if (spot.structure == none) return Spot{make_child(*spot.node, name), none, nullptr};
    const ElementIndex index = definitions().find_element(spot.structure, name);
    if (index != none) {
      const Element& element = definitions().element(index);
      ProfileNode* const node = make_child(*spot.node, name);
      return Spot{node, structure_of(*node, &element), &element};
    }
    // "deceasedBoolean" stands for deceased[x] when it is a boolean.
    const Field* const field = definitions().find_field(spot.structure, name);
    if (field == nullptr)
      return Error{ErrorCode::invalid,
                   std::string(definitions().structure(spot.structure).path) + " has no element " +
                       quoted(name),
                   "", did_you_mean(name, definitions().field_names(spot.structure))};
    const Element& element = definitions().element(field->element);
    const Spot choice{make_child(*spot.node, element.name), none, &element};
    return slice_of(choice, std::string(name));
  }

  Spot slice_of(const Spot& spot, const std::string& name) {
    ProfileNode* slice = spot.node->find_slice(name);
    if (slice == nullptr) {
      auto made = std::make_unique<ProfileNode>();
      made->name = spot.node->name;
      made->extra = spot.node->extra;
      made->slice = name;
      if (spot.element != nullptr && spot.element->choice) {
        const Field* const field = definitions().find_field(spot.element->parent, name);
        if (field != nullptr) made->types.push_back({field->type, {}, {}});
      }
      spot.node->slices.push_back(std::move(made));
      slice = spot.node->slices.back().get();
    }
    Spot out{slice, spot.structure, spot.element};
    if (spot.element != nullptr && !slice->types.empty())
      out.structure = structure_of(*slice, spot.element);
    return out;
  }

  Result<Spot> apply(json::Value element, Spot spot) {
    ProfileNode& node = *spot.node;
    if (const auto min = number_of(element["min"])) node.min = static_cast<uint32_t>(*min);
    if (element["max"].is_string()) node.max = read_max(element["max"].string());
    if (&node != &profile_->root && element["type"].exists()) {
      std::vector<ProfileType> types = read_types(element["type"]);
      if (!types.empty()) node.types = std::move(types);
    }
    read_values(element, node);
    if (const auto longest = number_of(element["maxLength"])) node.longest = *longest;
    if (const json::Value binding = element["binding"]; binding.exists())
      read_binding(binding, node);
    for (const json::Value constraint : element["constraint"].items()) {
      ProfileRule rule = read_rule(constraint);
      std::erase_if(node.rules, [&](const ProfileRule& known) { return known.key == rule.key; });
      node.rules.push_back(std::move(rule));
    }
    if (const json::Value slicing = element["slicing"]; slicing.exists()) {
      TRY(Slicing made, read_slicing(slicing));
      // What adds slices to those of the base need not say again by what they differ.
      if (made.discriminators.empty() && node.slicing)
        made.discriminators = node.slicing->discriminators;
      node.slicing = std::move(made);
    }
    return spot;
  }

  static uint32_t read_max(std::string_view text) {
    uint32_t max = unbounded;
    if (text != "*") std::from_chars(text.data(), text.data() + text.size(), max);
    return max;
  }

  static void read_values(json::Value element, ProfileNode& node) {
    struct Named {
      std::string_view prefix;
      json::Value ProfileNode::*part;
    };
    static constexpr Named all[] = {
        {"fixed", &ProfileNode::fixed},     {"_fixed", &ProfileNode::fixed_extra},
        {"pattern", &ProfileNode::pattern}, {"_pattern", &ProfileNode::pattern_extra},
        {"minValue", &ProfileNode::least},  {"maxValue", &ProfileNode::most}};
    for (const json::Member& member : element.members())
      for (const Named& one : all)
        if (member.name.size() > one.prefix.size() && member.name.starts_with(one.prefix))
          node.*one.part = member.value;
  }

  static void read_binding(json::Value value, ProfileNode& node) {
    ProfileBinding binding;
    binding.strength = strength_of(value["strength"].string());
    binding.value_set = std::string(value["valueSet"].string());
    const std::string url = binding.value_set.substr(0, binding.value_set.find('|'));
    binding.built_in = definitions().find_value_set(url);
    if (binding.strength == Binding::no || url.empty()) return;
    node.binding = std::move(binding);
  }

  const std::shared_ptr<const json::Document> definition_;  // shared with the profile
  const json::Value root_;
  ProfileSource& source_;
  std::shared_ptr<Profile> profile_;
  std::map<std::string, std::string> last_ids_;  // by path
  size_t nodes_ = 0;                             // that were copied
};

}  // namespace

Result<std::shared_ptr<const Profile>> compile_profile(
    std::shared_ptr<const json::Document> definition, ProfileSource& source) {
  return ProfileBuilder(std::move(definition), source).build();
}

}  // namespace passerelle::fhir
