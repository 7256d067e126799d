// The one function that moves a case:
//
//     step(pathway, state, stimulus) -> effects
//
// `run` drives it with the real clock and the durable store, `rehearse` with virtual time and
// simulated people, `review` by replaying logs. It is pure: no clock, no store, no thread, no random
// number; the same stimuli at the same instants give the same effects, always.
#pragma once

#include <cstdint>
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
    start,     // open the case; data: a context with the case's initial variables
    assign,    // `actor` took work `item`
    begin,     // `actor` started work `item`
    complete,  // work `item` is done; data: the form's answers, a context, or null
    release,   // `actor` gave work `item` back
    fail,      // a message `item` could not be delivered; data: {reason}
    timer,     // timer `item` is due
    message,   // `message` arrived from outside; data: its payload
  };
  Kind kind = Kind::start;
  Instant at{};
  uint64_t case_number = 0;
  uint32_t item = 0;
  Name message = 0;  // in Pathway::names()
  Name role = 0;     // the role in which the actor acts, in Pathway::names()
  Name actor = 0;    // opaque to step(); recorded
  Name channel = 0;
  feel::Value data;
};

// Work offered to people: a user or manual task.
struct OpenWork {
  uint32_t item = 0;
  uint16_t activity = 0;      // index into Pathway::activities()
  std::optional<Instant> due; // promised until
  int16_t priority = 0;       // higher first: 0 routine, 1 simple alert, 2 urgent
  Name channel = 0;           // how the patient is reached, if it matters
  feel::Value data;           // what the task shows: reasons, last answers
};

struct Effect {
  enum class Kind : uint8_t {
    open_work,     // work
    close_work,    // item; the work is no longer offered (done or withdrawn: the record says which)
    set_timer,     // item, activity, at
    cancel_timer,  // item
    send,          // item, activity, work.channel, data: the message's fields; to the outbox
    record,        // event: append to the log
    end_case,      // at; nothing will follow
  };
  Kind kind;
  uint32_t item = 0;
  uint16_t activity = 0;
  Instant at{};
  OpenWork work;
  Event event;
  feel::Value data;
};

struct Token {
  uint16_t node = 0;   // index into Pathway::activities()
  uint16_t scope = 0;  // sub-process instance; 0 = the process
  uint32_t item = 0;   // work item or timer it waits for; 0 = none
};

// Where a case stands. Small; saved with every event.
class State {
 public:
  bool started() const { return started_; }
  bool ended() const { return ended_; }
  std::span<const Token> tokens() const { return tokens_; }
  // A case variable by its slot (Pathway::variable()), null when never set.
  const feel::Value& variable(uint16_t slot) const;

  // Compact bytes, and back; load refuses bytes that are not a state of this pathway.
  std::string save(const Pathway& pathway) const;
  static Result<State> load(const Pathway& pathway, std::string_view bytes);

 private:
  friend class Stepper;
  struct Scope {
    uint16_t node = 0;    // the sub-process; 0 for the process
    uint16_t parent = 0;
    bool alive = false;
  };
  struct Wait {  // a timer, message or boundary event that is armed
    uint32_t item = 0;
    uint16_t node = 0;
    uint16_t scope = 0;
    uint32_t host = 0;    // item of the activity it is attached to; 0 = none
    Instant at{};
  };
  std::vector<Token> tokens_;
  std::vector<Scope> scopes_;
  std::vector<Wait> waits_;
  std::vector<feel::Value> variables_;
  uint32_t next_item_ = 1;
  bool started_ = false;
  bool ended_ = false;
};

// Moves the case until every token waits. Effects are appended in the order in which they happen.
// An Error leaves the state as it was: a stimulus for work that is not open (conflict: already
// done, or withdrawn), for a timer that is not set, a message that nobody waits for.
Result<void> step(const Pathway& pathway, State& state, const Stimulus& stimulus,
                  std::vector<Effect>& effects);

}  // namespace passerelle::pathway
