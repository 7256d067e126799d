// Scenarios: named changes, applied to the parsed YAML and to literal decisions of DMN files before
// anything else is read from them.
#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/figures.h"
#include "pathway/package_parts.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view local_name(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// Replaces the text of a literal decision in the file's own bytes, so that places stay true.
bool replace_literal(std::string& xml, std::string_view decision, std::string_view text) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return false;
  for (const pugi::xml_node node : document.document_element().children()) {
    if (local_name(node.name()) != "decision" || node.attribute("name").value() != decision)
      continue;
    for (const pugi::xml_node logic : node.children()) {
      if (local_name(logic.name()) != "literalExpression") continue;
      for (const pugi::xml_node part : logic.children()) {
        if (local_name(part.name()) != "text" || !part.first_child()) continue;
        const auto begin = static_cast<size_t>(part.first_child().offset_debug());
        const size_t end = xml.find('<', begin);
        if (end == std::string::npos || part.first_child().type() != pugi::node_pcdata)
          return false;
        xml.replace(begin, end - begin, escape_xml(text));
        return true;
      }
    }
  }
  return false;
}

bool named(const yaml::Node& item, std::string_view name) {
  for (const std::string_view key : {"id", "name", "activity", "role"})
    if (const yaml::Node* at = item.find(key))
      if (at->kind == yaml::Kind::scalar && at->scalar == name) return true;
  return false;
}

// Where one step of a path leads: index of a member or item, or nothing.
std::optional<size_t> index_of(const yaml::Node& node, std::string_view step) {
  if (node.kind == yaml::Kind::mapping) {
    for (size_t i = 0; i < node.members.size(); ++i)
      if (node.members[i].first == step) return i;
  } else if (node.kind == yaml::Kind::sequence) {
    for (size_t i = 0; i < node.items.size(); ++i)
      if (named(node.items[i], step)) return i;
    size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error == std::errc() && end == step.data() + step.size() && index < node.items.size())
      return index;
  }
  return std::nullopt;
}

std::string names_in(const yaml::Node& node) {
  std::string out;
  for (const auto& [key, value] : node.members) out += (out.empty() ? "" : ", ") + key;
  for (const yaml::Node& item : node.items)
    for (const std::string_view key : {"id", "name", "activity", "role"})
      if (const yaml::Node* at = item.find(key)) {
        out += (out.empty() ? "" : ", ") + at->scalar;
        break;
      }
  return out;
}

void add_number(yaml::Node& node, double by) {
  if (node.kind == yaml::Kind::scalar) {
    const auto number = node.number();
    if (!number) return;
    const double sum = std::max(0.0, *number + by);
    std::array<char, 32> buffer{};
    node.scalar.assign(buffer.data(),
                       std::to_chars(buffer.data(), buffer.data() + buffer.size(), sum).ptr);
    return;
  }
  // Dated headcounts: every row's people, none of its dates.
  for (yaml::Node& item : node.items)
    for (auto& [key, value] : item.members)
      if (key == "people") add_number(value, by);
}

struct Target {
  yaml::Node* parent = nullptr;
  yaml::Node* node = nullptr;
  size_t index = 0;  // in the parent
};

// Where a path leads; nothing, and a finding at `place`, when it leads nowhere.
std::optional<Target> target_of(yaml::Node& root, const std::string& path, const Place& place,
                                std::vector<Finding>& findings) {
  Target at{nullptr, &root, 0};
  for (const std::string_view step : split(path, '.')) {
    const auto found = index_of(*at.node, step);
    if (!found) {
      const std::string known = names_in(*at.node);
      findings.push_back(check_finding(
          "scenario-target", place,
          {path, "'" + std::string(step) + "' is one of: " + (known.empty() ? "-" : known)}));
      return std::nullopt;
    }
    at.parent = at.node;
    at.index = *found;
    at.node = at.parent->kind == yaml::Kind::mapping ? &at.parent->members[at.index].second
                                                     : &at.parent->items[at.index];
  }
  return at;
}

class Changer {
 public:
  Changer(PackageParts& parts, std::vector<Finding>& findings)
      : parts_(parts), findings_(findings), read_(findings) {}

  void apply(const yaml::Node& change) {
    if (!read_.mapping(change, {"file", "path", "decision", "to", "add", "times", "remove"}))
      return;
    const std::string file = read_.text(change, "file", true);
    if (const auto* decision = change.find("decision")) {
      literal(change, file, decision->scalar);
      return;
    }
    const std::string path = read_.text(change, "path", true);
    const auto yaml = parts_.yaml.find(file);
    if (yaml == parts_.yaml.end()) {
      findings_.push_back(
          check_finding("scenario-target", change.place, {file, "a YAML file of the package"}));
      return;
    }
    walk(change, yaml->second, path);
  }

 private:
  void literal(const yaml::Node& change, const std::string& file, const std::string& decision) {
    const auto content = parts_.files.find(file);
    const yaml::Node* to = read_.member(change, "to", true);
    if (to == nullptr) return;
    if (content == parts_.files.end() || !replace_literal(content->second, decision, to->scalar))
      findings_.push_back(check_finding(
          "scenario-target", change.place,
          {file + ": " + decision, "a literal decision of a DMN file of the package"}));
  }

  void walk(const yaml::Node& change, yaml::Node& root, const std::string& path) {
    const auto found = target_of(root, path, change.place, findings_);
    if (!found) return;
    const auto [parent, here, index] = *found;
    if (read_.boolean(change, "remove", false)) {
      const auto at = static_cast<std::ptrdiff_t>(index);
      if (parent->kind == yaml::Kind::mapping) {
        parent->members.erase(parent->members.begin() + at);
        parent->member_places.erase(parent->member_places.begin() + at);
      } else {
        parent->items.erase(parent->items.begin() + at);
      }
    } else if (const auto* to = change.find("to")) {
      *here = *to;
    } else if (change.find("add") != nullptr) {
      add_number(*here, read_.number(change, "add", 0));
    } else if (change.find("times") != nullptr) {
      const std::string key = path.substr(path.rfind('.') + 1);
      if (!multiply(*here, read_.number(change, "times", 1), key))
        findings_.push_back(check_finding("scenario-target", change.place,
                                          {path, "a figure, a time, a chance or weights"}));
    } else {
      findings_.push_back(check_finding("missing-key", change.place, {"to"}));
    }
  }

  PackageParts& parts_;
  std::vector<Finding>& findings_;
  YamlReader read_;
};

}  // namespace

void apply_changes(const yaml::Node& changes, PackageParts& parts, std::vector<Finding>& findings) {
  Changer changer(parts, findings);
  if (changes.is_null()) return;
  if (!YamlReader(findings).sequence(changes)) return;
  for (const yaml::Node& change : changes.items) changer.apply(change);
}

void apply_multiplied(std::span<const Multiplied> multiplied, PackageParts& parts,
                      std::vector<Finding>& findings) {
  for (const auto& [file, path, times] : multiplied) {
    const Place place{file, 0, 0};
    const auto yaml = parts.yaml.find(file);
    if (yaml == parts.yaml.end()) {
      findings.push_back(
          check_finding("scenario-target", place, {file, "a YAML file of the package"}));
      continue;
    }
    const auto target = target_of(yaml->second, path, place, findings);
    if (target && !multiply(*target->node, times, path.substr(path.rfind('.') + 1)))
      findings.push_back(
          check_finding("scenario-target", place, {path, "a figure, a time, a chance or weights"}));
  }
}

}  // namespace passerelle::pathway
