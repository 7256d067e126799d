// The Store on one SQLite file in WAL mode: a writing thread, a pool of readers, a lock file.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "store/sqlite/bodies.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/trainer.h"
#include "store/sqlite/writer.h"
#include "store/store.h"

namespace passerelle::store {

// Keeps other processes away from a data file, by flock on "<path>.lock".
class FileLock {
 public:
  static Result<std::unique_ptr<FileLock>> take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

class SqliteStore : public Store {
 public:
  // no: the file and its companions are removed when the store is closed.
  enum class Kept { yes, no };
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& given,
                                                   const SqliteOptions& options, Kept kept);
  ~SqliteStore() override;

  Result<Version> read(std::string_view type, std::string_view id) override;
  Result<Version> vread(std::string_view type, std::string_view id, int64_t version) override;
  Result<HistoryPage> history(const HistoryRequest& request) override;
  Result<SearchPage> search(const Query& query) override;
  Result<void> scan(const Query& query, int64_t after, const Visit& visit) override;
  Result<bool> matches(const Query& query, const Version& version,
                       const IndexValues& values) override;
  Result<std::vector<Change>> changes(int64_t after, size_t limit) override;
  Result<std::vector<ChangeMark>> change_marks(int64_t after, size_t limit) override;
  Result<int64_t> newest_change() override;
  void submit(Transaction transaction, std::function<void(Result<Receipt>)> done) override;
  Result<Receipt> commit(Transaction transaction) override;
  uint64_t generation(Definitions kind) const override {
    return generations_[static_cast<size_t>(kind)];
  }

  Result<uint64_t> next_case_number() override;
  Result<CaseRecord> read_case(uint64_t number) override;
  Result<void> scan_cases(const CaseFilter& filter,
                          const std::function<bool(const CaseRecord&)>& visit) override;
  Result<std::vector<CaseCount>> count_cases() override;
  Result<void> scan_events(const EventFilter& filter,
                           const std::function<bool(const EventRecord&)>& visit) override;
  Result<std::vector<Timer>> due_timers(Instant until, size_t limit) override;
  Result<std::optional<Instant>> next_timer() override;
  Result<std::vector<Timer>> timers_of(uint64_t case_number) override;
  Result<std::vector<Message>> pending_messages(Instant until, size_t limit) override;
  Result<std::optional<Instant>> next_due(Instant after) override;
  Result<Message> read_message(std::string_view id) override;
  Result<Row> read_row(std::string_view space, std::string_view key) override;
  Result<void> scan_rows(std::string_view space, std::string_view prefix,
                         const std::function<bool(const Row&)>& visit) override;
  Result<void> check() override;
  Result<void> backup(const std::string& path) override;
  Result<Stats> stats() override;
  Result<Space> space() override;
  Counters counters() override;

  // As if the disk were of that size; for tests of a full one. 0 = no limit.
  void set_max_bytes(int64_t bytes) { writer_->set_max_bytes(bytes); }

 private:
  SqliteStore(std::string path, std::unique_ptr<FileLock> lock, const SqliteOptions& options,
              Kept kept)
      : path_(std::move(path)),
        kept_(kept),
        walk_from_(options.walk_from),
        most_work_{options.search_steps, options.search_time},
        lock_(std::move(lock)) {}

  void note_definitions(const std::array<bool, 2>& kinds, const Result<Receipt>& receipt);
  // Brings the full-text index up to date; `unavailable` when that takes several calls.
  Result<void> index_text();

  const std::string path_;
  const Kept kept_;
  const int64_t walk_from_;
  const MostWork most_work_;  // of a search
  std::unique_ptr<FileLock> lock_;
  Bodies bodies_;
  std::unique_ptr<Readers> readers_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Trainer> trainer_;
  std::atomic<uint64_t> next_case_{1};
  std::array<std::atomic<uint64_t>, 2> generations_{};  // by Definitions
};

// Every invariant of a file (check.cpp).
Result<void> check_database(Database& database, Names& names, const Bodies& bodies);
// Packs all bodies with one new dictionary and removes the others (compact.cpp).
Result<void> repack(Database& database, Bodies& bodies);
// Writes the dates beside references (index_rows.h) that an older program did not write.
Result<void> fill_dates(Database& database);

}  // namespace passerelle::store
