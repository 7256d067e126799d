#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "store/search/full_text.h"
#include "store/search/tree.h"
#include "store/sqlite/index_rows.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/searcher.h"

namespace passerelle::store {
namespace {

// All who write wait while a condition is looked at once more in their commit: it gets a part of
// what a search gets.
constexpr int guard_share = 10;

Error system_error(std::string what, const std::string& path, int number) {
  return Error{ErrorCode::unavailable, std::move(what) + ": " + std::strerror(number), path,
               "check that the folder exists and may be written"};
}

Result<void> set_up(Database& database, const std::string& path, const SqliteOptions& options,
                    SqliteStore::Kept kept) {
  // What goes with the program need not wait for the disk.
  TRY_VOID(database.execute(kept == SqliteStore::Kept::yes ? "PRAGMA synchronous=FULL"
                                                           : "PRAGMA synchronous=OFF"));
  TRY_VOID(database.execute("PRAGMA page_size=4096"));
  TRY_VOID(migrate(database, path));
  {
    TRY(Statement mode, database.prepare("PRAGMA journal_mode=WAL"));
    TRY(const bool row, mode.step());
    if (!row || mode.text(0) != "wal")
      return Error{ErrorCode::unavailable, "the data file cannot keep a write-ahead log", path,
                   "put it on a local disk (a network share will not do)"};
  }
  return database.execute(
      "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; "
      "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-" +
      std::to_string(std::max(options.cache_bytes, options.writer_cache_bytes) / 1024));
}

std::string resolved(const std::string& path) {
  char* real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return "";
  std::string name(real);
  std::free(real);
  return name;
}

// Under another name (a link) it is the same file, and must have the same lock; of a file that is
// still to be made, the folder counts.
std::string true_path(const std::string& path) {
  if (const std::string whole = resolved(path); !whole.empty()) return whole;
  const size_t slash = path.rfind('/');
  const std::string folder = resolved(slash == std::string::npos ? "." : path.substr(0, slash + 1));
  return folder.empty() ? path : folder + "/" + path.substr(slash + 1);
}

Result<uint64_t> first_free_case(Database& database) {
  TRY(Statement select, database.prepare("SELECT coalesce(max(number), 0) + 1 FROM cases"));
  TRY(const bool row, select.step());
  return row ? static_cast<uint64_t>(select.integer(0)) : 1;
}

}  // namespace

Result<std::unique_ptr<FileLock>> FileLock::take(const std::string& path) {
  const std::string name = path + ".lock";
  const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_error("the lock file cannot be made", name, errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    char holder[32] = {};
    const ssize_t size = ::pread(descriptor, holder, sizeof holder - 1, 0);
    ::close(descriptor);
    if (number != EWOULDBLOCK) return system_error("the lock file cannot be locked", name, number);
    return Error{ErrorCode::conflict,
                 "the data file is in use by another process" +
                     (size > 0 ? " (number " + std::string(holder) + ")" : std::string()),
                 path, "stop that process, or give this one a data file of its own"};
  }
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, self.data(), self.size(), 0) != static_cast<ssize_t>(self.size())) {
    // Who holds the lock is only told for convenience; on a full disk it is not told.
  }
  return std::unique_ptr<FileLock>(new FileLock(descriptor));
}

FileLock::~FileLock() { ::close(descriptor_); }

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& given,
                                                       const SqliteOptions& options, Kept kept) {
  const std::string path = true_path(given);
  TRY(auto lock, FileLock::take(path));
  std::unique_ptr<SqliteStore> store(new SqliteStore(path, std::move(lock), options, kept));
  TRY(auto database, Database::open(path, kept == Kept::yes ? Database::Mode::durable
                                                            : Database::Mode::read_write));
  if (auto done = set_up(*database, path, options, kept); !done) {
    if (done.error().where.empty()) done.error().where = path;
    return done.error();
  }
  TRY(const uint64_t next_case, first_free_case(*database));
  store->next_case_ = next_case;
  TRY_VOID(store->bodies_.load(*database));
  Database& opened = *database;
  store->writer_ = std::make_unique<Writer>(
      std::move(database), store->bodies_, options.group,
      MostWork{options.search_steps / guard_share, options.search_time / guard_share});
  store->writer_->set_max_bytes(options.max_bytes);
  store->readers_ = std::make_unique<Readers>(path, options.readers, options.cache_bytes);
  store->trainer_ = std::make_unique<Trainer>(*store->readers_, *store->writer_, store->bodies_,
                                              options.dictionary_after);
  TRY_VOID(store->trainer_->start(opened));  // before another thread has the connection
  TRY_VOID(store->writer_->start());
  return store;
}

SqliteStore::~SqliteStore() {
  trainer_.reset();
  readers_.reset();
  writer_.reset();
  if (kept_ == Kept::yes) return;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) ::unlink((path_ + suffix).c_str());
}

Result<Version> SqliteStore::read(std::string_view type, std::string_view id) {
  TRY(auto loan, readers_->lend());
  return read_current({loan.database(), loan.names(), bodies_}, type, id);
}

Result<Version> SqliteStore::vread(std::string_view type, std::string_view id, int64_t version) {
  TRY(auto loan, readers_->lend());
  return read_version({loan.database(), loan.names(), bodies_}, type, id, version);
}

Result<HistoryPage> SqliteStore::history(const HistoryRequest& request) {
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  const QueryLimit limit(loan.database(), most_work_);
  return limit.tell(read_history({loan.database(), loan.names(), bodies_}, request));
}

namespace {

bool asks_for_text(const std::vector<Condition>& conditions) {
  return std::any_of(conditions.begin(), conditions.end(), [](const Condition& condition) {
    return condition.kind == Condition::Kind::text || asks_for_text(condition.inner);
  });
}

}  // namespace

Result<void> SqliteStore::index_text() {
  constexpr size_t at_once = 500;
  constexpr int64_t in_one_call = 20'000;  // about a second's work
  int64_t done = 0, newest = 0;
  while (done < in_one_call) {
    Transaction transaction;
    TextProgress progress;
    {
      TRY(auto loan, readers_->lend());
      TRY_VOID(loan.begin_snapshot());
      TRY(Statement select,
          loan.database().prepare("SELECT seq, (SELECT coalesce(max(seq), 0) FROM version) FROM "
                                  "full_text_state"));
      TRY(const bool row, select.step());
      CHECK(row, "the state of the full-text index is a row");
      progress.from = select.integer(0);
      newest = select.integer(1);
      TRY(const auto changes,
          read_changes({loan.database(), loan.names(), bodies_}, progress.from, at_once));
      if (changes.empty()) return {};
      for (const Change& change : changes) {
        FullText text = full_text(change.version.body);
        transaction.texts.push_back({change.version.type, change.version.id, change.version.version,
                                     std::move(text.narrative), std::move(text.content)});
      }
      progress.to = changes.back().sequence;
      done += static_cast<int64_t>(changes.size());
    }
    transaction.text_progress = progress;
    const auto committed = commit(std::move(transaction));
    // Another search was faster: there is less left to do.
    if (!committed && committed.error().code != ErrorCode::conflict) return committed.error();
    if (progress.to >= newest) return {};
  }
  return Error{ErrorCode::unavailable,
               "the index of full texts is being made: " + std::to_string(done) +
                   " more versions were read, of " + std::to_string(newest) + " in all",
               "", "ask again; each time it comes further"};
}

Result<SearchPage> SqliteStore::search(const Query& query) {
  if (asks_for_text(query.tree().conditions)) TRY_VOID(index_text());
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  const QueryLimit limit(loan.database(), most_work_);
  return limit.tell(
      Searcher(loan.database(), loan.names(), bodies_, walk_from_).search(query.tree()));
}

Result<void> SqliteStore::scan(const Query& query, int64_t after, const Visit& visit) {
  if (asks_for_text(query.tree().conditions)) TRY_VOID(index_text());
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  return Searcher(loan.database(), loan.names(), bodies_, walk_from_)
      .scan(query.tree(), after, visit);
}

Result<bool> SqliteStore::matches(const Query& query, const Version& version,
                                  const IndexValues& values) {
  if (asks_for_text(query.tree().conditions)) TRY_VOID(index_text());
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  TRY(const int64_t row, loan.names().find_resource(version.type, version.id));
  if (row == 0) return false;
  TRY(const std::string keys, encode_known(loan.names(), values));
  return Searcher(loan.database(), loan.names(), bodies_, walk_from_)
      .matches(query.tree(), row, version.updated, keys);
}

Result<std::vector<Change>> SqliteStore::changes(int64_t after, size_t limit) {
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  return read_changes({loan.database(), loan.names(), bodies_}, after, limit);
}

Result<std::vector<ChangeMark>> SqliteStore::change_marks(int64_t after, size_t limit) {
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  return read_change_marks(loan.database(), loan.names(), after, limit);
}

Result<int64_t> SqliteStore::newest_change() {
  TRY(auto loan, readers_->lend());
  TRY(Statement select, loan.database().prepare("SELECT coalesce(max(seq), 0) FROM version"));
  TRY(const bool row, select.step());
  return row ? select.integer(0) : 0;
}

namespace {

// By Definitions: whether the transaction writes resources of the kind.
std::array<bool, 2> defines(const Transaction& transaction) {
  std::array<bool, 2> kinds{};
  for (const Write& write : transaction.writes) {
    const std::string_view type = write.type;
    if (type == "SearchParameter") kinds[0] = true;
    if (type == "StructureDefinition" || type == "ValueSet" || type == "CodeSystem")
      kinds[1] = true;
  }
  return kinds;
}

}  // namespace

void SqliteStore::submit(Transaction transaction, std::function<void(Result<Receipt>)> done) {
  if (const auto kinds = defines(transaction); kinds[0] || kinds[1])
    done = [this, kinds, tell = std::move(done)](Result<Receipt> receipt) {
      note_definitions(kinds, receipt);
      tell(std::move(receipt));
    };
  Result<PreparedTransaction> prepared = prepare(std::move(transaction), bodies_);
  if (!prepared) return done(prepared.error());
  trainer_->wrote(prepared->content.writes.size());
  writer_->submit(std::move(*prepared), std::move(done));
}

Result<Receipt> SqliteStore::commit(Transaction transaction) {
  const auto kinds = defines(transaction);
  TRY(PreparedTransaction prepared, prepare(std::move(transaction), bodies_));
  trainer_->wrote(prepared.content.writes.size());
  Result<Receipt> receipt = writer_->commit(std::move(prepared));
  note_definitions(kinds, receipt);
  return receipt;
}

void SqliteStore::note_definitions(const std::array<bool, 2>& kinds,
                                   const Result<Receipt>& receipt) {
  for (size_t kind = 0; kind < kinds.size(); ++kind)
    if (kinds[kind] && receipt) ++generations_[kind];
}

Result<void> SqliteStore::check() {
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  return check_database(loan.database(), loan.names(), bodies_);
}

Result<void> SqliteStore::backup(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0)
    return Error{ErrorCode::conflict, "there is a file already where the backup should go", path,
                 "give another path"};
  const std::string part = path + ".part";
  ::unlink(part.c_str());
  TRY(auto loan, readers_->lend());
  {
    TRY(auto target, Database::open(part, Database::Mode::read_write));
    sqlite3_backup* copy =
        sqlite3_backup_init(target->handle(), "main", loan.database().handle(), "main");
    if (copy == nullptr) return target->error("starting the backup");
    // In one step, so that a busy writer cannot make it start again and again; readers do not
    // hold writers up.
    const int code = sqlite3_backup_step(copy, -1);
    sqlite3_backup_finish(copy);
    if (code != SQLITE_DONE) {
      ::unlink(part.c_str());
      return sqlite_error(code, "writing the backup " + path, sqlite3_errstr(code));
    }
  }
  if (::rename(part.c_str(), path.c_str()) != 0)
    return system_error("the backup cannot be given its name", path, errno);
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    const int synced = ::fsync(descriptor);
    ::close(descriptor);
    if (synced != 0) return system_error("the backup's folder cannot be synced", folder, errno);
  }
  return {};
}

Result<Stats> SqliteStore::stats() {
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  TRY(Statement select, loan.database().prepare("SELECT (SELECT coalesce(sum(live), 0) FROM type),"
                                                " (SELECT coalesce(max(seq), 0) FROM version),"
                                                " (SELECT count(*) FROM cases WHERE status = 0),"
                                                " (SELECT coalesce(max(seq), 0) FROM event),"
                                                " (SELECT count(*) FROM message WHERE status = 0),"
                                                " (SELECT count(*) FROM timer)"));
  TRY(const bool row, select.step());
  Stats stats;
  if (row) {
    stats.resources = select.integer(0);
    stats.versions = select.integer(1);
    stats.open_cases = select.integer(2);
    stats.events = select.integer(3);
    stats.pending_messages = select.integer(4);
    stats.pending_timers = select.integer(5);
  }
  const Counters now = counters();
  stats.file_bytes = now.file_bytes + now.log_bytes;
  stats.commits = now.groups.total();
  stats.transactions = now.transactions;
  stats.writable = now.writable;
  return stats;
}

Counters SqliteStore::counters() {
  Counters now = writer_->counters();
  struct stat file = {};
  if (::stat(path_.c_str(), &file) == 0) now.file_bytes = file.st_size;
  if (::stat((path_ + "-wal").c_str(), &file) == 0) now.log_bytes = file.st_size;
  return now;
}

Result<std::unique_ptr<Store>> open_sqlite(const std::string& path, const SqliteOptions& options) {
  TRY(auto store, SqliteStore::open(path, options, SqliteStore::Kept::yes));
  return std::unique_ptr<Store>(std::move(store));
}

Result<void> compact_sqlite(const std::string& given) {
  const std::string path = true_path(given);
  TRY(const auto lock, FileLock::take(path));
  TRY(auto database, Database::open(path, Database::Mode::read_write));
  TRY_VOID(set_up(*database, path, {}, SqliteStore::Kept::yes));
  Bodies bodies;
  TRY_VOID(bodies.load(*database));
  TRY_VOID(repack(*database, bodies));
  TRY_VOID(fill_dates(*database));
  // The second checkpoint gives the log's space back too.
  // VACUUM keeps its copy where temporary tables are: on the disk, not in as much memory.
  for (const char* step : {"PRAGMA temp_store=FILE", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM",
                           "PRAGMA wal_checkpoint(TRUNCATE)"})
    TRY_VOID(database->execute(step));
  return {};
}

Result<std::unique_ptr<Store>> open_temporary(const SqliteOptions& options) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder == nullptr ? "/tmp" : folder) + "/passerelle-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) return system_error("no temporary file can be made", path, errno);
  ::close(descriptor);
  TRY(auto store, SqliteStore::open(path, options, SqliteStore::Kept::no));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace passerelle::store
