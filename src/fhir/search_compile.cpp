// From the FHIRPath expressions of search parameters to one tree per resource type.
#include <memory>
#include <mutex>
#include <optional>

#include "base/text.h"
#include "fhir/path_functions.h"
#include "fhir/path_value.h"
#include "fhir/search_program.h"

namespace passerelle::fhir {
namespace {

using path::Node;
using path::Op;
using path::Program;

using Places = std::vector<uint32_t>;  // nodes of the tree

class Compiler {
 public:
  explicit Compiler(TypeIndex resource) : resource_(resource) { out_.nodes.push_back(root_node()); }

  // Whether any element can give values; error when it is a composite that lies on no plain paths,
  // or the expression is no FHIRPath.
  Result<bool> add(const SearchSource& source) {
    if (source.expression.empty()) {
      out_.silent.push_back(source.index);
      return true;
    }
    TRY(Program program, path::parse(source.expression));
    const std::optional<Places> places = flat(program, program.root, {0});
    if (source.type == SearchType::composite) {
      if (!places) return no_plain_path(source.expression);
      return add_composite(source, *places);
    }
    if (!places) {
      out_.evaluations.push_back({{source.index, 0}, source.type, std::move(program)});
      return true;
    }
    bool any = false;
    for (const uint32_t place : *places)
      any = add_action(place, {source.index, 0}, source.type) || any;
    return any;
  }

  SearchProgram finish() {
    prune();
    return std::move(out_);
  }

  // Types of what the expressions reach, for messages.
  std::vector<TypeIndex> reached;

 private:
  SearchNode root_node() const {
    SearchNode root;
    root.type = resource_;
    root.structure = definitions_.type(resource_).structure;
    return root;
  }

  static Error no_plain_path(std::string_view expression) {
    return Error{ErrorCode::unsupported,
                 quoted(expression) + " is no plain path, as the parts of a composite must be"};
  }

  bool add_action(uint32_t place, const SearchSlot& slot, SearchType type) {
    SearchNode& node = out_.nodes[place];
    const EmitForm emit = emit_form(type, node.type);
    if (emit != nullptr) node.actions.push_back({slot, emit});
    if (emit == nullptr) reached.push_back(node.type);
    return emit != nullptr;
  }

  Result<bool> add_composite(const SearchSource& source, const Places& places) {
    bool all = !places.empty();
    for (const uint32_t place : places) {
      SearchComposite composite{source.index, {}};
      uint8_t number = 0;
      for (const SearchSourceComponent& component : source.components) {
        ++number;
        TRY(const Program program, path::parse(component.expression));
        of_resource_ = false;
        SearchNode start = out_.nodes[place];
        start.branches.clear();
        start.actions.clear();
        start.composites.clear();
        start.leaf = true;
        const uint32_t root = push(std::move(start));
        const std::optional<Places> ends = flat(program, program.root, {root});
        if (!ends) return no_plain_path(component.expression);
        bool any = false;
        for (const uint32_t end : *ends)
          any = add_action(end, {source.index, number}, component.type) || any;
        all = all && any;
        composite.components.push_back({of_resource_ ? component_root_ : root, of_resource_});
      }
      out_.composites.push_back(std::move(composite));
      const auto made = static_cast<uint32_t>(out_.composites.size() - 1);
      out_.nodes[place].composites.push_back(made);
    }
    return all;
  }

  uint32_t push(SearchNode node) {
    out_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(out_.nodes.size() - 1);
  }

  // The nodes that an expression reaches from others; none when it is no plain path.
  std::optional<Places> flat(const Program& program, uint32_t index, const Places& from) {
    const Node& node = program.nodes[index];
    switch (node.op) {
      case Op::member:
        return member(program, node, from);
      case Op::merge: {
        std::optional<Places> left = flat(program, node.left, from);
        const std::optional<Places> right = flat(program, node.right, from);
        if (!left || !right) return std::nullopt;
        left->insert(left->end(), right->begin(), right->end());
        return left;
      }
      case Op::as_type: {
        const std::optional<Places> places = flat(program, node.left, from);
        if (!places) return std::nullopt;
        return of_type(*places, program.types[node.value]);
      }
      case Op::call:
        return call(program, node, from);
      case Op::indexer:
        return at_position(program, node, from);
      case Op::variable:
        if (program.names[node.value].text != "resource") return std::nullopt;
        of_resource_ = true;
        component_root_ = push(root_node());
        return Places{component_root_};
      default:
        return std::nullopt;
    }
  }

  std::optional<Places> member(const Program& program, const Node& node, const Places& from) {
    const path::Name& name = program.names[node.value];
    if (node.left != path::no_node) {
      const std::optional<Places> places = flat(program, node.left, from);
      return places ? std::optional<Places>(children(*places, name.text)) : std::nullopt;
    }
    // "Observation" in an expression of many types: of the others nothing is reached.
    if (name.type != none && definitions_.type(name.type).kind == TypeKind::resource) {
      return definitions_.is_a(resource_, name.type) ? from : Places();
    }
    return children(from, name.text);
  }

  Places children(const Places& from, std::string_view name) {
    Places out;
    for (const uint32_t place : from) {
      const StructureIndex structure = out_.nodes[place].structure;
      if (structure == none) continue;
      const std::span<const Field> fields = definitions_.structure(structure).fields;
      for (size_t i = 0; i < fields.size(); ++i) {
        if (definitions_.element(fields[i].element).name == name) out.push_back(child(place, i));
      }
    }
    return out;
  }

  uint32_t child(uint32_t place, size_t field_index) {
    const Structure& structure = definitions_.structure(out_.nodes[place].structure);
    if (out_.nodes[place].leaf) {
      out_.nodes[place].leaf = false;
      out_.nodes[place].first_edge = static_cast<uint32_t>(out_.edges.size());
      out_.edges.resize(out_.edges.size() + structure.fields.size(), no_edge);
    }
    const size_t edge = out_.nodes[place].first_edge + field_index;
    if (out_.edges[edge] != no_edge) return out_.edges[edge];
    const Field& field = structure.fields[field_index];
    SearchNode node;
    node.type = field.type;
    node.element = field.element;
    node.parent = place;
    const bool resource = definitions_.type(field.type).kind == TypeKind::resource;
    if (!resource) node.structure = definitions_.structure_of(field);
    return out_.edges[edge] = push(std::move(node));
  }

  Places of_type(const Places& places, const path::TypeName& name) {
    TypeIndex type = name.fhir;
    // The specification writes as(DateTime) once, where its own dateTime is meant.
    if (type == none && name.system == path::Kind::date_time) {
      type = definitions_.find_type("dateTime");
    }
    Places out;
    for (const uint32_t place : places) {
      const TypeIndex own = out_.nodes[place].type;
      const bool primitive = definitions_.type(own).kind == TypeKind::primitive;
      if (primitive ? own == type : definitions_.is_a(own, type)) out.push_back(place);
    }
    return out;
  }

  std::optional<Places> call(const Program& program, const Node& node, const Places& from) {
    const path::Function& function = path::functions()[node.function];
    std::optional<Places> places =
        node.left == path::no_node ? from : flat(program, node.left, from);
    if (!places) return std::nullopt;
    if (function.name == "as" || function.name == "ofType") {
      return of_type(*places, program.types[node.value]);
    }
    if (function.name != "where") return std::nullopt;
    std::optional<SearchBranch> branch =
        condition(program, program.nodes[program.arguments[node.first_argument]]);
    if (!branch) return std::nullopt;
    for (uint32_t& place : *places) place = branch_of(place, *branch);
    return places;
  }

  std::optional<SearchBranch> condition(const Program& program, const Node& node) const {
    SearchBranch branch;
    const auto is_plain_member = [&](const Node& at) {
      return at.op == Op::member && at.left == path::no_node;
    };
    if (node.op == Op::equal && is_plain_member(program.nodes[node.left]) &&
        program.nodes[node.right].op == Op::literal) {
      const path::Item& literal = program.literals[program.nodes[node.right].value];
      if (literal.kind != path::Kind::string) return std::nullopt;
      branch.test = SearchBranch::Test::member_equals;
      branch.member = program.names[program.nodes[node.left].value].text;
      branch.text = literal.box->text;
      return branch;
    }
    if (node.op == Op::is_type) {
      const Node& resolved = program.nodes[node.left];
      if (resolved.op != Op::call || resolved.left != path::no_node ||
          path::functions()[resolved.function].name != "resolve") {
        return std::nullopt;
      }
      branch.test = SearchBranch::Test::refers_to;
      branch.type = program.types[node.value].fhir;
      return branch;
    }
    return std::nullopt;
  }

  uint32_t branch_of(uint32_t place, SearchBranch branch) {
    for (const SearchBranch& known : out_.nodes[place].branches) {
      if (known.test == branch.test && known.member == branch.member && known.text == branch.text &&
          known.type == branch.type && known.position == branch.position) {
        return known.node;
      }
    }
    SearchNode node;
    node.type = out_.nodes[place].type;
    node.structure = out_.nodes[place].structure;
    node.element = out_.nodes[place].element;
    node.parent = place;
    branch.node = push(std::move(node));
    const uint32_t made = branch.node;
    out_.nodes[place].branches.push_back(std::move(branch));
    return made;
  }

  std::optional<Places> at_position(const Program& program, const Node& node, const Places& from) {
    const Node& index = program.nodes[node.right];
    std::optional<Places> places = flat(program, node.left, from);
    if (!places || index.op != Op::literal) return std::nullopt;
    SearchBranch branch;
    branch.position = static_cast<size_t>(program.literals[index.value].integer);
    for (uint32_t& place : *places) {
      // Deeper, the position counts over all parents together.
      if (out_.nodes[place].parent != 0) return std::nullopt;
      place = branch_of(place, branch);
    }
    return places;
  }

  // Ways that lead to no value need not be walked. Children lie behind their parents.
  void prune() {
    std::vector<bool> useful(out_.nodes.size());
    const auto roots_of = [&](const SearchNode& node) { return !node.composites.empty(); };
    for (size_t i = out_.nodes.size(); i-- > 0;) {
      SearchNode& node = out_.nodes[i];
      std::erase_if(node.branches, [&](const SearchBranch& one) { return !useful[one.node]; });
      useful[i] = !node.actions.empty() || !node.branches.empty() || roots_of(node);
      if (node.leaf) continue;
      bool edges = false;
      const size_t count = definitions_.structure(node.structure).fields.size();
      for (size_t e = node.first_edge; e < node.first_edge + count; ++e) {
        if (out_.edges[e] != no_edge && !useful[out_.edges[e]]) out_.edges[e] = no_edge;
        edges = edges || out_.edges[e] != no_edge;
      }
      node.leaf = !edges;
      useful[i] = useful[i] || edges;
    }
  }

  const Definitions& definitions_ = definitions();
  TypeIndex resource_;
  SearchProgram out_;
  bool of_resource_ = false;  // the component being compiled begins at %resource
  uint32_t component_root_ = 0;
};

}  // namespace

const SearchProgram& search_program(TypeIndex resource) {
  struct Slot {
    std::once_flag once;
    SearchProgram program;
  };
  static const std::unique_ptr<Slot[]> slots =
      std::make_unique<Slot[]>(definitions().types().size());
  Slot& slot = slots[resource];
  std::call_once(slot.once, [&] {
    Compiler compiler(resource);
    for (const ParameterIndex index : definitions().type(resource).parameters) {
      const SearchParameter& parameter = definitions().parameter(index);
      SearchSource source{index, parameter.type, parameter.expression, {}};
      for (const SearchComponent& component : parameter.components)
        source.components.push_back(
            {definitions().parameter(component.parameter).type, component.expression});
      CHECK(compiler.add(source).ok(), "the specification's own search expressions compile");
    }
    slot.program = compiler.finish();
  });
  return slot.program;
}

Result<SearchProgram> compile_search(TypeIndex resource, std::span<const SearchSource> sources,
                                     SearchReach& reach) {
  Compiler compiler(resource);
  for (const SearchSource& source : sources) {
    TRY(const bool useful, compiler.add(source));
    reach.useful = reach.useful || useful;
  }
  reach.types.insert(reach.types.end(), compiler.reached.begin(), compiler.reached.end());
  return compiler.finish();
}

}  // namespace passerelle::fhir
