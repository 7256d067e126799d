// Random processes, sound or not, moved by random stimuli: whatever happens, what was saved can be
// loaded and goes on alike, items are unique, work and timers are opened and closed exactly once.
#include "pathway/bpmn/random_process.h"

namespace passerelle::pathway {
namespace {

struct Driven {
  size_t ended = 0, steps = 0, withdrawn = 0;
};

void drive(Case& c, RandomProcess& maker, Driven& driven) {
  for (int i = 0; i < 60 && !c.ended && !::testing::Test::HasFailure(); ++i, ++driven.steps) {
    if (!random_step(maker, c)) break;
    driven.withdrawn += c.told().find("withdraw") != std::string::npos ? 1 : 0;
  }
  driven.ended += c.ended ? 1 : 0;
}

TEST(RandomProcesses, GoOnAlikeWhetherTheyAreSavedOrNot) {
  Driven driven;
  for (uint64_t seed = 1; seed <= 1'500; ++seed) {
    RandomProcess maker(seed, seed % 2 == 0);
    const std::string xml = random_process(maker);
    std::vector<Finding> findings;
    if (!compile_pathway(test_source(xml), findings)) continue;
    Case c(xml);
    c.start("{\"n\": " + std::to_string(seed % 3) + "}");
    drive(c, maker, driven);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << xml;
  }
  EXPECT_GT(driven.steps, 3'000u);
  EXPECT_GT(driven.ended, 40u);
  EXPECT_GT(driven.withdrawn, 40u);
}

TEST(RandomProcesses, GoOnAlikeWhereTwoTalkToEachOther) {
  Driven driven;
  size_t began = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    RandomProcess maker(seed, true);
    const std::string xml = random_conversation(maker);
    std::vector<Finding> findings;
    if (!compile_pathway(test_source(xml), findings)) continue;
    Case c(xml);
    c.start("{\"n\": " + std::to_string(seed % 3) + "}");
    began += c.told().find("other:start") != std::string::npos ? 1 : 0;
    drive(c, maker, driven);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << xml;
  }
  EXPECT_GT(driven.steps, 300u);
  EXPECT_GT(began, 40u);
  EXPECT_GT(driven.ended, 5u);
}

}  // namespace
}  // namespace passerelle::pathway
