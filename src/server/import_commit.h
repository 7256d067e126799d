// The end of import's pipeline: batches of resources go to the store from all workers; here it is
// known which pieces of the input are wholly on the disk.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "store/store.h"

namespace passerelle::server {

class ImportCommitter {
 public:
  // `in_flight`: batches under way at most.
  ImportCommitter(store::Store& store, Instant now, int in_flight)
      : store_(store), now_(now), most_in_flight_(in_flight) {}

  // Waits while many batches are under way.
  void submit(size_t piece, std::vector<store::Write> writes);
  // No more batches of this piece will come.
  void finish(size_t piece);
  // Until all pieces before this one are on the disk, or something failed.
  void wait_before(size_t piece);
  void wait_all();

  size_t written() const;
  std::optional<Error> failure() const;  // the first

 private:
  struct Piece {
    int open = 0;
    bool finished = false;
  };
  void settle();

  store::Store& store_;
  const Instant now_;
  const int most_in_flight_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<size_t, Piece> pieces_;  // those that are not wholly written
  size_t first_open_ = 0;           // all before are written
  int in_flight_ = 0;
  size_t bytes_in_flight_ = 0;
  size_t written_ = 0;
  std::optional<Error> failure_;
};

}  // namespace passerelle::server
