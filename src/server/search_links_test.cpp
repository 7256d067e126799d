#include "server/search_links.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace passerelle::server {
namespace {

// Follows a link of a page: what the next request brings.
SearchLinks follow(const std::string& links, std::string_view relation) {
  const auto document = json::Document::parse("{" + links.substr(1) + "}");
  EXPECT_TRUE(document.ok());
  for (const json::Value link : document->root()["link"].items()) {
    if (link["relation"].string() != relation) continue;
    const std::string_view url = link["url"].string();
    SearchLinks next;
    const auto query = parse_query(url.substr(url.find('?') + 1));
    for (const auto& [name, value] : *query) next.take(name, value);
    return next;
  }
  ADD_FAILURE() << "no link " << relation << " in " << links;
  return {};
}
bool has(const std::string& links, std::string_view relation) {
  return links.find("\"relation\":\"" + std::string(relation) + "\"") != std::string::npos;
}

const Pairs parameters = {{"status", "a&b"}};

TEST(SearchLinksOfPages, LeadForthAndBack) {
  const SearchLinks first;
  const std::string one = first.write("http://x/fhir/Task", parameters, "aa");
  EXPECT_FALSE(has(one, "previous"));
  EXPECT_FALSE(has(one, "first"));
  const SearchLinks second = follow(one, "next");
  EXPECT_EQ(second.cursor(), "aa");
  const std::string two = second.write("http://x/fhir/Task", parameters, "bb");
  EXPECT_EQ(follow(two, "previous").cursor(), "");
  const SearchLinks third = follow(two, "next");
  const std::string three = third.write("http://x/fhir/Task", parameters, "");
  EXPECT_FALSE(has(three, "next"));
  EXPECT_EQ(follow(three, "self").cursor(), "bb");
  const SearchLinks back = follow(three, "previous");
  EXPECT_EQ(back.cursor(), "aa");
  EXPECT_EQ(back.write("http://x/fhir/Task", parameters, "bb"), two) << "the same page again";
  EXPECT_EQ(follow(three, "first").write("http://x/fhir/Task", parameters, "aa"), one);
}

TEST(SearchLinksOfPages, StayShortHoweverManyPagesThereAre) {
  SearchLinks page;
  std::string links;
  for (int i = 1; i <= 1000; ++i) {
    links = page.write("http://x/fhir/Task", parameters, std::string(60, 'a') + std::to_string(i));
    page = follow(links, "next");
  }
  EXPECT_LT(links.size(), 16'000u);
  int steps = 0;
  for (; has(links, "previous"); ++steps) {
    page = follow(links, "previous");
    links = page.write("http://x/fhir/Task", parameters, "z");
  }
  EXPECT_GT(steps, 30);
  EXPECT_TRUE(has(links, "first")) << "further back leads only that";
}

}  // namespace
}  // namespace passerelle::server
