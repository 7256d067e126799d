// The address of a bundle's entry.
#include <utility>

#include "base/text.h"
#include "server/fhir_interaction.h"

namespace passerelle::server {

Result<Interaction> parse_target(const Context& context, std::string_view method,
                                 std::string_view url) {
  Interaction asked;
  asked.method = std::string(method);
  const std::string base = fhir_base(context);
  if (url.starts_with(base)) url.remove_prefix(base.size());
  if (url.starts_with('/')) url.remove_prefix(1);
  const size_t question = url.find('?');
  if (question != std::string_view::npos) {
    TRY(asked.query, parse_query(url.substr(question + 1)));
    url = url.substr(0, question);
  }
  const auto parts = url.empty() ? std::vector<std::string_view>() : split(url, '/');
  const Error bad{ErrorCode::invalid, "'" + std::string(url) + "' is no address of this server", "",
                  "write Type/id, Type?parameter=value, Type/id/Type or "
                  "Type/id/_history/version"};
  if (parts.size() > 4) return bad;
  for (const std::string_view part : parts)
    if (part.empty()) return bad;
  size_t at = 0;
  if (at < parts.size() && parts[at] == "metadata" && parts.size() == 1) {
    asked.metadata = true;
    return asked;
  }
  if (at < parts.size() && parts[at] != "_history") asked.type = std::string(parts[at++]);
  if (at < parts.size() && parts[at] == "_search" && method == "GET") ++at;
  if (at < parts.size() && parts[at] != "_history") asked.id = std::string(parts[at++]);
  // "Patient/1/Observation", "Patient/1/*"
  if (at + 1 == parts.size() && at == 2 && method == "GET" && parts[at] != "_history") {
    asked.compartment_type = std::exchange(asked.type, parts[at] == "*" ? "" : parts[at]);
    asked.compartment_id = std::exchange(asked.id, "");
    ++at;
  }
  if (at < parts.size() && parts[at] == "_history") {
    asked.history = true;
    ++at;
    if (at < parts.size()) {
      asked.version = std::string(parts[at++]);
      asked.history = false;
    }
  }
  if (at != parts.size() || (!asked.version.empty() && asked.id.empty())) return bad;
  if (method != "GET" && (asked.history || !asked.version.empty())) return bad;
  return asked;
}

}  // namespace passerelle::server
