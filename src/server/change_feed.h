// What was just written, kept for those who watch: the pages' server-sent events. A thread follows
// the record's changes into memory, so that a hundred open pages cost no more reading than one.
// Only types and ids are told; who wants to know more reads the resource, and may be refused.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"

namespace passerelle::server {

struct FeedEntry {
  int64_t sequence = 0;
  std::string type, id;
  int64_t version = 0;
  bool deleted = false;
};

class ChangeFeed {
 public:
  explicit ChangeFeed(store::Store& store) : store_(store) {}
  ~ChangeFeed();

  void start();
  void stop();
  void wake();  // something was written

  int64_t newest() const;
  // The entries after a sequence number, oldest first; false when some of them are forgotten.
  bool read(int64_t after, std::vector<FeedEntry>& out) const;

 private:
  void loop();
  bool follow();

  store::Store& store_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FeedEntry> entries_;
  int64_t newest_ = 0;
  int64_t forgotten_ = 0;  // up to here
  uint64_t changes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace passerelle::server
