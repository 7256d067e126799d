// Decisions against forms: what a rule reads must be asked; what a table leaves open is told.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/dmn/words.h"

namespace passerelle::pathway {
namespace {

std::vector<DecisionFile> load(const PackageParts& parts) {
  std::vector<DecisionFile> out;
  for (const auto& [path, content] : parts.files) {
    if (!path.ends_with(".dmn") || is_of_called(path)) continue;  // told in its own package
    auto model = dmn::Model::parse(content, path);
    if (model) out.push_back({path, std::move(*model)});  // else told by the compiler
  }
  return out;
}

// Case variable -> the forms whose answers it receives.
std::map<std::string, std::vector<const Form*>> answers(const Pathway& pathway) {
  std::map<std::string, std::vector<const Form*>> out;
  for (const Activity& activity : pathway.activities()) {
    const Form* form = pathway.form(activity.form);
    if (form != nullptr && !activity.result.empty()) out[activity.result].push_back(form);
  }
  return out;
}

void check_items(const CheckInput& input, const DecisionFile& loaded, const std::string& decision,
                 const feel::Names& names, std::set<std::string>& told) {
  const auto compiled = loaded.model.compile(decision, names, true);
  if (!compiled) return;  // told by the compiler
  const auto variables = answers(input.pathway);
  for (const std::string& used : compiled->names_used()) {
    const size_t dot = used.find('.');
    if (dot == std::string::npos) continue;
    const auto forms = variables.find(used.substr(0, dot));
    if (forms == variables.end()) continue;
    const std::string item = used.substr(dot + 1, used.find('.', dot + 1) - dot - 1);
    const bool known = std::any_of(forms->second.begin(), forms->second.end(),
                                   [&](const Form* form) { return form->find(item) != nullptr; });
    if (known || !told.insert(used).second) continue;
    const Form& form = *forms->second.front();
    const std::string near = closest(item, form.item_names());
    input.findings.push_back(check_finding(
        "rule-item-missing", find_text(input.parts.files, loaded.file, used),
        {decision, used, form.id(),
         near.empty() ? "see forms/" + form.id() + ".json" : "'" + near + "' is near"}));
  }
}

// A label or an annotation that every reader sees as it is written.
struct Unworded {
  std::string text, key;
};

std::string count_words(size_t count, const char* one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

// Whoever asks why a rule fired is told in their language: by a key of texts/, or by the question
// of the form that an input reads.
void check_rule_words(const CheckInput& input, const dmn::Table& table) {
  const auto variables = answers(input.pathway);
  const auto is_question = [&](const std::string& expression) {
    if (!dmn::is_answer(expression)) return false;
    const size_t dot = expression.find('.');
    const auto forms = variables.find(expression.substr(0, dot));
    return forms != variables.end() &&
           std::any_of(forms->second.begin(), forms->second.end(), [&](const Form* form) {
             return form->find(expression.substr(dot + 1)) != nullptr;
           });
  };
  std::vector<Unworded> found;
  const auto look = [&](const std::string& text, const std::string& key) {
    if (!text.empty() && !input.parts.texts.contains(key)) found.push_back({text, key});
  };
  for (size_t i = 0; i < table.inputs.size(); ++i) {
    const std::string expression(trim(table.inputs[i].expression.text));
    if (is_question(expression)) continue;
    look(table.inputs[i].label.empty() ? expression : table.inputs[i].label,
         dmn::label_key(table, i));
  }
  const size_t labels = found.size();
  for (size_t rule = 0; rule < table.rules.size(); ++rule)
    look(dmn::annotation_of(table.rules[rule]), dmn::annotation_key(table, rule));
  if (found.empty()) return;
  const size_t annotations = found.size() - labels;
  std::string what = labels == 0 ? "" : count_words(labels, "label");
  if (annotations > 0)
    what += (what.empty() ? "" : " and ") + count_words(annotations, "annotation");
  std::string each;
  for (const Unworded& one : found)
    each += (each.empty() ? "'" : ", '") + one.text + "' (" + one.key + ")";
  input.findings.push_back(
      check_finding("rule-words-missing", table.place,
                    {what, table.owner, found.size() == 1 ? "is" : "are", each}));
}

}  // namespace

void check_decisions(const CheckInput& input) {
  const std::vector<DecisionFile> models = load(input.parts);
  feel::Names names;
  for (const std::string& name : input.pathway.variables()) names.add(name);
  std::set<std::string> told;
  check_values(input, models);
  for (const DecisionFile& loaded : models) {
    for (const dmn::Table& table : loaded.model.tables()) {
      check_table(loaded.model, table, input.findings);
      if (input.parts.organisation.languages.size() > 1) check_rule_words(input, table);
    }
    for (const Activity& activity : input.pathway.activities())
      if (!activity.decision.empty() && loaded.model.decision(activity.decision) != nullptr)
        check_items(input, loaded, activity.decision, names, told);
  }
}

}  // namespace passerelle::pathway
