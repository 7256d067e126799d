#include "pathway/bpmn/layout.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "pathway/bpmn/layout_graph.h"

namespace passerelle::pathway {
namespace {

using drawing::Graph;
using drawing::Journey;
using drawing::Lane;
using drawing::Link;
using drawing::LinkKind;
using drawing::Obstacle;
using drawing::Plane;
using drawing::Pool;
using drawing::Scope;

constexpr double margin = 60;      // around what is drawn
constexpr double pool_gap = 90;    // room for message flows
constexpr double pool_inset = 30;  // from a pool's border to what is in it
constexpr double black_box_height = 60;

template <class T>
auto& element(T& list, int index) {
  return list[static_cast<size_t>(index)];
}

Bounds moved(Bounds bounds, double x, double y) {
  return {bounds.x + x, bounds.y + y, bounds.width, bounds.height};
}

Bounds rounded(const Bounds& bounds) {
  return {std::round(bounds.x), std::round(bounds.y), std::round(bounds.width),
          std::round(bounds.height)};
}

class Drawer {
 public:
  explicit Drawer(const BpmnDocument& document) : graph_(drawing::read_graph(document)) {}

  std::vector<Diagram> draw() {
    std::vector<Diagram> diagrams;
    for (Plane& plane : graph_.planes) {
      diagram_ = {};
      diagram_.element = plane.element;
      obstacles_.clear();
      place(plane);
      draw_loose();
      diagrams.push_back(std::move(diagram_));
    }
    return diagrams;
  }

 private:
  void place(Plane& plane) {
    double y = margin, widest = 0;
    for (Pool& pool : plane.pools) {
      const double height = pool.scope < 0 ? black_box_height : lay_out(pool);
      pool.bounds = {margin, y, pool.bounds.width, height};
      widest = std::max(widest, pool.bounds.width);
      y += height + pool_gap;
    }
    widest = std::max(widest, 400.0);
    for (Pool& pool : plane.pools) {
      pool.bounds.width = widest;
      DiagramShape shape{pool.id, rounded(pool.bounds), true, {}, {}, {}};
      diagram_.shapes.push_back(shape);
      obstacles_.push_back({pool.id, shape.bounds, pool.scope < 0});
      if (pool.scope < 0) continue;
      const bool lanes = !element(graph_.scopes, pool.scope).lanes.empty();
      const double inset = lanes ? 0 : pool_inset;
      stretch_lanes(pool);
      place(pool.scope, pool.bounds.x + drawing::header_width + inset, pool.bounds.y + inset);
    }
    for (const int scope : plane.scopes) {
      drawing::lay_out_scope(graph_, scope);
      place(scope, margin, y);
      y += element(graph_.scopes, scope).height + pool_gap;
    }
  }

  // Sets the pool's width; returns its height.
  double lay_out(Pool& pool) {
    drawing::lay_out_scope(graph_, pool.scope);
    const Scope& scope = element(graph_.scopes, pool.scope);
    const double inset = scope.lanes.empty() ? pool_inset : 0;
    pool.bounds.width = scope.width + 2 * inset + drawing::header_width;
    return std::max(scope.height + 2 * inset, black_box_height);
  }

  // The lanes of a pool end where the pool ends.
  void stretch_lanes(const Pool& pool) {
    for (Lane& lane : element(graph_.scopes, pool.scope).lanes)
      lane.bounds.width = pool.bounds.width - drawing::header_width - lane.bounds.x;
  }

  // NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by the reader
  void place(int index, double x, double y) {
    const Scope& scope = element(graph_.scopes, index);
    for (const Lane& lane : scope.lanes) {
      if (lane.id.empty()) continue;
      diagram_.shapes.push_back({lane.id, rounded(moved(lane.bounds, x, y)), true, {}, {}, {}});
    }
    for (const int each : scope.nodes) {
      draw_node(each, x, y);
      for (const int event : element(graph_.nodes, each).attached) draw_node(event, x, y);
    }
    for (const int each : scope.links) {
      Link& link = element(graph_.links, each);
      for (Point& point : link.way) point = {std::round(point.x + x), std::round(point.y + y)};
      if (link.label) link.label = rounded(moved(*link.label, x, y));
      draw_link(link);
    }
  }

  void draw_node(int index, double x, double y) {
    drawing::Node& node = element(graph_.nodes, index);
    node.x = std::round(node.x + x);
    node.y = std::round(node.y + y);
    if (node.label) node.label = rounded(moved(*node.label, x, y));
    node.width = std::round(node.width);
    node.height = std::round(node.height);
    DiagramShape shape{node.id, node.bounds(), {}, {}, {}, node.label};
    if (node.inner >= 0 || node.collapsed) shape.is_expanded = node.inner >= 0;
    if (node.marked) shape.is_marker_visible = true;
    diagram_.shapes.push_back(shape);
    obstacles_.push_back({node.id, node.bounds(), node.inner < 0});
    // Names are obstacles, too, that no link ends at.
    if (node.label) obstacles_.push_back({"", *node.label, true});
    if (node.inner < 0) return;
    const Scope& inner = element(graph_.scopes, node.inner);
    place(node.inner, std::round(node.x + (node.width - inner.width) / 2), node.y + 40);
  }

  void draw_link(const Link& link) {
    if (link.way.size() < 2) return;
    std::vector<Point> way;
    for (const Point& point : link.way) {
      const size_t n = way.size();
      if (n > 0 && way.back() == point) continue;
      if (n > 1 && ((way[n - 1].x == way[n - 2].x && way[n - 1].x == point.x) ||
                    (way[n - 1].y == way[n - 2].y && way[n - 1].y == point.y)))
        way.back() = point;
      else
        way.push_back(point);
    }
    middles_[link.id] = way[(way.size() - 1) / 2];
    if (way.size() > 1) {
      const size_t half = (way.size() - 1) / 2;
      middles_[link.id] = {std::round((way[half].x + way[half + 1].x) / 2),
                           std::round((way[half].y + way[half + 1].y) / 2)};
    }
    diagram_.edges.push_back({link.id, std::move(way), link.label});
  }

  void draw_loose() {
    std::set<std::string, std::less<>> known;
    for (const Obstacle& each : obstacles_)
      if (!each.id.empty()) known.insert(each.id);
    std::vector<Journey> journeys;
    std::vector<int> links;
    for (const int index : graph_.loose) {
      const Link& link = element(graph_.links, index);
      // An end that is an edge is met in its middle.
      for (const std::string& end : {link.source_id, link.target_id}) {
        const auto middle = middles_.find(end);
        if (middle == middles_.end() || !known.insert(end).second) continue;
        obstacles_.push_back({end, {middle->second.x, middle->second.y, 0, 0}, false});
      }
      if (known.count(link.source_id) == 0 || known.count(link.target_id) == 0) continue;
      if (link.source_id == link.target_id) continue;
      journeys.push_back({link.source_id, link.target_id});
      links.push_back(index);
    }
    auto ways = drawing::route(obstacles_, journeys);
    for (size_t i = 0; i < links.size(); ++i) {
      Link& link = element(graph_.links, links[i]);
      link.way = std::move(ways[i]);
      draw_link(link);
    }
  }

  Graph graph_;
  Diagram diagram_;
  std::vector<Obstacle> obstacles_;
  std::map<std::string, Point, std::less<>> middles_;
};

// What of a file's own diagrams is there: shapes with a size, edges with two ends.
struct Drawn {
  std::map<std::string, const DiagramShape*, std::less<>> shapes;
  std::set<std::string, std::less<>> edges;
};

Drawn drawn_in(const std::vector<Diagram>& diagrams) {
  Drawn drawn;
  for (const Diagram& diagram : diagrams) {
    for (const DiagramShape& shape : diagram.shapes)
      if (shape.bounds.width > 0 && shape.bounds.height > 0)
        drawn.shapes.emplace(shape.element, &shape);
    for (const DiagramEdge& edge : diagram.edges)
      if (edge.waypoints.size() > 1) drawn.edges.insert(edge.element);
  }
  return drawn;
}

// A sub-process that is drawn closed hides what is in it.
bool hidden(const Graph& graph, const Drawn& drawn, int scope) {
  for (const drawing::Node& node : graph.nodes) {
    if (node.inner != scope) continue;
    const auto shape = drawn.shapes.find(node.id);
    if (shape != drawn.shapes.end() && !shape->second->is_expanded.value_or(false)) return true;
    return hidden(graph, drawn, node.scope);
  }
  return false;
}

bool lacks_shapes(const Graph& graph, const Drawn& drawn) {
  std::map<int, bool> hides;
  for (const drawing::Node& node : graph.nodes) {
    if (node.kind == drawing::Kind::artefact || drawn.shapes.count(node.id) != 0) continue;
    const auto [known, fresh] = hides.emplace(node.scope, false);
    if (fresh) known->second = hidden(graph, drawn, node.scope);
    if (!known->second) return true;
  }
  return false;
}

std::vector<Obstacle> obstacles_of(const Graph& graph, const Diagram& diagram) {
  std::set<std::string, std::less<>> open;  // what lines may pass through
  for (const Plane& plane : graph.planes)
    for (const Pool& pool : plane.pools)
      if (pool.scope >= 0) open.insert(pool.id);
  for (const Scope& scope : graph.scopes)
    for (const Lane& lane : scope.lanes) open.insert(lane.id);
  std::vector<Obstacle> obstacles;
  for (const DiagramShape& shape : diagram.shapes) {
    const auto node = graph.by_id.find(shape.element);
    const bool holds =
        open.count(shape.element) != 0 ||
        (node != graph.by_id.end() && element(graph.nodes, node->second).inner >= 0 &&
         shape.is_expanded.value_or(false));
    obstacles.push_back({shape.element, shape.bounds, !holds});
  }
  return obstacles;
}

// Draws the flows whose ends are drawn and which are not. Whether there were any.
bool add_edges(BpmnDocument& document, const Graph& graph, const Drawn& drawn,
               const std::vector<Diagram>& diagrams) {
  bool added = false;
  for (size_t at = 0; at < diagrams.size(); ++at) {
    std::set<std::string, std::less<>> here;
    for (const DiagramShape& shape : diagrams[at].shapes) here.insert(shape.element);
    std::vector<Journey> journeys;
    std::vector<DiagramEdge> edges;
    for (const Link& link : graph.links) {
      if (link.kind == LinkKind::association || drawn.edges.count(link.id) != 0) continue;
      if (here.count(link.source_id) == 0 || here.count(link.target_id) == 0) continue;
      if (link.source_id == link.target_id) continue;
      edges.push_back({link.id, {}, {}});
      journeys.push_back({link.source_id, link.target_id});
    }
    if (edges.empty()) continue;
    auto ways = drawing::route(obstacles_of(graph, diagrams[at]), journeys);
    for (size_t i = 0; i < edges.size(); ++i) edges[i].waypoints = std::move(ways[i]);
    std::erase_if(edges, [](const DiagramEdge& edge) { return edge.waypoints.size() < 2; });
    document.add_edges(at, edges);
    added = added || !edges.empty();
  }
  return added;
}

}  // namespace

std::vector<Diagram> lay_out(const BpmnDocument& document) { return Drawer(document).draw(); }

bool complete_diagram(BpmnDocument& document) {
  const auto present = document.diagrams();
  const Graph graph = drawing::read_graph(document);
  const Drawn drawn = drawn_in(present);
  if (!present.empty() && !lacks_shapes(graph, drawn))
    return add_edges(document, graph, drawn, present);
  const auto diagrams = lay_out(document);
  if (diagrams.empty()) return false;
  document.set_diagrams(diagrams);
  return true;
}

std::string with_diagram(const std::string& bpmn) {
  auto document = BpmnDocument::parse(bpmn, "pathway.bpmn");
  if (!document || !complete_diagram(*document)) return bpmn;
  return document->write();
}

}  // namespace passerelle::pathway
