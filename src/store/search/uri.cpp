// uri (R4 3.1.1.4.13): the same in every character; :below also what it is the beginning of, by
// whole segments; :above the other way round.
#include "store/search/search_type.h"

namespace passerelle::store {
namespace {

constexpr Modifier modifiers[] = {Modifier::above, Modifier::below};

Result<Operand> parse(std::string_view text, Modifier, const Zone&) {
  Operand operand;
  operand.type = SearchType::uri;
  operand.text = unescape(text);
  return operand;
}

Result<void> bind(Bound& bound, Names&, Database&) {
  bound.text = bound.operand->text.substr(0, text_limit);
  return {};
}

bool is_below(std::string_view whole, std::string_view start) {
  if (!whole.starts_with(start)) return false;
  return whole.size() == start.size() || start.ends_with('/') || whole[start.size()] == '/';
}

bool matches(const Bound& bound, const IndexRow& row) {
  switch (bound.modifier) {
    case Modifier::below:
      return is_below(row.text, bound.text);
    case Modifier::above:
      return is_below(bound.text, row.text);
    default:
      return row.text == bound.text;
  }
}

void ranges(const Bound& bound, std::vector<Range>& out) {
  Range range;
  range.sql.arguments.push_back(int64_t{bound.parameter});
  range.sql.text = "SELECT r FROM index_uri WHERE p=?";
  if (bound.modifier == Modifier::below) {
    range.sql.text += " AND text>=? AND text<?";
    range.sql.arguments.push_back(bound.text);
    range.sql.arguments.push_back(bound.text + '\xff');
  } else if (bound.modifier == Modifier::none) {
    range.sql.text += " AND text=?";
    range.sql.arguments.push_back(bound.text);
    range.exact = range.ordered = true;
  }
  out.push_back(std::move(range));
}

}  // namespace

const SearchTypeEntry uri_search{
    ParameterType::uri, SearchType::uri, modifiers, parse, bind, matches, ranges};

}  // namespace passerelle::store
