// token (R4 3.1.1.4.10): "code", "system|code", "|code" (without a system), "system|". Codes and
// systems are the same in every character. :not, :text, :identifier, :in and their like are
// seen to by the parser.
#include "store/search/search_type.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

constexpr Modifier modifiers[] = {Modifier::negated, Modifier::text,  Modifier::in,
                                  Modifier::not_in,  Modifier::above, Modifier::below,
                                  Modifier::of_type};

Result<Operand> parse(std::string_view text, Modifier, const Zone&) {
  Operand operand;
  operand.type = SearchType::token;
  const auto parts = split_escaped(text, '|');
  if (parts.size() > 2)
    return Error{ErrorCode::invalid, "'" + std::string(text) + "' has more than one '|'", "",
                 "write system|code; a '|' that belongs to the code is written '\\|'"};
  operand.text = unescape(parts.back());
  if (parts.size() == 2) {
    operand.system = unescape(parts.front());
    operand.rule = operand.system.empty() ? SystemRule::none
                   : operand.text.empty() ? SystemRule::only
                                          : SystemRule::given;
  }
  if (operand.text.empty() && operand.system.empty())
    return Error{ErrorCode::invalid, "the code is empty", "", "write code or system|code"};
  return operand;
}

Result<void> bind(Bound& bound, Names& names, Database&) {
  const Operand& operand = *bound.operand;
  TRY(const int64_t code, names.find_term(operand.text));
  TRY(bound.b, names.find_term(operand.system));
  bound.a = {code};
  bound.impossible =
      (code == 0 && !operand.text.empty()) || (bound.b == 0 && !operand.system.empty());
  return {};
}

bool matches(const Bound& bound, const IndexRow& row) {
  switch (bound.operand->rule) {
    case SystemRule::any:
      return row.a == bound.a[0];
    case SystemRule::none:
    case SystemRule::given:
      return row.a == bound.a[0] && row.b == bound.b;
    case SystemRule::only:
      return row.b == bound.b;
  }
  return false;
}

void ranges(const Bound& bound, std::vector<Range>& out) {
  Range range;
  range.sql.arguments.emplace_back(int64_t{bound.parameter});
  range.sql.text = "SELECT r FROM index_token WHERE p=?";
  if (bound.operand->rule == SystemRule::only) {
    range.sql.text += " AND b=?";
    range.sql.arguments.emplace_back(bound.b);
    range.exact = true;
  } else {
    range.sql.text += " AND a=?";
    range.sql.arguments.emplace_back(bound.a[0]);
    if (bound.operand->rule != SystemRule::any) {
      range.sql.text += " AND b=?";
      range.sql.arguments.emplace_back(bound.b);
    }
    range.exact = range.ordered = true;
  }
  out.push_back(std::move(range));
}

}  // namespace

const SearchTypeEntry token_search{
    ParameterType::token, SearchType::token, modifiers, parse, bind, matches, ranges};

}  // namespace passerelle::store
