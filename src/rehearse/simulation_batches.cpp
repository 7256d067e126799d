// One long replication cut into batches: after the warm-up, equal spans of whole hours, each
// counted as if it were a replication (batch means; A. M. Law, "Simulation modeling and analysis",
// 2015, 9.5.3). What is offered, or opened, within a batch belongs to it, whenever it ends.
#include <algorithm>

#include "rehearse/simulation.h"

namespace passerelle::rehearse {

void Simulation::cut_into_batches() {
  const auto batches = static_cast<int64_t>(settings_.batches);
  batch_millis_ = (plan_.millis - settings_.warm_up) / batches / hour_millis * hour_millis;
  for (int64_t i = 0; i < batches; ++i) {
    const int64_t from = settings_.warm_up + i * batch_millis_;
    const int64_t until = i + 1 == batches ? plan_.millis : from + batch_millis_;
    review::Window window;
    window.from = plan_.start + Millis(from);
    window.until = plan_.start + Millis(until);
    batches_.push_back(
        {{}, review::Measurement(plan_.model.indicators, pathway_, plan_.names, window)});
    Replication& out = batches_.back().out;
    out.first_hour = static_cast<size_t>(from / hour_millis);
    out.end_hour = static_cast<size_t>(until / hour_millis);
    out.activities.resize(plan_.activities.size());
    out.outcomes.resize(plan_.outcomes.size());
  }
}

Replication& Simulation::batch(int64_t at) {
  const auto index = std::clamp<int64_t>((at - settings_.warm_up) / batch_millis_, 0,
                                         static_cast<int64_t>(batches_.size()) - 1);
  return batches_[static_cast<size_t>(index)].out;
}

std::vector<Replication> Simulation::parts() {
  std::vector<Replication> parts;
  if (batches_.empty()) {
    out_.first_hour = static_cast<size_t>(settings_.warm_up / hour_millis);
    out_.end_hour = static_cast<size_t>(plan_.millis / hour_millis);
    parts.push_back(std::move(out_));
    return parts;
  }
  for (Batch& batch : batches_) {
    batch.out.indicators = batch.measurement.result(false);
    batch.out.queues = out_.queues;
    batch.out.roles = out_.roles;
    for (RoleTally& role : batch.out.roles) role.at_work = Occupancy();
    batch.out.stimuli = out_.stimuli;
    batch.out.incidents = out_.incidents;
    parts.push_back(std::move(batch.out));
  }
  return parts;
}

}  // namespace passerelle::rehearse
