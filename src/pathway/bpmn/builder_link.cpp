// How the nodes hang together: flows, boundary events, scopes; who catches what; what a token can
// still reach.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

bool is_gateway(Op op) {
  return op == Op::exclusive || op == Op::parallel || op == Op::inclusive || op == Op::complex ||
         op == Op::event_gateway;
}

bool is_work(Op op) { return op == Op::user_task || op == Op::sub_process || op == Op::loop; }

}  // namespace

// ---- flows ----

void Builder::link_flows() {
  for (DraftFlow& flow : flows_) {
    for (const bool source : {true, false}) {
      const char* name = source ? "sourceRef" : "targetRef";
      const Xattribute reference = flow.xml.attribute(name);
      const auto found = by_id_.find(flow.prefix + reference.value());
      if (found != by_id_.end()) {
        (source ? flow.source : flow.target) = found->second;
        continue;
      }
      std::vector<std::string> ids;
      for (const auto& [id, index] : by_id_) ids.push_back(id);
      add(kinds::dangling, reference ? xml_.place(reference) : xml_.place(flow.xml),
          "the " + std::string(name) + " of flow " + quoted(flow.xml.attribute("id").value()) +
              " leads to " + quoted(reference.value()) + ", which does not exist",
          did_you_mean(reference.value(), ids));
    }
  }
  std::erase_if(flows_, [](const DraftFlow& flow) {
    return flow.source == nothing || flow.target == nothing;
  });
  if (flows_.size() > 60'000) {
    add(kinds::unsupported, xml_.place(process_), "the process has more than 60,000 flows");
    flows_.resize(60'000);
  }
  for (const DraftFlow& flow : flows_) check_flow_ends(flow);
  rewire_multiples();
  // Consecutive by source, in the file's order.
  std::stable_sort(flows_.begin(), flows_.end(),
                   [](const DraftFlow& a, const DraftFlow& b) { return a.source < b.source; });
  for (size_t i = 0; i < flows_.size(); ++i) {
    Node& source = made_->nodes[flows_[i].source];
    if (source.out.count++ == 0) source.out.first = static_cast<uint32_t>(i);
    Node& target = made_->nodes[flows_[i].target];
    made_->flows.push_back({flows_[i].target, nothing, target.arrivals++});
    made_->flow_ids.push_back(flows_[i].prefix + flows_[i].xml.attribute("id").value());
  }
  for (size_t index = 0; index < drafts_.size(); ++index) {
    const Xattribute reference = drafts_[index].xml.attribute("default");
    if (!reference || drafts_[index].part) continue;
    Node& node = made_->nodes[index];
    for (uint32_t i = node.out.first; i < node.out.first + node.out.count; ++i) {
      if (std::string_view(flows_[i].xml.attribute("id").value()) == reference.value()) {
        node.default_flow = static_cast<uint16_t>(i);
      }
    }
    if (node.default_flow == nothing) {
      add(kinds::dangling, xml_.place(reference),
          "the default flow " + quoted(reference.value()) + " does not leave " +
              drafts_[index].label);
    }
  }
  share_flows();
}

void Builder::check_flow_ends(const DraftFlow& flow) {
  const Node& source = made_->nodes[flow.source];
  const Node& target = made_->nodes[flow.target];
  const Place where = xml_.place(flow.xml);
  const std::string label = "flow " + quoted(flow.xml.attribute("id").value());
  if (source.level != flow.level || target.level != flow.level) {
    add(kinds::flow, where, label + " crosses the border of a sub-process",
        "end it at the sub-process, or catch an event at its border");
  }
  if (drafts_[flow.source].row->name == "endEvent") {
    add(kinds::flow, where, label + " leaves an end event");
  }
  if (source.boundary && source.trigger == Trigger::compensation) {
    add(kinds::flow, where, label + " leaves a compensation event",
        "draw an association to the activity that takes back");
  }
  const bool start = drafts_[flow.target].row->kind == ActivityKind::start_event;
  if (start || target.op == Op::triggered) {
    add(kinds::flow, where,
        label + " leads into " + drafts_[flow.target].label + ", which only its trigger starts");
  }
  if (source.op == Op::triggered && source.inner != nothing) {
    add(kinds::flow, where, label + " leaves an event sub-process",
        "what follows belongs inside the event sub-process");
  }
}

// After conditions are bound.
void Builder::check_ways_out(uint16_t index) {
  const Node& node = made_->nodes[index];
  if (drafts_[index].part) return;
  const std::string& label = drafts_[index].label;
  uint32_t conditional = 0;
  for (uint32_t i = node.out.first; i < node.out.first + node.out.count; ++i) {
    const bool has = !flows_[i]
                          .xml
                          .find_child([](const Xnode& child) {
                            return Xml::local(child.name()) == "conditionExpression";
                          })
                          .empty();
    const Place where = xml_.place(flows_[i].xml);
    const std::string flow = "flow " + quoted(flows_[i].xml.attribute("id").value());
    conditional += has ? 1 : 0;
    if (has && (node.op == Op::parallel || node.op == Op::event_gateway || node.host != nothing ||
                drafts_[index].row->kind == ActivityKind::start_event)) {
      add(kinds::condition, where, flow + " has a condition, and " + label + " asks for none",
          "remove the condition, or use an exclusive gateway");
    }
    if (has && i == node.default_flow) {
      add(kinds::condition, where, flow + " is the default and has a condition",
          "a default flow is taken when no other is: remove its condition");
    }
    const bool chooses = node.op == Op::exclusive || node.op == Op::inclusive;
    if (!has && i != node.default_flow && chooses && node.out.count > 1) {
      add(kinds::condition, where, flow + " out of " + label + " has no condition");
    }
  }
  if (node.default_flow != nothing && conditional == 0 && node.out.count > 1) {
    add(kinds::condition, place(index),
        label + " has a default flow beside flows without conditions");
  }
  const bool undoes = node.boundary && node.trigger == Trigger::compensation;
  if (node.out.count == 0 && (is_gateway(node.op) || node.boundary) && !undoes) {
    add(kinds::flow, place(index), "no flow leaves " + label,
        node.boundary ? "draw what happens when it occurs" : "draw where it leads");
  }
  const Level& level = made_->levels[node.level];
  const bool starts = drafts_[index].row->kind == ActivityKind::start_event ||
                      made_->activities[index].kind == ActivityKind::link_event || level.ad_hoc ||
                      is_handler(index) || opens_cases(index);
  if (node.op != Op::triggered && !starts && node.arrivals == 0) {
    add(kinds::flow, place(index), "no flow leads to " + label);
  }
  if (is_handler(index) && node.arrivals + node.out.count > 0) {
    add(kinds::flow, place(index), label + " takes something back and stands in a flow",
        "only an association leads to it");
  }
  if (drafts_[index].row->kind != ActivityKind::event_gateway) return;
  for (uint32_t i = node.out.first; i < node.out.first + node.out.count; ++i) {
    const Node& target = made_->nodes[flows_[i].target];
    const bool catches =
        target.op == Op::timer || target.op == Op::message || target.op == Op::condition;
    if (catches && target.arrivals == 1 && target.attached.count == 0) continue;
    add(kinds::flow, xml_.place(flows_[i].xml),
        label + " leads to " + drafts_[flows_[i].target].label,
        "an event-based gateway leads to events that wait (timer, message, signal, condition), or "
        "receive tasks with nothing attached, that nothing else leads to");
  }
}

// ---- boundary events and scopes ----

void Builder::link_boundaries() {
  attached_.resize(drafts_.size());
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    Node& node = made_->nodes[index];
    if (!node.boundary) continue;
    const Xattribute reference = drafts_[index].xml.attribute("attachedToRef");
    const auto found = by_id_.find(drafts_[index].prefix + reference.value());
    if (found == by_id_.end() || made_->nodes[found->second].level != node.level) {
      add(kinds::boundary, reference ? xml_.place(reference) : place(index),
          drafts_[index].label + " is attached to " + quoted(reference.value()) +
              ", which does not stand beside it");
      continue;
    }
    const Node& host = made_->nodes[found->second];
    const std::string& label = drafts_[found->second].label;
    node.host = found->second;
    attached_[found->second].push_back(index);
    const bool undoes = node.trigger == Trigger::compensation;
    const bool at_once =
        host.op == Op::send_task || host.op == Op::script_task || host.op == Op::decision;
    const bool scope = host.inner != nothing && host.op != Op::triggered;
    const bool activity = at_once || is_work(host.op) || host.op == Op::message;
    const bool event = drafts_[found->second].row->name.ends_with("Event");
    if (is_handler(found->second)) {
      add(kinds::boundary, place(index),
          drafts_[index].label + " is attached to " + label + ", which takes something back",
          "draw the event inside a sub-process that takes back");
      continue;
    }
    if (event || !activity) {
      add(kinds::boundary, place(index), drafts_[index].label + " is attached to " + label);
    } else if (at_once && !undoes) {
      add(kinds::never_fires, place(index),
          drafts_[index].label + " is attached to " + label + ", which is over at once");
    } else if (node.trigger == Trigger::escalation && !scope) {
      add(kinds::boundary, place(index),
          drafts_[index].label + " waits for an escalation, which " + label + " cannot throw",
          "use a timer, or attach it to a sub-process");
    } else if (node.trigger == Trigger::error && host.op == Op::message) {
      add(kinds::boundary, place(index),
          drafts_[index].label + " waits for an error, which " + label + " cannot raise",
          "use a timer, or attach it to a task or a sub-process");
    } else if (node.trigger == Trigger::cancel &&
               (host.inner == nothing || !made_->levels[host.inner].transaction)) {
      add(kinds::boundary, place(index),
          drafts_[index].label + " waits for a cancel, which only a transaction can throw",
          "attach it to a <transaction>");
    }
  }
  link_compensation();
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    made_->nodes[index].attached = {static_cast<uint32_t>(made_->attached.size()),
                                    static_cast<uint32_t>(attached_[index].size())};
    made_->attached.insert(made_->attached.end(), attached_[index].begin(), attached_[index].end());
  }
}

// The start of each scope, and the event sub-processes that may start in it.
void Builder::link_levels() {
  std::vector<std::vector<uint16_t>> starts(made_->levels.size());
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    if (opens_cases(index)) {  // by the first of the messages that it waits for
      const Node& node = made_->nodes[index];
      if (node.message != 0) made_->message_starts.emplace_back(node.message, index);
      for (uint32_t i = 0; i < node.out.count && node.op == Op::event_gateway; ++i) {
        const uint16_t target = made_->flows[node.out.first + i].target;
        if (made_->nodes[target].trigger == Trigger::message) {
          made_->message_starts.emplace_back(made_->nodes[target].message, target);
        } else {
          add(kinds::unsupported, place(target),
              drafts_[target].label + " cannot open a case: only messages do");
        }
      }
    }
    if (drafts_[index].row->kind != ActivityKind::start_event) continue;
    const Node& node = made_->nodes[index];
    starts[node.level].push_back(index);
    if (node.op == Op::triggered) {
      handlers_[made_->levels[node.level].parent].push_back(index);
    } else if (node.message != 0) {
      made_->message_starts.emplace_back(node.message, index);
    }
  }
  for (size_t l = 0; l < made_->levels.size(); ++l) {
    Level& level = made_->levels[l];
    const Place where = level.node == nothing ? xml_.place(process_) : place(level.node);
    const std::string label = level.node == nothing ? "the process" : drafts_[level.node].label;
    std::vector<uint16_t> plain;
    for (const uint16_t start : starts[l]) {
      if (made_->nodes[start].trigger == Trigger::none) plain.push_back(start);
    }
    if (level.loop) {  // its activity is where it starts
    } else if (level.ad_hoc) {
      for (const uint16_t start : starts[l]) {
        add(kinds::start, place(start),
            label + " starts with all that nothing leads to: it has no start event");
      }
    } else if (starts[l].empty() && !(l == 0 && !made_->message_starts.empty())) {
      add(kinds::start, where, label + " has no start event");
    } else if (plain.size() > 1) {
      add(kinds::start, place(plain[1]), label + " has a second start event without a trigger");
    } else if (level.event &&
               std::count_if(starts[l].begin(), starts[l].end(),
                             [&](uint16_t start) { return !drafts_[start].part; }) > 1) {
      add(kinds::start, place(starts[l][1]), label + " has a second start event",
          "draw an event sub-process for each trigger");
    }
    if (level.loop) {  // read_repetition() has set it
    } else if (!plain.empty()) {
      level.start = plain.front();
    } else if (!starts[l].empty()) {
      level.start = starts[l].front();
    }
    level.handlers = {static_cast<uint32_t>(made_->attached.size()),
                      static_cast<uint32_t>(handlers_[l].size())};
    made_->attached.insert(made_->attached.end(), handlers_[l].begin(), handlers_[l].end());
  }
  link_offers();
}

// Who catches what is thrown is known beforehand: codes are constants.
void Builder::check_thrown(uint16_t index) {
  const Node& thrower = made_->nodes[index];
  const bool error = thrower.op == Op::throw_error;
  if (!error && thrower.op != Op::throw_escalation && thrower.op != Op::end_escalation) return;
  const auto catches = [&](uint16_t catcher) {
    const Node& node = made_->nodes[catcher];
    return node.trigger == (error ? Trigger::error : Trigger::escalation) &&
           (node.code == nothing || node.code == thrower.code);
  };
  uint16_t from = nothing;
  for (uint16_t l = thrower.level;; l = made_->levels[l].parent) {
    for (const uint16_t start : handlers_[l]) {
      if (catches(start) && made_->nodes[start].level != from) return;
    }
    if (l == 0) break;
    for (const uint16_t boundary : attached_[made_->levels[l].node]) {
      if (catches(boundary)) return;
    }
    from = l;
  }
  if (thrower.code == nothing) return;  // told already
  std::string_view code = made_->codes[thrower.code];
  if (error) code.remove_prefix(error_code_prefix.size());
  add(error ? kinds::error_uncaught : kinds::escalation_uncaught, place(index),
      std::string("nobody catches the ") + (error ? "error " : "escalation ") + quoted(code) +
          " of " + drafts_[index].label);
}

// ---- what step() asks ----

void Builder::order_catchers() {
  const auto rank = [&](uint16_t index) {
    const Node& node = made_->nodes[index];
    const bool handler = node.op == Op::triggered && !node.boundary;
    const uint16_t level = handler ? made_->levels[node.level].parent : node.level;
    const int kind = handler ? 2 : node.boundary ? 1 : 0;
    return std::pair(-static_cast<int>(made_->levels[level].depth), kind);
  };
  for (uint16_t index = 0; index < made_->nodes.size(); ++index) {
    const Node& node = made_->nodes[index];
    if (node.op == Op::pass || (node.boundary && node.host == nothing)) continue;
    if (node.trigger == Trigger::message) made_->catchers.push_back({node.message, index});
    if (node.trigger == Trigger::signal) made_->signal_catchers.push_back({node.message, index});
    if (node.trigger == Trigger::condition) made_->conditions.push_back(index);
  }
  const auto earlier = [&](const Catcher& a, const Catcher& b) {
    return rank(a.node) < rank(b.node);
  };
  std::stable_sort(made_->catchers.begin(), made_->catchers.end(), earlier);
  std::stable_sort(made_->signal_catchers.begin(), made_->signal_catchers.end(), earlier);
  std::stable_sort(made_->conditions.begin(), made_->conditions.end(),
                   [&](uint16_t a, uint16_t b) { return rank(a) < rank(b); });
  std::set<std::string> names;
  for (const auto* catchers : {&made_->catchers, &made_->signal_catchers}) {
    for (const Catcher& catcher : *catchers) {
      const std::string& message = made_->activities[catcher.node].message;
      names.insert(message);
      const std::string form = our_text(drafts_[catcher.node].xml, "form");
      if (!form.empty()) made_->message_forms.emplace(message, form);
    }
  }
  made_->messages.assign(names.begin(), names.end());
}

// Backward from each incoming flow of each inclusive gateway, never through the gateway itself.
void Builder::compute_reach() {
  for (uint16_t gateway = 0; gateway < made_->nodes.size(); ++gateway) {
    Node& node = made_->nodes[gateway];
    const bool joins = node.op == Op::inclusive || node.op == Op::complex;
    if (!joins || node.arrivals <= 1) continue;
    const uint16_t most = node.op == Op::inclusive ? 64 : 32;
    if (node.arrivals > most || made_->reach.size() >= 1'000) {
      add(kinds::unsupported, place(gateway),
          node.arrivals > most
              ? drafts_[gateway].label + " joins more than " + std::to_string(most) + " flows"
              : "the process has more than 1,000 inclusive joins");
      continue;
    }
    node.join = static_cast<uint16_t>(made_->reach.size());
    std::vector<uint64_t> reach(made_->nodes.size());
    for (const DraftFlow& into : flows_) {
      if (into.target != gateway) continue;
      const size_t flow = static_cast<size_t>(&into - flows_.data());
      const uint64_t bit = uint64_t{1} << made_->flows[flow].arrival;
      std::vector<uint16_t> open;
      const auto visit = [&](uint16_t index) {
        if (index == gateway || (reach[index] & bit) != 0) return;
        reach[index] |= bit;
        open.push_back(index);
      };
      visit(into.source);
      while (!open.empty()) {
        const uint16_t index = open.back();
        open.pop_back();
        if (made_->nodes[index].boundary && made_->nodes[index].host != nothing) {
          visit(made_->nodes[index].host);
        }
        for (const DraftFlow& flow_in : flows_) {
          if (flow_in.target == index) visit(flow_in.source);
        }
        for (const Multiple& multiple : multiples_) {  // whose flows belong to all its parts
          const auto& parts = multiple.parts;
          if (std::find(parts.begin(), parts.end(), index) == parts.end()) continue;
          const bool alike =
              multiple.kind == Multiple::Kind::any || multiple.kind == Multiple::Kind::beside;
          for (const uint16_t part : parts) {
            if (alike) visit(part);
          }
        }
      }
    }
    made_->reach.push_back(std::move(reach));
  }
}

// Texts and shapes that states will hold, so that they are saved as small numbers; and a
// fingerprint of all that a saved state refers to.
void Builder::compute_dictionary() {
  std::set<std::string> words;
  const auto literals = [&](std::string_view text) {
    for (size_t at = text.find('"'); at < text.size(); at = text.find('"', at + 1)) {
      const size_t end = text.find('"', at + 1);
      if (end == text.npos) break;
      if (end - at - 1 <= 40) words.emplace(text.substr(at + 1, end - at - 1));
      at = end;
    }
  };
  const auto shape = [&](const std::vector<std::string>& keys) {
    words.insert(keys.begin(), keys.end());
    if (std::set<std::string>(keys.begin(), keys.end()).size() != keys.size()) return;
    std::vector<std::string_view> views(keys.begin(), keys.end());
    feel::Shape* made = feel::shape_of(views.data(), views.size(), true);
    auto& shapes = made_->shapes;
    if (std::find(shapes.begin(), shapes.end(), made) == shapes.end()) shapes.push_back(made);
  };
  const auto option_codes = [&](const auto& self, const std::vector<Item>& items) -> void {
    for (const Item& item : items) {
      for (const Option& option : item.options) {
        if (!option.grade && option.code.size() <= 40) words.insert(option.code);
      }
      self(self, item.items);
    }
  };
  for (const Form& form : made_->forms) {
    shape(form.item_names());
    option_codes(option_codes, form.items());
  }
  for (const dmn::CompiledDecision& decision : made_->decisions) {
    const feel::TypeRef type = decision.type();
    if (type == nullptr || type->kind != feel::Type::Kind::context || type->fields.empty())
      continue;
    std::vector<std::string> keys;
    for (const auto& [name, field] : type->fields) keys.push_back(name);
    shape(keys);
  }
  for (const dmn::Model& model : made_->models) {
    for (const dmn::Table& table : model.tables()) {
      std::vector<std::string> keys;
      for (const auto& output : table.outputs) keys.push_back(output.name);
      if (keys.size() > 1) shape(keys);
      for (const auto& rule : table.rules) {
        for (const auto& output : rule.outputs) literals(output.text);
      }
    }
  }
  for (const feel::Expression& expression : made_->expressions) {
    if (expression.empty()) continue;
    literals(expression.source());
    for (const std::string& path : expression.names_used()) {
      for (const std::string_view part : split(path, '.')) words.emplace(part);
    }
  }
  made_->words.assign(words.begin(), words.end());
  uint32_t hash = 2166136261u;  // FNV-1a
  const auto mix = [&](std::string_view text) {
    for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619u;
    hash = (hash ^ 0xFFu) * 16777619u;
  };
  for (const std::string& word : made_->words) mix(word);
  for (const feel::Shape* known : made_->shapes) {
    for (size_t i = 0; i < known->size; ++i) mix(known->keys()[i].text());
    mix("");
  }
  for (const Activity& activity : made_->activities) {
    mix(activity.id);
    mix(std::to_string(static_cast<int>(activity.kind)));
  }
  for (const Node& node : made_->nodes) mix(std::to_string(node.level));
  for (const uint16_t local : made_->locals) mix(std::to_string(local));
  for (const DraftFlow& flow : flows_) {
    mix(std::to_string(flow.source) + ">" + std::to_string(flow.target));
  }
  for (const std::string& variable : made_->variable_names) mix(variable);
  made_->fingerprint = hash;
}

}  // namespace passerelle::pathway
