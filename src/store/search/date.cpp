// date (R4 3.1.1.4.7): both the value and the operand are ranges of instants ("2013" is a year
// long), and the prefixes compare ranges (3.1.1.4.5). ap: the ranges overlap once the operand is
// widened on both sides by its own length, so that "about" means about as exactly as it is written.
#include <limits>

#include "store/search/search_type.h"

namespace passerelle::store {
namespace {

constexpr int64_t open_start = std::numeric_limits<int64_t>::min();
constexpr int64_t open_end = std::numeric_limits<int64_t>::max();

Result<Operand> parse(std::string_view text, Modifier, const Zone& zone) {
  Operand operand;
  operand.type = SearchType::date;
  operand.prefix = take_prefix(text);
  TRY_VOID(read_date(unescape(text), zone, operand.first, operand.last));
  if (operand.prefix == Prefix::ap) {
    const int64_t length = operand.last - operand.first + 1;
    operand.first -= length;
    operand.last += length;
  }
  return operand;
}

Result<void> bind(Bound&, Names&, Database&) { return {}; }

bool matches(const Bound& bound, const IndexRow& row) {
  const int64_t first = bound.operand->first;
  const int64_t last = bound.operand->last;
  const bool within = first <= row.first && row.last <= last;
  switch (bound.operand->prefix) {
    case Prefix::eq:
      return within;
    case Prefix::ne:
      return !within;
    case Prefix::gt:
      return row.last > last;
    case Prefix::lt:
      return row.first < first;
    case Prefix::ge:
      return row.last > last || within;
    case Prefix::le:
      return row.first < first || within;
    case Prefix::sa:
      return row.first > last;
    case Prefix::eb:
      return row.last < first;
    case Prefix::ap:
      return row.first <= last && row.last >= first;
  }
  return false;
}

int64_t minus(int64_t value, int64_t length) {
  return value < open_start + length ? open_start : value - length;
}

// Values whose end is at or after `from` and whose start is at or before `to`.
void overlapping(const Bound& bound, int64_t from, int64_t to, std::vector<Range>& out) {
  const int64_t p = bound.parameter;
  for (int span = 0; span < 3; ++span) {
    Range range;
    range.sql.text = "SELECT r FROM index_date WHERE p=? AND span=? AND low>=? AND low<=?";
    const int64_t start = span < 2 ? minus(from, span_lengths[span]) : open_start;
    range.sql.arguments = {p, int64_t{span}, start, to};
    out.push_back(std::move(range));
  }
}

void ranges(const Bound& bound, std::vector<Range>& out) {
  const int64_t first = bound.operand->first;
  const int64_t last = bound.operand->last;
  switch (bound.operand->prefix) {
    case Prefix::eq:
    case Prefix::ap:
      return overlapping(bound, first, last, out);
    case Prefix::ne:
      return overlapping(bound, open_start, open_end, out);
    case Prefix::gt:
    case Prefix::sa:
      return overlapping(bound, last, open_end, out);
    case Prefix::ge:
      return overlapping(bound, first, open_end, out);
    case Prefix::lt:
    case Prefix::eb:
      return overlapping(bound, open_start, first, out);
    case Prefix::le:
      return overlapping(bound, open_start, last, out);
  }
}

}  // namespace

const SearchTypeEntry date_search{
    ParameterType::date, SearchType::date, {}, parse, bind, matches, ranges};

}  // namespace passerelle::store
