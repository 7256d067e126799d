// Whether given tokens can stand in a scope together: the walk without what it leaves out for
// check, and beforehand what tokens can become that meet no other token any more.
#include <algorithm>

#include "pathway/check/scope_walk.h"

namespace passerelle::pathway {
namespace {

constexpr size_t most_kinds = 15;       // of tokens apart: four bits each
constexpr uint64_t most_alike = 15;     // of one kind
constexpr size_t most_origins = 4'096;  // subsets of them

unsigned shift_of(size_t kind) { return static_cast<unsigned>(4 * kind); }

Standing standing_of(const Spot& spot, const Node& node) {
  Standing out{spot.node, Standing::How::waits, spot.sub};
  if (spot.marker) {
    out.how = node.op == Op::complex ? Standing::How::fired : Standing::How::stopped;
  }
  return out;
}

Spot spot_of(const Standing& standing) {
  return {.node = standing.node,
          .marker = standing.how != Standing::How::waits,
          .sub = standing.how == Standing::How::stopped ? 0 : standing.sub};
}

}  // namespace

ScopeWalk::ScopeWalk(const ProcessSpace& space, uint16_t level)
    : space_(space),
      compiled_(space.compiled()),
      level_(level),
      split_(nothing),
      live_(compiled_.nodes.size(), true),
      choosy_(true),
      exact_(true) {}

// Which timers of a host have fired is of no account: what they led to stands for itself.
std::vector<Spot> ScopeWalk::settled(const Situation& here, const Pathway::Compiled& compiled) {
  std::vector<Spot> out = here.spots;
  for (Spot& spot : out) {
    if (!spot.marker && !is_join(compiled.nodes[spot.node])) spot.sub = 0;
    spot.strands = 0;
  }
  std::sort(out.begin(), out.end());
  return out;
}

void ScopeWalk::arrive(const Situation& here) {
  if (goal_) {
    found_ = found_ || (here.passed == goal_->others && settled(here, compiled_) == goal_->meeting);
    return;
  }
  std::vector<Standing> way;
  for (const Spot& spot : settled(here, compiled_)) {
    way.push_back(standing_of(spot, node(spot.node)));
  }
  if (std::find(listed_->begin(), listed_->end(), way) != listed_->end()) return;
  if (listed_->size() == most_) {
    out_.too_large = true;
  } else {
    listed_->push_back(std::move(way));
  }
}

Standings ScopeWalk::list(size_t most) {
  Standings out;
  listed_ = &out.ways;
  most_ = most;
  const ScopeSpace walked = run();
  out.complete = !walked.too_large && !walked.pruned;
  return out;
}

Reach ScopeWalk::verdict() const {
  if (found_) return Reach::reached;
  return out_.too_large || out_.pruned ? Reach::undecided : Reach::never;
}

Reach ScopeWalk::find(std::vector<Standing> tokens) {
  if (!set_goal(std::move(tokens))) return Reach::undecided;
  derive();
  begin();
  walk();
  return verdict();
}

// To stand somewhere is to have just come there.
Reach ScopeWalk::find(const TokenStep& step) {
  if (!set_goal(step.after)) return Reach::undecided;
  derive();
  Situation first;
  std::set<uint64_t> others = {0};
  for (const Standing& token : step.before) {
    if (live_[token.node]) {
      first.add({.moving = true, .node = token.node, .sub = token.sub});
    } else {
      others = both(others, goal_->becomes[token.node]);
    }
  }
  for (const uint64_t some : others) {
    first.passed = some;
    push(first, 0, {});
  }
  walk();
  return verdict();
}

// ---- step by step ----

// In one go: what is passed goes on, everything else stays where it has come to.
void ScopeWalk::rest(const Situation& here, size_t at) {
  bool stays = true;
  for (size_t i = 0; i < here.spots.size(); ++i) {
    const Spot& spot = here.spots[i];
    if (is_join(node(spot.node)) || !(*passed_)[spot.node]) continue;
    stays = false;
    Situation others = here;
    others.spots.erase(others.spots.begin() + static_cast<std::ptrdiff_t>(i));
    happen(spot, others, at);
  }
  if (stays) arrive(here);
}

Standings ScopeWalk::list_next(uint16_t index, const std::vector<bool>& passed) {
  constexpr size_t most = 1'000;
  Standings out;
  listed_ = &out.ways;
  most_ = most;
  passed_ = &passed;
  if (index == nothing) {
    begin();
  } else if (is_join(node(index))) {
    leave(index, 0, {}, 0, {});
  } else {
    happen({.node = index}, {}, 0);
  }
  walk();
  out.complete = !out_.too_large && !out_.pruned;
  return out;
}

// What can still come to a join of the scope.
void ScopeWalk::mark_meeting() {
  std::vector<uint16_t> joins;
  std::vector<std::vector<uint16_t>> before(compiled_.nodes.size());
  for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
    for (const uint16_t target : space_.next(index)) before[target].push_back(index);
    if (node(index).level == level_ && is_join(node(index))) joins.push_back(index);
  }
  live_.assign(compiled_.nodes.size(), false);
  while (!joins.empty()) {
    const uint16_t index = joins.back();
    joins.pop_back();
    if (live_[index]) continue;
    live_[index] = true;
    joins.insert(joins.end(), before[index].begin(), before[index].end());
  }
}

// False when there are more tokens than can be looked for.
bool ScopeWalk::set_goal(std::vector<Standing> tokens) {
  mark_meeting();
  std::sort(tokens.begin(), tokens.end());
  Goal& goal = goal_.emplace();
  goal.becomes.resize(compiled_.nodes.size());
  size_t origins = 1, alike = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Standing& token = tokens[i];
    if (token.how == Standing::How::stopped && node(token.node).op == Op::complex) return false;
    alike = i > 0 && tokens[i - 1] == token ? alike + 1 : 1;
    if (live_[token.node]) {
      goal.meeting.push_back(spot_of(token));
      alike_ = std::max(alike_, alike);
      continue;
    }
    if (goal.kinds.empty() || goal.kinds.back() != token) goal.kinds.push_back(token);
    if (goal.kinds.size() > most_kinds || alike > most_alike) return false;
    goal.others += uint64_t{1} << shift_of(goal.kinds.size() - 1);
    origins = alike == 1 ? origins * 2 : origins / alike * (alike + 1);
    if (origins > most_origins) return false;
  }
  std::sort(goal.meeting.begin(), goal.meeting.end());
  return true;
}

bool ScopeWalk::fits(uint64_t some, uint64_t more) const {
  for (size_t kind = 0; kind < goal_->kinds.size(); ++kind) {
    const unsigned shift = shift_of(kind);
    if ((some >> shift & 15) + (more >> shift & 15) > (goal_->others >> shift & 15)) return false;
  }
  return true;
}

std::set<uint64_t> ScopeWalk::both(const std::set<uint64_t>& some,
                                   const std::set<uint64_t>& more) const {
  std::set<uint64_t> out;
  for (const uint64_t a : some) {
    for (const uint64_t b : more) {
      if (fits(a, b)) out.insert(a + b);
    }
  }
  return out;
}

// Until nothing new is found; it ends, since there are only so many subsets.
void ScopeWalk::derive() {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      if (live_[index] || node(index).level != level_) continue;
      auto& known = goal_->becomes[index];
      const size_t before = known.size();
      known.merge(derive(index));
      changed = changed || known.size() != before;
    }
  }
}

// A token that enters the node, and all that comes of it.
std::set<uint64_t> ScopeWalk::derive(uint16_t index) {
  const Node& here = node(index);
  const bool waits = is_waiting_op(here.op);
  std::set<uint64_t> out;
  if (here.op == Op::terminate || here.op == Op::throw_error || here.op == Op::cancel) {
    // Nothing is left of the scope then: it leads to no goal.
  } else if (here.op == Op::end) {
    out.insert(0);
  } else if (here.op == Op::event_gateway || here.op == Op::exclusive) {
    for (uint32_t i = here.out.first; i < here.out.first + here.out.count; ++i) {
      const uint16_t target = compiled_.flows[i].target;
      out.merge(here.op == Op::exclusive ? std::set<uint64_t>(goal_->becomes[target])
                                         : derive_leaving(target));
    }
  } else if (here.op != Op::triggered && !space_.interrupts_itself(index)) {
    if (here.inner == nothing || space_.completes(here.inner)) out = derive_leaving(index);
  }
  for (size_t kind = 0; kind < goal_->kinds.size(); ++kind) {
    const Standing& token = goal_->kinds[kind];
    const bool stands = token.how == Standing::How::stopped || waits;
    if (token.node == index && stands) out.insert(uint64_t{1} << shift_of(kind));
  }
  for (uint32_t i = 0; waits && i < here.attached.count; ++i) {
    const uint16_t boundary = compiled_.attached[here.attached.first + i];
    const Node& event = node(boundary);
    if (event.trigger == Trigger::compensation) continue;
    std::set<uint64_t> strand = derive_leaving(boundary);
    if (event.interrupting) {
      out.merge(strand);
      continue;
    }
    const bool once = event.trigger == Trigger::timer && event.repeats == 0;
    for (size_t before = 0; before != out.size() && (before == 0 || !once);) {
      before = out.size();
      out.merge(both(out, strand));
    }
  }
  return out;
}

std::set<uint64_t> ScopeWalk::derive_leaving(uint16_t index) {
  std::set<uint64_t> out;
  for (const std::vector<uint32_t>& flows : ways_out(index)) {
    std::set<uint64_t> sum = {0};
    for (const uint32_t flow : flows) sum = both(sum, goal_->becomes[compiled_.flows[flow].target]);
    out.merge(sum);
  }
  // Offered once more in an ad-hoc sub-process.
  if (node(index).again != nothing) out.merge(both(out, goal_->becomes[index]));
  return out;
}

// Nobody waits for what is entered: for check it is gone, else it becomes some of what is wanted.
void ScopeWalk::enter_apart(uint16_t index, Situation rest, size_t from) {
  if (!goal_) return push(std::move(rest), from, {});
  for (const uint64_t some : goal_->becomes[index]) {
    if (!fits(rest.passed, some)) continue;
    Situation with = rest;
    with.passed += some;
    push(std::move(with), from, {});
  }
}

// It may be an incident that is looked for.
void ScopeWalk::stop_here(uint16_t index, const Situation& rest, size_t from) {
  const Spot stopped{.node = index, .marker = true};
  if (node(index).op == Op::complex ||
      !std::binary_search(goal_->meeting.begin(), goal_->meeting.end(), stopped)) {
    return;
  }
  Situation with = rest;
  with.add(stopped);
  push(std::move(with), from, {});
}

}  // namespace passerelle::pathway
