// Numbers are decimals of 34 digits, never binary floating point.
#include "pathway/feel/number.h"

#include <gtest/gtest.h>

#include <limits>

#include "pathway/feel/testing.h"

namespace passerelle::feel {
namespace {

TEST(Numbers, AreDecimal) {
  check({{"0.1 + 0.2", "0.3"},
         {"0.1 + 0.2 = 0.3", "true"},
         {"1.0 = 1", "true"},
         {"1.10", "1.10"},
         {"100 * 1.1", "110.0"},
         {"0.1 * 3 - 0.3", "0.0"},
         {"4.35 * 100", "435.00"}});
}

TEST(Numbers, Hold34Digits) {
  check({{"1 / 3", "0.3333333333333333333333333333333333"},
         {"2 / 3", "0.6666666666666666666666666666666667"},
         {"9999999999999999999999999999999999", "9999999999999999999999999999999999"},
         {"9999999999999999999999999999999999 - 9999999999999999999999999999999998", "1"},
         {"9223372036854775807 + 1", "9223372036854775808"},
         {"-9223372036854775808 - 1", "-9223372036854775809"},
         {"9223372036854775807 * 9223372036854775807", "85070591730234615847396907784232500000"},
         {"2 ** 100", "1267650600228229401496703205376"},
         {"1.0000000000000001 * 1.0000000000000001", "1.00000000000000020000000000000001"},
         {"1.000000000000000001 * 1.000000000000000001", "1.000000000000000002"},
         {"1E6144 * 10", "null"},
         {"1E-30 + 1E-30 = 2E-30", "true"}});
}

TEST(Numbers, RoundHalfToEvenAndByTheNamedWays) {
  check({{"decimal(2.5, 0)", "2"},
         {"decimal(3.5, 0)", "4"},
         {"decimal(1/3, 2)", "0.33"},
         {"round up(-5.5, 0)", "-6"},
         {"round down(-5.5, 0)", "-5"},
         {"round half up(-5.5, 0)", "-6"},
         {"round half down(-5.5, 0)", "-5"},
         {"round half up(1.125, 2)", "1.13"},
         {"round half down(1.125, 2)", "1.12"},
         {"floor(-1.5)", "-2"},
         {"ceiling(-1.5)", "-1"},
         {"floor(1234.5, -2)", "1200"},
         {"decimal(12345.678, 7000)", "null"}});
}

TEST(Numbers, DivideAndTakeRemaindersBySign) {
  check({{"1 / 0", "null"},
         {"10 / 4", "2.5"},
         {"modulo(12, 5)", "2"},
         {"modulo(-12, 5)", "3"},
         {"modulo(12, -5)", "-3"},
         {"modulo(10.1, 4.5)", "1.1"},
         {"modulo(1, 0)", "null"}});
}

TEST(Numbers, KnowRootsPowersAndLogarithms) {
  check({{"sqrt(16)", "4"},
         {"sqrt(2)", "1.414213562373095048801688724209698"},
         {"sqrt(-1)", "null"},
         {"2 ** -2", "0.25"},
         {"4 ** 0.5", "2"},
         {"exp(1)", "2.718281828459045235360287471352662"},
         {"log(0)", "null"}});
}

TEST(Numbers, CompareWhateverTheirScale) {
  EXPECT_EQ(compare_numbers(Value::number(15, 1), Value::number(1500, 3)), 0);
  EXPECT_LT(compare_numbers(Value::integer(std::numeric_limits<int64_t>::max()),
                            *Value::number("9223372036854775807.1")),
            0);
  EXPECT_GT(compare_numbers(*Value::number("1e30"), Value::integer(7)), 0);
}

TEST(Numbers, ReadOnlyWhatIsANumber) {
  for (const std::string_view wrong : {"", "-", ".", "1.", "1e", "0x1", "1,5", " 1", "1 ", "NaN"}) {
    EXPECT_FALSE(Value::number(wrong).has_value()) << wrong;
  }
  EXPECT_EQ(to_text(*Value::number(".5")), "0.5");
  EXPECT_EQ(to_text(*Value::number("1e3")), "1000");
  EXPECT_EQ(Value::real(0.1), *Value::number("0.1")) << "the shortest decimal of the double";
}

}  // namespace
}  // namespace passerelle::feel
