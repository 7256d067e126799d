// One case in virtual time: step() with a heap of timers and the work that is open.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/pathway.h"
#include "pathway/step.h"

namespace passerelle::pathway {

class Player {
 public:
  Player(const Pathway& pathway, Instant start);

  struct Sent {
    std::string activity, message, to;
  };

  // Every timer that is due until then fires, in order of time.
  Result<void> advance(Instant to);
  // Does the open work of an activity; the answers are read by its form.
  Result<void> complete(std::string_view activity,
                        const std::map<std::string, std::string>& answers);
  // Read by the message's form when it has one.
  Result<void> tell(std::string_view message, const std::map<std::string, std::string>& payload);

  Instant now() const { return now_; }
  bool ended() const { return ended_; }
  // Open work by activity; a key with " (problem)" is an incident.
  std::multimap<std::string, OpenWork> open() const;
  // Since the last clear_news().
  const std::vector<Sent>& sent() const { return sent_; }
  const std::vector<std::string>& happened() const { return happened_; }  // completed activities
  void clear_news();
  // The last value recorded under a name, null when none was.
  feel::Value recorded(const std::string& field) const;
  const State& state() const { return state_; }

 private:
  Result<void> apply(Stimulus stimulus);

  const Pathway& pathway_;
  State state_;
  StepMemory memory_;
  Instant now_{};
  bool ended_ = false;
  struct Timer {
    Instant at{};
    uint32_t item = 0;
  };
  std::vector<Timer> timers_;
  std::map<uint32_t, OpenWork> work_;
  std::vector<Sent> sent_;
  std::vector<std::string> happened_;
  std::map<std::string, feel::Value> recorded_;
};

}  // namespace passerelle::pathway
