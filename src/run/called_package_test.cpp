// A process of another package that is called is kept with who calls it: a case goes on with it,
// whatever lies in the folders after a restart.
#include <gmock/gmock.h>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::ElementsAre;

const std::string measure =
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
    "xmlns:p=\"urn:passerelle:bpmn:1\"><process id=\"measure\" isExecutable=\"true\">"
    "<startEvent id=\"begin\"/><userTask id=\"pulse\" p:role=\"nurse\" p:title=\"task.pulse\" "
    "p:form=\"vital\" p:result=\"vital\"/>"
    "<sequenceFlow id=\"m\" sourceRef=\"begin\" targetRef=\"pulse\"/></process></definitions>";

void replace(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  CHECK(at != std::string::npos, "covid-home still holds what the test changes");
  text.replace(at, from.size(), to);
}

// covid-home that takes the pulse first, by a package of its own.
PackagePointer calling() {
  auto files =
      must(pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home"));
  std::string& bpmn = files["pathway.bpmn"];
  replace(bpmn, "sourceRef=\"start\" targetRef=\"enrol\" />",
          "sourceRef=\"start\" targetRef=\"first\" />"
          "<callActivity id=\"first\" p:package=\"measure\" p:version=\"3\"/>"
          "<sequenceFlow id=\"then\" sourceRef=\"first\" targetRef=\"enrol\"/>");
  std::string& organisation = files["organisation.yaml"];
  const size_t version = organisation.find("version:");
  organisation.replace(version, organisation.find('\n', version) - version, "version: \"calls\"");
  files["../measure/pathway.bpmn"] = measure;
  files["../measure/organisation.yaml"] = "version: 3\n";
  files["../measure/texts/en.yaml"] = "task.pulse: \"Take the pulse\"\n";
  files["../measure/texts/fr.yaml"] = "task.pulse: \"Prendre le pouls\"\n";
  files["../measure/forms/vital.json"] =
      R"({"resourceType": "Questionnaire", "status": "active", "id": "vital", "title": "Vital",
          "item": [{"linkId": "pulse", "type": "integer", "text": "Pulse", "required": true}]})";
  std::vector<pathway::Finding> findings;
  PackagePointer package = pathway::load_package(files, "covid-home", "", findings);
  for (const auto& finding : findings)
    if (finding.severity == pathway::Severity::error) ADD_FAILURE() << to_text(finding);
  CHECK(package != nullptr, "the test's own package loads");
  return package;
}

TEST(CalledPackage, IsKeptWithWhoCallsIt) {
  Site site;
  must(site.engine->deploy(calling(), site.now));
  Opening opening;
  opening.pathway = "covid-home";
  opening.patient = patient_json("Martin");
  const Opened opened = must(site.engine->open_case(opening, prescriber, site.now));
  site.restart();  // nothing is known but what the store holds
  EXPECT_THAT(site.open_work(opened.case_number), ElementsAre("first/pulse"));
  const std::string id = site.work_of(nurse, "first/pulse");
  const WorkDetails details = must(site.engine->work(id, nurse, site.now));
  EXPECT_EQ(details.item.title, "Take the pulse");
  ASSERT_NE(details.form, nullptr);
  EXPECT_EQ(details.form->id(), "vital");
  EXPECT_EQ(must(site.store->read("Questionnaire", "covid-home-vital")).version, 1);
  EXPECT_FALSE(must(site.engine->complete(id, {{"pulse", "fast"}}, nurse, "", site.now)).done);
  EXPECT_TRUE(must(site.engine->complete(id, {{"pulse", "72"}}, nurse, "", site.now)).done);
  EXPECT_THAT(site.open_work(opened.case_number), ElementsAre("enrol"));
}

}  // namespace
}  // namespace passerelle::run
