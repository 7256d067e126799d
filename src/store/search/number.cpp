// number (R4 3.1.1.4.6): "5.4" stands for [5.35, 5.45) with eq and ne; the other prefixes compare
// with 5.4 itself; ap is within a tenth of it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "store/search/search_type.h"

namespace passerelle::store {
namespace {

Result<Operand> parse(std::string_view text, Modifier, const Zone&) {
  Operand operand;
  operand.type = SearchType::number;
  operand.prefix = take_prefix(text);
  TRY_VOID(read_number(unescape(text), operand));
  return operand;
}

Result<void> bind(Bound&, Names&, Database&) { return {}; }

bool matches(const Bound& bound, const IndexRow& row) {
  return range_matches(*bound.operand, row.low, row.high);
}

double approximate_margin(const Operand& operand) { return std::fabs(operand.value) * 0.1; }

void ranges(const Bound& bound, std::vector<Range>& out) {
  number_ranges(bound, "index_number", out);
}

}  // namespace

bool range_matches(const Operand& operand, double low, double high) {
  const bool within = operand.low <= low && high < operand.high;
  const double margin = approximate_margin(operand);
  switch (operand.prefix) {
    case Prefix::eq:
      return within;
    case Prefix::ne:
      return !within;
    case Prefix::gt:
      return high > operand.value;
    case Prefix::lt:
      return low < operand.value;
    case Prefix::ge:
      return high >= operand.value;
    case Prefix::le:
      return low <= operand.value;
    case Prefix::sa:
      return low > operand.value;
    case Prefix::eb:
      return high < operand.value;
    case Prefix::ap:
      return low <= operand.value + margin && high >= operand.value - margin;
  }
  return false;
}

void number_ranges(const Bound& bound, const char* table, std::vector<Range>& out) {
  const Operand& operand = *bound.operand;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double from = -infinity, to = infinity;  // what a single number must lie between
  switch (operand.prefix) {
    case Prefix::eq:
      from = operand.low;
      to = operand.high;
      break;
    case Prefix::ap:
      from = operand.value - approximate_margin(operand);
      to = operand.value + approximate_margin(operand);
      break;
    case Prefix::ne:
      break;
    case Prefix::gt:
    case Prefix::ge:
    case Prefix::sa:
      from = operand.value;
      break;
    case Prefix::lt:
    case Prefix::le:
    case Prefix::eb:
      to = operand.value;
      break;
  }
  Range point, range;  // single numbers; ranges, which start before they end
  point.sql.text = "SELECT r FROM " + std::string(table) +
                   " WHERE p=? AND span=0 AND low>=? AND "
                   "low<=?";
  point.sql.arguments = {int64_t{bound.parameter}, from, to};
  range.sql.text = "SELECT r FROM " + std::string(table) + " WHERE p=? AND span=1 AND low<=?";
  range.sql.arguments = {int64_t{bound.parameter}, to};
  out.push_back(std::move(point));
  out.push_back(std::move(range));
}

const SearchTypeEntry number_search{
    ParameterType::number, SearchType::number, {}, parse, bind, matches, ranges};

}  // namespace passerelle::store
