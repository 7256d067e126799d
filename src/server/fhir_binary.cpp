#include "server/fhir_binary.h"

#include "base/base64.h"
#include "base/text.h"
#include "server/fhir_exchange.h"

namespace passerelle::server {

bool wants_content(const Request& request) {
  if (!request.parameter("_format").empty()) return false;
  for (const std::string_view part : split(request.header("accept"), ','))
    if (format_of(part)) return false;
  return true;
}

Result<Response> content_response(const Done& done) {
  TRY(const json::Document document, json::Document::parse(done.body));
  const json::Value binary = document.root();
  Response response;
  response.content_type = std::string(binary["contentType"].string());
  auto bytes = from_base64(binary["data"].string());
  if (!bytes)
    return Error{ErrorCode::unsupported, "the data of this Binary is no base64", "Binary.data",
                 "read it as a resource: Accept: application/fhir+json"};
  response.body = std::move(*bytes);
  if (done.version > 0) response.headers.emplace_back("ETag", etag(done.version));
  if (done.modified) response.headers.emplace_back("Last-Modified", http_date(*done.modified));
  if (const std::string_view of = binary["securityContext"]["reference"].string(); !of.empty())
    response.headers.emplace_back("X-Security-Context", of);
  // Anybody may have stored a page with a script: it must not run as a part of this site.
  response.headers.emplace_back("Content-Disposition", "attachment");
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

bool is_content(const Request& request) {
  const std::string_view type = request.header("content-type");
  return !type.empty() && !format_of(type);
}

Result<json::Document> read_content(const Request& request, std::string_view id) {
  TRY_VOID(check_unpacked(request));
  json::Document document;
  std::vector<json::Member> members = {{"resourceType", document.string("Binary")}};
  if (!id.empty()) members.push_back({"id", document.string(id)});
  members.push_back({"contentType", document.string(request.header("content-type"))});
  if (const std::string_view of = request.header("x-security-context"); !of.empty())
    members.push_back({"securityContext", document.object({{"reference", document.string(of)}})});
  if (!request.body.empty()) members.push_back({"data", document.string(to_base64(request.body))});
  document.set_root(document.object(members));
  return document;
}

}  // namespace passerelle::server
