#include "run/engine.h"

#include <gmock/gmock.h>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Engine, FollowsAPatientFromEnrolmentToTheNursesCall) {
  Site site;
  const uint64_t number = site.enrol();
  EXPECT_THAT(site.open_work(number), IsEmpty());
  site.go_to("2020-03-27T08:00:00Z");  // nine o'clock in Paris
  EXPECT_THAT(site.open_work(number), ElementsAre("daily"));
  EXPECT_THAT(site.list(nurse), IsEmpty()) << "a patient's own form is no work of the nurse";
  EXPECT_EQ(site.deliver().delivered, 1u);

  const std::string token = site.token(number);
  const LinkForm link = must(site.engine->open_link(token, site.now));
  ASSERT_EQ(link.state, LinkState::open);
  EXPECT_EQ(link.patient_name, "Louise Martin");
  EXPECT_EQ(link.language, "fr");
  EXPECT_EQ(link.form->id(), "daily");

  site.go_to("2020-03-27T08:10:00Z");
  EXPECT_TRUE(must(site.engine->complete_by_link(token, fever, "fr", site.now)).done);
  EXPECT_THAT(site.open_work(number), ElementsAre("nurse_call"));

  const auto list = must(site.engine->worklist(nurse, "", false, site.now)).items;
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].title, "Call the patient back");
  EXPECT_EQ(list[0].priority, 1);
  EXPECT_EQ(list[0].due, at("2020-03-27T12:10:00Z"));
  EXPECT_EQ(list[0].patient.name, "Louise Martin");
  EXPECT_EQ(list[0].patient.phone, "+33600000001");
  EXPECT_THAT(list[0].show, HasSubstr(R"("reasons":["Fever"])"));
  EXPECT_EQ(work_state(list[0]), "offered");

  const WorkDetails details = must(site.engine->work(list[0].id, nurse, site.now));
  ASSERT_NE(details.form, nullptr);
  EXPECT_EQ(details.form->id(), "outcome");
  const auto temperature =
      std::find_if(details.trends.begin(), details.trends.end(),
                   [](const Trend& trend) { return trend.link_id == "temperature"; });
  ASSERT_NE(temperature, details.trends.end());
  EXPECT_EQ(temperature->unit, "Cel");
  EXPECT_THAT(temperature->points, ElementsAre(std::pair(at("2020-03-27T08:10:00Z"), 39.5)));
  ASSERT_EQ(details.answers.size(), 2u);
  EXPECT_EQ(details.answers[1].form, "daily");
  EXPECT_THAT(details.answers[1].values, HasSubstr("\"temperature\":39.5"));

  const auto done =
      must(site.engine->complete(list[0].id, {{"outcome", "reassured"}}, nurse, "", site.now));
  EXPECT_TRUE(done.done);
  EXPECT_THAT(site.list(nurse), IsEmpty());
  EXPECT_EQ(site.completed(number, "close_alert"), 1u);
}

// Whatever a case or a package writes is shown to who knows the profiles, and what they refuse is
// not written.
TEST(Engine, WritesNothingThatThoseWhoKnowTheProfilesRefuse) {
  std::set<std::string> asked;
  std::string refused;
  Settings settings;
  settings.validate = [&](json::Value resource) {
    const std::string type(resource["resourceType"].string());
    asked.insert(type);
    std::vector<fhir::Issue> issues;
    if (type == refused)
      issues.push_back({fhir::Severity::error, "invariant", type + ".meta", "not of our profile"});
    return issues;
  };
  Site site("", settings);
  site.enrol();
  EXPECT_THAT(asked,
              testing::IsSupersetOf({"Patient", "Questionnaire", "QuestionnaireResponse", "Task"}));
  Opening opening;
  opening.pathway = "covid-home";
  opening.patient = patient_json("Durand");
  for (const std::string type : {"Patient", "Task"}) {
    refused = type;
    const auto opened = site.engine->open_case(opening, prescriber, site.now);
    ASSERT_FALSE(opened.ok()) << type;
    EXPECT_EQ(opened.error().code, ErrorCode::invalid);
    EXPECT_EQ(to_text(opened.error()).find(type + ".meta: not of our profile"), 0u)
        << to_text(opened.error());
  }
  refused = "";
  const Opened opened = must(site.engine->open_case(opening, prescriber, site.now));
  refused = "QuestionnaireResponse";
  const auto done = site.engine->complete(opened.work->id, home_alone, prescriber, "", site.now);
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(to_text(done.error()), testing::HasSubstr("not of our profile"));
  refused = "";
  EXPECT_TRUE(
      must(site.engine->complete(opened.work->id, home_alone, prescriber, "", site.now)).done)
      << "nothing was changed by what was refused";
}

TEST(Engine, LocksWorkToOnePersonAndSaysWho) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T14:00:00Z");  // six hours of silence
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "nurse_call"));
  const std::string call = site.work_of(nurse, "nurse_call");

  const WorkItem taken = must(site.engine->take(call, nurse, site.now));
  EXPECT_EQ(work_state(taken), "assigned");
  EXPECT_EQ(taken.owner, "petit");
  EXPECT_EQ(work_state(must(site.engine->take(call, nurse, site.now))), "assigned") << "said twice";

  for (const auto& refused :
       {site.engine->take(call, colleague, site.now).error(),
        site.engine->begin(call, colleague, site.now).error(),
        site.engine->release(call, colleague, site.now).error(),
        site.engine->complete(call, {{"outcome", "reassured"}}, colleague, "", site.now).error()}) {
    EXPECT_EQ(refused.code, ErrorCode::conflict);
    EXPECT_EQ(refused.message, "Claire Petit has taken this work");
  }
  EXPECT_EQ(site.engine->take(call, prescriber, site.now).error().code, ErrorCode::forbidden);
  EXPECT_THAT(site.list(nurse, true), ElementsAre("nurse_call"));
  EXPECT_THAT(site.list(colleague, true), IsEmpty());

  EXPECT_EQ(work_state(must(site.engine->begin(call, nurse, site.now))), "started");
  EXPECT_EQ(work_state(must(site.engine->release(call, nurse, site.now))), "offered");
  EXPECT_EQ(must(site.engine->take(call, colleague, site.now)).owner_name, "Paul Morel");
  EXPECT_EQ(work_state(must(site.engine->release(call, coordinator, site.now))), "offered")
      << "the coordinator may give back what another holds";
}

// covid-home with a number that may be wrong, two readers and a cycle of reminders.
PackagePointer wider_home() {
  auto files = *pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home");
  std::string& bpmn = files["pathway.bpmn"];
  const auto before = [&](std::string_view place, std::string_view text) {
    bpmn.insert(bpmn.find(place), text);
  };
  before("<escalation id=\"esc_simple\"", "<error id=\"err\" errorCode=\"wrong-number\"/>");
  before(
      "<boundaryEvent id=\"not_called\"",
      "<boundaryEvent id=\"wrong_number\" attachedToRef=\"nurse_call\">"
      "<errorEventDefinition errorRef=\"err\"/></boundaryEvent>"
      "<sequenceFlow id=\"f_wrong\" sourceRef=\"wrong_number\" targetRef=\"to_coordinator\"/>"
      "<boundaryEvent id=\"every_hour\" attachedToRef=\"nurse_call\" cancelActivity=\"false\">"
      "<timerEventDefinition><timeCycle>R2/PT1H</timeCycle></timerEventDefinition></boundaryEvent>"
      "<userTask id=\"look\" p:role=\"nurse\"><multiInstanceLoopCharacteristics "
      "p:list=\"[1, 2]\" p:each=\"reader\"/></userTask><endEvent id=\"looked\"/>"
      "<sequenceFlow id=\"f_look\" sourceRef=\"every_hour\" targetRef=\"look\"/>"
      "<sequenceFlow id=\"f_looked\" sourceRef=\"look\" targetRef=\"looked\"/>");
  auto& organisation = files["organisation.yaml"];
  organisation.replace(organisation.find("version: \"1\""), 12, "version: \"2\"");
  std::vector<pathway::Finding> findings;
  PackagePointer loaded = pathway::load_package(files, "covid-home", "", findings);
  for (const auto& finding : findings)
    if (finding.severity == pathway::Severity::error) ADD_FAILURE() << to_text(finding);
  return loaded;
}

// The nurse's call needs a skill that people of the role do not have.
PackagePointer skilled_home() {
  auto files =
      must(pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home"));
  auto& organisation = files["organisation.yaml"];
  organisation.replace(organisation.find("version: \"1\""), 12, "version: \"2\"");
  const std::string before = "{activity: nurse_call, minutes: {pert: [3, 7, 20]}, skills: [";
  organisation.insert(organisation.find(before) + before.size(), "suture, ");
  files["texts/fr.yaml"] += "skill.suture: points de suture\n";
  files["texts/en.yaml"] += "skill.suture: stitches\n";
  std::vector<pathway::Finding> findings;
  PackagePointer loaded = pathway::load_package(files, "covid-home", "", findings);
  for (const auto& finding : findings)
    if (finding.severity == pathway::Severity::error) ADD_FAILURE() << to_text(finding);
  return loaded;
}

TEST(Engine, KeepsWorkFromThoseWhoLackASkillAndSaysWhoCould) {
  Actor able = colleague;
  able.skills = {"suture"};
  Settings settings;
  settings.staff = [&] { return std::vector<Actor>{nurse, able, physician, coordinator}; };
  Site site({}, settings);
  must(site.engine->deploy(skilled_home(), site.now));
  site.enrol();
  site.go_to("2020-03-27T14:00:00Z");  // six hours of silence
  const std::string call = site.work_of(able, "nurse_call");

  const Worklist list = must(site.engine->worklist(nurse, "", false, site.now));
  EXPECT_THAT(list.items, IsEmpty());
  ASSERT_EQ(list.kept_back.size(), 1u);
  EXPECT_EQ(list.kept_back[0].item.activity, "nurse_call");
  EXPECT_EQ(list.kept_back[0].item.patient.name, "Louise Martin");
  EXPECT_THAT(list.kept_back[0].skills, ElementsAre("stitches"));
  EXPECT_THAT(list.kept_back[0].who, ElementsAre("Paul Morel"));
  EXPECT_THAT(must(site.engine->worklist(able, "", false, site.now)).kept_back, IsEmpty());
  EXPECT_THAT(must(site.engine->worklist(nurse, "", true, site.now)).kept_back, IsEmpty());
  EXPECT_THAT(must(site.engine->worklist(physician, "", false, site.now)).kept_back, IsEmpty());
  ASSERT_TRUE(must(site.engine->work(call, nurse, site.now)).kept_back);
  EXPECT_FALSE(must(site.engine->work(call, able, site.now)).kept_back);
  EXPECT_FALSE(must(site.engine->work(call, physician, site.now)).kept_back) << "not her work";

  Actor french = nurse;
  french.language = "fr";
  for (const Actor& who : {nurse, french})
    for (const Error& refused :
         {site.engine->take(call, who, site.now).error(),
          site.engine->begin(call, who, site.now).error(),
          site.engine->complete(call, {{"outcome", "reassured"}}, who, "", site.now).error(),
          site.engine->raise(call, "x", who, "", site.now).error()}) {
      EXPECT_EQ(refused.code, ErrorCode::forbidden);
      EXPECT_EQ(refused.message,
                who.language == "en"
                    ? "this work needs a skill that you do not have: stitches"
                    : "ce travail demande une compétence que vous n'avez pas : points de suture");
      EXPECT_EQ(refused.help, who.language == "en" ? "who could do it: Paul Morel"
                                                   : "peuvent le faire : Paul Morel");
    }
  EXPECT_EQ(work_state(must(site.engine->take(call, able, site.now))), "assigned");
  EXPECT_THAT(site.engine->take(call, nurse, site.now).error().message, HasSubstr("Paul Morel"));

  // What somebody has taken stays with them, also when the skill is not theirs any more.
  Actor forgetful = colleague;
  EXPECT_THAT(site.list(forgetful), ElementsAre("nurse_call"));
  EXPECT_EQ(work_state(must(site.engine->release(call, forgetful, site.now))), "offered");
  EXPECT_THAT(site.list(forgetful), IsEmpty());
  must(site.engine->take(call, able, site.now));
  EXPECT_TRUE(
      must(site.engine->complete(call, {{"outcome", "reassured"}}, forgetful, "", site.now)).done);
}

TEST(Engine, KeepsWorkFromNewcomersUntilTheDayOnWhichTheyHaveTheSkill) {
  Actor newcomer = colleague;
  newcomer.skills_from = {{"suture", *pathway::parse_calendar_day("2020-04-01")}};
  Settings settings;
  settings.staff = [&] { return std::vector<Actor>{nurse, newcomer, coordinator}; };
  Site site({}, settings);
  must(site.engine->deploy(skilled_home(), site.now));
  site.enrol();
  site.go_to("2020-03-27T14:00:00Z");
  const auto kept = must(site.engine->worklist(newcomer, "", false, site.now)).kept_back;
  ASSERT_EQ(kept.size(), 1u);
  const std::string call = kept[0].item.id;
  EXPECT_THAT(kept[0].skills, ElementsAre("stitches"));
  EXPECT_EQ(kept[0].reason,
            "this work needs a skill that you do not have: stitches (you have it from "
            "1 April 2020 on)");
  EXPECT_THAT(kept[0].who, IsEmpty());
  EXPECT_EQ(site.engine->take(call, newcomer, site.now).error().code, ErrorCode::forbidden);
  Actor french = newcomer;
  french.language = "fr";
  EXPECT_EQ(site.engine->take(call, french, site.now).error().message,
            "ce travail demande une compétence que vous n'avez pas : points de suture (vous "
            "l'aurez à partir du 1er avril 2020)");
  const auto seen = must(site.engine->worklist(coordinator, "", false, site.now)).kept_back;
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].help, "Paul Morel has it from 1 April 2020 on");
  const Instant learnt = at("2020-04-01T08:00:00Z");
  EXPECT_THAT(must(site.engine->worklist(newcomer, "", false, learnt)).kept_back, IsEmpty());
  EXPECT_EQ(work_state(must(site.engine->take(call, newcomer, learnt))), "assigned");
}

TEST(Engine, SaysWhenNobodyCouldDoTheWork) {
  std::vector<Actor> staff = {nurse, physician, coordinator};
  Settings settings;
  settings.staff = [&] { return staff; };
  Site site({}, settings);
  must(site.engine->deploy(skilled_home(), site.now));
  site.enrol();
  site.go_to("2020-03-27T14:00:00Z");
  const Worklist list = must(site.engine->worklist(nurse, "", false, site.now));
  ASSERT_EQ(list.kept_back.size(), 1u);
  EXPECT_THAT(list.kept_back[0].who, IsEmpty());
  EXPECT_THAT(list.kept_back[0].help, HasSubstr("nobody who may log in"));
  // It is not silent: whoever coordinates sees it as long as nobody can take it.
  const auto seen = must(site.engine->worklist(coordinator, "", false, site.now)).kept_back;
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].item.title, "Call the patient back");
  EXPECT_EQ(seen[0].reason,
            "nobody who may log in has what this work needs: stitches, call_script");
  EXPECT_THAT(must(site.engine->worklist(physician, "", false, site.now)).kept_back, IsEmpty());
  staff.push_back(colleague);
  staff.back().skills = {"suture"};
  EXPECT_THAT(must(site.engine->worklist(coordinator, "", false, site.now)).kept_back, IsEmpty());
}

TEST(Engine, KeepsRepeatedWorkCyclesAndErrorsThroughTheStore) {
  Site site;
  must(site.engine->deploy(wider_home(), site.now));
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T14:00:00Z");  // six hours of silence
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "nurse_call"));
  const std::string call = site.work_of(nurse, "nurse_call");
  site.go_to("2020-03-27T15:00:00Z");
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "look", "look", "nurse_call"));
  EXPECT_THAT(must(site.engine->read_case(number, coordinator)).summary.at,
              testing::Contains("look"));
  site.go_to("2020-03-27T17:30:00Z");
  EXPECT_EQ(site.open_work(number).size(), 6u) << "twice an hour, then no more";

  EXPECT_EQ(site.engine->raise(call, "other", nurse, "", site.now).error().code,
            ErrorCode::conflict);
  EXPECT_TRUE(must(site.engine->raise(call, "wrong-number", nurse, "k", site.now)).done);
  EXPECT_TRUE(must(site.engine->raise(call, "wrong-number", nurse, "k", site.now)).repeated);
  EXPECT_EQ(site.completed(number, "wrong_number"), 1u);
  EXPECT_THAT(site.open_work(number), testing::Contains("unreachable"));
}

TEST(Engine, RefusesAnswersThatTheFormDoesNotTakeAndChangesNothing) {
  Site site;
  site.enrol();
  site.go_to("2020-03-27T14:00:00Z");
  const std::string call = site.work_of(nurse, "nurse_call");
  const auto missing = must(site.engine->complete(call, {}, nurse, "", site.now));
  EXPECT_FALSE(missing.done);
  ASSERT_EQ(missing.refusals.size(), 1u);
  EXPECT_EQ(missing.refusals[0].link_id, "outcome");
  const auto strange = must(site.engine->complete(call, {{"outcome", "reassured"}, {"outcom", "x"}},
                                                  nurse, "", site.now));
  ASSERT_EQ(strange.refusals.size(), 1u);
  EXPECT_EQ(strange.refusals[0].link_id, "outcom");
  EXPECT_THAT(site.list(nurse), ElementsAre("nurse_call"));
}

TEST(Engine, DoesARepeatedRequestOnce) {
  Site site;
  Opening opening;
  opening.pathway = "covid-home";
  opening.patient = patient_json("Martin");
  opening.idempotency_key = "k1";
  const Opened first = must(site.engine->open_case(opening, prescriber, site.now));
  const Opened second = must(site.engine->open_case(opening, prescriber, site.now));
  EXPECT_EQ(first.case_number, second.case_number);
  EXPECT_EQ(first.patient_id, second.patient_id);
  EXPECT_EQ(second.work->id, first.work->id);
  EXPECT_FALSE(first.repeated);
  EXPECT_TRUE(second.repeated);
  EXPECT_EQ(must(site.store->stats()).open_cases, 1);

  const std::string work = first.work->id;
  EXPECT_FALSE(must(site.engine->complete(work, home_alone, prescriber, "k2", site.now)).repeated);
  EXPECT_TRUE(must(site.engine->complete(work, home_alone, prescriber, "k2", site.now)).repeated);
  EXPECT_EQ(site.engine->complete(work, home_alone, prescriber, "k3", site.now).error().code,
            ErrorCode::conflict)
      << "another request for work that is done is no repeat";
  EXPECT_EQ(site.completed(first.case_number, "enrol"), 1u);

  const auto tell = [&](std::string_view key) {
    return site.engine->tell(first.case_number, "pause", R"({"reason":"away"})", nurse, key,
                             site.now);
  };
  must(tell("k4"));
  must(tell("k4"));
  EXPECT_FALSE(tell("k5").ok()) << "a paused case does not wait for a pause";
  EXPECT_EQ(site.completed(first.case_number, "pause_asked"), 1u);
}

TEST(Engine, OpensOneCaseForOnePatient) {
  Site site;
  const uint64_t number = site.enrol();
  const std::string patient = must(site.engine->read_case(number, nurse)).summary.patient.id;
  Opening opening;
  opening.pathway = "covid-home";
  opening.patient = R"({"resourceType":"Patient","id":)" + json::quote(patient) + "}";
  const auto again = site.engine->open_case(opening, prescriber, site.now);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  EXPECT_THAT(again.error().message, HasSubstr("case " + std::to_string(number)));

  opening.patient = patient_json("Durand");
  EXPECT_EQ(site.engine->open_case(opening, nurse, site.now).error().code, ErrorCode::forbidden);
  opening.patient = R"({"resourceType":"Patient","birthDate":"2024-13-01"})";
  const auto invalid = site.engine->open_case(opening, prescriber, site.now);
  EXPECT_EQ(invalid.error().code, ErrorCode::invalid);
  EXPECT_EQ(invalid.error().where, "Patient.birthDate");
  opening.pathway = "covid";
  EXPECT_EQ(site.engine->open_case(opening, prescriber, site.now).error().code,
            ErrorCode::not_found);
}

TEST(Engine, TellsCasesWhatThePathwayDeclares) {
  Site site;
  const uint64_t number = site.enrol();
  EXPECT_EQ(site.engine->tell(number, "pose", "", nurse, "", site.now).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(site.engine->tell(number, "resume", "", nurse, "", site.now).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(site.engine->tell(number, "pause", "[]", nurse, "", site.now).error().code,
            ErrorCode::invalid);
  must(site.engine->tell(number, "hospitalised", "{}", nurse, "", site.now));
  const CaseDetails details = must(site.engine->read_case(number, nurse));
  EXPECT_TRUE(details.summary.ended.has_value());
  EXPECT_THAT(details.messages, IsEmpty());
  EXPECT_EQ(must(site.engine->next_due()), std::nullopt) << "nothing of an ended case is due";
}

TEST(Engine, SaysWhatACaseCanBeToldNowAndNothingElse) {
  Site site;
  const uint64_t number = site.enrol();
  const auto messages = [&] { return must(site.engine->read_case(number, nurse)).messages; };
  EXPECT_THAT(messages(), Contains("pause"));
  EXPECT_THAT(messages(), Not(Contains("resume"))) << "nothing is paused";
  EXPECT_TRUE(
      must(site.engine->tell(number, "pause", R"({"reason":"away"})", nurse, "", site.now)).done);
  EXPECT_THAT(messages(), Contains("resume"));
  EXPECT_THAT(messages(), Not(Contains("pause")));
  // Looking has told the case nothing.
  EXPECT_EQ(
      site.engine->tell(number, "pause", R"({"reason":"away"})", nurse, "", site.now).error().code,
      ErrorCode::conflict);
  EXPECT_TRUE(must(site.engine->tell(number, "resume", "", nurse, "", site.now)).done);
  EXPECT_THAT(messages(), Contains("pause"));
}

TEST(Engine, ShowsCasesByNameStatusAndPage) {
  Site site;
  site.enrol("Martin");
  site.enrol("Durand", home_alone, "+33600000002");
  site.enrol("Martinez", home_alone, "+33600000003");
  CaseQuery query;
  query.limit = 2;
  const CasePage first = must(site.engine->cases(query, nurse));
  ASSERT_EQ(first.cases.size(), 2u);
  EXPECT_EQ(first.cases[0].patient.name, "Louise Martin");
  EXPECT_THAT(first.cases[0].at, ElementsAre("follow_up", "monitoring", "next_slot"));
  EXPECT_THAT(first.cases[0].attributes, HasSubstr(R"("age_group":"30-49")"));
  query.after = first.next;
  const CasePage second = must(site.engine->cases(query, nurse));
  ASSERT_EQ(second.cases.size(), 1u);
  EXPECT_EQ(second.next, 0u);
  query = {};
  query.text = "martin";
  EXPECT_EQ(must(site.engine->cases(query, nurse)).cases.size(), 2u);
  query = {};
  query.status = store::CaseStatus::ended;
  EXPECT_THAT(must(site.engine->cases(query, nurse)).cases, IsEmpty());
  EXPECT_THAT(must(site.engine->cases({}, person("x", "X", {"radiologist"}))).cases, IsEmpty());
  const auto counts = must(site.engine->counts("covid-home"));
  EXPECT_EQ(counts.at("next_slot"), 3);
  EXPECT_EQ(must(site.engine->packages())[0].open_cases, 3);
}

TEST(Engine, KeepsTheLogOfAPathwayWithNamesOfPeople) {
  Site site;
  const uint64_t number = site.enrol();
  const pathway::EventLog log = must(site.engine->event_log("covid-home"));
  std::vector<std::string> told;
  for (const pathway::Event& event : log.events) {
    EXPECT_EQ(event.case_number, number);
    told.push_back(log.names.text(event.activity) + " " +
                   std::string(pathway::to_text(event.lifecycle)) + " " +
                   log.names.text(event.actor));
  }
  EXPECT_THAT(told, ElementsAre("case start dupont", "start complete dupont", "enrol schedule ",
                                "enrol assign dupont", "enrol complete dupont", "plan complete ",
                                "follow_up start ", "follow_up_start complete ",
                                "monitoring start ", "monitoring_start complete "));
}

TEST(Engine, GoesOnAfterARestartWithTheVersionOfEachCase) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T14:00:00Z");
  const std::string call = site.work_of(nurse, "nurse_call");
  must(site.engine->take(call, nurse, site.now));
  site.restart();

  pathway::PackageFiles files = covid_home()->files;
  std::string& organisation = files["organisation.yaml"];
  organisation.replace(organisation.find("version: \"1\""), 12, "version: \"2\"");
  std::vector<pathway::Finding> findings;
  const PackagePointer newer = pathway::load_package(files, "covid-home", "", findings);
  ASSERT_NE(newer, nullptr);
  must(site.engine->deploy(newer, site.now));
  EXPECT_EQ(must(site.engine->package("covid-home"))->version, "2");
  EXPECT_EQ(must(site.engine->read_case(number, nurse)).summary.version, "1");
  EXPECT_EQ(site.engine->take(call, colleague, site.now).error().message,
            "Claire Petit has taken this work")
      << "a lock outlives the program";
  EXPECT_TRUE(
      must(site.engine->complete(call, {{"outcome", "reassured"}}, nurse, "", site.now)).done);
  const uint64_t other = site.enrol("Durand");
  EXPECT_EQ(must(site.engine->read_case(other, nurse)).summary.version, "2");
}

TEST(Engine, RefusesAnotherContentUnderAKnownVersion) {
  Site site;
  must(site.engine->deploy(covid_home(), site.now));
  pathway::PackageFiles files = covid_home()->files;
  files["texts/en.yaml"] += "\n# changed\n";
  std::vector<pathway::Finding> findings;
  const auto refused =
      site.engine->deploy(pathway::load_package(files, "covid-home", "", findings), site.now);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().help, HasSubstr("version"));
}

TEST(Engine, WritesTasksAndAnswersThatOtherSystemsFind) {
  Site site;
  const uint64_t number = site.enrol();
  const std::string patient = must(site.engine->read_case(number, nurse)).summary.patient.id;
  const std::string enrolment = work_id(number, 1);
  const auto task = must(site.store->read("Task", enrolment));
  EXPECT_THAT(task.body, HasSubstr("\"status\":\"completed\""));
  const auto response = must(site.store->read("QuestionnaireResponse", enrolment));
  EXPECT_THAT(response.body, HasSubstr("\"questionnaire\":\"urn:passerelle:covid-home:enrolment"));
  EXPECT_THAT(response.body, HasSubstr("Patient/" + patient));
  EXPECT_THAT(response.body, HasSubstr("Dr Dupont"));
  EXPECT_TRUE(site.store->read("Questionnaire", "covid-home-daily").ok());
}

}  // namespace
}  // namespace passerelle::run
