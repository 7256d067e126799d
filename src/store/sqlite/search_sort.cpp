// Of the searcher: pages in an order that the query asks for. Few candidates are all looked at;
// where they are many, an index is read in the order of the first key until the page is full.
#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "store/sqlite/database.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search_best.h"
#include "store/sqlite/searcher.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

// A walk that has met so many entries gives up: what matches lies far from where it began.
constexpr int64_t walk_limit = 30'000;
constexpr int64_t version_walk_limit = 5'000;  // of bodies: larger rows

// The index in which a parameter's values lie in the order of its sort key.
struct WalkTable {
  ParameterType type;
  const char* table;
  const char* column;
  int spans;  // 0 = the table has none
};
constexpr WalkTable walk_tables[] = {
    {ParameterType::date, "index_date", "low", 3},
    {ParameterType::number, "index_number", "low", 2},
    {ParameterType::quantity, "index_quantity", "low", 2},
    {ParameterType::string, "index_string", "text", 0},
    {ParameterType::uri, "index_uri", "text", 0},
};

// The value of the first key at which the page before ended, to begin there.
struct WalkStart {
  int64_t integer = 0;
  double real = 0;
  std::string text;
};

// False when the cursor holds no such value: then the walk begins at the beginning, and what the
// cursor has passed is passed over one by one.
bool read_start(const WalkTable& table, std::string_view cursor, bool descending,
                WalkStart& start) {
  if (cursor.empty() || cursor.front() != '\0') return false;
  std::string bytes(cursor.substr(1));
  if (descending) invert(bytes);
  if (table.spans == 0) {
    const size_t end = bytes.find('\0');
    if (end == std::string::npos) return false;
    start.text = bytes.substr(0, end);
    return true;
  }
  if (bytes.size() < 8) return false;
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  constexpr uint64_t sign = uint64_t{1} << 63;
  start.integer = static_cast<int64_t>(value ^ sign);
  const uint64_t bits = (value & sign) != 0 ? value ^ sign : ~value;
  std::memcpy(&start.real, &bits, sizeof bits);
  return true;
}

std::string entry_bytes(const WalkTable& table, const Statement& entry) {
  switch (table.type) {
    case ParameterType::date:
      return ordered_bytes(entry.integer(1));
    case ParameterType::number:
    case ParameterType::quantity:
      return ordered_bytes(entry.real(1));
    default:
      return ordered_bytes(entry.text(1));
  }
}

}  // namespace

// The lowest value of each key, or the highest of a descending one; a range counts by its start.
// Resources without a value come last either way.
Result<std::string> Searcher::sort_key(const QueryTree& tree, const Candidate& candidate) {
  std::string key;
  for (const SortKey& sort : tree.sort) {
    std::string best;
    bool found = false;
    const auto offer = [&](std::string bytes) {
      if (!found || (sort.descending ? bytes > best : bytes < best)) best = std::move(bytes);
      found = true;
    };
    if (sort.parameter == "_lastUpdated") {
      offer(ordered_bytes(candidate.updated));
    } else if (sort.parameter == "_id") {
      offer(ordered_bytes(candidate.id));
    } else {
      TRY(const uint32_t parameter, names_.find_parameter(sort.parameter));
      std::string_view keys = candidate.keys;
      IndexRow row;
      while (decode_next_of(parameter, keys, row)) {
        if (row.tuple != 0) continue;
        switch (row.type) {
          case SearchType::string:
          case SearchType::uri:
            offer(ordered_bytes(row.text));
            break;
          case SearchType::date:
            offer(ordered_bytes(row.first));
            break;
          case SearchType::number:
          case SearchType::quantity:
            offer(ordered_bytes(row.low));
            break;
          case SearchType::reference:
            offer(ordered_bytes(row.a));
            break;
          case SearchType::token: {
            TRY(const std::string code, names_.term_text(row.a));
            offer(ordered_bytes(std::string_view(code)));
            break;
          }
        }
      }
    }
    if (sort.descending) invert(best);
    key += found ? '\0' : '\1';
    key += best;
  }
  return key;
}

Result<bool> Searcher::offer(const QueryTree& tree, const Candidate& candidate, Best& best) {
  Hit hit;
  TRY(hit.key, sort_key(tree, candidate));
  hit.row = candidate.row;
  if (!best.wants(hit)) return true;
  hit.current = candidate.current;
  hit.id = std::string(candidate.id);
  if (!tree.includes.empty()) hit.keys = std::string(candidate.keys);
  best.add(std::move(hit));
  return true;
}

// True when the page is whole; false when it must be found in another way.
Result<bool> Searcher::walk_in_order(const QueryTree& tree, const Plan& plan, Best& best) {
  const SortKey& sort = tree.sort.front();
  if (sort.parameter == "_lastUpdated") return walk_versions(tree, plan, best);
  const WalkTable* table = std::find_if(std::begin(walk_tables), std::end(walk_tables),
                                        [&](const WalkTable& t) { return t.type == sort.type; });
  TRY(const uint32_t parameter, names_.find_parameter(sort.parameter));
  if (table == std::end(walk_tables) || sort.parameter == "_id" || parameter == 0) return false;

  struct Part {
    Statement entries;
    std::string front;  // of the entry it stands at
    bool more = true;
  };
  std::vector<Part> parts;
  const auto advance = [&](Part& part) -> Result<void> {
    TRY(part.more, part.entries.step());
    if (part.more) part.front = key_front(entry_bytes(*table, part.entries), sort.descending);
    return {};
  };
  // After what has values comes what has none.
  if (tree.cursor_key.starts_with('\1')) return false;
  WalkStart start;
  const bool started = read_start(*table, tree.cursor_key, sort.descending, start);
  for (int span = 0; span < std::max(table->spans, 1); ++span) {
    std::string sql = std::string("SELECT r, ") + table->column + " FROM " + table->table +
                      " WHERE p=?" + (table->spans > 0 ? " AND span=" + std::to_string(span) : "");
    if (started) sql += std::string(" AND ") + table->column + (sort.descending ? "<=?" : ">=?");
    sql += std::string(" ORDER BY ") + table->column + (sort.descending ? " DESC" : "");
    TRY(Statement entries, database_.prepare(sql));
    entries.bind(parameter);
    if (started && table->type == ParameterType::date) {
      entries.bind(start.integer);
    } else if (started && table->spans > 0) {
      entries.bind(start.real);
    } else if (started) {
      entries.bind(std::string_view(start.text));
    }
    parts.push_back({std::move(entries)});
    TRY_VOID(advance(parts.back()));
  }
  std::unordered_set<int64_t> met;
  for (int64_t steps = 0; steps < walk_limit; ++steps) {
    Part* next = nullptr;
    for (Part& part : parts)
      if (part.more && (next == nullptr || part.front < next->front)) next = &part;
    // At the end, only what has no value is left.
    if (next == nullptr) return best.full();
    if (best.done_at(next->front)) return true;
    const int64_t row = next->entries.integer(0);
    if (right_type(plan.types, row) && met.insert(row).second) {
      TRY_VOID(try_row(plan, nullptr, row, [&](const Candidate& candidate) -> Result<bool> {
        return offer(tree, candidate, best);
      }));
    }
    TRY_VOID(advance(*next));
  }
  return false;
}

// Versions lie in the order of their instants. Older versions of a resource are met too; they only
// offer it early.
Result<bool> Searcher::walk_versions(const QueryTree& tree, const Plan& plan, Best& best) {
  const bool descending = tree.sort.front().descending;
  TRY(Statement select,
      database_.prepare(descending ? "SELECT row, updated FROM version ORDER BY seq DESC"
                                   : "SELECT row, updated FROM version ORDER BY seq"));
  std::unordered_set<int64_t> met;
  for (int64_t steps = 0; steps < version_walk_limit; ++steps) {
    TRY(const bool found, select.step());
    if (!found) return true;  // every resource has a version
    if (best.done_at(key_front(ordered_bytes(select.integer(1)), descending))) return true;
    const int64_t row = select.integer(0);
    if (!right_type(plan.types, row) || !met.insert(row).second) continue;
    TRY_VOID(try_row(plan, nullptr, row, [&](const Candidate& candidate) -> Result<bool> {
      return offer(tree, candidate, best);
    }));
  }
  return false;
}

Result<void> Searcher::find_sorted(const QueryTree& tree, const Plan& plan, std::vector<Hit>& hits,
                                   std::optional<int64_t>& total) {
  if (plan.nothing) return {};
  Best best(tree);
  // Who asks for the number of matches has them all looked at, unless an index tells it.
  const bool page_only = !tree.total || plan.conditions.size() == 1;
  bool whole = false;
  if (page_only) {
    TRY(whole, find_by_dates(tree, plan, false, best));
  }
  std::vector<int64_t> rows;
  bool listed = false;
  // What was written last is often the latest: so most are not wanted when they are met.
  if (!whole && tree.sort.front().descending && plan.driver != nullptr && !plan.listed &&
      !is_sieved(plan)) {
    TRY(listed, list(plan, *plan.driver, walk_from_ - 1, rows));
  }
  if (!whole && !listed) {
    TRY(const int64_t expected, candidates(plan, walk_from_));
    if (expected >= walk_from_) {
      TRY(whole, walk_in_order(tree, plan, best));
      if (!whole && page_only) {
        best.clear();
        TRY(whole, find_by_dates(tree, plan, true, best));
      }
    }
  }
  if (!whole) {
    best.clear();
    int64_t met = 0;
    const Visit visit = [&](const Candidate& candidate) -> Result<bool> {
      ++met;
      return offer(tree, candidate, best);
    };
    TRY_VOID(listed ? run_newest_first(plan, rows, visit) : run(plan, 0, visit));
    total = met;
  }
  hits = best.take();
  return {};
}

}  // namespace passerelle::store
