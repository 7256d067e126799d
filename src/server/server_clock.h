// The server's time: the system's clock, or with --test-clock a time that stands still until it is
// moved by hand. It never runs backward.
#pragma once

#include <atomic>
#include <optional>

#include "base/instant.h"

namespace passerelle::server {

// The system's time, also when a test moves the clock: what sessions and wrong passwords go by. A
// rehearsed week must not log everybody out, nor a moved clock let anybody in.
Instant wall_now();

class ServerClock : public Clock {
 public:
  ServerClock() = default;                            // the system's
  explicit ServerClock(std::optional<Instant> test);  // a test clock when there is an instant

  Instant now() const override;
  bool is_test() const { return is_test_; }
  // Of a test clock only; an earlier instant changes nothing.
  void move_to(Instant instant);

 private:
  bool is_test_ = false;
  // The latest instant that was given out: the system's clock may be set back, time here is not.
  mutable std::atomic<Millis::rep> latest_ = 0;
};

}  // namespace passerelle::server
