#include "server/background.h"

#include "base/log.h"
#include "gateway/gateway.h"
#include "run/engine.h"
#include "server/audit.h"
#include "server/identity.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

constexpr Millis poll = std::chrono::seconds(1);  // also after the system's clock was set
constexpr size_t batch = 200;

}  // namespace

Background::Background(store::Store& store, run::Engine& engine, const gateway::Gateways& gateways,
                       Identity& identity, Audit& audit, ServerClock& clock)
    : store_(store),
      engine_(engine),
      gateways_(gateways),
      identity_(identity),
      audit_(audit),
      clock_(clock) {}

Background::~Background() { stop(); }

void Background::start() {
  timers_ = std::thread([this] { timers_loop(); });
  outbox_ = std::thread([this] { outbox_loop(); });
}

void Background::stop() {
  signal_.stop();
  if (timers_.joinable()) timers_.join();
  if (outbox_.joinable()) outbox_.join();
}

void Background::timers_loop() {
  uint64_t seen = 0;
  std::chrono::steady_clock::time_point flushed{};
  Millis longest{0};
  while (signal_.sleep(seen, longest)) {
    const Instant now = clock_.now();
    size_t fired = 0;
    {
      const std::lock_guard lock(firing_);
      fired = fire_due(now);
    }
    if (fired > 0) wake();
    // Once a second, not after every change: each is a commit.
    if (const auto moment = std::chrono::steady_clock::now(); moment - flushed >= poll) {
      flushed = moment;
      if (const auto written = audit_.flush(now); !written) complain(written.error());
      try_disk(now);
    }
    tidy(now);
    longest = poll;
    const auto next = engine_.next_due();
    if (next && *next && !clock_.is_test() && **next > now && **next - now < poll)
      longest = **next - now;
  }
}

void Background::outbox_loop() {
  uint64_t seen = 0;
  Millis longest{0};
  while (signal_.sleep(seen, longest)) {
    {
      const std::lock_guard lock(delivering_);
      deliver_due(clock_.now());
    }
    longest = poll;
  }
}

size_t Background::fire_due(Instant now) {
  size_t all = 0;
  while (true) {
    const auto fired =
        engine_.run_due(now, batch, [this](const Error& problem) { complain(problem); });
    if (!fired) {
      complain(fired.error());
      return all;
    }
    all += *fired;
    if (*fired == 0) return all;
    if (signal_.is_stopping()) return all;
  }
}

size_t Background::deliver_due(Instant now) {
  size_t all = 0;
  while (true) {
    const auto count = engine_.deliver(gateways_, now, batch);
    if (!count) {
      complain(count.error());
      return all;
    }
    const size_t done = count->delivered + count->failed;
    all += done + count->later;
    if (done == 0) return all;
    if (signal_.is_stopping()) return all;
  }
}

// A full disk refuses writers until there is room again; nobody need write for that to be seen. It
// takes some room, not a byte, to go on.
void Background::try_disk(Instant now) {
  if (store_.counters().writable) return;
  for (const bool fill : {true, false}) {
    store::Transaction transaction;
    transaction.at = now;
    transaction.rows.push_back({"server", "disk-trial", std::nullopt, {}});
    if (fill) transaction.rows.back().value = std::string(store::enough_room_bytes, '.');
    if (!store_.commit(std::move(transaction))) return;  // it was said when it began
  }
}

void Background::tidy(Instant now) {
  if (now - tidied_ < std::chrono::hours(1)) return;
  tidied_ = now;
  if (const auto done = engine_.tidy(now); !done) complain(done.error());
  if (const auto done = identity_.sweep(wall_now()); !done) complain(done.error());
  const std::lock_guard lock(mutex_);
  complaints_.clear();
}

void Background::complain(const Error& error) {
  const std::string text = to_text(error);
  {
    const std::lock_guard lock(mutex_);
    if (!complaints_.insert(text).second) return;
  }
  log(LogLevel::error, text);
}

Result<void> Background::advance_to(Instant target) {
  // Alone: what the other threads did in between would look like work that cannot be done.
  const std::scoped_lock lock(firing_, delivering_);
  while (true) {
    // First what is due already: it belongs to the instants before. What cannot be done stays
    // overdue, and time goes on.
    while (fire_due(clock_.now()) + deliver_due(clock_.now()) > 0) {
    }
    if (clock_.now() >= target) break;
    TRY(const auto next, engine_.next_change(clock_.now()));
    clock_.move_to(next ? std::min(*next, target) : target);
  }
  return remember_test_clock();
}

// A server that is started again goes on from there: time never runs backward.
Result<void> Background::remember_test_clock() {
  store::Transaction transaction;
  transaction.at = clock_.now();
  transaction.rows.push_back({"server", "test-clock", format_instant(clock_.now()), {}});
  TRY_VOID(store_.commit(std::move(transaction)));
  return {};
}

}  // namespace passerelle::server
