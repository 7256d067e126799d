#include "pathway/pathway.h"

#include "pathway/bpmn/compiled.h"

namespace passerelle::pathway {

Pathway::Pathway(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pathway::~Pathway() = default;
Pathway::Pathway(Pathway&&) noexcept = default;

const std::string& Pathway::id() const { return compiled_->id; }
const std::string& Pathway::version() const { return compiled_->version; }
std::span<const Activity> Pathway::activities() const { return compiled_->activities; }
const NameTable& Pathway::names() const { return compiled_->names; }
std::span<const std::string> Pathway::variables() const { return compiled_->variable_names; }
std::span<const std::string> Pathway::case_attributes() const { return compiled_->case_attributes; }
std::vector<std::string> Pathway::messages() const { return compiled_->messages; }
const Form* Pathway::message_form(std::string_view message) const {
  const auto found = compiled_->message_forms.find(message);
  return found == compiled_->message_forms.end() ? nullptr : form(found->second);
}
Name Pathway::coordinator() const { return compiled_->coordinator; }
const Organisation& Pathway::organisation() const { return compiled_->organisation; }
const std::string& Pathway::bpmn_xml() const { return compiled_->bpmn_xml; }

std::optional<uint16_t> Pathway::find_activity(std::string_view bpmn_id) const {
  for (size_t i = 0; i < compiled_->activities.size(); ++i)
    if (!compiled_->activities[i].part && compiled_->activities[i].id == bpmn_id)
      return static_cast<uint16_t>(i);
  return std::nullopt;
}

std::optional<uint16_t> Pathway::variable(std::string_view name) const {
  const int slot = compiled_->variables.find(name);
  if (slot < 0) return std::nullopt;
  return static_cast<uint16_t>(slot);
}

namespace {
void add_names(const Fields& group, std::vector<std::string>& names) {
  if (group.shape == nullptr) return;
  for (size_t i = 0; i < group.shape->size; ++i) names.emplace_back(group.shape->keys()[i].text());
}
}  // namespace

std::vector<std::string> Pathway::recorded_fields(uint16_t activity) const {
  std::vector<std::string> names;
  add_names(compiled_->nodes[activity].record_on_schedule, names);
  add_names(compiled_->nodes[activity].record, names);
  return names;
}

std::vector<std::string> Pathway::shown_fields(uint16_t activity) const {
  std::vector<std::string> names;
  add_names(compiled_->nodes[activity].show, names);
  return names;
}

const Form* Pathway::form(std::string_view id) const {
  for (const Form& form : compiled_->forms)
    if (form.id() == id) return &form;
  return nullptr;
}

std::span<const dmn::Model> Pathway::models() const { return compiled_->models; }

namespace {

feel::Value on_duty(std::span<const feel::Value> arguments, void* host,
                    feel::Evaluation& evaluation) {
  const auto* organisation = static_cast<const Organisation*>(host);
  if (organisation == nullptr || arguments.empty() || !arguments[0].is_string() ||
      organisation->role(arguments[0].text()) == nullptr) {
    evaluation.note("on duty() needs the name of a role of organisation.yaml");
    return {};
  }
  return feel::Value::integer(organisation->on_duty(arguments[0].text(), evaluation.now));
}

}  // namespace

const feel::HostFunctions& pathway_functions() {
  static const feel::HostFunctions functions = {{"on duty", {"role"}, on_duty}};
  return functions;
}

}  // namespace passerelle::pathway
