// A BPMN 2.0 file as a document: everything in it, ours or not, can be written again without loss.
// Elements, attributes, foreign extensions, prefixes, comments, text and their order stay as they
// were read; only the lexical form (quotes, entities, encoding) may differ. Reading refuses what
// Xml refuses, text that XML cannot hold, and files whose root is not BPMN's <definitions>.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pathway/bpmn/diagram.h"
#include "pathway/bpmn/xml.h"

namespace passerelle::pathway {

class BpmnDocument {
 public:
  static Result<BpmnDocument> parse(std::string_view text, std::string file);

  std::string write() const;  // UTF-8
  const Xml& xml() const { return xml_; }
  pugi::xml_node root() const { return xml_.root(); }

  // The diagrams, one for each BPMNDiagram. What a shape or an edge lacks (a width that is no
  // number) is 0; those without a bpmnElement are left out.
  std::vector<Diagram> diagrams() const;
  // Replaces all diagrams of the file; an empty list removes them.
  void set_diagrams(const std::vector<Diagram>& diagrams);
  // Adds edges to one of diagrams(), whose other content stays as it is.
  void add_edges(size_t diagram, const std::vector<DiagramEdge>& edges);

 private:
  explicit BpmnDocument(Xml xml) : xml_(std::move(xml)) {}
  Xml xml_;
};

// Where two documents part first, in the order of the file.
struct Difference {
  std::string path;  // /definitions/process[@id='a']/userTask[@id='b']/@name
  std::string what;  // "the attribute differs", "only the first has this element", ...
  std::string first, second;
  Place first_place, second_place;
};

// Nothing when both mean the same: prefixes, the order of attributes, comments, white space that
// carries nothing and the spelling of coordinates do not count; the order of elements does.
std::optional<Difference> first_difference(const BpmnDocument& first, const BpmnDocument& second);
std::string to_text(const Difference& difference);

// BPMN 2.0.2, 8.3.1 and 12.2: the id that a reference names, without the prefix of a namespace.
std::string_view reference_id(std::string_view reference);

}  // namespace passerelle::pathway
