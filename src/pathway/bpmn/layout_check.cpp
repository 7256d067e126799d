// Diagrams held against what they promise, by their rectangles and lines alone.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "pathway/bpmn/layout.h"
#include "pathway/bpmn/layout_graph.h"

namespace passerelle::pathway {
namespace {

constexpr double tolerance = 1;  // coordinates are rounded to pixels

bool overlap(const Bounds& a, const Bounds& b) {
  return a.x + tolerance < b.right() && b.x + tolerance < a.right() &&
         a.y + tolerance < b.bottom() && b.y + tolerance < a.bottom();
}

bool inside(const Bounds& inner, const Bounds& outer) {
  return inner.x + tolerance >= outer.x && inner.y + tolerance >= outer.y &&
         inner.right() <= outer.right() + tolerance && inner.bottom() <= outer.bottom() + tolerance;
}

bool on_border(const Point& point, const Bounds& shape) {
  const bool within = point.x >= shape.x - tolerance && point.x <= shape.right() + tolerance &&
                      point.y >= shape.y - tolerance && point.y <= shape.bottom() + tolerance;
  const double depth = std::min(
      {point.x - shape.x, shape.right() - point.x, point.y - shape.y, shape.bottom() - point.y});
  return within && depth <= tolerance;
}

bool runs_through(const Point& a, const Point& b, const Bounds& shape) {
  const Bounds line{std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x),
                    std::abs(a.y - b.y)};
  return line.x < shape.right() - tolerance && line.right() > shape.x + tolerance &&
         line.y < shape.bottom() - tolerance && line.bottom() > shape.y + tolerance;
}

class DiagramCheck {
 public:
  DiagramCheck(const BpmnDocument& document, const std::vector<Diagram>& diagrams)
      : graph_(drawing::read_graph(document)) {
    for (size_t i = 0; i < diagrams.size(); ++i) {
      for (const DiagramShape& shape : diagrams[i].shapes) {
        if (!shapes_.emplace(shape.element, Where{shape.bounds, i}).second)
          say(quoted(shape.element) + " is drawn twice");
      }
      for (const DiagramEdge& edge : diagrams[i].edges) edges_.emplace(edge.element, &edge);
    }
  }

  std::vector<std::string> run() {
    for (const drawing::Node& node : graph_.nodes)
      if (shapes_.count(node.id) == 0) say(quoted(node.id) + " has no shape");
    for (size_t scope = 0; scope < graph_.scopes.size(); ++scope) check_scope(scope);
    check_planes();
    for (const drawing::Link& link : graph_.links) check_link(link);
    return std::move(problems_);
  }

 private:
  struct Where {
    Bounds bounds;
    size_t diagram;
  };

  void say(std::string text) { problems_.push_back(std::move(text)); }
  const Where* shape_of(const std::string& id) const {
    const auto found = shapes_.find(id);
    return found == shapes_.end() ? nullptr : &found->second;
  }

  void apart(const std::string& a, const std::string& b) {
    const Where *first = shape_of(a), *second = shape_of(b);
    if (first == nullptr || second == nullptr || first->diagram != second->diagram) return;
    if (overlap(first->bounds, second->bounds)) say(quoted(a) + " overlaps " + quoted(b));
  }
  void held(const std::string& inner, const std::string& outer) {
    const Where *in = shape_of(inner), *out = shape_of(outer);
    if (in == nullptr || out == nullptr) return;
    if (in->diagram != out->diagram || !inside(in->bounds, out->bounds))
      say(quoted(inner) + " is not within " + quoted(outer));
  }

  void check_scope(size_t index) {
    const drawing::Scope& scope = graph_.scopes[index];
    std::vector<int> all = scope.nodes;
    for (const int node : scope.nodes) {
      const auto& attached = graph_.nodes[static_cast<size_t>(node)].attached;
      all.insert(all.end(), attached.begin(), attached.end());
    }
    for (size_t i = 0; i < all.size(); ++i) {
      const auto& a = graph_.nodes[static_cast<size_t>(all[i])];
      for (size_t j = i + 1; j < all.size(); ++j) {
        const auto& b = graph_.nodes[static_cast<size_t>(all[j])];
        if (b.host != all[i] && a.host != all[j]) apart(a.id, b.id);
      }
      if (a.host >= 0) {
        const auto& host = graph_.nodes[static_cast<size_t>(a.host)];
        const Where *event = shape_of(a.id), *on = shape_of(host.id);
        if (event != nullptr && on != nullptr && !on_border(event->bounds.center(), on->bounds))
          say(quoted(a.id) + " is not on the border of " + quoted(host.id));
      } else if (a.lane >= 0) {
        held(a.id, scope.lanes[static_cast<size_t>(a.lane)].id);
      }
      if (a.inner < 0) continue;
      for (const int inner : graph_.scopes[static_cast<size_t>(a.inner)].nodes)
        held(graph_.nodes[static_cast<size_t>(inner)].id, a.id);
    }
    for (size_t i = 0; i < scope.lanes.size(); ++i) {
      if (scope.lanes[i].parent >= 0)
        held(scope.lanes[i].id, scope.lanes[static_cast<size_t>(scope.lanes[i].parent)].id);
      for (size_t j = i + 1; j < scope.lanes.size(); ++j)
        if (scope.lanes[i].parent == scope.lanes[j].parent)
          apart(scope.lanes[i].id, scope.lanes[j].id);
    }
  }

  void check_planes() {
    for (const drawing::Plane& plane : graph_.planes) {
      for (size_t i = 0; i < plane.pools.size(); ++i) {
        const drawing::Pool& pool = plane.pools[i];
        for (size_t j = i + 1; j < plane.pools.size(); ++j) apart(pool.id, plane.pools[j].id);
        for (const int scope : plane.scopes)
          for (const int node : graph_.scopes[static_cast<size_t>(scope)].nodes)
            apart(pool.id, graph_.nodes[static_cast<size_t>(node)].id);
        if (pool.scope < 0) continue;
        const drawing::Scope& scope = graph_.scopes[static_cast<size_t>(pool.scope)];
        for (const int node : scope.nodes)
          held(graph_.nodes[static_cast<size_t>(node)].id, pool.id);
        for (const drawing::Lane& lane : scope.lanes) held(lane.id, pool.id);
      }
      // Processes without pools, one below the other.
      for (size_t i = 0; i < plane.scopes.size(); ++i)
        for (size_t j = i + 1; j < plane.scopes.size(); ++j)
          for (const int a : graph_.scopes[static_cast<size_t>(plane.scopes[i])].nodes)
            for (const int b : graph_.scopes[static_cast<size_t>(plane.scopes[j])].nodes)
              apart(graph_.nodes[static_cast<size_t>(a)].id,
                    graph_.nodes[static_cast<size_t>(b)].id);
    }
  }

  void check_link(const drawing::Link& link) {
    const Where *source = shape_of(link.source_id), *target = shape_of(link.target_id);
    const auto found = edges_.find(link.id);
    if (found == edges_.end()) {
      const bool drawable = source != nullptr && target != nullptr &&
                            source->diagram == target->diagram && link.source_id != link.target_id;
      if (drawable) say(quoted(link.id) + " has no edge");
      return;
    }
    const auto& way = found->second->waypoints;
    if (way.size() < 2) return say(quoted(link.id) + " has fewer than two points");
    if (source != nullptr && !on_border(way.front(), source->bounds))
      say(quoted(link.id) + " does not start on the border of " + quoted(link.source_id));
    if (target != nullptr && !on_border(way.back(), target->bounds))
      say(quoted(link.id) + " does not end on the border of " + quoted(link.target_id));
    for (size_t i = 0; i + 1 < way.size(); ++i) {
      if (way[i].x != way[i + 1].x && way[i].y != way[i + 1].y)
        say(quoted(link.id) + " is not orthogonal");
      if (link.source >= 0 && link.target >= 0) check_free(link, way[i], way[i + 1], *source);
    }
  }

  // Whether a piece of a link crosses what neither holds it nor ends it.
  void check_free(const drawing::Link& link, const Point& a, const Point& b, const Where& source) {
    for (const drawing::Node& node : graph_.nodes) {
      if (node.inner >= 0 || node.id == link.source_id || node.id == link.target_id) continue;
      const Where* shape = shape_of(node.id);
      if (shape == nullptr || shape->diagram != source.diagram) continue;
      if (runs_through(a, b, shape->bounds))
        say(quoted(link.id) + " runs through " + quoted(node.id));
    }
  }

  drawing::Graph graph_;
  std::map<std::string, Where, std::less<>> shapes_;
  std::map<std::string, const DiagramEdge*, std::less<>> edges_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> diagram_problems(const BpmnDocument& document,
                                          const std::vector<Diagram>& diagrams) {
  return DiagramCheck(document, diagrams).run();
}

}  // namespace passerelle::pathway
