// What people do: patients with their forms and messages, staff with the worklist.
#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {
namespace {

using pathway::Effect;
using pathway::Stimulus;
using Where = SimulatedWork::Where;

// Working times of incidents stand nowhere: an assumption, told in docs/rehearse.md.
constexpr double incident_minutes = 10;
constexpr uint16_t incident_limit = 3;  // then the case stays where it stands

int64_t millis_of_minutes(double minutes) {
  return static_cast<int64_t>(std::llround(std::clamp(minutes, 0.0, 1e8) * 60'000));
}

// Habits are drawn by attempt or reminder, too: sixteen of them have draws of their own.
uint32_t attempt_key(const SimulatedWork& work) {
  return work.again * 16 + std::min<uint32_t>(work.attempts, 15);
}

}  // namespace

void Simulation::offer(SimulatedCase& it, const Effect& effect) {
  const pathway::OpenWork& opened = effect.work;
  const ActivityPlan& activity = plan_.activities[opened.activity];
  SimulatedWork& work = it.works.emplace_back();
  work.item = opened.item;
  work.activity = opened.activity;
  work.priority = opened.priority;
  work.channel = opened.channel;
  work.incident = opened.incident;
  work.offered = now_;
  if (opened.due) work.due = (*opened.due - plan_.start).count();
  if (opened.incident) {
    ++out_.incidents;
    work.where = Where::later;
    work.queue = plan_.incident_queue;
    if (++it.incident_tries <= incident_limit && !plan_.queues.empty()) wait(it, work);
    return;
  }
  work.again = it.offers[activity.order]++;
  if (activity.form >= 0) work.form_again = it.form_offers[static_cast<size_t>(activity.form)]++;
  if (counts(work)) ++tally(work).offered;
  if (activity.doer == ActivityPlan::Doer::staff) {
    work.queue = activity.queue;
    wait(it, work);
  } else {
    work.where = Where::patient;
    offer_to_patient(it, work);
  }
}

void Simulation::look_around(SimulatedCase& it, const SimulatedWork& work, pathway::Name channel) {
  patients_.look_around(it.patient, now_, plan_.channel_symbol(channel),
                        plan_.activities[work.activity].symbol);
}

// The patient answers of itself after a while, or forgets.
void Simulation::offer_to_patient(SimulatedCase& it, SimulatedWork& work) {
  const ActivityPlan& activity = plan_.activities[work.activity];
  look_around(it, work, work.channel);
  Random random = patients_.stream(it.patient, activity.habit_purpose, attempt_key(work));
  const double forgets = random.uniform_open();
  const double delay = random.uniform_open();
  const Known* known = it.patient.known.data();
  work.forgotten = plan_.draws.chance(activity.forgets, forgets, known);
  if (work.forgotten) return;
  it.plan(now_ + millis_of_minutes(plan_.draws.quantity(activity.delay, delay, known)),
          Planned::Kind::answer, work.item);
}

// A message whose link opens a form that was forgotten may bring it back.
void Simulation::message_sent(SimulatedCase& it, const Effect& effect) {
  const int opens = plan_.activities[effect.activity].opens;
  if (opens < 0) return;
  const auto found = std::find_if(it.works.begin(), it.works.end(), [&](const SimulatedWork& each) {
    return each.activity == opens && each.where == Where::patient && !each.incident;
  });
  if (found == it.works.end() || !found->forgotten) return;
  SimulatedWork& work = *found;
  const ActivityPlan& activity = plan_.activities[work.activity];
  ++work.attempts;
  look_around(it, work, effect.work.channel != 0 ? effect.work.channel : work.channel);
  Random random = patients_.stream(it.patient, activity.habit_purpose, attempt_key(work));
  const double reminded = random.uniform_open();
  const double delay = random.uniform_open();
  const Known* known = it.patient.known.data();
  if (!plan_.draws.chance(activity.reminded, reminded, known)) return;
  work.forgotten = false;
  it.plan(now_ + millis_of_minutes(plan_.draws.quantity(activity.delay, delay, known)),
          Planned::Kind::answer, work.item);
}

void Simulation::wait(SimulatedCase& it, SimulatedWork& work) {
  if (ahead_) {
    const bool planned = std::any_of(it.works.begin(), it.works.end(),
                                     [](const auto& each) { return each.where == Where::ahead; });
    work.where = Where::ahead;
    if (!planned) it.plan_catch_up(now_);
    return;
  }
  work.where = Where::waiting;
  work.ticket = ++tickets_;
  // By the number that the case is kept under: current_slot_ is the case that is being moved.
  queues_[work.queue].push(
      {work.priority, work.due, work.offered, it.number, work.item, current_slot_, work.ticket});
  out_.queues[work.queue].set(now_, ++waiting_[work.queue]);
  seize_ = true;
}

// The pathway no longer offers it: it is done, or the case has moved on.
void Simulation::withdraw(SimulatedCase& it, uint32_t item) {
  SimulatedWork* work = it.find_work(item);
  CHECK(work != nullptr, "closed work was open");
  if (item != completing_) {
    const bool counted = counts(*work) && !work->incident;
    switch (work->where) {
      case Where::waiting:
        out_.queues[work->queue].set(now_, --waiting_[work->queue]);
        break;
      case Where::in_hands:
        it.unplan(Planned::Kind::work_ends, item);
        if (counted) tally(*work).lost_millis += now_ - work->begun;
        if (plan_.activities[work->activity].serves_alert) truth_.worked(it, work->begun, now_);
        staff_.give_back(work->person, now_, false);
        seize_ = true;
        break;
      case Where::later:
        it.unplan(Planned::Kind::offer_again, item);
        break;
      case Where::patient:
        it.unplan(Planned::Kind::answer, item);
        break;
      case Where::ahead:  // offered and taken back in one go: nobody will see it
        break;
    }
    if (counted) {
      ++tally(*work).withdrawn;
      if (work->due < now_ && !work->begun_once) {
        ++tally(*work).promised;
        ++tally(*work).late;
      }
    }
  }
  *work = std::move(it.works.back());
  it.works.pop_back();
}

// Free people take what waits, the first of all queues that somebody free may take at a time.
Result<void> Simulation::seize() {
  const auto alive = [this](const WaitingWork& waiting) {
    SimulatedCase& it = *cases_[waiting.slot];
    if (!it.open || it.number != waiting.number) return false;
    const SimulatedWork* work = it.find_work(waiting.item);
    return work != nullptr && work->where == Where::waiting && work->ticket == waiting.ticket;
  };
  while (staff_.any_free()) {
    const WaitingWork* best = nullptr;
    uint16_t best_queue = 0, best_role = 0;
    for (uint16_t q = 0; q < queues_.size(); ++q) {
      if (waiting_[q] == 0) continue;
      const WaitingWork* top = queues_[q].top(alive);
      CHECK(top != nullptr, "the queue holds as much as waits");
      if (best != nullptr && !before(*top, *best)) continue;
      const auto role = staff_.free_role(q, top->priority);
      if (!role) continue;
      best = top;
      best_queue = q;
      best_role = *role;
    }
    if (best == nullptr) return {};
    const uint32_t slot = best->slot;
    const uint32_t item = best->item;
    queues_[best_queue].pop();
    out_.queues[best_queue].set(now_, --waiting_[best_queue]);
    SimulatedCase& it = *cases_[slot];
    current_slot_ = slot;
    TRY_VOID(begin(it, *it.find_work(item), best_role));
    schedule(it, slot);
  }
  return {};
}

Result<void> Simulation::begin(SimulatedCase& it, SimulatedWork& work, uint16_t role) {
  const uint32_t item = work.item;
  work.where = Where::in_hands;
  work.person = staff_.take(role, now_);
  work.begun = now_;
  if (!work.incident) count_begin(it, work);
  work.begun_once = true;
  it.plan(now_ + duration(it, work), Planned::Kind::work_ends, item);
  if (!settings_.log && !plan_.activities[work.activity].full) return {};
  const SimulatedWork copy = work;  // what is told may move the list
  TRY_VOID(tell(it, Stimulus::Kind::assign, item, &copy));
  return tell(it, Stimulus::Kind::begin, item, &copy);
}

void Simulation::count_begin(const SimulatedCase&, SimulatedWork& work) {
  if (!counts(work) || work.begun_once) return;
  ActivityTally& counted = tally(work);
  const int64_t waited = now_ - work.offered;
  counted.wait.add(waited);
  const auto hour = static_cast<size_t>(work.offered / hour_millis);
  if (counted.wait_by_hour.size() <= hour) {
    counted.wait_by_hour.resize(hour + 1);
    counted.begun_by_hour.resize(hour + 1);
  }
  counted.wait_by_hour[hour] += waited;
  ++counted.begun_by_hour[hour];
  if (work.due == no_deadline) return;
  ++counted.promised;
  if (now_ > work.due) ++counted.late;
}

int64_t Simulation::duration(SimulatedCase& it, SimulatedWork& work) {
  if (work.incident) return millis_of_minutes(incident_minutes);
  const ActivityPlan& activity = plan_.activities[work.activity];
  work.vain = false;
  if (activity.absent != no_draw) {
    look_around(it, work, work.channel);
    Random random = patients_.stream(it.patient, activity.habit_purpose, attempt_key(work));
    const double absent = random.uniform_open();
    const double minutes = random.uniform_open();
    const Known* known = it.patient.known.data();
    work.vain = plan_.draws.chance(activity.absent, absent, known);
    if (work.vain) return millis_of_minutes(plan_.draws.quantity(activity.attempt, minutes, known));
  }
  Random random = patients_.stream(it.patient, activity.work_purpose, work.again);
  return millis_of_minutes(activity.minutes.sample(random) * staff_.factor(work.person));
}

Result<void> Simulation::work_ends(SimulatedCase& it, uint32_t item) {
  SimulatedWork* found = it.find_work(item);
  CHECK(found != nullptr, "work that ends is open");
  SimulatedWork& work = *found;
  const ActivityPlan& activity = plan_.activities[work.activity];
  const int64_t hands_on = now_ - work.begun;
  if (activity.serves_alert && !work.incident) truth_.worked(it, work.begun, now_);
  seize_ = true;
  const SimulatedWork done = work;
  staff_.give_back(done.person, now_, !done.vain);
  if (done.vain) {
    if (counts(done)) {
      ++tally(done).vain;
      tally(done).lost_millis += hands_on;
    }
    look_around(it, done, done.channel);
    Random random = patients_.stream(it.patient, activity.habit_purpose, attempt_key(done));
    random.uniform_open();  // of begin(): whether, how long
    random.uniform_open();
    const double minutes =
        plan_.draws.quantity(activity.retry, random.uniform_open(), it.patient.known.data());
    work.where = Where::later;
    work.person = nobody;
    ++work.attempts;
    it.plan(now_ + millis_of_minutes(minutes), Planned::Kind::offer_again, item);
    return tell(it, Stimulus::Kind::release, item, &done);
  }
  if (done.incident) return tell(it, Stimulus::Kind::complete, item, &done);
  if (counts(done)) {
    ++tally(done).done;
    tally(done).work.add(hands_on);
  }
  feel::Value data = answers(it, done);
  truth_.completed(it, activity, data, now_);
  return tell(it, Stimulus::Kind::complete, item, &done, std::move(data));
}

feel::Value Simulation::answers(SimulatedCase& it, const SimulatedWork& work) {
  const ActivityPlan& activity = plan_.activities[work.activity];
  if (activity.form < 0) return {};
  look_around(it, work, work.channel);
  return patients_.answer(it.patient, plan_.forms[static_cast<size_t>(activity.form)],
                          work.form_again, now_);
}

Result<void> Simulation::answered(SimulatedCase& it, uint32_t item) {
  SimulatedWork* found = it.find_work(item);
  CHECK(found != nullptr, "a form that is answered is open");
  const SimulatedWork done = *found;
  if (counts(done)) {
    ++tally(done).done;
    count_begin(it, *found);
  }
  feel::Value data = answers(it, done);
  truth_.completed(it, plan_.activities[done.activity], data, now_);
  return tell(it, Stimulus::Kind::complete, item, &done, std::move(data));
}

}  // namespace passerelle::rehearse
