// Search parameters added at run time: what they find, and why some cannot be.
#include "fhir/search_added.h"

#include <gtest/gtest.h>

namespace passerelle::fhir {
namespace {

Result<AddedParameter> read(const std::string& members, const std::string& id = "x") {
  const auto document = json::Document::parse(R"({"resourceType":"SearchParameter","id":")" + id +
                                              R"(","status":"active",)" + members + "}");
  EXPECT_TRUE(document.ok()) << members;
  return read_added_parameter(document->root());
}

class Source : public AddedSource {
 public:
  explicit Source(std::vector<AddedParameter> parameters)
      : set_(AddedParameters::make(std::move(parameters), refused)) {}
  std::shared_ptr<const AddedParameters> current() const override { return set_; }

  AddedParameters::Refused refused;

 private:
  std::shared_ptr<const AddedParameters> set_;
};

// "name=text" of the values of the added parameters.
std::vector<std::string> found(const Source& source, const std::string& resource) {
  const auto document = json::Document::parse(resource);
  EXPECT_TRUE(document.ok()) << resource;
  ExtractOptions options;
  options.added = &source;
  const SearchValues values = extract(document->root(), options);
  std::vector<std::string> out;
  for (const SearchValue& value : values.values)
    if (value.parameter >= definitions().parameters().size())
      out.push_back(std::string(index_name(values, value)) + "=" + std::string(value.text));
  return out;
}

using Texts = std::vector<std::string>;

TEST(AddedParameter, FindsWhatItsExpressionFinds) {
  const Source source({
      *read(
          R"x("code":"nickname","type":"string","base":["Patient"],"expression":"Patient.name.where(use = 'nickname').given")x",
          "a"),
      *read(
          R"x("code":"eye","type":"token","base":["Patient","Practitioner"],"expression":"Patient.extension('urn:eye').value | Practitioner.extension('urn:eye').value")x",
          "b"),
      *read(
          R"x("code":"named","type":"token","base":["Patient"],"expression":"Patient.name.exists()")x",
          "c"),
  });
  EXPECT_TRUE(source.refused.empty());
  EXPECT_EQ(
      found(
          source,
          R"({"resourceType":"Patient","name":[{"use":"nickname","given":["Nana"]},{"given":["Anna"]}],)"
          R"("extension":[{"url":"urn:eye","valueCode":"blue"},{"url":"urn:x","valueCode":"red"}]})"),
      (Texts{"nickname=Nana", "eye=blue", "named=true"}));
  EXPECT_EQ(
      found(
          source,
          R"({"resourceType":"Practitioner","extension":[{"url":"urn:eye","valueCode":"green"}]})"),
      (Texts{"eye=green"}));
  EXPECT_EQ(found(source, R"({"resourceType":"Group"})"), Texts());
}

TEST(AddedParameter, MayBeAComposite) {
  const Source source({*read(
      R"("code":"who","type":"composite","base":["Patient"],"expression":"Patient.contact","component":[)"
      R"({"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"},)"
      R"({"definition":"http://hl7.org/fhir/SearchParameter/Patient-name","expression":"name"}])")});
  ASSERT_TRUE(source.refused.empty()) << to_text(source.refused[0].second);
  EXPECT_EQ(
      found(
          source,
          R"({"resourceType":"Patient","contact":[{"gender":"male","name":{"family":"Petit"}}]})"),
      (Texts{"who$1=male", "who$2=Petit"}));
}

TEST(AddedParameter, ThatCannotBeIsRefusedWithThePlace) {
  const auto why = [](const std::string& members) {
    const auto made = read(members);
    if (!made) return to_text(made.error());
    const Source source({*made});
    return source.refused.empty() ? std::string() : to_text(source.refused[0].second);
  };
  const auto expression = [&](const std::string& text, const std::string& type = "string") {
    return why(R"("code":"c","type":")" + type + R"(","base":["Patient"],"expression":")" + text +
               "\"");
  };
  const auto has = [](const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(expression("Patient.name.(family"),
      "SearchParameter.expression: 'Patient.name.(family', at 1:");
  has(expression("Patient.nam.family"), "'nam' is not an element of Patient; did you mean 'name'?");
  has(expression("Observation.code"), "is of none of the bases");
  has(expression("Patient.name", "date"), "has no values of the type date: it is HumanName");
  has(expression("Patient.name", "special"), "cannot be added");
  has(why(R"("code":"a.b","type":"string","base":["Patient"],"expression":"Patient.name")"),
      "'a.b' cannot be written in a search");
  has(why(R"("code":"c","type":"string","base":["Patent"],"expression":"Patient.name")"),
      "'Patent' is not a resource type of FHIR R4; did you mean 'Patient'?");
  has(why(R"("code":"birthdate","type":"date","base":["Patient"],"expression":"Patient.birthDate")"),
      "there is a search parameter 'birthdate' of Patient already, of the specification");
  has(why(R"("code":"c","type":"composite","base":["Patient"],"expression":"Patient.contact","component":[)"
          R"({"definition":"urn:none","expression":"gender"},{"definition":"urn:none","expression":"name"}])"),
      "there is no search parameter 'urn:none' here");
  EXPECT_EQ(expression("Patient.name.family"), "");
  const Source twice(
      {*read(R"("code":"c","type":"string","base":["Patient"],"expression":"Patient.name")", "one"),
       *read(R"("code":"c","type":"string","base":["Resource"],"expression":"Resource.id")",
             "two")});
  ASSERT_EQ(twice.refused.size(), 1u);
  has(to_text(twice.refused[0].second), "of Patient already, SearchParameter/one");
}

// Of a composite also the type that another parameter gives its part.
TEST(AddedParameter, TellsAllThatItsValuesDependOn) {
  AddedParameter pair;
  pair.code = "pair";
  pair.type = SearchType::composite;
  pair.components.push_back({"urn:part", "code", SearchType::token, {}});
  const std::string before = pair.digest();
  pair.components[0].type = SearchType::string;
  EXPECT_NE(pair.digest(), before);
}

TEST(AddedParameter, KnowsThoseOfTheSpecification) {
  EXPECT_TRUE(is_built_in_parameter("http://hl7.org/fhir/SearchParameter/Patient-name"));
  EXPECT_FALSE(is_built_in_parameter("http://hl7.org/fhir/SearchParameter/mine"));
  EXPECT_FALSE(is_built_in_parameter("urn:Patient-name"));
}

}  // namespace
}  // namespace passerelle::fhir
