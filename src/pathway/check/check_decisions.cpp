// Decisions against forms: what a rule reads must be asked; what a table leaves open is told.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

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

}  // namespace

void check_decisions(const CheckInput& input) {
  const std::vector<DecisionFile> models = load(input.parts);
  feel::Names names;
  for (const std::string& name : input.pathway.variables()) names.add(name);
  std::set<std::string> told;
  check_values(input, models);
  for (const DecisionFile& loaded : models) {
    for (const dmn::Table& table : loaded.model.tables())
      check_table(loaded.model, table, input.findings);
    for (const Activity& activity : input.pathway.activities())
      if (!activity.decision.empty() && loaded.model.decision(activity.decision) != nullptr)
        check_items(input, loaded, activity.decision, names, told);
  }
}

}  // namespace passerelle::pathway
