// Values as data: saved and loaded, as JSON and back.
#include "pathway/feel/value.h"

#include <gtest/gtest.h>

#include "pathway/feel/testing.h"

namespace passerelle::feel {
namespace {

Value computed(std::string_view text) {
  Evaluation evaluation;
  return compile(text, Names())->evaluate({}, evaluation);
}

constexpr std::string_view everything =
    "{n: null, b: true, i: -5, d: 1.50, big: 1/3, s: \"é\\n\", l: [1, [2]], c: {\"x y\": 1}, "
    "day: @\"2020-02-29\", at: @\"10:00:00.5+01:00\", when: @\"2020-06-01T12:00:00@Europe/Paris\", "
    "long: @\"P1DT2H\", months: @\"-P3M\", range: (1..5]}";

TEST(Values, ComeBackAsTheyWereSaved) {
  const Value value = computed(everything);
  std::string bytes;
  save(value, bytes);
  std::string_view rest = bytes;
  const auto loaded = load(rest);
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(to_text(*loaded), to_text(value));
  EXPECT_EQ(*loaded, value);
}

TEST(Values, RefuseBytesThatAreNoValue) {
  std::string bytes;
  save(computed(everything), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string_view cut(bytes.data(), size);
    EXPECT_FALSE(load(cut).ok()) << size;
  }
}

TEST(Values, KeepWrittenDecimalsInJson) {
  EXPECT_EQ(to_json_text(computed("{d: 1.50, l: [true, null, \"a\"], day: @\"2020-02-29\"}")),
            "{\"d\":1.50,\"l\":[true,null,\"a\"],\"day\":\"2020-02-29\"}");
  const auto document = json::Document::parse("{\"a\": [1.10, {\"b\": null}]}");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(to_text(from_json(document->root())), "{a: [1.10, {b: null}]}");
}

TEST(Values, AreChangedOnlyAsCopies) {
  const Value before = computed("{a: 1}");
  const Value after = before.with("b", Value::integer(2)).with("a", Value::integer(3));
  EXPECT_EQ(to_text(before), "{a: 1}");
  EXPECT_EQ(to_text(after), "{a: 3, b: 2}");
}

TEST(Values, RefuseToNestWithoutEnd) {
  Value value = Value::integer(1);
  for (unsigned i = 0; i < max_depth + 5; ++i) value = Value::list({value});
  EXPECT_LT(to_text(value).size(), 2 * max_depth + 10) << "deeper ones are null";
}

}  // namespace
}  // namespace passerelle::feel
