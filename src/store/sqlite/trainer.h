// Trains the dictionaries that bodies are packed with, on a thread of its own while others read and
// write: the first when there are a few thousand versions, another each time there are eight times
// as many, since what comes later may be of other kinds.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/sqlite/bodies.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/writer.h"

namespace passerelle::store {

class Trainer {
 public:
  // `first`: versions that the first dictionary waits for; 0 = none is ever made.
  Trainer(Readers& readers, Writer& writer, Bodies& bodies, int64_t first)
      : readers_(readers), writer_(writer), bodies_(bodies), first_(first) {}
  ~Trainer();
  // Of a file that was opened. The thread begins with the first version that is written.
  Result<void> start(Database& database);
  // So many more versions are on their way.
  void wrote(size_t versions);

 private:
  void loop();
  Result<void> train();

  Readers& readers_;
  Writer& writer_;
  Bodies& bodies_;
  const int64_t first_;
  std::atomic<int64_t> versions_{0};
  std::atomic<int64_t> next_{0};  // train when there are so many
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, due_ = false;
  std::thread thread_;
};

}  // namespace passerelle::store
