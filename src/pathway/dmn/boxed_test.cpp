// Each boxed expression by what it computes.
#include <gtest/gtest.h>

#include <set>

#include "pathway/dmn/testing.h"

namespace passerelle::dmn {
namespace {

std::string computed(std::string_view logic, std::string_view inputs = "{}") {
  const Model model = parsed(input("a") + decision("d", "i_a", logic));
  EXPECT_EQ(first_problem(model), "");
  return value_of(model, "d", inputs);
}

std::string entry(std::string_view name, std::string_view feel) {
  return "<contextEntry><variable name=\"" + std::string(name) + "\"/>" + literal(feel) +
         "</contextEntry>";
}

TEST(BoxedContext, EntriesSeeEarlierOnes) {
  EXPECT_EQ(computed("<context>" + entry("x y", "a + 1") + entry("z", "x y * 2") + "</context>",
                     "{a: 2}"),
            "{x y: 3, z: 6}");
}

TEST(BoxedContext, AnEntryWithoutANameIsTheResult) {
  EXPECT_EQ(computed("<context>" + entry("x", "a + 1") + "<contextEntry>" + literal("x * 10") +
                         "</contextEntry></context>",
                     "{a: 2}"),
            "30");
}

TEST(BoxedRelation, IsAListOfContexts) {
  EXPECT_EQ(computed("<relation><column name=\"n\"/><column name=\"age\"/><row>" +
                     literal("\"x\"") + literal("1 + 1") + "</row><row>" + literal("\"y\"") +
                     literal("a") + "</row></relation>"),
            "[{n: \"x\", age: 2}, {n: \"y\", age: null}]");
}

TEST(BoxedList, KeepsItsOrder) {
  EXPECT_EQ(computed("<list>" + literal("a") + literal("2") + "</list>", "{a: 1}"), "[1, 2]");
}

TEST(BoxedConditional, TakesOneBranch) {
  const std::string logic = "<conditional><if>" + literal("a > 1") + "</if><then>" +
                            literal("\"much\"") + "</then><else>" + literal("\"little\"") +
                            "</else></conditional>";
  EXPECT_EQ(computed(logic, "{a: 2}"), "much");
  EXPECT_EQ(computed(logic, "{a: 1}"), "little");
  EXPECT_EQ(computed(logic, "{a: null}"), "little");
}

TEST(BoxedFilter, SeesItemAndItsMembers) {
  const auto filter = [](std::string_view in, std::string_view match) {
    return "<filter><in>" + literal(in) + "</in><match>" + literal(match) + "</match></filter>";
  };
  EXPECT_EQ(computed(filter("[{p: 1}, {p: 2}]", "p > 1")), "[{p: 2}]");
  EXPECT_EQ(computed(filter("[1, 2, 3]", "item >= a"), "{a: 2}"), "[2, 3]");
  EXPECT_EQ(computed(filter("[1, 2, 3]", "2")), "2");
}

TEST(BoxedIterators, RunOverListsAndRanges) {
  const auto loop = [](std::string_view kind, std::string_view in, std::string_view body) {
    const std::string inner = kind == "for" ? "return" : "satisfies";
    return "<" + std::string(kind) + " iteratorVariable=\"x\"><in>" + literal(in) + "</in><" +
           inner + ">" + literal(body) + "</" + inner + "></" + std::string(kind) + ">";
  };
  EXPECT_EQ(computed(loop("for", "[1, 2]", "x * 2")), "[2, 4]");
  EXPECT_EQ(computed(loop("for", "[1..3]", "x + count(partial)")), "[1, 3, 5]");
  EXPECT_EQ(computed(loop("some", "[1, 2]", "x > 1")), "true");
  EXPECT_EQ(computed(loop("every", "[1, 2]", "x > 1")), "false");
  EXPECT_EQ(computed(loop("every", "[1, 2]", "x")), "null");
}

TEST(BoxedFunction, ClosesOverItsSurroundings) {
  EXPECT_EQ(computed("<context><contextEntry><variable name=\"f\"/><functionDefinition>"
                     "<formalParameter name=\"x\" typeRef=\"number\"/>" +
                         literal("x + a") + "</functionDefinition></contextEntry>" +
                         entry("r", "f(2)") + entry("wrong", "f(\"2\")") + "</context>",
                     "{a: 40}"),
            "{f: function, r: 42, wrong: null}");
}

TEST(BoxedInvocation, BindsByName) {
  const Model model = parsed(
      "<businessKnowledgeModel id=\"k_f\" name=\"f\"><encapsulatedLogic>"
      "<formalParameter name=\"first\"/><formalParameter name=\"the second\"/>" +
      literal("first - the second") + "</encapsulatedLogic></businessKnowledgeModel>" +
      decision("d", "k_f",
               "<invocation>" + literal("f") + "<binding><parameter name=\"the second\"/>" +
                   literal("1") + "</binding><binding><parameter name=\"first\"/>" + literal("10") +
                   "</binding></invocation>") +
      decision("e", "",
               "<invocation>" + literal("substring") + "<binding><parameter name=\"string\"/>" +
                   literal("\"abc\"") + "</binding><binding><parameter name=\"start position\"/>" +
                   literal("2") + "</binding></invocation>"));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "d"), "9");
  EXPECT_EQ(value_of(model, "e"), "bc");
}

TEST(Knowledge, MayCallItself) {
  const Model model = parsed(
      "<businessKnowledgeModel id=\"k_f\" name=\"fac\"><encapsulatedLogic>"
      "<formalParameter name=\"n\" typeRef=\"number\"/>" +
      literal("if n = 0 then 1 else n * fac(n - 1)") +
      "</encapsulatedLogic><knowledgeRequirement><requiredKnowledge href=\"#k_f\"/>"
      "</knowledgeRequirement></businessKnowledgeModel>" +
      decision("d", "k_f", literal("fac(20)")) + decision("deep", "k_f", literal("fac(-1)")));
  EXPECT_EQ(first_problem(model), "");
  EXPECT_EQ(value_of(model, "d"), "2432902008176640000");
  EXPECT_EQ(value_of(model, "deep"), "null") << "runaway recursion is stopped";
}

// What small tables answer is found beforehand; with a trace, or of other arguments, it is
// computed.
TEST(Knowledge, GivesTheSameWhetherItWasFoundBeforehandOrNot) {
  const auto rule = [](std::string_view grade, std::string_view before, std::string_view output) {
    return "<rule><inputEntry><text>" + std::string(grade) +
           "</text></inputEntry><inputEntry><text>" + std::string(before) +
           "</text></inputEntry><outputEntry><text>" + std::string(output) +
           "</text></outputEntry></rule>";
  };
  const Model model = parsed(
      "<businessKnowledgeModel id=\"k_f\" name=\"f\"><variable name=\"f\" typeRef=\"string\"/>"
      "<encapsulatedLogic><formalParameter name=\"grade\" typeRef=\"number\"/>"
      "<formalParameter name=\"before\" typeRef=\"number\"/><decisionTable hitPolicy=\"UNIQUE\">"
      "<input><inputExpression><text>before</text></inputExpression></input>"
      "<input><inputExpression><text>grade</text></inputExpression>"
      "<inputValues><text>null, 0, 1, 2, 2.5, 3, 4, 12, 13</text></inputValues></input><output/>" +
      rule("0", "-", "\"first\"") + rule("&gt; 0", "&gt;= 3", "\"severe\"") +
      rule("[1..2.5]", "[2..2]", "\"jump\"") + rule("&gt; 2.5", "2", "\"late\"") +
      "</decisionTable></encapsulatedLogic></businessKnowledgeModel>" + input("a") + input("b") +
      decision("d", "k_f i_a i_b", literal("f(a, b)")));
  EXPECT_EQ(first_problem(model), "");
  const auto compiled = model.compile("d", feel::Names{"a", "b"});
  ASSERT_TRUE(compiled.ok()) << to_text(compiled.error());
  std::vector<feel::Value> values = {feel::Value(),
                                     feel::Value::boolean(true),
                                     feel::Value::boolean(false),
                                     feel::Value::string("2"),
                                     feel::Value::number(25, 1),
                                     feel::Value::number(20, 1)};
  for (int n = -2; n <= 18; ++n) values.push_back(feel::Value::integer(n));
  std::set<std::string> seen;
  for (const feel::Value& a : values) {
    for (const feel::Value& b : values) {
      const feel::Value slots[] = {a, b};
      feel::Evaluation quick, slow;
      const std::string found = feel::to_text(compiled->evaluate(slots, quick));
      EXPECT_EQ(found, feel::to_text(compiled->explain(slots, slow).value))
          << feel::to_text(a) << ", " << feel::to_text(b);
      ASSERT_EQ(quick.notes.size(), slow.notes.size());
      for (size_t i = 0; i < quick.notes.size(); ++i)
        EXPECT_EQ(quick.notes[i].text, slow.notes[i].text);
      seen.insert(found);
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"first", "jump", "late", "null", "severe"}));
}

TEST(Functions, OfOtherMachinesAreToldAndAreNull) {
  const Model model = parsed(
      "<businessKnowledgeModel id=\"k_f\" name=\"f\"><encapsulatedLogic kind=\"Java\">"
      "<formalParameter name=\"n\"/>" +
      literal("{class: \"java.lang.Math\", method signature: \"cos(double)\"}") +
      "</encapsulatedLogic></businessKnowledgeModel>" + decision("d", "k_f", literal("f(1)")));
  EXPECT_NE(first_problem(model).find("only a Java machine can call"), std::string::npos);
  EXPECT_EQ(value_of(model, "d"), "null");
}

}  // namespace
}  // namespace passerelle::dmn
