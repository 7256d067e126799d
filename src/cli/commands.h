// The subcommands. main.cpp reads the command line into these options; each command has a file of
// its own and returns an ExitCode.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace passerelle::store {
class Store;
}

namespace passerelle::cli {

struct CheckOptions {
  std::string folder;
  bool json = false;
  std::string sarif;  // file; "" = none
};
int check_command(const CheckOptions& options);

struct RehearseOptions {
  std::string folder;
  std::string scenario;              // id; "" = as written
  std::vector<std::string> against;  // ids of what it is compared with
  int days = 0;                      // 0 = as the cohort says
  int warm_up_days = 0;
  bool find_warm_up = false;
  int replications = 10;
  int precision_percent = 0;  // 0 = as many replications as were asked for
  int most_replications = 1'000;
  int batches = 0;
  uint64_t seed = 1;
  int threads = 0;                           // 0 = as many as the machine has
  double sensitivity = 0;                    // per cent; 0 = not asked for
  bool published_too = false;                // of sensitivity: vary what has a source as well
  std::string search;                        // staffing.yaml; "" = not asked for
  std::string json, log, report, animation;  // files; "" = none
  std::string language = "en";
  bool quiet = false;
};
int rehearse_command(const RehearseOptions& options);

struct RunOptions {
  std::string data;
  std::vector<std::string> folders;
  std::string address = "127.0.0.1";
  int port = 8080;
  std::string test_clock;    // instant at which it begins; "" = the system's clock
  std::string gateways;      // gateways.yaml; "" = messages go to a folder beside the data
  std::string phone_folder;  // that folder; "" = <data>.phone
  std::vector<std::string> hooks;
  std::string public_url;       // what links to patients begin with
  std::string profiles = "on";  // on, strict, off: of what is written
};
int run_command(const RunOptions& options);

struct MigrateOptions {
  std::string folder;
  std::string data;     // move the cases of this data file, or ...
  std::string earlier;  // ... only compare with the package in this folder
  std::string version;  // of the cases; "" = all others
  bool dry_run = false;
  bool undecided = false;
  bool json = false;
};
int migrate_command(const MigrateOptions& options);

struct ReviewOptions {
  std::string file;     // .xes, .csv, .events (also .gz), or the server's data file
  std::string package;  // folder; "" = the one that the data file keeps; a log is only discovered
  std::string pathway;  // of a data file that runs several
  std::string against;  // JSON of a rehearsal
  std::string html, json;
  std::string log;  // where the events are written to
  std::string language = "en";
};
int review_command(const ReviewOptions& options);

struct ImportOptions {
  std::string data;
  std::vector<std::string> files;
  bool quiet = false;
};
int import_command(const ImportOptions& options);

struct AccountOptions {
  std::string data;
  std::string account, name, password_file;
  std::vector<std::string> roles, skills;
  std::string language;  // "" = as it was, else the site's
  int days = 365;        // of a token
};
int account_add_command(const AccountOptions& options);
int account_list_command(const AccountOptions& options);
int account_remove_command(const AccountOptions& options);
int account_token_command(const AccountOptions& options);

struct StoreOptions {
  std::string data, to;
};
int store_check_command(const StoreOptions& options);
int store_backup_command(const StoreOptions& options);
int store_stats_command(const StoreOptions& options);
int store_compact_command(const StoreOptions& options);
int store_reindex_command(const StoreOptions& options);

struct SuiteOptions {
  std::string name, folder;
  std::string csv;  // dmn-tck: the vendors' result lines
};
int suite_command(const SuiteOptions& options);

struct FeelOptions {
  std::string expression;
  std::string context = "{}";
  std::string zone = "UTC", now;
  bool json = false;
};
int feel_command(const FeelOptions& options);

struct DmnOptions {
  std::string file, decision;
  std::string input = "{}";
  std::string language;  // of the rules in words; "" = that of the environment
};
int dmn_command(const DmnOptions& options);

struct DmnReplayOptions {
  std::string file, decision;
  std::string inputs;  // a file, or - for the standard input
  std::string language;
  bool words = false;  // say why, too
};
int dmn_replay_command(const DmnReplayOptions& options);

struct ValidateOptions {
  std::vector<std::string> files;
  std::vector<std::string> definitions;  // files or folders of conformance resources
  std::vector<std::string> profiles;     // canonicals that each resource must conform to
  bool strict = false;                   // a claimed profile that is not there is an error
  bool json = false;                     // one OperationOutcome a resource
};
int validate_command(const ValidateOptions& options);

struct FhirPathOptions {
  std::string expression, file;
  bool types = false;
};
int fhirpath_command(const FhirPathOptions& options);

struct BpmnOptions {
  std::string file, out, compare;
  bool layout = false;
};
int bpmn_command(const BpmnOptions& options);

// An argument as it stands, or the content of a file: "@input.json".
Result<std::string> text_or_file(const std::string& argument);
// A FHIR resource in JSON or XML; errors carry the file.
Result<json::Document> read_resource(const std::string& path);
// A data file that is there: what only looks must not create one.
Result<std::unique_ptr<store::Store>> open_existing(const std::string& path);

}  // namespace passerelle::cli
