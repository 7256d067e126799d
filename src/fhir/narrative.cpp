#include "fhir/narrative.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "fhir/xml_reader.h"

namespace passerelle::fhir {
namespace {

constexpr std::string_view xhtml_uri = "http://www.w3.org/1999/xhtml";

// HTML 4.0, chapters 7 to 11 (without 9.4) and 15, and <a>, <img>, <map>.
constexpr std::array<std::string_view, 56> elements = {
    "a",          "abbr",   "acronym", "address", "area", "b",     "bdo",      "big",
    "blockquote", "br",     "caption", "cite",    "code", "col",   "colgroup", "dd",
    "dfn",        "div",    "dl",      "dt",      "em",   "h1",    "h2",       "h3",
    "h4",         "h5",     "h6",      "hr",      "i",    "img",   "kbd",      "li",
    "map",        "ol",     "p",       "pre",     "q",    "s",     "samp",     "small",
    "span",       "strike", "strong",  "sub",     "sup",  "table", "tbody",    "td",
    "tfoot",      "th",     "thead",   "tr",      "tt",   "u",     "ul",       "var"};

constexpr std::array<std::string_view, 44> attributes = {
    "abbr",        "accesskey",   "align",   "alt",     "axis",     "bgcolor", "border",
    "cellpadding", "cellspacing", "char",    "charoff", "cite",     "class",   "clear",
    "color",       "colspan",     "compact", "coords",  "dir",      "frame",   "headers",
    "height",      "href",        "id",      "lang",    "name",     "nohref",  "noshade",
    "nowrap",      "rowspan",     "rules",   "scope",   "shape",    "size",    "span",
    "src",         "start",       "style",   "summary", "tabindex", "title",   "type",
    "valign",      "width"};

template <size_t n>
bool is_in(const std::array<std::string_view, n>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

// An address that a browser would run.
bool is_script_address(std::string_view value) {
  std::string scheme;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) <= 0x20) continue;
    if (c == ':') break;
    scheme += c;
  }
  scheme = lower(scheme);
  return scheme == "javascript" || scheme == "vbscript";
}

std::string attribute_fault(const XmlReader& reader) {
  for (const XmlAttribute& attribute : reader.attributes()) {
    const std::string name(attribute.name);
    const bool known =
        attribute.prefix.empty() ? is_in(attributes, attribute.name) : attribute.prefix == "xml";
    if (!known) {
      return "the attribute '" + name + "' of <" + std::string(reader.name()) +
             "> is not allowed in narrative";
    }
    if ((name == "href" || name == "src") && is_script_address(attribute.value)) {
      return "an address that runs a script is not allowed in narrative";
    }
  }
  return "";
}

}  // namespace

std::string narrative_fault(std::string_view div) {
  XmlReader reader(div, {.depth = 100, .html_entities = true});
  bool content = false;
  bool root = true;
  if (!trim(div).starts_with("<div")) return "narrative must be one <div> element";
  for (;;) {
    const Result<XmlEvent> event = reader.next();
    if (!event) return "the narrative is not well-formed XHTML: " + to_text(event.error());
    switch (*event) {
      case XmlEvent::start: {
        if (root && reader.name() != "div") return "narrative must be one <div> element";
        root = false;
        if (reader.uri() != xhtml_uri) {
          return "narrative must be in the XHTML namespace: write <div xmlns=\"" +
                 std::string(xhtml_uri) + "\">";
        }
        if (!is_in(elements, reader.name())) {
          return "<" + std::string(reader.name()) + "> is not allowed in narrative";
        }
        if (reader.name() == "img") content = true;
        std::string fault = attribute_fault(reader);
        if (!fault.empty()) return fault;
        break;
      }
      case XmlEvent::text:
        if (!trim(reader.text()).empty()) content = true;
        break;
      case XmlEvent::end:
        break;
      case XmlEvent::done:
        return content ? "" : "narrative must not be empty";
    }
  }
}

std::string narrative_as_xml(std::string_view div) {
  std::string out;
  for (size_t i = 0; i < div.size(); ++i) {
    if (div[i] == '\r') {
      out += "&#13;";
    } else if (div[i] == '&') {
      const size_t end = div.find(';', i);
      const std::string reference(div.substr(i, end - i + 1));
      // What XML itself knows stays as written; HTML's names become the character.
      const std::string probe = "<p>" + reference + "</p>";
      XmlReader plain(probe);
      XmlReader html(probe, {.html_entities = true});
      const bool known = plain.next().ok() && plain.next().ok();
      if (known || !html.next().ok() || !html.next().ok()) {
        out += reference;
      } else {
        out += html.text();
      }
      i += reference.size() - 1;
    } else {
      out += div[i];
    }
  }
  return out;
}

}  // namespace passerelle::fhir
