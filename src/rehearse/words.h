// The words of the rehearsal's reports, in both languages. For rehearse/ only; numbers and what
// indicators need stand in review/words.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pathway/form.h"
#include "pathway/indicators.h"

namespace passerelle::rehearse {

struct AdoptionResult;
struct Estimate;

// CHECKs that the key stands in the table. A language that the table lacks reads English.
std::string_view word(std::string_view key, std::string_view language);
pathway::Texts in_both_languages(std::string_view key);
// Of a package: the language, else English, else any, else `otherwise`.
std::string text_of(const pathway::Texts& texts, std::string_view language,
                    std::string_view otherwise);

struct Words {
  std::string_view key, en, fr;
};
// Tables of their own, by what they are for: all are looked through by word().
std::span<const Words> words_of_search();
std::span<const Words> words_of_report();

// Whose work goes over to a new way, and which: "Nurse: call, note".
std::string adopted_by(const AdoptionResult& adoption, std::string_view language);

// "97.7 – 100 %": Student's t knows no limits, what cannot be is not shown. "–": there is none.
std::string show_interval(const Estimate& estimate, pathway::Unit unit, std::string_view language);

// "1 day", "14 days"; "1 replication", "10 replications".
std::string show_days(int days, std::string_view language);
std::string show_replications(int replications, std::string_view language);

// A number in a unit as pathway::to_text(Unit) writes it.
std::string show_in(double value, std::string_view unit, std::string_view language);
// A difference: of shares in points, since 10 % more of 30 % could be 33 %.
std::string show_apart(double value, std::string_view unit, std::string_view language);
// "+14.3 points".
std::string show_difference(double value, std::string_view unit, std::string_view language);

}  // namespace passerelle::rehearse
