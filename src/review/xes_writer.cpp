#include <algorithm>
#include <array>

#include "base/text.h"
#include "review/log_file.h"
#include "review/xes_names.h"

namespace passerelle::review {
namespace {

using feel::Value;
using pathway::Event;

constexpr size_t buffer_bytes = 1u << 20;

constexpr std::string_view header =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<log xes.version=\"1849-2016\" xes.features=\"nested-attributes\" "
    "xmlns=\"http://www.xes-standard.org/\">\n"
    "<extension name=\"Concept\" prefix=\"concept\" "
    "uri=\"http://www.xes-standard.org/concept.xesext\"/>\n"
    "<extension name=\"Lifecycle\" prefix=\"lifecycle\" "
    "uri=\"http://www.xes-standard.org/lifecycle.xesext\"/>\n"
    "<extension name=\"Time\" prefix=\"time\" uri=\"http://www.xes-standard.org/time.xesext\"/>\n"
    "<extension name=\"Organizational\" prefix=\"org\" "
    "uri=\"http://www.xes-standard.org/org.xesext\"/>\n"
    "<extension name=\"Passerelle\" prefix=\"passerelle\" uri=\"urn:passerelle:xes:1\"/>\n"
    "<classifier name=\"Activity\" keys=\"concept:name\"/>\n"
    "<string key=\"lifecycle:model\" value=\"standard\"/>\n";

// Control characters have no place in XML, not even escaped; nor do U+FFFE and U+FFFF.
bool writable(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
    if (c == 0xEF && text.substr(i).starts_with("\xEF\xBF") && i + 2 < text.size() &&
        static_cast<unsigned char>(text[i + 2]) >= 0xBE)
      return false;
  }
  return is_utf8(text);
}

void escape_to(std::string& out, std::string_view text) {
  size_t plain = 0;
  const auto put = [&](size_t at, std::string_view instead) {
    out.append(text, plain, at - plain);
    out += instead;
    plain = at + 1;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '&':
        put(i, "&amp;");
        break;
      case '<':
        put(i, "&lt;");
        break;
      case '"':
        put(i, "&quot;");
        break;
      // As they are, an XML reader would turn them into spaces.
      case '\t':
        put(i, "&#9;");
        break;
      case '\n':
        put(i, "&#10;");
        break;
      case '\r':
        put(i, "&#13;");
        break;
      default:
        break;
    }
  }
  out.append(text, plain);
}

// What no XML can hold is shown as a question mark; the exact value stands beside it where it
// matters.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7F ? c : '?';
  }
  return out;
}

void attribute(std::string& out, std::string_view tag, std::string_view key, std::string_view value,
               bool open = false) {
  out += '<';
  out += tag;
  out += " key=\"";
  escape_to(out, key);
  out += "\" value=\"";
  if (writable(value)) {
    escape_to(out, value);
  } else {
    escape_to(out, printable(value));
  }
  out += open ? "\">" : "\"/>";
}

// "" when XES has no type for it.
std::string_view plain_tag(const Value& value) {
  if (value.is_string() && writable(value.text())) return "string";
  if (value.is_boolean()) return "boolean";
  if (value.is_number()) return value.integer() && value.scale() == 0 ? "int" : "float";
  return {};
}

bool reads_back(const Value& value) {
  if (!value.is_number()) return true;
  const auto again = Value::number(feel::to_text(value));
  return again && *again == value;
}

bool plain(const Value& value) { return !plain_tag(value).empty() && reads_back(value); }

void field(std::string& out, std::string_view key, const Value& value) {
  if (plain(value)) {
    attribute(out, plain_tag(value), key, feel::to_text(value));
    return;
  }
  const auto items = value.items();
  if (value.is_list() && std::all_of(items.begin(), items.end(), plain)) {
    out += "<list key=\"";
    escape_to(out, key);
    out += "\"><values>";
    for (const Value& item : items) attribute(out, plain_tag(item), "item", feel::to_text(item));
    out += "</values></list>";
    return;
  }
  attribute(out, "string", key, feel::to_text(value), true);
  attribute(out, "string", xes::exact, xes::to_hex(value));
  out += "</string>";
}

// A field whose name would be taken for something else, or that XML cannot hold.
bool unusual(std::string_view key) {
  static constexpr std::array taken = {"concept:", "lifecycle:", "time:", "org:", "passerelle:"};
  return key.empty() || !writable(key) ||
         std::any_of(taken.begin(), taken.end(),
                     [&](const char* prefix) { return key.starts_with(prefix); });
}

void data(std::string& out, const Value& value) {
  if (value.is_null()) return;
  bool usual = value.is_context() && value.size() > 0;
  for (size_t i = 0; usual && i < value.size(); ++i) usual = !unusual(value.key(i));
  if (!usual) {
    attribute(out, "string", xes::whole, xes::to_hex(value));
    return;
  }
  for (size_t i = 0; i < value.size(); ++i) field(out, value.key(i), value.at(i));
}

}  // namespace

XesWriter::XesWriter(const pathway::NameTable& names, Sink sink)
    : names_(names), sink_(std::move(sink)), buffer_(header) {}

Result<void> XesWriter::flush(size_t least) {
  if (buffer_.size() < least || buffer_.empty()) return {};
  TRY_VOID(sink_(buffer_));
  buffer_.clear();
  return {};
}

Result<void> XesWriter::write_case(std::span<const Event> events, std::string_view name) {
  if (events.empty()) return {};
  std::string& out = buffer_;
  const std::string number = std::to_string(events.front().case_number);
  out += "<trace>";
  attribute(out, "string", xes::name, name.empty() ? std::string_view(number) : name);
  attribute(out, "int", xes::own_case, number);
  out += '\n';
  for (const Event& event : events) {
    out += "<event>";
    attribute(out, "string", xes::name, names_.text(event.activity));
    attribute(out, "string", xes::transition, pathway::to_text(event.lifecycle));
    attribute(out, "date", xes::time, format_instant(event.at));
    if (event.item != 0) attribute(out, "string", xes::instance, std::to_string(event.item));
    if (event.role != 0) attribute(out, "string", xes::role, names_.text(event.role));
    if (event.actor != 0) attribute(out, "string", xes::resource, names_.text(event.actor));
    if (event.channel != 0) attribute(out, "string", xes::channel, names_.text(event.channel));
    data(out, event.data);
    out += "</event>\n";
    TRY_VOID(flush(buffer_bytes));
  }
  out += "</trace>\n";
  return {};
}

Result<void> XesWriter::finish() {
  buffer_ += "</log>\n";
  return flush(1);
}

namespace xes {

std::string to_hex(const Value& value) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string bytes, out;
  feel::save(value, bytes);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

Result<Value> from_hex(std::string_view digits) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  const Error broken{ErrorCode::invalid, "is no saved value", {}, {}};
  if (digits.size() % 2 != 0) return broken;
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = digit(digits[i]), low = digit(digits[i + 1]);
    if (high < 0 || low < 0) return broken;
    bytes += static_cast<char>(high * 16 + low);
  }
  std::string_view rest = bytes;
  TRY(auto value, feel::load(rest));
  if (!rest.empty()) return broken;
  return value;
}

}  // namespace xes

}  // namespace passerelle::review
