// Profiles and value sets of the record, for validation: compiled when they are first needed, anew
// when one was written.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "fhir/profile_cache.h"
#include "fhir/validate.h"
#include "server/profile_mode.h"
#include "server/terminology.h"
#include "store/store.h"

namespace passerelle::server {

class StoredProfiles {
 public:
  StoredProfiles(store::Store& store, StoredTerminology& terminology, ProfileMode mode);

  fhir::ProfileSource& source() { return cache_; }
  ProfileMode mode() const { return mode_; }

 private:
  const ProfileMode mode_;
  fhir::ProfileCache cache_;
};

// What a validation reads of the record; its documents live as long as this does.
class ReferencedResources {
 public:
  explicit ReferencedResources(store::Store& store) : store_(store) {}
  // Of "Patient/1"; absent when it is not there.
  json::Value find(std::string_view reference);

 private:
  store::Store& store_;
  std::map<std::string, json::Document, std::less<>> documents_;  // by reference
};

// The options of validate() for what is written: the profiles that it claims, as the mode has it.
// `referenced` must outlive them; null: what references point to is not read.
fhir::ValidateOptions write_validation(StoredProfiles& profiles, ReferencedResources* referenced);

}  // namespace passerelle::server
