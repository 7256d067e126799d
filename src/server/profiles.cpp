#include "server/profiles.h"

#include "fhir/definitions.h"
#include "fhir/reference.h"

namespace passerelle::server {

StoredProfiles::StoredProfiles(store::Store& store, StoredTerminology& terminology,
                               ProfileMode mode)
    : mode_(mode),
      cache_(
          [&terminology](
              std::string_view canonical) -> Result<std::shared_ptr<const json::Document>> {
            TRY(const store::Version found, terminology.find("StructureDefinition", canonical));
            TRY(json::Document document, json::Document::parse(found.body));
            // Shared by the profile that is made of it and those derived from that.
            return std::shared_ptr<const json::Document>(
                std::make_shared<const json::Document>(std::move(document)));
          },
          terminology, [&store] { return store.generation(store::Definitions::profiles); }) {}

json::Value ReferencedResources::find(std::string_view reference) {
  const fhir::ReferenceParts parts = fhir::parse_reference(reference);
  if (parts.form != fhir::ReferenceForm::local || parts.type == fhir::none || parts.id.empty())
    return {};
  if (const auto known = documents_.find(reference); known != documents_.end())
    return known->second.root();
  const auto found = store_.read(fhir::definitions().type(parts.type).name, parts.id);
  if (!found) return {};
  auto document = json::Document::parse(found->body);
  if (!document) return {};
  return documents_.emplace(reference, std::move(*document)).first->second.root();
}

fhir::ValidateOptions write_validation(StoredProfiles& profiles, ReferencedResources* referenced) {
  fhir::ValidateOptions options;
  if (profiles.mode() == ProfileMode::off) return options;
  options.profiles = &profiles.source();
  options.strict_profiles = profiles.mode() == ProfileMode::strict;
  if (referenced != nullptr)
    options.resolve = [referenced](std::string_view reference) {
      return referenced->find(reference);
    };
  return options;
}

}  // namespace passerelle::server
