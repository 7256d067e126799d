#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using namespace std::chrono_literals;

const std::string follow_up =
    bpmn(R"(<startEvent id="start"/>
  <subProcess id="follow"><startEvent id="day"/><userTask id="form" p:role="patient"/>
    <exclusiveGateway id="again"/><intermediateThrowEvent id="alert"><escalationEventDefinition
      escalationRef="e"/></intermediateThrowEvent>{{day>again again>form form>alert alert>again}}
  </subProcess>
  <boundaryEvent id="raised" attachedToRef="follow" cancelActivity="false">
    <escalationEventDefinition escalationRef="e"/></boundaryEvent>
  <boundaryEvent id="month" attachedToRef="follow"><timerEventDefinition>
    <timeDuration>P30D</timeDuration></timerEventDefinition></boundaryEvent>
  <userTask id="call" p:role="nurse"/><endEvent id="called"/><endEvent id="end"/>
  <subProcess id="stop" triggeredByEvent="true"><startEvent id="asked" p:result="reason">
    <messageEventDefinition messageRef="m"/></startEvent><userTask id="goodbye" p:role="nurse"/>
    {{asked>goodbye}}</subProcess>
  <subProcess id="note" triggeredByEvent="true"><startEvent id="noted" isInterrupting="false">
    <messageEventDefinition messageRef="n"/></startEvent><userTask id="read" p:role="nurse"/>
    {{noted>read}}</subProcess>
  <subProcess id="yearly" triggeredByEvent="true"><startEvent id="year" isInterrupting="false">
    <timerEventDefinition><timeDuration>P365D</timeDuration></timerEventDefinition></startEvent>
    <userTask id="visit" p:role="nurse"/>{{year>visit}}</subProcess>)",
         "start>follow follow>end raised>call call>called month>end",
         R"(<escalation id="e" escalationCode="alert"/><message id="m" name="withdraw"/>
     <message id="n" name="note"/>)");

TEST(SubProcess, LoopsAndRaisesEscalationsThatDoNotInterruptIt) {
  Case c(follow_up);
  c.start().told();
  c.complete("form").complete("form");
  EXPECT_EQ(c.waiting_for(), "call call form");
  EXPECT_EQ(c.told(),
            "form:complete alert:complete raised:complete call:schedule form:schedule "
            "form:complete alert:complete raised:complete call:schedule form:schedule");
}

TEST(SubProcess, IsTakenBackWithAllInsideWhenItIsInterrupted) {
  Case c(follow_up);
  c.start().complete("form").told();
  c.wait(720h);
  EXPECT_EQ(c.waiting_for(), "call") << "the alert stands outside the sub-process";
  EXPECT_EQ(c.told(), "month:complete form:withdraw follow:withdraw end:complete");
  c.complete("call");
  EXPECT_TRUE(c.ended) << "an event sub-process that waits does not keep the case alive";
}

TEST(EventSubProcess, InterruptsEverythingElseAndLetsNoOtherStart) {
  Case c(follow_up);
  c.start().complete("form").told();
  c.message("withdraw", R"({"why": "moved"})");
  EXPECT_EQ(c.waiting_for(), "goodbye");
  EXPECT_EQ(c.told(),
            "asked:complete form:withdraw follow:withdraw call:withdraw stop:start "
            "goodbye:schedule");
  EXPECT_EQ(c.text_of("reason"), R"({"why":"moved"})");
  EXPECT_TRUE(c.timers.empty());
  Stimulus note = c.make(Stimulus::Kind::message);
  note.message = c.pathway().names().find("note");
  EXPECT_EQ(c.tell(note).error().code, ErrorCode::conflict);
  c.complete("goodbye");
  EXPECT_TRUE(c.ended);
  EXPECT_EQ(c.told(), "goodbye:complete stop:complete case:complete");
}

TEST(EventSubProcess, RunsBesideTheRestAsOftenAsItIsCalledWhenItDoesNotInterrupt) {
  Case c(follow_up);
  c.start().message("note").message("note");
  EXPECT_EQ(c.waiting_for(), "form read read");
  c.complete("read").complete("read");
  EXPECT_EQ(c.waiting_for(), "form");
}

TEST(EventSubProcess, StartsByATimerCountedFromTheScopesStart) {
  Case c(follow_up);
  c.start().wait(720h);
  EXPECT_TRUE(c.ended);
  std::string xml = follow_up;
  xml.replace(xml.find("P30D"), 4, "P400D");
  Case longer(xml);
  longer.start().wait(365 * 24h);
  EXPECT_EQ(longer.waiting_for(), "form visit");
}

TEST(EventSubProcess, CatchesEscalationsAndTheThrowerGoesOnOrNot) {
  for (const bool interrupts : {true, false}) {
    Case c(bpmn(R"(<startEvent id="start"/><subProcess id="inner"><startEvent id="s"/>
      <endEvent id="up"><escalationEventDefinition escalationRef="e"/></endEvent>{{s>up}}
      </subProcess><userTask id="next" p:role="nurse"/>
      <subProcess id="help" triggeredByEvent="true"><startEvent id="heard" isInterrupting=")" +
                    std::string(interrupts ? "true" : "false") +
                    R"("><escalationEventDefinition/></startEvent>
      <userTask id="act" p:role="nurse"/>{{heard>act}}</subProcess>)",
                "start>inner inner>next", R"(<escalation id="e" escalationCode="x"/>)"));
    c.start();
    EXPECT_EQ(c.waiting_for(), interrupts ? "act" : "act next");
  }
}

TEST(Terminate, EndsItsOwnScopeOnly) {
  const std::string inside = R"(<startEvent id="s"/><parallelGateway id="split"/>
    <userTask id="a" p:role="nurse"/><userTask id="b" p:role="nurse"/>
    <endEvent id="stop"><terminateEventDefinition/></endEvent>)";
  Case process(bpmn(inside, "s>split split>a split>b a>stop"));
  process.start().told();
  process.complete("a");
  EXPECT_TRUE(process.ended);
  EXPECT_EQ(process.told(), "a:complete stop:complete b:withdraw case:complete");
  Case nested(bpmn("<startEvent id=\"start\"/><subProcess id=\"inner\">" + inside +
                       "{{s>split split>a split>b a>stop}}</subProcess>"
                       "<userTask id=\"next\" p:role=\"nurse\"/>",
                   "start>inner inner>next"));
  nested.start().complete("a");
  EXPECT_EQ(nested.waiting_for(), "next");
}

TEST(BoundaryMessage, InterruptsOrComesAgain) {
  for (const bool interrupts : {true, false}) {
    Case c(bpmn(R"(<startEvent id="start"/><userTask id="form" p:role="patient"/>
      <boundaryEvent id="asked" attachedToRef="form" cancelActivity=")" +
                    std::string(interrupts ? "true" : "false") +
                    R"("><messageEventDefinition messageRef="m"/>
      </boundaryEvent><userTask id="call" p:role="nurse"/>)",
                "start>form asked>call", R"(<message id="m" name="help"/>)"));
    c.start().message("help");
    EXPECT_EQ(c.waiting_for(), interrupts ? "call" : "call form");
    if (!interrupts) c.message("help");
    EXPECT_EQ(c.waiting_for(), interrupts ? "call" : "call call form");
  }
}

TEST(Message, OpensACaseByItsStartEvent) {
  Case c(bpmn(R"(<startEvent id="referred" p:result="referral"><messageEventDefinition
    messageRef="m"/></startEvent><startEvent id="start"/><userTask id="a" p:role="nurse"/>
    <userTask id="b" p:role="nurse"/>)",
              "start>a referred>b", R"(<message id="m" name="refer"/>)"));
  Stimulus start = c.make(Stimulus::Kind::start);
  start.message = c.pathway().names().find("refer");
  start.data = value(R"({"by": "GP"})");
  c.must(start);
  EXPECT_EQ(c.waiting_for(), "b");
  EXPECT_EQ(c.text_of("referral"), R"({"by":"GP"})");
}

// ---- what the caller may leave out ----

TEST(Recording, OfActivitiesThatNobodyWantsIsLeftOutAndNothingElseChanges) {
  Case c(follow_up);
  std::vector<uint8_t> wanted(c.pathway().activities().size() + 1);
  wanted[*c.pathway().find_activity("form")] = 0xFF;
  c.memory.wanted = &wanted;
  c.start().complete("form").message("withdraw");
  EXPECT_EQ(c.told(), "form:schedule form:complete form:schedule form:withdraw");
  EXPECT_EQ(c.waiting_for(), "goodbye");
}

// ---- saved states ----

TEST(SavedState, IsSmallAndRefusedWhenItIsDamagedOrAnothers) {
  Case c(follow_up);
  c.start().complete("form").message("note");
  const std::string bytes = c.state.save(c.pathway());
  EXPECT_LT(bytes.size(), 120u);
  Case other(bpmn(R"(<startEvent id="start"/>)"));
  const Result<State> wrong = State::load(other.pathway(), bytes);
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message, testing::HasSubstr("another version"));
  size_t accepted = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(State::load(c.pathway(), bytes.substr(0, i)).ok()) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      const Result<State> loaded = State::load(c.pathway(), damaged);
      if (!loaded) continue;
      // What is accepted must be a state that can go on.
      ++accepted;
      State state = *loaded;
      std::vector<Effect> effects;
      Stimulus stop = c.make(Stimulus::Kind::message);
      stop.message = c.pathway().names().find("withdraw");
      EXPECT_TRUE(step(c.pathway(), state, stop, effects).ok());
    }
  }
  EXPECT_LT(accepted, bytes.size() * 8 / 2);
}

TEST(SavedState, KeepsValuesOfEveryKind) {
  Case c(bpmn(R"(<extensionElements><p:variable name="v"/><p:variable name="w"/>
    </extensionElements><startEvent id="start"/><userTask id="call" p:role="nurse"/>)",
              "start>call"));
  Stimulus start = c.make(Stimulus::Kind::start);
  const feel::Value v =
      feel::Value::list({feel::Value::integer(-3),
                         feel::Value::integer(1'000'000),
                         *feel::Value::number("38.50"),
                         *feel::Value::number("1e30"),
                         feel::Value::boolean(false),
                         {},
                         feel::Value::string("é"),
                         *feel::Value::date(2020, 3, 26),
                         feel::Value::days_duration(60),
                         feel::Value::context({{"a", feel::Value::string("call")}, {"b c", {}}})});
  start.data = feel::Value::context({{"v", v}, {"w", v}});
  c.must(start);
  EXPECT_EQ(c.variable("v"), v);
  EXPECT_EQ(c.variable("w"), v);
  EXPECT_EQ(c.variable("v").at(2).scale(), 2u) << "38.50 stays 38.50";
  EXPECT_EQ(c.variable("case start").instant(c.pathway().organisation().zone), c.now);
}

}  // namespace
}  // namespace passerelle::pathway
