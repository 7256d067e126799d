// What the pathway is told, and what it tells.
#include <algorithm>

#include "base/check.h"
#include "pathway/feel/heap.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {

using pathway::Effect;
using pathway::Stimulus;

[[gnu::flatten]] Result<void> Simulation::tell(SimulatedCase& it, Stimulus::Kind kind,
                                               uint32_t item, const SimulatedWork* work,
                                               feel::Value data, pathway::Name message) {
  Stimulus& stimulus = stimulus_;
  stimulus.kind = kind;
  stimulus.at = plan_.start + Millis(now_);
  stimulus.case_number = it.number;
  stimulus.item = item;
  stimulus.message = message;
  stimulus.data = std::move(data);
  stimulus.channel = stimulus.actor = stimulus.role = 0;
  if (work != nullptr) {
    stimulus.channel = work->channel;
    if (work->person != nobody) {
      stimulus.actor = plan_.actors[work->person];
      stimulus.role = plan_.roles[staff_.acting(work->person, work->queue)];
    }
  }
  ++out_.stimuli;
  auto moved = pathway::step(pathway_, it.state, stimulus, memory_);
  if (!moved) {
    // What happens to a patient is told to the case as long as it listens.
    const bool heard = kind == Stimulus::Kind::message || kind == Stimulus::Kind::post;
    if (heard && moved.error().code == ErrorCode::conflict) return {};
    return std::move(moved.error());
  }
  taken_ = true;
  if (settings_.told) settings_.told(stimulus);
  completing_ = kind == Stimulus::Kind::complete ? item : 0;
  for (Effect& effect : *moved) apply(it, effect);
  completing_ = 0;
  return {};
}

void Simulation::apply(SimulatedCase& it, Effect& effect) {
  switch (effect.kind) {
    case Effect::Kind::open_work:
      offer(it, effect);
      break;
    case Effect::Kind::close_work:
      withdraw(it, effect.item);
      break;
    case Effect::Kind::set_timer:
      it.plan((effect.at - plan_.start).count(), Planned::Kind::timer, effect.item);
      break;
    case Effect::Kind::cancel_timer:
      it.unplan(Planned::Kind::timer, effect.item);
      break;
    case Effect::Kind::send:
      message_sent(it, effect);
      break;
    case Effect::Kind::record:
      keep(it, effect);
      break;
    case Effect::Kind::announce:
      announced_.push_back({it.number,
                            pathway_.names().find(pathway_.activities()[effect.activity].message),
                            std::move(effect.data)});
      break;
    case Effect::Kind::end_case:
      ended_ = true;
      break;
  }
}

void Simulation::keep(SimulatedCase& it, Effect& effect) {
  const bool of_case = effect.event.activity == plan_.case_name;
  const size_t index = of_case ? plan_.activities.size() : effect.activity;
  if (!of_case && plan_.activities[index].raises_alert &&
      effect.event.lifecycle == pathway::Lifecycle::complete)
    truth_.alert_raised(it, now_);
  const unsigned bit = 1u << static_cast<unsigned>(effect.event.lifecycle);
  if (!settings_.log) {
    if ((plan_.needed[index] & bit) == 0) return;
    share(index, effect.event.data);
  }
  it.events.add(std::move(effect.event), tapes_);
}

// Thousands of patients are green today: what is recorded alike shares its memory.
void Simulation::share(size_t index, feel::Value& data) {
  constexpr size_t most = 8;
  // What step() has remembered is shared already.
  if (!data.on_heap() || data.heap()->count != 1) return;
  auto& seen = recorded_[index];
  for (size_t i = 0; i < seen.size(); ++i) {
    if (!(seen[i] == data)) continue;
    data = seen[i];
    if (i > 0) std::swap(seen[i], seen[i - 1]);  // what is common moves to the front
    return;
  }
  if (seen.size() < most) {
    seen.push_back(data);
  } else {
    seen.back() = data;
  }
}

// All that could happen to this patient, drawn at once: it does not depend on what is done in time.
void Simulation::plan_fate(SimulatedCase& it) {
  for (size_t h = 0; h < plan_.happenings.size(); ++h) {
    const HappeningPlan& happening = plan_.happenings[h];
    const auto consider = [&](uint32_t stage, int64_t from) {
      patients_.look_around(it.patient, from, 0, 0);
      Random random = patients_.stream(it.patient, happening.purpose, stage);
      const double chance = random.uniform_open();
      const double after = random.uniform_open();
      if (!plan_.draws.chance(happening.chance, chance, it.patient.known.data())) return;
      const double hours = plan_.draws.quantity(happening.after, after, it.patient.known.data());
      it.fated.push_back({static_cast<uint16_t>(h), stage});
      it.plan(from + static_cast<int64_t>(std::max(0.0, hours) * static_cast<double>(hour_millis)),
              Planned::Kind::happening, static_cast<uint32_t>(it.fated.size() - 1));
    };
    if (happening.state == 0) {
      consider(0, it.opened);
      continue;
    }
    for (uint32_t stage = 0; stage < it.patient.stages.size(); ++stage)
      if (plan_.states[it.patient.stages[stage].state] == happening.state)
        consider(stage, it.patient.stages[stage].from);
  }
}

Result<void> Simulation::happen(SimulatedCase& it, const Fated& fated) {
  const HappeningPlan& happening = plan_.happenings[fated.happening];
  if (happening.happening->unless_found) {
    const int64_t since = happening.state == 0 ? it.opened : it.patient.stages[fated.stage].from;
    if (it.found_at >= since) return {};
  }
  feel::Value payload;
  if (happening.shape != nullptr) {
    patients_.look_around(it.patient, now_, 0, 0);
    Random random = patients_.stream(it.patient, happening.purpose, fated.stage);
    random.uniform_open();  // whether and when: drawn before
    random.uniform_open();
    feel::ContextHeap* context = feel::new_context(happening.shape);
    const int64_t today = patients_.today(now_);
    for (size_t i = 0; i < happening.payload.size(); ++i)
      context->slots()[i] =
          plan_.draws
              .draw(happening.payload[i], random.uniform_open(), it.patient.known.data(), today)
              .value;
    payload = feel::finish(context);
  }
  truth_.happened(it, happening.outcome);
  return tell(it, Stimulus::Kind::message, 0, nullptr, std::move(payload), happening.message);
}

}  // namespace passerelle::rehearse
