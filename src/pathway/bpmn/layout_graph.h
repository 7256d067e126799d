// What of a BPMN model is drawn, as indices: nodes in scopes (processes, expanded sub-processes),
// links between them, lanes, pools. For the files layout*.cpp only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pathway/bpmn/document.h"

namespace passerelle::pathway::drawing {

enum class Kind : uint8_t { event, gateway, activity, artefact };

struct Node {
  std::string id, name;
  Kind kind = Kind::activity;
  double width = 0, height = 0;
  double x = 0, y = 0;        // top left; within its scope, in the end within the plane
  int scope = -1;             // in which it stands
  int inner = -1;             // the scope that it contains: an expanded sub-process
  int host = -1;              // of a boundary event
  int lane = -1;              // a leaf of its scope's lanes
  bool collapsed = false;     // a sub-process without content
  bool marked = false;        // an exclusive gateway, drawn with its cross
  std::vector<int> attached;  // boundary events, from left to right
  std::optional<Bounds> label;

  Bounds bounds() const { return {x, y, width, height}; }
};

enum class LinkKind : uint8_t { sequence, message, association };

struct Link {
  std::string id, name, source_id, target_id;
  LinkKind kind = LinkKind::sequence;
  int source = -1, target = -1;  // nodes; -1: a pool, an edge, or nothing that is drawn
  std::vector<Point> way;        // within its scope, in the end within the plane
  std::optional<Bounds> label;
};

struct Lane {
  std::string id;
  int parent = -1;
  int depth = 0;
  bool leaf = true;
  Bounds bounds;
};

struct Scope {
  std::string id;
  std::vector<int> nodes;  // without boundary events
  std::vector<int> links;  // whose ends both stand in it
  std::vector<Lane> lanes;
  double width = 0, height = 0;
};

struct Pool {
  std::string id;
  int scope = -1;  // -1: a black box
  Bounds bounds;
};

struct Plane {
  std::string element;
  std::vector<Pool> pools;
  std::vector<int> scopes;  // processes without a pool
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Link> links;
  std::vector<Scope> scopes;
  std::vector<Plane> planes;
  std::vector<int> loose;  // links that cross the border of a scope, or end at a pool or an edge
  std::map<std::string, int, std::less<>> by_id;  // nodes

  // The node that stands in a layer: the host of a boundary event.
  int lifted(int node) const {
    const int host = nodes[static_cast<size_t>(node)].host;
    return host < 0 ? node : host;
  }
};

inline constexpr double event_size = 36;
inline constexpr double header_width = 30;  // of pools and lanes: where the name stands
inline constexpr double line_height = 14;
inline constexpr double label_width = 90;

Graph read_graph(const BpmnDocument& document);
// Of a text that is broken into lines of this width.
double label_height(const std::string& text, double width = label_width);
// Places the nodes and links of a scope and of those within it; sets its size.
void lay_out_scope(Graph& graph, int scope);

struct Obstacle {
  std::string id;
  Bounds bounds;
  bool solid = true;  // false: lines may pass through, as through a pool to what stands in it
};
struct Journey {
  std::string source, target;  // ids of obstacles
};
// Orthogonal lines around the obstacles, one for each journey; empty where an end is unknown.
std::vector<std::vector<Point>> route(const std::vector<Obstacle>& obstacles,
                                      const std::vector<Journey>& journeys);

}  // namespace passerelle::pathway::drawing
