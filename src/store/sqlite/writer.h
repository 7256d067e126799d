// One writes at a time. A thread drains a queue and commits in groups, so that all who wait share
// one sync of the disk; who comes while nobody writes or waits commits on its own thread, and wakes
// nobody. A transaction that fails does not harm the others of its group: they are done again, each
// with a savepoint, which costs a copy of every page that it changes. Checkpoints happen between
// groups, after the answers have left.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/sqlite/applier.h"
#include "store/sqlite/database.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {

class Writer {
 public:
  using Done = std::function<void(Result<Receipt>)>;

  Writer(std::unique_ptr<Database> database, const Bodies& bodies, size_t group,
         const MostWork& most_guard);
  ~Writer();  // after all that was submitted is done
  Result<void> start();

  void submit(PreparedTransaction transaction, Done done);
  // The same, waiting.
  Result<Receipt> commit(PreparedTransaction transaction);

  Counters counters() const;  // but for the sizes of files
  // Refuses to grow the file beyond; 0 = no limit. Between two groups.
  void set_max_bytes(int64_t bytes) { max_bytes_ = bytes; }

 private:
  struct Job {
    PreparedTransaction transaction;
    Done done;
    Result<Receipt> result = Error{};
  };

  void loop();
  bool take(std::vector<Job>& group);
  void rest();
  bool begin_alone();
  void end_alone();
  void write(std::vector<Job>& group);
  void commit(std::vector<Job>& group);
  Result<void> commit_together(std::vector<Job>& group);
  Result<bool> apply_all(std::vector<Job>& group);
  Result<void> apply_apart(std::vector<Job>& group);
  void roll_back();
  void checkpoint();
  void limit_size();
  void note_outcome(const Result<void>& done, size_t size);

  std::unique_ptr<Database> database_;
  Names names_;
  Applier applier_;
  const size_t group_limit_;
  int careful_groups_ = 0;  // to come, whose transactions are expected to fail now and then
  int wal_pages_ = 0;       // written by SQLite's hook, by who writes

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool writing_ = false;         // somebody has the connection and all that stands above
  bool checkpoint_due_ = false;  // left to the thread by one who wrote alone
  bool stopping_ = false;

  Histogram<group_bounds> groups_;
  Histogram<commit_bounds> commit_micros_;
  std::atomic<int64_t> waiting_{0};
  std::atomic<int64_t> transactions_{0};
  std::atomic<bool> writable_{true};
  size_t refused_bytes_ = 0;  // while not writable; of who writes
  std::atomic<int64_t> max_bytes_{0};
  int64_t applied_max_bytes_ = 0;
  std::thread thread_;
};

}  // namespace passerelle::store
