// The shipped package is clean; a copy that is broken in one place gives the message for it, at
// that place.
#include "pathway/check/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "pathway/check/broken.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/sarif.h"
#include "pathway/migration.h"

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

const Instant now = *parse_instant("2020-03-26T09:00:00Z");

std::vector<Finding> findings_of_package(const PackageFiles& files) {
  return check_package(files, "covid-home", now).findings;
}

std::string all(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) out += to_text(finding);
  return out;
}

TEST(Check, TheShippedPackageIsClean) {
  const auto findings = findings_of_package(covid_home());
  EXPECT_TRUE(findings.empty()) << all(findings);
}

TEST(Check, AFileOfTextsThatCannotBeReadIsToldOnceAndNotForEachOfItsWords) {
  PackageFiles files = covid_home();
  files["texts/en.yaml"] += "\nrole.nurse: \"twice\"\n";
  const auto findings = findings_of_package(files);
  ASSERT_EQ(findings.size(), 1u) << all(findings);
  EXPECT_EQ(findings[0].id, "unreadable-file");
  EXPECT_EQ(findings[0].place.file, "texts/en.yaml");
}

}  // namespace

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

namespace {

class BrokenCopy : public testing::TestWithParam<Broken> {};

void apply(const Change& change, PackageFiles& files) {
  if (change.from.empty()) {
    if (change.to.empty()) {
      files.erase(change.file);
    } else {
      files[change.file] = change.to;
    }
    return;
  }
  std::string& text = files[change.file];
  const size_t at = text.find(change.from);
  ASSERT_NE(at, std::string::npos) << change.file << " no longer holds: " << change.from;
  text.replace(at, change.from.size(), change.to);
}

// Told at its place, and nothing else is made of it.
TEST_P(BrokenCopy, IsToldAtItsPlace) {
  const Broken& broken = GetParam();
  PackageFiles files = covid_home();
  for (const Change& change : broken.changes) apply(change, files);
  const auto findings = findings_of_package(files);
  const int line = broken.marker.empty() ? 0 : line_of(files[broken.file], broken.marker);
  const bool told = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.id == broken.id && finding.place.file == broken.file &&
           (line == 0 || finding.place.line == line) && !finding.why.empty() &&
           !finding.help.empty();
  });
  EXPECT_TRUE(told) << "no " << broken.id << " at " << broken.file << ":" << line << " in\n"
                    << all(findings);
  for (const Finding& finding : findings) {
    if (finding.id == broken.id || finding.id.starts_with("case-")) continue;
    EXPECT_THAT(broken.with, testing::Contains(finding.id)) << to_text(finding);
  }
}

std::vector<Broken> every_broken_copy() {
  std::vector<Broken> out;
  for (const auto part : {broken_packages, broken_organisations, broken_decisions, broken_processes,
                          broken_soundness, broken_cohorts})
    for (Broken& each : part()) out.push_back(std::move(each));
  return out;
}

class BrokenMigration : public testing::TestWithParam<Broken> {};

TEST_P(BrokenMigration, IsToldAtItsPlace) {
  const Broken& broken = GetParam();
  PackageFiles files = covid_home();
  for (const Change& change : broken.changes) apply(change, files);
  const auto findings = check_migration(covid_home(), files, "covid-home", now).findings;
  const bool ours = broken.file == migration_file;
  const std::string file = (ours ? "" : std::string(earlier_prefix)) + broken.file;
  const int line = broken.marker.empty()
                       ? 0
                       : line_of((ours ? files : covid_home()).at(broken.file), broken.marker);
  const bool told = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.id == broken.id && finding.place.file == file &&
           (line == 0 || finding.place.line == line) && !finding.why.empty() &&
           !finding.help.empty();
  });
  EXPECT_TRUE(told) << "no " << broken.id << " at " << file << ":" << line << " in\n"
                    << all(findings);
  for (const Finding& finding : findings) {
    if (finding.id == broken.id) continue;
    EXPECT_THAT(broken.with, testing::Contains(finding.id)) << to_text(finding);
  }
}

INSTANTIATE_TEST_SUITE_P(Check, BrokenMigration, testing::ValuesIn(broken_migrations()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Check, AMigrationToTheSamePackageLacksNothing) {
  const CheckReport report = check_migration(covid_home(), covid_home(), "covid-home", now);
  EXPECT_TRUE(report.findings.empty()) << all(report.findings);
}

TEST(Check, AMigrationThatLosesSomethingMayBeAcceptedByName) {
  PackageFiles files = covid_home();
  apply({"forms/enrolment.json", "\"type\": \"boolean\"", "\"type\": \"string\""}, files);
  files["accepted.yaml"] =
      "accepted:\n  - {finding: migration-type, about: enrolment, author: A. Martin, reason: "
      "nobody is "
      "enrolled, until: 2020-12-31}\n";
  const CheckReport report = check_migration(covid_home(), files, "covid-home", now);
  EXPECT_TRUE(report.findings.empty()) << all(report.findings);
  EXPECT_EQ(report.accepted.size(), 1u);
  for (const Finding& finding : findings_of_package(files)) {
    EXPECT_NE(finding.id, "acceptance-unmatched") << "a check of the package does not look for it";
  }
}

INSTANTIATE_TEST_SUITE_P(Check, BrokenCopy, testing::ValuesIn(every_broken_copy()),
                         [](const auto& test) { return std::string(test.param.name); });

// Copies that are as they should be: what might look like a finding at first, and is none.
struct Sound {
  const char* name;
  std::vector<Change> changes;
  std::string id;  // must not be found; "": nothing at all
};
void PrintTo(const Sound& sound, std::ostream* out) { *out << sound.name; }

class SoundCopy : public testing::TestWithParam<Sound> {};

TEST_P(SoundCopy, IsLeftInPeace) {
  PackageFiles files = covid_home();
  for (const Change& change : GetParam().changes) apply(change, files);
  for (const Finding& finding : findings_of_package(files))
    EXPECT_TRUE(!GetParam().id.empty() && finding.id != GetParam().id) << to_text(finding);
}

const Change one_coordinator{"organisation.yaml",
                             "{from: 2020-03-09, people: 2}\n          - {from: 2020-03-24",
                             "{from: 2020-03-09, people: 1}\n          - {from: 2020-03-24"};

INSTANTIATE_TEST_SUITE_P(
    Check, SoundCopy,
    testing::Values(
        Sound{"unit_with_an_annotation",
              {{"triage.dmn", "p:unit=\"/min\"", "p:unit=\"{breaths}/min\""}},
              ""},
        Sound{"label_that_is_the_forms_question",
              {{"texts/fr.yaml", "rules.t_pulse.i_pulse:", "rules.t_pulse.other:"},
               {"texts/en.yaml", "rules.t_pulse.i_pulse:", "rules.t_pulse.other:"}},
              ""},
        Sound{"on_call_before_the_others_leave",
              {{"organisation.yaml", "from: \"20:00\"\n        to: \"08:00\"",
                "from: \"19:30\"\n        to: \"08:15\""}},
              ""},
        Sound{"weekends_of_a_post_as_the_role",
              {{"organisation.yaml",
                "        days: [mon, tue, wed, thu, fri, sat, sun]\n        from: \"08:00\"\n"
                "        to: \"20:00\"",
                "        days: [mon, tue, wed, thu, fri]\n        from: \"08:00\"\n"
                "        to: \"20:00\""},
               {"organisation.yaml", "channels:\n",
                "posts:\n  - name: flyer\n    people: 2\n    assumption: true\n    shifts:\n"
                "      - {name: calls, days: [mon], from: \"08:00\", to: \"20:00\", roles: "
                "[nurse]}\n      - {name: weekend, days: [sat, sun], from: \"08:00\", to: "
                "\"20:00\", roles: [coordinator]}\nchannels:\n"}},
              ""},
        Sound{"one_with_a_fallback",
              {one_coordinator,
               {"organisation.yaml", "    skills: [nursing, coordination]\n",
                "    skills: [nursing, coordination]\n    fallback: physician\n"}},
              ""},
        Sound{"each_takes_over_for_the_other",
              {{"organisation.yaml", "    on_call: true\n",
                "    on_call: true\n    fallback: physician\n"}},
              ""},
        Sound{"catch_all_in_the_end",
              {{"triage.dmn", "id=\"t_age_group\" hitPolicy=\"UNIQUE\"",
                "id=\"t_age_group\" hitPolicy=\"FIRST\""},
               {"triage.dmn", "<rule id=\"ar4\"><inputEntry><text>&gt;= 70<",
                "<rule id=\"ar4\"><inputEntry><text>-<"}},
              ""},
        Sound{"a_code_that_is_not_chosen",
              {{"triage.dmn", "if enrolment.device = \"smartphone\"",
                "if not(enrolment.device != \"smartphone\")"}},
              ""},
        Sound{"text_that_the_next_task_shows",
              {{"pathway.bpmn",
                "<sequenceFlow id=\"f_closing_followed\" sourceRef=\"closing\" "
                "targetRef=\"followed\" />",
                "<userTask id=\"read\" p:role=\"nurse\" p:title=\"task.closing\">"
                "<extensionElements><p:show name=\"daily\">closing</p:show></extensionElements>"
                "</userTask><sequenceFlow id=\"f_closing_followed\" sourceRef=\"closing\" "
                "targetRef=\"read\" /><sequenceFlow id=\"f_read\" sourceRef=\"read\" "
                "targetRef=\"followed\" />"},
               {"forms/closing.json", "\"item\": [",
                "\"item\": [{\"linkId\": \"other\", \"type\": \"text\", \"text\": \"Autre ?\"},"}},
              "free-text-unread"},
        Sound{"as_much_work_as_hours",
              {{"organisation.yaml", "nurse_call, minutes: {pert: [3, 7, 20]}",
                "nurse_call, minutes: 7.5"}},
              "work-exceeds-hours"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Check, AnAcceptedWarningIsToldApartWithWhoWhyAndUntilWhen) {
  PackageFiles files = covid_home();
  apply(one_coordinator, files);
  files["accepted.yaml"] =
      "accepted:\n  - {finding: single-person, about: coordinator, author: A. Martin, reason: "
      "small start, until: 2020-03-26}\n";
  CheckReport report = check_package(files, "covid-home", now);
  EXPECT_TRUE(report.findings.empty()) << all(report.findings);
  ASSERT_EQ(report.accepted.size(), 1u);
  EXPECT_EQ(report.accepted[0].finding.id, "single-person");
  EXPECT_EQ(report.accepted[0].author, "A. Martin");
  EXPECT_EQ(report.accepted[0].until, "2020-03-26");
  // Over at the end of that day in Paris.
  report = check_package(files, "covid-home", *parse_instant("2020-03-26T23:00:00Z"));
  EXPECT_EQ(report.findings.size(), 2u) << all(report.findings);
}

TEST(Check, AnAcceptanceWithoutANameTakesNoFindingThatHasOne) {
  PackageFiles files = covid_home();
  apply(one_coordinator, files);
  files["accepted.yaml"] =
      "accepted:\n  - {finding: single-person, author: A. Martin, reason: small start, until: "
      "2020-12-31}\n";
  const CheckReport report = check_package(files, "covid-home", now);
  EXPECT_TRUE(report.accepted.empty());
  EXPECT_EQ(report.findings.size(), 2u) << all(report.findings);
}

TEST(Sarif, HasRulesPlacesAndSuppressions) {
  PackageFiles files = covid_home();
  apply(one_coordinator, files);
  apply({"texts/fr.yaml", "Répondez ici : {link}", "é {lnk}"}, files);
  files["accepted.yaml"] =
      "accepted:\n  - {finding: single-person, about: coordinator, author: A. Martin, reason: "
      "small start, until: 2020-12-31}\n";
  const CheckReport report = check_package(files, "covid-home", now);
  const auto parsed = json::Document::parse(to_sarif(report, files, "a folder/covid-home/", "1.2"));
  ASSERT_TRUE(parsed.ok());
  const json::Value run = parsed->root()["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), all_kinds().size());
  ASSERT_EQ(run["results"].size(), report.findings.size() + 1);
  const json::Value first = run["results"][0];
  EXPECT_EQ(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].string(),
            "a%20folder/covid-home/texts/fr.yaml");
  EXPECT_EQ(first["locations"][0]["physicalLocation"]["region"]["startLine"].number(),
            std::to_string(report.findings[0].place.line));
  EXPECT_THAT(std::string(first["message"]["text"].string()), testing::HasSubstr("{{lnk}}"));
  const json::Value last = run["results"][run["results"].size() - 1];
  EXPECT_EQ(last["suppressions"][0]["justification"].string(),
            "small start (A. Martin, until 2020-12-31)");
}

TEST(Check, SaysWhatItCountedAndTheHoursOfADayInWhichTheLoadIsWorst) {
  PackageFiles files = covid_home();
  apply({"organisation.yaml", "people: 400,", "people: 2,"}, files);
  apply({"organisation.yaml", "people: 100,", "people: 2,"}, files);
  apply({"pathway.bpmn", "p:title=\"task.enrol\"",
         "p:title=\"task.enrol\" p:due='duration(\"PT16H\")'"},
        files);
  const auto findings = findings_of_package(files);
  ASSERT_EQ(findings.size(), 1u) << all(findings);
  EXPECT_THAT(findings[0].message, testing::AllOf(testing::HasSubstr("prescriber, delegate: from "),
                                                  testing::HasSubstr(", at worst "),
                                                  testing::HasSubstr("counted: enrol 1 a case")));
}

TEST(Check, TheModelsOfTheBenchAreSound) {
  for (const char* model : {"mm1", "mm8", "six-step", "treatment-centre"}) {
    const auto files = read_package_files(std::string(PASSERELLE_ROOT) + "/bench/models/" + model);
    ASSERT_TRUE(files.ok()) << model;
    for (const Finding& finding : findings_of_package(*files))
      EXPECT_NE(finding.severity, Severity::error) << model << "/" << to_text(finding);
  }
}

TEST(Check, AScenarioThatIsNotThereIsTold) {
  std::vector<Finding> findings;
  load_package(covid_home(), "covid-home", "nothing", findings);
  ASSERT_EQ(findings.size(), 1u) << all(findings);
  EXPECT_EQ(findings[0].id, "unknown-scenario");
}

TEST(Catalogue, EveryKindOfFindingIsMadeBySomeBrokenCopyAndHasAnExample) {
  std::set<std::string, std::less<>> made = {"unknown-scenario"};  // only when one is asked for
  for (const Broken& each : every_broken_copy()) made.insert(each.id);
  for (const Broken& each : broken_migrations()) made.insert(each.id);
  for (const KindPage& kind : all_kinds()) {
    EXPECT_TRUE(made.contains(kind.id)) << "no broken copy makes " << kind.id;
    EXPECT_FALSE(kind.example.empty()) << kind.id << " has no example";
  }
}

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
