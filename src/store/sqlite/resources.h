// Reading resources, their versions and their history.
#pragma once

#include <string>
#include <string_view>

#include "store/sqlite/database.h"
#include "store/store.h"

namespace passerelle::store {

class Bodies;
class Names;

// Columns as version_of() reads them: id, version, updated, method, encoding, body.
inline constexpr const char* select_current_by_row =
    "SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body FROM resource r "
    "JOIN version v ON v.seq = r.current WHERE r.row=? AND r.live=1";
Result<Version> version_of(const Statement& row, std::string type, const Bodies& bodies);

// What a read works with: a connection, its names, the dictionaries of the file.
struct Reading {
  Database& database;
  Names& names;
  const Bodies& bodies;
};
Result<Version> read_current(const Reading& reading, std::string_view type, std::string_view id);
Result<Version> read_version(const Reading& reading, std::string_view type, std::string_view id,
                             int64_t version);
Result<HistoryPage> read_history(const Reading& reading, const HistoryRequest& request);

Result<std::vector<Change>> read_changes(const Reading& reading, int64_t after, size_t limit);

inline int64_t to_millis(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant from_millis(int64_t millis) { return Instant(Millis(millis)); }

}  // namespace passerelle::store
