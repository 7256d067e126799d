#include "pathway/bpmn/xml.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

constexpr size_t byte_limit = 16u << 20;
constexpr int depth_limit = 150;
constexpr int attribute_limit = 200;

// The offset of an `&` that starts no entity of XML, or npos. Comments and CDATA may hold any.
size_t stray_entity(std::string_view text) {
  for (size_t i = text.find_first_of("<&"); i < text.size(); i = text.find_first_of("<&", i + 1)) {
    if (text[i] == '<') {
      const bool comment = text.substr(i, 4) == "<!--";
      if (!comment && text.substr(i, 9) != "<![CDATA[") continue;
      i = text.find(comment ? "-->" : "]]>", i);
      if (i == std::string_view::npos) return i;
      continue;
    }
    const size_t end = text.find(';', i);
    const std::string_view name =
        text.substr(i + 1, end == std::string_view::npos ? 0 : end - i - 1);
    static constexpr std::string_view known[] = {"amp", "lt", "gt", "quot", "apos"};
    const bool numbered = name.size() > 1 && name.size() < 9 && name[0] == '#';
    if (!numbered && std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      return i;
    }
  }
  return std::string_view::npos;
}

constexpr std::string_view latin1 = "iso-8859-1";

bool says_latin1(std::string_view text) {
  if (!text.starts_with("<?xml")) return false;
  const std::string declaration = lower(text.substr(0, std::min(text.find("?>"), size_t{200})));
  return declaration.find(std::string(latin1) + "\"") != std::string::npos ||
         declaration.find(std::string(latin1) + "'") != std::string::npos;
}

// Its characters are the first 256 of Unicode.
std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

}  // namespace

Result<Xml> Xml::parse(std::string_view given, std::string file, Keep keep) {
  Xml xml;
  xml.file_ = std::move(file);
  xml.original_ = says_latin1(given) ? latin1_to_utf8(given) : std::string(given);
  const std::string_view text = xml.original_;
  const auto refuse = [&](size_t offset, std::string message, std::string help) {
    return Error{ErrorCode::invalid, std::move(message), to_text(xml.place_at(offset)),
                 std::move(help)};
  };
  xml.lines_.push_back(0);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') xml.lines_.push_back(i + 1);
  }
  if (text.size() > byte_limit) {
    return Error{ErrorCode::too_large, "the file is larger than 16 MiB", xml.file_,
                 "split the pathway"};
  }
  if (!is_utf8(text)) return refuse(0, "the file is not UTF-8", "save it as UTF-8");
  if (const size_t at = text.find('\0'); at != text.npos) {
    return refuse(at, "the file holds a NUL character", "save it again with a BPMN editor");
  }
  if (const size_t at = stray_entity(text); at != std::string_view::npos) {
    return refuse(at, "'&' starts no entity that XML knows",
                  "write &amp; for the character itself");
  }
  xml.buffer_.assign(text.begin(), text.end());
  xml.buffer_.push_back('\0');
  xml.document_ = std::make_unique<pugi::xml_document>();
  unsigned flags = pugi::parse_default | pugi::parse_declaration | pugi::parse_doctype;
  if (keep == Keep::everything) {
    // A fragment: what stands outside the root would else be dropped without a word.
    flags |= pugi::parse_comments | pugi::parse_pi | pugi::parse_ws_pcdata | pugi::parse_fragment;
  }
  const auto parsed = xml.document_->load_buffer_inplace(xml.buffer_.data(), text.size(), flags,
                                                         pugi::encoding_utf8);
  if (!parsed) {
    return refuse(static_cast<size_t>(std::max<ptrdiff_t>(parsed.offset, 0)),
                  std::string("this is not XML: ") + parsed.description(),
                  "open the file in a BPMN editor and save it again");
  }
  for (const pugi::xml_node& node : *xml.document_) {
    if (node.type() == pugi::node_doctype) {
      return refuse(0, "a document type is not taken", "remove <!DOCTYPE ...>");
    }
    const std::string encoding = lower(node.attribute("encoding").value());
    if (node.type() == pugi::node_declaration && !encoding.empty() && encoding != "utf-8" &&
        encoding != "us-ascii" && encoding != latin1) {
      return refuse(0, "the encoding '" + encoding + "' is not taken", "save it as UTF-8");
    }
  }
  TRY_VOID(xml.check(xml.root()));
  if (keep == Keep::everything) TRY_VOID(xml.check_whole());
  return xml;
}

// One root with nothing but comments around it, and only characters that XML can hold: what could
// not be written again as well-formed XML is refused.
Result<void> Xml::check_whole() const {
  const auto refuse = [](const Place& where, std::string message, std::string help) {
    return Error{ErrorCode::invalid, std::move(message), to_text(where), std::move(help)};
  };
  const Place top{file_, 1, 1};
  if (!root()) return refuse(top, "the file holds no element", "is this the right file?");
  for (const pugi::xml_node& node : *document_) {
    const bool text = node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
    if (text && !trim(node.value()).empty())
      return refuse(
          place_in(node.value(), std::string_view(node.value()).find_first_not_of(" \t\r\n")),
          "text stands outside the root element", "remove it");
    if (node.type() == pugi::node_element && node != root())
      return refuse(place(node), "there is a second root element", "keep one model a file");
  }
  const auto no_character = [](std::string_view value) {
    return !is_utf8(value) ||
           std::any_of(value.begin(), value.end(),
                       [](char c) {
                         return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' &&
                                c != '\r';
                       }) ||
           value.find("\xEF\xBF\xBE") != value.npos || value.find("\xEF\xBF\xBF") != value.npos;
  };
  constexpr const char* message = "this text holds a character that XML does not know";
  for (pugi::xml_node node = root(); node;) {
    if (no_character(node.value()))
      return refuse(place_in(node.value(), 0), message, "remove control characters");
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (no_character(attribute.value()))
        return refuse(place(attribute), message, "remove control characters");
    }
    if (node.first_child()) {
      node = node.first_child();
      continue;
    }
    while (node && node != root() && !node.next_sibling()) node = node.parent();
    node = node == root() ? pugi::xml_node() : node.next_sibling();
  }
  return {};
}

// Nesting, undeclared prefixes, attributes that stand twice; without recursion, since the file may
// nest as deep as it likes.
Result<void> Xml::check(const pugi::xml_node& top) const {
  const auto refuse = [&](const Place& where, std::string message, std::string help) {
    return Error{ErrorCode::invalid, std::move(message), to_text(where), std::move(help)};
  };
  int depth = 1;
  for (pugi::xml_node node = top; node;) {
    if (node.type() == pugi::node_element) {
      if (depth > depth_limit) {
        return refuse(place(node), "elements are nested more than 150 deep", "flatten the model");
      }
      const auto known = [&](std::string_view name) {
        return prefix(name).empty() || !resolve(node, prefix(name)).empty();
      };
      if (!known(node.name())) {
        return refuse(place(node),
                      "the prefix of <" + std::string(node.name()) + "> is not declared",
                      "declare it by xmlns:...");
      }
      std::set<std::string_view> seen;
      for (const pugi::xml_attribute& attribute : node.attributes()) {
        if (seen.size() > attribute_limit) {
          return refuse(place(node), "the element has more than 200 attributes", "remove some");
        }
        if (!seen.insert(attribute.name()).second) {
          return refuse(place(attribute),
                        "the attribute '" + std::string(attribute.name()) + "' stands twice",
                        "keep one");
        }
        if (!is_declaration(attribute) && !known(attribute.name())) {
          return refuse(place(attribute),
                        "the prefix of '" + std::string(attribute.name()) + "' is not declared",
                        "declare it by xmlns:...");
        }
      }
    }
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node && node != top && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    node = node == top ? pugi::xml_node() : node.next_sibling();
  }
  return {};
}

Place Xml::place_at(size_t offset) const {
  const auto line = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const auto number = static_cast<int>(line - lines_.begin());
  return {file_, number, static_cast<int>(offset - *(line - 1)) + 1};
}

Place Xml::place(const pugi::xml_node& element) const {
  // pugixml points at the name, a reader looks for the '<' before it.
  if (element.offset_debug() < 1) return {file_, 0, 0};
  return place_at(static_cast<size_t>(element.offset_debug()) - 1);
}

Place Xml::place(const pugi::xml_attribute& attribute) const {
  return place_in(attribute.value(), 0);
}

// A value starts in the file where it starts in memory; its entities are longer in the file.
Place Xml::place_in(const char* value, size_t offset) const {
  if (!holds(value)) return {file_, 0, 0};
  auto at = static_cast<size_t>(value - buffer_.data());
  for (size_t i = 0; i < offset && at + 1 < original_.size(); ++i) {
    if (original_[at] == '\r' && original_[at + 1] == '\n') ++at;
    if (original_[at] == '&') at = std::min(original_.find(';', at), original_.size() - 1);
    ++at;
  }
  return place_at(at);
}

bool Xml::holds(const char* value) const {
  return value >= buffer_.data() && value < buffer_.data() + buffer_.size();
}

Place XmlFiles::place(const pugi::xml_node& element) const {
  for (const Xml* file : files_) {
    if (element.root() == file->document()) return file->place(element);
  }
  return files_.front()->place(element);
}

Place XmlFiles::place_in(const char* value, size_t offset) const {
  for (const Xml* file : files_) {
    if (file->holds(value)) return file->place_in(value, offset);
  }
  return files_.front()->place_in(value, offset);
}

std::string_view Xml::prefix(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string_view Xml::resolve(pugi::xml_node element, std::string_view prefix) {
  if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
  const std::string name = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (; element; element = element.parent()) {
    if (const auto attribute = element.attribute(name.c_str())) return attribute.value();
  }
  return {};
}

std::string_view Xml::local(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view Xml::name_space(const pugi::xml_node& element) {
  return resolve(element, prefix(element.name()));
}

std::string_view Xml::name_space(const pugi::xml_node& element,
                                 const pugi::xml_attribute& attribute) {
  const std::string_view of = prefix(attribute.name());
  return of.empty() ? std::string_view() : resolve(element, of);
}

bool Xml::is_declaration(const pugi::xml_attribute& attribute) {
  const std::string_view name = attribute.name();
  return name == "xmlns" || prefix(name) == "xmlns";
}

}  // namespace passerelle::pathway
