// Of the searcher: what stands on a page, in which order, and what is included.
#include <algorithm>
#include <cstring>
#include <limits>
#include <queue>
#include <unordered_set>

#include "base/check.h"
#include "store/sqlite/database.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/searcher.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

constexpr size_t include_limit = 10'000;

// Bytes whose order is the order of the values.
std::string ordered_bytes(uint64_t value) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  return bytes;
}
std::string ordered_bytes(int64_t value) {
  return ordered_bytes(static_cast<uint64_t>(value) ^ uint64_t{1} << 63);
}
std::string ordered_bytes(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return ordered_bytes(bits >> 63 != 0 ? ~bits : bits ^ uint64_t{1} << 63);
}
// Texts end with a byte below all of theirs, so that "a" comes before "ab".
std::string ordered_bytes(std::string_view text) {
  std::string bytes(text);
  std::erase(bytes, '\0');
  return bytes + '\0';
}

}  // namespace

// The lowest value of each key, or the highest of a descending one; resources without a value come
// last either way.
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
      while (decode_one(keys, row)) {
        if (row.parameter != parameter || row.tuple != 0) continue;
        switch (row.type) {
          case SearchType::string:
          case SearchType::uri:
            offer(ordered_bytes(row.text));
            break;
          case SearchType::date:
            offer(ordered_bytes(sort.descending ? row.last : row.first));
            break;
          case SearchType::number:
          case SearchType::quantity:
            offer(ordered_bytes(sort.descending ? row.high : row.low));
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
    if (sort.descending)
      for (char& c : best) c = static_cast<char>(~c);
    key += found ? '\0' : '\1';
    key += best;
  }
  return key;
}

Result<void> Searcher::find_sorted(const QueryTree& tree, const Plan& plan, std::vector<Hit>& hits,
                                   int64_t& total) {
  const auto before = [](const Hit& x, const Hit& y) {
    return x.key != y.key ? x.key < y.key : x.row < y.row;
  };
  std::priority_queue<Hit, std::vector<Hit>, decltype(before)> best(before);
  TRY_VOID(run(plan, 0, [&](const Candidate& candidate) -> Result<bool> {
    ++total;
    Hit hit;
    TRY(hit.key, sort_key(tree, candidate));
    hit.row = candidate.row;
    const bool seen =
        tree.cursor_row != 0 &&
        (hit.key != tree.cursor_key ? hit.key < tree.cursor_key : hit.row <= tree.cursor_row);
    if (seen || (best.size() > tree.count && !before(hit, best.top()))) return true;
    if (!tree.includes.empty()) hit.keys = std::string(candidate.keys);
    best.push(std::move(hit));
    if (best.size() > tree.count + 1) best.pop();
    return true;
  }));
  hits.resize(best.size());
  for (size_t i = hits.size(); i-- > 0; best.pop()) hits[i] = best.top();
  return {};
}

Result<void> Searcher::find_by_row(const QueryTree& tree, const Plan& plan,
                                   std::vector<Hit>& hits) {
  return run(plan, tree.cursor_row, [&](const Candidate& candidate) -> Result<bool> {
    Hit& hit = hits.emplace_back();
    hit.row = candidate.row;
    if (!tree.includes.empty()) hit.keys = std::string(candidate.keys);
    return hits.size() <= tree.count;
  });
}

Result<int64_t> Searcher::count(const Plan& plan) {
  if (plan.nothing) return int64_t{0};
  int64_t total = 0;
  if (plan.conditions.empty()) {
    TRY(Statement select, database_.prepare("SELECT live FROM type WHERE id=? OR ?=0"));
    for (const int64_t type : plan.types.empty() ? std::vector<int64_t>{0} : plan.types) {
      select.bind(type).bind(type);
      for (;;) {
        TRY(const bool found, select.step());
        if (!found) break;
        total += select.integer(0);
      }
      select.reset();
    }
    return total;
  }
  // The index alone tells when its ranges hold nothing else than what matches.
  if (plan.conditions.size() == 1 && plan.driver != nullptr &&
      plan.driver->condition->kind == Condition::Kind::value) {
    std::vector<Range> ranges;
    for (const Bound& operand : plan.driver->any)
      for (Range& range : ranges_of(operand)) ranges.push_back(std::move(range));
    const bool exact =
        std::all_of(ranges.begin(), ranges.end(), [](const Range& range) { return range.exact; });
    if (exact) {
      TRY(const auto rows, collect(plan, ranges));
      return static_cast<int64_t>(rows.size());
    }
  }
  TRY_VOID(run(plan, 0, [&](const Candidate&) -> Result<bool> {
    ++total;
    return true;
  }));
  return total;
}

Result<bool> Searcher::add_version(int64_t row, MatchMode mode, SearchPage& page) {
  TRY(Statement select, database_.prepare(select_current_by_row));
  select.bind(row);
  TRY(const bool found, select.step());
  if (!found) return false;
  TRY(std::string type, names_.type_name(type_of_row(row)));
  TRY(Version version, version_of(select, std::move(type)));
  page.matches.push_back({std::move(version), mode});
  return true;
}

Result<void> Searcher::add_includes(const QueryTree& tree, const std::vector<Hit>& hits,
                                    SearchPage& page) {
  std::unordered_set<int64_t> seen;
  std::vector<int64_t> rows;
  for (const Hit& hit : hits) seen.insert(hit.row);
  const auto add = [&](int64_t row) {
    if (seen.insert(row).second) rows.push_back(row);
  };
  for (const Include& include : tree.includes) {
    TRY(const uint32_t parameter, names_.find_parameter(include.parameter));
    TRY(const int64_t source, names_.find_type(include.source));
    TRY(const int64_t target, names_.find_type(include.target));
    // What the store has never seen, nothing refers to.
    if ((parameter == 0 && !include.parameter.empty()) ||
        (source == 0 && !include.source.empty()) || (target == 0 && !include.target.empty()))
      continue;
    if (include.reverse) {
      TRY(Statement select, database_.prepare("SELECT r FROM index_reference WHERE p=? AND a=? AND "
                                              "r BETWEEN ? AND ?"));
      for (const Hit& hit : hits) {
        if (target != 0 && type_of_row(hit.row) != target) continue;
        select.bind(parameter).bind(hit.row).bind(first_row(source)).bind(last_row(source));
        for (;;) {
          TRY(const bool found, select.step());
          if (!found || rows.size() > include_limit) break;
          add(select.integer(0));
        }
        select.reset();
      }
      continue;
    }
    for (const Hit& hit : hits) {
      if (source != 0 && type_of_row(hit.row) != source) continue;
      std::string_view keys = hit.keys;
      IndexRow row;
      while (decode_one(keys, row))
        if (row.type == SearchType::reference && row.a > 0 &&
            (parameter == 0 || row.parameter == parameter) &&
            (target == 0 || type_of_row(row.a) == target))
          add(row.a);
    }
  }
  if (rows.size() > include_limit)
    return Error{ErrorCode::too_large,
                 "the page would include more than " + std::to_string(include_limit) + " resources",
                 "_revinclude", "ask for fewer matches on a page with _count"};
  for (const int64_t row : rows) TRY_VOID(add_version(row, MatchMode::include, page));
  return {};
}

Result<SearchPage> Searcher::search(const QueryTree& tree) {
  SearchPage page;
  TRY(const Plan plan, make_plan(tree));
  std::vector<Hit> hits;
  int64_t total = 0;
  if (tree.count > 0) {
    if (tree.sort.empty()) {
      TRY_VOID(find_by_row(tree, plan, hits));
    } else {
      TRY_VOID(find_sorted(tree, plan, hits, total));
    }
  }
  if (tree.total) {
    if (tree.sort.empty() || tree.count == 0) {
      TRY(total, count(plan));
    }
    page.total = total;
  }
  if (hits.size() > tree.count) {
    hits.pop_back();
    page.next = make_cursor(tree, hits.back().key, hits.back().row);
  }
  for (const Hit& hit : hits) {
    TRY(const bool there, add_version(hit.row, MatchMode::match, page));
    CHECK(there, "what a search finds in its snapshot can be read in it");
  }
  TRY_VOID(add_includes(tree, hits, page));
  return page;
}

}  // namespace passerelle::store
