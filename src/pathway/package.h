// A pathway package: the folder that a hospital team writes, loaded, compiled and joined. A
// scenario is applied to the texts before they are parsed, so that a changed package is an ordinary
// package.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "pathway/cohort.h"
#include "pathway/finding.h"
#include "pathway/form.h"
#include "pathway/indicators.h"
#include "pathway/migration/rules.h"
#include "pathway/organisation.h"
#include "pathway/pathway.h"

namespace passerelle::pathway {

// The files of a package by their path inside it ("pathway.bpmn", "forms/daily.json").
using PackageFiles = std::map<std::string, std::string>;

// Reads a folder; refuses files over 16 MiB and folders over 1,000 files.
Result<PackageFiles> read_package_files(const std::string& folder);

// scenarios/*.yaml: a name, a question in words, and changes:
//   changes:
//     - {file: organisation.yaml, path: roles.nurse.shifts.day.people, to: 8}
//     - {file: organisation.yaml, path: roles.nurse.shifts.day.people, add: -2}
//     - {file: triage.dmn, decision: fever threshold, to: "38.5"}
//     - {file: organisation.yaml, path: channels.phone, remove: true}
// A step of `path` is a key, or for a sequence the id/name of an item or its index.
struct Scenario {
  std::string id;
  Texts name, question;
  yaml::Node changes;
};

struct Package {
  std::string id;
  std::string version;
  Texts title;
  Pathway pathway;
  Cohort cohort;
  std::vector<Indicator> indicators;
  std::vector<Scenario> scenarios;
  std::vector<MigrationRules> migrations;
  std::map<std::string, Texts> texts;  // key -> language -> text
  std::vector<std::string> languages;
  PackageFiles files;  // as written; DMN files with the scenario's thresholds

  // The text of a key in a language, else in the package's first, else the key itself.
  std::string text(std::string_view key, std::string_view language) const;
};

// One figure of a YAML file, multiplied behind the scenario's own changes (pathway/figures.h).
struct Multiplied {
  std::string file, path;
  double times = 1;
};

// The package under a scenario ("" = as written), or nothing when findings hold errors.
std::unique_ptr<Package> load_package(const PackageFiles& files, std::string_view id,
                                      std::string_view scenario, std::vector<Finding>& findings,
                                      std::span<const Multiplied> multiplied = {});

}  // namespace passerelle::pathway
