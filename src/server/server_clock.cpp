#include "server/server_clock.h"

namespace passerelle::server {

Instant wall_now() {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

ServerClock::ServerClock(std::optional<Instant> test) : is_test_(test.has_value()) {
  if (test) latest_ = test->time_since_epoch().count();
}

void ServerClock::move_to(Instant instant) {
  const Millis::rep wanted = instant.time_since_epoch().count();
  Millis::rep latest = latest_;
  while (wanted > latest && !latest_.compare_exchange_weak(latest, wanted)) {
  }
}

Instant ServerClock::now() const {
  if (is_test_) return Instant(Millis(latest_));
  const Millis::rep wanted = wall_now().time_since_epoch().count();
  Millis::rep latest = latest_;
  while (wanted > latest && !latest_.compare_exchange_weak(latest, wanted)) {
  }
  return Instant(Millis(std::max(wanted, latest)));
}

}  // namespace passerelle::server
