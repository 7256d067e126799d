// Small packages written in tests: one BPMN process, an organisation, a cohort, indicators, joined
// by the same loader as a folder. For tests of rehearse/ only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "pathway/package.h"

namespace passerelle::rehearse {

inline std::string test_bpmn(std::string_view inside) {
  return "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
         "xmlns:p=\"urn:passerelle:bpmn:1\"><process id=\"test\" isExecutable=\"true\">" +
         std::string(inside) + "</process></definitions>";
}

// start -> call (nurse) -> end
inline std::string one_call(std::string_view attributes = "", std::string_view before = "") {
  return test_bpmn(
      std::string(before) +
      "<startEvent id=\"start\"/><userTask id=\"call\" p:role=\"nurse\" p:title=\"t\" " +
      std::string(attributes) +
      "/><endEvent id=\"end\"/>"
      "<sequenceFlow id=\"a\" sourceRef=\"start\" targetRef=\"call\"/>"
      "<sequenceFlow id=\"b\" sourceRef=\"call\" targetRef=\"end\"/>");
}

struct TestPackage {
  std::string bpmn = one_call();
  // `people` nurses by day and night.
  int people = 1;
  std::string shifts;  // instead of that
  std::string roles;   // besides the nurse
  std::string minutes = "{exponential: 10}";
  std::string work;    // of other activities: "  - {activity: x, minutes: 5, assumption: true}\n"
  std::string more;    // of organisation.yaml: learning, channels
  std::string cohort;  // whole
  std::string indicators = "indicators: []\n";
  std::string texts;            // in English, besides those of roles
  pathway::PackageFiles files;  // besides: forms, scenarios

  pathway::PackageFiles all() const {
    pathway::PackageFiles all = files;
    all["pathway.bpmn"] = bpmn;
    const std::string always =
        "      - {name: all, days: [mon, tue, wed, thu, fri, sat, sun], from: \"00:00\", to: "
        "\"00:00\", people: " +
        std::to_string(people) + ", assumption: true}\n";
    all["organisation.yaml"] =
        "version: \"1\"\nzone: Europe/Paris\nlanguages: [en]\ncoordinator: nurse\n"
        "enrolling: [nurse]\nroles:\n  patient: {name: role.patient, staff: false}\n"
        "  nurse:\n    name: role.nurse\n    shifts:\n" +
        (shifts.empty() ? always : shifts) + roles +
        "channels:\n  phone: {name: t, by: nurse}\nwork_times:\n  - {activity: call, minutes: " +
        minutes + ", assumption: true}\n" + work + more;
    all["cohort.yaml"] = cohort;
    all["indicators.yaml"] = indicators;
    all["texts/en.yaml"] = "role.nurse: Nurse\nrole.patient: Patient\nt: Call\n" + texts;
    return all;
  }

  std::unique_ptr<pathway::Package> load(std::string_view scenario = "") const {
    std::vector<pathway::Finding> findings;
    auto package = pathway::load_package(all(), "test", scenario, findings);
    std::string told;
    for (const pathway::Finding& finding : findings)
      if (finding.severity == pathway::Severity::error)
        told += to_text(finding.place) + ": " + finding.message + "\n";
    EXPECT_TRUE(package != nullptr) << told;
    return package;
  }
};

}  // namespace passerelle::rehearse
