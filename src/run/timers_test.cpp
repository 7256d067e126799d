// Time passes: what is due fires at its instant, in order, each timer exactly once.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> happened(Site& site, uint64_t number, std::string_view activity) {
  std::vector<std::string> out;
  for (const auto& event : must(site.engine->read_case(number, coordinator)).timeline)
    if (event.activity == activity) out.push_back(format_instant(event.at) + " " + event.lifecycle);
  return out;
}

TEST(Timers, RemindAndRaiseTheAlarmAtTheirInstants) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T15:00:00Z");
  EXPECT_THAT(happened(site, number, "invite"), ElementsAre("2020-03-27T08:00:00.000Z complete"));
  EXPECT_THAT(happened(site, number, "remind"), ElementsAre("2020-03-27T11:00:00.000Z complete"));
  EXPECT_THAT(happened(site, number, "silence"), ElementsAre("2020-03-27T14:00:00.000Z complete"));
  site.go_to("2020-03-28T08:00:00Z");
  EXPECT_THAT(happened(site, number, "daily_missed"),
              ElementsAre("2020-03-28T07:55:00.000Z complete"));
}

TEST(Timers, FireNothingBeforeItIsDue) {
  Site site;
  site.enrol();
  const auto next = must(site.engine->next_due());
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(*next, at("2020-03-27T08:00:00Z"));
  EXPECT_EQ(must(site.engine->run_due(*next - Millis(1), 100)), 0u);
  EXPECT_EQ(must(site.engine->run_due(*next, 100)), 1u);
  EXPECT_EQ(must(site.engine->run_due(*next, 100)), 0u);
}

TEST(Timers, AreCancelledWithTheWorkTheyBelongTo) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to("2020-03-27T08:00:00Z");
  site.deliver();
  must(site.engine->complete_by_link(site.token(number), well, "fr", site.now));
  site.go_to("2020-03-28T07:59:00Z");
  EXPECT_THAT(happened(site, number, "remind"), IsEmpty());
  EXPECT_THAT(happened(site, number, "silence"), IsEmpty());
  EXPECT_EQ(must(site.store->timers_of(number)).size(), 1u) << "only the next form";
}

TEST(Timers, StopAtTheLimitAndGoOn) {
  Site site;
  for (int i = 0; i < 5; ++i) site.enrol("P" + std::to_string(i));
  const Instant nine = at("2020-03-27T08:00:00Z");
  EXPECT_EQ(must(site.engine->run_due(nine, 2)), 2u);
  EXPECT_EQ(must(site.engine->run_due(nine, 2)), 2u);
  EXPECT_EQ(must(site.engine->run_due(nine, 2)), 1u);
}

TEST(Timers, FireOnceWhenTwoEnginesAndManyThreadsRace) {
  Site site;
  Engine other(*site.store, Settings{});
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 40; ++i) numbers.push_back(site.enrol("P" + std::to_string(i)));
  const Instant nine = at("2020-03-27T08:00:00Z");
  std::atomic<size_t> fired = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back(
        [&, i] { fired += must((i % 2 == 0 ? *site.engine : other).run_due(nine, 1000)); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fired, numbers.size());
  for (const uint64_t number : numbers) {
    EXPECT_EQ(site.completed(number, "next_slot"), 1u);
    EXPECT_THAT(site.open_work(number), ElementsAre("daily"));
  }
  EXPECT_EQ(must(site.store->stats()).pending_messages, 40);
  must(site.store->check());
}

TEST(Timers, AreNotHeldUpByACaseThatCannotMove) {
  Site site;
  const uint64_t broken = site.enrol("Broken");
  const uint64_t sound = site.enrol("Sound");
  const store::CaseRecord record = must(site.store->read_case(broken));
  store::Transaction damage;
  damage.at = site.now;
  damage.cases = {{broken, record.revision, record.pathway, "no such version", record.patient,
                   record.status, record.state}};
  ASSERT_TRUE(site.store->commit(std::move(damage)).ok());
  std::vector<std::string> problems;
  EXPECT_EQ(
      must(site.engine->run_due(at("2020-03-27T08:00:00Z"), 100,
                                [&](const Error& error) { problems.push_back(error.message); })),
      1u);
  EXPECT_EQ(problems.size(), 1u);
  EXPECT_THAT(site.open_work(sound), ElementsAre("daily"));
}

}  // namespace
}  // namespace passerelle::run
