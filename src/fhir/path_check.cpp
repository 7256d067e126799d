#include "fhir/path_check.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "fhir/path_functions.h"
#include "fhir/path_lexer.h"

namespace passerelle::fhir::path {
namespace {

struct Possible {
  TypeIndex type = none;
  StructureIndex structure = none;
  bool operator==(const Possible&) const = default;
};

// The types that a part of the expression may give; `known` is false when it may be anything.
struct Shape {
  std::vector<Possible> types;
  bool known = false;
  bool ordered = true;
};

// More than this is no help to anybody.
constexpr size_t max_types = 100;

constexpr std::array<std::string_view, 13> same_shape = {
    "where",    "first",   "last",      "tail",  "skip",           "take", "single",
    "distinct", "exclude", "intersect", "trace", "defineVariable", "sort"};
constexpr std::array<std::string_view, 5> ordered_only = {"first", "last", "tail", "skip", "take"};
// Their arguments are evaluated on each item before them.
constexpr std::array<std::string_view, 9> on_each = {
    "where", "exists", "all", "select", "aggregate", "sort", "trace", "iif", "defineVariable"};

template <size_t n>
bool is_in(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Checker {
 public:
  explicit Checker(const Program& program) : program_(program) {}

  Result<Shape> check(uint32_t index, const Shape& focus) {
    const Node& node = program_.nodes[index];
    switch (node.op) {
      case Op::focus:
        return focus;
      case Op::literal:
      case Op::empty:
      case Op::index:
      case Op::total:
      case Op::variable:
        return Shape{};
      case Op::member:
        return member(node, focus);
      case Op::call:
        return call(node, focus);
      case Op::indexer: {
        TRY(const Shape left, check(node.left, focus));
        TRY_VOID(check(node.right, focus));
        if (!left.ordered) return no_order(node, "[ ]");
        return left;
      }
      case Op::is_type:
        TRY_VOID(check(node.left, focus));
        return Shape{};
      case Op::as_type: {
        TRY(const Shape left, check(node.left, focus));
        return narrowed(left, program_.types[node.value]);
      }
      case Op::merge: {
        TRY(Shape left, check(node.left, focus));
        TRY(const Shape right, check(node.right, focus));
        return united(std::move(left), right);
      }
      default:
        if (node.left != no_node) TRY_VOID(check(node.left, focus));
        if (node.right != no_node) TRY_VOID(check(node.right, focus));
        return Shape{};
    }
  }

 private:
  Error error(const Node& node, std::string message) const {
    return Error{ErrorCode::invalid, std::move(message),
                 line_and_column(program_.text, node.column)};
  }
  Error no_order(const Node& node, std::string_view what) const {
    return error(node, std::string(what) +
                           " asks for an order that children() and descendants() do not have");
  }

  Result<Shape> member(const Node& node, const Shape& focus) {
    const Name& name = program_.names[node.value];
    if (node.left != no_node) {
      TRY(const Shape left, check(node.left, focus));
      return children(node, left, name.text);
    }
    const bool resource =
        name.type != none && definitions_.type(name.type).kind == TypeKind::resource;
    if (!focus.known) return Shape{};
    for (const Possible& one : focus.types) {
      if (name.type != none && definitions_.is_a(one.type, name.type)) return focus;
    }
    if (resource) {
      return error(node, "this is not evaluated on a " + name.text + " but on a " + names(focus));
    }
    return children(node, focus, name.text);
  }

  std::string names(const Shape& shape) const {
    std::string out;
    for (const Possible& one : shape.types) {
      if (!out.empty()) out += ", ";
      if (out.size() > 60) return out + "...";
      out += one.structure != none ? definitions_.structure(one.structure).path
                                   : definitions_.type(one.type).name;
    }
    return out;
  }

  Result<Shape> children(const Node& node, const Shape& from, const std::string& name) const {
    if (!from.known) return Shape{};
    Shape out;
    out.known = true;
    bool found = false;
    std::vector<std::string> all;
    for (const Possible& one : from.types) {
      for (const Field& field : definitions_.structure(one.structure).fields) {
        const Element& element = definitions_.element(field.element);
        if (element.name != name) {
          if (all.empty() || all.back() != element.name) all.emplace_back(element.name);
          continue;
        }
        found = true;
        // Any resource may stand there.
        if (definitions_.type(field.type).kind == TypeKind::resource) out.known = false;
        add(out, {field.type, definitions_.structure_of(field)});
      }
    }
    if (!found) {
      const std::string hint = closest(name, all);
      return error(node, "'" + name + "' is not an element of " + names(from) +
                             (hint.empty() ? "" : "; did you mean '" + hint + "'?"));
    }
    return out;
  }

  static void add(Shape& shape, const Possible& one) {
    if (std::find(shape.types.begin(), shape.types.end(), one) != shape.types.end()) return;
    shape.types.push_back(one);
    if (shape.types.size() > max_types) shape.known = false;
  }

  static Shape united(Shape left, const Shape& right) {
    left.known = left.known && right.known;
    left.ordered = left.ordered && right.ordered;
    for (const Possible& one : right.types) add(left, one);
    return left;
  }

  Shape narrowed(const Shape& from, const TypeName& type) const {
    if (!from.known || type.fhir == none) return Shape{};
    Shape out;
    out.known = true;
    for (const Possible& one : from.types) {
      if (definitions_.is_a(one.type, type.fhir)) add(out, one);
    }
    if (out.types.empty()) out.known = false;
    return out;
  }

  Result<Shape> call(const Node& node, const Shape& outer) {
    const Function& function = functions()[node.function];
    Shape focus = outer;
    if (node.left != no_node) {
      TRY(focus, check(node.left, outer));
    }
    const Shape& inside = is_in(on_each, function.name) ? focus : outer;
    const bool again = function.name == "repeat";  // its argument is evaluated on what it gives
    Shape first;
    for (uint16_t i = 0; i < node.argument_count; ++i) {
      const uint32_t argument = program_.arguments[node.first_argument + i];
      TRY(Shape shape, check(argument, again ? Shape{} : inside));
      if (i == 0) first = std::move(shape);
    }
    if (!focus.ordered && is_in(ordered_only, function.name)) return no_order(node, function.name);
    if (is_in(same_shape, function.name)) return focus;
    if (function.name == "select") return first;
    if (function.name == "combine" || function.name == "union") return united(focus, first);
    if (function.name == "ofType" || function.name == "as") {
      return narrowed(focus, program_.types[node.value]);
    }
    Shape any;
    any.ordered = function.name != "children" && function.name != "descendants";
    return any;
  }

  const Definitions& definitions_ = definitions();
  const Program& program_;
};

}  // namespace

Result<void> check_names(const Program& program, std::string_view context_type) {
  const TypeIndex type = definitions().find_type(context_type);
  if (type == none) {
    return Error{ErrorCode::invalid,
                 "'" + std::string(context_type) + "' is not a type of FHIR R4"};
  }
  Shape focus;
  focus.types.push_back({type, definitions().type(type).structure});
  focus.known = !definitions().type(type).abstract;
  TRY_VOID(Checker(program).check(program.root, focus));
  return {};
}

}  // namespace passerelle::fhir::path
