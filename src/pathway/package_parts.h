// A package's files, each parsed on its own, a scenario applied: what load_package joins and what
// check looks across. For package*.cpp and check/ only.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/package.h"

namespace passerelle::pathway {

struct PackageParts {
  PackageFiles files;                      // DMN files with the scenario's literal decisions
  std::map<std::string, yaml::Node> yaml;  // by path; missing where the file is unreadable
  std::vector<Form> forms;
  std::vector<std::string> form_files;  // same order
  Organisation organisation;
  Cohort cohort;
  std::vector<Indicator> indicators;
  std::vector<Scenario> scenarios;
  std::vector<MigrationRules> migrations;
  std::map<std::string, Texts> texts;
  std::map<std::string, Place> text_places;  // of a key in the first language that has it
};

PackageParts read_parts(const PackageFiles& files, std::string_view scenario,
                        std::vector<Finding>& findings,
                        std::span<const Multiplied> multiplied = {});

// Applies one scenario's changes to the parts that are not parsed further yet.
void apply_changes(const yaml::Node& changes, PackageParts& parts, std::vector<Finding>& findings);
void apply_multiplied(std::span<const Multiplied> multiplied, PackageParts& parts,
                      std::vector<Finding>& findings);

// The compiled pathway; the forms move into it.
std::optional<Pathway> compile_parts(PackageParts& parts, std::string_view id,
                                     std::vector<Finding>& findings);

}  // namespace passerelle::pathway
