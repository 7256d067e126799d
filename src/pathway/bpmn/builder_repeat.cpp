// What is repeated, called, offered or taken back, and events with several triggers: each is made
// of nodes that step() knows.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

using Node_ = pugi::xml_node;

Node_ child_named(const Node_& xml, std::string_view name) {
  for (const Node_& child : xml) {
    if (Xml::local(child.name()) == name && Xml::in_bpmn(child)) return child;
  }
  return {};
}

Node_ repetition_of(const Node_& xml) {
  const Node_ standard = child_named(xml, "standardLoopCharacteristics");
  return standard ? standard : child_named(xml, "multiInstanceLoopCharacteristics");
}

// The name of a data object, property or data input of the file: that of a variable.
std::string data_name(const Node_& root, std::string_view id) {
  const Node_ found = root.find_node(
      [&](const Node_& node) { return !id.empty() && id == node.attribute("id").value(); });
  const std::string name = found.attribute("name").value();
  return name.empty() ? std::string(id) : name;
}

std::string item_name(const Node_& item) {
  const std::string name = item.attribute("name").value();
  return name.empty() ? item.attribute("id").value() : name;
}

bool takes_back(const Node_& xml) {
  return std::string_view(xml.attribute("isForCompensation").value()) == "true";
}

constexpr const char* counter = "loopCounter";
constexpr const char* instances = "numberOfInstances";
constexpr const char* active = "numberOfActiveInstances";
constexpr const char* completed = "numberOfCompletedInstances";
constexpr const char* activation = "activationCount";

}  // namespace

bool Builder::is_handler(uint16_t index) const { return takes_back(drafts_[index].xml); }

bool Builder::opens_cases(uint16_t index) const {
  const std::string_view instantiate = drafts_[index].xml.attribute("instantiate").value();
  return instantiate == "true" && made_->nodes[index].level == opening_level_;
}

// ---- repeated activities ----

// An activity that is repeated is a node of its own around it: flows and boundary events belong to
// that, what is done and recorded to the activity inside. Gives the activity; nothing when it is
// done once.
uint16_t Builder::read_repetition(const Xnode& xml, const Element& row, uint16_t level, int depth) {
  const Xnode characteristics = repetition_of(xml);
  if (!characteristics || row.name.ends_with("Event") || row.name.ends_with("Gateway")) {
    return nothing;
  }
  if (child_named(xml, "standardLoopCharacteristics") &&
      child_named(xml, "multiInstanceLoopCharacteristics")) {
    add(kinds::unsupported, xml_.place(xml), "it is both a loop and done once for each",
        "keep one of the two");
  }
  const uint16_t outer = add_draft(xml, row, level, ActivityKind::repetition, Op::loop);
  made_->activities[outer].part = true;
  drafts_[outer].fields = false;
  Level inside;
  inside.node = outer;
  inside.parent = level;
  inside.depth = static_cast<uint16_t>(depth + 1);
  inside.loop = true;
  const auto inner = static_cast<uint16_t>(made_->levels.size());
  made_->nodes[outer].inner = inner;
  made_->nodes[outer].loop = static_cast<uint16_t>(made_->loops.size());
  made_->levels.push_back(inside);
  handlers_.emplace_back();
  const uint16_t activity = add_draft(xml, row, inner, row.kind, row.op);
  drafts_[activity].part = true;
  made_->levels[inner].start = activity;
  Loop loop;
  loop.multi = Xml::local(characteristics.name()) == "multiInstanceLoopCharacteristics";
  if (loop.multi) {
    check_attributes(characteristics, "isSequential behavior", "list each collect value");
    check_children(characteristics,
                   "loopCardinality loopDataInputRef loopDataOutputRef inputDataItem "
                   "outputDataItem completionCondition",
                   "");
    loop.sequential = read_flag(characteristics, "isSequential", false);
  } else {
    check_attributes(characteristics, "testBefore loopMaximum", "");
    check_children(characteristics, "loopCondition", "");
    loop.test_before = read_flag(characteristics, "testBefore", false);
    const Xattribute most = characteristics.attribute("loopMaximum");
    loop.maximum = most.as_uint();
    if (most && (loop.maximum == 0 || loop.maximum > 10'000)) {
      add(kinds::attribute, xml_.place(most),
          "loopMaximum=" + quoted(most.value()) + " is no whole number from 1 to 10,000");
    }
  }
  made_->loops.push_back(loop);
  return activity;
}

void Builder::bind_repetition(uint16_t index) {
  const Xnode xml = repetition_of(drafts_[index].xml);
  const Node& node = made_->nodes[index];
  Loop& loop = made_->loops[node.loop];
  const std::string& label = drafts_[index].label;
  const auto within = [&](uint16_t level, const Xnode& element, std::string_view what) {
    bound_level_ = level;
    if (element) check_language(element);
    return element ? expression(element.child_value(), what, xml_.place(element)) : nothing;
  };
  if (!loop.multi) {
    const Xnode condition = child_named(xml, "loopCondition");
    loop.condition = within(node.inner, condition, "the loop's condition");
    if (!condition && loop.maximum == 0) {
      add(kinds::missing, xml_.place(xml), label + " is repeated for ever",
          "add <loopCondition>, true as long as it goes on, or loopMaximum");
    }
    return;
  }
  const auto slot_of = [&](const std::string& name) {
    return name.empty() ? nothing : static_cast<uint16_t>(made_->variables.find(name));
  };
  const Xattribute list = our_attribute(xml, "list");
  const Xnode input = child_named(xml, "loopDataInputRef");
  const Xnode count = child_named(xml, "loopCardinality");
  if (list) {
    bound_level_ = node.level;
    loop.list = attribute_expression(xml, "list");
  } else if (input) {
    const std::string name = data_name(root_of(xml), trim(input.child_value()));
    bound_level_ = node.level;
    loop.list = made_->variables.find(name) < 0
                    ? nothing
                    : expression(made_->variables.list[slot_of(name)].name.c_str(), "the list",
                                 xml_.place(input));
    if (loop.list == nothing) {
      add(kinds::dangling, xml_.place(input), "nothing sets the variable " + quoted(name),
          "name a data object after the variable, or write p:list");
    }
  } else {
    loop.count = within(node.level, count, "how often");
  }
  if ((list ? 1 : 0) + (input ? 1 : 0) + (count ? 1 : 0) != 1) {
    add(kinds::missing, xml_.place(xml),
        label + " does not say " + (list || input || count ? "once " : "") +
            "for how many it is done",
        "write p:list=\"...\" (FEEL, a list), or <loopCardinality> with a number");
  }
  loop.each = slot_of(our_attribute(xml, "each") ? our_text(xml, "each")
                                                 : item_name(child_named(xml, "inputDataItem")));
  loop.condition = within(node.inner, child_named(xml, "completionCondition"), "the condition");
  const Xnode output = child_named(xml, "loopDataOutputRef");
  const Xattribute collect = our_attribute(xml, "collect");
  if (collect || output) {
    loop.collect = slot_of(collect ? our_text(xml, "collect")
                                   : data_name(root_of(xml), trim(output.child_value())));
    bound_level_ = node.inner;
    const std::string result = our_text(drafts_[index].xml, "result");
    const std::string item = item_name(child_named(xml, "outputDataItem"));
    const std::string& name = item.empty() ? result : item;
    if (our_attribute(xml, "value")) {
      loop.value = attribute_expression(xml, "value");
    } else if (!name.empty()) {
      loop.value = expression(made_->variables.list[slot_of(name)].name.c_str(), "the result",
                              xml_.place(xml));
    } else {
      add(kinds::missing, xml_.place(xml), label + " collects results and says not which",
          "write p:value=\"...\" (FEEL), or give the task a p:result");
    }
  } else if (our_attribute(xml, "value")) {
    add(kinds::missing, xml_.place(xml), label + " keeps its results nowhere",
        "name a variable by p:collect");
  }
}

// ---- variables that a scope has for itself ----

// The called process that the level lies in; 0: the process itself.
uint16_t Builder::call_level(uint16_t level) const {
  while (level != 0 && !made_->levels[level].call) level = made_->levels[level].parent;
  return level;
}

// 'case start' and 'patient' belong to the case: no scope has them for itself, and nothing sets
// when the case began.
void Builder::check_settable(const std::string& name, const Place& place, bool local) {
  if (name == "case start" || (local && name == "patient")) {
    add(kinds::attribute, place, quoted(name) + " cannot be set", "choose another name");
  }
}

void Builder::declare_local(uint16_t level, const std::string& name) {
  if (name.empty()) return;
  write_variable(name, nullptr, true);
  locals_[level].insert(name);
}

void Builder::declare_locals() {
  bool repeats = false, counts = false;
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    const Node& node = made_->nodes[index];
    const Xnode xml = drafts_[index].xml;
    const uint16_t call = call_level(node.level);
    counts = counts || node.op == Op::complex;
    if (node.op == Op::loop) {
      repeats = true;
      declare_local(node.inner, counter);
      if (!made_->loops[node.loop].multi) continue;
      for (const char* name : {instances, active, completed}) declare_local(node.inner, name);
      const Xnode how = repetition_of(xml);
      check_settable(our_text(how, "each"), xml_.place(how), true);
      check_settable(item_name(child_named(how, "inputDataItem")), xml_.place(how), true);
      check_settable(item_name(child_named(how, "outputDataItem")), xml_.place(how), true);
      declare_local(node.inner, our_text(how, "each"));
      declare_local(node.inner, item_name(child_named(how, "inputDataItem")));
      declare_local(node.inner, item_name(child_named(how, "outputDataItem")));
      std::string into = our_text(how, "collect");
      if (const Xnode output = child_named(how, "loopDataOutputRef"); output && into.empty()) {
        into = data_name(root_of(xml), trim(output.child_value()));
      }
      check_settable(into, xml_.place(how), false);
      if (into.empty()) continue;
      check_settable(our_text(xml, "result"), xml_.place(xml), true);
      write_variable(into, nullptr, true);
      if (call != 0) locals_[call].insert(into);
      declare_local(node.inner, our_text(xml, "result"));
      continue;
    }
    if (call != 0 && node.op != Op::loop) {
      const std::string result = our_text(xml, "result");
      const bool collected = locals_[node.level].count(result) != 0;
      if (!result.empty() && !collected) locals_[call].insert(result);
      for (const Xnode& set : ours(xml, "set")) {
        const std::string name(trim(set.attribute("variable").value()));
        if (!name.empty() && locals_[node.level].count(name) == 0) locals_[call].insert(name);
      }
    }
    if (node.inner == nothing) continue;
    for (const Xnode& local : ours(xml, "local")) {
      const std::string name(trim(local.attribute("name").value()));
      if (name.empty()) add(kinds::missing, xml_.place(local), "<p:local> has no name");
      check_settable(name, xml_.place(local), true);
      if (node.op == Op::triggered) {
        add(kinds::unsupported, xml_.place(local),
            drafts_[index].label + " is started by an event and has no variables of its own",
            "put a sub-process with the variable inside");
      }
      declare_local(node.inner, name);
    }
    for (const Xnode& in : ours(xml, "in")) {
      const std::string name(trim(in.attribute("variable").value()));
      if (name.empty()) add(kinds::missing, xml_.place(in), "<p:in> names no variable");
      declare_local(node.inner, name);
    }
    for (const Xnode& out : ours(xml, "out")) {
      const std::string name(trim(out.attribute("variable").value()));
      if (name.empty()) add(kinds::missing, xml_.place(out), "<p:out> names no variable");
      write_variable(name, nullptr, true);
      if (call != 0 && !name.empty()) locals_[call].insert(name);
    }
    const auto called = called_.find(node.inner);
    if (called == called_.end()) continue;
    for (const Xnode& variable : ours(called->second, "variable")) {
      declare_local(node.inner, std::string(trim(variable.attribute("name").value())));
    }
  }
  const auto slot = [&](const char* name) {
    return static_cast<uint16_t>(made_->variables.add(name));
  };
  if (repeats) {
    InstanceSlots& slots = made_->instance;
    slots.counter = slot(counter);
    slots.instances = slot(instances);
    slots.active = slot(active);
    slots.completed = slot(completed);
  }
  if (counts) made_->instance.activation = slot(activation);
  for (const auto& [level, names] : locals_) {
    Slice& locals = made_->levels[level].locals;
    locals = {static_cast<uint32_t>(made_->locals.size()), 0};
    for (const std::string& name : names) {
      const int at = made_->variables.find(name);
      if (at <= variable_patient) continue;  // 'case start' and 'patient' are everybody's
      made_->locals.push_back(static_cast<uint16_t>(at));
      ++locals.count;
    }
  }
}

// An expression in a called process reads its own variables only.
void Builder::check_visible(const feel::Expression& expression, const char* text) {
  const uint16_t call = call_level(bound_level_);
  if (call == 0) return;
  for (const std::string& path : expression.names_used()) {
    std::string_view name;  // the longest variable that the path starts with
    for (const auto& known : made_->variables.list) {
      const bool starts = path.compare(0, known.name.size(), known.name) == 0 &&
                          (path.size() == known.name.size() || path[known.name.size()] == '.');
      if (starts && known.name.size() > name.size()) name = known.name;
    }
    if (name.empty() || name == "case start" || name == "patient" || name == activation) continue;
    bool seen = false;
    for (uint16_t level = bound_level_;; level = made_->levels[level].parent) {
      seen = seen || locals_[level].count(std::string(name)) != 0;
      if (level == call) break;
    }
    if (seen) continue;
    add(kinds::expression, xml_.place_in(text, 0),
        quoted(name) + " is a variable of the process that calls, not of the one called",
        "give it by <p:in variable=" + quoted(name) + ">");
  }
}

// What goes into a sub-process and what comes out of it.
void Builder::bind_mappings(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  Node& node = made_->nodes[index];
  if (node.inner == nothing || node.op == Op::loop) return;
  const auto map = [&](const char* name, uint16_t level) {
    Slice made{static_cast<uint32_t>(made_->assignments.size()), 0};
    bound_level_ = level;
    for (const Xnode& element : ours(xml, name)) {
      const std::string variable(trim(element.attribute("variable").value()));
      const int slot = made_->variables.find(variable);
      if (slot <= variable_patient) {
        if (slot >= 0) {
          add(kinds::attribute, xml_.place(element), quoted(variable) + " cannot be set");
        }
        continue;
      }
      made_->assignments.push_back(
          {static_cast<uint16_t>(slot),
           expression(element.child_value(), variable, xml_.place(element))});
      ++made.count;
    }
    return made;
  };
  if (node.op == Op::triggered && !ours(xml, "in").empty()) {
    add(kinds::attribute, place(index),
        drafts_[index].label + " is given nothing: an event starts it");
    return;
  }
  node.gives = map("in", node.level);
  node.takes = map("out", node.inner);
  bound_level_ = node.level;
}

// ---- conditions ----

void Builder::bind_condition(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  Node& node = made_->nodes[index];
  const auto bind = [&](const Xnode& parent, std::string_view name, std::string_view help) {
    const Xnode condition = child_named(parent, name);
    if (condition) {
      check_language(condition);
      return expression(condition.child_value(), name, xml_.place(condition));
    }
    if (!help.empty()) {
      add(kinds::missing, place(index), drafts_[index].label + " has no condition",
          std::string(help));
    }
    return nothing;
  };
  if (node.trigger == Trigger::condition) {
    node.condition = bind(drafts_[index].definition, "condition",
                          "add <condition>, a FEEL expression that becomes true");
  }
  if (node.op == Op::complex && node.arrivals > 1) {
    node.condition =
        bind(xml, "activationCondition", "add <activationCondition>, e.g. activationCount >= 2");
  }
  if (node.op == Op::complex && node.arrivals <= 1 && child_named(xml, "activationCondition")) {
    add(kinds::unsupported, place(index),
        drafts_[index].label + " has an activationCondition and fewer than two ways in",
        "remove the condition, or draw what it waits for");
  }
  if (node.inner != nothing && node.op != Op::loop && made_->levels[node.inner].ad_hoc) {
    bound_level_ = node.inner;
    made_->levels[node.inner].done = bind(xml, "completionCondition", "");
    bound_level_ = node.level;
  } else if (node.op != Op::loop && child_named(xml, "completionCondition")) {
    add(kinds::unsupported, place(index), drafts_[index].label + " has a completionCondition",
        "only ad-hoc sub-processes have one");
  }
  for (const Xnode& again : ours(xml, "again")) {
    if (node.op == Op::loop) continue;
    if (!made_->levels[node.level].ad_hoc) {
      add(kinds::attribute, xml_.place(again),
          drafts_[index].label + " stands in no ad-hoc sub-process: <p:again> means nothing",
          "draw a loop");
    } else {
      node.again = expression(again.child_value(), "p:again", xml_.place(again));
    }
  }
}

// What nothing leads to is offered as soon as its ad-hoc sub-process begins.
void Builder::link_offers() {
  for (uint16_t l = 1; l < made_->levels.size(); ++l) {
    Level& level = made_->levels[l];
    if (!level.ad_hoc) continue;
    level.offered = {static_cast<uint32_t>(made_->attached.size()), 0};
    for (uint16_t index = 0; index < drafts_.size(); ++index) {
      const Node& node = made_->nodes[index];
      const bool starts = node.level == l && node.arrivals == 0 && node.op != Op::triggered &&
                          !drafts_[index].part && !is_handler(index);
      if (!starts) continue;
      made_->attached.push_back(index);
      ++level.offered.count;
    }
    if (level.offered.count == 0) {
      add(kinds::missing, place(level.node), drafts_[level.node].label + " offers nothing",
          "draw the tasks that may be done in it");
    }
  }
}

// ---- compensation ----

void Builder::link_compensation() {
  std::set<uint16_t> used;
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    const Node& node = made_->nodes[index];
    const std::string& label = drafts_[index].label;
    if (node.boundary && node.trigger == Trigger::compensation && node.host != nothing) {
      uint16_t handler = nothing;
      const std::string_view id = drafts_[index].xml.attribute("id").value();
      for (const Xnode& part : drafts_[index].xml.parent()) {
        if (Xml::local(part.name()) != "association" || !Xml::in_bpmn(part)) continue;
        if (id != part.attribute("sourceRef").value()) continue;
        const auto found = by_id_.find(drafts_[index].prefix + part.attribute("targetRef").value());
        if (found != by_id_.end()) handler = found->second;
      }
      if (handler == nothing || !is_handler(handler) || made_->nodes[handler].level != node.level) {
        add(kinds::missing, place(index), label + " leads to nothing that takes back",
            "draw an association to an activity with isForCompensation=\"true\"");
        continue;
      }
      made_->nodes[node.host].undo = handler;
      used.insert(handler);
    }
    if (node.op == Op::cancel) {
      const uint16_t host = made_->levels[node.level].node;
      const auto cancels = [&](uint16_t boundary) {
        return made_->nodes[boundary].trigger == Trigger::cancel;
      };
      const bool caught =
          host == nothing || std::any_of(attached_[host].begin(), attached_[host].end(), cancels);
      // A repeated transaction carries its boundary events around all of its instances.
      if (!caught) {
        add(kinds::missing, place(index),
            label + " cancels a transaction that says not what then happens",
            "attach a boundary event with a cancel definition to the transaction");
      }
    }
  }
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    Node& node = made_->nodes[index];
    made_->undoes = made_->undoes || node.undo != nothing || node.op == Op::cancel;
    if (is_handler(index) && !drafts_[index].part && used.count(index) == 0) {
      add(kinds::flow, place(index), "nothing asks " + drafts_[index].label + " to take back",
          "draw an association from a compensation event at the border of what it takes back");
    }
    if (node.op != Op::compensate) continue;
    const Xattribute reference = drafts_[index].definition.attribute("activityRef");
    if (!reference) continue;
    const auto found =
        by_id_.find(drafts_[index].prefix + std::string(Xml::local(trim(reference.value()))));
    const bool can = found != by_id_.end() && (made_->nodes[found->second].undo != nothing ||
                                               made_->nodes[found->second].inner != nothing);
    if (can) {
      node.undone = found->second;
    } else {
      add(kinds::dangling, xml_.place(reference),
          drafts_[index].label + " takes back " + quoted(reference.value()) +
              ", for which nothing is drawn",
          "attach a compensation event to it");
    }
  }
}

// An event sub-process that begins by a compensation: it takes back the sub-process that it stands
// in, once that is completed (10.7.3).
void Builder::link_taking_back(uint16_t start) {
  Level& around = made_->levels[made_->levels[made_->nodes[start].level].parent];
  const std::string& label = drafts_[made_->nodes[start].host].label;
  if (around.node == nothing || around.event) {
    add(kinds::unsupported, place(start),
        label + " takes back " + (around.event ? "an event sub-process" : "the whole process") +
            ", which nothing asks for once it is completed",
        "put what can be taken back into a sub-process, with the event sub-process inside");
  } else if (around.takes_back != nothing || made_->nodes[around.node].undo != nothing) {
    add(kinds::unsupported, place(start),
        label + " takes back what something else takes back already", "keep one of the two");
  } else {
    around.takes_back = start;
    made_->undoes = true;
  }
}

// ---- events with several triggers, and links ----

void Builder::link_together() {
  for (const Multiple& multiple : multiples_) {
    if (!multiple.together) continue;
    const Slice together{static_cast<uint32_t>(made_->attached.size()),
                         static_cast<uint32_t>(multiple.parts.size())};
    for (const uint16_t part : multiple.parts) {
      made_->attached.push_back(part);
      made_->nodes[part].together = together;
      made_->nodes[part].gathers = true;
    }
    made_->remembers = true;
  }
}

void Builder::rewire_multiples() {
  const auto flow = [&](uint16_t source, uint16_t target) {
    flows_.push_back({drafts_[source].xml, made_->nodes[source].level, source, target, {}});
  };
  const auto move_flows = [&](uint16_t from, uint16_t to) {
    for (DraftFlow& each : flows_) {
      if (each.source == from) each.source = to;
    }
  };
  for (const Multiple& multiple : multiples_) {
    const auto& parts = multiple.parts;
    switch (multiple.kind) {
      case Multiple::Kind::any:
        move_flows(multiple.whole, parts.front());
        for (const uint16_t part : parts) flow(multiple.whole, part);
        break;
      case Multiple::Kind::all:
        move_flows(multiple.whole, multiple.last);
        for (const uint16_t part : parts) {
          flow(multiple.whole, part);
          flow(part, multiple.join);
        }
        flow(multiple.join, multiple.last);
        break;
      case Multiple::Kind::in_turn:
        move_flows(multiple.whole, parts.back());
        for (size_t i = 1; i < parts.size(); ++i) flow(parts[i - 1], parts[i]);
        break;
      case Multiple::Kind::beside:
        break;
    }
  }
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    const bool link = made_->activities[index].kind == ActivityKind::link_event;
    if (!link || drafts_[index].row->name != "intermediateThrowEvent") continue;
    const std::string_view name = drafts_[index].definition.attribute("name").value();
    std::vector<uint16_t> targets;
    for (uint16_t other = 0; other < drafts_.size(); ++other) {
      if (made_->activities[other].kind == ActivityKind::link_event &&
          drafts_[other].row->name == "intermediateCatchEvent" &&
          made_->nodes[other].level == made_->nodes[index].level &&
          name == drafts_[other].definition.attribute("name").value()) {
        targets.push_back(other);
      }
    }
    if (targets.size() == 1 && !name.empty()) {
      flow(index, targets.front());
    } else {
      add(kinds::dangling, place(index),
          drafts_[index].label + " links to " + quoted(name) + ", and " +
              (targets.empty() ? "no" : "more than one") +
              " event beside it is that link's target");
    }
  }
}

// A decision in a called process reads its inputs there, too.
void Builder::check_inputs(const dmn::Model& model, const std::string& decision,
                           const Place& place) {
  const uint16_t call = call_level(bound_level_);
  const dmn::Item* item = model.decision(decision);
  if (call == 0 || item == nullptr) return;
  for (const std::string& input : item->required_inputs) {
    bool seen = input == "case start" || input == "patient";
    for (uint16_t level = bound_level_;; level = made_->levels[level].parent) {
      seen = seen || locals_[level].count(input) != 0;
      if (level == call) break;
    }
    if (seen) continue;
    add(kinds::expression, place,
        "the decision " + quoted(decision) + " reads " + quoted(input) +
            ", which the called process does not have",
        "give it by <p:in variable=" + quoted(input) + ">");
  }
  for (const std::string& other : item->required_decisions) {
    if (other != decision) check_inputs(model, other, place);
  }
}

// Any of the parts goes on as the whole would.
void Builder::share_flows() {
  for (const Multiple& multiple : multiples_) {
    if (multiple.kind == Multiple::Kind::any || multiple.kind == Multiple::Kind::beside) {
      for (const uint16_t part : multiple.parts) {
        made_->nodes[part].out = made_->nodes[multiple.parts.front()].out;
      }
    }
  }
}

}  // namespace passerelle::pathway
