// FHIRPath by its specification: what HL7's own suite (fhirpath_suite_test.cpp) does not say.
#include "fhir/fhirpath.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::fhir::path {
namespace {

using testing::HasSubstr;

constexpr std::string_view patient_text = R"({"resourceType":"Patient","id":"p","active":true,
  "name":[{"use":"official","family":"Petit","given":["Anne","Marie"]},{"given":["Annie"]}],
  "telecom":[{"system":"phone","value":"01"},{"system":"email","value":"a@x.fr"}],
  "birthDate":"1970-03-30","_birthDate":{"extension":[{"url":"urn:place","valueString":"Pau"}]},
  "multipleBirthInteger":2,"gender":"female",
  "contained":[{"resourceType":"Organization","id":"o","name":"Clinic"}],
  "managingOrganization":{"reference":"#o"}})";

json::Value patient() {
  static const Result<json::Document> document = json::Document::parse(patient_text);
  return document->root();
}

std::string shown(const Collection& items) {
  std::string out;
  for (const Item& item : items) out += (out.empty() ? "" : ", ") + to_text(item);
  return out;
}

// The items as text, or "error".
std::string value_of(std::string_view text) {
  const Result<Expression> expression = compile(text);
  if (!expression) return "error";
  Context context;
  context.now = Instant(Millis(1'585'212'300'000));  // 2020-03-26T08:45:00Z
  const Result<Collection> items = evaluate(*expression, patient(), context);
  return items ? shown(*items) : "error";
}

struct Case {
  std::string expression;
  std::string_view expected;
};
void expect_all(std::initializer_list<Case> cases) {
  for (const Case& one : cases) EXPECT_EQ(value_of(one.expression), one.expected) << one.expression;
}

TEST(FhirPath, WalksElementsChoicesAndExtensionsOfPrimitives) {
  expect_all({
      {"name.given", "Anne, Marie, Annie"},
      {"Patient.name[1].given", "Annie"},
      {"multipleBirth", "2"},
      {"multipleBirthInteger", ""},
      {"birthDate.extension('urn:place').value", "Pau"},
      {"name.where(use = 'official').given.last()", "Marie"},
      {"telecom.where($this.system = 'email').value", "a@x.fr"},
      {"managingOrganization.resolve().name", "Clinic"},
      {"contained.ofType(Organization).name", "Clinic"},
      {"name.given.select($index)", "0, 1, 2"},
      {"descendants().where($this is HumanName).count()", "2"},
  });
}

TEST(FhirPath, KnowsTypesOfBothModels) {
  expect_all({
      {"active.is(boolean)", "true"},
      {"active.is(Boolean)", "false"},
      {"active.is(System.Boolean)", "false"},
      {"Patient.is(System.Patient)", "false"},
      {"Patient is DomainResource", "true"},
      {"gender is string", "true"},
      {"gender is id", "false"},
      {"1.type().namespace & '.' & 1.type().name", "System.Integer"},
      {"active.type().name", "boolean"},
      {"Patient.gender.as(strin)", "error"},
      {"'a' as Integer", ""},
  });
}

TEST(FhirPath, ComparesAsPreciselyAsIsWritten) {
  expect_all({
      {"@2012-04-15 = @2012-04-15T10:00:00", ""},
      {"@2012-04-15 ~ @2012-04-15T10:00:00", "false"},
      {"@2012-04-15T15:30:31 = @2012-04-15T15:30:31.1", "false"},
      {"@2012-04-15T15:00:00Z = @2012-04-15T17:00:00+02:00", "true"},
      {"@2018-03 < @2018-03-01", ""},
      {"@2018-03 < @2018-04-01", "true"},
      {"@T10:30 < @T10:30:00", ""},
      {"1 = 1.0", "true"},
      {"1 = '1'", "false"},
      {"1 < 'a'", "error"},
      {"'abc' ~ 'ABC'", "true"},
      {"1.2 / 1.8 ~ 0.67", "true"},
      {"(1 | 2) = (2 | 1)", "false"},
      {"(1 | 2) ~ (2 | 1)", "true"},
      {"{} = 1", ""},
      {"{} ~ {}", "true"},
  });
}

TEST(FhirPath, ConvertsUnits) {
  expect_all({
      {"4.0000 'g' = 4000.0 'mg'", "true"},
      {"4 'g' ~ 4000 'mg'", "true"},
      // To the precision of the coarser one: 4 and 4.040.
      {"4 'g' ~ 4040 'mg'", "true"},
      {"4 'g' ~ 4600 'mg'", "false"},
      {"4 'g' != 4040 'mg'", "true"},
      {"7 days = 1 week", "true"},
      {"7 days = 1 'wk'", "true"},
      {"1 year = 1 'a'", ""},
      {"6 days < 1 week", "true"},
      {"1 'cm' = 1 's'", ""},
      {"2.0 'cm' * 2.0 'm' = 0.040 'm2'", "true"},
      {"4.0 'g' / 2.0 'm' = 2 'g/m'", "true"},
      {"1.0 'm' / 1.0 'm' = 1 '1'", "true"},
      {"120 'mm[Hg]' > 90 'mm[Hg]'", "true"},
      {"1 'm'.comparable(1 'cm')", "true"},
      {"1 'm'.comparable(1 's')", "false"},
  });
}

TEST(FhirPath, AddsToDates) {
  expect_all({
      {"@1973-12-25 + 7 days", "1974-01-01"},
      {"@2016-02-28 + 1 month", "2016-03-28"},
      {"@2020-01-31 + 1 month", "2020-02-29"},
      {"@2020-02-29 - 1 year", "2019-02-28"},
      {"@2016 + 1 month", "2016"},
      {"@2016 + 12 months", "2017"},
      {"@T23:30 + 45 minutes", "00:15"},
      {"@2020-03-26T08:45:00Z + 1.5 hours", "2020-03-26T09:45:00Z"},
      {"@2020-03-26 + 1 'mg'", "error"},
      {"@2020-03-26 + 7", "error"},
      {"now()", "2020-03-26T08:45:00.000Z"},
      {"today() > birthDate", "true"},
  });
}

TEST(FhirPath, CalculatesInDecimals) {
  expect_all({
      {"0.1 + 0.2", "0.3"},
      {"1.10 + 1", "2.10"},
      {"7 / 2", "3.5"},
      {"1 / 0", ""},
      {"5 div 2", "2"},
      {"2.2 mod 1.8", "0.4"},
      {"(1.2 / 1.8).round(2)", "0.67"},
      {"-5.5.abs()", "-5.5"},
      {"(-5.5).abs()", "5.5"},
      {"(-1.5).ceiling() | (-1.5).floor() | (-1.5).truncate()", "-1, -2"},
      {"81.sqrt() = 9", "true"},
      {"(-1).sqrt()", ""},
      {"2.power(3)", "8"},
      {"16.log(2) = 4", "true"},
      {"9223372036854775807 + 1", ""},
      {"'a' - 'b'", "error"},
      {"1.58700.precision()", "5"},
  });
}

TEST(FhirPath, HandlesTexts) {
  expect_all({
      {"'12345'.substring(2, 2)", "34"},
      {"'12345'.substring(-1)", ""},
      {"'\\u00e9t\\u00e9'.length()", "3"},
      {"'\\u00e9t\\u00e9'.upper() = '\\u00c9T\\u00c9'", "true"},
      {"'abc'.replace('', 'x')", "xaxbxcx"},
      {"'abc'.indexOf('c')", "2"},
      {"'A\\n\\tB'.matches('A.*B')", "true"},
      {"'http://x'.matches('^x')", "false"},
      {"'abc'.matchesFull('b')", "false"},
      {"'a,b'.split(',')", "a, b"},
      {"name.given.join('-')", "Anne-Marie-Annie"},
      {"'a' & {} & 'b'", "ab"},
      {"'a' + {}", ""},
      {"'test'.encode('base64')", "dGVzdA=="},
      {"'<a>'.escape('html')", "&lt;a&gt;"},
      // The specification's own example of named groups.
      {"'11/30/1972'.replaceMatches('\\\\b(?<month>\\\\d{1,2})/(?<day>\\\\d{1,2})/"
       "(?<year>\\\\d{2,4})\\\\b', '${day}-${month}-${year}')",
       "30-11-1972"},
      {"'abc'.replaceMatches('', 'x')", "abc"},
      {"'abc'.matches('(')", "error"},
  });
}

TEST(FhirPath, HandlesLogicWithThreeValues) {
  expect_all({
      {"true and {}", ""},
      {"false and {}", "false"},
      {"true or {}", "true"},
      {"false or {}", ""},
      {"{} implies true", "true"},
      {"false implies {}", "true"},
      {"true xor true", "false"},
      {"(0).not()", "false"},
      {"{}.not()", ""},
      {"(true | false) and true", "error"},
      {"iif(true, 1, 1 / 'a')", "1"},
      {"iif({}, 1, 2)", "2"},
      {"1 > 2 is Boolean", "error"},
      {"1 in (1 | 2)", "true"},
      {"{} in (1 | 2)", ""},
      {"(1 | 2) contains 3", "false"},
  });
}

TEST(FhirPath, Aggregates) {
  expect_all({
      {"(1 | 2 | 3).aggregate($this + $total, 0)", "6"},
      {"(3 | 1 | 2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))",
       "1"},
      {"(3 | 1 | 2).sort()", "1, 2, 3"},
      {"name.given.distinct().count()", "3"},
      {"(1 | 2 | 3).tail().take(1)", "2"},
      {"(1 | 2).single()", "error"},
      {"(1 | 2 | 3).exclude(2)", "1, 3"},
      {"(1 | 2 | 3).intersect(2 | 9)", "2"},
      {"(1 | 1).count()", "1"},
      {"1.combine(1).count()", "2"},
      {"defineVariable('n', name.count()).select(%n + 1)", "3"},
  });
}

TEST(FhirPath, Converts) {
  expect_all({
      {"'0.0'.toInteger()", ""},
      {"'-1'.toInteger()", "-1"},
      {"'t'.toBoolean()", "true"},
      {"1.10.toString()", "1.10"},
      {"'2015-02-30'.convertsToDate()", "false"},
      {"'2015-02'.toDate()", "2015-02"},
      {"'4 days'.toQuantity()", "4 days"},
      {"'1 \\'mg\\''.toQuantity() = 0.001 'g'", "true"},
      {"@2014-01-01T08.lowBoundary(17)", "2014-01-01T08:00:00.000+14:00"},
      {"1.587.lowBoundary()", "1.58650000"},
      {"@2014.highBoundary(6)", "2014-12"},
  });
}

TEST(FhirPath, SaysWhereAnExpressionIsWrong) {
  const auto fault = [](std::string_view text, std::string_view type) {
    const Result<Expression> expression = compile(text, type);
    return expression ? std::string("fine") : to_text(expression.error());
  };
  EXPECT_THAT(fault("name.givn", "Patient"),
              HasSubstr("1:6: 'givn' is not an element of HumanName"));
  EXPECT_THAT(fault("name.givn", "Patient"), HasSubstr("'given'"));
  EXPECT_EQ(fault("name.givn", ""), "fine");
  EXPECT_THAT(fault("Encounter.status", "Patient"), HasSubstr("not evaluated on a Encounter"));
  EXPECT_THAT(fault("(value as Period).unit", "Observation"), HasSubstr("unit"));
  EXPECT_THAT(fault("valueQuantity.unit", "Observation"), HasSubstr("valueQuantity"));
  EXPECT_THAT(fault("children().first()", "Patient"), HasSubstr("order"));
  EXPECT_EQ(fault("children().where($this is HumanName).count()", "Patient"), "fine");
  EXPECT_EQ(fault("contained.name", "Patient"), "fine");
  EXPECT_THAT(fault("name.\n  frist()", ""), HasSubstr("2:3: there is no function 'frist'"));
  EXPECT_THAT(fault("name.frist()", ""), HasSubstr("'first'"));
  EXPECT_THAT(fault("1 + ", ""), HasSubstr("the end"));
  EXPECT_THAT(fault("first(1)", ""), HasSubstr("takes no arguments"));
  EXPECT_THAT(fault(std::string(2000, '('), ""), HasSubstr("nested too deeply"));
}

TEST(FhirPath, StopsWhatRunsForEver) {
  const Result<Expression> expression =
      compile("(1 | 2 | 3 | 4).select((1 | 2 | 3 | 4).select((1 | 2 | 3 | 4).select($this)))");
  ASSERT_TRUE(expression.ok());
  Context context;
  context.max_steps = 100;
  const Result<Collection> items = evaluate(*expression, patient(), context);
  ASSERT_FALSE(items.ok());
  EXPECT_EQ(items.error().code, ErrorCode::too_large);
}

TEST(FhirPath, StopsWhatGrowsWithoutEnd) {
  const std::string many = "(0|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25)";
  const std::string text = ".aggregate($total & $total, 'abcdefgh')";
  expect_all({
      {many + text, "error"},
      {many + ".aggregate($total.combine($total), 1).count()", "error"},
      {many + ".take(15)" + text + ".replace('', " + many + ".take(15)" + text + ")", "error"},
      {many + ".take(15)" + text + ".replaceMatches('.', " + many + ".take(15)" + text + ")",
       "error"},
  });
  std::string chain = "name";
  for (int i = 0; i < 100'000; ++i) chain += ".given";
  EXPECT_EQ(value_of(chain), "error");
  std::string sum = "1";
  for (int i = 0; i < 300; ++i) sum += "+1";
  EXPECT_EQ(value_of(sum), "301");
}

TEST(FhirPath, TakesVariablesResolversAndTraces) {
  const Result<Expression> expression =
      compile("managingOrganization.trace('org').reference | %site.id");
  ASSERT_TRUE(expression.ok());
  const Result<json::Document> site =
      json::Document::parse(R"({"resourceType":"Organization","id":"site"})");
  const Result<Expression> whole = compile("$this");
  Context context;
  context.variables.emplace_back("site", *evaluate(*whole, site->root()));
  std::string traced;
  context.trace = [&](std::string_view name, const Collection& items) {
    traced = std::string(name) + " " + std::to_string(items.size());
  };
  const Result<Collection> items = evaluate(*expression, patient(), context);
  ASSERT_TRUE(items.ok()) << to_text(items.error());
  EXPECT_EQ(shown(*items), "#o, site");
  EXPECT_EQ(traced, "org 1");
}

TEST(FhirPath, HoldsAsACondition) {
  EXPECT_TRUE(*holds(*compile("active"), patient()));
  EXPECT_TRUE(*holds(*compile("gender"), patient()));
  EXPECT_FALSE(*holds(*compile("photo"), patient()));
  EXPECT_FALSE(holds(*compile("name"), patient()).ok());
}

}  // namespace
}  // namespace passerelle::fhir::path
