// Profiles and value sets, compiled at the first asking and kept until what they are made of
// changes. May be asked by any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "fhir/profile.h"
#include "fhir/terminology.h"

namespace passerelle::fhir {

class ProfileCache : public ProfileSource {
 public:
  // Of a StructureDefinition by its canonical; error not_found when it is not loaded.
  using Find =
      std::function<Result<std::shared_ptr<const json::Document>>(std::string_view canonical)>;
  // Grows with every change of a StructureDefinition, a ValueSet or a CodeSystem.
  using Generation = std::function<uint64_t()>;

  ProfileCache(Find find, TerminologySource& terminology, Generation generation)
      : find_(std::move(find)), terminology_(terminology), generation_(std::move(generation)) {}

  Result<std::shared_ptr<const Profile>> profile(std::string_view canonical) override;
  Result<std::shared_ptr<const CodeList>> codes(std::string_view value_set) override;

 private:
  template <class T>
  using Kept = std::map<std::string, Result<std::shared_ptr<const T>>, std::less<>>;

  // Answers from what is kept, or makes and keeps it; what fails is kept too.
  template <class T, class Make>
  Result<std::shared_ptr<const T>> answer(Kept<T>& kept, std::string_view name, const Make& make);

  const Find find_;
  TerminologySource& terminology_;
  const Generation generation_;
  std::mutex mutex_;  // of what follows; not held while something is made
  uint64_t made_of_ = 0;
  Kept<Profile> profiles_;
  Kept<CodeList> codes_;
};

// Conformance resources in memory: what a folder or a test gives. Not to be changed while asked.
class DefinitionSet : public TerminologySource {
 public:
  // A StructureDefinition, ValueSet or CodeSystem, or a Bundle of them; others are passed over.
  // Gives how many were taken.
  Result<size_t> add(json::Document document);

  Result<std::shared_ptr<const json::Document>> find(std::string_view type,
                                                     std::string_view canonical) const;
  Result<std::shared_ptr<const CodeSystem>> code_system(std::string_view canonical) override;
  Result<std::shared_ptr<const json::Document>> value_set(std::string_view canonical) override;

  // Profiles over it; it must outlive them.
  std::unique_ptr<ProfileCache> profiles();

 private:
  // By type, "|" and url; of several the last that was added. Shared with those who use them.
  std::map<std::string, std::shared_ptr<const json::Document>, std::less<>> documents_;
};

}  // namespace passerelle::fhir
