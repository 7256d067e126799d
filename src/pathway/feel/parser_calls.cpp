// What follows a value (members, filters, calls), and types.
#include <algorithm>

#include "pathway/feel/evaluator.h"
#include "pathway/feel/parser.h"

namespace passerelle::feel {

// ---- what follows a value ----

Part Parser::member(const Part& value) {
  const size_t start = at_++;
  size_t end = 0;
  const std::string name = member_name(value.type, end);
  if (name.empty()) return fail("expected a name after '.'");
  at_ = end;
  mark_place(start);
  const bool hour =
      name == "hour" && value.node != no_node && compiler_.program->nodes[value.node].op == Op::now;
  Part part{
      hour ? compiler_.emit(Op::hour) : compiler_.emit(Op::path, value.node, compiler_.key(name)),
      member_type(value.type, name)};
  if (!value.path.empty()) part.path = value.path + "." + name;
  return part;
}

Part Parser::filter(const Part& list) {
  Nested nested(*this);
  const size_t start = at_++;
  const bool outer = std::exchange(in_range_, false);
  const size_t mark = compiler_.mark();
  const uint32_t locals = compiler_.local_mark();
  const uint32_t local = compiler_.new_local();
  const TypeRef element = element_of(list.type);
  // Scalars have no members that could hide a name outside.
  compiler_.declare_local("item", local, element);
  compiler_.declare_item_scope(local, element);
  const Part predicate = expression();
  in_range_ = outer;
  if (!expect("]", "to close the filter")) return {};
  compiler_.restore(mark);
  compiler_.restore_locals(locals);
  mark_place(start);
  const Value* constant = compiler_.constant_of(predicate.node);
  const bool number = (constant != nullptr && constant->is_number()) ||
                      (predicate.type != nullptr && predicate.type->kind == Type::Kind::number);
  const TypeRef type = number ? element
                       : list.type != nullptr && list.type->kind == Type::Kind::list
                           ? list.type
                           : Type::list_of(list.type);
  return {compiler_.emit(Op::filter, list.node, predicate.node, local, number ? 1 : 0), type};
}

Parser::Arguments Parser::arguments() {
  Arguments found;
  take("(");
  const bool outer = std::exchange(in_range_, false);
  if (!take(")")) {
    do {
      std::string name;
      size_t end = 0;
      if (named_argument_ahead(name, end)) {
        at_ = end;
        found.names.push_back(name);
      }
      const Part part = expression();
      found.nodes.push_back(part.node);
      found.types.push_back(part.type);
      if (!found.names.empty() && found.names.size() != found.nodes.size()) {
        fail("expected either all arguments with their names or none");
      }
    } while (!failed_ && take(","));
    expect(")", "after the arguments");
  }
  in_range_ = outer;
  return found;
}

Part Parser::call(const Part& function) {
  const size_t start = at_;
  const Arguments given = arguments();
  if (failed_) return {};
  std::vector<uint32_t> words = given.nodes;
  for (const std::string& name : given.names) words.push_back(compiler_.key(name));
  mark_place(start);
  const TypeRef result = function.type != nullptr && function.type->kind == Type::Kind::function
                             ? function.type->element
                             : nullptr;
  return {compiler_.emit(Op::call_value, function.node, compiler_.extra(words),
                         static_cast<uint32_t>(given.nodes.size()), given.names.empty() ? 0 : 1),
          result};
}

// A function whose parameters are known: named arguments are put in their places here.
Part Parser::call_with_names(const Part&, const std::vector<std::string>& parameters, Op op,
                             uint32_t target, const TypeRef& result) {
  const size_t start = at_;
  const Arguments given = arguments();
  if (failed_) return {};
  std::vector<uint32_t> words(parameters.size(), no_node);
  if (given.names.empty()) {
    if (given.nodes.size() != parameters.size()) {
      mark_place(start);
      return {compiler_.failed("the function takes " + std::to_string(parameters.size()) +
                               " arguments and gets " + std::to_string(given.nodes.size())),
              result};
    }
    words = given.nodes;
  }
  for (size_t i = 0; i < given.names.size(); ++i) {
    const auto found = std::find(parameters.begin(), parameters.end(), given.names[i]);
    if (found == parameters.end()) {
      mark_place(start);
      return {compiler_.failed("the function has no parameter '" + given.names[i] + "'"), result};
    }
    words[static_cast<size_t>(found - parameters.begin())] = given.nodes[i];
  }
  for (uint32_t& word : words) {
    if (word == no_node) word = compiler_.constant(Value());
  }
  mark_place(start);
  return {compiler_.emit(op, target, compiler_.extra(words), static_cast<uint32_t>(words.size())),
          result};
}

Part Parser::call_symbol(const Symbol& symbol) {
  if (symbol.kind == Symbol::Kind::host) {
    const HostFunction& host = compiler_.program->hosts[symbol.index];
    return call_with_names({}, host.parameters, Op::call_host, symbol.index, nullptr);
  }
  const FunctionCode& code = compiler_.program->functions[symbol.index];
  std::vector<std::string> parameters;
  for (const std::string& name : code.parameters) parameters.push_back(normal_name(name));
  const TypeRef result = code.result;  // arguments may define functions, which moves the table
  return call_with_names({}, parameters, Op::call_function, symbol.index, result);
}

namespace {
// The row whose parameters include all the names; -1 when there is none.
int row_for_names(uint32_t first, uint32_t rows, const std::vector<std::string>& names) {
  for (uint32_t row = first; row < first + rows; ++row) {
    const BuiltIn& function = built_ins()[row];
    size_t found = 0;
    for (size_t i = 0; i < function.most(); ++i) {
      found += static_cast<size_t>(
          std::count(names.begin(), names.end(), std::string(function.parameter(i))));
    }
    if (found == names.size()) return static_cast<int>(row);
  }
  return -1;
}
}  // namespace

Part Parser::call_built_in(uint32_t first, uint32_t rows, std::string_view name) {
  const size_t start = at_;
  const Arguments given = arguments();
  if (failed_) return {};
  mark_place(start);
  const int row = given.names.empty() ? built_in_row(first, rows, given.nodes.size())
                                      : row_for_names(first, rows, given.names);
  if (row < 0) {
    std::string forms;
    for (uint32_t i = first; i < first + rows; ++i) {
      forms += (i > first ? " or " : "") + std::string(name) + "(" +
               std::string(built_ins()[i].parameters) + ")";
    }
    return {compiler_.failed("these arguments do not fit " + forms), nullptr};
  }
  const BuiltIn& function = built_ins()[static_cast<size_t>(row)];
  std::vector<uint32_t> words{0};
  uint32_t mask = 0;
  if (given.names.empty()) {
    words.insert(words.end(), given.nodes.begin(), given.nodes.end());
    mask = given.nodes.size() >= 32 ? ~0u : (1u << given.nodes.size()) - 1;
  } else {
    words.resize(1 + function.most(), no_node);
    for (size_t i = 0; i < function.most(); ++i) {
      const auto found =
          std::find(given.names.begin(), given.names.end(), std::string(function.parameter(i)));
      if (found == given.names.end()) continue;
      words[i + 1] = given.nodes[static_cast<size_t>(found - given.names.begin())];
      mask |= 1u << i;
    }
    while (words.size() > 1 && words.back() == no_node) words.pop_back();
    for (uint32_t& word : words) {
      if (word == no_node) word = compiler_.constant(Value());
    }
    if (words.size() - 1 < function.least()) {
      return {compiler_.failed(std::string(name) + " lacks arguments"), nullptr};
    }
  }
  words[0] = mask;
  const TypeRef type = result_type(function, given.types);
  const auto count = static_cast<uint32_t>(words.size() - 1);
  if (function.foldable) {
    if (const auto folded = fold_call(*compiler_.program, function, words)) {
      return {compiler_.constant(*folded), type_of(*folded)};
    }
  }
  if (count == 0 && name == "now") return {compiler_.emit(Op::now), type};
  const auto row_word = static_cast<uint32_t>(row);
  if (count == 1 && name == "date" && compiler_.program->nodes[words[1]].op == Op::now) {
    return {compiler_.emit(Op::today), type};
  }
  if (count == 1 && name == "date") {
    const NodeId from = words[1];
    words.insert(words.begin(), row_word);
    return {compiler_.emit(Op::date_of, from, 0, compiler_.extra(words)), type};
  }
  if (count == 2 && name == "date and time") {
    const NodeId date = words[1], time = words[2];
    words.insert(words.begin(), row_word);
    return {compiler_.emit(Op::date_time, date, time, compiler_.extra(words)), type};
  }
  return {compiler_.emit(Op::call_built_in, row_word, compiler_.extra(words), count), type};
}

// ---- types ----

TypeRef Parser::type_expression() {
  Nested nested(*this);
  skip();
  const size_t start = at_;
  const auto generic = [&](std::string_view word) {
    const Saved saved = save();
    if (take_keyword(word) && take("<")) return true;
    restore(saved);
    return false;
  };
  const auto finish = [&](std::shared_ptr<Type> type) -> TypeRef {
    expect(">", "to close the type");
    return type;
  };
  auto type = std::make_shared<Type>();
  if (failed_) return type;
  if (generic("list") || generic("range")) {
    type->kind = text_[start] == 'l' ? Type::Kind::list : Type::Kind::range;
    type->element = type_expression();
    return finish(type);
  }
  if (generic("context")) {
    type->kind = Type::Kind::context;
    if (take(">")) return type;
    do {
      std::string name = parameter_name();
      expect(":", "behind the name of the entry");
      TypeRef field = type_expression();
      type->fields.emplace_back(std::move(name), std::move(field));
    } while (!failed_ && take(","));
    return finish(type);
  }
  if (generic("function")) {
    type->kind = Type::Kind::function;
    if (!take(">")) {
      do {
        type->parameters.push_back(type_expression());
      } while (!failed_ && take(","));
      expect(">", "after the types of the parameters");
    }
    expect("->", "before the type of the result");
    type->element = type_expression();
    return type;
  }
  size_t best = 0;
  TypeRef found;
  const auto consider = [&](std::string_view name, const TypeRef& candidate) {
    const size_t length = match_words(name_words(name));
    if (length > best) {
      best = length;
      found = candidate;
    }
  };
  for (const auto& [name, named] : compiler_.type_names()) consider(name, named);
  for (const char* name :
       {"Any", "Null", "boolean", "number", "string", "date", "time", "date and time",
        "days and time duration", "years and months duration", "dateTime", "dayTimeDuration",
        "yearMonthDuration", "context", "list", "function", "range", "any"}) {
    consider(name, Type::built_in(name));
  }
  if (best == 0) {
    fail_at(start, "there is no type '" + greedy_name() + "'");
    return type;
  }
  at_ = start + best;
  return found;
}

}  // namespace passerelle::feel
