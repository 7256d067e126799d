#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view call =
    R"(<startEvent id="start"/><userTask id="call" p:role="nurse"/><endEvent id="end"/>)";

TEST(Incident, StopsTheTokenAndTriesAgainWithWhatIsCorrected) {
  Case c(bpmn(R"(<extensionElements><p:variable name="until"/></extensionElements>
    <startEvent id="start"/><intermediateCatchEvent id="pause"><timerEventDefinition>
    <timeDate>until</timeDate></timerEventDefinition></intermediateCatchEvent>)",
              "start>pause"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "!pause");
  EXPECT_EQ(c.told(), "case:start start:complete pause:ate_abort");
  const OpenWork work = c.open.begin()->second;
  EXPECT_EQ(c.pathway().names().text(work.role), "coordinator");
  EXPECT_THAT(std::string(work.data["reason"].text()), testing::HasSubstr("'until' is null"));
  c.complete("pause");
  EXPECT_EQ(c.waiting_for(), "!pause") << "nothing was corrected";
  Stimulus wrong = c.work(Stimulus::Kind::complete, "pause", R"({"untill": 1})");
  EXPECT_EQ(c.tell(wrong).error().code, ErrorCode::invalid);
  c.complete("pause", R"({"until": "2020-03-27"})");
  EXPECT_EQ(c.waiting_for(), "!pause") << "a text is no date";
  c.told();
  Stimulus right = c.work(Stimulus::Kind::complete, "pause");
  right.data = feel::Value::context({{"until", *feel::Value::date(2020, 3, 27)}});
  c.must(right);
  EXPECT_EQ(c.told(), "pause:resume");
  EXPECT_EQ(c.timers.begin()->second, *parse_instant("2020-03-27T00:00:00Z"));
}

TEST(Incident, WaitsAtAGatewayWithoutAWayOut) {
  Case c(bpmn(R"(<extensionElements><p:variable name="n"/></extensionElements>
    <startEvent id="start"/><exclusiveGateway id="which"/><endEvent id="a"/><endEvent id="b"/>
    <sequenceFlow id="x" sourceRef="which" targetRef="a">
      <conditionExpression>n > 1</conditionExpression></sequenceFlow>
    <sequenceFlow id="y" sourceRef="which" targetRef="b">
      <conditionExpression>n &lt; 1</conditionExpression></sequenceFlow>)",
              "start>which"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "!which");
  c.assign("which", 3);
  Stimulus other = c.work(Stimulus::Kind::complete, "which");
  EXPECT_EQ(c.tell(other).error().code, ErrorCode::conflict);
  other.actor = 3;
  other.data = value(R"({"n": 0})");
  c.must(other);
  EXPECT_TRUE(c.ended);
}

TEST(Incident, KeepsACaseThatGoesRoundInCircles) {
  Case c(bpmn(R"(<startEvent id="start"/><exclusiveGateway id="round"/><scriptTask id="more"/>)",
              "start>round round>more more>round"));
  c.memory.wanted = nullptr;
  c.start();
  EXPECT_THAT(c.waiting_for(), testing::StartsWith("!"));
  EXPECT_FALSE(c.ended);
}

TEST(Incident, KeepsACaseThatSplitsInCircles) {
  Case c(bpmn(R"(<startEvent id="start"/><exclusiveGateway id="round"/>
    <parallelGateway id="more"/>)",
              "start>round round>more more>round more>round more>round"));
  c.start();
  EXPECT_LT(c.state.tokens().size(), 1'100u);
}

TEST(Incident, StandsForAnEventSubProcessWhoseTimerHasNoTime) {
  Case c(bpmn(std::string(call) + R"(<extensionElements><p:variable name="t"/></extensionElements>
    <subProcess id="check" triggeredByEvent="true"><startEvent id="when" isInterrupting="false">
    <timerEventDefinition><timeDuration>t</timeDuration></timerEventDefinition></startEvent>
    <endEvent id="checked"/>{{when>checked}}</subProcess>)",
              "start>call call>end"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "!when call");
  c.complete("call");
  EXPECT_FALSE(c.ended);
  Stimulus mended = c.work(Stimulus::Kind::complete, "when");
  mended.data = feel::Value::context({{"t", feel::Value::days_duration(Millis(1h))}});
  c.must(mended);
  EXPECT_TRUE(c.ended) << "the timer alone does not keep the case alive";
}

TEST(Send, GoesOnAtOnceAndBecomesWorkWhenItCannotBeDelivered) {
  Case c(bpmn(R"(<startEvent id="start"/><sendTask id="invite" p:message="sms.hello"
      p:channel='"web"'><extensionElements><p:show name="age">patient.age</p:show>
      </extensionElements></sendTask><userTask id="form" p:role="patient"/><endEvent id="end"/>
      <laneSet id="ls"><lane id="l" p:role="nurse"><flowNodeRef>invite</flowNodeRef></lane>
      </laneSet>)",
              "start>invite invite>form form>end"));
  c.start(R"({"patient": {"age": 70}})");
  EXPECT_EQ(c.sent, std::vector<std::string>{"invite"});
  EXPECT_EQ(c.waiting_for(), "form");
  c.told();
  Stimulus fail = c.make(Stimulus::Kind::fail);
  fail.item = 1;
  fail.data = value(R"({"activity": "invite", "reason": "number unknown"})");
  c.must(fail);
  EXPECT_EQ(c.waiting_for(), "!invite form");
  EXPECT_EQ(c.told(), "invite:ate_abort");
  EXPECT_EQ(c.pathway().names().text(c.effects.back().work.role), "nurse");
  EXPECT_EQ(c.effects.back().work.data["reason"].text(), "number unknown");
  c.complete("form");
  EXPECT_FALSE(c.ended) << "somebody must still reach the patient";
  c.complete("invite");
  EXPECT_TRUE(c.ended);
}

}  // namespace
}  // namespace passerelle::pathway
