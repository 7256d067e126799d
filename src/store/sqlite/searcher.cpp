#include "store/sqlite/searcher.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "base/check.h"
#include "store/sqlite/database.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

bool part_matches(const Bound& bound, const IndexRow& row) {
  return row.parameter == bound.parameter && row.type == bound.operand->type &&
         search_type_of(row.type).matches(bound, row);
}

bool operand_matches(const Bound& bound, const std::vector<IndexRow>& rows) {
  if (bound.impossible) return false;
  if (bound.parts.empty())
    return std::any_of(rows.begin(), rows.end(),
                       [&](const IndexRow& row) { return part_matches(bound, row); });
  // Of a composite: all parts in one tuple.
  for (const IndexRow& first : rows) {
    if (!part_matches(bound.parts[0], first)) continue;
    const bool all =
        std::all_of(bound.parts.begin() + 1, bound.parts.end(), [&](const Bound& part) {
          return std::any_of(rows.begin(), rows.end(), [&](const IndexRow& row) {
            return row.tuple == first.tuple && part_matches(part, row);
          });
        });
    if (all) return true;
  }
  return false;
}

}  // namespace

void bind_all(Statement& statement, const Sql& sql) {
  for (const auto& argument : sql.arguments)
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            statement.bind(std::string_view(value));
          else
            statement.bind(value);
        },
        argument);
}

void sort_unique(std::vector<int64_t>& rows) {
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
}

bool right_type(const std::vector<int64_t>& types, int64_t row) {
  return types.empty() || std::find(types.begin(), types.end(), type_of_row(row)) != types.end();
}

void bounds(const std::vector<int64_t>& types, int64_t after, int64_t& low, int64_t& high) {
  low = after + 1;
  high = std::numeric_limits<int64_t>::max();
  if (types.size() == 1) {
    low = std::max(low, first_row(types[0]));
    high = last_row(types[0]);
  }
}

bool Searcher::holds(const BoundCondition& bound, const Candidate& candidate) const {
  const Condition& condition = *bound.condition;
  switch (condition.kind) {
    case Condition::Kind::value: {
      bool any = false;
      for (const Bound& operand : bound.any) any = any || operand_matches(operand, decoded_);
      return any != condition.negate;
    }
    case Condition::Kind::missing: {
      bool there = false;
      for (const IndexRow& row : decoded_)
        there = there || row.parameter == bound.parameter ||
                (bound.text_parameter != 0 && row.parameter == bound.text_parameter);
      return there == condition.negate;
    }
    case Condition::Kind::updated: {
      IndexRow row;
      row.type = SearchType::date;
      row.first = row.last = candidate.updated;
      return std::any_of(bound.any.begin(), bound.any.end(),
                         [&](const Bound& operand) { return date_search.matches(operand, row); });
    }
    case Condition::Kind::id:
    case Condition::Kind::reverse:
    case Condition::Kind::text:
      return bound.rows.contains(candidate.row) != condition.negate;
    case Condition::Kind::either:
      return (bound.listed ? bound.rows.contains(candidate.row) : holds_any(bound, candidate)) !=
             condition.negate;
    case Condition::Kind::chain:
      return std::any_of(decoded_.begin(), decoded_.end(), [&](const IndexRow& row) {
        return row.type == SearchType::reference && row.parameter == bound.parameter &&
               bound.rows.contains(row.a);
      });
    case Condition::Kind::near:
      return is_near(bound);
    case Condition::Kind::every:
      return true;
    case Condition::Kind::both:
      break;
  }
  return false;
}

// By the great circle on a sphere of the Earth's mean radius: within half a percent.
bool Searcher::is_near(const BoundCondition& bound) const {
  constexpr double earth_metres = 6'371'009, radians = std::numbers::pi / 180;
  const Operand& place = bound.condition->any[0];
  for (const IndexRow& latitude : decoded_) {
    if (latitude.type != SearchType::number || latitude.parameter != bound.parameter) continue;
    for (const IndexRow& longitude : decoded_) {
      if (longitude.type != SearchType::number || longitude.parameter != bound.text_parameter ||
          longitude.tuple != latitude.tuple)
        continue;
      const double a = std::sin((latitude.low - place.low) * radians / 2);
      const double b = std::sin((longitude.low - place.high) * radians / 2);
      const double h =
          a * a + std::cos(latitude.low * radians) * std::cos(place.low * radians) * b * b;
      if (2 * earth_metres * std::asin(std::min(1.0, std::sqrt(h))) <= place.value) return true;
    }
  }
  return false;
}

bool Searcher::holds_any(const BoundCondition& either, const Candidate& candidate) const {
  const int64_t type = type_of_row(candidate.row);
  return std::any_of(either.inner.begin(), either.inner.end(), [&](const auto& group) {
    return std::all_of(group.begin(), group.end(), [&](const BoundCondition& bound) {
      return (bound.type == 0 || bound.type == type) && holds(bound, candidate);
    });
  });
}

void Searcher::decode(std::string_view keys) {
  decoded_.clear();
  IndexRow row;
  while (decode_one(keys, row)) decoded_.push_back(row);
}

Result<bool> Searcher::matches(const QueryTree& tree, int64_t row, Instant updated,
                               std::string_view keys) {
  in_place_ = true;
  TRY(const Plan plan, make_plan(tree));
  if (plan.nothing || !right_type(plan.types, row)) return false;
  const Candidate candidate{row, 0, updated.time_since_epoch().count(), {}, keys};
  bool found = false;
  TRY_VOID(test(plan, candidate, [&](const Candidate&) -> Result<bool> {
    found = true;
    return true;
  }));
  return found;
}

Result<void> Searcher::scan(const QueryTree& tree, int64_t after,
                            const std::function<bool(const Version&, int64_t)>& visit) {
  TRY(const Plan plan, make_plan(tree));
  return run(plan, after, [&](const Candidate& candidate) -> Result<bool> {
    TRY(Statement select, database_.prepare(select_current_by_row));
    select.bind(candidate.row);
    TRY(const bool found, select.step());
    CHECK(found, "what a search finds in its snapshot can be read in it");
    TRY(std::string type, names_.type_name(type_of_row(candidate.row)));
    TRY(const Version version, version_of(select, std::move(type), bodies_));
    return visit(version, candidate.row);
  });
}

Result<bool> Searcher::test(const Plan& plan, const Candidate& candidate, const Visit& visit) {
  if (!plan.conditions.empty()) decode(candidate.keys);
  for (const BoundCondition& bound : plan.conditions)
    if (bound.each.empty() && !holds(bound, candidate)) return true;
  for (const BoundCondition& bound : plan.conditions) {
    if (bound.each.empty()) continue;
    TRY(const bool held, holds_each(bound, candidate));
    if (tries_ < 0) return false;  // it is given up
    if (!held) return true;
  }
  return visit(candidate);
}

// A row that fails costs a page of a dense index instead of one of the resource table.
Result<bool> Searcher::passes(const Plan& plan, const BoundCondition* met, int64_t row) {
  for (const Sieve& sieve : plan.sieves) {
    if (sieve.condition == met) continue;
    if (row < sieve.from || row > sieve.next) {
      TRY(Statement select,
          database_.prepare(of_depth(sieve.range.sql.text + " AND r>=? ORDER BY r LIMIT 1")));
      bind_all(select, sieve.range.sql);
      select.bind(row);
      TRY(const bool found, select.step());
      sieve.from = row;
      sieve.next = found ? select.integer(0) : std::numeric_limits<int64_t>::max();
    }
    if (row != sieve.next) return false;
  }
  return true;
}

Result<bool> Searcher::try_row(const Plan& plan, const BoundCondition* met, int64_t row,
                               const Visit& visit) {
  TRY(const bool may_match, passes(plan, met, row));
  if (!may_match) return true;
  TRY(Statement select,
      database_.prepare(
          of_depth("SELECT row, current, updated, id, keys FROM resource WHERE row=? AND live=1")));
  select.bind(row);
  TRY(const bool found, select.step());
  if (!found) return true;
  const Candidate candidate{select.integer(0), select.integer(1), select.integer(2), select.text(3),
                            select.text(4)};
  return plan.sieves_decide ? visit(candidate) : test(plan, candidate, visit);
}

Result<void> Searcher::scan_types(const Plan& plan, int64_t after, const Visit& visit) {
  TRY(Statement select,
      database_.prepare("SELECT row, current, updated, id, keys FROM resource WHERE row BETWEEN ? "
                        "AND ? AND live=1 ORDER BY row"));
  std::vector<int64_t> types = plan.types;
  if (types.empty()) types = {0};  // one range over all
  for (const int64_t type : types) {
    const bool all = type == 0;
    select.bind(std::max(after + 1, all ? 0 : first_row(type)));
    select.bind(all ? std::numeric_limits<int64_t>::max() : last_row(type));
    for (;;) {
      TRY(const bool found, select.step());
      if (!found) break;
      const Candidate candidate{select.integer(0), select.integer(1), select.integer(2),
                                select.text(3), select.text(4)};
      TRY(const bool more, test(plan, candidate, visit));
      if (!more) return {};
    }
    select.reset();
  }
  return {};
}

bool Searcher::is_sieved(const Plan& plan) {
  return std::any_of(plan.sieves.begin(), plan.sieves.end(),
                     [&](const Sieve& sieve) { return sieve.condition != plan.driver; });
}

// A range that is in order of rows is read no further than the page needs.
Result<void> Searcher::stream(const Plan& plan, const Range& range, int64_t after,
                              const Visit& visit) {
  int64_t low = 0, high = 0, previous = 0;
  bounds(plan.types, after, low, high);
  if (!is_sieved(plan)) return stream_joined(plan, range, low, high, visit);
  TRY(Statement select, database_.prepare(range.sql.text + " AND r BETWEEN ? AND ? ORDER BY r"));
  bind_all(select, range.sql);
  select.bind(low).bind(high);
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    const int64_t row = select.integer(0);
    if (row == previous || !right_type(plan.types, row)) continue;
    previous = row;
    TRY(const bool more, try_row(plan, plan.driver, row, visit));
    if (!more) return {};
  }
}

// Block by block: within one, rows that lie side by side are met one after the other.
Result<void> Searcher::run_newest_first(const Plan& plan, const std::vector<int64_t>& rows,
                                        const Visit& visit) {
  constexpr size_t block = 32;
  const std::vector<Range> ranges = ranges_of(plan.driver->any[0]);
  for (size_t end = rows.size(); end > 0;) {
    const size_t begin = end > block ? end - block : 0;
    TRY_VOID(stream_joined(plan, ranges[0], rows[begin], rows[end - 1], visit));
    end = begin;
  }
  return {};
}

// The same in one statement, when every row of the range is looked at anyway: what lies side by
// side in the table is met without searching its place again.
Result<void> Searcher::stream_joined(const Plan& plan, const Range& range, int64_t low,
                                     int64_t high, const Visit& visit) {
  constexpr std::string_view front = "SELECT r FROM ", where = " WHERE ";
  const std::string& text = range.sql.text;
  const size_t at = text.find(where);
  CHECK(text.starts_with(front) && at != text.npos, "a range is read from one index");
  TRY(Statement select,
      database_.prepare("SELECT s.row, s.current, s.updated, s.id, s.keys FROM " +
                        text.substr(front.size(), at - front.size()) +
                        " i CROSS JOIN resource s ON s.row = i.r" + text.substr(at) +
                        " AND r BETWEEN ? AND ? AND s.live = 1 ORDER BY r"));
  bind_all(select, range.sql);
  select.bind(low).bind(high);
  int64_t previous = 0;
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    const Candidate candidate{select.integer(0), select.integer(1), select.integer(2),
                              select.text(3), select.text(4)};
    if (candidate.row == previous || !right_type(plan.types, candidate.row)) continue;
    previous = candidate.row;
    TRY(const bool more, plan.sieves_decide ? visit(candidate) : test(plan, candidate, visit));
    if (!more) return {};
  }
}

std::vector<Range> Searcher::driver_ranges(const BoundCondition& driver) {
  std::vector<Range> ranges;
  for (const Bound& operand : driver.any)
    for (Range& range : ranges_of(operand)) ranges.push_back(std::move(range));
  if (driver.condition->kind != Condition::Kind::chain) return ranges;
  for (int64_t target = driver.rows.next(0); target != RowSet::none;
       target = driver.rows.next(target)) {
    Range& range = ranges.emplace_back();
    range.sql.text = "SELECT r FROM index_reference WHERE p=? AND a=?";
    range.sql.arguments = {int64_t{driver.parameter}, target};
  }
  return ranges;
}

Result<RowSet> Searcher::collect(const Plan& plan, const std::vector<Range>& ranges) {
  RowSet rows;
  int64_t low = 0, high = 0;
  bounds(plan.types, 0, low, high);
  for (const Range& range : ranges) {
    TRY(Statement select, database_.prepare(range.sql.text + " AND r BETWEEN ? AND ?"));
    bind_all(select, range.sql);
    select.bind(low).bind(high);
    for (;;) {
      TRY(const bool found, select.step());
      if (!found) break;
      if (right_type(plan.types, select.integer(0))) rows.add(select.integer(0));
    }
  }
  return rows;
}

Result<void> Searcher::try_all(const Plan& plan, const RowSet& rows, int64_t after,
                               const Visit& visit) {
  for (int64_t row = rows.next(after); row != RowSet::none; row = rows.next(row)) {
    if (!right_type(plan.types, row)) continue;
    TRY(const bool more, try_row(plan, plan.driver, row, visit));
    if (!more) return {};
  }
  return {};
}

Result<void> Searcher::try_rows(const Plan& plan, const std::vector<int64_t>& rows, int64_t after,
                                const Visit& visit) {
  int64_t previous = 0;
  for (auto row = std::upper_bound(rows.begin(), rows.end(), after); row != rows.end(); ++row) {
    if (*row == previous || !right_type(plan.types, *row)) continue;
    previous = *row;
    TRY(const bool more, try_row(plan, plan.driver, *row, visit));
    if (!more) return {};
  }
  return {};
}

Result<void> Searcher::run(const Plan& plan, int64_t after, const Visit& visit) {
  if (plan.nothing) return {};
  if (plan.driver == nullptr) return scan_types(plan, after, visit);
  if (plan.listed) return try_rows(plan, plan.few, after, visit);
  const BoundCondition& driver = *plan.driver;
  const std::vector<Range> ranges = driver_ranges(driver);
  if (ranges.size() == 1 && ranges[0].ordered) return stream(plan, ranges[0], after, visit);

  switch (driver.condition->kind) {
    case Condition::Kind::value:
    case Condition::Kind::chain: {
      TRY(const RowSet rows, collect(plan, ranges));
      return try_all(plan, rows, after, visit);
    }
    case Condition::Kind::id:
    case Condition::Kind::reverse:
    case Condition::Kind::text:
    case Condition::Kind::either:
      return try_all(plan, driver.rows, after, visit);
    case Condition::Kind::missing:
    case Condition::Kind::updated:
    case Condition::Kind::near:
    case Condition::Kind::both:
    case Condition::Kind::every:
      CHECK(false, "such a condition has no index to drive a search");
  }
  return {};
}

Result<std::vector<int64_t>> Searcher::rows(const QueryTree& tree, size_t limit) {
  TRY(const Plan plan, make_plan(tree));
  std::vector<int64_t> found;
  TRY_VOID(run(plan, 0, [&](const Candidate& candidate) -> Result<bool> {
    found.push_back(candidate.row);
    return found.size() < limit;
  }));
  return found;
}

}  // namespace passerelle::store
