// Open cases move to another version of their pathway: each in a commit of its own, between two of
// its stimuli, while everything else goes on.
#include "pathway/migration.h"

#include <algorithm>

#include "run/access.h"
#include "run/engine_impl.h"

namespace passerelle::run {

using pathway::Migration;

namespace {

constexpr size_t cases_at_once = 128;  // cases in one commit of the disk
constexpr int tries_of_a_case = 200;   // each time, somebody who races for it gets on

// The cases of one version on their way.
class Journey {
 public:
  Journey(const MigrationRequest& request, PackagePointer from, PackagePointer to)
      : request_(request),
        from_(std::move(from)),
        to_(std::move(to)),
        migration_(from_->pathway, to_->pathway, pathway::migration_rules(*to_, from_->version)) {
    out_.version = from_->version;
    if (request.dry_run) out_.findings = migration_.check();
    if (!request.dry_run) out_.findings = migration_.problems();
  }

  const std::string& version() const { return from_->version; }
  Migration& migration() { return migration_; }
  const PackagePointer& target() const { return to_; }
  Migration::Undecided undecided() const {
    return request_.undecided ? Migration::Undecided::carry : Migration::Undecided::refuse;
  }

  // Where the case stood when it was looked at.
  void moved(const std::vector<std::string>& places) {
    ++out_.cases;
    ++out_.moved;
    for (const std::string& place : places) {
      MigratedVersion::Element& element = this->element(place);
      ++element.cases;
      ++element.moved;
      element.becomes = migration_.renamed(place);
    }
  }
  void refused(uint64_t number, const std::vector<std::string>& places, const Error& why) {
    ++out_.cases;
    for (const std::string& place : places) ++element(place).cases;
    out_.refused.push_back({number, why.where, why.message, why.help});
  }

  MigratedVersion done() {
    const pathway::Pathway& pathway = from_->pathway;
    std::sort(out_.elements.begin(), out_.elements.end(), [&](const auto& a, const auto& b) {
      return pathway.find_activity(a.id) < pathway.find_activity(b.id);
    });
    return std::move(out_);
  }

 private:
  MigratedVersion::Element& element(const std::string& id) {
    for (MigratedVersion::Element& each : out_.elements)
      if (each.id == id) return each;
    MigratedVersion::Element& made = out_.elements.emplace_back();
    made.id = id;
    const auto index = from_->pathway.find_activity(id);
    if (index) made.name = from_->pathway.activities()[*index].name;
    return made;
  }

  const MigrationRequest& request_;
  PackagePointer from_, to_;
  Migration migration_;
  MigratedVersion out_;
};

// The outcome for one case: ready to commit, refused, or none of this journey any more.
struct Prepared {
  uint64_t number = 0;
  std::vector<std::string> places;
  std::optional<store::Transaction> transaction;
};

}  // namespace

// Takes the cases of one version over; those that others change meanwhile are looked at again.
struct Engine::Impl::Mover {
  Impl& impl;
  Journey& journey;
  const Doer& doer;
  bool dry_run = false;
  Instant now;

  Result<void> move(std::vector<uint64_t> numbers) {
    for (int tries = 0; !numbers.empty() && tries < tries_of_a_case; ++tries) {
      std::vector<uint64_t> again;
      for (size_t first = 0; first < numbers.size(); first += cases_at_once) {
        const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(first);
        const size_t count = std::min(cases_at_once, numbers.size() - first);
        TRY_VOID(move_batch({begin, begin + static_cast<std::ptrdiff_t>(count)}, again));
      }
      numbers = std::move(again);
    }
    for (const uint64_t number : numbers)
      journey.refused(
          number, {},
          {ErrorCode::unavailable, "others change the case all the time", "", "try again"});
    return {};
  }

  Result<void> move_batch(const std::vector<uint64_t>& numbers, std::vector<uint64_t>& again) {
    std::vector<Prepared> ready;
    for (const uint64_t number : numbers) {
      auto prepared = prepare(number);
      if (!prepared) {  // a case that cannot be read keeps no other from moving
        journey.refused(number, {}, prepared.error());
      } else if (*prepared && dry_run) {
        journey.moved((*prepared)->places);
      } else if (*prepared) {
        ready.push_back(std::move(**prepared));
      }
    }
    std::vector<store::Transaction> transactions;
    for (Prepared& each : ready) transactions.push_back(std::move(*each.transaction));
    const auto results = impl.commit_all(std::move(transactions));
    std::optional<Error> failed;  // of the store: what was committed is counted all the same
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i]) {
        journey.moved(ready[i].places);
      } else if (results[i].error().code == ErrorCode::conflict) {
        again.push_back(ready[i].number);
      } else {
        failed = results[i].error();
      }
    }
    if (failed) return *failed;
    return {};
  }

  // Nothing when the case is refused, or when there is nothing left to move.
  Result<std::optional<Prepared>> prepare(uint64_t number) {
    TRY(const store::CaseRecord record, impl.store.read_case(number));
    if (record.status != store::CaseStatus::open || record.pathway_version != journey.version())
      return std::optional<Prepared>();
    TRY(const PackagePointer package, impl.library.find(record.pathway, record.pathway_version));
    TRY(Change change, Change::begin(impl.store, package, record, impl.writing, now));
    Prepared prepared;
    prepared.number = number;
    prepared.places = places(package->pathway, change.state());
    const auto moved =
        change.migrate(journey.target(), journey.migration(), journey.undecided(), doer);
    if (!moved) {
      journey.refused(number, prepared.places, moved.error());
      return std::optional<Prepared>();
    }
    TRY(prepared.transaction, change.finish());
    return std::optional(std::move(prepared));
  }
};

Result<MigrationReport> Engine::migrate(const MigrationRequest& request, const Actor& actor,
                                        Instant now) {
  if (!actor.everything)
    return said(actor.language, ErrorCode::forbidden,
                {"only an administrator moves cases to another version",
                 "seul un administrateur fait passer des cas à une autre version"});
  PackagePointer to = request.to;
  if (to == nullptr) {
    TRY(to, impl_->library.current(request.pathway));
  }
  TRY(const Doer doer, impl_->doer(actor, "", now));
  std::map<std::string, std::vector<uint64_t>> by_version;
  TRY_VOID(impl_->store.scan_cases(
      {store::CaseStatus::open, to->id, "", 0}, [&](const store::CaseRecord& record) {
        const bool meant = request.from.empty() || record.pathway_version == request.from;
        if (meant && record.pathway_version != to->version)
          by_version[record.pathway_version].push_back(record.number);
        return true;
      }));
  MigrationReport report{to->id, to->version, request.dry_run, {}};
  for (auto& [version, numbers] : by_version) {
    TRY(PackagePointer from, impl_->library.find(to->id, version));
    Journey journey(request, std::move(from), to);
    Impl::Mover mover{*impl_, journey, doer, request.dry_run, now};
    TRY_VOID(mover.move(std::move(numbers)));
    report.versions.push_back(journey.done());
  }
  return report;
}

}  // namespace passerelle::run
