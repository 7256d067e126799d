#include "base/base64.h"

#include <gtest/gtest.h>

namespace passerelle {
namespace {

// RFC 4648, section 10.
TEST(Base64, HasTheVectorsOfItsStandard) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, HasTwoAlphabetsThatDoNotMix) {
  const std::string bytes = "\xfb\xff\xfe";
  EXPECT_EQ(to_base64(bytes), "+//+");
  EXPECT_EQ(to_base64(bytes, Base64::url), "-__-");
  EXPECT_EQ(from_base64("-__-", Base64::url), bytes);
  EXPECT_EQ(from_base64("-__-"), std::nullopt);
  EXPECT_EQ(from_base64("Zm 9v"), std::nullopt);
}

}  // namespace
}  // namespace passerelle
