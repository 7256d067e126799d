// What each part of one version of a pathway is in another: computed once from the two, then asked
// for every case that moves. For migration/ only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/bpmn/compiled.h"
#include "pathway/check/process_space.h"
#include "pathway/migration/rules.h"

namespace passerelle::pathway {

class Mapping {
 public:
  // The pathways outlive it. `problems`: rules that name what is not there.
  Mapping(const Pathway& from, const Pathway& to, const MigrationRules& rules,
          std::vector<Finding>& problems);

  const Pathway::Compiled& from() const { return from_; }
  const Pathway::Compiled& to() const { return to_; }
  const ProcessSpace& space_from() const { return space_from_; }
  const ProcessSpace& space_to() const { return space_to_; }

  // By an index of the earlier version; `nothing` where there is none.
  uint16_t node(uint16_t index) const { return nodes_[index]; }
  uint16_t level(uint16_t index) const { return levels_[index]; }
  uint16_t variable(uint16_t slot) const { return variables_[slot]; }
  // Where a token that waits at the node waits then: the node, or the event-based gateway before
  // it.
  uint16_t standing(uint16_t index) const;
  // By which incoming flow a token stands at the counterpart of a join.
  std::optional<uint16_t> arrival(uint16_t join, uint16_t arrival) const;

  // Why a token that waits at the node cannot go on in this version; "" when it can.
  std::string refusal(uint16_t index) const;
  // Why what stands in a scope of the earlier `level` cannot stand in one of the new `target`; ""
  // when it can.
  std::string refusal(uint16_t level, uint16_t target) const;
  enum class Climb : uint8_t { anchored, onward, refused };
  // Whether a scope of the earlier level goes on around `target`, or is left by what moves there.
  Climb climb(uint16_t level, uint16_t target) const;
  bool can_be_opened(uint16_t level) const;  // by what moves into it

  // A timer of the earlier version that a token at `host` (of this one) waits for, or that could
  // start an event sub-process (host: nothing): what goes on in its place.
  uint16_t timer(uint16_t index, uint16_t host) const;

  // Nothing in this new scope has changed: whatever stood there before, can.
  bool is_alike(uint16_t level) const { return alike_[level]; }
  // The types of an earlier variable that no value of has a place: "number" and "text"; empty when
  // it fits, or when the rules give it a new value.
  const std::string& type_change(uint16_t slot) const { return type_changes_[slot]; }
  const feel::Expression* value(uint16_t slot) const;  // of this version's variable, by the rules

  // "'daily' (Questionnaire du jour)"
  static std::string label(const Pathway::Compiled& of, uint16_t index);

 private:
  void match_nodes(const MigrationRules& rules, std::vector<Finding>& problems);
  uint16_t counterpart(uint16_t index, const std::vector<uint16_t>& group,
                       const std::vector<uint16_t>& candidates) const;
  void match_levels();
  void match_flows();
  void match_variables(const MigrationRules& rules, std::vector<Finding>& problems);
  bool encloses(uint16_t outer, uint16_t inner) const;
  bool compare(uint16_t level, uint16_t earlier) const;
  bool compare_flows(uint16_t index, uint16_t counterpart) const;

  const Pathway::Compiled& from_;
  const Pathway::Compiled& to_;
  ProcessSpace space_from_, space_to_;
  std::vector<uint16_t> nodes_, levels_, flows_, variables_;
  std::vector<uint16_t> gateways_;  // by our node: the event-based gateway before it
  std::vector<bool> alike_;
  std::vector<std::string> type_changes_;
  std::map<uint16_t, feel::Expression> values_;
};

// By node: the event-based gateway that waits for it, where there is one.
std::vector<uint16_t> gateways_before(const ProcessSpace& space);

// An event sub-process, and whether it takes back what it meets.
bool is_handler_host(const Node& node);
bool interrupts(const Pathway::Compiled& in, const Node& handler_host);

// Whether the node takes tokens in that stay, other than hosts of a scope: what a case can be said
// to stand at.
bool is_place(const Node& node);

}  // namespace passerelle::pathway
