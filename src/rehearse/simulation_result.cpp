// What one replication leaves: a whole, or cut into batches. After the warm-up, batches are equal
// spans of whole hours, each counted as if it were a replication (batch means; A. M. Law,
// "Simulation modeling and analysis", 2015, 9.5.3). What is offered, or opened, within a batch
// belongs to it, whenever it ends.
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

// The hours that the part counts, of queues and of people.
void Simulation::sum_hours(Replication& part, const std::vector<PoolTally>& pools) const {
  for (const Level& level : waiting_levels_)
    part.queues.push_back(tally_of(level, part.first_hour, part.end_hour));
  for (const PoolTally& pool : pools)
    part.pools.push_back(
        tally_of(pool.on_duty, pool.busy, pool.overtime, part.first_hour, part.end_hour));
  for (size_t way = 0; way < hourly_.changed.size(); ++way)
    part.adoptions.push_back(tally_of(plan_, hourly_.changed[way], staff_.ways_taken()[way],
                                      part.first_hour, part.end_hour));
}

SimulationResult Simulation::result() {
  SimulationResult result;
  for (Level& level : waiting_levels_) level.advance(plan_.millis);
  open_level_.advance(plan_.millis);
  std::vector<PoolTally> pools = staff_.finish(plan_.millis);
  for (size_t way = 0; way < plan_.practice.ways().size(); ++way)
    hourly_.changed.push_back(changed_by_day(plan_, staff_.people(), way));
  if (batches_.empty()) {
    out_.first_hour = static_cast<size_t>(settings_.warm_up / hour_millis);
    out_.end_hour = static_cast<size_t>(plan_.millis / hour_millis);
    out_.indicators = measurement_.result(false);
    out_.truth = truth_.tally();
    out_.outcomes = truth_.outcomes();
    sum_hours(out_, pools);
    for (size_t pool = 0; pool < pools.size(); ++pool)
      out_.pools[pool].at_work = std::move(pools[pool].at_work);
    result.parts.push_back(std::move(out_));
  }
  for (Batch& batch : batches_) {
    batch.out.indicators = batch.measurement.result(false);
    batch.out.stimuli = out_.stimuli;
    batch.out.incidents = out_.incidents;
    batch.out.incident_at = out_.incident_at;
    batch.out.incident = out_.incident;
    sum_hours(batch.out, pools);
    result.parts.push_back(std::move(batch.out));
  }
  hourly_.replications = 1;
  for (Level& level : waiting_levels_) hourly_.waiting.push_back(level.take_hours());
  for (PoolTally& pool : pools) {
    hourly_.on_duty.push_back(pool.on_duty.take_hours());
    hourly_.busy.push_back(pool.busy.take_hours());
  }
  hourly_.cases = open_level_.take_hours();
  result.hourly = std::move(hourly_);
  return result;
}

}  // namespace passerelle::rehearse
