#include "pathway/yaml_reader.h"

#include <algorithm>

#include "base/text.h"
#include "pathway/check/catalogue.h"

namespace passerelle::pathway {

bool YamlReader::any_mapping(const yaml::Node& node) {
  if (node.kind == yaml::Kind::mapping) return true;
  wrong(node, "keys with values");
  return false;
}

bool YamlReader::mapping(const yaml::Node& node, std::initializer_list<std::string_view> keys) {
  if (!any_mapping(node)) return false;
  for (size_t i = 0; i < node.members.size(); ++i) {
    const std::string& key = node.members[i].first;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::vector<std::string> known(keys.begin(), keys.end());
    const std::string near = closest(key, known);
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    findings_.push_back(
        check_finding("unknown-key", node.member_places[i], {key, near.empty() ? list : near}));
  }
  return true;
}

bool YamlReader::sequence(const yaml::Node& node) {
  if (node.kind == yaml::Kind::sequence) return true;
  wrong(node, "a list");
  return false;
}

const yaml::Node* YamlReader::member(const yaml::Node& node, std::string_view key, bool required) {
  const yaml::Node* found = node.find(key);
  if (found == nullptr && required)
    findings_.push_back(check_finding("missing-key", node.place, {key}));
  return found;
}

std::string YamlReader::text(const yaml::Node& node, std::string_view key, bool required) {
  const yaml::Node* found = member(node, key, required);
  if (found == nullptr) return {};
  auto text = found->text();
  if (text) return std::move(*text);
  wrong(text.error());
  return {};
}

double YamlReader::number(const yaml::Node& node, std::string_view key, double otherwise) {
  const yaml::Node* found = node.find(key);
  if (found == nullptr) return otherwise;
  const auto number = found->number();
  if (number) return *number;
  wrong(number.error());
  return otherwise;
}

bool YamlReader::boolean(const yaml::Node& node, std::string_view key, bool otherwise) {
  const yaml::Node* found = node.find(key);
  if (found == nullptr) return otherwise;
  const auto truth = found->boolean();
  if (truth) return *truth;
  wrong(truth.error());
  return otherwise;
}

std::vector<std::string> YamlReader::texts(const yaml::Node& node, std::string_view key) {
  std::vector<std::string> out;
  const yaml::Node* found = node.find(key);
  if (found == nullptr || !sequence(*found)) return out;
  for (const yaml::Node& item : found->items) {
    auto text = item.text();
    if (text) {
      out.push_back(std::move(*text));
    } else {
      wrong(text.error());
    }
  }
  return out;
}

Texts YamlReader::translated(const yaml::Node& node, std::string_view key) {
  Texts out;
  const yaml::Node* found = member(node, key, true);
  if (found == nullptr || !any_mapping(*found)) return out;
  for (const auto& [language, each] : found->members) {
    auto text = each.text();
    if (text) {
      out[language] = std::move(*text);
    } else {
      wrong(text.error());
    }
  }
  return out;
}

void YamlReader::wrong(const Error& error) {
  Finding finding = check_finding("wrong-value", parse_place(error.where, ""), {error.message});
  if (!error.help.empty()) finding.help = error.help;
  findings_.push_back(std::move(finding));
}

void YamlReader::wrong(const yaml::Node& node, std::string_view expected) {
  std::string found = "'" + node.scalar + "'";
  if (node.quoted) found = "the text " + found + " in quotes";
  if (node.kind == yaml::Kind::null) found = "nothing";
  if (node.kind == yaml::Kind::sequence) found = "a list";
  if (node.kind == yaml::Kind::mapping) found = "a mapping";
  findings_.push_back(check_finding("wrong-value", node.place,
                                    {"expected " + std::string(expected) + ", found " + found}));
}

}  // namespace passerelle::pathway
