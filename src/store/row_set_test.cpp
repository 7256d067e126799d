// Against std::set: dense, sparse, in any order, with what was there before.
#include "store/sqlite/row_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace passerelle::store {
namespace {

void expect_same(const RowSet& set, const std::set<int64_t>& wanted) {
  ASSERT_EQ(set.size(), wanted.size());
  auto next = wanted.begin();
  for (int64_t row = set.next(0); row != RowSet::none; row = set.next(row)) {
    ASSERT_NE(next, wanted.end());
    ASSERT_EQ(row, *next++);
    ASSERT_TRUE(set.contains(row));
    ASSERT_EQ(set.contains(row + 1), wanted.contains(row + 1));
  }
  ASSERT_EQ(next, wanted.end());
}

TEST(RowSet, HoldsWhatASetHolds) {
  std::mt19937_64 random(7);
  constexpr int64_t type = int64_t{5} << 40;
  for (const int64_t spread : {10, 3000, 70'000, 5'000'000}) {
    for (const int many : {1, 100, 9000, 60'000}) {
      RowSet set;
      std::set<int64_t> wanted;
      for (int i = 0; i < many; ++i) {
        const auto row = static_cast<int64_t>(random() % static_cast<uint64_t>(spread)) + 1 +
                         (i % 3 == 0 ? type : 0);
        set.add(row);
        wanted.insert(row);
      }
      expect_same(set, wanted);
    }
  }
}

TEST(RowSet, GoesOnFromAnyRow) {
  RowSet set;
  EXPECT_EQ(set.next(0), RowSet::none);
  EXPECT_TRUE(set.empty());
  for (const int64_t row : {int64_t{65'535}, int64_t{65'536}, int64_t{1} << 45}) set.add(row);
  EXPECT_EQ(set.next(0), 65'535);
  EXPECT_EQ(set.next(65'534), 65'535);
  EXPECT_EQ(set.next(65'535), 65'536);
  EXPECT_EQ(set.next(65'536), int64_t{1} << 45);
  EXPECT_EQ(set.next(int64_t{1} << 45), RowSet::none);
  set.clear();
  EXPECT_EQ(set.next(0), RowSet::none);
  EXPECT_EQ(set.size(), 0u);
}

}  // namespace
}  // namespace passerelle::store
