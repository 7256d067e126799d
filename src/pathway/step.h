// The one function that moves a case:
//
//     step(pathway, state, stimulus) -> effects
//
// `run` drives it with the real clock and the durable store, `rehearse` with virtual time and
// simulated people, `review` by replaying logs. It is pure: no clock, no store, no thread, no
// random number; the same stimuli at the same instants give the same effects, always.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/event.h"
#include "pathway/feel/value.h"

namespace passerelle::pathway {

class Pathway;  // pathway/pathway.h: compiled, immutable, shared by threads

// What the outside tells a case.
struct Stimulus {
  enum class Kind : uint8_t {
    // Open the case; data: a context of initial variables; `message`: by the start event of that
    // message or signal; `item`: by a timed one, 1 + TimedStart::activity.
    start,
    assign,    // `actor` took work `item`
    begin,     // `actor` started work `item`
    complete,  // work `item` is done; data: the form's answers, a context, or null
    release,   // work `item` is given back and offered again; who may do so is decided above
    fail,      // a sent message `item` could not be delivered; data: {activity, reason}, where
               // activity is the BPMN id of the task that sent it
    timer,     // timer `item` is due
    message,   // `message`, or a signal of that name, arrived from outside; data: its payload
    error,     // work `item` cannot be done: raises the BPMN error whose code is data.code
    post,      // `message` of another case, for who waits with data.key; data.content: its payload
  };
  Kind kind = Kind::start;
  Instant at{};
  uint64_t case_number = 0;
  uint32_t item = 0;
  Name message = 0;  // in Pathway::names()
  Name role = 0;     // the role in which the actor acts, in Pathway::names()
  // Opaque to step(), recorded with the events. It is kept in the state as the work's lock, so a
  // number must mean the same person as long as the case lives. 0 = the patient, or nobody.
  Name actor = 0;
  Name channel = 0;
  feel::Value data;
};

// Work offered to people: a user or manual task.
struct OpenWork {
  uint32_t item = 0;
  uint16_t activity = 0;       // index into Pathway::activities()
  std::optional<Instant> due;  // promised until
  int16_t priority = 0;        // higher first: 0 routine, 1 simple alert, 2 urgent
  Name channel = 0;            // how the patient is reached, if it matters
  // Not the activity itself but trouble with it, for the people of `role`: an expression that gave
  // no value, a message that could not be delivered. Completing it tries again where the case
  // stopped; fields of the completion's data are put into the variables of the same names before.
  bool incident = false;
  Name role = 0;     // of an incident: who sees to it; else 0: Activity::roles
  feel::Value data;  // what the task shows: reasons, last answers; of an incident: {reason}
};

struct Effect {
  enum class Kind : uint8_t {
    open_work,     // item, activity, work
    close_work,    // item, activity; no longer offered (done or withdrawn: the record says which)
    set_timer,     // item, activity, at: when it is due, never before now
    cancel_timer,  // item
    send,          // item, activity, work.channel, data: the message's fields; to the outbox
    // item, activity (its `message`), data: {key, content}. Key null: a signal, for all cases that
    // wait for it; else a message for one that waits with that key.
    announce,
    record,    // event: append to the log
    end_case,  // at; nothing will follow
  };
  // Not left to the compiler, which would clear all of it before it sets what stands here.
  Effect() noexcept {}

  Kind kind = Kind::record;
  uint32_t item = 0;
  uint16_t activity = 0;
  Instant at{};
  OpenWork work;
  Event event;
  feel::Value data;
};

struct Token {
  enum class Status : uint8_t {
    waiting,   // for a timer, a message, other tokens, a sub-process
    offered,   // work, nobody has it
    assigned,  // work, locked by `actor`
    started,   // work, locked by `actor`, who has hands on
  };
  // Why the token is an incident instead of what its node says; completing the work tries again.
  enum class Trouble : uint8_t {
    none,
    entering,     // the node could not be entered: a timer without a value, no way out of a gateway
    leaving,      // the activity is done, but no flow leads on
    arming,       // the timer of an event sub-process has no value
    undelivered,  // a message could not be delivered; the case has gone on without it
  };
  uint16_t node = 0;   // index into Pathway::activities()
  uint16_t scope = 0;  // sub-process instance; 0 = the process
  uint32_t item = 0;   // unique in its case; 0 at a joining gateway
  Name actor = 0;      // who holds the work
  uint16_t flow = 0;   // at a joining gateway: by which of its incoming flows it came, from 0
  Status status = Status::waiting;
  Trouble trouble = Trouble::none;
};

// Where a case stands. Small; saved with every event.
class State {
 public:
  bool started() const { return started_; }
  bool ended() const { return ended_; }
  std::span<const Token> tokens() const { return tokens_; }
  // A case variable by its slot (Pathway::variable()), null when never set.
  const feel::Value& variable(uint16_t slot) const;
  std::span<const feel::Value> variables() const { return variables_; }
  // Hands over the lists that a step reads, for whoever fetches memory ahead.
  template <class Take>
  void each_list(const Take& take) const {
    take(tokens_);
    take(scopes_);
    take(waits_);
    take(variables_);
  }

  // As new, for another case; keeps its memory.
  void reset();

  // Compact bytes, and back; load refuses bytes that are not a state of this pathway.
  std::string save(const Pathway& pathway) const;
  static Result<State> load(const Pathway& pathway, std::string_view bytes);

 private:
  friend class Stepper;
  friend class KnownWays;
  friend struct StateBytes;
  friend class Carrier;  // pathway/migration
  struct Scope {
    uint32_t host = 0;   // item of the token that stands at the sub-process; 0 for the process
    uint32_t live = 0;   // tokens in it, waiting and moving
    uint16_t level = 0;  // index of the compiled scope
    uint16_t parent = 0;
    bool alive = false;
    bool interrupted = false;  // by an event sub-process: no other can start
    bool kept = false;         // completed; there only so that it can take itself back
    bool operator==(const Scope&) const = default;
  };
  struct Wait {  // a timer that is set; messages wait without being listed
    Instant at{};
    uint32_t item = 0;
    uint32_t host = 0;  // item of the token whose boundary or choice it is; itself: its own token;
                        // 0: it starts an event sub-process
    uint16_t node = 0;
    uint16_t scope = 0;
    uint16_t left = 0;  // how often it comes again
  };
  struct Local {  // a variable that one scope has for itself
    uint16_t scope = 0;
    uint16_t slot = 0;
    feel::Value value;
  };
  struct Repetition {   // a repeated activity that is under way
    uint32_t host = 0;  // item of its token
    uint32_t total = 0;
    uint32_t started = 0;
    uint32_t completed = 0;
    std::vector<feel::Value> elements;                      // for which, when there is a list
    std::vector<std::pair<uint32_t, feel::Value>> results;  // by loopCounter
  };
  struct Completed {  // what could still be taken back
    uint16_t node = 0;
    uint16_t owner = 0xFFFF;  // the sub-process of `scope` in which it was completed, if any
    uint16_t scope = 0;
    uint32_t taken_back_by = 0;  // item of the compensation event that waits for it
    uint16_t kept = 0;           // the scope that it left behind to take itself back; 0: none
  };
  struct Letter {       // a message between processes of the case that nobody has received yet
    uint16_t node = 0;  // that sent it
    uint32_t item = 0;
    feel::Value key, content;
  };
  struct Held {  // a condition that was true when it was last looked at; a trigger that has come
    uint16_t node = 0;
    uint32_t host = 0;  // item of the token that waits, or that hosts the scope it would start in
  };
  std::vector<Token> tokens_;
  std::vector<Scope> scopes_;
  std::vector<Wait> waits_;
  std::vector<feel::Value> variables_;
  std::vector<Local> locals_;
  std::vector<Repetition> repetitions_;
  std::vector<Completed> completed_;  // in the order in which they were
  std::vector<Held> held_;
  std::vector<Letter> letters_;  // in the order in which they were sent
  std::vector<Held> gathered_;   // of events that wait until all of their triggers have come
  uint32_t next_item_ = 1;
  bool started_ = false;
  bool ended_ = false;
  // Where it stands among the ways known to a StepMemory: remembered, nothing of the state itself.
  uint32_t ways_ = 0;
  uint32_t place_ = 0;
};

// Memory that is reused from step to step; one a thread. `wanted`, when set, says which events are
// built: a bit for each Lifecycle (1 << lifecycle), by activity; the last entry stands for the case
// itself. What work shows and what messages say is then left out: a rehearsal that needs no full
// log does not pay for one. It changes nothing else.
class StepMemory {
 public:
  StepMemory();
  ~StepMemory();
  const std::vector<uint8_t>* wanted = nullptr;

  // From now on steps of this pathway that were taken before are known, and not walked again: for
  // whoever moves thousands of its cases. The pathway, and what `wanted` says, must not change as
  // long as the memory is used.
  void know(const Pathway& pathway);

 private:
  friend class Stepper;
  friend Result<std::span<Effect>> step(const Pathway&, State&, const Stimulus&, StepMemory&);
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Moves the case until every token waits. Effects are appended in the order in which they happen:
// first what ends (close_work, then the record of what happened, then the timers it cancels), then
// what is taken back by it (from the inside out: record withdraw, close_work, cancel_timer), then
// what begins (record schedule, open_work, set_timer of its boundary events in the file's order).
// Tokens that can move at the same time move in the order in which they set out; those of a split
// in the file's order of the flows.
//
// An Error leaves the state as it was: a stimulus for work that is not open (conflict: already
// done, or withdrawn), for work that another actor holds, for a timer that is not set, a message
// that nobody waits for (conflict), a start with a variable that the pathway does not have
// (invalid). What an expression cannot compute is no Error: the case goes on by an incident.
Result<void> step(const Pathway& pathway, State& state, const Stimulus& stimulus,
                  std::vector<Effect>& effects, StepMemory& memory);
Result<void> step(const Pathway& pathway, State& state, const Stimulus& stimulus,
                  std::vector<Effect>& effects);
// The same with effects that live in the memory until its next step; what their events hold may be
// moved out of them.
Result<std::span<Effect>> step(const Pathway& pathway, State& state, const Stimulus& stimulus,
                               StepMemory& memory);

}  // namespace passerelle::pathway
