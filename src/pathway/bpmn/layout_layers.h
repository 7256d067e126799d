// Layers of one scope (Sugiyama, Tagawa and Toda 1981): cycles broken, every node in a layer, long
// links cut into pieces from layer to layer, few crossings. For layout_scope.cpp only.
#pragma once

#include <vector>

#include "pathway/bpmn/layout_graph.h"

namespace passerelle::pathway::drawing {

// What takes room in a layer: a node, or a place where a long link passes.
struct Item {
  int node = -1;  // -1: a link passes
  int layer = 0;
  int band = 0;                 // the lane, from above
  int beside = -1;              // the item that it wants to stand next to, in the same layer
  bool soft = false;            // an association passes
  double above = 0, below = 0;  // room from its axis
  double y = 0;                 // of its axis
};

struct Step {
  int from = -1, to = -1;  // items of neighbouring layers
  double offset = 0;       // where it leaves `from`, below its axis
  bool soft = false;       // of an association
};

// A link as it goes through the layers.
struct Chain {
  int link = -1;
  std::vector<int> items;  // from source to target, both included
  bool back = false;       // it returns: leaves to the right, comes back to the left
  bool within = false;     // both ends in one layer; to the right of it
  bool turned = false;     // drawn from target to source
};

struct Layers {
  std::vector<Item> items;
  std::vector<std::vector<int>> layers;  // items from above
  std::vector<Chain> chains;
  std::vector<Step> steps;
  std::vector<int> apart;  // nodes that nothing links: not in the layers
  int bands = 1;
};

// `exit` says where a link leaves its source, below the axis of the lifted node.
Layers make_layers(const Graph& graph, const Scope& scope, const std::vector<double>& exits);

}  // namespace passerelle::pathway::drawing
