// Records of whole simulated patients, as another program writes them: valid, carried by XML
// without loss, found by their values.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "fhir/search_values.h"
#include "fhir/test_files.h"
#include "fhir/validate.h"
#include "fhir/xml.h"

namespace passerelle::fhir {
namespace {

// Unpacked by Debian's bzip2, which this room has no library for; "" when it is not there.
std::string unpacked(const std::string& path) {
  const std::string command = "bzip2 -dc '" + path + "' 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string text;
  std::array<char, 65536> buffer{};
  size_t count = 0;
  while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    text.append(buffer.data(), count);
  }
  pclose(pipe);
  return text;
}

TEST(Synthea, IsValidAndSurvivesXmlAndIsFound) {
  FILES_OR_SKIP(paths, suites_folder() + "synthea", ".json.bz2");
  // The smallest: a second of work, thousands of resources.
  constexpr size_t most_bytes = 45'000;
  size_t resources = 0;
  for (const std::string& path : paths) {
    if (std::filesystem::file_size(path) > most_bytes) continue;
    const std::string text = unpacked(path);
    if (text.empty()) GTEST_SKIP() << "skipped: bzip2 is not installed";
    const Result<json::Document> bundle = json::Document::parse(text);
    ASSERT_TRUE(bundle.ok()) << path << to_text(bundle.error());
    for (const Issue& issue : validate(bundle->root())) {
      EXPECT_NE(issue.severity, Severity::error)
          << path << " " << issue.expression << ": " << issue.message;
    }
    const Result<std::string> xml = write_xml(bundle->root());
    ASSERT_TRUE(xml.ok()) << path << to_text(xml.error());
    const Result<json::Document> back = read_xml(*xml);
    ASSERT_TRUE(back.ok()) << path << to_text(back.error());
    EXPECT_TRUE(json::equal(back->root(), bundle->root())) << path;
    for (const json::Value entry : bundle->root()["entry"].items()) {
      const json::Value resource = entry["resource"];
      const SearchValues values = extract(resource);
      EXPECT_GE(values.values.size(), 2u) << path << resource["resourceType"].string();
      ++resources;
    }
  }
  EXPECT_GT(resources, 1000u);
}

}  // namespace
}  // namespace passerelle::fhir
