// The packages that cases run on, kept in the store so that a case goes on with the version it was
// opened with, whatever the folders hold after a restart. Loaded once, then shared.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "run/engine.h"
#include "run/indexing.h"
#include "store/store.h"

namespace passerelle::run {

class Library {
 public:
  explicit Library(store::Store& store) : store_(store) {}

  Result<void> deploy(PackagePointer package, Instant now, const Writing& writing);
  Result<std::vector<PackagePointer>> current();  // of new cases, by id
  Result<PackagePointer> current(std::string_view pathway);
  Result<PackagePointer> find(std::string_view pathway, std::string_view version);

 private:
  using Key = std::pair<std::string, std::string>;  // id, version
  Result<PackagePointer> load(const Key& key);

  store::Store& store_;
  std::mutex mutex_;  // of the map
  std::map<Key, PackagePointer> loaded_;
};

}  // namespace passerelle::run
