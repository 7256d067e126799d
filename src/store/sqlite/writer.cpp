#include "store/sqlite/writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

#include "base/log.h"

namespace passerelle::store {
namespace {

// The log is copied into the file when it has so many pages (64 MB): a page that changes again and
// again meanwhile is copied once.
constexpr int checkpoint_pages = 16384;
// A group ends when it holds so many resources: those who wait for small transactions should not
// wait for many large ones.
constexpr size_t group_writes = 2000;
// Where only large ones wait, an import's: the more is written at once, the fewer pages are written
// twice.
constexpr size_t large_transaction = 100, large_group_writes = 20'000;
// After a transaction that failed (a conflict, a condition that no longer holds), so many groups
// expect another.
constexpr int careful_after_failure = 30;
constexpr int64_t page_bytes = 4096;
constexpr int64_t most_pages = 0xfffffffe;

size_t size_of(const Transaction& transaction) {
  size_t size = 0;
  for (const Write& write : transaction.writes) size += write.body.size();
  for (const RowWrite& row : transaction.rows) size += row.value ? row.value->size() : 0;
  return size;
}

}  // namespace

Writer::Writer(std::unique_ptr<Database> database, const Bodies& bodies, size_t group,
               const MostWork& most_guard)
    : database_(std::move(database)),
      names_(*database_),
      applier_(*database_, names_, bodies, most_guard),
      group_limit_(std::max<size_t>(group, 1)) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> Writer::start() {
  TRY_VOID(applier_.load());
  sqlite3_wal_hook(
      database_->handle(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &wal_pages_);
  thread_ = std::thread([this] { loop(); });
  return {};
}

Counters Writer::counters() const {
  Counters now;
  now.transactions = transactions_;
  now.waiting = waiting_;
  now.writable = writable_;
  now.groups = groups_.read();
  now.commit_micros = commit_micros_.read();
  return now;
}

void Writer::submit(PreparedTransaction transaction, Done done) {
  ++waiting_;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(transaction), std::move(done)});
  }
  wake_.notify_one();
}

Result<Receipt> Writer::commit(PreparedTransaction transaction) {
  if (begin_alone()) {
    ++waiting_;
    std::vector<Job> group;
    group.push_back({std::move(transaction), nullptr});
    write(group);
    end_alone();
    return std::move(group.front().result);
  }
  // Shared by the waiter and the writer: the waiter may be gone before set_value() has returned.
  const auto promise = std::make_shared<std::promise<Result<Receipt>>>();
  std::future<Result<Receipt>> result = promise->get_future();
  submit(std::move(transaction),
         [promise](Result<Receipt> done) { promise->set_value(std::move(done)); });
  return result.get();
}

bool Writer::begin_alone() {
  const std::lock_guard lock(mutex_);
  // Who is always there first would keep the thread from the log, which would grow without end.
  if (writing_ || checkpoint_due_ || !queue_.empty() || stopping_) return false;
  writing_ = true;
  return true;
}

void Writer::end_alone() {
  bool work = false;
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    checkpoint_due_ = wal_pages_ > checkpoint_pages;
    work = checkpoint_due_ || stopping_ || !queue_.empty();
  }
  if (work) wake_.notify_one();
}

// False: that was all. Else the thread writes until rest().
bool Writer::take(std::vector<Job>& group) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock,
             [this] { return !writing_ && (stopping_ || checkpoint_due_ || !queue_.empty()); });
  writing_ = true;
  checkpoint_due_ = false;
  const bool ends = queue_.empty() && stopping_;
  size_t writes = 0, limit = large_group_writes;
  while (!queue_.empty() && group.size() < group_limit_ && (group.empty() || writes < limit)) {
    const size_t more = queue_.front().transaction.content.writes.size();
    if (more < large_transaction) limit = group_writes;
    writes += more;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return !ends;
}

void Writer::rest() {
  const std::lock_guard lock(mutex_);
  writing_ = false;
}

void Writer::write(std::vector<Job>& group) {
  limit_size();
  commit(group);
  waiting_ -= static_cast<int64_t>(group.size());
}

void Writer::loop() {
  std::vector<Job> group;
  while (take(group)) {
    if (!group.empty()) write(group);
    for (Job& job : group) job.done(std::move(job.result));
    group.clear();
    if (wal_pages_ > checkpoint_pages) checkpoint();
    rest();
  }
  checkpoint();
}

void Writer::limit_size() {
  const int64_t bytes = max_bytes_;
  if (bytes == applied_max_bytes_) return;
  applied_max_bytes_ = bytes;
  const int64_t pages = bytes == 0 ? most_pages : bytes / page_bytes;
  const Result<void> done = database_->execute("PRAGMA max_page_count=" + std::to_string(pages));
  if (!done) log(LogLevel::error, to_text(done.error()));
}

void Writer::checkpoint() {
  sqlite3_wal_checkpoint_v2(database_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                            nullptr);
  wal_pages_ = 0;
}

void Writer::roll_back() {
  if (database_->in_transaction()) {
    const Result<void> done = database_->execute("ROLLBACK");
    if (!done) log(LogLevel::error, to_text(done.error()));
  }
  applier_.undo();
  names_.forget();
}

// False: one has failed, and nothing was done of any.
Result<bool> Writer::apply_all(std::vector<Job>& group) {
  for (Job& job : group) {
    job.result = applier_.apply(job.transaction);
    if (job.result) continue;
    if (job.result.error().code == ErrorCode::unavailable || !database_->in_transaction())
      return job.result.error();
    applier_.undo();
    if (group.size() > 1) names_.forget();  // also what the others of the group have added
    TRY_VOID(database_->execute("ROLLBACK"));
    return false;
  }
  return true;
}

// Fails when the group as a whole cannot go on; a transaction that fails by itself has its result.
Result<void> Writer::apply_apart(std::vector<Job>& group) {
  for (Job& job : group) {
    TRY_VOID(database_->run("SAVEPOINT one"));
    job.result = applier_.apply(job.transaction);
    if (job.result) {
      TRY_VOID(database_->run("RELEASE one"));
      continue;
    }
    if (job.result.error().code == ErrorCode::unavailable || !database_->in_transaction())
      return job.result.error();
    applier_.undo();
    TRY_VOID(database_->execute("ROLLBACK TO one; RELEASE one"));
  }
  return {};
}

Result<void> Writer::commit_together(std::vector<Job>& group) {
  const auto begin = std::chrono::steady_clock::now();
  TRY_VOID(database_->run("BEGIN IMMEDIATE"));
  bool applied = false;
  if (group.size() == 1 || careful_groups_ == 0) {
    TRY(applied, apply_all(group));
    if (!applied && group.size() == 1) return {};
    if (!applied) {
      careful_groups_ = careful_after_failure;
      TRY_VOID(database_->run("BEGIN IMMEDIATE"));
    }
  }
  if (!applied) {
    --careful_groups_;
    TRY_VOID(apply_apart(group));
  }
  TRY_VOID(database_->run("COMMIT"));
  const auto took = std::chrono::steady_clock::now() - begin;
  groups_.note(static_cast<int64_t>(group.size()));
  commit_micros_.note(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  return {};
}

void Writer::commit(std::vector<Job>& group) {
  Result<void> done = commit_together(group);
  if (!done) {
    roll_back();
    if (group.size() > 1) {
      // One of them may be too large for the space that is left: the others need not suffer.
      for (Job& job : group) {
        std::vector<Job> one;
        one.push_back(std::move(job));
        commit(one);
        job = std::move(one.front());
      }
      return;
    }
    group.front().result = done.error();
  }
  transactions_ += static_cast<int64_t>(group.size());
  // What was refused for its content tells nothing of the disk.
  size_t size = 0;
  bool tried = !done;
  for (const Job& job : group) {
    if (done && !job.result) continue;
    tried = true;
    size += size_of(job.transaction.content);
  }
  if (tried) note_outcome(done, size);
}

// A disk that has no room for a letter may have some for a word, and be full all the same.
void Writer::note_outcome(const Result<void>& done, size_t size) {
  const bool was_writable = writable_;
  if (!done) {
    refused_bytes_ = std::min(enough_room_bytes, std::max(was_writable ? 0 : refused_bytes_, size));
    writable_ = false;
    if (was_writable) log(LogLevel::error, to_text(done.error()));
  } else if (!was_writable && size >= refused_bytes_) {
    writable_ = true;
    log(LogLevel::info, "the store can be written again");
  }
}

}  // namespace passerelle::store
