// A parsed search, before any store has seen it: conditions that all must hold, each a list of
// operands of which one must match.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/search/query.h"

namespace passerelle::store {

enum class Prefix : uint8_t { eq, ne, gt, lt, ge, le, sa, eb, ap };

enum class Modifier : uint8_t {
  none,
  exact,
  contains,
  missing,
  negated,
  text,
  identifier,
  type,
  above,
  below,
  in,
  not_in,
  of_type
};

enum class SystemRule : uint8_t {
  any,    // "code"
  none,   // "|code"
  given,  // "system|code"
  only,   // "system|"
};

struct Operand {
  std::string suffix = {};  // of the parameter: ":base" when the number is in base units
  SearchType type = SearchType::token;
  Prefix prefix = Prefix::eq;
  std::string text;    // string, token (code), reference (id or URL), quantity (unit), uri
  std::string system;  // token, quantity; reference: the type in "Patient/1", or ""
  SystemRule rule = SystemRule::any;
  std::vector<std::string> targets;  // of a reference without a type: types it may have
  int64_t first = 0, last = 0;       // date: both ends included
  double low = 0, high = 0;          // number, quantity: [low, high), what the digits leave open
  double value = 0;                  // number, quantity: as written
  std::vector<Operand> parts;        // of a composite: one for each component
};

struct Condition {
  enum class Kind : uint8_t {
    value,    // of `parameter`, one of `any`
    missing,  // no value of `parameter`; `negate`: some value
    id,       // _id: any[].text
    updated,  // _lastUpdated: any[].first, last
    chain,    // `parameter` refers to a resource that meets one of `inner`
    reverse,  // _has: a resource that meets inner[0] refers to this one by `parameter`
    either,   // one of `inner` holds
    both,     // all of `inner` hold; only within `either`
    near,     // within any[0].value metres of the latitude any[0].low and longitude any[0].high
    text,     // any[0].text is in the narrative (parameter _text) or anywhere (_content)
    every,    // always; only within others: every resource of `type`
  };
  Kind kind = Kind::value;
  std::string type;       // of the resources it is asked of; "" = several
  std::string parameter;  // pseudo-parameters too: "code:text"
  ParameterType parameter_type = ParameterType::token;
  Modifier modifier = Modifier::none;
  bool negate = false;
  std::vector<Operand> any;
  std::vector<Condition> inner;
};

struct SortKey {
  std::string parameter;  // or _id, _lastUpdated
  ParameterType type = ParameterType::token;
  bool descending = false;
};

struct Include {
  bool reverse = false;
  bool iterate = false;   // also from what is included
  std::string source;     // type that refers
  std::string parameter;  // "" = all of them ("*")
  std::string target;     // "" = any type
};

struct QueryTree {
  std::vector<std::string> types;  // empty = all
  std::vector<Condition> conditions;
  std::vector<SortKey> sort;
  std::vector<Include> includes;
  size_t count = 50;
  bool total = false;
  // The last resource of the page before, "" and 0 = from the start.
  std::string cursor_key;
  int64_t cursor_row = 0;
  std::vector<std::string> ignored;
  std::vector<std::string> incomplete;
  std::vector<std::pair<std::string, std::string>> applied;
};

// The text of a cursor, which also tells the order it belongs to.
std::string make_cursor(const QueryTree& tree, std::string_view key, int64_t row);

}  // namespace passerelle::store
