// Boxed expressions (DMN 1.5, 10.2.1) and decision tables as written.
#include <array>

#include "base/text.h"
#include "pathway/dmn/reader.h"

namespace passerelle::dmn {

namespace {
struct Row {
  std::string_view name;
  Boxed::Form form;
};
constexpr std::array<Row, 12> forms = {{{"literalExpression", Boxed::Form::literal},
                                        {"decisionTable", Boxed::Form::table},
                                        {"context", Boxed::Form::context},
                                        {"relation", Boxed::Form::relation},
                                        {"list", Boxed::Form::list},
                                        {"invocation", Boxed::Form::invocation},
                                        {"functionDefinition", Boxed::Form::function},
                                        {"conditional", Boxed::Form::conditional},
                                        {"filter", Boxed::Form::filter},
                                        {"for", Boxed::Form::iteration},
                                        {"some", Boxed::Form::some},
                                        {"every", Boxed::Form::every}}};

const Row* form_of(std::string_view name) {
  for (const Row& row : forms) {
    if (row.name == name) return &row;
  }
  return nullptr;
}
}  // namespace

std::unique_ptr<Boxed> Reader::first_boxed(const Xnode& node) {
  for (const Xnode& inner : node.children()) {
    if (inner.type() == pugi::node_element && form_of(local(inner)) != nullptr) {
      return boxed(inner);
    }
  }
  return nullptr;
}

std::unique_ptr<Boxed> Reader::boxed(const Xnode& node) {
  auto made = std::make_unique<Boxed>();
  made->form = form_of(local(node))->form;
  made->type = type_of(node);
  made->label = attribute(node, "label");
  made->place = xml_.place(node);
  switch (made->form) {
    case Boxed::Form::literal:
      literal(node, *made);
      break;
    case Boxed::Form::table:
      table(node, *made);
      break;
    case Boxed::Form::context:
      context(node, *made);
      break;
    case Boxed::Form::relation:
      relation(node, *made);
      break;
    case Boxed::Form::invocation:
      invocation(node, *made);
      break;
    case Boxed::Form::function:
      function(node, *made);
      break;
    case Boxed::Form::list:
      for (const Xnode& inner : node.children()) {
        if (form_of(local(inner)) != nullptr) made->children.push_back(boxed(inner));
      }
      break;
    case Boxed::Form::conditional:
      for (const std::string_view name : {"if", "then", "else"}) part(node, name, *made);
      break;
    case Boxed::Form::filter:
      for (const std::string_view name : {"in", "match"}) part(node, name, *made);
      break;
    case Boxed::Form::iteration:
    case Boxed::Form::some:
    case Boxed::Form::every:
      iterator(node, *made);
      break;
    case Boxed::Form::unsupported:
      break;
  }
  return made;
}

// A child expression wrapped in an element of its own, e.g. <then>. Missing ones stay null.
void Reader::part(const Xnode& node, std::string_view name, Boxed& made) {
  made.children.push_back(first_boxed(child(node, name)));
}

void Reader::literal(const Xnode& node, Boxed& made) {
  made.text = text_child(node);
  made.language = attribute(node, "expressionLanguage");
  if (child(node, "importedValues")) {
    made.form = Boxed::Form::unsupported;
    made.text.text = "imported values are not supported";
  }
}

void Reader::context(const Xnode& node, Boxed& made) {
  for (const Xnode& inner : node.children()) {
    if (local(inner) != "contextEntry") continue;
    const Xnode variable = child(inner, "variable");
    Named entry;
    entry.name = attribute(variable, "name");
    entry.type = type_of(variable);
    entry.place = xml_.place(inner);
    entry.value = first_boxed(inner);
    made.entries.push_back(std::move(entry));
  }
}

void Reader::relation(const Xnode& node, Boxed& made) {
  for (const Xnode& inner : node.children()) {
    if (local(inner) == "column") {
      made.columns.push_back(
          {attribute(inner, "name"), type_of(inner), xml_.place(inner), nullptr});
    }
    if (local(inner) != "row") continue;
    const size_t start = made.children.size();
    for (const Xnode& cell : inner.children()) {
      if (form_of(local(cell)) != nullptr) made.children.push_back(boxed(cell));
    }
    made.children.resize(start + made.columns.size());  // what is missing is null
  }
}

void Reader::invocation(const Xnode& node, Boxed& made) {
  made.children.push_back(first_boxed(node));
  for (const Xnode& inner : node.children()) {
    if (local(inner) != "binding") continue;
    const Xnode parameter = child(inner, "parameter");
    Named binding;
    binding.name = attribute(parameter, "name");
    binding.type = type_of(parameter);
    binding.place = xml_.place(inner);
    binding.value = first_boxed(inner);
    made.entries.push_back(std::move(binding));
  }
}

void Reader::iterator(const Xnode& node, Boxed& made) {
  Named variable;
  variable.name = attribute(node, "iteratorVariable");
  const Xnode in = child(node, "in");
  variable.type = type_of(in);
  variable.place = xml_.place(node);
  variable.value = first_boxed(in);
  made.entries.push_back(std::move(variable));
  part(node, made.form == Boxed::Form::iteration ? "return" : "satisfies", made);
}

void Reader::function(const Xnode& node, Boxed& made) {
  made.form = Boxed::Form::function;
  made.type = type_of(node);
  made.kind = attribute(node, "kind");
  for (const Xnode& inner : node.children()) {
    if (local(inner) != "formalParameter") continue;
    made.entries.push_back({attribute(inner, "name"), type_of(inner), xml_.place(inner), nullptr});
  }
  made.children.push_back(first_boxed(node));
}

namespace {
constexpr std::array<std::pair<std::string_view, HitPolicy>, 7> policies = {
    {{"UNIQUE", HitPolicy::unique},
     {"FIRST", HitPolicy::first},
     {"PRIORITY", HitPolicy::priority},
     {"ANY", HitPolicy::any},
     {"COLLECT", HitPolicy::collect},
     {"RULE ORDER", HitPolicy::rule_order},
     {"OUTPUT ORDER", HitPolicy::output_order}}};
constexpr std::array<std::pair<std::string_view, Aggregator>, 4> aggregators = {
    {{"SUM", Aggregator::sum},
     {"COUNT", Aggregator::count},
     {"MIN", Aggregator::min},
     {"MAX", Aggregator::max}}};

// False when the name is none of the table's.
template <class Rows, class Found>
bool look_up(const Rows& rows, std::string_view name, Found& found) {
  for (const auto& [text, value] : rows) {
    if (text != name) continue;
    found = value;
    return true;
  }
  return name.empty();
}

Text public_text(const Written& written) {
  return {std::string(trim(written.text)), written.place};
}
}  // namespace

void Reader::problem(const Xnode& node, std::string message, std::string help) {
  source_.problems.push_back(
      Error{ErrorCode::invalid, std::move(message), to_text(xml_.place(node)), std::move(help)});
}

// A rule has exactly one cell for each input and each output: others look cells up by number.
void Reader::rule(const Xnode& node, Table& table, TableTexts& texts) {
  Table::Rule rule;
  rule.id = attribute(node, "id");
  rule.place = xml_.place(node);
  rule.description = trim(text_of(child(node, "description")).text);
  auto& inputs = texts.input_cells.emplace_back();
  auto& outputs = texts.output_cells.emplace_back();
  for (const Xnode& cell : node.children()) {
    const std::string_view kind = local(cell);
    if (kind == "inputEntry") inputs.push_back(text_child(cell));
    if (kind == "outputEntry") outputs.push_back(text_child(cell));
    if (kind == "annotationEntry") rule.annotations.emplace_back(trim(text_child(cell).text));
  }
  if (inputs.size() != table.inputs.size() || outputs.size() != table.outputs.size()) {
    problem(node,
            "rule " + std::to_string(table.rules.size() + 1) + " of '" + owner_ + "' has " +
                std::to_string(inputs.size()) + " input and " + std::to_string(outputs.size()) +
                " output entries; the table has " + std::to_string(table.inputs.size()) + " and " +
                std::to_string(table.outputs.size()),
            "give it one entry for each column; '-' stands for any input");
    Written missing;
    missing.place = rule.place;
    inputs.resize(table.inputs.size(), missing);
    outputs.resize(table.outputs.size(), missing);
  }
  for (const Written& cell : inputs) rule.inputs.push_back(public_text(cell));
  for (const Written& cell : outputs) rule.outputs.push_back(public_text(cell));
  table.rules.push_back(std::move(rule));
}

void Reader::table(const Xnode& node, Boxed& made) {
  Table table;
  TableTexts texts;
  table.id = attribute(node, "id");
  table.owner = owner_;
  table.place = made.place;
  const std::string policy = attribute(node, "hitPolicy");
  if (!look_up(policies, policy, table.hit_policy)) {
    problem(node, "'" + policy + "' is no hit policy",
            "write UNIQUE, FIRST, PRIORITY, ANY, COLLECT, RULE ORDER or OUTPUT ORDER");
  }
  const std::string aggregation = attribute(node, "aggregation");
  if (!look_up(aggregators, aggregation, table.aggregator)) {
    problem(node, "'" + aggregation + "' is no aggregation", "write SUM, COUNT, MIN or MAX");
  }
  for (const Xnode& inner : node.children()) {
    const std::string_view name = local(inner);
    if (name == "input") {
      const Xnode expression = child(inner, "inputExpression");
      TableTexts::Column column{
          text_child(expression), text_child(child(inner, "inputValues")), {}};
      table.inputs.push_back({public_text(column.expression), attribute(inner, "label"),
                              type_of(expression), public_text(column.values), nullptr,
                              attribute(inner, "id")});
      texts.inputs.push_back(std::move(column));
    } else if (name == "output") {
      TableTexts::Column column{{},
                                text_child(child(inner, "outputValues")),
                                text_child(child(inner, "defaultOutputEntry"))};
      table.outputs.push_back({attribute(inner, "name"), attribute(inner, "label"), type_of(inner),
                               public_text(column.values), public_text(column.fallback)});
      texts.outputs.push_back(std::move(column));
    } else if (name == "annotation") {
      table.annotation_names.push_back(attribute(inner, "name"));
    }
  }
  for (const Xnode& inner : node.children()) {
    if (local(inner) == "rule") rule(inner, table, texts);
  }
  made.table = source_.tables.size();
  source_.tables.push_back(std::move(table));
  source_.table_texts.push_back(std::move(texts));
}

}  // namespace passerelle::dmn
