#include "base/histogram.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace passerelle {
namespace {

constexpr std::array<int64_t, 3> tens = {10, 20, 30};

TEST(HistogramOfValues, ABoundBelongsToWhatIsUpToIt) {
  Histogram<tens> histogram;
  for (const int64_t value : {-5, 0, 10, 11, 20, 30, 31, 1000}) histogram.note(value);
  const auto reading = histogram.read();
  EXPECT_EQ(reading.counts, (std::array<int64_t, 4>{3, 2, 1, 2}));
  EXPECT_EQ(reading.sum, 1097);
  EXPECT_EQ(reading.total(), 8);
}

TEST(HistogramOfValues, NothingThatThreadsNoteAtOnceIsLost) {
  Histogram<tens> histogram;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int64_t n = 0; n < 10'000; ++n) histogram.note(n % 40);
    });
  for (auto& thread : threads) thread.join();
  auto reading = histogram.read();
  EXPECT_EQ(reading.total(), 40'000);
  reading += histogram.read();
  EXPECT_EQ(reading.total(), 80'000);
  EXPECT_EQ(reading.sum, 2 * 4 * 250 * 780);
}

}  // namespace
}  // namespace passerelle
