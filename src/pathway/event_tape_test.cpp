#include "pathway/event_tape.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace passerelle::pathway {
namespace {

feel::Value reasons(int64_t number) {
  feel::ContextBuilder context;
  context.set("severity", feel::Value::string("simple"));
  context.set("number", feel::Value::number(number, 0));
  return context.build();
}

// What comes one after the other as a rule, and what never does.
Event random_event(Random& random, const Event& before) {
  Event event;
  event.case_number = before.case_number;
  const bool tame = random.below(3) != 0;
  event.at =
      tame ? before.at + Millis(random.below(100'000'000))
           : Instant(Millis(static_cast<int64_t>(random.next_u64() >> 16) - (int64_t{1} << 46)));
  event.item = tame ? before.item + random.below(3) : random.next_u32();
  event.activity = random.below(tame ? 40 : 5'000);
  event.role = random.below(5);
  event.actor = random.below(2) == 0 ? 0 : random.next_u32();
  event.channel = random.below(3);
  event.lifecycle = static_cast<Lifecycle>(random.below(8));
  if (random.below(2) == 0) event.data = reasons(random.below(3));
  return event;
}

void expect_same(const std::vector<Event>& found, const std::vector<Event>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].at, expected[i].at) << i;
    EXPECT_EQ(found[i].case_number, expected[i].case_number) << i;
    EXPECT_EQ(found[i].item, expected[i].item) << i;
    EXPECT_EQ(EventKinds::of(found[i]), EventKinds::of(expected[i])) << i;
    EXPECT_EQ(found[i].actor, expected[i].actor) << i;
    EXPECT_TRUE(found[i].data.is_same(expected[i].data)) << i;
  }
}

TEST(EventTape, GivesBackWhatItTook) {
  Tapes tapes;
  EventTape tape;
  for (uint32_t number = 1; number < 60; ++number) {
    Random random({.seed = 11, .entity = number});
    std::vector<Event> events;
    Event before;
    before.case_number = uint64_t{number} << 33;
    before.at = Instant(Millis(1'585'000'000'000));
    for (uint32_t i = 0; i < number * 3; ++i) {
      events.push_back(before = random_event(random, before));
      tape.add(Event(events.back()), tapes);
    }
    ASSERT_EQ(tape.size(), events.size());
    std::vector<Event> again;
    tape.copy_to(again, tapes.kinds);
    expect_same(again, events);
    again.clear();
    tape.move_to(again, tapes);
    expect_same(again, events);
    EXPECT_TRUE(tape.empty());
    tape.move_to(again, tapes);
    EXPECT_EQ(again.size(), events.size()) << "nothing more";
  }
}

// More kinds than two bytes tell.
TEST(EventTape, KnowsAnyNumberOfKinds) {
  Tapes tapes;
  EventTape tape;
  std::vector<Event> events;
  for (uint32_t i = 0; i < 70'000; ++i) {
    Event event;
    event.case_number = 1;
    event.activity = i;
    event.item = i;
    events.push_back(event);
    tape.add(std::move(event), tapes);
  }
  EXPECT_EQ(tapes.kinds.size(), 70'000u);
  std::vector<Event> again;
  tape.move_to(again, tapes);
  expect_same(again, events);
}

TEST(EventTape, LetsGoOfItsData) {
  const feel::Value data = reasons(1);
  Tapes tapes;
  const auto add = [&](EventTape& tape) {
    Event event;
    event.data = data;
    tape.add(std::move(event), tapes);
  };
  {
    EventTape tape;
    add(tape);
    add(tape);
    EXPECT_EQ(data.heap()->count, 3u);
    tape.clear(tapes);
    EXPECT_EQ(data.heap()->count, 1u);
    add(tape);
    std::vector<Event> events;
    tape.copy_to(events, tapes.kinds);
    EXPECT_EQ(data.heap()->count, 3u);
    tape.move_to(events, tapes);
    EXPECT_EQ(data.heap()->count, 3u);
    events.clear();
    EXPECT_EQ(data.heap()->count, 1u);
    add(tape);
  }
  EXPECT_EQ(data.heap()->count, 1u) << "a tape that goes lets go, too";
}

}  // namespace
}  // namespace passerelle::pathway
