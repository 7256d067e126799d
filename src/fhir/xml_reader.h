// A strict reader of namespaced XML 1.0 in UTF-8, for FHIR's needs: events with exact places, and
// the written form of a whole element (narrative is kept as it stands). It refuses what FHIR
// forbids or what attacks are made of: document types, entities other than XML's own, processing
// instructions, undeclared prefixes, other encodings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace passerelle::fhir {

struct XmlAttribute {
  std::string_view prefix;  // "" when it has none
  std::string_view name;
  std::string value;  // unescaped
};

enum class XmlEvent { start, text, end, done };

struct XmlOptions {
  unsigned depth = 200;
  bool html_entities = false;  // &nbsp; and its like, as narrative in JSON often has them
};

class XmlReader {
 public:
  explicit XmlReader(std::string_view xml, const XmlOptions& options = {});

  // An empty element gives start and end. Texts between tags come whole or in several parts;
  // comments are passed over. After an error the reader must not be used any more.
  Result<XmlEvent> next();

  std::string_view name() const { return name_; }  // of the last start or end
  std::string_view uri() const { return uri_; }    // the namespace of the last start, "" for none
  const std::vector<XmlAttribute>& attributes() const { return attributes_; }  // without xmlns
  // Of the last text, unescaped.
  const std::string& text() const { return text_; }
  size_t depth() const { return open_.size(); }

  // After a start: reads to the element's end and gives it as written.
  Result<std::string_view> rest_of_element();

  // An Error at the last event, or where the reader stands. Counting lines takes time: only when
  // there is an error to tell.
  Error error_here(std::string message) const { return error_at(event_begin_, std::move(message)); }
  size_t offset() const { return event_begin_; }
  Error error_at(size_t offset, std::string message) const;

 private:
  struct Open {
    std::string_view qualified;
    size_t scopes = 0;  // how many namespaces were declared before it
  };
  struct Scope {
    std::string prefix;
    std::string uri;
  };

  Result<void> skip_declaration();
  Result<XmlEvent> read_text();
  Result<XmlEvent> read_start();
  Result<XmlEvent> read_end();
  Result<XmlEvent> close_element();
  Result<void> skip_comment();
  Result<void> read_cdata();
  Result<void> read_attribute();
  Result<void> take_namespaces();
  Result<void> append_reference(std::string& out);
  Result<std::string_view> read_name();
  Result<std::string_view> uri_of(std::string_view prefix) const;
  void skip_space();

  std::string_view xml_;
  XmlOptions options_;
  size_t at_ = 0;
  size_t event_begin_ = 0;
  bool self_closed_ = false;
  bool root_seen_ = false;
  std::string_view name_, uri_;
  std::string text_;
  std::vector<XmlAttribute> attributes_;
  std::vector<Open> open_;
  std::vector<Scope> scopes_;
};

}  // namespace passerelle::fhir
