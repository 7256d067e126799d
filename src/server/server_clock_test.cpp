#include "server/server_clock.h"

#include <gtest/gtest.h>

namespace passerelle::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant noon = *parse_instant("2020-03-26T12:00:00Z");
Instant wall;
ServerClock::Steady steady;

// A clock whose sources are moved by hand.
class SystemClock : public testing::Test {
 protected:
  SystemClock() {
    wall = noon;
    steady = {};
  }
  static void pass(Millis time) {
    wall += time;
    steady += time;
  }
  ServerClock clock{ServerClock::Sources{[] { return wall; }, [] { return steady; }}};
};

TEST_F(SystemClock, IsFollowed) {
  EXPECT_EQ(clock.now(), noon);
  pass(minutes(5));
  EXPECT_EQ(clock.now(), noon + minutes(5));
  wall += hours(1);
  EXPECT_EQ(clock.now(), noon + hours(1) + minutes(5));
  EXPECT_EQ(clock.ahead(), Millis(0));
}

TEST_F(SystemClock, SetBackDoesNotStopTimeNorTurnItBack) {
  EXPECT_EQ(clock.now(), noon);
  wall -= hours(1);
  EXPECT_EQ(clock.now(), noon);
  EXPECT_EQ(clock.ahead(), hours(1));
  pass(minutes(8));
  EXPECT_EQ(clock.now(), noon + minutes(7));
  pass(minutes(8));
  EXPECT_EQ(clock.now(), noon + minutes(14));
}

TEST_F(SystemClock, CatchesUpAndIsFollowedAgain) {
  clock.now();
  wall -= minutes(10);
  Instant last = clock.now();
  for (int i = 0; i < 90; ++i) {
    pass(minutes(1));
    const Instant now = clock.now();
    EXPECT_GE(now, last);
    EXPECT_GE(now - last, seconds(50));
    EXPECT_LE(now - last, minutes(1));
    last = now;
  }
  EXPECT_EQ(clock.now(), wall) << "an eighth of 80 minutes is 10";
  EXPECT_EQ(clock.ahead(), Millis(0));
}

TEST_F(SystemClock, ASecondStepBackBeginsWhereTheFirstHasCome) {
  clock.now();
  wall -= hours(2);
  clock.now();
  pass(minutes(8));
  EXPECT_EQ(clock.now(), noon + minutes(7));
  wall -= hours(2);
  pass(minutes(8));
  EXPECT_EQ(clock.now(), noon + minutes(14));
  wall += hours(6);
  EXPECT_EQ(clock.now(), wall) << "and is followed as soon as it is before";
}

TEST(TestClock, StandsUntilItIsMovedAndNeverGoesBack) {
  ServerClock clock(noon);
  clock.move_to(noon + hours(1));
  clock.move_to(noon);
  EXPECT_EQ(clock.now(), noon + hours(1));
  EXPECT_EQ(clock.ahead(), Millis(0));
}

}  // namespace
}  // namespace passerelle::server
