#include "pathway/dmn/reader.h"

#include <array>

#include "base/text.h"

namespace passerelle::dmn {

bool Written::blank() const { return trim(text).empty(); }

pugi::xml_node Reader::child(const Xnode& node, std::string_view name) {
  for (const Xnode& inner : node.children()) {
    if (inner.type() == pugi::node_element && local(inner) == name) return inner;
  }
  return {};
}

std::string Reader::attribute(const Xnode& node, const char* name) {
  return std::string(trim(node.attribute(name).value()));
}

// Comments may stand inside a text; then its bytes lie apart and its places are its element's.
Written Reader::text_of(const Xnode& holder) const {
  Written written;
  written.place = xml_.place(holder);
  unsigned pieces = 0;
  for (const Xnode& piece : holder.children()) {
    if (piece.type() != pugi::node_pcdata && piece.type() != pugi::node_cdata) continue;
    if (++pieces == 1) {
      written.raw = piece.value();
      written.place = xml_.place_in(piece.value(), 0);
    }
    written.text += piece.value();
  }
  if (pieces != 1) written.raw = nullptr;
  return written;
}

Written Reader::text_child(const Xnode& holder) const {
  const Xnode text = child(holder, "text");
  if (text) return text_of(text);
  Written nothing;
  nothing.place = xml_.place(holder);
  return nothing;
}

// An attribute since DMN 1.2, an element in item definitions.
std::string Reader::type_of(const Xnode& node) const {
  std::string type = attribute(node, "typeRef");
  if (type.empty()) {
    if (const Xnode inner = child(node, "typeRef")) type = trim(text_of(inner).text);
  }
  return type;
}

Reference Reader::reference(const Xnode& node) const {
  return {attribute(node, "href"), xml_.place(node)};
}

void Reader::requirements(const Xnode& node, Element& element) {
  for (const Xnode& requirement : node.children()) {
    for (const Xnode& target : requirement.children()) {
      const std::string_view name = local(target);
      if (name == "requiredInput") element.inputs.push_back(reference(target));
      if (name == "requiredDecision") element.decisions.push_back(reference(target));
      if (name == "requiredKnowledge") element.knowledge.push_back(reference(target));
    }
  }
}

void Reader::service(const Xnode& node, Element& element) {
  for (const Xnode& target : node.children()) {
    const std::string_view name = local(target);
    if (name == "outputDecision") element.outputs.push_back(reference(target));
    if (name == "encapsulatedDecision") element.encapsulated.push_back(reference(target));
    if (name == "inputDecision") element.decisions.push_back(reference(target));
    if (name == "inputData") element.inputs.push_back(reference(target));
  }
}

void Reader::element(const Xnode& node) {
  struct Row {
    std::string_view name;
    Element::Kind kind;
  };
  static constexpr std::array<Row, 4> rows = {{{"inputData", Element::Kind::input},
                                               {"decision", Element::Kind::decision},
                                               {"businessKnowledgeModel", Element::Kind::knowledge},
                                               {"decisionService", Element::Kind::service}}};
  const Row* row = nullptr;
  for (const Row& candidate : rows) {
    if (candidate.name == local(node)) row = &candidate;
  }
  if (row == nullptr) return;
  Element made;
  made.kind = row->kind;
  made.item.id = attribute(node, "id");
  made.item.name = attribute(node, "name");
  made.item.label = attribute(node, "label");
  made.item.place = xml_.place(node);
  made.item.question = trim(text_of(child(node, "question")).text);
  made.item.description = trim(text_of(child(node, "description")).text);
  const Xnode variable = child(node, "variable");
  made.variable = attribute(variable, "name");
  if (made.variable.empty()) made.variable = made.item.name;
  made.type = type_of(variable);
  owner_ = made.item.name;
  if (made.kind == Element::Kind::service) {
    service(node, made);
  } else {
    requirements(node, made);
  }
  if (made.kind == Element::Kind::decision) made.logic = first_boxed(node);
  if (const Xnode logic = child(node, "encapsulatedLogic");
      logic && made.kind == Element::Kind::knowledge) {
    made.logic = std::make_unique<Boxed>();
    made.logic->place = xml_.place(logic);
    function(logic, *made.logic);
  }
  source_.elements.push_back(std::move(made));
}

TypeDefinition Reader::type_definition(const Xnode& node, unsigned depth) {
  TypeDefinition made;
  made.name = attribute(node, "name");
  made.place = xml_.place(node);
  made.base = type_of(node);
  made.collection = node.attribute("isCollection").as_bool();
  if (const Xnode allowed = child(node, "allowedValues")) made.allowed = text_child(allowed);
  if (const Xnode constraint = child(node, "typeConstraint")) {
    made.constraint = text_child(constraint);
  }
  if (const Xnode function = child(node, "functionItem")) {
    made.function = true;
    made.base = attribute(function, "outputTypeRef");
    for (const Xnode& parameter : function.children()) {
      if (local(parameter) != "parameters") continue;
      TypeDefinition inner;
      inner.name = attribute(parameter, "name");
      inner.base = type_of(parameter);
      inner.place = xml_.place(parameter);
      made.components.push_back(std::move(inner));
    }
    return made;
  }
  for (const Xnode& component : node.children()) {
    if (local(component) == "itemComponent" && depth < 100) {
      made.components.push_back(type_definition(component, depth + 1));
    }
  }
  return made;
}

void Reader::definitions(const Xnode& root) {
  source_.name = attribute(root, "name");
  source_.name_space = attribute(root, "namespace");
  for (const Xnode& node : root.children()) {
    if (node.type() != pugi::node_element) continue;
    const std::string_view name = local(node);
    if (name == "import") {
      source_.imports.push_back({attribute(node, "name"), attribute(node, "namespace"),
                                 attribute(node, "locationURI"), attribute(node, "importType"),
                                 xml_.place(node)});
    } else if (name == "itemDefinition") {
      source_.types.push_back(type_definition(node, 0));
    } else {
      element(node);
    }
  }
}

Result<Source> read_source(std::string_view text, std::string file) {
  auto parsed = pathway::Xml::parse(text, file);
  if (!parsed) {
    Error error = std::move(parsed.error());
    if (const size_t at = error.help.find("BPMN"); at != std::string::npos) {
      error.help.replace(at, 4, "DMN");
    }
    return error;
  }
  const auto xml = std::make_shared<const pathway::Xml>(std::move(*parsed));
  const pugi::xml_node root = xml->root();
  if (pathway::Xml::local(root.name()) != "definitions") {
    return Error{ErrorCode::invalid,
                 "the file is no DMN model: it starts with <" + std::string(root.name()) + ">",
                 to_text(xml->place(root)), "give a file whose first element is <definitions>"};
  }
  const std::string_view space = pathway::Xml::name_space(root);
  if (space.find("DMN") == std::string_view::npos && space.find("dmn") == std::string_view::npos) {
    return Error{ErrorCode::invalid,
                 "<definitions> is not in a DMN namespace, but in '" + std::string(space) + "'",
                 to_text(xml->place(root)),
                 "declare xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\""};
  }
  Source source;
  source.file = std::move(file);
  source.xml = xml;
  Reader(*xml, source).definitions(root);
  return source;
}

}  // namespace passerelle::dmn
