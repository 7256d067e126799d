// What threads that follow something sleep on: they are woken when there may be work, look again
// after a while all the same, and end when the server stops.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/instant.h"

namespace passerelle::server {

class Signal {
 public:
  // There may be something to do: for all who sleep, and who would sleep next.
  void wake();
  // All sleepers return, and nobody sleeps any more.
  void stop();
  bool is_stopping() const;

  // Until wake() was called since `seen` was set, or `longest` has passed. False: stop.
  bool sleep(uint64_t& seen, Millis longest);
  // For so long, whoever wakes. False: stop.
  bool pause(Millis length);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_, stopped_;
  uint64_t changes_ = 0;
  bool stopping_ = false;
};

}  // namespace passerelle::server
