// The parts of check, one a topic. Each looks at the parsed parts and, where there is one, at the
// compiled pathway. For check/ only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pathway/check/table_space.h"
#include "pathway/dmn/dmn.h"
#include "pathway/package_parts.h"

namespace passerelle::pathway {

struct CheckInput {
  const PackageParts& parts;
  const Pathway& pathway;
  std::vector<Finding>& findings;
};

void check_texts(const CheckInput& input);
void check_forms(const PackageParts& parts, std::vector<Finding>& findings);
void check_organisation(const CheckInput& input);
void check_staff(const CheckInput& input);
void check_cover(const CheckInput& input);  // promised deadlines against shifts
void check_load(const CheckInput& input);   // work against hours
void check_patients(const CheckInput& input);
void check_reading(const CheckInput& input);
void check_process(const CheckInput& input);  // what its tokens can do, whatever the data
void check_decisions(const CheckInput& input);
void check_indicators(const CheckInput& input);
void check_cases(const CheckInput& input);       // cases.yaml, in pathway/cases/
void check_migrations(const CheckInput& input);  // migration.yaml, in pathway/migration/

// Gaps and overlaps of one decision table, and rules that an earlier one hides.
void check_table(const dmn::Model& model, const dmn::Table& table, std::vector<Finding>& findings);

// The value of an endpoint's text in a cell: a constant, or that of a literal decision.
Endpoint endpoint_of(const dmn::Model& model);

// What forms can answer against what rules compare: types, options, units, rules that never fire.
struct DecisionFile {
  std::string file;
  dmn::Model model;
};
void check_values(const CheckInput& input, const std::vector<DecisionFile>& decisions);

// The place of the first occurrence of a text in a file, for what the parsed form keeps no place.
Place find_text(const PackageFiles& files, const std::string& file, std::string_view text);
Place place_at(const std::string& file, std::string_view content, size_t offset);

// Whether a role, or a role that takes over for it, ever has anybody on duty.
bool ever_on_duty(const Organisation& organisation, const std::string& id, unsigned depth = 0);

bool is_staff_task(const Activity& activity, const Organisation& organisation);
bool is_patient_task(const Activity& activity, const Organisation& organisation);

}  // namespace passerelle::pathway
