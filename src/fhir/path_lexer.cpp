#include "fhir/path_lexer.h"

#include <algorithm>
#include <array>

namespace passerelle::fhir::path {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> read() {
    for (;;) {
      TRY_VOID(skip_space());
      Token token;
      token.at = at_;
      if (at_ >= text_.size()) {
        words_.push_back(token);
        return std::move(words_);
      }
      TRY_VOID(read_word(token));
      words_.push_back(std::move(token));
    }
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  Error error(std::string message, size_t at) const {
    return Error{ErrorCode::invalid, std::move(message), line_and_column(text_, at)};
  }

  Result<void> skip_space() {
    for (;;) {
      while (is_space(peek())) ++at_;
      if (text_.substr(at_).starts_with("//")) {
        while (at_ < text_.size() && peek() != '\n') ++at_;
      } else if (text_.substr(at_).starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == text_.npos) return error("this comment does not end with */", at_);
        at_ = end + 2;
      } else {
        return {};
      }
    }
  }

  Result<void> read_word(Token& token) {
    const char c = peek();
    if (is_letter(c)) {
      token.word = Word::name;
      token.text = read_name();
      return {};
    }
    if (c == '`' || c == '"') {
      token.word = Word::name;
      token.delimited = true;
      return read_quoted(token.text);
    }
    if (c == '\'') {
      token.word = Word::text;
      return read_quoted(token.text);
    }
    if (is_digit(c)) {
      read_number(token);
      return {};
    }
    if (c == '@') return read_moment(token);
    if (c == '%') {
      token.word = Word::variable;
      ++at_;
      if (peek() == '`' || peek() == '\'' || peek() == '"') return read_quoted(token.text);
      if (!is_letter(peek())) return error("expected a name after '%'", at_);
      token.text = read_name();
      return {};
    }
    if (c == '$') {
      token.word = Word::special;
      ++at_;
      token.text = read_name();
      if (token.text != "this" && token.text != "index" && token.text != "total") {
        return error("'$" + token.text + "' is not known: use $this, $index or $total", token.at);
      }
      return {};
    }
    return read_sign(token);
  }

  std::string read_name() {
    const size_t begin = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  void read_number(Token& token) {
    const size_t begin = at_;
    token.word = Word::number;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    token.text = text_.substr(begin, at_ - begin);
  }

  Result<void> read_quoted(std::string& out) {
    const size_t begin = at_;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      const char c = text_[at_++];
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escaped = peek();
      ++at_;
      constexpr std::array<std::string_view, 10> escapes = {"``",  "''",  "\"\"", "\\\\", "//",
                                                            "f\f", "n\n", "r\r",  "t\t",  "  "};
      const auto known = std::find_if(escapes.begin(), escapes.end(),
                                      [&](std::string_view e) { return e[0] == escaped; });
      if (known != escapes.end()) {
        out += (*known)[1];
      } else if (escaped == 'u') {
        TRY_VOID(read_unicode(out));
      } else {
        return error(std::string("'\\") + escaped + "' is not an escape in FHIRPath", at_ - 2);
      }
    }
    if (at_ >= text_.size()) return error("this text in quotes does not end", begin);
    ++at_;
    return {};
  }

  Result<void> read_unicode(std::string& out) {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      uint32_t digit = 16;
      if (is_digit(c)) digit = static_cast<uint32_t>(c - '0');
      if (c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a') + 10;
      if (c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A') + 10;
      if (digit > 15) return error("expected four hexadecimal digits after \\u", at_);
      value = value * 16 + digit;
    }
    if (value >= 0xd800 && value <= 0xdfff) {
      return error("\\u with half of a surrogate pair is not offered", at_ - 6);
    }
    append_utf8(out, value);
    return {};
  }

  void take_while(std::string& out, std::string_view signs) {
    while (is_digit(peek()) || (peek() != '\0' && signs.find(peek()) != signs.npos)) {
      // A '.' belongs to the value only when a digit follows: @2020.toString() is a call.
      if (peek() == '.' && !is_digit(peek(1))) return;
      out += text_[at_++];
    }
  }

  Result<void> read_moment(Token& token) {
    ++at_;
    if (peek() == 'T') {
      ++at_;
      token.word = Word::time;
      take_while(token.text, ":.");
      return {};
    }
    token.word = Word::date;
    take_while(token.text, "-");
    if (peek() != 'T') return {};
    token.word = Word::date_time;
    token.text += text_[at_++];
    take_while(token.text, ":.");
    if (peek() == 'Z') {
      token.text += text_[at_++];
    } else if ((peek() == '+' || peek() == '-') && is_digit(peek(1)) && is_digit(peek(2)) &&
               peek(3) == ':') {
      token.text += text_[at_++];
      take_while(token.text, ":");
    }
    return {};
  }

  Result<void> read_sign(Token& token) {
    constexpr std::array<std::string_view, 22> signs = {"!=", "!~", "<=", ">=", "(", ")", "[", "]",
                                                        "{",  "}",  ".",  ",",  "+", "-", "*", "/",
                                                        "&",  "|",  "<",  ">",  "=", "~"};
    for (const std::string_view sign : signs) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      token.word = Word::sign;
      token.text = sign;
      at_ += sign.size();
      return {};
    }
    return error("'" + std::string(1, peek()) + "' has no meaning in FHIRPath", at_);
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Token> words_;
};

}  // namespace

std::string line_and_column(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return std::to_string(line) + ":" + std::to_string(before.size() - begin + 1);
}

Result<std::vector<Token>> read_words(std::string_view text) { return Lexer(text).read(); }

}  // namespace passerelle::fhir::path
