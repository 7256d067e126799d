// A resource, ready for the store: checked against R4 and with what it is found by. The one way in
// for all who write resources: the engine, FHIR's REST, import.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "fhir/search_values.h"
#include "fhir/validate.h"
#include "store/store.h"

namespace passerelle::run {

// What fhir::extract() finds, as the store keeps it.
store::IndexValues index_values(json::Value resource, const fhir::ExtractOptions& options);
// The same for a write, which also keeps by which search parameters that was.
void index_write(store::Write& write, json::Value resource, const fhir::ExtractOptions& options);

// How resources are made ready to be written.
struct Writing {
  fhir::ExtractOptions extract = {};
  // The issues of a resource by the profiles that it claims, too. Null: by R4 alone.
  std::function<std::vector<fhir::Issue>(json::Value resource)> validate = {};
};

// A write of a resource that has its `id`; error when it is not valid (the first issue).
Result<store::Write> make_write(json::Value resource, const Writing& writing,
                                store::Method method = store::Method::update);

// Which way of index_values() a data file was written with; raised when it finds more or other
// values, so that an older file is known to need reindex().
inline constexpr int index_revision = 3;
// Notes the revision in a file that holds nothing yet; else tells whether the file has it.
Result<bool> is_index_current(store::Store& store, Instant now);
// How the site that a data file belongs to extracts values: kept in the file, so that tools index
// as its server does.
Result<void> keep_site(store::Store& store, const fhir::ExtractOptions& options, Instant now);
struct KeptSite {
  Zone zone = Zone::utc();
  std::string base_url;
};
Result<KeptSite> site_of(store::Store& store);  // UTC and no address when nothing was kept

// One version with its values, to be indexed anew.
Result<store::Reindex> reindex_of(const store::Version& version,
                                  const fhir::ExtractOptions& options);
// Up to so many from after a position, in one commit; the position goes on.
inline constexpr size_t reindexed_at_once = 300;
Result<std::vector<store::Reindex>> next_piece(store::Store& store, const store::Query& all,
                                               const fhir::ExtractOptions& options,
                                               int64_t& position);

// Extracts the values of every resource anew, in commits of some hundred, while others read and
// write. `progress` hears how many are done. Gives how many there were.
Result<int64_t> reindex(store::Store& store, const fhir::ExtractOptions& options, Instant now,
                        const std::function<void(int64_t)>& progress = {});

}  // namespace passerelle::run
