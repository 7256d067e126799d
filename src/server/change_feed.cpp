#include "server/change_feed.h"

#include <algorithm>

#include "base/log.h"

namespace passerelle::server {
namespace {

constexpr size_t most_kept = 20'000;
constexpr size_t at_once = 500;
constexpr Millis look_again = std::chrono::seconds(1);

}  // namespace

ChangeFeed::~ChangeFeed() { stop(); }

void ChangeFeed::start() {
  const auto newest = store_.newest_change();
  newest_ = forgotten_ = newest ? *newest : 0;
  thread_ = std::thread([this] { loop(); });
}

void ChangeFeed::stop() {
  signal_.stop();
  if (thread_.joinable()) thread_.join();
}

void ChangeFeed::loop() {
  uint64_t seen = 0;
  while (signal_.sleep(seen, look_again))
    while (follow()) {
    }
}

// False when there is nothing more for now.
bool ChangeFeed::follow() {
  const auto changes = store_.change_marks(newest(), at_once);
  if (!changes) {
    log(LogLevel::error, to_text(changes.error()));
    return false;
  }
  if (changes->empty()) return false;
  {
    const std::lock_guard lock(mutex_);
    entries_.insert(entries_.end(), changes->begin(), changes->end());
    newest_ = changes->back().sequence;
    while (entries_.size() > most_kept) {
      forgotten_ = entries_.front().sequence;
      entries_.pop_front();
    }
  }
  if (listener_) listener_(*changes);
  return changes->size() == at_once && !signal_.is_stopping();
}

int64_t ChangeFeed::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

bool ChangeFeed::read(int64_t after, std::vector<store::ChangeMark>& out) const {
  const std::lock_guard lock(mutex_);
  if (after < forgotten_) return false;
  const auto from = std::upper_bound(
      entries_.begin(), entries_.end(), after,
      [](int64_t sequence, const store::ChangeMark& entry) { return sequence < entry.sequence; });
  out.assign(from, entries_.end());
  return true;
}

}  // namespace passerelle::server
