// Running cases that move to another version of covid-home, on the real store.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Actor admin = [] {
  Actor actor = person("root", "Administrator", {"admin"});
  actor.everything = true;
  return actor;
}();

struct Edit {
  std::string file, from, to;  // every occurrence; from "": a new file
};

PackagePointer changed_home(const std::vector<Edit>& edits, const char* version = "2") {
  auto files = covid_home()->files;
  std::vector<Edit> all = edits;
  all.push_back(
      {"organisation.yaml", "version: \"1\"", "version: \"" + std::string(version) + "\""});
  for (const Edit& edit : all) {
    std::string& text = files[edit.file];
    if (edit.from.empty()) text = edit.to;
    size_t at = edit.from.empty() ? text.npos : text.find(edit.from);
    EXPECT_TRUE(edit.from.empty() || at != text.npos) << edit.from;
    for (; at != text.npos; at = text.find(edit.from, at + edit.to.size()))
      text.replace(at, edit.from.size(), edit.to);
  }
  std::vector<pathway::Finding> findings;
  PackagePointer loaded = pathway::load_package(files, "covid-home", "", findings);
  for (const auto& finding : findings)
    if (finding.severity == pathway::Severity::error) ADD_FAILURE() << to_text(finding);
  CHECK(loaded != nullptr, "the changed package compiles");
  return loaded;
}

const Edit later_reminder{
    "pathway.bpmn", "if now().hour &lt; 18 then duration(\"PT3H\") else duration(\"PT1H30M\")",
    "duration(\"PT5H\")"};
const std::vector<Edit> first_call = {
    {"pathway.bpmn", "\"nurse_call\"", "\"first_call\""},
    {"migration.yaml", "",
     "migrations:\n  - from: \"1\"\n    elements: {nurse_call: first_call}\n"}};

MigrationReport migrate(Site& site, bool dry_run = false) {
  MigrationRequest request;
  request.pathway = "covid-home";
  request.dry_run = dry_run;
  return must(site.engine->migrate(request, admin, site.now));
}

std::vector<std::pair<std::string, std::string>> timers(Site& site, uint64_t number) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const store::Timer& timer : must(site.store->timers_of(number)))
    out.emplace_back(timer.activity, format_instant(timer.due));
  return out;
}

TEST(EngineMigration, KeepsTimersLinksAndWorkAndGoesOnByTheNewVersion) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T08:00:00Z");
  EXPECT_EQ(site.deliver().delivered, 1u);
  const std::string token = site.token(number);
  const auto before = timers(site, number);
  EXPECT_THAT(before, Contains(std::pair("reminder_due", "2020-03-27T11:00:00.000Z")));

  must(site.engine->deploy(changed_home({later_reminder}), site.now));
  const MigrationReport report = migrate(site);
  EXPECT_EQ(report.to, "2");
  ASSERT_EQ(report.versions.size(), 1u);
  EXPECT_EQ(report.versions[0].version, "1");
  EXPECT_EQ(report.versions[0].moved, 1u);
  EXPECT_THAT(report.versions[0].refused, IsEmpty());
  EXPECT_EQ(timers(site, number), before);

  const CaseDetails details = must(site.engine->read_case(number, nurse));
  EXPECT_EQ(details.summary.version, "2");
  EXPECT_EQ(details.timeline.back().activity, "case");
  EXPECT_EQ(details.timeline.back().lifecycle, "resume");
  EXPECT_EQ(details.timeline.back().actor, "root");
  EXPECT_EQ(details.timeline.back().data, R"({"from_version":"1","to_version":"2"})");
  EXPECT_EQ(details.answers.size(), 1u) << "the enrolment stays readable";
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::open);

  site.restart();
  site.go_to("2020-03-27T11:00:00Z");
  EXPECT_EQ(site.completed(number, "reminder_due"), 1u) << "when it was promised";
  site.go_to("2020-03-27T11:30:00Z");
  EXPECT_TRUE(must(site.engine->complete_by_link(token, fever, "fr", site.now)).done);
  EXPECT_THAT(site.open_work(number), ElementsAre("nurse_call"));
  site.go_to("2020-03-28T08:00:00Z");
  EXPECT_THAT(timers(site, number), Contains(std::pair("reminder_due", "2020-03-28T13:00:00.000Z")))
      << "the next day's is the new version's";
  EXPECT_THAT(migrate(site).versions, IsEmpty()) << "nobody is left behind";
}

TEST(EngineMigration, ADryRunTellsPlaceByPlaceAndChangesNothing) {
  Site site;
  const uint64_t number = site.enrol();
  const uint64_t other = site.enrol("Durand");
  site.go_to("2020-03-27T14:00:00Z");  // six hours of silence
  const auto opened = must(site.store->read_case(number));
  MigrationRequest request;
  request.dry_run = true;
  request.to =
      changed_home({{"migration.yaml", "",
                     "migrations:\n  - from: \"1\"\n    elements: {nurse_call: close_alert}\n"}});
  const MigrationReport report = must(site.engine->migrate(request, admin, site.now));
  ASSERT_EQ(report.versions.size(), 1u);
  const MigratedVersion& version = report.versions[0];
  EXPECT_EQ(version.cases, 2u);
  EXPECT_EQ(version.moved, 0u);
  std::vector<std::string> elements;
  for (const auto& each : version.elements) {
    EXPECT_EQ(each.cases, 2u) << each.id;
    elements.push_back(each.id);
  }
  EXPECT_THAT(elements, ElementsAre("follow_up", "monitoring", "daily", "nurse_call"));
  ASSERT_EQ(version.refused.size(), 2u);
  EXPECT_EQ(version.refused[1].number, other);
  EXPECT_EQ(version.refused[0].element, "nurse_call");
  EXPECT_THAT(version.refused[0].reason,
              HasSubstr("it was a task for people and is a script task"));
  EXPECT_THAT(version.findings.front().id, "migration-no-place");
  const auto after = must(site.store->read_case(number));
  EXPECT_EQ(after.revision, opened.revision);
  EXPECT_EQ(after.pathway_version, "1");
}

TEST(EngineMigration, ARefusedCaseGoesOnOnItsVersionAndMovesLater) {
  Site site;
  const uint64_t number = site.enrol();
  const uint64_t quiet = site.enrol("Durand");
  site.go_to("2020-03-27T08:00:00Z");
  const auto daily = [&](uint64_t of, const Answers& answers) {
    for (const WorkItem& work : must(site.engine->read_case(of, coordinator)).work) {
      if (work.activity != "daily") continue;
      EXPECT_TRUE(must(site.engine->complete(work.id, answers, nurse, "", site.now)).done);
    }
  };
  daily(number, fever);
  daily(quiet, well);
  must(site.engine->deploy(
      changed_home({{"migration.yaml", "",
                     "migrations:\n  - from: \"1\"\n    elements: {nurse_call: close_alert}\n"}}),
      site.now));
  const MigrationReport first = migrate(site);
  EXPECT_EQ(first.versions[0].moved, 1u);
  ASSERT_EQ(first.versions[0].refused.size(), 1u);
  EXPECT_EQ(first.versions[0].refused[0].number, number);
  EXPECT_EQ(must(site.store->read_case(number)).pathway_version, "1");
  EXPECT_EQ(must(site.store->read_case(quiet)).pathway_version, "2");

  const std::string call = site.work_of(nurse, "nurse_call");
  EXPECT_TRUE(
      must(site.engine->complete(call, {{"outcome", "reassured"}}, nurse, "", site.now)).done);
  EXPECT_EQ(migrate(site).versions[0].moved, 1u);
  EXPECT_EQ(must(site.store->read_case(number)).pathway_version, "2");
}

TEST(EngineMigration, ACaseThatCannotBeReadKeepsNoOtherFromMoving) {
  Site site;
  const uint64_t broken = site.enrol();
  const uint64_t sound = site.enrol("Durand");
  const store::CaseRecord record = must(site.store->read_case(broken));
  store::Transaction damage;
  damage.at = site.now;
  damage.cases.push_back({broken, record.revision, record.pathway, record.pathway_version,
                          record.patient, record.status, "damaged"});
  must(site.store->commit(std::move(damage)));
  must(site.engine->deploy(changed_home({later_reminder}), site.now));
  EXPECT_EQ(migrate(site, true).versions[0].refused.size(), 1u);
  const MigrationReport report = migrate(site);
  EXPECT_EQ(report.versions[0].moved, 1u);
  ASSERT_EQ(report.versions[0].refused.size(), 1u);
  EXPECT_EQ(report.versions[0].refused[0].number, broken);
  EXPECT_EQ(must(site.store->read_case(sound)).pathway_version, "2");
}

TEST(EngineMigration, WorkThatIsCalledOtherwiseKeepsItsOwnerAndItsDeadline) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T14:00:00Z");
  const std::string call = site.work_of(nurse, "nurse_call");
  const WorkItem before = must(site.engine->take(call, nurse, site.now));
  std::vector<Edit> edits = first_call;
  edits.push_back({"pathway.bpmn",
                   "p:form=\"outcome\" p:result=\"outcome\" p:title=\"task.nurse_call\"",
                   "p:form=\"outcome\" p:result=\"outcome\" p:title=\"task.unreachable\""});
  must(site.engine->deploy(changed_home(edits), site.now));
  const MigrationReport report = migrate(site);
  ASSERT_EQ(report.versions[0].moved, 1u);
  EXPECT_EQ(report.versions[0].elements.back().id, "nurse_call");
  EXPECT_EQ(report.versions[0].elements.back().becomes, "first_call");

  EXPECT_THAT(site.list(nurse, true), ElementsAre("first_call"));
  const WorkDetails after = must(site.engine->work(call, nurse, site.now));
  EXPECT_EQ(after.item.owner, before.owner);
  EXPECT_EQ(after.item.due, before.due);
  EXPECT_EQ(after.item.opened, before.opened);
  EXPECT_EQ(after.item.title_key, "task.unreachable");
  EXPECT_EQ(work_state(after.item), "assigned");
  const auto told = std::find_if(after.timeline.begin(), after.timeline.end(),
                                 [](const auto& event) { return event.activity == "nurse_call"; });
  ASSERT_NE(told, after.timeline.end());
  EXPECT_EQ(told->name, "Call the patient") << "in the words of the version in which it happened";
  EXPECT_TRUE(
      must(site.engine->complete(call, {{"outcome", "reassured"}}, nurse, "", site.now)).done);
  EXPECT_EQ(site.completed(number, "first_call"), 1u);
  EXPECT_THAT(site.list(nurse), IsEmpty());
}

TEST(EngineMigration, AMessageOfAnElementThatIsGoneBecomesWorkWhenItCannotBeDelivered) {
  Site site;
  const uint64_t number = site.enrol("Martin", home_alone, "");  // no telephone
  site.go_to("2020-03-27T08:00:00Z");
  must(site.engine->deploy(changed_home({{"pathway.bpmn", "\"invite\"", "\"invitation\""}}),
                           site.now));
  EXPECT_EQ(migrate(site).versions[0].moved, 1u);
  EXPECT_EQ(site.deliver().failed, 1u);
  EXPECT_THAT(site.list(coordinator), ElementsAre("invite (problem)"));
  const std::string work = site.work_of(coordinator, "invite");
  EXPECT_TRUE(must(site.engine->complete(work, {}, coordinator, "", site.now)).done);
  EXPECT_THAT(site.list(coordinator), IsEmpty());
  EXPECT_EQ(site.engine->complete(work, {}, coordinator, "", site.now).error().code,
            ErrorCode::conflict);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily"));
}

TEST(EngineMigration, ALinkOpensTheFormWhateverItsTaskIsCalledNow) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T08:00:00Z");
  site.deliver();
  const std::string token = site.token(number);
  must(site.engine->deploy(
      changed_home({{"pathway.bpmn", "\"daily\"", "\"each_day\""},
                    {"pathway.bpmn", ">daily<", ">each_day<"},
                    {"pathway.bpmn", "p:form=\"each_day\" p:result=\"each_day\"",
                     "p:form=\"daily\" p:result=\"daily\""},
                    {"pathway.bpmn", "<p:show name=\"each_day\">each_day</p:show>",
                     "<p:show name=\"daily\">daily</p:show>"},
                    {"pathway.bpmn", "<p:set variable=\"previous\">each_day</p:set>",
                     "<p:set variable=\"previous\">daily</p:set>"},
                    {"migration.yaml", "",
                     "migrations:\n  - from: \"1\"\n    elements: {daily: each_day}\n"}}),
      site.now));
  ASSERT_EQ(migrate(site).versions[0].moved, 1u);
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::open);
  EXPECT_TRUE(must(site.engine->complete_by_link(token, well, "fr", site.now)).done);
  EXPECT_EQ(site.completed(number, "each_day"), 1u);
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::closed);
}

TEST(EngineMigration, MovesEveryCaseOnceWhileTimersFireAndOthersMoveThem) {
  Site site;
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 40; ++i) numbers.push_back(site.enrol("Patient" + std::to_string(i)));
  site.go_to("2020-03-27T08:00:00Z");
  must(site.engine->deploy(changed_home({later_reminder}), site.now));
  site.now = at("2020-03-27T14:00:00Z");  // a reminder and an alarm of each are due
  Engine second(*site.store, Settings{});
  MigrationRequest request;
  request.pathway = "covid-home";
  std::atomic<size_t> moved = 0;
  const auto move = [&](Engine& engine) {
    const MigrationReport report = must(engine.migrate(request, admin, site.now));
    for (const MigratedVersion& version : report.versions) {
      EXPECT_THAT(version.refused, IsEmpty());
      moved += version.moved;
    }
  };
  std::thread one([&] { move(*site.engine); });
  std::thread two([&] { move(second); });
  must(site.engine->run_due(site.now, 10'000));
  one.join();
  two.join();
  must(site.engine->run_due(site.now, 10'000));
  EXPECT_EQ(moved, numbers.size());
  for (const uint64_t number : numbers) {
    EXPECT_EQ(must(site.store->read_case(number)).pathway_version, "2");
    EXPECT_EQ(site.completed(number, "reminder_due"), 1u);
    EXPECT_EQ(site.completed(number, "daily_late"), 1u);
    EXPECT_THAT(site.open_work(number), ElementsAre("daily", "nurse_call"));
  }
  must(site.store->check());
}

TEST(EngineMigration, IsForAdministrators) {
  Site site;
  MigrationRequest request;
  request.pathway = "covid-home";
  EXPECT_EQ(site.engine->migrate(request, coordinator, site.now).error().code,
            ErrorCode::forbidden);
  request.pathway = "covid";
  EXPECT_EQ(site.engine->migrate(request, admin, site.now).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace passerelle::run
