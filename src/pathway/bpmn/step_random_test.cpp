// Random processes, sound or not, moved by random stimuli: whatever happens, what was saved can be
// loaded and goes on alike, items are unique, work and timers are opened and closed exactly once.
#include "pathway/bpmn/random_process.h"

namespace passerelle::pathway {
namespace {

TEST(RandomProcesses, GoOnAlikeWhetherTheyAreSavedOrNot) {
  size_t ended = 0, steps = 0, withdrawn = 0;
  for (uint64_t seed = 1; seed <= 1'500; ++seed) {
    RandomProcess maker(seed);
    const std::string xml = random_process(maker);
    std::vector<Finding> findings;
    if (!compile_pathway(test_source(xml), findings)) continue;
    Case c(xml);
    c.start("{\"n\": " + std::to_string(seed % 3) + "}");
    for (int i = 0; i < 60 && !c.ended && !::testing::Test::HasFailure(); ++i, ++steps) {
      if (!random_step(maker, c)) break;
      withdrawn += c.told().find("withdraw") != std::string::npos ? 1 : 0;
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << xml;
    ended += c.ended ? 1 : 0;
  }
  EXPECT_GT(steps, 3'000u);
  EXPECT_GT(ended, 40u);
  EXPECT_GT(withdrawn, 40u);
}

}  // namespace
}  // namespace passerelle::pathway
