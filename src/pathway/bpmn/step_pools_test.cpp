// Processes of one file that are executed together and the messages between them; what cases tell
// each other; start events that open cases.
#include <gmock/gmock.h>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

std::string sequence(std::string_view flows) {  // "a>b b>c", by bpmn()
  const std::string whole = bpmn("", flows);
  const size_t from = whole.find("<sequenceFlow"), to = whole.find("</process>");
  return from == whole.npos ? std::string() : whole.substr(from, to - from);
}

std::string process(std::string_view id, std::string inside, std::string_view flows,
                    std::string_view attributes = "isExecutable=\"true\"") {
  return "<process id=\"" + std::string(id) + "\" " + std::string(attributes) + ">" +
         std::move(inside) + sequence(flows) + "</process>";
}

std::string file(const std::string& processes, std::string_view message_flows) {
  return R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
      xmlns:p="urn:passerelle:bpmn:1"><message id="o" name="order"/><message id="r" name="report"/>
      <signal id="sg" name="storm" p:reach="site"/><signal id="own" name="here"/>
      <collaboration id="c"><participant id="ward_pool" processRef="ward"/>
      <participant id="lab_pool" processRef="lab"/><participant id="family" name="Family"/>)" +
         std::string(message_flows) + "</collaboration>" + processes + "</definitions>";
}

std::string message_flow(std::string_view from, std::string_view to) {
  return "<messageFlow id=\"" + std::string(from) + "_" + std::string(to) + "\" sourceRef=\"" +
         std::string(from) + "\" targetRef=\"" + std::string(to) + "\"/>";
}

std::string sends(std::string_view id, std::string_view message, std::string_view content = "",
                  std::string_view attributes = "") {
  return "<sendTask id=\"" + std::string(id) + "\" messageRef=\"" + std::string(message) + "\" " +
         std::string(attributes) + "><extensionElements>" + std::string(content) +
         "</extensionElements></sendTask>";
}
std::string receives(std::string_view id, std::string_view message,
                     std::string_view attributes = "") {
  return "<receiveTask id=\"" + std::string(id) + "\" messageRef=\"" + std::string(message) +
         "\" " + std::string(attributes) + "/>";
}

// The ward orders, the laboratory begins with the order, examines and reports.
const std::string laboratory = process(
    "lab",
    R"(<startEvent id="ordered" p:result="order"><messageEventDefinition messageRef="o"/></startEvent>
    <userTask id="examine" p:role="physician" p:result="found"><extensionElements>
      <p:show name="what">order.what</p:show></extensionElements></userTask>)" +
        sends("report", "r", R"(<p:show name="value">found.value</p:show>
          <p:show name="of">order.what</p:show>)"),
    "ordered>examine examine>report");

const std::string ward_and_laboratory =
    file(process("ward",
                 R"(<extensionElements><p:variable name="wanted"/></extensionElements>
        <startEvent id="start"/>)" +
                     sends("send", "o", R"(<p:show name="what">wanted</p:show>)") +
                     receives("wait", "r", R"(p:result="report")") +
                     R"(<userTask id="read" p:role="nurse"/>)",
                 "start>send send>wait wait>read") +
             laboratory,
         message_flow("send", "ordered") + message_flow("report", "wait"));

std::string findings_of(std::string xml) {
  std::vector<Finding> findings;
  compile_pathway(test_source(std::move(xml)), findings);
  std::string all;
  for (const Finding& finding : findings) {
    all += to_text(finding);
    EXPECT_GT(finding.place.line, 0) << to_text(finding);
  }
  return all;
}

TEST(Collaboration, IsOneCaseInWhichProcessesBeginByMessages) {
  Case c(ward_and_laboratory);
  c.start(R"({"wanted": "potassium"})");
  EXPECT_EQ(c.waiting_for(), "examine");
  EXPECT_EQ(feel::to_json_text(c.open.begin()->second.data), R"({"what":"potassium"})");
  EXPECT_EQ(c.told(),
            "case:start ward:start start:complete send:complete lab:start ordered:complete "
            "examine:schedule");
  c.complete("examine", R"({"value": 4.1})");
  EXPECT_EQ(c.waiting_for(), "read");
  EXPECT_EQ(c.text_of("report"), R"({"value":4.1,"of":"potassium"})");
  EXPECT_EQ(c.variable("found").is_null(), true) << "what the laboratory knows stays there";
  c.complete("read");
  EXPECT_TRUE(c.ended);
}

TEST(Collaboration, TellsTheOutsideNothingOfItsOwnMessages) {
  Case c(ward_and_laboratory);
  EXPECT_THAT(c.pathway().messages(), ElementsAre());
  c.start();
  Stimulus forged = c.make(Stimulus::Kind::message);
  forged.message = c.pathway().names().find("report");
  EXPECT_EQ(c.tell(forged).error().code, ErrorCode::conflict);
}

TEST(Collaboration, KeepsAMessageUntilSomebodyWaitsForIt) {
  Case c(file(process("ward",
                      R"(<startEvent id="start"/>)" + sends("send", "o", "", "") +
                          R"(<userTask id="first" p:role="nurse"/>)" +
                          receives("wait", "r", R"(p:result="report")") +
                          R"(<userTask id="read" p:role="nurse"/>)",
                      "start>send send>first first>wait wait>read") +
                  process("lab",
                          R"(<startEvent id="ordered"><messageEventDefinition messageRef="o"/>
                      </startEvent>)" +
                              sends("report", "r", R"(<p:show name="value">1</p:show>)"),
                          "ordered>report"),
              message_flow("send", "ordered") + message_flow("report", "wait")));
  c.start();
  EXPECT_EQ(c.waiting_for(), "first");
  c.complete("first");
  EXPECT_EQ(c.waiting_for(), "read");
  EXPECT_EQ(c.text_of("report"), R"({"value":1})");
}

TEST(Collaboration, StopsWhatSendsWithoutEndAndNobodyReceives) {
  Case c(file(process("ward",
                      R"(<startEvent id="start"/><exclusiveGateway id="again"/>)" +
                          sends("send", "o", "", "") + R"(<userTask id="go_on" p:role="nurse"/>)",
                      "start>again again>send send>go_on go_on>again") +
                  process("lab",
                          R"(<startEvent id="begin"/><userTask id="busy" p:role="nurse"/>)" +
                              receives("ordered", "o"),
                          "begin>busy busy>ordered"),
              message_flow("send", "ordered")));
  c.start();
  for (int i = 0; i < 500; ++i) c.complete("go_on");
  EXPECT_EQ(c.waiting_for(), "!send busy");
}

TEST(Collaboration, RecordsWhatNobodyReceived) {
  Case c(file(
      process("ward",
              R"(<startEvent id="start"/><userTask id="ask" p:role="nurse"/>)" + sends("send", "o"),
              "start>ask ask>send") +
          process("lab",
                  R"(<startEvent id="opens"/><exclusiveGateway id="x" default="x_done"/>
                      <endEvent id="done"/>
                      <sequenceFlow id="never" sourceRef="x" targetRef="wait">
                      <conditionExpression>false</conditionExpression></sequenceFlow>)" +
                      receives("wait", "o"),
                  "opens>x x>done"),
      message_flow("send", "wait")));
  c.start().told();
  c.complete("ask");
  EXPECT_TRUE(c.ended);
  EXPECT_THAT(c.told(), HasSubstr("send:withdraw"));
}

TEST(Collaboration, BeginsTogetherWhereNoTriggerIsDrawn) {
  Case c(file(process("lab",
                      R"(<startEvent id="arrived"><messageEventDefinition messageRef="o"/>
                      </startEvent><userTask id="examine" p:role="physician"/>)",
                      "arrived>examine") +
                  process("ward",
                          R"(<startEvent id="start"/><userTask id="ask" p:role="nurse"/>)" +
                              sends("send", "o"),
                          "start>ask ask>send") +
                  process("kitchen",
                          R"(<startEvent id="day"/>)" + sends("meal", "o") +
                              R"(<userTask id="cook" p:role="nurse"/>)",
                          "day>meal meal>cook"),
              message_flow("send", "lab_pool") + message_flow("meal", "lab_pool")));
  c.start();
  EXPECT_EQ(c.waiting_for(), "ask cook examine") << "a process begins anew for each message";
  c.complete("ask");
  EXPECT_EQ(c.waiting_for(), "cook examine examine");
  c.complete("cook").complete("examine").complete("examine");
  EXPECT_TRUE(c.ended);
}

TEST(Collaboration, FindsTheRightOneOfSeveralByItsKey) {
  const std::string keyed =
      file(process("ward",
                   R"(<startEvent id="start"/><multiInstance_/>
        <subProcess id="each"><multiInstanceLoopCharacteristics p:list="[1, 2]" p:each="tube"/>
          <startEvent id="s"/>)" +
                       sends("send", "o", R"(<p:show name="tube">tube</p:show>)") +
                       receives("wait", "r", R"(p:key="tube" p:result="answer")") +
                       R"(<userTask id="read" p:role="nurse"><extensionElements>
                  <p:show name="tube">tube</p:show></extensionElements></userTask>)" +
                       sequence("s>send send>wait wait>read") + "</subProcess>",
                   "start>each") +
               process("lab",
                       R"(<startEvent id="ordered" p:result="order"><messageEventDefinition
            messageRef="o"/></startEvent><userTask id="examine" p:role="physician"><extensionElements>
            <p:show name="tube">order.tube</p:show></extensionElements></userTask>)" +
                           sends("report", "r", "", R"(p:key="order.tube")"),
                       "ordered>examine examine>report"),
           message_flow("send", "lab_pool") + message_flow("report", "ward_pool"));
  std::string xml = keyed;
  xml.erase(xml.find("<multiInstance_/>"), 17);
  Case c(xml);
  c.start();
  EXPECT_EQ(c.waiting_for(), "examine examine");
  // The second tube is examined first.
  Stimulus second = c.make(Stimulus::Kind::complete);
  for (const auto& [item, work] : c.open) {
    if (feel::to_json_text(work.data) == R"({"tube":2})") second.item = item;
  }
  c.must(second);
  EXPECT_EQ(c.waiting_for(), "examine read");
  for (const auto& [item, work] : c.open) {
    if (c.pathway().activities()[work.activity].id == "read") {
      EXPECT_EQ(feel::to_json_text(work.data), R"({"tube":2})");
    }
  }
}

TEST(Collaboration, EndsWithItsLastProcessAndNotWithTheFirst) {
  Case c(file(process("ward",
                      R"(<startEvent id="start"/>)" + sends("send", "o") +
                          R"(<endEvent id="all"><terminateEventDefinition/></endEvent>)",
                      "start>send send>all") +
                  process("lab",
                          R"(<startEvent id="ordered"><messageEventDefinition messageRef="o"/>
                      </startEvent><userTask id="examine" p:role="physician"/>)",
                          "ordered>examine"),
              message_flow("send", "ordered")));
  c.start();
  EXPECT_EQ(c.waiting_for(), "examine") << "terminate ends one process";
  c.complete("examine");
  EXPECT_TRUE(c.ended);
}

TEST(Collaboration, IsRefusedWhereFlowsDoNotFit) {
  const auto two = [](const std::string& ward, const std::string& lab, const std::string& flows) {
    return file(
        process("ward", R"(<startEvent id="start"/><userTask id="work" p:role="nurse"/>)" + ward,
                "start>work work>send") +
            process("lab", lab, ""),
        flows);
  };
  const std::string waits =
      R"(<startEvent id="ordered"><messageEventDefinition messageRef="o"/></startEvent>)";
  const std::string good = message_flow("send", "ordered");
  EXPECT_EQ(findings_of(two(sends("send", "o"), waits, good)), "");
  EXPECT_THAT(findings_of(two(sends("send", "o"), waits, good + message_flow("work", "ordered"))),
              HasSubstr("'work', which sends no message"));
  EXPECT_THAT(findings_of(two(sends("send", "o"), waits, good + message_flow("send", "lab"))),
              testing::Not(HasSubstr("error: flow")));
  EXPECT_THAT(
      findings_of(two(sends("send", "o"), waits, good + message_flow("ward_pool", "ordered"))),
      HasSubstr("a whole process"));
  EXPECT_THAT(findings_of(two(sends("send", "r"), waits, good)),
              HasSubstr("sends 'report', and startEvent 'ordered' waits for 'order'"));
  EXPECT_THAT(findings_of(two(sends("send", "r"), waits, message_flow("send", "lab_pool"))),
              HasSubstr("nothing in process 'lab' waits for 'report'"));
  EXPECT_THAT(findings_of(two(sends("send", "o", "", R"(p:message="sms.a")"), waits, good)),
              HasSubstr("is for messages to people"));
  EXPECT_THAT(findings_of(two(sends("send", "o", "", R"(p:key="1")"),
                              waits + receives("more", "o") + sequence("ordered>more"),
                              good + message_flow("send", "more"))),
              HasSubstr("at the other end has none"));
  EXPECT_THAT(findings_of(two(sends("send", "o"), waits, "")),
              HasSubstr("a second process that a case could go through"));
}

// ---- between cases ----

TEST(Announcement, IsASignalForTheWholeSiteWhereItSaysSo) {
  const auto throws = [](std::string_view signal) {
    return file(process("ward",
                        R"(<startEvent id="start"/><intermediateThrowEvent id="ring">
        <signalEventDefinition signalRef=")" +
                            std::string(signal) + R"("/></intermediateThrowEvent>
        <userTask id="after" p:role="nurse"/>)",
                        "start>ring ring>after"),
                "");
  };
  Case site(throws("sg"));
  site.start();
  EXPECT_THAT(site.announced, ElementsAre(R"(ring {"key":null,"content":null})"));
  EXPECT_TRUE(site.pathway().announces());
  Case own(throws("own"));
  own.start();
  EXPECT_THAT(own.announced, ElementsAre());
  EXPECT_FALSE(own.pathway().announces());
}

const std::string by_key = file(
    process("ward",
            R"(<extensionElements><p:variable name="bed"/></extensionElements>
      <startEvent id="start"/>)" +
                receives("wait", "o", R"(p:key="bed" p:result="news")") +
                sends("free", "o", R"(<p:show name="bed">bed</p:show>)", R"(p:key="bed + 1")") +
                R"(<userTask id="after" p:role="nurse"/>)",
            "start>wait wait>free free>after"),
    "");

TEST(Announcement, IsAMessageForTheCaseThatWaitsWithItsKey) {
  Case c(by_key);
  c.start(R"({"bed": 7})");
  Stimulus post = c.make(Stimulus::Kind::post);
  post.message = c.pathway().names().find("order");
  post.data = value(R"({"key": 8, "content": {"x": 1}})");
  EXPECT_EQ(c.tell(post).error().code, ErrorCode::conflict);
  post.data = value(R"({"key": 7, "content": {"x": 1}})");
  c.must(post);
  EXPECT_EQ(c.text_of("news"), R"({"x":1})");
  EXPECT_THAT(c.announced, ElementsAre(R"(free {"key":8,"content":{"bed":7}})"));
}

TEST(Announcement, ThatNobodyWaitsForIsWorkForTheCoordinator) {
  Case c(by_key);
  c.start(R"({"bed": 7})");
  Stimulus news = c.make(Stimulus::Kind::message);
  news.message = c.pathway().names().find("order");
  c.must(news);
  Stimulus fails = c.make(Stimulus::Kind::fail);
  fails.data = value(R"({"activity": "free", "reason": "nobody waits"})");
  c.must(fails);
  EXPECT_EQ(c.waiting_for(), "!free after");
  c.must(c.work(Stimulus::Kind::complete, "free"));
  EXPECT_EQ(c.waiting_for(), "after");
}

TEST(Announcement, WithoutAKeyIsAnIncident) {
  Case c(by_key);
  c.start();
  Stimulus post = c.make(Stimulus::Kind::message);
  post.message = c.pathway().names().find("order");
  c.must(post);  // from outside no key is asked for
  EXPECT_EQ(c.waiting_for(), "!free");
  c.must(c.work(Stimulus::Kind::complete, "free", R"({"bed": 3})"));
  EXPECT_EQ(c.waiting_for(), "after");
}

// ---- starts ----

std::string opened_by(const std::string& definition) {
  return bpmn(R"(<startEvent id="start">)" + definition +
                  R"(</startEvent><userTask id="call" p:role="nurse"/>)",
              "start>call", R"(<signal id="sg" name="storm"/>)");
}
std::string cycle(std::string_view text) {
  return "<timerEventDefinition><timeCycle>" + std::string(text) +
         "</timeCycle></timerEventDefinition>";
}

TEST(Start, ByASignalOfAnotherCase) {
  Case c(opened_by(R"(<signalEventDefinition signalRef="sg"/>)"));
  EXPECT_THAT(c.pathway().opening_signals(), ElementsAre("storm"));
  Stimulus start = c.make(Stimulus::Kind::start);
  start.message = c.pathway().names().find("storm");
  c.must(start);
  EXPECT_EQ(c.waiting_for(), "call");
}

TEST(Start, ByATimerThatComesAgainByTheClockOnTheWall) {
  PathwaySource source = test_source(opened_by(cycle("R/2026-03-23T08:00:00/P7D")));
  source.organisation.zone = *Zone::find("Europe/Paris");
  const Pathway pathway = compiled(std::move(source));
  ASSERT_EQ(pathway.timed_starts().size(), 1u);
  const uint16_t start = pathway.timed_starts()[0];
  const Instant deployed = *parse_instant("2026-01-01T00:00:00Z");
  const auto next = [&](std::string_view after) {
    const auto at = pathway.next_start(start, deployed, *parse_instant(after));
    return at ? format_instant(*at) : "never";
  };
  EXPECT_EQ(next("2026-01-01T00:00:00Z"), "2026-03-23T07:00:00.000Z");
  EXPECT_EQ(next("2026-03-23T07:00:00Z"), "2026-03-30T06:00:00.000Z") << "summer time has begun";
  EXPECT_EQ(next("2026-04-02T00:00:00Z"), "2026-04-06T06:00:00.000Z");
  Case c(opened_by(cycle("R/P1D")));
  Stimulus opens = c.make(Stimulus::Kind::start);
  opens.item = c.pathway().timed_starts()[0] + 1u;
  c.must(opens);
  EXPECT_EQ(c.waiting_for(), "call");
}

TEST(Start, ByATimerCountsFromWhenThePathwayWasPutIntoService) {
  const Instant deployed = *parse_instant("2026-01-01T10:00:00Z");
  const auto next = [&](const std::string& definition, std::string_view after) {
    const Pathway pathway = compiled(test_source(opened_by(definition)));
    const auto at = pathway.next_start(pathway.timed_starts()[0], deployed, *parse_instant(after));
    return at ? format_instant(*at) : "never";
  };
  EXPECT_EQ(next(cycle("R/PT4H"), "2026-01-01T10:00:00Z"), "2026-01-01T14:00:00.000Z");
  EXPECT_EQ(next(cycle("R/PT4H"), "2029-05-01T11:00:00Z"), "2029-05-01T14:00:00.000Z");
  EXPECT_EQ(next(cycle("R2/PT4H"), "2026-01-01T14:00:00Z"), "2026-01-01T18:00:00.000Z");
  EXPECT_EQ(next(cycle("R2/PT4H"), "2026-01-01T18:00:00Z"), "never");
  const std::string date =
      "<timerEventDefinition><timeDate>2026-02-01T08:00:00</timeDate></timerEventDefinition>";
  EXPECT_EQ(next(date, "2026-01-01T10:00:00Z"), "2026-02-01T08:00:00.000Z");
  EXPECT_EQ(next(date, "2026-02-01T08:00:00Z"), "never");
}

TEST(Start, ThatNothingCanTriggerIsRefused) {
  EXPECT_THAT(findings_of(opened_by("<conditionalEventDefinition><condition>true</condition>"
                                    "</conditionalEventDefinition>")),
              HasSubstr("cannot have a conditional definition here"));
  EXPECT_THAT(findings_of(opened_by(cycle("R/monday/P7D"))), HasSubstr("is no date and time"));
  EXPECT_THAT(findings_of(bpmn(R"(<startEvent id="start"/><subProcess id="in"><startEvent id="s">
      <signalEventDefinition signalRef="sg"/></startEvent></subProcess>)",
                               "start>in", R"(<signal id="sg" name="storm"/>)")),
              HasSubstr("cannot have a signal definition here"));
}

}  // namespace
}  // namespace passerelle::pathway
