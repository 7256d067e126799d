// An example for every kind of finding, whichever table it stands in: what a team wrote, and what
// mends it. A test asks for one of each.
#include <array>

#include "pathway/check/catalogue.h"

namespace passerelle::pathway {
namespace {

constexpr std::array examples = {
    // ---- files ----
    CheckExample{"missing-file", "the folder has no `cohort.yaml`: say there who comes"},
    CheckExample{"unreadable-file", "`zone: [Europe` → `zone: Europe/Paris`"},
    CheckExample{"unknown-key", "`enroling: [prescriber]` → `enrolling: [prescriber]`"},
    CheckExample{"missing-key", "a shift without `people:` → `people: 4`"},
    CheckExample{"wrong-value", "`to: \"8pm\"` → `to: \"20:00\"`"},
    CheckExample{"unknown-scenario", "`rehearse --scenario surg` → `--scenario surge`"},
    CheckExample{"scenario-target", "`path: roles.nurse.shifts.mourning` → `…shifts.morning`"},
    CheckExample{"scenario-broken", "`to: \"fals\"` for a decision of true or false → `\"false\"`"},
    // ---- words ----
    CheckExample{"text-missing-language",
                 "texts/fr.yaml has `task.call`, texts/en.yaml has not: add it there"},
    CheckExample{"text-placeholder", "`\"Answer here: {lnk}\"` → `{link}`"},
    CheckExample{"text-without-link", "`\"Please answer.\"` → `\"Please answer: {link}\"`"},
    CheckExample{"text-unknown", "`p:title=\"task.lost\"`, and no texts file says `task.lost:`"},
    CheckExample{"form-text-missing",
                 "an item with `text` in French only: add a translation extension to `_text`"},
    CheckExample{"name-in-two-packages",
                 "both packages have `task.call` with other words: `task.titration_call` in one"},
    CheckExample{"form-condition", "`enableWhen: question \"recoverd\"` → `\"recovered\"`"},
    CheckExample{"rule-words-missing",
                 "`<input id=\"c1\" label=\"Opens a link alone\">` in the table `t_channel`: add "
                 "`rules.t_channel.c1: \"…\"` to texts/fr.yaml and texts/en.yaml"},
    // ---- organisation ----
    CheckExample{"post-of-no-staff", "`posts: [{name: flyer, roles: [nurse, patient], …}]`"},
    CheckExample{"learning-unknown-task",
                 "`learning: {role: nurse, activities: [call_back], …}` → `[nurse_call]`"},
    CheckExample{"unknown-role-name", "`reports_to: boss`, and no role is called boss"},
    CheckExample{"role-without-staff", "`people: 0` in every shift of the role → `people: 2`"},
    CheckExample{
        "hours-without-cover",
        "calls are due within 4 h and no nurse works at the weekend: add sat, sun to `days`"},
    CheckExample{
        "night-route-missing",
        "urgent calls are due within 30 min, physicians leave at 20:00: `fallback: on_call`"},
    CheckExample{"handover-without-receiver",
                 "a call of 10 min, due within 30 min, and everybody leaves at 20:00: let the late "
                 "shift end at 20:30"},
    CheckExample{
        "work-exceeds-hours",
        "120 patients a day, 10 min each, and one person from 08:00 to 18:00: 20 h of work "
        "in 10 h"},
    CheckExample{"skill-untrained",
                 "`work_times: {activity: call, skills: [triage]}`, and no role has `triage`: "
                 "`learning: {role: nurse, teaches: [triage], …}`"},
    CheckExample{"single-person", "one shift with `people: 1`, and no fallback: `fallback: nurse`"},
    CheckExample{"escalation-nowhere", "`reports_to: chief`, and `chief` has no shifts"},
    CheckExample{"message-to-nobody", "`p:to=\"night_team\"`, and `night_team` has no shifts"},
    CheckExample{"earlier-work-unsaid", "a role without `before:` → `before: []` for new posts"},
    CheckExample{"work-only-added",
                 "`before: [{work: ward rounds, hours_a_week: 200}]` → add `ceases: 60`"},
    CheckExample{"work-time-missing",
                 "a task `call` → `- {activity: call, minutes: {pert: [3, 7, 20]}, …}`"},
    CheckExample{"work-time-unknown", "`activity: closing_fone` → `closing_phone`"},
    CheckExample{"figure-without-source", "`minutes: 7` → `minutes: 7, assumption: true`"},
    CheckExample{"coordinator-without-staff", "`coordinator: lead`, and `lead` has no shifts"},
    CheckExample{"learning-missing", "`- {role: nurse, initial: 1.6, training_hours: 4, …}`"},
    // ---- patients ----
    CheckExample{"no-path-without-smartphone",
                 "the daily form has a link only: add a task for a nurse with the same form, and a "
                 "channel `phone` with `by: nurse`"},
    CheckExample{"free-text-unread",
                 "an item of type text in the daily form, which nobody opens when the rules say "
                 "green: ask with options"},
    CheckExample{"text-hard-to-read",
                 "\"Veuillez procéder à la mesure de votre température corporelle\" → \"Prenez "
                 "votre température\""},
    CheckExample{"form-longer-than-announced",
                 "\"One minute is enough\" with a link to a form of forty questions"},
    // ---- the process ----
    CheckExample{"unreachable-node",
                 "two tasks that lead to each other only: draw a flow from the rest to the first"},
    CheckExample{"join-deadlock",
                 "an exclusive gateway to `call` or `visit`, and a parallel gateway that joins "
                 "them → an exclusive one"},
    CheckExample{"join-left-waiting",
                 "a message that may come again starts a strand into a parallel join: end the "
                 "strand at an end of its own"},
    CheckExample{"done-twice",
                 "a parallel gateway to `call` and `visit`, and an exclusive one that joins them "
                 "before `report` → a parallel one"},
    CheckExample{"loop-without-exit",
                 "`ask` → `wait` → `ask`, and no gateway between: `stop` as an event sub-process"},
    CheckExample{"loop-without-wait",
                 "a gateway leads back to a decision while its result is red: wait for new answers "
                 "first"},
    CheckExample{"timer-beaten", "a warning after PT4H on a task that PT2H takes back → PT1H"},
    CheckExample{"timer-without-time", "`PT0S` → `PT4H`"},
    CheckExample{"message-unused", "`<message id=\"m_pause\" …/>`, and no event refers to it"},
    CheckExample{"signal-unheard", "a thrown `bed free`, and no event waits for that signal"},
    CheckExample{"process-too-large",
                 "ten strands of ten tasks between two inclusive gateways: a sub-process for some"},
    // ---- decisions ----
    CheckExample{"rule-item-missing", "`daily.puls` → `daily.pulse`"},
    CheckExample{"rule-type-misfit", "`daily.callback = \"yes\"` for true or false → `= true`"},
    CheckExample{"rule-unknown-option", "`enrolment.device = \"smartfone\"` → `\"smartphone\"`"},
    CheckExample{"rule-never-fires",
                 "hit policy FIRST: `> 38`, then `> 40` → the rule for 40 first"},
    CheckExample{"threshold-unit",
                 "`<decision name=\"fever\" p:unit=\"[degF]\">` beside a form in `Cel`: 102 → 39"},
    CheckExample{"table-gap", "`< 21` and `> 21`, but nothing for 21 → `>= 21`"},
    CheckExample{"table-overlap", "`<= 21` and `[21..25)` → `< 21`"},
    CheckExample{"table-conflict", "hit policy ANY: `> 38` says simple, `> 39` says urgent"},
    CheckExample{"table-undecided", "a cell `string length(?) > 3` → values and intervals"},
    // ---- evaluation ----
    CheckExample{"indicator-unknown-activity", "`of: hospitalized` → `of: hospitalised`"},
    CheckExample{"indicator-unknown-field", "`where: 'end_raison = \"hospital\"'` → `end_reason`"},
    CheckExample{"indicator-impossible-event", "`{activity: remind, on: assign}` of a message"},
    CheckExample{"indicator-no-group", "`groups: [income]`, which nobody records"},
    CheckExample{"groups-missing", "`groups: [age_group, channel]`"},
    CheckExample{"indicator-unknown-role", "`roles: [nurses]` → `roles: [nurse]`"},
    CheckExample{"target-without-owner", "`target: at least 90 %` → add `owner: physician`"},
    CheckExample{"heading-empty", "no indicator with `heading: society`: who is left out?"},
    // ---- cases ----
    CheckExample{"case-failed", "`then: {open: [nurse_call]}`, but nothing is open at 38.9 °C"},
    CheckExample{"case-impossible", "`do: nurse_cal` → `do: nurse_call`"},
    CheckExample{"no-cases", "a file with `cases: [{name: …, when: […], then: {open: [call]}}]`"},
    // ---- acceptances ----
    CheckExample{"acceptance-incomplete", "an entry without `reason:` or `author:`"},
    CheckExample{"acceptance-expired", "`until: 2024-06-30`, and today is later"},
    CheckExample{"acceptance-unmatched", "`about: physician`, whose second person is planned now"},
    CheckExample{"acceptance-of-error", "`finding: hours-without-cover`: plan the shift instead"},
    // ---- process ----
    CheckExample{"bpmn-unreadable", "a file that was cut off: `</process>` is missing"},
    CheckExample{"bpmn-process", "two processes with `isExecutable=\"true\"`"},
    CheckExample{"bpmn-unsupported", "a `<complexGateway>` → exclusive or inclusive gateways"},
    CheckExample{"bpmn-attribute", "`p:rol=\"nurse\"` → `p:role=\"nurse\"`"},
    CheckExample{"bpmn-incomplete", "a send task without `p:message`"},
    CheckExample{"bpmn-id", "two elements with `id=\"call\"`"},
    CheckExample{"bpmn-reference", "`targetRef=\"plann\"`, which nothing is called"},
    CheckExample{"bpmn-start", "two start events without a trigger"},
    CheckExample{"bpmn-flow", "a sequence flow that leads out of a sub-process"},
    CheckExample{"bpmn-condition", "two ways out of a gateway, and neither has a condition"},
    CheckExample{"bpmn-boundary",
                 "a boundary event with a trigger that what it is attached to "
                 "cannot have"},
    CheckExample{"bpmn-never-fires", "a timer attached to a script task, which takes no time"},
    CheckExample{"bpmn-expression", "`=calls => 3` → `=calls >= 3`"},
    CheckExample{"unknown-role", "`p:role=\"boss\"`, and organisation.yaml has no boss"},
    CheckExample{"task-without-role", "a user task in a lane without `p:role`"},
    CheckExample{"unknown-form", "`p:form=\"dayly\"` → `p:form=\"daily\"`"},
    CheckExample{"unknown-form-item", "`=outcome.outcom = \"hospital\"` → `outcome.outcome`"},
    CheckExample{"unknown-decision", "`p:decision=\"Tri age\"` → `\"Triage\"`"},
    CheckExample{"dmn-invalid", "a cell `[3..` → `[3..5]`"},
    CheckExample{"message-flow",
                 "the flow ends at a user task: end it at a `receiveTask`, which waits for it"},
    CheckExample{"call-version",
                 "`p:package=\"titration\" p:version=\"2\"`, and titration says `version: 3` → "
                 "`p:version=\"3\"`"},
    CheckExample{"answers-lost", "a task with `p:form` and without `p:result`"},
    CheckExample{"escalation-uncaught",
                 "an escalation end event, and no boundary event with its "
                 "code around it"},
    CheckExample{"error-uncaught",
                 "an error end event in a sub-process, and a boundary event with its code at the "
                 "sub-process's border"},
    CheckExample{"no-coordinator", "`coordinator: lead` in organisation.yaml"},
    // ---- cohort ----
    CheckExample{"cohort-unknown-name", "`{by: agee, …}` → `{by: age, …}`"},
    CheckExample{"cohort-unknown-target", "`answers: {dayly: …}` → `daily`"},
    CheckExample{"cohort-unanswered", "a required question of the form that `answers` passes over"},
    CheckExample{"cohort-incomplete", "`{by: age, of: {\"< 30\": 0.1}}` → add `else: 0.2`"},
    CheckExample{"cohort-without-origin", "`habits: {daily: {…}}` → add `assumption: true`"},
    CheckExample{"cohort-contradiction", "`{copy: name}` of itself, or the same name twice"},
    // ---- moving cases to another version ----
    CheckExample{"migration-target", "`elements: {nurse_call: frist_call}` → `first_call`"},
    CheckExample{"migration-source",
                 "`elements: {nurse_cal: first_call}`, and version 1 has `nurse_call`"},
    CheckExample{"migration-no-place",
                 "`nurse_call` is now called `first_call`: `elements: {nurse_call: first_call}`"},
    CheckExample{"migration-lost",
                 "version 1 warns after 24 h (`not_called`), this one does not any more"},
    CheckExample{"migration-type",
                 "`severity` was a word and is a number: `variables: {severity: 'if severity = "
                 "\"urgent\" then 2 else 1'}`"},
    CheckExample{"migration-unreachable",
                 "a third reader is added to a parallel split: a case that waits for two never had "
                 "the third"},
    CheckExample{"migration-undecided",
                 "a sub-process of a dozen strands that come and go independently"},
};

}  // namespace

std::span<const CheckExample> check_examples() { return examples; }

}  // namespace passerelle::pathway
