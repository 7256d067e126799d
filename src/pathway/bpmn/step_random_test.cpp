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

// Two random processes: the first orders, the second begins by the order and reports.
TEST(RandomProcesses, GoOnAlikeWhereTwoTalkToEachOther) {
  Driven driven;
  size_t began = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    RandomProcess maker(seed, true);
    const auto task = [](const std::string& name, const std::string& id,
                         const std::string& message) {
      return "<" + name + " id=\"" + id + "\" messageRef=\"" + message + "\"/>";
    };
    const auto flow = [](const std::string& from, const std::string& to) {
      return "<sequenceFlow id=\"" + from + "_" + to + "\" sourceRef=\"" + from +
             "\" targetRef=\"" + to + "\"/>";
    };
    const std::string first =
        maker.scope(1, false) + task("sendTask", "order", "o") + task("receiveTask", "wait", "r");
    const std::string from = maker.start();
    const std::string second =
        "<startEvent id=\"ordered\"><messageEventDefinition messageRef=\"o\"/></startEvent>" +
        maker.scope_behind("ordered") + task("sendTask", "report", "r");
    const std::string xml =
        bpmn(random_variables + first + flow(from, "order") + flow(from, "wait"), "",
             random_declarations +
                 "<message id=\"o\" name=\"order\"/><message id=\"r\" name=\"report\"/>"
                 "<collaboration id=\"c\"><messageFlow id=\"f1\" sourceRef=\"order\" "
                 "targetRef=\"ordered\"/><messageFlow id=\"f2\" sourceRef=\"report\" "
                 "targetRef=\"wait\"/></collaboration><process id=\"other\" "
                 "isExecutable=\"true\">" +
                 random_variables + second + flow("ordered", "report") + "</process>");
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
