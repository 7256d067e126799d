// What was just written, kept for those who watch: the pages' server-sent events, and
// Subscriptions. A thread follows the record's changes into memory, so that a hundred open pages
// and a hundred subscriptions cost no more reading than one. Only types and ids are told; who wants
// to know more reads the resource, and may be refused.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "server/signal.h"
#include "store/store.h"

namespace passerelle::server {

class ChangeFeed {
 public:
  // Told of every change after start(), in order, from the feed's own thread, which holds no lock
  // and no snapshot meanwhile: it may read and, in short, commit. It must not wait for a peer, nor
  // for anybody who waits for the feed; what it cannot do now it has to come back to by itself.
  using Listener = std::function<void(std::span<const store::ChangeMark>)>;

  explicit ChangeFeed(store::Store& store) : store_(store) {}
  ~ChangeFeed();

  void listen(Listener listener) { listener_ = std::move(listener); }  // before start()
  void start();
  void stop();
  void wake() { signal_.wake(); }  // something was written

  int64_t newest() const;
  // The entries after a sequence number, oldest first; false when some of them are forgotten.
  bool read(int64_t after, std::vector<store::ChangeMark>& out) const;

 private:
  void loop();
  bool follow();

  store::Store& store_;
  Listener listener_;
  Signal signal_;
  mutable std::mutex mutex_;  // of what follows
  std::deque<store::ChangeMark> entries_;
  int64_t newest_ = 0;
  int64_t forgotten_ = 0;  // up to here
  std::thread thread_;
};

}  // namespace passerelle::server
