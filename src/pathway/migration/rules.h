// migration.yaml: what the ids of two versions do not say by themselves.
//
//   migrations:
//     - from: "1"                               # or several: ["1", "2"]
//       elements: {nurse_call: first_call}      # BPMN ids: theirs -> ours
//       variables: {risk: 'if daily.temperature >= 39 then "high" else "low"'}
//                                               # ours: FEEL over the variables of the earlier
//                                               version
//
// An element whose id stays needs no line, nor a variable whose name and type stay.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "base/yaml.h"
#include "pathway/finding.h"

namespace passerelle::pathway {

struct MigrationRules {
  struct Rule {
    std::string name;  // the earlier element; our variable
    std::string to;    // our element; the value in FEEL
    Place place;
  };
  std::vector<std::string> versions;
  std::vector<Rule> elements, variables;
  Place place{"migration.yaml", 0, 0};
};

inline constexpr std::string_view migration_file = "migration.yaml";

std::vector<MigrationRules> read_migrations(const yaml::Node& node, std::vector<Finding>& findings);

}  // namespace passerelle::pathway
