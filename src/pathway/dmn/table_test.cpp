// Every hit policy on one table: which rules fire, in which order, and what comes of it.
#include <gtest/gtest.h>

#include <array>
#include <random>

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

TEST(HitPolicy, CollectGivesTheSameListForTheSameRulesWhereThatIsRemembered) {
  for (const char* policy : {"COLLECT", "RULE ORDER"}) {
    const Model model = parsed(
        input("n", "number") +
        decision("d", "i_n", table({std::string("hitPolicy=\"") + policy + "\""}, overlapping)));
    const auto compiled = model.compile("d", feel::Names{"n"});
    ASSERT_TRUE(compiled.ok()) << to_text(compiled.error());
    feel::Evaluation plain, remembering;
    plain.keep_notes = remembering.keep_notes = false;
    remembering.remember();
    const auto decide = [&](int64_t n, feel::Evaluation& evaluation) {
      return compiled->evaluate({{feel::Value::integer(n)}}, evaluation);
    };
    for (int round = 0; round < 2; ++round)
      for (int64_t n = -2; n < 30; ++n)
        EXPECT_EQ(feel::to_text(decide(n, remembering)), feel::to_text(decide(n, plain))) << n;
    EXPECT_TRUE(decide(6, remembering).is_same(decide(9, remembering))) << "of the same rules";
    EXPECT_FALSE(decide(6, remembering).is_same(decide(1, remembering)));
    EXPECT_FALSE(decide(6, plain).is_same(decide(9, plain)));
  }
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

// ---- tables that are looked up, and the same tables run rule by rule ----

class RandomTable {
 public:
  explicit RandomTable(uint32_t seed) : random_(seed) {
    inputs_ = {"n", "n + m", "if n > m then m else n", "t", "c.n", "c.n < c.m", "g(m)"};
    for (unsigned rule = 0; rule < 2 + below(12); ++rule) {
      std::string cells;
      for (const std::string& input : inputs_) cells += entry(input == "t" ? text() : number());
      rules_ += "<rule>" + cells + "<outputEntry><text>" + std::to_string(rule) +
                "</text></outputEntry></rule>\n";
    }
  }

  // As it is, and with so many rules that never fit that it cannot be looked up.
  std::string logic(bool many_rules) const {
    std::string out = "<decisionTable hitPolicy=\"COLLECT\">";
    for (const std::string& input : inputs_) {
      out +=
          "<input><inputExpression><text>" + escaped(input) + "</text></inputExpression></input>";
    }
    out += "<output/>" + rules_;
    for (int i = 0; many_rules && i < 64; ++i) {
      out += "<rule>";
      for (size_t k = 0; k < inputs_.size(); ++k) out += entry("\"never\"");
      out += "<outputEntry><text>-1</text></outputEntry></rule>\n";
    }
    return out + "</decisionTable>";
  }

  feel::Value value() {
    switch (below(7)) {
      case 0:
        return {};
      case 1:
        return feel::Value::boolean(below(2) == 1);
      case 2:
        return feel::Value::string(words[below(words.size())]);
      case 3:
        return feel::Value::number(static_cast<int64_t>(below(90)) - 20, below(4));
      case 4:
        return *feel::Value::number(far[below(far.size())]);
      default:
        return feel::Value::integer(static_cast<int64_t>(below(12)) - 2);
    }
  }

 private:
  static constexpr std::array<std::string_view, 5> words = {"a", "b", "bc", "", "other"};
  static constexpr std::array<std::string_view, 7> far = {
      "1e40", "-1e40", "1.00001", "0.000000000000000001", "9223372036854775807", "2.50", "-0"};

  uint32_t below(size_t bound) { return static_cast<uint32_t>(random_() % bound); }
  static std::string escaped(std::string_view feel) {
    std::string out;
    for (const char c : feel) out += c == '<' ? "&lt;" : std::string(1, c);
    return out;
  }
  static std::string entry(std::string_view feel) {
    return "<inputEntry><text>" + escaped(feel) + "</text></inputEntry>";
  }
  std::string bound() {
    if (below(6) == 0) return std::string(far[below(far.size())]);
    return std::to_string(below(10)) + (below(3) == 0 ? ".5" : "");
  }
  std::string number() {
    switch (below(20)) {
      case 0:
        return "[" + bound() + ".." + bound() + ")";
      case 1:
        return "not(" + bound() + ")";
      case 2:
        return bound() + ", " + bound() + ", null";
      case 3:
        return "true";
      case 4:
      case 5:
        return (below(2) == 0 ? "< " : ">= ") + bound();
      case 6:
        return bound();
      default:
        return "-";
    }
  }
  std::string text() {
    const auto word = [&] { return "\"" + std::string(words[below(words.size())]) + "\""; };
    switch (below(6)) {
      case 0:
        return word();
      case 1:
        return "not(" + word() + ")";
      case 2:
        return word() + ", " + word();
      case 3:
        return below(4) == 0 ? "> " + word() : word();
      default:
        return "-";
    }
  }

  std::mt19937 random_;
  std::vector<std::string> inputs_;
  std::string rules_;
};

// More contexts than a table remembers where their entries stand, of ever other looks.
TEST(DecisionTable, ReadsEntriesOfContextsHoweverTheyLook) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f"};
  for (const size_t used : {size_t{2}, size_t{4}, names.size()}) {
    std::string inputs, needs, text = "<decisionTable hitPolicy=\"FIRST\">";
    for (size_t i = 0; i < used; ++i) {
      inputs += input(names[i]);
      needs += (i == 0 ? "i_" : " i_") + names[i];
      text += "<input><inputExpression><text>" + names[i] + ".x</text></inputExpression></input>";
    }
    text += "<output/>";
    for (size_t rule = 0; rule < used; ++rule) {
      text += "<rule>";
      for (size_t i = 0; i < used; ++i)
        text += std::string("<inputEntry><text>") + (i == rule ? "7, true" : "-") +
                "</text></inputEntry>";
      text += "<outputEntry><text>\"" + names[rule] + "\"</text></outputEntry></rule>";
    }
    const Model model = parsed(inputs + decision("t", needs, text + "</decisionTable>"));
    ASSERT_EQ(first_problem(model), "");
    // What the context may be, and whether its rule fits.
    const std::vector<std::pair<std::string, bool>> looks = {
        {"{x: false}", false}, {"{x: true}", true},        {"{y: 1, x: 7}", true},
        {"null", false},       {"{x: \"text\"}", false},   {"{y: true}", false},
        {"{x: 7.0}", true},    {"{x: null, z: 7}", false}, {"{z: 1, y: 2, x: true}", true},
        {"3", false},          {"{x: 1000, y: 3}", false}};
    std::mt19937 random(5);
    for (int round = 0; round < 400; ++round) {
      std::string given, expected = "null";
      for (size_t i = 0; i < used; ++i) {
        // Mostly the same, so that there is something to remember.
        const auto& [look, fits] = looks[random() % (round < 100 ? 2 : looks.size())];
        given += (i == 0 ? "{" : ", ") + names[i] + ": " + look;
        if (fits && expected == "null") expected = names[i];
      }
      ASSERT_EQ(value_of(model, "t", given + "}"), expected) << given;
    }
  }
}

TEST(DecisionTable, GivesTheSameWhetherItIsLookedUpOrNot) {
  const std::string g =
      "<businessKnowledgeModel id=\"k_g\" name=\"g\"><variable name=\"g\"/><encapsulatedLogic>"
      "<formalParameter name=\"x\"/><decisionTable hitPolicy=\"FIRST\"><input><inputExpression>"
      "<text>x</text></inputExpression></input><output/><rule><inputEntry><text>&gt; 3</text>"
      "</inputEntry><outputEntry><text>1</text></outputEntry></rule><rule><inputEntry><text>0"
      "</text></inputEntry><outputEntry><text>2</text></outputEntry></rule></decisionTable>"
      "</encapsulatedLogic></businessKnowledgeModel>";
  size_t fitting = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    RandomTable table(seed);
    const std::string needs = "i_n i_m i_t i_c k_g";
    const Model model = parsed(g + input("n") + input("m") + input("t") + input("c") +
                               decision("quick", needs, table.logic(false)) +
                               decision("slow", needs, table.logic(true)));
    ASSERT_EQ(first_problem(model), "");
    const feel::Names names{"n", "m", "t", "c"};
    const auto quick = model.compile("quick", names), slow = model.compile("slow", names);
    ASSERT_TRUE(quick.ok() && slow.ok());
    for (int i = 0; i < 150; ++i) {
      const feel::Value members =
          feel::Value::context({{"n", table.value()}, {"m", table.value()}});
      const feel::Value slots[] = {table.value(), table.value(), table.value(),
                                   i % 9 == 0 ? table.value() : members};
      feel::Evaluation looked_up, traced, by_rule;
      const std::string expected = feel::to_text(slow->evaluate(slots, by_rule));
      const auto given = [&] {
        std::string text;
        for (const feel::Value& slot : slots) text += feel::to_text(slot) + "; ";
        return text + table.logic(false);
      };
      EXPECT_EQ(feel::to_text(quick->evaluate(slots, looked_up)), expected) << given();
      EXPECT_EQ(feel::to_text(quick->explain(slots, traced).value), expected) << given();
      EXPECT_EQ(looked_up.notes.size(), by_rule.notes.size()) << given();
      fitting += expected != "[]" && expected != "null" ? 1 : 0;
    }
  }
  EXPECT_GT(fitting, 500u) << "hardly any rule fits: the test would say little";
}

}  // namespace
}  // namespace passerelle::dmn
