#include "pathway/check/readability.h"

#include <gtest/gtest.h>

#include <string>

namespace passerelle::pathway {
namespace {

struct Word {
  const char* word;
  size_t syllables;
};

TEST(Readability, CountsFrenchSyllables) {
  const Word words[] = {{"le", 1},        {"patient", 2}, {"température", 4}, {"équipe", 2},
                        {"appelez", 3},   {"Avez", 2},    {"vous", 1},        {"respirer", 3},
                        {"toussent", 1},  {"souvent", 2}, {"goût", 1},        {"théâtre", 2},
                        {"essayer", 3},   {"qualité", 3}, {"guérir", 2},      {"aérien", 3},
                        {"naïf", 2},      {"oui", 1},     {"fatigué", 3},     {"inquiétude", 3},
                        {"questions", 2}, {"médecin", 3}, {"femmes", 1},      {"15", 1},
                        {"année", 2},     {"ouvrier", 3}, {"maintenant", 3}};
  for (const Word& each : words) EXPECT_EQ(syllables_fr(each.word), each.syllables) << each.word;
}

TEST(Readability, CountsEnglishSyllables) {
  const Word words[] = {{"the", 1},       {"breathe", 1}, {"breathing", 2}, {"temperature", 4},
                        {"little", 2},    {"worried", 2}, {"wanted", 2},    {"stopped", 1},
                        {"takes", 1},     {"changes", 2}, {"question", 2},  {"diarrhoea", 3},
                        {"hospital", 3},  {"doctor", 2},  {"you", 1},       {"feel", 1},
                        {"emergency", 4}, {"home", 1},    {"patient", 2},   {"39.5", 1}};
  for (const Word& each : words) EXPECT_EQ(syllables_en(each.word), each.syllables) << each.word;
}

TEST(Readability, CountsWordsAndSentencesAsReadersDo) {
  const TextCounts french =
      count_text("Bonjour, l’équipe appelle à 9.5 h ? Répondez : {link}", "fr");
  EXPECT_EQ(french.sentences, 2u);
  EXPECT_EQ(french.words, 7u);  // l’équipe is spoken as one word; the link is none
  const TextCounts english = count_text("Don't wait. Call 15!", "en");
  EXPECT_EQ(english.sentences, 2u);
  EXPECT_EQ(english.words, 4u);
  EXPECT_EQ(count_text("Guten Tag.", "de").words, 0u);
}

TEST(Readability, TheFormulasGiveTheirPublishedValues) {
  // 100 words, 5 sentences, 150 syllables.
  const TextCounts counts{5, 100, 150};
  EXPECT_NEAR(kandel_moles(counts), 207 - 1.015 * 20 - 73.6 * 1.5, 1e-9);
  EXPECT_NEAR(flesch_kincaid_grade(counts), 0.39 * 20 + 11.8 * 1.5 - 15.59, 1e-9);
}

TEST(Readability, PlainWordsAreEasierThanOfficialOnes) {
  const std::string plain = "Prenez votre température. Notez-la. Appelez si vous avez peur.";
  const std::string official =
      "Veuillez procéder quotidiennement à la détermination de votre température corporelle.";
  EXPECT_GT(kandel_moles(count_text(plain, "fr")), least_kandel_moles);
  EXPECT_LT(kandel_moles(count_text(official, "fr")), least_kandel_moles);
  EXPECT_LT(
      flesch_kincaid_grade(count_text("Take your temperature. Call us if you feel bad.", "en")),
      highest_grade);
  EXPECT_GT(flesch_kincaid_grade(count_text("Patients experiencing respiratory deterioration "
                                            "should immediately communicate with the "
                                            "multidisciplinary coordination organisation.",
                                            "en")),
            highest_grade);
}

}  // namespace
}  // namespace passerelle::pathway
