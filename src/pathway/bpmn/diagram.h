// Diagram interchange (BPMN 2.0.2, chapter 12) as data: where each element is drawn. Pixels, y
// grows downward.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace passerelle::pathway {

inline constexpr std::string_view bpmndi_namespace = "http://www.omg.org/spec/BPMN/20100524/DI";
inline constexpr std::string_view dc_namespace = "http://www.omg.org/spec/DD/20100524/DC";
inline constexpr std::string_view di_namespace = "http://www.omg.org/spec/DD/20100524/DI";

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Bounds {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
  Point center() const { return {x + width / 2, y + height / 2}; }
  bool operator==(const Bounds&) const = default;
};

struct DiagramShape {
  std::string element;  // id of what it draws
  Bounds bounds;
  std::optional<bool> is_horizontal, is_expanded, is_marker_visible;
  std::optional<Bounds> label;
  bool operator==(const DiagramShape&) const = default;
};

struct DiagramEdge {
  std::string element;
  std::vector<Point> waypoints;
  std::optional<Bounds> label;
  bool operator==(const DiagramEdge&) const = default;
};

struct Diagram {
  std::string element;  // of the plane: a process, a collaboration, a sub-process
  std::vector<DiagramShape> shapes;
  std::vector<DiagramEdge> edges;
  bool operator==(const Diagram&) const = default;
};

}  // namespace passerelle::pathway
