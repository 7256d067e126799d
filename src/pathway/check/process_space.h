// All the ways in which the tokens of one scope can move, for check: conditions may hold or not,
// events may happen or not, a sub-process is one step. Exact up to a number of states.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "pathway/bpmn/compiled.h"

namespace passerelle::pathway {

struct SpaceLimits {
  size_t states = 20'000;  // of one scope
  // Several conditions out of a task may hold at once. What is drawn so is mostly meant as a
  // choice, so findings are made without; with it everything that step() can do is explored.
  bool several_ways_out_of_tasks = false;
};

// A way that was taken at a gateway, or an event that happened (flow: none).
struct WayTaken {
  uint16_t node = nothing;
  uint16_t flow = nothing;
};

struct WaitingJoin {
  uint16_t join = nothing;
  bool fired = false;             // before, on the way to this
  std::vector<uint16_t> missing;  // flows by which nothing came
  std::vector<WayTaken> ways;     // that led there, the shortest found
};

// Two strands of a split that pass the same merge one after the other.
struct DoneTwice {
  uint16_t split = nothing;
  uint16_t merge = nothing;
};

// A token of a scope, for asking whether several can stand so together.
struct Standing {
  enum class How : uint8_t {
    waits,    // at an activity or an event; at a join: `sub` is by which incoming flow it came
    fired,    // at a complex gateway that has fired; `sub`: by which flows, a bit each
    stopped,  // an incident: whatever the node does
  };
  uint16_t node = nothing;
  How how = How::waits;
  uint32_t sub = 0;
  auto operator<=>(const Standing&) const = default;
};
enum class Reach : uint8_t { reached, never, undecided };

// All the ways in which the tokens of a scope can stand when nothing moves.
struct Standings {
  std::vector<std::vector<Standing>> ways;  // those that are reached soonest first
  bool complete = true;                     // there are no others
};

// What tokens can come to in one go, by themselves and whatever else is in the scope.
struct TokenStep {
  std::vector<Standing> before;  // of the beginning of the scope: none
  std::vector<Standing> after;
};
struct TokenSteps {
  std::vector<TokenStep> steps;
  bool complete = true;  // whatever happens in the scope is made of these
};

struct ScopeSpace {
  size_t states = 0;
  bool too_large = false;
  bool pruned = false;     // not everything was explored: tokens without end, too many subsets
  bool completes = false;  // it can come to its end
  std::vector<WaitingJoin> waiting;
};

// What hangs together in the whole process; made once, for all its scopes.
class ProcessSpace {
 public:
  explicit ProcessSpace(const Pathway::Compiled& compiled, SpaceLimits limits = {});

  // Nodes that tokens can come to, in this scope and those around it.
  bool is_reached(uint16_t node) const { return reached_[node]; }
  bool is_open(uint16_t level) const;  // something can start in it
  // Nodes of the same scope that a token can come to next; boundary events of it are among them.
  const std::vector<uint16_t>& next(uint16_t node) const { return next_[node]; }
  std::vector<bool> reachable_from(std::vector<uint16_t> nodes) const;
  uint16_t source(uint16_t flow) const { return sources_[flow]; }
  // Where tokens of a scope begin; all of an ad-hoc sub-process at once, one of the others.
  std::vector<uint16_t> starts(uint16_t level) const;
  // Whether the node throws something that takes back the scope that it stands in.
  bool interrupts_itself(uint16_t node) const;

  // From the innermost scope outward: each is one step of the scope around it.
  ScopeSpace explore(uint16_t level);
  std::vector<DoneTwice> done_twice(uint16_t level) const;
  // Whether exactly these tokens can stand in the scope, whatever the data; nobody else in it.
  Reach could_stand(uint16_t level, std::vector<Standing> tokens) const;
  Standings standings(uint16_t level, size_t most) const;
  // Every step of its tokens, one by one; a token at a node that is `passed` does not stay there.
  TokenSteps steps(uint16_t level, const std::vector<bool>& passed) const;
  // Whether `before` can become `after` without the help of other tokens.
  Reach could_become(uint16_t level, const TokenStep& step) const;

  const Pathway::Compiled& compiled() const { return compiled_; }
  const SpaceLimits& limits() const { return limits_; }
  // Whether the scope, explored before, can come to its end.
  bool completes(uint16_t level) const { return completes_[level]; }

 private:
  const Pathway::Compiled& compiled_;
  SpaceLimits limits_;
  std::vector<std::vector<uint16_t>> next_;
  std::vector<uint16_t> sources_;
  std::vector<bool> reached_;
  std::vector<bool> completes_;  // by level
};

// Whether an activity waits: a token that enters it does not leave in the same step.
bool is_waiting_op(Op op);
bool is_throw(Op op);            // an error, an escalation or a signal
bool is_join(const Node& node);  // parallel, inclusive or complex, of several flows

}  // namespace passerelle::pathway
