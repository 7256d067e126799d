// The code systems, value sets and concept maps that were loaded into the record, as terminology
// asks for them: the newest of a canonical, or the one with the version that is named. Code systems
// are kept ready for those who ask again.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "fhir/terminology.h"
#include "store/store.h"

namespace passerelle::server {

class StoredTerminology : public fhir::TerminologySource {
 public:
  explicit StoredTerminology(store::Store& store) : store_(store) {}

  Result<std::shared_ptr<const fhir::CodeSystem>> code_system(std::string_view canonical) override;
  Result<std::shared_ptr<const json::Document>> value_set(std::string_view canonical) override;
  // The same for any type that has a url.
  Result<store::Version> find(std::string_view type, std::string_view canonical);

 private:
  struct Kept {
    std::string version;  // "CodeSystem/1/_history/2"
    std::shared_ptr<const fhir::CodeSystem> system;
  };

  store::Store& store_;
  std::mutex mutex_;
  std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace passerelle::server
