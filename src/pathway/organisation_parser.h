// Reading organisation.yaml: what is wrong is told by findings, and reading goes on. For
// organisation_parse*.cpp only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/organisation.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {

using Minutes = std::chrono::minutes;

// "08:00"; up to "24:00".
std::optional<Minutes> parse_time_of_day(std::string_view text);

class OrganisationParser {
 public:
  OrganisationParser(Organisation& organisation, std::vector<Finding>& findings)
      : out_(organisation), findings_(findings), read_(findings) {}

  void parse(const yaml::Node& root);

 private:
  // organisation_parse.cpp
  // france, or {calendar: france, also: [dates], except: [dates]}.
  void holidays(const yaml::Node& node);
  void dates(const yaml::Node& node, std::string_view key, std::vector<LocalDay>& out);
  void channel(const std::string& id, const yaml::Node& node, const Place& place);
  void work_time(const yaml::Node& node);
  void interruption(const yaml::Node& node, WorkTime& time);
  Together together(const yaml::Node& node);
  void worklist(const yaml::Node& node);
  // A whole number between both, else a finding and the least.
  int whole(const yaml::Node& node, int least, int most, std::string_view expected);
  // Roles that are named inside this file.
  void names(const yaml::Node& root);
  void ratios();
  void known(const std::string& role, const Place& place);

  // organisation_parse_people.cpp
  void role(const std::string& id, const yaml::Node& node, const Place& place);
  ShiftEnd shift_end(const yaml::Node& node);
  EarlierWork earlier(const yaml::Node& node);
  Shift shift(const yaml::Node& node, bool of_one_person);
  void breaks(const yaml::Node& node, Shift& shift);
  Absence absent(const yaml::Node& node);
  Surge surge(const yaml::Node& node);
  // 8, or dated rows, or {per: role, each: 4}.
  Headcount count(const yaml::Node& node);
  void learn(const yaml::Node& node);
  std::vector<Shift> shifts(const yaml::Node& node, bool of_one_person);
  Turnover turnover(const yaml::Node& node);
  std::optional<std::chrono::minutes> overtime(const yaml::Node& node, ShiftEnd end);
  Dip dip(const yaml::Node& node);

  // organisation_parse_posts.cpp
  void post(const yaml::Node& node);
  void overlaps(const yaml::Node& node, const Post& post);
  void duties(const yaml::Node& node, Post& post);
  void names(const Post& post);

  Organisation& out_;
  std::vector<Finding>& findings_;
  YamlReader read_;
};

}  // namespace passerelle::pathway
