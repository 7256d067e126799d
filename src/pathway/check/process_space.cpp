#include "pathway/check/process_space.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

constexpr size_t most_of_a_kind = 2;  // tokens at one place; a third is not followed
constexpr size_t most_tokens = 24;
constexpr size_t most_conditions = 5;  // of which all subsets are tried

// A token: where it stands, and what of it matters.
struct Spot {
  bool moving = false;  // about to enter the node
  uint16_t node = 0;
  bool marker = false;  // a complex gateway that has fired; `sub` is what it took
  uint8_t strands = 0;  // of the split that is looked at
  uint32_t sub = 0;     // by which incoming flow; of a host: the timers that have fired
  auto operator<=>(const Spot&) const = default;
};

struct Situation {
  std::vector<Spot> spots;  // sorted; those that move are the last
  uint64_t held = 0;        // conditions that are known; above: those of them that hold
  uint64_t passed = 0;      // strands that have passed each merge; the top bit: the split has fired

  void add(const Spot& spot) {
    spots.insert(std::upper_bound(spots.begin(), spots.end(), spot), spot);
  }
  std::string key() const {
    std::string out(reinterpret_cast<const char*>(&passed), sizeof passed);
    out.append(reinterpret_cast<const char*>(&held), sizeof held);
    for (const Spot& spot : spots) {
      const uint64_t packed = uint64_t{spot.moving} << 63 | uint64_t{spot.node} << 42 |
                              uint64_t{spot.marker} << 41 | uint64_t{spot.strands} << 32 | spot.sub;
      out.append(reinterpret_cast<const char*>(&packed), sizeof packed);
    }
    return out;
  }
};

constexpr uint64_t split_fired = uint64_t{1} << 63;

bool stops_scope(Op op) { return op == Op::terminate || op == Op::cancel || op == Op::throw_error; }

bool is_throw(Op op) {
  return op == Op::throw_escalation || op == Op::end_escalation || op == Op::throw_signal ||
         op == Op::throw_error;
}

// "severity = \"red\"" and "severity = \"green\"" never hold at once; nor do a and not(a).
bool never_both(std::string_view a, std::string_view b) {
  const auto negates = [](std::string_view x, std::string_view y) {
    return x == "not(" + std::string(y) + ")";
  };
  if (negates(a, b) || negates(b, a)) return true;
  const auto parts = [](std::string_view text) {
    std::pair<std::string_view, std::string_view> out;
    const size_t at = text.find('=');
    if (at == text.npos || at == 0 || text.find('=', at + 1) != text.npos) return out;
    if (std::string_view("<>!").find(text[at - 1]) != std::string_view::npos) return out;
    const std::string_view value = trim(text.substr(at + 1));
    const bool word = value == "true" || value == "false" || value == "null";
    const bool quoted =
        value.size() > 1 && value.front() == '"' && value.find('"', 1) == value.size() - 1;
    const bool number =
        !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
    const std::string_view name = trim(text.substr(0, at));
    const bool plain = name.find_first_of("()\",+-*/") == std::string_view::npos &&
                       name.find(" and ") == std::string_view::npos &&
                       name.find(" or ") == std::string_view::npos;
    if ((word || quoted || number) && plain) out = {name, value};
    return out;
  };
  const auto [name_a, value_a] = parts(a);
  const auto [name_b, value_b] = parts(b);
  return !name_a.empty() && name_a == name_b && value_a != value_b;
}

// "activationCount >= 2": how many it waits for.
std::optional<uint32_t> quorum_of(std::string_view condition) {
  condition = trim(condition);
  constexpr std::string_view name = "activationCount";
  if (!condition.starts_with(name)) return std::nullopt;
  condition = trim(condition.substr(name.size()));
  const bool more = condition.starts_with(">") && !condition.starts_with(">=");
  if (condition.starts_with(">=")) {
    condition.remove_prefix(2);
  } else if (condition.starts_with(">") || condition.starts_with("=")) {
    condition.remove_prefix(1);
  } else {
    return std::nullopt;
  }
  condition = trim(condition);
  uint32_t count = 0;
  const char* end = condition.data() + condition.size();
  const auto [at, failed] = std::from_chars(condition.data(), end, count);
  if (failed != std::errc() || at != end) return std::nullopt;
  return more ? count + 1 : count;
}

}  // namespace

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

// ---- the walk through one scope ----

namespace {

class ScopeWalk {
 public:
  ScopeWalk(const ProcessSpace& space, uint16_t level, uint16_t split, std::vector<uint16_t> merges)
      : space_(space),
        compiled_(space.compiled()),
        level_(level),
        split_(split),
        merges_(std::move(merges)) {
    mark_inert();
    if (!space_.limits().several_ways_out_of_tasks) mark_facts();
  }

  ScopeSpace run() {
    const Level& level = compiled_.levels[level_];
    const std::vector<uint16_t> starts = space_.starts(level_);
    if (level.ad_hoc) {
      Situation all;
      for (const uint16_t start : starts) all.add({.moving = true, .node = start});
      push(std::move(all), 0, {});
      out_.completes = true;
    } else {
      for (const uint16_t start : starts) {
        Situation first;
        const Op op = compiled_.nodes[start].op;
        if (op == Op::event_gateway) continue;           // opens cases, by its events
        if (is_waiting_op(op) || op == Op::triggered) {  // what it waited for has come
          leave(start, 0, first, 0, {});
        } else {
          first.add({.moving = true, .node = start});
          push(std::move(first), 0, {});
        }
      }
    }
    for (size_t i = 0; i < entries_.size() && !out_.too_large; ++i) advance(i);
    out_.states = entries_.size();
    if (out_.too_large) out_.completes = true;
    return std::move(out_);
  }
  const std::vector<uint16_t>& twice() const { return twice_; }

 private:
  struct Entry {
    Situation situation;
    size_t parent = 0;
    WayTaken way;
    uint16_t fired = nothing;  // the join that fired to get here
  };
  using Ways = std::vector<std::vector<uint32_t>>;

  const Node& node(uint16_t index) const { return compiled_.nodes[index]; }

  // What leads to no join, to nothing that ends the scope and to no merge that is looked at, cannot
  // be missed by anything: its tokens end some time and are not followed.
  void mark_inert() {
    std::vector<std::vector<uint16_t>> before(compiled_.nodes.size());
    std::vector<uint16_t> open;
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      for (const uint16_t target : space_.next(index)) before[target].push_back(index);
      const Node& here = node(index);
      if (here.level != level_) continue;
      const bool ends =
          stops_scope(here.op) || (is_throw(here.op) && space_.interrupts_itself(index));
      const bool merges = std::find(merges_.begin(), merges_.end(), index) != merges_.end();
      const bool joins = is_join(here);
      choosy_ = choosy_ || (joins && here.op != Op::parallel) || (ends && !merges_.empty());
      if (ends || joins || merges) open.push_back(index);
    }
    live_.assign(compiled_.nodes.size(), false);
    while (!open.empty()) {
      const uint16_t index = open.back();
      open.pop_back();
      if (live_[index]) continue;
      live_[index] = true;
      open.insert(open.end(), before[index].begin(), before[index].end());
    }
  }

  // ---- conditions that are asked more than once ----

  // What was answered stays so until a node of the scope writes what the condition reads. Where
  // others may write it meanwhile, each question is taken for a new one.
  void mark_facts() {
    facts_.assign(compiled_.flows.size(), nothing);
    rewrites_.assign(compiled_.nodes.size(), 0);
    std::vector<std::pair<std::string_view, std::vector<uint32_t>>> asked;
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      const Node& here = node(index);
      if (here.level != level_ || !live_[index]) continue;
      for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
        const std::string_view text = condition(i);
        if (text.empty()) continue;
        const auto known = std::find_if(asked.begin(), asked.end(),
                                        [&](const auto& each) { return each.first == text; });
        if (known == asked.end()) {
          asked.push_back({text, {i}});
        } else if (std::find(known->second.begin(), known->second.end(), i) ==
                   known->second.end()) {
          known->second.push_back(i);
        }
      }
    }
    uint16_t next = 0;
    for (const auto& [text, flows] : asked) {
      if (flows.size() < 2 || next == 32 || !stays(text, flows.front(), next)) continue;
      for (const uint32_t flow : flows) facts_[flow] = next;
      ++next;
    }
  }

  bool stays(std::string_view text, uint32_t flow, uint16_t fact) {
    for (const std::string_view moving : {"now(", "today(", "on duty"}) {
      if (text.find(moving) != text.npos) return false;
    }
    const auto read = compiled_.expressions[compiled_.flows[flow].condition].names_used();
    const auto reads = [&](uint16_t variable) {
      if (variable == nothing) return false;
      const std::string& name = compiled_.variable_names[variable];
      return std::any_of(read.begin(), read.end(),
                         [&](const std::string& path) { return path.starts_with(name); });
    };
    std::vector<uint16_t> writers;
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      const Node& here = node(index);
      bool writes = reads(here.result);
      for (const Slice& slice : {here.sets, here.takes}) {
        for (uint32_t i = slice.first; i < slice.first + slice.count; ++i) {
          writes = writes || reads(compiled_.assignments[i].variable);
        }
      }
      if (here.loop != nothing) writes = writes || reads(compiled_.loops[here.loop].collect);
      if (!writes) continue;
      if (here.level == level_) {
        if (!live_[index]) return false;
        writers.push_back(index);
        continue;
      }
      for (uint16_t l = here.level; l != nothing; l = compiled_.levels[l].parent) {
        if (l == level_) return false;  // somewhere inside, at any time
        if (l == 0) break;
      }
    }
    for (const uint16_t index : writers) rewrites_[index] |= uint64_t{1} << fact;
    return true;
  }

  // False when the answer is known to be another one.
  bool answer(Situation& in, uint32_t flow, bool holds) const {
    if (facts_.empty() || facts_[flow] == nothing) return true;
    const uint64_t known = uint64_t{1} << facts_[flow];
    const uint64_t value = known << 32;
    if ((in.held & known) != 0) return ((in.held & value) != 0) == holds;
    in.held |= known | (holds ? value : 0);
    return true;
  }

  // Whether standing here makes no difference to standing at what follows: then nobody waits here.
  bool is_passed(uint16_t index) const {
    const Node& here = node(index);
    if (!here.plain_exit || here.again != nothing) return false;
    if (here.inner != nothing && !space_.completes(here.inner)) return false;
    for (uint32_t i = 0; i < here.attached.count; ++i) {
      const Node& event = node(compiled_.attached[here.attached.first + i]);
      if (event.trigger != Trigger::compensation) return false;
    }
    uint16_t target = compiled_.flows[here.out.first].target;
    for (size_t steps = 0; goes_straight_on(target) && steps < 20; ++steps) {
      target = compiled_.flows[node(target).out.first].target;
    }
    if (!is_waiting_op(node(target).op) || index >= target) return false;
    return std::all_of(compiled_.reach.begin(), compiled_.reach.end(),
                       [&](const auto& reach) { return reach[index] == reach[target]; });
  }

  bool goes_straight_on(uint16_t index) const {
    const Node& here = node(index);
    const bool at_once = here.op == Op::pass || here.op == Op::send_task ||
                         here.op == Op::script_task || here.op == Op::decision ||
                         here.op == Op::post;
    return at_once && here.plain_exit && here.again == nothing && index != split_;
  }

  void push(Situation situation, size_t parent, WayTaken way, uint16_t fired = nothing) {
    const auto& spots = situation.spots;
    if (spots.size() > most_tokens) return void(out_.pruned = true);
    size_t alike = 1;
    for (size_t i = 1; i < spots.size(); ++i) {
      Spot one = spots[i - 1], other = spots[i];
      one.strands = other.strands = 0;
      alike = one == other ? alike + 1 : 1;
      if (alike > most_of_a_kind) return void(out_.pruned = true);
    }
    const auto [at, fresh] = known_.emplace(situation.key(), entries_.size());
    if (!fresh) return;
    if (spots.empty() || !spots.back().moving) ++settled_;
    if (settled_ > space_.limits().states || entries_.size() > 8 * space_.limits().states) {
      out_.too_large = true;
      return;
    }
    entries_.push_back({std::move(situation), parent, way, fired});
  }

  void advance(size_t at) {
    const Situation here = entries_[at].situation;
    if (!here.spots.empty() && here.spots.back().moving) {
      Situation rest = here;
      const Spot spot = rest.spots.back();
      rest.spots.pop_back();
      return enter(spot, std::move(rest), at);
    }
    if (fire_joins(here, at)) return;
    bool moved = false;
    for (size_t i = 0; i < here.spots.size(); ++i) {
      const Spot& spot = here.spots[i];
      if (is_join(node(spot.node)) || spot.marker) continue;
      if (i > 0 && here.spots[i - 1] == spot) continue;
      Situation rest = here;
      rest.spots.erase(rest.spots.begin() + static_cast<std::ptrdiff_t>(i));
      happen(spot, rest, at);
      moved = true;
      // Where nothing depends on who comes first, one order shows all that can be stuck.
      if (!choosy_) break;
    }
    if (moved) return;
    if (here.spots.empty()) {
      out_.completes = true;
    } else {
      stuck(here, at);
    }
  }

  // What can happen at a node where a token waits.
  void happen(const Spot& spot, const Situation& rest, size_t from) {
    const Node& here = node(spot.node);
    if (here.op == Op::event_gateway) {
      for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
        leave(compiled_.flows[i].target, spot.strands, rest, from,
              {spot.node, static_cast<uint16_t>(i)});
      }
      return;
    }
    const bool completes = here.inner == nothing || space_.completes(here.inner);
    if (completes) leave(spot.node, spot.strands, rest, from, {});
    for (uint32_t i = 0; i < here.attached.count; ++i) {
      const uint16_t boundary = compiled_.attached[here.attached.first + i];
      const Node& event = node(boundary);
      if (event.trigger == Trigger::compensation) continue;
      if (event.interrupting) {
        leave(boundary, spot.strands, rest, from, {boundary, nothing});
        continue;
      }
      if (!live_[boundary]) continue;  // it starts a strand that nobody waits for
      Situation with = rest;
      Spot host = spot;
      if (event.trigger == Trigger::timer && event.repeats == 0 && i < 32) {
        if ((host.sub >> i & 1) != 0) continue;
        host.sub |= uint32_t{1} << i;
      }
      with.add(host);
      leave(boundary, 0, with, from, {boundary, nothing});  // a strand of its own
    }
  }

  void enter(const Spot& spot, Situation rest, size_t from) {
    const Node& here = node(spot.node);
    if (!live_[spot.node]) return push(std::move(rest), from, {});
    switch (here.op) {
      case Op::end:
        return push(std::move(rest), from, {});
      case Op::terminate:
        out_.completes = true;
        return;
      case Op::throw_error:
      case Op::cancel:
      case Op::triggered:
        return;
      case Op::throw_escalation:
      case Op::end_escalation:
      case Op::throw_signal:
        if (space_.interrupts_itself(spot.node)) return;
        return leave(spot.node, spot.strands, rest, from, {});
      case Op::exclusive:
        return enter_choice(spot, std::move(rest), from);
      case Op::parallel:
      case Op::inclusive:
      case Op::complex:
        if (!is_join(here)) return leave(spot.node, spot.strands, rest, from, {});
        rest.add({.node = spot.node, .strands = spot.strands, .sub = spot.sub});
        if (here.op == Op::parallel) return enter_parallel_join(spot.node, rest, from);
        if (here.op == Op::complex) return enter_complex_join(spot.node, rest, from);
        return push(std::move(rest), from, {});
      default:
        break;
    }
    if (!is_waiting_op(here.op)) return leave(spot.node, spot.strands, rest, from, {});
    if (is_passed(spot.node)) return leave(spot.node, spot.strands, rest, from, {});
    rest.add({.node = spot.node, .strands = spot.strands});
    push(std::move(rest), from, {});
  }

  void enter_choice(const Spot& spot, Situation rest, size_t from) {
    const auto merge = std::find(merges_.begin(), merges_.end(), spot.node);
    if (merge != merges_.end() && spot.strands != 0) {
      const auto shift = 8 * static_cast<size_t>(merge - merges_.begin());
      const auto before = static_cast<uint8_t>(rest.passed >> shift);
      if (before != 0 && (before & spot.strands) == 0) {
        if (std::find(twice_.begin(), twice_.end(), spot.node) == twice_.end()) {
          twice_.push_back(spot.node);
        }
      }
      rest.passed |= uint64_t{spot.strands} << shift;
    }
    const Node& here = node(spot.node);
    for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
      Situation after = rest;
      bool possible = true;
      for (uint32_t other = here.out.first; other < here.out.first + here.out.count; ++other) {
        // The first in the file's order that holds; the default, when none does.
        if (other == i || (other > i && i != here.default_flow)) continue;
        if (other != here.default_flow) possible = possible && answer(after, other, false);
      }
      if (i != here.default_flow) possible = possible && answer(after, i, true);
      if (!possible) continue;
      add_move(after, compiled_.flows[i], spot.strands);
      push(std::move(after), from,
           here.out.count > 1 ? WayTaken{spot.node, static_cast<uint16_t>(i)} : WayTaken{});
    }
  }

  static void add_move(Situation& to, const Flow& flow, uint8_t strands) {
    to.add({.moving = true, .node = flow.target, .strands = strands, .sub = flow.arrival});
  }

  // Which sets of flows can be taken at once.
  Ways ways_out(uint16_t index) {
    const Node& here = node(index);
    if (here.out.count == 0) return {{}};
    std::vector<uint32_t> always, maybe;
    for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
      if (i == here.default_flow) continue;
      (compiled_.flows[i].condition == nothing ? always : maybe).push_back(i);
    }
    Ways out;
    const auto add = [&](const std::vector<uint32_t>& taken) {
      for (size_t a = 0; a < taken.size(); ++a) {
        for (size_t b = a + 1; b < taken.size(); ++b) {
          if (never_both(condition(taken[a]), condition(taken[b]))) return;
        }
      }
      std::vector<uint32_t> set = always;
      set.insert(set.end(), taken.begin(), taken.end());
      if (taken.empty() && here.default_flow != nothing) set.push_back(here.default_flow);
      if (!set.empty()) out.push_back(std::move(set));
    };
    add({});
    const bool several = here.op == Op::inclusive || here.op == Op::complex ||
                         space_.limits().several_ways_out_of_tasks;
    if (several && maybe.size() <= most_conditions) {
      for (uint32_t set = 1; set < uint32_t{1} << maybe.size(); ++set) {
        std::vector<uint32_t> taken;
        for (size_t i = 0; i < maybe.size(); ++i) {
          if ((set >> i & 1) != 0) taken.push_back(maybe[i]);
        }
        add(taken);
      }
      return out;
    }
    for (const uint32_t one : maybe) add({one});
    if (!several) return out;
    out_.pruned = true;
    add(maybe);
    return out;
  }
  std::string_view condition(uint32_t flow) const {
    const uint16_t expression = compiled_.flows[flow].condition;
    if (expression == nothing || compiled_.expressions[expression].empty()) return {};
    return trim(compiled_.expressions[expression].source());
  }

  void leave(uint16_t index, uint8_t strands, const Situation& rest, size_t from, WayTaken way,
             uint16_t fired = nothing) {
    const Node& here = node(index);
    const Ways ways = ways_out(index);
    for (const std::vector<uint32_t>& flows : ways) {
      Situation after = rest;
      if (!rewrites_.empty()) after.held &= ~(rewrites_[index] | rewrites_[index] << 32);
      bool possible = true;
      for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
        if (compiled_.flows[i].condition == nothing || i == here.default_flow) continue;
        const bool taken = std::find(flows.begin(), flows.end(), i) != flows.end();
        possible = possible && answer(after, i, taken);
      }
      if (!possible) continue;
      // Only its first strands are followed, and each until it comes to the split again.
      const bool colours = index == split_ && strands == 0 && (rest.passed & split_fired) == 0;
      const uint8_t kept = index == split_ ? 0 : strands;
      if (colours) after.passed |= split_fired;
      for (const uint32_t flow : flows) {
        const auto own = static_cast<uint8_t>(1u << (flow - here.out.first) % 8);
        add_move(after, compiled_.flows[flow], colours ? own : kept);
      }
      WayTaken taken = way;
      if (taken.node == nothing && ways.size() > 1 && flows.size() == 1) {
        taken = {index, static_cast<uint16_t>(flows.front())};
      }
      if (here.again != nothing) {
        Situation again = after;
        again.add({.moving = true, .node = index, .strands = strands});
        push(std::move(again), from, taken, fired);
      }
      push(std::move(after), from, taken, fired);
    }
  }

  // ---- joins, as in Stepper ----

  uint64_t occupied(const Situation& in, uint16_t join) const {
    uint64_t out = 0;
    for (const Spot& spot : in.spots) {
      if (spot.node == join && !spot.marker && !spot.moving) out |= uint64_t{1} << spot.sub;
    }
    return out;
  }

  // One token from each flow that holds any; the strands that they are.
  uint8_t take(Situation& from, uint16_t join) const {
    uint64_t taken = 0;
    uint8_t strands = 0;
    std::erase_if(from.spots, [&](const Spot& spot) {
      if (spot.node != join || spot.marker || spot.moving) return false;
      const uint64_t bit = uint64_t{1} << spot.sub;
      if ((taken & bit) != 0) return false;
      taken |= bit;
      strands |= spot.strands;
      return true;
    });
    return strands;
  }

  void enter_parallel_join(uint16_t join, const Situation& with, size_t from) {
    const Node& here = node(join);
    uint32_t there = 0;
    for (const Spot& spot : with.spots) {  // sorted: those of one flow may part by their strands
      if (spot.node != join || spot.moving) continue;
      bool before = false;
      for (const Spot& other : with.spots) {
        if (&other == &spot) break;
        before = before || (other.node == join && !other.moving && other.sub == spot.sub);
      }
      there += before ? 0 : 1;
    }
    if (there < here.arrivals) return push(with, from, {});
    Situation rest = with;
    const uint8_t strands = take(rest, join);
    leave(join, strands, rest, from, {}, join);
  }

  void enter_complex_join(uint16_t join, const Situation& with, size_t from) {
    const bool fired = std::any_of(with.spots.begin(), with.spots.end(), [&](const Spot& spot) {
      return spot.node == join && spot.marker;
    });
    if (fired) return push(with, from, {});
    const uint32_t count = static_cast<uint32_t>(
        std::count_if(with.spots.begin(), with.spots.end(),
                      [&](const Spot& spot) { return spot.node == join && !spot.moving; }));
    const auto quorum = quorum_at(join);
    if (!quorum || count < *quorum) push(with, from, {});
    if (quorum && count < *quorum) return;
    Situation rest = with;
    const auto taken = static_cast<uint32_t>(occupied(rest, join));
    const uint8_t strands = take(rest, join);
    rest.add({.node = join, .marker = true, .sub = taken});
    leave(join, strands, rest, from, {}, join);
  }
  std::optional<uint32_t> quorum_at(uint16_t join) const {
    const uint16_t expression = node(join).condition;
    if (expression == nothing || compiled_.expressions[expression].empty()) return std::nullopt;
    return quorum_of(compiled_.expressions[expression].source());
  }

  bool is_blocked(const Situation& in, uint16_t join, uint64_t held) const {
    if (node(join).join == nothing) return false;
    const auto& reach = compiled_.reach[node(join).join];
    return std::any_of(in.spots.begin(), in.spots.end(), [&](const Spot& other) {
      if (other.node == join) return false;
      const uint64_t ways = reach[other.node];
      return (ways & ~held) != 0 && (ways & held) == 0;
    });
  }

  bool fire_joins(const Situation& in, size_t from) {
    bool fires = false;
    uint16_t last = nothing;
    for (const Spot& spot : in.spots) {
      const Op op = node(spot.node).op;
      const bool resets = op == Op::complex && spot.marker;
      if (!is_join(node(spot.node)) || op == Op::parallel) continue;
      if ((op == Op::inclusive && spot.node == last) || (op == Op::complex && !resets)) continue;
      last = spot.node;
      const uint64_t held = occupied(in, spot.node) | (resets ? spot.sub : 0u);
      if (is_blocked(in, spot.node, held)) continue;
      Situation rest = in;
      const uint8_t strands = take(rest, spot.node);
      fires = true;
      if (!resets) {
        leave(spot.node, strands, rest, from, {}, spot.node);
        continue;
      }
      std::erase_if(rest.spots,
                    [&](const Spot& each) { return each.node == spot.node && each.marker; });
      push(std::move(rest), from, {});
    }
    return fires;
  }

  // ---- what is stuck ----

  void stuck(const Situation& here, size_t at) {
    if (split_ != nothing) return;
    const Level& level = compiled_.levels[level_];
    if (level.ad_hoc && level.done != nothing && level.cancel_rest) return;  // it may end so
    std::vector<uint16_t> joins;
    for (const Spot& spot : here.spots) {
      if (node(spot.node).op == Op::complex && !quorum_at(spot.node)) return;
      if (std::find(joins.begin(), joins.end(), spot.node) == joins.end()) {
        joins.push_back(spot.node);
      }
    }
    // Those that wait for another one that waits are not told.
    std::vector<uint16_t> roots;
    for (const uint16_t join : joins) {
      const std::vector<uint16_t> missing = missing_flows(here, join);
      const bool follows = std::any_of(joins.begin(), joins.end(), [&](uint16_t other) {
        if (other == join) return false;
        const std::vector<bool> behind = space_.reachable_from({other});
        return std::any_of(missing.begin(), missing.end(),
                           [&](uint16_t flow) { return behind[space_.source(flow)]; });
      });
      if (!follows) roots.push_back(join);
    }
    if (roots.empty()) roots.push_back(joins.front());
    for (const uint16_t join : roots) tell(here, at, join);
  }

  void tell(const Situation& here, size_t at, uint16_t join) {
    WaitingJoin found;
    found.join = join;
    found.missing = missing_flows(here, join);
    for (size_t i = at;; i = entries_[i].parent) {
      if (entries_[i].fired == join) found.fired = true;
      if (entries_[i].way.node != nothing) found.ways.push_back(entries_[i].way);
      if (i == entries_[i].parent || i == 0) break;
    }
    std::reverse(found.ways.begin(), found.ways.end());
    const auto known = std::find_if(out_.waiting.begin(), out_.waiting.end(),
                                    [&](const WaitingJoin& w) { return w.join == join; });
    if (known == out_.waiting.end()) {
      out_.waiting.push_back(std::move(found));
    } else if (known->fired && !found.fired) {
      *known = std::move(found);
    }
  }

  std::vector<uint16_t> missing_flows(const Situation& here, uint16_t join) const {
    const uint64_t held = occupied(here, join);
    std::vector<uint16_t> out;
    for (uint16_t flow = 0; flow < compiled_.flows.size(); ++flow) {
      const Flow& each = compiled_.flows[flow];
      if (each.target == join && (held >> each.arrival & 1) == 0 &&
          space_.source(flow) != nothing) {
        out.push_back(flow);
      }
    }
    return out;
  }

  const ProcessSpace& space_;
  const Pathway::Compiled& compiled_;
  uint16_t level_;
  uint16_t split_;
  std::vector<uint16_t> merges_;
  std::vector<bool> live_;
  std::vector<uint16_t> facts_;     // by flow: which question its condition is, from 0
  std::vector<uint64_t> rewrites_;  // by node: the questions whose answers it may change
  bool choosy_ = false;             // the order in which tokens come matters
  std::deque<Entry> entries_;
  std::unordered_map<std::string, size_t> known_;
  size_t settled_ = 0;
  ScopeSpace out_;
  std::vector<uint16_t> twice_;
};

}  // namespace

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
  if (level == 0 && compiled_.main_pool != nothing) {  // processes side by side
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
