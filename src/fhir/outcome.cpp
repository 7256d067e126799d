#include "fhir/outcome.h"

#include <array>

namespace passerelle::fhir {
namespace {

struct CodeName {
  ErrorCode code;
  std::string_view name;
};
// https://hl7.org/fhir/R4/valueset-issue-type.html
constexpr std::array codes = {
    CodeName{ErrorCode::invalid, "invalid"},
    CodeName{ErrorCode::not_found, "not-found"},
    CodeName{ErrorCode::gone, "deleted"},
    CodeName{ErrorCode::conflict, "conflict"},
    CodeName{ErrorCode::precondition, "conflict"},
    CodeName{ErrorCode::unauthenticated, "login"},
    CodeName{ErrorCode::forbidden, "forbidden"},
    CodeName{ErrorCode::too_large, "too-long"},
    CodeName{ErrorCode::too_costly, "too-costly"},
    CodeName{ErrorCode::unsupported, "not-supported"},
    CodeName{ErrorCode::unavailable, "transient"},
};

constexpr std::array<std::string_view, 4> severities = {"fatal", "error", "warning", "information"};

// "Patient.name[0]": a capital first, then only what a simple path has.
bool looks_like_path(std::string_view where) {
  if (where.empty() || where[0] < 'A' || where[0] > 'Z') return false;
  for (const char c : where) {
    const bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!word && c != '.' && c != '[' && c != ']' && c != '(' && c != ')' && c != '_') return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(Severity severity) { return severities[static_cast<size_t>(severity)]; }

std::string_view issue_code(ErrorCode code) {
  for (const CodeName& entry : codes) {
    if (entry.code == code) return entry.name;
  }
  return "processing";
}

Issue to_issue(const Error& error) {
  Issue issue;
  issue.code = issue_code(error.code);
  issue.message = error.message;
  if (looks_like_path(error.where)) {
    issue.expression = error.where;
  } else if (!error.where.empty()) {
    issue.message = error.where + ": " + issue.message;
  }
  if (!error.help.empty()) issue.message += "; " + error.help;
  return issue;
}

json::Value make_outcome(json::Document& document, std::span<const Issue> issues) {
  const Issue all_well{Severity::information, "informational", "", "No problem was found."};
  if (issues.empty()) issues = std::span(&all_well, 1);
  std::vector<json::Value> items;
  for (const Issue& issue : issues) {
    std::vector<json::Member> members = {
        {"severity", document.string(name_of(issue.severity))},
        {"code", document.string(issue.code)},
    };
    // An empty string is no FHIR value.
    if (!issue.message.empty()) members.push_back({"diagnostics", document.string(issue.message)});
    if (!issue.expression.empty()) {
      const json::Value expression = document.string(issue.expression);
      members.push_back({"expression", document.array({&expression, 1})});
    }
    items.push_back(document.object(members));
  }
  return document.object(
      {{"resourceType", document.string("OperationOutcome")}, {"issue", document.array(items)}});
}

json::Value make_outcome(json::Document& document, const Error& error) {
  const Issue issue = to_issue(error);
  return make_outcome(document, std::span(&issue, 1));
}

bool has_errors(std::span<const Issue> issues) {
  for (const Issue& issue : issues) {
    if (issue.severity == Severity::fatal || issue.severity == Severity::error) return true;
  }
  return false;
}

Error to_error(std::span<const Issue> issues) {
  for (const Issue& issue : issues) {
    if (issue.severity == Severity::fatal || issue.severity == Severity::error) {
      return Error{ErrorCode::invalid, issue.message, issue.expression};
    }
  }
  return Error{ErrorCode::invalid, "the resource is not valid"};
}

}  // namespace passerelle::fhir
