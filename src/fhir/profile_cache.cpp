#include "fhir/profile_cache.h"

#include "base/text.h"

namespace passerelle::fhir {
namespace {

constexpr size_t most_names = 4096;     // names; a client may claim any number of profiles
constexpr int deepest_derivation = 16;  // of profiles that are derived from profiles

Result<std::shared_ptr<const CodeList>> list_codes(TerminologySource& terminology,
                                                   std::string_view canonical) {
  TRY(const std::vector<Coding> all, expand(terminology, canonical));
  std::vector<std::string> pairs, codes;
  for (const Coding& one : all) {
    if (one.is_abstract) continue;
    pairs.push_back(one.system + "|" + one.code);
    codes.push_back(one.code);
  }
  // Shared by the cache and those who ask.
  return std::shared_ptr<const CodeList>(
      std::make_shared<const CodeList>(std::move(pairs), std::move(codes)));
}

}  // namespace

template <class T, class Make>
Result<std::shared_ptr<const T>> ProfileCache::answer(Kept<T>& kept, std::string_view name,
                                                      const Make& make) {
  const uint64_t now = generation_();
  {
    const std::lock_guard lock(mutex_);
    if (made_of_ != now) {
      profiles_.clear();
      codes_.clear();
      made_of_ = now;
    }
    if (const auto found = kept.find(name); found != kept.end()) return found->second;
  }
  Result<std::shared_ptr<const T>> made = make();
  const std::lock_guard lock(mutex_);
  // What was made of older definitions is good for this answer only.
  if (made_of_ != now) return made;
  if (kept.size() >= most_names) kept.clear();
  kept.insert_or_assign(std::string(name), made);
  return made;
}

Result<std::shared_ptr<const Profile>> ProfileCache::profile(std::string_view canonical) {
  return answer(profiles_, canonical, [&]() -> Result<std::shared_ptr<const Profile>> {
    thread_local int depth = 0;
    struct Level {
      Level() { ++depth; }
      ~Level() { --depth; }
    } const level;
    if (depth > deepest_derivation)
      return Error{ErrorCode::invalid, "it is derived from itself, or by too many steps"};
    TRY(auto definition, find_(canonical));
    return compile_profile(std::move(definition), *this);
  });
}

Result<std::shared_ptr<const CodeList>> ProfileCache::codes(std::string_view value_set) {
  return answer(codes_, value_set, [&] { return list_codes(terminology_, value_set); });
}

Result<size_t> DefinitionSet::add(json::Document document) {
  const json::Value root = document.root();
  const std::string type(root["resourceType"].string());
  if (type == "Bundle") {
    size_t taken = 0;
    for (const json::Value entry : root["entry"].items()) {
      json::Document one;
      one.set_root(one.copy(entry["resource"]));
      TRY(const size_t count, add(std::move(one)));
      taken += count;
    }
    return taken;
  }
  if (type != "StructureDefinition" && type != "ValueSet" && type != "CodeSystem") return size_t{0};
  const std::string url(root["url"].string()), version(root["version"].string());
  if (url.empty()) return Error{ErrorCode::invalid, "a " + type + " without a url", type + ".url"};
  const auto shared = std::make_shared<const json::Document>(std::move(document));
  documents_[type + "|" + url] = shared;
  if (!version.empty()) documents_[type + "|" + url + "|" + version] = shared;
  return size_t{1};
}

Result<std::shared_ptr<const json::Document>> DefinitionSet::find(
    std::string_view type, std::string_view canonical) const {
  const auto found = documents_.find(std::string(type) + "|" + std::string(canonical));
  if (found != documents_.end()) return found->second;
  return Error{ErrorCode::not_found,
               "the " + std::string(type) + " " + quoted(canonical) + " is not loaded here"};
}

Result<std::shared_ptr<const CodeSystem>> DefinitionSet::code_system(std::string_view canonical) {
  const auto found = find("CodeSystem", canonical);
  if (!found) {
    auto built_in = built_in_code_system(canonical.substr(0, canonical.find('|')));
    if (built_in) return built_in;
    return found.error();
  }
  TRY(CodeSystem system, CodeSystem::read(json::write((*found)->root())));
  return std::shared_ptr<const CodeSystem>(std::make_shared<const CodeSystem>(std::move(system)));
}

Result<std::shared_ptr<const json::Document>> DefinitionSet::value_set(std::string_view canonical) {
  return find("ValueSet", canonical);
}

std::unique_ptr<ProfileCache> DefinitionSet::profiles() {
  return std::make_unique<ProfileCache>(
      [this](std::string_view canonical) { return find("StructureDefinition", canonical); }, *this,
      [] { return uint64_t{1}; });
}

}  // namespace passerelle::fhir
