// Repeated activities, called processes, ad-hoc sub-processes, local variables.
#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using namespace std::chrono_literals;

std::string readers(std::string_view attributes, std::string_view inside,
                    std::string_view more = {}) {
  return bpmn(
      "<extensionElements><p:variable name=\"people\"/></extensionElements>"
      "<startEvent id=\"start\"/><userTask id=\"read\" p:role=\"nurse\" p:result=\"reading\">"
      "<extensionElements><p:show name=\"who\">who</p:show>"
      "<p:record name=\"n\">loopCounter</p:record></extensionElements>"
      "<multiInstanceLoopCharacteristics " +
          std::string(attributes) + ">" + std::string(inside) +
          "</multiInstanceLoopCharacteristics></userTask>" + std::string(more) +
          "<userTask id=\"next\" p:role=\"nurse\"/>",
      "start>read read>next");
}

TEST(MultiInstance, OffersAllAtOnceAndCollectsInTheListsOrder) {
  Case c(
      readers(R"(p:list="people" p:each="who" p:collect="readings" p:value="reading.grade")", ""));
  c.start(R"({"people": ["ann", "bob", "eve"]})");
  EXPECT_EQ(c.waiting_for(), "read read read");
  std::vector<std::string> shown;
  std::vector<uint32_t> items;
  for (const auto& [item, work] : c.open) {
    shown.push_back(feel::to_json_text(work.data));
    items.push_back(item);
  }
  EXPECT_THAT(shown,
              testing::ElementsAre(R"({"who":"ann"})", R"({"who":"bob"})", R"({"who":"eve"})"));
  for (const size_t i : {2u, 0u, 1u}) {
    Stimulus done = c.make(Stimulus::Kind::complete);
    done.item = items[i];
    done.data = value("{\"grade\": " + std::to_string(i) + "}");
    c.must(done);
  }
  EXPECT_EQ(c.waiting_for(), "next");
  EXPECT_EQ(c.text_of("readings"), "[0,1,2]");
  EXPECT_EQ(c.text_of("reading"), "null") << "each instance has its own";
  EXPECT_EQ(c.text_of("who"), "null");
}

TEST(MultiInstance, EndsAsSoonAsItsConditionIsTrueAndTakesTheRestBack) {
  Case c(readers(R"(p:list="people" p:each="who" p:collect="readings")",
                 "<completionCondition>numberOfCompletedInstances &gt;= 2</completionCondition>"));
  c.start(R"({"people": ["a", "b", "c"]})").told();
  c.complete("read", R"({"grade": 1})").complete("read", R"({"grade": 2})");
  EXPECT_EQ(c.waiting_for(), "next");
  EXPECT_EQ(c.told(), "read:complete read:complete read:withdraw next:schedule");
  EXPECT_EQ(c.variable("readings").size(), 2u);
}

TEST(MultiInstance, GoesOneAfterTheOtherWhenItIsSequential) {
  Case c(readers(R"(isSequential="true" p:list="people" p:each="who")", ""));
  c.start(R"({"people": ["a", "b"]})");
  EXPECT_EQ(c.waiting_for(), "read");
  EXPECT_EQ(feel::to_json_text(c.open.begin()->second.data), R"({"who":"a"})");
  c.complete("read");
  EXPECT_EQ(feel::to_json_text(c.open.begin()->second.data), R"({"who":"b"})");
  c.complete("read");
  EXPECT_EQ(c.waiting_for(), "next");
}

TEST(MultiInstance, OfNothingIsDoneAtOnce) {
  Case c(readers(R"(p:list="people" p:each="who" p:collect="readings")", ""));
  c.start(R"({"people": []})");
  EXPECT_EQ(c.waiting_for(), "next");
  EXPECT_EQ(c.text_of("readings"), "[]");
}

TEST(MultiInstance, StopsWithAnIncidentWhenThereIsNoList) {
  Case c(readers(R"(p:list="people" p:each="who")", ""));
  c.start();
  EXPECT_EQ(c.waiting_for(), "!read");
  Stimulus mend = c.make(Stimulus::Kind::complete);
  mend.item = c.open.begin()->first;
  mend.data = value(R"({"people": [1]})");
  c.must(mend);
  EXPECT_EQ(c.waiting_for(), "read");
}

TEST(MultiInstance, CountsByANumberAndBoundaryEventsHoldForAllOfIt) {
  Case c(readers("p:each=\"who\"", "<loopCardinality>1 + 2</loopCardinality>",
                 R"(<boundaryEvent id="late" attachedToRef="read"><timerEventDefinition>
      <timeDuration>PT4H</timeDuration></timerEventDefinition></boundaryEvent>
      <userTask id="warn" p:role="nurse"/>{{late>warn}})"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "read read read");
  EXPECT_EQ(c.timers.size(), 1u);
  c.complete("read").wait(5h);
  EXPECT_EQ(c.waiting_for(), "warn");
  c.complete("warn");
  EXPECT_TRUE(c.ended);
}

TEST(MultiInstance, TakesTheNamesOfDataObjectsAsTheStandardWritesThem) {
  Case c(bpmn(R"(<extensionElements><p:variable name="people"/></extensionElements>
      <dataObject id="d1" name="people"/><dataObject id="d2" name="ages"/>
      <startEvent id="start"/><scriptTask id="age" p:result="age"><script>who.age</script>
      <multiInstanceLoopCharacteristics isSequential="true"><loopDataInputRef>d1</loopDataInputRef>
      <loopDataOutputRef>d2</loopDataOutputRef><inputDataItem id="i" name="who"/>
      <outputDataItem id="o" name="age"/></multiInstanceLoopCharacteristics></scriptTask>)",
              "start>age"));
  c.start(R"({"people": [{"age": 71}, {"age": 40}]})");
  EXPECT_TRUE(c.ended);
  EXPECT_EQ(c.text_of("ages"), "[71,40]");
}

TEST(MultiInstance, OfSubProcessesKeepsTheirVariablesApart) {
  Case c(bpmn(R"(<extensionElements><p:variable name="people"/></extensionElements>
      <startEvent id="start"/><subProcess id="each">
        <extensionElements><p:local name="grade"/></extensionElements>
        <multiInstanceLoopCharacteristics p:list="people" p:each="who" p:collect="grades"
          p:value="who"/>
        <startEvent id="s"/><userTask id="ask" p:role="nurse" p:result="grade"/>
        <exclusiveGateway id="bad" default="bad_fine"/><userTask id="call" p:role="nurse"/>
        <endEvent id="fine"/>{{s>ask ask>bad bad>fine call>fine}}
        <sequenceFlow id="f" sourceRef="bad" targetRef="call">
          <conditionExpression>grade.value &gt; 2</conditionExpression></sequenceFlow>
      </subProcess>)",
              "start>each"));
  c.start(R"({"people": ["a", "b"]})");
  EXPECT_EQ(c.waiting_for(), "ask ask");
  c.complete("ask", R"({"value": 4})");
  EXPECT_EQ(c.waiting_for(), "ask call");
  c.complete("ask", R"({"value": 0})");
  EXPECT_EQ(c.waiting_for(), "call");
  c.complete("call");
  EXPECT_TRUE(c.ended);
  EXPECT_EQ(c.text_of("grade"), "null");
}

TEST(StandardLoop, IsDoneUntilItsConditionFailsOrItsMaximumIsReached) {
  const auto loop = [](std::string_view attributes) {
    return bpmn(
        "<startEvent id=\"start\"/><userTask id=\"try\" p:role=\"nurse\" p:result=\"r\">"
        "<standardLoopCharacteristics " +
            std::string(attributes) +
            "><loopCondition>r.reached != true</loopCondition>"
            "</standardLoopCharacteristics></userTask><userTask id=\"next\" p:role=\"nurse\"/>",
        "start>try try>next");
  };
  Case until(loop(""));
  until.start().complete("try", R"({"reached": false})");
  EXPECT_EQ(until.waiting_for(), "try");
  until.complete("try", R"({"reached": true})");
  EXPECT_EQ(until.waiting_for(), "next");
  Case most(loop("loopMaximum=\"3\""));
  most.start();
  for (int i = 0; i < 3; ++i) most.complete("try", R"({"reached": false})");
  EXPECT_EQ(most.waiting_for(), "next");
  Case before(loop("testBefore=\"true\""));
  before.start();
  EXPECT_EQ(before.waiting_for(), "try");
}

TEST(StandardLoop, WithoutAnEndIsRefused) {
  std::vector<Finding> findings;
  compile_pathway(test_source(bpmn("<startEvent id=\"s\"/><userTask id=\"t\" p:role=\"nurse\">"
                                   "<standardLoopCharacteristics/></userTask>",
                                   "s>t")),
                  findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].message, testing::HasSubstr("is repeated for ever"));
}

TEST(MultiInstance, NestedTooWidelyStopsWithAnIncident) {
  Case c(bpmn(R"(<startEvent id="start"/><subProcess id="many"><multiInstanceLoopCharacteristics>
      <loopCardinality>400</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="s"/><userTask id="t" p:role="nurse"><multiInstanceLoopCharacteristics>
      <loopCardinality>400</loopCardinality></multiInstanceLoopCharacteristics></userTask>
      {{s>t}}</subProcess>)",
              "start>many"));
  c.start();
  EXPECT_EQ(c.waiting_for().substr(0, 2), "!t");
}

TEST(MultiInstance, CannotTakeTheCasesOwnNames) {
  for (const std::string_view wrong : {"p:each=\"patient\"", "p:each=\"case start\"",
                                       "p:each=\"x\" p:collect=\"case start\" p:value=\"x\""}) {
    std::vector<Finding> findings;
    compile_pathway(test_source(readers("p:list=\"people\" " + std::string(wrong), "")), findings);
    std::string told;
    for (const Finding& finding : findings) told += to_text(finding);
    EXPECT_THAT(told, testing::HasSubstr("cannot be set")) << wrong;
  }
}

// ---- called processes ----

const std::string caller = R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:p="urn:passerelle:bpmn:1">
  <process id="round"><startEvent id="s"/>
    <userTask id="measure" p:role="nurse" p:result="vital"/>
    <scriptTask id="score" p:result="total"><script>vital.pulse + extra</script></scriptTask>
    <sequenceFlow id="a" sourceRef="s" targetRef="measure"/>
    <sequenceFlow id="b" sourceRef="measure" targetRef="score"/></process>
  <process id="test" isExecutable="true"><startEvent id="start"/>
    <callActivity id="first" calledElement="round"><extensionElements>
      <p:in variable="extra">1</p:in><p:out variable="one">total</p:out></extensionElements>
    </callActivity>
    <callActivity id="second" calledElement="round"><extensionElements>
      <p:in variable="extra">one</p:in><p:out variable="two">total</p:out></extensionElements>
    </callActivity>
    <sequenceFlow id="f" sourceRef="start" targetRef="first"/>
    <sequenceFlow id="g" sourceRef="first" targetRef="second"/></process></definitions>)";

TEST(CallActivity, RunsTheOtherProcessOnVariablesOfItsOwn) {
  Case c(caller);
  c.start();
  EXPECT_EQ(c.waiting_for(), "first/measure");
  c.complete("first/measure", R"({"pulse": 70})");
  EXPECT_EQ(c.waiting_for(), "second/measure");
  EXPECT_EQ(c.text_of("one"), "71");
  EXPECT_EQ(c.text_of("vital"), "null");
  c.complete("second/measure", R"({"pulse": 10})");
  EXPECT_TRUE(c.ended);
  EXPECT_EQ(c.text_of("two"), "81");
}

TEST(CallActivity, IsRefusedWithoutItsProcessOrWhenItCallsItself) {
  const auto told = [](std::string xml) {
    std::vector<Finding> findings;
    compile_pathway(test_source(std::move(xml)), findings);
    std::string all;
    for (const Finding& finding : findings) all += to_text(finding);
    return all;
  };
  std::string xml = caller;
  xml.replace(xml.find("calledElement=\"round\""), 21, "calledElement=\"rund\"");
  EXPECT_THAT(told(xml), testing::HasSubstr("calls 'rund', which is no process of the file"));
  xml = caller;
  xml.replace(xml.find("<userTask id=\"measure\" p:role=\"nurse\" p:result=\"vital\"/>"), 57,
              "<callActivity id=\"measure\" calledElement=\"round\"/>");
  EXPECT_THAT(told(xml), testing::HasSubstr("would call itself without end"));
  xml = caller;
  xml.replace(xml.find("+ extra"), 7, "+ one");
  EXPECT_THAT(told(xml), testing::HasSubstr("'one' is a variable of the process that calls"));
}

// ---- ad-hoc sub-processes ----

std::string ad_hoc(std::string_view inside, std::string_view attributes = {}) {
  return bpmn("<startEvent id=\"start\"/><adHocSubProcess id=\"visit\" " + std::string(attributes) +
                  ">" + std::string(inside) +
                  "</adHocSubProcess><userTask id=\"next\" p:role=\"nurse\"/>",
              "start>visit visit>next");
}

TEST(AdHoc, OffersEverythingAndEndsWhenItsConditionIsTrue) {
  Case c(ad_hoc(R"(<userTask id="weigh" p:role="nurse" p:result="weight"/>
      <userTask id="talk" p:role="nurse"/><userTask id="teach" p:role="nurse"/>
      <userTask id="check" p:role="nurse"/>{{teach>check}}
      <completionCondition>weight != null</completionCondition>)"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "talk teach weigh");
  c.complete("teach");
  EXPECT_EQ(c.waiting_for(), "check talk weigh");
  c.complete("talk");
  EXPECT_EQ(c.waiting_for(), "check weigh");
  c.told();
  c.complete("weigh", R"({"kg": 70})");
  EXPECT_EQ(c.waiting_for(), "next");
  EXPECT_EQ(c.told(), "weigh:complete check:withdraw visit:complete next:schedule");
}

TEST(AdHoc, OffersAgainWhatMayBeDoneAgainAndWaitsForTheRestWhenItDoesNotCancel) {
  Case c(ad_hoc(R"(<userTask id="call" p:role="nurse" p:result="call"><extensionElements>
      <p:again>call.reached != true</p:again></extensionElements></userTask>
      <userTask id="letter" p:role="nurse"/>
      <completionCondition>call.reached</completionCondition>)",
                "cancelRemainingInstances=\"false\""));
  c.start().complete("call", R"({"reached": false})");
  EXPECT_EQ(c.waiting_for(), "call letter");
  c.complete("call", R"({"reached": true})");
  EXPECT_EQ(c.waiting_for(), "letter");
  c.complete("letter");
  EXPECT_EQ(c.waiting_for(), "next");
}

}  // namespace
}  // namespace passerelle::pathway
