// Of the searcher: a query becomes a plan, with the integers of this store in the place of names
// and the condition that will give the candidates.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/searcher.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

// Rows of a range are counted up to a limit to compare conditions; when all reach it, it grows.
constexpr int64_t first_estimate = 300;
constexpr int64_t last_estimate = 300'000;
// Fewer candidates than this are cheaper to test than other conditions are to estimate.
constexpr int64_t good_enough = 128;
constexpr size_t chain_driver_limit = 2000;
constexpr int64_t listed_at_most = 200;
constexpr int64_t no_type = -1;  // one that the store has never seen

// Whether a condition is likely to be met by few, as far as can be told before anything is
// searched.
bool is_selective(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::value:
    case Condition::Kind::id:
    case Condition::Kind::reverse:
    case Condition::Kind::text:
      return !condition.negate;
    case Condition::Kind::chain:
      return std::all_of(condition.inner.begin(), condition.inner.end(), is_selective);
    case Condition::Kind::either:
      return !condition.negate &&
             std::all_of(condition.inner.begin(), condition.inner.end(), is_selective);
    case Condition::Kind::both:
      return std::any_of(condition.inner.begin(), condition.inner.end(), is_selective);
    case Condition::Kind::missing:
    case Condition::Kind::updated:
    case Condition::Kind::near:
    case Condition::Kind::every:
      return false;
  }
  return false;
}

}  // namespace

Result<Bound> Searcher::bind_operand(const Condition& condition, const Operand& operand) {
  Bound bound;
  bound.operand = &operand;
  bound.modifier = condition.modifier;
  if (operand.parts.empty()) {
    TRY(bound.parameter, names_.find_parameter(condition.parameter + operand.suffix));
    bound.impossible = bound.parameter == 0;
    if (bound.impossible) return bound;
    TRY_VOID(search_type_of(operand.type).bind(bound, names_, database_));
    return bound;
  }
  for (size_t i = 0; i < operand.parts.size(); ++i) {
    Bound part;
    part.operand = &operand.parts[i];
    TRY(part.parameter, names_.find_parameter(condition.parameter + "$" + std::to_string(i + 1) +
                                              operand.parts[i].suffix));
    part.impossible = part.parameter == 0;
    if (!part.impossible)
      TRY_VOID(search_type_of(part.operand->type).bind(part, names_, database_));
    bound.impossible = bound.impossible || part.impossible;
    bound.parts.push_back(std::move(part));
  }
  return bound;
}

Result<void> Searcher::bind_ids(BoundCondition& bound, const std::vector<int64_t>& types) {
  TRY(Statement select, database_.prepare("SELECT row FROM resource WHERE id=?"));
  for (const Operand& operand : bound.condition->any) {
    select.bind(operand.text);
    for (;;) {
      TRY(const bool found, select.step());
      if (!found) break;
      if (right_type(types, select.integer(0))) bound.rows.add(select.integer(0));
    }
    select.reset();
  }
  return {};
}

Result<std::shared_ptr<const Searcher::Inner>> Searcher::make_inner(const Condition& condition) {
  const auto inner = std::make_shared<Inner>();
  inner->tree.types = {condition.type};
  inner->tree.conditions = {condition};
  TRY(inner->plan, make_plan(inner->tree));
  return std::shared_ptr<const Inner>(inner);
}

// All that match, or so many of them.
Result<void> Searcher::add_rows(const QueryTree& tree, size_t limit, RowSet& rows) {
  TRY(const Plan plan, make_plan(tree));
  size_t found = 0;
  return run(plan, 0, [&](const Candidate& candidate) -> Result<bool> {
    rows.add(candidate.row);
    return ++found < limit;
  });
}

// Few are listed; many are not, while a page is tried without.
Result<void> Searcher::bind_chain(BoundCondition& bound) {
  const auto most = static_cast<size_t>(std::min(walk_from_, listed_at_most));
  for (const Condition& inner : bound.condition->inner) {
    QueryTree target;
    target.types = {inner.type};
    target.conditions = {inner};
    const size_t limit = trying_ ? most + 1 : std::numeric_limits<size_t>::max();
    TRY_VOID(add_rows(target, limit, bound.rows));
  }
  if (!trying_ || bound.rows.size() <= most) return {};
  bound.rows.clear();
  for (const Condition& inner : bound.condition->inner) {
    TRY(auto made, make_inner(inner));
    bound.each.push_back(std::move(made));
  }
  return {};
}

// The resources that the inner matches refer to; their blobs tell to whom.
Result<void> Searcher::bind_reverse(BoundCondition& bound) {
  TRY(auto inner, make_inner(bound.condition->inner.front()));
  const uint32_t parameter = bound.parameter;
  RowSet& rows = bound.rows;
  const int64_t most = std::min(walk_from_, listed_at_most);
  int64_t met = 0;
  TRY_VOID(run(inner->plan, 0, [&](const Candidate& candidate) -> Result<bool> {
    std::string_view keys = candidate.keys;
    IndexRow row;
    while (decode_next_of(parameter, keys, row))
      if (row.type == SearchType::reference && row.a > 0) rows.add(row.a);
    return !trying_ || ++met <= most;
  }));
  if (met <= most) return {};
  rows.clear();
  bound.each.push_back(std::move(inner));
  return {};
}

Result<void> Searcher::bind_text(BoundCondition& bound) {
  TRY(Statement select,
      database_.prepare("SELECT rowid FROM full_text WHERE full_text MATCH ? ORDER BY rowid"));
  select.bind(bound.condition->any[0].text);
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    bound.rows.add(select.integer(0));
  }
}

// So selective that its matches had better be listed than tested one by one.
bool Searcher::is_few(const BoundCondition& bound) {
  if (!bound.each.empty()) return false;
  switch (bound.condition->kind) {
    case Condition::Kind::value:
      return !bound.condition->negate;
    case Condition::Kind::id:
    case Condition::Kind::reverse:
    case Condition::Kind::text:
      return !bound.condition->negate;
    case Condition::Kind::chain:
      return bound.rows.size() <= chain_driver_limit;
    case Condition::Kind::either:
      return bound.listed && !bound.condition->negate;
    case Condition::Kind::missing:
    case Condition::Kind::updated:
    case Condition::Kind::near:
    case Condition::Kind::both:
    case Condition::Kind::every:
      return false;
  }
  return false;
}

// What meets one of several conditions is listed when each of them is selective, else tested on
// each candidate.
Result<void> Searcher::bind_either(BoundCondition& bound, const QueryTree& tree) {
  const bool trying = std::exchange(trying_, false);
  bound.listed = !in_place_ && is_selective(*bound.condition);
  for (const Condition& inner : bound.condition->inner) {
    const std::span<const Condition> all =
        inner.kind == Condition::Kind::both ? std::span(inner.inner) : std::span(&inner, 1);
    if (bound.listed) {
      QueryTree one;
      one.types = inner.type.empty() ? tree.types : std::vector<std::string>{inner.type};
      one.conditions.assign(all.begin(), all.end());
      TRY_VOID(add_rows(one, std::numeric_limits<size_t>::max(), bound.rows));
      continue;
    }
    auto& group = bound.inner.emplace_back();
    for (const Condition& one : all) {
      TRY(BoundCondition made, bind(one, tree, {}));
      group.push_back(std::move(made));
    }
  }
  trying_ = trying;
  return {};
}

Result<Searcher::BoundCondition> Searcher::bind(const Condition& condition, const QueryTree& tree,
                                                const std::vector<int64_t>& types) {
  BoundCondition bound;
  bound.condition = &condition;
  if (!condition.type.empty()) {
    TRY(bound.type, names_.find_type(condition.type));
    if (bound.type == 0) bound.type = no_type;
  }
  if (!condition.parameter.empty()) {
    TRY(bound.parameter, names_.find_parameter(condition.parameter));
  }
  switch (condition.kind) {
    case Condition::Kind::value:
      for (const Operand& operand : condition.any) {
        TRY(Bound one, bind_operand(condition, operand));
        if (!one.impossible) bound.any.push_back(std::move(one));
      }
      break;
    case Condition::Kind::missing: {
      // A composite is there when its first component is.
      const bool composite = condition.parameter_type == ParameterType::composite;
      if (composite) {
        TRY(bound.parameter, names_.find_parameter(condition.parameter + "$1"));
      }
      TRY(bound.text_parameter, names_.find_parameter(condition.parameter + ":text"));
      break;
    }
    case Condition::Kind::id:
      TRY_VOID(bind_ids(bound, types));
      break;
    case Condition::Kind::updated:
      for (const Operand& operand : condition.any) bound.any.emplace_back().operand = &operand;
      break;
    case Condition::Kind::chain:
      TRY_VOID(bind_chain(bound));
      break;
    case Condition::Kind::reverse:
      TRY_VOID(bind_reverse(bound));
      break;
    case Condition::Kind::either:
      TRY_VOID(bind_either(bound, tree));
      break;
    case Condition::Kind::near: {
      TRY(bound.parameter, names_.find_parameter(condition.parameter + "$1"));
      TRY(bound.text_parameter, names_.find_parameter(condition.parameter + "$2"));
      break;
    }
    case Condition::Kind::text:
      TRY_VOID(bind_text(bound));
      break;
    case Condition::Kind::every:
      break;
    case Condition::Kind::both:
      CHECK(false, "'both' stands only within 'either'");
  }
  return bound;
}

Result<Searcher::Plan> Searcher::make_plan(const QueryTree& tree) {
  Plan plan;
  for (const std::string& type : tree.types) {
    TRY(const int64_t id, names_.find_type(type));
    if (id != 0) plan.types.push_back(id);
  }
  std::sort(plan.types.begin(), plan.types.end());
  plan.nothing = plan.types.empty() && !tree.types.empty();
  for (const Condition& condition : tree.conditions) {
    if (plan.nothing) return plan;
    TRY(BoundCondition bound, bind(condition, tree, plan.types));
    const bool by_rows =
        !condition.negate && bound.each.empty() &&
        (condition.kind == Condition::Kind::id || condition.kind == Condition::Kind::chain ||
         condition.kind == Condition::Kind::reverse || condition.kind == Condition::Kind::text ||
         bound.listed);
    plan.nothing = (by_rows && bound.rows.empty()) || (condition.kind == Condition::Kind::value &&
                                                       !condition.negate && bound.any.empty());
    plan.conditions.push_back(std::move(bound));
  }
  if (plan.nothing) return plan;
  find_sieves(plan);
  TRY_VOID(choose_driver(plan));
  return plan;
}

void Searcher::find_sieves(Plan& plan) const {
  for (const BoundCondition& bound : plan.conditions) {
    if (bound.condition->kind != Condition::Kind::value || bound.condition->negate ||
        bound.any.size() != 1)
      continue;
    std::vector<Range> ranges = ranges_of(bound.any[0]);
    if (ranges.size() == 1 && ranges[0].exact && ranges[0].ordered)
      plan.sieves.push_back({&bound, std::move(ranges[0])});
  }
  plan.sieves_decide = plan.sieves.size() == plan.conditions.size();
}

// How many candidates the condition would give, counted no further than `limit`.
Result<int64_t> Searcher::estimate(const Plan& plan, const BoundCondition& bound, int64_t limit) {
  const auto kind = bound.condition->kind;
  if (kind == Condition::Kind::id || kind == Condition::Kind::reverse ||
      kind == Condition::Kind::text || bound.listed)
    return static_cast<int64_t>(bound.rows.size());
  if (kind == Condition::Kind::chain) return static_cast<int64_t>(bound.rows.size()) * 10;
  int64_t low = 0, high = 0, sum = 0;
  bounds(plan.types, 0, low, high);
  for (const Bound& operand : bound.any) {
    for (const Range& range : ranges_of(operand)) {
      TRY(Statement count, database_.prepare("SELECT count(*) FROM (" + range.sql.text +
                                             " AND r BETWEEN ? AND ? LIMIT ?)"));
      bind_all(count, range.sql);
      count.bind(low).bind(high).bind(limit - sum);
      TRY(const bool row, count.step());
      CHECK(row, "count gives a row");
      sum += count.integer(0);
      if (sum >= limit) return sum;
    }
  }
  return sum;
}

// The rows that the condition gives, ascending, if they are not more than `most` and lie in one
// range. False: they are more, or lie elsewhere.
Result<bool> Searcher::list(const Plan& plan, const BoundCondition& bound, int64_t most,
                            std::vector<int64_t>& rows) {
  if (bound.condition->kind != Condition::Kind::value || bound.any.size() != 1) return false;
  const std::vector<Range> ranges = ranges_of(bound.any[0]);
  if (ranges.size() != 1 || !ranges[0].ordered) return false;
  int64_t low = 0, high = 0;
  bounds(plan.types, 0, low, high);
  TRY(Statement select,
      database_.prepare(ranges[0].sql.text + " AND r BETWEEN ? AND ? ORDER BY r LIMIT ?"));
  bind_all(select, ranges[0].sql);
  select.bind(low).bind(high).bind(most + 1);
  rows.clear();
  for (int64_t met = 0;; ++met) {
    TRY(const bool found, select.step());
    if (!found) return met <= most;
    const int64_t row = select.integer(0);
    if (rows.empty() || rows.back() != row) rows.push_back(row);
  }
}

Result<void> Searcher::choose_driver(Plan& plan) {
  std::vector<const BoundCondition*> able;
  for (const BoundCondition& bound : plan.conditions)
    if (is_few(bound)) able.push_back(&bound);
  if (able.size() == 1) plan.driver = able[0];
  if (able.size() < 2) return {};
  for (const BoundCondition* bound : able) {
    TRY(plan.listed, list(plan, *bound, good_enough, plan.few));
    if (!plan.listed) continue;
    plan.driver = bound;
    return {};
  }
  for (int64_t limit = first_estimate; limit <= last_estimate; limit *= 10) {
    int64_t least = std::numeric_limits<int64_t>::max();
    for (const BoundCondition* bound : able) {
      TRY(const int64_t size, estimate(plan, *bound, std::min(limit, least)));
      if (size < least) plan.driver = bound;
      least = std::min(least, size);
      if (least <= good_enough) return {};
    }
    if (least < limit) return {};
  }
  return {};
}

// How many candidates the plan will meet, counted no further than `limit`.
Result<int64_t> Searcher::candidates(const Plan& plan, int64_t limit) {
  if (plan.listed) return static_cast<int64_t>(plan.few.size());
  if (plan.driver != nullptr) return estimate(plan, *plan.driver, limit);
  return live(plan.types);
}

Result<int64_t> Searcher::live(const std::vector<int64_t>& types) {
  int64_t sum = 0;
  TRY(Statement select, database_.prepare("SELECT sum(live) FROM type WHERE id=? OR ?=0"));
  for (const int64_t type : types.empty() ? std::vector<int64_t>{0} : types) {
    select.bind(type).bind(type);
    TRY(const bool found, select.step());
    if (found) sum += select.integer(0);
    select.reset();
  }
  return sum;
}

}  // namespace passerelle::store
