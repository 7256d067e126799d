// Tokens and names.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "pathway/feel/parser.h"

namespace passerelle::feel {

namespace {

// Bytes of one white-space character (grammar rule 61 and XML), 0 when it is none.
size_t white_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned c = byte(0);
  if (c == ' ' || (c >= 9 && c <= 13)) return 1;
  if (c == 0xC2 && (byte(1) == 0x85 || byte(1) == 0xA0)) return 2;
  if (c == 0xE1 && byte(1) == 0x9A && byte(2) == 0x80) return 3;
  if (c == 0xE1 && byte(1) == 0xA0 && byte(2) == 0x8E) return 3;
  if (c == 0xE2 && byte(1) == 0x80) {
    const unsigned d = byte(2);
    if ((d >= 0x80 && d <= 0x8B) || d == 0xA8 || d == 0xA9 || d == 0xAF) return 3;
  }
  if (c == 0xE2 && byte(1) == 0x81 && byte(2) == 0x9F) return 3;
  if (c == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) return 3;
  if (c == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) return 3;
  return 0;
}

// Words that end a name which nothing in scope knows.
constexpr std::array<std::string_view, 13> reserved = {
    "and",       "or",       "in", "between", "then", "else", "return",
    "satisfies", "instance", "if", "for",     "some", "every"};

bool is_reserved(std::string_view word) {
  return std::find(reserved.begin(), reserved.end(), word) != reserved.end();
}

bool is_name_sign(char c) {
  return c == '.' || c == '/' || c == '-' || c == '\'' || c == '+' || c == '*';
}

size_t word_end(std::string_view text, size_t at) {
  while (at < text.size() && is_word_byte(text[at]) && white_at(text, at) == 0) ++at;
  return at;
}

}  // namespace

size_t space_at(std::string_view text, size_t at) {
  const size_t start = at;
  while (at < text.size()) {
    if (const size_t white = white_at(text, at)) {
      at += white;
    } else if (text.substr(at, 2) == "//") {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
    } else if (text.substr(at, 2) == "/*") {
      const size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos) break;
      at = end + 2;
    } else {
      break;
    }
  }
  return at - start;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '?' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

void Parser::skip() { at_ += space_at(text_, at_); }

bool Parser::take(std::string_view sign) {
  skip();
  if (text_.substr(at_, sign.size()) != sign) return false;
  at_ += sign.size();
  return true;
}

bool Parser::at_keyword(std::string_view word) {
  skip();
  return word_end(text_, at_) == at_ + word.size() && text_.substr(at_, word.size()) == word;
}

bool Parser::take_keyword(std::string_view word) {
  if (!at_keyword(word)) return false;
  at_ += word.size();
  return true;
}

bool Parser::expect(std::string_view sign, std::string_view where) {
  if (take(sign)) return true;
  fail("expected '" + std::string(sign) + "' " + std::string(where));
  return false;
}

bool Parser::expect_keyword(std::string_view word, std::string_view where) {
  if (take_keyword(word)) return true;
  fail("expected '" + std::string(word) + "' " + std::string(where));
  return false;
}

Part Parser::fail_at(size_t at, std::string message, std::string help) {
  if (!failed_) {
    failed_ = true;
    error_at_ = at;
    const size_t end = std::max(word_end(text_, at), std::min(at + 1, text_.size()));
    const std::string_view found = text_.substr(at, std::min<size_t>(end - at, 40));
    if (message.rfind("expected", 0) == 0) {
      message +=
          found.empty() ? ", but the expression ends" : ", but found '" + std::string(found) + "'";
    }
    error_ = std::move(message);
    help_ = std::move(help);
  }
  at_ = text_.size();  // every loop sees the end and stops
  return {};
}

Part Parser::fail(std::string message, std::string help) {
  if (!failed_) skip();
  return fail_at(at_, std::move(message), std::move(help));
}

Parser::Saved Parser::save() const { return {at_, compiler_.state(), reads_input_}; }

void Parser::restore(const Saved& saved) {
  at_ = saved.at;
  compiler_.rewind(saved.state);
  reads_input_ = saved.reads_input;
  failed_ = false;
  error_.clear();
  help_.clear();
  if (++work_ > 2000) fail("the expression is too tangled to read", "write it with less nesting");
}

size_t Parser::match_words(const std::vector<std::string>& words) const {
  size_t at = at_;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) at += space_at(text_, at);
    const std::string& word = words[i];
    if (text_.substr(at, word.size()) != word) return 0;
    at += word.size();
    if (is_word_byte(word.back()) && at < text_.size() && is_word_byte(text_[at]) &&
        white_at(text_, at) == 0) {
      return 0;
    }
  }
  return at - at_;
}

// Two words side by side can only be one name.
size_t Parser::greedy_end(size_t start) const {
  size_t end = word_end(text_, start);
  for (;;) {
    const size_t next = end + space_at(text_, end);
    const size_t next_end = word_end(text_, next);
    if (next_end == next || next == end || is_reserved(text_.substr(next, next_end - next))) break;
    end = next_end;
  }
  return end;
}

std::string Parser::greedy_name() {
  skip();
  const size_t end = greedy_end(at_);
  const std::string name = normal_name(text_.substr(at_, end - at_));
  at_ = end;
  return name;
}

std::string Parser::variable_name(std::string_view keyword) {
  skip();
  const size_t start = at_;
  size_t end = start;
  while (at_ < text_.size()) {
    skip();
    if (end > start && at_keyword(keyword)) break;
    const size_t word = word_end(text_, at_);
    if (word > at_) {
      at_ = word;
    } else if (end > start && is_name_sign(peek())) {
      ++at_;
    } else {
      break;
    }
    end = at_;
  }
  if (end == start || (text_[start] >= '0' && text_[start] <= '9')) {
    fail_at(start, "expected the name of a variable");
    return {};
  }
  return normal_name(text_.substr(start, end - start));
}

std::string Parser::parameter_name() {
  skip();
  const size_t start = at_;
  size_t end = start;
  while (at_ < text_.size() && peek() != ',' && peek() != ')' && peek() != ':') {
    const size_t word = word_end(text_, at_);
    if (word > at_) {
      at_ = word;
    } else if (end > start && is_name_sign(peek())) {
      ++at_;
    } else {
      break;
    }
    end = at_;
    skip();
  }
  if (end == start) {
    fail_at(start, "expected the name of a parameter");
    return {};
  }
  return normal_name(text_.substr(start, end - start));
}

bool Parser::named_argument_ahead(std::string& name, size_t& end) const {
  size_t at = at_ + space_at(text_, at_);
  const size_t start = at;
  while (at < text_.size()) {
    const size_t word = word_end(text_, at);
    if (word > at) {
      at = word;
    } else if (at > start && is_name_sign(text_[at])) {
      ++at;
    } else {
      break;
    }
    at += space_at(text_, at);
  }
  if (at == start || at >= text_.size() || text_[at] != ':') return false;
  name = normal_name(text_.substr(start, at - start));
  end = at + 1;
  return true;
}

namespace {
void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

std::optional<uint32_t> hex_at(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  return value;
}
}  // namespace

// \" \' \\ \n \r \t \uXXXX (with surrogate pairs) \UXXXXXX; another backslash stands for itself.
std::string Parser::string_literal() {
  const size_t start = at_;
  std::string out;
  ++at_;
  while (at_ < text_.size() && text_[at_] != '"') {
    const char c = text_[at_++];
    if (c != '\\' || at_ >= text_.size()) {
      out.push_back(c);
      continue;
    }
    const char escaped = text_[at_++];
    switch (escaped) {
      case 'n':
        out.push_back('\n');
        continue;
      case 'r':
        out.push_back('\r');
        continue;
      case 't':
        out.push_back('\t');
        continue;
      case '"':
      case '\'':
      case '\\':
        out.push_back(escaped);
        continue;
      default:
        break;
    }
    const size_t digits = escaped == 'u' ? 4 : escaped == 'U' ? 6 : 0;
    auto code = digits > 0 ? hex_at(text_, at_, digits) : std::nullopt;
    if (!code || *code > 0x10FFFF) {
      out.push_back('\\');
      out.push_back(escaped);
      continue;
    }
    at_ += digits;
    if (*code >= 0xD800 && *code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      const auto low = hex_at(text_, at_ + 2, 4);
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        at_ += 6;
      }
    }
    append_utf8(out, *code >= 0xD800 && *code < 0xE000 ? 0xFFFD : *code);
  }
  if (at_ >= text_.size()) {
    fail_at(start, "this text has no closing quotation mark");
    return {};
  }
  ++at_;
  return out;
}

// ---- names in scope ----

// What a name means inside filters whose items may have a member of that name: the member, where
// there is one.
Part Parser::through_item_scopes(size_t symbol_index, Part part, const std::string& name) {
  const auto& symbols = compiler_.symbols();
  for (size_t i = symbol_index; i < symbols.size(); ++i) {
    const Symbol scope = compiler_.symbols()[i];
    if (scope.kind != Symbol::Kind::item_scope) continue;
    const bool known = scope.type != nullptr && scope.type->kind != Type::Kind::any;
    if (known && (scope.type->kind != Type::Kind::context || !scope.type->fields.empty())) continue;
    const Part item = compiler_.read(scope);
    const NodeId node = compiler_.emit(Op::item_name, item.node, compiler_.key(name), part.node);
    compiler_.used(part.path);
    part = {node, part.type};
  }
  return part;
}

Part Parser::unknown_name(size_t start) {
  const auto& symbols = compiler_.symbols();
  for (size_t i = symbols.size(); i-- > 0;) {
    if (symbols[i].kind != Symbol::Kind::item_scope) continue;
    const Symbol scope = symbols[i];
    at_ = start;
    const std::string name = greedy_name();
    const Part item = compiler_.read(scope);
    const NodeId none = compiler_.constant(Value());
    return through_item_scopes(
        i + 1, {compiler_.emit(Op::item_name, item.node, compiler_.key(name), none), nullptr},
        name);
  }
  at_ = start;
  const std::string name = greedy_name();
  std::vector<std::string> candidates;
  for (const Symbol& symbol : symbols) {
    if (!symbol.name.empty() && symbol.name != "?") candidates.push_back(symbol.name);
  }
  for (const BuiltIn& row : built_ins()) candidates.emplace_back(row.name);
  const std::string near = closest(name, candidates);
  const bool call = (skip(), peek() == '(');
  return fail_at(
      start, std::string(call ? "there is no function '" : "there is no variable '") + name + "'",
      near.empty() ? "declare it, or correct the spelling" : "did you mean '" + near + "'?");
}

namespace {
bool followed_by_call(std::string_view text, size_t at) {
  at += space_at(text, at);
  return at < text.size() && text[at] == '(';
}
bool is_function_type(const Symbol& symbol) {
  return symbol.kind == Symbol::Kind::function || symbol.kind == Symbol::Kind::host ||
         symbol.type == nullptr || symbol.type->kind == Type::Kind::any ||
         symbol.type->kind == Type::Kind::function;
}
}  // namespace

Part Parser::name_or_call() {
  skip();
  const size_t start = at_;
  mark_place(start);
  // The longest name in scope; the innermost of equals.
  size_t best = 0, best_index = 0, field_length = 0, field_scope = 0;
  std::string field_name;
  TypeRef field_type;
  const auto& symbols = compiler_.symbols();
  for (size_t i = symbols.size(); i-- > 0;) {
    const Symbol& symbol = symbols[i];
    if (symbol.kind == Symbol::Kind::item_scope) {
      if (symbol.type == nullptr) continue;
      for (const auto& [name, type] : symbol.type->fields) {
        const size_t length = match_words(name_words(name));
        if (length > std::max(best, field_length)) {
          field_length = length;
          field_scope = i;
          field_name = name;
          field_type = type;
        }
      }
    } else if (!symbol.words.empty() && symbol.words[0][0] == peek()) {
      const size_t length = match_words(symbol.words);
      if (length > std::max(best, field_length)) {
        best = length;
        best_index = i;
      }
    }
  }
  if (field_length > best) {
    at_ = start + field_length;
    const Symbol scope = compiler_.symbols()[field_scope];
    const Part item = compiler_.read(scope);
    const NodeId none = compiler_.constant(Value());
    return {compiler_.emit(Op::item_name, item.node, compiler_.key(field_name), none), field_type};
  }

  size_t built_in_length = 0;
  std::string_view built_in_name;
  for (const BuiltIn& row : built_ins()) {
    if (row.name[0] != peek() || row.name == built_in_name) continue;
    const size_t length = match_words(name_words(row.name));
    if (length > built_in_length) {
      built_in_length = length;
      built_in_name = row.name;
    }
  }
  const bool called = followed_by_call(text_, start + built_in_length);
  const bool better = built_in_length > best ? (best == 0 || called)
                                             : built_in_length == best && best > 0 && called &&
                                                   !is_function_type(symbols[best_index]);
  if (built_in_length > 0 && better) {
    // Inside a filter, two words side by side are a member's name, not a function's.
    if (called || greedy_end(start) == start + built_in_length) {
      at_ = start + built_in_length;
      const auto [first, rows] = find_built_in(built_in_name);
      if (called) return call_built_in(first, rows, built_in_name);
      return {compiler_.emit(Op::built_in_value, first), Type::of(Type::Kind::function)};
    }
    best = 0;
  }
  if (best == 0) return unknown_name(start);

  at_ = start + best;
  Symbol& found = compiler_.symbols()[best_index];
  if (found.name == "?") reads_input_ = true;
  if (found.name == "partial") ++found.partial_reads;
  const Symbol symbol = found;
  if ((symbol.kind == Symbol::Kind::function || symbol.kind == Symbol::Kind::host) &&
      followed_by_call(text_, at_)) {
    return call_symbol(symbol);
  }
  return through_item_scopes(best_index + 1, compiler_.read(symbol), symbol.name);
}

// The member behind a dot: one that the type knows, else words side by side; where the type is
// unknown also any member name of the model.
std::string Parser::member_name(const TypeRef& type, size_t& end) {
  skip();
  size_t best = 0;
  std::string name;
  const Type* context = type.get();
  while (context != nullptr && context->kind == Type::Kind::list) context = context->element.get();
  if (context != nullptr && context->kind == Type::Kind::context) {
    for (const auto& field : context->fields) {
      const size_t length = match_words(name_words(field.first));
      if (length > best) {
        best = length;
        name = field.first;
      }
    }
  } else {
    for (const auto& words : compiler_.hints()) {
      const size_t length = match_words(words);
      if (length <= best) continue;
      best = length;
      name = normal_name(text_.substr(at_, length));
    }
  }
  const size_t greedy = greedy_end(at_) - at_;
  if (greedy > best) {
    best = greedy;
    name = normal_name(text_.substr(at_, greedy));
  }
  end = at_ + best;
  return name;
}

}  // namespace passerelle::feel
