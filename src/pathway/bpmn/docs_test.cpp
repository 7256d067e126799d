// The examples of docs/language.md are what they claim to be.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

// "<!-- package measure, version 3 -->" begins an example that is another package.
std::optional<CalledPackage> called(const std::string& xml) {
  constexpr std::string_view begins = "<!-- package ", between = ", version ", ends = " -->";
  const size_t comma = xml.find(between), end = xml.find(ends);
  if (!xml.starts_with(begins) || comma == xml.npos || end == xml.npos) return std::nullopt;
  CalledPackage package;
  package.id = xml.substr(begins.size(), comma - begins.size());
  package.version = xml.substr(comma + between.size(), end - comma - between.size());
  package.folder = "../" + package.id + "/";
  package.bpmn = xml;
  return package;
}

TEST(LanguagePage, ItsExamplesCompile) {
  std::ifstream file(PASSERELLE_ROOT "/docs/language.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  constexpr std::string_view fence = "```xml\n";
  size_t examples = 0;
  std::vector<CalledPackage> packages;  // that later examples may call
  for (size_t at = text.find(fence); at != text.npos; at = text.find(fence, at + 1)) {
    const size_t begin = at + fence.size();
    std::string xml = text.substr(begin, text.find("```", begin) - begin);
    if (const auto package = called(xml)) {
      packages.push_back(*package);
    }
    if (xml.find("<definitions") == xml.npos) xml = bpmn(xml);  // the content of a process
    std::vector<Finding> findings;
    PathwaySource source = test_source(xml);
    source.called = packages;
    compile_pathway(std::move(source), findings);
    for (const Finding& finding : findings) {
      EXPECT_EQ(finding.severity, Severity::warning) << to_text(finding) << xml;
    }
    ++examples;
  }
  EXPECT_GE(examples, 5u);
}

}  // namespace
}  // namespace passerelle::pathway
