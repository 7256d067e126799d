#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "error Patient.contact[0] pat-1": of each issue its severity, place and rule.
std::vector<std::string> rules_broken(std::string_view text, bool invariants = true) {
  const Result<json::Document> document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  ValidateOptions options;
  options.invariants = invariants;
  std::vector<std::string> found;
  for (const Issue& issue : validate(document->root(), options)) {
    const size_t at = issue.message.rfind("(rule ");
    std::string rule = at == issue.message.npos ? issue.message : issue.message.substr(at + 6);
    rule = rule.substr(0, rule.find_first_of(" )"));
    found.push_back(std::string(name_of(issue.severity)) + " " + issue.expression + " " + rule);
  }
  return found;
}

TEST(Invariants, AreHeldWhereTheyAreDefined) {
  EXPECT_THAT(rules_broken(R"({"resourceType":"Patient","contact":[{"gender":"male"}]})"),
              ElementsAre("error Patient.contact[0] pat-1"));
  EXPECT_THAT(rules_broken(R"({"resourceType":"Patient","identifier":[{"value":"1","period":
                  {"start":"2021-02-01","end":"2021-01-01"}}]})"),
              ElementsAre("error Patient.identifier[0].period per-1"));
  EXPECT_THAT(rules_broken(R"({"resourceType":"Patient","telecom":[{"value":"1"}]})"),
              ElementsAre("error Patient.telecom[0] cpt-2"));
  EXPECT_THAT(rules_broken(R"({"resourceType":"Organization","active":true})"),
              ElementsAre("error Organization org-1"));
}

TEST(Invariants, AreNotBrokenByWhatCannotBeSaid) {
  EXPECT_THAT(rules_broken(R"({"resourceType":"Patient","identifier":[{"value":"1","period":
                  {"start":"2021-02-01","end":"2021"}}]})"),
              IsEmpty());
  EXPECT_THAT(rules_broken(R"({"resourceType":"Questionnaire","status":"draft"})"), IsEmpty());
}

TEST(Invariants, SayTheRuleInWords) {
  const Result<json::Document> document =
      json::Document::parse(R"({"resourceType":"Patient","telecom":[{"value":"1"}]})");
  const std::vector<Issue> issues = validate(document->root());
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "invariant");
  EXPECT_THAT(issues[0].message, HasSubstr("A system is required if a value is provided."));
}

TEST(Invariants, CanBeSwitchedOff) {
  EXPECT_THAT(rules_broken(R"({"resourceType":"Organization","active":true})", false), IsEmpty());
}

TEST(Invariants, MayBeAdviceOnly) {
  EXPECT_THAT(
      rules_broken(R"({"resourceType":"Questionnaire","status":"draft","name":"not a name"})"),
      ElementsAre("warning Questionnaire que-0"));
}

TEST(Invariants, KnowTheResourceThatHoldsThem) {
  // %resource is the Observation, also below its components.
  EXPECT_THAT(rules_broken(R"({"resourceType":"Observation","status":"final",
                  "code":{"coding":[{"system":"urn:x","code":"1"}]},"valueBoolean":true,
                  "component":[{"code":{"coding":[{"system":"urn:x","code":"1"}]}}]})"),
              ElementsAre("error Observation obs-7"));
  // In a Bundle each resource is its own.
  EXPECT_THAT(rules_broken(R"({"resourceType":"Bundle","type":"collection","entry":[
                  {"resource":{"resourceType":"Organization","active":true}},
                  {"request":{"method":"GET","url":"Patient"},
                   "resource":{"resourceType":"Patient","active":true}}]})"),
              ElementsAre("error Bundle.entry[0].resource org-1", "error Bundle bdl-3"));
}

TEST(Invariants, AreMendedWhereTheirPublishedFormCannotHold) {
  const auto question = [](std::string_view answer) {
    return R"({"resourceType":"Questionnaire","status":"draft","item":[
      {"linkId":"1","type":"boolean"},{"linkId":"2","type":"string","enableWhen":[
        {"question":"1","operator":"exists",)" +
           std::string(answer) + "}]}]}";
  };
  EXPECT_THAT(rules_broken(question(R"("answerBoolean":true)")), IsEmpty());
  EXPECT_THAT(rules_broken(question(R"("answerInteger":1)")),
              ElementsAre("error Questionnaire.item[1].enableWhen[0] que-7"));
}

TEST(Invariants, RefuseContainedResourcesThatNothingRefersTo) {
  const auto patient = [](std::string_view more, std::string_view inside = "") {
    return R"({"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o",
             "name":"x")" +
           std::string(inside) + "}]" + std::string(more) + "}";
  };
  EXPECT_THAT(rules_broken(patient("")), ElementsAre("error Patient.contained[0] dom-3"));
  EXPECT_THAT(rules_broken(patient(R"(,"managingOrganization":{"reference":"#o"})")), IsEmpty());
  EXPECT_THAT(rules_broken(patient("", R"(,"partOf":{"reference":"#"})")),
              testing::Not(testing::Contains(HasSubstr("dom-3"))));
}

}  // namespace
}  // namespace passerelle::fhir
