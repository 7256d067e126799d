#include "server/import_commit.h"

namespace passerelle::server {
namespace {

// Of bodies; with what they are found by, and packed, they take a few times as much.
constexpr size_t most_bytes = 24u << 20;

}  // namespace

void ImportCommitter::submit(size_t piece, std::vector<store::Write> writes) {
  const size_t count = writes.size();
  size_t bytes = 0;
  for (const store::Write& write : writes) bytes += write.body.size();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return failure_ || (in_flight_ < most_in_flight_ && bytes_in_flight_ < most_bytes);
    });
    if (failure_) return;
    ++in_flight_;
    bytes_in_flight_ += bytes;
    ++pieces_[piece].open;
  }
  store::Transaction transaction;
  transaction.at = now_;
  transaction.writes = std::move(writes);
  store_.submit(std::move(transaction),
                [this, piece, count, bytes](Result<store::Receipt> receipt) {
                  const std::lock_guard lock(mutex_);
                  --in_flight_;
                  bytes_in_flight_ -= bytes;
                  --pieces_[piece].open;
                  if (receipt) {
                    written_ += count;
                  } else if (!failure_) {
                    failure_ = receipt.error();
                  }
                  settle();
                  changed_.notify_all();
                });
}

void ImportCommitter::finish(size_t piece) {
  const std::lock_guard lock(mutex_);
  pieces_[piece].finished = true;
  settle();
  changed_.notify_all();
}

void ImportCommitter::settle() {
  for (auto next = pieces_.find(first_open_);
       next != pieces_.end() && next->second.finished && next->second.open == 0;
       next = pieces_.find(first_open_)) {
    pieces_.erase(next);
    ++first_open_;
  }
}

void ImportCommitter::wait_before(size_t piece) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return first_open_ >= piece || failure_; });
}

void ImportCommitter::wait_all() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return in_flight_ == 0; });
}

size_t ImportCommitter::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

std::optional<Error> ImportCommitter::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace passerelle::server
