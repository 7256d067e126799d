// One SQLite connection and its prepared statements, with errors as Result and no other opinion.
// A connection is used by one thread at a time; who that is, is the owner's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/instant.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace passerelle::store {

// A prepared statement, ready to be bound. Resets itself when it goes out of scope; bound text must
// live until then. Columns are read after step() returned true.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int64_t value);
  Statement& bind(int value) { return bind(static_cast<int64_t>(value)); }
  Statement& bind(uint64_t value) { return bind(static_cast<int64_t>(value)); }
  Statement& bind(uint32_t value) { return bind(static_cast<int64_t>(value)); }
  Statement& bind(double value);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes);

  // True: a row is there. False: done.
  Result<bool> step();
  // For statements that give no rows.
  Result<void> run();
  // To bind and run again.
  void reset();

  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // also of a blob; valid until the next step
  bool is_null(int column) const;

 private:
  sqlite3_stmt* statement_;
  int next_ = 1;
};

class Database {
 public:
  // durable: of one that writes with a sync in each commit (log_file.h).
  enum class Mode { durable, read_write, read_only };
  static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Several statements, no parameters.
  Result<void> execute(const std::string& sql);
  // One statement without parameters that comes again and again.
  Result<void> run(const std::string& sql);
  // Cached by the text; a statement must not be in use twice at once.
  Result<Statement> prepare(const std::string& sql);
  // Searches have many shapes: forgets the cached statements when there are too many. Only while
  // none is in use.
  void trim_statements();
  int64_t changes() const;
  // The row id of the last row that was inserted. RETURNING would say the same, but SQLite then
  // keeps a journal of each statement.
  int64_t last_row() const;
  // False after SQLite rolled back by itself (disk full, input/output error).
  bool in_transaction() const;
  sqlite3* handle() const { return handle_; }
  Error error(std::string_view doing) const;

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

// While it lives, statements of this connection together are stopped (`too_costly`) after so many
// instructions of SQLite's machine, and after so long by the clock: where the disk is slow, few
// instructions take long.
struct MostWork {
  int64_t steps = 0;
  Millis time{0};
};
class QueryLimit {
 public:
  QueryLimit(Database& database, const MostWork& most);
  ~QueryLimit();
  QueryLimit(const QueryLimit&) = delete;
  // Says what stopped a statement, in place of what SQLite says of it.
  template <class T>
  Result<T> tell(Result<T> result) const {
    if (!result && stopped_) return reason();
    return result;
  }

 private:
  static int tick(void* limit);
  Error reason() const;

  sqlite3* handle_;
  const MostWork most_;
  const std::chrono::steady_clock::time_point end_;
  int64_t left_;
  bool stopped_ = false;
};

// The Error for an SQLite result code: lack of space or rights is `unavailable`.
Error sqlite_error(int code, std::string_view doing, std::string_view detail);

}  // namespace passerelle::store
