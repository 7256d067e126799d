#include "server/terminology.h"

#include "base/text.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr size_t most_kept = 64;

std::string escape(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Result<store::Version> StoredTerminology::find(std::string_view type, std::string_view canonical) {
  const size_t bar = canonical.find('|');
  const std::string_view version =
      bar == std::string_view::npos ? std::string_view() : canonical.substr(bar + 1);
  store::Parameters parameters = {
      {"url", escape(canonical.substr(0, bar))}, {"_sort", "-_lastUpdated"}, {"_count", "1"}};
  if (!version.empty()) parameters.emplace_back("version", escape(version));
  TRY(const store::Query query, store::parse_query(store::fhir_catalogue(), type, parameters));
  TRY(store::SearchPage page, store_.search(query));
  if (page.matches.empty())
    return Error{ErrorCode::not_found,
                 "the " + std::string(type) + " " + quoted(canonical) + " is not loaded here", "",
                 "import it, or PUT it to /fhir/" + std::string(type) + "/ID"};
  return std::move(page.matches[0].version);
}

Result<std::shared_ptr<const fhir::CodeSystem>> StoredTerminology::code_system(
    std::string_view canonical) {
  auto found = find("CodeSystem", canonical);
  if (!found) {
    if (found.error().code != ErrorCode::not_found) return found.error();
    auto built_in = fhir::built_in_code_system(canonical.substr(0, canonical.find('|')));
    if (built_in) return built_in;
    return found.error();
  }
  const std::string version = found->id + "/" + std::to_string(found->version);
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = kept_.find(canonical);
        kept != kept_.end() && kept->second.version == version)
      return kept->second.system;
  }
  TRY(fhir::CodeSystem system, fhir::CodeSystem::read(found->body));
  // Shared by this cache and by those who are at work with it.
  auto made = std::make_shared<const fhir::CodeSystem>(std::move(system));
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= most_kept) kept_.clear();
  kept_[std::string(canonical)] = {version, made};
  return std::shared_ptr<const fhir::CodeSystem>(made);
}

Result<std::shared_ptr<const json::Document>> StoredTerminology::value_set(
    std::string_view canonical) {
  TRY(const store::Version found, find("ValueSet", canonical));
  TRY(json::Document document, json::Document::parse(found.body));
  return std::shared_ptr<const json::Document>(
      std::make_shared<const json::Document>(std::move(document)));
}

}  // namespace passerelle::server
