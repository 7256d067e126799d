#include "fhir/search_added.h"

#include <algorithm>

#include "base/text.h"
#include "fhir/path_check.h"
#include "fhir/search_program.h"

namespace passerelle::fhir {
namespace {

constexpr size_t most_added = 2000;
constexpr std::string_view official = "http://hl7.org/fhir/SearchParameter/";

Error at(std::string_view where, std::string message, std::string help = "",
         ErrorCode code = ErrorCode::invalid) {
  return Error{code, std::move(message), "SearchParameter." + std::string(where), std::move(help)};
}

Result<SearchType> read_kind(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(SearchType::uri); ++i)
    if (name_of(static_cast<SearchType>(i)) == text) return static_cast<SearchType>(i);
  return at("type", "parameters of the type " + quoted(text) + " cannot be added",
            "use number, date, string, token, reference, composite, quantity or uri",
            ErrorCode::unsupported);
}

// What a search can write before "=", ":" and ".".
Result<void> check_code(std::string_view code) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (!code.empty() && code.size() <= 64 && code[0] != '_' &&
      std::all_of(code.begin(), code.end(), allowed))
    return {};
  return at("code", quoted(code) + " cannot be written in a search",
            "use at most 64 letters, digits, '-' and '_', and no '_' first");
}

std::vector<TypeIndex> concrete_types(TypeIndex base) {
  std::vector<TypeIndex> out;
  for (size_t i = 0; i < definitions().types().size(); ++i) {
    const auto type = static_cast<TypeIndex>(i);
    const Type& one = definitions().type(type);
    if (one.kind == TypeKind::resource && !one.abstract && definitions().is_a(type, base))
      out.push_back(type);
  }
  return out;
}

Result<std::vector<TypeIndex>> read_bases(json::Value list) {
  std::vector<TypeIndex> out;
  for (const json::Value one : list.items()) {
    const TypeIndex base = definitions().find_type(one.string());
    if (base == none || definitions().type(base).kind != TypeKind::resource)
      return at("base", quoted(one.string()) + " is not a resource type of FHIR R4",
                did_you_mean(one.string(), definitions().resource_names()));
    const auto types = concrete_types(base);
    out.insert(out.end(), types.begin(), types.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (out.empty()) return at("base", "there is no base: no resource would be found by it");
  return out;
}

Error in_expression(Error error, std::string_view where, std::string_view expression) {
  error.message = quoted(expression) + ", " +
                  (error.where.empty() ? "" : "at " + error.where + ": ") + error.message;
  error.where = "SearchParameter." + std::string(where);
  return error;
}

// The type that a branch of an expression begins with: "Patient" of "Patient.name"; none when it
// begins with an element.
TypeIndex first_type(const path::Program& program, uint32_t index) {
  for (;;) {
    const path::Node& node = program.nodes[index];
    if (node.left == path::no_node) {
      if (node.op != path::Op::member) return none;
      const TypeIndex type = program.names[node.value].type;
      return type != none && definitions().type(type).kind == TypeKind::resource ? type : none;
    }
    index = node.left;
  }
}

void branches_of(const path::Program& program, uint32_t index, std::vector<uint32_t>& out) {
  const path::Node& node = program.nodes[index];
  if (node.op != path::Op::merge) return out.push_back(index);
  branches_of(program, node.left, out);
  branches_of(program, node.right, out);
}

// Each branch names elements that its type, or the bases, have.
Result<void> check_expression(const std::string& expression, const std::vector<TypeIndex>& bases) {
  auto program = path::parse(expression);
  if (!program) return in_expression(program.error(), "expression", expression);
  std::vector<uint32_t> branches;
  branches_of(*program, program->root, branches);
  bool any = false;
  for (const uint32_t branch : branches) {
    path::Program one = *program;
    one.root = branch;
    const TypeIndex own = first_type(one, branch);
    for (const TypeIndex base : bases) {
      if (own != none && !definitions().is_a(base, own)) continue;
      any = true;
      const auto checked = path::check_names(one, definitions().type(base).name);
      if (!checked) return in_expression(checked.error(), "expression", expression);
    }
  }
  if (any) return {};
  return at("expression", quoted(expression) + " is of none of the bases",
            "begin it with the base: Patient.…");
}

}  // namespace

bool is_built_in_parameter(std::string_view url) {
  if (!url.starts_with(official)) return false;
  const std::string_view id = url.substr(official.size());
  const auto all = definitions().parameters();
  return std::any_of(all.begin(), all.end(),
                     [&](const SearchParameter& one) { return one.id == id; });
}

std::string AddedParameter::digest() const {
  std::string out = code + "\n" + std::string(name_of(type)) + "\n" + expression;
  for (const TypeIndex base : bases) out += "\n" + std::string(definitions().type(base).name);
  for (const AddedComponent& one : components)
    out += "\n" + one.definition + "\n" + one.expression + "\n" + std::string(name_of(one.type));
  return out;
}

Result<AddedParameter> read_added_parameter(json::Value resource) {
  AddedParameter out;
  out.id = std::string(resource["id"].string());
  out.url = std::string(resource["url"].string());
  out.code = std::string(resource["code"].string());
  out.expression = std::string(resource["expression"].string());
  TRY_VOID(check_code(out.code));
  TRY(out.type, read_kind(resource["type"].string()));
  TRY(out.bases, read_bases(resource["base"]));
  for (const json::Value one : resource["target"].items()) {
    const TypeIndex target = definitions().find_resource(one.string());
    if (target != none) out.targets.push_back(target);
  }
  if (out.expression.empty())
    return at("expression", "there is no expression: nothing would be found by it",
              "give the FHIRPath of the elements, such as Patient.extension('…').value");
  TRY_VOID(check_expression(out.expression, out.bases));
  for (const json::Value one : resource["component"].items())
    out.components.push_back({std::string(one["definition"].string()),
                              std::string(one["expression"].string()),
                              SearchType::token,
                              {}});
  const size_t count = out.components.size();
  if (out.type == SearchType::composite && (count < 2 || count > most_components))
    return at("component", "a composite has 2 to " + std::to_string(most_components) +
                               " components, this one has " + std::to_string(count));
  for (const AddedComponent& one : out.components)
    if (const auto program = path::parse(one.expression); !program)
      return in_expression(program.error(), "component.expression", one.expression);
  return out;
}

AddedParameters::~AddedParameters() = default;

const AddedParameter* AddedParameters::find(TypeIndex resource, std::string_view code) const {
  const auto found = by_code_.find(std::pair(resource, std::string(code)));
  return found == by_code_.end() ? nullptr : &parameters_[found->second];
}

const SearchProgram* AddedParameters::program(TypeIndex resource) const {
  const auto found = programs_.find(resource);
  return found == programs_.end() ? nullptr : &found->second;
}

std::string_view AddedParameters::index_name(const SearchValue& value) const {
  return names_[value.parameter - definitions().parameters().size()].of(value);
}

Result<void> AddedParameters::find_components(AddedParameter& parameter) const {
  for (AddedComponent& component : parameter.components) {
    const std::string_view url =
        std::string_view(component.definition).substr(0, component.definition.find('|'));
    const auto added = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const AddedParameter& one) { return one.url == url; });
    const auto all = definitions().parameters();
    const auto built_in = std::find_if(all.begin(), all.end(), [&](const SearchParameter& one) {
      return url.starts_with(official) && url.substr(official.size()) == one.id;
    });
    if (added != parameters_.end()) {
      component.type = added->type;
    } else if (built_in != all.end()) {
      component.type = built_in->type;
      for (const TypeIndex target : built_in->targets)
        component.targets.emplace_back(definitions().type(target).name);
    } else {
      return at("component.definition",
                "there is no search parameter " + quoted(component.definition) + " here",
                "add that one first, or use its own url");
    }
    if (component.type == SearchType::composite || component.type == SearchType::special)
      return at("component.definition", "a composite cannot be made of " + component.definition);
  }
  return {};
}

// Alone first, so that what is wrong is told of the right one.
Result<void> AddedParameters::add(AddedParameter parameter) {
  if (parameters_.size() >= most_added)
    return at("code", "there are " + std::to_string(most_added) + " added parameters already");
  TRY_VOID(find_components(parameter));
  for (const TypeIndex base : parameter.bases) {
    const std::string type(definitions().type(base).name);
    const AddedParameter* const other = find(base, parameter.code);
    if (other != nullptr || definitions().find_parameter(base, parameter.code) != none)
      return at(
          "code",
          "there is a search parameter '" + parameter.code + "' of " + type + " already" +
              (other == nullptr ? ", of the specification" : ", SearchParameter/" + other->id),
          "choose another code, or retire that one", ErrorCode::conflict);
  }
  SearchSource source{0, parameter.type, parameter.expression, {}};
  for (const AddedComponent& one : parameter.components)
    source.components.push_back({one.type, one.expression});
  SearchReach reach;
  for (const TypeIndex base : parameter.bases) {
    const auto program = compile_search(base, std::span(&source, 1), reach);
    if (!program) return in_expression(program.error(), "expression", parameter.expression);
  }
  if (!reach.useful) {
    std::sort(reach.types.begin(), reach.types.end());
    reach.types.erase(std::unique(reach.types.begin(), reach.types.end()), reach.types.end());
    std::string names;
    for (const TypeIndex one : reach.types)
      names += (names.empty() ? "" : ", ") + std::string(definitions().type(one).name);
    return at("type",
              "what " + quoted(parameter.expression) + " finds has no values of the type " +
                  std::string(name_of(parameter.type)) + (names.empty() ? "" : ": it is " + names),
              "choose the type that goes with the elements");
  }
  for (const TypeIndex base : parameter.bases)
    by_code_.emplace(std::pair(base, parameter.code), parameters_.size());
  names_.emplace_back(parameter.code);
  parameters_.push_back(std::move(parameter));
  return {};
}

void AddedParameters::compile() {
  std::map<TypeIndex, std::vector<SearchSource>> by_type;
  const size_t first = definitions().parameters().size();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const AddedParameter& parameter = parameters_[i];
    SearchSource source{
        static_cast<ParameterIndex>(first + i), parameter.type, parameter.expression, {}};
    for (const AddedComponent& one : parameter.components)
      source.components.push_back({one.type, one.expression});
    for (const TypeIndex base : parameter.bases) by_type[base].push_back(source);
  }
  for (const auto& [type, sources] : by_type) {
    SearchReach reach;
    Result<SearchProgram> program = compile_search(type, sources, reach);
    CHECK(program.ok(), "what compiles alone compiles together");
    programs_.emplace(type, std::move(*program));
  }
}

std::shared_ptr<const AddedParameters> AddedParameters::make(std::vector<AddedParameter> parameters,
                                                             Refused& refused) {
  std::shared_ptr<AddedParameters> made(new AddedParameters());
  // Composites may be made of others, which must be there first.
  std::stable_partition(parameters.begin(), parameters.end(), [](const AddedParameter& one) {
    return one.type != SearchType::composite;
  });
  for (AddedParameter& parameter : parameters) {
    const std::string id = parameter.id;
    if (const auto added = made->add(std::move(parameter)); !added)
      refused.emplace_back(id, added.error());
  }
  made->compile();
  return made;
}

}  // namespace passerelle::fhir
