// Boxed expressions (DMN 1.5, 10.2.1) as nodes.
#include "base/text.h"
#include "pathway/dmn/builder.h"
#include "pathway/feel/evaluator.h"
#include "pathway/feel/parser.h"

namespace passerelle::dmn {

using feel::NodeId;
using feel::Op;
using feel::Part;
using feel::Type;
using feel::TypeRef;

// Becomes null with the reason when it is evaluated, and stands in the model's problems().
Part Builder::problem(const Place& place, std::string message, std::string help) {
  const NodeId node = compiler_.failed(message);
  Error error{ErrorCode::invalid, std::move(message), to_text(place), std::move(help)};
  for (const Error& known : problems) {
    if (known.where == error.where && known.message == error.message) return {node, nullptr, {}};
  }
  problems.push_back(std::move(error));
  return {node, nullptr, {}};
}

TypeRef Builder::type(std::string_view name, const Place& place) {
  TypeRef found = here_.model->find_type(name);
  if (found != nullptr) return found;
  problem(place, "there is no type '" + std::string(name) + "'", "define it by an itemDefinition");
  return Type::any();
}

Part Builder::typed(Part part, TypeRef type, std::string_view what) {
  if (type == nullptr || type->kind == Type::Kind::any) return part;
  return {compiler_.coerced(part.node, type, what), type, {}};
}

Part Builder::text(const Written& text) {
  if (text.blank()) return {compiler_.constant(feel::Value()), nullptr, {}};
  auto part = compiler_.expression(text.text);
  if (part) return *part;
  Error error = placed(*here_.model, text, std::move(part.error()));
  const NodeId node = compiler_.failed(error.message);
  problems.push_back(std::move(error));
  return {node, nullptr, {}};
}

Part Builder::boxed(const Boxed* boxed, std::string_view what) {
  if (boxed == nullptr) {
    return {compiler_.failed("'" + std::string(what) + "' has no logic"), nullptr, {}};
  }
  Part part;
  switch (boxed->form) {
    case Boxed::Form::literal:
      part = literal(*boxed);
      break;
    case Boxed::Form::table:
      part = table(*boxed);
      break;
    case Boxed::Form::context:
      part = context(*boxed);
      break;
    case Boxed::Form::relation:
      part = relation(*boxed);
      break;
    case Boxed::Form::list:
      part = list(*boxed);
      break;
    case Boxed::Form::invocation:
      part = invocation(*boxed);
      break;
    case Boxed::Form::function:
      return closure(*boxed);
    case Boxed::Form::conditional:
      part = conditional(*boxed);
      break;
    case Boxed::Form::filter:
      part = filter(*boxed);
      break;
    case Boxed::Form::iteration:
    case Boxed::Form::some:
    case Boxed::Form::every:
      part = loop(*boxed);
      break;
    case Boxed::Form::unsupported:
      return problem(boxed->place, boxed->text.text);
  }
  return typed(std::move(part), type(boxed->type, boxed->place), what);
}

Part Builder::literal(const Boxed& boxed) {
  const std::string language = lower(boxed.language);
  if (!language.empty() && language.find("feel") == std::string::npos) {
    return problem(boxed.place, "expressions in '" + boxed.language + "' are not supported",
                   "write FEEL");
  }
  return text(boxed.text);
}

Part Builder::context(const Boxed& boxed) {
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  std::vector<std::string> keys;
  std::vector<uint32_t> words;
  std::vector<std::pair<std::string, TypeRef>> fields;
  const Named* result = nullptr;
  for (const Named& entry : boxed.entries) {
    if (entry.name.empty()) {
      result = &entry;
      continue;
    }
    if (std::find(keys.begin(), keys.end(), entry.name) != keys.end()) {
      problem(entry.place, "the entry '" + entry.name + "' stands here twice", "rename one");
      continue;
    }
    compiler_.hint_member(entry.name);
    const uint32_t local = compiler_.new_local();
    const Part value = typed(this->boxed(entry.value.get(), entry.name),
                             type(entry.type, entry.place), entry.name);
    keys.push_back(entry.name);
    words.push_back(value.node);
    words.push_back(local);
    fields.emplace_back(entry.name, value.type);
    compiler_.declare_local(entry.name, local, value.type);
  }
  Part made;
  if (result != nullptr) {
    made = this->boxed(result->value.get(), "the result of the context");
    for (size_t i = words.size(); i > 0; i -= 2) {
      made.node = compiler_.emit(Op::let, words[i - 1], words[i - 2], made.node);
    }
  } else {
    const uint32_t shape = compiler_.shape(keys);
    made = {compiler_.emit(Op::context, shape, compiler_.extra(words)),
            Type::context_of(std::move(fields)),
            {}};
  }
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  made.path.clear();
  return made;
}

Part Builder::relation(const Boxed& boxed) {
  std::vector<std::string> keys;
  std::vector<TypeRef> types;
  std::vector<std::pair<std::string, TypeRef>> fields;
  for (const Named& column : boxed.columns) {
    keys.push_back(column.name);
    types.push_back(type(column.type, column.place));
    compiler_.hint_member(column.name);
    fields.emplace_back(column.name, types.back());
  }
  if (keys.empty()) return problem(boxed.place, "the relation has no columns");
  const uint32_t locals = compiler_.local_mark();
  std::vector<uint32_t> cells;
  for (size_t i = 0; i < keys.size(); ++i) cells.push_back(compiler_.new_local());
  const uint32_t shape = compiler_.shape(keys);
  std::vector<NodeId> rows;
  for (size_t i = 0; i + keys.size() <= boxed.children.size(); i += keys.size()) {
    std::vector<uint32_t> words;
    for (size_t column = 0; column < keys.size(); ++column) {
      const Part cell = typed(this->boxed(boxed.children[i + column].get(), keys[column]),
                              types[column], keys[column]);
      words.push_back(cell.node);
      words.push_back(cells[column]);
    }
    rows.push_back(compiler_.emit(Op::context, shape, compiler_.extra(words)));
  }
  compiler_.restore_locals(locals);
  return {compiler_.list(rows), Type::list_of(Type::context_of(std::move(fields))), {}};
}

Part Builder::list(const Boxed& boxed) {
  std::vector<NodeId> items;
  std::vector<TypeRef> types;
  for (const auto& child : boxed.children) {
    const Part item = this->boxed(child.get(), "an item of the list");
    items.push_back(item.node);
    types.push_back(item.type);
  }
  return {compiler_.list(items), Type::list_of(feel::common_type(types)), {}};
}

Part Builder::conditional(const Boxed& boxed) {
  const Part condition = this->boxed(boxed.children[0].get(), "if");
  const Part yes = this->boxed(boxed.children[1].get(), "then");
  const Part no = this->boxed(boxed.children[2].get(), "else");
  return {compiler_.emit(Op::choose, condition.node, yes.node, no.node),
          feel::common_type({yes.type, no.type}),
          {}};
}

Part Builder::filter(const Boxed& boxed) {
  const Part in = this->boxed(boxed.children[0].get(), "in");
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  const uint32_t local = compiler_.new_local();
  const TypeRef element = feel::element_of(in.type);
  compiler_.declare_local("item", local, element);
  compiler_.declare_item_scope(local, element);
  const Part match = this->boxed(boxed.children[1].get(), "match");
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  const bool number = match.type != nullptr && match.type->kind == Type::Kind::number;
  const TypeRef type = number                              ? element
                       : in.type == nullptr                ? nullptr
                       : in.type->kind == Type::Kind::list ? in.type
                                                           : Type::list_of(in.type);
  return {compiler_.emit(Op::filter, in.node, match.node, local, number ? 1 : 0), type, {}};
}

Part Builder::loop(const Boxed& boxed) {
  const Named& variable = boxed.entries[0];
  const Part domain = typed(this->boxed(variable.value.get(), "in"),
                            type(variable.type, variable.place), variable.name);
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  const uint32_t local = compiler_.new_local();
  TypeRef element = feel::element_of(domain.type);
  if (element != nullptr && element->kind == Type::Kind::range) element = element->element;
  compiler_.declare_local(variable.name, local, element);
  std::vector<uint32_t> words{local, domain.node, feel::no_node};
  const bool each = boxed.form == Boxed::Form::iteration;
  const size_t symbol = compiler_.mark();
  if (each) {
    const uint32_t partial = compiler_.new_local();
    compiler_.declare_local("partial", partial, Type::of(Type::Kind::list));
    words.push_back(partial);
  }
  const Part body = this->boxed(boxed.children[0].get(), each ? "return" : "satisfies");
  const bool partial = each && compiler_.symbols()[symbol].partial_reads > 0;
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  const Op op = each ? Op::each : boxed.form == Boxed::Form::some ? Op::some : Op::every;
  const NodeId node = compiler_.emit(op, compiler_.extra(words), 1, body.node, partial ? 1 : 0);
  return {node, each ? Type::list_of(body.type) : Type::of(Type::Kind::boolean), {}};
}

Part Builder::closure(const Boxed& boxed) {
  if (!boxed.kind.empty() && lower(boxed.kind) != "feel") {
    return problem(boxed.place,
                   "this is a " + boxed.kind + " function, which only a Java machine can call");
  }
  const size_t mark = compiler_.mark();
  std::vector<std::string> names;
  auto made = std::make_shared<Type>();
  made->kind = Type::Kind::function;
  for (const Named& parameter : boxed.entries) {
    names.push_back(feel::normal_name(parameter.name));
    made->parameters.push_back(type(parameter.type, parameter.place));
  }
  // A function's own type may be declared as what it returns or as a function type.
  TypeRef result = type(boxed.type, boxed.place);
  if (result->kind == Type::Kind::function) result = result->element;
  if (result != nullptr && result->kind == Type::Kind::any) result = nullptr;
  const unsigned nesting = std::exchange(compiler_.nesting_seen, 0);
  const uint32_t function = compiler_.begin_function("", names, made->parameters, result);
  for (uint32_t i = 0; i < names.size(); ++i) {
    compiler_.declare_local(boxed.entries[i].name, i, made->parameters[i]);
  }
  const Part body = this->boxed(boxed.children[0].get(), "the function");
  compiler_.end_function(body.node, compiler_.nesting_seen);
  compiler_.nesting_seen = std::max(nesting, compiler_.nesting_seen);
  compiler_.program->functions[function].inferred = body.type;
  compiler_.restore(mark);
  made->element = result != nullptr ? result : body.type;
  return {compiler_.emit(Op::make_function, function), made, {}};
}

Part Builder::invocation(const Boxed& boxed) {
  std::vector<Part> arguments;
  for (const Named& binding : boxed.entries) {
    arguments.push_back(typed(this->boxed(binding.value.get(), binding.name),
                              type(binding.type, binding.place), binding.name));
  }
  const Boxed* callee = boxed.children.empty() ? nullptr : boxed.children[0].get();
  if (callee == nullptr) return problem(boxed.place, "the invocation names no function");
  if (callee->form == Boxed::Form::literal) {
    const std::string name = feel::normal_name(trim(callee->text.text));
    const auto [first, rows] = feel::find_built_in(name);
    bool hidden = false;
    for (const feel::Symbol& symbol : compiler_.symbols()) hidden = hidden || symbol.name == name;
    if (rows > 0 && !hidden) return invoked_by_text(boxed, arguments);
  }
  const Part function = this->boxed(callee, "the invoked function");
  std::vector<uint32_t> words;
  for (const Part& argument : arguments) words.push_back(argument.node);
  for (const Named& binding : boxed.entries) {
    words.push_back(compiler_.key(feel::normal_name(binding.name)));
  }
  const TypeRef result = function.type != nullptr && function.type->kind == Type::Kind::function
                             ? function.type->element
                             : nullptr;
  return {compiler_.emit(Op::call_value, function.node, compiler_.extra(words),
                         static_cast<uint32_t>(arguments.size()), 1),
          result,
          {}};
}

// A built-in function takes its arguments by name as FEEL writes it.
Part Builder::invoked_by_text(const Boxed& boxed, const std::vector<Part>& arguments) {
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  std::vector<uint32_t> held;
  std::string call = boxed.children[0]->text.text + "(";
  for (size_t i = 0; i < arguments.size(); ++i) {
    held.push_back(compiler_.new_local());
    const std::string name = "argument_" + std::to_string(i + 1) + "_of_invocation";
    compiler_.declare_local(name, held.back(), arguments[i].type);
    call += (i > 0 ? ", " : "") + boxed.entries[i].name + ": " + name;
  }
  Written written = boxed.children[0]->text;
  written.text = call + ")";
  written.raw = nullptr;
  Part part = text(written);
  for (size_t i = arguments.size(); i-- > 0;) {
    part.node = compiler_.emit(Op::let, held[i], arguments[i].node, part.node);
  }
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  part.path.clear();
  return part;
}

}  // namespace passerelle::dmn
