#include <cstring>

#include "base/json.h"

namespace passerelle::json {
namespace {

void write_text(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') [[likely]]
      continue;
    out.append(text, start, i - start);
    start = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        constexpr char hex[] = "0123456789abcdef";
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
      }
    }
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

// indent < 0: compact.
void write_value(std::string& out, Value value, int indent) {
  const auto new_line = [&](int level) {
    if (indent < 0) return;
    out += '\n';
    out.append(static_cast<size_t>(level) * 2, ' ');
  };
  const int inner = indent < 0 ? -1 : indent + 1;
  switch (value.kind()) {
    case Kind::absent:
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += value.boolean() ? "true" : "false";
      return;
    case Kind::number:
      out += value.number();
      return;
    case Kind::string:
      write_text(out, value.string());
      return;
    case Kind::array: {
      out += '[';
      bool first = true;
      for (Value item : value.items()) {
        if (!first) out += ',';
        first = false;
        new_line(inner);
        write_value(out, item, inner);
      }
      if (!first) new_line(indent);
      out += ']';
      return;
    }
    case Kind::object: {
      out += '{';
      bool first = true;
      for (const Member& member : value.members()) {
        if (!first) out += ',';
        first = false;
        new_line(inner);
        write_text(out, member.name);
        out += indent < 0 ? ":" : ": ";
        write_value(out, member.value, inner);
      }
      if (!first) new_line(indent);
      out += '}';
      return;
    }
  }
}

}  // namespace

void write_to(std::string& out, Value value) { write_value(out, value, -1); }

std::string write(Value value, bool pretty) {
  std::string out;
  write_value(out, value, pretty ? 0 : -1);
  return out;
}

std::string quote(std::string_view text) {
  std::string out;
  write_text(out, text);
  return out;
}

bool equal(Value a, Value b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::absent:
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.boolean() == b.boolean();
    case Kind::number:
      return a.number() == b.number();
    case Kind::string:
      return a.string() == b.string();
    case Kind::array: {
      if (a.size() != b.size()) return false;
      for (size_t i = 0; i < a.size(); ++i)
        if (!equal(a[i], b[i])) return false;
      return true;
    }
    case Kind::object: {
      if (a.size() != b.size()) return false;
      for (const Member& member : a.members())
        if (!equal(member.value, b[member.name])) return false;
      return true;
    }
  }
  return false;
}

}  // namespace passerelle::json
