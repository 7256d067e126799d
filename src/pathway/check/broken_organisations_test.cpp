// What a team gets wrong about people, hours and patients, and when it accepts a warning.
#include "pathway/check/broken.h"

namespace passerelle::pathway {
namespace {

const char* process = "pathway.bpmn";
const char* staff = "organisation.yaml";
const char* evaluation = "indicators.yaml";
const char* accepted = "accepted.yaml";

// One coordinator in the first weeks: a warning that a team may accept.
const Change one_coordinator{staff, "{from: 2020-03-09, people: 2}\n          - {from: 2020-03-24",
                             "{from: 2020-03-09, people: 1}\n          - {from: 2020-03-24"};
const Change unknown_skill{staff, "skills: [coordination], visits", "skills: [tact], visits"};
const Change boss{staff, "  physician:\n    name: role.physician\n",
                  "  boss:\n    name: role.coordinator\n  physician:\n    name: role.physician\n"};

// As an office would write.
const std::string official =
    "Préalablement à toute sollicitation téléphonique supplémentaire concernant l’évolution "
    "symptomatologique quotidienne, l’établissement hospitalier départemental recommande "
    "impérativement la consultation approfondie des informations administratives "
    "complémentaires communiquées ultérieurement par l’intermédiaire des professionnels "
    "spécialisés responsables de la coordination interdisciplinaire régionale. ";

}  // namespace

std::vector<Broken> broken_organisations() {
  return {
      {"no_people",
       {{staff, "to: \"20:00\", people: 400, assumption: true}",
         "to: \"20:00\", assumption: true}"}},
       "missing-key",
       staff,
       "- {name: day, days: [mon"},
      {"people_in_quotes",
       {{staff, "to: \"20:00\", people: 400, assumption: true}",
         "to: \"20:00\", people: \"400\", assumption: true}"}},
       "wrong-value",
       staff,
       "people: \"400\""},
      {"late_on_call",
       {{staff, "from: \"20:00\"\n        to: \"08:00\"",
         "from: \"20:25\"\n        to: \"08:00\""}},
       "handover-without-receiver",
       process,
       "<userTask id=\"physician_call\""},
      {"too_much_work",
       {{staff, "nurse_call, minutes: {pert: [3, 7, 20]}",
         "nurse_call, minutes: {pert: [30, 70, 200]}"}},
       "work-exceeds-hours",
       staff,
       "  nurse:"},
      {"too_few_to_enrol",
       {{staff, "people: 400,", "people: 2,"}, {staff, "people: 100,", "people: 2,"}},
       "work-exceeds-hours",
       staff,
       "  prescriber:"},
      {"skill_of_nobody", {unknown_skill}, "skill-untrained", staff, "skills: [tact]"},
      {"one_person", {one_coordinator}, "single-person", staff, "  coordinator:"},
      {"reports_to_patients",
       {{staff, "reports_to: coordinator", "reports_to: patient"}},
       "escalation-nowhere",
       staff,
       "  physician:"},
      {"reports_in_a_circle",
       {{staff, "    skills: [nursing, coordination]\n",
         "    skills: [nursing, coordination]\n    reports_to: physician\n"}},
       "escalation-nowhere",
       staff,
       "  coordinator:"},
      {"message_for_nobody",
       {boss,
        {process, "p:message=\"sms.late\" p:to=\"coordinator\"",
         "p:message=\"sms.late\" p:to=\"boss\""}},
       "message-to-nobody",
       process,
       "<sendTask id=\"warn_late\""},
      {"earlier_work_not_said",
       {{staff,
         "    reports_to: physician\n    before: []                 # posts made for the centre\n",
         "    reports_to: physician\n"}},
       "earlier-work-unsaid",
       staff,
       "  nurse:"},
      {"nothing_ceases",
       {{staff, "hours_a_week: 1600, ceases: 1600,", "hours_a_week: 1600,"}},
       "work-only-added",
       staff,
       "  prescriber:"},
      {"no_training",
       {{staff, "{role: coordinator, initial: 1.4, exponent: 0.35, training_hours: 4,",
         "{role: coordinator, initial: 1.4, exponent: 0.35,"}},
       "learning-missing",
       staff,
       "  coordinator:"},
      {"coordinator_without_hours",
       {boss, {staff, "coordinator: coordinator ", "coordinator: boss "}},
       "coordinator-without-staff",
       staff,
       "  boss:"},
      {"hard_words",
       {{"forms/daily.json", "Quelques questions courtes.", official + official + official}},
       "text-hard-to-read",
       "forms/daily.json",
       ""},
      {"short_promise",
       {{"texts/fr.yaml", "Deux minutes suffisent", "Une minute suffit"},
        {"forms/daily.json", "Quelques questions courtes.",
         "Quelques questions courtes. Lisez bien. Prenez le temps. Il n’y a pas de bonne réponse. "
         "Dites ce que vous sentez."}},
       "form-longer-than-announced",
       "texts/fr.yaml",
       "sms.reminder:"},
      {"free_text",
       {{"forms/daily.json", "\"item\": [",
         "\"item\": [{\"linkId\": \"other\", \"type\": \"text\", \"text\": \"Autre chose ?\", "
         "\"_text\": {\"extension\": [{\"url\": "
         "\"http://hl7.org/fhir/StructureDefinition/translation\", \"extension\": [{\"url\": "
         "\"lang\", \"valueCode\": \"en\"}, {\"url\": \"content\", \"valueString\": \"Anything "
         "else?\"}]}]}},"}},
       "free-text-unread",
       "forms/daily.json",
       "\"linkId\": \"other\""},
      {"no_groups",
       {{evaluation, "groups: [smartphone, channel, age_group]", "# no groups"},
        {evaluation, "    groups: [age_group]\n", ""}},
       "groups-missing",
       evaluation,
       ""},
      {"work_of_no_role",
       {{evaluation, "roles: [nurse]", "roles: [nurses]"}},
       "indicator-unknown-role",
       evaluation,
       "- id: nurse_minutes"},
      {"no_society",
       {{evaluation, "heading: society", "heading: process"},
        {evaluation, "heading: society", "heading: process"},
        {evaluation, "heading: society", "heading: process"}},
       "heading-empty",
       evaluation,
       ""},
      {"no_examples", {{"cases.yaml", "", ""}}, "no-cases", "cases.yaml", ""},
      {"empty_examples",
       {{"cases.yaml", "", ""}, {"cases.yaml", "", "cases: []\n"}},
       "no-cases",
       "cases.yaml",
       "cases: []"},
      {"example_of_a_gateway",
       {{"cases.yaml", "events: [daily_missed]", "events: [daily_missed], no_events: [severity]"}},
       "case-impossible",
       "cases.yaml",
       "no_events: [severity]"},
      {"example_of_nothing",
       {{"cases.yaml", "events: [daily_missed]", "events: [daily_mised]"}},
       "case-impossible",
       "cases.yaml",
       "events: [daily_mised]"},
      {"accepted_without_reason",
       {one_coordinator,
        {accepted, "",
         "accepted:\n  - {finding: single-person, about: coordinator, author: A. Martin, until: "
         "2020-12-31}\n"}},
       "acceptance-incomplete",
       accepted,
       "finding: single-person",
       {"single-person"}},
      {"accepted_too_long_ago",
       {one_coordinator,
        {accepted, "",
         "accepted:\n  - {finding: single-person, about: coordinator, author: A. Martin, reason: "
         "small start, until: 2020-03-25}\n"}},
       "acceptance-expired",
       accepted,
       "finding: single-person",
       {"single-person"}},
      {"accepted_nothing",
       {{accepted, "",
         "accepted:\n  - {finding: single-person, about: coordinator, author: A. Martin, reason: "
         "small start, until: 2020-12-31}\n"}},
       "acceptance-unmatched",
       accepted,
       "finding: single-person"},
      {"accepted_an_error",
       {unknown_skill,
        {accepted, "",
         "accepted:\n  - {finding: skill-untrained, about: tact, author: A. Martin, reason: learnt "
         "later, until: 2020-12-31}\n"}},
       "acceptance-of-error",
       accepted,
       "finding: skill-untrained",
       {"skill-untrained"}},
  };
}

}  // namespace passerelle::pathway
