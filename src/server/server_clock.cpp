#include "server/server_clock.h"

#include <algorithm>

#include "base/log.h"

namespace passerelle::server {
namespace {

// Less is the clock's own discipline, or another thread that was quicker.
constexpr Millis::rep small_step_millis = 1000;

}  // namespace

Instant wall_now() {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

ServerClock::ServerClock(std::optional<Instant> test) : is_test_(test.has_value()) {
  if (test) latest_ = test->time_since_epoch().count();
}

void ServerClock::move_to(Instant instant) { reach(instant.time_since_epoch().count()); }

bool ServerClock::reach(Millis::rep wanted) const {
  Millis::rep latest = latest_;
  while (wanted > latest)
    if (latest_.compare_exchange_weak(latest, wanted)) return true;
  return wanted == latest;
}

Instant ServerClock::now() const {
  if (is_test_) return Instant(Millis(latest_));
  const Millis::rep wall = sources_.wall().time_since_epoch().count();
  if (is_behind_) return run_on(wall);
  if (reach(wall)) return Instant(Millis(wall));
  const Millis::rep latest = latest_;
  return latest - wall < small_step_millis ? Instant(Millis(latest)) : run_on(wall);
}

Instant ServerClock::run_on(Millis::rep wall) const {
  const std::lock_guard lock(mutex_);
  const Steady steady = sources_.steady();
  if (!is_behind_) {
    from_ = latest_;
    since_ = steady;
    is_behind_ = true;
    log(LogLevel::warning,
        "the system's clock was set back: the server's time runs on, somewhat slower, until it has "
        "caught up");
  }
  const auto passed = std::chrono::duration_cast<Millis>(steady - since_).count();
  const Millis::rep wanted = from_ + passed - passed / 8;
  if (wall >= wanted) is_behind_ = false;
  reach(std::max(wall, wanted));
  return Instant(Millis(latest_));
}

Millis ServerClock::ahead() const {
  if (is_test_) return Millis(0);
  const Millis::rep ahead = latest_ - sources_.wall().time_since_epoch().count();
  return Millis(std::max<Millis::rep>(ahead, 0));
}

}  // namespace passerelle::server
