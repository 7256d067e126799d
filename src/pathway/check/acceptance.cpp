#include "pathway/check/acceptance.h"

#include <algorithm>

#include "pathway/check/catalogue.h"
#include "pathway/check/roster.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

struct Acceptance {
  std::string finding;  // its id
  std::string about;    // a name that its message has in quotes, or ""
  std::string author, reason, until;
  Place place;
  bool whole = false;  // nothing is missing
};

std::vector<Acceptance> read_acceptances(const PackageParts& parts,
                                         std::vector<Finding>& findings) {
  std::vector<Acceptance> out;
  const auto file = parts.yaml.find("accepted.yaml");
  if (file == parts.yaml.end()) return out;
  YamlReader read(findings);
  if (!read.mapping(file->second, {"accepted"})) return out;
  const yaml::Node* list = read.member(file->second, "accepted", true);
  if (list == nullptr || !read.sequence(*list)) return out;
  for (const yaml::Node& node : list->items) {
    if (!read.mapping(node, {"finding", "about", "author", "reason", "until"})) continue;
    Acceptance each{read.text(node, "finding", true),
                    read.text(node, "about"),
                    read.text(node, "author"),
                    read.text(node, "reason"),
                    read.text(node, "until"),
                    node.place,
                    true};
    const auto needs = [&](const std::string& value, std::string_view what) {
      if (!value.empty()) return;
      each.whole = false;
      findings.push_back(check_finding("acceptance-incomplete", each.place, {each.finding, what}));
    };
    needs(each.author, "author");
    needs(each.reason, "reason");
    needs(each.until, "last day (until)");
    if (!each.until.empty() && !parse_calendar_day(each.until)) {
      each.whole = false;
      read.wrong(*node.find("until"), "a date like 2026-12-31");
    }
    if (!each.finding.empty()) out.push_back(std::move(each));
  }
  return out;
}

// Without a name only a finding that names nothing is meant: an acceptance of all findings of a
// kind would hide those that come later.
bool matches(const Acceptance& acceptance, const Finding& finding) {
  if (finding.id != acceptance.finding || finding.id.starts_with("acceptance-")) return false;
  if (acceptance.about.empty()) return finding.message.find('\'') == std::string::npos;
  return finding.message.find("'" + acceptance.about + "'") != std::string::npos;
}

}  // namespace

void apply_acceptances(const PackageParts& parts, Instant now, Acceptances which,
                       CheckReport& report) {
  std::vector<Finding> about;  // acceptances themselves
  const bool of_migration = which == Acceptances::of_migration;
  const std::string today = date_text(parts.organisation, now);
  std::vector<Acceptance> meant_here = read_acceptances(parts, about);
  std::erase_if(meant_here, [&](const Acceptance& each) {
    return each.finding.starts_with("migration-") != of_migration;
  });
  if (of_migration) about.clear();  // told with the package
  for (const Acceptance& each : meant_here) {
    bool matched = false, refused = false;
    std::vector<Finding> left;
    for (Finding& finding : report.findings) {
      const bool meant = matches(each, finding);
      matched = matched || meant;
      refused = refused || (meant && finding.severity == Severity::error);
      if (meant && finding.severity == Severity::warning && each.whole && today <= each.until) {
        report.accepted.push_back({std::move(finding), each.author, each.reason, each.until});
      } else {
        left.push_back(std::move(finding));
      }
    }
    report.findings = std::move(left);
    if (refused) about.push_back(check_finding("acceptance-of-error", each.place, {each.finding}));
    if (!matched) {
      const std::string name = each.about.empty() ? "" : " about '" + each.about + "'";
      about.push_back(check_finding("acceptance-unmatched", each.place, {each.finding, name}));
    } else if (each.whole && today > each.until) {
      about.push_back(check_finding("acceptance-expired", each.place, {each.finding, each.until}));
    }
  }
  for (Finding& finding : about) report.findings.push_back(std::move(finding));
}

}  // namespace passerelle::pathway
