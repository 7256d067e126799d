// Signals, errors, conditions, links, cycles, events with several triggers, compensation,
// transactions, complex gateways, processes that messages open.
#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using namespace std::chrono_literals;

const std::string roots = R"(<signal id="sg" name="storm"/><error id="er" errorCode="lost"/>
  <message id="m" name="go"/><message id="n" name="stop"/>)";

std::string timer(std::string_view duration) {
  return "<timerEventDefinition><timeDuration>" + std::string(duration) +
         "</timeDuration></timerEventDefinition>";
}

std::string told_of(std::string xml) {
  std::vector<Finding> findings;
  compile_pathway(test_source(std::move(xml)), findings);
  std::string all;
  for (const Finding& finding : findings) all += to_text(finding);
  return all;
}

// ---- signals ----

const std::string everybody_hears = bpmn(
    R"(<startEvent id="start"/><parallelGateway id="split"/>
    <intermediateCatchEvent id="hear"><signalEventDefinition signalRef="sg"/></intermediateCatchEvent>
    <userTask id="work" p:role="nurse"/>
    <boundaryEvent id="beside" attachedToRef="work" cancelActivity="false">
      <signalEventDefinition signalRef="sg"/></boundaryEvent>
    <userTask id="a" p:role="nurse"/><userTask id="b" p:role="nurse"/>
    <userTask id="ring" p:role="nurse"/>
    <intermediateThrowEvent id="throw"><signalEventDefinition signalRef="sg"/></intermediateThrowEvent>
    <userTask id="after" p:role="nurse"/>
    <subProcess id="help" triggeredByEvent="true"><startEvent id="h" isInterrupting="false">
      <signalEventDefinition signalRef="sg"/></startEvent><userTask id="c" p:role="nurse"/>{{h>c}}
    </subProcess>)",
    "start>split split>hear split>work split>ring hear>a beside>b ring>throw throw>after", roots);

TEST(Signal, IsHeardByAllThatWaitForIt) {
  Case c(everybody_hears);
  c.start();
  EXPECT_EQ(c.waiting_for(), "ring work");
  c.complete("ring");
  EXPECT_EQ(c.waiting_for(), "a after b c work");
}

TEST(Signal, ComesFromOutsideLikeAMessage) {
  Case c(everybody_hears);
  c.start().message("storm");
  EXPECT_EQ(c.waiting_for(), "a b c ring work");
  EXPECT_THAT(c.pathway().messages(), testing::ElementsAre("storm"));
}

TEST(Signal, MayInterruptTheScopeThatThrowsIt) {
  Case c(bpmn(R"(<startEvent id="start"/><subProcess id="inner"><startEvent id="s"/>
      <intermediateThrowEvent id="throw"><signalEventDefinition signalRef="sg"/>
      </intermediateThrowEvent><userTask id="never" p:role="nurse"/>{{s>throw throw>never}}
      </subProcess><boundaryEvent id="out" attachedToRef="inner">
      <signalEventDefinition signalRef="sg"/></boundaryEvent><userTask id="next" p:role="nurse"/>)",
              "start>inner out>next", roots));
  c.start();
  EXPECT_EQ(c.waiting_for(), "next");
  c.complete("next");
  EXPECT_TRUE(c.ended);
}

// ---- errors ----

TEST(ErrorEvent, TakesBackTheScopeAroundItAndGoesOnAtItsBorder) {
  Case c(bpmn(R"(<startEvent id="start"/><subProcess id="inner"><startEvent id="s"/>
      <parallelGateway id="split"/><userTask id="other" p:role="nurse"/>
      <userTask id="try" p:role="nurse"/>
      <endEvent id="fails"><errorEventDefinition errorRef="er"/></endEvent>
      {{s>split split>other split>try try>fails}}</subProcess>
      <boundaryEvent id="caught" attachedToRef="inner"><errorEventDefinition errorRef="er"/>
      </boundaryEvent><userTask id="search" p:role="nurse"/>)",
              "start>inner caught>search", roots));
  c.start().told();
  c.complete("try");
  EXPECT_EQ(c.waiting_for(), "search");
  EXPECT_EQ(c.told(),
            "try:complete fails:complete caught:complete other:withdraw inner:withdraw "
            "search:schedule");
}

TEST(ErrorEvent, IsRaisedByWhoeverCannotDoTheWork) {
  Case c(bpmn(R"(<startEvent id="start"/><userTask id="send" p:role="nurse"/>
      <boundaryEvent id="caught" attachedToRef="send"><errorEventDefinition errorRef="er"/>
      </boundaryEvent><userTask id="search" p:role="nurse"/><endEvent id="end"/>)",
              "start>send send>end caught>search", roots));
  c.start();
  Stimulus wrong = c.work(Stimulus::Kind::error, "send", R"({"code": "other"})");
  EXPECT_EQ(c.tell(wrong).error().code, ErrorCode::conflict);
  c.must(c.work(Stimulus::Kind::error, "send", R"({"code": "lost"})"));
  EXPECT_EQ(c.waiting_for(), "search");
}

TEST(ErrorEvent, ThatNobodyCatchesIsRefused) {
  EXPECT_THAT(told_of(bpmn(R"(<startEvent id="s"/><endEvent id="e">
      <errorEventDefinition errorRef="er"/></endEvent>)",
                           "s>e", roots)),
              testing::HasSubstr("nobody catches the error 'lost'"));
}

// ---- conditions ----

TEST(Conditional, GoesOnWhenItBecomesTrueAndFiresOnceForEachTime) {
  Case c(bpmn(R"(<startEvent id="start"/><parallelGateway id="split"/>
      <userTask id="set" p:role="nurse" p:result="v"/>
      <intermediateCatchEvent id="high"><conditionalEventDefinition>
        <condition>v.value &gt; 5</condition></conditionalEventDefinition></intermediateCatchEvent>
      <userTask id="act" p:role="nurse"/>
      <subProcess id="alarm" triggeredByEvent="true"><startEvent id="h" isInterrupting="false">
        <conditionalEventDefinition><condition>v.value &gt; 5</condition>
        </conditionalEventDefinition></startEvent><userTask id="look" p:role="nurse"/>{{h>look}}
      </subProcess>)",
              "start>split split>set split>high high>act set>set", roots));
  c.start();
  EXPECT_EQ(c.waiting_for(), "set");
  c.complete("set", R"({"value": 3})");
  EXPECT_EQ(c.waiting_for(), "set");
  c.complete("set", R"({"value": 7})");
  EXPECT_EQ(c.waiting_for(), "act look set");
  c.complete("set", R"({"value": 8})");
  EXPECT_EQ(c.waiting_for(), "act look set") << "it stays true: nothing new";
  c.complete("set", R"({"value": 1})").complete("set", R"({"value": 9})");
  EXPECT_EQ(c.waiting_for(), "act look look set");
}

TEST(Conditional, AtTheBorderOfWorkAndTrueFromTheStart) {
  Case c(bpmn(R"(<extensionElements><p:variable name="urgent"/></extensionElements>
      <startEvent id="start"/><userTask id="work" p:role="nurse"/>
      <boundaryEvent id="now" attachedToRef="work"><conditionalEventDefinition>
        <condition>urgent</condition></conditionalEventDefinition></boundaryEvent>
      <userTask id="run" p:role="nurse"/><endEvent id="end"/>)",
              "start>work work>end now>run"));
  c.start(R"({"urgent": true})");
  EXPECT_EQ(c.waiting_for(), "run");
}

// ---- links, cycles, several triggers ----

TEST(Link, GoesOnWhereItsNameStands) {
  Case c(bpmn(R"(<startEvent id="start"/>
      <intermediateThrowEvent id="there"><linkEventDefinition name="page 2"/></intermediateThrowEvent>
      <intermediateCatchEvent id="here"><linkEventDefinition name="page 2"/></intermediateCatchEvent>
      <userTask id="work" p:role="nurse"/>)",
              "start>there here>work"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "work");
  EXPECT_THAT(told_of(bpmn(R"(<startEvent id="start"/><intermediateThrowEvent id="there">
      <linkEventDefinition name="page 3"/></intermediateThrowEvent>)",
                           "start>there")),
              testing::HasSubstr("links to 'page 3', and no event beside it"));
}

TEST(Cycle, ComesAgainAsOftenAsItSays) {
  Case c(bpmn(R"(<startEvent id="start"/><userTask id="work" p:role="nurse"/>
      <boundaryEvent id="remind" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
        <timeCycle>R3/PT2H</timeCycle></timerEventDefinition></boundaryEvent>
      <sendTask id="sms" p:message="sms.remind"/><endEvent id="end"/>)",
              "start>work work>end remind>sms"));
  c.start().wait(5h);
  EXPECT_EQ(c.sent.size(), 2u);
  c.wait(20h);
  EXPECT_EQ(c.sent.size(), 3u);
  EXPECT_TRUE(c.timers.empty());
  c.complete("work");
  EXPECT_TRUE(c.ended);
}

TEST(Cycle, ThatCannotComeAgainIsRefused) {
  const auto with = [](std::string_view cycle) {
    return told_of(bpmn(
        "<startEvent id=\"s\"/><intermediateCatchEvent id=\"t\"><timerEventDefinition>"
        "<timeCycle>" +
            std::string(cycle) + "</timeCycle></timerEventDefinition></intermediateCatchEvent>",
        "s>t"));
  };
  EXPECT_THAT(with("R3/PT1H"), testing::HasSubstr("a cycle would never come again"));
  EXPECT_THAT(with("R0/PT1H"), testing::HasSubstr("is no cycle"));
  EXPECT_THAT(with("every hour"), testing::HasSubstr("is no cycle"));
}

TEST(SeveralTriggers, AnyOfThemGoesOn) {
  const std::string xml =
      bpmn("<startEvent id=\"start\"/><intermediateCatchEvent id=\"wait\" p:result=\"why\">" +
               timer("PT4H") +
               "<messageEventDefinition messageRef=\"m\"/></intermediateCatchEvent>"
               "<userTask id=\"next\" p:role=\"nurse\"/>",
           "start>wait wait>next", roots);
  Case by_time(xml);
  by_time.start().told();
  by_time.wait(5h);
  EXPECT_EQ(by_time.told(), "wait:complete next:schedule");
  Case by_message(xml);
  by_message.start().message("go", "{\"x\": 1}");
  EXPECT_EQ(by_message.waiting_for(), "next");
  EXPECT_EQ(by_message.text_of("why"), "{\"x\":1}");
  EXPECT_TRUE(by_message.timers.empty());
}

TEST(SeveralTriggers, AllOfThemAreWaitedForWhenTheyAreParallel) {
  Case c(bpmn(
      "<startEvent id=\"start\"/><intermediateCatchEvent id=\"wait\" parallelMultiple=\"true\">"
      "<messageEventDefinition messageRef=\"n\"/><messageEventDefinition messageRef=\"m\"/>"
      "</intermediateCatchEvent><userTask id=\"next\" p:role=\"nurse\"/>",
      "start>wait wait>next", roots));
  c.start().message("go");
  EXPECT_EQ(c.waiting_for(), "");
  c.message("stop");
  EXPECT_EQ(c.waiting_for(), "next");
}

TEST(SeveralTriggers, OfOneBoundaryEventEachInterrupt) {
  Case c(
      bpmn("<startEvent id=\"start\"/><userTask id=\"work\" p:role=\"nurse\"/>"
           "<boundaryEvent id=\"b\" attachedToRef=\"work\">" +
               timer("PT4H") +
               "<signalEventDefinition signalRef=\"sg\"/></boundaryEvent>"
               "<userTask id=\"next\" p:role=\"nurse\"/><endEvent id=\"end\"/>",
           "start>work work>end b>next", roots));
  c.start().message("storm");
  EXPECT_EQ(c.waiting_for(), "next");
  EXPECT_TRUE(c.timers.empty());
}

TEST(SeveralTriggers, AreThrownOneAfterTheOther) {
  Case c(bpmn(R"(<startEvent id="start"/><endEvent id="both" p:message="sms.bye">
      <signalEventDefinition signalRef="sg"/><messageEventDefinition/></endEvent>
      <subProcess id="help" triggeredByEvent="true"><startEvent id="h" isInterrupting="false">
      <signalEventDefinition signalRef="sg"/></startEvent><userTask id="c" p:role="nurse"/>{{h>c}}
      </subProcess>)",
              "start>both", roots));
  c.start();
  EXPECT_EQ(c.waiting_for(), "c");
  EXPECT_THAT(c.sent, testing::ElementsAre("both"));
  EXPECT_EQ(c.told(), "case:start start:complete h:complete help:start c:schedule both:complete");
}

// ---- messages ----

TEST(ReceiveTask, WaitsForItsMessageAndMayBeInterrupted) {
  const std::string xml = bpmn(
      "<startEvent id=\"start\"/><receiveTask id=\"get\" messageRef=\"m\" "
      "p:result=\"answer\"/><boundaryEvent id=\"late\" attachedToRef=\"get\">" +
          timer("PT4H") +
          "</boundaryEvent><userTask id=\"call\" p:role=\"nurse\"/>"
          "<userTask id=\"next\" p:role=\"nurse\"/>",
      "start>get get>next late>call", roots);
  Case c(xml);
  c.start().message("go", "{\"x\": 1}");
  EXPECT_EQ(c.waiting_for(), "next");
  EXPECT_TRUE(c.timers.empty());
  Case late(xml);
  late.start().wait(5h);
  EXPECT_EQ(late.waiting_for(), "call");
}

TEST(InstantiatingGateway, OpensACaseByTheMessageThatCame) {
  Case c(bpmn(R"(<eventBasedGateway id="first" instantiate="true"/>
      <intermediateCatchEvent id="a" p:result="payload"><messageEventDefinition messageRef="m"/>
      </intermediateCatchEvent>
      <intermediateCatchEvent id="b"><messageEventDefinition messageRef="n"/></intermediateCatchEvent>
      <userTask id="x" p:role="nurse"/><userTask id="y" p:role="nurse"/>)",
              "first>a first>b a>x b>y", roots));
  Stimulus start = c.make(Stimulus::Kind::start);
  start.message = c.pathway().names().find("go");
  start.data = value("{\"n\": 1}");
  c.must(start);
  EXPECT_EQ(c.waiting_for(), "x");
  EXPECT_EQ(c.text_of("payload"), "{\"n\":1}");
  Case plain(bpmn(R"(<receiveTask id="r" instantiate="true" messageRef="m"/>)", "", roots));
  EXPECT_EQ(plain.tell(plain.make(Stimulus::Kind::start)).error().code, ErrorCode::invalid);
}

// ---- complex gateways ----

const std::string two_of_three =
    bpmn(R"(<startEvent id="start"/><parallelGateway id="split"/>
    <userTask id="a" p:role="nurse"/><userTask id="b" p:role="nurse"/><userTask id="c" p:role="nurse"/>
    <complexGateway id="quorum"><activationCondition>activationCount &gt;= 2</activationCondition>
    </complexGateway><userTask id="next" p:role="nurse"/>)",
         "start>split split>a split>b split>c a>quorum b>quorum c>quorum quorum>next");

TEST(ComplexGateway, FiresForTheQuorumAndTakesWhatComesLate) {
  Case c(two_of_three);
  c.start().complete("a");
  EXPECT_EQ(c.waiting_for(), "b c");
  c.complete("c");
  EXPECT_EQ(c.waiting_for(), "b next");
  c.complete("b");
  EXPECT_EQ(c.waiting_for(), "next") << "the third reader changes nothing any more";
  c.complete("next");
  EXPECT_TRUE(c.ended);
}

TEST(ComplexGateway, KeepsTheCaseOpenUntilItIsReset) {
  Case c(two_of_three);
  c.start().complete("a").complete("b").complete("next");
  EXPECT_FALSE(c.ended);
  c.complete("c");
  EXPECT_TRUE(c.ended);
}

// ---- compensation and transactions ----

const std::string booked = R"(
    <userTask id="bed" p:role="nurse"/><boundaryEvent id="bed_back" attachedToRef="bed">
      <compensateEventDefinition/></boundaryEvent>
    <userTask id="free_bed" p:role="nurse" isForCompensation="true"/>
    <association id="a1" sourceRef="bed_back" targetRef="free_bed"/>
    <userTask id="ride" p:role="nurse"/><boundaryEvent id="ride_back" attachedToRef="ride">
      <compensateEventDefinition/></boundaryEvent>
    <userTask id="cancel_ride" p:role="nurse" isForCompensation="true"/>
    <association id="a2" sourceRef="ride_back" targetRef="cancel_ride"/>)";

TEST(Compensation, TakesBackTheLastFirstAndThenGoesOn) {
  Case c(bpmn("<startEvent id=\"start\"/>" + booked +
                  "<intermediateThrowEvent id=\"undo\"><compensateEventDefinition/>"
                  "</intermediateThrowEvent><userTask id=\"next\" p:role=\"nurse\"/>",
              "start>bed bed>ride ride>undo undo>next"));
  c.start().complete("bed").complete("ride");
  EXPECT_EQ(c.waiting_for(), "cancel_ride");
  c.complete("cancel_ride");
  EXPECT_EQ(c.waiting_for(), "free_bed");
  c.complete("free_bed");
  EXPECT_EQ(c.waiting_for(), "next");
}

TEST(Compensation, OfOneActivityOnlyAndOfNothingGoesOnAtOnce) {
  Case c(bpmn("<startEvent id=\"start\"/>" + booked +
                  "<intermediateThrowEvent id=\"undo\"><compensateEventDefinition "
                  "activityRef=\"bed\"/></intermediateThrowEvent>"
                  "<intermediateThrowEvent id=\"more\"><compensateEventDefinition "
                  "activityRef=\"bed\"/></intermediateThrowEvent>"
                  "<userTask id=\"next\" p:role=\"nurse\"/>",
              "start>bed bed>ride ride>undo undo>more more>next"));
  c.start().complete("bed").complete("ride");
  EXPECT_EQ(c.waiting_for(), "free_bed");
  c.complete("free_bed");
  EXPECT_EQ(c.waiting_for(), "next");
}

TEST(Compensation, ReachesWhatASubProcessHasCompleted) {
  Case c(bpmn("<startEvent id=\"start\"/><subProcess id=\"book\"><startEvent id=\"s\"/>" + booked +
                  "{{s>bed bed>ride}}</subProcess><endEvent id=\"undo\"><compensateEventDefinition "
                  "activityRef=\"book\"/></endEvent>",
              "start>book book>undo"));
  c.start().complete("bed").complete("ride");
  EXPECT_EQ(c.waiting_for(), "cancel_ride");
  c.complete("cancel_ride").complete("free_bed");
  EXPECT_TRUE(c.ended);
}

TEST(Transaction, TakesBackWhatItCompletedAndLeavesByItsBorder) {
  const std::string xml =
      bpmn("<startEvent id=\"start\"/><transaction id=\"book\"><startEvent id=\"s\"/>" + booked +
               "<userTask id=\"ask\" p:role=\"nurse\" p:result=\"answer\"/>"
               "<exclusiveGateway id=\"ok\" default=\"ok_done\"/><endEvent id=\"done\"/>"
               "<endEvent id=\"no\"><cancelEventDefinition/></endEvent>"
               "{{s>bed bed>ride ride>ask ask>ok ok>done}}"
               "<sequenceFlow id=\"f\" sourceRef=\"ok\" targetRef=\"no\"><conditionExpression>"
               "answer.refused</conditionExpression></sequenceFlow></transaction>"
               "<boundaryEvent id=\"off\" "
               "attachedToRef=\"book\"><cancelEventDefinition/></boundaryEvent>"
               "<userTask id=\"tell\" p:role=\"nurse\"/><userTask id=\"go\" p:role=\"nurse\"/>",
           "start>book book>go off>tell");
  Case c(xml);
  c.start().complete("bed").complete("ride").complete("ask", R"({"refused": true})");
  EXPECT_EQ(c.waiting_for(), "cancel_ride");
  c.complete("cancel_ride").complete("free_bed");
  EXPECT_EQ(c.waiting_for(), "tell");
  Case fine(xml);
  fine.start().complete("bed").complete("ride").complete("ask", R"({"refused": false})");
  EXPECT_EQ(fine.waiting_for(), "go");
}

TEST(Compensation, WithoutWhatTakesBackIsRefused) {
  EXPECT_THAT(told_of(bpmn(R"(<startEvent id="start"/><userTask id="bed" p:role="nurse"/>
      <boundaryEvent id="back" attachedToRef="bed"><compensateEventDefinition/></boundaryEvent>)",
                           "start>bed")),
              testing::HasSubstr("leads to nothing that takes back"));
  EXPECT_THAT(told_of(bpmn(R"(<startEvent id="start"/>
      <userTask id="back" p:role="nurse" isForCompensation="true"/><endEvent id="end"/>)",
                           "start>end")),
              testing::HasSubstr("nothing asks userTask 'back' to take back"));
}

TEST(Compensation, ThatIsInterruptedLeavesAStateThatGoesOn) {
  Case c(bpmn("<startEvent id=\"start\"/>" + booked +
                  "<intermediateThrowEvent id=\"undo\"><compensateEventDefinition/>"
                  "</intermediateThrowEvent><userTask id=\"next\" p:role=\"nurse\"/>"
                  "<subProcess id=\"stop\" triggeredByEvent=\"true\"><startEvent id=\"asked\">"
                  "<messageEventDefinition messageRef=\"n\"/></startEvent>"
                  "<userTask id=\"bye\" p:role=\"nurse\"/>{{asked>bye}}</subProcess>",
              "start>bed bed>ride ride>undo undo>next", roots));
  c.start().complete("bed").complete("ride");
  EXPECT_EQ(c.waiting_for(), "cancel_ride");
  c.message("stop");
  EXPECT_EQ(c.waiting_for(), "bye");
  c.complete("bye");
  EXPECT_TRUE(c.ended);
}

TEST(Compensation, SeesTheVariablesOfTheProcessThatWasCalled) {
  Case c(R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
      xmlns:p="urn:passerelle:bpmn:1"><process id="book"><startEvent id="s"/>
      <userTask id="bed" p:role="nurse" p:result="bed"/>
      <boundaryEvent id="back" attachedToRef="bed"><compensateEventDefinition/></boundaryEvent>
      <userTask id="free" p:role="nurse" isForCompensation="true"><extensionElements>
        <p:show name="n">bed.number</p:show></extensionElements></userTask>
      <association id="x" sourceRef="back" targetRef="free"/>
      <endEvent id="undo"><compensateEventDefinition/></endEvent>
      <sequenceFlow id="a" sourceRef="s" targetRef="bed"/>
      <sequenceFlow id="b" sourceRef="bed" targetRef="undo"/></process>
      <process id="test" isExecutable="true"><startEvent id="start"/>
      <callActivity id="call" calledElement="book"/>
      <sequenceFlow id="c" sourceRef="start" targetRef="call"/></process></definitions>)");
  c.start().complete("call/bed", R"({"number": 7})");
  ASSERT_EQ(c.waiting_for(), "call/free");
  EXPECT_EQ(feel::to_json_text(c.open.begin()->second.data), R"({"n":7})");
  c.complete("call/free");
  EXPECT_TRUE(c.ended);
}

TEST(Cycle, LeavesOutWhatPassedWhileNothingRan) {
  Case c(bpmn(R"(<startEvent id="start"/><userTask id="work" p:role="nurse"/>
      <boundaryEvent id="remind" attachedToRef="work" cancelActivity="false"><timerEventDefinition>
        <timeCycle>R/PT1H</timeCycle></timerEventDefinition></boundaryEvent>
      <sendTask id="sms" p:message="sms.remind"/><endEvent id="end"/>)",
              "start>work work>end remind>sms"));
  c.start();
  const Instant began = c.now;
  c.now += 5h + 30min;  // the program stood still
  Stimulus late = c.make(Stimulus::Kind::timer);
  late.item = c.timers.begin()->first;
  c.timers.clear();
  c.must(late);
  EXPECT_EQ(c.sent.size(), 1u);
  ASSERT_EQ(c.timers.size(), 1u);
  EXPECT_EQ(c.timers.begin()->second, began + 6h);
}

TEST(Escalation, MayEndTheAdHocSubProcessThatItComesFrom) {
  Case c(bpmn(R"(<startEvent id="start"/><adHocSubProcess id="session">
      <userTask id="talk" p:role="nurse"/>
      <subProcess id="inner"><startEvent id="s"/><intermediateThrowEvent id="up">
        <escalationEventDefinition escalationRef="es"/></intermediateThrowEvent>
        <userTask id="never" p:role="nurse"/>{{s>up up>never}}</subProcess>
      <subProcess id="hear" triggeredByEvent="true"><startEvent id="h" isInterrupting="false">
        <extensionElements><p:set variable="done">true</p:set></extensionElements>
        <escalationEventDefinition/></startEvent></subProcess>
      <completionCondition>done</completionCondition></adHocSubProcess>
      <userTask id="next" p:role="nurse"/>)",
              "start>session session>next", R"(<escalation id="es" escalationCode="x"/>)"));
  c.start();
  EXPECT_EQ(c.waiting_for(), "next");
  c.complete("next");
  EXPECT_TRUE(c.ended);
}

}  // namespace
}  // namespace passerelle::pathway
