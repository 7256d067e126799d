// Every invariant of a data file: SQLite's own, then ours.
#include <cstring>
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
  // What IndexRow has of a row, then the span where there is one, then the resource.
  const char* read;
  // Finds a row by what its blob entry says.
  const char* find;
};
constexpr IndexTable index_tables[] = {
    {SearchType::token, "index_token", "SELECT p, t, r, a, b FROM index_token",
     "SELECT 1 FROM index_token WHERE p=? AND a=? AND r=? AND b=? AND t=?"},
    {SearchType::reference, "index_reference", "SELECT p, t, r, a, dates FROM index_reference",
     "SELECT dates FROM index_reference WHERE p=? AND a=? AND r=? AND t=?"},
    {SearchType::string, "index_string", "SELECT p, t, r, b, text FROM index_string",
     "SELECT 1 FROM index_string WHERE p=? AND text=? AND r=? AND b=? AND t=?"},
    {SearchType::uri, "index_uri", "SELECT p, t, r, text FROM index_uri",
     "SELECT 1 FROM index_uri WHERE p=? AND text=? AND r=? AND t=?"},
    {SearchType::date, "index_date", "SELECT p, t, r, span, low, high FROM index_date",
     "SELECT 1 FROM index_date WHERE p=? AND span=? AND low=? AND high=? AND r=? AND t=?"},
    {SearchType::number, "index_number", "SELECT p, t, r, span, low, high FROM index_number",
     "SELECT 1 FROM index_number WHERE p=? AND span=? AND low=? AND high=? AND r=? AND t=?"},
    {SearchType::quantity, "index_quantity",
     "SELECT p, t, r, span, low, high, a, b FROM index_quantity",
     "SELECT 1 FROM index_quantity WHERE p=? AND span=? AND low=? AND high=? AND a=? AND b=? AND "
     "r=? AND t=?"},
};

// The rows of an index, whatever their order: how many, and the sum of their hashes. What the blobs
// say and what the tables hold is the same when these are; looking each row up in its table takes
// many times as long.
struct Digest {
  int64_t count = 0;
  uint64_t sum = 0;
  uint64_t dates = 0;  // of references, and what stands beside them; differs in older files
  bool same(const Digest& other) const {
    return count == other.count && sum == other.sum && dates == other.dates;
  }
};

class RowHash {
 public:
  RowHash& add(uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
    return *this;
  }
  RowHash& add(int64_t value) { return add(static_cast<uint64_t>(value)); }
  RowHash& add(double value) {
    uint64_t bits = 0;
    if (value != 0) std::memcpy(&bits, &value, sizeof bits);  // 0 and -0 are one value
    return add(bits);
  }
  RowHash& add(std::string_view text) { return add(text_hash(text)).add(uint64_t{text.size()}); }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0x2545f4914f6cdd1du;
};

void note(Digest& digest, const IndexRow& row, int span, int64_t resource, std::string_view dates) {
  RowHash hash;
  hash.add(uint64_t{row.parameter}).add(uint64_t{row.tuple}).add(resource);
  hash.add(row.a).add(row.b).add(int64_t{span}).add(row.first).add(row.last);
  hash.add(row.low).add(row.high).add(row.text);
  ++digest.count;
  digest.sum += hash.value();
  if (row.type == SearchType::reference) digest.dates += hash.add(dates).value();
}

int span_in_index(const IndexRow& row) {
  if (row.type == SearchType::date) return span_of(row.first, row.last);
  const bool number = row.type == SearchType::number || row.type == SearchType::quantity;
  return number ? span_of(row.low, row.high) : 0;
}

Result<Digest> digest_of(Database& database, const IndexTable& table) {
  Digest digest;
  TRY(Statement select, database.prepare(table.read));
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return digest;
    IndexRow row;
    row.type = table.type;
    row.parameter = static_cast<uint32_t>(select.integer(0));
    row.tuple = static_cast<uint32_t>(select.integer(1));
    int span = 0;
    std::string_view dates;
    switch (table.type) {
      case SearchType::token:
        row.a = select.integer(3);
        row.b = select.integer(4);
        break;
      case SearchType::reference:
        row.a = select.integer(3);
        dates = select.text(4);
        break;
      case SearchType::string:
        row.b = select.integer(3);
        row.text = select.text(4);
        break;
      case SearchType::uri:
        row.text = select.text(3);
        break;
      case SearchType::date:
        span = static_cast<int>(select.integer(3));
        row.first = select.integer(4);
        row.last = select.integer(5);
        break;
      case SearchType::quantity:
        row.a = select.integer(6);
        row.b = select.integer(7);
        [[fallthrough]];
      case SearchType::number:
        span = static_cast<int>(select.integer(3));
        row.low = select.real(4);
        row.high = select.real(5);
        break;
    }
    note(digest, row, span, select.integer(2), dates);
  }
}

using Digests = std::map<SearchType, Digest>;

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

// Calls visit(row, resource, dates) of all rows that the blobs say stand in an index.
template <class Visit>
Result<void> each_sought(Database& database, Names& names, const Visit& visit) {
  TRY(Statement resources, database.prepare("SELECT row, keys FROM resource WHERE live = 1"));
  for (;;) {
    TRY(const bool found, resources.step());
    if (!found) return {};
    const int64_t resource = resources.integer(0);
    std::string_view keys = resources.text(1);
    const std::string dates = dates_of(keys);
    IndexRow row;
    while (decode_one(keys, row)) {
      TRY(const bool sought, names.is_sought(row.parameter));
      if (sought) TRY_VOID(visit(row, resource, dates));
    }
  }
}

// Row by row, to name what is wrong.
Result<void> look_up(Database& database, Names& names, const IndexTable& table) {
  return each_sought(
      database, names,
      [&](const IndexRow& row, int64_t resource, const std::string& dates) -> Result<void> {
        if (row.type != table.type) return {};
        const std::string name = "row " + std::to_string(resource);
        TRY(Statement find, database.prepare(table.find));
        bind_row(find, row, resource);
        TRY(const bool there, find.step());
        if (!there) return broken("a value is missing in the index", name);
        if (row.type == SearchType::reference && !find.is_null(0) && find.text(0) != dates)
          return broken("dates beside a reference are not those of the resource", name);
        return {};
      });
}

// What the blobs say stands in the index, if it is ever sought there, and nothing else does.
Result<void> check_indexes(Database& database, Names& names) {
  Digests expected;
  TRY_VOID(each_sought(
      database, names,
      [&](const IndexRow& row, int64_t resource, const std::string& dates) -> Result<void> {
        note(expected[row.type], row, span_in_index(row), resource, dates);
        return {};
      }));
  for (const IndexTable& table : index_tables) {
    TRY(const Digest there, digest_of(database, table));
    const Digest& wanted = expected[table.type];
    if (wanted.same(there)) continue;
    TRY_VOID(look_up(database, names, table));
    if (there.count != wanted.count || there.sum != wanted.sum)
      return broken("the index holds values of no resource", table.name);
  }
  return {};
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
  return check_indexes(database, names);
}

}  // namespace passerelle::store
