// What can be said of a migration before any case is looked at. For migration/ and check/ only.
#pragma once

#include <string>
#include <vector>

#include "pathway/finding.h"
#include "pathway/migration/carrier.h"
#include "pathway/migration/mapping.h"
#include "pathway/migration/rules.h"

namespace passerelle::pathway {

// Rules that name what this version does not have.
void check_rules(const MigrationRules& rules, const Pathway& to, std::vector<Finding>& findings);
void check_mapping(const Mapping& mapping, std::vector<Finding>& findings);

// "did you mean 'x'?", or that there is nothing like it.
std::string or_look(std::string_view name, const std::vector<std::string>& known);

// "'daily', 'nurse_call' and before 'join' in 'follow_up'"
std::string places_of(const ScopeTokens& scope, const Pathway::Compiled& in);

}  // namespace passerelle::pathway
