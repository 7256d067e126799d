// reference (R4 3.1.1.4.12): "id" (of any type that the parameter allows), "Type/id", or a URL.
// A local reference is the row of the resource it points to, so that chains and includes join
// integers; a URL is a term.
#include "base/text.h"
#include "store/search/search_type.h"
#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

constexpr Modifier modifiers[] = {Modifier::type, Modifier::identifier};

bool is_url(std::string_view text) {
  return text.find(':') != std::string_view::npos || text.starts_with('#');
}

Result<Operand> parse(std::string_view text, Modifier, const Zone&) {
  Operand operand;
  operand.type = SearchType::reference;
  operand.text = unescape(text);
  if (operand.text.empty())
    return Error{ErrorCode::invalid, "the reference is empty", "", "write id, Type/id or a URL"};
  if (is_url(operand.text)) {
    operand.rule = SystemRule::none;
    return operand;
  }
  const auto parts = split(operand.text, '/');
  if (parts.size() == 1) return operand;
  const bool versioned = parts.size() == 4 && parts[2] == "_history";
  if ((parts.size() != 2 && !versioned) || parts[0].empty() || parts[1].empty())
    return Error{ErrorCode::invalid, "'" + operand.text + "' is not a reference", "",
                 "write id, Type/id or a URL"};
  operand.system = std::string(parts[0]);
  operand.text = std::string(parts[1]);
  operand.rule = SystemRule::given;
  return operand;
}

// A bare id may be of several types: all resources with that id, of an allowed type.
Result<void> bind_bare(Bound& bound, Names& names, Database& database) {
  std::vector<int64_t> allowed;
  for (const std::string& target : bound.operand->targets) {
    TRY(const int64_t type, names.find_type(target));
    allowed.push_back(type);
  }
  TRY(Statement select, database.prepare("SELECT row FROM resource WHERE id=?"));
  select.bind(bound.operand->text);
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    const int64_t row = select.integer(0);
    bool fits = allowed.empty();
    for (const int64_t type : allowed) fits = fits || type == type_of_row(row);
    if (fits) bound.a.push_back(row);
  }
}

Result<void> bind(Bound& bound, Names& names, Database& database) {
  const Operand& operand = *bound.operand;
  if (operand.rule == SystemRule::none) {
    TRY(const int64_t term, names.find_term(operand.text));
    if (term != 0) bound.a.push_back(-term);
  } else if (operand.rule == SystemRule::given) {
    TRY(const int64_t row, names.find_resource(operand.system, operand.text));
    if (row != 0) bound.a.push_back(row);
  } else {
    TRY_VOID(bind_bare(bound, names, database));
  }
  bound.impossible = bound.a.empty();
  return {};
}

bool matches(const Bound& bound, const IndexRow& row) {
  for (const int64_t a : bound.a)
    if (a == row.a) return true;
  return false;
}

void ranges(const Bound& bound, std::vector<Range>& out) {
  for (const int64_t a : bound.a) {
    Range range;
    range.sql.text = "SELECT r FROM index_reference WHERE p=? AND a=?";
    range.sql.arguments = {int64_t{bound.parameter}, a};
    range.exact = range.ordered = true;
    out.push_back(std::move(range));
  }
}

}  // namespace

const SearchTypeEntry reference_search{
    ParameterType::reference, SearchType::reference, modifiers, parse, bind, matches, ranges};

}  // namespace passerelle::store
