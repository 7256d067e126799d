// What people do: patients with their forms and messages, staff with the worklist.
#include <algorithm>

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
  return rounded(std::clamp(minutes, 0.0, 1e8) * 60'000);
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
    if (out_.incidents++ == 0) {
      out_.incident_at = pathway_.activities()[opened.activity].id;
      out_.incident = opened.data["reason"].text();
    }
    work.where = Where::later;
    work.queue = plan_.incident_queue;
    if (++it.incident_tries <= incident_limit && !plan_.queues.empty()) wait(it, work);
    return;
  }
  work.again = it.offers[activity.order]++;
  if (activity.form >= 0)
    work.form_again = it.offers[plan_.worked + static_cast<size_t>(activity.form)]++;
  if (counts(work)) ++tally(work).offered;
  if (activity.doer == ActivityPlan::Doer::staff) {
    work.queue = activity.queue;
    // Drawn here, where nothing waits for it: a draw takes as long as much of what else is done.
    work.minutes = work_minutes(it, work);
    plan_to_leave(it, work);
    wait(it, work);
  } else {
    work.where = Where::patient;
    offer_to_patient(it, work);
  }
}

double Simulation::work_minutes(const SimulatedCase& it, const SimulatedWork& work) {
  const ActivityPlan& activity = plan_.activities[work.activity];
  if (work.again != 0) {
    Random random = patients_.stream(it.patient, activity.work_purpose, work.again);
    return activity.minutes.sample(random);
  }
  return work_minutes_[work.activity].of(it.patient.entity, [&](uint32_t first) {
    auto minutes = patients_.first_of_four(first, activity.work_purpose);
    for (double& each : minutes) each = activity.minutes.quantile(each);
    return minutes;
  });
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
  const auto rank = pathway_.organisation().order.rank(work.priority, work.due, work.offered);
  queues_[work.queue].push(
      {rank, now_, work.priority, it.number, work.item, current_slot_, work.ticket});
  set_waiting(work.queue, waiting_[work.queue] + 1);
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
        set_waiting(work->queue, waiting_[work->queue] - 1);
        it.unplan(Planned::Kind::leaves, item);
        if (counted) tally(*work).lost_millis += work->before;
        break;
      case Where::in_hands:
        it.unplan(Planned::Kind::work_ends, item);
        if (counted) tally(*work).lost_millis += (now_ - work->begun) / work->pieces + work->before;
        if (plan_.activities[work->activity].serves_alert) truth_.worked(it, work->begun, now_);
        give_back(*work, false);
        seize_ = true;
        break;
      case Where::kept:
        if (counted) tally(*work).lost_millis += work->before;
        if (take_off_the_shelf(current_slot_, item)) break;
        give_back(*work, false);
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
      if (item == leaving_) ++tally(*work).abandoned;
      if (work->due < now_ && !work->begun_once) {
        ++tally(*work).promised;
        ++tally(*work).late;
      }
    }
  }
  if (work != &it.works.back()) *work = it.works.back();
  it.works.pop_back();
}

void Simulation::count_unbegun(const SimulatedWork& work) {
  const auto hour = static_cast<size_t>(work.offered / hour_millis);
  Hourly::Hours& unbegun = hourly_.unbegun[work.activity];
  if (unbegun.size() <= hour) unbegun.resize(hour + 1);
  ++unbegun[hour];
}

void Simulation::count_begin(const SimulatedCase&, SimulatedWork& work) {
  if (!counts(work) || work.begun_once) return;
  ActivityTally& counted = tally(work);
  const int64_t waited = now_ - work.offered;
  counted.wait.add(waited);
  const auto hour = static_cast<size_t>(work.offered / hour_millis);
  Hourly::Hours& waits = hourly_.waits[work.activity];
  Hourly::Hours& begun = hourly_.begun[work.activity];
  if (waits.size() <= hour) {
    waits.resize(hour + 1);
    begun.resize(hour + 1);
  }
  waits[hour] += waited;
  ++begun[hour];
  if (work.due == no_deadline) return;
  ++counted.promised;
  if (now_ > work.due) ++counted.late;
}

// Some patients would rather go than wait: for how long they do is drawn when they begin to.
void Simulation::plan_to_leave(SimulatedCase& it, SimulatedWork& work) {
  const ActivityPlan& activity = plan_.activities[work.activity];
  if (activity.leaving == 0) return;
  look_around(it, work, work.channel);
  Random random = patients_.stream(it.patient, activity.leave_purpose, work.again);
  const double minutes =
      plan_.draws.quantity(activity.leaves, random.uniform_open(), it.patient.known.data());
  it.plan(now_ + millis_of_minutes(minutes), Planned::Kind::leaves, work.item);
}

Result<void> Simulation::leave(SimulatedCase& it, uint32_t item) {
  const SimulatedWork* work = it.find_work(item);
  CHECK(work != nullptr && work->where == Where::waiting, "only who waits can leave");
  leaving_ = item;
  auto done =
      tell(it, Stimulus::Kind::message, 0, nullptr, {}, plan_.activities[work->activity].leaving);
  leaving_ = 0;
  return done;
}

int64_t Simulation::duration(SimulatedCase& it, SimulatedWork& work) {
  const double pace = staff_.pace(work.person, work.queue, work.activity, work.incident, now_);
  if (work.left >= 0)  // the rest of what was interrupted
    return rounded(work.left * pace);
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
  return millis_of_minutes(work.minutes * pace);
}

Result<void> Simulation::work_ends(SimulatedCase& it, uint32_t item) {
  SimulatedWork* found = it.find_work(item);
  CHECK(found != nullptr, "work that ends is open");
  SimulatedWork& work = *found;
  const ActivityPlan& activity = plan_.activities[work.activity];
  const int64_t hands_on = (now_ - work.begun) / work.pieces + work.before;
  if (activity.serves_alert && !work.incident) truth_.worked(it, work.begun, now_);
  seize_ = true;
  give_back(work, !work.vain);
  if (work.vain) {
    const SimulatedWork done = work;
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
    work.before = 0;
    work.left = -1;
    ++work.attempts;
    it.plan(now_ + millis_of_minutes(minutes), Planned::Kind::offer_again, item);
    return tell(it, Stimulus::Kind::release, item, &done);
  }
  if (work.incident) return tell(it, Stimulus::Kind::complete, item, &work);
  if (counts(work)) {
    ActivityTally& counted = tally(work);
    ++counted.done;
    counted.work.add(hands_on);
  }
  feel::Value data = answers(it, work);
  truth_.completed(it, activity, data, now_);
  return tell(it, Stimulus::Kind::complete, item, &work, std::move(data));
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
  SimulatedWork& work = *found;
  if (counts(work)) {
    ++tally(work).done;
    count_begin(it, work);
  }
  feel::Value data = answers(it, work);
  truth_.completed(it, plan_.activities[work.activity], data, now_);
  return tell(it, Stimulus::Kind::complete, item, &work, std::move(data));
}

}  // namespace passerelle::rehearse
