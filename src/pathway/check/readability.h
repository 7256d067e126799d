// How hard a text is to read, by the published formulas: Kandel and Moles (1958) for French, the
// Flesch-Kincaid grade (Kincaid et al. 1975) for English. Both count words a sentence and syllables
// a word; they were made on samples of about a hundred words, and say nothing about fewer.
#pragma once

#include <cstddef>
#include <string_view>

namespace passerelle::pathway {

struct TextCounts {
  size_t sentences = 0, words = 0, syllables = 0;

  void add(const TextCounts& other) {
    sentences += other.sentences;
    words += other.words;
    syllables += other.syllables;
  }
};

// Shortest sample that is judged.
inline constexpr size_t sample_words = 100;

// Syllables of one word of UTF-8, at least one; a number counts as one.
size_t syllables_fr(std::string_view word);
size_t syllables_en(std::string_view word);

// `language` begins with "fr" or "en"; others: nothing is counted. What stands in braces is left
// out; a text that ends without a full stop ends a sentence all the same.
TextCounts count_text(std::string_view text, std::string_view language);

// 100 is very easy, 0 very hard; 60 and more is read by most adults. Needs words.
double kandel_moles(const TextCounts& counts);
// The American school year that reads it; 8 is about 13 to 14 years of age. Needs words.
double flesch_kincaid_grade(const TextCounts& counts);

// Patients' texts: the score must not be below, the grade not above.
inline constexpr double least_kandel_moles = 60;
inline constexpr double highest_grade = 8;

}  // namespace passerelle::pathway
