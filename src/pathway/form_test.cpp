#include "pathway/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

Form daily() {
  const auto text =
      read_file(std::string(PASSERELLE_ROOT) + "/pathways/covid-home/forms/daily.json");
  EXPECT_TRUE(text.ok());
  auto form = Form::parse(*text, "forms/daily.json");
  EXPECT_TRUE(form.ok()) << to_text(form.error());
  return std::move(*form);
}

std::map<std::string, std::string> well() {
  return {{"breath", "0"},  {"general", "0"},      {"trend", "same"},    {"cough", "0"},
          {"smell", "0"},   {"diarrhoea", "0"},    {"vomiting", "0"},    {"anxiety", "0"},
          {"sadness", "0"}, {"isolation", "true"}, {"callback", "false"}};
}

TEST(Form, GradesAreNumbersAndCodesAreTexts) {
  std::vector<Refusal> refusals;
  auto answers = well();
  answers["temperature"] = "38,5";
  const feel::Value value = daily().read(answers, "fr", refusals);
  EXPECT_TRUE(refusals.empty());
  EXPECT_EQ(value["breath"], feel::Value::integer(0));
  EXPECT_EQ(value["trend"].text(), "same");
  EXPECT_EQ(value["temperature"], feel::Value::number(385, 1));
  EXPECT_TRUE(value["isolation"].is_true());
  ASSERT_NE(value.find("pulse"), nullptr);
  EXPECT_TRUE(value["pulse"].is_null());
}

TEST(Form, AsksWhatFollowsOnlyWhenItIsNeeded) {
  const Form form = daily();
  auto answers = well();
  answers["breath"] = "2";
  std::vector<Refusal> refusals;
  form.read(answers, "en", refusals);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].link_id, "breath_activity");
  EXPECT_EQ(refusals[0].message, "This answer is needed.");

  answers["breath"] = "0";
  answers["breath_activity"] = "4";  // left over from before: dropped
  refusals.clear();
  EXPECT_TRUE(form.read(answers, "en", refusals)["breath_activity"].is_null());
  EXPECT_TRUE(refusals.empty());
}

TEST(Form, RefusesWhatCannotBe) {
  auto answers = well();
  answers["temperature"] = "385";
  answers["pulse"] = "many";
  answers["cough"] = "9";
  answers["callback"] = "perhaps";
  std::vector<Refusal> refusals;
  const feel::Value value = daily().read(answers, "fr", refusals);
  std::vector<std::string> ids;
  for (const Refusal& refusal : refusals) ids.push_back(refusal.link_id);
  EXPECT_THAT(ids, testing::UnorderedElementsAre("temperature", "pulse", "cough", "callback"));
  EXPECT_TRUE(value["temperature"].is_null());
  EXPECT_THAT(refusals[0].message, testing::HasSubstr("entre 32 et 43"));
}

TEST(Form, WritesAQuestionnaireResponseThatReadsBackTheSame) {
  const Form form = daily();
  auto answers = well();
  answers["breath"] = "3";
  answers["breath_activity"] = "1";
  answers["temperature"] = "38.50";
  std::vector<Refusal> refusals;
  const feel::Value value = form.read(answers, "fr", refusals);
  json::Document document;
  const json::Value response = form.to_response(value, document);
  EXPECT_EQ(response["resourceType"].string(), "QuestionnaireResponse");
  EXPECT_EQ(response["status"].string(), "completed");
  EXPECT_EQ(form.read_response(response, "fr", refusals), value);
  EXPECT_TRUE(refusals.empty());
}

TEST(Form, SaysWhereAQuestionnaireIsWrong) {
  const auto wrong = Form::parse(R"({"resourceType": "Questionnaire", "id": "x", "item": [
    {"linkId": "a", "type": "boolean"},
    {"linkId": "b", "type": "attachment"}]})",
                                 "forms/x.json");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().where, "forms/x.json:3:6");
  EXPECT_THAT(wrong.error().message, testing::HasSubstr("attachment"));
  EXPECT_FALSE(Form::parse("{}", "x").ok());
  EXPECT_FALSE(Form::parse("not json", "x").ok());
}

}  // namespace
}  // namespace passerelle::pathway
