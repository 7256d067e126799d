#include "pathway/bpmn/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "pathway/bpmn/document.h"
#include "pathway/bpmn/layout.h"

namespace passerelle::pathway {
namespace {

constexpr double letter_width = 5.6, text_line = 12;  // of 10 px text
constexpr double readable = 0.85;                     // the least scale

enum class Look { band, box, diamond, circle, note };

struct Pictured {
  std::string kind, name;
};

void collect_names(const pugi::xml_node& node, std::map<std::string, Pictured>& out) {
  for (const pugi::xml_node& child : node) {
    if (child.type() != pugi::node_element) continue;
    const std::string id = child.attribute("id").value();
    if (!id.empty())
      out[id] = {std::string(Xml::local(child.name())), child.attribute("name").value()};
    collect_names(child, out);
  }
}

Look look_of(std::string_view kind) {
  if (kind == "participant" || kind == "lane") return Look::band;
  if (kind.ends_with("Gateway")) return Look::diamond;
  if (kind.ends_with("Event")) return Look::circle;
  if (kind == "textAnnotation" || kind.starts_with("data")) return Look::note;
  return Look::box;
}

// Greedy lines of at most `width` pixels; what does not fit into `most` lines ends in "…".
std::vector<std::string> wrapped_text(std::string_view text, double width, size_t most) {
  std::vector<std::string> lines;
  const auto length = [](std::string_view part) {
    return static_cast<double>(std::count_if(
               part.begin(), part.end(),
               [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; })) *
           letter_width;
  };
  for (const std::string_view part : split(text, ' ')) {
    if (part.empty()) continue;
    if (!lines.empty() && length(lines.back()) + letter_width + length(part) <= width) {
      lines.back() += " " + std::string(part);
    } else {
      lines.emplace_back(part);
    }
  }
  if (lines.size() > most) {
    lines.resize(most);
    lines.back() += "…";
  }
  return lines;
}

class Painter {
 public:
  Painter(const std::map<std::string, Pictured>& elements,
          const std::map<std::string, std::string>& names)
      : elements_(elements), names_(names) {}

  std::string paint(const Diagram& diagram, const std::string& label) {
    // What holds others lies below them.
    std::vector<const DiagramShape*> shapes;
    for (const DiagramShape& shape : diagram.shapes) shapes.push_back(&shape);
    std::stable_sort(shapes.begin(), shapes.end(), [](const auto* a, const auto* b) {
      return a->bounds.width * a->bounds.height > b->bounds.width * b->bounds.height;
    });
    std::string out;
    for (const DiagramShape* shape : shapes) out += shape_of(*shape);
    for (const DiagramEdge& edge : diagram.edges) out += edge_of(edge);
    const double margin = 12;
    return fmt::format(
        "<svg class=\"bpmn\" style=\"min-width:{4:.0f}px\" "
        "viewBox=\"{0:.0f} {1:.0f} {2:.0f} {3:.0f}\" role=\"img\" "
        "aria-label=\"{5}\"><defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" "
        "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" "
        "fill=\"var(--quiet)\"/></marker></defs>{6}</svg>\n",
        left_ - margin, top_ - margin, right_ - left_ + 2 * margin, bottom_ - top_ + 2 * margin,
        readable * (right_ - left_), escape_html(label), out);
  }

 private:
  std::string name_of(const std::string& id) const {
    if (const auto own = names_.find(id); own != names_.end()) return own->second;
    const auto found = elements_.find(id);
    return found == elements_.end() ? "" : found->second.name;
  }
  std::string kind_of(const std::string& id) const {
    const auto found = elements_.find(id);
    return found == elements_.end() ? "" : found->second.kind;
  }
  void grow(double x, double y) {
    if (left_ > right_) {
      left_ = right_ = x;
      top_ = bottom_ = y;
    }
    left_ = std::min(left_, x);
    right_ = std::max(right_, x);
    top_ = std::min(top_, y);
    bottom_ = std::max(bottom_, y);
  }

  std::string lines_at(double x, double middle, const std::vector<std::string>& lines) {
    std::string out;
    double y = middle - (static_cast<double>(lines.size()) - 1) * text_line / 2 + 3.5;
    for (const std::string& each : lines) {
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", x, y,
                         escape_html(each));
      grow(x, y);
      y += text_line;
    }
    return out;
  }

  std::string shape_of(const DiagramShape& shape) {
    const Bounds& at = shape.bounds;
    grow(at.x, at.y);
    grow(at.right(), at.bottom());
    const Point center = at.center();
    const std::string name = name_of(shape.element);
    switch (look_of(kind_of(shape.element))) {
      case Look::band:
        return band(shape, name);
      case Look::box: {
        // A sub-process that shows what it holds has its name at the top.
        const bool open = shape.is_expanded.value_or(false) && at.width > 150;
        return fmt::format(
                   "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
                   "rx=\"8\" class=\"node\"/>",
                   at.x, at.y, at.width, at.height) +
               lines_at(
                   center.x, open ? at.y + 12 : center.y,
                   wrapped_text(name, at.width - 8,
                                std::max<size_t>(1, static_cast<size_t>(at.height / text_line))));
      }
      case Look::diamond:
        return fmt::format(
                   "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}z\" "
                   "class=\"node\"/>",
                   center.x, at.y, at.right(), center.y, center.x, at.bottom(), at.x, center.y) +
               beside(shape, name);
      case Look::circle: {
        const std::string kind = kind_of(shape.element);
        return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"node\"{}/>",
                           center.x, center.y, std::min(at.width, at.height) / 2,
                           kind == "endEvent" ? " stroke-width=\"3\"" : "") +
               beside(shape, name);
      }
      case Look::note:
        return fmt::format("<path d=\"M{0:.1f} {1:.1f}h-8V{2:.1f}h8\" class=\"flow\"/>", at.x + 8,
                           at.y, at.bottom()) +
               lines_at(center.x, center.y, wrapped_text(name, at.width, 3));
    }
    return {};
  }

  std::string band(const DiagramShape& shape, const std::string& name) {
    const Bounds& at = shape.bounds;
    std::string out = fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"lane\"/>", at.x,
        at.y, at.width, at.height);
    if (shape.is_horizontal.value_or(true))
      return out + fmt::format(
                       "<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" "
                       "text-anchor=\"middle\" class=\"quiet\">{}</text>",
                       at.x + 16, at.center().y, escape_html(name));
    return out + lines_at(at.center().x, at.y + 12, {name});
  }

  // Where the diagram says, else below.
  std::string beside(const DiagramShape& shape, const std::string& name) {
    if (name.empty()) return {};
    if (shape.label && shape.label->width > 0)
      return lines_at(shape.label->center().x, shape.label->center().y,
                      wrapped_text(name, std::max(shape.label->width, 70.0), 3));
    const auto lines = wrapped_text(name, 90, 3);
    return lines_at(shape.bounds.center().x,
                    shape.bounds.bottom() + 4 + static_cast<double>(lines.size()) * text_line / 2,
                    lines);
  }

  std::string edge_of(const DiagramEdge& edge) {
    if (edge.waypoints.size() < 2) return {};
    std::string path;
    for (const Point& point : edge.waypoints) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", point.x, point.y);
      grow(point.x, point.y);
    }
    const std::string kind = kind_of(edge.element);
    const bool dashed = kind == "messageFlow" || kind == "association";
    std::string out = fmt::format("<path d=\"{}\" class=\"flow\"{} marker-end=\"url(#arrow)\"/>",
                                  path, dashed ? " stroke-dasharray=\"5 4\"" : "");
    const std::string name = name_of(edge.element);
    if (name.empty()) return out;
    if (edge.label && edge.label->width > 0)
      return out + lines_at(edge.label->center().x, edge.label->center().y,
                            wrapped_text(name, std::max(edge.label->width, 60.0), 3));
    const Point a = edge.waypoints[0], b = edge.waypoints[1];
    return out + lines_at((a.x + b.x) / 2, (a.y + b.y) / 2 - 8, wrapped_text(name, 80, 2));
  }

  const std::map<std::string, Pictured>& elements_;
  const std::map<std::string, std::string>& names_;
  double left_ = 1, right_ = 0, top_ = 0, bottom_ = 0;  // of all that is drawn
};

}  // namespace

std::string bpmn_picture(const std::string& bpmn, const std::map<std::string, std::string>& names,
                         const std::string& label) {
  auto document = BpmnDocument::parse(bpmn, "pathway.bpmn");
  if (!document) return {};
  complete_diagram(*document);
  const auto diagrams = document->diagrams();
  if (diagrams.empty()) return {};
  std::map<std::string, Pictured> elements;
  collect_names(document->root(), elements);
  return Painter(elements, names).paint(diagrams.front(), label);
}

}  // namespace passerelle::pathway
