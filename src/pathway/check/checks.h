// The parts of check, one a topic. Each looks at the parsed parts and, where there is one, at the
// compiled pathway. For check/ only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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
void check_cover(const CheckInput& input);  // promised deadlines against shifts
void check_patients(const CheckInput& input);
void check_decisions(const CheckInput& input);
void check_indicators(const CheckInput& input);
void check_cases(const CheckInput& input);  // cases.yaml, in pathway/cases/

// Gaps and overlaps of one decision table.
void check_table(const dmn::Model& model, const dmn::Table& table, std::vector<Finding>& findings);

// The place of the first occurrence of a text in a file, for what the parsed form keeps no place.
Place find_text(const PackageFiles& files, const std::string& file, std::string_view text);

bool is_staff_task(const Activity& activity, const Organisation& organisation);
bool is_patient_task(const Activity& activity, const Organisation& organisation);

}  // namespace passerelle::pathway
