#include "store/stamp.h"

#include "base/json.h"

namespace passerelle::store {
namespace {

std::string head_of(std::string_view type, std::string_view id) {
  return "{\"resourceType\":" + json::quote(type) + ",\"id\":" + json::quote(id) + ",\"meta\":{";
}

std::string stamp_of(int64_t version, Instant updated) {
  return "\"versionId\":\"" + std::to_string(version) + "\",\"lastUpdated\":\"" +
         format_instant(updated) + '"';
}

void write_member(std::string& out, const json::Member& member) {
  if (out.back() != '{') out += ',';
  out += json::quote(member.name);
  out += ':';
  json::write_to(out, member.value);
}

}  // namespace

Result<StampableBody> make_stampable(std::string_view type, std::string_view id,
                                     std::string_view body) {
  TRY(const json::Document document, json::Document::parse(body));
  const json::Value root = document.root();
  const std::string name = std::string(type) + "/" + std::string(id);
  if (root["resourceType"].string() != type)
    return Error{ErrorCode::invalid,
                 "the resource is of type '" + std::string(root["resourceType"].string()) +
                     "' and is to be stored as " + name,
                 "resourceType"};
  if (root["id"].string() != id)
    return Error{ErrorCode::invalid,
                 "the resource has the id '" + std::string(root["id"].string()) +
                     "' and is to be stored as " + name,
                 "id"};
  StampableBody result;
  std::string& out = result.text;
  out.reserve(body.size() + 96);
  out += head_of(type, id);
  result.at = out.size();
  for (const json::Member& member : root["meta"].members())
    if (member.name != "versionId" && member.name != "lastUpdated") write_member(out, member);
  result.comma = out.size() > result.at;
  out += '}';
  for (const json::Member& member : root.members())
    if (member.name != "resourceType" && member.name != "id" && member.name != "meta")
      write_member(out, member);
  out += '}';
  return result;
}

std::string stamp(const StampableBody& body, int64_t version, Instant updated) {
  std::string out;
  out.reserve(body.text.size() + 96);
  out.append(body.text, 0, body.at);
  out += stamp_of(version, updated);
  if (body.comma) out += ',';
  out.append(body.text, body.at);
  return out;
}

std::string stamped_head(std::string_view type, std::string_view id, int64_t version,
                         Instant updated) {
  return head_of(type, id) + stamp_of(version, updated);
}

}  // namespace passerelle::store
