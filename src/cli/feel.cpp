// passerelle feel 'EXPR': one FEEL expression, with names from a JSON object.
#include "pathway/feel/feel.h"

#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/feel/value.h"

namespace passerelle::cli {

Result<std::string> text_or_file(const std::string& argument) {
  if (!argument.starts_with('@')) return argument;
  return read_file(argument.substr(1));
}

int feel_command(const FeelOptions& options) {
  auto context = text_or_file(options.context);
  if (!context) return fail(context.error());
  auto document = json::Document::parse(*context);
  if (!document || !document->root().is_object())
    return fail_usage(
        "--context must be a JSON object" + (document ? "" : ": " + to_text(document.error())),
        R"(passerelle feel 'age >= 70' --context '{"age": 71}')");
  auto zone = Zone::find(options.zone);
  if (!zone) return fail_usage(to_text(zone.error()), "--zone Europe/Paris");
  Instant now = system_now();
  if (!options.now.empty()) {
    auto given = parse_instant(options.now);
    if (!given) return fail_usage(to_text(given.error()), "--now 2020-03-26T09:00:00Z");
    now = *given;
  }

  feel::Names names;
  std::vector<feel::Value> slots;
  for (const json::Member& member : document->root().members()) {
    names.add(member.name);
    slots.push_back(feel::from_json(member.value));
  }
  auto expression = feel::compile(options.expression, names);
  if (!expression) return fail(expression.error());
  feel::Evaluation evaluation;
  evaluation.now = now;
  evaluation.zone = &*zone;
  const feel::Value value = expression->evaluate(slots, evaluation);
  print((options.json ? feel::to_json_text(value) : feel::to_text(value)) + "\n");
  for (const feel::Note& note : evaluation.notes) remark("note: " + note.text + "\n");
  // null with a reason is no answer; null that the expression means is one.
  return value.is_null() && !evaluation.notes.empty() ? exit_findings : exit_ok;
}

}  // namespace passerelle::cli
