// Several programs that share the replications of one rehearsal: here threads that speak as they
// do. tests/mpi.test.mjs is the same with mpirun.
#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <thread>

#include "rehearse/rehearse.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

// What all have said, as soon as all have.
class Table {
 public:
  explicit Table(int count) : said_(static_cast<size_t>(count)), all_(count) {}
  std::vector<std::string> exchange(int rank, const std::string& mine) {
    said_[static_cast<size_t>(rank)] = mine;
    all_.arrive_and_wait();
    auto out = said_;
    all_.arrive_and_wait();
    return out;
  }

 private:
  std::vector<std::string> said_;
  std::barrier<> all_;
};

class Seat : public Ranks {
 public:
  Seat(Table& table, int rank, int count) : table_(table), rank_(rank), count_(count) {}
  int rank() const override { return rank_; }
  int count() const override { return count_; }
  Result<std::vector<std::string>> exchange(const std::string& mine) const override {
    return table_.exchange(rank_, mine);
  }

 private:
  Table& table_;
  int rank_, count_;
};

std::vector<std::string> by_ranks(int count, const Settings& settings, const TestPackage& test) {
  Table table(count);
  std::vector<std::string> out(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank)
    threads.emplace_back([&, rank] {
      const Seat seat(table, rank, count);
      Settings mine = settings;
      mine.ranks = &seat;
      const auto package = test.load();
      const auto done = rehearse(*package, mine);
      out[static_cast<size_t>(rank)] = done ? to_json(*done) : to_text(done.error());
    });
  for (std::thread& each : threads) each.join();
  return out;
}

TestPackage service() {
  TestPackage test;
  test.cohort =
      poisson(16, "attributes:\n  age: {number: {pert: [2, 40, 97]}, assumption: true}\n");
  test.indicators =
      "indicators:\n  - id: in_time\n    heading: process\n    measure: share_within\n"
      "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
      "    within: PT10M\n    target: at least 80 %\n    owner: nurse\n    groups: []\n";
  test.more =
      "learning:\n  - {role: nurse, initial: 1, exponent: 0, old_way: 1.2, adoption: {rows: [{at: "
      "2021-01-04, share: 0.2}, {at: 2021-02-01, share: 0.8}]}, assumption: true}\n";
  return test;
}

void same_by_ranks(Settings settings) {
  const TestPackage test = service();
  const auto package = test.load();
  ASSERT_TRUE(package);
  settings.threads = 1;
  const auto alone = rehearse(*package, settings);
  ASSERT_TRUE(alone) << to_text(alone.error());
  for (const int count : {2, 3})
    for (const std::string& each : by_ranks(count, settings, test))
      EXPECT_EQ(each, to_json(*alone));
}

TEST(Ranks, FindTheSameBitForBit) { same_by_ranks(many(10, 7)); }

TEST(Ranks, FindTheSameWithFewerReplicationsThanRanks) { same_by_ranks(many(10, 2)); }

TEST(Ranks, FindTheSameWhenReplicationsAreAddedForPrecision) {
  Settings settings = many(10, 4);
  settings.precision = 0.05;
  settings.most_replications = 20;
  same_by_ranks(settings);
}

TEST(Ranks, FindTheSameInBatchesAndWithAWarmUpThatIsFound) {
  Settings settings = many(60, 1);
  settings.batches = 5;
  settings.find_warm_up = true;
  same_by_ranks(settings);
}

TEST(Ranks, AllTellTheSameError) {
  Settings settings = many(10, 3);
  settings.warm_up_days = 20;
  for (const std::string& each : by_ranks(2, settings, service()))
    EXPECT_NE(each.find("the warm-up must be shorter"), std::string::npos) << each;
}

}  // namespace
}  // namespace passerelle::rehearse
