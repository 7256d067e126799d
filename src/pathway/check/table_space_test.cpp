#include "pathway/check/table_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::pathway {
namespace {

std::optional<feel::Value> constant(std::string_view text) {
  if (text == "fever threshold") return feel::Value::integer(39);
  if (text.size() > 1 && text.front() == '"')
    return feel::Value::string(text.substr(1, text.size() - 2));
  if (text == "true" || text == "false") return feel::Value::boolean(text == "true");
  return feel::Value::number(text);
}

// The pieces of a column that no cell covers, in words.
std::vector<std::string> gaps(const std::vector<std::string>& cells,
                              std::string_view allowed = {}) {
  std::vector<ParsedTests> tests;
  for (const std::string& cell : cells) {
    auto parsed = parse_tests(cell, constant);
    EXPECT_TRUE(parsed.has_value()) << cell;
    if (parsed) tests.push_back(*parsed);
  }
  std::vector<const ParsedTests*> column;
  for (const ParsedTests& each : tests) column.push_back(&each);
  const auto restricted = allowed.empty() ? std::nullopt : parse_tests(allowed, constant);
  std::vector<std::string> out;
  for (const Piece& piece : pieces_of(column, restricted ? &*restricted : nullptr)) {
    bool covered = false;
    for (const ParsedTests& each : tests) covered = covered || matches(each, piece);
    if (!covered) out.push_back(to_text(piece));
  }
  return out;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TableSpace, IntervalsThatMeetLeaveNoGap) {
  EXPECT_THAT(gaps({"null", "< 35", "[35..fever threshold)", ">= fever threshold"}), IsEmpty());
}

TEST(TableSpace, OpenEndsLeaveTheirValueOut) {
  EXPECT_THAT(gaps({"null", "< 35", "(35..39)", ">= 39"}), ElementsAre("35"));
  EXPECT_THAT(gaps({"null", "<= 35", "[39..40]"}), ElementsAre("between 35 and 39", "above 40"));
}

TEST(TableSpace, AMissingAnswerIsAGapUnlessItCannotBe) {
  EXPECT_THAT(gaps({"< 35", ">= 35"}), ElementsAre("not answered (null)"));
  EXPECT_THAT(gaps({"true", "false"}, "true, false"), IsEmpty());
}

TEST(TableSpace, ListsOfValuesAreCompleteOnlyWithTheValuesTheyMayTake) {
  EXPECT_THAT(gaps({"\"web\"", "\"phone\", null"}), ElementsAre("any other value"));
  EXPECT_THAT(gaps({"\"web\""}, "\"web\", \"phone\""), ElementsAre("phone"));
  EXPECT_THAT(gaps({">= 3", "2", "null, 0"}, "null, 0, 1, 2, 3, 4"), ElementsAre("1"));
}

TEST(TableSpace, NotIsTheRest) {
  EXPECT_THAT(gaps({"not(2, 3)", "2"}), ElementsAre("3"));
  EXPECT_THAT(gaps({"not(null)"}), ElementsAre("not answered (null)"));
}

TEST(TableSpace, WhatIsMoreThanValuesAndIntervalsIsNotDecided) {
  const auto unknown = [](std::string_view) -> std::optional<feel::Value> { return std::nullopt; };
  EXPECT_FALSE(parse_tests("some function(?)", unknown).has_value());
  EXPECT_FALSE(parse_tests("> other column", unknown).has_value());
}

}  // namespace
}  // namespace passerelle::pathway
