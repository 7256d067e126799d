#include "pathway/check/readability.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

// A letter of a word, lower case; é, ï and ü keep their sign, since they divide vowels.
struct Letter {
  char base = ' ';
  bool acute = false;      // é: a syllable of its own beside a, o, u, i
  bool diaeresis = false;  // ï, ë, ü: never part of the vowel before
};

char32_t next_code_point(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned first = byte(at);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t out = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) out = out << 6 | (byte(at + i) & 0x3Fu);
  at += length;
  return out;
}

std::vector<Letter> letters_of(std::string_view word) {
  std::vector<Letter> out;
  for (size_t at = 0; at < word.size();) {
    const size_t from = at;
    const char32_t code = next_code_point(word, at);
    const std::string plain = fold(word.substr(from, at - from));
    for (const char c : plain) {
      Letter letter{c, code == U'é' || code == U'É', false};
      letter.diaeresis = code == U'ï' || code == U'ë' || code == U'ü' || code == U'Ï';
      out.push_back(letter);
    }
  }
  return out;
}

bool one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool vowel(char c) { return one_of(c, "aeiouy"); }

std::string plain_of(const std::vector<Letter>& letters) {
  std::string out;
  for (const Letter& each : letters) out += each.base;
  return out;
}

// Words whose -ent is spoken, beside those in -ment; in the third person plural it is mute.
constexpr std::array<std::string_view, 22> spoken_ent = {
    "souvent", "dent",   "vent",    "cent",     "argent",   "agent",    "patient", "client",
    "urgent",  "recent", "absent",  "parent",   "present",  "accent",   "talent",  "content",
    "serpent", "lent",   "evident", "accident", "frequent", "different"};

bool mute_ent(const std::string& word) {
  return word.size() > 4 && word.ends_with("ent") && !word.ends_with("ment") &&
         std::find(spoken_ent.begin(), spoken_ent.end(), word) == spoken_ent.end();
}

// Where the last mute e, es or ent begins; the word's length when there is none.
size_t mute_end_fr(const std::vector<Letter>& letters, const std::string& word) {
  const size_t n = word.size();
  const auto silent = [&](size_t at) {  // an e without accent after a consonant or a vowel
    return at > 0 && word[at] == 'e' && !letters[at].acute && !letters[at].diaeresis;
  };
  if (mute_ent(word)) return n - 3;
  if (n > 2 && word[n - 1] == 's' && silent(n - 2)) return n - 2;
  if (n > 1 && silent(n - 1)) return n - 1;
  return n;
}

// "y" between vowels is a consonant; u after q, and after g before e and i, is mute.
bool vowel_fr(const std::vector<Letter>& letters, size_t at, size_t end) {
  const char c = letters[at].base;
  const char before = at > 0 ? letters[at - 1].base : ' ';
  const char after = at + 1 < end ? letters[at + 1].base : ' ';
  if (c == 'y' && vowel(before) && vowel(after)) return false;
  if (c == 'u' && before == 'q') return false;
  if (c == 'u' && before == 'g' && one_of(after, "eiy")) return false;
  return vowel(c);
}

// Two vowels in a row that are two syllables: é beside another vowel, a diaeresis, a and o after
// each other, i after two consonants of which the second is l or r (ouvrier, client).
bool hiatus_fr(const std::vector<Letter>& letters, size_t at) {
  const Letter& first = letters[at - 1];
  const Letter& second = letters[at];
  if (second.diaeresis) return true;
  if (first.acute && second.base != 'e') return true;
  if (second.acute && one_of(first.base, "aeo")) return true;
  if (first.base == 'a' && second.base == 'o') return true;
  if (first.base == 'i' && at >= 3 && one_of(letters[at - 2].base, "lr") &&
      !vowel(letters[at - 3].base))
    return letters[at - 3].base != letters[at - 2].base;
  return false;
}

bool number_word(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// White space and signs between words; the apostrophe binds in English and parts in French, where
// what stands before it has no vowel of its own.
bool between_words(char32_t c, bool french) {
  if (c == U'’' || c == U'\'') return french;
  if (c < 0x80)
    return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9');
  return c == 0xA0 || c == U'«' || c == U'»' || (c >= 0x2000 && c <= 0x206F);
}

bool ends_sentence(std::string_view text, size_t from, size_t to, char32_t c) {
  if (c == U'!' || c == U'?' || c == U'…') return true;
  if (c != U'.') return false;
  const bool decimal = from > 0 && to < text.size() && text[from - 1] >= '0' &&
                       text[from - 1] <= '9' && text[to] >= '0' && text[to] <= '9';
  return !decimal;
}

}  // namespace

size_t syllables_fr(std::string_view word) {
  if (number_word(word)) return 1;
  const std::vector<Letter> letters = letters_of(word);
  const size_t end = mute_end_fr(letters, plain_of(letters));
  size_t count = 0;
  bool inside = false;
  for (size_t i = 0; i < end; ++i) {
    const bool here = vowel_fr(letters, i, end);
    if (here && (!inside || hiatus_fr(letters, i))) ++count;
    inside = here;
  }
  return std::max<size_t>(count, 1);
}

size_t syllables_en(std::string_view word) {
  if (number_word(word)) return 1;
  const std::string text = fold(word);
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!vowel(text[i])) continue;
    const bool first = i == 0 || !vowel(text[i - 1]);
    // io and ia are two syllables, but not in -tion, -sion, -cial; eo in video.
    const bool parts = !first && i >= 2 && one_of(text[i - 1], "i") && one_of(text[i], "ao") &&
                       !one_of(text[i - 2], "tscgx");
    if (first || parts) ++count;
  }
  const auto consonant = [&](size_t at) { return at < text.size() && !vowel(text[at]); };
  const size_t n = text.size();
  if (n > 2 && text[n - 1] == 'e' && consonant(n - 2) && !(text[n - 2] == 'l' && consonant(n - 3)))
    --count;  // the mute e of "take", not that of "little"
  else if (n > 3 && text.ends_with("es") && consonant(n - 3) && !one_of(text[n - 3], "sxzcgh"))
    --count;
  else if (n > 3 && text.ends_with("ed") && consonant(n - 3) && !one_of(text[n - 3], "td"))
    --count;
  return count == 0 || count > n ? 1 : count;
}

TextCounts count_text(std::string_view text, std::string_view language) {
  const bool french = language.starts_with("fr");
  TextCounts out;
  if (!french && !language.starts_with("en")) return out;
  size_t in_sentence = 0, word = 0;
  bool open = false;
  const auto end_word = [&](size_t at) {
    if (!open) return;
    open = false;
    const std::string_view found = text.substr(word, at - word);
    // l’, d’, qu’ are spoken with the word after them.
    const bool elided = french && found.size() <= 2 && at < text.size() &&
                        (text[at] == '\'' || text.substr(at).starts_with("’"));
    if (elided) return;
    ++out.words;
    ++in_sentence;
    out.syllables += french ? syllables_fr(found) : syllables_en(found);
  };
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    if (text[at] == '{') {
      end_word(at);
      at = std::min(text.find('}', at), text.size() - 1) + 1;
      continue;
    }
    const char32_t c = next_code_point(text, at);
    if (!between_words(c, french)) {
      if (!open) word = from;
      open = true;
      continue;
    }
    const bool decimal = (c == U'.' || c == U',') && !ends_sentence(text, from, at, U'.');
    if (decimal) continue;
    end_word(from);
    if (ends_sentence(text, from, at, c) && in_sentence > 0) {
      ++out.sentences;
      in_sentence = 0;
    }
  }
  end_word(text.size());
  if (in_sentence > 0) ++out.sentences;
  return out;
}

double kandel_moles(const TextCounts& counts) {
  const auto words = static_cast<double>(counts.words);
  return 207 - 1.015 * words / static_cast<double>(counts.sentences) -
         73.6 * static_cast<double>(counts.syllables) / words;
}

double flesch_kincaid_grade(const TextCounts& counts) {
  const auto words = static_cast<double>(counts.words);
  return 0.39 * words / static_cast<double>(counts.sentences) +
         11.8 * static_cast<double>(counts.syllables) / words - 15.59;
}

}  // namespace passerelle::pathway
