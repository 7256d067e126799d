// FHIRPath Patch and JSON Patch on resources: the operations, where they do not fit, what is wrong.
#include "fhir/patch.h"

#include <gtest/gtest.h>

#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

constexpr std::string_view patient =
    R"({"resourceType":"Patient","active":true,"identifier":[{"value":"1"},{"value":"2"},)"
    R"({"value":"3"}],"name":[{"family":"Petit","given":["Anne","Marie"],"_given":[null,)"
    R"({"extension":[{"url":"urn:x","valueString":"y"}]}]}],"birthDate":"1970-03-30",)"
    R"("_birthDate":{"id":"b"},"deceasedBoolean":false,"communication":[)"
    R"({"language":{"text":"fr"},"preferred":true},{"language":{"text":"en"},"preferred":true}]})";

std::string said(const Result<json::Value>& result) {
  if (result) return json::write(*result);
  const bool conflict = result.error().code == ErrorCode::conflict;
  return (conflict ? "conflict at " : "invalid at ") + result.error().where;
}

// What is left of the patient, or what is wrong with the patch.
std::string patched(const std::string& operations, std::string_view target = patient) {
  json::Document document = std::move(*json::Document::parse(target));
  const auto parsed =
      json::Document::parse(R"({"resourceType":"Parameters","parameter":[)" + operations + "]}");
  EXPECT_TRUE(parsed.ok()) << operations;
  const auto result = apply_path_patch(document, document.root(), document.copy(parsed->root()));
  if (result) {
    EXPECT_FALSE(has_errors(validate(*result))) << json::write(*result);
  }
  return said(result);
}

std::string operation(std::string_view type, std::string_view path, std::string_view more = "") {
  std::string out = R"({"name":"operation","part":[{"name":"type","valueCode":")";
  out += std::string(type) + R"("},{"name":"path","valueString":")" + std::string(path) + "\"}";
  if (!more.empty()) out += "," + std::string(more);
  return out + "]}";
}
std::string name(std::string_view text) {
  return R"({"name":"name","valueString":")" + std::string(text) + "\"}";
}
std::string number(std::string_view part, int value) {
  return R"({"name":")" + std::string(part) + R"(","valueInteger":)" + std::to_string(value) + "}";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(PathPatch, AddsElementsThatAreNotThereAndItemsOfLists) {
  EXPECT_TRUE(has(patched(operation("add", "Patient",
                                    name("gender") + R"(,{"name":"value","valueCode":"female"})")),
                  R"("gender":"female")"));
  EXPECT_TRUE(has(patched(operation("add", "Patient.name[0]",
                                    name("given") + R"(,{"name":"value","valueString":"Zoé"})")),
                  R"("given":["Anne","Marie","Zoé"],"_given":[null,{"extension")"));
  EXPECT_EQ(patched(operation("add", "Patient",
                              name("active") + R"(,{"name":"value","valueBoolean":false})")),
            "conflict at Parameters.parameter[0]")
      << "it is there already";
}

TEST(PathPatch, AddsGroupsOfElementsByTheirParts) {
  EXPECT_TRUE(
      has(patched(operation("add", "Patient",
                            name("contact") +
                                R"(,{"name":"value","part":[{"name":"name","valueHumanName":)"
                                R"({"text":"Bob"}},{"name":"telecom","valueContactPoint":)"
                                R"({"system":"phone","value":"06"}}]})")),
          R"("contact":[{"name":{"text":"Bob"},"telecom":[{"system":"phone","value":"06"}]}])"));
}

TEST(PathPatch, AddsToPrimitivesWhatStandsBesideTheirValue) {
  EXPECT_TRUE(has(patched(operation(
                      "add", "Patient.birthDate",
                      name("extension") +
                          R"(,{"name":"value","valueExtension":{"url":"urn:p","valueCode":"a"}})")),
                  R"("_birthDate":{"id":"b","extension":[{"url":"urn:p","valueCode":"a"}]})"));
}

TEST(PathPatch, InsertsAndMovesItems) {
  EXPECT_TRUE(has(patched(operation(
                      "insert", "Patient.identifier",
                      number("index", 1) + R"(,{"name":"value","valueIdentifier":{"value":"9"}})")),
                  R"([{"value":"1"},{"value":"9"},{"value":"2"},{"value":"3"}])"));
  EXPECT_TRUE(has(patched(operation("move", "Patient.identifier",
                                    number("source", 0) + "," + number("destination", 2))),
                  R"([{"value":"2"},{"value":"3"},{"value":"1"}])"));
  EXPECT_EQ(patched(operation("move", "Patient.identifier",
                              number("source", 0) + "," + number("destination", 3))),
            "conflict at Parameters.parameter[0]");
  EXPECT_EQ(patched(operation(
                "insert", "Patient.identifier[1]",
                number("index", 0) + R"(,{"name":"value","valueIdentifier":{"value":"9"}})")),
            "conflict at Parameters.parameter[0]")
      << "a part of a list is no list";
}

TEST(PathPatch, DeletesWithWhatStandsBesidePrimitives) {
  const std::string without_date = patched(operation("delete", "Patient.birthDate"));
  EXPECT_FALSE(has(without_date, "birthDate")) << without_date;
  EXPECT_TRUE(has(patched(operation("delete", "Patient.name.given[0]")),
                  R"("given":["Marie"],"_given":[{"extension")"));
  EXPECT_EQ(patched(operation("delete", "Patient.photo")), patient) << "nothing to delete";
  EXPECT_EQ(patched(operation("delete", "Patient.identifier")),
            "conflict at Parameters.parameter[0]");
  EXPECT_EQ(patched(operation("delete", "Patient")), "invalid at Parameters.parameter[0]");
}

TEST(PathPatch, FindsTheVeryElementAmongEqualOnes) {
  EXPECT_TRUE(has(
      patched(operation("delete", "Patient.communication.where(language.text = 'en').preferred")),
      R"({"language":{"text":"fr"},"preferred":true},{"language":{"text":"en"}})"));
}

TEST(PathPatch, ReplacesAndChangesTheTypeOfAChoice) {
  EXPECT_TRUE(has(patched(operation("replace", "Patient.identifier.where(value = '2').value",
                                    R"({"name":"value","valueString":"two"})")),
                  R"([{"value":"1"},{"value":"two"},{"value":"3"}])"));
  const std::string dead = patched(
      operation("replace", "Patient.deceased", R"({"name":"value","valueDateTime":"2020-03-26"})"));
  EXPECT_TRUE(has(dead, R"("deceasedDateTime":"2020-03-26")") && !has(dead, "deceasedBoolean"))
      << dead;
  EXPECT_EQ(patched(operation("replace", "Patient.photo",
                              R"({"name":"value","valueAttachment":{"title":"x"}})")),
            "conflict at Parameters.parameter[0]");
}

TEST(PathPatch, DoesOneOperationAfterTheOther) {
  EXPECT_TRUE(has(patched(operation("delete", "Patient.identifier[0]") + "," +
                          operation("delete", "Patient.identifier[0]")),
                  R"("identifier":[{"value":"3"}])"));
  EXPECT_EQ(
      patched(operation("delete", "Patient.active") + "," +
              operation("replace", "Patient.active", R"({"name":"value","valueBoolean":true})")),
      "conflict at Parameters.parameter[1]");
}

TEST(PathPatch, SaysWhatIsWrongWithAPatch) {
  const std::string place = "invalid at Parameters.parameter[0]";
  EXPECT_EQ(patched(operation("grow", "Patient.active")), place);
  EXPECT_EQ(patched(operation("delete", "Patient.nonsense")), place);
  EXPECT_EQ(patched(operation("delete", "Patient.name.where(")), place);
  EXPECT_EQ(patched(operation("delete", "Patient.name.exists()")), place);
  EXPECT_EQ(patched(operation("replace", "Patient.active")), place) << "no value";
  EXPECT_EQ(patched(operation("add", "Patient",
                              name("gendre") + R"(,{"name":"value","valueCode":"female"})")),
            place);
  EXPECT_EQ(patched(R"({"name":"operations"})"), place);
  EXPECT_EQ(patched(""), "invalid at ");
}

TEST(JsonPatchOfResources, LeavesNoEmptyListsBehind) {
  json::Document document = std::move(*json::Document::parse(patient));
  const auto patch = json::Document::parse(
      R"([{"op":"remove","path":"/communication/1"},{"op":"remove","path":"/communication/0"},)"
      R"({"op":"remove","path":"/_birthDate/id"}])");
  const auto result = apply_json_patch(document, document.root(), document.copy(patch->root()));
  ASSERT_TRUE(result.ok()) << to_text(result.error());
  EXPECT_FALSE((*result)["communication"].exists());
  EXPECT_FALSE((*result)["_birthDate"].exists());
  EXPECT_FALSE(has_errors(validate(*result)));
}

// Each operation nests what the one before made: the result would be deeper than any resource that
// can be read.
TEST(PathPatch, IsStoppedWhenItsResultIsTooDeep) {
  std::string operations, path = "Patient";
  const std::string extension =
      name("extension") + R"(,{"name":"value","part":[{"name":"url","valueUri":"urn:x"}]})";
  for (int i = 0; i < 60; ++i) {
    operations += (i == 0 ? "" : ",") + operation("add", path, extension);
    path += ".extension";
  }
  json::Document document = std::move(*json::Document::parse(R"({"resourceType":"Patient"})"));
  const auto parsed =
      json::Document::parse(R"({"resourceType":"Parameters","parameter":[)" + operations + "]}");
  ASSERT_TRUE(parsed.ok());
  const auto result = apply_path_patch(document, document.root(), document.copy(parsed->root()));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::too_large);
  EXPECT_EQ(result.error().where, "Parameters.parameter[49]");
  EXPECT_EQ(result.error().message, "the result is nested deeper than 100");
}

}  // namespace
}  // namespace passerelle::fhir
