// Of the searcher: the newest, or the first, of those that refer to something. Their dates stand
// beside the references: the candidates are put in order by the index alone, and only those that
// stand on the page are looked at.
#include <algorithm>
#include <cmath>

#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search_best.h"
#include "store/sqlite/searcher.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

// So many dates in an index are read as quickly as one candidate is looked at.
constexpr int64_t dated_for_one = 10;

}  // namespace

struct Searcher::Dated {
  struct Entry {
    int64_t order;  // ascending, also of a descending sort
    int64_t row;
  };
  std::vector<Entry> entries;
  std::vector<int64_t> undated;  // have no such date
  std::vector<int64_t> unknown;  // written by a program that did not keep dates there
  size_t size() const { return entries.size() + undated.size() + unknown.size(); }
};

// Whether so many candidates are put in order sooner than an index of all dates is walked until the
// page is full: of n among N, that meets one in every N/n steps.
Result<bool> Searcher::is_worth_dating(const QueryTree& tree, const Plan& plan) {
  TRY(const int64_t all, live(plan.types));
  const double most = std::sqrt(double(dated_for_one) * double(tree.count + 1) * double(all));
  const int64_t limit = std::min(static_cast<int64_t>(most), walk_from_ * dated_for_one);
  if (limit <= walk_from_) return false;
  TRY(const int64_t expected, candidates(plan, limit));
  return expected < limit;
}

// False: the driver is no reference, or gives so many that another way is tried first, unless it is
// `forced`.
Result<bool> Searcher::list_dated(const QueryTree& tree, const Plan& plan, bool forced,
                                  Dated& dated) {
  constexpr std::string_view front = "SELECT r FROM index_reference ";
  const SortKey& sort = tree.sort.front();
  TRY(const uint32_t parameter, names_.find_parameter(sort.parameter));
  int64_t low = 0, high = 0;
  bounds(plan.types, 0, low, high);
  const std::vector<Range> ranges = driver_ranges(*plan.driver);
  if (ranges.empty()) return false;
  bool all = forced;
  for (const Range& range : ranges) {
    if (!range.sql.text.starts_with(front)) return false;
    TRY(Statement select,
        database_.prepare("SELECT r, dates FROM index_reference " +
                          range.sql.text.substr(front.size()) + " AND r BETWEEN ? AND ?"));
    bind_all(select, range.sql);
    select.bind(low).bind(high);
    for (;;) {
      TRY(const bool found, select.step());
      if (!found) break;
      const int64_t row = select.integer(0);
      if (!right_type(plan.types, row)) continue;
      if (!all && dated.size() >= static_cast<size_t>(walk_from_)) {
        TRY(all, is_worth_dating(tree, plan));
        if (!all) return false;
      }
      DateSpan span;
      if (select.is_null(1)) {
        if (!forced && dated.unknown.size() >= static_cast<size_t>(walk_from_)) return false;
        dated.unknown.push_back(row);
      } else if (parameter == 0 || !find_dates(select.text(1), parameter, span)) {
        dated.undated.push_back(row);
      } else {
        dated.entries.push_back({sort.descending ? ~span.latest : span.earliest, row});
      }
    }
  }
  return true;
}

// True when the page is whole; false when it must be found in another way.
Result<bool> Searcher::find_by_dates(const QueryTree& tree, const Plan& plan, bool forced,
                                     Best& best) {
  const SortKey& sort = tree.sort.front();
  const bool by_date = sort.type == ParameterType::date && sort.parameter != "_lastUpdated";
  if (!by_date || plan.driver == nullptr) return false;
  Dated dated;
  TRY(const bool listed, list_dated(tree, plan, forced, dated));
  if (!listed) return false;
  const Visit visit = [&](const Candidate& candidate) { return offer(tree, candidate, best); };

  // One that refers twice may be in two of the lists.
  sort_unique(dated.unknown);
  const auto known = [&](int64_t row) {
    return !std::binary_search(dated.unknown.begin(), dated.unknown.end(), row);
  };
  for (const int64_t row : dated.unknown) {
    TRY(const bool more, try_row(plan, plan.driver, row, visit));
    if (!more) return true;
  }
  // With one key, what is in front of it is the whole of it.
  const bool one_key = tree.sort.size() == 1;
  const auto done = [&](const std::string& key, int64_t row) {
    return one_key ? best.done_at(key, row) : best.done_at(key);
  };
  const auto seen = [&](const std::string& key, int64_t row) {
    return one_key ? best.seen(key, row) : best.seen_front(key);
  };
  // A heap: most are never asked for.
  using Entry = Dated::Entry;
  const auto after = [](const Entry& x, const Entry& y) {
    return x.order != y.order ? x.order > y.order : x.row > y.row;
  };
  std::vector<Entry>& heap = dated.entries;
  std::make_heap(heap.begin(), heap.end(), after);
  for (int64_t previous = 0; !heap.empty();) {
    std::pop_heap(heap.begin(), heap.end(), after);
    const Entry entry = heap.back();
    heap.pop_back();
    if (entry.row == previous || !known(entry.row)) continue;
    previous = entry.row;
    const std::string key =
        key_front(ordered_bytes(sort.descending ? ~entry.order : entry.order), sort.descending);
    if (done(key, entry.row)) return true;
    if (seen(key, entry.row)) continue;
    TRY(const bool more, try_row(plan, plan.driver, entry.row, visit));
    if (!more) return true;
  }
  sort_unique(dated.undated);
  const std::string last = "\1";
  for (const int64_t row : dated.undated) {
    if (done(last, row)) return true;
    if (seen(last, row) || !known(row)) continue;
    TRY(const bool more, try_row(plan, plan.driver, row, visit));
    if (!more) return true;
  }
  return true;
}

}  // namespace passerelle::store
