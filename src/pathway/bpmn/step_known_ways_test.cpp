// Steps that are known already: they are taken where others took them, and nowhere else. That they
// do the same is what every case of this folder's tests does, too (test_case.h).
#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

const std::string by_level =
    "<extensionElements><p:variable name=\"level\"/><p:variable name=\"tested\"/>"
    "</extensionElements><startEvent id=\"s\"/><userTask id=\"see\" p:role=\"nurse\" "
    "p:priority=\"level\"/>"
    "<exclusiveGateway id=\"g\" default=\"no\"/><userTask id=\"test\" p:role=\"nurse\"/>"
    "<endEvent id=\"e\"/>"
    "<sequenceFlow id=\"yes\" sourceRef=\"g\" targetRef=\"test\"><conditionExpression>tested"
    "</conditionExpression></sequenceFlow><sequenceFlow id=\"no\" sourceRef=\"g\" "
    "targetRef=\"e\"/>";

class KnownWaysOf : public testing::Test {
 protected:
  KnownWaysOf() : pathway(compiled(test_source(bpmn(by_level, "s>see see>g test>e")))) {
    knowing.know(pathway);
  }
  std::string told(State& state, Stimulus stimulus, StepMemory& memory) {
    const auto effects = step(pathway, state, stimulus, memory);
    if (!effects) return to_text(effects.error());
    std::string out;
    for (const Effect& effect : *effects) {
      if (effect.kind == Effect::Kind::open_work)
        out += "+" + pathway.activities()[effect.activity].id + "@" +
               std::to_string(effect.work.priority) + " ";
      if (effect.kind == Effect::Kind::record)
        out += pathway.names().text(effect.event.activity) + ":" +
               std::string(to_text(effect.event.lifecycle)) + ":" +
               std::to_string(effect.event.case_number) + ":" + std::to_string(effect.event.actor) +
               " ";
    }
    return out;
  }
  // A whole case, told by one sentence.
  std::string walk(uint64_t number, std::string_view data, Name actor, StepMemory& memory) {
    State state;
    Stimulus stimulus;
    stimulus.at = Instant(std::chrono::seconds(1'600'000'000 + number));
    stimulus.case_number = number;
    stimulus.data = value(data);
    std::string out = told(state, stimulus, memory);
    stimulus.data = {};
    stimulus.actor = actor;
    for (int i = 0; i < 4 && !state.ended() && !state.tokens().empty(); ++i) {
      stimulus.item = state.tokens()[0].item;
      for (const auto kind : {Stimulus::Kind::assign, Stimulus::Kind::begin,
                              Stimulus::Kind::release, Stimulus::Kind::complete}) {
        stimulus.kind = kind;
        out += "| " + told(state, stimulus, memory);
      }
    }
    return out + state.save(pathway);
  }

  Pathway pathway;
  StepMemory knowing, walking;
};

TEST_F(KnownWaysOf, CasesThatDifferInWhatIsAskedAreNotTakenForEachOther) {
  const std::vector<std::string> kinds = {R"({"level": 0, "tested": true})",
                                          R"({"level": 2, "tested": false})",
                                          R"({"level": 1, "tested": null})",
                                          R"({"level": "high", "tested": true})",
                                          R"({"tested": true})",
                                          "null"};
  for (uint64_t round = 0; round < 4; ++round) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      const uint64_t number = 10 * round + i;
      const Name actor = static_cast<Name>(round == 3 ? 0 : 40 + number);
      EXPECT_EQ(walk(number, kinds[i], actor, knowing), walk(number, kinds[i], actor, walking))
          << kinds[i];
    }
  }
}

TEST_F(KnownWaysOf, WhatIsRefusedIsRefusedEachTime) {
  for (int i = 0; i < 3; ++i) {
    State state;
    Stimulus stimulus;
    stimulus.data = value(R"({"levle": 1})");
    EXPECT_NE(told(state, stimulus, knowing).find("did you mean 'level'"), std::string::npos);
    EXPECT_FALSE(state.started());
    stimulus.data = value(R"({"level": 1})");
    (void)told(state, stimulus, knowing);
    stimulus.kind = Stimulus::Kind::assign;
    stimulus.data = {};
    stimulus.item = state.tokens()[0].item;
    stimulus.actor = 5;
    (void)told(state, stimulus, knowing);
    stimulus.actor = 6;
    EXPECT_NE(told(state, stimulus, knowing).find("locked"), std::string::npos);
    stimulus.kind = Stimulus::Kind::complete;
    stimulus.actor = 5;
    stimulus.data = value("3");
    EXPECT_NE(told(state, stimulus, knowing).find("context of answers"), std::string::npos);
  }
}

TEST_F(KnownWaysOf, OtherPathwaysAreWalked) {
  State state;
  Stimulus stimulus;
  stimulus.data = value(R"({"level": 1})");
  (void)told(state, stimulus, knowing);
  const Pathway other = compiled(
      test_source(bpmn("<startEvent id=\"s\"/><manualTask id=\"m\" p:role=\"nurse\"/>", "s>m")));
  State of_other;
  stimulus.data = {};
  const auto effects = step(other, of_other, stimulus, knowing);
  ASSERT_TRUE(effects.ok());
  EXPECT_EQ(other.activities()[of_other.tokens()[0].node].id, "m");
}

}  // namespace
}  // namespace passerelle::pathway
