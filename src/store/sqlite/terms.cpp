#include "store/sqlite/terms.h"

#include <algorithm>

#include "base/check.h"
#include "store/sqlite/database.h"
#include "store/sqlite/index_rows.h"
#include "store/sqlite/schema.h"

namespace passerelle::store {
namespace {

// Terms and resources that come again and again (systems, codes, the patient of a batch) stay in
// memory; when the map is full it starts anew.
constexpr size_t cache_limit = 50'000;
constexpr int64_t type_limit = int64_t{1} << 9;

std::string resource_key(std::string_view type, std::string_view id) {
  std::string key;
  key.reserve(type.size() + 1 + id.size());
  return key.append(type).append("/").append(id);
}

}  // namespace

void Names::undo() {
  if (added_) forget();
}

void Names::forget() {
  types_.clear();
  parameters_.clear();
  terms_.clear();
  resources_.clear();
  sought_.clear();
  type_names_.clear();
  next_row_.clear();
  added_ = false;
}

Result<int64_t> Names::find_type(std::string_view name) {
  if (const auto found = types_.find(name); found != types_.end()) return found->second;
  TRY(Statement select, database_.prepare("SELECT id FROM type WHERE name=?"));
  select.bind(name);
  TRY(const bool row, select.step());
  if (!row) return int64_t{0};
  const int64_t id = select.integer(0);
  types_.emplace(name, id);
  return id;
}

Result<uint32_t> Names::find_parameter(std::string_view code) {
  if (const auto found = parameters_.find(code); found != parameters_.end()) return found->second;
  TRY(Statement select, database_.prepare("SELECT id FROM parameter WHERE code=?"));
  select.bind(code);
  TRY(const bool row, select.step());
  if (!row) return uint32_t{0};
  const auto id = static_cast<uint32_t>(select.integer(0));
  parameters_.emplace(code, id);
  return id;
}

Result<int64_t> Names::add_type(std::string_view name) {
  TRY(const int64_t known, find_type(name));
  if (known != 0) return known;
  added_ = true;
  TRY(Statement insert, database_.prepare("INSERT INTO type(name, live) VALUES(?, 0)"));
  insert.bind(name);
  TRY_VOID(insert.run());
  const int64_t id = database_.last_row();
  CHECK(id < type_limit, "there are fewer resource types than type numbers");
  types_.emplace(name, id);
  return id;
}

Result<uint32_t> Names::add_parameter(std::string_view code) {
  TRY(const uint32_t known, find_parameter(code));
  if (known != 0) return known;
  added_ = true;
  TRY(Statement insert, database_.prepare("INSERT INTO parameter(code) VALUES(?)"));
  insert.bind(code);
  TRY_VOID(insert.run());
  const auto id = static_cast<uint32_t>(database_.last_row());
  parameters_.emplace(code, id);
  return id;
}

Result<int64_t> Names::find_term(std::string_view text) {
  if (text.empty()) return int64_t{0};
  if (const auto found = terms_.find(text); found != terms_.end()) return found->second;
  TRY(Statement select, database_.prepare("SELECT value FROM term WHERE id=?"));
  for (int64_t id = text_hash(text);; ++id) {
    select.bind(id);
    TRY(const bool row, select.step());
    if (!row) return int64_t{0};
    if (select.text(0) == text) {
      if (terms_.size() > cache_limit) terms_.clear();
      terms_.emplace(text, id);
      return id;
    }
    select.reset();
  }
}

Result<int64_t> Names::add_term(std::string_view text) {
  if (text.empty()) return int64_t{0};
  TRY(const int64_t known, find_term(text));
  if (known != 0) return known;
  added_ = true;
  TRY(Statement insert, database_.prepare("INSERT OR IGNORE INTO term(id, value) VALUES(?, ?)"));
  for (int64_t id = text_hash(text);; ++id) {
    insert.bind(id).bind(text);
    TRY_VOID(insert.run());
    if (database_.changes() == 0) continue;  // taken by another text with the same hash
    if (terms_.size() > cache_limit) terms_.clear();
    terms_.emplace(text, id);
    return id;
  }
}

Result<int64_t> Names::find_resource(std::string_view type, std::string_view id) {
  TRY(const int64_t type_id, find_type(type));
  if (type_id == 0) return int64_t{0};
  TRY(Statement select,
      database_.prepare("SELECT row FROM resource WHERE id=? AND row BETWEEN ? AND ?"));
  select.bind(id).bind(first_row(type_id)).bind(last_row(type_id));
  TRY(const bool row, select.step());
  return row ? select.integer(0) : 0;
}

void Names::begin() {
  added_ = false;
  if (resources_.size() > cache_limit) resources_.clear();
}

void Names::keep(std::string key, int64_t row) { resources_.emplace(std::move(key), row); }

Result<int64_t> Names::reserve_resource(std::string_view type, std::string_view id) {
  TRY(const int64_t type_id, add_type(type));
  added_ = true;
  auto next = next_row_.find(type_id);
  if (next == next_row_.end()) {
    TRY(Statement select, database_.prepare("SELECT max(row) FROM resource WHERE row <= ?"));
    select.bind(last_row(type_id));
    TRY(const bool found, select.step());
    const int64_t newest = found && !select.is_null(0) ? select.integer(0) : 0;
    next = next_row_.emplace(type_id, std::max(newest, first_row(type_id)) + 1).first;
  }
  const int64_t row = next->second++;
  keep(resource_key(type, id), row);
  return row;
}

Result<int64_t> Names::add_resource(std::string_view type, std::string_view id) {
  std::string key = resource_key(type, id);
  if (const auto found = resources_.find(key); found != resources_.end()) return found->second;
  TRY(int64_t row, find_resource(type, id));
  if (row != 0) {
    keep(std::move(key), row);
    return row;
  }
  TRY(row, reserve_resource(type, id));
  TRY(Statement insert, database_.prepare("INSERT INTO resource(row, id, current, version, "
                                          "updated, live, keys) VALUES(?, ?, 0, 0, 0, 0, '')"));
  insert.bind(row).bind(id);
  TRY_VOID(insert.run());
  return row;
}

Result<bool> Names::is_sought(uint32_t parameter) {
  if (parameter >= sought_.size()) sought_.resize(parameter + 1, Sought::unknown);
  if (sought_[parameter] == Sought::unknown) {
    TRY(Statement select, database_.prepare("SELECT code FROM parameter WHERE id=?"));
    select.bind(parameter);
    TRY(const bool row, select.step());
    CHECK(row, "every parameter that is used has its code");
    sought_[parameter] = store::is_sought(select.text(0)) ? Sought::yes : Sought::no;
  }
  return sought_[parameter] == Sought::yes;
}

Result<std::string> Names::type_name(int64_t type) {
  if (const auto found = type_names_.find(type); found != type_names_.end()) return found->second;
  TRY(Statement select, database_.prepare("SELECT name FROM type WHERE id=?"));
  select.bind(type);
  TRY(const bool row, select.step());
  CHECK(row, "every row belongs to a type");
  std::string name(select.text(0));
  type_names_.emplace(type, name);
  return name;
}

Result<std::string> Names::term_text(int64_t term) {
  if (term == 0) return std::string();
  TRY(Statement select, database_.prepare("SELECT value FROM term WHERE id=?"));
  select.bind(term);
  TRY(const bool row, select.step());
  CHECK(row, "every term that is used has its text");
  return std::string(select.text(0));
}

}  // namespace passerelle::store
