#include "base/json.h"

#include <dirent.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace passerelle::json {
namespace {

std::string round_trip(std::string_view text) {
  auto document = Document::parse(text);
  return document ? write(document->root()) : "error: " + to_text(document.error());
}

TEST(Json, KeepsOrderAndTheWrittenFormOfNumbers) {
  for (const char* text : {R"({"b":1.10,"a":[-0,1E+2,123456789012345678901234567890,0.0]})",
                           R"([])", R"({})", R"(null)", R"("")", R"([true,false,null,{"x":{}}])"})
    EXPECT_EQ(round_trip(text), text);
}

TEST(Json, UnescapesTexts) {
  auto document = Document::parse(R"(["a\"\\\/\b\f\n\r\t","\u00e9\ud83d\ude00 é"])");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root()[0].string(), "a\"\\/\b\f\n\r\t");
  EXPECT_EQ(document->root()[1].string(), "é😀 é");
}

TEST(Json, RefusesWhatRfc8259Refuses) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "nul",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"a",
                           "[1] 2",
                           "'a'",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "NaN",
                           "{\"a\":1,\"a\":2}"})
    EXPECT_FALSE(Document::parse(text).ok()) << text;
}

TEST(Json, SaysWhereAndWhat) {
  auto document = Document::parse("{\n  \"a\": tru\n}");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().where, "2:8");
  EXPECT_EQ(document.error().code, ErrorCode::invalid);
}

TEST(Json, RefusesDepthAndSizeBeyondTheLimits) {
  EXPECT_EQ(Document::parse(std::string(300, '[') + std::string(300, ']')).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(Document::parse("[1,2,3]", {.bytes = 3}).error().code, ErrorCode::too_large);
}

TEST(Json, FindsADuplicateNameAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"n" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(Document::parse(text + "\"x\":0}").ok());
  EXPECT_FALSE(Document::parse(text + "\"n99\":0}").ok());
}

TEST(Json, BuildsAndChangesWithoutTouchingTheOriginal) {
  Document d;
  const Value before = d.object({{"a", d.integer(1)}, {"b", d.string("x\n")}});
  const Value after = d.with(d.without(before, "a"), "c", d.array(std::vector<Value>{d.null()}));
  EXPECT_EQ(write(before), R"({"a":1,"b":"x\n"})");
  EXPECT_EQ(write(after), R"({"b":"x\n","c":[null]})");
  EXPECT_EQ(write(d.with(before, "a", d.integer(2))), R"({"a":2,"b":"x\n"})");
}

TEST(Json, AbsentMembersMakeChainsSafe) {
  auto document = Document::parse(R"({"a":[{"b":7}]})");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root()["a"][0]["b"].number(), "7");
  EXPECT_FALSE(document->root()["x"][3]["y"].exists());
  EXPECT_FALSE(document->root()["a"].integer().ok());
}

TEST(Json, ReadsEveryFhirExampleAndWritesTheSameAgain) {
  const std::string folder = std::string(PASSERELLE_ROOT) + "/../shared/suites/fhir-examples";
  DIR* dir = opendir(folder.c_str());
  if (dir == nullptr) GTEST_SKIP() << "skipped: the suite fhir-examples is not present";
  int read = 0;
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (!name.ends_with(".json")) continue;
    const auto text = read_file(folder + "/" + name);
    ASSERT_TRUE(text.ok());
    auto first = Document::parse(*text);
    ASSERT_TRUE(first.ok()) << name << ": " << to_text(first.error());
    const std::string compact = write(first->root());
    EXPECT_EQ(round_trip(compact), compact) << name;
    auto pretty = Document::parse(write(first->root(), true));
    ASSERT_TRUE(pretty.ok());
    EXPECT_TRUE(equal(pretty->root(), first->root())) << name;
    ++read;
  }
  closedir(dir);
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace passerelle::json
