#include "fhir/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fhir/test_files.h"

namespace passerelle::fhir {
namespace {

using testing::HasSubstr;

// Members in one order, so that only order that means something is compared.
void write_sorted(std::string& out, json::Value value) {
  if (value.is_object()) {
    std::vector<json::Member> members(value.members().begin(), value.members().end());
    std::sort(members.begin(), members.end(),
              [](const json::Member& a, const json::Member& b) { return a.name < b.name; });
    out += '{';
    for (const json::Member& member : members) {
      out += json::quote(member.name) + ":";
      write_sorted(out, member.value);
      out += ',';
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (const json::Value item : value.items()) {
      write_sorted(out, item);
      out += ',';
    }
    out += ']';
  } else {
    out += json::write(value);
  }
}
std::string sorted(json::Value value) {
  std::string out;
  write_sorted(out, value);
  return out;
}

std::string there_and_back(std::string_view json_text, bool pretty = false) {
  const Result<json::Document> document = json::Document::parse(json_text);
  if (!document) return to_text(document.error());
  const Result<std::string> xml = write_xml(document->root(), pretty);
  if (!xml) return to_text(xml.error());
  const Result<json::Document> back = read_xml(*xml);
  if (!back) return to_text(back.error()) + "\n" + *xml;
  return json::write(back->root());
}

std::string fault(std::string_view xml) {
  const Result<json::Document> document = read_xml(xml);
  return document ? "fine: " + json::write(document->root()) : to_text(document.error());
}

// `inside` a Patient of the right namespace.
std::string patient(std::string_view inside) {
  return "<Patient xmlns=\"http://hl7.org/fhir\">" + std::string(inside) + "</Patient>";
}

TEST(Xml, CarriesEveryExampleWithoutLoss) {
  FILES_OR_SKIP(paths, suites_folder() + "fhir-examples", ".json");
  size_t carried = 0;
  for (const std::string& path : paths) {
    const Result<std::string> text = read_file(path);
    ASSERT_TRUE(text.ok());
    const Result<json::Document> document = json::Document::parse(*text);
    ASSERT_TRUE(document.ok()) << path;
    for (const bool pretty : {false, true}) {
      const Result<json::Document> back = json::Document::parse(there_and_back(*text, pretty));
      ASSERT_TRUE(back.ok()) << path << ": " << there_and_back(*text, pretty).substr(0, 400);
      EXPECT_EQ(sorted(back->root()), sorted(document->root())) << path;
    }
    // XML to JSON to XML is the same text: the order of the specification is stable.
    const Result<std::string> once = write_xml(document->root());
    const Result<std::string> twice = write_xml(read_xml(*once)->root());
    EXPECT_EQ(*once, *twice) << path;
    ++carried;
  }
  EXPECT_EQ(carried, paths.size());
}

TEST(Xml, KeepsDecimalsOrderExtensionsAndContainedResources) {
  const std::string_view text =
      R"({"resourceType":"Observation","id":"o","contained":[{"resourceType":"Patient","id":"p",)"
      R"("birthDate":"1970","_birthDate":{"id":"b","extension":[{"url":"urn:x",)"
      R"("valueDecimal":1.10}]}}],"status":"final","code":{"text":"a \"b\" <c> & d\ne"},)"
      R"("subject":{"reference":"#p"},"valueQuantity":{"value":1.00e2,"unit":"é"},)"
      R"("component":[{"code":{"text":"2"},"valueBoolean":false},{"code":{"text":"1"}}]})";
  EXPECT_EQ(there_and_back(text), text);
}

TEST(Xml, KeepsTheGapsOfRepeatedPrimitives) {
  const std::string_view text =
      R"({"resourceType":"Patient","name":[{"given":["A",null,"C"],"_given":[null,)"
      R"({"extension":[{"url":"urn:x","valueCode":"unknown"}]},{"id":"c"}]}]})";
  EXPECT_EQ(there_and_back(text), text);
  const std::string_view only_extra =
      R"({"resourceType":"Patient","_gender":{"extension":[{"url":"urn:x","valueString":"y"}]}})";
  EXPECT_EQ(there_and_back(only_extra), only_extra);
}

TEST(Xml, CarriesNarrativeAsItStands) {
  const std::string_view text =
      R"({"resourceType":"Patient","text":{"status":"generated","div":)"
      R"("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"a\">x &lt; y</p><br/></div>"}})";
  EXPECT_EQ(there_and_back(text), text);
  // HTML's names of characters are none of XML's: they become the characters.
  EXPECT_THAT(there_and_back(
                  R"({"resourceType":"Patient","text":{"status":"generated","div":)"
                  R"("<div xmlns=\"http://www.w3.org/1999/xhtml\">&eacute;&nbsp;&amp;</div>"}})"),
              HasSubstr("\xc3\xa9\xc2\xa0&amp;"));
}

TEST(Xml, PutsElementsInTheOrderOfTheSpecification) {
  const Result<json::Document> document = json::Document::parse(
      R"({"birthDate":"2020","resourceType":"Patient","name":[{"family":"x","use":"usual"}],"id":"p"})");
  EXPECT_EQ(*write_xml(document->root()),
            R"(<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir">)"
            R"(<id value="p"/><name><use value="usual"/><family value="x"/></name>)"
            R"(<birthDate value="2020"/></Patient>)");
}

TEST(Xml, ReadsWhatOthersWrite) {
  const std::string_view xml =
      "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a comment -->\n"
      "<f:Patient xmlns:f=\"http://hl7.org/fhir\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xsi:schemaLocation=\"http://hl7.org/fhir patient.xsd\">\n"
      "  <f:active value='true'/><f:gender value=\"&#x66;emale\"></f:gender>\n</f:Patient>\n";
  EXPECT_EQ(fault(xml), R"(fine: {"resourceType":"Patient","active":true,"gender":"female"})");
}

TEST(Xml, RefusesWhatAttacksAreMadeOf) {
  EXPECT_THAT(fault("<!DOCTYPE Patient [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + patient("")),
              HasSubstr("1:1: document type declarations are not allowed"));
  EXPECT_THAT(fault(patient("<gender value=\"&x;\"/>")), HasSubstr("the entity '&x;'"));
  EXPECT_THAT(fault(patient("<?php x?>")), HasSubstr("processing instructions"));
  EXPECT_THAT(fault(patient("<x:gender value=\"male\"/>")), HasSubstr("'x' is not declared"));
  EXPECT_THAT(fault(patient("<gender xmlns=\"urn:x\" value=\"male\"/>")),
              HasSubstr("not in the namespace of FHIR"));
  EXPECT_THAT(fault("<Patient/>"), HasSubstr("xmlns=\"http://hl7.org/fhir\""));
  EXPECT_THAT(fault("<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + patient("")),
              HasSubstr("utf-16"));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<extension url=\"u\">";
  EXPECT_THAT(fault(patient(deep)), HasSubstr("inside each other"));
}

TEST(Xml, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(fault(patient("\n  <birthdate value=\"2020\"/>")), HasSubstr("2:3: 'birthdate'"));
  EXPECT_THAT(fault(patient("<birthdate value=\"2020\"/>")), HasSubstr("'birthDate'"));
  EXPECT_THAT(fault(patient("<gender value=\"male\"/><gender value=\"male\"/>")),
              HasSubstr("occurs twice"));
  EXPECT_THAT(fault(patient("<active value=\"yes\"/>")), HasSubstr("boolean"));
  EXPECT_THAT(fault(patient("<active/>")), HasSubstr("needs a value"));
  EXPECT_THAT(fault(patient("<name/>")), HasSubstr("empty"));
  EXPECT_THAT(fault(patient("<gender value=\"male\" code=\"m\"/>")), HasSubstr("attribute 'code'"));
  EXPECT_THAT(fault(patient("male")), HasSubstr("text between elements"));
  EXPECT_THAT(fault(patient("<gender value=\"male\">")), HasSubstr("closes nothing"));
  EXPECT_THAT(fault("<Patiant xmlns=\"http://hl7.org/fhir\"/>"), HasSubstr("<Patient>"));
  EXPECT_THAT(fault(""), HasSubstr("no XML element"));
  EXPECT_THAT(fault(patient("<contained/>")), HasSubstr("one resource"));
  EXPECT_THAT(
      fault("<Patient xmlns=\"http://hl7.org/fhir\" xmlns:h=\"http://www.w3.org/1999/xhtml\">"
            "<text><status value=\"empty\"/><h:div>x</h:div></text></Patient>"),
      HasSubstr("1:106: narrative must declare its namespace"));
}

TEST(Xml, WritesOnlyWhatItCanReadBack) {
  const auto written = [](std::string_view text) {
    const Result<json::Document> document = json::Document::parse(text);
    const Result<std::string> xml = write_xml(document->root());
    return xml ? *xml : to_text(xml.error());
  };
  EXPECT_THAT(written(R"({"resourceType":"Patient","name":[{"famly":"x"}]})"),
              HasSubstr("Patient.name[0].famly: 'famly' is not an element of HumanName"));
  EXPECT_THAT(written(R"({"resourceType":"Nothing"})"), HasSubstr("'Nothing'"));
  EXPECT_THAT(written(R"({"resourceType":"Patient","gender":"a\u0001"})"),
              HasSubstr("control characters"));
  EXPECT_THAT(written(R"({"resourceType":"Patient","text":{"status":"empty","div":"<b>"}})"),
              HasSubstr("Patient.text.div"));
  EXPECT_THAT(written(R"({"resourceType":"Patient","name":"x"})"), HasSubstr("expected an object"));
}

}  // namespace
}  // namespace passerelle::fhir
