#include "fhir/search_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "fhir/fhirpath.h"
#include "fhir/search_program.h"
#include "fhir/test_files.h"

namespace passerelle::fhir {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// "system|text" of the values under an index name, with the tuple of a component ("#1").
std::vector<std::string> values_of(std::string_view resource, std::string_view name,
                                   const ExtractOptions& options = {}) {
  const Result<json::Document> document = json::Document::parse(resource);
  EXPECT_TRUE(document.ok()) << resource;
  std::vector<std::string> found;
  const SearchValues values = extract(document->root(), options);
  for (const SearchValue& value : values.values) {
    if (index_name(value) != name) continue;
    std::string text = value.system.empty() ? "" : std::string(value.system) + "|";
    text += value.text;
    if (value.tuple != 0) text += "#" + std::to_string(value.tuple);
    found.push_back(std::move(text));
  }
  return found;
}

std::vector<SearchValue> ranges_of(std::string_view resource, std::string_view name) {
  static std::deque<json::Document> kept;  // what the values point into
  static std::deque<SearchValues> extracted;
  kept.push_back(std::move(*json::Document::parse(resource)));
  extracted.push_back(extract(kept.back().root()));
  std::vector<SearchValue> found;
  for (const SearchValue& value : extracted.back().values) {
    if (index_name(value) == name) found.push_back(value);
  }
  return found;
}

constexpr std::string_view patient = R"({"resourceType":"Patient","id":"p1",
  "meta":{"lastUpdated":"2020-03-26T08:45:00Z","tag":[{"system":"urn:t","code":"x"}]},
  "identifier":[{"system":"urn:ins","value":"123","type":{"text":"INS number"}}],
  "active":true,"name":[{"family":"Dupré","given":["Anne","Marie"],"prefix":["Dr"]}],
  "telecom":[{"system":"phone","value":"0102"},{"system":"email","value":"a@x.fr"}],
  "gender":"female","birthDate":"1950-02",
  "address":[{"line":["1 rue X"],"city":"Lyon","postalCode":"69001","country":"FR"}],
  "generalPractitioner":[{"reference":"Practitioner/g1/_history/2"},
    {"reference":"https://here.org/fhir/Organization/o1"},
    {"reference":"https://there.org/fhir/Practitioner/g9"},
    {"identifier":{"system":"urn:rpps","value":"77"},"type":"Practitioner"}]})";

TEST(SearchValues, FindsIdentifiersByTheirTypes) {
  EXPECT_THAT(values_of(R"({"resourceType":"Patient","identifier":[{"value":"1","type":{"coding":[)"
                        R"({"system":"urn:t","code":"MR"},{"code":"X"}]}},{"value":"2"}]})",
                        "identifier:of-type"),
              ElementsAre("urn:t|MR|1", "|X|1"));
}

TEST(SearchValues, FindsAPatientByWhatItHolds) {
  const ExtractOptions here{.base_url = "https://here.org/fhir"};
  EXPECT_THAT(values_of(patient, "_id"), ElementsAre("p1"));
  EXPECT_THAT(values_of(patient, "_tag"), ElementsAre("urn:t|x"));
  EXPECT_THAT(values_of(patient, "identifier"), ElementsAre("urn:ins|123"));
  EXPECT_THAT(values_of(patient, "identifier:text"), ElementsAre("INS number"));
  EXPECT_THAT(values_of(patient, "active"), ElementsAre("true"));
  EXPECT_THAT(values_of(patient, "family"), ElementsAre("Dupré"));
  EXPECT_THAT(values_of(patient, "name"), UnorderedElementsAre("Dupré", "Anne", "Marie", "Dr"));
  EXPECT_THAT(values_of(patient, "phone"), ElementsAre("0102"));
  EXPECT_THAT(values_of(patient, "telecom"), ElementsAre("0102", "a@x.fr"));
  EXPECT_THAT(values_of(patient, "gender"),
              ElementsAre("http://hl7.org/fhir/administrative-gender|female"));
  EXPECT_THAT(values_of(patient, "address"),
              UnorderedElementsAre("1 rue X", "Lyon", "69001", "FR"));
  EXPECT_THAT(values_of(patient, "address-city"), ElementsAre("Lyon"));
  EXPECT_THAT(
      values_of(patient, "general-practitioner", here),
      ElementsAre("Practitioner|g1", "Organization|o1", "https://there.org/fhir/Practitioner/g9"));
  EXPECT_THAT(values_of(patient, "general-practitioner:identifier"), ElementsAre("urn:rpps|77"));
  EXPECT_THAT(values_of(patient, "death-date"), IsEmpty());
}

TEST(SearchValues, SaysWhetherAPatientIsDead) {
  const auto deceased = [](std::string_view member) {
    return values_of(R"({"resourceType":"Patient")" + std::string(member) + "}", "deceased");
  };
  EXPECT_THAT(deceased(""), ElementsAre("false"));
  EXPECT_THAT(deceased(R"(,"deceasedBoolean":false)"), ElementsAre("false"));
  EXPECT_THAT(deceased(R"(,"deceasedBoolean":true)"), ElementsAre("true"));
  EXPECT_THAT(deceased(R"(,"deceasedDateTime":"2020-04-01")"), ElementsAre("true"));
}

constexpr std::string_view observation = R"({"resourceType":"Observation","status":"final",
  "code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Pressure"},
                    {"system":"urn:own","code":"BP"}],"text":"Blood pressure"},
  "subject":{"reference":"Patient/p1"},"effectivePeriod":{"start":"2020-03-26"},
  "component":[
    {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
     "valueQuantity":{"value":107.50,"unit":"mmHg","system":"http://unitsofmeasure.org",
                      "code":"mm[Hg]"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
     "valueQuantity":{"value":60,"comparator":">","unit":"mmHg"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"x"}]},"valueBoolean":true}]})";

TEST(SearchValues, KeepsTheComponentsOfACompositeTogether) {
  // Two tuples of each of the two composites that look at components.
  EXPECT_THAT(values_of(observation, "component-code-value-quantity$1"),
              ElementsAre("http://loinc.org|8480-6#2", "http://loinc.org|8462-4#4"));
  EXPECT_THAT(values_of(observation, "component-code-value-quantity$2"),
              ElementsAre("http://unitsofmeasure.org|mm[Hg]#2", "mmHg#4"));
  EXPECT_THAT(values_of(observation, "code-value-quantity$1"), IsEmpty());
  EXPECT_EQ(values_of(observation, "combo-code-value-quantity$1").size(), 2u);
}

TEST(SearchValues, FindsAnObservationByCodesSubjectAndDates) {
  EXPECT_THAT(values_of(observation, "code"),
              ElementsAre("http://loinc.org|85354-9", "urn:own|BP"));
  EXPECT_THAT(values_of(observation, "code:text"), ElementsAre("Pressure", "Blood pressure"));
  EXPECT_THAT(values_of(observation, "subject"), ElementsAre("Patient|p1"));
  EXPECT_THAT(values_of(observation, "patient"), ElementsAre("Patient|p1"));
  EXPECT_EQ(values_of(observation, "combo-code").size(), 5u);
  const auto dates = ranges_of(observation, "date");
  ASSERT_EQ(dates.size(), 1u);
  EXPECT_EQ(dates[0].date.first, 1'585'180'800'000);
  EXPECT_EQ(dates[0].date.last, DateRange::open_last);
  const auto quantities = ranges_of(observation, "component-value-quantity");
  ASSERT_EQ(quantities.size(), 2u);
  EXPECT_EQ(quantities[0].written, "107.50");
  EXPECT_EQ(quantities[0].number, (NumberRange{107.5, 107.5}));
  EXPECT_EQ(quantities[1].number.low, 60);
  EXPECT_EQ(quantities[1].number.high, std::numeric_limits<double>::infinity());
}

TEST(SearchValues, FollowsWhereAndIndexInTheExpressions) {
  const std::string_view group =
      R"({"resourceType":"Observation","subject":{"reference":"Group/g"}})";
  EXPECT_THAT(values_of(group, "subject"), ElementsAre("Group|g"));
  EXPECT_THAT(values_of(group, "patient"), IsEmpty());
  const std::string_view bundle = R"({"resourceType":"Bundle","type":"document","entry":[
    {"resource":{"resourceType":"Composition","id":"c"}},
    {"resource":{"resourceType":"Patient","id":"p"}}]})";
  EXPECT_THAT(values_of(bundle, "composition"), ElementsAre("Composition|c"));
  const std::string_view library = R"({"resourceType":"Library","relatedArtifact":[
    {"type":"depends-on","resource":"http://x.org/A|2"},
    {"type":"successor","resource":"http://x.org/B"}]})";
  EXPECT_THAT(values_of(library, "depends-on"), ElementsAre("http://x.org/A|2", "http://x.org/A"));
}

TEST(SearchValues, TakesRangesMoneySamplesPositionsAndTimings) {
  const auto age = ranges_of(
      R"({"resourceType":"Condition","onsetRange":{"low":{"value":40,"code":"a"},
          "high":{"value":45}}})",
      "onset-age");
  ASSERT_EQ(age.size(), 1u);
  EXPECT_EQ(age[0].number, (NumberRange{40, 45}));
  EXPECT_EQ(age[0].text, "a");
  const auto money = ranges_of(
      R"({"resourceType":"Invoice","totalGross":{"value":12.50,"currency":"EUR"}})", "totalgross");
  ASSERT_EQ(money.size(), 1u);
  EXPECT_EQ(money[0].text, "EUR");
  const auto samples = ranges_of(
      R"({"resourceType":"Observation","valueSampledData":{"origin":{"value":10,"unit":"mV"},
          "period":1,"factor":2,"dimensions":1,"data":"1 E -2 3.5 U"}})",
      "value-quantity");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number, (NumberRange{6, 17}));
  const auto near = ranges_of(
      R"({"resourceType":"Location","position":{"longitude":4.8,"latitude":45.7}})", "near$1");
  ASSERT_EQ(near.size(), 1u);
  EXPECT_EQ(near[0].number.low, 45.7);
  // In base units: of a quantity, of both ends of a range, of a composite's part.
  const auto weight = ranges_of(
      R"({"resourceType":"Observation","code":{"coding":[{"code":"w"}]},"valueQuantity":{)"
      R"("value":70.5,"comparator":"<","system":"http://unitsofmeasure.org","code":"kg"}})",
      "value-quantity:base");
  ASSERT_EQ(weight.size(), 1u);
  EXPECT_EQ(weight[0].text, "g");
  EXPECT_EQ(weight[0].number.high, 70500);
  EXPECT_EQ(weight[0].number.low, -std::numeric_limits<double>::infinity());
  const auto onset =
      ranges_of(R"({"resourceType":"Condition","onsetRange":{"low":{"value":2,"code":"h","system":)"
                R"("http://unitsofmeasure.org"},"high":{"value":3,"code":"h","system":)"
                R"("http://unitsofmeasure.org"}}})",
                "onset-age:base");
  ASSERT_EQ(onset.size(), 1u);
  EXPECT_EQ(onset[0].number, (NumberRange{7200, 10800}));
  const auto part = ranges_of(
      R"({"resourceType":"Observation","code":{"coding":[{"code":"w"}]},"valueQuantity":{)"
      R"("value":1,"system":"http://unitsofmeasure.org","code":"kg"}})",
      "code-value-quantity$2:base");
  ASSERT_EQ(part.size(), 1u);
  EXPECT_NE(part[0].tuple, 0u);
  const auto unknown =
      ranges_of(R"({"resourceType":"Observation","valueQuantity":{"value":1,"system":)"
                R"("http://unitsofmeasure.org","code":"furlongs"}})",
                "value-quantity:base");
  EXPECT_TRUE(unknown.empty());
  const auto timing = ranges_of(
      R"({"resourceType":"ServiceRequest","occurrenceTiming":{"event":["2020-03-02","2020-03-01"]}})",
      "occurrence");
  ASSERT_EQ(timing.size(), 1u);
  EXPECT_EQ(timing[0].date.first, 1'583'020'800'000);
  EXPECT_EQ(timing[0].date.last, 1'583'193'599'999);
}

TEST(SearchValues, PassesOverWhatIsWrong) {
  EXPECT_THAT(values_of(R"({"resourceType":"Patient","birthDate":"soon","gender":7,
                            "name":"x","telecom":[null,"y"]})",
                        "birthdate"),
              IsEmpty());
  EXPECT_TRUE(extract(json::Value()).values.empty());
  EXPECT_TRUE(extract(json::Document::parse("[1]")->root()).values.empty());
}

// Every parameter of every type leads to a value or is known to have none.
TEST(SearchValues, HaveAWayToEachParameterOfEachType) {
  const Definitions& all = definitions();
  size_t ways = 0;
  for (const std::string& name : all.resource_names()) {
    const TypeIndex type = all.find_resource(name);
    const SearchProgram& program = search_program(type);
    std::set<ParameterIndex> reached(program.silent.begin(), program.silent.end());
    for (const SearchNode& node : program.nodes) {
      for (const SearchAction& action : node.actions) reached.insert(action.slot.parameter);
    }
    for (const SearchEvaluation& one : program.evaluations) reached.insert(one.slot.parameter);
    for (const ParameterIndex parameter : all.type(type).parameters) {
      // Its expression names an element of a later version of FHIR.
      if (all.parameter(parameter).id == "DeviceDefinition-classification") continue;
      EXPECT_TRUE(reached.contains(parameter)) << name << "." << all.parameter(parameter).code;
      ++ways;
    }
  }
  EXPECT_GT(ways, 2000u);
}

// Against the slow way: each expression evaluated as FHIRPath finds something exactly when the
// walk does.
TEST(SearchValues, AgreeWithTheExpressionsOnEveryExample) {
  FILES_OR_SKIP(paths, suites_folder() + "fhir-examples", ".json");
  const Definitions& all = definitions();
  size_t compared = 0;
  for (const std::string& path : paths) {
    const Result<json::Document> document = json::Document::parse(*read_file(path));
    const json::Value resource = document->root();
    const TypeIndex type = all.find_resource(resource["resourceType"].string());
    std::set<ParameterIndex> found;
    const SearchValues values = extract(resource);
    for (const SearchValue& value : values.values) found.insert(value.parameter);
    for (const ParameterIndex index : all.type(type).parameters) {
      const SearchParameter& parameter = all.parameter(index);
      const bool plain = parameter.type != SearchType::composite && !parameter.expression.empty();
      if (!plain) continue;
      // as() is for one item, as the parameters mean ofType().
      std::string expression(parameter.expression);
      for (size_t at; (at = expression.find(".as(")) != expression.npos;) {
        expression.replace(at, 4, ".ofType(");
      }
      const Result<path::Expression> compiled = path::compile(expression);
      ASSERT_TRUE(compiled.ok()) << expression;
      const Result<path::Collection> items = path::evaluate(*compiled, resource);
      if (!items.ok()) continue;  // "(x as T)" on many items
      bool something = false;
      for (const path::Item& item : *items) {
        // References into the resource itself and words without a code lead nowhere.
        const json::Value value = item.value;
        const bool local = value["reference"].string().starts_with('#');
        const bool words = value.is_object() && value.size() == 1 &&
                           (value["display"].exists() || value["type"].exists());
        const bool of_no_form = item.kind == path::Kind::node &&
                                (item.type == none || !emit_form(parameter.type, item.type));
        const bool anonymous = value["resourceType"].exists() && !value["id"].exists();
        something = something || !(local || words || anonymous || of_no_form);
      }
      EXPECT_EQ(found.contains(index), something)
          << path << ": " << parameter.code << " = " << parameter.expression;
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000u);
}

TEST(SearchRange, MeansWhatIsWritten) {
  const auto days = [](std::string_view text) {
    const Result<DateRange> range = date_range(text, Zone::utc());
    return range ? (range->last - range->first + 1) / 86'400'000.0 : -1;
  };
  EXPECT_EQ(days("2020"), 366);
  EXPECT_EQ(days("2021-02"), 28);
  EXPECT_EQ(days("2020-03-26"), 1);
  EXPECT_EQ(days("2021-02-29"), -1);
  EXPECT_EQ(days("2020-13"), -1);
  EXPECT_EQ(days("2020-3-26"), -1);
  EXPECT_EQ(days(""), -1);
  const DateRange minute = *date_range("2020-03-26T08:45", Zone::utc());
  EXPECT_EQ(minute, (DateRange{1'585'212'300'000, 1'585'212'359'999}));
  EXPECT_EQ(*date_range("2020-03-26T09:45:00+01:00", Zone::utc()),
            (DateRange{1'585'212'300'000, 1'585'212'300'999}));
  EXPECT_EQ(*date_range("2020-03-26T08:45:00.5Z", Zone::utc()),
            (DateRange{1'585'212'300'500, 1'585'212'300'599}));
  EXPECT_EQ(*date_range("2020-03-26T08:45:00.1234567Z", Zone::utc()),
            (DateRange{1'585'212'300'123, 1'585'212'300'123}));
}

TEST(SearchRange, TakesTheDayOfTheSite) {
  const Zone paris = *Zone::find("Europe/Paris");
  // The day on which the clocks go forward has 23 hours.
  const DateRange day = *date_range("2020-03-29", paris);
  EXPECT_EQ(day.first, 1'585'436'400'000);
  EXPECT_EQ(day.last - day.first + 1, 23 * 3'600'000);
}

TEST(SearchRange, TakesHalfOfTheLastDigit) {
  EXPECT_EQ(*number_range("100"), (NumberRange{99.5, 100.5}));
  EXPECT_EQ(*number_range("1.10"), (NumberRange{1.095, 1.105}));
  EXPECT_EQ(*number_range("1e2"), (NumberRange{95, 105}));
  EXPECT_EQ(*number_range("-5.4"), (NumberRange{-5.45, -5.35}));
  EXPECT_EQ(*number_range("5.40e-3"), (NumberRange{0.005395, 0.005405}));
  EXPECT_EQ(*number_range("0"), (NumberRange{-0.5, 0.5}));
  for (const std::string_view wrong : {"", "-", ".5", "5.", "1e", "1x", "1e999", "0x1"}) {
    EXPECT_FALSE(number_range(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace passerelle::fhir
