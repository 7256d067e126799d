#include "review/test_log.h"

#include <gtest/gtest.h>

#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "review/log_builder.h"
#include "review/log_file.h"

namespace passerelle::review {

using namespace pathway;

Instant test_time(std::string_view text) {
  const size_t day = text.find('T');
  const std::string date = day == std::string_view::npos ? "26" : std::string(text.substr(0, day));
  const std::string time(day == std::string_view::npos ? text : text.substr(day + 1));
  const auto at = parse_instant("2020-03-" + date + "T" + time + "Z");
  EXPECT_TRUE(at.ok()) << text;
  return *at;
}

EventLog test_log(std::initializer_list<std::string_view> lines) {
  EventLog log;
  for (std::string_view line : lines) {
    Event event;
    if (const size_t brace = line.find('{'); brace != std::string_view::npos) {
      const auto document = json::Document::parse(line.substr(brace));
      EXPECT_TRUE(document.ok()) << line;
      event.data = feel::from_json(document->root());
      line = trim(line.substr(0, brace));
    }
    const auto words = split(line, ' ');
    std::from_chars(words[0].data(), words[0].data() + words[0].size(), event.case_number);
    event.at = test_time(words[1]);
    event.activity = log.names.intern(words[2]);
    for (size_t i = 3; i < words.size(); ++i) {
      if (const auto lifecycle = parse_lifecycle(words[i])) {
        event.lifecycle = *lifecycle;
      } else if (words[i].starts_with('#')) {
        std::from_chars(words[i].data() + 1, words[i].data() + words[i].size(), event.item);
      } else {
        event.role = log.names.intern(words[i]);
      }
    }
    log.events.push_back(std::move(event));
  }
  group_by_case(log);
  return log;
}

const Pathway& test_pathway() {
  static const Pathway pathway = [] {
    PathwaySource source;
    source.id = "test";
    source.version = "1";
    source.bpmn = R"x(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        xmlns:p="urn:passerelle:bpmn:1"><process id="test" isExecutable="true">
      <startEvent id="start"/>
      <scriptTask id="plan"><extensionElements><p:set variable="phone">true</p:set>
        <p:record name="smartphone" case="true">phone</p:record></extensionElements></scriptTask>
      <subProcess id="stay"><startEvent id="stay_start"/>
        <scriptTask id="alert"><extensionElements><p:record name="severity">"urgent"</p:record>
          </extensionElements></scriptTask>
        <userTask id="call" p:role="nurse" p:result="answer"><extensionElements>
          <p:record name="outcome">answer.outcome</p:record></extensionElements></userTask>
        <userTask id="form" p:role="patient" p:result="daily"/>
        <endEvent id="stay_end"/>
        <sequenceFlow id="s1" sourceRef="stay_start" targetRef="alert"/>
        <sequenceFlow id="s2" sourceRef="alert" targetRef="call"/>
        <sequenceFlow id="s3" sourceRef="call" targetRef="form"/>
        <sequenceFlow id="s4" sourceRef="form" targetRef="stay_end"/>
      </subProcess>
      <endEvent id="done"/>
      <sequenceFlow id="a" sourceRef="start" targetRef="plan"/>
      <sequenceFlow id="b" sourceRef="plan" targetRef="stay"/>
      <sequenceFlow id="c" sourceRef="stay" targetRef="done"/>
    </process></definitions>)x";
    Role nurse;
    nurse.id = "nurse";
    source.organisation.roles.push_back(nurse);
    source.organisation.coordinator = "nurse";
    std::vector<Finding> findings;
    auto compiled = compile_pathway(std::move(source), findings);
    for (const Finding& finding : findings) ADD_FAILURE() << to_text(finding);
    return std::move(*compiled);
  }();
  return pathway;
}

std::vector<Indicator> test_indicators(const std::string& yaml) {
  const auto root = yaml::parse("indicators:\n" + yaml, "indicators.yaml");
  EXPECT_TRUE(root.ok()) << to_text(root.error());
  std::vector<Finding> findings;
  auto indicators = parse_indicators(*root, findings);
  for (const Finding& finding : findings) ADD_FAILURE() << to_text(finding);
  return indicators;
}

IndicatorOutcome measured(const std::string& yaml, const EventLog& log, std::string_view until) {
  const auto indicators = test_indicators(yaml);
  EXPECT_EQ(indicators.size(), 1u);
  Measurement measurement(indicators, test_pathway(), log.names, {.until = test_time(until)});
  for (const auto events : cases_of(log)) measurement.add_case(events);
  return measurement.result().at(0);
}

}  // namespace passerelle::review
