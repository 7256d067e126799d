#include "fhir/reference.h"

#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

// "…/Type/id" or "…/Type/id/_history/version": the parts of its end, if it has that form.
bool split_end(std::string_view text, ReferenceParts& parts) {
  size_t slash = text.rfind('/');
  if (slash == text.npos) return false;
  std::string_view last = text.substr(slash + 1);
  std::string_view version;
  std::string_view before = text.substr(0, slash);
  constexpr std::string_view history = "/_history";
  if (before.ends_with(history)) {
    version = last;
    before.remove_suffix(history.size());
    slash = before.rfind('/');
    if (slash == before.npos) return false;
    last = before.substr(slash + 1);
    before = before.substr(0, slash);
    if (!is_id(version)) return false;
  }
  const size_t type_slash = before.rfind('/');
  const std::string_view type = type_slash == before.npos ? before : before.substr(type_slash + 1);
  const TypeIndex index = definitions().find_resource(type);
  if (index == none || !is_id(last)) return false;
  parts.type = index;
  parts.id = last;
  parts.version = version;
  parts.base = type_slash == before.npos ? std::string_view() : before.substr(0, type_slash);
  return true;
}

bool has_scheme(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon == 0) return false;
  for (const char c : text.substr(0, colon)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

ReferenceParts parse_reference(std::string_view text) {
  ReferenceParts parts;
  if (text.empty()) return parts;
  if (text[0] == '#') {
    parts.id = text.substr(1);
    if (parts.id.empty() || is_id(parts.id)) parts.form = ReferenceForm::contained;
    return parts;
  }
  if (const size_t question = text.find('?'); question != text.npos && !has_scheme(text)) {
    parts.type = definitions().find_resource(text.substr(0, question));
    if (parts.type != none) parts.form = ReferenceForm::conditional;
    return parts;
  }
  if (text.starts_with("urn:")) {
    parts.form = ReferenceForm::urn;
    return parts;
  }
  if (has_scheme(text)) {
    parts.form = ReferenceForm::absolute;
    split_end(text, parts);
    return parts;
  }
  if (split_end(text, parts) && parts.base.empty()) {
    parts.form = ReferenceForm::local;
  } else {
    parts = {};
  }
  return parts;
}

}  // namespace passerelle::fhir
