#include "pathway/holidays.h"

#include <gtest/gtest.h>

namespace passerelle::pathway {
namespace {

LocalDay on(int year, unsigned month, unsigned day) {
  return LocalDay(std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month),
                                              std::chrono::day(day)));
}

int count(const Holidays& holidays, int year) {
  int out = 0;
  for (LocalDay day = on(year, 1, 1); day < on(year + 1, 1, 1); day += std::chrono::days(1))
    out += holidays.contains(day) ? 1 : 0;
  return out;
}

// Known dates, the earliest and the latest that there can be among them.
TEST(Holidays, FindEaster) {
  EXPECT_EQ(easter_sunday(2020), on(2020, 4, 12));
  EXPECT_EQ(easter_sunday(2024), on(2024, 3, 31));
  EXPECT_EQ(easter_sunday(2025), on(2025, 4, 20));
  EXPECT_EQ(easter_sunday(1818), on(1818, 3, 22));
  EXPECT_EQ(easter_sunday(2038), on(2038, 4, 25));
  EXPECT_EQ(easter_sunday(2000), on(2000, 4, 23));
}

TEST(Holidays, FranceHasElevenAndAlsaceThirteen) {
  Holidays france;
  france.calendar = Holidays::Calendar::france;
  Holidays alsace;
  alsace.calendar = Holidays::Calendar::alsace_moselle;
  EXPECT_EQ(count(france, 2025), 11);
  EXPECT_EQ(count(alsace, 2025), 13);
  EXPECT_EQ(count({}, 2025), 0);
  EXPECT_TRUE(france.contains(on(2025, 4, 21)));   // Easter Monday
  EXPECT_TRUE(france.contains(on(2025, 5, 29)));   // Ascension
  EXPECT_TRUE(france.contains(on(2025, 6, 9)));    // Whit Monday
  EXPECT_FALSE(france.contains(on(2025, 4, 18)));  // Good Friday
  EXPECT_TRUE(alsace.contains(on(2025, 4, 18)));
  EXPECT_TRUE(alsace.contains(on(2025, 12, 26)));
  // In 2008 Ascension fell on the first of May.
  EXPECT_EQ(count(france, 2008), 10);
}

TEST(Holidays, ATeamAddsAndTakesAway) {
  Holidays holidays;
  holidays.calendar = Holidays::Calendar::france;
  holidays.also = {on(2025, 12, 24)};
  holidays.except = {on(2025, 6, 9)};  // the day of solidarity is worked
  EXPECT_TRUE(holidays.contains(on(2025, 12, 24)));
  EXPECT_FALSE(holidays.contains(on(2025, 6, 9)));
  EXPECT_EQ(count(holidays, 2025), 11);
}

}  // namespace
}  // namespace passerelle::pathway
