#include "fhir/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fhir/definitions.h"
#include "fhir/test_files.h"

namespace passerelle::fhir {
namespace {

using testing::HasSubstr;

std::vector<Issue> issues_of(std::string_view text) {
  Result<json::Document> document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  return validate(document->root());
}

std::string all_of(const std::vector<Issue>& issues) {
  std::string text;
  for (const Issue& issue : issues) {
    text += issue.expression + " (" + std::string(issue.code) + "): " + issue.message + "\n";
  }
  return text;
}

// Exactly one issue, at this place, with this in its message.
void expect_issue(std::string_view text, std::string_view code, std::string_view where,
                  const std::string& message) {
  const std::vector<Issue> issues = issues_of(text);
  ASSERT_EQ(issues.size(), 1u) << text << "\n" << all_of(issues);
  EXPECT_EQ(issues[0].code, code) << issues[0].message;
  EXPECT_EQ(issues[0].expression, where) << issues[0].message;
  EXPECT_THAT(issues[0].message, HasSubstr(message));
}

TEST(Validate, AcceptsEveryExample) {
  FILES_OR_SKIP(paths, suites_folder() + "fhir-examples", ".json");
  for (const std::string& path : paths) {
    const Result<std::string> text = read_file(path);
    ASSERT_TRUE(text.ok());
    std::vector<Issue> issues = issues_of(*text);
    std::erase_if(issues, [](const Issue& issue) { return issue.severity != Severity::error; });
    // This one breaks the specification: its display items have no linkId, which R4 requires.
    if (path.ends_with("bundle-questionnaire.json")) {
      EXPECT_EQ(issues.size(), 50u);
      std::erase_if(issues, [](const Issue& one) { return one.expression.ends_with(".linkId"); });
    }
    // And this one gives the code chol-mass twice.
    if (path.ends_with("codesystem-example.json")) {
      ASSERT_EQ(issues.size(), 1u);
      EXPECT_THAT(issues[0].message, HasSubstr("csd-1"));
      issues.clear();
    }
    EXPECT_EQ(all_of(issues), "") << path;
  }
}

TEST(Validate, NamesTheMisspeltElementAndTheRightOne) {
  expect_issue(R"({"resourceType":"Patient","birthdate":"2020-01-01"})", "structure",
               "Patient.birthdate", "did you mean 'birthDate'?");
  expect_issue(R"({"resourceType":"Patient","contact":[{"gendre":"male","name":{"text":"x"}}]})",
               "structure", "Patient.contact[0].gendre", "'gender'");
  expect_issue(R"({"resourceType":"Patiant"})", "structure", "", "'Patient'");
}

TEST(Validate, TellsThatAChoiceCarriesItsTypeInItsName) {
  expect_issue(R"({"resourceType":"Patient","deceased":true})", "structure", "Patient.deceased",
               "deceasedBoolean, deceasedDateTime");
  expect_issue(R"({"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"})",
               "structure", "Patient.deceased", "only one type");
}

TEST(Validate, HoldsCardinalities) {
  expect_issue(R"({"resourceType":"Observation","code":{"text":"x"}})", "required",
               "Observation.status", "missing");
  expect_issue(R"({"resourceType":"Patient","name":{"family":"x"}})", "structure", "Patient.name",
               "array");
  expect_issue(R"({"resourceType":"Patient","birthDate":["2020"]})", "structure",
               "Patient.birthDate", "at most once");
  expect_issue(R"({"resourceType":"Patient","name":[]})", "structure", "Patient.name", "empty");
  expect_issue(R"({"resourceType":"Patient","maritalStatus":{}})", "structure",
               "Patient.maritalStatus", "empty");
}

TEST(Validate, HoldsTheFormsOfPrimitives) {
  expect_issue(R"({"resourceType":"Patient","birthDate":"2023-02-30"})", "value",
               "Patient.birthDate", "'2023-02-30' is not a date");
  expect_issue(R"({"resourceType":"Patient","birthDate":2023})", "value", "Patient.birthDate",
               "is not a date");
  expect_issue(R"({"resourceType":"Patient","active":"true"})", "value", "Patient.active",
               "without quotes");
  expect_issue(R"({"resourceType":"Patient","multipleBirthInteger":1.5})", "value",
               "Patient.multipleBirth", "integer");
  expect_issue(R"({"resourceType":"Patient","id":"a/b"})", "value", "Patient.id", "not an id");
  expect_issue(R"({"resourceType":"Patient","language":" fr"})", "value", "Patient.language",
               "not a code");
  expect_issue(R"({"resourceType":"Patient","name":[{"family":""}]})", "value",
               "Patient.name[0].family", "empty");
  expect_issue(R"({"resourceType":"Patient","deceasedDateTime":"2020-01-01T10:00:00"})", "value",
               "Patient.deceased", "with a zone");
}

TEST(Validate, HoldsRequiredBindings) {
  expect_issue(R"({"resourceType":"Patient","gender":"femal"})", "code-invalid", "Patient.gender",
               "did you mean 'female'?");
  expect_issue(
      R"({"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},
          "clinicalStatus":{"coding":[{"code":"active","system":"urn:x"}]}})",
      "code-invalid", "AllergyIntolerance.clinicalStatus.coding[0]",
      "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical");
}

TEST(Validate, HoldsReferences) {
  expect_issue(R"({"resourceType":"Patient","managingOrganization":{"reference":"1"}})", "value",
               "Patient.managingOrganization.reference", "Type/id");
  expect_issue(R"({"resourceType":"Patient","managingOrganization":{"reference":"Patient/1"}})",
               "value", "Patient.managingOrganization.reference", "only to Organization");
  expect_issue(R"({"resourceType":"Patient","managingOrganization":{"reference":"#o"}})",
               "not-found", "Patient.managingOrganization.reference", "'o'");
  expect_issue(R"({"resourceType":"Patient",
                   "managingOrganization":{"reference":"Organization?name=x"}})",
               "value", "Patient.managingOrganization.reference", "transaction");
  EXPECT_THAT(issues_of(R"({"resourceType":"Patient",
                            "contained":[{"resourceType":"Organization","id":"o","name":"x"}],
                            "managingOrganization":{"reference":"#o"}})"),
              testing::IsEmpty());
}

TEST(Validate, HoldsExtensionsOfPrimitives) {
  EXPECT_THAT(issues_of(R"({"resourceType":"Patient","_birthDate":{"extension":[
                 {"url":"http://x.org/y","valueCode":"unknown"}]}})"),
              testing::IsEmpty());
  EXPECT_THAT(issues_of(R"({"resourceType":"Patient","name":[{"given":["A",null],
                 "_given":[null,{"id":"x","extension":[{"url":"http://x.org/y",
                 "valueCode":"unknown"}]}]}]})"),
              testing::IsEmpty());
  expect_issue(R"({"resourceType":"Patient","name":[{"given":["A",null],
                 "_given":[null,{"id":"x"}]}]})",
               "invariant", "Patient.name[0].given[1]", "an id alone");
  expect_issue(
      R"({"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://x.org/y"}]}})",
      "invariant", "Patient.birthDate.extension[0]", "ext-1");
  expect_issue(R"({"resourceType":"Patient","name":[{"given":["A"],"_given":[null,{"id":"x"}]}]})",
               "structure", "Patient.name[0].given", "same length");
  expect_issue(R"({"resourceType":"Patient","_maritalStatus":{"id":"x"}})", "structure",
               "Patient._maritalStatus", "only primitive");
}

TEST(Validate, LooksIntoBundlesAndContainedResources) {
  expect_issue(R"({"resourceType":"Bundle","type":"collection","entry":[
                   {"fullUrl":"urn:uuid:8c6c9f3e-7f56-4b5a-9a34-1c5cf2a1a2b3",
                    "resource":{"resourceType":"Patient","gender":"x"}}]})",
               "code-invalid", "Bundle.entry[0].resource.gender", "'x'");
  expect_issue(R"({"resourceType":"Patient","contained":[{"resourceType":"Organization",
                   "name":"x"}],"managingOrganization":{"reference":"Organization/1"}})",
               "required", "Patient.contained[0]", "id");
}

TEST(Validate, RefusesNarrativeThatABrowserWouldRun) {
  const std::string begin =
      R"({"resourceType":"Basic","code":{"text":"x"},"text":{"status":"generated","div":")";
  const std::string ns = R"(<div xmlns=\"http://www.w3.org/1999/xhtml\">)";
  const std::string end = R"("}})";
  EXPECT_THAT(issues_of(begin + ns + R"(caf&eacute;</div>)" + end), testing::IsEmpty());
  expect_issue(begin + ns + R"(<script>x</script></div>)" + end, "invalid", "Basic.text.div",
               "<script>");
  expect_issue(begin + ns + R"(<p onclick='x'>x</p></div>)" + end, "invalid", "Basic.text.div",
               "onclick");
  expect_issue(begin + ns + R"(<a href='java&#10;script:x'>x</a></div>)" + end, "invalid",
               "Basic.text.div", "runs a script");
  expect_issue(begin + ns + R"(<p>x</div>)" + end, "invalid", "Basic.text.div", "well-formed");
  expect_issue(begin + ns + R"( </div>)" + end, "invalid", "Basic.text.div", "empty");
  expect_issue(begin + "<div>x</div>" + end, "invalid", "Basic.text.div", "namespace");
}

TEST(Validate, SurvivesWhatIsNoResource) {
  for (const char* text : {"1", "null", "[]", "{}", "\"x\"", R"({"resourceType":1})"}) {
    EXPECT_EQ(issues_of(text).size(), 1u) << text;
  }
}

TEST(Validate, HasRoomForTheLongestStructure) {
  for (const Structure& structure : definitions().structures()) EXPECT_LE(structure.count, 128);
}

}  // namespace
}  // namespace passerelle::fhir
