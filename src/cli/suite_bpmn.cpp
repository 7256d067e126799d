// The reference models of BPMN editors. They are drawings, not programs: many use elements that no
// engine of ours offers. What must hold is that each is read, and that everything which would not
// happen is refused with its place; nothing may be ignored in silence. Each is also written and
// read again without loss, and drawn anew without its diagram.
#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "cli/suites.h"
#include "cli/terminal.h"
#include "pathway/bpmn/layout.h"
#include "pathway/pathway.h"

namespace passerelle::cli {
namespace {

namespace fs = std::filesystem;
using pathway::Finding;
using pathway::Severity;

struct Reading {
  bool read = false;      // it is XML, and a BPMN model
  bool compiled = false;  // it would run as it is
  bool placed = true;     // every refusal says where
  std::map<std::string, size_t> refusals;
  std::string first;
};

Reading read_model(const std::string& xml, const std::string& file) {
  pathway::PathwaySource source;
  source.id = fs::path(file).stem().string();
  source.version = "1";
  source.bpmn = xml;
  source.bpmn_file = file;
  std::vector<Finding> findings;
  Reading reading;
  reading.compiled = pathway::compile_pathway(std::move(source), findings).has_value();
  reading.read = std::none_of(findings.begin(), findings.end(),
                              [](const Finding& f) { return f.id == "bpmn-unreadable"; });
  for (const Finding& finding : findings) {
    if (finding.severity != Severity::error) continue;
    ++reading.refusals[finding.id];
    if (reading.first.empty()) reading.first = to_text(finding.place) + ": " + finding.message;
    reading.placed = reading.placed && finding.place.line > 0;
  }
  return reading;
}

std::string told(const Reading& reading) {
  if (!reading.read) return "cannot be read: " + reading.first;
  if (reading.compiled) return "read; runs as it is";
  std::string text = "read; refused:";
  for (const auto& [id, count] : reading.refusals) text += " " + std::to_string(count) + " " + id;
  return text + "; first: " + reading.first;
}

// What is lost when the model is written and read again, or "".
std::string loss_of(const pathway::BpmnDocument& document, const std::string& file) {
  const auto again = pathway::BpmnDocument::parse(document.write(), file + " (written)");
  if (!again) return "what was written cannot be read: " + to_text(again.error());
  const auto difference = pathway::first_difference(document, *again);
  return difference ? "written and read again it differs: " + pathway::to_text(*difference) : "";
}

// What is wrong with a drawing of the model without the one it has, or "".
std::string drawing_problem(pathway::BpmnDocument& document, const std::string& file) {
  document.set_diagrams({});
  const auto bare = pathway::BpmnDocument::parse(document.write(), file + " (bare)");
  if (!bare) return "without its diagram it cannot be read: " + to_text(bare.error());
  pathway::complete_diagram(document);
  const auto drawn = pathway::BpmnDocument::parse(document.write(), file + " (drawn)");
  if (!drawn) return "what was drawn cannot be read: " + to_text(drawn.error());
  const auto problems = pathway::diagram_problems(*drawn, drawn->diagrams());
  if (!problems.empty())
    return "drawn: " + problems[0] +
           (problems.size() > 1 ? " (and " + std::to_string(problems.size() - 1) + " more)" : "");
  document.set_diagrams({});
  const auto difference = pathway::first_difference(*bare, document);
  return difference ? "the drawing has changed the model: " + pathway::to_text(*difference) : "";
}

std::string document_problem(const std::string& xml, const std::string& file) {
  auto document = pathway::BpmnDocument::parse(xml, file);
  if (!document) return "cannot be read: " + to_text(document.error());
  if (auto loss = loss_of(*document, file); !loss.empty()) return loss;
  return drawing_problem(*document, file);
}

}  // namespace

Result<std::vector<std::string>> files_below(const std::string& folder, std::string_view ending) {
  std::vector<std::string> paths;
  std::error_code problem;
  fs::recursive_directory_iterator walk(folder, problem);
  for (; !problem && walk != fs::recursive_directory_iterator(); walk.increment(problem))
    if (walk->is_regular_file(problem) && walk->path().string().ends_with(ending))
      paths.push_back(walk->path().string());
  if (problem)
    return Error{ErrorCode::not_found, "the folder cannot be read: " + problem.message(), folder};
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<SuiteCount> bpmn_models(const SuiteOptions& options) {
  TRY(const auto paths, files_below(options.folder, ".bpmn"));
  SuiteCount count;
  size_t runs = 0;
  for (const std::string& path : paths) {
    TRY(const std::string xml, read_file(path));
    const Reading reading = read_model(xml, path);
    const std::string problem = document_problem(xml, path);
    const bool good = problem.empty() && reading.read &&
                      (reading.compiled || !reading.refusals.empty()) && reading.placed;
    ++(good ? count.passed : count.failed);
    runs += reading.compiled ? 1 : 0;
    print((good ? "ok " : "failed: ") + fs::path(path).filename().string() + ": " +
          (problem.empty() ? "written, drawn; " + told(reading) : problem) + "\n");
  }
  print(
      "passed: read; written and read again without loss; drawn anew, all of it and nothing on "
      "top of another; and either compiled or refused with the place of what is not supported; " +
      std::to_string(runs) + " of " + std::to_string(paths.size()) + " run as they are\n");
  return count;
}

}  // namespace passerelle::cli
