// An XML file with namespaces and the place of everything: what compile_pathway() reads. UTF-8, or
// ISO-8859-1 when the file says so, as some editors write it; document types, undeclared prefixes
// and entities, and nesting beyond any model are refused. For the files of bpmn/ only.
#pragma once

#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "base/result.h"

namespace passerelle::pathway {

inline constexpr std::string_view bpmn_namespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
inline constexpr std::string_view our_namespace = "urn:passerelle:bpmn:1";

class Xml {
 public:
  // What is kept of the file: all that a program needs, or all that a person may have written
  // (comments, processing instructions, white space alone), so that it can be written again.
  enum class Keep { what_runs, everything };
  static Result<Xml> parse(std::string_view text, std::string file, Keep keep = Keep::what_runs);

  const pugi::xml_document& document() const { return *document_; }

  pugi::xml_node root() const { return document_->document_element(); }
  // Of an element's name, of an attribute's value.
  Place place(const pugi::xml_node& element) const;
  Place place(const pugi::xml_attribute& attribute) const;
  // Of a byte of a value (as read, after its entities), which starts at `value`.
  Place place_in(const char* value, size_t offset) const;

  static std::string_view local(std::string_view name);   // without its prefix
  static std::string_view prefix(std::string_view name);  // "" when it has none
  // The namespace that a prefix ("" = the default one) stands for at an element; "" when none.
  static std::string_view resolve(pugi::xml_node element, std::string_view prefix);
  // "" when there is none.
  static std::string_view name_space(const pugi::xml_node& element);
  static std::string_view name_space(const pugi::xml_node& element,
                                     const pugi::xml_attribute& attribute);
  static bool in_bpmn(const pugi::xml_node& element) {
    return name_space(element) == bpmn_namespace;
  }
  static bool is_declaration(const pugi::xml_attribute& attribute);  // xmlns
  bool holds(const char* value) const;  // a value, as read of this file

 private:
  Xml() = default;
  Result<void> check(const pugi::xml_node& root) const;
  Result<void> check_whole() const;
  Place place_at(size_t offset) const;

  std::string file_;
  std::string original_;  // pugixml rewrites the buffer it parses
  std::vector<char> buffer_;
  std::vector<size_t> lines_;                     // offset of the start of each line
  std::unique_ptr<pugi::xml_document> document_;  // points into buffer_
};

// A pathway's own file and those of the packages that it calls: each place is in the file that
// holds it. The files outlive it.
class XmlFiles {
 public:
  explicit XmlFiles(const Xml& own) : files_{&own} {}
  void add(const Xml& called) { files_.push_back(&called); }
  const Xml& at(size_t file) const { return *files_[file]; }  // 0: the pathway's own
  pugi::xml_node root() const { return files_.front()->root(); }

  Place place(const pugi::xml_node& element) const;
  Place place(const pugi::xml_attribute& attribute) const { return place_in(attribute.value(), 0); }
  Place place_in(const char* value, size_t offset) const;

 private:
  std::vector<const Xml*> files_;
};

}  // namespace passerelle::pathway
