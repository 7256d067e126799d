// One call of step(): walks tokens over the compiled nodes. Semantics after BPMN 2.0.2, chapter 13.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "pathway/bpmn/compiled.h"
#include "pathway/bpmn/known_ways.h"
#include "pathway/feel/remembered.h"
#include "pathway/step.h"

namespace passerelle::pathway {

// A token that is about to enter a node.
struct Move {
  uint16_t node = 0;
  uint16_t scope = 0;
  uint16_t arrival = 0;  // by which of the node's incoming flows
};

struct StepMemory::Parts {
  feel::Evaluation evaluation;
  std::vector<Move> moves;  // a queue; `next` is its front
  size_t next = 0;
  std::vector<Instant> dues;
  std::vector<Effect> effects;      // of steps that leave them here
  std::unique_ptr<KnownWays> ways;  // when they are to be known
  // Of the pathway that is to be known:
  const Pathway::Compiled* remembered_of = nullptr;
  std::vector<feel::Remembered> remembered;  // by expression
  std::vector<feel::Memo> fields;            // by the first expression of Fields: of few values
  struct Local {                             // when local times are in the organisation's zone
    feel::Value local;
    std::optional<Instant> at;
  };
  std::array<Local, 256> locals;
  feel::Value channel_text;  // the channel that was looked up last ...
  Name channel = 0;          // ... and its name
};

// What is left to do when a case has been carried over to another version of its pathway.
struct Settling {
  struct Opened {  // a sub-process that now lies around what a token does
    uint16_t scope = 0;
    uint32_t host = 0;  // item of its token
  };
  struct Timer {  // that the earlier version did not have
    uint16_t node = nothing;
    uint16_t scope = 0;
    uint32_t host = 0;  // item of the token that it belongs to; 0: starts an event sub-process
  };
  std::vector<Opened> opened;  // from the outside in
  std::vector<Timer> timers;
  std::vector<uint32_t> lost;  // items of timers that nothing waits for any more
  feel::Value told;            // with the record of it
};

class Stepper {
 public:
  Stepper(const Pathway& pathway, State& state, const Stimulus& stimulus,
          std::vector<Effect>& effects, StepMemory& memory);
  Result<void> run();
  // As run(), by what is known already; learns what is new.
  Result<std::span<Effect>> run_by_known_ways(uint32_t branch);
  // Of a case that was carried over: opens, sets and records what is new, and moves on what can.
  Result<void> settle_in(const Settling& settling);
  // The variables that a case is opened with. Refuses, before it sets any, what the pathway has
  // not.
  static Result<void> set_first_variables(const Pathway::Compiled& compiled,
                                          const Stimulus& stimulus, State& state);
  // Those that every case has; the others are null.
  static void begin_variables(const Pathway::Compiled& compiled, const Stimulus& stimulus,
                              State& state);

 private:
  using Scope = State::Scope;
  using Wait = State::Wait;
  using Repetition = State::Repetition;
  using Trouble = Token::Trouble;
  using Status = Token::Status;
  enum class Thrown : uint8_t { unheard, goes_on, interrupted };  // and the thrower

  // Stimuli (stepper.cpp). Each checks first and changes then.
  Result<void> dispatch();
  Result<void> start_case();
  Result<void> change_work();
  Result<void> take_work(Token& token);
  Result<void> complete_work(size_t index);
  Result<void> mend(size_t index);
  Result<void> fire_timer();
  Result<void> deliver_message();
  Result<void> fail_message();
  Result<void> deliver_post();
  Result<uint16_t> choose_start() const;
  void begin_pools(uint16_t start, bool waits);
  Result<void> raise_error();
  static Result<void> check_variables(const Pathway::Compiled& compiled, const feel::Value& data);
  static void set_variables(const Pathway::Compiled& compiled, State& state,
                            const feel::Value& data);
  void set_variable(uint16_t slot, feel::Value value) {
    if (recording_ != nullptr) recording_->plain = false;
    state_.variables_[slot] = std::move(value);
  }
  Result<void> walk_and_learn(uint32_t branch);

  // Nodes (stepper_nodes.cpp).
  void settle();  // moves until every token waits
  void enter(const Move& move);
  void enter_decision(const Move& move);
  void enter_timer(const Move& move);
  void enter_user_task(const Move& move);
  bool plan_work(const Move& move, OpenWork& work);
  void enter_send_task(const Move& move);
  void enter_exclusive(const Move& move);
  void enter_parallel(const Move& move);
  void enter_inclusive(const Move& move);
  void enter_sub_process(const Move& move);
  void enter_complex(const Move& move);
  void enter_waiting(const Move& move, Slice timers, bool targets, std::string_view no_time);
  void enter_condition(const Move& move);
  bool fire_join();
  bool fire_inclusive(const Token& at);
  bool reset_complex(size_t marker);
  uint64_t occupied_flows(const Token& at) const;
  uint64_t take_from_flows(const Token& at);
  bool is_blocked(const Token& at, uint64_t occupied) const;
  // Follows every flow whose condition holds; the token of `scope` moves, splits or ends.
  void leave(uint16_t index, uint16_t scope) {
    const Node& here = node(index);
    if (here.quick_exit) return push(compiled_.flows[here.out.first], scope);
    leave_by_conditions(index, scope);
  }
  void leave_by_conditions(uint16_t index, uint16_t scope);
  void push(const Flow& flow, uint16_t scope) {
    parts_.moves.push_back({flow.target, scope, flow.arrival});
  }

  // What is caught (stepper_events.cpp).
  bool catches(uint16_t catcher, size_t& token, uint16_t& scope) const;
  bool starts_in(uint16_t start, uint16_t scope) const;
  bool waits_at(const Token& token, uint16_t catcher) const;
  bool is_gathered(uint16_t part, uint32_t host) const;
  bool gather(uint16_t part, uint32_t host);
  void go_on(uint16_t catcher, size_t token, bool by_actor);
  void broadcast(Name signal, const feel::Value& data);
  void enter_throw_signal(const Move& move);
  // The item of a token that throws, as long as it does.
  static constexpr uint32_t in_hand = ~uint32_t{0};
  // Messages between processes and cases (stepper_posts.cpp).
  void enter_post(const Move& move);
  void bring(uint16_t catcher, uint16_t scope, const feel::Value& content);
  bool deliver(uint16_t catcher, const feel::Value& key, const feel::Value& content, bool keyed);
  bool deliver(const State::Letter& letter);
  bool fire_letter();
  bool has_key(uint16_t catcher, uint16_t scope, const feel::Value& key);
  void announce(uint16_t index, uint32_t item, feel::Value key, feel::Value content);
  void go_on_if_there(const Move& move);
  void offer_again(uint16_t index, uint16_t scope);
  bool end_ad_hoc(uint16_t scope);
  Thrown throw_up(Trigger trigger, uint16_t code, uint16_t scope);
  bool fire_condition();
  bool becomes_true(uint16_t index, uint16_t scope, uint32_t host);

  // Repeated activities (stepper_loops.cpp).
  void enter_loop(const Move& move);
  void start_instance(Repetition& repetition, uint16_t index, uint16_t scope);
  void complete_instance(uint16_t scope);
  void end_repetition(uint32_t host);
  Repetition& repetition_of(uint32_t host);
  void set_local(uint16_t scope, uint16_t slot, feel::Value value);
  // Makes the variables what they are inside the scope; inline, since most pathways have no locals.
  void see(uint16_t scope) {
    if (!compiled_.locals.empty() && scope != seen_) see_scope(scope);
  }
  void see_scope(uint16_t scope);
  void unsee() {
    if (seen_ != 0) unsee_scope();
  }
  void unsee_scope();
  void swap_locals(uint16_t scope);

  // Compensation (stepper_undo.cpp).
  void completed(uint16_t index, uint16_t scope);
  bool hand_up_completed(uint16_t scope, const Token& host);
  void enter_compensate(const Move& move);
  void enter_cancel(const Move& move);
  void take_back_next(uint32_t item);

  // Scopes, waits and what is taken back (stepper_scopes.cpp).
  void consume(uint16_t scope);
  void complete_scope(uint16_t scope);
  void end_case();
  uint16_t open_scope(uint16_t level, uint16_t parent, uint32_t host);
  void close_scope(uint16_t scope);
  bool is_alive(uint16_t scope) const {
    return scope < state_.scopes_.size() && state_.scopes_[scope].alive;
  }
  void withdraw_scopes(uint32_t host);
  void withdraw(const Token& token);
  void withdraw_contents(uint16_t scope);
  void arm_handlers(uint16_t scope);
  bool arm_handler(uint16_t start, uint16_t scope);
  // False when it still waits for other triggers of its own.
  bool trigger_handler(uint16_t start, uint16_t scope, uint32_t item);
  bool trigger_boundary(uint16_t boundary, size_t host, uint32_t item);
  bool plan_timers(Slice nodes, bool targets) {
    return nodes.count == 0 || plan_their_timers(nodes, targets);
  }
  bool plan_their_timers(Slice nodes, bool targets);
  void arm_planned(Slice nodes, bool targets, uint16_t scope, uint32_t host);
  void set_timer(uint16_t index, uint16_t scope, uint32_t host, uint32_t item, Instant at,
                 uint16_t left);
  void repeat_timer(const Wait& wait);
  void cancel_timers(uint32_t host);

  Token& add_token(uint16_t index, uint16_t scope, uint32_t item, Status status);
  size_t find_token(uint32_t item) const;  // tokens_.size() when there is none
  Token remove_token(size_t index);
  void incident(uint16_t index, uint16_t scope, uint16_t arrival, Trouble trouble,
                std::string_view cause, std::string_view reason);

  // Values.
  feel::Evaluation& evaluation() {
    if (!ready_) get_ready();
    return parts_.evaluation;
  }
  void get_ready();
  feel::Value evaluate(uint16_t expression) {
    if (expression == nothing) return {};
    // Many are nothing but a variable.
    const uint16_t slot = compiled_.slot_of[expression];
    return slot < state_.variables_.size() && recording_ == nullptr ? state_.variables_[slot]
                                                                    : computed(expression);
  }
  feel::Value computed(uint16_t expression);
  feel::Value evaluate(const Fields& fields);
  std::optional<Instant> instant_of(const feel::Value& date_time) const;
  Name channel_of(const feel::Value& text);
  bool holds(uint16_t expression) { return evaluate(expression).is_true(); }
  std::optional<Instant> instant(const feel::Value& value) const;
  std::optional<Instant> due(uint16_t expression);
  std::string reason_of(uint16_t expression, std::string_view otherwise);

  // Effects.
  Effect& effect(Effect::Kind kind, uint16_t index, uint32_t item);
  bool wants(size_t index, Lifecycle lifecycle) const {
    return memory_.wanted == nullptr ||
           ((*memory_.wanted)[index] >> static_cast<unsigned>(lifecycle) & 1) != 0;
  }
  // What work shows, what a message says.
  feel::Value shown(const Node& here) {
    return memory_.wanted ? feel::Value() : evaluate(here.show);
  }
  Event& record(uint16_t index, Lifecycle lifecycle, uint32_t item);
  Event* record_by_actor(uint16_t index, Lifecycle lifecycle, uint32_t item, feel::Value data);
  void record_case(Lifecycle lifecycle);
  // What every node does when it is done: sets, then the record of it; null when nobody wants one.
  Event* finish(uint16_t index, uint16_t scope, uint32_t item, bool by_actor, Name channel = 0) {
    if (node(index).plain_done && !wants(index, Lifecycle::complete)) return nullptr;
    return finish_and_tell(index, scope, item, by_actor, channel);
  }
  Event* finish_and_tell(uint16_t index, uint16_t scope, uint32_t item, bool by_actor,
                         Name channel);

  const Node& node(uint16_t index) const { return compiled_.nodes[index]; }
  const Level& level_of(uint16_t scope) const {
    return compiled_.levels[state_.scopes_[scope].level];
  }

  const Pathway::Compiled& compiled_;
  State& state_;
  const Stimulus& stimulus_;
  std::vector<Effect>& effects_;
  StepMemory& memory_;
  StepMemory::Parts& parts_;
  uint16_t failed_ = nothing;                  // the expression that plan_timers() could not use
  const feel::Value* brought_ = nullptr;       // to a process that begins by it
  uint16_t seen_ = 0;                          // the scope whose variables are in state_.variables_
  bool ready_ = false;                         // to evaluate: many steps have nothing to
  KnownWays::Recording* recording_ = nullptr;  // of a way that is new
};

}  // namespace passerelle::pathway
