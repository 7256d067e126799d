#include "server/exports.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "fhir/reference.h"
#include "run/search_parameters.h"
#include "server/http.h"
#include "server/search_help.h"
#include "server/secret.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

constexpr std::string_view space = "export";
constexpr Millis kept_for = std::chrono::hours(24);
constexpr size_t most_active = 16;
constexpr size_t write_bytes = 1u << 20;

constexpr std::string_view level_names[] = {"system", "patients", "chosen"};
constexpr std::string_view status_names[] = {"active", "done", "failed"};

template <class Enum, size_t N>
Enum read_name(const std::string_view (&names)[N], std::string_view name) {
  for (size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  CHECK(false, "a row of an export was written by this program");
}

// ---- a job as a row ----

std::string list_text(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& one : list) out += (out.empty() ? "" : ",") + json::quote(one);
  return "[" + out + "]";
}

std::string write_job(const ExportJob& job) {
  std::string filters, files;
  for (const auto& [type, query] : job.filters)
    filters += (filters.empty() ? "[" : ",[") + json::quote(type) + "," + json::quote(query) + "]";
  for (const ExportFile& file : job.files)
    files += (files.empty() ? "" : ",") + std::string("{\"type\":") + json::quote(file.type) +
             ",\"name\":" + json::quote(file.name) + ",\"count\":" + std::to_string(file.count) +
             "}";
  return "{\"url\":" + json::quote(job.url) + ",\"account\":" + json::quote(job.account) +
         ",\"at\":" + json::quote(format_instant(job.at)) +
         ",\"level\":" + json::quote(level_names[static_cast<size_t>(job.level)]) +
         ",\"patients\":" + list_text(job.patients) + ",\"types\":" + list_text(job.types) +
         ",\"since\":" + json::quote(job.since ? format_instant(*job.since) : "") +
         ",\"filters\":[" + filters +
         "],\"status\":" + json::quote(status_names[static_cast<size_t>(job.status)]) +
         ",\"error\":" + json::quote(job.error) +
         ",\"type_index\":" + std::to_string(job.type_index) +
         ",\"position\":" + std::to_string(job.position) + ",\"files\":[" + files +
         "],\"resources\":" + std::to_string(job.resources) + "}";
}

std::vector<std::string> read_list(json::Value list) {
  std::vector<std::string> out;
  for (const json::Value one : list.items()) out.emplace_back(one.string());
  return out;
}

int64_t whole(json::Value value) {
  const auto number = value.integer();
  return number ? *number : 0;
}

Result<ExportJob> read_job(const store::Row& row) {
  TRY(const json::Document document, json::Document::parse(row.value));
  const json::Value root = document.root();
  ExportJob job;
  job.id = row.key;
  job.revision = row.revision;
  job.url = std::string(root["url"].string());
  job.account = std::string(root["account"].string());
  TRY(job.at, parse_instant(root["at"].string()));
  job.level = read_name<ExportLevel>(level_names, root["level"].string());
  job.patients = read_list(root["patients"]);
  job.types = read_list(root["types"]);
  if (!root["since"].string().empty()) {
    TRY(job.since, parse_instant(root["since"].string()));
  }
  for (const json::Value filter : root["filters"].items())
    job.filters.emplace_back(filter[size_t{0}].string(), filter[1].string());
  job.status = read_name<ExportStatus>(status_names, root["status"].string());
  job.error = std::string(root["error"].string());
  job.type_index = static_cast<size_t>(whole(root["type_index"]));
  job.position = whole(root["position"]);
  for (const json::Value file : root["files"].items())
    job.files.push_back({std::string(file["type"].string()), std::string(file["name"].string()),
                         whole(file["count"])});
  job.resources = whole(root["resources"]);
  return job;
}

// ---- files ----

Error file_error(const std::string& doing, const std::string& path) {
  return Error{ErrorCode::unavailable, doing + ": " + std::strerror(errno), path,
               "look at the disk; the export goes on by itself after a restart"};
}

// Appended to in large pieces; on the disk and under its name only when it is whole.
class NewFile {
 public:
  static Result<NewFile> open(const std::string& path) {
    const int descriptor =
        ::open((path + ".part").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return file_error("the file cannot be made", path);
    return NewFile(path, descriptor);
  }
  NewFile(NewFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink((path_ + ".part").c_str());
  }

  Result<void> append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return file_error("the file cannot be written", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Result<void> finish() {
    if (::fsync(descriptor_) != 0 || ::rename((path_ + ".part").c_str(), path_.c_str()) != 0)
      return file_error("the file cannot be finished", path_);
    ::close(std::exchange(descriptor_, -1));
    return {};
  }

 private:
  NewFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_;
};

}  // namespace

std::string own_patient(std::string_view reference, std::string_view base) {
  const fhir::ReferenceParts parts = fhir::parse_reference(reference);
  const bool own = parts.form == fhir::ReferenceForm::local ||
                   (parts.form == fhir::ReferenceForm::absolute && parts.base == base);
  if (!own || parts.type != fhir::definitions().find_resource("Patient")) return {};
  return std::string(parts.id);
}

Exports::Exports(store::Store& store, const ServerClock& clock, ExportSettings settings)
    : store_(store), clock_(clock), settings_(std::move(settings)) {}

Exports::~Exports() { stop(); }

void Exports::start() {
  thread_ = std::thread([this] { loop(); });
}

void Exports::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<store::Query> Exports::query_of(const ExportJob& job, const std::string& type) const {
  store::Parameters parameters = {{"_lastUpdated", "le" + format_instant(job.at)}};
  if (job.since) parameters.emplace_back("_lastUpdated", "ge" + format_instant(*job.since));
  std::optional<SearchHelp> help;
  if (settings_.terminology != nullptr) help.emplace(store_, *settings_.terminology);
  const store::ParseOptions options{false, settings_.zone, help ? &*help : nullptr,
                                    settings_.base_url};
  const auto parse = [&](const store::Parameters& what) {
    if (settings_.parameters == nullptr)
      return store::parse_query(store::fhir_catalogue(), type, what, options);
    return store::parse_query(*settings_.parameters->catalogue(), type, what, options);
  };
  TRY(store::Query query, parse(parameters));
  std::vector<store::Query> filters;
  for (const auto& [filtered, text] : job.filters) {
    if (filtered != type) continue;
    TRY(const Pairs pairs, parse_query(text));
    TRY(store::Query filter, parse(pairs));
    filters.push_back(std::move(filter));
  }
  if (!filters.empty()) query.any_of(filters);
  if (job.level == ExportLevel::patients) TRY_VOID(query.within({"Patient"}));
  if (job.level == ExportLevel::chosen) TRY_VOID(query.within({"Patient", job.patients}));
  return query;
}

// Each Group is in the compartment of each of its members, but who asks for some patients is to be
// told of no others (Bulk Data Access 2.0, "patient"). What is no patient may be named; a member
// that is not known by its type could be anybody.
Result<bool> Exports::names_others(const ExportJob& job, const store::Version& version) const {
  if (job.level != ExportLevel::chosen || version.type != "Group") return false;
  const fhir::Definitions& d = fhir::definitions();
  TRY(const json::Document document, json::Document::parse(version.body));
  for (const json::Value member : document.root()["member"].items()) {
    const std::string_view reference = member["entity"]["reference"].string();
    const fhir::TypeIndex type = fhir::parse_reference(reference).type;
    if (type != fhir::none && d.type(type).name != "Patient" && d.type(type).name != "Group")
      continue;
    const std::string id = own_patient(reference, settings_.base_url);
    if (id.empty() || std::find(job.patients.begin(), job.patients.end(), id) == job.patients.end())
      return true;
  }
  return false;
}

Result<std::string> Exports::begin(ExportJob job) {
  size_t active = 0;
  TRY_VOID(store_.scan_rows(space, "", [&](const store::Row& row) {
    const auto other = read_job(row);
    active += other && other->status == ExportStatus::active ? 1 : 0;
    return true;
  }));
  if (active >= most_active)
    return Error{ErrorCode::unavailable, "too many exports are under way", "",
                 "wait until one is done, or remove one"};
  for (const std::string& type : job.types) TRY_VOID(query_of(job, type));
  // Nobody chosen is nothing to write, and not everybody.
  if (job.level == ExportLevel::chosen && job.patients.empty()) job.types.clear();
  job.id = random_uuid(job.at.time_since_epoch().count());
  TRY_VOID(save(job));
  {
    const std::lock_guard lock(mutex_);
    waiting_ = true;
  }
  changed_.notify_all();
  return job.id;
}

Result<ExportJob> Exports::find(const std::string& id) {
  const auto row = store_.read_row(space, id);
  if (row) return read_job(*row);
  if (row.error().code != ErrorCode::not_found) return row.error();
  return Error{ErrorCode::not_found, "there is no such export: it was removed, or has expired"};
}

Result<void> Exports::remove(const std::string& id) {
  TRY_VOID(find(id));
  {
    const std::lock_guard lock(mutex_);
    removed_.insert(id);
  }
  store::Transaction transaction;
  transaction.at = clock_.now();
  transaction.rows.push_back({std::string(space), id, {}, {}});
  TRY_VOID(store_.commit(std::move(transaction)));
  std::error_code ignored;
  std::filesystem::remove_all(folder_of(id), ignored);
  return {};
}

Result<std::string> Exports::read_file(const std::string& id, const std::string& name) {
  TRY(const ExportJob job, find(id));
  for (const ExportFile& file : job.files)
    if (file.name == name) return passerelle::read_file(folder_of(id) + "/" + name);
  return Error{ErrorCode::not_found, "the export has no file " + passerelle::quoted(name)};
}

Result<void> Exports::save(ExportJob& job) {
  store::Transaction transaction;
  transaction.at = clock_.now();
  transaction.rows.push_back({std::string(space), job.id, write_job(job), job.revision});
  TRY_VOID(store_.commit(std::move(transaction)));
  ++job.revision;
  return {};
}

bool Exports::is_stopped(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return stopping_ || removed_.contains(id);
}

std::optional<std::string> Exports::next_active(const std::set<std::string>& except) {
  std::optional<std::string> found;
  const auto scanned = store_.scan_rows(space, "", [&](const store::Row& row) {
    const auto job = read_job(row);
    if (job && job->status == ExportStatus::active && !except.contains(job->id)) found = job->id;
    return !found;
  });
  if (!scanned) log(LogLevel::error, to_text(scanned.error()));
  return found;
}

void Exports::loop() {
  constexpr Millis poll = std::chrono::minutes(10);  // for those that expire
  constexpr Millis soon = std::chrono::minutes(1);   // for those that could not go on
  std::set<std::string> postponed;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, postponed.empty() ? poll : soon,
                        [this] { return stopping_ || waiting_; });
      if (stopping_) return;
      waiting_ = false;
    }
    remove_expired();
    postponed.clear();
    while (const auto id = next_active(postponed)) {
      auto job = find(*id);
      if (!job) break;
      const auto done = run(*job);
      if (is_stopped(*id) || !find(*id)) break;
      // What cannot be now (an index is being made, the disk is full) may be later.
      if (!done && done.error().code == ErrorCode::unavailable &&
          clock_.now() < job->at + kept_for) {
        log(LogLevel::warning, to_text(done.error()));
        postponed.insert(*id);
        continue;
      }
      job->status = done ? ExportStatus::done : ExportStatus::failed;
      if (!done) job->error = to_text(done.error());
      if (const auto saved = save(*job); !saved) {
        log(LogLevel::error, to_text(saved.error()));
        break;
      }
    }
    const std::lock_guard lock(mutex_);
    // A job that was removed while it was under way may have left a file behind.
    for (const std::string& id : removed_) {
      std::error_code ignored;
      std::filesystem::remove_all(folder_of(id), ignored);
    }
    if (!removed_.empty()) waiting_ = true;
    removed_.clear();
  }
}

Result<void> Exports::run(ExportJob& job) {
  std::error_code error;
  std::filesystem::create_directories(folder_of(job.id), error);
  if (error)
    return Error{ErrorCode::unavailable, "the folder of exports cannot be made: " + error.message(),
                 settings_.folder};
  std::filesystem::permissions(settings_.folder, std::filesystem::perms::owner_all, error);
  while (job.type_index < job.types.size()) {
    TRY(const store::Query query, query_of(job, job.types[job.type_index]));
    TRY_VOID(write_file(job, query));
    if (is_stopped(job.id)) return {};
  }
  return {};
}

Result<void> Exports::write_file(ExportJob& job, const store::Query& query) {
  const std::string& type = job.types[job.type_index];
  ExportFile file{type, type + "." + std::to_string(job.files.size() + 1) + ".ndjson", 0};
  TRY(NewFile out, NewFile::open(folder_of(job.id) + "/" + file.name));
  std::string buffer;
  size_t bytes = 0;
  int64_t position = job.position;
  bool full = false, stopped = false;
  Result<void> written;
  TRY_VOID(store_.scan(query, job.position, [&](const store::Version& version, int64_t at) {
    if (version.type != type) return true;
    const auto others = names_others(job, version);
    if (!others) written = others.error();
    if (!others || *others) return others.ok();
    buffer += version.body;
    buffer += '\n';
    ++file.count;
    position = at;
    full = bytes + buffer.size() >= settings_.file_bytes;
    if (buffer.size() < write_bytes && !full) return true;
    bytes += buffer.size();
    written = out.append(buffer);
    buffer.clear();
    stopped = is_stopped(job.id);
    return written.ok() && !full && !stopped;
  }));
  if (stopped) return {};
  TRY_VOID(written);
  TRY_VOID(out.append(buffer));
  job.position = full ? position : 0;
  if (!full) ++job.type_index;
  if (file.count == 0) return {};  // of many types: that need not be noted
  TRY_VOID(out.finish());
  job.resources += file.count;
  job.files.push_back(std::move(file));
  return save(job);
}

void Exports::remove_expired() {
  std::vector<std::string> expired;
  const Instant now = clock_.now();
  const auto scanned = store_.scan_rows(space, "", [&](const store::Row& row) {
    const auto job = read_job(row);
    if (job && job->status != ExportStatus::active && job->at + kept_for < now)
      expired.push_back(job->id);
    return true;
  });
  if (!scanned) log(LogLevel::error, to_text(scanned.error()));
  for (const std::string& id : expired)
    if (const auto done = remove(id); !done) log(LogLevel::error, to_text(done.error()));
}

}  // namespace passerelle::server
