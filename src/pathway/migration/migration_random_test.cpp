// Random processes: a case that moves to the same process is the same case, wherever it stands; and
// after small changes everything that goes over is as it was.
#include <algorithm>

#include "pathway/bpmn/random_process.h"
#include "pathway/migration.h"
#include "pathway/migration/carrier.h"

namespace passerelle::pathway {
namespace {

std::optional<Pathway> compile(const std::string& xml) {
  std::vector<Finding> findings;
  return compile_pathway(test_source(xml), findings);
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(RandomMigrations, OfSeveralProcessesToTheSameAreTheIdentity) {
  size_t moved = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    RandomProcess maker(seed, true);
    const std::string xml = random_conversation(maker);
    const auto same = compile(xml);
    if (!same) continue;
    Case c(xml);
    Migration migration(c.pathway(), *same);
    c.start("{\"n\": " + std::to_string(seed % 3) + "}");
    for (int i = 0; i < 25 && !c.ended; ++i) {
      const auto carried = migration.carry(c.state, c.make(Stimulus::Kind::start));
      ASSERT_TRUE(carried.ok()) << to_text(carried.error()) << "\nseed " << seed << "\n" << xml;
      ASSERT_EQ(carried->state.save(*same), c.state.save(c.pathway())) << "seed " << seed;
      ++moved;
      if (!random_step(maker, c)) break;
    }
  }
  EXPECT_GT(moved, 200u);
}

TEST(RandomMigrations, ToTheSameProcessAreTheIdentityAndEveryStateCouldHaveBeenReached) {
  size_t moved = 0, asked = 0, undecided = 0;
  for (uint64_t seed = 1; seed <= 700; ++seed) {
    RandomProcess maker(seed, seed % 2 == 0);
    const std::string xml = random_process(maker);
    const auto same = compile(xml);
    if (!same) continue;
    Case c(xml);
    Migration migration(c.pathway(), *same);
    EXPECT_TRUE(migration.problems().empty());
    const ProcessSpace space(same->compiled(),
                             {.states = 3'000, .several_ways_out_of_tasks = true});
    c.start("{\"n\": " + std::to_string(seed % 3) + "}");
    for (int i = 0; i < 40 && !c.ended; ++i) {
      const auto carried = migration.carry(c.state, c.make(Stimulus::Kind::start));
      ASSERT_TRUE(carried.ok()) << to_text(carried.error()) << "\nseed " << seed << "\n" << xml;
      ASSERT_EQ(carried->state.save(*same), c.state.save(c.pathway())) << "seed " << seed;
      ASSERT_EQ(carried->effects.size(), 1u) << "the record, and nothing else; seed " << seed;
      ++moved;
      if (i % 8 == 3) {
        for (const ScopeTokens& scope : Carrier::scopes(c.state, same->compiled())) {
          const Reach reach = space.could_stand(scope.level, scope.tokens);
          ASSERT_NE(reach, Reach::never) << "seed " << seed << " step " << i << "\n" << xml;
          ++asked;
          undecided += reach == Reach::undecided ? 1 : 0;
        }
      }
      if (!random_step(maker, c)) break;
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << xml;
  }
  EXPECT_GT(moved, 1'000u);
  EXPECT_GT(asked, 100u);
  EXPECT_LT(undecided * 5, asked) << "most can be decided";
}

// All ways to stand are found one by one, too; and what is not among them is not found.
TEST(RandomMigrations, WhatIsListedIsFoundAndNothingElse) {
  size_t listed = 0, others = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    RandomProcess maker(seed);
    const auto pathway = compile(random_process(maker));
    if (!pathway) continue;
    const ProcessSpace space(pathway->compiled(),
                             {.states = 2'000, .several_ways_out_of_tasks = true});
    const Standings known = space.standings(0, 60);
    if (!known.complete) continue;
    for (const auto& way : known.ways) {
      ASSERT_EQ(space.could_stand(0, way), Reach::reached) << "seed " << seed;
      ++listed;
    }
    for (size_t i = 0; i + 1 < known.ways.size() && i < 20; ++i) {
      std::vector<Standing> both = known.ways[i];
      both.insert(both.end(), known.ways[i + 1].begin(), known.ways[i + 1].end());
      std::sort(both.begin(), both.end());
      if (std::find(known.ways.begin(), known.ways.end(), both) != known.ways.end()) continue;
      ASSERT_NE(space.could_stand(0, both), Reach::reached) << "seed " << seed;
      ++others;
    }
  }
  EXPECT_GT(listed, 300u);
  EXPECT_GT(others, 100u);
}

// A reminder is attached to a task, a task renamed, made a timer, or another put before it.
struct Edit {
  std::string xml;
  MigrationRules rules;
};

Edit edited(RandomProcess& maker, std::string xml) {
  Edit out;
  std::vector<std::string> tasks;
  const std::string head = "<userTask id=\"";
  for (size_t at = xml.find(head); at != xml.npos; at = xml.find(head, at + 1)) {
    tasks.push_back(
        xml.substr(at + head.size(), xml.find('"', at + head.size()) - at - head.size()));
  }
  if (tasks.empty()) return {std::move(xml), {}};
  const std::string task = tasks[maker.below(static_cast<uint32_t>(tasks.size()))];
  const size_t at = xml.find(head + task + "\"");
  switch (maker.below(4)) {
    case 0:
      xml.insert(at, "<boundaryEvent id=\"extra\" attachedToRef=\"" + task +
                         "\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>PT3H"
                         "</timeDuration></timerEventDefinition></boundaryEvent><endEvent "
                         "id=\"extra_end\"/><sequenceFlow id=\"extra_flow\" sourceRef=\"extra\" "
                         "targetRef=\"extra_end\"/>");
      break;
    case 1:
      for (size_t use = xml.find("\"" + task + "\""); use != xml.npos;
           use = xml.find("\"" + task + "\"", use)) {
        xml.replace(use, task.size() + 2, "\"renamed\"");
      }
      out.rules.elements.push_back({task, "renamed", {}});
      break;
    case 2:
      xml.replace(at, xml.find("/>", at) + 2 - at,
                  "<intermediateCatchEvent id=\"" + task +
                      "\"><timerEventDefinition><timeDuration>PT3H</timeDuration>"
                      "</timerEventDefinition></intermediateCatchEvent>");
      break;
    default: {
      const std::string target = "targetRef=\"" + task + "\"";
      const size_t flow = xml.find(target);
      if (flow == xml.npos) break;
      xml.replace(flow, target.size(), "targetRef=\"between\"");
      xml.insert(xml.find(head + task + "\""),
                 "<userTask id=\"between\" p:role=\"nurse\"/><sequenceFlow id=\"between_flow\" "
                 "sourceRef=\"between\" targetRef=\"" +
                     task + "\"/>");
    }
  }
  out.xml = std::move(xml);
  return out;
}

TEST(RandomMigrations, AfterASmallChangeWorkAndTimersAreAsTheyWereAndTheCaseGoesOn) {
  size_t moved = 0, refused = 0, clear = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    RandomProcess maker(seed);
    const std::string xml = random_process(maker);
    if (!compile(xml)) continue;
    const Edit edit = edited(maker, xml);
    if (!compile(edit.xml)) continue;  // e.g. a task that takes back must stand in no flow
    Case was(xml), is(edit.xml);
    Migration migration(was.pathway(), is.pathway(), edit.rules);
    std::vector<std::string> told;
    for (const Finding& each : migration.check()) told.push_back(each.id);
    const bool all_move = told.empty();
    clear += all_move ? 1 : 0;
    was.start("{\"n\": 1}");
    const uint32_t steps = maker.below(12);
    for (uint32_t i = 0; i < steps && !was.ended && random_step(maker, was);) ++i;
    if (was.ended) continue;
    const auto carried = migration.carry(was.state, was.make(Stimulus::Kind::start));
    if (!carried) {
      ++refused;
      const bool stands_so = carried.error().message.find("ever stands") != std::string::npos;
      EXPECT_FALSE(all_move && stands_so) << to_text(carried.error()) << "\nseed " << seed << "\n"
                                          << edit.xml;
      EXPECT_FALSE(carried.error().message.empty());
      continue;
    }
    ++moved;
    is.go_on_from(was, carried->state, carried->effects);
    for (const auto& [item, due] : was.timers) {
      const auto kept = is.timers.find(item);
      ASSERT_NE(kept, is.timers.end()) << "seed " << seed;
      ASSERT_EQ(kept->second, due) << "seed " << seed;
    }
    const size_t extra = count_of(edit.xml, "\"extra\"");
    ASSERT_LE(is.timers.size(), was.timers.size() + extra * 10) << "seed " << seed;
    for (const auto& [item, work] : was.open) {
      const std::string& before = was.pathway().activities()[work.activity].id;
      ASSERT_EQ(is.pathway().activities()[is.open.at(item).activity].id,
                edit.rules.elements.empty() || edit.rules.elements[0].name != before ? before
                                                                                     : "renamed");
    }
    for (int i = 0; i < 15 && !is.ended && random_step(maker, is); ++i) {
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << edit.xml;
  }
  EXPECT_GT(moved, 30u);
  EXPECT_GT(refused, 0u);
  EXPECT_GT(clear, 25u) << "of most small changes it is known beforehand that all can move";
}

}  // namespace
}  // namespace passerelle::pathway
