#include "pathway/finding.h"

#include <algorithm>

#include "base/check.h"

namespace passerelle::pathway {

Finding make_finding(const FindingKind& kind, Place place, std::string message, std::string help) {
  if (help.empty()) help = kind.help;
  return {std::string(kind.id), kind.severity,         std::move(place),
          std::move(message),   std::string(kind.why), std::move(help)};
}

std::string to_text(const Finding& finding) {
  std::string out = to_text(finding.place);
  out += finding.severity == Severity::error ? ": error: " : ": warning: ";
  out += finding.message + " [" + finding.id + "]\n";
  if (!finding.why.empty()) out += "  why: " + finding.why + "\n";
  if (!finding.help.empty()) out += "  do:  " + finding.help + "\n";
  return out;
}

Error first_error(const std::vector<Finding>& findings) {
  const auto first = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::error;
  });
  CHECK(first != findings.end(), "a package that is not there has a reason");
  return Error{ErrorCode::invalid, first->message, to_text(first->place), first->help};
}

bool has_errors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return f.severity == Severity::error; });
}

}  // namespace passerelle::pathway
