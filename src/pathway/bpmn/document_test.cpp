#include "pathway/bpmn/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::pathway {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string wrapped(const std::string& content, const std::string& attributes = "") {
  return "<definitions xmlns=\"" + std::string(bpmn_namespace) +
         "\" xmlns:o=\"urn:other\" targetNamespace=\"urn:mine\" " + attributes + ">" + content +
         "</definitions>";
}

BpmnDocument parsed(const std::string& xml) {
  auto document = BpmnDocument::parse(xml, "test.bpmn");
  EXPECT_TRUE(document.ok()) << (document ? "" : to_text(document.error()));
  return std::move(*document);
}

std::string differences(const std::string& first, const std::string& second) {
  const auto found = first_difference(parsed(first), parsed(second));
  return found ? found->path + ": " + found->what : "";
}

TEST(Document, KeepsEverythingThatAPersonMayHaveWritten) {
  const std::string content =
      "<!-- first --><process id=\"p\" o:colour=\"a &lt; &quot;b&quot; &amp; c&#10;d&#9;e\">\n"
      "  <documentation textFormat=\"text/html\">  two <o:b>bold</o:b> <o:i/>\n </documentation>"
      "<extensionElements><o:data>  <o:x/>\n</o:data><o:blank>  </o:blank></extensionElements>"
      "<scriptTask id=\"s\"><script><![CDATA[if (a < b && c)\n\treturn ]]>&gt; 1&#13;</script>"
      "</scriptTask><?tool keep this?><unknownThing mystery=\"yes\"/>\n</process>";
  const std::string xml = wrapped(content);
  const std::string written = parsed(xml).write();
  EXPECT_EQ(written, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
                         wrapped(content).replace(wrapped(content).find("\" >"), 3, "\">") + "\n");
  EXPECT_EQ(parsed(written).write(), written);
  EXPECT_EQ(differences(xml, written), "");
}

TEST(Document, WritesUtf8WhateverItReads) {
  const std::string latin = "<?xml version='1.0' encoding='ISO-8859-1'?>" +
                            wrapped("<process id=\"p\" name=\"pr\xE9lude\"/>");
  EXPECT_THAT(parsed(latin).write(), HasSubstr("name=\"prélude\""));
  EXPECT_THAT(parsed(latin).write(), HasSubstr("encoding=\"UTF-8\""));
}

struct Hostile {
  std::string what, xml, message, where;
};

TEST(Document, RefusesWithThePlaceWhatItCannotTrust) {
  std::string deep = "<process id=\"p\">", tail;
  for (int i = 0; i < 200; ++i) {
    deep += "<subProcess>";
    tail += "</subProcess>";
  }
  const Hostile all[] = {
      {"an entity", wrapped("<process id=\"p\" name=\"&bomb;\"/>"), "'&' starts no entity", ":1:"},
      {"a document type", "<!DOCTYPE x [<!ENTITY a \"b\">]>" + wrapped(""), "document type",
       ":1:1"},
      {"deep nesting", wrapped("\n" + deep + tail + "</process>"), "nested more than 150", ":2:"},
      {"bytes that are not UTF-8", wrapped("<process name=\"\xFF\"/>"), "not UTF-8", ":1:1"},
      {"a file too large", wrapped(std::string(17u << 20, ' ')), "larger than 16 MiB", "test.bpmn"},
      {"NUL", wrapped("<process/>") + std::string(1, '\0'), "NUL", ":1:"},
      {"a control character", wrapped("<process>\n<documentation>a&#1;b</documentation></process>"),
       "character that XML does not know", ":2:16"},
      {"half a surrogate", wrapped("<process name=\"&#xD800;\"/>"), "character that XML", ":1:"},
      {"an undeclared prefix", wrapped("\n<x:y/>"), "prefix of <x:y> is not declared", ":2:1"},
      {"an attribute twice", wrapped("\n<process id=\"a\" id=\"b\"/>"), "stands twice", ":2:"},
      {"a second root", wrapped("") + "\n<other/>", "second root", ":2:1"},
      {"text after the root", wrapped("") + "\nhello", "outside the root", ":2:1"},
      {"no element", "<!-- nothing -->", "no element", ":1:1"},
      {"nothing", "", "no element", ":1:1"},
      {"not XML", "<definitions", "not XML", ":1:"},
      {"another root", "<html/>", "not a BPMN 2.0 model", ":1:1"},
  };
  for (const Hostile& each : all) {
    const auto document = BpmnDocument::parse(each.xml, "test.bpmn");
    ASSERT_FALSE(document.ok()) << each.what;
    EXPECT_THAT(document.error().message, HasSubstr(each.message)) << each.what;
    EXPECT_THAT(document.error().where, HasSubstr(each.where)) << each.what;
    EXPECT_FALSE(document.error().help.empty()) << each.what;
  }
}

TEST(DocumentComparison, LexicalFormDoesNotCount) {
  const std::string first = wrapped(
      "<process id=\"p\" isExecutable=\"true\"><task id=\"a\"/><task id=\"b\"/>"
      "<sequenceFlow id=\"f\" sourceRef=\"a\" targetRef=\"b\"><conditionExpression"
      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"tFormalExpression\">"
      "x &lt; 1</conditionExpression></sequenceFlow></process>"
      "<message id=\"m\" itemRef=\"i\"/>");
  const std::string second =
      "<!-- c --><q:definitions targetNamespace='urn:mine' xmlns:mine='urn:mine' xmlns:q='" +
      std::string(bpmn_namespace) +
      "'>\n <q:process isExecutable='1' id='p'>\n  <q:task id='a'>\n</q:task><q:task id='b'/>\n"
      "<q:sequenceFlow targetRef='b' sourceRef='mine:a' id='f'><q:conditionExpression"
      " xmlns:s='http://www.w3.org/2001/XMLSchema-instance' s:type='q:tFormalExpression'>"
      "<![CDATA[x < 1]]></q:conditionExpression></q:sequenceFlow>\n"
      "</q:process>\n<q:message id='m' itemRef='mine:i'/></q:definitions>";
  EXPECT_EQ(differences(first, second), "");
}

TEST(DocumentComparison, NumbersOfADiagramAreNumbers) {
  const auto drawn = [](const std::string& x) {
    return wrapped("<d:BPMNDiagram><d:BPMNPlane><d:BPMNShape bpmnElement=\"a\"><dc:Bounds x=\"" +
                       x +
                       "\" y=\"0\" width=\"1\" height=\"1\"/></d:BPMNShape></d:BPMNPlane>"
                       "</d:BPMNDiagram>",
                   "xmlns:d=\"" + std::string(bpmndi_namespace) + "\" xmlns:dc=\"" +
                       std::string(dc_namespace) + "\"");
  };
  EXPECT_EQ(differences(drawn("10"), drawn("10.0")), "");
  EXPECT_EQ(differences(drawn("1e1"), drawn("10.00")), "");
  EXPECT_THAT(differences(drawn("10"), drawn("11")),
              HasSubstr("/Bounds/@x: the attribute differs"));
}

TEST(DocumentComparison, SaysWhatDiffersFirst) {
  const auto process = [](const std::string& content) {
    return wrapped("<process id=\"p\">" + content + "</process>");
  };
  const std::string task = "<task id=\"t\"/>";
  EXPECT_EQ(
      differences(process(task), process("<task id=\"t\" name=\"x\"/>")),
      "/definitions/process[@id='p']/task[@id='t']/@name: only the second has this attribute");
  EXPECT_EQ(differences(process(task), process("<userTask id=\"t\"/>")),
            "/definitions/process[@id='p']/task[@id='t']: another element stands here");
  EXPECT_EQ(differences(process(task + "<task id=\"u\"/>"), process(task)),
            "/definitions/process[@id='p']/task[@id='u']: only the first has this");
  EXPECT_EQ(differences(process("<task id=\"u\"/>" + task), process(task + "<task id=\"u\"/>")),
            "/definitions/process[@id='p']/task[@id='u']/@id: the attribute differs");
  EXPECT_EQ(differences(process("<documentation>a</documentation>"),
                        process("<documentation> a</documentation>")),
            "/definitions/process[@id='p']/documentation/text(): the text differs");
  EXPECT_EQ(differences(wrapped("<o:a> </o:a>"), wrapped("<o:a/>")),
            "/definitions/a/text(): only the first has this");
  EXPECT_EQ(differences(wrapped("<o:a/>"), wrapped("<z:a xmlns:z=\"urn:third\"/>")),
            "/definitions/a: another element stands here");
  EXPECT_EQ(differences(wrapped("<error id=\"e\" structureRef=\"o:x\"/>"),
                        wrapped("<error id=\"e\" structureRef=\"z:x\" xmlns:z=\"urn:third\"/>")),
            "/definitions/error[@id='e']/@structureRef: the attribute differs");
}

TEST(DocumentDiagrams, AreReadAndWrittenAsData) {
  const Diagram diagram{"p",
                        {{"a", {1.5, -2, 100, 80}, true, false, {}, Bounds{1, 2, 3, 4}},
                         {"g", {0, 0, 50, 50}, {}, {}, true, {}}},
                        {{"f", {{0, 0}, {10, 0.25}}, Bounds{5, 6, 7, 8}}}};
  BpmnDocument document = parsed(wrapped("<process id=\"p\"/>\n", "xmlns:di=\"urn:taken\""));
  EXPECT_THAT(document.diagrams(), IsEmpty());
  document.set_diagrams({diagram});
  BpmnDocument again = parsed(document.write());
  EXPECT_EQ(again.diagrams(), std::vector{diagram});
  EXPECT_THAT(again.write(), HasSubstr("xmlns:di1=\"" + std::string(di_namespace)));
  again.set_diagrams({});
  EXPECT_THAT(again.diagrams(), IsEmpty());
  EXPECT_FALSE(first_difference(parsed(wrapped("<process id=\"p\"/>")), again));
}

TEST(DocumentDiagrams, DamagedOnesAreReadWithoutHarm) {
  const auto diagrams =
      parsed(wrapped("<d:BPMNDiagram/><d:BPMNDiagram><d:BPMNPlane bpmnElement=\"p\"><d:BPMNShape/>"
                     "<d:BPMNShape bpmnElement=\"o:a\"/><d:BPMNShape bpmnElement=\"b\">"
                     "<dc:Bounds x=\"nan\" y=\"1e999\" width=\"wide\"/></d:BPMNShape>"
                     "</d:BPMNPlane></d:BPMNDiagram>",
                     "xmlns:d=\"" + std::string(bpmndi_namespace) + "\" xmlns:dc=\"" +
                         std::string(dc_namespace) + "\""))
          .diagrams();
  ASSERT_EQ(diagrams.size(), 1u);
  ASSERT_EQ(diagrams[0].shapes.size(), 2u);
  EXPECT_EQ(diagrams[0].shapes[0].element, "a");
  EXPECT_EQ(diagrams[0].shapes[1].bounds, Bounds{});
}

}  // namespace
}  // namespace passerelle::pathway
