// Names as integers: types, search parameters, and terms (codes, systems, units, URLs).
//
// Types and parameters are few, numbered in order and held in memory. A term's id is a 47-bit hash
// of its text; when two texts meet, the later one takes the next free number, and the table keeps
// the text, so that an id is exact. One B-tree instead of two, and no sequence to share.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace passerelle::store {

class Database;

// Of one connection. A reader only finds; the writer also adds, and calls undo() when a transaction
// in which it added was rolled back.
class Names {
 public:
  explicit Names(Database& database) : database_(database) {}

  // 0 when it is not there.
  Result<int64_t> find_type(std::string_view name);
  Result<uint32_t> find_parameter(std::string_view code);
  Result<int64_t> find_term(std::string_view text);  // 0 also for ""
  // 0 when the resource was never here nor referred to.
  Result<int64_t> find_resource(std::string_view type, std::string_view id);

  Result<int64_t> add_type(std::string_view name);
  Result<uint32_t> add_parameter(std::string_view code);
  Result<int64_t> add_term(std::string_view text);
  // The row of a resource; a placeholder (current = 0) is made when it is not there yet.
  Result<int64_t> add_resource(std::string_view type, std::string_view id);
  // The row for a resource that is not there; the caller inserts it.
  Result<int64_t> reserve_resource(std::string_view type, std::string_view id);

  // Of a parameter's number: is_sought() of its code.
  Result<bool> is_sought(uint32_t parameter);
  Result<std::string> type_name(int64_t type);
  Result<std::string> term_text(int64_t term);

  // Nothing is forgotten before the next one: what is reserved in a transaction is known by this
  // alone until it is written.
  void begin();
  void undo();    // forgets what is cached if anything was added since begin()
  void forget();  // whatever was added

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class Id>
  using Map = std::unordered_map<std::string, Id, Hash, std::equal_to<>>;

  void keep(std::string key, int64_t row);

  Database& database_;
  Map<int64_t> types_;
  Map<uint32_t> parameters_;
  Map<int64_t> terms_;
  Map<int64_t> resources_;  // of the writer: "type/id", recently used
  enum class Sought : uint8_t { unknown, no, yes };
  std::vector<Sought> sought_;  // by parameter
  std::unordered_map<int64_t, std::string> type_names_;
  std::unordered_map<int64_t, int64_t> next_row_;  // by type
  bool added_ = false;
};

}  // namespace passerelle::store
