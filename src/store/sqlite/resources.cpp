#include "store/sqlite/resources.h"

#include <limits>

#include "store/sqlite/bodies.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

Error not_there(std::string_view type, std::string_view id) {
  return Error{ErrorCode::not_found, "there is no " + std::string(type) + "/" + std::string(id)};
}

constexpr const char* current_during =
    "AND v.updated<=? AND NOT EXISTS(SELECT 1 FROM version n WHERE n.row=v.row AND "
    "n.version=v.version+1 AND n.updated<=?) ";

// So few versions that sorting them is quicker than walking over those of other types.
Result<bool> is_rare(Database& database, int64_t versions) {
  constexpr int64_t few = 2000;
  if (versions <= few) return true;
  TRY(Statement select, database.prepare("SELECT max(seq) FROM version"));
  TRY(const bool found, select.step());
  return found && versions < select.integer(0) / 100;
}

}  // namespace

Result<Version> version_of(const Statement& row, std::string type, const Bodies& bodies) {
  Version version;
  version.type = std::move(type);
  version.id = std::string(row.text(0));
  version.version = row.integer(1);
  version.updated = from_millis(row.integer(2));
  version.method = static_cast<Method>(row.integer(3));
  TRY(version.body, bodies.unpack(row.integer(4), row.text(5),
                                  {version.type, version.id, version.version, version.updated}));
  return version;
}

Result<Version> read_current(const Reading& reading, std::string_view type, std::string_view id) {
  const auto& [database, names, bodies] = reading;
  TRY(const int64_t type_id, names.find_type(type));
  if (type_id == 0) return not_there(type, id);
  // By two dense indexes, not by resource.current: the rows of that table are large, and what is
  // read by id lies anywhere.
  TRY(Statement select,
      database.prepare(
          "SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body FROM resource r CROSS "
          "JOIN version v ON v.seq = (SELECT w.seq FROM version w WHERE w.row = r.row ORDER BY "
          "w.version DESC LIMIT 1) WHERE r.id=? AND r.row BETWEEN ? AND ?"));
  select.bind(id).bind(first_row(type_id)).bind(last_row(type_id));
  TRY(const bool found, select.step());
  if (!found) return not_there(type, id);
  TRY(Version version, version_of(select, std::string(type), bodies));
  if (version.deleted())
    return Error{ErrorCode::gone, std::string(type) + "/" + std::string(id) + " was deleted at " +
                                      format_instant(version.updated)};
  return version;
}

Result<Version> read_version(const Reading& reading, std::string_view type, std::string_view id,
                             int64_t version) {
  const auto& [database, names, bodies] = reading;
  TRY(const int64_t row, names.find_resource(type, id));
  if (row == 0) return not_there(type, id);
  TRY(Statement select,
      database.prepare("SELECT ?, version, updated, method, encoding, body FROM version "
                       "WHERE row=? AND version=?"));
  select.bind(id).bind(row).bind(version);
  TRY(const bool found, select.step());
  if (!found)
    return Error{ErrorCode::not_found, std::string(type) + "/" + std::string(id) +
                                           " has no version " + std::to_string(version)};
  TRY(Version result, version_of(select, std::string(type), bodies));
  if (result.deleted())
    return Error{ErrorCode::gone, "version " + std::to_string(version) + " of " +
                                      std::string(type) + "/" + std::string(id) +
                                      " is its deletion at " + format_instant(result.updated)};
  return result;
}

Result<std::vector<Change>> read_changes(const Reading& reading, int64_t after, size_t limit) {
  const auto& [database, names, bodies] = reading;
  TRY(Statement select,
      database.prepare(
          "SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body, v.seq, v.row FROM "
          "version v CROSS JOIN resource r ON r.row = v.row WHERE v.seq>? ORDER BY "
          "v.seq LIMIT ?"));
  select.bind(after).bind(static_cast<int64_t>(limit));
  std::vector<Change> changes;
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return changes;
    TRY(std::string type, names.type_name(type_of_row(select.integer(7))));
    TRY(Version version, version_of(select, std::move(type), bodies));
    changes.push_back({select.integer(6), std::move(version)});
  }
}

Result<HistoryPage> read_history(const Reading& reading, const HistoryRequest& request) {
  const auto& [database, names, bodies] = reading;
  HistoryPage page;
  int64_t low = 0, high = std::numeric_limits<int64_t>::max();
  if (!request.id.empty()) {
    TRY(low, names.find_resource(request.type, request.id));
    high = low;
    if (low == 0) return not_there(request.type, request.id);
  } else if (!request.type.empty()) {
    TRY(const int64_t type, names.find_type(request.type));
    if (type == 0) return page;
    low = first_row(type);
    high = last_row(type);
  }
  int64_t left_out = 0;  // type
  if (request.type.empty() && !request.without.empty()) {
    TRY(left_out, names.find_type(request.without));
  }
  const bool instance = !request.id.empty();
  const std::string where = instance ? "v.row=? " : "v.row BETWEEN ? AND ? ";
  {
    TRY(Statement count,
        database.prepare(request.type.empty() ? "SELECT coalesce(max(seq), 0) FROM version"
                                              : "SELECT count(*) FROM version v WHERE " + where));
    if (!request.type.empty()) count.bind(low);
    if (!request.type.empty() && !instance) count.bind(high);
    TRY(const bool row, count.step());
    page.total = row ? count.integer(0) : 0;
    if (page.total == 0 && instance) return not_there(request.type, request.id);
  }
  if (left_out != 0) {
    TRY(Statement count,
        database.prepare("SELECT count(*) FROM version v WHERE v.row BETWEEN ? AND ?"));
    count.bind(first_row(left_out)).bind(last_row(left_out));
    TRY(const bool row, count.step());
    if (row) page.total -= count.integer(0);
  }
  // Numbers and lastUpdated grow together, so that `since` ends the walk. Versions of an instance
  // or of a rare type come from their index, all others from the table backward ('+' and CROSS JOIN
  // keep the planner from sorting all of them).
  bool rare = false;
  if (!instance && !request.type.empty()) {
    TRY(rare, is_rare(database, page.total));
  }
  TRY(Statement select,
      database.prepare(
          "SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body, v.seq, v.row "
          "FROM version v CROSS JOIN resource r ON r.row = v.row WHERE " +
          (instance || rare ? where : "+" + where) +
          (instance || rare ? "AND +v.seq<? " : "AND v.seq<? ") +
          (request.during ? current_during : "") +
          (instance ? "ORDER BY v.version DESC" : "ORDER BY v.seq DESC")));
  select.bind(low);
  if (!instance) select.bind(high);
  select.bind(request.before > 0 ? request.before : std::numeric_limits<int64_t>::max());
  if (request.during)
    select.bind(to_millis(request.during->last)).bind(to_millis(request.during->first));
  int64_t last = 0;
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return page;
    if (request.since && from_millis(select.integer(2)) < *request.since) return page;
    if (left_out != 0 && type_of_row(select.integer(7)) == left_out) continue;
    if (page.versions.size() == request.count) break;
    TRY(std::string type, names.type_name(type_of_row(select.integer(7))));
    TRY(Version version, version_of(select, std::move(type), bodies));
    page.versions.push_back(std::move(version));
    last = select.integer(6);
  }
  page.next = last;  // only now: there is at least one more
  return page;
}

}  // namespace passerelle::store
