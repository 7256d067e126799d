#include "pathway/check/scope_walk.h"

#include <charconv>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

constexpr size_t most_tokens = 24;
constexpr size_t most_conditions = 5;  // of which all subsets are tried

constexpr uint64_t split_fired = uint64_t{1} << 63;

bool stops_scope(Op op) { return op == Op::terminate || op == Op::cancel || op == Op::throw_error; }

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

ScopeWalk::ScopeWalk(const ProcessSpace& space, uint16_t level, uint16_t split,
                     std::vector<uint16_t> merges)
    : space_(space),
      compiled_(space.compiled()),
      level_(level),
      split_(split),
      merges_(std::move(merges)) {
  mark_inert();
  if (!space_.limits().several_ways_out_of_tasks) mark_facts();
}

void ScopeWalk::begin() {
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
}

void ScopeWalk::walk() {
  for (size_t i = 0; i < entries_.size() && !out_.too_large && !found_; ++i) advance(i);
  out_.states = entries_.size();
  if (out_.too_large) out_.completes = true;
}

ScopeSpace ScopeWalk::run() {
  begin();
  walk();
  return std::move(out_);
}

// What leads to no join, to nothing that ends the scope and to no merge that is looked at, cannot
// be missed by anything: its tokens end some time and are not followed.
void ScopeWalk::mark_inert() {
  std::vector<std::vector<uint16_t>> before(compiled_.nodes.size());
  std::vector<uint16_t> open;
  for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
    for (const uint16_t target : space_.next(index)) before[target].push_back(index);
    const Node& here = node(index);
    if (here.level != level_) continue;
    const bool ends = stops_scope(here.op) || space_.interrupts_itself(index);
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

// What was answered stays so until a node of the scope writes what the condition reads. Where
// others may write it meanwhile, each question is taken for a new one.
void ScopeWalk::mark_facts() {
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
      } else if (std::find(known->second.begin(), known->second.end(), i) == known->second.end()) {
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

bool ScopeWalk::stays(std::string_view text, uint32_t flow, uint16_t fact) {
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
bool ScopeWalk::answer(Situation& in, uint32_t flow, bool holds) const {
  if (facts_.empty() || facts_[flow] == nothing) return true;
  const uint64_t known = uint64_t{1} << facts_[flow];
  const uint64_t value = known << 32;
  if ((in.held & known) != 0) return ((in.held & value) != 0) == holds;
  in.held |= known | (holds ? value : 0);
  return true;
}

// Whether standing here makes no difference to standing at what follows: then nobody waits here.
bool ScopeWalk::is_passed(uint16_t index) const {
  if (exact_) return false;
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

bool ScopeWalk::goes_straight_on(uint16_t index) const {
  const Node& here = node(index);
  const bool at_once = here.op == Op::pass || here.op == Op::send_task ||
                       here.op == Op::script_task || here.op == Op::decision;
  return at_once && here.plain_exit && here.again == nothing && index != split_;
}

void ScopeWalk::push(Situation situation, size_t parent, WayTaken way, uint16_t fired) {
  const auto& spots = situation.spots;
  if (spots.size() > most_tokens) return void(out_.pruned = true);
  size_t alike = 1;
  for (size_t i = 1; i < spots.size(); ++i) {
    Spot one = spots[i - 1], other = spots[i];
    one.strands = other.strands = 0;
    alike = one == other ? alike + 1 : 1;
    if (alike > alike_) return void(out_.pruned = true);
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

void ScopeWalk::advance(size_t at) {
  const Situation here = entries_[at].situation;
  if (!here.spots.empty() && here.spots.back().moving) {
    Situation rest = here;
    const Spot spot = rest.spots.back();
    rest.spots.pop_back();
    return enter(spot, std::move(rest), at);
  }
  if (fire_joins(here, at)) return;
  if (passed_ != nullptr) return rest(here, at);
  if (exact_) arrive(here);
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
void ScopeWalk::happen(const Spot& spot, const Situation& rest, size_t from) {
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
    if (!live_[boundary] && !goal_) continue;  // it starts a strand that nobody waits for
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

void ScopeWalk::enter(const Spot& spot, Situation rest, size_t from) {
  const Node& here = node(spot.node);
  if (!live_[spot.node]) return enter_apart(spot.node, std::move(rest), from);
  if (goal_) stop_here(spot.node, rest, from);
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

void ScopeWalk::enter_choice(const Spot& spot, Situation rest, size_t from) {
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

void ScopeWalk::add_move(Situation& to, const Flow& flow, uint8_t strands) {
  to.add({.moving = true, .node = flow.target, .strands = strands, .sub = flow.arrival});
}

// Which sets of flows can be taken at once.
ScopeWalk::Ways ScopeWalk::ways_out(uint16_t index) {
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
  const bool several = here.op == Op::inclusive || here.op == Op::complex || exact_ ||
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

std::string_view ScopeWalk::condition(uint32_t flow) const {
  const uint16_t expression = compiled_.flows[flow].condition;
  if (expression == nothing || compiled_.expressions[expression].empty()) return {};
  return trim(compiled_.expressions[expression].source());
}

void ScopeWalk::leave(uint16_t index, uint8_t strands, const Situation& rest, size_t from,
                      WayTaken way, uint16_t fired) {
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

uint64_t ScopeWalk::occupied(const Situation& in, uint16_t join) const {
  uint64_t out = 0;
  for (const Spot& spot : in.spots) {
    if (spot.node == join && !spot.marker && !spot.moving) out |= uint64_t{1} << spot.sub;
  }
  return out;
}

// One token from each flow that holds any; the strands that they are.
uint8_t ScopeWalk::take(Situation& from, uint16_t join) const {
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

void ScopeWalk::enter_parallel_join(uint16_t join, const Situation& with, size_t from) {
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

void ScopeWalk::enter_complex_join(uint16_t join, const Situation& with, size_t from) {
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

std::optional<uint32_t> ScopeWalk::quorum_at(uint16_t join) const {
  const uint16_t expression = node(join).condition;
  if (expression == nothing || compiled_.expressions[expression].empty()) return std::nullopt;
  return quorum_of(compiled_.expressions[expression].source());
}

bool ScopeWalk::is_blocked(const Situation& in, uint16_t join, uint64_t held) const {
  if (node(join).join == nothing) return false;
  const auto& reach = compiled_.reach[node(join).join];
  return std::any_of(in.spots.begin(), in.spots.end(), [&](const Spot& other) {
    if (other.node == join) return false;
    const uint64_t ways = reach[other.node];
    return (ways & ~held) != 0 && (ways & held) == 0;
  });
}

bool ScopeWalk::fire_joins(const Situation& in, size_t from) {
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

void ScopeWalk::stuck(const Situation& here, size_t at) {
  if (split_ != nothing || exact_) return;
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

void ScopeWalk::tell(const Situation& here, size_t at, uint16_t join) {
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

std::vector<uint16_t> ScopeWalk::missing_flows(const Situation& here, uint16_t join) const {
  const uint64_t held = occupied(here, join);
  std::vector<uint16_t> out;
  for (uint16_t flow = 0; flow < compiled_.flows.size(); ++flow) {
    const Flow& each = compiled_.flows[flow];
    if (each.target == join && (held >> each.arrival & 1) == 0 && space_.source(flow) != nothing) {
      out.push_back(flow);
    }
  }
  return out;
}

}  // namespace passerelle::pathway
