#include "pathway/check/check.h"

#include <algorithm>
#include <tuple>

#include "pathway/check/acceptance.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/staffing.h"

namespace passerelle::pathway {
namespace {

// Each scenario must be a package that loads; what is wrong without it is not told again.
void check_scenarios(const PackageFiles& files, std::string_view id, const PackageParts& parts,
                     std::vector<Finding>& findings) {
  std::vector<std::string> known;
  for (const Finding& finding : findings) known.push_back(to_text(finding));
  for (const Scenario& scenario : parts.scenarios) {
    if (scenario.id.empty() || scenario.changes.is_null()) continue;
    std::vector<Finding> under;
    load_package(files, id, scenario.id, under);
    for (Finding& finding : under) {
      if (std::find(known.begin(), known.end(), to_text(finding)) != known.end()) continue;
      if (finding.severity == Severity::warning) continue;
      Finding told =
          check_finding("scenario-broken", finding.place, {scenario.id, finding.message});
      if (finding.id == "scenario-target") told = finding;
      findings.push_back(std::move(told));
    }
  }
}

}  // namespace

Place find_text(const PackageFiles& files, const std::string& file, std::string_view text) {
  const auto content = files.find(file);
  if (content == files.end()) return {file, 0, 0};
  const size_t at = content->second.find(text);
  return at == std::string::npos ? Place{file, 0, 0} : place_at(file, content->second, at);
}

Place place_at(const std::string& file, std::string_view content, size_t offset) {
  Place place{file, 1, 1};
  for (size_t i = 0; i < std::min(offset, content.size()); ++i) {
    place.column = content[i] == '\n' ? 1 : place.column + 1;
    place.line += content[i] == '\n' ? 1 : 0;
  }
  return place;
}

namespace {
bool any_role(const Activity& activity, const Organisation& organisation, bool staff) {
  if (activity.kind != ActivityKind::user_task) return false;
  return std::any_of(activity.roles.begin(), activity.roles.end(), [&](const std::string& id) {
    const Role* role = organisation.role(id);
    return role != nullptr && role->staff == staff;
  });
}
}  // namespace

bool is_staff_task(const Activity& activity, const Organisation& organisation) {
  return any_role(activity, organisation, true);
}
bool is_patient_task(const Activity& activity, const Organisation& organisation) {
  return any_role(activity, organisation, false);
}

namespace {

auto key(const Finding& f) {
  return std::tie(f.place.file, f.place.line, f.place.column, f.id, f.message);
}

void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return key(a) < key(b); });
  const auto same = [](const Finding& a, const Finding& b) { return key(a) == key(b); };
  findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
}

}  // namespace

CheckReport check_package(const PackageFiles& files, std::string_view id, Instant now) {
  CheckReport report;
  std::vector<Finding>& findings = report.findings;
  PackageParts parts = read_parts(files, "", findings);
  check_forms(parts, findings);
  const std::optional<Pathway> pathway = compile_parts(parts, id, findings);
  if (pathway) {
    const CheckInput input{parts, *pathway, findings};
    for (const auto check : {check_texts, check_organisation, check_staff, check_cover, check_load,
                             check_patients, check_reading, check_process, check_decisions,
                             check_indicators, check_cases, check_migrations})
      check(input);
    if (parts.yaml.contains("cohort.yaml")) check_cohort(parts.cohort, *pathway, findings);
  }
  if (const auto file = parts.yaml.find("staffing.yaml"); file != parts.yaml.end()) {
    Staffing staffing = parse_staffing(file->second, findings);
    check_staffing(staffing, parts.organisation, parts.indicators, findings);
  }
  check_scenarios(files, id, parts, findings);
  sort_findings(findings);
  apply_acceptances(parts, now, Acceptances::of_package, report);
  sort_findings(findings);
  return report;
}

}  // namespace passerelle::pathway
