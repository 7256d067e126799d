// What the tests of the store share: short ways to say a write, a search, an instant.
#pragma once

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::store {

inline Instant at(int64_t seconds) {
  return Instant(std::chrono::seconds(1'585'000'000 + seconds));
}

inline std::unique_ptr<Store> fresh_store(const SqliteOptions& options = {}) {
  auto store = open_temporary(options);
  CHECK(store.ok(), store ? "" : to_text(store.error()).c_str());
  return std::move(*store);
}

// A folder of its own that goes with it.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "store-test-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string file(const std::string& name = "data") const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// What no program of ours does to a file: older or damaged ones are made of new ones.
inline void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  CHECK(sqlite3_open(path.c_str(), &handle) == SQLITE_OK, "the file can be opened");
  const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
  CHECK(code == SQLITE_OK, sqlite3_errmsg(handle));
  sqlite3_close(handle);
}
inline int64_t number_in(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  CHECK(sqlite3_open(path.c_str(), &handle) == SQLITE_OK, "the file can be opened");
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr);
  CHECK(code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW, sqlite3_errmsg(handle));
  const int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return value;
}

inline std::string body_of(const std::string& type, const std::string& id,
                           const std::string& rest = "") {
  return "{\"resourceType\":\"" + type + "\",\"id\":\"" + id + "\"" +
         (rest.empty() ? "" : "," + rest) + "}";
}

inline Write put(const std::string& type, const std::string& id, IndexValues values = {},
                 const std::string& rest = "") {
  Write write;
  write.method = Method::update;
  write.type = type;
  write.id = id;
  write.body = body_of(type, id, rest);
  write.values = std::move(values);
  return write;
}

inline Write erase(const std::string& type, const std::string& id) {
  Write write;
  write.method = Method::erase;
  write.type = type;
  write.id = id;
  return write;
}

inline Transaction transaction_of(std::vector<Write> writes, Instant when = at(0)) {
  Transaction transaction;
  transaction.at = when;
  transaction.writes = std::move(writes);
  return transaction;
}

inline IndexValue string_value(const std::string& parameter, const std::string& text) {
  return {.parameter = parameter, .type = SearchType::string, .text = text};
}
inline IndexValue token_value(const std::string& parameter, const std::string& system,
                              const std::string& code) {
  return {.parameter = parameter, .type = SearchType::token, .text = code, .system = system};
}
inline IndexValue reference_value(const std::string& parameter, const std::string& type,
                                  const std::string& id) {
  return {.parameter = parameter, .type = SearchType::reference, .text = id, .system = type};
}
inline IndexValue uri_value(const std::string& parameter, const std::string& text) {
  return {.parameter = parameter, .type = SearchType::uri, .text = text};
}
inline IndexValue date_value(const std::string& parameter, Instant first, Instant last) {
  return {.parameter = parameter,
          .type = SearchType::date,
          .first = first.time_since_epoch().count(),
          .last = last.time_since_epoch().count()};
}
inline IndexValue number_value(const std::string& parameter, double low, double high) {
  return {.parameter = parameter, .type = SearchType::number, .low = low, .high = high};
}
inline IndexValue quantity_value(const std::string& parameter, double value,
                                 const std::string& system, const std::string& unit) {
  return {.parameter = parameter,
          .type = SearchType::quantity,
          .text = unit,
          .system = system,
          .low = value,
          .high = value};
}

// "code=a&date=ge2020" as parameters; nothing is decoded.
inline Parameters parameters_of(std::string_view text) {
  Parameters parameters;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const size_t equals = one.find('=');
    parameters.emplace_back(one.substr(0, equals),
                            equals == std::string_view::npos ? "" : one.substr(equals + 1));
  }
  return parameters;
}

}  // namespace passerelle::store
