// The server's time: the system's clock, or with --test-clock a time that stands still until it is
// moved by hand. It never runs backward, and never stands still because the system's clock was set
// back: then it runs on, an eighth slower, until the system's clock has caught up. So a timer of a
// quarter of an hour takes a quarter of an hour, or two minutes more.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "base/instant.h"

namespace passerelle::server {

// The system's time, also when a test moves the clock: what sessions and wrong passwords go by. A
// rehearsed week must not log everybody out, nor a moved clock let anybody in.
Instant wall_now();

class ServerClock : public Clock {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  // What it goes by; a test gives its own.
  struct Sources {
    Instant (*wall)() = wall_now;
    Steady (*steady)() = std::chrono::steady_clock::now;
  };

  ServerClock() = default;                            // the system's
  explicit ServerClock(std::optional<Instant> test);  // a test clock when there is an instant
  explicit ServerClock(Sources sources) : sources_(sources) {}

  Instant now() const override;
  bool is_test() const { return is_test_; }
  // Of a test clock only; an earlier instant changes nothing.
  void move_to(Instant instant);
  // How far it is before the system's clock, which was set back; 0 = it goes by it.
  Millis ahead() const;

 private:
  Instant run_on(Millis::rep wall) const;
  bool reach(Millis::rep wanted) const;  // false when that is past

  bool is_test_ = false;
  Sources sources_;
  // The latest instant that was given out.
  mutable std::atomic<Millis::rep> latest_ = 0;
  // While the system's clock is behind: where it went on from, and when.
  mutable std::atomic<bool> is_behind_ = false;
  mutable std::mutex mutex_;  // of what follows, and of changes of is_behind_
  mutable Millis::rep from_ = 0;
  mutable Steady since_{};
};

}  // namespace passerelle::server
