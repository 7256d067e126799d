// Of the SQLite store: what its bytes are for, packing all bodies anew, and what older programs did
// not write beside references.
#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "store/sqlite/bodies.h"
#include "store/sqlite/index_rows.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

constexpr int64_t samples_to_train = 6000;
constexpr int64_t samples_to_tell = 2000;
// Of versions in one commit.
constexpr int64_t at_once = 5000;
constexpr size_t bytes_at_once = 32 << 20;

// What a table or an index is for, by how its name begins; the first that fits.
struct Use {
  std::string_view begin;
  const char* part;
};
constexpr Use uses[] = {
    {"version_row", "resources"},
    {"version", "bodies"},
    {"resource", "resources"},
    {"index_token", "index of tokens"},
    {"index_string", "index of texts"},
    {"index_reference", "index of references"},
    {"index_date", "index of dates"},
    {"index_quantity", "index of numbers"},
    {"index_number", "index of numbers"},
    {"index_uri", "index of texts"},
    {"full_text", "full text"},
    {"term", "names"},
    {"parameter", "names"},
    {"type", "names"},
    {"dictionary", "dictionaries"},
    {"cases", "cases and events"},
    {"timer", "cases and events"},
    {"event", "cases and events"},
    {"message", "cases and events"},
    {"", "accounts, audit, others"},
};

Result<void> add_dictionary(Database& database, Bodies& bodies, const std::string& dictionary) {
  TRY(Statement insert, database.prepare(insert_dictionary));
  insert.bind_blob(dictionary);
  TRY_VOID(insert.run());
  bodies.use(database.last_row(), dictionary);
  return {};
}

struct Repacked {
  int64_t seq = 0, encoding = 0;
  std::string bytes;
};

// The versions from after a sequence number, packed with the newest dictionary; it goes on.
Result<std::vector<Repacked>> next_repacked(Database& database, Names& names, const Bodies& bodies,
                                            int64_t& after) {
  TRY(Statement select,
      database.prepare("SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body, v.row, "
                       "v.seq FROM version v JOIN resource r ON r.row = v.row WHERE v.seq>? ORDER "
                       "BY v.seq LIMIT ?"));
  select.bind(after).bind(at_once);
  std::vector<Repacked> out;
  for (size_t bytes = 0; bytes < bytes_at_once;) {
    TRY(const bool found, select.step());
    if (!found) return out;
    TRY(std::string type, names.type_name(type_of_row(select.integer(6))));
    TRY(Version version, version_of(select, std::move(type), bodies));
    Repacked& made = out.emplace_back();
    made.seq = after = select.integer(7);
    const BodyOf of{version.type, version.id, version.version, version.updated};
    const std::string_view rest = unstamped(version.body, of);
    if (rest.size() < version.body.size()) made.bytes = bodies.pack_rest(rest, bodies.newest());
    made.encoding = made.bytes.empty() ? 0 : bodies.newest();
    if (made.bytes.empty()) made.bytes = std::move(version.body);
    bytes += made.bytes.size();
  }
  return out;
}

}  // namespace

// After a stop in between, the file is whole: what was not reached has its older dictionary still.
Result<void> repack(Database& database, Bodies& bodies) {
  TRY(const auto samples, sample_bodies(database, bodies, samples_to_train));
  const auto dictionary = train_dictionary(samples);
  if (!dictionary && dictionary.error().code == ErrorCode::invalid) return {};  // it is small
  if (!dictionary) return dictionary.error();
  TRY_VOID(add_dictionary(database, bodies, *dictionary));
  Names names(database);
  for (int64_t after = 0;;) {
    TRY(const auto pieces, next_repacked(database, names, bodies, after));
    if (pieces.empty()) break;
    TRY_VOID(database.execute("BEGIN IMMEDIATE"));
    {
      TRY(Statement update, database.prepare("UPDATE version SET encoding=?, body=? WHERE seq=?"));
      for (const Repacked& piece : pieces) {
        update.bind(piece.encoding).bind_blob(piece.bytes).bind(piece.seq);
        TRY_VOID(update.run());
      }
    }
    TRY_VOID(database.execute("COMMIT; PRAGMA wal_checkpoint(PASSIVE)"));
  }
  TRY(Statement remove, database.prepare("DELETE FROM dictionary WHERE id<>?"));
  remove.bind(bodies.newest());
  return remove.run();
}

namespace {

struct Undated {
  IndexRow row;
  int64_t resource = 0;
  std::string dates;
};

// The references of the resources from after a row, in the order of their index; it goes on.
Result<std::vector<Undated>> next_undated(Database& database, Names& names, int64_t& after) {
  TRY(Statement select, database.prepare("SELECT row, keys FROM resource WHERE row>? AND live=1 "
                                         "ORDER BY row LIMIT ?"));
  select.bind(after).bind(at_once);
  std::vector<Undated> out;
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) break;
    after = select.integer(0);
    std::string_view keys = select.text(1);
    const std::string dates = dates_of(keys);
    IndexRow row;
    while (decode_one(keys, row)) {
      if (row.type != SearchType::reference) continue;
      TRY(const bool sought, names.is_sought(row.parameter));
      if (sought) out.push_back({row, after, dates});
    }
  }
  std::sort(out.begin(), out.end(), [](const Undated& x, const Undated& y) {
    return std::tie(x.row.parameter, x.row.a, x.resource) <
           std::tie(y.row.parameter, y.row.a, y.resource);
  });
  return out;
}

}  // namespace

// Piece by piece: after a stop in between, searches look up what is not filled yet.
Result<void> fill_dates(Database& database) {
  {
    TRY(Statement select,
        database.prepare("SELECT 1 FROM index_reference WHERE dates IS NULL LIMIT 1"));
    TRY(const bool found, select.step());
    if (!found) return {};
  }
  Names names(database);
  for (int64_t after = 0, before = -1; after != before;) {
    before = after;
    TRY(const auto pieces, next_undated(database, names, after));
    TRY_VOID(database.execute("BEGIN IMMEDIATE"));
    {
      TRY(Statement update,
          database.prepare("UPDATE index_reference SET dates=? WHERE p=? AND a=? AND r=? AND t=? "
                           "AND dates IS NULL"));
      for (const Undated& piece : pieces) {
        update.bind_blob(piece.dates);
        bind_row(update, piece.row, piece.resource);
        TRY_VOID(update.run());
      }
    }
    TRY_VOID(database.execute("COMMIT; PRAGMA wal_checkpoint(PASSIVE)"));
  }
  return {};
}

Result<Space> SqliteStore::space() {
  TRY(auto loan, readers_->lend());
  TRY_VOID(loan.begin_snapshot());
  Space space;
  const auto add = [&](const std::string& name, int64_t bytes) {
    const auto part = std::find_if(space.parts.begin(), space.parts.end(),
                                   [&](const Space::Part& one) { return one.name == name; });
    if (part == space.parts.end()) {
      space.parts.push_back({name, bytes});
    } else {
      part->bytes += bytes;
    }
  };
  {
    TRY(Statement select,
        loan.database().prepare("SELECT name, pgsize FROM dbstat WHERE aggregate=1 ORDER BY 1"));
    for (;;) {
      TRY(const bool found, select.step());
      if (!found) break;
      const std::string_view name = select.text(0);
      add(std::find_if(std::begin(uses), std::end(uses),
                       [&](const Use& use) { return name.starts_with(use.begin); })
              ->part,
          select.integer(1));
    }
  }
  {
    TRY(Statement select,
        loan.database().prepare("SELECT f.freelist_count * p.page_size, (SELECT count(*) FROM "
                                "dictionary) FROM pragma_freelist_count f, pragma_page_size p"));
    TRY(const bool found, select.step());
    if (found) add("free", select.integer(0));
    space.dictionaries = found ? select.integer(1) : 0;
  }
  std::sort(space.parts.begin(), space.parts.end(),
            [](const Space::Part& x, const Space::Part& y) { return x.bytes > y.bytes; });
  TRY(const BodySizes sizes, body_sizes(loan.database(), bodies_, samples_to_tell));
  if (sizes.stored > 0) space.packing = double(sizes.whole) / double(sizes.stored);
  return space;
}

}  // namespace passerelle::store
