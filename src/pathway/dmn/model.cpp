#include <map>

#include "base/guarded.h"
#include "base/text.h"
#include "pathway/dmn/builder.h"
#include "pathway/dmn/dmn.h"
#include "pathway/dmn/reasons.h"
#include "pathway/feel/program.h"

namespace passerelle::dmn {

struct Model::Body {
  std::shared_ptr<const Loaded> loaded;
  std::optional<feel::HostFunctions> functions;
  std::vector<Item> inputs, decisions, knowledge, services;
  std::vector<Error> problems;
  // What evaluate() and invoke() have compiled so far, by name and by the names of the inputs.
  mutable Guarded<std::map<std::string, std::shared_ptr<const Plan>>> plans;

  const feel::HostFunctions* hosts() const { return functions ? &*functions : nullptr; }

  const Element* find(std::string_view name, std::optional<Element::Kind> kind) const {
    for (const Element& element : loaded->source.elements) {
      if (kind && element.kind != *kind) continue;
      if (element.item.name == name || element.variable == name) return &element;
    }
    return nullptr;
  }

  Result<std::shared_ptr<const Plan>> build(const Element& element, const feel::Names& names,
                                            bool missing_is_null) const {
    Builder builder(*loaded, {hosts(), &names, missing_is_null});
    auto program =
        element.kind == Element::Kind::decision ? builder.decision(element) : builder.call(element);
    if (!program) return program.error();
    auto plan = std::make_shared<Plan>();
    plan->program = std::move(*program);
    plan->model = loaded;
    return std::shared_ptr<const Plan>(std::move(plan));
  }

  Result<std::shared_ptr<const Plan>> cached(const Element& element,
                                             const feel::Names& names) const {
    std::string key = element.item.id + '\n' + element.item.name;
    for (const auto& name : names.list) key += '\n' + name.name;
    {
      const auto known = plans.read();
      if (const auto found = known->find(key); found != known->end()) return found->second;
    }
    TRY(auto made, build(element, names, true));
    const auto all = plans.write();
    if (all->size() > 1000) all->clear();  // callers with ever new names
    return all->try_emplace(std::move(key), std::move(made)).first->second;
  }
};

namespace {

// Resolves requirements to the names by which the logic reads them.
void describe_requirements(const Target& target, Item& item) {
  for (const Reference& reference : target.element->inputs) {
    const Target found = resolve(target, reference.href);
    if (found.element != nullptr) item.required_inputs.push_back(found.name());
  }
  for (const Reference& reference : target.element->decisions) {
    const Target found = resolve(target, reference.href);
    if (found.element != nullptr) item.required_decisions.push_back(found.name());
  }
}

// The names under which evaluate() takes inputs: one's own, those of imports without a name, and
// one context for each import with a name.
feel::Names input_names(const Loaded& loaded) {
  feel::Names names;
  for (const Element& element : loaded.source.elements) {
    if (element.kind == Element::Kind::input) names.add(element.variable);
  }
  for (const Loaded::Imported& import : loaded.imports) {
    if (!import.name.empty()) {
      names.add(import.name);
      continue;
    }
    for (const auto& inner : input_names(*import.model).list) names.add(inner.name);
  }
  return names;
}

std::vector<feel::Value> slots_of(const feel::Names& names, const feel::Value& context) {
  std::vector<feel::Value> slots;
  for (const auto& name : names.list) slots.push_back(context[name.name]);
  return slots;
}

Outcome explain_plan(const Plan& plan, std::span<const feel::Value> slots,
                     feel::Evaluation& evaluation) {
  feel::Trace trace;
  feel::Trace* outer = std::exchange(evaluation.trace, &trace);
  Outcome outcome;
  outcome.value = feel::run(plan.telling(), slots, evaluation);
  evaluation.trace = outer;
  for (const feel::Trace::Entry& entry : trace.entries) {
    if (entry.table != nullptr) {
      outcome.fired.push_back({static_cast<const Table*>(entry.table), entry.rule});
    }
  }
  outcome.why = reasons_of(trace);
  return outcome;
}

}  // namespace

// ---- compiled decisions ----

feel::Value CompiledDecision::evaluate(std::span<const feel::Value> slots,
                                       feel::Evaluation& evaluation) const {
  return plan_ == nullptr ? feel::Value() : feel::run(plan_->program, slots, evaluation);
}

Outcome CompiledDecision::explain(std::span<const feel::Value> slots,
                                  feel::Evaluation& evaluation) const {
  return plan_ == nullptr ? Outcome() : explain_plan(*plan_, slots, evaluation);
}

std::vector<std::string> CompiledDecision::names_used() const {
  return plan_ == nullptr ? std::vector<std::string>() : plan_->program->used;
}

feel::TypeRef CompiledDecision::type() const {
  return plan_ == nullptr || plan_->program->type == nullptr ? feel::Type::any()
                                                             : plan_->program->type;
}

// ---- the model ----

Model::Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Result<Model> Model::parse(std::string_view xml, std::string file, const ParseOptions& options) {
  TRY(std::shared_ptr<Loaded> loaded, load_model(xml, std::move(file), options));
  auto body = std::make_shared<Body>();
  if (options.functions != nullptr) body->functions = *options.functions;
  const feel::Names names = input_names(*loaded);
  Builder builder(*loaded, {body->hosts(), &names, true});
  builder.check_all();
  for (Table& table : loaded->source.tables) {
    const auto found = builder.inferred.find(&table);
    for (size_t i = 0; i < table.inputs.size(); ++i) {
      const bool known = found != builder.inferred.end() && found->second[i] != nullptr;
      table.inputs[i].inferred = known ? found->second[i] : feel::Type::any();
    }
  }
  body->problems = loaded->source.problems;
  body->problems.insert(body->problems.end(), builder.problems.begin(), builder.problems.end());
  for (const Element& element : loaded->source.elements) {
    Item item = element.item;
    const feel::TypeRef type = loaded->find_type(element.type);
    item.type = type == nullptr ? feel::Type::any() : type;
    const Target target{loaded.get(), &element, {}};
    describe_requirements(target, item);
    for (const auto& parameter : Builder::parameters(target)) {
      item.parameters.push_back(parameter.first);
    }
    switch (element.kind) {
      case Element::Kind::input:
        body->inputs.push_back(std::move(item));
        break;
      case Element::Kind::decision:
        body->decisions.push_back(std::move(item));
        break;
      case Element::Kind::knowledge:
        body->knowledge.push_back(std::move(item));
        break;
      case Element::Kind::service:
        body->services.push_back(std::move(item));
        break;
    }
  }
  body->loaded = std::move(loaded);
  Model model;
  model.body_ = std::move(body);
  return model;
}

const std::string& Model::name() const { return body_->loaded->source.name; }
const std::string& Model::name_space() const { return body_->loaded->source.name_space; }
std::span<const Error> Model::problems() const { return body_->problems; }
std::span<const Item> Model::inputs() const { return body_->inputs; }
std::span<const Item> Model::decisions() const { return body_->decisions; }
std::span<const Item> Model::knowledge_models() const { return body_->knowledge; }
std::span<const Item> Model::services() const { return body_->services; }
std::span<const Table> Model::tables() const { return body_->loaded->source.tables; }

const Item* Model::decision(std::string_view name) const {
  for (const Item& item : body_->decisions) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

const Item* Model::input(std::string_view name) const {
  for (const Item& item : body_->inputs) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

namespace {
Error unknown(std::string_view what, std::string_view name, std::span<const Item> known) {
  std::vector<std::string> names;
  for (const Item& item : known) names.push_back(item.name);
  const std::string near = closest(name, names);
  return Error{ErrorCode::not_found,
               "the model has no " + std::string(what) + " '" + std::string(name) + "'",
               {},
               near.empty() ? "" : "did you mean '" + near + "'?"};
}
}  // namespace

Result<CompiledDecision> Model::compile(std::string_view decision, const feel::Names& names,
                                        bool missing_is_null) const {
  const Element* element = body_->find(decision, Element::Kind::decision);
  if (element == nullptr) return unknown("decision", decision, body_->decisions);
  CompiledDecision compiled;
  TRY(compiled.plan_, body_->build(*element, names, missing_is_null));
  return compiled;
}

Result<CompiledDecision> Model::compile_service(std::string_view service,
                                                const feel::Names& names) const {
  const Element* element = body_->find(service, Element::Kind::service);
  if (element == nullptr) return unknown("decision service", service, body_->services);
  CompiledDecision compiled;
  TRY(compiled.plan_, body_->build(*element, names, false));
  return compiled;
}

Result<Outcome> Model::evaluate(std::string_view decision, const feel::Value& inputs,
                                feel::Evaluation& evaluation) const {
  const Element* element = body_->find(decision, Element::Kind::decision);
  if (element == nullptr) return unknown("decision", decision, body_->decisions);
  const feel::Names names = input_names(*body_->loaded);
  TRY(const auto plan, body_->cached(*element, names));
  return explain_plan(*plan, slots_of(names, inputs), evaluation);
}

Result<Outcome> Model::invoke(std::string_view name, const feel::Value& arguments,
                              feel::Evaluation& evaluation) const {
  const Element* element = body_->find(name, Element::Kind::service);
  if (element == nullptr) element = body_->find(name, Element::Kind::knowledge);
  if (element == nullptr) return evaluate(name, arguments, evaluation);
  feel::Names names;
  for (const auto& [parameter, type] :
       Builder::parameters(Target{body_->loaded.get(), element, {}})) {
    names.add(parameter);
  }
  TRY(const auto plan, body_->cached(*element, names));
  return explain_plan(*plan, slots_of(names, arguments), evaluation);
}

}  // namespace passerelle::dmn
