#include "fhir/search_values.h"

#include <array>

#include "fhir/path_evaluator.h"
#include "fhir/path_value.h"
#include "fhir/reference.h"
#include "fhir/search_added.h"
#include "fhir/search_program.h"

namespace passerelle::fhir {
namespace {

class Walk {
 public:
  Walk(const SearchProgram& program, json::Value resource, SearchEmitter& to)
      : program_(program), resource_(resource), to_(to) {}

  void run() {
    visit(0, resource_, 0);
    for (const SearchEvaluation& evaluation : program_.evaluations) evaluate(evaluation);
  }

 private:
  void visit(uint32_t index, json::Value value, size_t position) {
    const SearchNode& node = program_.nodes[index];
    if (value.is_null()) return;
    for (const SearchAction& action : node.actions) {
      action.emit(to_, action.slot, value, node.element);
    }
    for (const SearchBranch& branch : node.branches) {
      if (holds(branch, value, position)) visit(branch.node, value, position);
    }
    for (const uint32_t composite : node.composites) compose(program_.composites[composite], value);
    if (!node.leaf && value.is_object()) walk(node, value);
  }

  void walk(const SearchNode& node, json::Value object) {
    const std::span<const Field> fields = definitions_.structure(node.structure).fields;
    for (const json::Member& member : object.members()) {
      const Field* field = definitions_.find_field(node.structure, member.name);
      if (field == nullptr) continue;
      const uint32_t next =
          program_.edges[node.first_edge + static_cast<size_t>(field - fields.data())];
      if (next == no_edge) continue;
      if (!member.value.is_array()) {
        visit(next, member.value, 0);
        continue;
      }
      const std::span<const json::Value> items = member.value.items();
      for (size_t i = 0; i < items.size(); ++i) visit(next, items[i], i);
    }
  }

  bool holds(const SearchBranch& branch, json::Value value, size_t position) const {
    switch (branch.test) {
      case SearchBranch::Test::member_equals:
        return value[branch.member].string() == branch.text;
      case SearchBranch::Test::position:
        return position == branch.position;
      case SearchBranch::Test::refers_to: {
        const TypeIndex said = definitions_.find_resource(value["type"].string());
        const json::Value text = value["reference"];
        if (!text.is_string()) return said == branch.type;
        const TypeIndex type = parse_reference(text.string()).type;
        return (type != none ? type : said) == branch.type;
      }
    }
    return false;
  }

  // All components of one item, or nothing: a tuple with a part missing cannot be found.
  void compose(const SearchComposite& composite, json::Value item) {
    const size_t before = to_.out.values.size();
    const uint32_t outer = to_.tuple;
    to_.tuple = ++tuples_;
    for (const SearchComponentWalk& component : composite.components) {
      const size_t start = to_.out.values.size();
      visit(component.node, component.of_resource ? resource_ : item, 0);
      if (to_.out.values.size() != start) continue;
      to_.out.values.resize(before);
      --tuples_;
      break;
    }
    to_.tuple = outer;
  }

  void evaluate(const SearchEvaluation& evaluation) {
    static const path::Context context;
    path::Evaluator evaluator(evaluation.program, context, path::root_item(resource_));
    const Result<path::Collection> items = evaluator.run();
    if (!items) return;
    for (const path::Item& item : *items) {
      if (item.kind == path::Kind::node) {
        const EmitForm emit = item.type == none ? nullptr : emit_form(evaluation.type, item.type);
        if (emit != nullptr) emit(to_, evaluation.slot, item.value, item.element);
      } else {
        add_computed(evaluation, item);
      }
    }
  }

  // A value that the expression computes, rather than finds.
  void add_computed(const SearchEvaluation& evaluation, const path::Item& item) {
    const std::string text =
        item.kind == path::Kind::boolean ? item.boolean ? "true" : "false" : path::to_text(item);
    SearchValue value;
    switch (evaluation.type) {
      case SearchType::string:
      case SearchType::token:
      case SearchType::uri:
        break;
      case SearchType::number: {
        const auto number = path::decimal_of(item);
        if (!number) return;
        value.number = {number->real(), number->real()};
        break;
      }
      case SearchType::date: {
        const auto range = date_range(text, to_.options.zone);
        if (!range) return;
        value.date = *range;
        break;
      }
      case SearchType::reference:
      case SearchType::quantity:
      case SearchType::composite:
      case SearchType::special:
        return;
    }
    to_.out.texts.push_back(text);
    SearchValue& made = to_.add(evaluation.slot, evaluation.type);
    made.text = to_.out.texts.back();
    made.number = value.number;
    made.date = value.date;
  }

  const Definitions& definitions_ = definitions();
  const SearchProgram& program_;
  json::Value resource_;
  SearchEmitter& to_;
  uint32_t tuples_ = 0;
};

constexpr std::array<std::string_view, 5> suffixes = {"", ":text", ":identifier", ":base",
                                                      ":of-type"};

}  // namespace

SearchValues extract(json::Value resource, const ExtractOptions& options) {
  SearchValues out;
  const TypeIndex type = definitions().find_resource(resource["resourceType"].string());
  if (type == none) return out;
  out.values.reserve(32);
  SearchEmitter to{out, options};
  Walk(search_program(type), resource, to).run();
  if (options.added == nullptr) return out;
  out.added = options.added->current();
  if (const SearchProgram* const program = out.added->program(type))
    Walk(*program, resource, to).run();
  return out;
}

IndexNames::IndexNames(std::string_view code) {
  for (size_t s = 0; s < suffixes.size(); ++s)
    names_[s] = std::string(code) + std::string(suffixes[s]);
  for (size_t c = 0; c < most_components; ++c) {
    const std::string component = std::string(code) + "$" + std::to_string(c + 1);
    names_[suffixes.size() + c] = component;
    names_[suffixes.size() + most_components + c] = component + ":base";
  }
}

std::string_view IndexNames::of(const SearchValue& value) const {
  if (value.component == 0) return names_[static_cast<size_t>(value.aspect)];
  CHECK(value.component <= most_components, "R4 has no composites of more components");
  const size_t block = value.aspect == Aspect::base ? most_components : 0;
  return names_[suffixes.size() + block + value.component - 1];
}

std::string_view index_name(const SearchValue& value) {
  static const std::vector<IndexNames> names = [] {
    std::vector<IndexNames> all;
    for (const SearchParameter& parameter : definitions().parameters())
      all.emplace_back(parameter.code);
    return all;
  }();
  return names[value.parameter].of(value);
}

std::string_view index_name(const SearchValues& of, const SearchValue& value) {
  if (value.parameter < definitions().parameters().size()) return index_name(value);
  return of.added->index_name(value);
}

}  // namespace passerelle::fhir
