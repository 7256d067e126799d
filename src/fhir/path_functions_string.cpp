// Texts (FHIRPath 5.6). Lengths and positions count characters, not bytes.
#include <array>
#include <regex>

#include "base/base64.h"
#include "base/text.h"
#include "fhir/path_functions.h"
#include "fhir/path_pattern.h"

namespace passerelle::fhir::path {
namespace {

using Answer = Result<Collection>;

Collection text_of(std::string text) { return one(make_string(std::move(text))); }

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

int64_t characters(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += continues(c) ? 0 : 1;
  return count;
}

// The byte at which the n-th character begins; the size when there are not so many.
size_t byte_at(std::string_view text, int64_t n) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!continues(text[at]) && n-- == 0) break;
  }
  return at;
}

// The text before the function; none = empty; error when it is no text.
Result<std::optional<std::string>> text_input_of(Evaluator& evaluator, const Node& node,
                                                 const Collection& focus) {
  if (focus.empty()) return std::optional<std::string>();
  const Item item = to_system(focus[0]);
  if (focus.size() > 1 || item.kind != Kind::string) {
    return evaluator.error(
        node, std::string(functions()[node.function].name) + "() needs one text before it");
  }
  return std::optional<std::string>(item.box->text);
}

// Functions of the input and one text: no answer when either is missing.
template <Collection (*run)(const std::string& input, const std::string& argument)>
Answer with_text(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> input, text_input_of(evaluator, node, focus));
  TRY(const std::optional<std::string> argument, evaluator.string_argument(node, 0));
  return input && argument ? run(*input, *argument) : Collection();
}

template <Collection (*run)(const std::string& input)>
Answer of_text(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> input, text_input_of(evaluator, node, focus));
  return input ? run(*input) : Collection();
}

Collection index_of(const std::string& input, const std::string& part) {
  const size_t at = input.find(part);
  return one(make_integer(at == input.npos ? -1 : characters(input.substr(0, at))));
}
Collection last_index_of(const std::string& input, const std::string& part) {
  const size_t at = input.rfind(part);
  return one(make_integer(at == input.npos ? -1 : characters(input.substr(0, at))));
}
Collection starts_with(const std::string& input, const std::string& part) {
  return one(make_boolean(input.starts_with(part)));
}
Collection ends_with(const std::string& input, const std::string& part) {
  return one(make_boolean(input.ends_with(part)));
}
Collection contains(const std::string& input, const std::string& part) {
  return one(make_boolean(input.find(part) != input.npos));
}
Collection length(const std::string& input) { return one(make_integer(characters(input))); }
Collection trimmed(const std::string& input) { return text_of(std::string(trim(input))); }

// Letters of ASCII, Latin-1, Greek and Cyrillic: what has two bytes in UTF-8 and a fixed distance.
std::string change_case(const std::string& input, bool up) {
  std::string out;
  for (size_t i = 0; i < input.size(); ++i) {
    const auto c = static_cast<unsigned char>(input[i]);
    if (c >= 'a' && c <= 'z' && up) {
      out += static_cast<char>(c - 32);
    } else if (c >= 'A' && c <= 'Z' && !up) {
      out += static_cast<char>(c + 32);
    } else if (c == 0xc3 && i + 1 < input.size()) {
      auto d = static_cast<unsigned char>(input[++i]);
      if (up && d >= 0xa0 && d != 0xb7 && d != 0xbf) d -= 0x20;
      if (!up && d >= 0x80 && d <= 0x9e && d != 0x97) d += 0x20;
      out += static_cast<char>(c);
      out += static_cast<char>(d);
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}
Collection upper(const std::string& input) { return text_of(change_case(input, true)); }
Collection lower_case(const std::string& input) { return text_of(change_case(input, false)); }

Collection to_chars(const std::string& input) {
  Collection out;
  for (size_t begin = 0; begin < input.size();) {
    size_t end = begin + 1;
    while (end < input.size() && continues(input[end])) ++end;
    out.push_back(make_string(input.substr(begin, end - begin)));
    begin = end;
  }
  return out;
}

Answer substring(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> input, text_input_of(evaluator, node, focus));
  TRY(const std::optional<int64_t> start, evaluator.integer_argument(node, 0));
  TRY(const std::optional<int64_t> count, evaluator.integer_argument(node, 1));
  if (!input || !start || *start < 0 || *start >= characters(*input)) return Collection();
  const std::string rest = input->substr(byte_at(*input, *start));
  if (!count) return text_of(rest);
  return text_of(*count <= 0 ? "" : rest.substr(0, byte_at(rest, *count)));
}

Answer replace(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> input, text_input_of(evaluator, node, focus));
  TRY(const std::optional<std::string> pattern, evaluator.string_argument(node, 0));
  TRY(const std::optional<std::string> by, evaluator.string_argument(node, 1));
  if (!input || !pattern || !by) return Collection();
  std::string out;
  if (pattern->empty()) {
    // Between all characters, and at both ends.
    TRY_VOID(evaluator.check_length(node, (input->size() + 1) * (by->size() + 1)));
    for (const Item& character : to_chars(*input)) out += *by + character.box->text;
    return text_of(out + *by);
  }
  size_t at = 0;
  for (size_t found; (found = input->find(*pattern, at)) != input->npos;) {
    TRY_VOID(evaluator.check_length(node, out.size() + by->size()));
    out += input->substr(at, found - at) + *by;
    at = found + pattern->size();
  }
  return text_of(out + input->substr(at));
}

Result<std::regex> compile_pattern(Evaluator& evaluator, const Node& node,
                                   const std::string& pattern) {
  if (pattern.size() > 1000) return evaluator.error(node, "this pattern is too long");
  try {
    // __polynomial (libstdc++) searches breadth-first: no pattern can take exponential time or
    // exhaust the stack.
    return std::regex(single_line(pattern),
                      std::regex::ECMAScript | std::regex_constants::__polynomial);
  } catch (const std::regex_error&) {
    return evaluator.error(node, "'" + pattern + "' is not a regular expression");
  }
}

template <bool whole>
Answer matches(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> input, text_input_of(evaluator, node, focus));
  TRY(const std::optional<std::string> pattern, evaluator.string_argument(node, 0));
  if (!input || !pattern) return Collection();
  TRY(const std::regex regex, compile_pattern(evaluator, node, *pattern));
  TRY_VOID(evaluator.step(node, input->size() * pattern_states(*pattern) / 8));
  const bool found = whole ? std::regex_match(*input, regex) : std::regex_search(*input, regex);
  return one(make_boolean(found));
}

Answer replace_matches(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> input, text_input_of(evaluator, node, focus));
  TRY(const std::optional<std::string> pattern, evaluator.string_argument(node, 0));
  TRY(const std::optional<std::string> by, evaluator.string_argument(node, 1));
  if (!input || !pattern || !by) return Collection();
  if (pattern->empty()) return text_of(*input);
  TRY(const std::regex regex, compile_pattern(evaluator, node, *pattern));
  TRY_VOID(evaluator.step(node, input->size() * pattern_states(*pattern) / 8));
  // At most one match a character, each with every group.
  TRY_VOID(evaluator.check_length(node, (input->size() + 1) * (by->size() + 1)));
  return text_of(std::regex_replace(*input, regex, numbered(*pattern, *by)));
}

Collection split_text(const std::string& input, const std::string& separator) {
  Collection out;
  if (separator.empty()) return to_chars(input);
  size_t at = 0;
  for (size_t found; (found = input.find(separator, at)) != input.npos;) {
    out.push_back(make_string(input.substr(at, found - at)));
    at = found + separator.size();
  }
  out.push_back(make_string(input.substr(at)));
  return out;
}

Answer join(Evaluator& evaluator, const Node& node, Collection focus) {
  TRY(const std::optional<std::string> separator, evaluator.string_argument(node, 0));
  if (focus.empty()) return Collection();
  std::string out;
  for (size_t i = 0; i < focus.size(); ++i) {
    const Item item = to_system(focus[i]);
    if (item.kind != Kind::string) return evaluator.error(node, "join() needs texts before it");
    if (i > 0) out += separator.value_or("");
    out += item.box->text;
    TRY_VOID(evaluator.check_length(node, out.size()));
  }
  return text_of(std::move(out));
}

// ---- encode, decode, escape, unescape ----

std::string to_hex(const std::string& input) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : input) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::optional<std::string> from_hex(const std::string& input) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::string text = lower(input);
  std::string out;
  if (text.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < text.size(); i += 2) {
    const size_t high = digits.find(text[i]);
    const size_t low = digits.find(text[i + 1]);
    if (high == digits.npos || low == digits.npos) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

Collection encode(const std::string& input, const std::string& format) {
  if (format == "hex") return text_of(to_hex(input));
  if (format == "base64") return text_of(to_base64(input));
  if (format == "urlbase64") return text_of(to_base64(input, Base64::url));
  return {};
}

Collection decode(const std::string& input, const std::string& format) {
  std::optional<std::string> out;
  if (format == "hex") out = from_hex(input);
  if (format == "base64") out = from_base64(input);
  if (format == "urlbase64") out = from_base64(input, Base64::url);
  // What is no UTF-8 cannot be a text.
  return out && is_utf8(*out) ? text_of(std::move(*out)) : Collection();
}

struct Escape {
  std::string_view plain, escaped;
};
constexpr std::array html_escapes = {Escape{"&", "&amp;"}, Escape{"<", "&lt;"}, Escape{">", "&gt;"},
                                     Escape{"\"", "&quot;"}, Escape{"'", "&#39;"}};

std::string unescape_html(const std::string& input) {
  std::string out;
  for (size_t i = 0; i < input.size();) {
    bool found = false;
    for (const Escape& escape : html_escapes) {
      if (input.compare(i, escape.escaped.size(), escape.escaped) != 0) continue;
      out += escape.plain;
      i += escape.escaped.size();
      found = true;
      break;
    }
    if (!found) out += input[i++];
  }
  return out;
}

Collection escape(const std::string& input, const std::string& target) {
  if (target == "html") return text_of(escape_html(input));
  if (target != "json") return {};
  const std::string quoted = json::quote(input);
  return text_of(quoted.substr(1, quoted.size() - 2));
}

Collection unescape(const std::string& input, const std::string& target) {
  if (target == "html") return text_of(unescape_html(input));
  if (target != "json") return {};
  const Result<json::Document> document = json::Document::parse("\"" + input + "\"");
  return document ? text_of(std::string(document->root().string())) : Collection();
}

constexpr std::array string_table = {
    Function{"indexOf", 1, 1, false, with_text<index_of>},
    Function{"lastIndexOf", 1, 1, false, with_text<last_index_of>},
    Function{"substring", 1, 2, false, substring},
    Function{"startsWith", 1, 1, false, with_text<starts_with>},
    Function{"endsWith", 1, 1, false, with_text<ends_with>},
    Function{"contains", 1, 1, false, with_text<contains>},
    Function{"upper", 0, 0, false, of_text<upper>},
    Function{"lower", 0, 0, false, of_text<lower_case>},
    Function{"replace", 2, 2, false, replace},
    Function{"matches", 1, 1, false, matches<false>},
    Function{"matchesFull", 1, 1, false, matches<true>},
    Function{"replaceMatches", 2, 2, false, replace_matches},
    Function{"length", 0, 0, false, of_text<length>},
    Function{"toChars", 0, 0, false, of_text<to_chars>},
    Function{"trim", 0, 0, false, of_text<trimmed>},
    Function{"split", 1, 1, false, with_text<split_text>},
    Function{"join", 0, 1, false, join},
    Function{"encode", 1, 1, false, with_text<encode>},
    Function{"decode", 1, 1, false, with_text<decode>},
    Function{"escape", 1, 1, false, with_text<escape>},
    Function{"unescape", 1, 1, false, with_text<unescape>},
};

}  // namespace

std::span<const Function> string_functions() { return string_table; }

}  // namespace passerelle::fhir::path
