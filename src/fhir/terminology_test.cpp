// Terminology over a handful of resources: what is in a value set, what a code means elsewhere.
#include "fhir/terminology.h"

#include <gtest/gtest.h>

#include <map>

namespace passerelle::fhir {
namespace {

constexpr std::string_view animals = R"({"resourceType":"CodeSystem","url":"urn:animals",
  "version":"1","name":"Animals","status":"active","content":"complete","concept":[
  {"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],
   "concept":[
    {"code":"dog","display":"Dog","designation":[{"language":"fr","value":"Chien"}],
     "property":[{"code":"legs","valueInteger":4}],
     "concept":[{"code":"poodle","display":"Poodle","property":[{"code":"legs","valueInteger":4}]}]},
    {"code":"bird","display":"Bird","property":[{"code":"legs","valueInteger":2}]},
    {"code":"dodo","display":"Dodo","property":[{"code":"inactive","valueBoolean":true},
     {"code":"parent","valueCode":"bird"},{"code":"legs","valueInteger":2}]}]}]})";

class Shelf : public TerminologySource {
 public:
  Result<std::shared_ptr<const CodeSystem>> code_system(std::string_view canonical) override {
    if (canonical != "urn:animals" && canonical != "urn:animals|1")
      return Error{ErrorCode::not_found, "not loaded"};
    TRY(CodeSystem system, CodeSystem::read(animals));
    return std::shared_ptr<const CodeSystem>(std::make_shared<const CodeSystem>(std::move(system)));
  }
  Result<std::shared_ptr<const json::Document>> value_set(std::string_view canonical) override {
    ++asked;
    const auto found = sets.find(canonical);
    if (found == sets.end()) return Error{ErrorCode::not_found, "not loaded"};
    TRY(json::Document document, json::Document::parse(found->second));
    return std::shared_ptr<const json::Document>(
        std::make_shared<const json::Document>(std::move(document)));
  }
  std::map<std::string, std::string, std::less<>> sets;
  int asked = 0;  // for value sets
};

class TerminologyTest : public testing::Test {
 protected:
  std::string codes(const std::string& compose, const ExpandOptions& options = {}) {
    const auto document = json::Document::parse(
        R"({"resourceType":"ValueSet","status":"active","compose":)" + compose + "}");
    EXPECT_TRUE(document.ok()) << compose;
    const auto found = expand(shelf, document->root(), options);
    if (!found) return "error: " + found.error().message;
    std::string out;
    for (const Coding& coding : *found) out += (out.empty() ? "" : " ") + coding.code;
    return out;
  }
  static std::string filter(const std::string& property, const std::string& op,
                            const std::string& value) {
    return R"({"include":[{"system":"urn:animals","filter":[{"property":")" + property +
           R"(","op":")" + op + R"(","value":")" + value + R"("}]}]})";
  }
  Shelf shelf;
};

TEST_F(TerminologyTest, ExpandsWholeSystemsListsAndExclusions) {
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:animals"}]})"), "animal dog poodle bird dodo");
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:animals"}],"exclude":[{"system":"urn:animals",)"
                  R"("concept":[{"code":"dog"}]}]})"),
            "animal poodle bird dodo");
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:animals","concept":[{"code":"bird"},)"
                  R"({"code":"dog"}]},{"system":"urn:animals","concept":[{"code":"dog"}]}]})"),
            "bird dog")
      << "in the order of the definition, without doubles";
  EXPECT_EQ(codes(R"({"inactive":false,"include":[{"system":"urn:animals"}]})"),
            "animal dog poodle bird");
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:elsewhere","concept":[{"code":"x"}]}]})"), "x")
      << "a list needs no code system";
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:elsewhere"}]})"), "error: not loaded");
}

TEST_F(TerminologyTest, FiltersByHierarchyAndProperties) {
  EXPECT_EQ(codes(filter("concept", "is-a", "dog")), "dog poodle");
  EXPECT_EQ(codes(filter("concept", "descendent-of", "bird")), "dodo") << "by its property parent";
  EXPECT_EQ(codes(filter("concept", "is-not-a", "dog")), "animal bird dodo");
  EXPECT_EQ(codes(filter("concept", "generalizes", "poodle")), "animal dog poodle");
  EXPECT_EQ(codes(filter("legs", "=", "2")), "bird dodo");
  EXPECT_EQ(codes(filter("concept", "in", "dog, bird")), "dog bird");
  EXPECT_EQ(codes(filter("concept", "not-in", "dog,bird")), "animal poodle dodo");
  EXPECT_EQ(codes(filter("legs", "exists", "false")), "animal");
  EXPECT_EQ(codes(filter("code", "regex", "do.*")), "dog dodo");
  EXPECT_TRUE(codes(filter("concept", "is-a", "cow")).starts_with("error: the filter names"));
  EXPECT_TRUE(codes(filter("concept", "smells-of", "dog")).starts_with("error: "));
}

TEST_F(TerminologyTest, BuildsValueSetsOfValueSetsAndRefusesCircles) {
  shelf.sets["urn:two"] =
      R"({"resourceType":"ValueSet","compose":{"include":[{"system":)"
      R"("urn:animals","filter":[{"property":"legs","op":"=","value":"2"}]}]}})";
  EXPECT_EQ(codes(R"({"include":[{"valueSet":["urn:two"]}]})"), "bird dodo");
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:animals","concept":[{"code":"dog"},)"
                  R"({"code":"bird"}],"valueSet":["urn:two"]}]})"),
            "bird")
      << "in both";
  shelf.sets["urn:round"] =
      R"({"resourceType":"ValueSet","compose":{"include":[{"valueSet":["urn:round"]}]}})";
  EXPECT_TRUE(codes(R"({"include":[{"valueSet":["urn:round"]}]})").starts_with("error: "));
  EXPECT_EQ(codes(R"({"include":[{"valueSet":["http://hl7.org/fhir/ValueSet/)"
                  R"(administrative-gender"]}]})"),
            "female male other unknown")
      << "of the specification's own definitions";
}

TEST_F(TerminologyTest, ExpandsEachValueSetOnceHoweverOftenItIsIncluded) {
  const auto twice = [](const std::string& name) {
    const std::string include = R"({"valueSet":[")" + name + R"("]})";
    return R"({"include":[)" + include + "," + include + "]}";
  };
  constexpr int levels = 15;
  shelf.sets["urn:0"] = R"({"resourceType":"ValueSet","compose":{"include":[)"
                        R"({"system":"urn:animals","concept":[{"code":"bird"}]}]}})";
  for (int i = 1; i < levels; ++i)
    shelf.sets["urn:" + std::to_string(i)] =
        R"({"resourceType":"ValueSet","compose":)" + twice("urn:" + std::to_string(i - 1)) + "}";
  EXPECT_EQ(codes(twice("urn:" + std::to_string(levels - 1))), "bird");
  EXPECT_EQ(shelf.asked, levels);
}

TEST_F(TerminologyTest, FindsCodesByTheBeginningsOfWords) {
  ExpandOptions options;
  options.filter = "POO";
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:animals"}]})", options), "poodle");
  options.filter = "oodle";
  EXPECT_EQ(codes(R"({"include":[{"system":"urn:animals"}]})", options), "");
  options = {};
  options.active_only = true;
  EXPECT_EQ(codes(filter("concept", "is-a", "bird"), options), "bird");
  options = {};
  options.limit = 2;
  EXPECT_TRUE(codes(R"({"include":[{"system":"urn:animals"}]})", options).starts_with("error: "));
  shelf.sets["urn:all"] =
      R"({"resourceType":"ValueSet","compose":{"include":[{"system":"urn:animals"}]}})";
  EXPECT_EQ(expand(shelf, "urn:all", options).error().code, ErrorCode::too_costly);
}

TEST_F(TerminologyTest, ChecksCodesWithTheirDisplays) {
  const CodeSystem system = *CodeSystem::read(animals);
  EXPECT_TRUE(check_code(system, "dog", "").result);
  EXPECT_TRUE(check_code(system, "dog", "dog").result);
  EXPECT_TRUE(check_code(system, "dog", "chien").result) << "a designation";
  const CodeCheck wrong = check_code(system, "dog", "Cat");
  EXPECT_FALSE(wrong.result);
  EXPECT_EQ(wrong.message, "the display is 'Cat'; it should be 'Dog'");
  EXPECT_FALSE(check_code(system, "cow", "").result);
  const std::vector<Coding> expansion = {{"urn:animals", "dog", "Dog"}};
  EXPECT_TRUE(check_code(expansion, "", "dog", "").result);
  EXPECT_FALSE(check_code(expansion, "urn:others", "dog", "").result);
}

TEST(ConceptMaps, TranslateBothWays) {
  const auto map = json::Document::parse(
      R"({"resourceType":"ConceptMap","url":"urn:map","group":[{"source":"urn:animals",)"
      R"("target":"urn:pets","element":[{"code":"poodle","target":[{"code":"pet-dog",)"
      R"("equivalence":"wider"}]}]}]})");
  const auto there = translate(map->root(), {"urn:animals", "poodle", ""}, "", false);
  ASSERT_EQ(there.size(), 1u);
  EXPECT_EQ(there[0].to.system, "urn:pets");
  EXPECT_EQ(there[0].to.code, "pet-dog");
  EXPECT_EQ(there[0].equivalence, "wider");
  const auto back = translate(map->root(), {"urn:pets", "pet-dog", ""}, "urn:animals", true);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].to.code, "poodle");
  EXPECT_EQ(back[0].equivalence, "narrower");
  EXPECT_TRUE(translate(map->root(), {"urn:animals", "dog", ""}, "", false).empty());
  EXPECT_TRUE(translate(map->root(), {"urn:animals", "poodle", ""}, "urn:x", false).empty());
}

}  // namespace
}  // namespace passerelle::fhir
