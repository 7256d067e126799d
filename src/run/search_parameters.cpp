#include "run/search_parameters.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "run/indexing.h"

namespace passerelle::run {
namespace {

std::vector<std::string> read_list(json::Value list) {
  std::vector<std::string> out;
  for (const json::Value item : list.items()) out.emplace_back(item.string());
  return out;
}

bool is_in_force(json::Value resource) {
  return resource["status"].string() == "active" &&
         !fhir::is_built_in_parameter(resource["url"].string());
}

int64_t number_in(json::Value value) {
  const auto number = value.integer();
  return number ? *number : 0;
}

}  // namespace

std::string_view name_of(IndexState state) {
  switch (state) {
    case IndexState::ready:
      return "ready";
    case IndexState::waiting:
      return "waiting";
    case IndexState::indexing:
      return "indexing";
    case IndexState::removing:
      return "removing";
    case IndexState::refused:
      return "refused";
  }
  return "";
}

std::string to_text(const IndexStatus& status) {
  if (status.state == IndexState::waiting) return "it waits to be indexed";
  const int64_t total = std::max<int64_t>(status.total, 1);
  return "it is being indexed: " +
         std::to_string(std::min<int64_t>(99, 100 * status.done / total)) + " %, " +
         std::to_string(status.done) + " of " + std::to_string(status.total) + " resources";
}

// ---- what is in force ----

void SearchParameters::reload_if_changed() const {
  const uint64_t now = store_.generation(store::Definitions::search_parameters) + 1;
  if (seen_ == now) return;
  const std::lock_guard lock(mutex_);
  if (loaded_ == now) return;
  if (const auto done = load(); !done) {
    // What was known holds on; the next one who asks tries again.
    log(LogLevel::error, "search parameters: " + to_text(done.error()));
    if (set_ == nullptr) {
      fhir::AddedParameters::Refused none;
      set_ = fhir::AddedParameters::make({}, none);
      make_catalogues();
    }
    return;
  }
  loaded_ = now;
  seen_ = now;
}

std::shared_ptr<const fhir::AddedParameters> SearchParameters::current() const {
  reload_if_changed();
  const std::lock_guard lock(mutex_);
  return set_;
}

std::shared_ptr<const store::SearchCatalogue> SearchParameters::catalogue() const {
  reload_if_changed();
  const std::lock_guard lock(mutex_);
  return catalogue_;
}

std::shared_ptr<const store::SearchCatalogue> SearchParameters::catalogue_from_now() const {
  reload_if_changed();
  const std::lock_guard lock(mutex_);
  return from_now_;
}

Result<void> SearchParameters::read_rows() const {
  std::map<std::string, Kept> kept_rows;
  std::unique_ptr<Job> made;
  std::string job;
  std::vector<std::pair<std::string, std::string>> rows;
  TRY_VOID(store_.scan_rows(row_space, "", [&](const store::Row& row) {
    if (row.key == job_key) job = row.value;
    if (row.key.starts_with(kept_prefix))
      rows.emplace_back(row.key.substr(kept_prefix.size()), row.value);
    return true;
  }));
  for (const auto& [id, text] : rows) {
    TRY(const json::Document document, json::Document::parse(text));
    const json::Value root = document.root();
    kept_rows[id] = {std::string(root["digest"].string()), root["ready"].boolean(),
                     read_list(root["types"]), root["changed"].boolean()};
  }
  if (!job.empty()) {
    TRY(const json::Document document, json::Document::parse(job));
    const json::Value root = document.root();
    made = std::make_unique<Job>();
    for (const json::Value one : root["members"].items())
      made->members.push_back({std::string(one["id"].string()), std::string(one["digest"].string()),
                               read_list(one["types"])});
    made->types = read_list(root["types"]);
    made->type = static_cast<size_t>(number_in(root["type"]));
    made->position = number_in(root["position"]);
    made->from = number_in(root["from"]);
    made->done = number_in(root["done"]);
    made->total = number_in(root["total"]);
  }
  // Nothing of it before all of it could be read: others go on with what they knew.
  kept_ = std::move(kept_rows);
  job_ = std::move(made);
  return {};
}

// The caller holds the mutex.
Result<void> SearchParameters::load() const {
  TRY(const store::Query all, store::parse_query(store::fhir_catalogue(), "SearchParameter", {}));
  std::vector<std::string> bodies;
  TRY_VOID(store_.scan(all, 0, [&](const store::Version& version, int64_t) {
    bodies.push_back(version.body);
    return true;
  }));
  fhir::AddedParameters::Refused refused;
  std::vector<fhir::AddedParameter> found;
  for (const std::string& body : bodies) {
    TRY(const json::Document document, json::Document::parse(body));
    if (!is_in_force(document.root())) continue;
    auto parameter = fhir::read_added_parameter(document.root());
    if (parameter) {
      found.push_back(std::move(*parameter));
    } else {
      refused.emplace_back(document.root()["id"].string(), parameter.error());
    }
  }
  // Of several with one code the first by its id is in force, whichever was written first.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  TRY_VOID(read_rows());
  auto set = fhir::AddedParameters::make(std::move(found), refused);
  TRY_VOID(mark_stale(*set));
  if (set_ != nullptr) former_.push_back(set_);
  set_ = std::move(set);
  refused_ = std::move(refused);
  make_catalogues();
  return {};
}

// The caller holds the mutex.
void SearchParameters::make_catalogues() const {
  std::map<std::string, std::string> unready;
  for (const fhir::AddedParameter& parameter : set_->all()) {
    const IndexStatus status = status_of(parameter);
    if (status.state != IndexState::ready) unready[parameter.id] = to_text(status);
  }
  catalogue_ = store::extended_catalogue(set_, unready);
  from_now_ = store::extended_catalogue(set_, {});
}

// What was indexed in another way than from now on must be indexed anew, also when it comes back as
// it was: what is written meanwhile has other values. So that is noted before anything is written.
Result<void> SearchParameters::mark_stale(const fhir::AddedParameters& set) const {
  store::Transaction transaction;
  for (auto& [id, kept] : kept_) {
    const auto all = set.all();
    const std::string name = id;
    const auto now = std::find_if(all.begin(), all.end(), [&name](const fhir::AddedParameter& one) {
      return one.id == name;
    });
    const bool same = now != all.end() && now->digest() == kept.digest;
    if (same || (!kept.ready && kept.changed)) continue;
    kept.ready = false;
    kept.changed = true;
    transaction.rows.push_back(kept_row(id, kept));
  }
  if (transaction.rows.empty()) return {};
  TRY_VOID(store_.commit(std::move(transaction)));
  return {};
}

// The caller holds the mutex.
IndexStatus SearchParameters::status_of(const fhir::AddedParameter& parameter) const {
  IndexStatus status{parameter.id, parameter.code, parameter.url, IndexState::waiting, 0, 0, ""};
  const std::string digest = parameter.digest();
  const auto kept = kept_.find(parameter.id);
  if (kept != kept_.end() && kept->second.ready && kept->second.digest == digest)
    status.state = IndexState::ready;
  if (job_ == nullptr) return status;
  for (const Member& member : job_->members) {
    if (member.id != parameter.id || member.digest != digest) continue;
    status.state = IndexState::indexing;
    status.done = job_->done;
    status.total = job_->total;
  }
  return status;
}

std::vector<IndexStatus> SearchParameters::list() const {
  reload_if_changed();
  const std::lock_guard lock(mutex_);
  std::vector<IndexStatus> out;
  std::set<std::string> named;
  for (const fhir::AddedParameter& parameter : set_->all()) {
    out.push_back(status_of(parameter));
    named.insert(parameter.id);
  }
  for (const auto& [id, error] : refused_) {
    out.push_back({id, "", "", IndexState::refused, 0, 0, passerelle::to_text(error)});
    named.insert(id);
  }
  for (const auto& [id, kept] : kept_) {
    if (named.contains(id)) continue;
    IndexStatus status{
        id, kept.digest.substr(0, kept.digest.find('\n')), "", IndexState::removing, 0, 0, ""};
    if (job_ != nullptr) {
      status.done = job_->done;
      status.total = job_->total;
    }
    out.push_back(std::move(status));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return out;
}

Result<void> SearchParameters::check(json::Value resource) const {
  if (!is_in_force(resource)) return {};
  TRY(fhir::AddedParameter parameter, fhir::read_added_parameter(resource));
  const auto set = current();
  std::vector<fhir::AddedParameter> all;
  for (const fhir::AddedParameter& one : set->all())
    if (one.id != parameter.id) all.push_back(one);
  const std::string id = parameter.id;
  all.push_back(std::move(parameter));
  fhir::AddedParameters::Refused refused;
  (void)fhir::AddedParameters::make(std::move(all), refused);
  for (const auto& [name, error] : refused)
    if (name == id) return error;
  return {};
}

}  // namespace passerelle::run
