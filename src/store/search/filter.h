// _filter (R4, "Search", "Filter"): an expression over search parameters, such as
// name co "pet" and (birthdate ge 1970 or not (active eq true)). It becomes the conditions that the
// parameters themselves would give, so that nothing is searched in two ways.
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/search/parser.h"
#include "store/search/tree.h"

namespace passerelle::store {

// Errors name the column. Not offered: ew, po, and conditions in [ ].
Result<Condition> parse_filter(const Parser& parser, std::string_view type, std::string_view text);

// _text and _content: what is in the narrative, or anywhere (full_text.h).
Result<Condition> text_condition(std::string_view type, std::string_view name,
                                 std::string_view value);

}  // namespace passerelle::store
