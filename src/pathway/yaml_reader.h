// Reading a package's YAML with the same words everywhere: a key that is missing, unknown or of the
// wrong kind becomes a finding with its place, and reading goes on with a neutral value, so that
// one run tells all that is wrong.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "pathway/finding.h"
#include "pathway/form.h"

namespace passerelle::pathway {

class YamlReader {
 public:
  explicit YamlReader(std::vector<Finding>& findings) : findings_(findings) {}

  // Says which keys a mapping may have; a finding for every other one, and when it is no mapping.
  bool mapping(const yaml::Node& node, std::initializer_list<std::string_view> keys);
  bool any_mapping(const yaml::Node& node);
  bool sequence(const yaml::Node& node);

  // The member, or null; missing and required is a finding.
  const yaml::Node* member(const yaml::Node& node, std::string_view key, bool required);
  std::string text(const yaml::Node& node, std::string_view key, bool required = false);
  double number(const yaml::Node& node, std::string_view key, double otherwise);
  bool boolean(const yaml::Node& node, std::string_view key, bool otherwise);
  std::vector<std::string> texts(const yaml::Node& node, std::string_view key);
  Texts translated(const yaml::Node& node, std::string_view key);  // {fr: ..., en: ...}

  void wrong(const Error& error);
  void wrong(const yaml::Node& node, std::string_view expected);

 private:
  std::vector<Finding>& findings_;
};

}  // namespace passerelle::pathway
