// Every hit policy on one table: which rules fire, in which order, and what comes of it.
#include <gtest/gtest.h>

#include "pathway/dmn/testing.h"

namespace passerelle::dmn {
namespace {

struct Shape {
  std::string policy;           // attributes of the table
  std::string output_values{};  // in their order of priority
  std::string fallback{};
};

// Rules over one number; several fit small ones.
std::string table(const Shape& shape, std::string_view rules) {
  std::string out = "<decisionTable id=\"t\" " + shape.policy +
                    "><input label=\"Number\"><inputExpression typeRef=\"number\">"
                    "<text>n</text></inputExpression></input><output>";
  if (!shape.output_values.empty()) {
    out += "<outputValues><text>" + shape.output_values + "</text></outputValues>";
  }
  if (!shape.fallback.empty()) {
    out += "<defaultOutputEntry><text>" + shape.fallback + "</text></defaultOutputEntry>";
  }
  out += "</output><annotation name=\"why\"/>";
  for (size_t at = 0; at < rules.size();) {  // "test -> output | test -> output"
    const size_t end = std::min(rules.find(" | ", at), rules.size());
    const std::string_view rule = rules.substr(at, end - at);
    const size_t arrow = rule.find(" -> ");
    std::string test(rule.substr(0, arrow));
    if (test[0] == '<') test.replace(0, 1, "&lt;");
    out += "<rule><inputEntry><text>" + test + "</text></inputEntry><outputEntry><text>" +
           std::string(rule.substr(arrow + 4)) +
           "</text></outputEntry><annotationEntry><text>because</text></annotationEntry></rule>\n";
    at = end + 3;
  }
  return out + "</decisionTable>";
}

std::string decided(const Shape& shape, std::string_view rules, int n) {
  const Model model = parsed(input("n", "number") + decision("d", "i_n", table(shape, rules)));
  EXPECT_EQ(first_problem(model), "");
  return value_of(model, "d", "{n: " + std::to_string(n) + "}");
}

constexpr std::string_view overlapping = "<5 -> \"low\" | <10 -> \"middle\" | <20 -> \"high\"";

TEST(HitPolicy, UniqueTakesTheOnlyRuleAndRefusesTwo) {
  EXPECT_EQ(decided({"hitPolicy=\"UNIQUE\""}, overlapping, 15), "high");
  EXPECT_EQ(decided({"hitPolicy=\"UNIQUE\""}, overlapping, 7), "null");
  EXPECT_EQ(decided({"", {}, {}}, overlapping, 7), "null") << "UNIQUE is the default";
}

TEST(HitPolicy, FirstTakesTheFirstRuleThatFits) {
  EXPECT_EQ(decided({"hitPolicy=\"FIRST\""}, overlapping, 1), "low");
  EXPECT_EQ(decided({"hitPolicy=\"FIRST\""}, overlapping, 7), "middle");
}

TEST(HitPolicy, PriorityGoesByTheOrderOfTheOutputValues) {
  const Shape shape{"hitPolicy=\"PRIORITY\"", "\"high\", \"middle\", \"low\""};
  EXPECT_EQ(decided(shape, overlapping, 1), "high");
}

TEST(HitPolicy, AnyWantsTheSameOutputOfAllThatFit) {
  EXPECT_EQ(decided({"hitPolicy=\"ANY\""}, "<5 -> 1 | <10 -> 1", 1), "1");
  EXPECT_EQ(decided({"hitPolicy=\"ANY\""}, "<5 -> 1 | <10 -> 2", 1), "null");
}

TEST(HitPolicy, CollectGathersAndAggregates) {
  constexpr std::string_view numbers = "<5 -> 3 | <10 -> 1 | <20 -> 5";
  EXPECT_EQ(decided({"hitPolicy=\"COLLECT\""}, numbers, 7), "[1, 5]");
  EXPECT_EQ(decided({"hitPolicy=\"COLLECT\" aggregation=\"SUM\""}, numbers, 1), "9");
  EXPECT_EQ(decided({"hitPolicy=\"COLLECT\" aggregation=\"MIN\""}, numbers, 1), "1");
  EXPECT_EQ(decided({"hitPolicy=\"COLLECT\" aggregation=\"MAX\""}, numbers, 1), "5");
  EXPECT_EQ(decided({"hitPolicy=\"COLLECT\" aggregation=\"COUNT\""}, numbers, 7), "2");
}

TEST(HitPolicy, RuleOrderKeepsTheTablesOrderAndOutputOrderThatOfTheValues) {
  EXPECT_EQ(decided({"hitPolicy=\"RULE ORDER\""}, overlapping, 1),
            "[\"low\", \"middle\", \"high\"]");
  const Shape shape{"hitPolicy=\"OUTPUT ORDER\"", "\"middle\", \"high\", \"low\""};
  EXPECT_EQ(decided(shape, overlapping, 1), "[\"middle\", \"high\", \"low\"]");
}

TEST(DecisionTable, FallsBackToItsDefaultOnlyWhenNoRuleFits) {
  const Shape shape{"hitPolicy=\"FIRST\"", {}, "\"none\""};
  EXPECT_EQ(decided(shape, overlapping, 50), "none");
  EXPECT_EQ(decided(shape, overlapping, 1), "low");
  EXPECT_EQ(decided({"hitPolicy=\"FIRST\""}, overlapping, 50), "null");
}

TEST(DecisionTable, RefusesOutputsThatAreNotAllowed) {
  EXPECT_EQ(decided({"hitPolicy=\"FIRST\"", "\"a\", \"b\""}, "<5 -> \"c\" | - -> \"a\"", 1),
            "null");
  EXPECT_EQ(decided({"hitPolicy=\"FIRST\"", "\"a\", \"b\""}, "<5 -> \"c\" | - -> \"a\"", 9), "a");
}

TEST(DecisionTable, TellsWhichRulesFired) {
  const Model model = parsed(input("n", "number") +
                             decision("d", "i_n", table({"hitPolicy=\"COLLECT\""}, overlapping)));
  feel::Evaluation evaluation;
  feel::Names names;
  names.add("n");
  const auto compiled = model.compile("d", names);
  ASSERT_TRUE(compiled.ok());
  const std::vector<feel::Value> slots = {feel::Value::integer(7)};
  const Outcome outcome = compiled->explain(slots, evaluation);
  ASSERT_EQ(outcome.fired.size(), 2u);
  EXPECT_EQ(outcome.fired[0].table, &model.tables()[0]);
  EXPECT_EQ(outcome.fired[0].rule, 1u);
  EXPECT_EQ(outcome.fired[1].rule, 2u);
  EXPECT_EQ(outcome.fired[0].table->owner, "d");
  EXPECT_EQ(outcome.fired[0].table->rules[1].annotations[0], "because");
  EXPECT_EQ(outcome.fired[0].table->rules[1].inputs[0].text, "<10");
  EXPECT_GT(outcome.fired[0].table->rules[1].place.line, 0);
}

TEST(DecisionTable, SaysInANoteWhyItDecidedNothing) {
  const Model model = parsed(input("n", "number") +
                             decision("d", "i_n", table({"hitPolicy=\"UNIQUE\""}, overlapping)));
  feel::Evaluation evaluation;
  const auto outcome =
      model.evaluate("d", feel::Value::context({{"n", feel::Value::integer(1)}}), evaluation);
  ASSERT_TRUE(outcome.ok());
  ASSERT_FALSE(evaluation.notes.empty());
  EXPECT_NE(evaluation.notes[0].text.find("rules 1 and 2"), std::string::npos);
}

TEST(DecisionTable, SeveralOutputsAreAContext) {
  const Model model = parsed(
      input("n", "number") +
      decision("d", "i_n",
               "<decisionTable hitPolicy=\"FIRST\"><input><inputExpression><text>n</text>"
               "</inputExpression></input><output name=\"level\"/><output name=\"call\"/>"
               "<rule><inputEntry><text>[1..3]</text></inputEntry><outputEntry><text>\"red\"</text>"
               "</outputEntry><outputEntry><text>n * 2</text></outputEntry></rule>"
               "</decisionTable>"));
  EXPECT_EQ(value_of(model, "d", "{n: 3}"), "{level: \"red\", call: 6}");
  EXPECT_EQ(value_of(model, "d", "{n: 4}"), "null");
}

TEST(DecisionTable, NullMeetsOnlyTestsThatAskForIt) {
  const Shape shape{"hitPolicy=\"FIRST\""};
  const Model model = parsed(
      input("n") + decision("d", "i_n", table(shape, "<5 -> \"low\" | null -> \"missing\"")) +
      decision("e", "i_n", table(shape, "not(null) -> \"there\" | - -> \"any\"")) +
      decision("f", "i_n", table(shape, "true -> \"yes\" | - -> \"other\"")));
  EXPECT_EQ(value_of(model, "d"), "missing");
  EXPECT_EQ(value_of(model, "e"), "any");
  EXPECT_EQ(value_of(model, "e", "{n: 2}"), "there");
  EXPECT_EQ(value_of(model, "f"), "other");
  EXPECT_EQ(value_of(model, "f", "{n: 1}"), "other");
  EXPECT_EQ(value_of(model, "f", "{n: true}"), "yes");
}

TEST(DecisionTable, ARuleWithoutItsCellsIsAProblemWithItsPlace) {
  const Model model =
      parsed(input("n") +
             "<decision id=\"d\" name=\"d\"><informationRequirement><requiredInput "
             "href=\"#i_n\"/></informationRequirement><decisionTable>\n<input>"
             "<inputExpression><text>n</text></inputExpression></input><output/>\n"
             "<rule><outputEntry><text>1</text></outputEntry></rule></decisionTable>"
             "</decision>");
  EXPECT_NE(first_problem(model).find("t.dmn:5:1: rule 1 of 'd' has 0 input"), std::string::npos)
      << first_problem(model);
}

}  // namespace
}  // namespace passerelle::dmn
