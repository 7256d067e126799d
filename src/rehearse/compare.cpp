// Two scenarios on the same patients: what differs within each replication, and whether it is more
// than chance.
#include <algorithm>
#include <cmath>
#include <map>

#include "rehearse/estimate.h"
#include "rehearse/rehearse.h"
#include "rehearse/words.h"

namespace passerelle::rehearse {
namespace {

using pathway::Unit;

constexpr double alpha = 0.05;

std::string unit_name(pathway::Unit unit) { return std::string(pathway::to_text(unit)); }

class Comparer {
 public:
  Comparer(const Rehearsal& before, const Rehearsal& after) : before_(before), after_(after) {}

  Comparison run() {
    out_.pathway = before_.pathway;
    out_.before = before_.scenario;
    out_.after = after_.scenario;
    out_.before_name = before_.scenario_name;
    out_.after_name = after_.scenario_name;
    out_.replications = before_.replications;
    patients();
    indicators();
    outcomes();
    truth();
    waits();
    staff();
    return std::move(out_);
  }

 private:
  // The n-th patient of a stream is the same person in both.
  void patients() {
    double both = 0, all = 0;
    for (size_t i = 0; i < before_.patients.runs.size(); ++i) {
      const double a = before_.patients.runs[i], b = after_.patients.runs[i];
      both += std::min(a, b);
      all += std::max(a, b);
    }
    out_.patients_shared = all > 0 ? both / all : 1;
  }

  Difference& add(std::string kind, std::string id, pathway::Texts name, std::string unit,
                  const Estimate& before, const Estimate& after,
                  std::optional<bool> more_is_better) {
    Difference out;
    out.kind = std::move(kind);
    out.id = std::move(id);
    out.name = std::move(name);
    out.unit = std::move(unit);
    out.before = before;
    out.after = after;
    Paired found = paired(before.runs, after.runs);
    out.difference = std::move(found.difference);
    out.variance_ratio = found.variance_ratio;
    out.p = found.p;
    if (more_is_better && out.difference.known() && out.difference.value != 0)
      out.better = (out.difference.value > 0) == *more_is_better;
    return out_.differences.emplace_back(std::move(out));
  }

  // Of what has no mean there is no difference; that it has one before or after says enough.
  static void without_end(Difference& it, bool before, bool after) {
    it.before_grows = before;
    it.after_grows = after;
    if (before != after) it.better = before;
  }

  void indicators() {
    for (const IndicatorResult& a : before_.indicators) {
      for (const IndicatorResult& b : after_.indicators) {
        if (a.id != b.id) continue;
        std::optional<bool> more_is_better;
        if (a.target) more_is_better = a.target->at_least;
        without_end(add("indicator", a.id, a.name, std::string(pathway::to_text(a.unit)), a.result,
                        b.result, more_is_better),
                    a.grows, b.grows);
      }
    }
  }

  void outcomes() {
    for (const OutcomeResult& a : before_.outcomes)
      for (const OutcomeResult& b : after_.outcomes)
        if (a.name == b.name)
          add("outcome", a.name, a.title, unit_name(Unit::share), a.share, b.share, {});
  }

  void truth() {
    const TruthResult& a = before_.truth;
    const TruthResult& b = after_.truth;
    if (!a.given || !b.given) return;
    const auto one = [&](std::string_view key, std::string unit, const Estimate& before,
                         const Estimate& after, std::optional<bool> more_is_better) {
      add("truth", std::string(key), in_both_languages(key), std::move(unit), before, after,
          more_is_better);
    };
    one("sensitivity", unit_name(Unit::share), a.sensitivity, b.sensitivity, true);
    one("found", unit_name(Unit::share), a.found, b.found, true);
    one("to_alert", unit_name(Unit::minutes), a.to_alert_median, b.to_alert_median, false);
    one("to_found", unit_name(Unit::minutes), a.to_found_median, b.to_found_median, false);
    one("to_found_p90", unit_name(Unit::minutes), a.to_found_p90, b.to_found_p90, false);
    one("alerts", unit_name(Unit::count), a.alerts, b.alerts, {});
    one("false_share", unit_name(Unit::share), a.false_share, b.false_share, false);
    one("false_hours", unit_name(Unit::hours), a.false_hours, b.false_hours, false);
  }

  void waits() {
    for (const ActivityResult& a : before_.activities)
      for (const ActivityResult& b : after_.activities)
        if (a.id == b.id && a.staff && b.staff)
          without_end(
              add("wait", a.id, a.name, unit_name(Unit::minutes), a.wait_p90, b.wait_p90, false),
              a.grows, b.grows);
  }

  void staff() {
    for (const StaffResult& a : before_.staff)
      for (const StaffResult& b : after_.staff)
        if (a.role == b.role)
          add("staff", a.role, a.name, unit_name(Unit::share), a.use, b.use, {});
  }

  const Rehearsal& before_;
  const Rehearsal& after_;
  Comparison out_;
};

// Each kind is one table that people read: together it may err once in twenty.
void judge(std::span<Comparison> comparisons) {
  std::map<std::string, std::vector<Difference*>> kinds;
  for (Comparison& comparison : comparisons)
    for (Difference& each : comparison.differences) kinds[each.kind].push_back(&each);
  for (const auto& [kind, differences] : kinds) {
    std::vector<double> p;
    for (const Difference* each : differences) p.push_back(each->p);
    const std::vector<bool> real = holm(p, alpha);
    for (size_t i = 0; i < differences.size(); ++i) differences[i]->real = real[i];
  }
}

Result<Comparison> unjudged(const Rehearsal& before, const Rehearsal& after) {
  const bool same = before.pathway == after.pathway && before.seed == after.seed &&
                    before.days == after.days && before.warm_up_days == after.warm_up_days &&
                    before.replications == after.replications && before.start == after.start;
  if (!same)
    return Error{ErrorCode::invalid,
                 "the two rehearsals are not of the same pathway, patients, days and seed, so that "
                 "their differences would mean nothing",
                 "", "rehearse both with the same --days, --replications and --seed"};
  return Comparer(before, after).run();
}

}  // namespace

Result<Comparison> compare(const Rehearsal& before, const Rehearsal& after) {
  TRY(Comparison out, unjudged(before, after));
  judge({&out, 1});
  return out;
}

Result<std::vector<Comparison>> compare_all(const Rehearsal& one, std::span<const Rehearsal> others,
                                            bool changed) {
  std::vector<Comparison> out;
  for (const Rehearsal& other : others) {
    // What people ask is what a change would do, whichever of the two they named first.
    const bool to_one = changed || (other.scenario.empty() && !one.scenario.empty());
    TRY(out.emplace_back(), to_one ? unjudged(other, one) : unjudged(one, other));
  }
  judge(out);
  return out;
}

double replications_saved(const Comparison& comparison) {
  std::vector<double> gains;
  for (const Difference& each : comparison.differences)
    if (each.difference.known() && each.variance_ratio > 0)
      gains.push_back(1 / each.variance_ratio);
  if (gains.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = gains.begin() + static_cast<std::ptrdiff_t>(gains.size() / 2);
  std::nth_element(gains.begin(), middle, gains.end());
  return *middle;
}

}  // namespace passerelle::rehearse
