#include "rehearse/calendar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
#include "rehearse/tally.h"
#include "rehearse/worklist.h"

namespace passerelle::rehearse {
namespace {

TEST(Calendar, OrdersByInstantPhaseAndCase) {
  Calendar calendar;
  calendar.set(0, 7, when(1000, Phase::queue));
  calendar.set(1, 3, when(1000, Phase::queue));
  calendar.set(2, 9, when(1000, Phase::release));
  calendar.set(3, 1, when(1001, Phase::release));
  std::vector<uint32_t> order;
  while (!calendar.empty()) {
    order.push_back(calendar.top().number);
    calendar.set(calendar.top().slot, 0, never);
  }
  EXPECT_EQ(order, (std::vector<uint32_t>{9, 3, 7, 1}));
}

TEST(Calendar, AgreesWithASortedSetThroughRandomChanges) {
  Random random({1, 0, 0, purpose("calendar test")});
  Calendar calendar;
  std::set<std::tuple<When, uint32_t, uint32_t>> reference;
  std::map<uint32_t, When> planned;
  for (int i = 0; i < 20'000; ++i) {
    const uint32_t slot = random.below(200);
    if (const auto found = planned.find(slot); found != planned.end()) {
      reference.erase({found->second, slot + 1, slot});
      planned.erase(found);
    }
    const When at = random.below(4) == 0 ? never : when(random.below(500), Phase::queue);
    calendar.set(slot, slot + 1, at);
    if (at != never) {
      planned[slot] = at;
      reference.insert({at, slot + 1, slot});
    }
    ASSERT_EQ(calendar.size(), reference.size());
    if (!reference.empty()) {
      EXPECT_EQ(calendar.top().at, std::get<0>(*reference.begin()));
      EXPECT_EQ(calendar.top().slot, std::get<2>(*reference.begin()));
    }
  }
}

// In the order of `order`: priority, deadline, offered at; the case's number counts from 1.
std::vector<uint32_t> taken(const pathway::WorkOrder& order,
                            std::initializer_list<std::array<int64_t, 3>> works) {
  WorkQueue queue;
  uint32_t number = 0;
  for (const auto& [priority, due, offered] : works) {
    WaitingWork work;
    work.rank = order.rank(static_cast<int>(priority), due, offered);
    work.number = ++number;
    queue.push(work);
  }
  const auto alive = [](const WaitingWork& work) { return work.number != 6; };  // withdrawn
  std::vector<uint32_t> out;
  while (const WaitingWork* top = queue.top(alive)) {
    out.push_back(top->number);
    queue.pop();
  }
  return out;
}

// Thousands of pieces that come, are withdrawn and are taken in any order, beside a sorted set.
TEST(WorkQueue, GivesWhatASortedListWouldGive) {
  for (const int64_t urgencies : {1, 3, 1000}) {
    Random random({5, 0, static_cast<uint64_t>(urgencies), purpose("queue")});
    WorkQueue queue;
    std::map<uint32_t, WaitingWork> waiting;
    uint32_t number = 0;
    for (int round = 0; round < 20'000; ++round) {
      const uint32_t what = random.below(8);
      if (what < 4) {
        WaitingWork work;
        work.rank = {random.below(static_cast<uint32_t>(urgencies)), round / 4, 0};
        work.number = ++number;
        queue.push(work);
        waiting.emplace(number, work);
      } else if (what == 4 && !waiting.empty()) {
        const auto at = waiting.lower_bound(1 + random.below(number));
        if (at != waiting.end()) waiting.erase(at);
      } else {
        const WaitingWork* top =
            queue.top([&](const WaitingWork& work) { return waiting.contains(work.number); });
        const auto first = std::min_element(
            waiting.begin(), waiting.end(),
            [](const auto& a, const auto& b) { return before(a.second, b.second); });
        ASSERT_EQ(top == nullptr, first == waiting.end()) << round;
        if (top == nullptr) continue;
        ASSERT_EQ(top->number, first->first) << round;
        size_t alive = 0;
        queue.each([&](const WaitingWork& work) { alive += waiting.count(work.number); });
        ASSERT_EQ(alive, waiting.size()) << round;
        queue.pop();
        waiting.erase(first);
      }
      if (waiting.size() > 300) waiting.clear();  // all withdrawn
    }
    EXPECT_GT(number, 5'000u);
  }
}

TEST(Times, RoundToTheNearestMillisecond) {
  for (const double value : {0.0, 0.49999999999999994, 0.5, 1.5, 2.5, 1e6 + 0.5, 5.99999e12 + 0.75})
    EXPECT_EQ(rounded(value), std::llround(value)) << value;
}

TEST(WorkQueue, GivesWorkInTheOrderThatTheOrganisationWants) {
  using Rule = pathway::WorkOrder::Rule;
  using std::chrono::milliseconds;
  const auto by = [](Rule rule, int64_t ageing = 0) {
    return taken({rule, milliseconds(ageing)}, {{0, no_deadline, 1},
                                                {2, no_deadline, 9},
                                                {1, 500, 7},
                                                {1, 400, 8},
                                                {1, 400, 8},
                                                {1, 300, 2}});
  };
  using Order = std::vector<uint32_t>;
  EXPECT_EQ(by(Rule::priority), (Order{2, 4, 5, 3, 1}));
  EXPECT_EQ(by(Rule::severity), (Order{2, 3, 4, 5, 1}));
  EXPECT_EQ(by(Rule::deadline), (Order{4, 5, 3, 2, 1}));
  EXPECT_EQ(by(Rule::first_come), (Order{1, 3, 4, 5, 2}));
  // A level of priority is worth three milliseconds of waiting: 1, 9-6, 7-3, 8-3.
  EXPECT_EQ(by(Rule::ageing, 3), (Order{1, 2, 3, 4, 5}));
  EXPECT_EQ(by(Rule::ageing, 100), (Order{2, 3, 4, 5, 1}));
}

}  // namespace
}  // namespace passerelle::rehearse
