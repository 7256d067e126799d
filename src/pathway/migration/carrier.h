// Carries one case over. For migration.cpp only.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "pathway/bpmn/stepper.h"
#include "pathway/migration/mapping.h"
#include "pathway/step.h"

namespace passerelle::pathway {

struct Carried {
  State state;
  Settling settling;
};

// The tokens of one scope of a carried state.
struct ScopeTokens {
  uint16_t level = 0;
  std::vector<Standing> tokens;  // sorted
};

class Carrier {
 public:
  Carrier(const Mapping& mapping, const State& state, Instant at);
  // Error.where: the BPMN id, in the earlier version, of what has no place.
  Result<Carried> run();

  // What stands together, scope by scope; but for those in which something is taken back.
  static std::vector<ScopeTokens> scopes(const State& state, const Pathway::Compiled& of);

 private:
  using Trouble = Token::Trouble;
  using Scope = State::Scope;

  const Token* token_of(uint32_t item) const;  // of the earlier state; null when there is none
  bool hosts_scope(const Token& token) const;
  bool takes_back(uint16_t scope) const;
  Result<void> place(size_t index);
  Result<void> place_incident(const Token& token, Token& placed, uint16_t& level) const;
  Result<void> place_waiting(const Token& token, Token& placed, uint16_t& level) const;
  Result<uint16_t> scope_for(uint16_t scope, uint16_t level, uint16_t node);
  Result<uint16_t> image(uint16_t scope, uint16_t node);
  Result<uint16_t> open(uint16_t anchor, uint16_t level);
  void write_tokens();
  void carry_waits();
  void carry_wait(const State::Wait& wait);
  void set_new_timers();
  bool had_boundary(uint16_t timer, uint16_t earlier_host, uint16_t host) const;
  bool had_start(uint16_t start, uint16_t level) const;
  bool is_set(uint16_t timer, uint32_t host, uint16_t scope) const;
  Result<void> carry_variables();
  Result<void> carry_locals();
  Result<feel::Value> computed(uint16_t slot, uint16_t scope);
  std::vector<feel::Value> seen(uint16_t scope) const;
  void carry_repetitions();
  bool can_be_taken_back(const State::Completed& entry) const;
  void keep_scopes();
  Result<void> carry_completed();
  Result<State::Completed> carry_completed(const State::Completed& entry);
  void carry_held();
  Result<void> carry_gathered();
  Result<void> carry_letters();
  Error refuse(uint16_t node, const std::string& why) const;

  const Mapping& mapping_;
  const Pathway::Compiled& from_;
  const Pathway::Compiled& to_;
  const State& old_;
  feel::Evaluation evaluation_;
  Carried out_;
  State& new_;
  std::vector<std::optional<Token>> placed_;                  // by token of the earlier state
  std::map<std::pair<uint16_t, uint16_t>, uint16_t> opened_;  // (around, level) -> scope
};

}  // namespace passerelle::pathway
