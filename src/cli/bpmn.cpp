// passerelle bpmn FILE: a BPMN model written again without loss, with a diagram, or compared.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/bpmn/layout.h"

namespace passerelle::cli {
namespace {

Result<pathway::BpmnDocument> read_document(const std::string& path) {
  TRY(const std::string xml, read_file(path));
  return pathway::BpmnDocument::parse(xml, path);
}

int compare_models(const pathway::BpmnDocument& first, const BpmnOptions& options) {
  const auto second = read_document(options.compare);
  if (!second) return fail(second.error());
  const auto difference = pathway::first_difference(first, *second);
  if (!difference) {
    print(options.file + " and " + options.compare + " mean the same\n");
    return exit_ok;
  }
  print(pathway::to_text(*difference) + "\n");
  return exit_findings;
}

}  // namespace

int bpmn_command(const BpmnOptions& options) {
  auto document = read_document(options.file);
  if (!document) return fail(document.error());
  if (!options.compare.empty()) return compare_models(*document, options);
  if (options.layout) {
    const auto diagrams = pathway::lay_out(*document);
    if (diagrams.empty())
      return fail({ErrorCode::invalid, "the model holds no process and no pool: nothing to draw",
                   options.file, "draw a process first"});
    document->set_diagrams(diagrams);
  } else {
    pathway::complete_diagram(*document);
  }
  if (options.out.empty()) {
    print(document->write());
    return exit_ok;
  }
  if (auto written = write_file(options.out, document->write()); !written)
    return fail(written.error());
  remark(options.out + " is written\n");
  return exit_ok;
}

}  // namespace passerelle::cli
