#include "pathway/migration/rules.h"

#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

std::vector<MigrationRules::Rule> read_rules(const yaml::Node& node, std::string_view key,
                                             YamlReader& read) {
  std::vector<MigrationRules::Rule> out;
  const yaml::Node* rules = node.find(key);
  if (rules == nullptr || !read.any_mapping(*rules)) return out;
  for (size_t i = 0; i < rules->members.size(); ++i) {
    const auto& [name, value] = rules->members[i];
    if (auto text = value.text()) {
      out.push_back({name, std::move(*text), rules->member_places[i]});
    } else {
      read.wrong(text.error());
    }
  }
  return out;
}

}  // namespace

std::vector<MigrationRules> read_migrations(const yaml::Node& node,
                                            std::vector<Finding>& findings) {
  std::vector<MigrationRules> out;
  YamlReader read(findings);
  if (!read.mapping(node, {"migrations"})) return out;
  const yaml::Node* list = read.member(node, "migrations", true);
  if (list == nullptr || !read.sequence(*list)) return out;
  for (const yaml::Node& each : list->items) {
    if (!read.mapping(each, {"from", "elements", "variables"})) continue;
    MigrationRules& rules = out.emplace_back();
    rules.place = each.place;
    const yaml::Node* from = read.member(each, "from", true);
    if (from != nullptr && from->kind == yaml::Kind::sequence) {
      rules.versions = read.texts(each, "from");
    } else if (from != nullptr) {
      rules.versions = {read.text(each, "from")};
    }
    rules.elements = read_rules(each, "elements", read);
    rules.variables = read_rules(each, "variables", read);
  }
  return out;
}

}  // namespace passerelle::pathway
