#include "rehearse/candidate.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "pathway/levers.h"
#include "rehearse/estimate.h"

namespace passerelle::rehearse {
namespace {

constexpr double error_of_all = 0.05;

}  // namespace

Candidate::Candidate(const Search& search, const Settings& settings, size_t number)
    : search_(search), settings_(settings) {
  const double error = error_of_all /
                       (static_cast<double>(number) * static_cast<double>(number + 1)) /
                       static_cast<double>(search.aims.size());
  const int first = std::max(settings.replications, 2);
  for (size_t i = 0; i < search.aims.size(); ++i)
    tests_.emplace_back(search.aims[i].target->value, search.aims[i].target->at_least,
                        search.asked.aims[i].tolerance, error, first);
  values_.resize(search.aims.size());
}

Result<void> Candidate::load(const pathway::PackageFiles& files, std::string_view id,
                             const std::vector<int>& people) {
  std::vector<pathway::Finding> findings;
  const yaml::Node changes = changes_of(search_.asked, people);
  package_ = pathway::load_changed_package(files, id, search_.asked.scenario, changes, findings);
  if (package_ == nullptr) return pathway::first_error(findings);
  TRY(plan_, plan_of(*package_, settings_));
  for (const pathway::Indicator& aim : search_.aims) {
    const auto found = std::find_if(package_->indicators.begin(), package_->indicators.end(),
                                    [&](const auto& each) { return each.id == aim.id; });
    CHECK(found != package_->indicators.end(), "a headcount changes no indicator");
    order_.push_back(static_cast<size_t>(found - package_->indicators.begin()));
  }
  return {};
}

Result<void> Candidate::more(size_t count) {
  TRY(auto played, run_replications(*plan_, settings_, played_, count, hourly_));
  played_ += played.size();
  offered_.resize(plan_->activities.size());
  begun_.resize(plan_->activities.size());
  for (const Replication& each : played) {
    for (size_t i = 0; i < each.activities.size(); ++i) {
      offered_[i] += each.activities[i].offered;
      begun_[i] += each.activities[i].wait.count();
    }
    for (size_t i = 0; i < order_.size(); ++i) {
      values_[i].push_back(each.indicators[order_[i]].all.value);
      tests_[i].add(values_[i].back());
    }
  }
  if (!played.empty()) last_ = std::move(played.back());
  return {};
}

Staffed::Verdict Candidate::verdict() const {
  bool all = true;
  for (const Feasibility& test : tests_) {
    if (test.verdict() == Feasibility::Verdict::breaks) return Staffed::Verdict::misses;
    all &= test.verdict() == Feasibility::Verdict::keeps;
  }
  return all ? Staffed::Verdict::meets : Staffed::Verdict::open;
}

void Candidate::tell(Staffed& out) const {
  out.verdict = verdict();
  out.replications = static_cast<int>(played_);
  out.aims.clear();
  out.margin = unknown;
  for (size_t i = 0; i < values_.size(); ++i) {
    out.aims.push_back(estimate(values_[i]));
    const pathway::Target& target = *search_.aims[i].target;
    const double over = (out.aims.back().value - target.value) / search_.asked.aims[i].tolerance *
                        (target.at_least ? 1 : -1);
    if (std::isnan(out.margin) || over < out.margin) out.margin = over;
  }
}

std::optional<size_t> Candidate::silent() const {
  for (size_t i = 0; i < values_.size(); ++i)
    if (std::all_of(values_[i].begin(), values_[i].end(),
                    [](double each) { return std::isnan(each); }))
      return i;
  return std::nullopt;
}

std::vector<Undone> Candidate::undone(const std::vector<int>& people) const {
  std::vector<Undone> out;
  const auto& activities = package_->pathway.activities();
  for (size_t choice = 0; choice < people.size(); ++choice) {
    if (people[choice] > 0) continue;
    const std::string& role = search_.asked.choices[choice].role;
    for (size_t i = 0; i < activities.size(); ++i) {
      const auto& roles = activities[i].roles;
      if (offered_[i] == 0 || begun_[i] > 0 ||
          plan_->activities[i].doer != ActivityPlan::Doer::staff)
        continue;
      if (std::find(roles.begin(), roles.end(), role) == roles.end()) continue;
      const auto name = package_->texts.find("activity." + activities[i].id);
      out.push_back({choice, activities[i].id,
                     name == package_->texts.end() ? pathway::Texts() : name->second});
    }
  }
  return out;
}

}  // namespace passerelle::rehearse
