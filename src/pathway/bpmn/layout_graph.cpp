#include "pathway/bpmn/layout_graph.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace passerelle::pathway::drawing {
namespace {

// BPMN 2.0.2, tables 12.8 to 12.37: what has a shape. Sizes are those that editors give.
struct Drawn {
  std::string_view name;
  Kind kind;
  double width, height;
};
constexpr std::array drawn = {
    Drawn{"startEvent", Kind::event, event_size, event_size},
    Drawn{"endEvent", Kind::event, event_size, event_size},
    Drawn{"intermediateCatchEvent", Kind::event, event_size, event_size},
    Drawn{"intermediateThrowEvent", Kind::event, event_size, event_size},
    Drawn{"implicitThrowEvent", Kind::event, event_size, event_size},
    Drawn{"event", Kind::event, event_size, event_size},
    Drawn{"boundaryEvent", Kind::event, event_size, event_size},
    Drawn{"exclusiveGateway", Kind::gateway, 50, 50},
    Drawn{"inclusiveGateway", Kind::gateway, 50, 50},
    Drawn{"parallelGateway", Kind::gateway, 50, 50},
    Drawn{"complexGateway", Kind::gateway, 50, 50},
    Drawn{"eventBasedGateway", Kind::gateway, 50, 50},
    Drawn{"task", Kind::activity, 100, 80},
    Drawn{"userTask", Kind::activity, 100, 80},
    Drawn{"manualTask", Kind::activity, 100, 80},
    Drawn{"serviceTask", Kind::activity, 100, 80},
    Drawn{"sendTask", Kind::activity, 100, 80},
    Drawn{"receiveTask", Kind::activity, 100, 80},
    Drawn{"scriptTask", Kind::activity, 100, 80},
    Drawn{"businessRuleTask", Kind::activity, 100, 80},
    Drawn{"callActivity", Kind::activity, 100, 80},
    Drawn{"subProcess", Kind::activity, 100, 80},
    Drawn{"adHocSubProcess", Kind::activity, 100, 80},
    Drawn{"transaction", Kind::activity, 100, 80},
    Drawn{"choreographyTask", Kind::activity, 100, 80},
    Drawn{"callChoreography", Kind::activity, 100, 80},
    Drawn{"subChoreography", Kind::activity, 100, 80},
    Drawn{"dataObjectReference", Kind::artefact, 36, 50},
    Drawn{"dataStoreReference", Kind::artefact, 50, 50},
    Drawn{"dataInput", Kind::artefact, 36, 50},
    Drawn{"dataOutput", Kind::artefact, 36, 50},
    Drawn{"textAnnotation", Kind::artefact, 120, 30},
    Drawn{"conversation", Kind::artefact, 50, 44},
    Drawn{"subConversation", Kind::artefact, 50, 44},
    Drawn{"callConversation", Kind::artefact, 50, 44},
};

const Drawn* find_drawn(std::string_view name) {
  const auto found = std::find_if(drawn.begin(), drawn.end(),
                                  [&](const Drawn& each) { return each.name == name; });
  return found == drawn.end() ? nullptr : &*found;
}

bool is_container(std::string_view name) {
  return name == "subProcess" || name == "adHocSubProcess" || name == "transaction" ||
         name == "subChoreography";
}

std::string_view attribute_of(const pugi::xml_node& node, const char* name) {
  return node.attribute(name).value();
}

std::string child_reference(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node) {
    if (Xml::local(child.name()) == name && Xml::in_bpmn(child))
      return std::string(reference_id(child.text().get()));
  }
  return "";
}

class Reader {
 public:
  explicit Reader(const BpmnDocument& document) : document_(document) {}

  Graph read() {
    for (const pugi::xml_node& node : document_.root()) {
      if (!Xml::in_bpmn(node)) continue;
      const std::string_view name = Xml::local(node.name());
      if (name != "process" && name != "choreography") continue;
      processes_.emplace_back(attribute_of(node, "id"), read_scope(node));
    }
    for (const pugi::xml_node& node : document_.root()) {
      if (Xml::in_bpmn(node) && Xml::local(node.name()) == "collaboration")
        read_collaboration(node);
    }
    // A process that no pool draws has a diagram of its own, unless it stands beside pools.
    for (const auto& [id, scope] : processes_) {
      if (scope < 0 || id.empty()) continue;
      if (pooled_ > 0) {
        if (!graph_.scopes[static_cast<size_t>(scope)].nodes.empty())
          graph_.planes.front().scopes.push_back(scope);
      } else {
        graph_.planes.push_back({id, {}, {scope}});
      }
    }
    resolve();
    return std::move(graph_);
  }

 private:
  int read_scope(const pugi::xml_node& container) {
    const auto index = static_cast<int>(graph_.scopes.size());
    graph_.scopes.emplace_back();
    graph_.scopes.back().id = attribute_of(container, "id");
    for (const pugi::xml_node& node : container) {
      if (!Xml::in_bpmn(node)) continue;
      const std::string_view name = Xml::local(node.name());
      if (name == "laneSet") read_lanes(node, index, -1, 0);
      if (name == "ioSpecification") {
        // Only those of a process are drawn (10.4.1).
        if (!find_drawn(Xml::local(container.name()))) read_elements(node, index);
      } else {
        read_element(node, index);
      }
    }
    return index;
  }

  void read_elements(const pugi::xml_node& parent, int scope) {
    for (const pugi::xml_node& node : parent)
      if (Xml::in_bpmn(node)) read_element(node, scope);
  }

  void read_element(const pugi::xml_node& node, int scope) {
    const std::string_view name = Xml::local(node.name());
    const std::string id(attribute_of(node, "id"));
    if (name == "sequenceFlow" || name == "association" || name == "messageFlow") {
      return add_link(node, std::string(reference_id(attribute_of(node, "sourceRef"))),
                      std::string(reference_id(attribute_of(node, "targetRef"))),
                      name == "sequenceFlow"  ? LinkKind::sequence
                      : name == "messageFlow" ? LinkKind::message
                                              : LinkKind::association);
    }
    if (name == "conversationLink") {
      return add_link(node, std::string(reference_id(attribute_of(node, "sourceRef"))),
                      std::string(reference_id(attribute_of(node, "targetRef"))),
                      LinkKind::association);
    }
    const Drawn* what = find_drawn(name);
    // What has no id cannot be drawn: a shape refers to it.
    if (what == nullptr || id.empty() || graph_.by_id.count(id) != 0) return;
    const auto index = static_cast<int>(graph_.nodes.size());
    Node made;
    made.id = id;
    made.name = attribute_of(node, "name");
    made.kind = what->kind;
    made.width = what->width;
    made.height = what->height;
    made.scope = scope;
    made.marked = name == "exclusiveGateway";
    if (name == "textAnnotation") {
      std::string text;
      for (const pugi::xml_node& child : node)
        if (Xml::local(child.name()) == "text") text = child.text().get();
      made.height = std::max(30.0, label_height(text, 130) + 10);
      made.width = 140;
    }
    graph_.by_id.emplace(id, index);
    graph_.nodes.push_back(std::move(made));
    graph_.scopes[static_cast<size_t>(scope)].nodes.push_back(index);
    if (name == "boundaryEvent")
      hosts_.emplace_back(index, reference_id(attribute_of(node, "attachedToRef")));
    for (const pugi::xml_node& child : node) {
      if (!Xml::in_bpmn(child)) continue;
      const std::string_view of = Xml::local(child.name());
      if (of == "dataInputAssociation")
        add_link(child, child_reference(child, "sourceRef"), id, LinkKind::association);
      if (of == "dataOutputAssociation")
        add_link(child, id, child_reference(child, "targetRef"), LinkKind::association);
    }
    if (!is_container(name)) return;
    const int inner = read_scope(node);
    const bool empty = graph_.scopes[static_cast<size_t>(inner)].nodes.empty();
    graph_.nodes[static_cast<size_t>(index)].inner = empty ? -1 : inner;
    graph_.nodes[static_cast<size_t>(index)].collapsed = empty;
  }

  void add_link(const pugi::xml_node& node, std::string source, std::string target, LinkKind kind) {
    const std::string_view id = attribute_of(node, "id");
    if (id.empty() || !link_ids_.emplace(id, 0).second) return;
    Link link;
    link.id = id;
    link.name = attribute_of(node, "name");
    link.source_id = std::move(source);
    link.target_id = std::move(target);
    link.kind = kind;
    graph_.links.push_back(std::move(link));
  }

  // NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by the reader
  void read_lanes(const pugi::xml_node& set, int scope, int parent, int depth) {
    for (const pugi::xml_node& node : set) {
      if (!Xml::in_bpmn(node) || Xml::local(node.name()) != "lane") continue;
      auto& lanes = graph_.scopes[static_cast<size_t>(scope)].lanes;
      const auto index = static_cast<int>(lanes.size());
      lanes.push_back({std::string(attribute_of(node, "id")), parent, depth, true, {}});
      if (parent >= 0) lanes[static_cast<size_t>(parent)].leaf = false;
      for (const pugi::xml_node& child : node) {
        if (!Xml::in_bpmn(child)) continue;
        const std::string_view name = Xml::local(child.name());
        // An inner lane comes later and wins over the one around it.
        if (name == "flowNodeRef") in_lane_[std::string(reference_id(child.text().get()))] = index;
        if (name == "childLaneSet") read_lanes(child, scope, index, depth + 1);
      }
    }
  }

  void read_collaboration(const pugi::xml_node& node) {
    Plane plane;
    plane.element = attribute_of(node, "id");
    const auto scope = static_cast<int>(graph_.scopes.size());
    graph_.scopes.emplace_back();
    for (const pugi::xml_node& child : node) {
      if (!Xml::in_bpmn(child)) continue;
      if (Xml::local(child.name()) != "participant") {
        read_element(child, scope);
        continue;
      }
      Pool pool;
      pool.id = attribute_of(child, "id");
      if (pool.id.empty() || !link_ids_.emplace(pool.id, 0).second) continue;
      const std::string_view process = reference_id(attribute_of(child, "processRef"));
      for (auto& [id, of] : processes_) {
        if (id != process || of < 0 || process.empty()) continue;
        if (!graph_.scopes[static_cast<size_t>(of)].nodes.empty()) pool.scope = of;
        of = -1;  // drawn once
      }
      plane.pools.push_back(std::move(pool));
    }
    if (plane.element.empty()) return;
    if (!graph_.scopes[static_cast<size_t>(scope)].nodes.empty()) plane.scopes.push_back(scope);
    if (plane.pools.empty() && plane.scopes.empty()) return;
    ++pooled_;
    graph_.planes.push_back(std::move(plane));
  }

  void resolve() {
    for (const auto& [event, host] : hosts_) {
      const auto found = graph_.by_id.find(host);
      if (found == graph_.by_id.end() || found->second == event) continue;
      Node& on = graph_.nodes[static_cast<size_t>(found->second)];
      Node& node = graph_.nodes[static_cast<size_t>(event)];
      if (on.scope != node.scope || on.kind != Kind::activity) continue;
      node.host = found->second;
      on.attached.push_back(event);
      std::erase(graph_.scopes[static_cast<size_t>(node.scope)].nodes, event);
    }
    for (Node& node : graph_.nodes) {
      const auto lane = in_lane_.find(node.id);
      if (lane == in_lane_.end()) continue;
      const auto& lanes = graph_.scopes[static_cast<size_t>(node.scope)].lanes;
      auto index = static_cast<size_t>(lane->second);
      if (index >= lanes.size()) continue;
      // Named by a lane that is divided: its first part.
      while (!lanes[index].leaf) ++index;
      node.lane = static_cast<int>(index);
    }
    for (size_t i = 0; i < graph_.links.size(); ++i) {
      Link& link = graph_.links[i];
      const auto source = graph_.by_id.find(link.source_id);
      const auto target = graph_.by_id.find(link.target_id);
      if (source != graph_.by_id.end()) link.source = source->second;
      if (target != graph_.by_id.end()) link.target = target->second;
      const auto index = static_cast<int>(i);
      const bool within = link.source >= 0 && link.target >= 0 &&
                          graph_.nodes[static_cast<size_t>(link.source)].scope ==
                              graph_.nodes[static_cast<size_t>(link.target)].scope;
      const auto is_bound = [&](int end) {
        return graph_.nodes[static_cast<size_t>(end)].host >= 0;
      };
      // Nothing flows into a boundary event; an association may point at one.
      if (within && !is_bound(link.target) &&
          (link.source != link.target || link.kind == LinkKind::sequence)) {
        const int scope = graph_.nodes[static_cast<size_t>(link.source)].scope;
        graph_.scopes[static_cast<size_t>(scope)].links.push_back(index);
      } else {
        graph_.loose.push_back(index);
      }
    }
  }

  const BpmnDocument& document_;
  Graph graph_;
  std::vector<std::pair<std::string, int>> processes_;
  std::vector<std::pair<int, std::string>> hosts_;
  std::map<std::string, int, std::less<>> in_lane_, link_ids_;
  size_t pooled_ = 0;
};

}  // namespace

Graph read_graph(const BpmnDocument& document) { return Reader(document).read(); }

double label_height(const std::string& text, double width) {
  if (text.empty()) return 0;
  const auto letters = static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
  return line_height * std::min(8.0, std::ceil(letters * 6.4 / width));
}

}  // namespace passerelle::pathway::drawing
