#include "store/sqlite/schema.h"

#include <iterator>
#include <vector>

#include "base/log.h"

namespace passerelle::store {
namespace {

// "PRLL" in the header of the file, so that `file` and we can tell it from others.
constexpr int application_id = 0x50524c4c;

// Version 1.
//
// resource.current is the seq of its newest version; 0: the resource is only referred to, and was
// never here. resource.keys holds all index rows of the resource in one blob (index_rows.h), so
// that an update finds the rows to remove without an index by resource, and a search tests the
// other conditions of a candidate on one row.
//
// term.id is a hash of the text (terms.h). The index tables have no row ids: the primary key is the
// row. p = parameter, r = resource, t = tuple of a composite, span = class of a range's length
// (index_rows.h).
constexpr const char* version_1 = R"sql(
CREATE TABLE type(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, live INTEGER NOT NULL);
CREATE TABLE parameter(id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE);
CREATE TABLE term(id INTEGER PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE resource(
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  current INTEGER NOT NULL,
  version INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  live INTEGER NOT NULL,
  keys BLOB NOT NULL);
CREATE UNIQUE INDEX resource_id ON resource(id, row);
CREATE TABLE version(
  seq INTEGER PRIMARY KEY,
  row INTEGER NOT NULL,
  version INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  method INTEGER NOT NULL,
  encoding INTEGER NOT NULL,
  body BLOB NOT NULL);
CREATE UNIQUE INDEX version_row ON version(row, version);

CREATE TABLE index_token(p, a, r, b, t, PRIMARY KEY(p, a, r, b, t)) WITHOUT ROWID;
CREATE TABLE index_reference(p, a, r, t, PRIMARY KEY(p, a, r, t)) WITHOUT ROWID;
CREATE TABLE index_string(p, text, r, b, t, PRIMARY KEY(p, text, r, b, t)) WITHOUT ROWID;
CREATE TABLE index_uri(p, text, r, t, PRIMARY KEY(p, text, r, t)) WITHOUT ROWID;
CREATE TABLE index_date(p, span, low, high, r, t,
  PRIMARY KEY(p, span, low, high, r, t)) WITHOUT ROWID;
CREATE TABLE index_number(p, span, low, high, r, t,
  PRIMARY KEY(p, span, low, high, r, t)) WITHOUT ROWID;
CREATE TABLE index_quantity(p, span, low, high, a, b, r, t,
  PRIMARY KEY(p, span, low, high, a, b, r, t)) WITHOUT ROWID;

CREATE TABLE cases(
  number INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  pathway TEXT NOT NULL,
  pathway_version TEXT NOT NULL,
  patient TEXT NOT NULL,
  status INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  state BLOB NOT NULL);
CREATE INDEX cases_pathway ON cases(pathway, pathway_version, status);
CREATE INDEX cases_status ON cases(status);
CREATE INDEX cases_patient ON cases(patient);
CREATE TABLE timer(
  case_number INTEGER NOT NULL,
  item INTEGER NOT NULL,
  due INTEGER NOT NULL,
  activity TEXT NOT NULL,
  PRIMARY KEY(case_number, item)) WITHOUT ROWID;
CREATE INDEX timer_due ON timer(due);
CREATE TABLE event(
  seq INTEGER PRIMARY KEY,
  case_number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  activity INTEGER NOT NULL,
  bytes BLOB NOT NULL);
CREATE INDEX event_case ON event(case_number);
CREATE TABLE message(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  payload BLOB NOT NULL,
  case_number INTEGER NOT NULL,
  item INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX message_pending ON message(not_before) WHERE status = 0;
CREATE TABLE named_row(
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY(space, key)) WITHOUT ROWID;
CREATE TABLE idempotency(
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  receipt BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency(at);
)sql";

// Version 2: full text. The index holds no texts, only where words are; it starts empty and is
// filled when it is first asked (full_text.h). seq: the last version that was looked at.
constexpr const char* version_2 = R"sql(
CREATE VIRTUAL TABLE full_text USING fts5(narrative, content, content='', contentless_delete=1,
  tokenize='unicode61 remove_diacritics 2');
CREATE TABLE full_text_state(id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL);
INSERT INTO full_text_state VALUES(1, 0);
)sql";

// Version 3: packed bodies. version.encoding, 0 until now, is the dictionary that a body was packed
// with (bodies.h). made: the newest seq when it was trained.
//
// named_row gets row ids: without them the values stand in the tree of the keys, and whoever looks
// for a key reads every large value (an hour's audit, a package's files) that it is compared with.
constexpr const char* version_3 = R"sql(
CREATE TABLE dictionary(id INTEGER PRIMARY KEY, made INTEGER NOT NULL, bytes BLOB NOT NULL);
ALTER TABLE named_row RENAME TO named_row_2;
CREATE TABLE named_row(
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  value BLOB NOT NULL,
  UNIQUE(space, key));
INSERT INTO named_row SELECT space, key, revision, value FROM named_row_2 ORDER BY space, key;
DROP TABLE named_row_2;
)sql";

Result<int64_t> number(Database& database, const std::string& sql) {
  TRY(Statement statement, database.prepare(sql));
  TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

// Version 4: what no search looks for in an index stands there no more: values of a composite's
// second and later components, and ids. Half of the index of quantities was such.
struct Emptied {
  const char* table;
  const char* key;  // what stands after p in its primary key
};
constexpr Emptied emptied[] = {
    {"index_token", "a,r,b,t"},
    {"index_reference", "a,r,t"},
    {"index_string", "text,r,b,t"},
    {"index_uri", "text,r,t"},
    {"index_date", "span,low,high,r,t"},
    {"index_number", "span,low,high,r,t"},
    {"index_quantity", "span,low,high,a,b,r,t"},
};

// So many rows in one transaction: the log stays small, and after a stop in between it goes on
// where it was.
constexpr int64_t rows_at_once = 20'000;
constexpr int64_t rows_told = 50 * rows_at_once;

// Removes up to rows_at_once rows of a parameter; gives how many.
Result<int64_t> remove_piece(Database& database, const Emptied& of, int64_t parameter) {
  const std::string where =
      std::string(" FROM ") + of.table + " WHERE p=" + std::to_string(parameter);
  const std::string next = std::string("(SELECT ") + of.key + where + " ORDER BY " + of.key +
                           " LIMIT 1 OFFSET " + std::to_string(rows_at_once) + ")";
  TRY(const int64_t more, number(database, "SELECT EXISTS" + next));
  TRY_VOID(database.execute("DELETE" + where +
                            (more != 0 ? " AND (" + std::string(of.key) + ") < " + next : "")));
  return database.changes();
}

Result<void> remove_unsought(Database& database) {
  std::vector<int64_t> unsought;
  {
    TRY(Statement select,
        database.prepare("SELECT id FROM parameter WHERE code = '_id' OR (code GLOB '*$*' AND NOT "
                         "code GLOB '*$1' AND NOT code GLOB '*$1:*')"));
    for (;;) {
      TRY(const bool found, select.step());
      if (!found) break;
      unsought.push_back(select.integer(0));
    }
  }
  int64_t removed = 0;
  for (const Emptied& one : emptied) {
    for (const int64_t parameter : unsought) {
      for (;;) {
        TRY(const int64_t count, remove_piece(database, one, parameter));
        if (count == 0) break;
        if (removed / rows_told != (removed + count) / rows_told)
          log(LogLevel::info,
              "the data file is brought up to date: " + std::to_string(removed + count) +
                  " rows that no search looks for were removed so far");
        removed += count;
      }
    }
  }
  return {};
}

// Version 5: beside a reference stand the dates of the resource that refers (index_rows.h), so that
// the newest of a patient are found in one range of the index. Null, as all that older programs
// wrote: not known, to be looked up in the resource; written with its next version or by compact.
constexpr const char* version_5 = R"sql(
ALTER TABLE index_reference ADD COLUMN dates BLOB;
)sql";

// `before` is done first, piece by piece, each safe by itself; then `sql` in one transaction.
struct Step {
  const char* sql;
  Result<void> (*before)(Database&) = nullptr;
};
constexpr Step steps[] = {
    {version_1}, {version_2}, {version_3}, {"", remove_unsought}, {version_5},
};

Result<void> take_step(Database& database, int version) {
  const Step& step = steps[version];
  if (step.before != nullptr) TRY_VOID(step.before(database));
  TRY_VOID(database.execute("BEGIN IMMEDIATE"));
  std::string sql = step.sql;
  sql += "PRAGMA user_version=" + std::to_string(version + 1) + ";";
  sql += "PRAGMA application_id=" + std::to_string(application_id) + ";COMMIT";
  Result<void> done = database.execute(sql);
  if (!done && database.in_transaction()) TRY_VOID(database.execute("ROLLBACK"));
  return done;
}

}  // namespace

int newest_schema() { return static_cast<int>(std::size(steps)); }

Result<void> migrate(Database& database, const std::string& path) {
  TRY(const int64_t version, number(database, "PRAGMA user_version"));
  TRY(const int64_t owner, number(database, "PRAGMA application_id"));
  TRY(const int64_t tables, number(database, "SELECT count(*) FROM sqlite_schema"));
  if (tables > 0 && owner != application_id)
    return Error{ErrorCode::invalid, "the file is an SQLite file of another program", path,
                 "give another path, or move that file away"};
  if (version > newest_schema())
    return Error{ErrorCode::unsupported,
                 "the data file has schema " + std::to_string(version) +
                     ", this program knows schemas up to " + std::to_string(newest_schema()),
                 path, "start the newer version of the program that wrote it"};
  for (int step = static_cast<int>(version); step < newest_schema(); ++step)
    TRY_VOID(take_step(database, step));
  return {};
}

}  // namespace passerelle::store
