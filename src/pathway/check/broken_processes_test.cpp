// What a team gets wrong in decisions, in the drawing and in the cohort.
#include "pathway/check/broken.h"

namespace passerelle::pathway {
namespace {

const char* drawing = "pathway.bpmn";
const char* rules = "triage.dmn";
const char* cohort = "cohort.yaml";
const char* staff_file = "organisation.yaml";

std::string sequence_flow(const std::string& id, const std::string& from, const std::string& to) {
  return "<sequenceFlow id=\"" + id + "\" sourceRef=\"" + from + "\" targetRef=\"" + to + "\" />\n";
}

std::string a_day(const std::string& id) {
  return "<intermediateCatchEvent id=\"" + id +
         "\"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
         "</intermediateCatchEvent>\n";
}

// What is drawn between the start and the end of the event sub-process `death`.
Change in_death(const std::string& elements, const std::string& first, const std::string& last) {
  return {drawing,
          "<sequenceFlow id=\"f_death_known_died\" sourceRef=\"death_known\" targetRef=\"died\" />",
          elements + sequence_flow("f_last_died", last, "died") +
              "<sequenceFlow id=\"f_death_known_died\" sourceRef=\"death_known\" targetRef=\"" +
              first + "\" />"};
}

Change beside_the_rest(const std::string& elements) {
  return {drawing, "<sequenceFlow id=\"f_start_enrol\"",
          elements + "<sequenceFlow id=\"f_start_enrol\""};
}

const std::vector<Change> joined_as_if_parallel = {
    {drawing, "<exclusiveGateway id=\"back\">", "<parallelGateway id=\"back\">"},
    {drawing, "<outgoing>f_back_monitoring</outgoing>\n      </exclusiveGateway>",
     "<outgoing>f_back_monitoring</outgoing>\n      </parallelGateway>"}};

std::vector<Change> and_also(std::vector<Change> changes, Change more) {
  changes.push_back(std::move(more));
  return changes;
}

// Six strands of six waits each, between gateways that are inclusive.
Change many_strands() {
  std::string xml = "<parallelGateway id=\"split\" /><inclusiveGateway id=\"join\" />\n";
  for (int strand = 0; strand < 6; ++strand) {
    for (int i = 0; i < 6; ++i) {
      const std::string name = std::to_string(strand) + "_" + std::to_string(i);
      const std::string next = std::to_string(strand) + "_" + std::to_string(i + 1);
      xml += "<intermediateCatchEvent id=\"w" + name +
             "\"><timerEventDefinition><timeDuration>PT1H"
             "</timeDuration></timerEventDefinition></intermediateCatchEvent>\n"
             "<exclusiveGateway id=\"x" +
             name + "\" default=\"d" + name + "\" />\n";
      xml += sequence_flow("f" + name, "w" + name, "x" + name);
      const std::string target = i == 5 ? "join" : "w" + next;
      xml += sequence_flow("d" + name, "x" + name, target);
      xml += "<sequenceFlow id=\"c" + name + "\" sourceRef=\"x" + name +
             "\" targetRef=\"join\"><conditionExpression>=death_notice = null"
             "</conditionExpression></sequenceFlow>\n";
    }
    const std::string first = std::to_string(strand) + "_0";
    xml += sequence_flow("s" + first, "split", "w" + first);
  }
  return in_death(xml, "split", "join");
}

}  // namespace

std::vector<Broken> broken_decisions() {
  return {
      {"grade_as_text",
       {{rules,
         "<rule id=\"ur2\"><inputEntry><text>-</text></inputEntry><inputEntry><text>&gt;= 3<",
         "<rule id=\"ur2\"><inputEntry><text>-</text></inputEntry><inputEntry><text>\"severe\"<"}},
       "rule-type-misfit",
       rules,
       "<rule id=\"ur2\""},
      {"truth_as_text",
       {{rules, "enrolment.connection = true", "enrolment.connection = \"yes\""}},
       "rule-type-misfit",
       rules,
       "enrolment.connection = "},
      {"unknown_option",
       {{rules, "if enrolment.device = \"smartphone\"", "if enrolment.device = \"smartfone\""}},
       "rule-unknown-option",
       rules,
       "smartfone"},
      {"unknown_option_of_a_gateway",
       {{drawing, "=outcome.outcome = \"no_answer\"", "=outcome.outcome = \"no_anser\""}},
       "rule-unknown-option",
       drawing,
       "no_anser"},
      {"grade_that_is_none",
       {{rules,
         "<rule id=\"ur3\"><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></"
         "inputEntry><inputEntry><text>4<",
         "<rule id=\"ur3\"><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></"
         "inputEntry><inputEntry><text>[5..9]<"}},
       "rule-never-fires",
       rules,
       "<rule id=\"ur3\""},
      {"level_that_is_none",
       {{rules, "<inputEntry><text>\"urgent\"</text>", "<inputEntry><text>\"urgnt\"</text>"}},
       "rule-never-fires",
       rules,
       "\"urgnt\""},
      {"hidden_rule",
       {{rules, "id=\"t_temperature\" hitPolicy=\"UNIQUE\"",
         "id=\"t_temperature\" hitPolicy=\"FIRST\""},
        {rules, "(low temperature threshold..fever threshold)", "&gt; low temperature threshold"}},
       "rule-never-fires",
       rules,
       "<rule id=\"r_t_high\""},
      {"other_unit",
       {{rules, "name=\"fever threshold\" p:unit=\"Cel\"",
         "name=\"fever threshold\" p:unit=\"[degF]\""}},
       "threshold-unit",
       rules,
       "<rule id=\"r_t_fever\""},
      {"rules_that_disagree",
       {{rules, "id=\"t_temperature\" hitPolicy=\"UNIQUE\"",
         "id=\"t_temperature\" hitPolicy=\"ANY\""},
        {rules, "(low temperature threshold..fever threshold)",
         "(low temperature threshold..high fever threshold)"}},
       "table-conflict",
       rules,
       "<rule id=\"r_t_fever\""},
      {"cell_too_clever",
       {{rules, "<rule id=\"ar1\"><inputEntry><text>&lt; 30<",
         "<rule id=\"ar1\"><inputEntry><text>? &lt; 30 and ? != 7<"}},
       "table-undecided",
       rules,
       "<decisionTable id=\"t_age_group\""},
      {"sum_without_end",
       {{rules, "<text>39</text>", "<text>39 +</text>"}},
       "dmn-invalid",
       rules,
       ""},
      {"no_such_decision",
       {{drawing, "p:decision=\"Triage\"", "p:decision=\"Tri age\""}},
       "unknown-decision",
       drawing,
       "Tri age"},
  };
}

std::vector<Broken> broken_processes() {
  return {
      {"call_of_another_version",
       {{drawing, "</process>",
         "<callActivity id=\"dose\" p:package=\"titration\" p:version=\"2\"/></process>"},
        {"../titration/pathway.bpmn", "",
         "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">"
         "<process id=\"t\" isExecutable=\"true\"><startEvent id=\"begin\"/></process>"
         "</definitions>"},
        {"../titration/organisation.yaml", "", "version: 3\n"}},
       "call-version",
       drawing,
       "p:version=\"2\"",
       {"bpmn-flow"}},
      {"message_for_work",
       {{drawing, "</process>",
         "</process><process id=\"laboratory\" isExecutable=\"true\"><startEvent id=\"begin\"/>"
         "<sendTask id=\"report\" p:message=\"sms.daily\"/><sequenceFlow id=\"lab\" "
         "sourceRef=\"begin\" targetRef=\"report\"/></process>"
         "<collaboration id=\"both\"><messageFlow id=\"reporting\" sourceRef=\"report\" "
         "targetRef=\"nurse_call\"/></collaboration>"}},
       "message-flow",
       drawing,
       "reporting"},
      {"form_of_two_packages",
       {{"../titration/forms/daily.json", "",
         R"({"resourceType": "Questionnaire", "status": "active", "id": "daily",)"
         R"( "item": [{"linkId": "dose", "type": "integer", "text": "Dose"}]})"}},
       "name-in-two-packages",
       "../titration/forms/daily.json",
       ""},
      {"two_processes",
       {{drawing, "</process>", "</process>\n  <process id=\"other\" isExecutable=\"true\" />"}},
       "bpmn-process",
       drawing,
       ""},
      {"choreography",
       {{drawing, "<parallelGateway id=\"both\">", "<subChoreography id=\"both\">"},
        {drawing, "</parallelGateway>", "</subChoreography>"}},
       "bpmn-unsupported",
       drawing,
       "<subChoreography",
       {"bpmn-reference", "bpmn-flow"}},
      {"misspelt_attribute",
       {{drawing, "p:title=\"task.enrol\"", "p:titel=\"task.enrol\""}},
       "bpmn-attribute",
       drawing,
       "p:titel"},
      {"message_without_words",
       {{drawing, "p:message=\"sms.goodbye\" ", ""}},
       "bpmn-incomplete",
       drawing,
       "<sendTask id=\"goodbye\""},
      {"same_id_twice",
       {{drawing, "<endEvent id=\"warned\">", "<endEvent id=\"both\">"}},
       "bpmn-id",
       drawing,
       "",
       {"bpmn-reference", "bpmn-flow"}},
      {"flow_to_nothing",
       {{drawing, "targetRef=\"plan\"", "targetRef=\"plann\""}},
       "bpmn-reference",
       drawing,
       "targetRef=\"plann\"",
       {"bpmn-flow"}},
      {"two_starts",
       {{drawing, "<startEvent id=\"start\"",
         "<startEvent id=\"start_2\" />\n    <startEvent id=\"start\""}},
       "bpmn-start",
       drawing,
       ""},
      {"flow_into_a_sub_process",
       {{drawing, "sourceRef=\"start\" targetRef=\"enrol\"",
         "sourceRef=\"start\" targetRef=\"daily\""}},
       "bpmn-flow",
       drawing,
       ""},
      {"no_default",
       {{drawing, "name=\"30 jours passés ?\" default=\"f_more_days_next_slot\"",
         "name=\"30 jours passés ?\""}},
       "bpmn-condition",
       drawing,
       ""},
      {"boundary_of_an_end",
       {{drawing, "attachedToRef=\"physician_call\" cancelActivity=\"false\"",
         "attachedToRef=\"warned\" cancelActivity=\"false\""}},
       "bpmn-boundary",
       drawing,
       "<boundaryEvent id=\"physician_late\""},
      {"boundary_of_an_instant",
       {{drawing, "attachedToRef=\"physician_call\" cancelActivity=\"false\"",
         "attachedToRef=\"close_urgent\" cancelActivity=\"false\""}},
       "bpmn-never-fires",
       drawing,
       "<boundaryEvent id=\"physician_late\""},
      {"arrow_for_at_least",
       {{drawing, "=calls &gt;= 3", "=calls =&gt; 3"}},
       "bpmn-expression",
       drawing,
       ""},
      {"no_such_form",
       {{drawing, "p:form=\"whereabouts\"", "p:form=\"wherabouts\""}},
       "unknown-form",
       drawing,
       "p:form=\"wherabouts\""},
      {"no_such_item",
       {{drawing, "=outcome.outcome = \"hospital\"", "=outcome.outcom = \"hospital\""}},
       "unknown-form-item",
       drawing,
       "=outcome.outcom ="},
      {"answers_thrown_away",
       {{drawing, "p:form=\"decision\" p:result=\"decision\"", "p:form=\"decision\""}},
       "answers-lost",
       drawing,
       "<userTask id=\"physician_call\"",
       {"bpmn-expression"}},
      {"no_coordinator",
       {{staff_file, "coordinator: coordinator ", "# nobody"},
        {staff_file, "    reports_to: coordinator\n", "    reports_to: lead\n"},
        {staff_file, "\n  coordinator:\n", "\n  lead:\n"},
        {staff_file, "role: coordinator,", "role: lead,"},
        {drawing, "p:role=\"coordinator\"", "p:role=\"lead\""},
        {drawing, "p:role=\"coordinator\"", "p:role=\"lead\""},
        {drawing, "p:to=\"coordinator\"", "p:to=\"lead\""}},
       "no-coordinator",
       drawing,
       "",
       {"missing-key"}},
  };
}

std::vector<Broken> broken_soundness() {
  const std::string milestones =
      "<intermediateThrowEvent id=\"lost_a\" />\n<intermediateThrowEvent id=\"lost_b\" />\n" +
      sequence_flow("lost_ab", "lost_a", "lost_b") + sequence_flow("lost_ba", "lost_b", "lost_a");
  const std::string year =
      "<boundaryEvent id=\"year\" attachedToRef=\"follow_up\"><timerEventDefinition><timeDuration>"
      "P365D</timeDuration></timerEventDefinition></boundaryEvent>\n" +
      sequence_flow("f_year", "year", "warned");
  const std::string strands =
      "<parallelGateway id=\"split\" />" + a_day("one") + a_day("other") + a_day("later") +
      "\n<exclusiveGateway id=\"merge\" />\n"
      "<scriptTask id=\"write_down\" p:result=\"written\"><script>1</script></scriptTask>" +
      sequence_flow("split_one", "split", "one") + sequence_flow("split_other", "split", "other") +
      sequence_flow("one_merge", "one", "merge") + sequence_flow("other_merge", "other", "merge") +
      sequence_flow("merge_write", "merge", "write_down") +
      sequence_flow("write_later", "write_down", "later");
  const std::string circle =
      "<exclusiveGateway id=\"round\" /><exclusiveGateway id=\"again\" default=\"f_last_died\" />" +
      sequence_flow("round_again", "round", "again") +
      "<sequenceFlow id=\"again_round\" sourceRef=\"again\" targetRef=\"round\">"
      "<conditionExpression>=death_notice = null</conditionExpression></sequenceFlow>";
  const std::string loop = "<exclusiveGateway id=\"warned\" />" + a_day("rest") +
                           sequence_flow("warned_rest", "warned", "rest") +
                           sequence_flow("rest_warned", "rest", "warned");
  const auto beside = [](const char* id) {
    const std::string start = "<startEvent id=\"" + std::string(id) + "\"";
    return Change{drawing, start, start + " isInterrupting=\"false\""};
  };
  return {
      {"island", {beside_the_rest(milestones)}, "unreachable-node", drawing, "id=\"lost_a\" />"},
      {"join_of_either", joined_as_if_parallel, "join-deadlock", drawing,
       "<parallelGateway id=\"back\""},
      {"join_of_either_for_a_year", and_also(joined_as_if_parallel, beside_the_rest(year)),
       "join-left-waiting", drawing, "<parallelGateway id=\"back\""},
      {"strands_merged_as_if_either",
       {in_death(strands, "split", "later")},
       "done-twice",
       drawing,
       "<exclusiveGateway id=\"merge\""},
      {"round_and_round",
       {beside("withdraw_asked"),
        beside("hospital_known"),
        beside("death_known"),
        beside("team_ends"),
        {drawing,
         "<endEvent id=\"warned\">\n      <incoming>f_warn_late_warned</incoming>\n"
         "    </endEvent>",
         loop}},
       "loop-without-exit",
       drawing,
       "<exclusiveGateway id=\"warned\""},
      {"round_without_a_rest",
       {in_death(circle, "round", "again")},
       "loop-without-wait",
       drawing,
       "<exclusiveGateway id=\"round\""},
      {"alarm_after_the_end",
       {beside_the_rest(
           "<boundaryEvent id=\"gone\" attachedToRef=\"physician_call\"><timerEventDefinition>"
           "<timeDuration>PT10M</timeDuration></timerEventDefinition></boundaryEvent>\n" +
           sequence_flow("f_gone", "gone", "warned"))},
       "timer-beaten",
       drawing,
       "<boundaryEvent id=\"physician_late\""},
      {"alarm_at_once",
       {{drawing, ">PT30M</timeDuration>", ">PT0S</timeDuration>"}},
       "timer-without-time",
       drawing,
       "<boundaryEvent id=\"physician_late\""},
      {"message_to_nobody_here",
       {{drawing, "<message id=\"msg_death\"",
         "<message id=\"msg_lost\" name=\"lost\" />\n  <message id=\"msg_death\""}},
       "message-unused",
       drawing,
       "<message id=\"msg_lost\""},
      {"signal_to_nobody",
       {{drawing, "<message id=\"msg_death\"",
         "<signal id=\"sg_lost\" name=\"lost\" />\n  <message id=\"msg_death\""},
        in_death("<intermediateThrowEvent id=\"cry\"><signalEventDefinition "
                 "signalRef=\"sg_lost\" /></intermediateThrowEvent>",
                 "cry", "cry")},
       "signal-unheard",
       drawing,
       "<intermediateThrowEvent id=\"cry\""},
      {"too_many_strands",
       {many_strands()},
       "process-too-large",
       drawing,
       "<subProcess id=\"death\""},
  };
}

std::vector<Broken> broken_cohorts() {
  return {
      {"copy_of_nothing",
       {{cohort, "{copy: age}", "{copy: agee}"}},
       "cohort-unknown-name",
       cohort,
       "agee"},
      {"answers_of_no_form",
       {{cohort, "  whereabouts:\n", "  wherabouts:\n"}},
       "cohort-unknown-target",
       cohort,
       "",
       {"cohort-unanswered"}},
      {"question_passed_over",
       {{cohort, "      satisfied: [2, 5, 15, 44, 34]\n", ""}},
       "cohort-unanswered",
       cohort,
       ""},
      {"some_have_no_answer",
       {{cohort, "        else: {lognormal: {mean: 65, sd: 75}}\n", ""}},
       "cohort-incomplete",
       cohort,
       ""},
      {"guessed_or_measured",
       {{cohort, "  whereabouts:\n    assumption: true\n", "  whereabouts:\n"}},
       "cohort-without-origin",
       cohort,
       ""},
      {"leaves_without_a_word",
       {{cohort, "  daily_phone:\n    absent:",
         "  daily_phone:\n    leaves_message: withdraw\n    absent:"}},
       "wrong-value",
       cohort,
       ""},
      {"nobody_to_wait_for",
       {{cohort, "  daily:\n    delay_minutes:\n",
         "  daily:\n    leaves_message: withdraw\n    leaves_after_minutes: 9\n    "
         "delay_minutes:\n"}},
       "cohort-contradiction",
       cohort,
       ""},
      {"measured_and_no_number",
       {{cohort, "happenings:\n",
         "measurements:\n  joy: {baseline: 3, noise: {normal: [0, 1]}, decimals: 1, assumption: "
         "true}\nhappenings:\n"},
        {cohort, "      satisfied: [2, 5, 15, 44, 34]\n", "      satisfied: {copy: joy}\n"}},
       "cohort-contradiction",
       cohort,
       "satisfied: {copy: joy}"},
      {"habit_by_what_nobody_measures",
       {{cohort, "happenings:\n",
         "measurements:\n  joy: {baseline: 3, noise: {normal: [0, 1]}, decimals: 1, assumption: "
         "true}\nhappenings:\n"},
        {cohort, "  daily_phone:\n    absent:",
         "  daily_phone:\n    delay_minutes: {by: joy, of: {\"< 3\": 60, else: 5}}\n    absent:"}},
       "cohort-contradiction",
       cohort,
       "{by: joy"},
      {"schedule_of_another_year",
       {{cohort, "arrivals:\n",
         "arrivals:\n  - {schedule: [\"2019-03-10 09:00\"], assumption: true}\n"}},
       "cohort-contradiction",
       cohort,
       "[\"2019"},
      {"rest_without_episodes",
       {{cohort, "  moves:\n", "  rest: stable\n  moves:\n"}},
       "wrong-value",
       cohort,
       "rest: stable"},
      {"device_of_minutes",
       {{cohort, "happenings:\n",
         "devices:\n  watch: {fails_after_days: 0.001, mended_after_days: 0.001, assumption: "
         "true}\nhappenings:\n"}},
       "wrong-value",
       cohort,
       "watch"},
      {"more_adopt_than_there_are",
       {{cohort, "attributes:\n",
         "attributes:\n  new_way: {adoption: {from: 2020-03-10, ceiling: 1.2, innovation: 0.1, "
         "imitation: 0.3, unit: month}, assumption: true}\n"}},
       "wrong-value",
       cohort,
       "new_way"},
      {"moves_and_episodes",
       {{cohort, "  moves:\n",
         "  rest: stable\n  episodes: [{name: bad, per_year: 1, phases: [{state: worse, days: "
         "3}]}]\n  moves:\n"}},
       "wrong-value",
       cohort,
       ""},
      {"device_that_nobody_mends",
       {{cohort, "happenings:\n",
         "devices:\n  watch: {fails_after_days: {exponential: 30}, assumption: "
         "true}\nhappenings:\n"}},
       "missing-key",
       cohort,
       "watch"},
      {"time_before_the_opening",
       {{cohort, "after_hours: {uniform: [48, 600]}", "after_hours: {uniform: [-600, -48]}"}},
       "wrong-value",
       cohort,
       ""},
  };
}

}  // namespace passerelle::pathway
