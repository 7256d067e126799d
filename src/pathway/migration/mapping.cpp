#include "pathway/migration/mapping.h"

#include <algorithm>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/migration/plan.h"

namespace passerelle::pathway {
namespace {

constexpr SpaceLimits exact_limits{.states = 20'000, .several_ways_out_of_tasks = true};

bool is_wait(Op op) {
  return op == Op::timer || op == Op::message || op == Op::condition || op == Op::event_gateway;
}
bool is_plain_join(Op op) { return op == Op::parallel || op == Op::inclusive; }

std::string kind_of(const Node& node) {
  switch (node.op) {
    case Op::timer:
      return "a timer";
    case Op::message:
      return node.trigger == Trigger::signal ? "an event that waits for a signal"
                                             : "an event that waits for a message";
    case Op::condition:
      return "an event that waits for a condition";
    case Op::event_gateway:
      return "an event-based gateway";
    case Op::user_task:
      return "a task for people";
    case Op::send_task:
    case Op::post:
      return "a message that is sent";
    case Op::script_task:
      return "a script task";
    case Op::decision:
      return "a decision";
    case Op::exclusive:
      return "an exclusive gateway";
    case Op::parallel:
      return "a parallel gateway";
    case Op::inclusive:
      return "an inclusive gateway";
    case Op::complex:
      return "a complex gateway";
    case Op::sub_process:
      return "a sub-process";
    case Op::loop:
      return "a repeated activity";
    case Op::compensate:
    case Op::cancel:
      return "an event that takes back";
    case Op::triggered:
      return node.inner != nothing ? "an event sub-process" : "an event that starts something";
    case Op::pass:
    case Op::end:
    case Op::terminate:
    case Op::throw_escalation:
    case Op::end_escalation:
    case Op::throw_signal:
    case Op::throw_error:
      return "an event that does not wait";
  }
  return {};
}

bool same_loop(const Loop& a, const Loop& b) {
  return a.multi == b.multi && a.sequential == b.sequential &&
         (a.list == nothing) == (b.list == nothing);
}

bool same_op(const Node& a, const Node& b) { return a.op == b.op; }
bool same_kind(const Node& a, const Node& b) { return a.op == b.op && a.trigger == b.trigger; }

std::string_view source_of(const Pathway::Compiled& in, uint16_t expression) {
  if (expression == nothing || in.expressions[expression].empty()) return {};
  return trim(in.expressions[expression].source());
}

// What a value of the one cannot be as one of the other; "" when all it may be asked for is there.
std::string misfit(const feel::TypeRef& was, const feel::TypeRef& is, const std::string& path) {
  using Kind = feel::Type::Kind;
  if (was == nullptr || is == nullptr || was->kind == Kind::any || is->kind == Kind::any ||
      was->kind == Kind::null || is->kind == Kind::null) {
    return {};
  }
  if (was->kind != is->kind) {
    const std::string of = path.empty() ? "" : path + ": ";
    return of + "it was " + feel::to_text(*was) + " and is " + feel::to_text(*is);
  }
  if (was->kind == Kind::list) return misfit(was->element, is->element, path + "[]");
  for (const auto& [name, type] : was->fields) {
    for (const auto& [other, wanted] : is->fields) {
      if (name != other) continue;
      if (auto found = misfit(type, wanted, path.empty() ? name : path + "." + name);
          !found.empty()) {
        return found;
      }
    }
  }
  return {};
}

// Nodes of one id in an order that stays: what stands around it, it itself, further triggers.
using ById = std::map<std::string_view, std::vector<uint16_t>>;
ById by_id(const Pathway::Compiled& of) {
  ById out;
  for (uint16_t i = 0; i < of.nodes.size(); ++i) out[of.activities[i].id].push_back(i);
  return out;
}

}  // namespace

bool is_place(const Node& node) {
  if (node.inner != nothing) return false;
  return is_waiting_op(node.op) || is_join(node);
}

std::vector<uint16_t> gateways_before(const ProcessSpace& space) {
  const Pathway::Compiled& in = space.compiled();
  std::vector<uint16_t> out(in.nodes.size(), nothing);
  for (uint16_t index = 0; index < in.nodes.size(); ++index) {
    if (in.nodes[index].op != Op::event_gateway) continue;
    for (const uint16_t target : space.next(index)) out[target] = index;
  }
  return out;
}

bool is_handler_host(const Node& node) { return node.op == Op::triggered && node.inner != nothing; }

bool interrupts(const Pathway::Compiled& in, const Node& handler_host) {
  const uint16_t start = in.levels[handler_host.inner].start;
  return start != nothing && in.nodes[start].interrupting;
}

std::string Mapping::label(const Pathway::Compiled& of, uint16_t index) {
  const Activity& activity = of.activities[index];
  return quoted(activity.id) + (activity.name.empty() ? "" : " (" + activity.name + ")");
}

Mapping::Mapping(const Pathway& from, const Pathway& to, const MigrationRules& rules,
                 std::vector<Finding>& problems)
    : from_(from.compiled()),
      to_(to.compiled()),
      space_from_(from_, exact_limits),
      space_to_(to_, exact_limits),
      nodes_(from_.nodes.size(), nothing),
      levels_(from_.levels.size(), nothing),
      flows_(from_.flows.size(), nothing),
      variables_(from_.variable_names.size(), nothing),
      gateways_(gateways_before(space_to_)),
      alike_(to_.levels.size(), false),
      type_changes_(from_.variable_names.size()) {
  match_nodes(rules, problems);
  match_levels();
  match_flows();
  match_variables(rules, problems);
  for (uint16_t level = 0; level < levels_.size(); ++level) {
    if (levels_[level] != nothing) alike_[levels_[level]] = compare(levels_[level], level);
  }
}

// ---- what is what ----

void Mapping::match_nodes(const MigrationRules& rules, std::vector<Finding>& problems) {
  const ById ours = by_id(to_);
  std::map<std::string_view, std::string_view> renamed;
  std::vector<std::string> ids;
  for (const Activity& activity : from_.activities) ids.push_back(activity.id);
  for (const auto& rule : rules.elements) {
    renamed[rule.name] = rule.to;
    if (std::find(ids.begin(), ids.end(), rule.name) != ids.end()) continue;
    problems.push_back(
        check_finding("migration-source", rule.place,
                      {"element", rule.name, from_.version, or_look(rule.name, ids)}));
  }
  for (const auto& [id, group] : by_id(from_)) {
    const auto rule = renamed.find(id);
    const auto found = ours.find(rule == renamed.end() ? id : rule->second);
    if (found == ours.end()) continue;
    for (const uint16_t index : group) nodes_[index] = counterpart(index, group, found->second);
  }
}

// The n-th of its kind is the n-th of that kind; else what has the id is what had it.
uint16_t Mapping::counterpart(uint16_t index, const std::vector<uint16_t>& group,
                              const std::vector<uint16_t>& candidates) const {
  const Node& node = from_.nodes[index];
  for (const auto alike : {same_kind, same_op}) {
    long rank = std::count_if(group.begin(), std::find(group.begin(), group.end(), index),
                              [&](uint16_t other) { return alike(from_.nodes[other], node); });
    for (const uint16_t candidate : candidates) {
      if (alike(node, to_.nodes[candidate]) && rank-- == 0) return candidate;
    }
  }
  for (const uint16_t candidate : candidates) {
    if (!from_.activities[index].part && !to_.activities[candidate].part) return candidate;
  }
  return nothing;
}

void Mapping::match_levels() {
  levels_[0] = 0;
  for (uint16_t l = 1; l < levels_.size(); ++l) {
    const uint16_t host = nodes_[from_.levels[l].node];
    if (host == nothing || to_.nodes[host].inner == nothing) continue;
    const Node& was = from_.nodes[from_.levels[l].node];
    const Node& is = to_.nodes[host];
    const Level &a = from_.levels[l], &b = to_.levels[is.inner];
    if (was.op != is.op || a.loop != b.loop || a.event != b.event || a.pool != b.pool ||
        a.ad_hoc != b.ad_hoc) {
      continue;
    }
    if (a.loop && !same_loop(from_.loops[was.loop], to_.loops[is.loop])) continue;
    levels_[l] = is.inner;
  }
}

// By its id, or between the same two, where it ends at the same element. What is drawn as one flow
// may be several, so that ids are not unique here.
void Mapping::match_flows() {
  enum Likeness { none, beside, by_id, both };
  const auto likeness = [&](uint16_t flow, uint16_t ours) {
    const uint16_t source = space_from_.source(flow);
    const bool between = source != nothing && nodes_[source] == space_to_.source(ours);
    const bool named = !from_.flow_ids[flow].empty() && from_.flow_ids[flow] == to_.flow_ids[ours];
    return named ? (between ? both : by_id) : between ? beside : none;
  };
  std::vector<bool> taken(to_.flows.size(), false);
  std::vector<std::vector<uint16_t>> into(to_.nodes.size());
  for (uint16_t ours = 0; ours < to_.flows.size(); ++ours) {
    into[to_.flows[ours].target].push_back(ours);
  }
  for (const Likeness wanted : {both, by_id, beside}) {
    for (uint16_t flow = 0; flow < flows_.size(); ++flow) {
      const uint16_t target = nodes_[from_.flows[flow].target];
      if (target == nothing || flows_[flow] != nothing) continue;
      for (const uint16_t ours : into[target]) {
        if (taken[ours] || flows_[flow] != nothing || likeness(flow, ours) != wanted) continue;
        flows_[flow] = ours;
        taken[ours] = true;
      }
    }
  }
}

void Mapping::match_variables(const MigrationRules& rules, std::vector<Finding>& problems) {
  const feel::CompileOptions options{.functions = &pathway_functions()};
  for (const auto& rule : rules.variables) {
    const int slot = to_.variables.find(rule.name);
    if (slot <= variable_case_start) continue;  // told by check_migration_rules()
    auto compiled = feel::compile(rule.to, from_.variables, options);
    if (compiled) {
      values_.emplace(static_cast<uint16_t>(slot), std::move(*compiled));
    } else {
      problems.push_back(
          check_finding("migration-source", rule.place,
                        {"value of variable", rule.name, from_.version, compiled.error().message}));
    }
  }
  for (uint16_t slot = 0; slot < variables_.size(); ++slot) {
    const int ours = to_.variables.find(from_.variable_names[slot]);
    if (ours < 0) continue;
    variables_[slot] = static_cast<uint16_t>(ours);
    if (values_.count(variables_[slot]) != 0) continue;
    type_changes_[slot] = misfit(from_.variables.list[slot].type,
                                 to_.variables.list[static_cast<size_t>(ours)].type, "");
  }
}

const feel::Expression* Mapping::value(uint16_t slot) const {
  const auto found = values_.find(slot);
  return found == values_.end() ? nullptr : &found->second;
}

// ---- where a token stands then ----

uint16_t Mapping::standing(uint16_t index) const {
  const uint16_t found = nodes_[index];
  if (found == nothing || !is_wait(to_.nodes[found].op)) return found;
  return gateways_[found] == nothing ? found : gateways_[found];
}

std::optional<uint16_t> Mapping::arrival(uint16_t join, uint16_t arrival) const {
  for (uint16_t flow = 0; flow < flows_.size(); ++flow) {
    const Flow& each = from_.flows[flow];
    if (each.target == join && each.arrival == arrival && flows_[flow] != nothing) {
      return to_.flows[flows_[flow]].arrival;
    }
  }
  return std::nullopt;
}

uint16_t Mapping::timer(uint16_t index, uint16_t host) const {
  const uint16_t found = nodes_[index];
  if (found == nothing || to_.nodes[found].trigger != Trigger::timer) return nothing;
  const Node& node = to_.nodes[found];
  if (host == nothing) return node.op == Op::triggered && !node.boundary ? found : nothing;
  if (node.boundary) return node.host == host ? found : nothing;
  if (found == host) return found;
  const Node& gateway = to_.nodes[host];
  if (gateway.op != Op::event_gateway) return nothing;
  for (uint32_t i = gateway.out.first; i < gateway.out.first + gateway.out.count; ++i) {
    if (to_.flows[i].target == found) return found;
  }
  return nothing;
}

std::string Mapping::refusal(uint16_t index) const {
  const uint16_t found = standing(index);
  if (found == nothing) return "nothing has its id";
  const Node& was = from_.nodes[index];
  const Node& is = to_.nodes[found];
  const bool fits = was.op == is.op || (is_wait(was.op) && is_wait(is.op)) ||
                    (is_plain_join(was.op) && is_plain_join(is.op));
  if (!fits) return "it was " + kind_of(was) + " and is " + kind_of(is);
  if (is_join(was) && !is_join(is)) return "nothing is joined there any more";
  return refusal(was.level, is.level);
}

bool Mapping::encloses(uint16_t outer, uint16_t inner) const {
  while (inner != outer && inner != 0) inner = to_.levels[inner].parent;
  return inner == outer;
}

Mapping::Climb Mapping::climb(uint16_t level, uint16_t target) const {
  if (levels_[level] != nothing && encloses(levels_[level], target)) return Climb::anchored;
  const Level& left = from_.levels[level];
  return left.loop || left.event || left.pool ? Climb::refused : Climb::onward;
}

bool Mapping::can_be_opened(uint16_t level) const {
  const Level& entered = to_.levels[level];
  return !entered.loop && !entered.event && !entered.pool && !entered.ad_hoc;
}

std::string Mapping::refusal(uint16_t level, uint16_t target) const {
  uint16_t around = level;
  for (Climb step; (step = climb(around, target)) != Climb::anchored;) {
    if (step == Climb::refused) {
      const Level& left = from_.levels[around];
      return "it is under way inside " + label(from_, left.node) + ", " +
             (left.loop   ? "which is repeated, and not so any more"
              : left.pool ? "a process of its own that no longer holds it"
                          : "an event sub-process that no longer holds it");
    }
    around = from_.levels[around].parent;
  }
  for (uint16_t inner = target; inner != levels_[around]; inner = to_.levels[inner].parent) {
    if (can_be_opened(inner)) continue;
    return "it stands inside " + label(to_, to_.levels[inner].node) +
           " now, which is repeated, ad hoc, a process of its own or started by an event: how far "
           "that has come is not known";
  }
  return {};
}

// ---- what has not changed ----

bool Mapping::compare(uint16_t level, uint16_t earlier) const {
  const Level &is = to_.levels[level], &was = from_.levels[earlier];
  const auto mapped = [&](uint16_t index) { return index == nothing ? nothing : nodes_[index]; };
  if (is.start != mapped(was.start) || is.handlers.count != was.handlers.count ||
      is.offered.count != was.offered.count) {
    return false;
  }
  std::vector<bool> taken(to_.nodes.size(), false);
  size_t count = 0;
  for (uint16_t index = 0; index < nodes_.size(); ++index) {
    const uint16_t found = nodes_[index];
    const Node& node = from_.nodes[index];
    const bool inside = found != nothing && to_.nodes[found].level == level;
    if (inside != (node.level == earlier)) return false;
    if (!inside) continue;
    if (taken[found]) return false;
    taken[found] = true;
    ++count;
    const Node& other = to_.nodes[found];
    if (!same_kind(node, other) || node.interrupting != other.interrupting ||
        node.boundary != other.boundary || node.arrivals != other.arrivals ||
        node.attached.count != other.attached.count || mapped(node.host) != other.host ||
        mapped(node.undo) != other.undo || (node.repeats == 0) != (other.repeats == 0) ||
        (node.inner == nothing ? nothing : levels_[node.inner]) != other.inner ||
        source_of(from_, node.condition) != source_of(to_, other.condition) ||
        space_from_.interrupts_itself(index) != space_to_.interrupts_itself(found) ||
        !compare_flows(index, found)) {
      return false;
    }
    if (is_handler_host(node) && interrupts(from_, node) != interrupts(to_, other)) return false;
  }
  const auto ours = std::count_if(to_.nodes.begin(), to_.nodes.end(),
                                  [&](const Node& node) { return node.level == level; });
  return static_cast<size_t>(ours) == count;
}

bool Mapping::compare_flows(uint16_t index, uint16_t counterpart) const {
  const Node &was = from_.nodes[index], &is = to_.nodes[counterpart];
  if (was.out.count != is.out.count) return false;
  for (uint32_t i = 0; i < was.out.count; ++i) {
    const auto flow = static_cast<uint16_t>(was.out.first + i);
    const auto other = static_cast<uint16_t>(is.out.first + i);
    if (flows_[flow] != other || (flow == was.default_flow) != (other == is.default_flow) ||
        source_of(from_, from_.flows[flow].condition) !=
            source_of(to_, to_.flows[other].condition)) {
      return false;
    }
  }
  return true;
}

}  // namespace passerelle::pathway
