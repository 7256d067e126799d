#include "fhir/xml_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/text.h"

namespace passerelle::fhir {
namespace {

constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// XML 1.0, production 2.
bool is_xml_char(uint32_t c) {
  return c == 0x9 || c == 0xa || c == 0xd || (c >= 0x20 && c <= 0xd7ff) ||
         (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

struct Entity {
  std::string_view name;
  uint32_t character;
};
constexpr std::array<Entity, 5> xml_entities = {
    {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};

// HTML 4's, U+00A0 to U+00FF in order, then some others.
constexpr std::array<std::string_view, 96> latin_entities = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};
constexpr std::array<Entity, 22> other_entities = {
    {{"OElig", 0x152},  {"oelig", 0x153},   {"Yuml", 0x178},    {"ndash", 0x2013},
     {"mdash", 0x2014}, {"lsquo", 0x2018},  {"rsquo", 0x2019},  {"sbquo", 0x201a},
     {"ldquo", 0x201c}, {"rdquo", 0x201d},  {"bdquo", 0x201e},  {"dagger", 0x2020},
     {"bull", 0x2022},  {"hellip", 0x2026}, {"permil", 0x2030}, {"euro", 0x20ac},
     {"trade", 0x2122}, {"larr", 0x2190},   {"rarr", 0x2192},   {"harr", 0x2194},
     {"le", 0x2264},    {"ge", 0x2265}}};

// 0 when there is none of that name.
uint32_t entity(std::string_view name, bool html) {
  for (const Entity& one : xml_entities) {
    if (one.name == name) return one.character;
  }
  if (!html) return 0;
  for (uint32_t i = 0; i < latin_entities.size(); ++i) {
    if (latin_entities[i] == name) return 0xa0 + i;
  }
  for (const Entity& one : other_entities) {
    if (one.name == name) return one.character;
  }
  return 0;
}

// "#65" or "#x41"; 0 when it is no character.
uint32_t numeric_character(std::string_view reference) {
  const bool hex = reference.starts_with("#x");
  reference.remove_prefix(hex ? 2 : 1);
  if (reference.empty() || reference.size() > 8) return 0;
  uint64_t value = 0;
  for (const char c : reference) {
    uint32_t digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    if (hex && c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a') + 10;
    if (hex && c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A') + 10;
    if (digit >= (hex ? 16u : 10u)) return 0;
    value = value * (hex ? 16 : 10) + digit;
  }
  return value <= 0x10ffff && is_xml_char(static_cast<uint32_t>(value))
             ? static_cast<uint32_t>(value)
             : 0;
}

}  // namespace

XmlReader::XmlReader(std::string_view xml, const XmlOptions& options)
    : xml_(xml), options_(options) {}

Error XmlReader::error_at(size_t offset, std::string message) const {
  const std::string_view before = xml_.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return Error{ErrorCode::invalid, std::move(message),
               std::to_string(line) + ":" + std::to_string(offset - line_begin + 1)};
}

void XmlReader::skip_space() {
  while (at_ < xml_.size() && is_space(xml_[at_])) ++at_;
}

Result<void> XmlReader::skip_declaration() {
  if (!is_utf8(xml_)) return error_at(0, "this XML is not in UTF-8");
  for (size_t i = 0; i < xml_.size(); ++i) {
    const auto c = static_cast<unsigned char>(xml_[i]);
    if (c < 0x20 && !is_space(xml_[i])) return error_at(i, "XML cannot hold control characters");
  }
  if (xml_.starts_with("\xef\xbb\xbf")) at_ = 3;
  if (!xml_.substr(at_).starts_with("<?xml") || at_ + 5 >= xml_.size() || !is_space(xml_[at_ + 5]))
    return {};
  const size_t end = xml_.find("?>", at_);
  if (end == xml_.npos) return error_at(at_, "the XML declaration does not end");
  const std::string declaration = lower(xml_.substr(at_, end - at_));
  const size_t encoding = declaration.find("encoding");
  if (encoding != declaration.npos) {
    const std::string_view rest = std::string_view(declaration).substr(encoding);
    const size_t quote = rest.find_first_of("\"'");
    const std::string_view name = quote == rest.npos ? "" : rest.substr(quote + 1);
    const std::string_view value = name.substr(0, name.find_first_of("\"'"));
    if (value != "utf-8" && value != "us-ascii") {
      return error_at(at_, "the encoding '" + std::string(value) + "' is not offered: send UTF-8");
    }
  }
  at_ = end + 2;
  return {};
}

Result<XmlEvent> XmlReader::next() {
  if (self_closed_) {
    self_closed_ = false;
    return close_element();
  }
  if (!root_seen_ && at_ == 0) TRY_VOID(skip_declaration());
  text_.clear();
  for (;;) {
    event_begin_ = at_;
    const std::string_view rest = xml_.substr(at_);
    if (rest.empty()) {
      if (!open_.empty()) {
        return error_at(at_, "the XML ends inside <" + std::string(open_.back().qualified) + ">");
      }
      if (!root_seen_) return error_at(at_, "there is no XML element");
      return XmlEvent::done;
    }
    if (rest.starts_with("<!--")) {
      TRY_VOID(skip_comment());
    } else if (rest.starts_with("<![CDATA[")) {
      if (open_.empty()) return error_at(at_, "text outside the root element");
      TRY_VOID(read_cdata());
      return XmlEvent::text;
    } else if (rest.starts_with("<!")) {
      return error_at(at_, "document type declarations are not allowed in FHIR XML");
    } else if (rest.starts_with("<?")) {
      return error_at(at_, "processing instructions are not allowed in FHIR XML");
    } else if (rest.starts_with("</")) {
      return read_end();
    } else if (rest[0] == '<') {
      return read_start();
    } else if (open_.empty()) {
      if (!is_space(rest[0])) return error_at(at_, "text outside the root element");
      skip_space();
    } else {
      return read_text();
    }
  }
}

Result<void> XmlReader::skip_comment() {
  const size_t end = xml_.find("--", at_ + 4);
  if (end == xml_.npos || end + 2 >= xml_.size() || xml_[end + 2] != '>') {
    return error_at(at_, "this comment does not end with --> or has -- inside");
  }
  at_ = end + 3;
  return {};
}

Result<void> XmlReader::read_cdata() {
  const size_t end = xml_.find("]]>", at_);
  if (end == xml_.npos) return error_at(at_, "this CDATA section does not end");
  for (size_t i = at_ + 9; i < end; ++i) {
    if (xml_[i] == '\r') {
      if (xml_[i + 1] != '\n') text_ += '\n';
    } else {
      text_ += xml_[i];
    }
  }
  at_ = end + 3;
  return {};
}

Result<XmlEvent> XmlReader::read_text() {
  while (at_ < xml_.size() && xml_[at_] != '<') {
    const char c = xml_[at_];
    if (c == '&') {
      TRY_VOID(append_reference(text_));
      continue;
    }
    if (xml_.substr(at_).starts_with("]]>")) return error_at(at_, "']]>' must be written ']]&gt;'");
    // XML 1.0, 2.11: line ends become one line feed.
    if (c != '\r') {
      text_ += c;
    } else if (at_ + 1 >= xml_.size() || xml_[at_ + 1] != '\n') {
      text_ += '\n';
    }
    ++at_;
  }
  return XmlEvent::text;
}

Result<void> XmlReader::append_reference(std::string& out) {
  const size_t end = xml_.find(';', at_);
  const std::string_view name =
      end == xml_.npos || end - at_ > 32 ? "" : xml_.substr(at_ + 1, end - at_ - 1);
  if (name.empty()) return error_at(at_, "'&' must be written '&amp;'");
  const uint32_t character =
      name[0] == '#' ? numeric_character(name) : entity(name, options_.html_entities);
  if (character == 0) {
    return error_at(at_, "the entity '&" + std::string(name) +
                             ";' is not allowed: only &lt; &gt; &amp; &quot; &apos; and "
                             "characters by number");
  }
  append_utf8(out, character);
  at_ = end + 1;
  return {};
}

Result<std::string_view> XmlReader::read_name() {
  const size_t begin = at_;
  if (at_ >= xml_.size() || !is_name_start(xml_[at_])) return error_at(at_, "expected a name");
  while (at_ < xml_.size() && is_name_char(xml_[at_])) ++at_;
  const std::string_view name = xml_.substr(begin, at_ - begin);
  const size_t colon = name.find(':');
  if (colon != name.npos && (colon + 1 == name.size() || name.find(':', colon + 1) != name.npos)) {
    return error_at(begin, "'" + std::string(name) + "' is not a name");
  }
  return name;
}

Result<void> XmlReader::read_attribute() {
  const size_t begin = at_;
  TRY(const std::string_view qualified, read_name());
  skip_space();
  if (at_ >= xml_.size() || xml_[at_] != '=') return error_at(at_, "expected '=' and a value");
  ++at_;
  skip_space();
  const char quote = at_ < xml_.size() ? xml_[at_] : ' ';
  if (quote != '"' && quote != '\'') return error_at(at_, "expected a value in quotes");
  ++at_;
  XmlAttribute attribute;
  const size_t colon = qualified.find(':');
  attribute.prefix = colon == qualified.npos ? "" : qualified.substr(0, colon);
  attribute.name = colon == qualified.npos ? qualified : qualified.substr(colon + 1);
  while (at_ < xml_.size() && xml_[at_] != quote) {
    const char c = xml_[at_];
    if (c == '<') return error_at(at_, "'<' must be written '&lt;'");
    if (c == '&') {
      TRY_VOID(append_reference(attribute.value));
      continue;
    }
    // XML 1.0, 3.3.3: white space as written becomes a space; "\r\n" is one line end.
    if (c != '\r' || at_ + 1 >= xml_.size() || xml_[at_ + 1] != '\n') {
      attribute.value += is_space(c) ? ' ' : c;
    }
    ++at_;
  }
  if (at_ >= xml_.size()) return error_at(begin, "this attribute does not end");
  ++at_;
  for (const XmlAttribute& other : attributes_) {
    if (other.prefix == attribute.prefix && other.name == attribute.name) {
      return error_at(begin, "the attribute '" + std::string(qualified) + "' stands twice");
    }
  }
  attributes_.push_back(std::move(attribute));
  return {};
}

Result<XmlEvent> XmlReader::read_start() {
  if (root_seen_ && open_.empty()) return error_at(at_, "there is more than one root element");
  ++at_;
  TRY(const std::string_view qualified, read_name());
  attributes_.clear();
  for (;;) {
    const size_t before = at_;
    skip_space();
    if (at_ >= xml_.size()) return error_at(event_begin_, "this tag does not end");
    if (xml_[at_] == '>' || xml_[at_] == '/') break;
    if (before == at_) return error_at(at_, "expected a space before an attribute");
    TRY_VOID(read_attribute());
  }
  if (xml_[at_] == '/') {
    self_closed_ = true;
    ++at_;
    if (at_ >= xml_.size() || xml_[at_] != '>') return error_at(at_, "expected '>' after '/'");
  }
  ++at_;
  if (open_.size() >= options_.depth) {
    Error error = error_at(event_begin_, "more than " + std::to_string(options_.depth) +
                                             " elements inside each other");
    error.code = ErrorCode::too_large;
    return error;
  }
  open_.push_back({qualified, scopes_.size()});
  root_seen_ = true;
  TRY_VOID(take_namespaces());
  const size_t colon = qualified.find(':');
  name_ = colon == qualified.npos ? qualified : qualified.substr(colon + 1);
  TRY(uri_, uri_of(colon == qualified.npos ? "" : qualified.substr(0, colon)));
  return XmlEvent::start;
}

Result<void> XmlReader::take_namespaces() {
  for (const XmlAttribute& attribute : attributes_) {
    const bool is_default = attribute.prefix.empty() && attribute.name == "xmlns";
    if (!is_default && attribute.prefix != "xmlns") continue;
    scopes_.push_back({is_default ? "" : std::string(attribute.name), attribute.value});
  }
  std::erase_if(attributes_, [](const XmlAttribute& attribute) {
    return attribute.prefix == "xmlns" || (attribute.prefix.empty() && attribute.name == "xmlns");
  });
  for (const XmlAttribute& attribute : attributes_) {
    if (!attribute.prefix.empty()) TRY_VOID(uri_of(attribute.prefix));
  }
  return {};
}

Result<std::string_view> XmlReader::uri_of(std::string_view prefix) const {
  for (size_t i = scopes_.size(); i-- > 0;) {
    if (scopes_[i].prefix == prefix) return std::string_view(scopes_[i].uri);
  }
  if (prefix == "xml") return xml_uri;
  if (prefix.empty()) return std::string_view();
  return error_at(event_begin_, "the prefix '" + std::string(prefix) + "' is not declared");
}

Result<XmlEvent> XmlReader::read_end() {
  at_ += 2;
  TRY(const std::string_view qualified, read_name());
  skip_space();
  if (at_ >= xml_.size() || xml_[at_] != '>') return error_at(at_, "expected '>'");
  ++at_;
  if (open_.empty() || open_.back().qualified != qualified) {
    const std::string expected = open_.empty()
                                     ? "nothing is open"
                                     : "expected </" + std::string(open_.back().qualified) + ">";
    return error_at(event_begin_, "</" + std::string(qualified) + "> closes nothing; " + expected);
  }
  return close_element();
}

Result<XmlEvent> XmlReader::close_element() {
  const std::string_view qualified = open_.back().qualified;
  const size_t colon = qualified.find(':');
  name_ = colon == qualified.npos ? qualified : qualified.substr(colon + 1);
  scopes_.resize(open_.back().scopes);
  uri_ = {};
  open_.pop_back();
  return XmlEvent::end;
}

Result<std::string_view> XmlReader::rest_of_element() {
  const size_t begin = event_begin_;
  const size_t outside = open_.size() - 1;
  for (;;) {
    TRY(const XmlEvent event, next());
    if (event == XmlEvent::end && open_.size() == outside) break;
  }
  return xml_.substr(begin, at_ - begin);
}

}  // namespace passerelle::fhir
