// Of the searcher: chains and _has that are looked up for each candidate.
#include <utility>

#include "store/sqlite/database.h"
#include "store/sqlite/searcher.h"

namespace passerelle::store {

// A statement that is in use further out cannot be used again: each depth has its own.
std::string Searcher::of_depth(std::string sql) const {
  sql.append(static_cast<size_t>(depth_), ' ');
  return sql;  // moved; what append() gives would be copied
}

// Whether a row meets the plan of an inner condition.
Result<bool> Searcher::meets(const Inner& inner, int64_t row) {
  if (--tries_ < 0 || inner.plan.nothing || !right_type(inner.plan.types, row)) return false;
  bool met = false;
  ++depth_;
  const auto tried = try_row(inner.plan, nullptr, row, [&](const Candidate&) -> Result<bool> {
    met = true;
    return false;
  });
  --depth_;
  if (!tried) return tried.error();
  return met;
}

// A chain or reverse that was not listed.
Result<bool> Searcher::holds_each(const BoundCondition& bound, const Candidate& candidate) {
  std::vector<IndexRow> decoded = std::exchange(decoded_, {});  // of this candidate
  bool met = false;
  if (bound.condition->kind == Condition::Kind::chain) {
    for (const IndexRow& row : decoded) {
      if (row.type != SearchType::reference || row.parameter != bound.parameter || row.a <= 0)
        continue;
      for (const auto& inner : bound.each) {
        if (met) break;
        TRY(met, meets(*inner, row.a));
      }
    }
  } else {
    const Inner& inner = *bound.each.front();
    int64_t low = 0, high = 0;
    bounds(inner.plan.types, 0, low, high);
    TRY(Statement select, database_.prepare(of_depth("SELECT r FROM index_reference WHERE p=? AND "
                                                     "a=? AND r BETWEEN ? AND ?")));
    select.bind(bound.parameter).bind(candidate.row).bind(low).bind(high);
    while (!met && tries_ >= 0) {
      TRY(const bool found, select.step());
      if (!found) break;
      TRY(met, meets(inner, select.integer(0)));
    }
  }
  decoded_ = std::move(decoded);
  return met != bound.condition->negate;
}

}  // namespace passerelle::store
