// string (R4 3.1.1.4.8): a text that begins with the operand, without regard to case and accents;
// :contains anywhere in it, :exact the same text in every character.
#include "store/search/search_type.h"

namespace passerelle::store {
namespace {

constexpr Modifier modifiers[] = {Modifier::exact, Modifier::contains, Modifier::text};

Result<Operand> parse(std::string_view text, Modifier, const Zone&) {
  Operand operand;
  operand.type = SearchType::string;
  operand.text = unescape(text);
  return operand;
}

Result<void> bind(Bound& bound, Names&, Database&) {
  bound.text = folded_key(bound.operand->text);
  bound.b = text_hash(bound.operand->text);
  return {};
}

bool matches(const Bound& bound, const IndexRow& row) {
  switch (bound.modifier) {
    case Modifier::exact:
      return row.b == bound.b && row.text == bound.text;
    case Modifier::contains:
    case Modifier::text:
      return row.text.find(bound.text) != std::string_view::npos;
    default:
      return row.text.starts_with(bound.text);
  }
}

void ranges(const Bound& bound, std::vector<Range>& out) {
  Range range;
  range.sql.arguments.push_back(int64_t{bound.parameter});
  range.sql.text = "SELECT r FROM index_string WHERE p=?";
  if (bound.modifier == Modifier::exact) {
    range.sql.text += " AND text=?";
    range.sql.arguments.push_back(bound.text);
  } else if (bound.modifier == Modifier::none && !bound.text.empty()) {
    // The folded texts are UTF-8, which holds no byte 0xff.
    range.sql.text += " AND text>=? AND text<?";
    range.sql.arguments.push_back(bound.text);
    range.sql.arguments.push_back(bound.text + '\xff');
    range.exact = true;
  }
  out.push_back(std::move(range));
}

}  // namespace

const SearchTypeEntry string_search{
    ParameterType::string, SearchType::string, modifiers, parse, bind, matches, ranges};

}  // namespace passerelle::store
