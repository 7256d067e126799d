#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

constexpr std::string_view triage = R"(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="triage"
    namespace="urn:test">
  <inputData id="i" name="daily"><variable name="daily"/></inputData>
  <decision id="t" name="Triage"><variable name="Triage"/>
    <informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
    <decisionTable id="table" hitPolicy="FIRST">
      <input id="in"><inputExpression id="ie" typeRef="number"><text>daily.temperature</text>
        </inputExpression></input>
      <output id="out" typeRef="string"/>
      <rule id="r1"><inputEntry id="a1"><text>&gt;= 39</text></inputEntry>
        <outputEntry id="o1"><text>"urgent"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="a2"><text>-</text></inputEntry>
        <outputEntry id="o2"><text>"green"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>)";

PathwaySource with_decision(std::string_view name) {
  PathwaySource source = test_source(
      bpmn("<startEvent id=\"s\"/><userTask id=\"form\" p:role=\"patient\" p:result=\"daily\"/>"
           "<businessRuleTask id=\"sort\" p:decision=\"" +
               std::string(name) +
               "\" p:result=\"severity\"><extensionElements><p:record name=\"severity\">severity"
               "</p:record></extensionElements></businessRuleTask>"
               "<exclusiveGateway id=\"g\" default=\"g_end\"/><endEvent id=\"end\"/>"
               "<userTask id=\"call\" p:role=\"nurse\"/><sequenceFlow id=\"f\" sourceRef=\"g\" "
               "targetRef=\"call\"><conditionExpression>severity = \"urgent\"</conditionExpression>"
               "</sequenceFlow>",
           "s>form form>sort sort>g g>end"));
  source.dmn.emplace_back("triage.dmn", std::string(triage));
  return source;
}

TEST(Decision, IsTakenOnTheCasesVariablesAndRecorded) {
  Case urgent(with_decision("Triage"));
  urgent.start().complete("form", R"({"temperature": 39.2})");
  EXPECT_EQ(urgent.waiting_for(), "call");
  const auto sorted = std::find_if(urgent.log.begin(), urgent.log.end(), [&](const Event& event) {
    return urgent.pathway().names().text(event.activity) == "sort";
  });
  ASSERT_NE(sorted, urgent.log.end());
  EXPECT_EQ(feel::to_json_text(sorted->data),
            R"({"severity":"urgent","fired":[{"rule":"table/r1","met":[39.2]}]})");
  Case green(with_decision("Triage"));
  green.start().complete("form", R"({"temperature": 37})");
  EXPECT_TRUE(green.ended);
}

// A rehearsal that keeps no log asks for no reasons; the case goes the same way.
TEST(Decision, TellsNoRulesToWhoeverWantsFewEvents) {
  Case c(with_decision("Triage"));
  std::vector<uint8_t> wanted(c.pathway().activities().size() + 1, 0xFF);
  c.memory.wanted = &wanted;
  c.start().complete("form", R"({"temperature": 39.2})");
  EXPECT_EQ(c.waiting_for(), "call");
  bool seen = false;
  for (const Event& event : c.log) {
    if (c.pathway().names().text(event.activity) != "sort") continue;
    seen = true;
    EXPECT_EQ(feel::to_json_text(event.data), R"({"severity":"urgent"})");
  }
  EXPECT_TRUE(seen);
}

TEST(Decision, LeavesAFieldOfThatNameToThePathway) {
  PathwaySource source = with_decision("Triage");
  const std::string field = "<p:record name=\"severity\">";
  source.bpmn.replace(source.bpmn.find(field), field.size(), "<p:record name=\"fired\">");
  Case c(std::move(source));
  c.start().complete("form", R"({"temperature": 39.2})");
  const auto sorted = std::find_if(c.log.begin(), c.log.end(), [&](const Event& event) {
    return c.pathway().names().text(event.activity) == "sort";
  });
  ASSERT_NE(sorted, c.log.end());
  EXPECT_EQ(feel::to_json_text(sorted->data), R"({"fired":"urgent"})");
}

TEST(Decision, ThatNoFileHoldsIsFoundAtCompileTime) {
  std::vector<Finding> findings;
  EXPECT_FALSE(compile_pathway(with_decision("Triagge"), findings).has_value());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, "unknown-decision");
  EXPECT_EQ(findings[0].help, "did you mean 'Triage'?");
}

}  // namespace
}  // namespace passerelle::pathway
