#include "run/announcement.h"

#include <fmt/format.h>

#include "base/json.h"
#include "run/records.h"

namespace passerelle::run {
namespace {

// Values keep their kinds: a date is no text.
std::string to_hex(const feel::Value& value) {
  std::string bytes, out;
  feel::save(value, bytes);
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

int hex_digit(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

Result<feel::Value> from_hex(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
  }
  std::string_view rest = bytes;
  return feel::load(rest);
}

}  // namespace

std::string Announcement::row_key() const {
  return fmt::format("{:015}/{}", at.time_since_epoch().count(), work_id(from, item));
}

std::string encode_announcement(const Announcement& announcement) {
  std::string opened;
  for (const std::string& id : announcement.opened) {
    opened += (opened.empty() ? "" : ",") + json::quote(id);
  }
  return fmt::format(
      R"({{"name":{},"data":"{}","from":{},"item":{},"activity":{},"patient":{},"at":"{}",)"
      R"("heard_to":{},"opened":[{}]}})",
      json::quote(announcement.name), to_hex(announcement.data), announcement.from,
      announcement.item, json::quote(announcement.activity), json::quote(announcement.patient),
      format_instant(announcement.at), announcement.heard_to, opened);
}

Result<Announcement> decode_announcement(std::string_view bytes) {
  TRY(const json::Document document, json::Document::parse(bytes));
  const json::Value root = document.root();
  Announcement out;
  out.name = std::string(root["name"].string());
  TRY(out.data, from_hex(root["data"].string()));
  TRY(const int64_t from, root["from"].integer());
  TRY(const int64_t item, root["item"].integer());
  TRY(const int64_t heard_to, root["heard_to"].integer());
  out.from = static_cast<uint64_t>(from);
  out.item = static_cast<uint32_t>(item);
  out.heard_to = static_cast<uint64_t>(heard_to);
  out.activity = std::string(root["activity"].string());
  out.patient = std::string(root["patient"].string());
  TRY(out.at, parse_instant(root["at"].string()));
  for (const json::Value id : root["opened"].items()) out.opened.emplace_back(id.string());
  return out;
}

}  // namespace passerelle::run
