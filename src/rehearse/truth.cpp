#include "rehearse/truth.h"

#include <algorithm>

#include "pathway/feel/heap.h"

namespace passerelle::rehearse {

TruthWatch::TruthWatch(const Plan& plan, const Patients& patients, int64_t warm_up)
    : plan_(plan), patients_(patients), warm_up_(warm_up), outcomes_(plan.outcomes.size()) {}

bool TruthWatch::counts(const SimulatedCase& it) const { return it.opened >= warm_up_; }

bool TruthWatch::worse(const SimulatedCase& it, int64_t now) const {
  return !it.patient.stages.empty() && plan_.found_states[patients_.state(it.patient, now)];
}

void TruthWatch::opened(SimulatedCase& it) const {
  it.alerts.clear();
  it.finds.clear();
  const auto& stages = it.patient.stages;
  const auto first = std::find_if(stages.begin(), stages.end(), [&](const Patient::Stage& stage) {
    return plan_.found_states[stage.state];
  });
  it.worse_at = first == stages.end() ? SimulatedCase::never_worse : first->from;
}

void TruthWatch::alert_raised(SimulatedCase& it, int64_t now) {
  const bool right = worse(it, now);
  if (right) it.alerts.push_back(now);
  if (right && !it.alerted) {
    it.alerted = true;
    if (counts(it)) tally_.to_alert.add(now - it.worse_at);
  }
  if (now < warm_up_) return;
  ++tally_.alerts;
  if (!right) ++tally_.false_alerts;
}

void TruthWatch::worked(const SimulatedCase& it, int64_t begun, int64_t now) {
  if (begun < warm_up_) return;
  tally_.alert_millis += now - begun;
  if (!worse(it, begun)) tally_.false_millis += now - begun;
}

void TruthWatch::found(SimulatedCase& it, int64_t now) {
  if (it.worse_at > now) return;
  if (worse(it, now)) it.finds.push_back(now);  // of each time by itself, whatever came of another
  if (it.decided) return;
  it.found_at = now;
  if (it.found) return;
  it.found = true;
  if (!counts(it)) return;
  tally_.to_found.add(now - it.worse_at);
  // An alert that was open before the patient got worse brought the call, too.
  if (!it.alerted) tally_.to_alert.add(now - it.worse_at);
  it.alerted = true;
}

void TruthWatch::count(SimulatedCase& it, int outcome) {
  if (outcome < 0) return;
  const uint64_t bit = uint64_t{1} << outcome;
  if ((it.outcomes & bit) != 0) return;
  it.outcomes |= bit;
  if (counts(it)) ++outcomes_[static_cast<size_t>(outcome)];
}

void TruthWatch::completed(SimulatedCase& it, const ActivityPlan& activity,
                           const feel::Value& answers, int64_t now) {
  for (const FinderPlan& finder : activity.finders) {
    bool hit = finder.any;
    if (!hit && answers.is_context()) {
      const feel::Value& answer = answers.at(finder.slot);
      hit = std::any_of(finder.values.begin(), finder.values.end(),
                        [&](const feel::Value& value) { return value == answer; });
    }
    if (!hit) continue;
    found(it, now);
    count(it, finder.outcome);
  }
}

void TruthWatch::happened(SimulatedCase& it, int outcome) {
  if (outcome < 0) return;
  count(it, outcome);
  it.decided = true;
}

// Each time by itself. One that still lasts counts only once somebody has noticed it, or when the
// case has ended: nobody can notice it any more.
void TruthWatch::episodes(const SimulatedCase& it, int64_t now, bool ended) {
  const auto& stages = it.patient.stages;
  const auto is_worse = [&](size_t i) { return bool{plan_.found_states[stages[i].state]}; };
  for (size_t i = 0; i < stages.size(); ++i) {
    if (!is_worse(i) || stages[i].from > now) continue;
    const int64_t from = stages[i].from;
    while (i + 1 < stages.size() && is_worse(i + 1)) ++i;
    const int64_t until = i + 1 < stages.size() ? stages[i + 1].from : now + 1;
    const auto first = [&](const std::vector<int64_t>& times) {
      const auto at = std::find_if(times.begin(), times.end(),
                                   [&](int64_t time) { return time >= from && time < until; });
      return at == times.end() ? int64_t{-1} : *at;
    };
    const int64_t find = first(it.finds);
    // An alert that was open before brought the call, too.
    int64_t alert = first(it.alerts);
    if (find >= 0 && (alert < 0 || alert > find)) alert = find;
    if (alert < 0 && until > now && !ended) continue;
    ++tally_.episodes;
    if (alert >= 0) {
      ++tally_.episodes_alerted;
      tally_.episode_to_alert.add(alert - from);
    }
    if (find >= 0) {
      ++tally_.episodes_found;
      tally_.episode_to_found.add(find - from);
    }
  }
}

void TruthWatch::closed(const SimulatedCase& it, int64_t now, bool ended) {
  if (it.worse_at > now || !counts(it)) return;
  episodes(it, now, ended);
  ++tally_.deteriorated;
  if (it.alerted) ++tally_.alerted;
  if (it.found) {
    ++tally_.found;
  } else if (ended || it.decided) {
    ++tally_.missed;
  } else {
    ++tally_.pending;
  }
}

}  // namespace passerelle::rehearse
