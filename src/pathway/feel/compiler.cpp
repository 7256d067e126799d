#include "pathway/feel/compiler.h"

#include <algorithm>

#include "base/check.h"
#include "pathway/feel/evaluator.h"
#include "pathway/feel/parser.h"

namespace passerelle::feel {

std::vector<std::string> name_words(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (size_t at = 0; at < name.size();) {
    const size_t space = space_at(name, at);
    if (space > 0) {
      flush();
      at += space;
    } else if (is_word_byte(name[at])) {
      word.push_back(name[at++]);
    } else {
      flush();
      words.emplace_back(1, name[at++]);
    }
  }
  flush();
  return words;
}

std::string normal_name(std::string_view name) {
  std::string out;
  for (const std::string& word : name_words(name)) {
    if (!out.empty() && is_word_byte(out.back()) && is_word_byte(word.front())) out.push_back(' ');
    out += word;
  }
  return out;
}

Compiler::Compiler(const HostFunctions* hosts) : program(std::make_shared<Program>()) {
  frames_.emplace_back();
  if (hosts == nullptr) return;
  program->hosts = *hosts;
  for (uint32_t i = 0; i < program->hosts.size(); ++i) {
    Symbol symbol;
    symbol.name = normal_name(program->hosts[i].name);
    symbol.words = name_words(symbol.name);
    symbol.kind = Symbol::Kind::host;
    symbol.index = i;
    symbols_.push_back(std::move(symbol));
  }
}

// ---- scopes ----

uint32_t Compiler::new_local() {
  Frame& frame = frames_.back();
  const uint32_t local = frame.next++;
  frame.most = std::max(frame.most, frame.next);
  return local;
}

void Compiler::restore_locals(uint32_t mark) {
  frames_.back().next = std::max(mark, frames_.back().floor);
}

namespace {
Symbol make_symbol(std::string_view name, Symbol::Kind kind, uint32_t index, unsigned frame,
                   TypeRef type) {
  Symbol symbol;
  symbol.name = normal_name(name);
  symbol.words = name_words(name);
  symbol.kind = kind;
  symbol.index = index;
  symbol.frame = frame;
  symbol.type = std::move(type);
  return symbol;
}
}  // namespace

void Compiler::declare_slot(std::string_view name, uint32_t slot, TypeRef type) {
  symbols_.push_back(make_symbol(name, Symbol::Kind::slot, slot, 0, std::move(type)));
  symbols_.back().path = symbols_.back().name;
}
void Compiler::declare_local(std::string_view name, uint32_t local, TypeRef type,
                             std::string_view path) {
  symbols_.push_back(make_symbol(name, Symbol::Kind::local, local, frame_depth(), std::move(type)));
  symbols_.back().path = path;
}
void Compiler::declare_constant(std::string_view name, uint32_t constant, TypeRef type) {
  symbols_.push_back(make_symbol(name, Symbol::Kind::constant, constant, 0, std::move(type)));
}
void Compiler::declare_function(std::string_view name, uint32_t function, TypeRef type) {
  symbols_.push_back(make_symbol(name, Symbol::Kind::function, function, 0, std::move(type)));
}
void Compiler::declare_item_scope(uint32_t local, TypeRef element) {
  symbols_.push_back(
      make_symbol("", Symbol::Kind::item_scope, local, frame_depth(), std::move(element)));
}

TypeRef Compiler::find_type(std::string_view name) const {
  const auto found = type_names_.find(name);
  return found != type_names_.end() ? found->second : Type::built_in(name);
}

void Compiler::hint_member(std::string_view name) {
  auto words = name_words(name);
  if (words.empty() || std::find(hints_.begin(), hints_.end(), words) != hints_.end()) return;
  if (hints_.size() < 2000) hints_.push_back(std::move(words));
}

// ---- functions ----

uint32_t Compiler::reserve_function(std::string name, std::vector<std::string> parameters,
                                    std::vector<TypeRef> types, TypeRef result) {
  FunctionCode code;
  code.name = std::move(name);
  code.parameters = std::move(parameters);
  code.types = std::move(types);
  code.types.resize(code.parameters.size());
  code.result = std::move(result);
  program->functions.push_back(std::move(code));
  return static_cast<uint32_t>(program->functions.size() - 1);
}

void Compiler::reopen_function(uint32_t function) {
  Frame frame;
  frame.function = function;
  frame.next = static_cast<uint32_t>(program->functions[function].parameters.size());
  frame.most = frame.next;
  frames_.push_back(std::move(frame));
}

uint32_t Compiler::begin_function(std::string name, std::vector<std::string> parameters,
                                  std::vector<TypeRef> types, TypeRef result) {
  const uint32_t function =
      reserve_function(std::move(name), std::move(parameters), std::move(types), std::move(result));
  reopen_function(function);
  return function;
}

void Compiler::end_function(NodeId body, unsigned nesting) {
  CHECK(frames_.size() > 1, "end_function() without a function");
  FunctionCode& code = program->functions[frames_.back().function];
  code.captures = std::move(frames_.back().captures);
  code.frame = frames_.back().most;
  code.nesting = nesting;
  code.body = body;
  frames_.pop_back();
}

uint32_t Compiler::capture(unsigned frame, bool slot, uint32_t from, bool self) {
  Frame& inside = frames_[frame];
  for (const Capture& known : inside.captures) {
    if (known.slot == slot && known.from == from && known.self == self) return known.local;
  }
  // Captures live behind everything else; a local once given to one is never reused.
  Capture made;
  made.slot = slot;
  made.self = self;
  made.from = from;
  made.local = inside.most++;
  inside.floor = inside.most;
  inside.next = std::max(inside.next, inside.most);
  inside.captures.push_back(made);
  return made.local;
}

// ---- nodes ----

NodeId Compiler::emit(Op op, uint32_t a, uint32_t b, uint32_t c, uint8_t flag) {
  Node node;
  node.op = op;
  node.flag = flag;
  node.text = text_;
  node.at = at_;
  node.a = a;
  node.b = b;
  node.c = c;
  program->nodes.push_back(node);
  return static_cast<NodeId>(program->nodes.size() - 1);
}

uint32_t Compiler::add_constant(const Value& value) {
  program->constants.push_back(immortal(value));
  return static_cast<uint32_t>(program->constants.size() - 1);
}

NodeId Compiler::constant(const Value& value) { return emit(Op::constant, add_constant(value)); }

const Value* Compiler::constant_of(NodeId node) const {
  if (node == no_node || program->nodes[node].op != Op::constant) return nullptr;
  return &program->constants[program->nodes[node].a];
}

uint32_t Compiler::extra(const std::vector<uint32_t>& words) {
  const auto first = static_cast<uint32_t>(program->extra.size());
  program->extra.insert(program->extra.end(), words.begin(), words.end());
  return first;
}

uint32_t Compiler::key(std::string_view name) {
  auto& keys = program->keys;
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == name) return i;
  }
  keys.push_back({std::string(name), hash_key(name), property_of(name)});
  return static_cast<uint32_t>(keys.size() - 1);
}

uint32_t Compiler::shape(const std::vector<std::string>& names) {
  std::vector<std::string_view> views(names.begin(), names.end());
  program->shapes.push_back(shape_of(views.data(), views.size(), true));
  return static_cast<uint32_t>(program->shapes.size() - 1);
}

uint32_t Compiler::type(TypeRef type) {
  program->types.push_back(std::move(type));
  return static_cast<uint32_t>(program->types.size() - 1);
}

Part Compiler::read(const Symbol& symbol) {
  switch (symbol.kind) {
    case Symbol::Kind::function:
      return {emit(Op::make_function, symbol.index), symbol.type};
    case Symbol::Kind::host:
      return {emit(Op::host_value, symbol.index), Type::of(Type::Kind::function)};
    case Symbol::Kind::constant:
      return {emit(Op::constant, symbol.index, 0, 0, 1), symbol.type};
    case Symbol::Kind::slot:
    case Symbol::Kind::local:
    case Symbol::Kind::item_scope:
      break;
  }
  const bool slot = symbol.kind == Symbol::Kind::slot;
  uint32_t index = symbol.index;
  bool from_slot = slot;
  for (unsigned frame = symbol.frame + 1; frame <= frame_depth(); ++frame) {
    index = capture(frame, from_slot, index, false);
    from_slot = false;
  }
  Part part{emit(from_slot ? Op::slot : Op::local, index, from_slot ? 0 : symbol.decision),
            symbol.type};
  part.path = symbol.path;
  return part;
}

NodeId Compiler::failed(std::string_view problem) {
  return emit(Op::failed, add_constant(Value::string(problem)));
}

NodeId Compiler::range(NodeId low, bool low_closed, NodeId high, bool high_closed, uint8_t form) {
  const auto flag = static_cast<uint8_t>((low_closed ? 1 : 0) | (high_closed ? 2 : 0));
  const Value* from = constant_of(low);
  const Value* to = constant_of(high);
  if ((from != nullptr || low == no_node) && (to != nullptr || high == no_node)) {
    const Value made = make_range_checked(from ? *from : Value(), low_closed, to ? *to : Value(),
                                          high_closed, form);
    if (!made.is_null()) return constant(made);
  }
  return emit(Op::range, low, high, form, flag);
}

NodeId Compiler::list(const std::vector<NodeId>& items) {
  bool constants = true;
  for (NodeId item : items) constants = constants && constant_of(item) != nullptr;
  if (constants) {
    std::vector<Value> values;
    for (NodeId item : items) values.push_back(*constant_of(item));
    return constant(Value::list(std::move(values)));
  }
  return emit(Op::list, extra(items), static_cast<uint32_t>(items.size()));
}

NodeId Compiler::coerced(NodeId node, TypeRef wanted, std::string_view what) {
  if (wanted == nullptr || wanted->kind == Type::Kind::any) return node;
  if (const Value* known = constant_of(node); known != nullptr && conforms(*known, *wanted)) {
    return node;
  }
  const uint32_t index = type(std::move(wanted));
  return emit(Op::coerce, node, index, key(what));
}

void Compiler::used(const std::string& path) {
  auto& all = program->used;
  if (!path.empty() && std::find(all.begin(), all.end(), path) == all.end()) all.push_back(path);
}

uint16_t Compiler::add_text(std::string_view text) {
  program->texts.emplace_back(text);
  return static_cast<uint16_t>(std::min<size_t>(program->texts.size() - 1, 65535));
}

Compiler::State Compiler::state() const {
  return {program->nodes.size(), program->extra.size(), symbols_.size(), frames_.size(),
          frames_.back().next};
}

void Compiler::rewind(const State& state) {
  program->nodes.resize(state.nodes);
  program->extra.resize(state.extra);
  symbols_.resize(std::min(symbols_.size(), state.symbols));
  frames_.resize(std::min(frames_.size(), state.frames));
  restore_locals(state.next);
}

// ---- texts ----

namespace {
Error place_error(std::string_view text, const Parser& parser) {
  int line = 1, column = 1;
  for (size_t i = 0; i < std::min<size_t>(parser.error_at(), text.size()); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return Error{ErrorCode::invalid, parser.error(),
               std::to_string(line) + ":" + std::to_string(column), parser.help()};
}
}  // namespace

Result<Part> Compiler::expression(std::string_view text, unsigned nesting) {
  const uint16_t index = add_text(text);
  const State before = state();
  Parser parser(*this, text, index, nesting);
  Part part = parser.whole_expression();
  nesting_seen = std::max(nesting_seen, parser.deepest());
  if (!parser.failed()) return part;
  rewind(before);
  return place_error(text, parser);
}

Result<Part> Compiler::unary_tests(std::string_view text, uint32_t local, TypeRef type,
                                   unsigned nesting) {
  const uint16_t index = add_text(text);
  const State before = state();
  declare_local("?", local, type);
  Parser parser(*this, text, index, nesting);
  Part part = parser.whole_unary_tests();
  nesting_seen = std::max(nesting_seen, parser.deepest());
  if (!parser.failed()) {
    restore(before.symbols);
    return part;
  }
  rewind(before);
  return place_error(text, parser);
}

std::shared_ptr<const Program> Compiler::finish(NodeId body, TypeRef type) {
  program->frame = frames_.front().most;
  program->nesting = nesting_seen;
  program->body = body;
  program->type = std::move(type);
  program->built_ins = built_ins();
  uint32_t paths = 0;
  for (Node& node : program->nodes)
    if (node.op == Op::path) node.c = paths++;
  program->places = Places(paths);
  if (body != no_node) program->root = program->nodes[body];
  remember_answers(program);
  remember_inputs(program);
  find_made_alike(*program);
  return std::move(program);
}

// ---- the public way in ----

Names::Names(std::initializer_list<std::string_view> names) {
  for (auto name : names) add(name);
}

uint16_t Names::add(std::string_view name, TypeRef type) {
  const int known = find(name);
  if (known >= 0) return static_cast<uint16_t>(known);
  CHECK(list.size() < 65535, "more variables than slots");
  list.push_back({std::string(name), std::move(type)});
  return static_cast<uint16_t>(list.size() - 1);
}

int Names::find(std::string_view name) const {
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

namespace {
Result<void> check_size(std::string_view text, const CompileOptions& options) {
  if (text.size() <= options.bytes) return {};
  return Error{ErrorCode::too_large,
               "the expression is longer than " + std::to_string(options.bytes) + " bytes", "1:1",
               "split it into several decisions or variables"};
}
void declare(Compiler& compiler, const Names& names) {
  for (uint32_t i = 0; i < names.list.size(); ++i) {
    compiler.declare_slot(names.list[i].name, i, names.list[i].type);
    compiler.program->slot_names.push_back(names.list[i].name);
  }
}
}  // namespace

Result<Expression> compile(std::string_view text, const Names& names,
                           const CompileOptions& options) {
  TRY_VOID(check_size(text, options));
  Compiler compiler(options.functions);
  declare(compiler, names);
  TRY(Part part, compiler.expression(text, options.nesting));
  Expression expression;
  expression.program_ = compiler.finish(part.node, part.type);
  return expression;
}

Result<Expression> compile_unary_tests(std::string_view text, const Names& names,
                                       const CompileOptions& options) {
  TRY_VOID(check_size(text, options));
  Compiler compiler(options.functions);
  declare(compiler, names);
  const uint32_t local = compiler.new_local();
  TRY(Part part, compiler.unary_tests(text, local, options.input, options.nesting));
  const NodeId input = compiler.emit(Op::slot, static_cast<uint32_t>(names.list.size()));
  const NodeId body = compiler.emit(Op::let, local, input, part.node);
  Expression expression;
  expression.program_ = compiler.finish(body, Type::of(Type::Kind::boolean));
  return expression;
}

const std::string& Expression::source() const {
  static const std::string nothing;
  return program_ == nullptr || program_->texts.empty() ? nothing : program_->texts.front();
}
std::vector<std::string> Expression::names_used() const {
  return program_ == nullptr ? std::vector<std::string>() : program_->used;
}
TypeRef Expression::type() const {
  return program_ == nullptr || program_->type == nullptr ? Type::any() : program_->type;
}
Value Expression::evaluate(std::span<const Value> slots, Evaluation& evaluation) const {
  return program_ == nullptr ? Value() : run(program_, slots, evaluation);
}
bool Expression::at_once(std::span<const Value> slots, Value& out) const {
  return program_ == nullptr || feel::at_once(*program_, slots, out);
}

}  // namespace passerelle::feel
