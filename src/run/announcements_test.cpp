// What cases tell each other, and cases that open by themselves: durable, each exactly once.
#include <gmock/gmock.h>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

PackagePointer package_of(const std::string& id, const std::string& inside,
                          const std::string& version = "1") {
  pathway::PackageFiles files;
  files["pathway.bpmn"] =
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
      "xmlns:p=\"urn:passerelle:bpmn:1\"><signal id=\"sg\" name=\"storm\" p:reach=\"site\"/>"
      "<message id=\"m\" name=\"bed free\"/><process id=\"" +
      id + "\" isExecutable=\"true\">" + inside + "</process></definitions>";
  files["organisation.yaml"] = "version: \"" + version +
                               "\"\nzone: Europe/Paris\nlanguages: [en]\ncoordinator: nurse\n"
                               "enrolling: [nurse]\nroles:\n"
                               "  patient: {name: role.patient, staff: false}\n"
                               "  nurse:\n    name: role.nurse\n    shifts:\n"
                               "      - {name: all, days: [mon, tue, wed, thu, fri, sat, sun], "
                               "from: \"00:00\", to: \"00:00\", people: 1, assumption: true}\n"
                               "channels:\n  phone: {name: t, by: nurse}\n";
  files["cohort.yaml"] =
      "start: 2021-01-04\ndays: 3\narrivals:\n  - schedule: [\"2021-01-04 09:00\"]\n"
      "    assumption: true\n";
  files["indicators.yaml"] = "indicators: []\n";
  files["texts/en.yaml"] = "role.nurse: Nurse\nrole.patient: Patient\nt: Call\n";
  std::vector<pathway::Finding> findings;
  PackagePointer package = pathway::load_package(files, id, "", findings);
  for (const auto& finding : findings)
    if (finding.severity == pathway::Severity::error) ADD_FAILURE() << to_text(finding);
  CHECK(package != nullptr, "the test's own package loads");
  return package;
}

std::string task(const std::string& id) {
  return "<userTask id=\"" + id + "\" p:role=\"nurse\" p:title=\"t\"/>";
}
std::string flow(const std::string& from, const std::string& to) {
  return "<sequenceFlow id=\"" + from + "_" + to + "\" sourceRef=\"" + from + "\" targetRef=\"" +
         to + "\"/>";
}

// A case that rings when its nurse says so; one that waits for it; one that begins by it.
const std::string rings =
    "<startEvent id=\"start\"/>" + task("see") +
    "<intermediateThrowEvent id=\"ring\"><signalEventDefinition signalRef=\"sg\"/>"
    "</intermediateThrowEvent>" +
    task("after") + flow("start", "see") + flow("see", "ring") + flow("ring", "after");
const std::string waits =
    "<startEvent id=\"start\"/><intermediateCatchEvent id=\"hear\">"
    "<signalEventDefinition signalRef=\"sg\"/></intermediateCatchEvent>" +
    task("act") + flow("start", "hear") + flow("hear", "act");
const std::string begins =
    "<startEvent id=\"start\"><signalEventDefinition signalRef=\"sg\"/></startEvent>" +
    task("open") + flow("start", "open");

const Actor everybody = [] {
  Actor actor = person("petit", "Claire Petit", {"nurse"});
  actor.everything = true;
  return actor;
}();

class Cases : public testing::Test {
 protected:
  void deploy(const std::string& id, const std::string& inside, const std::string& version = "1") {
    must(site.engine->deploy(package_of(id, inside, version), site.now));
  }
  Opened open(const std::string& pathway, std::string_view family) {
    Opening opening;
    opening.pathway = pathway;
    opening.patient = patient_json(family);
    opening.start_first_work = false;
    return must(site.engine->open_case(opening, nurse, site.now));
  }
  std::vector<std::string> at(uint64_t number) {
    return must(site.engine->read_case(number, everybody)).summary.at;
  }
  void complete(uint64_t number, const std::string& activity, const Answers& answers = {}) {
    for (const WorkItem& work : must(site.engine->read_case(number, everybody)).work) {
      if (work.activity != activity) continue;
      must(site.engine->complete(work.id, answers, nurse, "", site.now));
      return;
    }
    ADD_FAILURE() << activity << " is not open";
  }
  std::vector<uint64_t> cases_of(const std::string& pathway) {
    CaseQuery query;
    query.pathway = pathway;
    std::vector<uint64_t> numbers;
    for (const CaseSummary& each : must(site.engine->cases(query, everybody)).cases)
      numbers.push_back(each.number);
    return numbers;
  }
  size_t rows(std::string_view space) {
    size_t count = 0;
    must(site.store->scan_rows(space, "", [&](const store::Row&) { return ++count > 0; }));
    return count;
  }

  Site site;
};

TEST_F(Cases, HearASignalOfAnotherCaseOnceEach) {
  deploy("ringing", rings);
  deploy("hearing", waits);
  const uint64_t ringing = open("ringing", "A").case_number;
  const uint64_t first = open("hearing", "B").case_number;
  const uint64_t second = open("hearing", "C").case_number;
  complete(ringing, "see");
  EXPECT_THAT(at(first), ElementsAre("hear")) << "it is told after the step that throws it";
  EXPECT_EQ(must(site.engine->run_due(site.now, 100)), 2u);
  EXPECT_THAT(at(first), ElementsAre("act"));
  EXPECT_THAT(at(second), ElementsAre("act"));
  EXPECT_THAT(at(ringing), ElementsAre("after"));
  EXPECT_EQ(must(site.engine->run_due(site.now, 100)), 0u);
  EXPECT_EQ(rows("announcement"), 0u);
}

TEST_F(Cases, ThatWereOpenedLaterDoNotHearIt) {
  deploy("ringing", rings);
  deploy("hearing", waits);
  const uint64_t ringing = open("ringing", "A").case_number;
  complete(ringing, "see");
  site.now += std::chrono::seconds(1);
  const uint64_t later = open("hearing", "B").case_number;
  must(site.engine->run_due(site.now, 100));
  EXPECT_THAT(at(later), ElementsAre("hear"));
}

TEST_F(Cases, HearItAfterACrashAndStillOnce) {
  deploy("ringing", rings);
  deploy("hearing", waits);
  const uint64_t ringing = open("ringing", "A").case_number;
  const uint64_t first = open("hearing", "B").case_number;
  const uint64_t second = open("hearing", "C").case_number;
  complete(ringing, "see");
  // As if the program had died after the first had heard it: the row says so.
  store::Row row;
  must(site.store->scan_rows("announcement", "", [&](const store::Row& each) {
    row = each;
    return false;
  }));
  store::Transaction half;
  half.at = site.now;
  const std::string before = "\"heard_to\":0";
  std::string value = row.value;
  ASSERT_NE(value.find(before), std::string::npos);
  value.replace(value.find(before), before.size(), "\"heard_to\":" + std::to_string(first));
  half.rows = {{row.space, row.key, value, row.revision}};
  must(site.store->commit(std::move(half)));
  site.restart();
  must(site.engine->run_due(site.now, 100));
  EXPECT_THAT(at(first), ElementsAre("hear"));
  EXPECT_THAT(at(second), ElementsAre("act"));
}

TEST_F(Cases, AreOpenedByASignalForTheSamePatientUnlessFollowedAlready) {
  deploy("ringing", rings);
  deploy("begun", begins);
  const Opened ringing = open("ringing", "A");
  complete(ringing.case_number, "see");
  must(site.engine->run_due(site.now, 100));
  const auto opened = cases_of("begun");
  ASSERT_EQ(opened.size(), 1u);
  const CaseDetails details = must(site.engine->read_case(opened[0], everybody));
  EXPECT_EQ(details.summary.patient.id, ringing.patient_id);
  EXPECT_THAT(details.variables, testing::HasSubstr("Louise A"));
  must(site.engine->run_due(site.now, 100));
  EXPECT_EQ(cases_of("begun").size(), 1u);
}

const std::string hands_over =
    "<extensionElements><p:variable name=\"bed\"/></extensionElements><startEvent id=\"start\"/>" +
    std::string(
        "<userTask id=\"choose\" p:role=\"nurse\" p:title=\"t\">"
        "<extensionElements><p:set variable=\"bed\">BED</p:set></extensionElements>"
        "</userTask>") +
    "<eventBasedGateway id=\"either\"/>"
    "<intermediateCatchEvent id=\"wait\" p:key=\"bed\"><messageEventDefinition messageRef=\"m\"/>"
    "</intermediateCatchEvent><intermediateCatchEvent id=\"soon\"><timerEventDefinition>"
    "<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    "<sendTask id=\"free\" messageRef=\"m\" p:key=\"bed\"/>" +
    task("take") + task("done") + flow("start", "choose") + flow("choose", "either") +
    flow("either", "wait") + flow("either", "soon") + flow("soon", "free") + flow("free", "done") +
    flow("wait", "take");

TEST_F(Cases, GetAMessageByItsKey) {
  std::string one = hands_over, two = hands_over;
  one.replace(one.find("BED"), 3, "12");
  two.replace(two.find("BED"), 3, "13");
  deploy("twelve", one);
  deploy("thirteen", two);
  const uint64_t leaving = open("twelve", "A").case_number;
  complete(leaving, "choose");
  site.now += std::chrono::minutes(30);
  const uint64_t other = open("thirteen", "B").case_number;
  complete(other, "choose");
  const uint64_t coming = open("twelve", "C").case_number;
  complete(coming, "choose");
  site.now += std::chrono::minutes(30);
  must(site.engine->run_due(site.now, 100));
  EXPECT_THAT(at(leaving), ElementsAre("done"));
  EXPECT_THAT(at(coming), ElementsAre("take"));
  EXPECT_THAT(at(other), ElementsAre("either"));
  // The next one finds nobody: whoever coordinates hears of it.
  site.now += std::chrono::minutes(30);
  must(site.engine->run_due(site.now, 100));
  bool told = false;
  for (const WorkItem& work : must(site.engine->read_case(other, everybody)).work)
    told = told || (work.incident && work.activity == "free" &&
                    work.show.find("with the key 13") != std::string::npos);
  EXPECT_TRUE(told);
  EXPECT_EQ(rows("announcement"), 0u);
}

// ---- cases that open by themselves ----

std::string every(const std::string& cycle) {
  return "<startEvent id=\"timed\"><timerEventDefinition><timeCycle>" + cycle +
         "</timeCycle></timerEventDefinition></startEvent>" + task("look") + flow("timed", "look");
}

TEST_F(Cases, OpenByATimerOnceForEachTime) {
  deploy("rounds", every("R/2020-03-20T08:00:00/P7D"));
  EXPECT_THAT(cases_of("rounds"), IsEmpty());
  EXPECT_EQ(must(site.engine->next_due()), run::at("2020-03-27T07:00:00Z"));
  site.go_to("2020-03-27T07:00:00Z");
  EXPECT_EQ(cases_of("rounds").size(), 1u);
  EXPECT_EQ(must(site.engine->run_due(site.now, 100)), 0u);
  const CaseDetails details = must(site.engine->read_case(cases_of("rounds")[0], everybody));
  EXPECT_THAT(details.summary.at, ElementsAre("look"));
  EXPECT_EQ(details.summary.patient.id, "");
  site.restart();
  must(site.engine->deploy(package_of("rounds", every("R/2020-03-20T08:00:00/P7D")), site.now));
  site.go_to("2020-04-03T05:59:00Z");
  EXPECT_EQ(cases_of("rounds").size(), 1u);
  site.go_to("2020-04-03T06:00:00Z");
  EXPECT_EQ(cases_of("rounds").size(), 2u) << "eight o'clock, in summer time";
}

TEST_F(Cases, OpenOnceForAllThatWasMissed) {
  deploy("rounds", every("R/PT1H"));
  site.now += std::chrono::hours(10);
  must(site.engine->run_due(site.now, 100));
  EXPECT_EQ(cases_of("rounds").size(), 1u);
  EXPECT_EQ(must(site.engine->next_due()), site.now + std::chrono::hours(1));
}

TEST_F(Cases, OpenWhatWasMissedByTheVersionThatComesMeanwhile) {
  deploy("rounds", every("R/PT2H"));
  site.now += std::chrono::hours(3);  // nothing runs
  deploy("rounds", every("R/PT3H"), "2");
  must(site.engine->run_due(site.now, 100));
  EXPECT_EQ(cases_of("rounds").size(), 1u);
  EXPECT_EQ(must(site.engine->run_due(site.now, 100)), 0u);
}

TEST_F(Cases, TellOfAMessageThatNobodyHeardThoughTheirVersionNoLongerSendsIt) {
  const auto sends = [](const std::string& by) {
    return "<startEvent id=\"start\"/>" + task("choose") + "<sendTask id=\"" + by +
           "\" messageRef=\"m\" p:key=\"12\"/>" + task("done") + flow("start", "choose") +
           flow("choose", by) + flow(by, "done");
  };
  deploy("beds", sends("free"));
  const uint64_t number = open("beds", "A").case_number;
  complete(number, "choose");
  EXPECT_EQ(rows("announcement"), 1u);
  deploy("beds", sends("gone"), "2");
  MigrationRequest request;
  request.pathway = "beds";
  ASSERT_EQ(must(site.engine->migrate(request, everybody, site.now)).versions[0].moved, 1u);
  must(site.engine->run_due(site.now, 100));
  EXPECT_EQ(rows("announcement"), 0u);
  EXPECT_THAT(site.list(everybody), testing::Contains("free (problem)"));
}

TEST_F(Cases, OpenByTheNewVersionAndStopWhenItHasNoTimer) {
  deploy("rounds", every("R/PT2H"));
  deploy("rounds", every("R/PT3H"), "2");
  EXPECT_EQ(must(site.engine->next_due()), site.now + std::chrono::hours(3));
  deploy("rounds", waits, "3");
  EXPECT_EQ(must(site.engine->next_due()), std::nullopt);
}

}  // namespace
}  // namespace passerelle::run
