// Several processes of one file that are executed together, and the messages between them: a case
// is one instance of their collaboration (BPMN 2.0.2, 9). Each process is a scope of the case.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

constexpr size_t message_flow_limit = 2'000;

constexpr Element pool_row{"process", Tag::flow_node, ActivityKind::sub_process, Op::sub_process};

bool has_plain_start(const pugi::xml_node& process) {
  for (const pugi::xml_node& child : process) {
    if (Xml::local(child.name()) != "startEvent" || !Xml::in_bpmn(child)) continue;
    const bool triggered = std::any_of(child.begin(), child.end(), [](const auto& part) {
      return Xml::local(part.name()).ends_with("EventDefinition");
    });
    if (!triggered) return true;
  }
  return false;
}

}  // namespace

std::vector<Builder::Xnode> Builder::message_flow_elements() const {
  std::vector<Xnode> found;
  for (const Xnode& child : xml_.root()) {
    if (Xml::local(child.name()) != "collaboration" || !Xml::in_bpmn(child)) continue;
    for (const Xnode& part : child) {
      if (Xml::local(part.name()) == "messageFlow" && Xml::in_bpmn(part)) found.push_back(part);
    }
  }
  return found;
}

// What a message flow begins or ends at: an element of a process, or a whole process.
Builder::FlowEnd Builder::flow_end(const Xnode& flow, const char* attribute) const {
  const std::string_view id = Xml::local(trim(flow.attribute(attribute).value()));
  FlowEnd end;
  const auto found = elements_by_id_.find(id);
  if (found != elements_by_id_.end()) end.element = found->second;
  if (Xml::local(end.element.name()) == "participant") {
    end.process = referred(end.element, end.element.attribute("processRef").value(), "process");
    end.element = {};
    return end;
  }
  end.process = end.element;
  while (end.process && Xml::local(end.process.name()) != "process") {
    end.process = end.process.parent();
  }
  return end;
}

// Whether message flows join each of the processes to another of them. The case begins in the first
// that needs no trigger.
bool Builder::join_pools(const std::vector<Xnode>& executed) {
  const auto flows = message_flow_elements();
  if (flows.size() > message_flow_limit) {
    add(kinds::unsupported, xml_.place(flows.back()), "the file has more than 2,000 message flows");
    return false;
  }
  for (Xnode node = xml_.root(); node;) {  // without recursion: a file may nest deep
    elements_by_id_.emplace(node.attribute("id").value(), node);
    if (node.first_child()) {
      node = node.first_child();
      continue;
    }
    while (node && node != xml_.root() && !node.next_sibling()) node = node.parent();
    node = node == xml_.root() ? Xnode() : node.next_sibling();
  }
  elements_by_id_.erase("");
  std::set<size_t> joined;
  const auto number = [&](const Xnode& process) {
    return static_cast<size_t>(std::find(executed.begin(), executed.end(), process) -
                               executed.begin());
  };
  for (const Xnode& flow : flows) {
    const size_t from = number(flow_end(flow, "sourceRef").process);
    const size_t to = number(flow_end(flow, "targetRef").process);
    if (from == to || from == executed.size() || to == executed.size()) continue;
    joined.insert({from, to});
  }
  if (joined.size() < executed.size()) return false;
  pools_ = executed;
  const auto first = std::find_if(pools_.begin(), pools_.end(), has_plain_start);
  if (first != pools_.end()) std::rotate(pools_.begin(), first, first + 1);
  return true;
}

void Builder::collect_pools() {
  for (const Xnode& process : pools_) {
    const bool main = process == process_;
    const uint16_t index = add_draft(process, pool_row, 0, pool_row.kind, pool_row.op);
    const std::string id = process.attribute("id").value();
    if (id.empty() || !by_id_.emplace(id, index).second) {
      add(kinds::id, xml_.place(process),
          id.empty() ? "a process has no id" : "the id " + quoted(id) + " stands twice");
    }
    Level level;
    level.node = index;
    level.parent = 0;
    level.depth = 1;
    level.pool = true;
    level.call = !main;  // what others know, messages bring
    const auto inner = static_cast<uint16_t>(made_->levels.size());
    made_->nodes[index].inner = inner;
    made_->levels.push_back(level);
    handlers_.emplace_back();
    if (main) {
      opening_level_ = inner;
      made_->main_pool = index;
    } else {
      called_[inner] = process;
    }
    check_process_element(process);
    collect(process, inner, 1);
  }
}

uint16_t Builder::pool_level(const Xnode& process) const {
  for (uint16_t l = 0; l < made_->levels.size(); ++l) {
    const Level& level = made_->levels[l];
    if (level.pool && drafts_[level.node].xml == process) return l;
  }
  return nothing;
}

bool Builder::is_inside(uint16_t index, uint16_t level) const {
  for (uint16_t l = made_->nodes[index].level; l != 0; l = made_->levels[l].parent) {
    if (l == level) return true;
  }
  return false;
}

std::string Builder::message_name(const Xnode& element) const {
  return referred(element, element.attribute("messageRef").value(), "message")
      .attribute("name")
      .value();
}

// The events and tasks that an element is, which may stand several times: repeated, called.
std::vector<uint16_t> Builder::drafts_of(const Xnode& element, bool throws) const {
  std::vector<uint16_t> found;
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    const Node& node = made_->nodes[index];
    if (drafts_[index].xml != element) continue;
    if (throws ? node.op == Op::send_task || node.op == Op::post
               : node.trigger == Trigger::message && node.op != Op::loop) {
      found.push_back(index);
    }
  }
  return found;
}

// Which messages go from process to process. Flows from and to what is not executed are read by
// people: the message goes to a person, or comes from outside.
void Builder::link_message_flows() {
  const bool together = pools_.size() > 1;
  for (const Xnode& flow : together ? message_flow_elements() : std::vector<Xnode>()) {
    const FlowEnd from = flow_end(flow, "sourceRef"), to = flow_end(flow, "targetRef");
    const uint16_t source = pool_level(from.process), target = pool_level(to.process);
    const std::string label = "message flow " + quoted(flow.attribute("id").value());
    const auto wrong = [&](std::string message, std::string help) {
      add(kinds::message_flow, xml_.place(flow), label + " " + std::move(message), std::move(help));
    };
    if (target == nothing) continue;
    const std::vector<uint16_t> receivers = drafts_of(to.element, false);
    if (source == nothing) {
      outside_.insert(receivers.begin(), receivers.end());
      continue;
    }
    const std::vector<uint16_t> senders = drafts_of(from.element, true);
    if (source == target) {
      wrong("stays in one process", "draw a sequence flow");
    } else if (senders.empty()) {
      wrong("comes from " + (from.element ? quoted(from.element.attribute("id").value()) +
                                                ", which sends no message"
                                          : "a whole process, which does not say when"),
            "let it begin at a send task or at an event that throws a message");
    } else if (to.element && receivers.empty()) {
      wrong(
          "leads to " + quoted(to.element.attribute("id").value()) + ", which waits for no message",
          "let it end at a receive task, at an event that waits for a message, or at the pool");
    } else if (std::any_of(receivers.begin(), receivers.end(), [&](uint16_t receiver) {
                 return made_->nodes[receiver].op == Op::pass;
               })) {
      wrong("leads to an event that opens the case, which is open when it is sent",
            "let the case begin by a start event without a trigger");
    } else {
      for (const uint16_t sender : senders) {
        made_->nodes[sender].op = Op::post;
        made_->activities[sender].kind = ActivityKind::message_throw;
        posts_.push_back({flow, sender, target, receivers});
      }
    }
  }
  for (uint16_t index = 0; index < drafts_.size(); ++index) {  // to another case
    Node& node = made_->nodes[index];
    const Xnode xml = drafts_[index].xml;
    if (node.op != Op::send_task || !our_attribute(xml, "key")) continue;
    node.op = Op::post;
    made_->activities[index].kind = ActivityKind::message_throw;
  }
}

void Builder::bind_post(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  const std::string& label = drafts_[index].label;
  for (const char* name : {"message", "to", "channel", "link"}) {
    const Xattribute idle = our_attribute(xml, name);
    if (!idle) continue;
    add(kinds::attribute, xml_.place(idle),
        label + " gives its message to a process: " + idle.name() + " is for messages to people",
        "send the message to people by another task");
  }
  std::string name = message_name(drafts_[index].definition ? drafts_[index].definition : xml);
  bool flows = false;
  for (const Post& post : posts_) {
    if (post.sender != index) continue;
    flows = true;
    for (const uint16_t receiver : post.receivers) {
      const std::string& there = made_->activities[receiver].message;
      if (name.empty()) name = there;
      if (name == there) continue;
      add(kinds::message_flow, xml_.place(post.flow),
          label + " sends " + quoted(name) + ", and " + drafts_[receiver].label + " waits for " +
              quoted(there),
          "refer to the same <message> at both ends");
    }
  }
  if (name.empty()) {
    add(kinds::missing, place(index), label + " names no <message> with a name",
        "add messageRef=\"...\"");
  }
  if (!flows && our_text(xml, "key").empty()) {
    add(kinds::missing, place(index), label + " does not say by which key the other case is found",
        "add p:key=\"...\" (FEEL), or draw a message flow");
  }
  made_->activities[index].message = name;
  made_->nodes[index].message = made_->names.intern(name);
  made_->nodes[index].key = attribute_expression(xml, "key");
}

// By which of several it is found who waits: asked in the scope that waits.
void Builder::bind_key(uint16_t index) {
  const Xattribute key = our_attribute(drafts_[index].xml, "key");
  Node& node = made_->nodes[index];
  if (!key || node.op == Op::loop || node.op == Op::post || node.op == Op::send_task) return;
  const bool starts = node.trigger == Trigger::message &&
                      drafts_[index].row->kind == ActivityKind::start_event &&
                      !made_->levels[node.level].event;
  if (node.trigger == Trigger::message && !starts) {
    node.key = attribute_expression(drafts_[index].xml, "key");
  } else if (!drafts_[index].part || starts) {
    add(kinds::attribute, xml_.place(key),
        drafts_[index].label + (starts ? " begins something new, which has no key yet"
                                       : " waits for no message that could have a key"),
        "remove it");
  }
}

// Who may receive each message, in the order in which catchers are asked. What comes from a process
// of the file is not for the outside to send.
void Builder::link_receivers() {
  std::map<uint16_t, std::vector<const Post*>> by_sender;
  for (const Post& post : posts_) by_sender[post.sender].push_back(&post);
  std::set<uint16_t> fed;
  for (const auto& [sender, posts] : by_sender) {
    Slice receivers{static_cast<uint32_t>(made_->attached.size()), 0};
    for (const Catcher& catcher : made_->catchers) {
      const auto means = [&, by = sender](const Post* post) {
        const auto& named = post->receivers;
        if (!named.empty()) {
          return std::find(named.begin(), named.end(), catcher.node) != named.end();
        }
        return catcher.message == made_->nodes[by].message && is_inside(catcher.node, post->level);
      };
      const auto post = std::find_if(posts.begin(), posts.end(), means);
      if (post == posts.end()) continue;
      made_->attached.push_back(catcher.node);
      ++receivers.count;
      fed.insert(catcher.node);
      check_keys(sender, catcher.node, **post);
    }
    made_->nodes[sender].receivers = receivers;
    if (receivers.count != 0) continue;
    const Post& first = *posts.front();
    add(kinds::message_flow, xml_.place(first.flow),
        "nothing in process " + quoted(made_->activities[made_->levels[first.level].node].id) +
            " waits for " + quoted(made_->activities[sender].message),
        "draw an event there that waits for it");
  }
  std::erase_if(made_->catchers, [&](const Catcher& catcher) {
    return fed.count(catcher.node) != 0 && outside_.count(catcher.node) == 0;
  });
}

void Builder::check_keys(uint16_t sender, uint16_t receiver, const Post& post) {
  const bool sends = made_->nodes[sender].key != nothing;
  const Node& node = made_->nodes[receiver];
  const bool begins = made_->levels[node.level].pool && node.op == Op::triggered;
  if (begins || sends == (node.key != nothing)) return;
  add(kinds::message_flow, xml_.place(post.flow),
      drafts_[sends ? sender : receiver].label + " has a key, and " +
          drafts_[sends ? receiver : sender].label + " at the other end has none",
      "write p:key at both ends, or at none");
}

}  // namespace passerelle::pathway
