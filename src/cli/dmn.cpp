// passerelle dmn FILE --decision NAME --input JSON: one decision, with the rules that fired.
#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/dmn/dmn.h"

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

// All inputs that a decision needs, over the decisions that it needs.
void collect_inputs(const dmn::Model& model, const dmn::Item& decision,
                    std::set<std::string>& seen, std::set<std::string>& inputs) {
  if (!seen.insert(decision.name).second) return;
  inputs.insert(decision.required_inputs.begin(), decision.required_inputs.end());
  for (const std::string& name : decision.required_decisions)
    if (const dmn::Item* other = model.decision(name))
      collect_inputs(model, *other, seen, inputs);
}

// A misspelt input would count as missing, and the answer would look as sure as any.
void compare_inputs(const dmn::Model& model, const dmn::Item& decision, json::Value given) {
  std::set<std::string> seen, needed;
  collect_inputs(model, decision, seen, needed);
  std::vector<std::string> known;
  for (const dmn::Item& input : model.inputs()) known.push_back(input.name);
  for (const auto& [name, value] : given.members()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = closest(name, known);
    remark("note: the file has no input '" + std::string(name) + "'" +
           (near.empty() ? "" : "; did you mean '" + near + "'?") + "\n");
  }
  for (const std::string& name : needed)
    if (!given[name].exists())
      remark("note: the input '" + name + "' is not given and counts as missing (null)\n");
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

  compare_inputs(*model, *model->decision(options.decision), document->root());
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
