// Cases that move to another version of their pathway. Every state is saved and loaded on both
// sides (test_case.h).
#include "pathway/migration.h"

#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

PathwaySource version(std::string xml, const char* number) {
  PathwaySource source = test_source(std::move(xml));
  source.version = number;
  return source;
}

// A case of version 1, and the same case in version 2 once it has moved.
struct Move {
  Move(std::string from, std::string to)
      : was(version(std::move(from), "1")), is(version(std::move(to), "2")) {}

  Result<Migration::Carried> try_it() {
    Migration migration(was.pathway(), is.pathway(), rules);
    for (const Finding& problem : migration.problems()) ADD_FAILURE() << to_text(problem);
    return migration.carry(was.state, was.make(Stimulus::Kind::start));
  }
  void go() {
    const auto carried = try_it();
    ASSERT_TRUE(carried.ok()) << to_text(carried.error());
    is.go_on_from(was, carried->state, carried->effects);
  }
  Error refusal() {
    const auto carried = try_it();
    EXPECT_FALSE(carried.ok());
    return carried.ok() ? Error{} : carried.error();
  }
  std::vector<std::string> findings() {
    std::vector<std::string> out;
    for (const Finding& each : Migration(was.pathway(), is.pathway(), rules).check()) {
      out.push_back(each.id + ": " + each.message);
    }
    return out;
  }
  Move& element(const char* from, const char* to) {
    rules.elements.push_back({from, to, {}});
    return *this;
  }
  Move& variable(const char* name, const char* value) {
    rules.variables.push_back({name, value, {}});
    return *this;
  }

  Case was, is;
  MigrationRules rules;
};

std::string task(const std::string& id, const std::string& inside = {}) {
  return "<userTask id=\"" + id + "\" p:role=\"nurse\">" + inside + "</userTask>";
}
std::string timer(const std::string& id, const std::string& duration) {
  return "<intermediateCatchEvent id=\"" + id + "\"><timerEventDefinition><timeDuration>" +
         duration + "</timeDuration></timerEventDefinition></intermediateCatchEvent>";
}
std::string boundary_timer(const std::string& id, const std::string& host,
                           const std::string& duration) {
  return "<boundaryEvent id=\"" + id + "\" attachedToRef=\"" + host +
         "\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>" + duration +
         "</timeDuration></timerEventDefinition></boundaryEvent>";
}
const std::string message_m = "<message id=\"m\" name=\"go\"/>";
const std::string start_end = "<startEvent id=\"s\"/><endEvent id=\"e\"/>";
const std::string join_split = "<parallelGateway id=\"split\"/><parallelGateway id=\"join\"/>";

std::map<uint32_t, Instant> dues(const Case& c) { return c.timers; }

// ---- what stays ----

TEST(Migration, KeepsTheDueDatesOfTimersWhateverTheirExpressionSaysNow) {
  const auto process = [](const char* wait, const char* warn) {
    return bpmn(start_end + timer("wait", wait) + task("call") + "<parallelGateway id=\"g\"/>" +
                    boundary_timer("warn", "call", warn) + "<endEvent id=\"warned\"/>",
                "s>g g>wait g>call wait>e call>e warn>warned");
  };
  Move move(process("PT8H", "PT2H"), process("PT1H", "PT30M"));
  move.was.start().wait(1h);
  const auto before = dues(move.was);
  ASSERT_EQ(before.size(), 2u);
  move.go();
  EXPECT_EQ(dues(move.is), before);
  EXPECT_EQ(move.is.told(), "case:resume");
  move.is.wait(59min);
  EXPECT_EQ(move.is.told(), "");
  move.is.wait(1min);
  EXPECT_EQ(move.is.told(), "warn:complete warned:complete");
  EXPECT_THAT(move.findings(), IsEmpty());
}

TEST(Migration, KeepsWhoHoldsTheWorkAndWhatTheCaseKnows) {
  const auto process = [](const std::string& more) {
    return bpmn(
        "<extensionElements><p:variable name=\"n\"/><p:variable name=\"m\"/>"
        "</extensionElements>" +
            start_end + task("call") + more,
        more.empty() ? "s>call call>e" : "s>call call>after after>e");
  };
  Move move(process(""), process(task("after")));
  move.was.start("{\"n\": 3, \"m\": {\"text\": \"x\"}}").assign("call", 9);
  move.go();
  ASSERT_EQ(move.is.state.tokens().size(), 1u);
  EXPECT_EQ(move.is.state.tokens()[0].actor, 9u);
  EXPECT_EQ(move.is.state.tokens()[0].status, Token::Status::assigned);
  EXPECT_EQ(move.is.text_of("n"), "3");
  EXPECT_EQ(move.is.text_of("m"), "{\"text\":\"x\"}");
  const Stimulus other = move.is.work(Stimulus::Kind::complete, "call");
  EXPECT_EQ(move.is.tell(other).error().code, ErrorCode::conflict) << "another holds it";
}

TEST(Migration, SaysInTheRecordFromWhereToWhereAndByWhom) {
  const std::string process = bpmn(start_end + task("call"), "s>call call>e");
  Move move(process, process);
  move.was.start();
  Stimulus by = move.was.make(Stimulus::Kind::start);
  by.actor = 5;
  const auto carried = Migration(move.was.pathway(), move.is.pathway()).carry(move.was.state, by);
  ASSERT_TRUE(carried.ok());
  ASSERT_EQ(carried->effects.size(), 1u);
  const Event& event = carried->effects[0].event;
  EXPECT_EQ(move.is.pathway().names().text(event.activity), "case");
  EXPECT_EQ(event.lifecycle, Lifecycle::resume);
  EXPECT_EQ(event.actor, 5u);
  EXPECT_EQ(feel::to_json_text(event.data), R"({"from_version":"1","to_version":"2"})");
}

// ---- names ----

TEST(Migration, FindsWhatWasRenamedByTheRules) {
  Move move(bpmn(start_end + task("call"), "s>call call>e"),
            bpmn(start_end + task("first_call"), "s>first_call first_call>e"));
  EXPECT_THAT(move.findings(), ElementsAre(HasSubstr("migration-no-place: a case of version 1 can "
                                                     "stand at 'call'")));
  move.was.start();
  const Error refused = move.refusal();
  EXPECT_EQ(refused.code, ErrorCode::conflict);
  EXPECT_EQ(refused.where, "call");
  EXPECT_THAT(refused.message, HasSubstr("nothing has its id"));
  move.element("call", "first_call").go();
  EXPECT_EQ(move.is.waiting_for(), "first_call");
  EXPECT_THAT(move.findings(), IsEmpty());
  move.is.complete("first_call");
  EXPECT_TRUE(move.is.ended);
}

TEST(Migration, TellsRulesThatNameWhatIsNotThere) {
  Case was(version(bpmn(start_end + task("call"), "s>call call>e"), "1"));
  Case is(version(bpmn(start_end + task("call"), "s>call call>e"), "2"));
  MigrationRules rules;
  rules.elements = {{"call", "cal", {}}, {"coll", "call", {}}};
  rules.variables = {{"risk", "1", {}}, {"patient", "nobody", {}}};
  Migration migration(was.pathway(), is.pathway(), rules);
  std::vector<std::string> ids;
  for (const Finding& each : migration.problems()) ids.push_back(each.id);
  EXPECT_THAT(ids, testing::UnorderedElementsAre("migration-source", "migration-source",
                                                 "migration-target", "migration-target"));
  was.start();
  EXPECT_EQ(migration.carry(was.state, was.make(Stimulus::Kind::start)).error().code,
            ErrorCode::invalid);
}

TEST(Migration, RefusesWhatHasBecomeSomethingElse) {
  Move move(bpmn(start_end + task("call"), "s>call call>e"),
            bpmn(start_end + timer("call", "PT1H"), "s>call call>e"));
  move.was.start();
  EXPECT_THAT(move.refusal().message, HasSubstr("it was a task for people and is a timer"));
  EXPECT_THAT(move.findings(), ElementsAre(HasSubstr("it was a task for people and is a timer")));
}

// ---- states that could not have been reached ----

TEST(Migration, RefusesAStateThatTheNewVersionNeverHas) {
  const std::string before = start_end + join_split + task("a") + task("b");
  Move move(
      bpmn(before, "s>split split>a split>b a>join b>join join>e"),
      bpmn(before + task("c"), "s>split split>a split>b split>c a>join b>join c>join join>e"));
  move.was.start();
  EXPECT_THAT(move.refusal().message, HasSubstr("no case ever stands so: at 'a', at 'b'"));
  move.was.complete("a");
  EXPECT_THAT(move.refusal().message, HasSubstr("waiting at 'join', at 'b'"));
  EXPECT_THAT(move.findings(),
              testing::Each(HasSubstr("migration-unreachable: cases of version 1 can stand ")));
  EXPECT_EQ(move.findings().size(), 3u) << "a and b, a and the join, b and the join";
}

TEST(Migration, AllowsAChangeThatComesLater) {
  const std::string before = start_end + join_split + task("a") + task("b");
  Move move(bpmn(before, "s>split split>a split>b a>join b>join join>e"),
            bpmn(before + task("c"), "s>split split>a split>b a>join b>join join>c c>e"));
  EXPECT_THAT(move.findings(), IsEmpty());
  move.was.start().complete("a");
  move.go();
  move.is.complete("b");
  EXPECT_EQ(move.is.waiting_for(), "c");
}

TEST(Migration, KnowsThatAllCanMoveHoweverManyWaysToStandThereAre) {
  std::string strands, flows;
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    strands += "<boundaryEvent id=\"b" + n +
               "\" attachedToRef=\"call\" cancelActivity=\"false\">"
               "<messageEventDefinition messageRef=\"m\"/></boundaryEvent>" +
               task("a" + n) + "<endEvent id=\"e" + n + "\"/>";
    flows += " b" + n + ">a" + n + " a" + n + ">e" + n;
  }
  const std::string before = start_end + task("call") + strands;
  Move move(bpmn(before, "s>call call>e" + flows, message_m),
            bpmn(before + task("after"), "s>call call>after after>e" + flows, message_m));
  EXPECT_THAT(move.findings(), IsEmpty());
  move.was.start().message("go").message("go");
  move.go();
  Move less(bpmn(before + task("after"), "s>call call>after after>e" + flows, message_m),
            bpmn(before + task("after"), "s>after after>call call>e" + flows, message_m));
  EXPECT_THAT(less.findings(), testing::Contains(HasSubstr("migration-unreachable")));
}

TEST(Migration, AJoinThatIsAnotherKindNowGoesOnWhenItCan) {
  const std::string tasks = start_end + "<parallelGateway id=\"split\"/>" + task("a") + task("b");
  const std::string flows = "s>split split>a split>b a>join b>join join>e";
  Move move(bpmn(tasks + "<parallelGateway id=\"join\"/>", flows),
            bpmn(tasks + "<inclusiveGateway id=\"join\"/>", flows));
  move.was.start().complete("b");
  move.go();
  EXPECT_EQ(move.is.waiting_for(), "a");
  move.is.complete("a");
  EXPECT_TRUE(move.is.ended);
}

TEST(Migration, AChoiceThatBecameASplitIsToldApart) {
  const auto process = [](const char* kind) {
    const std::string flow =
        "<sequenceFlow id=\"f1\" sourceRef=\"g\" targetRef=\"a\">"
        "<conditionExpression>n = 1</conditionExpression></sequenceFlow>";
    return bpmn(
        "<extensionElements><p:variable name=\"n\"/></extensionElements>" + start_end + "<" + kind +
            " id=\"g\"" + (std::string(kind) == "parallelGateway" ? ">" : " default=\"g_b\">") +
            "</" + kind + ">" + task("a") + task("b") +
            (std::string(kind) == "parallelGateway" ? "" : flow),
        std::string("s>g g>b a>e b>e") + (std::string(kind) == "parallelGateway" ? " g>a" : ""));
  };
  Move move(process("exclusiveGateway"), process("parallelGateway"));
  move.was.start("{\"n\": 1}");
  // One of two strands: the other may have come to its end before.
  move.go();
  Move back(process("parallelGateway"), process("exclusiveGateway"));
  back.was.start("{\"n\": 1}");
  EXPECT_THAT(back.refusal().message, HasSubstr("at 'a', at 'b'"));
  back.was.complete("b");
  back.go();
}

// ---- scopes ----

const std::string around_call = "<subProcess id=\"sub\"><startEvent id=\"is\"/>" + task("call") +
                                "<endEvent id=\"ie\"/>{{is>call call>ie}}</subProcess>";

TEST(Migration, OpensTheSubProcessThatNowLiesAroundAndItsTimersCountFromNow) {
  Move move(bpmn(start_end + task("call"), "s>call call>e"),
            bpmn(start_end + around_call + boundary_timer("late", "sub", "PT1H") + task("look") +
                     "<endEvent id=\"looked\"/>",
                 "s>sub sub>e late>look look>looked"));
  move.was.start().wait(5h);
  move.go();
  EXPECT_EQ(move.is.told(), "case:resume sub:start");
  EXPECT_EQ(move.is.waiting_for(), "call");
  ASSERT_EQ(move.is.timers.size(), 1u);
  EXPECT_EQ(move.is.timers.begin()->second, move.is.now + 1h);
  move.is.wait(1h);
  EXPECT_EQ(move.is.waiting_for(), "call look");
  move.is.complete("look").complete("call");
  EXPECT_TRUE(move.is.ended);
}

TEST(Migration, LeavesASubProcessThatIsNoLongerAroundAndCancelsItsTimers) {
  Move move(
      bpmn(start_end + around_call + boundary_timer("late", "sub", "PT9H") + "<endEvent id=\"x\"/>",
           "s>sub sub>e late>x"),
      bpmn(start_end + task("call"), "s>call call>e"));
  EXPECT_THAT(move.findings(), ElementsAre(HasSubstr("migration-lost: the timer 'late'")));
  move.was.start();
  move.go();
  EXPECT_TRUE(move.is.timers.empty());
  move.is.complete("call");
  EXPECT_TRUE(move.is.ended);
}

TEST(Migration, TwoStrandsOfASplitMoveIntoOneSubProcess) {
  const std::string flat = start_end + join_split + task("a") + task("b");
  const std::string nested = start_end +
                             "<subProcess id=\"sub\"><startEvent id=\"is\"/><endEvent id=\"ie\"/>" +
                             join_split + task("a") + task("b") +
                             "{{is>split split>a split>b a>join b>join join>ie}}</subProcess>";
  Move move(bpmn(flat, "s>split split>a split>b a>join b>join join>e"),
            bpmn(nested, "s>sub sub>e"));
  move.was.start().complete("b");
  move.go();
  move.is.complete("a");
  EXPECT_TRUE(move.is.ended);
}

TEST(Migration, KeepsHowFarARepeatedActivityHasCome) {
  const auto process = [](const std::string& more) {
    return bpmn(start_end +
                    task("read",
                         "<multiInstanceLoopCharacteristics isSequential=\"true\" "
                         "p:list=\"[5, 6, 7]\" p:each=\"one\"/>") +
                    more,
                more.empty() ? "s>read read>e" : "s>read read>after after>e");
  };
  Move move(process(""), process(task("after")));
  move.was.start().complete("read");
  move.go();
  move.is.complete("read").complete("read");
  EXPECT_EQ(move.is.waiting_for(), "after");

  Move once(process(""), bpmn(start_end + task("read"), "s>read read>e"));
  once.was.start();
  EXPECT_THAT(once.refusal().message, HasSubstr("repeated"));
  Move again(bpmn(start_end + task("read"), "s>read read>e"), process(""));
  again.was.start();
  EXPECT_THAT(again.refusal().message, HasSubstr("how far that has come is not known"));
}

// ---- waiting ----

const std::string gateway = "<eventBasedGateway id=\"g\"/>";
const std::string answer =
    "<intermediateCatchEvent id=\"answer\"><messageEventDefinition "
    "messageRef=\"m\"/></intermediateCatchEvent>";

TEST(Migration, ATimerMayBeOneOfSeveralEventsThatAreWaitedFor) {
  const std::string alone = bpmn(start_end + timer("wait", "PT8H"), "s>wait wait>e", message_m);
  const std::string either = bpmn(start_end + gateway + timer("wait", "PT3H") + answer + task("a"),
                                  "s>g g>wait g>answer wait>e answer>a a>e", message_m);
  Move move(alone, either);
  EXPECT_THAT(move.findings(), IsEmpty());
  move.was.start().wait(1h);
  const auto before = dues(move.was);
  move.go();
  EXPECT_EQ(dues(move.is), before);
  move.is.message("go");
  EXPECT_EQ(move.is.waiting_for(), "a");
  EXPECT_TRUE(move.is.timers.empty());

  Move back(either, alone);
  EXPECT_THAT(back.findings(), ElementsAre(HasSubstr("at 'g'"), HasSubstr("at 'a'")));
  back.element("g", "wait");
  EXPECT_THAT(back.findings(), ElementsAre(HasSubstr("at 'a'")));
  back.was.start();
  const auto due = dues(back.was);
  back.go();
  EXPECT_EQ(dues(back.is), due);
  back.is.wait(3h);
  EXPECT_TRUE(back.is.ended);
}

TEST(Migration, WhatWasAWaitForAMessageMayBeATimerCountedFromNow) {
  Move move(bpmn(start_end + answer, "s>answer answer>e", message_m),
            bpmn(start_end + timer("answer", "PT2H"), "s>answer answer>e", message_m));
  move.was.start().wait(9h);
  move.go();
  ASSERT_EQ(move.is.timers.size(), 1u);
  EXPECT_EQ(move.is.timers.begin()->second, move.is.now + 2h);
}

TEST(Migration, ATimerThatHasGoneOffIsNotSetAgain) {
  const auto process = [](const std::string& more, const std::string& flows) {
    return bpmn(start_end + task("call") + boundary_timer("warn", "call", "PT1H") +
                    "<endEvent id=\"warned\"/>" + more,
                "s>call call>e warn>warned" + flows);
  };
  Move move(process("", ""),
            process(boundary_timer("alarm", "call", "PT2H") + "<endEvent id=\"alarmed\"/>",
                    " alarm>alarmed"));
  move.was.start().wait(90min);
  ASSERT_TRUE(move.was.timers.empty());
  move.go();
  ASSERT_EQ(move.is.timers.size(), 1u) << "the new one";
  EXPECT_EQ(move.is.timers.begin()->second, move.is.now + 2h);
}

TEST(Migration, AnEventSubProcessKeepsWaitingAndANewOneBeginsTo) {
  const auto handler = [](const std::string& id, const std::string& duration) {
    return "<subProcess id=\"" + id + "\" triggeredByEvent=\"true\"><startEvent id=\"" + id +
           "_s\" isInterrupting=\"false\"><timerEventDefinition><timeDuration>" + duration +
           "</timeDuration></timerEventDefinition></startEvent>" + task(id + "_look") +
           "<endEvent id=\"" + id + "_e\"/>{{" + id + "_s>" + id + "_look " + id + "_look>" + id +
           "_e}}</subProcess>";
  };
  Move move(bpmn(start_end + task("call") + handler("day", "PT24H"), "s>call call>e"),
            bpmn(start_end + task("call") + handler("day", "PT1H") + handler("week", "PT168H"),
                 "s>call call>e"));
  move.was.start().wait(20h);
  move.go();
  EXPECT_EQ(move.is.timers.size(), 2u);
  move.is.wait(4h);
  EXPECT_EQ(move.is.waiting_for(), "call day_look");
}

std::string handler(const std::string& id, bool interrupts) {
  return "<subProcess id=\"" + id + "\" triggeredByEvent=\"true\"><startEvent id=\"" + id +
         "_s\" isInterrupting=\"" + (interrupts ? "true" : "false") +
         "\"><messageEventDefinition messageRef=\"m\"/></startEvent>" + task(id + "_look") +
         "<endEvent id=\"" + id + "_e\"/>{{" + id + "_s>" + id + "_look " + id + "_look>" + id +
         "_e}}</subProcess>";
}

TEST(Migration, WhatHasComeOfAnEventThatWaitsForSeveralIsKeptOrTheCaseStays) {
  const std::string declared =
      "<message id=\"g\" name=\"go\"/><message id=\"b\" name=\"bed\"/>"
      "<message id=\"t\" name=\"team\"/>";
  const auto waiting_for = [&](const std::vector<std::string>& messages) {
    std::string events;
    for (const std::string& each : messages)
      events += "<messageEventDefinition messageRef=\"" + each + "\"/>";
    return bpmn("<startEvent id=\"s\"/>" + task("wait") +
                    "<boundaryEvent id=\"ready\" attachedToRef=\"wait\" "
                    "parallelMultiple=\"true\">" +
                    events + "</boundaryEvent>" + task("admit"),
                "s>wait ready>admit", declared);
  };
  Move same(waiting_for({"g", "b"}), waiting_for({"g", "b"}));
  same.was.start().message("go");
  same.go();
  same.is.message("bed");
  EXPECT_EQ(same.is.waiting_for(), "admit");

  for (const std::vector<std::string>& other :
       {std::vector<std::string>{"b", "g"}, {"g", "t"}, {"g", "b", "t"}}) {
    Move move(waiting_for({"g", "b"}), waiting_for(other));
    move.was.start();
    EXPECT_TRUE(move.try_it().ok()) << "nothing has come yet";
    if (other == std::vector<std::string>{"g", "t"}) continue;  // that which has come is the same
    move.was.message("go");
    EXPECT_THAT(move.refusal().message, HasSubstr("it waits for other things now"));
  }
  Move fewer(waiting_for({"g", "b", "t"}), waiting_for({"g", "b"}));
  fewer.was.start().message("go").message("bed");
  EXPECT_THAT(fewer.refusal().message, HasSubstr("it waits for other things now"));
}

TEST(Migration, NothingStandsBesideAnEventSubProcessThatNowInterrupts) {
  Move move(bpmn(start_end + task("call") + handler("h", false), "s>call call>e", message_m),
            bpmn(start_end + task("call") + handler("h", true), "s>call call>e", message_m));
  EXPECT_THAT(move.findings(), ElementsAre(HasSubstr("can stand at 'h' beside others")));
  move.was.start().message("go");
  EXPECT_THAT(move.refusal().message, HasSubstr("no case ever stands so: at 'call', at 'h'"));
  move.was.complete("h_look");
  move.go();
  move.is.message("go");
  EXPECT_EQ(move.is.waiting_for(), "h_look");
}

// ---- problems ----

TEST(Migration, ACaseThatFoundNoWayOutGoesOnByTheMendedGateway) {
  const auto process = [](const std::string& condition) {
    return bpmn(
        "<extensionElements><p:variable name=\"n\"/></extensionElements>" + start_end +
            "<exclusiveGateway id=\"g\"/>" + task("a") +
            "<sequenceFlow id=\"f\" sourceRef=\"g\" targetRef=\"a\"><conditionExpression>" +
            condition + "</conditionExpression></sequenceFlow>" +
            "<sequenceFlow id=\"f2\" sourceRef=\"g\" targetRef=\"e\"><conditionExpression>n "
            "= 5</conditionExpression></sequenceFlow>",
        "s>g a>e");
  };
  Move move(process("n = 4"), process("n &gt; 0"));
  move.was.start("{\"n\": 1}");
  ASSERT_EQ(move.was.waiting_for(), "!g");
  move.go();
  EXPECT_EQ(move.is.waiting_for(), "!g");
  move.is.complete("g");
  EXPECT_EQ(move.is.waiting_for(), "a");
}

// ---- variables ----

TEST(Migration, GivesVariablesTheValuesOfTheRules) {
  const auto process = [](const std::string& variables) {
    return bpmn(
        "<extensionElements>" + variables + "</extensionElements>" + start_end + task("call"),
        "s>call call>e");
  };
  Move move(process("<p:variable name=\"n\"/><p:variable name=\"gone\"/>"),
            process("<p:variable name=\"n\"/><p:variable name=\"risk\"/>"));
  EXPECT_THAT(move.findings(), ElementsAre(HasSubstr("migration-lost: the variable 'gone'")));
  move.variable("risk", "if n &gt; 2 then \"high\" else \"low\"");
  move.rules.variables[0].to = "if n > 2 then \"high\" else \"low\"";
  move.was.start("{\"n\": 3, \"gone\": 1}");
  move.go();
  EXPECT_EQ(move.is.text_of("risk"), "\"high\"");
  EXPECT_EQ(move.is.text_of("n"), "3");

  move.rules.variables[0].to = "n + \"x\"";
  EXPECT_THAT(move.refusal().message, HasSubstr("the value of 'risk' cannot be computed"));
}

// ---- what can be taken back ----

TEST(Migration, WhatWasDoneCanStillBeTakenBack) {
  const auto process = [](const std::string& more, const std::string& flows) {
    return bpmn(start_end + task("book") +
                    "<boundaryEvent id=\"undo\" attachedToRef=\"book\"><compensateEventDefinition/>"
                    "</boundaryEvent><userTask id=\"unbook\" p:role=\"nurse\" "
                    "isForCompensation=\"true\"/><association id=\"as\" sourceRef=\"undo\" "
                    "targetRef=\"unbook\"/><intermediateThrowEvent id=\"back\">"
                    "<compensateEventDefinition/></intermediateThrowEvent>" +
                    task("ask") + more,
                flows);
  };
  Move move(process("", "s>book book>ask ask>back back>e"),
            process(task("after"), "s>book book>ask ask>back back>after after>e"));
  move.was.start().complete("book");
  move.go();
  move.is.complete("ask");
  EXPECT_EQ(move.is.waiting_for(), "unbook");
  move.is.complete("unbook");
  EXPECT_EQ(move.is.waiting_for(), "after");

  // While it is being taken back, too.
  move.was.complete("ask");
  ASSERT_EQ(move.was.waiting_for(), "unbook");
  Move second(process("", "s>book book>ask ask>back back>e"),
              process(task("after"), "s>book book>ask ask>back back>after after>e"));
  second.was.start().complete("book").complete("ask");
  second.go();
  second.is.complete("unbook");
  EXPECT_EQ(second.is.waiting_for(), "after");
}

TEST(Migration, RefusesACaseThatHasEnded) {
  const std::string process = bpmn(start_end + task("call"), "s>call call>e");
  Move move(process, process);
  move.was.start().complete("call");
  EXPECT_EQ(move.refusal().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace passerelle::pathway
