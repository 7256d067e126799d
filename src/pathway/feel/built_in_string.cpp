// String functions (DMN 1.5, 10.3.4.3) and conversions (10.3.4.1).
#include <algorithm>
#include <array>

#include "pathway/feel/argument.h"
#include "pathway/feel/compiler.h"
#include "pathway/feel/number.h"
#include "pathway/feel/parser.h"
#include "pathway/feel/regex.h"
#include "pathway/feel/temporal.h"
#include "pathway/feel/unicode.h"

namespace passerelle::feel {
namespace {

constexpr uint64_t regex_budget = 2'000'000;

Value substring(Call& call) {
  const Value* text = text_argument(call, 0);
  const Value* start = text ? number_argument(call, 1) : nullptr;
  if (start == nullptr) return Value();
  const auto first = truncated(*start);
  if (!first || *first == 0) return call.fail("positions in a text count from 1, or from -1");
  std::optional<int64_t> length;
  if (call.count() > 2) {
    const Value* number = number_argument(call, 2);
    if (number == nullptr) return Value();
    length = truncated(*number);
    if (!length || *length < 1) return call.fail("the length of a part of a text is at least 1");
  }
  const std::string_view all = text->text();
  const auto size = static_cast<int64_t>(count_code_points(all));
  const int64_t begin = *first > 0 ? *first - 1 : size + *first;
  if (begin < 0 || begin >= size)
    return begin < 0 ? call.fail("the text is too short") : Value::string("");
  const size_t from = byte_of(all, static_cast<size_t>(begin));
  if (!length) return Value::string(all.substr(from));
  const std::string_view rest = all.substr(from);
  return Value::string(rest.substr(0, byte_of(rest, static_cast<size_t>(*length))));
}

Value string_length(Call& call) {
  const Value* text = text_argument(call, 0);
  if (text == nullptr) return Value();
  return Value::integer(static_cast<int64_t>(count_code_points(text->text())));
}

Value upper(Call& call) {
  const Value* text = text_argument(call, 0);
  return text == nullptr ? Value() : Value::string(upper_case(text->text()));
}
Value lower(Call& call) {
  const Value* text = text_argument(call, 0);
  return text == nullptr ? Value() : Value::string(lower_case(text->text()));
}

// Both arguments as texts; false when one is none.
bool two_texts(Call& call, std::string_view& a, std::string_view& b) {
  const Value* first = text_argument(call, 0);
  const Value* second = first ? text_argument(call, 1) : nullptr;
  if (second == nullptr) return false;
  a = call[0].text();
  b = second->text();
  return true;
}

Value substring_before(Call& call) {
  std::string_view text, match;
  if (!two_texts(call, text, match)) return Value();
  const size_t at = text.find(match);
  return Value::string(at == std::string_view::npos ? std::string_view() : text.substr(0, at));
}
Value substring_after(Call& call) {
  std::string_view text, match;
  if (!two_texts(call, text, match)) return Value();
  const size_t at = text.find(match);
  return Value::string(at == std::string_view::npos ? std::string_view()
                                                    : text.substr(at + match.size()));
}
Value contains(Call& call) {
  std::string_view text, match;
  if (!two_texts(call, text, match)) return Value();
  return Value::boolean(text.find(match) != std::string_view::npos);
}
Value starts_with(Call& call) {
  std::string_view text, match;
  if (!two_texts(call, text, match)) return Value();
  return Value::boolean(text.substr(0, match.size()) == match);
}
Value ends_with(Call& call) {
  std::string_view text, match;
  if (!two_texts(call, text, match)) return Value();
  return Value::boolean(text.size() >= match.size() &&
                        text.substr(text.size() - match.size()) == match);
}

// ---- patterns ----

// The compiled pattern; a few recent ones are kept for the thread, since rules repeat them.
const Regex* pattern(Call& call, std::string_view text, std::string_view flags) {
  struct Kept {
    std::string text, flags;
    std::optional<Regex> regex;
  };
  thread_local std::array<Kept, 8> recent;
  thread_local size_t next = 0;
  for (Kept& kept : recent) {
    if (kept.regex && kept.text == text && kept.flags == flags) return &*kept.regex;
  }
  auto regex = Regex::compile(text, flags);
  if (!regex) {
    call.fail(regex.error().message);
    return nullptr;
  }
  Kept& kept = recent[next++ % recent.size()];
  kept.text = text;
  kept.flags = flags;
  kept.regex.emplace(std::move(*regex));
  return &*kept.regex;
}

bool flags_argument(Call& call, size_t i, std::string_view& flags) {
  if (!call.has(i)) return true;
  const Value* text = text_argument(call, i);
  if (text == nullptr) return false;
  flags = text->text();
  return true;
}

Value matches(Call& call) {
  std::string_view text, wanted, flags;
  if (!two_texts(call, text, wanted) || !flags_argument(call, 2, flags)) return Value();
  const Regex* regex = pattern(call, wanted, flags);
  if (regex == nullptr) return Value();
  uint64_t budget = regex_budget;
  const auto found = regex->find(text, 0, budget);
  call.evaluator.spend((regex_budget - budget) / 8);
  if (found) return Value::boolean(true);
  if (found.error().code == ErrorCode::not_found) return Value::boolean(false);
  return call.fail(found.error().message);
}

// $1, \$ and \\ in a replacement (F&O 7.6.3); false when it is wrong.
bool append_replacement(std::string& out, std::string_view with, std::string_view text,
                        const Regex::Match& match) {
  const auto append_group = [&](size_t group) {
    if (group >= match.groups.size() || match.groups[group].first == Regex::npos) return;
    out += text.substr(match.groups[group].first,
                       match.groups[group].second - match.groups[group].first);
  };
  for (size_t i = 0; i < with.size(); ++i) {
    if (with[i] == '\\') {
      if (i + 1 >= with.size() || (with[i + 1] != '\\' && with[i + 1] != '$')) return false;
      out.push_back(with[++i]);
    } else if (with[i] == '$') {
      if (i + 1 >= with.size() || with[i + 1] < '0' || with[i + 1] > '9') return false;
      size_t group = static_cast<size_t>(with[++i] - '0');
      while (i + 1 < with.size() && with[i + 1] >= '0' && with[i + 1] <= '9') {
        const size_t longer = group * 10 + static_cast<size_t>(with[i + 1] - '0');
        if (longer >= match.groups.size()) break;
        group = longer;
        ++i;
      }
      append_group(group);
    } else {
      out.push_back(with[i]);
    }
  }
  return true;
}

Value replace(Call& call) {
  std::string_view text, wanted, flags;
  if (!two_texts(call, text, wanted)) return Value();
  const Value* with = text_argument(call, 2);
  if (with == nullptr || !flags_argument(call, 3, flags)) return Value();
  const Regex* regex = pattern(call, wanted, flags);
  if (regex == nullptr) return Value();
  const bool literal = flags.find('q') != std::string_view::npos;
  std::string out;
  size_t at = 0;
  uint64_t budget = regex_budget;
  while (at <= text.size()) {
    const auto found = regex->find(text, at, budget);
    if (!found) {
      if (found.error().code != ErrorCode::not_found) return call.fail(found.error().message);
      break;
    }
    if (found->begin() == found->end()) {
      return call.fail("the pattern of replace() matches the empty text");
    }
    out += text.substr(at, found->begin() - at);
    if (literal) {
      out += with->text();
    } else if (!append_replacement(out, with->text(), text, *found)) {
      return call.fail("in a replacement '$' needs a digit and '\\' a '$' or '\\' behind it");
    }
    at = found->end();
    if (!call.evaluator.text_fits(out.size())) return Value();
  }
  out += text.substr(std::min(at, text.size()));
  return Value::string(out);
}

Value split(Call& call) {
  std::string_view text, wanted;
  if (!two_texts(call, text, wanted)) return Value();
  const Regex* regex = pattern(call, wanted, {});
  if (regex == nullptr) return Value();
  ListBuilder parts(8);
  size_t at = 0, search = 0;
  uint64_t budget = regex_budget;
  while (search <= text.size()) {
    const auto found = regex->find(text, search, budget);
    if (!found) {
      if (found.error().code != ErrorCode::not_found) return call.fail(found.error().message);
      break;
    }
    if (found->begin() == found->end()) {  // between two characters
      size_t length = 1;
      if (found->begin() >= text.size()) break;
      decode_utf8(text, found->begin(), length);
      search = found->begin() + length;
      if (found->begin() > at) {
        parts.push(Value::string(text.substr(at, found->begin() - at)));
        at = found->begin();
      }
      continue;
    }
    parts.push(Value::string(text.substr(at, found->begin() - at)));
    at = search = found->end();
    if (!call.evaluator.list_fits(parts.size())) return Value();
  }
  parts.push(Value::string(text.substr(at)));
  return parts.build();
}

Value string_join(Call& call) {
  const Value* list = list_argument(call, 0);
  if (list == nullptr) return Value();
  std::string_view delimiter;
  if (call.has(1)) {
    const Value* text = text_argument(call, 1);
    if (text == nullptr) return Value();
    delimiter = text->text();
  }
  std::string out;
  bool first = true;
  for (const Value& item : list->items()) {
    if (item.is_null()) continue;
    if (!item.is_string()) return call.fail("string join() joins texts only");
    if (!first) out += delimiter;
    first = false;
    out += item.text();
    if (out.size() > 4096 && !call.evaluator.text_fits(out.size())) return Value();
  }
  return Value::string(out);
}

// ---- conversions ----

Value to_string_value(Call& call) {
  if (call[0].is_null()) return Value();
  const std::string text = to_text(call[0]);
  return call.evaluator.text_fits(text.size()) ? Value::string(text) : Value();
}

bool separator(Call& call, size_t i, std::string_view allowed, std::string_view& found) {
  if (!call.has(i)) return true;
  const Value* text = text_argument(call, i);
  if (text == nullptr) return false;
  found = text->text();
  if (found.size() == 1 && allowed.find(found[0]) != std::string_view::npos) return true;
  call.fail("a separator of a number is one of '" + std::string(allowed) + "'");
  return false;
}

Value to_number(Call& call) {
  const Value* text = text_argument(call, 0);
  if (text == nullptr) return Value();
  std::string_view grouping, decimal = ".";
  if (!separator(call, 1, " ,.", grouping) || !separator(call, 2, ",.", decimal)) return Value();
  if (call.count() > 1 && grouping == decimal) {
    return call.fail("both separators of a number are the same");
  }
  std::string plain;
  for (char c : text->text()) {
    if (!grouping.empty() && c == grouping[0]) continue;
    if (c == decimal[0]) {
      plain.push_back('.');
    } else if (c == '.' || c == ',') {
      return call.fail("the text \"" + std::string(text->text().substr(0, 60)) +
                       "\" is not a number");
    } else {
      plain.push_back(c);
    }
  }
  auto number = Value::number(plain);
  if (number) return *number;
  return call.fail("the text \"" + std::string(text->text().substr(0, 60)) + "\" is not a number");
}

Value negation(Call& call) {
  const Value* value = argument(call, 0, Kind::boolean);
  return value == nullptr ? Value() : Value::boolean(!value->is_true());
}

// The same kind and the same in every part, zones included.
Value is_same(Call& call) {
  const Value &a = call[0], &b = call[1];
  if (a.kind() != b.kind()) return Value::boolean(false);
  if (a.kind() == Kind::time || a.kind() == Kind::date_time) {
    return Value::boolean(a.whole() == b.whole() && a.nanos() == b.nanos() && a.zone() == b.zone());
  }
  return Value::boolean(a == b);
}

// range("[1..3]"): bounds are literals only.
Value to_range(Call& call) {
  const Value* text = text_argument(call, 0);
  if (text == nullptr) return Value();
  Compiler compiler;
  const auto part = compiler.expression(text->text(), 16);
  const Value* constant = part ? compiler.constant_of(part->node) : nullptr;
  const RangeView* range = constant == nullptr ? nullptr : constant->range();
  if (range == nullptr || range->detail != 0) {
    return call.fail("the text \"" + std::string(text->text().substr(0, 60)) +
                     "\" is no range of literals");
  }
  return *constant;
}

constexpr BuiltIn strings[] = {
    {"substring", "string, start position, length?", substring, Type::Kind::string},
    {"string length", "string", string_length, Type::Kind::number},
    {"upper case", "string", upper, Type::Kind::string},
    {"lower case", "string", lower, Type::Kind::string},
    {"substring before", "string, match", substring_before, Type::Kind::string},
    {"substring after", "string, match", substring_after, Type::Kind::string},
    {"contains", "string, match", contains, Type::Kind::boolean},
    {"starts with", "string, match", starts_with, Type::Kind::boolean},
    {"ends with", "string, match", ends_with, Type::Kind::boolean},
    {"matches", "input, pattern, flags?", matches, Type::Kind::boolean},
    {"replace", "input, pattern, replacement, flags?", replace, Type::Kind::string},
    {"split", "string, delimiter", split, Type::Kind::list},
    {"string join", "list, delimiter?", string_join, Type::Kind::string},
};
constexpr BuiltIn conversions[] = {
    {"string", "from", to_string_value, Type::Kind::string},
    {"number", "from", to_number, Type::Kind::number},
    {"number", "from, grouping separator, decimal separator", to_number, Type::Kind::number},
    {"not", "negand", negation, Type::Kind::boolean},
    {"is", "value1, value2", is_same, Type::Kind::boolean},
    {"range", "from", to_range, Type::Kind::range},
};

}  // namespace

std::span<const BuiltIn> string_built_ins() { return strings; }
std::span<const BuiltIn> conversion_built_ins() { return conversions; }

}  // namespace passerelle::feel
