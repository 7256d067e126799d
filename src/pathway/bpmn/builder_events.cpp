// Which kind of event an element is, and what triggers it.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

constexpr std::string_view definition_names =
    "timerEventDefinition messageEventDefinition escalationEventDefinition "
    "terminateEventDefinition signalEventDefinition errorEventDefinition "
    "conditionalEventDefinition compensateEventDefinition cancelEventDefinition "
    "linkEventDefinition";

std::string_view trigger_name(std::string_view element) {
  element.remove_suffix(std::min(element.size(), std::string_view("EventDefinition").size()));
  return element;
}

Trigger trigger_of(std::string_view name) {
  if (name == "timer") return Trigger::timer;
  if (name == "message") return Trigger::message;
  if (name == "escalation") return Trigger::escalation;
  if (name == "signal") return Trigger::signal;
  if (name == "error") return Trigger::error;
  if (name == "conditional") return Trigger::condition;
  if (name == "compensate") return Trigger::compensation;
  if (name == "cancel") return Trigger::cancel;
  return Trigger::none;
}

}  // namespace

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
  check_children(xml, definition_names, drafts_[index].row->our_children);
  std::erase_if(definitions, [](const Xnode& definition) {  // told by check_children
    return !is_listed(definition_names, Xml::local(definition.name()));
  });
  if (definitions.size() > 1) return read_triggers(index, definitions);
  read_flag(xml, "parallelMultiple", false);
  if (!definitions.empty()) drafts_[index].definition = definitions.front();
  read_trigger(index);
}

// One node for each definition; what they have in common is drawn between them by
// rewire_multiples().
void Builder::read_triggers(uint16_t index, const std::vector<Xnode>& definitions) {
  const Xnode xml = drafts_[index].xml;
  const Element& row = *drafts_[index].row;
  const uint16_t level = made_->nodes[index].level;
  const bool all = read_flag(xml, "parallelMultiple", false);
  const bool throws = row.name == "intermediateThrowEvent" || row.name == "endEvent";
  const bool catches = row.name == "intermediateCatchEvent";
  if (all && row.name == "startEvent" && !made_->levels[level].event) {
    add(kinds::unsupported, place(index),
        drafts_[index].label + " waits for all of its triggers before there is a case",
        "open the case by the first message, and wait for the others in the flow");
  }
  for (size_t i = 0; all && !catches && i < definitions.size(); ++i) {
    const std::string_view name = trigger_name(Xml::local(definitions[i].name()));
    if (name != "error" && name != "cancel" && name != "compensate") continue;
    add(kinds::unsupported, xml_.place(definitions[i]),
        drafts_[index].label + ": whoever throws the " + std::string(name) +
            " does not wait until the other triggers have come",
        "draw an event of its own for it");
  }
  if (definitions.size() > 100) {
    add(kinds::unsupported, place(index), drafts_[index].label + " has more than 100 definitions");
    return;
  }
  for (size_t i = 0; throws && i + 1 < definitions.size(); ++i) {
    const std::string_view name = trigger_name(Xml::local(definitions[i].name()));
    if (name != "terminate" && name != "error" && name != "cancel") continue;
    add(kinds::unsupported, xml_.place(definitions[i]),
        drafts_[index].label + ": nothing is thrown after " + std::string(name),
        "write it as the last definition");
  }
  Multiple multiple;
  multiple.whole = index;
  multiple.kind = throws     ? Multiple::Kind::in_turn
                  : !catches ? Multiple::Kind::beside
                  : all      ? Multiple::Kind::all
                             : Multiple::Kind::any;
  multiple.together = all && multiple.kind == Multiple::Kind::beside;
  const auto part = [&](ActivityKind kind, Op op) {
    const uint16_t made = add_draft(xml, row, level, kind, op);
    drafts_[made].part = true;
    made_->activities[made].part = true;
    return made;
  };
  for (size_t i = 0; i < definitions.size(); ++i) {
    const bool whole = i == 0 && !catches;  // then the element's own node is the first of them
    const uint16_t made = whole ? index : part(row.kind, row.op);
    drafts_[made].definition = definitions[i];
    drafts_[made].waited = !throws;
    drafts_[made].fields = catches ? !all : !throws || i + 1 == definitions.size();
    read_trigger(made);
    multiple.parts.push_back(made);
  }
  if (catches) {
    made_->nodes[index].op = all ? Op::parallel : Op::event_gateway;
    made_->activities[index].kind = made_->activities[multiple.parts.front()].kind;
    drafts_[index].fields = false;
    drafts_[index].waited = true;
  }
  if (multiple.kind == Multiple::Kind::all) {
    multiple.join = part(ActivityKind::parallel_gateway, Op::parallel);
    multiple.last = part(ActivityKind::none_event, Op::pass);
    drafts_[multiple.join].fields = false;
  }
  multiples_.push_back(std::move(multiple));
}

void Builder::read_trigger(uint16_t index) {
  const Xnode definition = drafts_[index].definition;
  const std::string_view trigger = trigger_name(Xml::local(definition.name()));
  if (resolve_trigger(index, trigger)) return read_definition(index, trigger);
  if (trigger.empty()) {
    add(kinds::unsupported, place(index), drafts_[index].label + " needs an event definition here",
        "say what triggers it: a timer or a message");
  } else {
    add(kinds::unsupported, xml_.place(definition),
        drafts_[index].label + " cannot have a " + std::string(trigger) + " definition here");
  }
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
      {"endEvent", "message", Kind::send_task, Op::send_task},
      {"endEvent", "signal", Kind::signal_throw, Op::throw_signal},
      {"endEvent", "error", Kind::error_end, Op::throw_error},
      {"endEvent", "compensate", Kind::compensation_event, Op::compensate},
      {"endEvent", "cancel", Kind::cancel_end, Op::cancel},
      {"intermediateCatchEvent", "timer", Kind::timer_event, Op::timer},
      {"intermediateCatchEvent", "message", Kind::message_event, Op::message},
      {"intermediateCatchEvent", "signal", Kind::signal_event, Op::message},
      {"intermediateCatchEvent", "conditional", Kind::conditional_event, Op::condition},
      {"intermediateCatchEvent", "link", Kind::link_event, Op::pass},
      {"intermediateThrowEvent", "", Kind::none_event, Op::pass},
      {"intermediateThrowEvent", "escalation", Kind::escalation_event, Op::throw_escalation},
      {"intermediateThrowEvent", "message", Kind::send_task, Op::send_task},
      {"intermediateThrowEvent", "signal", Kind::signal_throw, Op::throw_signal},
      {"intermediateThrowEvent", "compensate", Kind::compensation_event, Op::compensate},
      {"intermediateThrowEvent", "link", Kind::link_event, Op::pass},
      {"boundaryEvent", "timer", Kind::boundary_timer, Op::triggered},
      {"boundaryEvent", "message", Kind::boundary_message, Op::triggered},
      {"boundaryEvent", "escalation", Kind::boundary_escalation, Op::triggered},
      {"boundaryEvent", "signal", Kind::boundary_signal, Op::triggered},
      {"boundaryEvent", "error", Kind::boundary_error, Op::triggered},
      {"boundaryEvent", "conditional", Kind::boundary_condition, Op::triggered},
      {"boundaryEvent", "compensate", Kind::boundary_compensation, Op::triggered},
      {"boundaryEvent", "cancel", Kind::boundary_cancel, Op::triggered},
  };
  Node& node = made_->nodes[index];
  if (drafts_[index].row->kind == ActivityKind::start_event) {
    const Level& level = made_->levels[node.level];
    node.trigger = trigger_of(trigger);
    if (level.event) {
      node.op = Op::triggered;
      node.host = level.node;
      return node.trigger != Trigger::none && node.trigger != Trigger::cancel;
    }
    if (trigger.empty()) return true;
    const bool starts = node.trigger == Trigger::message || node.trigger == Trigger::signal ||
                        node.trigger == Trigger::timer;
    if (node.level == opening_level_) return starts;  // opens cases
    node.op = Op::triggered;
    node.host = level.node;
    return level.pool && (starts || node.trigger == Trigger::condition);
  }
  for (const Row& row : rows) {
    if (row.element != drafts_[index].row->name || row.trigger != trigger) continue;
    node.op = row.op;
    made_->activities[index].kind = row.kind;
    node.boundary = row.element == "boundaryEvent";
    const bool throws = row.element == "endEvent" || row.element == "intermediateThrowEvent";
    node.trigger = throws ? Trigger::none : trigger_of(trigger);
    return true;
  }
  return false;
}

uint16_t Builder::code_number(std::string_view prefix, std::string_view code) {
  const std::string key = std::string(prefix) + std::string(code);
  auto& codes = made_->codes;
  auto found = std::find(codes.begin(), codes.end(), key);
  if (found == codes.end()) found = codes.insert(codes.end(), key);
  return static_cast<uint16_t>(found - codes.begin());
}

// The message that an element waits for.
void Builder::read_message(uint16_t index, const Xnode& element) {
  const Xnode message = referred(element, element.attribute("messageRef").value(), "message");
  const std::string name = message.attribute("name").value();
  if (name.empty()) {
    add(kinds::dangling, xml_.place(element),
        drafts_[index].label + " names no <message> with a name");
    return;
  }
  made_->activities[index].message = name;
  made_->nodes[index].message = made_->names.intern(name);
}

void Builder::read_definition(uint16_t index, std::string_view trigger) {
  const Xnode xml = drafts_[index].xml;
  const Xnode definition = drafts_[index].definition;
  Node& node = made_->nodes[index];
  node.interrupting = read_flag(xml, node.boundary ? "cancelActivity" : "isInterrupting", true);
  if (made_->levels[node.level].pool) node.interrupting = false;  // it begins beside the others
  const bool catches = node.trigger != Trigger::none;
  const auto check = [&](std::string_view attributes, std::string_view children) {
    check_attributes(definition, attributes, "");
    check_children(definition, children, "");
  };
  if (!node.interrupting && (trigger == "error" || trigger == "cancel")) {
    add(kinds::attribute, place(index),
        drafts_[index].label + ": an " + std::string(trigger) + " always interrupts");
    node.interrupting = true;
  }
  if (trigger == "timer") {
    check("", "timeDuration timeDate timeCycle");
  } else if (trigger == "message") {
    check("messageRef operationRef", "");
    if (catches) read_message(index, definition);
  } else if (trigger == "signal") {
    check("signalRef", "");
    const Xnode signal = referred(definition, definition.attribute("signalRef").value(), "signal");
    const std::string name = signal.attribute("name").value();
    if (name.empty()) {
      add(kinds::dangling, xml_.place(definition),
          drafts_[index].label + " names no <signal> with a name");
      return;
    }
    const std::string reach = our_text(signal, "reach");
    node.announces = !catches && reach == "site";
    if (catches || node.announces) made_->activities[index].message = name;
    if (!reach.empty() && reach != "site" && reach != "case") {
      add(kinds::attribute, xml_.place(our_attribute(signal, "reach")),
          "a signal reaches its own case or the whole site, not " + quoted(reach),
          "write p:reach=\"site\", or nothing");
    }
    node.message = made_->names.intern(name);
  } else if (trigger == "conditional") {
    check("", "condition");
  } else if (trigger == "compensate") {
    const bool starts = drafts_[index].row->kind == ActivityKind::start_event;
    check(starts ? "waitForCompletion" : "activityRef waitForCompletion", "");
  } else if (trigger == "link") {
    check("name", "source target");
  } else if (trigger == "cancel") {
    check("", "");
    if (!node.boundary && !made_->levels[node.level].transaction) {
      add(kinds::unsupported, xml_.place(definition),
          drafts_[index].label + " cancels no transaction: it stands in none");
    }
  } else if (trigger == "escalation" || trigger == "error") {
    const bool error = trigger == "error";
    const char* attribute = error ? "errorRef" : "escalationRef";
    check(attribute, "");
    const std::string_view reference = definition.attribute(attribute).value();
    const Xnode thrown = referred(definition, reference, trigger);
    const std::string code = thrown.attribute(error ? "errorCode" : "escalationCode").value();
    if (catches && reference.empty()) return;  // catches all
    if (code.empty()) {
      add(kinds::dangling, xml_.place(definition),
          drafts_[index].label + " names no <" + std::string(trigger) + "> with an " +
              (error ? "errorCode" : "escalationCode"));
      return;
    }
    node.code = code_number(error ? error_code_prefix : std::string_view(), code);
  }
}

}  // namespace passerelle::pathway
