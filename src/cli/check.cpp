// passerelle check DIR: the compiler for care organisations, on a terminal.
#include "pathway/check/check.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "pathway/check/sarif.h"
#include "pathway/package.h"

namespace passerelle::cli {
namespace {

using pathway::AcceptedFinding;
using pathway::CheckReport;
using pathway::Finding;
using pathway::Severity;

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

// One line each: whoever wants to know more looks into accepted.yaml.
std::string shown(const AcceptedFinding& accepted) {
  return to_text(accepted.finding.place) + ": accepted until " + accepted.until + ": " +
         accepted.finding.message + " [" + accepted.finding.id + "]; " + accepted.author + ": " +
         accepted.reason + "\n";
}

std::vector<json::Member> members(const Finding& finding, json::Document& document) {
  return {
      {"id", document.string(finding.id)},
      {"severity", document.string(finding.severity == Severity::error ? "error" : "warning")},
      {"file", document.string(finding.place.file)},
      {"line", document.integer(finding.place.line)},
      {"column", document.integer(finding.place.column)},
      {"message", document.string(finding.message)},
      {"why", document.string(finding.why)},
      {"help", document.string(finding.help)},
  };
}

void print_json(const CheckReport& report, const std::string& id, size_t errors) {
  json::Document document;
  std::vector<json::Value> items, accepted;
  for (const Finding& finding : report.findings)
    items.push_back(document.object(members(finding, document)));
  for (const AcceptedFinding& each : report.accepted) {
    std::vector<json::Member> all = members(each.finding, document);
    all.push_back({"author", document.string(each.author)});
    all.push_back({"reason", document.string(each.reason)});
    all.push_back({"until", document.string(each.until)});
    accepted.push_back(document.object(all));
  }
  const json::Value root = document.object({
      {"package", document.string(id)},
      {"errors", document.integer(static_cast<int64_t>(errors))},
      {"warnings", document.integer(static_cast<int64_t>(report.findings.size() - errors))},
      {"findings", document.array(items)},
      {"accepted", document.array(accepted)},
  });
  print(json::write(root, true) + "\n");
}

void print_text(const CheckReport& report, const std::string& id, size_t errors, size_t files) {
  for (const Finding& finding : report.findings) print(shown(finding));
  for (const AcceptedFinding& each : report.accepted) print(shown(each));
  const Colours& colour = colours();
  const std::string accepted =
      report.accepted.empty() ? "" : ", " + std::to_string(report.accepted.size()) + " accepted";
  print(std::string(errors > 0 ? colour.red : colour.green) + id + ": " +
        count_of(errors, "error", "errors") + ", " +
        count_of(report.findings.size() - errors, "warning", "warnings") + accepted + " in " +
        count_of(files, "file", "files") + std::string(colour.reset) + "\n");
}

}  // namespace

std::string in_folder(const std::string& folder, std::string_view file) {
  return folder + (folder.ends_with('/') ? "" : "/") + std::string(file);
}

int tell_report(CheckReport report, const std::string& id, size_t files, bool json,
                const std::function<std::string(const std::string&)>& path_of) {
  for (Finding& finding : report.findings) finding.place.file = path_of(finding.place.file);
  for (AcceptedFinding& each : report.accepted)
    each.finding.place.file = path_of(each.finding.place.file);
  const auto errors = static_cast<size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [](const Finding& f) { return f.severity == Severity::error; }));
  if (json) {
    print_json(report, id, errors);
  } else {
    print_text(report, id, errors, files);
  }
  return errors > 0 ? exit_findings : exit_ok;
}

int check_command(const CheckOptions& options) {
  auto files = pathway::read_package_files(options.folder);
  if (!files) return fail(files.error());
  const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
  const std::string id = package_id(options.folder);
  CheckReport report = pathway::check_package(*files, id, now);
  if (!options.sarif.empty()) {
    const std::string sarif = pathway::to_sarif(report, *files, options.folder, PASSERELLE_VERSION);
    if (auto written = write_file(options.sarif, sarif); !written) return fail(written.error());
  }
  return tell_report(std::move(report), id, files->size(), options.json,
                     [&](const std::string& file) { return in_folder(options.folder, file); });
}

}  // namespace passerelle::cli
