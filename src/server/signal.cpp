#include "server/signal.h"

namespace passerelle::server {
namespace {

constexpr Millis gather{5};

}  // namespace

void Signal::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_all();
}

void Signal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  stopped_.notify_all();
}

bool Signal::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool Signal::sleep(uint64_t& seen, Millis longest) {
  std::unique_lock lock(mutex_);
  const bool woken =
      changed_.wait_for(lock, longest, [&] { return stopping_ || changes_ != seen; });
  // Many changes a second are looked at together, and those to come do not wake us one by one.
  if (woken) stopped_.wait_for(lock, gather, [&] { return stopping_; });
  seen = changes_;
  return !stopping_;
}

bool Signal::pause(Millis length) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, length, [&] { return stopping_; });
}

}  // namespace passerelle::server
