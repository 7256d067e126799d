// Which kind of event an element is, and what triggers it.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {}  // namespace

void Builder::read_event(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  std::vector<Xnode> definitions;
  for (const Xnode& child : xml) {
    const std::string_view name = Xml::local(child.name());
    if (Xml::in_bpmn(child) &&
        (name.ends_with("EventDefinition") || name == "eventDefinitionRef")) {
      definitions.push_back(child);
    }
  }
  check_children(xml,
                 "timerEventDefinition messageEventDefinition escalationEventDefinition "
                 "terminateEventDefinition",
                 drafts_[index].row->our_children);
  if (definitions.size() > 1) {
    add(kinds::unsupported, xml_.place(definitions[1]),
        drafts_[index].label + " has several event definitions", "draw one event for each");
  }
  std::string_view trigger;
  if (!definitions.empty()) {
    drafts_[index].definition = definitions.front();
    trigger = Xml::local(definitions.front().name());
    trigger.remove_suffix(std::min(trigger.size(), std::string_view("EventDefinition").size()));
  }
  if (!resolve_trigger(index, trigger)) {
    if (trigger.empty() || definitions.empty()) {
      add(kinds::unsupported, place(index),
          drafts_[index].label + " needs an event definition here",
          "say what triggers it: a timer or a message");
    } else {
      add(kinds::unsupported, xml_.place(definitions.front()),
          drafts_[index].label + " cannot have a " + std::string(trigger) + " definition here");
    }
    return;
  }
  read_definition(index, trigger);
}

// Which kind of event it is, by element, place and trigger; false when there is none such.
bool Builder::resolve_trigger(uint16_t index, std::string_view trigger) {
  struct Row {
    std::string_view element, trigger;
    ActivityKind kind;
    Op op;
  };
  using Kind = ActivityKind;
  static constexpr Row rows[] = {
      {"endEvent", "", Kind::end_event, Op::end},
      {"endEvent", "terminate", Kind::terminate_event, Op::terminate},
      {"endEvent", "escalation", Kind::escalation_end, Op::end_escalation},
      {"intermediateCatchEvent", "timer", Kind::timer_event, Op::timer},
      {"intermediateCatchEvent", "message", Kind::message_event, Op::message},
      {"intermediateThrowEvent", "", Kind::none_event, Op::pass},
      {"intermediateThrowEvent", "escalation", Kind::escalation_event, Op::throw_escalation},
      {"boundaryEvent", "timer", Kind::boundary_timer, Op::triggered},
      {"boundaryEvent", "message", Kind::boundary_message, Op::triggered},
      {"boundaryEvent", "escalation", Kind::boundary_escalation, Op::triggered},
  };
  Node& node = made_->nodes[index];
  if (trigger == "timer") node.trigger = Trigger::timer;
  if (trigger == "message") node.trigger = Trigger::message;
  if (trigger == "escalation") node.trigger = Trigger::escalation;
  if (drafts_[index].row->kind == ActivityKind::start_event) {
    const Level& level = made_->levels[node.level];
    if (level.event) {
      node.op = Op::triggered;
      node.host = level.node;
      return node.trigger != Trigger::none;
    }
    return trigger.empty() || (node.level == 0 && trigger == "message");
  }
  for (const Row& row : rows) {
    if (row.element != drafts_[index].row->name || row.trigger != trigger) continue;
    node.op = row.op;
    made_->activities[index].kind = row.kind;
    node.boundary = row.element == "boundaryEvent";
    return true;
  }
  return false;
}

void Builder::read_definition(uint16_t index, std::string_view trigger) {
  const Xnode xml = drafts_[index].xml;
  const Xnode definition = drafts_[index].definition;
  Node& node = made_->nodes[index];
  const std::string_view interrupting =
      xml.attribute(node.boundary ? "cancelActivity" : "isInterrupting").value();
  if (!interrupting.empty() && interrupting != "true" && interrupting != "false") {
    add(kinds::attribute, place(index), quoted(interrupting) + " is neither true nor false");
  }
  node.interrupting = interrupting != "false";
  if (trigger == "timer") {
    check_attributes(definition, "", "");
    check_children(definition, "timeDuration timeDate", "");
  } else if (trigger == "message") {
    check_attributes(definition, "messageRef", "");
    check_children(definition, "", "");
    const Xnode message = referred(definition.attribute("messageRef").value(), "message");
    const std::string name = message.attribute("name").value();
    if (name.empty()) {
      add(kinds::dangling, xml_.place(definition),
          drafts_[index].label + " names no <message> with a name");
      return;
    }
    made_->activities[index].message = name;
    node.message = made_->names.intern(name);
  } else if (trigger == "escalation") {
    check_attributes(definition, "escalationRef", "");
    check_children(definition, "", "");
    const std::string_view reference = definition.attribute("escalationRef").value();
    const Xnode escalation = referred(reference, "escalation");
    const std::string code = escalation.attribute("escalationCode").value();
    const bool catches = node.op == Op::triggered;
    if (catches && reference.empty()) return;  // catches all
    if (code.empty()) {
      add(kinds::dangling, xml_.place(definition),
          drafts_[index].label + " names no <escalation> with an escalationCode");
      return;
    }
    auto& codes = made_->codes;
    auto found = std::find(codes.begin(), codes.end(), code);
    if (found == codes.end()) found = codes.insert(codes.end(), code);
    node.code = static_cast<uint16_t>(found - codes.begin());
  }
}

}  // namespace passerelle::pathway
