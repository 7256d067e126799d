#include "store/sqlite/database.h"

#include <sqlite3.h>

#include <cstdio>

#include "base/check.h"
#include "store/sqlite/log_file.h"

namespace passerelle::store {
namespace {

struct CodeRow {
  int code;
  ErrorCode meaning;
  const char* message;
  const char* help;
};
constexpr CodeRow codes[] = {
    {SQLITE_FULL, ErrorCode::unavailable, "the disk is full: nothing more can be stored",
     "free space on the volume of the data file; reading goes on meanwhile"},
    {SQLITE_READONLY, ErrorCode::unavailable, "the data file cannot be written",
     "check its owner, its rights and how its volume is mounted"},
    {SQLITE_IOERR, ErrorCode::unavailable, "the disk reported an error",
     "look at the system's log; restore the last backup to another disk if it goes on"},
    {SQLITE_CANTOPEN, ErrorCode::unavailable, "the data file cannot be opened",
     "check that its folder exists and may be written"},
    {SQLITE_BUSY, ErrorCode::unavailable, "the data file is in use by another program",
     "close other programs that have it open"},
    {SQLITE_NOMEM, ErrorCode::unavailable, "there is not enough memory", ""},
    {SQLITE_INTERRUPT, ErrorCode::too_costly, "the query took too long and was stopped",
     "search for less"},
    {SQLITE_TOOBIG, ErrorCode::too_large, "a value is larger than the store can hold", ""},
    {SQLITE_NOTADB, ErrorCode::invalid, "the file is no data file of this program", ""},
    {SQLITE_CORRUPT, ErrorCode::unavailable, "the data file is damaged",
     "stop the program and restore the last backup"},
};

constexpr int busy_milliseconds = 5000;

}  // namespace

Error sqlite_error(int code, std::string_view doing, std::string_view detail) {
  const std::string what = std::string(doing) + " (" + std::string(detail) + ")";
  for (const auto& row : codes)
    if (row.code == (code & 0xff))
      return Error{row.meaning, std::string(row.message) + ", while " + what, "", row.help};
  return Error{ErrorCode::unavailable, "the store failed while " + what, "",
               "report this message: it should not happen"};
}

Statement::Statement(Statement&& other) noexcept
    : statement_(other.statement_), next_(other.next_) {
  other.statement_ = nullptr;
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(int64_t value) {
  const int code = sqlite3_bind_int64(statement_, next_++, value);
  CHECK(code == SQLITE_OK, "a statement is bound as often as it has parameters");
  return *this;
}

Statement& Statement::bind(double value) {
  const int code = sqlite3_bind_double(statement_, next_++, value);
  CHECK(code == SQLITE_OK, "a statement is bound as often as it has parameters");
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, next_++, text.data() ? text.data() : "",
                                       text.size(), SQLITE_STATIC, SQLITE_UTF8);
  CHECK(code == SQLITE_OK, "a statement is bound as often as it has parameters");
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  const int code = sqlite3_bind_blob64(statement_, next_++, bytes.data() ? bytes.data() : "",
                                       bytes.size(), SQLITE_STATIC);
  CHECK(code == SQLITE_OK, "a statement is bound as often as it has parameters");
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* handle = sqlite3_db_handle(statement_);
  return sqlite_error(sqlite3_extended_errcode(handle), "reading or writing the data file",
                      sqlite3_errmsg(handle));
}

Result<void> Statement::run() {
  const Result<bool> row = step();
  if (!row) return row.error();
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_);
  next_ = 1;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<size_t>(size));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
  sqlite3* handle = nullptr;
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags,
                                   mode == Mode::durable ? gathering_vfs() : nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) return sqlite_error(code, "opening " + path, sqlite3_errstr(code));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // Plans do not depend on what is bound: else statements with ranges are prepared again each time.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  // One thread writes, and still the lock can be taken for an instant: by a reader that met the
  // log's index half-written, or by one that opens the file.
  sqlite3_busy_timeout(handle, busy_milliseconds);
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

namespace {

// Few: on a cold file each may read a page of a slow disk. Asking the clock so often costs less
// than can be measured.
constexpr int steps_a_tick = 1000;

}  // namespace

QueryLimit::QueryLimit(Database& database, const MostWork& most)
    : handle_(database.handle()),
      most_(most),
      end_(std::chrono::steady_clock::now() + most.time),
      left_(most.steps) {
  sqlite3_progress_handler(handle_, steps_a_tick, tick, this);
}

QueryLimit::~QueryLimit() { sqlite3_progress_handler(handle_, 0, nullptr, nullptr); }

int QueryLimit::tick(void* limit) {
  QueryLimit& self = *static_cast<QueryLimit*>(limit);
  self.left_ -= steps_a_tick;
  self.stopped_ = self.left_ < 0 || std::chrono::steady_clock::now() >= self.end_;
  return self.stopped_ ? 1 : 0;
}

Error QueryLimit::reason() const {
  const bool by_work = left_ < 0;
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", static_cast<double>(most_.time.count()) / 1000);
  return Error{ErrorCode::too_costly,
               by_work ? "the search took more work than one may take, " +
                             std::to_string(most_.steps) + " steps, and was stopped"
                       : "the search took longer than one may take, " + std::string(seconds) +
                             " s, and was stopped",
               "", "search for less: add a condition, or leave out _total and _sort"};
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error("writing the data file");
  return {};
}

Result<void> Database::run(const std::string& sql) {
  TRY(Statement statement, prepare(sql));
  return statement.run();
}

Result<Statement> Database::prepare(const std::string& sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    CHECK(!sqlite3_stmt_busy(found->second), "a cached statement is used once at a time");
    return Statement(found->second);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error("preparing a statement");
  statements_.emplace(sql, statement);
  return Statement(statement);
}

void Database::trim_statements() {
  if (statements_.size() <= 500) return;
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  statements_.clear();
}

int64_t Database::changes() const { return sqlite3_changes64(handle_); }
int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Error Database::error(std::string_view doing) const {
  return sqlite_error(sqlite3_extended_errcode(handle_), doing, sqlite3_errmsg(handle_));
}

}  // namespace passerelle::store
