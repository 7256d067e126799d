#include "pathway/check/comparisons.h"

#include <algorithm>
#include <array>

namespace passerelle::pathway {
namespace {

struct Word {
  enum class Kind { name, number, text, sign } kind = Kind::sign;
  std::string_view text;
};

constexpr std::array<std::string_view, 14> keywords = {
    "and", "or",      "if",  "then",  "else", "return", "satisfies",
    "in",  "between", "not", "every", "some", "for",    "instance"};

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool digit(char c) { return c >= '0' && c <= '9'; }

size_t end_of_text(std::string_view feel, size_t at) {
  for (++at; at < feel.size() && feel[at] != '"'; ++at)
    if (feel[at] == '\\') ++at;
  return std::min(at + 1, feel.size());
}

std::vector<Word> words_of(std::string_view feel) {
  std::vector<Word> out;
  for (size_t at = 0; at < feel.size();) {
    const char c = feel[at];
    size_t end = at + 1;
    Word::Kind kind = Word::Kind::sign;
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      ++at;
      continue;
    }
    if (c == '"') {
      kind = Word::Kind::text;
      end = end_of_text(feel, at);
    } else if (letter(c)) {
      kind = Word::Kind::name;
      while (end < feel.size() &&
             (letter(feel[end]) || digit(feel[end]) ||
              (feel[end] == '.' && end + 1 < feel.size() && letter(feel[end + 1]))))
        ++end;
    } else if (digit(c)) {
      kind = Word::Kind::number;
      while (end < feel.size() && (digit(feel[end]) || (feel[end] == '.' && end + 1 < feel.size() &&
                                                        digit(feel[end + 1]))))
        ++end;
    } else if ((c == '<' || c == '>' || c == '!') && end < feel.size() && feel[end] == '=') {
      ++end;
    }
    out.push_back({kind, feel.substr(at, end - at)});
    at = end;
  }
  return out;
}

bool keyword(const Word& word) {
  return word.kind == Word::Kind::name &&
         std::find(keywords.begin(), keywords.end(), word.text) != keywords.end();
}

bool comparing(const Word& word) {
  return word.kind == Word::Kind::sign &&
         (word.text == "=" || word.text == "!=" || word.text == "<" || word.text == "<=" ||
          word.text == ">" || word.text == ">=");
}

// Where a term may begin and end: at the text's ends, at a keyword, a bracket or a comma.
bool free_before(const std::vector<Word>& words, size_t at) {
  if (at == 0) return true;
  const Word& before = words[at - 1];
  return keyword(before) || before.text == "(" || before.text == "," || before.text == "[";
}
bool free_after(const std::vector<Word>& words, size_t at) {
  if (at >= words.size()) return true;
  const Word& after = words[at];
  return keyword(after) || after.text == ")" || after.text == "," || after.text == "]";
}

bool constant(const Word& word) {
  return word.kind == Word::Kind::number || word.kind == Word::Kind::text || word.text == "true" ||
         word.text == "false";
}

}  // namespace

std::vector<Comparison> comparisons_of(std::string_view feel) {
  const std::vector<Word> words = words_of(feel);
  std::vector<Comparison> out;
  for (size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i].kind != Word::Kind::name || words[i].text.find('.') == std::string_view::npos)
      continue;
    if (!comparing(words[i + 1]) || !free_before(words, i)) continue;
    Comparison found{std::string(words[i].text), std::string(words[i + 1].text), {}, {}};
    if (constant(words[i + 2])) {
      if (!free_after(words, i + 3)) continue;
      found.constant = words[i + 2].text;
    } else {
      size_t end = i + 2;
      while (end < words.size() && words[end].kind == Word::Kind::name && !keyword(words[end])) {
        found.name += (found.name.empty() ? "" : " ") + std::string(words[end].text);
        ++end;
      }
      if (found.name.empty() || found.name == "null" || !free_after(words, end)) continue;
    }
    out.push_back(std::move(found));
  }
  return out;
}

}  // namespace passerelle::pathway
