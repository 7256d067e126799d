// The shipped package is clean; a copy that is broken in one place gives the message for it, at
// that place.
#include "pathway/check/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "pathway/check/catalogue.h"

namespace passerelle::pathway {
namespace {

const PackageFiles& covid_home() {
  static const PackageFiles files = [] {
    auto read = read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home");
    EXPECT_TRUE(read.ok());
    return read.ok() ? *read : PackageFiles();
  }();
  return files;
}

int line_of(const std::string& text, const std::string& marker) {
  const size_t at = text.find(marker);
  EXPECT_NE(at, std::string::npos) << marker;
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
}

std::string all(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) out += to_text(finding);
  return out;
}

TEST(Check, TheShippedPackageIsClean) {
  const auto findings = check_package(covid_home(), "covid-home");
  EXPECT_TRUE(findings.empty()) << all(findings);
}

TEST(Check, AFileOfTextsThatCannotBeReadIsToldOnceAndNotForEachOfItsWords) {
  PackageFiles files = covid_home();
  files["texts/en.yaml"] += "\nrole.nurse: \"twice\"\n";
  const auto findings = check_package(files, "covid-home");
  ASSERT_EQ(findings.size(), 1u) << all(findings);
  EXPECT_EQ(findings[0].id, "unreadable-file");
  EXPECT_EQ(findings[0].place.file, "texts/en.yaml");
}

struct Change {
  std::string file, from, to;
};
struct Broken {
  const char* name;
  std::vector<Change> changes;
  std::string id;
  std::string file;    // where the finding must stand
  std::string marker;  // a text in the line of the finding, in the broken file; "" = any line
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class BrokenCopy : public testing::TestWithParam<Broken> {};

TEST_P(BrokenCopy, IsToldAtItsPlace) {
  const Broken& broken = GetParam();
  PackageFiles files = covid_home();
  for (const Change& change : broken.changes) {
    if (change.from.empty()) {
      files.erase(change.file);
      continue;
    }
    std::string& text = files[change.file];
    const size_t at = text.find(change.from);
    ASSERT_NE(at, std::string::npos) << change.file << " no longer holds: " << change.from;
    text.replace(at, change.from.size(), change.to);
  }
  const auto findings = check_package(files, "covid-home");
  const int line = broken.marker.empty() ? 0 : line_of(files[broken.file], broken.marker);
  const bool told = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.id == broken.id && finding.place.file == broken.file &&
           (line == 0 || finding.place.line == line) && !finding.why.empty() &&
           !finding.help.empty();
  });
  EXPECT_TRUE(told) << "no " << broken.id << " at " << broken.file << ":" << line << " in\n"
                    << all(findings);
}

const char* bpmn = "pathway.bpmn";
const char* dmn = "triage.dmn";
const char* organisation = "organisation.yaml";
const char* indicators = "indicators.yaml";

INSTANTIATE_TEST_SUITE_P(
    Check, BrokenCopy,
    testing::Values(
        Broken{"yaml",
               {{organisation, "zone: Europe/Paris", "zone: [Europe"}},
               "unreadable-file",
               organisation,
               ""},
        Broken{"json",
               {{"forms/daily.json", "\"resourceType\"", "resourceType"}},
               "unreadable-file",
               "forms/daily.json",
               "resourceType"},
        Broken{"xml", {{bpmn, "</process>", "</proces>"}}, "bpmn-unreadable", bpmn, ""},
        Broken{"no_file", {{"cohort.yaml", "", ""}}, "missing-file", "cohort.yaml", ""},
        Broken{"unknown_key",
               {{organisation, "enrolling:", "enroling:"}},
               "unknown-key",
               organisation,
               "enroling:"},
        Broken{"bad_time",
               {{organisation, "to: \"20:00\", people: 400", "to: \"8pm\", people: 400"}},
               "wrong-value",
               organisation,
               "8pm"},
        Broken{"role_in_process",
               {{bpmn, "p:role=\"coordinator\" p:form", "p:role=\"boss\" p:form"}},
               "unknown-role",
               bpmn,
               "p:role=\"boss\""},
        Broken{"role_in_organisation",
               {{organisation, "reports_to: physician", "reports_to: boss"}},
               "unknown-role-name",
               organisation,
               ""},
        Broken{"no_role",
               {{bpmn, "p:role=\"physician\">", ">"},
                {bpmn, "p:role=\"physician physician_oncall\" ", ""}},
               "task-without-role",
               bpmn,
               "<userTask id=\"physician_call\""},
        Broken{"indicator_of_nothing",
               {{indicators, "- hospitalised\n", "- hospitalized\n"}},
               "indicator-unknown-activity",
               indicators,
               "hospitalized"},
        Broken{"indicator_on_assigning_a_message",
               {{indicators, "{activity: nurse_call, on: [start, complete]}",
                 "{activity: remind, on: assign}"}},
               "indicator-impossible-event",
               indicators,
               "activity: remind"},
        Broken{"indicator_on_a_gateway",
               {{indicators, "from: open_alert", "from: severity"}},
               "indicator-impossible-event",
               indicators,
               "from: severity"},
        Broken{"indicator_field",
               {{indicators, "where: 'end_reason = \"hospital\"'",
                 "where: 'end_raison = \"hospital\"'"}},
               "indicator-unknown-field",
               indicators,
               "end_raison"},
        Broken{"indicator_group",
               {{indicators, "groups: [smartphone, channel, age_group]",
                 "groups: [smartphone, channel, income]"}},
               "indicator-no-group",
               indicators,
               "groups: ["},
        Broken{
            "target_of_nobody",
            {{indicators, "target: at least 90 %\n    owner: physician", "target: at least 90 %"}},
            "target-without-owner",
            indicators,
            "target: at least 90 %"},
        Broken{"no_weekend",
               {{organisation,
                 "        days: [mon, tue, wed, thu, fri, sat, sun]\n        from: \"08:00\"\n"
                 "        to: \"20:00\"",
                 "        days: [mon, tue, wed, thu, fri]\n        from: \"08:00\"\n"
                 "        to: \"20:00\""}},
               "hours-without-cover",
               bpmn,
               "<userTask id=\"unreachable\""},
        Broken{"no_night_route",
               {{bpmn, "p:role=\"physician physician_oncall\"", "p:role=\"physician\""},
                {organisation, "    fallback: physician_oncall\n", ""}},
               "night-route-missing",
               bpmn,
               "<userTask id=\"physician_call\""},
        Broken{"no_staff",
               {{organisation, "people: 400, ", "people: 0, "},
                {organisation, "people: 100, ", "people: 0, "}},
               "role-without-staff",
               bpmn,
               "<userTask id=\"enrol\""},
        Broken{"no_work_time",
               {{organisation,
                 "  - {activity: unreachable, minutes: {pert: [10, 20, 60]}, assumption: true}\n",
                 ""}},
               "work-time-missing",
               bpmn,
               "<userTask id=\"unreachable\""},
        Broken{"work_time_of_nothing",
               {{organisation, "activity: closing_phone", "activity: closing_fone"}},
               "work-time-unknown",
               organisation,
               "closing_fone"},
        Broken{"no_source",
               {{organisation, "{pert: [10, 20, 60]}, assumption: true", "{pert: [10, 20, 60]}"}},
               "figure-without-source",
               organisation,
               "activity: unreachable"},
        Broken{"item_not_asked",
               {{dmn, "<text>daily.pulse</text>", "<text>daily.puls</text>"}},
               "rule-item-missing",
               dmn,
               "daily.puls<"},
        Broken{"gap",
               {{dmn, "[raised breathing threshold..fast", "(raised breathing threshold..fast"}},
               "table-gap",
               dmn,
               "<decisionTable id=\"t_breathing_rate\""},
        Broken{"overlap",
               {{dmn, "&lt; raised breathing threshold", "&lt;= raised breathing threshold"}},
               "table-overlap",
               dmn,
               "id=\"r_rr_raised\""},
        Broken{"gap_of_null",
               {{dmn, "<rule id=\"r_p_none\"><inputEntry><text>null<",
                 "<rule id=\"r_p_none\"><inputEntry><text>-1<"}},
               "table-gap",
               dmn,
               "<decisionTable id=\"t_pulse\""},
        Broken{"smartphone_only",
               {{organisation, "    by: nurse\n", ""}},
               "no-path-without-smartphone",
               bpmn,
               "<userTask id=\"daily\""},
        Broken{"one_language",
               {{"texts/en.yaml", "reason.cough:", "reason.couch:"}},
               "text-missing-language",
               "texts/fr.yaml",
               "reason.cough:"},
        Broken{"misspelt_link",
               {{"texts/en.yaml", "Answer here: {link}", "Answer here: {lnk}"}},
               "text-placeholder",
               "texts/en.yaml",
               "sms.invitation:"},
        Broken{"no_link",
               {{"texts/fr.yaml", "Répondez ici : {link}", "Répondez ici."}},
               "text-without-link",
               "texts/fr.yaml",
               "sms.invitation:"},
        Broken{"unknown_text",
               {{bpmn, "p:title=\"task.unreachable\"", "p:title=\"task.lost\""}},
               "text-unknown",
               bpmn,
               "p:title=\"task.lost\""},
        Broken{"reason_without_words",
               {{dmn, "\"reason.pulse\"", "\"reason.puls\""}},
               "text-unknown",
               dmn,
               "\"reason.puls\""},
        Broken{"form_in_one_language",
               {{"forms/closing.json", "\"valueCode\": \"en\"", "\"valueCode\": \"xx\""}},
               "form-text-missing",
               "forms/closing.json",
               ""},
        Broken{
            "hidden_for_ever",
            {{"forms/closing.json", "\"question\": \"recovered\"", "\"question\": \"recoverd\""}},
            "form-condition",
            "forms/closing.json",
            "\"linkId\": \"still\""},
        Broken{"scenario_of_nothing",
               {{"scenarios/two-nurses-fewer.yaml", "shifts.morning", "shifts.mourning"}},
               "scenario-target",
               "scenarios/two-nurses-fewer.yaml",
               "shifts.mourning"},
        Broken{"scenario_decision",
               {{"scenarios/threshold-38-5.yaml", "fever threshold", "fever limit"}},
               "scenario-target",
               "scenarios/threshold-38-5.yaml",
               "fever limit"},
        Broken{"scenario_breaks",
               {{"scenarios/no-phone.yaml", "decision: phone offered, to: \"false\"",
                 "decision: phone offered, to: \"fals\""}},
               "scenario-broken",
               dmn,
               ""},
        Broken{"case_fails",
               {{"cases.yaml", "temperature: 38.9}}\n    then: {open: []",
                 "temperature: 38.9}}\n    then: {open: [nurse_call]"}},
               "case-failed",
               "cases.yaml",
               "then: {open: [nurse_call], recorded: {severity: green}}"},
        Broken{"case_of_a_changed_rule",
               {{dmn, "<text>39</text>", "<text>38.5</text>"}},
               "case-failed",
               "cases.yaml",
               ""},
        Broken{"case_impossible",
               {{"cases.yaml", "do: nurse_call", "do: nurse_cal"}},
               "case-impossible",
               "cases.yaml",
               "do: nurse_cal,"},
        Broken{"escalation",
               {{bpmn, "escalationRef=\"esc_unreachable\" />\n    </boundaryEvent>",
                 "escalationRef=\"esc_physician\" />\n    </boundaryEvent>"}},
               "escalation-uncaught",
               bpmn,
               ""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Catalogue, ThePageIsUpToDate) {
  const std::string path = std::string(PASSERELLE_ROOT) + "/docs/messages.md";
  const auto page = read_file(path);
  const std::string wanted = catalogue_page();
  if (!page.ok() || *page != wanted) {
    const std::string fresh = testing::TempDir() + "/messages.md";
    ASSERT_TRUE(write_file(fresh, wanted).ok());
    FAIL() << "docs/messages.md differs from the table: copy " << fresh << " over it";
  }
}

TEST(Catalogue, EveryRowSaysWhatWhyAndWhatToDo) {
  std::vector<std::string_view> ids;
  for (const CheckKind& kind : check_kinds()) {
    EXPECT_FALSE(kind.message.empty() || kind.why.empty() || kind.help.empty()) << kind.id;
    EXPECT_THAT(ids, testing::Not(testing::Contains(kind.id)));
    ids.push_back(kind.id);
  }
}

TEST(Catalogue, PlacesComeBackFromErrors) {
  EXPECT_EQ(to_text(parse_place("forms/daily.json:3:7", "x")), "forms/daily.json:3:7");
  EXPECT_EQ(to_text(parse_place("3:7", "triage.dmn")), "triage.dmn:3:7");
  EXPECT_EQ(to_text(parse_place("organisation.yaml", "x")), "organisation.yaml");
}

}  // namespace
}  // namespace passerelle::pathway
