// Of the searcher: what stands on a page and what is included.
#include <algorithm>
#include <limits>
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
// How often what a chain asks is tested in vain before all that it finds is listed.
constexpr int64_t most_tries = 2000;

}  // namespace

Result<void> Searcher::find_by_row(const QueryTree& tree, const Plan& plan,
                                   std::vector<Hit>& hits) {
  return run(plan, tree.cursor_row, [&](const Candidate& candidate) -> Result<bool> {
    Hit& hit = hits.emplace_back();
    hit.row = candidate.row;
    hit.current = candidate.current;
    hit.id = std::string(candidate.id);
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
  TRY(Version version, version_of(select, std::move(type), bodies_));
  page.matches.push_back({std::move(version), mode});
  return true;
}

// What a candidate told need not be read again.
Result<void> Searcher::add_match(const Hit& hit, SearchPage& page) {
  TRY(Statement select, database_.prepare("SELECT ?, version, updated, method, encoding, body FROM "
                                          "version WHERE seq=?"));
  select.bind(std::string_view(hit.id)).bind(hit.current);
  TRY(const bool found, select.step());
  CHECK(found, "what a search finds in its snapshot can be read in it");
  TRY(std::string type, names_.type_name(type_of_row(hit.row)));
  TRY(Version version, version_of(select, std::move(type), bodies_));
  page.matches.push_back({std::move(version), MatchMode::match});
  return {};
}

// One step from these resources.
Result<void> Searcher::follow(const Include& include, const std::vector<Hit>& from,
                              const std::function<void(int64_t)>& add) {
  TRY(const uint32_t parameter, names_.find_parameter(include.parameter));
  TRY(const int64_t source, names_.find_type(include.source));
  TRY(const int64_t target, names_.find_type(include.target));
  // What the store has never seen, nothing refers to.
  if ((parameter == 0 && !include.parameter.empty()) || (source == 0 && !include.source.empty()) ||
      (target == 0 && !include.target.empty()))
    return {};
  if (include.reverse) {
    TRY(Statement select, database_.prepare("SELECT r FROM index_reference WHERE p=? AND a=? AND "
                                            "r BETWEEN ? AND ? LIMIT ?"));
    for (const Hit& hit : from) {
      if (target != 0 && type_of_row(hit.row) != target) continue;
      select.bind(parameter).bind(hit.row).bind(first_row(source)).bind(last_row(source));
      select.bind(static_cast<int64_t>(include_limit) + 1);
      for (;;) {
        TRY(const bool found, select.step());
        if (!found) break;
        add(select.integer(0));
      }
      select.reset();
    }
    return {};
  }
  for (const Hit& hit : from) {
    if (source != 0 && type_of_row(hit.row) != source) continue;
    std::string_view keys = hit.keys;
    IndexRow row;
    while (decode_one(keys, row))
      if (row.type == SearchType::reference && row.a > 0 &&
          (parameter == 0 || row.parameter == parameter) &&
          (target == 0 || type_of_row(row.a) == target))
        add(row.a);
  }
  return {};
}

Result<void> Searcher::add_includes(const QueryTree& tree, std::vector<Hit> hits,
                                    SearchPage& page) {
  if (tree.includes.empty()) return {};
  std::unordered_set<int64_t> seen;
  for (const Hit& hit : hits) seen.insert(hit.row);
  std::vector<int64_t> rows, fresh;
  const auto add = [&](int64_t row) {
    if (seen.insert(row).second) fresh.push_back(row);
  };
  for (bool first = true; !hits.empty(); first = false) {
    for (const Include& include : tree.includes) {
      if (first || include.iterate) TRY_VOID(follow(include, hits, add));
      if (rows.size() + fresh.size() > include_limit)
        return Error{
            ErrorCode::too_costly,
            "the page would include more than " + std::to_string(include_limit) + " resources",
            "_revinclude", "ask for fewer matches on a page with _count"};
    }
    hits.clear();
    TRY(Statement select, database_.prepare("SELECT keys FROM resource WHERE row=? AND live=1"));
    for (const int64_t row : fresh) {
      select.bind(row);
      TRY(const bool there, select.step());
      if (there) {
        Hit& hit = hits.emplace_back();
        hit.row = row;
        hit.keys = std::string(select.text(0));
        rows.push_back(row);
      }
      select.reset();
    }
    fresh.clear();
  }
  for (const int64_t row : rows) TRY_VOID(add_version(row, MatchMode::include, page));
  return {};
}

Result<void> Searcher::find(const QueryTree& tree, const Plan& plan, std::vector<Hit>& hits,
                            std::optional<int64_t>& total) {
  if (tree.count == 0) return {};
  if (tree.sort.empty()) return find_by_row(tree, plan, hits);
  return find_sorted(tree, plan, hits, total);
}

Result<SearchPage> Searcher::search(const QueryTree& tree) {
  SearchPage page;
  std::vector<Hit> hits;
  std::optional<int64_t> total;  // when the search has met all matches anyway
  // A page may be full long before all that a chain or _has finds would be listed.
  trying_ = tree.count > 0 && !tree.total;
  tries_ = most_tries;
  TRY(Plan plan, make_plan(tree));
  if (tries_ >= 0) TRY_VOID(find(tree, plan, hits, total));
  const bool given_up = tries_ < 0;
  trying_ = false;
  tries_ = 0;
  if (given_up) {
    hits.clear();
    TRY(plan, make_plan(tree));
    TRY_VOID(find(tree, plan, hits, total));
  }
  if (tree.total) {
    if (!total) {
      TRY(total, count(plan));
    }
    page.total = total;
  }
  if (hits.size() > tree.count) {
    hits.pop_back();
    page.next = make_cursor(tree, hits.back().key, hits.back().row);
  }
  for (const Hit& hit : hits) {
    TRY_VOID(add_match(hit, page));
  }
  TRY_VOID(add_includes(tree, std::move(hits), page));
  return page;
}

}  // namespace passerelle::store
