// Reads the tree: which elements there are, in which scope, with which attributes.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

constexpr size_t node_limit = 20'000;
constexpr int scope_depth_limit = 50;

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> result;
  for (std::string_view word : split(list, ' ')) {
    if (!word.empty()) result.emplace_back(word);
  }
  return result;
}

}  // namespace

Builder::Builder(PathwaySource& source, const XmlFiles& xml, std::vector<Finding>& findings)
    : source_(source),
      xml_(xml),
      findings_(findings),
      made_(std::make_unique<Pathway::Compiled>()) {}

void Builder::add(const FindingKind& kind, const Place& place, std::string message,
                  std::string help) {
  findings_.push_back(make_finding(kind, place, std::move(message), std::move(help)));
}

// ---- our namespace ----

Builder::Xattribute Builder::our_attribute(const Xnode& xml, std::string_view name) const {
  for (const Xattribute& attribute : xml.attributes()) {
    if (Xml::local(attribute.name()) == name && !Xml::is_declaration(attribute) &&
        Xml::name_space(xml, attribute) == our_namespace) {
      return attribute;
    }
  }
  return {};
}

std::string Builder::our_text(const Xnode& xml, std::string_view name) const {
  return std::string(trim(our_attribute(xml, name).value()));
}

std::vector<Builder::Xnode> Builder::ours(const Xnode& xml, std::string_view name) const {
  std::vector<Xnode> found;
  for (const Xnode& child : xml) {
    if (Xml::local(child.name()) != "extensionElements" || !Xml::in_bpmn(child)) continue;
    for (const Xnode& element : child) {
      if (Xml::local(element.name()) == name && Xml::name_space(element) == our_namespace) {
        found.push_back(element);
      }
    }
  }
  return found;
}

void Builder::check_attributes(const Xnode& xml, std::string_view known, std::string_view ours) {
  for (const Xattribute& attribute : xml.attributes()) {
    if (Xml::is_declaration(attribute)) continue;
    const std::string_view space = Xml::name_space(xml, attribute);
    const std::string_view name = Xml::local(attribute.name());
    const std::string label = "<" + std::string(Xml::local(xml.name())) + ">";
    if (space == our_namespace) {
      if (is_listed(ours, name)) continue;
      add(kinds::attribute, xml_.place(attribute),
          label + " takes no attribute " + quoted(attribute.name()),
          did_you_mean(name, words(ours)));
    } else if (space.empty()) {
      if (name == "id" || name == "name") continue;
      if (!is_listed(known, name)) {
        add(kinds::attribute, xml_.place(attribute), label + " takes no attribute " + quoted(name));
        continue;
      }
      for (const FixedAttribute& fixed : fixed_attributes()) {
        if (fixed.name != name || attribute.value() == fixed.value) continue;
        add(kinds::unsupported, xml_.place(attribute),
            std::string(name) + "=\"" + attribute.value() + "\" is not supported");
      }
    }  // other namespaces are other programs' business
  }
}

// Data are drawn for people. An association that also computes would look as if it were done.
void Builder::refuse_calculations(const Xnode& data) {
  for (const Xnode& child : data) {
    const std::string_view name = Xml::local(child.name());
    if (name != "assignment" && name != "transformation") continue;
    add(kinds::unsupported, xml_.place(child),
        "<" + std::string(child.name()) + "> is not supported in <" + std::string(data.name()) +
            ">",
        "write it as <p:set> of the element, or as <p:in> and <p:out> of a sub-process or a call");
  }
}

// Children of a flow node: BPMN's, and ours inside extensionElements.
void Builder::check_children(const Xnode& xml, std::string_view known,
                             std::string_view our_children) {
  for (const Xnode& child : xml) {
    if (child.type() != pugi::node_element) continue;
    const std::string_view name = Xml::local(child.name());
    const std::string label = "<" + std::string(child.name()) + ">";
    if (Xml::name_space(child) == our_namespace) {
      add(kinds::attribute, xml_.place(child), label + " stands outside <extensionElements>",
          "put it inside <extensionElements>, so that other editors keep it");
      continue;
    }
    if (!Xml::in_bpmn(child)) {
      add(kinds::unsupported, xml_.place(child), label + " is no element of BPMN");
      continue;
    }
    if (name != "extensionElements") {
      const Element* row = find_element(name);
      if (is_listed(known, name)) continue;
      if (row != nullptr && row->tag == Tag::documentation) {
        refuse_calculations(child);
        continue;
      }
      add(kinds::unsupported, xml_.place(child),
          label + " is not supported in <" + std::string(Xml::local(xml.name())) + ">");
      continue;
    }
    for (const Xnode& inner : child) {
      if (inner.type() != pugi::node_element || Xml::name_space(inner) != our_namespace) continue;
      const std::string_view ours_name = Xml::local(inner.name());
      if (!is_listed(our_children, ours_name)) {
        add(kinds::attribute, xml_.place(inner),
            "<" + std::string(Xml::local(xml.name())) + "> takes no <" + inner.name() + ">",
            did_you_mean(ours_name, words(our_children)));
        continue;
      }
      for (const Xattribute& attribute : inner.attributes()) {
        const std::string_view allowed = ours_name == "record"     ? "name case on"
                                         : ours_name == "variable" ? "name type"
                                         : ours_name == "local"    ? "name"
                                         : ours_name == "again"    ? ""
                                         : ours_name == "show"     ? "name"
                                                                   : "variable";
        if (Xml::is_declaration(attribute) || is_listed(allowed, attribute.name())) continue;
        add(kinds::attribute, xml_.place(attribute),
            "<" + std::string(inner.name()) + "> takes no attribute " + quoted(attribute.name()));
      }
    }
  }
}

// ---- the file ----

Builder::Xnode Builder::find_process() {
  const Xnode root = xml_.root();
  if (Xml::local(root.name()) != "definitions" || !Xml::in_bpmn(root)) {
    add(kinds::xml, xml_.place(root),
        "this is no BPMN 2.0 file: its root is <" + std::string(root.name()) + ">");
    return {};
  }
  std::vector<Xnode> candidates;
  std::set<std::string, std::less<>> called;
  const auto note_calls = [&](const auto& self, const Xnode& scope) -> void {
    for (const Xnode& child : scope) {
      const bool calls = Xml::local(child.name()) == "callActivity" && Xml::in_bpmn(child);
      if (calls && !our_attribute(child, "package")) {
        called.emplace(Xml::local(trim(child.attribute("calledElement").value())));
      }
      if (child.type() == pugi::node_element) self(self, child);
    }
  };
  for (const Xnode& child : root) {
    if (child.type() != pugi::node_element || !Xml::in_bpmn(child))
      continue;  // diagrams and others'
    const std::string_view name = Xml::local(child.name());
    if (name == "process") {
      note_calls(note_calls, child);
      candidates.push_back(child);
    } else if (!is_root_documentation(name)) {
      add(kinds::unsupported, xml_.place(child),
          "<" + std::string(child.name()) + "> is not supported");
    }
  }
  // What is called belongs to who calls it; what says that it is not executed is what others do.
  std::vector<Xnode> main;
  for (const Xnode& each : candidates) {
    const bool others = std::string_view(each.attribute("isExecutable").value()) == "false";
    if (called.count(each.attribute("id").value()) == 0 && !(others && candidates.size() > 1)) {
      main.push_back(each);
    }
  }
  if (candidates.empty() || main.empty()) {
    add(kinds::process, xml_.place(root),
        candidates.empty() ? "the file holds no process"
                           : "no process of the file is one that a case goes through");
    return {};
  }
  if (main.size() > 1 && !join_pools(main)) {
    add(kinds::process, xml_.place(main[1]),
        "the file holds a second process that a case could go through",
        "call it by a call activity, join the two by message flows, or write "
        "isExecutable=\"false\" when it is what others do");
  }
  if (pools_.empty()) pools_ = {main.front()};
  for (const Xnode& process : pools_) {
    if (std::string_view(process.attribute("isExecutable").value()) == "true") continue;
    add(kinds::process, xml_.place(process), "the process does not say that it is executable",
        "write isExecutable=\"true\"");
  }
  return pools_.front();
}

// What stands in no table is told by check_children.
void Builder::check_process_element(const Xnode& process) {
  std::string children;
  for (const Xnode& child : process) {
    const Element* row = find_element(Xml::local(child.name()));
    if (row != nullptr && row->tag != Tag::extension) children += std::string(row->name) + " ";
  }
  check_attributes(process, "isExecutable processType isClosed", "");
  check_children(process, children, our_process_children);
}

// A message or escalation of the file, by a reference that may carry a prefix.
Builder::Xnode Builder::referred(const Xnode& from, std::string_view reference,
                                 std::string_view element) {
  reference = Xml::local(trim(reference));
  for (const Xnode& child : root_of(from)) {
    if (Xml::local(child.name()) == element && Xml::in_bpmn(child) &&
        reference == child.attribute("id").value() && !reference.empty()) {
      return child;
    }
  }
  return {};
}

Builder::Xnode Builder::root_of(const Xnode& xml) {
  Xnode root = xml;
  while (root.parent().type() == pugi::node_element) root = root.parent();
  return root;
}

void Builder::collect(const Xnode& scope, uint16_t level, int depth) {
  for (const Xnode& child : scope) {
    if (child.type() != pugi::node_element || !Xml::in_bpmn(child))
      continue;  // told by check_children
    const Element* row = find_element(Xml::local(child.name()));
    if (row == nullptr) continue;
    switch (row->tag) {
      case Tag::flow_node:
        add_node(child, *row, level, depth);
        break;
      case Tag::sequence_flow: {
        const std::string own_id = child.attribute("id").value();
        const std::string id = own_id.empty() ? own_id : prefix_ + own_id;
        if (id.empty() || by_id_.count(id) != 0 || !flow_ids_.insert(id).second) {
          add(kinds::id, xml_.place(child),
              id.empty() ? "a sequence flow has no id" : "the id " + quoted(id) + " stands twice");
        }
        check_attributes(child, row->attributes, "");
        check_children(child, "conditionExpression", "");
        flows_.push_back({child, level, nothing, nothing, prefix_});
        break;
      }
      case Tag::lane_set:
        collect_lanes(child, "");
        break;
      case Tag::documentation:
      case Tag::extension:
        break;
    }
  }
}

// The innermost lane that names a role counts.
void Builder::collect_lanes(const Xnode& lane_set, const std::string& roles) {
  for (const Xnode& lane : lane_set) {
    if (Xml::local(lane.name()) != "lane" || !Xml::in_bpmn(lane)) continue;
    check_attributes(lane, "partitionElementRef", "role");
    const std::string own = our_text(lane, "role");
    for (const std::string& role : words(own)) {
      if (declares_role(role)) continue;
      std::vector<std::string> known;
      for (const Role& declared : source_.organisation.roles) known.push_back(declared.id);
      add(kinds::unknown_role, xml_.place(our_attribute(lane, "role")),
          "the organisation has no role " + quoted(role), did_you_mean(role, known));
    }
    for (const Xnode& child : lane) {
      const std::string_view name = Xml::local(child.name());
      if (name == "flowNodeRef")
        lanes_[prefix_ + std::string(trim(child.child_value()))] = own.empty() ? roles : own;
    }
    for (const Xnode& child : lane) {
      if (Xml::local(child.name()) == "childLaneSet") {
        collect_lanes(child, own.empty() ? roles : own);
      }
    }
  }
}

void Builder::add_node(const Xnode& xml, const Element& row, uint16_t level, int depth) {
  if (drafts_.size() >= node_limit) {
    if (!std::exchange(too_many_, true)) {
      add(kinds::unsupported, xml_.place(xml), "the process has more than 20,000 elements");
    }
    return;
  }
  const std::string own_id = xml.attribute("id").value();
  const std::string id = prefix_ + own_id;
  const auto at = static_cast<uint16_t>(drafts_.size());
  if (own_id.empty()) {
    add(kinds::id, xml_.place(xml), "<" + std::string(xml.name()) + "> has no id");
  } else if (id == case_activity) {
    add(kinds::id, xml_.place(xml), "the id 'case' is taken: events about the case itself have it");
  } else if (flow_ids_.count(id) != 0 || !by_id_.emplace(id, at).second) {
    add(kinds::id, xml_.place(xml), "the id " + quoted(id) + " stands twice");
  }
  check_attributes(xml, row.attributes, row.our_attributes);
  const uint16_t inside = read_repetition(xml, row, level, depth);
  const uint16_t index = inside == nothing ? add_draft(xml, row, level, row.kind, row.op) : inside;
  if (row.name.ends_with("Event")) {
    read_event(index);
  } else {
    read_activity(index, inside == nothing ? depth : depth + 1);
  }
}

uint16_t Builder::add_draft(const Xnode& xml, const Element& row, uint16_t level, ActivityKind kind,
                            Op op) {
  const auto index = static_cast<uint16_t>(drafts_.size());
  const std::string id = prefix_ + xml.attribute("id").value();
  Draft& draft = drafts_.emplace_back();
  draft.xml = xml;
  draft.row = &row;
  draft.label = std::string(row.name) + " " + quoted(id);
  draft.prefix = prefix_;
  draft.file = files_.empty() ? 0 : files_.back();
  Node node;
  node.op = op;
  node.level = level;
  Activity activity;
  activity.id = id;
  activity.name = xml.attribute("name").value();
  activity.kind = kind;
  activity.place = xml_.place(xml);
  made_->nodes.push_back(node);
  made_->activities.push_back(std::move(activity));
  return index;
}

// Tasks, gateways and sub-processes.
void Builder::read_activity(uint16_t index, int depth) {
  const Xnode xml = drafts_[index].xml;
  const Element& row = *drafts_[index].row;
  constexpr std::string_view repeats =
      "standardLoopCharacteristics multiInstanceLoopCharacteristics";
  if (row.name == "callActivity") {
    check_children(xml, repeats, row.our_children);
    return read_called(index, depth);
  }
  if (row.kind == ActivityKind::sub_process) return read_sub_process(index, depth);
  const std::string_view own = row.kind == ActivityKind::script_task       ? " script"
                               : row.kind == ActivityKind::complex_gateway ? "activationCondition"
                                                                           : "";
  const bool gateway = row.name.ends_with("Gateway");
  if (!gateway) read_flag(xml, "isForCompensation", false);
  if (read_flag(xml, "instantiate", false) && made_->nodes[index].level != opening_level_) {
    add(kinds::unsupported, place(index),
        drafts_[index].label + " opens no case: it stands inside one");
  }
  check_children(xml, gateway ? std::string(own) : std::string(repeats) + std::string(own),
                 row.our_children);
  Node& node = made_->nodes[index];
  if (row.name == "serviceTask" && our_attribute(xml, "role")) {  // work of another system
    node.op = Op::user_task;
    made_->activities[index].kind = ActivityKind::user_task;
  }
  if (row.name == "receiveTask") {
    node.trigger = Trigger::message;
    read_message(index, xml);
  }
}

bool Builder::read_flag(const Xnode& xml, const char* name, bool otherwise) {
  const Xattribute attribute = xml.attribute(name);
  const std::string_view value = attribute.value();
  if (!attribute) return otherwise;
  if (value != "true" && value != "false") {
    add(kinds::attribute, xml_.place(attribute),
        std::string(name) + "=" + quoted(value) + " is neither true nor false");
  }
  return value == "true";
}

void Builder::read_sub_process(uint16_t index, int depth) {
  const Xnode xml = drafts_[index].xml;
  const Element& row = *drafts_[index].row;
  std::string allowed =
      "standardLoopCharacteristics multiInstanceLoopCharacteristics completionCondition ";
  for (const Xnode& child : xml) {
    const Element* known = find_element(Xml::local(child.name()));
    if (known != nullptr && Xml::in_bpmn(child)) allowed += std::string(known->name) + " ";
  }
  check_children(xml, allowed, row.our_children);
  if (depth >= scope_depth_limit) {
    add(kinds::unsupported, xml_.place(xml), "sub-processes are nested more than 50 deep");
    return;
  }
  Level level;
  level.node = index;
  level.parent = made_->nodes[index].level;
  level.depth = static_cast<uint16_t>(depth + 1);
  level.event = read_flag(xml, "triggeredByEvent", false);
  level.ad_hoc = row.name == "adHocSubProcess";
  level.transaction = row.name == "transaction";
  level.cancel_rest = read_flag(xml, "cancelRemainingInstances", true);
  if (level.event && (level.ad_hoc || level.transaction || made_->levels[level.parent].loop)) {
    add(kinds::unsupported, xml_.place(xml),
        drafts_[index].label + " is started by an event and is not a plain sub-process",
        "put it inside a plain event sub-process");
  }
  if (level.event) {
    made_->nodes[index].op = Op::triggered;
    made_->activities[index].kind = ActivityKind::event_sub_process;
  }
  const auto inner = static_cast<uint16_t>(made_->levels.size());
  made_->nodes[index].inner = inner;
  made_->levels.push_back(level);
  handlers_.emplace_back();
  collect(xml, inner, depth + 1);
}

}  // namespace passerelle::pathway
