// Runs a parsed search on one connection. The most selective condition gives the candidates, from
// its index; each candidate's other conditions are tested on its own blob of keys, one page read
// each. What is asked through references (chains, _has) is searched first and becomes a set of
// rows; where that set is large and only a page is wanted, it is looked up for each candidate
// instead, until the page is full.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/search/search_type.h"
#include "store/search/tree.h"
#include "store/sqlite/row_set.h"
#include "store/store.h"

namespace passerelle::store {

class Bodies;
class Database;
class Names;
class Statement;

class Searcher {
 public:
  Searcher(Database& database, Names& names, const Bodies& bodies, int64_t walk_from)
      : database_(database), names_(names), bodies_(bodies), walk_from_(walk_from) {}

  // All statements see one snapshot if the caller holds a transaction.
  Result<SearchPage> search(const QueryTree& tree);
  // The rows that match, ascending, at most `limit`; without regard to cursor, count and order.
  Result<std::vector<int64_t>> rows(const QueryTree& tree, size_t limit);
  // Store::scan().
  Result<void> scan(const QueryTree& tree, int64_t after,
                    const std::function<bool(const Version&, int64_t)>& visit);
  // Whether this is what is looked for; `keys` are its encoded index rows.
  Result<bool> matches(const QueryTree& tree, int64_t row, Instant updated, std::string_view keys);

 private:
  struct Inner;
  struct BoundCondition {
    const Condition* condition = nullptr;
    uint32_t parameter = 0;
    uint32_t text_parameter = 0;  // of missing: an element with nothing but a text is there too
    std::vector<Bound> any;
    int64_t type = 0;  // of those it is asked of; 0 = several
    // id, reverse, either when `listed`: those that match; chain: those referred to; sorted
    RowSet rows;
    bool listed = false;  // of either: its matches are few, and in `rows`
    std::vector<std::vector<BoundCondition>> inner;  // of either when not: all of one group hold
    // Not empty: a chain or reverse that is tested on each candidate. Of a chain, one a type that
    // is referred to.
    std::vector<std::shared_ptr<const Inner>> each;
  };
  // A condition that one look into its index decides. The look finds the next row that meets it, so
  // that the rows before need none.
  struct Sieve {
    const BoundCondition* condition = nullptr;
    Range range;
    mutable int64_t from = 1, next = 0;  // nothing meets it from `from` to before `next`
  };
  struct Plan {
    std::vector<BoundCondition> conditions;
    std::vector<int64_t> types;  // empty = all
    const BoundCondition* driver = nullptr;
    std::vector<int64_t> few;  // all that the driver gives, ascending, if `listed`
    bool listed = false;
    std::vector<Sieve> sieves;
    bool sieves_decide = false;  // no condition is left to be tested on a candidate
    bool nothing = false;        // a condition that cannot hold
  };
  struct Inner {
    QueryTree tree;
    Plan plan;
  };
  struct Candidate {
    int64_t row = 0, current = 0, updated = 0;
    std::string_view id, keys;
  };
  struct Hit {
    std::string key;  // for sorting
    int64_t row = 0, current = 0;
    std::string id;
    std::string keys;  // only when there is something to include
  };
  class Best;  // the first hits in order
  using Visit = std::function<Result<bool>(const Candidate&)>;

  Result<Plan> make_plan(const QueryTree& tree);
  Result<BoundCondition> bind(const Condition& condition, const QueryTree& tree,
                              const std::vector<int64_t>& types);
  Result<Bound> bind_operand(const Condition& condition, const Operand& operand);
  Result<void> bind_ids(BoundCondition& bound, const std::vector<int64_t>& types);
  Result<void> add_rows(const QueryTree& tree, size_t limit, RowSet& rows);
  Result<void> bind_chain(BoundCondition& bound);
  Result<void> bind_reverse(BoundCondition& bound);
  Result<std::shared_ptr<const Inner>> make_inner(const Condition& condition);
  Result<void> bind_text(BoundCondition& bound);
  bool is_near(const BoundCondition& bound) const;
  Result<void> bind_either(BoundCondition& bound, const QueryTree& tree);
  static bool is_few(const BoundCondition& bound);
  void find_sieves(Plan& plan) const;
  Result<bool> list(const Plan& plan, const BoundCondition& bound, int64_t most,
                    std::vector<int64_t>& rows);
  Result<void> choose_driver(Plan& plan);
  Result<int64_t> estimate(const Plan& plan, const BoundCondition& bound, int64_t limit);
  Result<int64_t> candidates(const Plan& plan, int64_t limit);
  Result<int64_t> live(const std::vector<int64_t>& types);  // how many resources there are

  // Calls visit for what matches, ascending by row from above `after`, until it returns false.
  Result<void> run(const Plan& plan, int64_t after, const Visit& visit);
  Result<void> try_all(const Plan& plan, const RowSet& rows, int64_t after, const Visit& visit);
  Result<void> try_rows(const Plan& plan, const std::vector<int64_t>& rows, int64_t after,
                        const Visit& visit);
  // `met`: the condition that gave the row.
  Result<bool> try_row(const Plan& plan, const BoundCondition* met, int64_t row,
                       const Visit& visit);
  Result<bool> test(const Plan& plan, const Candidate& candidate, const Visit& visit);
  Result<bool> passes(const Plan& plan, const BoundCondition* met, int64_t row);
  Result<void> scan_types(const Plan& plan, int64_t after, const Visit& visit);
  // All of the driver's `rows`, those that were written last before the others.
  Result<void> run_newest_first(const Plan& plan, const std::vector<int64_t>& rows,
                                const Visit& visit);
  static bool is_sieved(const Plan& plan);
  Result<void> stream(const Plan& plan, const Range& range, int64_t after, const Visit& visit);
  Result<void> stream_joined(const Plan& plan, const Range& range, int64_t low, int64_t high,
                             const Visit& visit);
  Result<RowSet> collect(const Plan& plan, const std::vector<Range>& ranges);
  // Where the index has what a driver gives, of a value or a chain.
  static std::vector<Range> driver_ranges(const BoundCondition& driver);
  bool holds(const BoundCondition& bound, const Candidate& candidate) const;
  Result<bool> holds_each(const BoundCondition& bound, const Candidate& candidate);
  Result<bool> meets(const Inner& inner, int64_t row);
  std::string of_depth(std::string sql) const;
  Result<void> find(const QueryTree& tree, const Plan& plan, std::vector<Hit>& hits,
                    std::optional<int64_t>& total);
  bool holds_any(const BoundCondition& either, const Candidate& candidate) const;
  void decode(std::string_view keys);

  Result<std::string> sort_key(const QueryTree& tree, const Candidate& candidate);
  Result<void> find_sorted(const QueryTree& tree, const Plan& plan, std::vector<Hit>& hits,
                           std::optional<int64_t>& total);
  Result<bool> offer(const QueryTree& tree, const Candidate& candidate, Best& best);
  Result<bool> walk_in_order(const QueryTree& tree, const Plan& plan, Best& best);
  Result<bool> walk_versions(const QueryTree& tree, const Plan& plan, Best& best);
  struct Dated;
  Result<bool> is_worth_dating(const QueryTree& tree, const Plan& plan);
  Result<bool> list_dated(const QueryTree& tree, const Plan& plan, bool forced, Dated& dated);
  Result<bool> find_by_dates(const QueryTree& tree, const Plan& plan, bool forced, Best& best);
  Result<void> find_by_row(const QueryTree& tree, const Plan& plan, std::vector<Hit>& hits);
  Result<int64_t> count(const Plan& plan);
  Result<void> add_includes(const QueryTree& tree, std::vector<Hit> hits, SearchPage& page);
  Result<void> follow(const Include& include, const std::vector<Hit>& from,
                      const std::function<void(int64_t)>& add);
  Result<void> add_match(const Hit& hit, SearchPage& page);
  Result<bool> add_version(int64_t row, MatchMode mode, SearchPage& page);

  Database& database_;
  Names& names_;
  const Bodies& bodies_;
  const int64_t walk_from_;
  bool in_place_ = false;  // conditions are tested on one candidate, nothing is listed
  // While a page is tried without listing what chains find: how often one may still be tested.
  bool trying_ = false;
  int64_t tries_ = 0;
  int depth_ = 0;                          // of conditions within conditions that are being tested
  mutable std::vector<IndexRow> decoded_;  // of the candidate under test
};

// Shared by the searcher's files.
void bind_all(Statement& statement, const Sql& sql);
void sort_unique(std::vector<int64_t>& rows);
bool right_type(const std::vector<int64_t>& types, int64_t row);
// The bounds that types and cursor put on a row id.
void bounds(const std::vector<int64_t>& types, int64_t after, int64_t& low, int64_t& high);

}  // namespace passerelle::store
