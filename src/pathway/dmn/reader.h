// Reads the elements of a DMN file one by one into a Source. For the files of dmn/ only.
#pragma once

#include <string>
#include <string_view>

#include "pathway/dmn/source.h"

namespace passerelle::dmn {

class Reader {
 public:
  Reader(const pathway::Xml& xml, Source& source) : xml_(xml), source_(source) {}

  void definitions(const pugi::xml_node& root);

 private:
  using Xnode = pugi::xml_node;
  static std::string_view local(const Xnode& node) { return pathway::Xml::local(node.name()); }
  static Xnode child(const Xnode& node, std::string_view name);
  static std::string attribute(const Xnode& node, const char* name);
  Written text_of(const Xnode& holder) const;     // of its content
  Written text_child(const Xnode& holder) const;  // of its <text>
  std::string type_of(const Xnode& node) const;

  // reader.cpp
  void element(const Xnode& node);
  void requirements(const Xnode& node, Element& element);
  void service(const Xnode& node, Element& element);
  Reference reference(const Xnode& node) const;
  TypeDefinition type_definition(const Xnode& node, unsigned depth);

  // reader_boxed.cpp
  std::unique_ptr<Boxed> first_boxed(const Xnode& node);  // null when there is none
  std::unique_ptr<Boxed> boxed(const Xnode& node);
  void invocation(const Xnode& node, Boxed& made);
  void context(const Xnode& node, Boxed& made);
  void relation(const Xnode& node, Boxed& made);
  void iterator(const Xnode& node, Boxed& made);
  void function(const Xnode& node, Boxed& made);
  void literal(const Xnode& node, Boxed& made);
  void part(const Xnode& node, std::string_view name, Boxed& made);
  void table(const Xnode& node, Boxed& made);
  void rule(const Xnode& node, Table& table, TableTexts& texts);
  void problem(const Xnode& node, std::string message, std::string help);

  const pathway::Xml& xml_;
  Source& source_;
  std::string owner_;  // the element whose logic is read
};

}  // namespace passerelle::dmn
