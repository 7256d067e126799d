// records/fr-core: what a French identity must have, and what is refused.
#include <gtest/gtest.h>

#include "fhir/profile_cache.h"
#include "fhir/test_files.h"
#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

constexpr std::string_view core = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient";

class FrCore : public testing::Test {
 protected:
  void SetUp() override {
    const auto files = files_of(std::string(PASSERELLE_ROOT) + "/records/fr-core", ".json");
    ASSERT_GE(files.size(), 10u);
    for (const std::string& file : files) {
      const auto text = read_file(file);
      ASSERT_TRUE(text.ok());
      auto document = json::Document::parse(*text);
      ASSERT_TRUE(document.ok()) << file;
      const auto issues = validate(document->root());
      EXPECT_TRUE(issues.empty()) << file << ": " << issues[0].expression << ": "
                                  << issues[0].message;
      ASSERT_TRUE(set.add(std::move(*document)).ok());
    }
    profiles = set.profiles();
  }

  // What is said of a patient with such an identity; "" = nothing at all.
  std::string said(const std::string& number, const std::string& more = "") {
    std::string text = patient;
    text.replace(text.find("NUMBER"), 6, number);
    if (!more.empty()) {
      const size_t slash = more.find(" -> ");
      const size_t at = text.find(more.substr(0, slash));
      EXPECT_NE(at, std::string::npos) << more;
      text.replace(at, slash, more.substr(slash + 4));
    }
    return said_of(text);
  }
  std::string said_of(const std::string& text) {
    const auto document = json::Document::parse(text);
    EXPECT_TRUE(document.ok()) << text;
    ValidateOptions options;
    options.profiles = profiles.get();
    std::string out;
    for (const Issue& issue : validate(document->root(), options))
      out += std::string(name_of(issue.severity)) + " " + issue.expression + ": " + issue.message +
             "\n";
    return out;
  }
  static void has(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  const std::string patient =
      R"({"resourceType":"Patient","meta":{"profile":[")" + std::string(core) +
      R"(-ins"]},"extension":[)"
      R"({"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability","extension":[)"
      R"({"url":"identityStatus","valueCoding":{"system":"https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status","code":"QUAL"}}]},)"
      R"({"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"extension":[)"
      R"({"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code","valueCoding":{"code":"14168"}}],)"
      R"("city":"Caen"}}],"identifier":[{"use":"official","type":{"coding":[)"
      R"({"system":"https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203","code":"INS-NIR"}]},)"
      R"("system":"urn:oid:1.2.250.1.213.1.4.8","value":"NUMBER"}],"name":[{"extension":[)"
      R"({"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name","valueString":"Anne-Marie Zoé"}],)"
      R"("use":"official","family":"Durand","given":["Anne Marie"]}],"gender":"female","birthDate":"1955-08-12"})";
  DefinitionSet set;
  std::unique_ptr<ProfileCache> profiles;
};

TEST_F(FrCore, TakesAQualifiedIdentityWhoseKeyIsRight) { EXPECT_EQ(said("255081416802538"), ""); }

TEST_F(FrCore, KnowsTheKeysOfCorsica) {
  // 2A counts as 19 and 2B as 18: keys by 97 - number mod 97.
  EXPECT_EQ(said("180032A00412375"), "");
  EXPECT_EQ(said("180032B00412305"), "");
  has(said("180032A00412305"), "The key of the INS number is wrong");
}

TEST_F(FrCore, RefusesAWrongKeyAndAWrongForm) {
  const std::string wrong = said("255081416802539");
  has(wrong, "error Patient.identifier[0].value: La clé du matricule INS est fausse");
  has(wrong, "fr-core-patient-ins");
  has(said("2550814168025"), "Un matricule INS a 15 caractères");
  has(said("955081416802538"), "Un matricule INS a 15 caractères");
}

TEST_F(FrCore, AsksForTheTraits) {
  const std::string good = "255081416802538";
  has(said(good, R"("birthDate":"1955-08-12" -> "active":true)"),
      "error Patient.birthDate: 'birthDate' must be there");
  has(said(good, R"("gender":"female" -> "gender":"other")"), "'other' is not one of the codes of");
  has(said(good, R"("code":"14168" -> "code":"1416")"), "code has five characters");
  has(said(good, R"("given":["Anne Marie"] -> "given":["Zoé"])"),
      "warning Patient.name[0]: Le prénom est le premier");
  has(said(good, R"("use":"official","family" -> "use":"usual","family")"),
      "of the slice 'officialName' must be there");
  has(said(good, R"("code":"QUAL" -> "code":"PROV")"),
      "A provisional identity (PROV) did not come from the INSi service");
  has(said(good, R"("code":"QUAL" -> "code":"QUALI")"), "'QUALI' is not one of the codes of");
  has(said(good, R"("code":"INS-NIR" -> "code":"NI")"), "says whether it is an INS number");
  has(said(good, R"("use":"official","type" -> "use":"old","type")"), "has an INS number in use");
}

TEST_F(FrCore, AsksLessOfWhoHasNoInsYet) {
  EXPECT_EQ(said_of(R"({"resourceType":"Patient","meta":{"profile":[")" + std::string(core) +
                    R"("]},"name":[{"use":"official","family":"Durand","given":["Anna"]}]})"),
            "");
  has(said_of(R"({"resourceType":"Patient","meta":{"profile":[")" + std::string(core) +
              R"("]},"name":[{"use":"official","given":["Anna"]}]})"),
      "error Patient.name[0].family");
}

}  // namespace
}  // namespace passerelle::fhir
