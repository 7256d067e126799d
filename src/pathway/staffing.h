// staffing.yaml: which headcounts a search may change, what they cost and which targets they must
// meet. docs/rehearse.md is the format for people; rehearse/search.h does the searching.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/place.h"
#include "base/yaml.h"
#include "pathway/finding.h"
#include "pathway/indicators.h"
#include "pathway/organisation.h"

namespace passerelle::pathway {

struct Staffing {
  // One headcount: of one shift, or of several that always have as many people.
  struct Choice {
    std::string role;
    std::vector<std::string> shifts;
    int least = 0, most = 0;   // people, both allowed
    double cost_per_hour = 0;  // of one person
    std::string source;
    bool assumption = false;
    Place place;
  };
  struct Aim {
    std::string indicator;
    // In the indicator's unit (shares: 0..1): what meets its target by less may be passed over,
    // since nobody can tell it from what misses by little. 0: not said.
    double tolerance = 0;
    Place place;
  };

  std::string scenario;  // "" = as written
  std::string currency = "EUR";
  std::vector<Choice> choices;
  std::vector<Aim> aims;         // never empty once checked
  int most_replications = 2000;  // of all staffings together
};

Staffing parse_staffing(const yaml::Node& root, std::vector<Finding>& findings);

// Roles, shifts and indicators that the package does not have. Without `targets` all indicators
// that have one become aims; tolerances that were not said are set: 2 points of shares, else 5 % of
// the target.
void check_staffing(Staffing& staffing, const Organisation& organisation,
                    std::span<const Indicator> indicators, std::vector<Finding>& findings);

// Hours that the shifts of a choice run in an ordinary week without holidays, for one person.
double hours_a_week(const Staffing::Choice& choice, const Organisation& organisation);

}  // namespace passerelle::pathway
