// Events at borders and at the start of event sub-processes that wait for all of their triggers,
// and sub-processes that take themselves back.
#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using namespace std::chrono_literals;

const std::string definitions =
    R"(<signal id="sg" name="storm"/><escalation id="up" escalationCode="up"/>
  <message id="m" name="go"/><message id="n" name="bed"/>)";

const std::string go = "<messageEventDefinition messageRef=\"m\"/>";
const std::string bed = "<messageEventDefinition messageRef=\"n\"/>";
const std::string storm = "<signalEventDefinition signalRef=\"sg\"/>";
const std::string four_hours =
    "<timerEventDefinition><timeDuration>PT4H</timeDuration></timerEventDefinition>";

std::string findings_of(std::string xml) {
  std::vector<Finding> findings;
  compile_pathway(test_source(std::move(xml)), findings);
  std::string all;
  for (const Finding& finding : findings) all += to_text(finding);
  return all;
}

// ---- all triggers of one event ----

std::string at_border(const std::string& definitions_of_it, bool interrupting) {
  return bpmn(R"(<startEvent id="start"/><userTask id="wait" p:role="nurse"/>
      <boundaryEvent id="ready" attachedToRef="wait" parallelMultiple="true" cancelActivity=")" +
                  std::string(interrupting ? "true" : "false") + "\">" + definitions_of_it +
                  R"(</boundaryEvent><userTask id="admit" p:role="nurse"/>)",
              "start>wait ready>admit", definitions);
}

TEST(ParallelMultiple, AtABorderHappensWhenTheLastOfItsTriggersHasCome) {
  for (const bool bed_first : {true, false}) {
    Case c(at_border(go + bed, true));
    c.start().told();
    c.message(bed_first ? "bed" : "go");
    EXPECT_EQ(c.waiting_for(), "wait");
    EXPECT_EQ(c.told(), "") << "one of two is nothing yet";
    c.message(bed_first ? "go" : "bed");
    EXPECT_EQ(c.waiting_for(), "admit");
    EXPECT_EQ(c.told(), "ready:complete wait:withdraw admit:schedule");
  }
}

TEST(ParallelMultiple, TakesEachTriggerOnce) {
  Case c(at_border(go + bed, true));
  c.start().message("go");
  Stimulus again = c.make(Stimulus::Kind::message);
  again.message = c.pathway().names().find("go");
  EXPECT_EQ(c.tell(again).error().code, ErrorCode::conflict);
  c.message("bed");
  EXPECT_EQ(c.waiting_for(), "admit");
}

TEST(ParallelMultiple, BeginsAnewWhenItDoesNotInterrupt) {
  Case c(at_border(go + storm, false));
  c.start().message("go").message("storm");
  EXPECT_EQ(c.waiting_for(), "admit wait");
  c.message("storm");
  EXPECT_EQ(c.waiting_for(), "admit wait");
  c.message("go");
  EXPECT_EQ(c.waiting_for(), "admit admit wait");
}

TEST(ParallelMultiple, WaitsForTimersAndConditionsToo) {
  Case c(bpmn(R"(<extensionElements><p:variable name="v"/></extensionElements>
      <startEvent id="start"/><parallelGateway id="split"/>
      <userTask id="wait" p:role="nurse"/><userTask id="set" p:role="nurse" p:result="v"/>
      <boundaryEvent id="ready" attachedToRef="wait" parallelMultiple="true">)" +
                  four_hours + R"(<conditionalEventDefinition><condition>v.ok</condition>
      </conditionalEventDefinition></boundaryEvent><userTask id="admit" p:role="nurse"/>)",
              "start>split split>wait split>set ready>admit", definitions));
  c.start().complete("set", R"({"ok": true})");
  EXPECT_EQ(c.waiting_for(), "wait");
  c.wait(4h);
  EXPECT_EQ(c.waiting_for(), "admit");
  EXPECT_TRUE(c.timers.empty());
}

TEST(ParallelMultiple, ForgetsWhatHasComeWithTheWorkItWasFor) {
  Case c(bpmn(R"(<startEvent id="start"/><exclusiveGateway id="again"/>
      <userTask id="wait" p:role="nurse"/>
      <boundaryEvent id="ready" attachedToRef="wait" parallelMultiple="true">)" +
                  go + bed + R"(</boundaryEvent><userTask id="admit" p:role="nurse"/>)",
              "start>again again>wait wait>again ready>admit", definitions));
  c.start().message("go").complete("wait").message("bed");
  EXPECT_EQ(c.waiting_for(), "wait");
  c.message("go");
  EXPECT_EQ(c.waiting_for(), "admit");
}

TEST(ParallelMultiple, StartsAnEventSubProcess) {
  Case c(bpmn(R"(<startEvent id="start"/><userTask id="work" p:role="nurse"/>
      <subProcess id="both" triggeredByEvent="true">
        <startEvent id="h" isInterrupting="false" parallelMultiple="true">)" +
                  go + four_hours +
                  R"(</startEvent><userTask id="act" p:role="nurse"/>{{h>act}}</subProcess>)",
              "start>work", definitions));
  c.start().wait(4h);
  EXPECT_EQ(c.waiting_for(), "work");
  c.message("go");
  EXPECT_EQ(c.waiting_for(), "act work");
  c.complete("act").complete("work");
  EXPECT_TRUE(c.ended);
}

TEST(ParallelMultiple, LetsAnEscalationPassThatHasComeAlready) {
  Case c(bpmn(R"(<startEvent id="start"/><subProcess id="inner"><startEvent id="s"/>
      <exclusiveGateway id="again"/><userTask id="try" p:role="nurse"/>
      <intermediateThrowEvent id="e"><escalationEventDefinition escalationRef="up"/>
      </intermediateThrowEvent>{{s>again again>try try>e e>again}}</subProcess>
      <boundaryEvent id="ready" attachedToRef="inner" parallelMultiple="true">
      <escalationEventDefinition escalationRef="up"/>)" +
                  go + R"(</boundaryEvent><userTask id="help" p:role="nurse"/>
      <subProcess id="other" triggeredByEvent="true"><startEvent id="o" isInterrupting="false">
      <escalationEventDefinition escalationRef="up"/></startEvent>
      <userTask id="look" p:role="nurse"/>{{o>look}}</subProcess>)",
              "start>inner ready>help", definitions));
  c.start().complete("try");
  EXPECT_EQ(c.waiting_for(), "try") << "the thrower goes on";
  c.complete("try");
  EXPECT_EQ(c.waiting_for(), "look try");
  c.message("go");
  EXPECT_EQ(c.waiting_for(), "help look");
}

TEST(ParallelMultiple, IsRefusedWhereItCannotWait) {
  using testing::HasSubstr;
  EXPECT_THAT(findings_of(bpmn(R"(<startEvent id="start" parallelMultiple="true">)" + go + bed +
                                   R"(</startEvent><endEvent id="end"/>)",
                               "start>end", definitions)),
              HasSubstr("before there is a case"));
  EXPECT_THAT(findings_of(at_border("<errorEventDefinition/>" + go, true)),
              HasSubstr("does not wait until the other triggers have come"));
}

// ---- a sub-process that takes itself back ----

// A room is booked for a grade, and booked off again by the grade that it was booked for.
std::string booking(const std::string& inside_handler, const std::string& its_flows,
                    const std::string& more = {}) {
  return R"(<subProcess id="book"><extensionElements><p:local name="grade"/>
      <p:in variable="grade">wanted</p:in></extensionElements>
      <startEvent id="s"/><userTask id="room" p:role="nurse"/>
      <boundaryEvent id="undo_room" attachedToRef="room"><compensateEventDefinition/></boundaryEvent>
      <userTask id="free" p:role="nurse" isForCompensation="true"/>
      <association id="x" sourceRef="undo_room" targetRef="free"/>)" +
         more + R"(<subProcess id="back" triggeredByEvent="true">
        <startEvent id="c"><compensateEventDefinition/></startEvent>)" +
         inside_handler + "{{" + its_flows + "}}</subProcess>{{s>room}}</subProcess>";
}

const std::string call_off = R"(<userTask id="call" p:role="nurse"><extensionElements>
    <p:show name="grade">grade</p:show></extensionElements></userTask>)";

std::string taken_back_later(const std::string& sub_process) {
  return bpmn(R"(<extensionElements><p:variable name="wanted"/></extensionElements>
      <startEvent id="start"/>)" +
                  sub_process + R"(<userTask id="change" p:role="nurse" p:result="wanted"/>
      <intermediateThrowEvent id="throw"><compensateEventDefinition/></intermediateThrowEvent>
      <userTask id="after" p:role="nurse"/>)",
              "start>book book>change change>throw throw>after");
}

std::string shown(const Case& c, std::string_view activity) {
  for (const auto& [item, work] : c.open) {
    if (c.pathway().activities()[work.activity].id == activity)
      return feel::to_json_text(work.data);
  }
  return "not open";
}

TEST(CompensationSubProcess, RunsWithTheVariablesThatWereLeft) {
  Case c(taken_back_later(booking(call_off, "c>call")));
  c.start(R"({"wanted": "double"})").complete("room").told();
  c.complete("change", R"({"x": 1})");
  EXPECT_EQ(c.waiting_for(), "call");
  EXPECT_EQ(shown(c, "call"), R"({"grade":"double"})");
  EXPECT_EQ(c.told(), "change:complete c:complete back:start call:schedule");
  c.complete("call");
  EXPECT_EQ(c.told(), "call:complete back:complete throw:complete after:schedule");
  EXPECT_EQ(c.waiting_for(), "after") << "what is inside is taken back only when it is asked for";
  c.complete("after");
  EXPECT_TRUE(c.ended);
}

TEST(CompensationSubProcess, TakesBackWhatIsInsideWhenItSaysSo) {
  Case c(taken_back_later(
      booking(call_off + R"(<intermediateThrowEvent id="each"><compensateEventDefinition/>
      </intermediateThrowEvent>)",
              "c>call call>each")));
  c.start().complete("room").complete("change", "{}").complete("call");
  EXPECT_EQ(c.waiting_for(), "free");
  c.complete("free");
  EXPECT_EQ(c.waiting_for(), "after");
}

TEST(CompensationSubProcess, IsNotThereBeforeTheSubProcessIsCompleted) {
  Case c(bpmn(R"(<extensionElements><p:variable name="wanted"/></extensionElements>
      <startEvent id="start"/><parallelGateway id="split"/>)" +
                  booking(call_off, "c>call") +
                  R"(<userTask id="change" p:role="nurse"/>
      <intermediateThrowEvent id="throw"><compensateEventDefinition/></intermediateThrowEvent>
      <userTask id="after" p:role="nurse"/>)",
              "start>split split>book split>change change>throw throw>after"));
  c.start().complete("change");
  EXPECT_EQ(c.waiting_for(), "after room");
}

TEST(CompensationSubProcess, IsKeptForEachOfSeveralInstances) {
  std::string several = booking(call_off, "c>call");
  several.insert(several.find("<startEvent"),
                 "<multiInstanceLoopCharacteristics p:list=\"[1, 2]\" p:each=\"wanted\"/>");
  Case c(taken_back_later(several));
  c.start().complete("room").complete("room").complete("change", "{}");
  EXPECT_EQ(shown(c, "call"), R"({"grade":1})") << "the last that was completed comes first";
  c.complete("call");
  EXPECT_EQ(shown(c, "call"), R"({"grade":2})");
  c.complete("call");
  EXPECT_EQ(c.waiting_for(), "after");
}

TEST(CompensationSubProcess, IsTakenBackByACancelledTransactionAndForgottenWithIt) {
  const std::string xml = bpmn(R"(<startEvent id="start"/><transaction id="stay">
      <startEvent id="t"/>)" + booking(call_off, "c>call") +
                                   R"(<userTask id="ask" p:role="nurse" p:result="answer"/>
      <exclusiveGateway id="which" default="which_in"/><endEvent id="in"/>
      <endEvent id="refused"><cancelEventDefinition/></endEvent>
      {{t>book book>ask ask>which which>in}}
      <sequenceFlow id="no" sourceRef="which" targetRef="refused"><conditionExpression>
      answer.no</conditionExpression></sequenceFlow></transaction>
      <boundaryEvent id="off" attachedToRef="stay"><cancelEventDefinition/></boundaryEvent>
      <userTask id="home" p:role="nurse"/>
      <extensionElements><p:variable name="wanted"/></extensionElements>)",
                               "start>stay off>home");
  Case cancelled(xml);
  cancelled.start().complete("room").complete("ask", R"({"no": true})");
  EXPECT_EQ(cancelled.waiting_for(), "call");
  cancelled.complete("call");
  EXPECT_EQ(cancelled.waiting_for(), "home");
  Case kept(xml);
  kept.start().complete("room").complete("ask", "{}");
  EXPECT_TRUE(kept.ended);
}

TEST(CompensationSubProcess, IsRefusedWhereNothingAsksForIt) {
  using testing::HasSubstr;
  EXPECT_THAT(findings_of(bpmn(R"(<startEvent id="start"/><userTask id="work" p:role="nurse"/>
      <subProcess id="back" triggeredByEvent="true"><startEvent id="c">
      <compensateEventDefinition/></startEvent><userTask id="call" p:role="nurse"/>{{c>call}}
      </subProcess>)",
                               "start>work")),
              HasSubstr("takes back the whole process"));
  const std::string twice = booking(call_off, "c>call", R"(<subProcess id="too"
      triggeredByEvent="true"><startEvent id="c2"><compensateEventDefinition/></startEvent>
      <endEvent id="e2"/>{{c2>e2}}</subProcess>)");
  EXPECT_THAT(findings_of(taken_back_later(twice)), HasSubstr("keep one of the two"));
}

}  // namespace
}  // namespace passerelle::pathway
