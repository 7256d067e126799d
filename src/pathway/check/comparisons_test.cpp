#include "pathway/check/comparisons.h"

#include <gtest/gtest.h>

namespace passerelle::pathway {
namespace {

std::string all(std::string_view feel) {
  std::string out;
  for (const Comparison& each : comparisons_of(feel))
    out += "[" + each.path + " " + each.op + " " + each.constant + each.name + "]";
  return out;
}

TEST(Comparisons, AreFoundWhereverTheyAreCertain) {
  EXPECT_EQ(all("a.b = \"x\" and c.d >= 39"), "[a.b = \"x\"][c.d >= 39]");
  EXPECT_EQ(all("if a.b = true then 1 else 2"), "[a.b = true]");
  EXPECT_EQ(all("(a.b != \"x, y\") or not(c.d < 3)"), "[a.b != \"x, y\"][c.d < 3]");
  EXPECT_EQ(all("e.age >= risk age or false"), "[e.age >= risk age]");
}

TEST(Comparisons, AreLeftOutWhereMoreBelongsToThem) {
  EXPECT_EQ(all("a.b = 3 + x"), "");
  EXPECT_EQ(all("a.b = \"x\" + y"), "");
  EXPECT_EQ(all("2 * a.b = 4"), "");
  EXPECT_EQ(all("my a.b = 4"), "");
  EXPECT_EQ(all("a.b = null"), "");
  EXPECT_EQ(all("\"a.b = 3\""), "");
  EXPECT_EQ(all("f(a.b) = 3"), "");
}

}  // namespace
}  // namespace passerelle::pathway
