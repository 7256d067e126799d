// Versions of covid-home to which not every case of the shipped one can be moved as it stands.
#include "pathway/check/broken.h"

namespace passerelle::pathway {
namespace {

std::string migrations(const std::string& rules) {
  return "migrations:\n  - from: \"1\"\n    " + rules + "\n";
}

}  // namespace

std::vector<Broken> broken_migrations() {
  const char* bpmn = "pathway.bpmn";
  const char* rules = "migration.yaml";
  return {
      Broken{"source",
             {{rules, "", migrations("elements: {nurse_cal: nurse_call}")}},
             "migration-source",
             rules,
             "nurse_cal"},
      Broken{"source_of_a_value",
             {{rules, "", migrations("variables: {calls: 'callls + 1'}")}},
             "migration-source",
             rules,
             "callls"},
      Broken{"no_place",
             {{rules, "", migrations("elements: {nurse_call: close_alert}")}},
             "migration-no-place",
             bpmn,
             "<userTask id=\"nurse_call\"",
             {"migration-lost", "migration-undecided"}},
      Broken{"lost_timer",
             {{bpmn, "name=\"24 h sans appel\" attachedToRef=\"nurse_call\"",
               "name=\"24 h sans appel\" attachedToRef=\"monitoring\""}},
             "migration-lost",
             bpmn,
             "<boundaryEvent id=\"not_called\"",
             {"migration-undecided"}},
      Broken{"another_type",
             {{"forms/enrolment.json", "\"type\": \"boolean\"", "\"type\": \"string\""}},
             "migration-type",
             bpmn,
             "<userTask id=\"enrol\""},
      Broken{"never_so",
             {{bpmn, "attachedToRef=\"monitoring\" cancelActivity=\"false\"",
               "attachedToRef=\"monitoring\""}},
             "migration-unreachable",
             bpmn,
             "",
             {"migration-undecided"}},
      Broken{"too_many_ways",
             {{bpmn, "attachedToRef=\"monitoring\" cancelActivity=\"false\"",
               "attachedToRef=\"monitoring\""}},
             "migration-undecided",
             bpmn,
             "",
             {"migration-unreachable"}},
  };
}

}  // namespace passerelle::pathway
