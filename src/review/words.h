// The words and numbers of reports in the languages of the pages. For review/ only.
#pragma once

#include <string>
#include <string_view>

#include "pathway/indicators.h"
#include "review/review.h"

namespace passerelle::review {

// One word or sentence of a report; CHECKs that the key stands in the table. A language that the
// table lacks reads English.
std::string_view word(std::string_view key, std::string_view language);

// "92.3 %", "12.4 min", "0.31"; "–" when there is nothing. French writes a decimal comma.
std::string show(double value, pathway::Unit unit, std::string_view language);
std::string show_number(double value, int significant, std::string_view language);
std::string show_count(uint64_t count, std::string_view language);
// Minutes as a person says them: "40 min", "5.2 h", "3.1 days".
std::string show_minutes(double minutes, std::string_view language);
std::string show_interval(double low, double high, pathway::Unit unit, std::string_view language);
std::string unit_words(pathway::Unit unit, std::string_view language);
std::string show_target(const pathway::Target& target, pathway::Unit unit,
                        std::string_view language);
std::string show_day(Instant at);  // 2020-03-26

}  // namespace passerelle::review
