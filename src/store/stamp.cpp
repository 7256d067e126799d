#include "store/stamp.h"

#include "base/json.h"

namespace passerelle::store {
namespace {

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
  out += "{\"resourceType\":" + json::quote(type) + ",\"id\":" + json::quote(id) + ",\"meta\":{";
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
  out += "\"versionId\":\"" + std::to_string(version) + "\",\"lastUpdated\":\"" +
         format_instant(updated) + '"';
  if (body.comma) out += ',';
  out.append(body.text, body.at);
  return out;
}

}  // namespace passerelle::store
