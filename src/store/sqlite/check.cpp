// Every invariant of a data file: SQLite's own, then ours.
#include <map>

#include "store/sqlite/bodies.h"
#include "store/sqlite/index_rows.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

struct Rule {
  const char* broken;
  const char* sql;  // gives a row for what breaks it, with its name first
};
constexpr Rule rules[] = {
    {"a resource does not point to its newest version",
     "SELECT r.row FROM resource r LEFT JOIN version v ON v.seq = r.current WHERE r.current <> 0 "
     "AND (v.row IS NOT r.row OR v.version IS NOT r.version OR v.updated IS NOT r.updated OR "
     "(v.method = 2) IS NOT (r.live = 0) OR EXISTS(SELECT 1 FROM version w WHERE w.row = r.row AND "
     "w.version > r.version))"},
    {"a resource that is only referred to has versions or values",
     "SELECT row FROM resource WHERE current = 0 AND (live <> 0 OR version <> 0 OR length(keys) > "
     "0)"},
    {"a deleted resource still has values",
     "SELECT row FROM resource WHERE live = 0 AND length(keys) > 0"},
    {"the versions of a resource have a gap",
     "SELECT row FROM version GROUP BY row HAVING min(version) <> 1 OR max(version) <> count(*)"},
    {"a version belongs to no resource",
     "SELECT seq FROM version v WHERE NOT EXISTS(SELECT 1 FROM resource WHERE row = v.row)"},
    {"lastUpdated runs backward",
     "SELECT seq FROM (SELECT seq, updated, lag(updated) OVER (ORDER BY seq) AS before FROM "
     "version) WHERE updated < before"},
    {"the count of a type is wrong",
     "SELECT name FROM type t WHERE live <> (SELECT count(*) FROM resource WHERE live = 1 AND row "
     "BETWEEN t.id << 38 AND ((t.id + 1) << 38) - 1)"},
    {"a code of an index has no text",
     "SELECT a FROM index_token WHERE a <> 0 AND a NOT IN (SELECT id FROM term)"},
};

struct IndexTable {
  SearchType type;
  const char* name;
  // Finds a row by what its blob entry says.
  const char* find;
};
constexpr IndexTable index_tables[] = {
    {SearchType::token, "index_token",
     "SELECT 1 FROM index_token WHERE p=? AND a=? AND r=? AND b=? AND t=?"},
    {SearchType::reference, "index_reference",
     "SELECT dates FROM index_reference WHERE p=? AND a=? AND r=? AND t=?"},
    {SearchType::string, "index_string",
     "SELECT 1 FROM index_string WHERE p=? AND text=? AND r=? AND b=? AND t=?"},
    {SearchType::uri, "index_uri", "SELECT 1 FROM index_uri WHERE p=? AND text=? AND r=? AND t=?"},
    {SearchType::date, "index_date",
     "SELECT 1 FROM index_date WHERE p=? AND span=? AND low=? AND high=? AND r=? AND t=?"},
    {SearchType::number, "index_number",
     "SELECT 1 FROM index_number WHERE p=? AND span=? AND low=? AND high=? AND r=? AND t=?"},
    {SearchType::quantity, "index_quantity",
     "SELECT 1 FROM index_quantity WHERE p=? AND span=? AND low=? AND high=? AND a=? AND b=? AND "
     "r=? AND t=?"},
};

Error broken(const std::string& what, std::string_view which) {
  return Error{ErrorCode::unavailable, "the data file is damaged: " + what, std::string(which),
               "stop the program and restore the last backup"};
}

// Every body can be read, and begins with its type, id, version and instant.
Result<void> check_bodies(Database& database, Names& names, const Bodies& bodies) {
  TRY(Statement select,
      database.prepare("SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body, v.row "
                       "FROM version v JOIN resource r ON r.row = v.row"));
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    TRY(std::string type, names.type_name(type_of_row(select.integer(6))));
    TRY(const Version version, version_of(select, std::move(type), bodies));
    const BodyOf of{version.type, version.id, version.version, version.updated};
    const bool stamped = unstamped(version.body, of).size() < version.body.size();
    if (version.deleted() ? !version.body.empty() : !stamped)
      return broken("a body is not of its version", version.type + "/" + version.id);
  }
}

}  // namespace

Result<void> check_database(Database& database, Names& names, const Bodies& bodies) {
  {
    TRY(Statement integrity, database.prepare("PRAGMA integrity_check(1)"));
    TRY(const bool row, integrity.step());
    if (!row || integrity.text(0) != "ok") return broken(std::string(integrity.text(0)), "");
  }
  for (const Rule& rule : rules) {
    TRY(Statement select, database.prepare(rule.sql));
    TRY(const bool row, select.step());
    if (row) return broken(rule.broken, "row " + std::string(select.text(0)));
  }
  TRY_VOID(check_bodies(database, names, bodies));
  // What the blobs say stands in the index, if it is ever sought there, and nothing else does.
  std::map<SearchType, int64_t> expected;
  TRY(Statement resources, database.prepare("SELECT row, keys FROM resource WHERE live = 1"));
  for (;;) {
    TRY(const bool found, resources.step());
    if (!found) break;
    const int64_t resource = resources.integer(0);
    std::string_view keys = resources.text(1);
    const std::string dates = dates_of(keys);
    IndexRow row;
    while (decode_one(keys, row)) {
      TRY(const bool sought, names.is_sought(row.parameter));
      if (!sought) continue;
      ++expected[row.type];
      for (const IndexTable& table : index_tables) {
        if (table.type != row.type) continue;
        TRY(Statement find, database.prepare(table.find));
        bind_row(find, row, resource);
        TRY(const bool there, find.step());
        if (!there)
          return broken("a value is missing in the index", "row " + std::to_string(resource));
        if (row.type == SearchType::reference && !find.is_null(0) && find.text(0) != dates)
          return broken("dates beside a reference are not those of the resource",
                        "row " + std::to_string(resource));
      }
    }
  }
  for (const IndexTable& table : index_tables) {
    TRY(Statement count, database.prepare(std::string("SELECT count(*) FROM ") + table.name));
    TRY(const bool row, count.step());
    if (!row || count.integer(0) != expected[table.type])
      return broken("the index holds values of no resource", table.name);
  }
  return {};
}

}  // namespace passerelle::store
