// Bulk loading: FHIR Bundles (JSON or XML) and NDJSON, plain, gzip or bzip2, straight into the
// store, on all cores. Resources keep their ids, so that the same file may be loaded again; what
// resources of a bundle call each other (urn:uuid:...) and what they call those of other files
// (Practitioner?identifier=...) becomes Type/id, in whatever order the files come. What is no valid
// FHIR is reported with its file and line, the rest goes in.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "store/store.h"

namespace passerelle::server {

struct ImportProblem {
  std::string file;
  int line = 0;  // 0 = the file as a whole
  std::string message;
};

struct ImportReport {
  size_t files = 0;
  size_t resources = 0;  // that are in the store now
  size_t bytes = 0;      // unpacked
  size_t problem_count = 0;
  std::vector<ImportProblem> problems;  // the first thousand, by file and line
};

struct ImportSettings {
  Instant now{};
  Zone zone = Zone::utc();    // of dates without one
  std::string base_url = {};  // references to "<base_url>/Patient/1" are to this server
  bool profiles = true;       // what claims a profile that is loaded must conform to it
  int threads = 0;            // 0 = one for each core
  int in_flight = 8;          // commits that wait for the disk; others' writes queue behind them
  size_t batch = 400;         // resources in one commit
  std::function<void(const ImportReport&)> progress = {};  // now and then, from this thread
};

// Files, or folders whose files are taken in the order of their names. Error: the store takes
// nothing more (disk full), or a path is not there; what went in before stays.
Result<ImportReport> import_files(store::Store& store, const std::vector<std::string>& paths,
                                  const ImportSettings& settings);

}  // namespace passerelle::server
