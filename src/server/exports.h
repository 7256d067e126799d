// Bulk exports (FHIR Bulk Data Access 2.0): jobs that write what the record holds into NDJSON
// files, one after the other, on a thread of their own. A job is a row of the store that is written
// whenever a file is whole, so that a server that was stopped or killed goes on from there. Files
// are small enough to be answered at once and expire with their job.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::run {
class SearchParameters;
}
namespace passerelle::server {
class StoredTerminology;
}

namespace passerelle::server {

class ServerClock;

enum class ExportLevel : uint8_t {
  system,    // all resources
  patients,  // what is in the compartment of any patient
  chosen,    // what is in the compartments of `patients`
};
enum class ExportStatus : uint8_t { active, done, failed };

struct ExportFile {
  std::string type, name;
  int64_t count = 0;
};

struct ExportJob {
  std::string id;
  std::string url;      // as it was asked for
  std::string account;  // who asked
  Instant at{};         // transactionTime: what changed later is not in it
  ExportLevel level = ExportLevel::system;
  std::vector<std::string> patients;  // ids
  std::vector<std::string> types;
  std::optional<Instant> since;
  std::vector<std::pair<std::string, std::string>> filters;  // of _typeFilter: type, query
  ExportStatus status = ExportStatus::active;
  std::string error;
  size_t type_index = 0;  // into types: where it stands
  int64_t position = 0;   // in the type
  std::vector<ExportFile> files;
  int64_t resources = 0;
  int64_t revision = 0;  // of its row; 0 = new
};

// The id of a patient of this server, "" when the reference is to anything else; `base`: its FHIR
// address.
std::string own_patient(std::string_view reference, std::string_view base);

struct ExportSettings {
  // Of _typeFilter; null: those of the specification only.
  const run::SearchParameters* parameters = nullptr;
  // Of _typeFilter: null: value sets and code systems are not known.
  StoredTerminology* terminology = nullptr;
  std::string base_url;  // of FHIR, by which references to this server are known
  std::string folder;    // made when it is not there
  Zone zone = Zone::utc();
  size_t file_bytes = 32u << 20;
};

class Exports {
 public:
  Exports(store::Store& store, const ServerClock& clock, ExportSettings settings);
  ~Exports();

  void start();
  void stop();  // the job under way goes on at the next start

  // Checks that what the job asks for can be searched, and begins it. Gives its id.
  Result<std::string> begin(ExportJob job);
  Result<ExportJob> find(const std::string& id);  // not_found also when it has expired
  Result<void> remove(const std::string& id);     // also when it is under way
  Result<std::string> read_file(const std::string& id, const std::string& name);

 private:
  void loop();
  std::optional<std::string> next_active(const std::set<std::string>& except);
  Result<void> run(ExportJob& job);
  // One file, or none when nothing of the type is left; moves the job on.
  Result<void> write_file(ExportJob& job, const store::Query& query);
  Result<store::Query> query_of(const ExportJob& job, const std::string& type) const;
  // Whether it is a Group that names patients who are not chosen.
  Result<bool> names_others(const ExportJob& job, const store::Version& version) const;
  Result<void> save(ExportJob& job);  // conflict when it was removed meanwhile
  bool is_stopped(const std::string& id);
  void remove_expired();
  std::string folder_of(const std::string& id) const { return settings_.folder + "/" + id; }

  store::Store& store_;
  const ServerClock& clock_;
  const ExportSettings settings_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> removed_;  // while under way
  bool stopping_ = false;
  bool waiting_ = true;  // something may be there to be done
  std::thread thread_;
};

}  // namespace passerelle::server
