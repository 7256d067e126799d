#include "pathway/bpmn/document.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

// ---- writing ----
// Line ends and tabs of an attribute would be read as spaces, a carriage return as a line feed
// (XML 1.0, 2.11 and 3.3.3).
void append_escaped(std::string& out, std::string_view text, bool attribute) {
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && attribute) {
      out += "&quot;";
    } else if (c == '\r' || (attribute && (c == '\n' || c == '\t'))) {
      out += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      out += c;
    }
  }
}

// XML 1.0, 2.5: two hyphens end a comment.
void append_comment(std::string& out, std::string_view text) {
  out += "<!--";
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '-' && (i + 1 == text.size() || text[i + 1] == '-')) out += ' ';
  }
  out += "-->";
}

void append_node(std::string& out, const pugi::xml_node& node) {
  switch (node.type()) {
    case pugi::node_pcdata:
      return append_escaped(out, node.value(), false);
    case pugi::node_cdata:
      out += "<![CDATA[" + std::string(node.value()) + "]]>";
      return;
    case pugi::node_comment:
      return append_comment(out, node.value());
    case pugi::node_pi:
      out += "<?" + std::string(node.name());
      if (*node.value() != '\0') out += " " + std::string(node.value());
      out += "?>";
      return;
    case pugi::node_element:
      break;
    case pugi::node_null:
    case pugi::node_document:
    case pugi::node_declaration:
    case pugi::node_doctype:
      return;
  }
  out += "<" + std::string(node.name());
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    out += " " + std::string(attribute.name()) + "=\"";
    append_escaped(out, attribute.value(), true);
    out += '"';
  }
  if (!node.first_child()) {
    out += "/>";
    return;
  }
  out += '>';
  for (const pugi::xml_node& child : node) append_node(out, child);
  out += "</" + std::string(node.name()) + ">";
}

// ---- diagrams ----
bool is_element(const pugi::xml_node& node, std::string_view space, std::string_view name) {
  return node.type() == pugi::node_element && Xml::local(node.name()) == name &&
         Xml::name_space(node) == space;
}

pugi::xml_node child_of(const pugi::xml_node& parent, std::string_view space,
                        std::string_view name) {
  for (const pugi::xml_node& child : parent)
    if (is_element(child, space, name)) return child;
  return {};
}

double number_of(const pugi::xml_node& node, const char* name) {
  const std::string_view text = trim(node.attribute(name).value());
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && std::isfinite(value) ? value : 0;
}

std::optional<bool> boolean_of(const pugi::xml_node& node, const char* name) {
  const std::string_view text = trim(node.attribute(name).value());
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return {};
}

std::optional<Bounds> bounds_of(const pugi::xml_node& parent) {
  const pugi::xml_node node = child_of(parent, dc_namespace, "Bounds");
  if (!node) return {};
  return Bounds{number_of(node, "x"), number_of(node, "y"), number_of(node, "width"),
                number_of(node, "height")};
}

std::optional<Bounds> label_of(const pugi::xml_node& parent) {
  return bounds_of(child_of(parent, bpmndi_namespace, "BPMNLabel"));
}

Diagram read_plane(const pugi::xml_node& plane) {
  Diagram diagram;
  diagram.element = reference_id(plane.attribute("bpmnElement").value());
  for (const pugi::xml_node& node : plane) {
    const std::string element(reference_id(node.attribute("bpmnElement").value()));
    if (element.empty()) continue;
    if (is_element(node, bpmndi_namespace, "BPMNShape")) {
      diagram.shapes.push_back({element, bounds_of(node).value_or(Bounds{}),
                                boolean_of(node, "isHorizontal"), boolean_of(node, "isExpanded"),
                                boolean_of(node, "isMarkerVisible"), label_of(node)});
    } else if (is_element(node, bpmndi_namespace, "BPMNEdge")) {
      DiagramEdge edge{element, {}, label_of(node)};
      for (const pugi::xml_node& point : node) {
        if (is_element(point, di_namespace, "waypoint"))
          edge.waypoints.push_back({number_of(point, "x"), number_of(point, "y")});
      }
      diagram.edges.push_back(std::move(edge));
    }
  }
  return diagram;
}

std::string spelt(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

// Writes diagrams into a file with the prefixes that the file already has, and ids that it has not.
class DiagramWriter {
 public:
  explicit DiagramWriter(pugi::xml_node root) : root_(root) {
    for (pugi::xml_node node = root; node;) {
      if (const auto id = node.attribute("id")) taken_.insert(id.value());
      if (node.first_child()) {
        node = node.first_child();
        continue;
      }
      while (node && node != root && !node.next_sibling()) node = node.parent();
      node = node == root ? pugi::xml_node() : node.next_sibling();
    }
    bpmndi_ = prefix_for(bpmndi_namespace, "bpmndi");
    dc_ = prefix_for(dc_namespace, "dc");
    di_ = prefix_for(di_namespace, "di");
  }

  void write_edges(pugi::xml_node plane, const std::vector<DiagramEdge>& edges) {
    const pugi::xml_node last = plane.last_child();
    if (last.type() == pugi::node_pcdata && trim(last.value()).empty()) plane.remove_child(last);
    for (const DiagramEdge& edge : edges) write_edge(plane, edge);
    close(plane, 2);
  }

  void write(const Diagram& diagram) {
    // Behind a last line end of the root there is no indentation yet.
    pugi::xml_node last = root_.last_child();
    if (last.type() == pugi::node_pcdata && trim(last.value()).empty()) root_.remove_child(last);
    const pugi::xml_node top = add(root_, bpmndi_ + "BPMNDiagram", 1);
    identify(top, "BPMNDiagram_" + diagram.element);
    pugi::xml_node plane = add(top, bpmndi_ + "BPMNPlane", 2);
    identify(plane, "BPMNPlane_" + diagram.element);
    set(plane, "bpmnElement", diagram.element);
    for (const DiagramShape& shape : diagram.shapes) write_shape(plane, shape);
    for (const DiagramEdge& edge : diagram.edges) write_edge(plane, edge);
    close(plane, 2);
    close(top, 1);
    close(root_, 0);
  }

 private:
  std::string prefix_for(std::string_view space, const std::string& wanted) {
    for (const pugi::xml_attribute& attribute : root_.attributes()) {
      if (!Xml::is_declaration(attribute) || attribute.value() != space) continue;
      const std::string_view name = attribute.name();
      return name == "xmlns" ? "" : std::string(Xml::local(name)) + ":";
    }
    std::string name = wanted;
    for (int i = 1; root_.attribute(("xmlns:" + name).c_str()); ++i)
      name = wanted + std::to_string(i);
    set(root_, ("xmlns:" + name).c_str(), space);
    return name + ":";
  }
  static void set(pugi::xml_node node, const char* name, std::string_view value) {
    node.append_attribute(name).set_value(std::string(value).c_str());
  }
  static pugi::xml_node add(pugi::xml_node parent, const std::string& name, size_t depth) {
    close(parent, depth);
    return parent.append_child(name.c_str());
  }
  static void close(pugi::xml_node node, size_t depth) {
    node.append_child(pugi::node_pcdata).set_value(("\n" + std::string(2 * depth, ' ')).c_str());
  }
  void identify(pugi::xml_node node, const std::string& wanted) {
    std::string id = wanted;
    for (int i = 1; !taken_.insert(id).second; ++i) id = wanted + "_" + std::to_string(i);
    set(node, "id", id);
  }
  void write_bounds(pugi::xml_node parent, const Bounds& bounds, size_t depth) {
    pugi::xml_node node = add(parent, dc_ + "Bounds", depth);
    set(node, "x", spelt(bounds.x));
    set(node, "y", spelt(bounds.y));
    set(node, "width", spelt(bounds.width));
    set(node, "height", spelt(bounds.height));
  }
  void write_label(pugi::xml_node parent, const std::optional<Bounds>& label) {
    if (!label) return;
    pugi::xml_node node = add(parent, bpmndi_ + "BPMNLabel", 4);
    write_bounds(node, *label, 5);
    close(node, 4);
  }
  void write_shape(pugi::xml_node plane, const DiagramShape& shape) {
    pugi::xml_node node = add(plane, bpmndi_ + "BPMNShape", 3);
    identify(node, shape.element + "_di");
    set(node, "bpmnElement", shape.element);
    const auto flag = [&](const char* name, const std::optional<bool>& value) {
      if (value) set(node, name, *value ? "true" : "false");
    };
    flag("isHorizontal", shape.is_horizontal);
    flag("isExpanded", shape.is_expanded);
    flag("isMarkerVisible", shape.is_marker_visible);
    write_bounds(node, shape.bounds, 4);
    write_label(node, shape.label);
    close(node, 3);
  }
  void write_edge(pugi::xml_node plane, const DiagramEdge& edge) {
    pugi::xml_node node = add(plane, bpmndi_ + "BPMNEdge", 3);
    identify(node, edge.element + "_di");
    set(node, "bpmnElement", edge.element);
    for (const Point& point : edge.waypoints) {
      pugi::xml_node waypoint = add(node, di_ + "waypoint", 4);
      set(waypoint, "x", spelt(point.x));
      set(waypoint, "y", spelt(point.y));
    }
    write_label(node, edge.label);
    close(node, 3);
  }

  pugi::xml_node root_;
  std::set<std::string> taken_;
  std::string bpmndi_, dc_, di_;
};

}  // namespace

Result<BpmnDocument> BpmnDocument::parse(std::string_view text, std::string file) {
  TRY(Xml xml, Xml::parse(text, std::move(file), Xml::Keep::everything));
  if (!is_element(xml.root(), bpmn_namespace, "definitions")) {
    return Error{ErrorCode::invalid,
                 "this is not a BPMN 2.0 model: its root is <" + std::string(xml.root().name()) +
                     ">, not BPMN's <definitions>",
                 to_text(xml.place(xml.root())), "save the model as BPMN 2.0"};
  }
  return BpmnDocument(std::move(xml));
}

std::string BpmnDocument::write() const {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  for (const pugi::xml_node& node : xml_.document()) {
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_declaration) continue;
    append_node(out, node);
    out += '\n';
  }
  return out;
}

std::vector<Diagram> BpmnDocument::diagrams() const {
  std::vector<Diagram> diagrams;
  for (const pugi::xml_node& node : root()) {
    if (!is_element(node, bpmndi_namespace, "BPMNDiagram")) continue;
    if (const auto plane = child_of(node, bpmndi_namespace, "BPMNPlane"))
      diagrams.push_back(read_plane(plane));
  }
  return diagrams;
}

void BpmnDocument::set_diagrams(const std::vector<Diagram>& diagrams) {
  pugi::xml_node top = root();
  for (pugi::xml_node node = top.first_child(); node;) {
    const pugi::xml_node next = node.next_sibling();
    if (is_element(node, bpmndi_namespace, "BPMNDiagram")) {
      const pugi::xml_node before = node.previous_sibling();
      if (before.type() == pugi::node_pcdata && trim(before.value()).empty())
        top.remove_child(before);
      top.remove_child(node);
    }
    node = next;
  }
  if (diagrams.empty()) return;
  DiagramWriter writer(top);
  for (const Diagram& diagram : diagrams) writer.write(diagram);
}

void BpmnDocument::add_edges(size_t diagram, const std::vector<DiagramEdge>& edges) {
  if (edges.empty()) return;
  for (const pugi::xml_node& node : root()) {
    if (!is_element(node, bpmndi_namespace, "BPMNDiagram")) continue;
    const auto plane = child_of(node, bpmndi_namespace, "BPMNPlane");
    if (plane && diagram-- == 0) return DiagramWriter(root()).write_edges(plane, edges);
  }
}

std::string_view reference_id(std::string_view reference) { return Xml::local(trim(reference)); }

}  // namespace passerelle::pathway
