#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "load.h"

namespace passerelle::bench {
namespace {

constexpr int resources = 2;
constexpr int body_bytes = 700;
constexpr int rows_each = 14;

struct Closer {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, Closer>;
using Prepared = std::unique_ptr<sqlite3_stmt, Closer>;

Error failed(sqlite3* handle) {
  return Error{ErrorCode::unavailable, std::string("SQLite: ") + sqlite3_errmsg(handle)};
}

Result<Prepared> prepare(sqlite3* handle, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) != SQLITE_OK) return failed(handle);
  return Prepared(statement);
}

Result<void> run(sqlite3* handle, const Prepared& statement) {
  const int code = sqlite3_step(statement.get());
  sqlite3_reset(statement.get());
  if (code != SQLITE_DONE) return failed(handle);
  return {};
}

}  // namespace

Result<double> sqlite_commits_per_second(const std::string& folder, double seconds) {
  const std::string path = folder + "/alone.db";
  for (const char* suffix : {"", "-wal", "-shm"}) ::unlink((path + suffix).c_str());
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(path.c_str(), &opened);
  const Handle handle(opened);
  if (code != SQLITE_OK) return failed(opened);
  const char* tables =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "CREATE TABLE body(id INTEGER PRIMARY KEY, body BLOB NOT NULL);"
      "CREATE TABLE entry(p, a, r, PRIMARY KEY(p, a, r)) WITHOUT ROWID";
  if (sqlite3_exec(opened, tables, nullptr, nullptr, nullptr) != SQLITE_OK) return failed(opened);
  TRY(const Prepared begin, prepare(opened, "BEGIN IMMEDIATE"));
  TRY(const Prepared commit, prepare(opened, "COMMIT"));
  TRY(const Prepared body, prepare(opened, "INSERT INTO body(body) VALUES(?)"));
  TRY(const Prepared entry, prepare(opened, "INSERT INTO entry VALUES(?, ?, ?)"));
  const std::string text(body_bytes, 'x');
  sqlite3_bind_blob(body.get(), 1, text.data(), body_bytes, SQLITE_STATIC);

  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  int64_t commits = 0, number = 0;
  double passed = 0;
  while (passed < seconds) {
    TRY_VOID(run(opened, begin));
    for (int i = 0; i < resources; ++i) {
      TRY_VOID(run(opened, body));
      ++number;
      for (int row = 0; row < rows_each; ++row) {
        sqlite3_bind_int(entry.get(), 1, row);
        sqlite3_bind_int64(entry.get(), 2, number * 7919 % 1000);
        sqlite3_bind_int64(entry.get(), 3, number);
        TRY_VOID(run(opened, entry));
      }
    }
    TRY_VOID(run(opened, commit));
    ++commits;
    passed = std::chrono::duration<double>(Clock::now() - began).count();
  }
  return double(commits) / passed;
}

}  // namespace passerelle::bench
