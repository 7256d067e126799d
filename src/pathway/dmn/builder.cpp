#include "pathway/dmn/builder.h"

#include "base/text.h"

namespace passerelle::dmn {

namespace {
constexpr unsigned most_depth = 400;  // of requirements

const feel::TypeRef& any() {
  static const feel::TypeRef type = feel::Type::any();
  return type;
}
}  // namespace

Builder::Builder(const Loaded& main, const Settings& settings)
    : main_(main), settings_(settings), compiler_(settings.functions) {
  base_ = compiler_.mark();
  if (settings.names == nullptr) return;
  for (const auto& name : settings.names->list) compiler_.program->slot_names.push_back(name.name);
}

feel::TypeRef Builder::type_of(const Target& target) {
  feel::TypeRef type = target.model->find_type(target.element->type);
  return type == nullptr ? any() : type;
}

std::vector<std::pair<std::string, feel::TypeRef>> Builder::parameters(const Target& target) {
  std::vector<std::pair<std::string, feel::TypeRef>> all;
  const Element& element = *target.element;
  if (element.kind == Element::Kind::knowledge && element.logic != nullptr) {
    for (const Named& parameter : element.logic->entries) {
      all.emplace_back(parameter.name, target.model->find_type(parameter.type));
    }
  }
  if (element.kind == Element::Kind::service) {
    for (const auto* list : {&element.inputs, &element.decisions}) {
      for (const Reference& reference : *list) {
        std::string near;
        const Target found = resolve(target, reference.href, &near);
        if (found.element == nullptr) continue;
        all.emplace_back(near + found.element->variable, type_of(found));
      }
    }
  }
  return all;
}

// ---- requirements ----

// What the logic of `target` may name. Without a room only functions (for knowledge models).
std::vector<Builder::Use> Builder::uses(const Target& target, Room* room) {
  std::vector<Use> all;
  const Element& element = *target.element;
  const auto add = [&](const std::vector<Reference>& references, bool knowledge) {
    for (const Reference& reference : references) {
      std::string near;
      const Target found = resolve(target, reference.href, &near);
      if (found.element == nullptr) {
        problem(reference.place,
                "'" + element.item.name + "' requires '" + reference.href + "', which is not there",
                "correct the href");
        continue;
      }
      if (!knowledge && room == nullptr) continue;
      all.push_back(
          {near + found.element->variable, knowledge ? function(found) : require(found, *room)});
    }
  };
  add(element.inputs, false);
  add(element.decisions, false);
  add(element.knowledge, true);
  return all;
}

// Makes the compiler see what `target` sees, and nothing else.
void Builder::enter(const Target& target, const std::vector<Use>& uses) {
  if (here_.model != target.model) {
    compiler_.use_types(target.model->types);
    for (const std::string& member : target.model->members) compiler_.hint_member(member);
  }
  here_ = target;
  compiler_.restore(base_);
  for (const Use& use : uses) {
    switch (use.binding.kind) {
      case Binding::Kind::slot:
        compiler_.declare_slot(use.name, use.binding.index, use.binding.type);
        compiler_.symbols().back().path = use.binding.path;
        break;
      case Binding::Kind::local:
        compiler_.declare_local(use.name, use.binding.index, use.binding.type, use.binding.path);
        compiler_.symbols().back().decision = use.binding.decision;
        break;
      case Binding::Kind::constant:
        compiler_.declare_constant(use.name, use.binding.index, use.binding.type);
        break;
      case Binding::Kind::function:
        compiler_.declare_function(use.name, use.binding.index, use.binding.type);
        break;
      case Binding::Kind::nothing:
        break;
    }
  }
}

Builder::Binding Builder::require(const Target& target, Room& room) {
  if (const auto known = room.known.find(target); known != room.known.end()) return known->second;
  if (target.element->kind == Element::Kind::input) {
    return room.known[target] = input(target, room);
  }
  const Element& element = *target.element;
  if (element.kind != Element::Kind::decision) {
    problem(element.item.place,
            "'" + element.item.name + "' is required as information and is no decision",
            "use a knowledge requirement");
    return {};
  }
  const bool cyclic = !room.open.insert(target).second;
  if (cyclic || depth_ >= most_depth) {
    problem(element.item.place,
            cyclic
                ? "decision '" + element.item.name + "' requires itself"
                : "decisions require each other more than " + std::to_string(most_depth) + " deep",
            "remove a requirement");
    return room.known[target] = {Binding::Kind::local, compiler_.new_local(), any(), {}, 0};
  }
  ++depth_;
  const std::vector<Use> used = uses(target, &room);
  --depth_;
  enter(target, used);
  const uint32_t mark = compiler_.local_mark();
  const feel::TypeRef declared = type_of(target);
  const feel::Part part =
      typed(boxed(element.logic.get(), element.item.name), declared, element.variable);
  compiler_.restore_locals(mark);
  room.open.erase(target);
  const feel::Node& node = compiler_.program->nodes[part.node];
  if (node.op == feel::Op::constant && !room.open.empty()) {
    // A threshold is known to those who require it: what they make of it is folded, too.
    return room.known[target] = {Binding::Kind::constant, node.a, part.type, {}, 0};
  }
  const uint32_t local = compiler_.new_local();
  uint32_t told = 0;
  if (!room.service) {
    compiler_.program->decided.push_back({feel::no_node, &element});
    told = static_cast<uint32_t>(compiler_.program->decided.size());
  }
  room.lets.push_back({local, part.node, told});
  return room.known[target] = {Binding::Kind::local, local, part.type, {}, told};
}

// An input is a slot; one with a declared type is checked once, into a local.
Builder::Binding Builder::input(const Target& target, Room& room) {
  const std::string name = target.name();
  const feel::TypeRef declared = type_of(target);
  Binding binding;
  binding.type = declared;
  binding.path = name;
  if (room.service) {
    problem(target.element->item.place,
            "the decision service does not take the input '" + name + "' that it needs",
            "add it to the service's inputs");
    return binding;
  }
  feel::NodeId node = feel::no_node;
  const int slot = settings_.names == nullptr ? -1 : settings_.names->find(name);
  if (slot >= 0) {
    binding.kind = Binding::Kind::slot;
    binding.index = static_cast<uint32_t>(slot);
    if (declared->kind == feel::Type::Kind::any) {
      binding.type = settings_.names->list[static_cast<size_t>(slot)].type;
      return binding;
    }
    node = compiler_.emit(feel::Op::slot, binding.index);
  } else {
    // Inputs of imported models come inside a context named like the import.
    size_t dot = name.find('.');
    const int outer = settings_.names == nullptr || dot == std::string::npos
                          ? -1
                          : settings_.names->find(name.substr(0, dot));
    if (outer >= 0) {
      node = compiler_.emit(feel::Op::slot, static_cast<uint32_t>(outer));
      for (std::string_view rest = std::string_view(target.prefix).substr(dot + 1); !rest.empty();
           rest.remove_prefix(rest.find('.') + 1)) {
        node = compiler_.emit(feel::Op::path, node, compiler_.key(rest.substr(0, rest.find('.'))));
      }
      node = compiler_.emit(feel::Op::path, node, compiler_.key(target.element->variable));
    } else {
      missing_.push_back(Error{
          ErrorCode::invalid, "there is no variable for the input '" + name + "'",
          to_text(target.element->item.place), "give a variable that name, or rename the input"});
      node = compiler_.constant(feel::Value());
    }
  }
  const feel::Part part = typed({node, nullptr, {}}, declared, name);
  binding.kind = Binding::Kind::local;
  binding.index = compiler_.new_local();
  room.lets.push_back({binding.index, part.node, 0});
  return binding;
}

// ---- functions ----

Builder::Binding Builder::function(const Target& target) {
  const Element& element = *target.element;
  Binding binding;
  if (element.kind != Element::Kind::knowledge && element.kind != Element::Kind::service) {
    problem(element.item.place,
            "'" + element.item.name + "' is required as knowledge and cannot be called",
            "use an information requirement");
    return binding;
  }
  auto type = std::make_shared<feel::Type>();
  type->kind = feel::Type::Kind::function;
  feel::TypeRef result = type_of(target);
  if (result->kind == feel::Type::Kind::function && result->element != nullptr) {
    result = result->element;
  }
  if (result->kind == feel::Type::Kind::any) result = nullptr;
  type->element = result;
  std::vector<std::string> names;
  for (const auto& [name, parameter] : parameters(target)) {
    names.push_back(feel::normal_name(name));
    const bool unchecked = parameter == nullptr || parameter->kind == feel::Type::Kind::any;
    type->parameters.push_back(unchecked ? nullptr : parameter);
  }
  binding.kind = Binding::Kind::function;
  binding.type = type;
  if (const auto known = functions_.find(target); known != functions_.end()) {
    binding.index = known->second;
    return binding;
  }
  binding.index = compiler_.reserve_function(feel::normal_name(element.variable), names,
                                             type->parameters, result);
  functions_[target] = binding.index;
  if (depth_ >= most_depth) {
    problem(element.item.place, "functions require each other too deeply", "remove a requirement");
    return binding;
  }
  ++depth_;
  const Target outer = here_;
  if (element.kind == Element::Kind::knowledge) {
    fill_knowledge(target, binding.index);
  } else {
    fill_service(target, binding.index);
  }
  --depth_;
  return binding;
}

void Builder::fill_knowledge(const Target& target, uint32_t function) {
  const Element& element = *target.element;
  if (element.logic == nullptr) return;  // said when it is called
  const std::vector<Use> used = uses(target, nullptr);
  compiler_.reopen_function(function);
  enter(target, used);
  uint32_t local = 0;
  for (const auto& [name, type] : parameters(target)) compiler_.declare_local(name, local++, type);
  const unsigned nesting = std::exchange(compiler_.nesting_seen, 0);
  const Boxed& logic = *element.logic;
  const feel::Part part =
      logic.kind.empty() || lower(logic.kind) == "feel"
          ? boxed(logic.children.empty() ? nullptr : logic.children[0].get(), element.item.name)
          : problem(logic.place, "'" + element.item.name + "' is a " + logic.kind +
                                     " function, which only a Java machine can call");
  compiler_.end_function(part.node, compiler_.nesting_seen);
  compiler_.program->functions[function].inferred = part.type;
  compiler_.nesting_seen = std::max(nesting, compiler_.nesting_seen);
}

void Builder::fill_service(const Target& target, uint32_t function) {
  compiler_.reopen_function(function);
  Room room;
  room.service = true;
  uint32_t local = 0;
  for (const auto* list : {&target.element->inputs, &target.element->decisions}) {
    for (const Reference& reference : *list) {
      const Target found = resolve(target, reference.href);
      if (found.element == nullptr) {
        problem(reference.place,
                "the decision service takes '" + reference.href + "', which is not there",
                "correct the href");
        continue;
      }
      room.known[found] = {Binding::Kind::local, local++, type_of(found), {}, 0};
    }
  }
  const unsigned nesting = std::exchange(compiler_.nesting_seen, 0);
  const feel::Part part = service_result(target, room);
  compiler_.end_function(close(room, part.node), compiler_.nesting_seen);
  compiler_.program->functions[function].inferred = part.type;
  compiler_.nesting_seen = std::max(nesting, compiler_.nesting_seen);
}

// One output decision is the result itself, several are a context (DMN 1.5, 10.4).
feel::Part Builder::service_result(const Target& target, Room& room) {
  std::vector<Use> outputs;
  for (const Reference& reference : target.element->outputs) {
    std::string near;
    const Target found = resolve(target, reference.href, &near);
    if (found.element == nullptr) {
      problem(reference.place,
              "the decision service gives '" + reference.href + "', which is not there",
              "correct the href");
      continue;
    }
    outputs.push_back({found.element->variable, require(found, room)});
  }
  if (outputs.empty()) {
    return problem(target.element->item.place,
                   "decision service '" + target.element->item.name + "' has no output decision");
  }
  const auto read = [&](const Binding& binding) {
    if (binding.kind == Binding::Kind::constant) {
      return compiler_.emit(feel::Op::constant, binding.index);
    }
    return binding.kind == Binding::Kind::local ? compiler_.emit(feel::Op::local, binding.index)
                                                : compiler_.constant(feel::Value());
  };
  if (outputs.size() == 1) return {read(outputs[0].binding), outputs[0].binding.type, {}};
  std::vector<std::string> keys;
  std::vector<uint32_t> words;
  std::vector<std::pair<std::string, feel::TypeRef>> fields;
  for (const Use& output : outputs) {
    keys.push_back(output.name);
    words.push_back(read(output.binding));
    words.push_back(compiler_.new_local());
    fields.emplace_back(output.name, output.binding.type);
  }
  const uint32_t shape = compiler_.shape(keys);
  return {compiler_.emit(feel::Op::context, shape, compiler_.extra(words)),
          feel::Type::context_of(std::move(fields)),
          {}};
}

// ---- whole programs ----

feel::NodeId Builder::close(Room& room, feel::NodeId result) {
  for (size_t i = room.lets.size(); i-- > 0;) {
    const Let& let = room.lets[i];
    result = compiler_.emit(feel::Op::let, let.local, let.value, result);
    if (let.decision != 0) compiler_.program->decided[let.decision - 1].let = result;
  }
  return result;
}

Result<std::shared_ptr<const feel::Program>> Builder::finish(feel::Part part) {
  if (!missing_.empty() && !settings_.missing_is_null) return missing_.front();
  return compiler_.finish(part.node, part.type);
}

Result<std::shared_ptr<const feel::Program>> Builder::decision(const Element& element) {
  Room room;
  const Binding binding = require(Target{&main_, &element, {}}, room);
  const feel::NodeId result =
      room.lets.empty() ? compiler_.constant(feel::Value()) : room.lets.back().value;
  if (!room.lets.empty()) room.lets.pop_back();  // its own value is the result
  return finish({close(room, result), binding.type, {}});
}

Result<std::shared_ptr<const feel::Program>> Builder::call(const Element& element) {
  const Target target{&main_, &element, {}};
  const Binding binding = function(target);
  std::vector<uint32_t> words;
  for (const auto& [name, type] : parameters(target)) {
    const int slot = settings_.names == nullptr ? -1 : settings_.names->find(name);
    if (slot >= 0) {
      words.push_back(compiler_.emit(feel::Op::slot, static_cast<uint32_t>(slot)));
      continue;
    }
    missing_.push_back(Error{
        ErrorCode::invalid,
        "there is no variable for the parameter '" + name + "' of '" + element.item.name + "'",
        to_text(element.item.place), "give a variable that name"});
    words.push_back(compiler_.constant(feel::Value()));
  }
  const feel::NodeId node =
      compiler_.emit(feel::Op::call_function, binding.index, compiler_.extra(words),
                     static_cast<uint32_t>(words.size()));
  return finish({node, binding.type == nullptr ? nullptr : binding.type->element, {}});
}

void Builder::check_all() {
  Room room;
  for (const Element& element : main_.source.elements) {
    const Target target{&main_, &element, {}};
    if (!element.type.empty() && main_.find_type(element.type) == nullptr) {
      problem(element.item.place,
              "'" + element.item.name + "' is of type '" + element.type + "', which is not defined",
              "define it by an itemDefinition");
    }
    if (element.kind == Element::Kind::decision) require(target, room);
    if (element.kind == Element::Kind::knowledge || element.kind == Element::Kind::service) {
      function(target);
    }
  }
}

}  // namespace passerelle::dmn
