// One search type = one file here = one line in the table: how its operands are written, how they
// meet a value, and where values that may meet them lie in the index.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "store/search/tree.h"
#include "store/sqlite/index_rows.h"

namespace passerelle::store {

class Database;
class Names;

// An operand with the integers of one store in the place of texts.
struct Bound {
  const Operand* operand = nullptr;
  uint32_t parameter = 0;
  Modifier modifier = Modifier::none;
  std::vector<int64_t> a;   // reference: rows and terms; token, quantity: the code or unit
  int64_t b = 0;            // token, quantity: the system; string :exact: the hash
  std::string text;         // string: folded
  bool impossible = false;  // a term or resource that the store has never seen
  std::vector<Bound> parts;
};

struct Sql {
  std::string text;
  std::vector<std::variant<int64_t, double, std::string>> arguments;
};

// The part of an index that holds every resource which may match (more is allowed): SELECT r FROM
// index_... WHERE p=? AND ...; a bound on r may be appended.
struct Range {
  Sql sql;
  bool exact = false;    // holds only what matches
  bool ordered = false;  // by r
};

struct SearchTypeEntry {
  ParameterType type;
  SearchType index;
  std::span<const Modifier> modifiers;
  // Reads one alternative of the parameter's value; escapes (\, \| \$ \\) are still there.
  Result<Operand> (*parse)(std::string_view text, Modifier modifier, const Zone& zone);
  Result<void> (*bind)(Bound& bound, Names& names, Database& database);
  bool (*matches)(const Bound& bound, const IndexRow& row);
  void (*ranges)(const Bound& bound, std::vector<Range>& out);
};

extern const SearchTypeEntry string_search;
extern const SearchTypeEntry token_search;
extern const SearchTypeEntry reference_search;
extern const SearchTypeEntry date_search;
extern const SearchTypeEntry number_search;
extern const SearchTypeEntry quantity_search;
extern const SearchTypeEntry uri_search;

// null for composite and special, which are made of the others.
const SearchTypeEntry* find_search_type(ParameterType type);
const SearchTypeEntry& search_type_of(SearchType type);

// All ranges that may hold a match; of a composite, those of its first part.
std::vector<Range> ranges_of(const Bound& bound);

// Shared by the types.
std::string unescape(std::string_view text);
// Splits where the separator is not escaped.
std::vector<std::string_view> split_escaped(std::string_view text, char separator);
// Takes a leading prefix ("ge") off; eq when there is none.
Prefix take_prefix(std::string_view& text);
// The numbers that "5.4" stands for: [5.35, 5.45), computed in decimals.
Result<void> read_number(std::string_view text, Operand& operand);
// The instants that "2013-01" stands for; without an offset: days of `zone`.
Result<void> read_date(std::string_view text, const Zone& zone, int64_t& first, int64_t& last);
bool range_matches(const Operand& operand, double low, double high);
// Appends "span=... AND low ..." ranges for a comparison on numbers.
void number_ranges(const Bound& bound, const char* table, std::vector<Range>& out);

}  // namespace passerelle::store
