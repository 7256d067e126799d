// What happens without a request: timers fire when they are due, messages leave, the audit is
// written, what has expired is cleared away. Two threads, so that a mail server that does not
// answer holds up no alarm.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/instant.h"
#include "base/result.h"
#include "server/signal.h"

namespace passerelle::store {
class Store;
}
namespace passerelle::run {
class Engine;
}
namespace passerelle::gateway {
class Gateways;
}

namespace passerelle::server {

class Audit;
class Identity;
class ServerClock;

class Background {
 public:
  Background(store::Store& store, run::Engine& engine, const gateway::Gateways& gateways,
             Identity& identity, Audit& audit, ServerClock& clock);
  ~Background();

  void start();
  void stop();
  // Something was changed: timers and messages may wait.
  void wake() { signal_.wake(); }
  // Of a test clock: moves it to `target` and does all that is due on the way, in order.
  Result<void> advance_to(Instant target);

 private:
  void timers_loop();
  void outbox_loop();
  // How many were done. The caller holds the lock.
  size_t fire_due(Instant now);
  size_t deliver_due(Instant now);
  void tidy(Instant now);
  void try_disk(Instant now);
  void complain(const Error& error);
  Result<void> remember_test_clock();

  store::Store& store_;
  run::Engine& engine_;
  const gateway::Gateways& gateways_;
  Identity& identity_;
  Audit& audit_;
  ServerClock& clock_;

  Signal signal_;
  std::mutex mutex_;                  // of complaints_
  std::set<std::string> complaints_;  // said already; forgotten every hour

  std::mutex firing_, delivering_;  // held around fire_due(), deliver_due()
  Instant tidied_{};
  std::thread timers_, outbox_;
};

}  // namespace passerelle::server
