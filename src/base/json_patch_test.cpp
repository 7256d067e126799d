#include "base/json_patch.h"

#include <gtest/gtest.h>

namespace passerelle::json {
namespace {

// The result as text, or the error's code and place.
std::string patched(std::string_view target, std::string_view patch) {
  Document document = std::move(*Document::parse(target));
  const Document operations = std::move(*Document::parse(patch));
  const auto result = apply_patch(document, document.root(), document.copy(operations.root()));
  if (result) return write(*result);
  const ErrorCode code = result.error().code;
  return (code == ErrorCode::conflict    ? "conflict "
          : code == ErrorCode::too_large ? "too large "
                                         : "invalid ") +
         result.error().where;
}

TEST(JsonPatch, AddsReplacesAndRemovesMembersAndItems) {
  EXPECT_EQ(patched(R"({"a":1})", R"([{"op":"add","path":"/b","value":[2]}])"),
            R"({"a":1,"b":[2]})");
  EXPECT_EQ(patched(R"({"a":[1,2]})", R"([{"op":"add","path":"/a/1","value":9}])"),
            R"({"a":[1,9,2]})");
  EXPECT_EQ(patched(R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":9}])"), R"({"a":[1,9]})");
  EXPECT_EQ(patched(R"({"a":[1]})", R"([{"op":"add","path":"/a/1","value":9}])"), R"({"a":[1,9]})");
  EXPECT_EQ(patched(R"({"a":1})", R"([{"op":"add","path":"/a","value":2}])"), R"({"a":2})");
  EXPECT_EQ(patched(R"({"a":{"b":1,"c":2}})", R"([{"op":"remove","path":"/a/b"}])"),
            R"({"a":{"c":2}})");
  EXPECT_EQ(patched(R"({"a":[1,2]})", R"([{"op":"replace","path":"/a/0","value":1.10}])"),
            R"({"a":[1.10,2]})");
}

TEST(JsonPatch, MovesCopiesAndTests) {
  EXPECT_EQ(patched(R"({"a":{"b":1},"c":[]})", R"([{"op":"move","from":"/a/b","path":"/c/0"}])"),
            R"({"a":{},"c":[1]})");
  EXPECT_EQ(patched(R"({"a":[1,2,3]})", R"([{"op":"move","from":"/a/0","path":"/a/2"}])"),
            R"({"a":[2,3,1]})");
  EXPECT_EQ(patched(R"({"a":1})", R"([{"op":"copy","from":"/a","path":"/b"}])"),
            R"({"a":1,"b":1})");
  EXPECT_EQ(
      patched(R"({"a":{"x":1,"y":2}})",
              R"([{"op":"test","path":"/a","value":{"y":2,"x":1}},{"op":"remove","path":"/a/x"}])"),
      R"({"a":{"y":2}})");
  EXPECT_EQ(patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":"1"}])"), "conflict [0]");
}

TEST(JsonPatch, ReadsPointersWithEscapes) {
  EXPECT_EQ(patched(R"({"a/b":1,"m~n":2})",
                    R"([{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"}])"),
            "{}");
  EXPECT_EQ(patched(R"({"":1})", R"([{"op":"remove","path":"/"}])"), "{}");
  EXPECT_EQ(patched(R"({"a":1})", R"([{"op":"replace","path":"","value":{"b":2}}])"), R"({"b":2})");
}

TEST(JsonPatch, RefusesWhatDoesNotFitAndSaysWhichOperation) {
  EXPECT_EQ(patched("{}", R"([{"op":"remove","path":"/a"}])"), "conflict [0]");
  EXPECT_EQ(patched("{}", R"([{"op":"add","path":"/a/b","value":1}])"), "conflict [0]");
  EXPECT_EQ(patched(R"({"a":[1]})", R"([{"op":"add","path":"/a/2","value":1}])"), "conflict [0]");
  EXPECT_EQ(patched(R"({"a":[1]})", R"([{"op":"remove","path":"/a/-"}])"), "conflict [0]");
  EXPECT_EQ(patched(R"({"a":[1]})", R"([{"op":"replace","path":"/a/00","value":1}])"),
            "conflict [0]");
  EXPECT_EQ(
      patched("{}",
              R"([{"op":"add","path":"/a","value":1},{"op":"replace","path":"/b","value":1}])"),
      "conflict [1]");
}

TEST(JsonPatch, RefusesWhatIsNoPatch) {
  EXPECT_EQ(patched("{}", "{}"), "invalid ");
  EXPECT_EQ(patched("{}", R"([{"op":"grow","path":"/a"}])"), "invalid [0].op");
  EXPECT_EQ(patched("{}", R"([{"op":"add","path":"a","value":1}])"), "invalid [0].path");
  EXPECT_EQ(patched("{}", R"([{"op":"add","path":"/~2","value":1}])"), "invalid [0].path");
  EXPECT_EQ(patched("{}", R"([{"op":"add","path":"/a"}])"), "invalid [0].value");
  EXPECT_EQ(patched("{}", R"([{"op":"copy","path":"/a"}])"), "invalid [0].from");
  EXPECT_EQ(patched(R"({"a":{}})", R"([{"op":"move","from":"/a","path":"/a/b"}])"), "invalid [0]");
  EXPECT_EQ(patched("{}", R"([{"op":"remove","path":""}])"), "invalid [0]");
}

TEST(JsonPatch, RefusesCopiesOfCopiesThatGrowBeyondAllBounds) {
  std::string twice = R"({"op":"copy","from":"/a","path":"/a/-"})", patch = "[" + twice;
  for (int i = 1; i < 40; ++i) patch += "," + twice;
  const std::string wide = patched(R"({"a":["x"]})", patch + "]");
  EXPECT_TRUE(wide.starts_with("too large [")) << wide.substr(0, 100);
}

TEST(JsonPatch, RefusesAResultThatNoParserWouldTakeBack) {
  std::string deep = "[", path;
  for (size_t i = 0; i < Limits().depth; ++i) {
    deep +=
        std::string(i == 0 ? "" : ",") + R"({"op":"add","path":")" + path + R"(/a","value":{}})";
    path += "/a";
  }
  EXPECT_EQ(patched("{}", deep + "]"), "too large [" + std::to_string(Limits().depth - 1) + "]");
}

}  // namespace
}  // namespace passerelle::json
