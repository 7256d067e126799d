// The specification's invariants, evaluated as FHIRPath.
#include <algorithm>
#include <array>
#include <optional>

#include "fhir/path_evaluator.h"
#include "fhir/profile_check.h"
#include "fhir/validator.h"

namespace passerelle::fhir {
namespace {

// Held elsewhere in words that say more: contained resources (dom-2 to dom-5), narrative (txt-1,
// txt-2), references (ref-1). dom-6 ("should have narrative") is advice that every record made by a
// program would break. dom-r4b speaks of types that R4 does not have.
constexpr std::array<std::string_view, 9> held_elsewhere = {
    "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "dom-r4b", "ref-1", "txt-1", "txt-2"};

// Published expressions that cannot hold as they are written, and what they mean.
struct Correction {
  std::string_view key, expression;
};
constexpr std::array corrections = {
    // "is Boolean" asks for a literal of FHIRPath, which no element is.
    Correction{"que-7", "operator = 'exists' implies (answer is boolean)"},
    // iif() takes one item at most, members may be many.
    Correction{"ctm-1",
               "onBehalfOf.exists() implies (member.resolve().empty() or "
               "member.resolve().ofType(Practitioner).exists())"},
};

using Programs = std::vector<std::optional<path::Program>>;  // by Definitions::constraints()

Programs compile_all() {
  Programs all;
  for (const Constraint& constraint : definitions().constraints()) {
    std::string_view expression = constraint.expression;
    for (const Correction& one : corrections) {
      if (one.key == constraint.key) expression = one.expression;
    }
    const bool elsewhere = std::find(held_elsewhere.begin(), held_elsewhere.end(),
                                     constraint.key) != held_elsewhere.end();
    if (expression.empty() || elsewhere) {
      all.emplace_back();
      continue;
    }
    Result<path::Program> program = path::parse(expression);
    CHECK(program.ok(), "the specification's own invariants are FHIRPath");
    all.emplace_back(std::move(*program));
  }
  return all;
}

}  // namespace

bool is_kept(const path::Collection& result) {
  if (result.size() != 1) return result.empty();
  const path::Item item = path::to_system(result[0]);
  return item.kind != path::Kind::boolean || item.boolean;
}

void Validator::check_invariants(std::span<const uint16_t> constraints, json::Value value,
                                 json::Value extra, TypeIndex type, StructureIndex structure,
                                 ElementIndex element, const Place& place) {
  if (!options_.invariants || constraints.empty()) return;
  static const Programs programs = compile_all();
  path::Item item;
  item.value = value;
  item.extra = extra;
  item.type = type;
  item.structure = structure;
  item.element = element;
  path::Context context;
  context.root = scope_->resource;
  if (scope_->container != nullptr) {
    context.variables.emplace_back("rootResource",
                                   path::Collection{path::root_item(scope_->container->resource)});
  }
  if (options_.profiles != nullptr) context.has_code = codes_of(*options_.profiles);
  for (const uint16_t index : constraints) {
    if (full()) return;
    if (!programs[index]) continue;
    const Constraint& constraint = definitions_.constraint(index);
    path::Evaluator evaluator(*programs[index], context, item);
    const Result<path::Collection> result = evaluator.run();
    const std::string rule =
        std::string(constraint.human) + " (rule " + std::string(constraint.key) + " of FHIR R4)";
    if (!result) {
      add("invariant", place, "it could not be checked that: " + rule, Severity::information);
    } else if (!is_kept(*result)) {
      add("invariant", place, rule, constraint.error ? Severity::error : Severity::warning);
    }
  }
}

// dom-3: a contained resource that nothing refers to, and that does not refer to its container,
// has no meaning.
void Validator::check_contained_used(json::Value resource, const Place& place) {
  const std::span<const json::Value> contained = resource["contained"].items();
  if (contained.empty() || full()) return;
  std::vector<std::string_view> references;
  const auto collect = [&](const auto& self, json::Value value) -> void {
    if (value.is_string() && value.string().starts_with('#')) references.push_back(value.string());
    for (const json::Member& member : value.members()) self(self, member.value);
    for (const json::Value item : value.items()) self(self, item);
  };
  collect(collect, resource);
  std::sort(references.begin(), references.end());
  const Place member{&place, "contained"};
  for (size_t i = 0; i < contained.size(); ++i) {
    const std::string local = "#" + std::string(contained[i]["id"].string());
    if (local == "#" || std::binary_search(references.begin(), references.end(), local)) continue;
    std::vector<std::string_view> all;
    std::swap(all, references);
    collect(collect, contained[i]);
    const bool to_container =
        std::find(references.begin(), references.end(), "#") != references.end();
    references = std::move(all);
    if (to_container) continue;
    add("invariant", Place{member.parent, member.name, static_cast<int>(i)},
        "nothing in the resource refers to this contained one: refer to '" + local +
            "' or leave it out (rule dom-3 of FHIR R4)");
  }
}

}  // namespace passerelle::fhir
