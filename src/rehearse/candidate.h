// One staffing of a search: its package, its replications so far, and what they decide. For
// search.cpp only.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "rehearse/crew.h"
#include "rehearse/feasibility.h"
#include "rehearse/search.h"

namespace passerelle::rehearse {

class Candidate {
 public:
  // The `number`-th that is rehearsed, from 1; the first two are borrowed.
  Candidate(const Search& search, const Settings& settings, size_t number);

  Result<void> load(const pathway::PackageFiles& files, std::string_view id,
                    const std::vector<int>& people);
  Result<void> more(size_t count);  // replications
  Staffed::Verdict verdict() const;
  void tell(Staffed& out) const;
  // An aim that has no number in any replication can neither be met nor missed.
  std::optional<size_t> silent() const;
  // Of all that was played: work that was offered and never begun, of choices without people.
  std::vector<Undone> undone(const std::vector<int>& people) const;

  size_t played() const { return played_; }
  const pathway::Package& package() const { return *package_; }
  const Plan& plan() const { return *plan_; }
  const Hourly& hourly() const { return hourly_; }
  const Replication& last() const { return last_; }

 private:
  const Search& search_;
  const Settings& settings_;
  std::unique_ptr<pathway::Package> package_;
  std::unique_ptr<Plan> plan_;
  std::vector<size_t> order_;                // of the aims among the package's indicators
  std::vector<std::vector<double>> values_;  // by aim, by replication
  std::vector<Feasibility> tests_;
  std::vector<uint64_t> offered_, begun_;  // by activity
  size_t played_ = 0;
  Hourly hourly_;
  Replication last_;
};

}  // namespace passerelle::rehearse
