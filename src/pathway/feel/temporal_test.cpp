// Dates, times and durations: what is read, what is computed, what is refused.
#include "pathway/feel/temporal.h"

#include <gtest/gtest.h>

#include "pathway/feel/testing.h"

namespace passerelle::feel {
namespace {

TEST(Dates, AreCheckedAgainstTheCalendar) {
  check({{"date(\"2020-02-29\")", "2020-02-29"},
         {"date(\"2019-02-29\")", "null"},
         {"date(2020, 2, 30)", "null"},
         {"date(\"-0044-03-15\").year", "-44"},
         {"date(\"999999999-12-31\")", "999999999-12-31"},
         {"date(\"2020-1-1\")", "null"},
         {"@\"2020-03-01\" - @\"2020-02-28\"", "P2D"},
         {"@\"2020-01-31\" + @\"P1M\"", "2020-02-29"},
         {"@\"2020-03-31\" - @\"P1M\"", "2020-02-29"},
         {"@\"2020-11-25\".weekday", "3"},
         {"day of week(@\"2019-09-17\")", "Tuesday"},
         {"week of year(@\"2021-01-03\")", "53"},
         {"day of year(@\"2020-12-31\")", "366"}});
}

TEST(Times, WrapAroundMidnightAndKeepTheirZone) {
  check({{"time(\"23:00:00\") + @\"PT2H\"", "01:00:00"},
         {"time(\"10:00:00+01:00\") = time(\"09:00:00Z\")", "true"},
         {"time(\"10:00:00\") < time(\"10:00:00Z\")", "null"},
         {"time(\"25:00:00\")", "null"},
         {"time(\"12:00:07.5\").second", "7.5"},
         {"time(10, 20, 30.5, @\"PT1H\")", "10:20:30.5+01:00"}});
}

TEST(DateTimes, KnowZonesByTheirNames) {
  check({{"@\"2020-06-01T12:00:00@Europe/Paris\" = @\"2020-06-01T10:00:00Z\"", "true"},
         {"@\"2020-06-01T12:00:00@Europe/Paris\".time offset", "PT2H"},
         {"@\"2020-01-01T12:00:00@Europe/Paris\".time offset", "PT1H"},
         {"@\"2020-06-01T12:00:00@Asia/Tokyo\".timezone", "Asia/Tokyo"},
         {"@\"2020-06-01T12:00:00@Nowhere/Else\"", "null"},
         {"is(@\"2020-06-01T12:00:00@Europe/Paris\", @\"2020-06-01T10:00:00Z\")", "false"},
         {"@\"2020-03-28T12:00:00\" + @\"P1D\"", "2020-03-29T12:00:00"},
         {"@\"2020-01-01T00:00:00Z\" - @\"2019-12-31T22:00:00Z\"", "PT2H"},
         {"date and time(\"2020-01-01T24:00:00\")", "2020-01-02T00:00:00"}});
}

TEST(Durations, OfBothKindsDoNotMix) {
  check({{"@\"P1Y\" = @\"P12M\"", "true"},
         {"@\"P1D\" + @\"P1M\"", "null"},
         {"@\"PT36H\"", "P1DT12H"},
         {"@\"P1Y2M3D\"", "null"},
         {"@\"P1D\" * 1.5", "P1DT12H"},
         {"@\"P1Y\" / @\"P1M\"", "12"},
         {"@\"P1D\" / 0", "null"},
         {"-@\"PT1H\"", "-PT1H"},
         {"abs(@\"-P2M\")", "P2M"},
         {"years and months duration(@\"2011-12-22\", @\"2013-08-24\")", "P1Y8M"}});
}

TEST(Now, IsWhatTheEvaluationSays) {
  const auto paris = Zone::find("Europe/Paris");
  ASSERT_TRUE(paris.ok());
  Evaluation evaluation;
  evaluation.now = *parse_instant("2020-03-26T23:30:00Z");
  const auto today = compile("today()", Names());
  EXPECT_EQ(to_text(today->evaluate({}, evaluation)), "2020-03-26");
  evaluation.zone = &*paris;
  EXPECT_EQ(to_text(today->evaluate({}, evaluation)), "2020-03-27") << "it is past midnight there";
}

}  // namespace
}  // namespace passerelle::feel
