#include "server/change_feed.h"

#include <algorithm>

#include "base/log.h"

namespace passerelle::server {
namespace {

constexpr size_t most_kept = 20'000;
constexpr size_t at_once = 500;
constexpr Millis look_again = std::chrono::seconds(1);
constexpr Millis gather{5};

}  // namespace

ChangeFeed::~ChangeFeed() { stop(); }

void ChangeFeed::start() {
  const auto newest = store_.newest_change();
  newest_ = forgotten_ = newest ? *newest : 0;
  thread_ = std::thread([this] { loop(); });
}

void ChangeFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ChangeFeed::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_all();
}

void ChangeFeed::loop() {
  uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, look_again, [&] { return stopping_ || changes_ != seen; });
      // Many changes a second are read together.
      changed_.wait_for(lock, gather, [&] { return stopping_; });
      if (stopping_) return;
      seen = changes_;
    }
    while (follow()) {
    }
  }
}

// False when there is nothing more for now.
bool ChangeFeed::follow() {
  auto changes = store_.changes(newest(), at_once);
  if (!changes) {
    log(LogLevel::error, to_text(changes.error()));
    return false;
  }
  const std::lock_guard lock(mutex_);
  for (const store::Change& change : *changes) {
    const store::Version& version = change.version;
    entries_.push_back(
        {change.sequence, version.type, version.id, version.version, version.deleted()});
    newest_ = change.sequence;
  }
  while (entries_.size() > most_kept) {
    forgotten_ = entries_.front().sequence;
    entries_.pop_front();
  }
  return !stopping_ && changes->size() == at_once;
}

int64_t ChangeFeed::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

bool ChangeFeed::read(int64_t after, std::vector<FeedEntry>& out) const {
  const std::lock_guard lock(mutex_);
  if (after < forgotten_) return false;
  auto from = std::upper_bound(
      entries_.begin(), entries_.end(), after,
      [](int64_t sequence, const FeedEntry& entry) { return sequence < entry.sequence; });
  out.assign(from, entries_.end());
  return true;
}

}  // namespace passerelle::server
