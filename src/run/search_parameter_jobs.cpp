// Of the search parameters: indexing what was there before them, piece by piece.
#include <algorithm>
#include <set>

#include "run/indexing.h"
#include "run/search_parameters.h"

namespace passerelle::run {
namespace {

std::string quote_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + json::quote(text);
  return "[" + out + "]";
}

std::vector<std::string> names_of(const std::vector<fhir::TypeIndex>& types) {
  std::vector<std::string> out;
  for (const fhir::TypeIndex type : types) out.emplace_back(fhir::definitions().type(type).name);
  return out;
}

void add_all(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
}

}  // namespace

store::RowWrite SearchParameters::job_row(const Job& job) {
  std::string members;
  for (const Member& member : job.members)
    members += (members.empty() ? "" : ",") + std::string("{\"id\":") + json::quote(member.id) +
               ",\"digest\":" + json::quote(member.digest) +
               ",\"types\":" + quote_list(member.types) + "}";
  std::string text =
      "{\"members\":[" + members + "],\"types\":" + quote_list(job.types) +
      ",\"type\":" + std::to_string(job.type) + ",\"position\":" + std::to_string(job.position) +
      ",\"from\":" + std::to_string(job.from) + ",\"done\":" + std::to_string(job.done) +
      ",\"total\":" + std::to_string(job.total) + "}";
  return {std::string(row_space), std::string(job_key), std::move(text), {}};
}

store::RowWrite SearchParameters::kept_row(const std::string& id, const Kept& kept) {
  return {std::string(row_space),
          std::string(kept_prefix) + id,
          "{\"digest\":" + json::quote(kept.digest) +
              ",\"ready\":" + (kept.ready ? "true" : "false") + ",\"changed\":" +
              (kept.changed ? "true" : "false") + ",\"types\":" + quote_list(kept.types) + "}",
          {}};
}

Result<int64_t> SearchParameters::count(const std::vector<std::string>& types) const {
  int64_t sum = 0;
  for (const std::string& type : types) {
    TRY(store::Query query, store::parse_query(store::fhir_catalogue(), type, {}));
    query.set_count(0);
    query.want_total();
    TRY(const store::SearchPage page, store_.search(query));
    sum += page.total.value_or(0);
  }
  return sum;
}

// With what the rows say then, known to all who ask.
Result<void> SearchParameters::commit(store::Transaction transaction, Instant now) const {
  transaction.at = now;
  TRY_VOID(store_.commit(std::move(transaction)));
  const std::lock_guard lock(mutex_);
  TRY_VOID(read_rows());
  // What was read anew may say ready of what has changed meanwhile.
  if (set_ != nullptr) TRY_VOID(mark_stale(*set_));
  make_catalogues();
  return {};
}

Result<SearchParameters::Work> SearchParameters::work(const fhir::ExtractOptions& options,
                                                      Instant now) {
  reload_if_changed();
  size_t types = 0, at = 0;
  bool any = false;
  {
    const std::lock_guard lock(mutex_);
    any = job_ != nullptr;
    if (any) types = job_->types.size();
    if (any) at = job_->type;
  }
  if (!any) {
    TRY(const bool begun, begin(now));
    return begun ? Work::more : Work::none;
  }
  return at < types ? scan_piece(options, now) : catch_up(options, now);
}

// One job for all that are not indexed yet, so that each resource is read once.
Result<bool> SearchParameters::begin(Instant now) {
  // Before the scan begins: what is written from here on is looked at again at the end.
  TRY(const int64_t from, store_.newest_change());
  Job job;
  store::Transaction transaction;
  {
    const std::lock_guard lock(mutex_);
    std::set<std::string> in_force;
    for (const fhir::AddedParameter& parameter : set_->all()) {
      in_force.insert(parameter.id);
      if (status_of(parameter).state == IndexState::ready) continue;
      Member member{parameter.id, parameter.digest(), names_of(parameter.bases)};
      Kept kept{member.digest, false, member.types, false};
      // Values of what it was before may be on resources of other types.
      if (const auto before = kept_.find(parameter.id); before != kept_.end())
        add_all(kept.types, before->second.types);
      add_all(job.types, kept.types);
      transaction.rows.push_back(kept_row(parameter.id, kept));
      job.members.push_back(std::move(member));
    }
    for (const auto& [id, kept] : kept_) {
      if (in_force.contains(id)) continue;
      job.members.push_back({id, "", {}});
      add_all(job.types, kept.types);
    }
  }
  if (job.members.empty()) return false;
  TRY(job.total, count(job.types));
  job.from = from;
  until_ = -1;
  transaction.rows.push_back(job_row(job));
  TRY_VOID(commit(std::move(transaction), now));
  return true;
}

Result<SearchParameters::Work> SearchParameters::scan_piece(const fhir::ExtractOptions& options,
                                                            Instant now) {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    job = *job_;
  }
  TRY(const store::Query query,
      store::parse_query(store::fhir_catalogue(), job.types[job.type], {}));
  store::Transaction transaction;
  TRY(transaction.reindexes, next_piece(store_, query, options, job.position));
  job.done += static_cast<int64_t>(transaction.reindexes.size());
  job.total = std::max(job.total, job.done);
  if (transaction.reindexes.size() < reindexed_at_once) {
    ++job.type;
    job.position = 0;
  }
  transaction.rows.push_back(job_row(job));
  TRY_VOID(commit(std::move(transaction), now));
  return Work::more;
}

// What was written meanwhile by whoever did not know the new parameters yet.
Result<SearchParameters::Work> SearchParameters::catch_up(const fhir::ExtractOptions& options,
                                                          Instant now) {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    job = *job_;
    std::erase_if(former_, [](const auto& one) { return one.expired(); });
    if (until_ < 0 && !former_.empty()) return Work::wait;
  }
  if (until_ < 0) {
    TRY(until_, store_.newest_change());
  }
  if (job.from >= until_) {
    TRY_VOID(finish(now));
    return Work::more;
  }
  TRY(const std::vector<store::Change> changes, store_.changes(job.from, reindexed_at_once));
  store::Transaction transaction;
  for (const store::Change& change : changes) {
    const store::Version& version = change.version;
    job.from = change.sequence;
    if (version.deleted() || !std::binary_search(job.types.begin(), job.types.end(), version.type))
      continue;
    TRY(store::Reindex one, reindex_of(version, options));
    transaction.reindexes.push_back(std::move(one));
  }
  if (changes.empty()) job.from = until_;
  transaction.rows.push_back(job_row(job));
  TRY_VOID(commit(std::move(transaction), now));
  return Work::more;
}

Result<void> SearchParameters::finish(Instant now) {
  store::Transaction transaction;
  {
    const std::lock_guard lock(mutex_);
    for (const Member& member : job_->members) {
      const auto before = kept_.find(member.id);
      const bool whole = before == kept_.end() || !before->second.changed;
      store::RowWrite row = kept_row(
          member.id, {member.digest, whole, whole ? member.types : before->second.types, !whole});
      if (member.digest.empty()) row.value.reset();
      transaction.rows.push_back(std::move(row));
    }
  }
  transaction.rows.push_back({std::string(row_space), std::string(job_key), std::nullopt, {}});
  return commit(std::move(transaction), now);
}

Result<void> SearchParameters::all_done(Instant now) {
  reload_if_changed();
  store::Transaction transaction;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, kept] : kept_)
      transaction.rows.push_back(
          {std::string(row_space), std::string(kept_prefix) + id, std::nullopt, {}});
    for (const fhir::AddedParameter& parameter : set_->all())
      transaction.rows.push_back(
          kept_row(parameter.id, {parameter.digest(), true, names_of(parameter.bases), false}));
    if (job_ != nullptr)
      transaction.rows.push_back({std::string(row_space), std::string(job_key), std::nullopt, {}});
  }
  if (transaction.rows.empty()) return {};
  return commit(std::move(transaction), now);
}

}  // namespace passerelle::run
