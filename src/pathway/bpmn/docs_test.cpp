// The examples of docs/language.md are what they claim to be.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

TEST(LanguagePage, ItsExamplesCompile) {
  std::ifstream file(PASSERELLE_ROOT "/docs/language.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  constexpr std::string_view fence = "```xml\n";
  size_t examples = 0;
  for (size_t at = text.find(fence); at != text.npos; at = text.find(fence, at + 1)) {
    const size_t begin = at + fence.size();
    std::string xml = text.substr(begin, text.find("```", begin) - begin);
    if (xml.find("<definitions") == xml.npos) xml = bpmn(xml);  // the content of a process
    std::vector<Finding> findings;
    compile_pathway(test_source(xml), findings);
    for (const Finding& finding : findings) {
      EXPECT_EQ(finding.severity, Severity::warning) << to_text(finding) << xml;
    }
    ++examples;
  }
  EXPECT_GE(examples, 5u);
}

}  // namespace
}  // namespace passerelle::pathway
