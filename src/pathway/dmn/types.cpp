// Item definitions (DMN 1.5, 7.3.3 and 10.3.2.9) as FEEL types.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "pathway/dmn/loaded.h"
#include "pathway/feel/evaluator.h"

namespace passerelle::dmn {

namespace {

using feel::Type;
using feel::TypeRef;
using feel::Value;

constexpr size_t most_definitions = 100;  // of definitions through each other

// Allowed values as unary tests. A definition that narrows another one asks that one too.
class AllowedValues : public feel::Constraint {
 public:
  AllowedValues(std::shared_ptr<const feel::Program> tests,
                std::shared_ptr<const feel::Constraint> base)
      : tests_(std::move(tests)), base_(std::move(base)) {}

  bool admits(const Value& value) const override {
    if (base_ != nullptr && !base_->admits(value)) return false;
    // Asked from the middle of any evaluation; its memory is kept for the thread's next question.
    thread_local feel::Evaluation evaluation;
    evaluation.keep_notes = false;
    const bool outermost = evaluation.program == nullptr;
    if (outermost) evaluation.clear();
    return feel::run(tests_, std::span(&value, 1), evaluation).is_true();
  }

 private:
  std::shared_ptr<const feel::Program> tests_;
  // Shared with the type it was written for.
  std::shared_ptr<const feel::Constraint> base_;
};

class TypeBuilder {
 public:
  explicit TypeBuilder(Loaded& loaded) : loaded_(loaded) {
    for (const TypeDefinition& definition : loaded.source.types) {
      definitions_.emplace(definition.name, &definition);
    }
  }

  void build_all() {
    for (const Loaded::Imported& import : loaded_.imports) {
      const std::string prefix = import.name.empty() ? "" : import.name + ".";
      for (const auto& [name, type] : import.model->types) {
        loaded_.types.emplace(prefix + name, type);
      }
      loaded_.members.insert(loaded_.members.end(), import.model->members.begin(),
                             import.model->members.end());
    }
    for (const TypeDefinition& definition : loaded_.source.types) named(definition);
  }

 private:
  TypeRef named(const TypeDefinition& definition) {
    if (const auto known = done_.find(definition.name); known != done_.end()) return known->second;
    const bool itself = open_.count(definition.name) != 0;
    if (itself || open_.size() >= most_definitions) {
      problem(definition.place,
              "the type '" + definition.name +
                  (itself ? "' is part of itself" : "' is defined through too many others"),
              "use Any for the inner one");
      return Type::any();
    }
    open_.insert(definition.name);
    TypeRef type = build(definition);
    open_.erase(definition.name);
    done_[definition.name] = type;
    loaded_.types[definition.name] = type;
    return type;
  }

  TypeRef find(std::string_view name, const Place& place) {
    if (name.empty()) return Type::any();
    const auto own = definitions_.find(name);
    if (own != definitions_.end()) return named(*own->second);
    if (TypeRef found = loaded_.find_type(name)) return found;
    std::vector<std::string> known;
    for (const auto& [other, definition] : definitions_) known.push_back(other);
    const std::string near = closest(name, known);
    problem(place, "there is no type '" + std::string(name) + "'",
            near.empty() ? "define it by an itemDefinition" : "did you mean '" + near + "'?");
    return Type::any();
  }

  TypeRef build(const TypeDefinition& definition) {
    auto type = std::make_shared<Type>();
    if (definition.function) {
      type->kind = Type::Kind::function;
      for (const TypeDefinition& parameter : definition.components) {
        type->parameters.push_back(find(parameter.base, parameter.place));
      }
      type->element = find(definition.base, definition.place);
    } else if (!definition.components.empty()) {
      type->kind = Type::Kind::context;
      for (const TypeDefinition& component : definition.components) {
        loaded_.members.push_back(component.name);
        type->fields.emplace_back(component.name, build(component));
      }
    } else {
      *type = *find(definition.base, definition.place);
    }
    type->name = definition.name;
    narrow(*type, definition.allowed);
    if (!definition.collection) {
      narrow(*type, definition.constraint);
      return type;
    }
    auto list = std::make_shared<Type>();
    list->kind = Type::Kind::list;
    list->element = std::move(type);
    list->name = definition.name;
    narrow(*list, definition.constraint);
    return list;
  }

  void narrow(Type& type, const Written& tests) {
    if (tests.blank()) return;
    feel::Compiler compiler;
    compiler.use_types(loaded_.types);
    const uint32_t local = compiler.new_local();
    auto inner = std::make_shared<Type>(type);
    auto part = compiler.unary_tests(tests.text, local, inner);
    if (!part) {
      loaded_.source.problems.push_back(placed(loaded_, tests, part.error()));
      return;
    }
    const feel::NodeId input = compiler.emit(feel::Op::slot, 0);
    const feel::NodeId body = compiler.emit(feel::Op::let, local, input, part->node);
    auto allowed = std::make_shared<AllowedValues>(
        compiler.finish(body, Type::of(Type::Kind::boolean)), type.allowed);
    allowed->text = std::string(trim(tests.text));
    type.allowed = std::move(allowed);
  }

  void problem(const Place& place, std::string message, std::string help) {
    loaded_.source.problems.push_back(
        Error{ErrorCode::invalid, std::move(message), to_text(place), std::move(help)});
  }

  Loaded& loaded_;
  std::map<std::string, const TypeDefinition*, std::less<>> definitions_;
  std::map<std::string, TypeRef> done_;
  std::set<std::string> open_;
};

}  // namespace

TypeRef Loaded::find_type(std::string_view name) const {
  if (name.empty()) return Type::any();
  if (const auto found = types.find(name); found != types.end()) return found->second;
  if (TypeRef built_in = Type::built_in(name)) return built_in;
  // DMN 1.1 wrote "feel:number", others write the prefix of the model's own name space.
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos) return nullptr;
  const std::string_view rest = name.substr(colon + 1);
  for (const Imported& import : imports) {
    if (import.name != name.substr(0, colon)) continue;
    if (const auto found = import.model->types.find(rest); found != import.model->types.end()) {
      return found->second;
    }
  }
  if (const auto found = types.find(rest); found != types.end()) return found->second;
  return Type::built_in(rest);
}

void define_types(Loaded& loaded) { TypeBuilder(loaded).build_all(); }

}  // namespace passerelle::dmn
