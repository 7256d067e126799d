// The SearchParameters of a record: which ones are in force, and how far the index of each has
// come. What is written carries the values of all of them from the moment they are known; what was
// there before is indexed anew, piece by piece, by work(). How far that is stands in the store, in
// the commit of each piece, so that it goes on after a restart or a kill. Any thread may ask.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "fhir/search_added.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::run {

enum class IndexState : uint8_t {
  ready,     // every resource is found by it
  waiting,   // for its turn
  indexing,  // `done` of `total` resources
  removing,  // it is no longer in force, and its values go
  refused,   // it is active and cannot be in force: `detail` says why
};
std::string_view name_of(IndexState state);

struct IndexStatus {
  std::string id, code, url;
  IndexState state = IndexState::ready;
  int64_t done = 0, total = 0;  // of resources looked at
  std::string detail;
};
// "34 %, 3400 of 10000 resources"; of what waits, that it does.
std::string to_text(const IndexStatus& status);

class SearchParameters : public fhir::AddedSource {
 public:
  explicit SearchParameters(store::Store& store) : store_(store) {}

  // What is in force now; reads SearchParameters anew when one was written.
  std::shared_ptr<const fhir::AddedParameters> current() const override;
  std::shared_ptr<const store::SearchCatalogue> catalogue() const;
  // The same for those who ask only about what is written from now on, which has all values.
  std::shared_ptr<const store::SearchCatalogue> catalogue_from_now() const;
  std::vector<IndexStatus> list() const;

  // Whether a SearchParameter that is to be written can be in force, when it is active.
  Result<void> check(json::Value resource) const;

  enum class Work { none, wait, more };  // wait: for writes that are under way
  // Does the next piece of indexing. `options`: of the site.
  Result<Work> work(const fhir::ExtractOptions& options, Instant now);
  // After all resources were indexed anew with current(): all are ready.
  Result<void> all_done(Instant now);

 private:
  // Rows of the store: one for each parameter, and one for the job at hand.
  static constexpr std::string_view row_space = "search-parameter", job_key = "job",
                                    kept_prefix = "p/";
  // What the store says of one that was indexed, or is to be.
  struct Kept {
    std::string digest;
    bool ready = false;
    std::vector<std::string> types;  // whose resources may have values of it
    // It has been another since the job at hand began: what that has indexed may be of either.
    bool changed = false;
  };
  struct Member {
    std::string id;
    std::string digest;  // "" = it goes
    std::vector<std::string> types;
  };
  struct Job {
    std::vector<Member> members;
    std::vector<std::string> types;
    size_t type = 0;       // the one at hand; types.size(): only what changed meanwhile is left
    int64_t position = 0;  // in it
    int64_t from = 0;      // changes after this are looked at again at the end
    int64_t done = 0, total = 0;
  };

  Result<void> load() const;
  void make_catalogues() const;
  void reload_if_changed() const;
  Result<void> read_rows() const;
  Result<void> mark_stale(const fhir::AddedParameters& set) const;
  Result<bool> begin(Instant now);
  Result<Work> scan_piece(const fhir::ExtractOptions& options, Instant now);
  Result<Work> catch_up(const fhir::ExtractOptions& options, Instant now);
  Result<void> finish(Instant now);
  Result<int64_t> count(const std::vector<std::string>& types) const;
  Result<void> commit(store::Transaction transaction, Instant now) const;
  static store::RowWrite job_row(const Job& job);
  static store::RowWrite kept_row(const std::string& id, const Kept& kept);
  IndexStatus status_of(const fhir::AddedParameter& parameter) const;

  store::Store& store_;
  mutable std::mutex mutex_;     // of what follows; work() is one thread's
  mutable uint64_t loaded_ = 0;  // generation + 1
  mutable std::atomic<uint64_t> seen_{0};
  mutable std::shared_ptr<const fhir::AddedParameters> set_;  // shared with what is being written
  mutable std::shared_ptr<const store::SearchCatalogue> catalogue_, from_now_;
  mutable fhir::AddedParameters::Refused refused_;
  mutable std::map<std::string, Kept> kept_;
  mutable std::unique_ptr<Job> job_;
  mutable std::vector<std::weak_ptr<const fhir::AddedParameters>> former_;
  int64_t until_ = -1;  // catch_up() ends there
};

}  // namespace passerelle::run
