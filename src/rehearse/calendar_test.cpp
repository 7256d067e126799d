#include "rehearse/calendar.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
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

TEST(WorkQueue, GivesTheUrgentThenTheDueThenTheOldest) {
  WorkQueue queue;
  queue.push({0, no_deadline, 1, 1, 1, 0, 1});
  queue.push({2, no_deadline, 9, 2, 1, 1, 2});
  queue.push({1, 500, 7, 3, 1, 2, 3});
  queue.push({1, 400, 8, 4, 1, 3, 4});
  queue.push({1, 400, 8, 5, 1, 4, 5});
  queue.push({1, 300, 2, 6, 1, 5, 6});
  const auto alive = [](const WaitingWork& work) { return work.number != 6; };  // withdrawn
  std::vector<uint32_t> order;
  while (const WaitingWork* top = queue.top(alive)) {
    order.push_back(top->number);
    queue.pop();
  }
  EXPECT_EQ(order, (std::vector<uint32_t>{2, 4, 5, 3, 1}));
}

}  // namespace
}  // namespace passerelle::rehearse
