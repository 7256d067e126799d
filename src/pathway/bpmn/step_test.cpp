#include "pathway/step.h"

#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view call =
    R"(<startEvent id="start"/><userTask id="call" p:role="nurse"/><endEvent id="end"/>)";

// ---- a case's life ----

TEST(Case, OpensItsFirstWorkAndEndsWhenItIsDone) {
  Case c(bpmn(std::string(call), "start>call call>end"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "call");
  EXPECT_EQ(c.told(), "case:start start:complete call:schedule");
  c.complete("call");
  EXPECT_TRUE(c.ended);
  EXPECT_EQ(c.told(), "call:complete end:complete case:complete");
}

TEST(Case, CannotBeOpenedTwiceNorMovedBeforeOrAfterItsLife) {
  Case c(bpmn(std::string(call), "start>call call>end"));
  Stimulus early = c.make(Stimulus::Kind::complete);
  early.item = 1;
  EXPECT_EQ(c.tell(early).error().code, ErrorCode::conflict);
  c.start();
  EXPECT_EQ(c.tell(c.make(Stimulus::Kind::start)).error().code, ErrorCode::conflict);
  const Stimulus done = c.work(Stimulus::Kind::complete, "call");
  c.must(done);
  EXPECT_EQ(c.tell(done).error().code, ErrorCode::conflict);
}

TEST(Case, StartsWithItsVariablesAndRefusesOnesItDoesNotKnow) {
  const std::string xml =
      bpmn(R"(<extensionElements><p:variable name="first symptom day"/></extensionElements>)" +
               std::string(call),
           "start>call call>end");
  Case c(xml);
  Stimulus wrong = c.make(Stimulus::Kind::start);
  wrong.data = value(R"({"first symptom dya": 3})");
  const Result<void> refused = c.tell(wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().help, testing::HasSubstr("first symptom day"));
  EXPECT_FALSE(c.state.started());
  c.start(R"({"first symptom day": 3, "patient": {"age": 70}})");
  EXPECT_EQ(c.text_of("first symptom day"), "3");
  EXPECT_EQ(c.text_of("patient"), R"({"age":70})");
}

// ---- work ----

TEST(Work, IsLockedToTheOneWhoTookIt) {
  Case c(bpmn(std::string(call), "start>call call>end"));
  c.start().assign("call", 11);
  EXPECT_EQ(c.state.tokens()[0].status, Token::Status::assigned);
  for (const auto kind :
       {Stimulus::Kind::assign, Stimulus::Kind::begin, Stimulus::Kind::complete}) {
    Stimulus other = c.work(kind, "call");
    other.actor = 12;
    const Result<void> refused = c.tell(other);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("locked"));
  }
  c.assign("call", 11);  // said twice: nothing more
  EXPECT_TRUE(c.effects.empty());
  Stimulus begin = c.work(Stimulus::Kind::begin, "call");
  begin.actor = 11;
  c.must(begin);
  EXPECT_EQ(c.told(), "case:start start:complete call:schedule call:assign call:start");
}

TEST(Work, IsOfferedAgainWhenItIsGivenBack) {
  Case c(bpmn(std::string(call), "start>call call>end"));
  c.start().assign("call", 11).must(c.work(Stimulus::Kind::release, "call"));
  c.told();
  c.assign("call", 12);
  Stimulus done = c.work(Stimulus::Kind::complete, "call");
  done.actor = 12;
  done.role = c.pathway().names().find("physician");
  done.channel = c.pathway().names().find("phone");
  c.must(done);
  ASSERT_EQ(c.log.size(), 4u);
  EXPECT_EQ(c.log[1].actor, 12u);
  EXPECT_EQ(c.log[1].role, done.role);
  EXPECT_EQ(c.log[1].channel, done.channel);
  EXPECT_EQ(c.log[2].actor, 0u) << "the end event is nobody's deed";
}

TEST(Work, TellsItsDeadlinePriorityChannelAndWhatTheWorkerSees) {
  Case c(bpmn(R"x(<startEvent id="start"/>
    <userTask id="call" p:role="nurse" p:due="duration(&quot;PT4H&quot;)" p:priority="1 + 1"
        p:channel='"phone"' p:result="outcome">
      <extensionElements><p:show name="age">patient.age</p:show>
        <p:record name="severity" on="schedule">"urgent"</p:record>
        <p:record name="outcome">outcome.kind</p:record></extensionElements>
    </userTask>)x",
              "start>call"));
  c.start(R"({"patient": {"age": 70}})");
  const OpenWork work = c.open.begin()->second;
  EXPECT_EQ(*work.due, c.now + 4h);
  EXPECT_EQ(work.priority, 2);
  EXPECT_EQ(c.pathway().names().text(work.channel), "phone");
  EXPECT_EQ(feel::to_json_text(work.data), R"({"age":70})");
  EXPECT_EQ(feel::to_json_text(c.log.back().data), R"({"severity":"urgent"})");
  c.complete("call", R"({"kind": "reassured"})");
  EXPECT_EQ(feel::to_json_text(c.log[3].data), R"({"outcome":"reassured"})");
  EXPECT_EQ(c.pathway().recorded_fields(*c.pathway().find_activity("call")),
            (std::vector<std::string>{"severity", "outcome"}));
}

TEST(Script, SetsVariablesInOrderAndRecordsThemAfterwards) {
  Case c(bpmn(R"(<startEvent id="start"/><scriptTask id="count" p:result="twice">
      <extensionElements><p:set variable="n">twice + 1</p:set><p:set variable="n">n * 10</p:set>
        <p:record name="n" case="true">n</p:record></extensionElements>
      <script>=21 * 2</script></scriptTask><endEvent id="end"/>)",
              "start>count count>end"));
  c.start();
  EXPECT_EQ(c.text_of("n"), "430");
  EXPECT_EQ(feel::to_json_text(c.log[2].data), R"({"n":430})");
  EXPECT_EQ(c.pathway().case_attributes().front(), "n");
}

// ---- timers ----

constexpr std::string_view late = R"(<startEvent id="start"/><userTask id="form" p:role="patient"/>
  <endEvent id="end"/><boundaryEvent id="due" attachedToRef="form"><timerEventDefinition>
  <timeDuration>PT12H</timeDuration></timerEventDefinition></boundaryEvent>
  <userTask id="ask" p:role="nurse"/>)";

TEST(BoundaryTimer, TakesTheWorkBackWhenItInterrupts) {
  Case c(bpmn(std::string(late), "start>form form>end due>ask ask>end"));
  c.start().wait(11h);
  EXPECT_EQ(c.waiting_for(), "form");
  c.told();
  c.wait(1h);
  EXPECT_EQ(c.waiting_for(), "ask");
  EXPECT_EQ(c.told(), "due:complete form:withdraw ask:schedule");
  c.complete("ask");
  EXPECT_TRUE(c.ended);
}

TEST(BoundaryTimer, IsCancelledWhenTheWorkIsDoneInTime) {
  Case c(bpmn(std::string(late), "start>form form>end due>ask ask>end"));
  c.start();
  Stimulus timer = c.make(Stimulus::Kind::timer);
  timer.item = c.timers.begin()->first;
  EXPECT_EQ(c.tell(timer).error().code, ErrorCode::conflict) << "it is not due yet";
  c.complete("form");
  EXPECT_TRUE(c.ended);
  timer.at = c.now + 12h;
  EXPECT_FALSE(c.tell(timer).ok());
}

TEST(BoundaryTimer, LeavesTheWorkOpenWhenItDoesNotInterrupt) {
  std::string xml(late);
  xml.replace(xml.find("attachedToRef"), 0, "cancelActivity=\"false\" ");
  Case c(bpmn(xml, "start>form form>end due>ask ask>end"));
  c.start().wait(12h);
  EXPECT_EQ(c.waiting_for(), "ask form");
  c.complete("form");
  EXPECT_FALSE(c.ended) << "the reminder is still open";
  c.complete("ask");
  EXPECT_TRUE(c.ended);
}

TEST(Timer, TakesDurationsDatesAndExpressions) {
  for (const std::string time :
       {"<timeDuration>P1DT1H</timeDuration>", "<timeDate>2020-03-27T09:45:00Z</timeDate>",
        "<timeDuration>=duration(\"PT\" + string(20 + 5) + \"H\")</timeDuration>",
        "<timeDate>case start + duration(\"PT25H\")</timeDate>"}) {
    Case c(
        bpmn("<startEvent id=\"start\"/><intermediateCatchEvent id=\"night\">"
             "<timerEventDefinition>" +
                 time +
                 "</timerEventDefinition>"
                 "</intermediateCatchEvent><endEvent id=\"end\"/>",
             "start>night night>end"));
    c.start();
    ASSERT_EQ(c.timers.size(), 1u) << time;
    EXPECT_EQ(c.timers.begin()->second, c.now + 25h) << time;
    c.wait(25h);
    EXPECT_TRUE(c.ended);
  }
}

TEST(Timer, ThatHasPassedIsDueNow) {
  Case c(bpmn(R"(<startEvent id="start"/><intermediateCatchEvent id="night"><timerEventDefinition>
    <timeDate>2019-01-01</timeDate></timerEventDefinition></intermediateCatchEvent>)",
              "start>night"));
  c.start();
  EXPECT_EQ(c.timers.begin()->second, c.now);
}

// ---- gateways ----

TEST(ExclusiveGateway, TakesTheFirstWayThatHoldsElseTheDefault) {
  const auto ended_at = [](std::string_view n) {
    Case c(bpmn(R"(<startEvent id="start"/><exclusiveGateway id="which" default="d"/>
      <endEvent id="high"/><endEvent id="some"/><endEvent id="none"/>
      <extensionElements><p:variable name="n"/></extensionElements>
      <sequenceFlow id="h" sourceRef="which" targetRef="high">
        <conditionExpression>n > 10</conditionExpression></sequenceFlow>
      <sequenceFlow id="d" sourceRef="which" targetRef="none"/>
      <sequenceFlow id="s" sourceRef="which" targetRef="some">
        <conditionExpression>= n > 1</conditionExpression></sequenceFlow>)",
                "start>which"));
    c.start("{\"n\": " + std::string(n) + "}");
    EXPECT_TRUE(c.ended);
    return c.pathway().names().text(c.log[2].activity);
  };
  EXPECT_EQ(ended_at("11"), "high");
  EXPECT_EQ(ended_at("2"), "some");
  EXPECT_EQ(ended_at("0"), "none");
  EXPECT_EQ(ended_at("null"), "none");
}

constexpr std::string_view two_readers = R"(<startEvent id="start"/><parallelGateway id="split"/>
  <userTask id="xray" p:role="nurse"/><userTask id="blood" p:role="nurse"/>
  <parallelGateway id="join"/><userTask id="read" p:role="physician"/>)";
constexpr std::string_view two_ways =
    "start>split split>xray split>blood xray>join blood>join "
    "join>read";

TEST(ParallelGateway, WaitsForTheSlowestBranch) {
  Case c(bpmn(std::string(two_readers), two_ways));
  c.start();
  EXPECT_EQ(c.waiting_for(), "blood xray");
  c.complete("xray");
  EXPECT_EQ(c.waiting_for(), "blood");
  c.complete("blood");
  EXPECT_EQ(c.waiting_for(), "read");
}

TEST(ParallelGateway, JoinsOneTokenFromEachFlowNotTwoFromOne) {
  Case c(bpmn(R"(<startEvent id="start"/><parallelGateway id="split"/>
    <userTask id="a" p:role="nurse"/><userTask id="b" p:role="nurse"/>
    <userTask id="c" p:role="nurse"/><exclusiveGateway id="merge"/>
    <parallelGateway id="join"/><userTask id="read" p:role="nurse"/>)",
              "start>split split>a split>b split>c a>merge b>merge merge>join c>join join>read"));
  c.start().complete("a").complete("b");
  EXPECT_EQ(c.waiting_for(), "c");
  c.complete("c");
  EXPECT_EQ(c.waiting_for(), "read");
  c.complete("read");
  EXPECT_FALSE(c.ended) << "the second token of the merged flow still waits at the join";
}

constexpr std::string_view inclusive = R"x(
  <extensionElements><p:variable name="tests"/></extensionElements>
  <startEvent id="start"/><inclusiveGateway id="split" default="other"/>
  <userTask id="xray" p:role="nurse"/><userTask id="blood" p:role="nurse"/>
  <userTask id="talk" p:role="nurse"/>
  <sequenceFlow id="x" sourceRef="split" targetRef="xray">
    <conditionExpression>list contains(tests, "x")</conditionExpression></sequenceFlow>
  <sequenceFlow id="b" sourceRef="split" targetRef="blood">
    <conditionExpression>list contains(tests, "b")</conditionExpression></sequenceFlow>
  <sequenceFlow id="other" sourceRef="split" targetRef="talk"/>
  <inclusiveGateway id="join"/><userTask id="read" p:role="physician"/>)x";
constexpr std::string_view inclusive_flows = "start>split xray>join blood>join talk>join join>read";

TEST(InclusiveGateway, TakesEveryWayThatHoldsAndWaitsForJustThose) {
  Case both(bpmn(std::string(inclusive), inclusive_flows));
  both.start(R"({"tests": ["x", "b"]})");
  EXPECT_EQ(both.waiting_for(), "blood xray");
  both.complete("blood");
  EXPECT_EQ(both.waiting_for(), "xray");
  both.complete("xray");
  EXPECT_EQ(both.waiting_for(), "read");
  Case one(bpmn(std::string(inclusive), inclusive_flows));
  one.start(R"({"tests": ["b"]})").complete("blood");
  EXPECT_EQ(one.waiting_for(), "read");
  Case none_of_them(bpmn(std::string(inclusive), inclusive_flows));
  none_of_them.start(R"({"tests": []})");
  EXPECT_EQ(none_of_them.waiting_for(), "talk");
}

// The specification (13.4.3) lets the join wait for tokens that can still come, but not for those
// that would have to pass it first.
TEST(InclusiveGateway, DoesNotWaitForTokensThatCanComeOnlyThroughItself) {
  Case c(bpmn(R"(<startEvent id="start"/><inclusiveGateway id="join"/>
    <userTask id="work" p:role="nurse" p:result="again"/><exclusiveGateway id="enough" default="e"/>
    <endEvent id="end"/>
    <sequenceFlow id="back" sourceRef="enough" targetRef="join">
      <conditionExpression>again.again</conditionExpression></sequenceFlow>
    <sequenceFlow id="e" sourceRef="enough" targetRef="end"/>)",
              "start>join join>work work>enough"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "work");
  c.complete("work", R"({"again": true})");
  EXPECT_EQ(c.waiting_for(), "work");
  c.complete("work", R"({"again": false})");
  EXPECT_TRUE(c.ended);
}

// 13.4.3 again: a token that can come by a flow which holds one already is not waited for.
TEST(InclusiveGateway, WaitsForWhatABoundaryEventMayStillSend) {
  Case c(bpmn(R"(<startEvent id="start"/><parallelGateway id="split"/>
    <userTask id="a" p:role="nurse"/><userTask id="b" p:role="nurse"/>
    <boundaryEvent id="late" attachedToRef="b"><timerEventDefinition>
      <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <endEvent id="b_done"/><inclusiveGateway id="join"/><userTask id="read" p:role="nurse"/>)",
              "start>split split>a split>b a>join late>join join>read b>b_done"));
  c.start().complete("a");
  EXPECT_EQ(c.waiting_for(), "b");
  c.complete("b");
  EXPECT_EQ(c.waiting_for(), "read");
}

TEST(EventGateway, FollowsWhateverComesFirst) {
  const std::string xml = bpmn(R"(<startEvent id="start"/><eventBasedGateway id="first"/>
    <intermediateCatchEvent id="back" p:result="note"><messageEventDefinition messageRef="m"/>
    </intermediateCatchEvent><intermediateCatchEvent id="over"><timerEventDefinition>
    <timeDuration>P7D</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <endEvent id="resumed"/><endEvent id="lost"/>)",
                               "start>first first>back first>over back>resumed over>lost",
                               R"(<message id="m" name="resume"/>)");
  Case by_message(xml);
  by_message.start();
  EXPECT_EQ(by_message.timers.size(), 1u);
  by_message.told();
  by_message.message("resume", R"({"by": "daughter"})");
  EXPECT_EQ(by_message.told(), "back:complete resumed:complete case:complete");
  EXPECT_EQ(by_message.text_of("note"), R"({"by":"daughter"})");
  EXPECT_EQ(by_message.tell(by_message.make(Stimulus::Kind::message)).error().code,
            ErrorCode::conflict);
  Case by_time(xml);
  by_time.start().told();
  by_time.wait(168h);
  EXPECT_EQ(by_time.told(), "over:complete lost:complete case:complete");
}

// A case that was moved may go on in another thread: no memory of this one may hold what it holds.
TEST(Step, LeavesNothingOfACaseBehind) {
  const Pathway pathway = compiled(test_source(bpmn(
      R"(<extensionElements><p:variable name="way"/></extensionElements>
        <startEvent id="start"/>
        <userTask id="call" p:role="nurse" p:title="t" p:channel="way"/><endEvent id="end"/>)",
      "start>call call>end")));
  State state;
  {
    Stimulus start;
    start.data = feel::Value::context({{"way", feel::Value::string("phone")}});
    std::vector<Effect> effects;
    ASSERT_TRUE(step(pathway, state, start, effects).ok());
    ASSERT_EQ(pathway.names().text(effects.back().work.channel), "phone");
  }
  const feel::Value& way = state.variable(*pathway.variable("way"));
  ASSERT_TRUE(way.is_string());
  EXPECT_EQ(way.heap()->count, 1u) << "only the case holds it";
}

}  // namespace
}  // namespace passerelle::pathway
