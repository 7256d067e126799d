#include <gmock/gmock.h>

#include "base/text.h"
#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

std::vector<Finding> findings_of(PathwaySource source) {
  std::vector<Finding> findings;
  const std::optional<Pathway> pathway = compile_pathway(std::move(source), findings);
  EXPECT_EQ(pathway.has_value(), !has_errors(findings));
  return findings;
}

std::string all(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_text(finding);
  return text;
}

// What is said of a file that has one thing wrong.
Finding only(std::string xml) {
  const std::vector<Finding> findings = findings_of(test_source(std::move(xml)));
  EXPECT_EQ(findings.size(), 1u) << all(findings);
  if (findings.empty()) return {};
  EXPECT_GT(findings[0].place.line, 0);
  EXPECT_GT(findings[0].place.column, 0);
  EXPECT_FALSE(findings[0].why.empty());
  EXPECT_FALSE(findings[0].help.empty());
  return findings[0];
}

const std::string nurse_calls =
    R"(<startEvent id="start"/><userTask id="call" p:role="nurse"/><endEvent id="end"/>)";
constexpr std::string_view its_flows = "start>call call>end";

TEST(Compile, TakesAPathwayWithoutASingleWord) {
  EXPECT_EQ(all(findings_of(test_source(bpmn(nurse_calls, its_flows)))), "");
}

TEST(Compile, SaysWhatOtherOnesSeeOfIt) {
  const Pathway pathway = compiled(test_source(bpmn(
      R"(<documentation>read by people</documentation><startEvent id="start"/>
      <userTask id="form" name="Daily form" p:role="patient caregiver" p:title="task.form"/>
      <sendTask id="warn" p:message="sms.warn" p:to="physician" p:link="form"/>
      <textAnnotation id="t"><text>note</text></textAnnotation>
      <dataObject id="d"/><association id="a" sourceRef="t" targetRef="form"/>)",
      "start>form form>warn")));
  const Activity& form = pathway.activities()[*pathway.find_activity("form")];
  EXPECT_EQ(form.name, "Daily form");
  EXPECT_EQ(form.roles, (std::vector<std::string>{"patient", "caregiver"}));
  EXPECT_TRUE(form.patient_facing);
  EXPECT_EQ(form.title, "task.form");
  EXPECT_EQ(pathway.names().text(form.event_name), "form");
  const Activity& warn = pathway.activities()[*pathway.find_activity("warn")];
  EXPECT_FALSE(warn.patient_facing);
  EXPECT_EQ(warn.to, "physician");
  EXPECT_EQ(warn.link, "form");
  EXPECT_EQ(pathway.names().text(pathway.coordinator()), "coordinator");
  EXPECT_THAT(pathway.bpmn_xml(), testing::HasSubstr("read by people"));
}

TEST(Compile, TakesTheExampleOfItsOwnDescription) {
  const auto page = read_file(PASSERELLE_ROOT "/docs/language.md");
  ASSERT_TRUE(page.ok());
  const size_t begin = page->find("```xml\n") + 7;
  Case c(page->substr(begin, page->find("```", begin) - begin));
  c.start(R"({"patient": {"age": 70}})").wait(std::chrono::hours(4));
  EXPECT_EQ(c.sent, std::vector<std::string>{"warn"});
  c.complete("call", R"({"kind": "reassured"})");
  EXPECT_TRUE(c.ended);
}

// ---- what is not supported is said, with its place ----

TEST(Compile, RefusesWhatItDoesNotSupport) {
  const std::string choreography = R"(<startEvent id="s"/><subChoreography id="x"/>)";
  const Finding finding = only(bpmn(choreography));
  EXPECT_EQ(finding.id, "bpmn-unsupported");
  EXPECT_EQ(to_text(finding.place), "pathway.bpmn:3:21");
  EXPECT_THAT(finding.message, testing::HasSubstr("subChoreography"));
  for (const std::string_view wrong : {
           R"(<userTask id="call" p:role="nurse" startQuantity="2"/>)",
           R"(<userTask id="call" p:role="nurse"><x xmlns="urn:other"/></userTask>)",
           R"(<userTask id="call" p:role="nurse"><dataOutputAssociation id="d"><assignment>)"
           R"(<from>1</from><to>n</to></assignment></dataOutputAssociation></userTask>)",
       }) {
    std::string xml = nurse_calls;
    xml.replace(xml.find("<userTask"), xml.find("<endEvent") - xml.find("<userTask"), wrong);
    EXPECT_EQ(only(bpmn(xml, its_flows)).id, "bpmn-unsupported") << wrong;
  }
  std::string drawn = nurse_calls;
  drawn.replace(drawn.find("<userTask"), drawn.find("<endEvent") - drawn.find("<userTask"),
                R"(<userTask id="call" p:role="nurse"><dataOutputAssociation id="d"><targetRef>x)"
                R"(</targetRef></dataOutputAssociation></userTask><dataObject id="x"/>)");
  EXPECT_EQ(all(findings_of(test_source(bpmn(drawn, its_flows)))), "") << "read by people";
  for (const std::string_view event :
       {"error", "escalation", "compensate", "cancel", "terminate"}) {
    const std::string xml = "<startEvent id=\"s\"/><intermediateCatchEvent id=\"e\"><" +
                            std::string(event) + "EventDefinition/></intermediateCatchEvent>";
    const auto findings = findings_of(test_source(bpmn(xml, "s>e")));
    ASSERT_FALSE(findings.empty()) << event;
    EXPECT_EQ(findings[0].id, "bpmn-unsupported") << event;
  }
  const std::string other = "<process id=\"second\" isExecutable=\"";
  const auto told = [&](std::string_view executable) {
    return all(findings_of(
        test_source(bpmn(nurse_calls, its_flows, other + std::string(executable) + "\"/>"))));
  };
  EXPECT_THAT(told("true"), testing::HasSubstr("the file holds a second process"));
  EXPECT_EQ(told("false"), "") << "what others do is drawn for people";
}

TEST(Compile, RefusesWhatCouldNotBeMeant) {
  const auto told = [&](std::string_view element, std::string_view flows = "s>t") {
    return all(
        findings_of(test_source(bpmn("<startEvent id=\"s\"/>" + std::string(element), flows))));
  };
  EXPECT_THAT(told(R"(<serviceTask id="t" p:due="1"/>)"), testing::HasSubstr("does nothing with"));
  EXPECT_THAT(told(R"(<endEvent id="t" p:message="sms.x"/>)"),
              testing::HasSubstr("does nothing with"));
  EXPECT_THAT(told(R"(<userTask id="t" p:role="nurse"><extensionElements><p:again>true</p:again>
      </extensionElements></userTask>)"),
              testing::HasSubstr("stands in no ad-hoc sub-process"));
  EXPECT_THAT(told(R"(<complexGateway id="t"/><endEvent id="e"/>)", "s>t s>t t>e"),
              testing::HasSubstr("has no condition"));
  EXPECT_THAT(told(R"(<adHocSubProcess id="t"/>)"), testing::HasSubstr("offers nothing"));
  EXPECT_THAT(
      told(R"(<userTask id="t" p:role="nurse"><multiInstanceLoopCharacteristics/></userTask>)"),
      testing::HasSubstr("for how many it is done"));
  EXPECT_THAT(told(R"(<endEvent id="t"><cancelEventDefinition/></endEvent>)"),
              testing::HasSubstr("cancels no transaction"));
}

TEST(Compile, RefusesAttributesNobodyReadsAndGuessesWhatWasMeant) {
  std::string xml = nurse_calls;
  xml.replace(xml.find("p:role"), 0, "p:chanel='\"web\"' ");
  const Finding finding = only(bpmn(xml, its_flows));
  EXPECT_EQ(finding.id, "bpmn-attribute");
  EXPECT_EQ(finding.help, "did you mean 'channel'?");
  EXPECT_EQ(finding.place.line, 3);
  xml = nurse_calls;
  xml.replace(xml.find("<endEvent"), 0, "<p:show name=\"x\">1</p:show>");
  EXPECT_EQ(findings_of(test_source(bpmn(xml, its_flows)))[0].id, "bpmn-attribute");
  xml = nurse_calls;
  xml.replace(xml.find("<userTask"), 0, "<userTask id=\"a\" color=\"red\" p:role=\"nurse\"/>");
  EXPECT_EQ(only(bpmn(xml, "start>a a>call call>end")).id, "bpmn-attribute");
}

TEST(Compile, LeavesForeignExtensionsAlone) {
  std::string xml = nurse_calls;
  xml.replace(xml.find("p:role"), 0, "xmlns:c=\"urn:c\" c:assignee=\"demo\" ");
  EXPECT_EQ(all(findings_of(test_source(bpmn(xml, its_flows)))), "");
}

// ---- structure ----

struct Wrong {
  std::string xml;
  std::string id;
};

TEST(Compile, FindsWhatCannotHangTogether) {
  const std::string gateway = R"(<startEvent id="s"/><exclusiveGateway id="g"/>)";
  const std::string user = R"(<userTask id="u" p:role="nurse"/>)";
  const Wrong wrongs[] = {
      {bpmn("<endEvent id=\"e\"/>" + user, "u>e"), "bpmn-start"},
      {bpmn("<startEvent id=\"s\"/><startEvent id=\"t\"/>" + user, "s>u t>u"), "bpmn-start"},
      {bpmn("<startEvent id=\"s\"/><subProcess id=\"p\"/>", "s>p"), "bpmn-start"},
      {bpmn(gateway, "s>g"), "bpmn-flow"},
      {bpmn("<startEvent id=\"s\"/>" + user), "bpmn-flow"},
      {bpmn("<startEvent id=\"s\"/><endEvent id=\"e\"/>" + user, "s>e e>u"), "bpmn-flow"},
      {bpmn("<startEvent id=\"s\"/>" + user, "s>u u>s"), "bpmn-flow"},
      {bpmn("<startEvent id=\"s\"/>" + user, "s>u u>v"), "bpmn-reference"},
      {bpmn("<startEvent id=\"s\"/><userTask id=\"s\" p:role=\"nurse\"/>"), "bpmn-id"},
      {bpmn("<startEvent id=\"s\"/><userTask p:role=\"nurse\"/>"), "bpmn-id"},
      {bpmn("<startEvent id=\"case\"/>"), "bpmn-id"},
      {bpmn(gateway + user + "<endEvent id=\"e\"/>", "s>g g>u g>e"), "bpmn-condition"},
      {bpmn(user + "<startEvent id=\"s\"/><boundaryEvent id=\"b\" attachedToRef=\"v\">"
                   "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
                   "</boundaryEvent>",
            "s>u b>u"),
       "bpmn-boundary"},
      {bpmn(user + "<startEvent id=\"s\"/><boundaryEvent id=\"b\" attachedToRef=\"u\">"
                   "<escalationEventDefinition/></boundaryEvent>",
            "s>u b>u"),
       "bpmn-boundary"},
      {bpmn(user + "<startEvent id=\"s\"/><eventBasedGateway id=\"g\"/>", "s>g g>u"), "bpmn-flow"},
      {bpmn("<startEvent id=\"s\"/><endEvent id=\"e\"><escalationEventDefinition "
            "escalationRef=\"x\"/></endEvent>",
            "s>e"),
       "bpmn-reference"},
      {bpmn("<startEvent id=\"s\"/><intermediateCatchEvent id=\"m\"><messageEventDefinition "
            "messageRef=\"x\"/></intermediateCatchEvent>",
            "s>m"),
       "bpmn-reference"},
      {bpmn("<startEvent id=\"s\"/><intermediateCatchEvent id=\"m\"><timerEventDefinition/>"
            "</intermediateCatchEvent>",
            "s>m"),
       "bpmn-incomplete"},
      {bpmn("<startEvent id=\"s\"><conditionalEventDefinition/></startEvent>"), "bpmn-unsupported"},
      {bpmn(nurse_calls + "<laneSet id=\"l\"><lane id=\"m\"><flowNodeRef>gone</flowNodeRef></lane>"
                          "</laneSet>",
            its_flows),
       "bpmn-reference"},
  };
  for (const Wrong& wrong : wrongs) {
    const std::vector<Finding> findings = findings_of(test_source(wrong.xml));
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(),
                            [&](const Finding& finding) { return finding.id == wrong.id; }))
        << wrong.id << " was not found in:\n"
        << wrong.xml << "\nbut:\n"
        << all(findings);
  }
}

TEST(Compile, WarnsOfEventsThatNeverHappenAndOfEscalationsThatNobodyCatches) {
  const Finding never = only(bpmn(
      R"(<startEvent id="s"/><scriptTask id="c"/><boundaryEvent id="b" attachedToRef="c">
      <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>
      </boundaryEvent><endEvent id="e"/>)",
      "s>c c>e b>e"));
  EXPECT_EQ(never.id, "bpmn-never-fires");
  EXPECT_EQ(never.severity, Severity::warning);
  const Finding uncaught = only(bpmn(
      R"(<startEvent id="s"/><endEvent id="e"><escalationEventDefinition escalationRef="x"/>
      </endEvent>)",
      "s>e", R"(<escalation id="x" escalationCode="help"/>)"));
  EXPECT_EQ(uncaught.id, "escalation-uncaught");
  EXPECT_THAT(uncaught.message, testing::HasSubstr("'help'"));
}

// ---- names across files ----

TEST(Compile, FindsRolesThatDoNotExistAndTasksWithoutOne) {
  std::string xml = nurse_calls;
  xml.replace(xml.find("nurse"), 5, "nusre");
  const Finding unknown = only(bpmn(xml, its_flows));
  EXPECT_EQ(unknown.id, "unknown-role");
  EXPECT_EQ(unknown.help, "did you mean 'nurse'?");
  xml.replace(xml.find(" p:role"), std::string(" p:role=\"nusre\"").size(), "");
  EXPECT_EQ(only(bpmn(xml, its_flows)).id, "task-without-role");
  xml = nurse_calls;
  xml.replace(xml.find("p:role"), 0, "p:priority='on duty(\"physican\")' ");
  const Finding on_duty = only(bpmn(xml, its_flows));
  EXPECT_EQ(on_duty.id, "unknown-role");
  EXPECT_EQ(on_duty.help, "did you mean 'physician'?");
}

Form daily_form() {
  auto form = Form::parse(R"({"resourceType": "Questionnaire", "id": "daily", "status": "active",
    "title": "Daily", "item": [
      {"linkId": "temperature", "type": "decimal", "text": "Temperature"},
      {"linkId": "cough", "type": "boolean", "text": "Cough"}]})",
                          "forms/daily.json");
  CHECK(form.ok(), "the test's own form");
  return std::move(*form);
}

TEST(Compile, FindsFormsAndItemsThatDoNotExist) {
  const auto with_form = [](std::string_view attributes, std::string_view condition) {
    PathwaySource source = test_source(bpmn(
        "<startEvent id=\"s\"/><userTask id=\"u\" p:role=\"patient\" " + std::string(attributes) +
            "/><exclusiveGateway id=\"g\" default=\"d\"/><endEvent id=\"e\"/><endEvent id=\"f\"/>"
            "<sequenceFlow id=\"d\" sourceRef=\"g\" targetRef=\"f\"/>"
            "<sequenceFlow id=\"c\" sourceRef=\"g\" targetRef=\"e\"><conditionExpression>" +
            std::string(condition) + "</conditionExpression></sequenceFlow>",
        "s>u u>g"));
    source.forms.push_back(daily_form());
    return findings_of(std::move(source));
  };
  EXPECT_EQ(all(with_form("p:form=\"daily\" p:result=\"daily\"", "daily.temperature >= 39")), "");
  const auto item = with_form("p:form=\"daily\" p:result=\"daily\"", "daily.temprature >= 39");
  ASSERT_EQ(item.size(), 1u) << all(item);
  EXPECT_EQ(item[0].id, "unknown-form-item");
  EXPECT_EQ(item[0].help, "did you mean 'temperature'?");
  const auto form = with_form("p:form=\"dayly\" p:result=\"daily\"", "true");
  ASSERT_EQ(form.size(), 1u) << all(form);
  EXPECT_EQ(form[0].id, "unknown-form");
  EXPECT_EQ(form[0].help, "did you mean 'daily'?");
  const auto lost = with_form("p:form=\"daily\"", "true");
  ASSERT_EQ(lost.size(), 1u) << all(lost);
  EXPECT_EQ(lost[0].id, "answers-lost");
}

TEST(Compile, KnowsTheFormOfAMessage) {
  const auto with_form = [](std::string_view attributes) {
    PathwaySource source = test_source(
        bpmn("<startEvent id=\"s\"/><intermediateCatchEvent id=\"m\" " + std::string(attributes) +
                 "><messageEventDefinition messageRef=\"stop\"/></intermediateCatchEvent>",
             "s>m", "<message id=\"stop\" name=\"stop\"/>"));
    source.forms.push_back(daily_form());
    return source;
  };
  std::vector<Finding> findings;
  const auto pathway = compile_pathway(with_form("p:form=\"daily\" p:result=\"why\""), findings);
  ASSERT_TRUE(pathway.has_value()) << all(findings);
  ASSERT_NE(pathway->message_form("stop"), nullptr);
  EXPECT_EQ(pathway->message_form("stop")->id(), "daily");
  EXPECT_EQ(pathway->message_form("other"), nullptr);
  const auto unknown = findings_of(with_form("p:form=\"dayly\" p:result=\"why\""));
  ASSERT_EQ(unknown.size(), 1u) << all(unknown);
  EXPECT_EQ(unknown[0].id, "unknown-form");
}

TEST(Compile, PointsIntoExpressionsThatDoNotCompile) {
  const std::string xml = bpmn(
      "<startEvent id=\"s\"/><scriptTask id=\"c\"><extensionElements>\n"
      "<p:set variable=\"n\">1 +\n  unknown thing</p:set></extensionElements></scriptTask>",
      "s>c");
  const Finding finding = only(xml);
  EXPECT_EQ(finding.id, "bpmn-expression");
  EXPECT_EQ(finding.place.line, 5) << to_text(finding);
  EXPECT_EQ(finding.place.column, 3) << to_text(finding);
}

TEST(Compile, ASavedAnswerIsAFewBytes) {
  PathwaySource source = test_source(
      bpmn("<startEvent id=\"s\"/><userTask id=\"u\" p:role=\"patient\" p:form=\"daily\" "
           "p:result=\"daily\"/><userTask id=\"v\" p:role=\"nurse\"/>",
           "s>u u>v"));
  source.forms.push_back(daily_form());
  Case c(std::move(source));
  c.start();
  const size_t before = c.state.save(c.pathway()).size();
  c.complete("u", R"({"temperature": 38.5, "cough": true})");
  EXPECT_EQ(c.text_of("daily"), R"({"temperature":38.5,"cough":true})");
  EXPECT_LE(c.state.save(c.pathway()).size(), before + 8);
}

// ---- hostile files ----

TEST(Compile, ReadsLatin1FilesThatSaySo) {
  const std::string model =
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\" "
      "isExecutable=\"true\"><startEvent id=\"s\" name=\"D\xe9"
      "but\"/><endEvent id=\"e\"/>"
      "<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\"/></process></definitions>";
  std::vector<Finding> findings;
  const auto pathway =
      compile_pathway(test_source("<?xml version='1.0' encoding='ISO-8859-1'?>" + model), findings);
  ASSERT_TRUE(pathway.has_value()) << (findings.empty() ? "" : to_text(findings[0]));
  EXPECT_EQ(pathway->activities()[*pathway->find_activity("s")].name, "Début");
  EXPECT_TRUE(has_errors(findings_of(test_source(model)))) << "without the declaration it is wrong";
}

TEST(Compile, TellsWhereAnEmptyConditionStands) {
  const std::string empty_condition =
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n<process id=\"p\" "
      "isExecutable=\"true\">\n<startEvent id=\"s\"/>\n<endEvent id=\"e\"/>\n"
      "<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"e\">\n<conditionExpression/>"
      "</sequenceFlow></process></definitions>";
  const auto findings = findings_of(test_source(empty_condition));
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].place.line, 6) << to_text(findings[0]);
}

TEST(Compile, RefusesFilesThatAreNoXmlOrHostile) {
  std::string deep = "<a>";
  for (int i = 0; i < 14; ++i) deep += deep;
  const std::string_view wrongs[] = {
      "",
      "<definitions",
      "<html/>",
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>",
      "<!DOCTYPE x [<!ENTITY a \"b\">]><definitions/>",
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"&x;\"/>"
      "</definitions>",
      "<?xml version=\"1.0\" encoding=\"ISO-8859-7\"?><definitions/>",
      "<definitions a=\"1\" a=\"2\"/>",
      "<q:definitions/>",
      "\xff\xfe",
      deep,
  };
  for (const std::string_view wrong : wrongs) {
    const auto findings = findings_of(test_source(std::string(wrong)));
    ASSERT_FALSE(findings.empty()) << wrong.substr(0, 100);
    EXPECT_TRUE(has_errors(findings));
  }
}

}  // namespace
}  // namespace passerelle::pathway
