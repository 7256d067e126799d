// passerelle dmn FILE --decision NAME --input JSON: one decision, with the rules that fired.
#include "pathway/dmn/dmn.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"

namespace passerelle::cli {
namespace {

std::string decisions_of(const dmn::Model& model) {
  std::string text;
  for (const dmn::Item& decision : model.decisions()) {
    text += decision.name;
    std::string needs;
    for (const std::string& input : decision.required_inputs)
      needs += (needs.empty() ? "" : ", ") + input;
    for (const std::string& other : decision.required_decisions)
      needs += (needs.empty() ? "" : ", ") + other;
    text += (needs.empty() ? "" : "  (needs " + needs + ")") + "\n";
  }
  return text;
}

std::string told(const dmn::Fired& fired) {
  const dmn::Table& table = *fired.table;
  const dmn::Table::Rule& rule = table.rules[fired.rule];
  std::string text = "  " + to_text(rule.place) + ": rule " + std::to_string(fired.rule + 1) +
                     " of " + table.owner;
  std::string words = rule.description;
  for (const std::string& annotation : rule.annotations)
    if (!annotation.empty()) words += (words.empty() ? "" : "; ") + annotation;
  return text + (words.empty() ? "" : " (" + words + ")") + "\n";
}

}  // namespace

int dmn_command(const DmnOptions& options) {
  auto xml = read_file(options.file);
  if (!xml) return fail(xml.error());
  auto model = dmn::Model::parse(*xml, options.file);
  if (!model) return fail(model.error());
  for (const Error& problem : model->problems()) remark(to_text(problem) + "\n");
  if (options.decision.empty()) {
    print(decisions_of(*model));
    return model->problems().empty() ? exit_ok : exit_findings;
  }
  if (model->decision(options.decision) == nullptr)
    return fail_usage(options.file + " has no decision '" + options.decision + "'; it has:\n" +
                          decisions_of(*model),
                      "passerelle dmn triage.dmn --decision Triage --input '{…}'");
  auto input = text_or_file(options.input);
  if (!input) return fail(input.error());
  auto document = json::Document::parse(*input);
  if (!document || !document->root().is_object())
    return fail_usage(
        "--input must be a JSON object" + (document ? "" : ": " + to_text(document.error())),
        R"(passerelle dmn triage.dmn --decision Channel --input '{"enrolment": {"age": 71}}')");

  feel::Evaluation evaluation;
  evaluation.now = system_now();
  auto outcome = model->evaluate(options.decision, feel::from_json(document->root()), evaluation);
  if (!outcome) return fail(outcome.error());
  print(feel::to_json_text(outcome->value) + "\n");
  for (const dmn::Fired& fired : outcome->fired) remark(told(fired));
  for (const feel::Note& note : evaluation.notes) remark("note: " + note.text + "\n");
  return outcome->value.is_null() && !evaluation.notes.empty() ? exit_findings : exit_ok;
}

}  // namespace passerelle::cli
