// What a search may say, and what is answered to what it may not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/search/query.h"
#include "store/search/tree.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Query> parse(const std::string& type, const std::string& query, bool lenient = false) {
  return parse_query(fhir_catalogue(), type, parameters_of(query), lenient);
}

std::string refusal(const std::string& type, const std::string& query) {
  const auto parsed = parse(type, query);
  return parsed ? "accepted" : to_text(parsed.error());
}

TEST(ParseQuery, RefusesWhatIsMisspeltWithAHint) {
  const auto parsed = parse("Patient", "famly=x");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
  EXPECT_EQ(parsed.error().where, "famly");
  EXPECT_THAT(parsed.error().help, HasSubstr("'family'"));
  EXPECT_THAT(refusal("Patient", "_lastupdated=2020"), HasSubstr("'_lastUpdated'"));
  EXPECT_THAT(refusal("Patient", "qwertyuiop=1"), HasSubstr("CapabilityStatement"));
  EXPECT_THAT(refusal("Observation", "subject:Patient.famly=x"), HasSubstr("'family'"));
  EXPECT_THAT(refusal("Patient", "_has:Observation:patient:cod=x"), HasSubstr("'code'"));
  EXPECT_THAT(refusal("Patient", "_sort=famly"), HasSubstr("'family'"));
  EXPECT_THAT(refusal("Patient", "_includes=Patient:link"), HasSubstr("'_include'"));
  EXPECT_THAT(refusal("Patiemt", ""), HasSubstr("not a resource type"));
  EXPECT_THAT(refusal("", "_type=Patiemt"), HasSubstr("not a resource type"));
}

TEST(ParseQuery, NamesWhatItPassesOverWhenLenient) {
  const auto parsed = parse("Patient", "famly=x&family=y&gender:weird=z&_elements=id", true);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->ignored(), ElementsAre("famly", "gender:weird", "_elements"));
  EXPECT_THAT(parsed->applied(), ElementsAre(std::pair<std::string, std::string>("family", "y")));
  EXPECT_FALSE(parse("Patient", "birthdate=tomorrow", true).ok())
      << "a known parameter with a wrong value is an error in any case";
  EXPECT_FALSE(parse("Observation", "subject.birthdate=tomorrow", true).ok());
  EXPECT_TRUE(parse("Observation", "subject.nonsense=x", true).ok());
}

TEST(ParseQuery, RefusesWrongValues) {
  for (const char* date : {"2020-13", "2020-02-30", "20-01-01", "2020-1-1", "2020-01-01T25:00",
                           "2020-01-01T10:00:00+25:00", "xx2020", "", "2020-", "ge"})
    EXPECT_NE(refusal("Patient", std::string("birthdate=") + date), "accepted") << date;
  for (const char* number : {"", "abc", "1.2.3", "1e", "--1", "1e99999", "ge", "0x10", "nan"})
    EXPECT_NE(refusal("RiskAssessment", std::string("probability=") + number), "accepted")
        << number;
  for (const char* code : {"", "|", "a|b|c", "a,,b"})
    EXPECT_NE(refusal("Observation", std::string("code=") + code), "accepted") << code;
  for (const char* query : {"value-quantity=5|kg",
                            "code-value-quantity=a",
                            "code-value-quantity=a$1$2",
                            "birthdate:missing=maybe",
                            "_count=many",
                            "_count=-1",
                            "_count=5x",
                            "_total=yes",
                            "_id=",
                            "_id:not=a",
                            "family:not=x",
                            "gender:exact=male",
                            "subject:Patient=Device/1",
                            "subject=a/b/c",
                            "subject:Patent=1",
                            "code.family=x",
                            "subject:Device.family=x",
                            "subject:Nothing.family=x",
                            "_has:Observation=x",
                            "_has:Observation:code:code=x",
                            "_include=Observation",
                            "_include=Nothing:subject",
                            "_include=Observation:code",
                            "_include:weird=Observation:subject",
                            "_revinclude=*",
                            "_type=Patient",
                            "_text=(",
                            "_filter=x",
                            "_sort=",
                            "_sort=code-value-quantity"})
    EXPECT_NE(refusal("Observation", query), "accepted") << query;
  EXPECT_THAT(refusal("", "_type=Patient&_type=Group"), HasSubstr("twice"));
  EXPECT_THAT(refusal("", "code=x"), HasSubstr("all types together"));
  EXPECT_EQ(refusal("Patient", "_type=Patient"), "accepted");
}

TEST(ParseQuery, SaysWhichParameterIsWrong) {
  EXPECT_EQ(parse("Observation", "code=x&date=wrong").error().where, "date");
}

TEST(ParseQuery, BoundsWhatOneSearchMayAsk) {
  std::string many = "code=a";
  for (int i = 0; i < 2000; ++i) many += ",a";
  EXPECT_EQ(parse("Observation", many).error().code, ErrorCode::too_large);
  std::string parameters;
  for (int i = 0; i < 300; ++i) parameters += "code=a&";
  EXPECT_EQ(parse("Observation", parameters).error().code, ErrorCode::too_large);
  std::string chain = "code=a";
  for (int i = 0; i < 10; ++i) chain = "derived-from:Observation." + chain;
  EXPECT_EQ(parse("Observation", chain).error().code, ErrorCode::too_large);
  EXPECT_FALSE(parse("Provenance", "target.target.target.target.target.target.recorded=2020").ok())
      << "every step of such a chain goes to every type";
}

TEST(ParseQuery, KeepsWhatTheDigitsOfADateMean) {
  const auto parsed = parse("Patient", "birthdate=2019-02");
  ASSERT_TRUE(parsed.ok());
  const Operand& operand = parsed->tree().conditions[0].any[0];
  EXPECT_EQ(format_instant(Instant(Millis(operand.first))), "2019-02-01T00:00:00.000Z");
  EXPECT_EQ(format_instant(Instant(Millis(operand.last))), "2019-02-28T23:59:59.999Z");
}

TEST(ParseQuery, BoundsNumbersByHalfTheLastDigitExactly) {
  struct Row {
    const char* text;
    double low, high;
  };
  for (const Row& row : {Row{"5.4", 5.35, 5.45}, Row{"100", 99.5, 100.5}, Row{"0", -0.5, 0.5},
                         Row{"-0.80", -0.805, -0.795}, Row{"1e2", 95, 105}, Row{"0.1", 0.05, 0.15},
                         Row{"10", 9.5, 10.5}, Row{"1.00e-1", 0.0995, 0.1005}}) {
    const auto parsed = parse("RiskAssessment", std::string("probability=") + row.text);
    ASSERT_TRUE(parsed.ok()) << row.text;
    const Operand& operand = parsed->tree().conditions[0].any[0];
    EXPECT_EQ(operand.low, row.low) << row.text;
    EXPECT_EQ(operand.high, row.high) << row.text;
  }
}

TEST(ParseQuery, CountIsBoundedAndZeroAsksForTheTotal) {
  EXPECT_EQ(parse("Patient", "_count=7")->count(), 7u);
  EXPECT_EQ(parse("Patient", "_count=100000")->count(), 1000u);
  EXPECT_EQ(parse("Patient", "")->count(), 50u);
  EXPECT_TRUE(parse("Patient", "_count=0")->tree().total);
}

}  // namespace
}  // namespace passerelle::store
