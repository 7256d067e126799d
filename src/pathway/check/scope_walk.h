// The walk of all tokens of one scope over its nodes, step by step as Stepper does it, each
// situation once. For process_space.cpp only.
#pragma once

#include <algorithm>
#include <compare>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pathway/check/process_space.h"

namespace passerelle::pathway {

inline constexpr size_t most_of_a_kind = 2;  // tokens at one place; a third is not followed

// A token: where it stands, and what of it matters.
struct Spot {
  bool moving = false;  // about to enter the node
  uint16_t node = 0;
  bool marker = false;  // a complex gateway that has fired; `sub` is what it took. An incident
  uint8_t strands = 0;  // of the split that is looked at
  uint32_t sub = 0;     // by which incoming flow; of a host: the timers that have fired
  auto operator<=>(const Spot&) const = default;
};

struct Situation {
  std::vector<Spot> spots;  // sorted; those that move are the last
  uint64_t held = 0;        // conditions that are known; above: those of them that hold
  // Strands that have passed each merge; the top bit: the split has fired. With a goal: how many of
  // each kind of its others there are already.
  uint64_t passed = 0;

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

// Tokens that are looked for. What comes to no join any more depends on no other token: what it
// can become is computed beforehand, so that only what still meets others is walked.
struct Goal {
  std::vector<Spot> meeting;    // sorted, as settled() gives them
  std::vector<Standing> kinds;  // of the others, each kind once
  uint64_t others = 0;          // how many of each kind: four bits each, from the lowest
  std::vector<std::set<uint64_t>> becomes;  // by node: of which of the others it can be the origin
};

class ScopeWalk {
 public:
  // For check: leaves out what makes no difference to what can get stuck.
  ScopeWalk(const ProcessSpace& space, uint16_t level, uint16_t split,
            std::vector<uint16_t> merges);
  // Every situation (scope_goal.cpp).
  ScopeWalk(const ProcessSpace& space, uint16_t level);

  ScopeSpace run();
  Reach find(std::vector<Standing> tokens);
  Reach find(const TokenStep& step);
  Standings list(size_t most);
  // What one go leads to: from the beginning of the scope, or from what happens at a node.
  Standings list_next(uint16_t node, const std::vector<bool>& passed);
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

  void mark_inert();
  void mark_meeting();

  // ---- a goal ----

  bool set_goal(std::vector<Standing> tokens);
  bool fits(uint64_t some, uint64_t more) const;
  std::set<uint64_t> both(const std::set<uint64_t>& some, const std::set<uint64_t>& more) const;
  void derive();
  std::set<uint64_t> derive(uint16_t index);
  std::set<uint64_t> derive_leaving(uint16_t index);
  void arrive(const Situation& here);
  void rest(const Situation& here, size_t at);
  void begin();
  void walk();
  Reach verdict() const;
  void enter_apart(uint16_t index, Situation rest, size_t from);
  void stop_here(uint16_t index, const Situation& rest, size_t from);
  static std::vector<Spot> settled(const Situation& here, const Pathway::Compiled& compiled);

  // ---- conditions that are asked more than once ----

  void mark_facts();

  bool stays(std::string_view text, uint32_t flow, uint16_t fact);

  bool answer(Situation& in, uint32_t flow, bool holds) const;

  bool is_passed(uint16_t index) const;

  bool goes_straight_on(uint16_t index) const;

  void push(Situation situation, size_t parent, WayTaken way, uint16_t fired = nothing);

  void advance(size_t at);

  void happen(const Spot& spot, const Situation& rest, size_t from);

  void enter(const Spot& spot, Situation rest, size_t from);

  void enter_choice(const Spot& spot, Situation rest, size_t from);

  static void add_move(Situation& to, const Flow& flow, uint8_t strands);

  Ways ways_out(uint16_t index);
  std::string_view condition(uint32_t flow) const;

  void leave(uint16_t index, uint8_t strands, const Situation& rest, size_t from, WayTaken way,
             uint16_t fired = nothing);

  // ---- joins, as in Stepper ----

  uint64_t occupied(const Situation& in, uint16_t join) const;

  uint8_t take(Situation& from, uint16_t join) const;

  void enter_parallel_join(uint16_t join, const Situation& with, size_t from);

  void enter_complex_join(uint16_t join, const Situation& with, size_t from);
  std::optional<uint32_t> quorum_at(uint16_t join) const;

  bool is_blocked(const Situation& in, uint16_t join, uint64_t held) const;

  bool fire_joins(const Situation& in, size_t from);

  // ---- what is stuck ----

  void stuck(const Situation& here, size_t at);

  void tell(const Situation& here, size_t at, uint16_t join);

  std::vector<uint16_t> missing_flows(const Situation& here, uint16_t join) const;

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
  bool exact_ = false;  // every situation is looked at
  size_t alike_ = most_of_a_kind;
  std::optional<Goal> goal_;
  bool found_ = false;
  const std::vector<bool>* passed_ = nullptr;  // set: others than these nodes are not left
  std::vector<std::vector<Standing>>* listed_ = nullptr;
  size_t most_ = 0;  // of those that are listed
};

}  // namespace passerelle::pathway
