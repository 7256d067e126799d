// Small processes, sound and unsound, and what is said of each; random ones that are sound by how
// they are made; random drawings that are run.
#include <algorithm>
#include <set>

#include "pathway/bpmn/test_case.h"
#include "pathway/check/checks.h"
#include "pathway/check/process_space.h"

namespace passerelle::pathway {
namespace {

struct Drawing {
  const char* name;
  std::string inside;
  std::string flows;
  std::string wanted;  // "join-deadlock:j", by place, separated by spaces; "": nothing
  std::string before = {};
};
void PrintTo(const Drawing& drawing, std::ostream* out) { *out << drawing.name; }

// Elements by their names: t task, x exclusive, p parallel, i inclusive, c complex, g event-based
// gateway; s start, e end; the first letter says which.
std::string elements(std::string_view list) {
  std::string out;
  while (!list.empty()) {
    const size_t end = std::min(list.find(' '), list.size());
    const std::string id(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::string quoted = " id=\"" + id + "\"";
    switch (id[0]) {
      case 's':
        out += "<startEvent" + quoted + "/>";
        break;
      case 'e':
        out += "<endEvent" + quoted + "/>";
        break;
      case 'k':
        out += "<endEvent" + quoted + "><terminateEventDefinition/></endEvent>";
        break;
      case 't':
        out += "<userTask" + quoted + " p:role=\"nurse\"/>";
        break;
      case 'n':
        out += "<scriptTask" + quoted + " p:result=\"n\"><script>n + 1</script></scriptTask>";
        break;
      case 'm':
        out += "<intermediateThrowEvent" + quoted + "/>";
        break;
      case 'w':
        out += "<intermediateCatchEvent" + quoted +
               "><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
               "</intermediateCatchEvent>";
        break;
      case 'p':
        out += "<parallelGateway" + quoted + "/>";
        break;
      case 'x':
        out += "<exclusiveGateway" + quoted + "/>";
        break;
      case 'i':
        out += "<inclusiveGateway" + quoted + "/>";
        break;
      case 'g':
        out += "<eventBasedGateway" + quoted + "/>";
        break;
      default:
        ADD_FAILURE() << id;
    }
    out += "\n";
  }
  return out;
}

// An exclusive (or inclusive) gateway that chooses between two ways by the variable n.
std::string choice(const std::string& id, const std::string& yes, const std::string& no,
                   const std::string& kind = "exclusiveGateway") {
  return "<" + kind + " id=\"" + id + "\"/>\n<sequenceFlow id=\"" + id + "_yes\" sourceRef=\"" +
         id + "\" targetRef=\"" + yes +
         "\"><conditionExpression>n &gt; 1</conditionExpression></sequenceFlow>\n"
         "<sequenceFlow id=\"" +
         id + "_no\" sourceRef=\"" + id + "\" targetRef=\"" + no +
         "\"><conditionExpression>n &lt; 3</conditionExpression></sequenceFlow>\n";
}
std::string choice_of(const std::string& kind, const std::string& id, const std::string& yes,
                      const std::string& no) {
  return choice(id, yes, no, kind);
}
std::string border(const std::string& id, const std::string& host, const std::string& time,
                   bool interrupting = true) {
  return "<boundaryEvent id=\"" + id + "\" attachedToRef=\"" + host + "\" cancelActivity=\"" +
         (interrupting ? "true" : "false") + "\"><timerEventDefinition><timeDuration>" + time +
         "</timeDuration></timerEventDefinition></boundaryEvent>\n";
}
std::string message_border(const std::string& id, const std::string& host, bool interrupting) {
  return "<boundaryEvent id=\"" + id + "\" attachedToRef=\"" + host + "\" cancelActivity=\"" +
         (interrupting ? "true" : "false") +
         "\"><messageEventDefinition messageRef=\"m_go\"/></boundaryEvent>\n";
}
std::string quorum(const std::string& id, const std::string& count) {
  return "<complexGateway id=\"" + id + "\"><activationCondition>activationCount &gt;= " + count +
         "</activationCondition></complexGateway>\n";
}
const std::string go = "<message id=\"m_go\" name=\"go\"/>";
const std::string several =
    "<multiInstanceLoopCharacteristics><loopCardinality>3"
    "</loopCardinality></multiInstanceLoopCharacteristics>";
const std::string stopped_by_message =
    "<subProcess id=\"stop\" triggeredByEvent=\"true\"><startEvent id=\"stop_s\">"
    "<messageEventDefinition messageRef=\"m_go\"/></startEvent><endEvent id=\"stop_e\"/>"
    "{{stop_s>stop_e}}</subProcess>";

std::string with_variable(const std::string& inside) {
  return "<extensionElements><p:variable name=\"n\"/></extensionElements>\n" + inside;
}

std::vector<Finding> findings_of_process(const Pathway& pathway) {
  PackageParts parts;
  std::vector<Finding> findings;
  check_process({parts, pathway, findings});
  return findings;
}

// "kind:element", in the order of the elements.
std::string said_of(const Pathway& pathway) {
  std::set<std::string> out;
  for (const Finding& finding : findings_of_process(pathway)) {
    std::string element = "?";
    for (const Activity& activity : pathway.activities()) {
      if (activity.place.line == finding.place.line &&
          activity.place.column == finding.place.column && element == "?") {
        element = activity.id;
      }
    }
    out.insert(finding.id + ":" + element);
  }
  std::string text;
  for (const std::string& each : out) text += (text.empty() ? "" : " ") + each;
  return text;
}

class ProcessDrawing : public testing::TestWithParam<Drawing> {};

TEST_P(ProcessDrawing, IsToldWhatIsWrongWithItAndNothingElse) {
  const Drawing& drawing = GetParam();
  const Pathway pathway =
      compiled(test_source(bpmn(with_variable(drawing.inside), drawing.flows, drawing.before)));
  std::string text;
  for (const Finding& finding : findings_of_process(pathway)) text += to_text(finding);
  EXPECT_EQ(said_of(pathway), drawing.wanted) << text;
}

std::vector<Drawing> sound_drawings() {
  return {
      {"one_task", elements("s t e"), "s>t t>e", ""},
      {"parallel_and_joined", elements("s p1 ta tb p2 e"), "s>p1 p1>ta p1>tb ta>p2 tb>p2 p2>e", ""},
      {"strands_that_end_at_ends_of_their_own", elements("s p1 ta tb ea eb"),
       "s>p1 p1>ta p1>tb ta>ea tb>eb", ""},
      {"choice_merged_by_a_task", elements("s ta tb tc e") + choice("x1", "ta", "tb"),
       "s>x1 ta>tc tb>tc tc>e", ""},
      {"choice_merged_by_a_gateway", elements("s ta tb x2 tc e") + choice("x1", "ta", "tb"),
       "s>x1 ta>x2 tb>x2 x2>tc tc>e", ""},
      {"inclusive_split_and_join",
       elements("s ta tb i2 tc e") + choice("i1", "ta", "tb", "inclusiveGateway"),
       "s>i1 ta>i2 tb>i2 i2>tc tc>e", ""},
      {"inclusive_join_of_a_parallel_split_with_a_way_out",
       elements("s p1 ta tb i2 e e2") + choice("x1", "i2", "e2"),
       "s>p1 p1>ta p1>tb ta>x1 tb>i2 i2>e", ""},
      {"quorum_of_two_of_three", elements("s p1 ta tb tc td e") + quorum("c", "2"),
       "s>p1 p1>ta p1>tb p1>tc ta>c tb>c tc>c c>td td>e", ""},
      {"quorum_by_a_variable",
       elements("s p1 ta tb td e") +
           "<complexGateway id=\"c\"><activationCondition>activationCount &gt;= "
           "n</activationCondition></complexGateway>",
       "s>p1 p1>ta p1>tb ta>c tb>c c>td td>e", ""},
      {"the_first_of_two_events",
       elements("s g w1 ta tb x2 e") +
           "<intermediateCatchEvent id=\"m1\"><messageEventDefinition messageRef=\"m_go\"/>"
           "</intermediateCatchEvent>",
       "s>g g>w1 g>m1 w1>ta m1>tb ta>x2 tb>x2 x2>e", "", go},
      {"loop_with_a_way_out", elements("s x1 t e") + choice("x2", "x1", "e"), "s>x1 x1>t t>x2", ""},
      {"loop_that_counts_without_waiting", elements("s x1 n e") + choice("x2", "x1", "e"),
       "s>x1 x1>n n>x2", ""},
      {"loop_that_a_message_ends", elements("s x1 t w") + stopped_by_message, "s>x1 x1>t t>w w>x1",
       "", go},
      {"loop_whose_other_strand_terminates", elements("s p1 x1 t tb k"),
       "s>p1 p1>x1 p1>tb x1>t t>x1 tb>k", ""},
      {"loop_in_a_sub_process_with_a_timer_at_its_border",
       elements("s e e2") + "<subProcess id=\"sub\">" + elements("s2 x1 t") +
           "{{s2>x1 x1>t t>x1}}</subProcess>" + border("late", "sub", "P30D"),
       "s>sub sub>e late>e2", ""},
      {"loop_that_starts_a_strand_each_time",
       elements("s x1 p1 t tn en e") + choice("x2", "x1", "e"), "s>x1 x1>p1 p1>t p1>tn tn>en t>x2",
       ""},
      {"join_inside_a_loop", elements("s x1 p1 ta tb p2 e") + choice("x2", "x1", "e"),
       "s>x1 x1>p1 p1>ta p1>tb ta>p2 tb>p2 p2>x2", ""},
      {"reminder_beside_the_task", elements("s t tr e er") + border("late", "t", "PT4H", false),
       "s>t t>e late>tr tr>er", ""},
      {"reminder_that_comes_again_and_again",
       elements("s p1 t tb p2 tr e er") + message_border("again", "t", false),
       "s>p1 p1>t p1>tb t>p2 tb>p2 p2>e again>tr tr>er", "", go},
      {"interrupted_and_joined_all_the_same",
       elements("s p1 t tb x2 p2 tr e") + border("late", "t", "PT4H"),
       "s>p1 p1>t p1>tb t>x2 late>tr tr>x2 x2>p2 tb>p2 p2>e", ""},
      {"three_at_once_and_joined",
       elements("s p1 tb p2 e") + "<userTask id=\"t\" p:role=\"nurse\">" + several + "</userTask>",
       "s>p1 p1>t p1>tb t>p2 tb>p2 p2>e", ""},
      {"a_strand_that_ends_all", elements("s p1 ta tb p2 e k") + choice("x1", "p2", "k"),
       "s>p1 p1>ta p1>tb ta>x1 tb>p2 p2>e", ""},
      {"the_first_of_two_strands_ends_all", elements("s p1 ta tb x2 k"),
       "s>p1 p1>ta p1>tb ta>x2 tb>x2 x2>k", ""},
      {"strands_that_only_end_behind_a_merge", elements("s p1 ta tb x2 e"),
       "s>p1 p1>ta p1>tb ta>x2 tb>x2 x2>e", ""},
      {"an_error_leaves_the_sub_process",
       elements("s e e2") + "<subProcess id=\"sub\">" + elements("s2 p1 ta tb p2 e3") +
           choice("x1", "p2", "lost") +
           "<endEvent id=\"lost\"><errorEventDefinition errorRef=\"er\"/></endEvent>"
           "{{s2>p1 p1>ta p1>tb ta>x1 tb>p2 p2>e3}}</subProcess>"
           "<boundaryEvent id=\"failed\" attachedToRef=\"sub\"><errorEventDefinition "
           "errorRef=\"er\"/></boundaryEvent>",
       "s>sub sub>e failed>e2", "", "<error id=\"er\" errorCode=\"lost\"/>"},
      {"ways_that_exclude_each_other",
       elements("s ta tb x2 tc e") +
           "<inclusiveGateway id=\"i1\"/><sequenceFlow id=\"i1a\" sourceRef=\"i1\" "
           "targetRef=\"ta\"><conditionExpression>n = 1</conditionExpression></sequenceFlow>"
           "<sequenceFlow id=\"i1b\" sourceRef=\"i1\" targetRef=\"tb\"><conditionExpression>n = 2"
           "</conditionExpression></sequenceFlow>",
       "s>i1 ta>x2 tb>x2 x2>tc tc>e", ""},
      {"the_same_question_asked_twice",
       elements("s p1 ta tb tc td p2 p3 e e2") + choice("x1", "ta", "tb") +
           choice("x2", "tc", "td"),
       "s>p1 p1>x1 p1>x2 ta>p2 tc>p2 p2>e tb>p3 td>p3 p3>e2", ""},
      {"a_long_timer_before_a_short_one_that_does_not_interrupt",
       elements("s t e e2 e3") + border("long", "t", "P2D") + border("short", "t", "PT4H", false),
       "s>t t>e long>e2 short>e3", ""},
      {"five_strands_of_six_tasks",
       [] {
         std::string inside = elements("s p1 p2 e");
         for (const char* strand : {"ta", "tb", "tc", "td", "tf"}) {
           for (int i = 0; i < 6; ++i) inside += elements(strand + std::to_string(i));
         }
         return inside;
       }(),
       [] {
         std::string flows = "s>p1 p2>e";
         for (const std::string strand : {"ta", "tb", "tc", "td", "tf"}) {
           flows += " p1>" + strand + "0 " + strand + "5>p2";
           for (int i = 0; i < 5; ++i) {
             flows += " " + strand + std::to_string(i) + ">" + strand + std::to_string(i + 1);
           }
         }
         return flows;
       }(),
       ""},
  };
}

std::vector<Drawing> unsound_drawings() {
  return {
      {"choice_joined_as_if_parallel", elements("s ta tb p2 e") + choice("x1", "ta", "tb"),
       "s>x1 ta>p2 tb>p2 p2>e", "join-deadlock:p2"},
      {"inclusive_split_joined_as_if_parallel",
       elements("s ta tb p2 e") + choice_of("inclusiveGateway", "i1", "ta", "tb"),
       "s>i1 ta>p2 tb>p2 p2>e", "join-deadlock:p2"},
      {"a_strand_that_leaves_before_the_join",
       elements("s p1 ta tb p2 e e2") + choice("x1", "p2", "e2"),
       "s>p1 p1>ta p1>tb ta>x1 tb>p2 p2>e", "join-deadlock:p2"},
      {"interrupted_before_the_join", elements("s p1 ta tb p2 e e2") + border("late", "ta", "PT4H"),
       "s>p1 p1>ta p1>tb ta>p2 tb>p2 p2>e late>e2", "join-deadlock:p2"},
      {"a_join_that_waits_for_its_own_loop", elements("s p1 t e") + choice("x1", "p1", "e"),
       "s>p1 p1>t t>x1", "join-deadlock:p1"},
      {"the_first_of_two_events_joined_as_if_both", elements("s g w1 w2 p2 e"),
       "s>g g>w1 g>w2 w1>p2 w2>p2 p2>e", "join-deadlock:p2"},
      {"the_same_question_asked_again_after_a_change",
       elements("s n p1 ta tb tc td p2 p3 e e2") + choice("x1", "p1", "tb") +
           choice("x2", "tc", "td"),
       "s>x1 p1>ta p1>n n>x2 ta>p2 tc>p2 p2>e tb>p3 td>p3 p3>e2",
       "join-deadlock:p2 join-deadlock:p3"},
      {"in_an_event_sub_process",
       elements("s t e") +
           "<subProcess id=\"sub\" triggeredByEvent=\"true\"><startEvent id=\"begin\" "
           "isInterrupting=\"false\"><messageEventDefinition messageRef=\"m_go\"/></startEvent>" +
           elements("ta tb p2 e2") + choice("x1", "ta", "tb") +
           "{{begin>x1 ta>p2 tb>p2 p2>e2}}</subProcess>",
       "s>t t>e", "join-deadlock:p2", go},
      {"only_the_first_of_two_joins_is_told",
       elements("s p1 ta tb tc p2 p3 e e2") + choice("x1", "p2", "e2"),
       "s>p1 p1>ta p1>tb p1>tc ta>x1 tb>p2 p2>p3 tc>p3 p3>e", "join-deadlock:p2"},
      {"a_quorum_that_is_never_reached",
       elements("s ta tb td e") + choice("x1", "ta", "tb") + quorum("c", "2"),
       "s>x1 ta>c tb>c c>td td>e", "join-deadlock:c"},
      {"a_join_that_a_timer_ends",
       elements("s e e2") + "<subProcess id=\"sub\">" + elements("s2 ta tb p2 e3") +
           choice("x1", "ta", "tb") + "{{s2>x1 ta>p2 tb>p2 p2>e3}}</subProcess>" +
           border("late", "sub", "P30D"),
       "s>sub sub>e late>e2", "join-left-waiting:p2"},
      {"a_message_that_comes_again_joins",
       elements("s p1 t tb x2 p2 tr e") + message_border("again", "t", false),
       "s>p1 p1>t p1>tb t>x2 again>tr tr>x2 x2>p2 tb>p2 p2>e", "join-left-waiting:p2", go},
      {"parallel_strands_through_an_exclusive_merge", elements("s p1 ta tb x2 tc e"),
       "s>p1 p1>ta p1>tb ta>x2 tb>x2 x2>tc tc>e", "done-twice:x2"},
      {"inclusive_strands_through_an_exclusive_merge",
       elements("s ta tb x2 tc e") + choice_of("inclusiveGateway", "i1", "ta", "tb"),
       "s>i1 ta>x2 tb>x2 x2>tc tc>e", "done-twice:x2"},
      {"a_task_with_two_ways_out_and_a_merge", elements("s t ta tb x2 tc e"),
       "s>t t>ta t>tb ta>x2 tb>x2 x2>tc tc>e", "done-twice:x2"},
      {"strands_that_merge_before_all_ends", elements("s p1 ta tb x2 tc k"),
       "s>p1 p1>ta p1>tb ta>x2 tb>x2 x2>tc tc>k", "done-twice:x2"},
      {"a_loop_of_tasks", elements("s x1 ta tb"), "s>x1 x1>ta ta>tb tb>x1", "loop-without-exit:x1"},
      {"a_loop_without_a_way_out_behind_a_choice", elements("s ta tb e") + choice("x1", "ta", "e"),
       "s>x1 ta>tb tb>ta", "loop-without-exit:ta"},
      {"a_loop_that_decides_for_ever", elements("s x1 m e") + choice("x2", "m", "e"),
       "s>x1 x1>x2 m>x1", "loop-without-wait:x1"},
      {"a_loop_whose_script_changes_what_nobody_reads",
       elements("s x1 e") +
           "<scriptTask id=\"other\" p:result=\"k\"><script>1</script></scriptTask>" +
           choice("x2", "other", "e"),
       "s>x1 x1>x2 other>x1", "loop-without-wait:x1"},
      {"an_island", elements("s t e ta tb"), "s>t t>e ta>tb tb>ta", "unreachable-node:ta"},
      {"an_island_with_what_follows", elements("s t e ta tb x1 e2") + choice("x2", "x1", "e2"),
       "s>t t>e x1>ta ta>tb tb>x2", "unreachable-node:ta"},
      {"a_link_that_nothing_leads_to",
       elements("s t e ta e2") +
           "<intermediateCatchEvent id=\"from\"><linkEventDefinition name=\"a\"/>"
           "</intermediateCatchEvent>",
       "s>t t>e from>ta ta>e2", "unreachable-node:from"},
      {"a_timer_that_another_beats",
       elements("s t e e2 e3") + border("long", "t", "P2D") + border("short", "t", "PT4H"),
       "s>t t>e long>e2 short>e3", "timer-beaten:long"},
      {"a_reminder_that_comes_too_late",
       elements("s t e e2 e3") + border("warn", "t", "PT8H", false) + border("over", "t", "PT4H"),
       "s>t t>e warn>e2 over>e3", "timer-beaten:warn"},
      {"a_timer_of_zero", elements("s t e e2") + border("late", "t", "PT0S"), "s>t t>e late>e2",
       "timer-without-time:late"},
      {"a_message_that_nothing_names", elements("s t e"), "s>t t>e", "message-unused:?", go},
      {"a_signal_that_nothing_waits_for",
       elements("s e") + "<intermediateThrowEvent id=\"cry\"><signalEventDefinition "
                         "signalRef=\"sg\"/></intermediateThrowEvent>",
       "s>cry cry>e", "signal-unheard:cry", "<signal id=\"sg\" name=\"fire\"/>"},
      {"more_than_can_be_looked_at",
       [] {
         std::string inside = elements("s p1 i2 e");
         for (const char* strand : {"ta", "tb", "tc", "td", "tf", "tg"}) {
           for (int i = 0; i < 6; ++i) {
             const std::string id = strand + std::to_string(i);
             inside += elements(id) + message_border("b" + id, id, true) + "<sequenceFlow id=\"f" +
                       id + "\" sourceRef=\"b" + id + "\" targetRef=\"i2\"/>";
           }
         }
         return inside;
       }(),
       [] {
         std::string flows = "s>p1 i2>e";
         for (const std::string strand : {"ta", "tb", "tc", "td", "tf", "tg"}) {
           flows += " p1>" + strand + "0 " + strand + "5>i2";
           for (int i = 0; i < 5; ++i) {
             flows += " " + strand + std::to_string(i) + ">" + strand + std::to_string(i + 1);
           }
         }
         return flows;
       }(),
       "process-too-large:s", go},
  };
}

const auto name_of_drawing = [](const auto& test) { return std::string(test.param.name); };
INSTANTIATE_TEST_SUITE_P(Sound, ProcessDrawing, testing::ValuesIn(sound_drawings()),
                         name_of_drawing);
INSTANTIATE_TEST_SUITE_P(Unsound, ProcessDrawing, testing::ValuesIn(unsound_drawings()),
                         name_of_drawing);

TEST(CheckProcess, SaysWhichWayWasTakenAndWhatIsMissing) {
  const Pathway pathway = compiled(
      test_source(bpmn(with_variable(elements("s p1 ta tb p2 e e2") + choice("x1", "p2", "e2")),
                       "s>p1 p1>ta p1>tb ta>x1 tb>p2 p2>e")));
  const auto findings = findings_of_process(pathway);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message,
            "'p2' can wait for ever: nothing comes from 'x1', when 'x1' goes to 'e2'");
}

// ---- random ones ----

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  uint32_t below(uint32_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>((state_ >> 16) % limit);
  }

 private:
  uint64_t state_;
};

// Blocks within blocks: each has one way in and one way out, and joins as it split.
class Blocks {
 public:
  explicit Blocks(uint64_t seed) : dice_(seed) {}

  std::string process() {
    node("startEvent", "s");
    node("endEvent", "e");
    const auto [in, out] = block(3);
    flow("s", in, false);
    flow(out, "e", false);
    return bpmn(with_variable(xml_), "", go);
  }

 private:
  using Ends = std::pair<std::string, std::string>;

  std::string id() { return "n" + std::to_string(next_++); }
  void node(const std::string& kind, const std::string& id, const std::string& inside = {}) {
    xml_ += "<" + kind + " id=\"" + id + "\"" + (kind == "userTask" ? " p:role=\"nurse\"" : "") +
            ">" + inside + "</" + kind + ">\n";
  }
  void flow(const std::string& from, const std::string& to, bool condition) {
    xml_ += "<sequenceFlow id=\"" + id() + "\" sourceRef=\"" + from + "\" targetRef=\"" + to + "\"";
    xml_ += condition ? "><conditionExpression>n &gt; " + std::to_string(dice_.below(5)) +
                            "</conditionExpression></sequenceFlow>\n"
                      : "/>\n";
  }
  Ends split(const std::string& kind, int depth, bool condition) {
    const std::string in = id(), out = id();
    node(kind, in);
    node(kind, out);
    const uint32_t ways = 2 + dice_.below(2);
    for (uint32_t i = 0; i < ways; ++i) {
      const auto [from, to] = block(depth - 1);
      flow(in, from, condition);
      flow(to, out, false);
    }
    return {in, out};
  }
  Ends block(int depth) {
    switch (depth == 0 ? 0 : dice_.below(9)) {
      case 0: {
        const std::string task = id();
        node("userTask", task, dice_.below(5) == 0 ? several : "");
        if (dice_.below(4) == 0) {  // a strand of its own
          const std::string event = id(), warn = id(), end = id();
          xml_ += dice_.below(2) == 0 ? border(event, task, "PT4H", false)
                                      : message_border(event, task, false);
          node("userTask", warn);
          node("endEvent", end);
          flow(event, warn, false);
          flow(warn, end, false);
        }
        return {task, task};
      }
      case 1:
      case 2: {
        const auto [a, b] = block(depth - 1);
        const auto [c, d] = block(depth - 1);
        flow(b, c, false);
        return {a, d};
      }
      case 3:
        return split("exclusiveGateway", depth, true);
      case 4:
        return split("parallelGateway", depth, false);
      case 5:
        return split("inclusiveGateway", depth, true);
      case 6: {  // a loop
        const std::string in = id(), out = id(), behind = id();
        node("exclusiveGateway", in);
        node("exclusiveGateway", out);
        node("userTask", behind);
        const auto [a, b] = block(depth - 1);
        flow(in, a, false);
        flow(b, out, false);
        flow(out, in, true);
        flow(out, behind, true);
        return {in, behind};
      }
      case 7: {  // interrupted, and on by another way
        const std::string task = id(), event = id(), other = id(), out = id();
        node("userTask", task);
        xml_ += border(event, task, "PT2H");
        node("userTask", other);
        node("exclusiveGateway", out);
        flow(event, other, false);
        flow(other, out, false);
        flow(task, out, false);
        return {task, out};
      }
      default: {  // a sub-process
        const std::string outer = std::exchange(xml_, {});
        const std::string sub = id(), start = id(), end = id();
        node("startEvent", start);
        node("endEvent", end);
        const auto [a, b] = block(depth - 1);
        flow(start, a, false);
        flow(b, end, false);
        const std::string inside = std::exchange(xml_, outer);
        node("subProcess", sub, inside);
        return {sub, sub};
      }
    }
  }

  Dice dice_;
  std::string xml_;
  int next_ = 0;
};

TEST(CheckProcess, LeavesProcessesThatAreSoundByHowTheyAreMadeInPeace) {
  size_t large = 0, joins = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const std::string xml = Blocks(seed).process();
    const Pathway pathway = compiled(test_source(xml));
    for (const Node& node : pathway.compiled().nodes) joins += is_join(node) ? 1 : 0;
    for (const Finding& finding : findings_of_process(pathway)) {
      large += finding.id == "process-too-large" ? 1 : 0;
      if (finding.id == "process-too-large" || finding.id == "message-unused") continue;
      ASSERT_TRUE(false) << "seed " << seed << "\n" << to_text(finding) << xml;
    }
  }
  EXPECT_GT(joins, 300u);
  EXPECT_LT(large, 40u);
}

// Anything to anything: what is called free of dead ends is run, and does not get stuck.
std::string any_drawing(Dice& dice) {
  std::string xml = "<startEvent id=\"s\"/>";
  std::vector<std::string> sources{"s"}, targets, forks;
  const uint32_t count = 4 + dice.below(7);
  for (uint32_t i = 0; i < count; ++i) {
    const std::string id = "n" + std::to_string(i);
    static constexpr std::string_view kinds[] = {
        "userTask",         "userTask",        "exclusiveGateway", "exclusiveGateway",
        "parallelGateway",  "parallelGateway", "parallelGateway",  "inclusiveGateway",
        "inclusiveGateway", "userTask"};
    const std::string kind(kinds[dice.below(10)]);
    targets.push_back(id);
    const bool chooses = kind == "exclusiveGateway" || kind == "inclusiveGateway";
    (chooses ? forks : sources).push_back(id);
    xml += "<" + kind + " id=\"" + id + "\"";
    xml += kind == "userTask"
               ? " p:role=\"nurse\"><extensionElements><p:set variable=\"n\">modulo(7 * n + 3, 5)"
                 "</p:set></extensionElements></userTask>"
               : "/>";
    if (kind == "userTask" && dice.below(4) == 0) {
      xml += border("b" + id, id, "PT1H", dice.below(2) == 0);
      sources.push_back("b" + id);
    }
  }
  targets.push_back("e");
  xml += "<endEvent id=\"e\"/>";
  int next = 0;
  const auto flow = [&](const std::string& from, const std::string& to, const char* condition) {
    xml += "<sequenceFlow id=\"f" + std::to_string(next++) + "\" sourceRef=\"" + from +
           "\" targetRef=\"" + to + "\"";
    xml += condition ? "><conditionExpression>" + std::string(condition) +
                           "</conditionExpression></sequenceFlow>"
                     : "/>";
  };
  const auto any = [&](const std::vector<std::string>& of) {
    return of[dice.below(static_cast<uint32_t>(of.size()))];
  };
  for (const std::string& source : sources) flow(source, any(targets), nullptr);
  for (const std::string& fork : forks) {
    flow(fork, any(targets), "n &gt; 1");
    flow(fork, any(targets), "n &lt; 3");
  }
  for (uint32_t i = dice.below(4); i > 0; --i) {
    const std::string source = any(sources);
    if (source != "s") flow(source, any(targets), nullptr);
  }
  return bpmn(with_variable(xml));
}

TEST(CheckProcess, WhatItCallsFreeOfDeadEndsNeverGetsStuck) {
  size_t called_free = 0, called_stuck = 0, ended = 0, seen_stuck = 0;
  for (uint64_t seed = 1; seed <= 4'000; ++seed) {
    Dice dice(seed);
    const std::string xml = any_drawing(dice);
    std::vector<Finding> findings;
    const auto pathway = compile_pathway(test_source(xml), findings);
    if (!pathway) continue;
    ProcessSpace space(pathway->compiled(), {.states = 20'000, .several_ways_out_of_tasks = true});
    const ScopeSpace found = space.explore(0);
    if (found.too_large || found.pruned) continue;
    (found.waiting.empty() ? called_free : called_stuck) += 1;
    for (int run = 0; run < 3; ++run) {
      State state;
      StepMemory memory;
      std::vector<Effect> effects;
      std::vector<std::pair<uint32_t, Instant>> timers;
      std::vector<uint32_t> open;
      Stimulus stimulus;
      stimulus.at = *parse_instant("2020-03-26T08:45:00Z");
      stimulus.data = value("{\"n\": " + std::to_string(dice.below(5)) + "}");
      bool trouble = false;
      for (int i = 0; i < 80; ++i) {
        effects.clear();
        ASSERT_TRUE(step(*pathway, state, stimulus, effects, memory).ok());
        for (const Effect& effect : effects) {
          const auto of_item = [&](const auto& timer) { return timer.first == effect.item; };
          if (effect.kind == Effect::Kind::open_work) open.push_back(effect.item);
          if (effect.kind == Effect::Kind::open_work) trouble |= effect.work.incident;
          if (effect.kind == Effect::Kind::close_work) std::erase(open, effect.item);
          if (effect.kind == Effect::Kind::set_timer) timers.push_back({effect.item, effect.at});
          if (effect.kind == Effect::Kind::cancel_timer) std::erase_if(timers, of_item);
        }
        if (state.ended() || trouble) break;
        if (open.empty() && timers.empty()) {
          ++seen_stuck;
          ASSERT_FALSE(found.waiting.empty()) << "seed " << seed << " is stuck\n" << xml;
          break;
        }
        stimulus.data = value("{\"n\": " + std::to_string(dice.below(5)) + "}");
        if (!timers.empty() && (open.empty() || dice.below(3) == 0)) {
          const size_t at = dice.below(static_cast<uint32_t>(timers.size()));
          stimulus.kind = Stimulus::Kind::timer;
          stimulus.item = timers[at].first;
          stimulus.at = std::max(stimulus.at, timers[at].second);
          stimulus.data = {};
          timers.erase(timers.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
          stimulus.kind = Stimulus::Kind::complete;
          stimulus.item = open[dice.below(static_cast<uint32_t>(open.size()))];
          stimulus.data = {};
        }
      }
      ended += state.ended() ? 1 : 0;
    }
  }
  EXPECT_GT(called_free, 200u);
  EXPECT_GT(called_stuck, 200u);
  EXPECT_GT(seen_stuck, 100u);
  EXPECT_GT(ended, 200u);
}

}  // namespace
}  // namespace passerelle::pathway
