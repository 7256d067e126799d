// What only a twin can know: who was really worse, since when, and whether anybody found it.
#pragma once

#include <cstdint>

#include "rehearse/patient.h"
#include "rehearse/plan.h"
#include "rehearse/simulated_case.h"
#include "rehearse/tally.h"

namespace passerelle::rehearse {

class TruthWatch {
 public:
  // Patients who came before `warm_up` (milliseconds) count for nothing, alerts raised and work
  // begun before it neither: each figure is of one set.
  TruthWatch(const Plan& plan, const Patients& patients, int64_t warm_up);

  void opened(SimulatedCase& it) const;
  [[gnu::noinline]] void alert_raised(SimulatedCase& it, int64_t now);
  // Hands on from `begun` to `now`, on an activity that alerts cause.
  [[gnu::noinline]] void worked(const SimulatedCase& it, int64_t begun, int64_t now);
  // An activity with finders is done: its answers, or null.
  void completed(SimulatedCase& it, const ActivityPlan& activity, const feel::Value& answers,
                 int64_t now);
  // Something happened that everybody notices.
  void happened(SimulatedCase& it, int outcome);
  // The case has ended, or the rehearsal has.
  void closed(const SimulatedCase& it, int64_t now, bool ended);

  const TruthTally& tally() const { return tally_; }
  const std::vector<uint64_t>& outcomes() const { return outcomes_; }  // patients, by outcome

 private:
  bool counts(const SimulatedCase& it) const;  // the patient came within the window
  bool worse(const SimulatedCase& it, int64_t now) const;
  [[gnu::noinline]] void found(SimulatedCase& it, int64_t now);
  [[gnu::noinline]] void episodes(const SimulatedCase& it, int64_t now, bool ended);
  [[gnu::noinline]] void count(SimulatedCase& it, int outcome);

  const Plan& plan_;
  const Patients& patients_;
  int64_t warm_up_;
  TruthTally tally_;
  std::vector<uint64_t> outcomes_;
};

}  // namespace passerelle::rehearse
