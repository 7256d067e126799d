#include "store/search/search_type.h"

#include <cmath>
#include <cstdlib>

#include "base/check.h"
#include "fhir/search_range.h"

namespace passerelle::store {
namespace {

constexpr const SearchTypeEntry* entries[] = {
    &string_search, &token_search,    &reference_search, &date_search,
    &number_search, &quantity_search, &uri_search,
};

struct PrefixRow {
  std::string_view text;
  Prefix prefix;
};
constexpr PrefixRow prefixes[] = {
    {"eq", Prefix::eq}, {"ne", Prefix::ne}, {"gt", Prefix::gt},
    {"lt", Prefix::lt}, {"ge", Prefix::ge}, {"le", Prefix::le},
    {"sa", Prefix::sa}, {"eb", Prefix::eb}, {"ap", Prefix::ap},
};

}  // namespace

const SearchTypeEntry* find_search_type(ParameterType type) {
  for (const SearchTypeEntry* entry : entries)
    if (entry->type == type) return entry;
  return nullptr;
}

const SearchTypeEntry& search_type_of(SearchType type) {
  for (const SearchTypeEntry* entry : entries)
    if (entry->index == type) return *entry;
  CHECK(false, "every index has its search type");
}

std::vector<Range> ranges_of(const Bound& bound) {
  std::vector<Range> ranges;
  const Bound& source = bound.parts.empty() ? bound : bound.parts.front();
  search_type_of(source.operand->type).ranges(source, ranges);
  if (!bound.parts.empty())
    for (Range& range : ranges) range.exact = false;
  return ranges;
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

std::vector<std::string_view> split_escaped(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == separator) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

Prefix take_prefix(std::string_view& text) {
  for (const auto& row : prefixes) {
    if (!text.starts_with(row.text)) continue;
    text.remove_prefix(row.text.size());
    return row.prefix;
  }
  return Prefix::eq;
}

Result<void> read_number(std::string_view text, Operand& operand) {
  TRY(const fhir::NumberRange range, fhir::number_range(text));
  operand.value = std::strtod(std::string(text).c_str(), nullptr);
  operand.low = range.low;
  operand.high = range.high;
  if (!std::isfinite(operand.low) || !std::isfinite(operand.high))
    return Error{ErrorCode::invalid,
                 "'" + std::string(text) + "' is beyond any number we can hold"};
  return {};
}

Result<void> read_date(std::string_view text, const Zone& zone, int64_t& first, int64_t& last) {
  std::string written(text);
  // The '+' of an offset that was not percent-encoded arrives as a space.
  if (const size_t space = written.find(' '); space != written.npos) written[space] = '+';
  TRY(const fhir::DateRange range, fhir::date_range(written, zone));
  first = range.first;
  last = range.last;
  return {};
}

}  // namespace passerelle::store
