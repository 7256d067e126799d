// Models as a whole: requirements, services, imports, types, and what is wrong with them.
#include <gtest/gtest.h>

#include "pathway/dmn/testing.h"

namespace passerelle::dmn {
namespace {

TEST(Model, EvaluatesWhatADecisionRequires) {
  const Model model =
      parsed(input("age", "number") + decision("limit", "", literal("70"), "number") +
             decision("at risk", "i_age d_limit", literal("age >= limit")));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "at risk", "{age: 71}"), "true");
  EXPECT_EQ(value_of(model, "at risk", "{age: 69}"), "false");
  ASSERT_NE(model.decision("at risk"), nullptr);
  EXPECT_EQ(model.decision("at risk")->required_inputs, std::vector<std::string>{"age"});
  EXPECT_EQ(model.decision("at risk")->required_decisions, std::vector<std::string>{"limit"});
}

TEST(Model, SeesOnlyWhatItRequires) {
  const Model model =
      parsed(input("a") + decision("x", "", literal("1")) + decision("d", "i_a", literal("a + x")));
  EXPECT_NE(first_problem(model).find("there is no variable 'x'"), std::string::npos);
  EXPECT_EQ(value_of(model, "d", "{a: 1}"), "null");
}

TEST(Model, OneBrokenDecisionDoesNotHideTheOthers) {
  const Model model = parsed(decision("broken", "",
                                      "<literalExpression>\n  <text>1 +\n &lt;&lt; 2</text>\n"
                                      "</literalExpression>") +
                             decision("whole", "", literal("1 + 1")));
  ASSERT_EQ(model.problems().size(), 1u);
  EXPECT_EQ(model.problems()[0].where, "t.dmn:5:2") << to_text(model.problems()[0]);
  EXPECT_EQ(value_of(model, "whole"), "2");
  EXPECT_EQ(value_of(model, "broken"), "null");
}

TEST(Model, CompilesAgainstTheCallersVariables) {
  const Model model = parsed(input("daily") + input("age", "number") +
                             decision("hot", "i_daily", literal("daily.temperature > 39")) +
                             decision("d", "d_hot i_age", literal("hot and age > 70")));
  feel::Names names{"age", "other", "daily"};
  const auto compiled = model.compile("d", names);
  ASSERT_TRUE(compiled.ok()) << to_text(compiled.error());
  std::vector<std::string> used = compiled->names_used();
  std::sort(used.begin(), used.end());
  EXPECT_EQ(used, (std::vector<std::string>{"age", "daily.temperature"}));
  feel::Evaluation evaluation;
  const std::vector<feel::Value> slots = {
      feel::Value::integer(71), feel::Value(),
      feel::Value::context({{"temperature", feel::Value::number(395, 1)}})};
  EXPECT_TRUE(compiled->evaluate(slots, evaluation).is_true());
  const auto missing = model.compile("d", feel::Names{"age"});
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("'daily'"), std::string::npos);
  EXPECT_TRUE(model.compile("d", feel::Names{"age"}, true).ok());
}

TEST(Model, SuggestsTheDecisionThatWasMeant) {
  const Model model = parsed(decision("Triage", "", literal("1")));
  const auto compiled = model.compile("Triagge", feel::Names());
  ASSERT_FALSE(compiled.ok());
  EXPECT_EQ(compiled.error().help, "did you mean 'Triage'?");
}

TEST(Model, HoldsHundredsOfDecisions) {
  std::string chain = decision("d0", "", literal("0"), "number");
  std::string all, sum;
  for (int i = 1; i < 300; ++i) {
    const std::string before = "d" + std::to_string(i - 1), name = "d" + std::to_string(i);
    chain += decision(name, "d_" + before, literal(before + " + 1"), "number");
  }
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "x" + std::to_string(i);
    chain += decision(name, "", literal("1"), "number");
    all += (all.empty() ? "d_" : " d_") + name;
    sum += (sum.empty() ? "" : " , ") + name;
  }
  const Model model = parsed(chain + decision("all", all, literal("sum([" + sum + "])")));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "d299"), "299");
  EXPECT_EQ(value_of(model, "all"), "2000");
}

TEST(Model, RefusesWhatRequiresItself) {
  const Model model =
      parsed(decision("a", "d_b", literal("b")) + decision("b", "d_a", literal("a")));
  EXPECT_NE(first_problem(model).find("requires itself"), std::string::npos);
  EXPECT_EQ(value_of(model, "a"), "null");
}

TEST(Model, IsXmlInADmnNamespace) {
  EXPECT_FALSE(Model::parse("<definitions/>", "x.dmn").ok());
  EXPECT_FALSE(Model::parse("<definitions", "x.dmn").ok());
  const auto other = Model::parse("<html xmlns=\"DMN\"/>", "x.dmn");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().where, "x.dmn:1:1");
}

// ---- types ----

constexpr std::string_view types =
    "<itemDefinition name=\"tLevel\"><typeRef>string</typeRef><allowedValues><text>\"red\", "
    "\"green\"</text></allowedValues></itemDefinition>"
    "<itemDefinition name=\"tGrade\"><typeRef>number</typeRef><typeConstraint><text>[0..4]</text>"
    "</typeConstraint></itemDefinition>"
    "<itemDefinition name=\"tGrades\" isCollection=\"true\"><typeRef>tGrade</typeRef>"
    "<typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>"
    "<itemDefinition name=\"tPerson\"><itemComponent name=\"first name\"><typeRef>string</typeRef>"
    "</itemComponent><itemComponent name=\"grade\"><typeRef>tGrade</typeRef></itemComponent>"
    "</itemDefinition>";

TEST(Types, RefuseValuesThatAreNotAllowed) {
  const Model model =
      parsed(std::string(types) + input("l", "tLevel") + input("g", "tGrades") +
             input("p", "tPerson") + decision("d", "i_l", literal("l")) +
             decision("e", "i_g", literal("g")) + decision("f", "i_p", literal("p.first name")));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "d", "{l: \"red\"}"), "red");
  EXPECT_EQ(value_of(model, "d", "{l: \"blue\"}"), "null");
  EXPECT_EQ(value_of(model, "e", "{g: [1, 2]}"), "[1, 2]");
  EXPECT_EQ(value_of(model, "e", "{g: [1, 5]}"), "null");
  EXPECT_EQ(value_of(model, "e", "{g: [1, 2, 3]}"), "null") << "the list as a whole is limited";
  EXPECT_EQ(value_of(model, "e", "{g: 1}"), "[1]") << "one value counts as a list of it";
  EXPECT_EQ(value_of(model, "f", "{p: {\"first name\": \"Ada\", grade: 1}}"), "Ada");
  EXPECT_EQ(value_of(model, "f", "{p: {\"first name\": \"Ada\", grade: 9}}"), "null");
}

TEST(Types, CheckWhatADecisionGives) {
  const Model model = parsed(decision("d", "", literal("\"x\""), "number") +
                             decision("e", "", literal("[5]"), "number") +
                             decision("f", "", literal("@\"2020-01-01\""), "date and time"));
  EXPECT_EQ(value_of(model, "d"), "null");
  EXPECT_EQ(value_of(model, "e"), "5");
  EXPECT_EQ(value_of(model, "f"), "2020-01-01T00:00:00Z");
}

TEST(Types, ThatAreMissingAreAProblem) {
  const Model model = parsed(decision("d", "", literal("1"), "tNothing"));
  EXPECT_NE(first_problem(model).find("'tNothing'"), std::string::npos);
}

// ---- services ----

constexpr std::string_view service =
    "<decisionService id=\"k_s\" name=\"s\"><variable name=\"s\"/><outputDecision href=\"#d_y\"/>"
    "<encapsulatedDecision href=\"#d_x\"/><inputDecision href=\"#d_w\"/>"
    "<inputData href=\"#i_a\"/></decisionService>";

TEST(DecisionService, TakesItsInputsThenItsDecisions) {
  const Model model = parsed(input("a", "number") + decision("w", "", literal("1000"), "number") +
                             decision("x", "i_a d_w", literal("a + w"), "number") +
                             decision("y", "d_x", literal("x * 2"), "number") +
                             std::string(service) + decision("z", "k_s", literal("s(1, 2)")) +
                             decision("named", "k_s", literal("s(w: 3, a: 4)")) +
                             decision("wrong", "k_s", literal("s(1)")));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "s", "{a: 5, w: 6}"), "22");
  EXPECT_EQ(value_of(model, "z"), "6");
  EXPECT_EQ(value_of(model, "named"), "14");
  EXPECT_EQ(value_of(model, "wrong"), "null");
  const auto compiled = model.compile_service("s", feel::Names{"a", "w"});
  ASSERT_TRUE(compiled.ok());
  feel::Evaluation evaluation;
  const std::vector<feel::Value> slots = {feel::Value::integer(1), feel::Value::integer(2)};
  EXPECT_EQ(compiled->evaluate(slots, evaluation), feel::Value::integer(6));
}

TEST(DecisionService, WithSeveralOutputsIsAContext) {
  const Model model =
      parsed(decision("x", "", literal("1")) + decision("y", "", literal("2")) +
             "<decisionService id=\"k_s\" name=\"s\"><outputDecision href=\"#d_x\"/>"
             "<outputDecision href=\"#d_y\"/></decisionService>");
  EXPECT_EQ(value_of(model, "s"), "{x: 1, y: 2}");
}

// ---- imports ----

ParseOptions with(std::string_view xml, std::string_view name_space = "urn:lib") {
  ParseOptions options;
  options.imports = [text = definitions(xml, name_space)](
                        std::string_view,
                        std::string_view) -> Result<std::pair<std::string, std::string>> {
    return std::pair(text, std::string("l.dmn"));
  };
  return options;
}

constexpr std::string_view import_as_lib =
    "<import name=\"lib\" namespace=\"urn:lib\" "
    "importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>";

TEST(Imports, AreKnownByTheirPrefix) {
  const std::string library =
      "<itemDefinition name=\"tSmall\"><typeRef>number</typeRef><allowedValues><text>&lt; 10</text>"
      "</allowedValues></itemDefinition>"
      "<businessKnowledgeModel id=\"k_f\" name=\"twice\"><encapsulatedLogic>"
      "<formalParameter name=\"n\"/>" +
      literal("2 * n") + "</encapsulatedLogic></businessKnowledgeModel>" + input("a", "number") +
      decision("sum", "i_a k_f", literal("twice(a) + 1"), "tSmall");
  const Model model =
      parsed(std::string(import_as_lib) + input("b", "lib.tSmall") +
                 decision("d", "urn:lib#d_sum urn:lib#k_f", literal("lib.sum + lib.twice(10)")) +
                 decision("e", "i_b", literal("b")),
             with(library));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "d", "{lib: {a: 3}}"), "27");
  EXPECT_EQ(value_of(model, "d", "{lib: {a: 30}}"), "null") << "61 is not small";
  EXPECT_EQ(value_of(model, "e", "{b: 11}"), "null");
  const auto compiled = model.compile("d", feel::Names{"lib.a"});
  EXPECT_TRUE(compiled.ok()) << to_text(compiled.error());
}

TEST(Imports, WithoutANameStandBesideOnesOwn) {
  const Model model = parsed(
      "<import name=\"\" namespace=\"urn:lib\" "
      "importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>" +
          decision("d", "urn:lib#d_x", literal("x + 1")),
      with(input("a") + decision("x", "i_a", literal("a * 2"))));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "d", "{a: 4}"), "9");
}

TEST(Imports, ThatCannotBeLoadedOrLoopAreErrors) {
  const auto alone = Model::parse(definitions(import_as_lib), "t.dmn");
  ASSERT_FALSE(alone.ok());
  EXPECT_EQ(alone.error().where, "t.dmn:2:1");
  const auto loop = Model::parse(definitions(import_as_lib), "t.dmn", with(import_as_lib));
  ASSERT_FALSE(loop.ok());
  EXPECT_NE(loop.error().message.find("imports itself"), std::string::npos);
}

TEST(Model, CallsFunctionsOfTheProgramAroundIt) {
  feel::HostFunctions functions;
  functions.push_back(
      {"on duty",
       {"role"},
       [](std::span<const feel::Value> arguments, void* context, feel::Evaluation&) {
         return feel::Value::boolean(arguments[0].text() == *static_cast<std::string*>(context));
       }});
  ParseOptions options;
  options.functions = &functions;
  const Model model = parsed(decision("d", "", literal("on duty(\"nurse\")")), options);
  EXPECT_EQ(first_problem(model), "");
  std::string duty = "nurse";
  feel::Evaluation evaluation;
  evaluation.host = &duty;
  const auto outcome = model.evaluate("d", feel::Value(), evaluation);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->value.is_true());
}

}  // namespace
}  // namespace passerelle::dmn
