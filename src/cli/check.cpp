// passerelle check DIR: the compiler for care organisations, on a terminal.
#include "pathway/check/check.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/package.h"

namespace passerelle::cli {
namespace {

using pathway::Finding;
using pathway::Severity;

std::string in_folder(const std::string& folder, const std::string& file) {
  return folder + (folder.ends_with('/') ? "" : "/") + file;
}

std::string shown(const Finding& finding) {
  const Colours& colour = colours();
  const bool error = finding.severity == Severity::error;
  std::string text = std::string(colour.bold) + to_text(finding.place) + ": ";
  text += std::string(error ? colour.red : colour.yellow) + (error ? "error: " : "warning: ");
  text += std::string(colour.reset) + finding.message + " [" + finding.id + "]\n";
  if (!finding.why.empty()) text += "  why: " + finding.why + "\n";
  if (!finding.help.empty()) text += "  do:  " + finding.help + "\n";
  return text;
}

json::Value to_json(const Finding& finding, json::Document& document) {
  return document.object({
      {"id", document.string(finding.id)},
      {"severity", document.string(finding.severity == Severity::error ? "error" : "warning")},
      {"file", document.string(finding.place.file)},
      {"line", document.integer(finding.place.line)},
      {"column", document.integer(finding.place.column)},
      {"message", document.string(finding.message)},
      {"why", document.string(finding.why)},
      {"help", document.string(finding.help)},
  });
}

void print_json(const std::vector<Finding>& findings, const std::string& id, size_t errors) {
  json::Document document;
  std::vector<json::Value> items;
  for (const Finding& finding : findings) items.push_back(to_json(finding, document));
  const json::Value root = document.object({
      {"package", document.string(id)},
      {"errors", document.integer(static_cast<int64_t>(errors))},
      {"warnings", document.integer(static_cast<int64_t>(findings.size() - errors))},
      {"findings", document.array(items)},
  });
  print(json::write(root, true) + "\n");
}

}  // namespace

int check_command(const CheckOptions& options) {
  auto files = pathway::read_package_files(options.folder);
  if (!files) return fail(files.error());
  const std::string id = package_id(options.folder);
  std::vector<Finding> findings = pathway::check_package(*files, id);
  for (Finding& finding : findings)
    finding.place.file = in_folder(options.folder, finding.place.file);
  const auto errors =
      static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [](const Finding& f) {
        return f.severity == Severity::error;
      }));
  if (options.json) {
    print_json(findings, id, errors);
  } else {
    for (const Finding& finding : findings) print(shown(finding));
    const Colours& colour = colours();
    print(std::string(errors > 0 ? colour.red : colour.green) + id + ": " +
          count_of(errors, "error", "errors") + ", " +
          count_of(findings.size() - errors, "warning", "warnings") + " in " +
          count_of(files->size(), "file", "files") + std::string(colour.reset) + "\n");
  }
  return errors > 0 ? exit_findings : exit_ok;
}

}  // namespace passerelle::cli
