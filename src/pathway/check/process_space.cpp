#include "pathway/check/process_space.h"

#include <algorithm>

#include "pathway/check/scope_walk.h"

namespace passerelle::pathway {

bool is_waiting_op(Op op) {
  switch (op) {
    case Op::timer:
    case Op::message:
    case Op::condition:
    case Op::user_task:
    case Op::event_gateway:
    case Op::sub_process:
    case Op::loop:
    case Op::compensate:
      return true;
    default:
      return false;
  }
}

bool is_throw(Op op) {
  return op == Op::throw_escalation || op == Op::end_escalation || op == Op::throw_signal ||
         op == Op::throw_error;
}

bool is_join(const Node& node) {
  return node.arrivals > 1 &&
         (node.op == Op::parallel || node.op == Op::inclusive || node.op == Op::complex);
}

// ---- the graph ----

ProcessSpace::ProcessSpace(const Pathway::Compiled& compiled, SpaceLimits limits)
    : compiled_(compiled),
      limits_(limits),
      next_(compiled.nodes.size()),
      sources_(compiled.flows.size(), nothing),
      reached_(compiled.nodes.size()),
      completes_(compiled.levels.size(), true) {
  const auto& nodes = compiled.nodes;
  for (uint16_t index = 0; index < nodes.size(); ++index) {
    const Node& node = nodes[index];
    for (uint32_t i = node.out.first; i < node.out.first + node.out.count; ++i) {
      next_[index].push_back(compiled.flows[i].target);
      if (sources_[i] == nothing) sources_[i] = index;
    }
    for (uint32_t i = 0; i < node.attached.count; ++i) {
      next_[index].push_back(compiled.attached[node.attached.first + i]);
    }
  }
  // What is open, level by level: the outer ones have the lower numbers.
  for (uint16_t level = 0; level < compiled.levels.size(); ++level) {
    if (!is_open(level)) continue;
    std::vector<uint16_t> open = starts(level);
    while (!open.empty()) {
      const uint16_t index = open.back();
      open.pop_back();
      if (reached_[index]) continue;
      reached_[index] = true;
      open.insert(open.end(), next_[index].begin(), next_[index].end());
      if (nodes[index].undo != nothing) open.push_back(nodes[index].undo);
    }
    const Slice handlers = compiled.levels[level].handlers;
    for (uint32_t i = 0; i < handlers.count; ++i) {
      const uint16_t start = compiled.attached[handlers.first + i];
      if (nodes[start].host != nothing) reached_[nodes[start].host] = true;
    }
  }
}

bool ProcessSpace::is_open(uint16_t level) const {
  const uint16_t host = compiled_.levels[level].node;
  return host == nothing || reached_[host];
}

std::vector<uint16_t> ProcessSpace::starts(uint16_t level) const {
  const Level& here = compiled_.levels[level];
  std::vector<uint16_t> out;
  if (here.ad_hoc) {
    for (uint32_t i = 0; i < here.offered.count; ++i) {
      out.push_back(compiled_.attached[here.offered.first + i]);
    }
    return out;
  }
  if (here.start != nothing) out.push_back(here.start);
  // An event with several triggers has a start for each; a process may have several start events.
  if (here.event || (here.pool && here.node != compiled_.main_pool)) {
    const Slice handlers = compiled_.levels[here.parent].handlers;
    for (uint32_t i = 0; i < handlers.count; ++i) {
      const uint16_t start = compiled_.attached[handlers.first + i];
      if (compiled_.nodes[start].host == here.node) out.push_back(start);
    }
  }
  if (level == 0) out.insert(out.end(), compiled_.pools.begin(), compiled_.pools.end());
  if (here.node == compiled_.main_pool) {  // where cases are opened
    for (const TimedStart& timed : compiled_.timed_starts) out.push_back(timed.node);
    for (const auto& [message, start] : compiled_.message_starts) {
      out.push_back(start);
      for (const uint16_t gateway : sources_) {  // a gateway that opens cases
        if (gateway == nothing || compiled_.nodes[gateway].op != Op::event_gateway) continue;
        const auto& targets = next_[gateway];
        if (std::find(targets.begin(), targets.end(), start) != targets.end()) {
          out.push_back(gateway);
        }
      }
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<bool> ProcessSpace::reachable_from(std::vector<uint16_t> open) const {
  std::vector<bool> seen(compiled_.nodes.size());
  while (!open.empty()) {
    const uint16_t index = open.back();
    open.pop_back();
    if (seen[index]) continue;
    seen[index] = true;
    open.insert(open.end(), next_[index].begin(), next_[index].end());
  }
  return seen;
}

// As Stepper::throw_up() asks, and broadcast(): everybody who interrupts a scope around it.
bool ProcessSpace::interrupts_itself(uint16_t index) const {
  const Node& thrower = compiled_.nodes[index];
  if (thrower.op == Op::throw_error) return true;
  if (!is_throw(thrower.op)) return false;
  const bool signal = thrower.op == Op::throw_signal;
  const auto hears = [&](uint16_t catcher) {
    const Node& node = compiled_.nodes[catcher];
    if (signal) return node.trigger == Trigger::signal && node.message == thrower.message;
    return node.trigger == Trigger::escalation &&
           (node.code == nothing || node.code == thrower.code);
  };
  uint16_t from = nothing;
  for (uint16_t l = thrower.level;; l = compiled_.levels[l].parent) {
    const Level& level = compiled_.levels[l];
    // What an interrupting event sub-process has taken back hears nothing any more.
    const bool deaf = from != nothing && compiled_.levels[from].event &&
                      compiled_.nodes[compiled_.levels[from].start].interrupting;
    for (uint32_t i = 0; i < level.handlers.count && !deaf; ++i) {
      const uint16_t start = compiled_.attached[level.handlers.first + i];
      if (!hears(start) || (!signal && compiled_.nodes[start].level == from)) continue;
      if (compiled_.nodes[start].interrupting) return true;
      if (!signal) return false;
    }
    if (level.node == nothing) return false;
    const Slice attached = compiled_.nodes[level.node].attached;
    for (uint32_t i = 0; i < attached.count && !level.event; ++i) {
      const uint16_t boundary = compiled_.attached[attached.first + i];
      if (!hears(boundary)) continue;
      if (compiled_.nodes[boundary].interrupting) return true;
      if (!signal) return false;
    }
    from = l;
  }
}

ScopeSpace ProcessSpace::explore(uint16_t level) {
  const Level& here = compiled_.levels[level];
  if (here.loop) {  // one activity; no instance at all is an end, too
    const Loop& loop = compiled_.loops[compiled_.nodes[here.node].loop];
    const uint16_t inside = here.start == nothing ? nothing : compiled_.nodes[here.start].inner;
    ScopeSpace out;
    out.completes = loop.multi || loop.test_before || inside == nothing || completes_[inside];
    completes_[level] = out.completes;
    return out;
  }
  if (is_collaboration(level)) {
    ScopeSpace side_by_side;
    side_by_side.completes = true;
    return side_by_side;
  }
  ScopeSpace out = ScopeWalk(*this, level, nothing, {}).run();
  // What is told of it is not told again of the scopes around it.
  completes_[level] = out.completes || out.pruned || out.too_large || !out.waiting.empty() ||
                      here.handlers.count != 0;
  return out;
}

// An interrupting event sub-process stands alone in its scope; the others stand beside whatever is
// there, as often as their trigger came.
Reach ProcessSpace::could_stand(uint16_t level, std::vector<Standing> tokens) const {
  // Processes side by side: whether they fit together is not asked.
  if (level == 0 && compiled_.main_pool != nothing) return Reach::reached;
  size_t interrupting = 0;
  const size_t before = tokens.size();
  for (const Standing& token : tokens) {
    if (!reached_[token.node]) return Reach::never;
    const Node& node = compiled_.nodes[token.node];
    if (node.op == Op::cancel) return before == 1 ? Reach::reached : Reach::never;
    if (node.op != Op::triggered || node.inner == nothing) continue;
    const uint16_t start = compiled_.levels[node.inner].start;
    interrupting += start != nothing && compiled_.nodes[start].interrupting ? 1 : 0;
  }
  if (interrupting > 0) return before == 1 ? Reach::reached : Reach::never;
  if (is_collaboration(level)) return Reach::reached;
  std::erase_if(tokens, [&](const Standing& token) {
    return compiled_.nodes[token.node].op == Op::triggered;
  });
  if (compiled_.levels[level].loop) return tokens.size() <= 1 ? Reach::reached : Reach::never;
  return ScopeWalk(*this, level).find(std::move(tokens));
}

Standings ProcessSpace::standings(uint16_t level, size_t most) const {
  if (compiled_.levels[level].loop) {
    return {{{Standing{compiled_.levels[level].start}}}, true};
  }
  if (is_collaboration(level)) return {{}, false};
  return ScopeWalk(*this, level).list(most);
}

// Not where tokens look at others that they do not meet: at inclusive and complex joins.
TokenSteps ProcessSpace::steps(uint16_t level, const std::vector<bool>& passed) const {
  TokenSteps out;
  const auto add = [&](uint16_t index, const std::vector<Standing>& before) {
    Standings next = ScopeWalk(*this, level).list_next(index, passed);
    out.complete = out.complete && next.complete;
    for (auto& after : next.ways) out.steps.push_back({before, std::move(after)});
  };
  if (is_collaboration(level)) return {{}, false};
  out.complete = !compiled_.levels[level].ad_hoc && !compiled_.levels[level].loop;
  add(nothing, {});
  std::vector<bool> behind(compiled_.nodes.size(), false);  // their tokens stand at a gateway
  for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
    if (compiled_.nodes[index].op != Op::event_gateway) continue;
    for (const uint16_t target : next_[index]) behind[target] = true;
  }
  for (uint16_t index = 0; index < compiled_.nodes.size() && out.complete; ++index) {
    const Node& node = compiled_.nodes[index];
    if (node.level != level || !reached_[index]) continue;
    if (is_join(node)) {
      std::vector<Standing> all;
      for (uint16_t a = 0; a < node.arrivals; ++a) all.push_back({index, Standing::How::waits, a});
      out.complete = out.complete && node.op == Op::parallel;
      add(index, all);
    } else if (is_waiting_op(node.op) && !passed[index] && !behind[index]) {
      add(index, {{index}});
    }
  }
  return out;
}

Reach ProcessSpace::could_become(uint16_t level, const TokenStep& step) const {
  if (step.before.empty()) return could_stand(level, step.after);
  return ScopeWalk(*this, level).find(step);
}

// For each split whose strands meet at exclusive merges with something to do behind them.
std::vector<DoneTwice> ProcessSpace::done_twice(uint16_t level) const {
  const auto does = [&](uint16_t index) {
    const Op op = compiled_.nodes[index].op;
    return (is_waiting_op(op) && op != Op::event_gateway && op != Op::timer) ||
           op == Op::send_task || op == Op::script_task || op == Op::decision || op == Op::post;
  };
  std::vector<DoneTwice> out;
  for (uint16_t split = 0; split < compiled_.nodes.size(); ++split) {
    const Node& here = compiled_.nodes[split];
    if (here.level != level || here.out.count < 2 || !reached_[split]) continue;
    if (here.op == Op::exclusive || here.op == Op::event_gateway || here.op == Op::triggered) {
      continue;
    }
    std::vector<uint32_t> by(compiled_.nodes.size());  // how many of its ways lead to a node
    for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
      const std::vector<bool> behind = reachable_from({compiled_.flows[i].target});
      for (size_t n = 0; n < behind.size(); ++n) by[n] += behind[n] ? 1 : 0;
    }
    std::vector<uint16_t> merges;
    for (uint16_t merge = 0; merge < compiled_.nodes.size() && merges.size() < 7; ++merge) {
      const Node& each = compiled_.nodes[merge];
      if (each.op != Op::exclusive || each.arrivals < 2 || by[merge] < 2) continue;
      const std::vector<bool> behind = reachable_from({merge});
      for (uint16_t n = 0; n < behind.size(); ++n) {
        if (!behind[n] || !does(n)) continue;
        merges.push_back(merge);
        break;
      }
    }
    if (merges.empty()) continue;
    ScopeWalk walk(*this, level, split, merges);
    walk.run();
    for (const uint16_t merge : walk.twice()) {
      const bool told = std::any_of(out.begin(), out.end(),
                                    [&](const DoneTwice& each) { return each.merge == merge; });
      if (!told) out.push_back({split, merge});
    }
  }
  return out;
}

}  // namespace passerelle::pathway
