#include "store/sqlite/readers.h"

#include <chrono>

namespace passerelle::store {
namespace {

// Together with the size of their caches this bounds the memory that a file of any size takes.
constexpr int lent_limit = 24;
// So long a reader waits for one of the kept connections before another is opened. Most loans are
// shorter than opening one takes; some searches last for seconds, and must not hold the others up.
constexpr std::chrono::milliseconds patience{20};

}  // namespace

Result<void> Readers::Loan::begin_snapshot() { return database().run("BEGIN"); }

Result<Readers::Loan> Readers::lend() {
  std::unique_lock lock(mutex_);
  returned_.wait_for(lock, patience, [this] { return !idle_.empty() || lent_ < kept_; });
  returned_.wait(lock, [this] { return !idle_.empty() || lent_ < lent_limit; });
  ++lent_;
  if (!idle_.empty()) {
    std::unique_ptr<Reader> reader = std::move(idle_.back());
    idle_.pop_back();
    return Loan(*this, std::move(reader));
  }
  lock.unlock();
  Result<std::unique_ptr<Database>> database = Database::open(path_, Database::Mode::read_write);
  Result<void> ready;
  if (database)
    // A connection that may not write could not take part in the recovery of the log; query_only
    // keeps it from writing all the same.
    ready = (*database)->execute(
        "PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0; PRAGMA "
        "temp_store=MEMORY; PRAGMA cache_size=-" +
        std::to_string(cache_bytes_ / 1024));
  if (database && ready) return Loan(*this, std::make_unique<Reader>(std::move(*database)));
  lock.lock();
  --lent_;
  returned_.notify_one();
  return database ? ready.error() : database.error();
}

void Readers::give_back(std::unique_ptr<Reader> reader) {
  bool keep = true;
  if (reader->database->in_transaction()) keep = reader->database->run("COMMIT").ok();
  reader->database->trim_statements();
  const std::lock_guard lock(mutex_);
  --lent_;
  if (keep && static_cast<int>(idle_.size()) < kept_) idle_.push_back(std::move(reader));
  returned_.notify_one();
}

}  // namespace passerelle::store
