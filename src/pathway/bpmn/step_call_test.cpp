// Processes of other packages that are called: what goes in and comes out, whose decisions count,
// what is refused and where.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "pathway/bpmn/test_case.h"
#include "pathway/package.h"

namespace passerelle::pathway {
namespace {

// A decision "Dose" that says whose it is.
std::string dose(std::string_view whose) {
  return R"(<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="d" namespace="d">
    <decision id="dose" name="Dose"><variable name="Dose"/><literalExpression><text>")" +
         std::string(whose) + R"("</text></literalExpression></decision></definitions>)";
}

// The called process weighs, decides by its own table, and may fail or call for help.
const std::string titration = bpmn(
    R"(<extensionElements><p:variable name="weight"/></extensionElements>
    <startEvent id="begin"/>
    <businessRuleTask id="decide" p:decision="Dose" p:result="dose"/>
    <userTask id="give" p:role="nurse" p:result="given"><extensionElements>
      <p:show name="weight">weight</p:show></extensionElements></userTask>
    <exclusiveGateway id="how" default="how_well"/><endEvent id="well"/>
    <endEvent id="failed"><errorEventDefinition errorRef="er"/></endEvent>
    <intermediateThrowEvent id="ask"><escalationEventDefinition escalationRef="es"/>
    </intermediateThrowEvent>)",
    "begin>decide decide>ask ask>give give>how how>well",
    R"(<error id="er" errorCode="refused"/><escalation id="es" escalationCode="look"/>)");

std::string with_failure(std::string xml) {
  const size_t at = xml.find("</process>");
  xml.insert(at, R"(<sequenceFlow id="bad" sourceRef="how" targetRef="failed">
      <conditionExpression>given.refused</conditionExpression></sequenceFlow>)");
  return xml;
}

PathwaySource calling(const std::string& attributes, const std::string& mappings,
                      std::string called = with_failure(titration)) {
  PathwaySource source = test_source(
      bpmn(R"(<extensionElements><p:variable name="kilos"/></extensionElements>
      <startEvent id="start"/><callActivity id="call" )" +
               attributes + "><extensionElements>" + mappings + R"(</extensionElements>
      </callActivity>
      <boundaryEvent id="no" attachedToRef="call"><errorEventDefinition errorRef="r"/>
      </boundaryEvent><userTask id="phone" p:role="nurse"/>
      <boundaryEvent id="up" attachedToRef="call" cancelActivity="false">
      <escalationEventDefinition escalationRef="l"/></boundaryEvent>
      <userTask id="look" p:role="physician"/>
      <businessRuleTask id="own" p:decision="Dose" p:result="mine"/>
      <userTask id="after" p:role="nurse"/>)",
           "start>call call>own own>after no>phone up>look",
           R"(<error id="r" errorCode="refused"/><escalation id="l" escalationCode="look"/>)"));
  source.dmn = {{"own.dmn", dose("ours")}};
  source.called = {{"titration",
                    "3",
                    "../titration/",
                    std::move(called),
                    {{"../titration/dose.dmn", dose("theirs")}}}};
  return source;
}

const std::string right = R"(p:package="titration" p:version="3")";
const std::string mapped =
    R"(<p:in variable="weight">kilos</p:in><p:out variable="result">dose</p:out>)";

std::vector<Finding> findings_of(PathwaySource source) {
  std::vector<Finding> findings;
  compile_pathway(std::move(source), findings);
  return findings;
}
std::string told(PathwaySource source) {
  std::string all;
  for (const Finding& finding : findings_of(std::move(source))) all += to_text(finding);
  return all;
}

TEST(CalledPackage, GetsAndGivesVariablesAndDecidesByItsOwnTables) {
  Case c(calling(right, mapped));
  c.start(R"({"kilos": 71})");
  EXPECT_EQ(c.waiting_for(), "call/give look");
  EXPECT_EQ(feel::to_json_text(c.open.begin()->second.data.is_null() ? c.open.rbegin()->second.data
                                                                     : c.open.begin()->second.data),
            R"({"weight":71})");
  c.complete("call/give", "{}");
  EXPECT_EQ(c.text_of("result"), R"("theirs")");
  EXPECT_EQ(c.text_of("mine"), R"("ours")");
  EXPECT_EQ(c.waiting_for(), "after look");
}

TEST(CalledPackage, ThrowsErrorsToWhoCalls) {
  Case c(calling(right, mapped));
  c.start().complete("call/give", R"({"refused": true})");
  EXPECT_EQ(c.waiting_for(), "look phone");
}

TEST(CalledPackage, MayNameOneOfItsProcesses) {
  const std::string two = std::string(titration).insert(titration.find("<process"),
                                                        R"(<process id="short"><startEvent id="b"/>
      <userTask id="quick" p:role="nurse"/>
      <sequenceFlow id="q" sourceRef="b" targetRef="quick"/></process>)");
  Case c(calling(right + R"( calledElement="short")", "", two));
  c.start();
  EXPECT_EQ(c.waiting_for(), "call/quick");
}

TEST(CalledPackage, IsRefusedWithItsPlaceWhereItDoesNotFit) {
  using testing::HasSubstr;
  struct Wrong {
    std::string attributes, mappings;
    const char* message;
  };
  const Wrong wrong[] = {
      {R"(p:package="titrations" p:version="3")", "", "does not lie beside this one"},
      {R"(p:package="titration")", "", "does not say which version"},
      {R"(p:package="titration" p:version="2")", "", "version 3 lies there"},
      {R"(p:package="test" p:version="1")", "", "which is under way"},
      {right + R"( calledElement="none")", "", "no process of package 'titration'"},
      {right, R"(<p:in variable="wieght">kilos</p:in>)", "did you mean 'weight'"},
      {R"(calledElement="none" p:version="3")", "", "names a version and no package"},
  };
  for (const Wrong& each : wrong) {
    const auto findings = findings_of(calling(each.attributes, each.mappings));
    EXPECT_THAT(told(calling(each.attributes, each.mappings)), HasSubstr(each.message));
    for (const Finding& finding : findings) EXPECT_GT(finding.place.line, 0) << to_text(finding);
  }
}

TEST(CalledPackage, CannotCallBack) {
  PathwaySource source = calling(right, "");
  source.called.push_back(
      {"other",
       "1",
       "../other/",
       bpmn(R"(<startEvent id="s"/><callActivity id="back" p:package="titration" p:version="3"/>)",
            "s>back"),
       {}});
  const std::string calls = R"(<callActivity id="there" p:package="other" p:version="1"/>
      <sequenceFlow id="t" sourceRef="begin" targetRef="there"/>)";
  source.called[0].bpmn.insert(source.called[0].bpmn.find("</process>"), calls);
  const std::string text = told(std::move(source));
  EXPECT_THAT(text, testing::HasSubstr("which is under way"));
  EXPECT_THAT(text, testing::HasSubstr("../other/pathway.bpmn:"));
}

TEST(CalledPackage, NeedsItsRolesInTheOrganisationOfWhoCalls) {
  std::string called = titration;
  called.replace(called.find("p:role=\"nurse\""), 14, "p:role=\"druggist\"");
  const auto findings = findings_of(calling(right, "", called));
  const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.id == "unknown-role";
  });
  ASSERT_NE(found, findings.end());
  EXPECT_EQ(found->place.file, "../titration/pathway.bpmn");
}

// ---- folders ----

TEST(CalledPackage, IsReadFromTheFolderBesideWithWhatItCallsInTurn) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "called-packages";
  fs::remove_all(root);
  const auto write = [&](const std::string& path, const std::string& content) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << content;
  };
  const auto calls = [](const std::string& name) {
    return "<callActivity p:package=\"" + name + "\"/>";
  };
  write("home/pathway.bpmn", calls("titration") + calls("home") + calls("absent") + calls("../x"));
  write("home/cohort.yaml", "own: 1\n");
  write("titration/pathway.bpmn", calls("weighing"));
  write("titration/organisation.yaml", "version: 3\n");
  write("titration/forms/dose.json", "{}");
  write("titration/texts/fr.yaml", "a: b\n");
  write("titration/cohort.yaml", "not: needed\n");
  write("weighing/pathway.bpmn", calls("titration"));
  write("unrelated/pathway.bpmn", "");
  for (const char* folder : {"/home", "/home/"}) {
    const auto files = read_package_files(root.string() + folder);
    ASSERT_TRUE(files.ok()) << to_text(files.error());
    std::vector<std::string> names;
    for (const auto& [name, content] : *files) names.push_back(name);
    EXPECT_THAT(names, testing::ElementsAre(
                           "../titration/forms/dose.json", "../titration/organisation.yaml",
                           "../titration/pathway.bpmn", "../titration/texts/fr.yaml",
                           "../weighing/pathway.bpmn", "cohort.yaml", "pathway.bpmn"));
  }
  fs::remove_all(root);
}

}  // namespace
}  // namespace passerelle::pathway
