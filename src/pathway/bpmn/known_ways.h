// The steps that cases of one pathway have taken so far, so that the next case that stands where
// another stood, and is told the same, need not be walked through the diagram again.
//
// Most steps of most cases are the same few: work is done, and the next work is offered. Where a
// step sets no variable and no timer, what it does depends on where the tokens stand, on what the
// case is told, and on what the expressions on its way give; on nothing else. That is remembered.
// The expressions are asked again each time, in the order in which they were asked: as long as each
// gives what it gave before, the step does what it did before. Whatever is new, or depends on more,
// is walked. With and without, step() gives the same (step_known_ways_test.cpp).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pathway/step.h"

namespace passerelle::pathway {

class KnownWays {
 public:
  static constexpr uint32_t unknown = ~uint32_t{0};

  // What a step asked while it was walked.
  struct Recording {
    std::vector<std::pair<uint16_t, feel::Value>> asked;  // expression, what it gave
    bool plain = true;  // nothing but that, and what the case was told, decides what it does
  };

  // What the case is told, as far as it decides what happens.
  struct Told {
    Name role = 0, channel = 0;
    uint32_t what = 0;   // kind; whether somebody tells, and holds the work
    uint32_t where = 0;  // its token, or which start
    bool operator==(const Told&) const = default;
  };

  // An item that is of a token of the state before, or is given out by the step.
  struct Item {
    enum class From : uint8_t { none, fresh, token };
    From from = From::none;
    uint32_t index = 0;
  };
  struct KnownEffect {
    Item item;
    bool by_who_tells = false;  // its event
  };
  struct KnownToken {
    Token token;
    Item item;
    enum class Actor : uint8_t { nobody, as_before, who_tells } actor = Actor::nobody;
  };
  struct Outcome {
    bool never = false;           // it depends on more than was asked: walk
    std::vector<Effect> effects;  // all but items, instants, and who they are about
    std::vector<KnownEffect> details;
    std::vector<KnownToken> tokens;
    bool same_scopes = false;  // as before; else these
    std::vector<State::Scope> scopes;
    std::vector<uint32_t> hosts;  // of the scopes: in `tokens`, or `unknown`
    bool looks_back = false;      // at tokens that were there before
    uint32_t fresh = 0;           // items given out
    bool ended = false;
    uint32_t place = unknown;
  };

  explicit KnownWays(const Pathway& pathway, const std::vector<uint8_t>* wanted);

  bool are_of(const Pathway& pathway, const std::vector<uint8_t>* wanted) const {
    return &pathway == pathway_ && wanted == wanted_;
  }
  // What was learnt of being told that where the case stands: a branch. `unknown`: nothing can be
  // known of it, or nothing more is learnt. What would be refused is not known.
  uint32_t find(State& state, const Stimulus& stimulus);
  // Sets the variables that a case is opened with, or refuses them (Stepper::set_first_variables).
  Result<void> open(const Stimulus& stimulus, State& state);
  // What is done without anything being asked; else null.
  Outcome* unasked(uint32_t branch) const { return unasked_[branch]; }
  // Asks what is to be asked from the branch on, by `ask(expression)`; null when it is new there.
  template <class Ask>
  Outcome* follow(uint32_t branch, const Ask& ask);
  // Keeps what a step from the branch has done: from the state before to the one after.
  void learn(uint32_t branch, Recording recording, const State& before, const Stimulus& stimulus,
             std::span<const Effect> effects, State& after);
  // Does to the state what was done before, and makes the effects those of this case.
  void apply(Outcome& outcome, const Stimulus& stimulus, State& state);

 private:
  static bool is_knowable(const State& state, const Stimulus& stimulus, Told& told);
  uint32_t place(State& state) { return state.ways_ == serial_ ? state.place_ : find_place(state); }
  uint32_t find_place(State& state);
  static constexpr uint16_t nothing_more = 0xFFFF;
  static constexpr size_t most_answers = 32;  // of one expression at one branch
  struct Branch {
    bool learnt = false;
    uint16_t asks = nothing_more;                         // expression
    std::vector<std::pair<feel::Value, uint32_t>> gives;  // and the branch behind it
    Outcome outcome;                                      // where nothing more is asked
  };
  struct Place {
    std::vector<std::pair<Told, uint32_t>> told;  // and the branch
  };
  bool describe(const State& state);  // into description_
  Outcome outcome_of(const State& before, const Stimulus& stimulus, std::span<const Effect> effects,
                     State& after);

  const Pathway* pathway_;
  const std::vector<uint8_t>* wanted_;
  uint32_t beginning_ = unknown;  // the place of a case that is to be opened
  uint32_t serial_;  // of these ways: what a state remembers of others means nothing here
  std::unordered_map<std::string, uint32_t> numbers_;  // of places, by description
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Branch>> branches_;
  std::vector<Outcome*> unasked_;  // by branch
  uint32_t add_branch() {
    branches_.push_back(std::make_unique<Branch>());
    unasked_.push_back(nullptr);
    return static_cast<uint32_t>(branches_.size() - 1);
  }
  std::string description_;
  const feel::Shape* opening_ = nullptr;  // of the contexts that cases are opened with ...
  std::vector<uint16_t> slots_;           // ... and which variables their entries are
  Outcome unlearnable_;                   // of an expression that gives ever other values
};

template <class Ask>
KnownWays::Outcome* KnownWays::follow(uint32_t branch, const Ask& ask) {
  for (;;) {
    Branch& here = *branches_[branch];
    if (!here.learnt) return nullptr;
    if (here.asks == nothing_more) return &here.outcome;
    const feel::Value gives = ask(here.asks);
    size_t i = 0;
    while (i < here.gives.size() && !here.gives[i].first.is_same(gives)) ++i;
    if (i == most_answers) return &unlearnable_;
    if (i == here.gives.size()) return nullptr;
    branch = here.gives[i].second;
  }
}

}  // namespace passerelle::pathway
