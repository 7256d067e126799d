#include "rehearse/staff.h"

#include <algorithm>
#include <limits>

namespace passerelle::rehearse {

namespace {

constexpr int64_t not_planned = std::numeric_limits<int64_t>::max();

void add_overtime(std::vector<int64_t>& by_hour, int64_t since, int64_t now) {
  const auto hour = static_cast<size_t>(now / hour_millis);
  if (by_hour.size() <= hour) by_hour.resize(hour + 1);
  by_hour[hour] += now - since;
}

}  // namespace

Staff::Staff(const Plan& plan, uint64_t seed, uint32_t replication, int64_t warm_up)
    : plan_(plan),
      people_(plan.roster, plan.model.pathway->organisation(), seed, replication),
      practice_(plan.practice, people_),
      ways_taken_(plan.practice.ways().size()),
      hands_(people_.size()),
      takers_(plan.queues.size()),
      pools_(plan.queues.size()),
      tallies_(plan.pools.size()),
      at_work_(plan.pools.size()) {
  const auto hours = static_cast<size_t>(plan.millis / hour_millis) + 1;
  for (PoolTally& tally : tallies_) {
    tally.at_work = Occupancy(warm_up);
    tally.on_duty.reserve(hours);
    tally.busy.reserve(hours);
  }
  for (size_t team = 0; team < plan.roster.teams.size(); ++team) {
    if (plan.roster.teams[team].surge == nullptr) continue;
    Call call{team, {}, not_planned, not_planned};
    for (size_t q = 0; q < plan.queues.size(); ++q) {
      const QueuePlan& queue = plan.queues[q];
      const uint16_t pool = plan.roster.teams[team].pool;
      const bool named =
          std::find(queue.roles.begin(), queue.roles.end(), pool) != queue.roles.end();
      // Who lacks a skill that it needs would come for nothing.
      if (named && queue.acting[pool] != QueuePlan::nobody_of_it) call.queues.push_back(q);
    }
    calls_.push_back(std::move(call));
  }
  find_next_change();
}

void Staff::find_next_change() {
  int64_t next = next_ < plan_.roster.changes.size() ? plan_.roster.changes[next_].at : not_planned;
  for (const Call& call : calls_) next = std::min({next, call.comes, call.leaves});
  next_change_ = next;
}

void Staff::change(int64_t now, const std::vector<int>& waiting) {
  // One thing at a time: others of the same instant are the next change.
  if (next_ < plan_.roster.changes.size() && plan_.roster.changes[next_].at <= now) {
    people_.change(plan_.roster, next_++, now);
  } else {
    const auto due = std::find_if(calls_.begin(), calls_.end(), [now](const Call& call) {
      return std::min(call.comes, call.leaves) <= now;
    });
    if (due != calls_.end()) change_call(*due, now, waiting);
  }
  find_next_change();
  move_hands(now);
  for (uint16_t pool = 0; pool < tallies_.size(); ++pool) levels(pool, now);
  find_takers();
}

// Work in hand goes with whoever has it, to other duties of a post; it is as at the end of a shift
// when those may not do it.
void Staff::move_hands(int64_t now) {
  for (const People::Moved& moved : people_.moved_busy()) {
    const Person& person = people_.person(moved.id);
    --at_work_[moved.from];
    ++at_work_[person.pool];
    for (const uint16_t pool : {moved.from, person.pool})
      tallies_[pool].at_work.set(now, at_work_[pool]);
  }
  left_busy_ = people_.left_busy();
  std::erase_if(left_busy_, [this](PersonId id) {
    const Person& person = people_.person(id);
    return (person.on_duty || person.on_break) &&
           plan_.queues[hands_[id].queue].acting[person.pool] != QueuePlan::nobody_of_it;
  });
}

bool Staff::too_much(const Call& call, const std::vector<int>& waiting) const {
  int sum = 0;
  for (const size_t queue : call.queues) sum += waiting[queue];
  return sum >= surge(call).waiting;
}

void Staff::change_call(Call& call, int64_t now, const std::vector<int>& waiting) {
  const int64_t length = Millis(surge(call).length).count();
  if (call.comes <= now) {
    call.comes = not_planned;
    call.leaves = now + length;
    people_.call(call.team, true, now);
  } else if (too_much(call, waiting)) {
    call.leaves = now + length;
  } else {
    call.leaves = not_planned;
    people_.call(call.team, false, now);
  }
}

bool Staff::call_teams(int64_t now, const std::vector<int>& waiting) {
  bool called = false;
  for (Call& each : calls_) {
    if (each.comes != not_planned || each.leaves != not_planned || !too_much(each, waiting))
      continue;
    each.comes = now + Millis(surge(each).after).count();
    called = true;
  }
  if (called) find_next_change();
  return called;
}

void Staff::levels(uint16_t pool, int64_t now) {
  tallies_[pool].on_duty.set(now, people_.on_duty(pool));
  tallies_[pool].busy.set(now, people_.busy_on_duty(pool));
}

// Whether anybody of the role who may take work of the queue is on duty.
bool Staff::anybody(uint16_t queue, size_t role) const {
  const auto& acting = plan_.queues[queue].acting;
  const auto& pools = plan_.pools_of_role[role];
  return std::any_of(pools.begin(), pools.end(), [&](uint16_t pool) {
    return acting[pool] != QueuePlan::nobody_of_it && people_.on_duty(pool) > 0;
  });
}

void Staff::find_takers() {
  const auto& organisation = plan_.model.pathway->organisation();
  for (uint16_t q = 0; q < takers_.size(); ++q) {
    auto& takers = takers_[q];
    takers.clear();
    pools_[q] = 0;
    const auto add = [&](size_t role, bool urgent_only) {
      for (const uint16_t pool : plan_.pools_of_role[role]) {
        if (plan_.queues[q].acting[pool] == QueuePlan::nobody_of_it) continue;
        if ((pools_[q] >> pool & 1) != 0 || people_.on_duty(pool) == 0) continue;
        takers.push_back({pool, urgent_only});
        pools_[q] |= uint64_t{1} << pool;
      }
    };
    for (const uint16_t role : plan_.queues[q].roles) add(role, false);
    for (const uint16_t named : plan_.queues[q].roles) {
      // As many steps as there are roles: fallbacks may go in a circle.
      size_t role = named;
      for (size_t i = 0; i < organisation.roles.size() && !anybody(q, role); ++i) {
        const auto next = organisation.role_index(organisation.roles[role].fallback);
        if (!next) break;
        role = *next;
        add(role, organisation.roles[role].on_call);
      }
    }
  }
}

std::optional<uint16_t> Staff::free_pool(uint16_t queue, int16_t priority) const {
  for (const Taker& taker : takers_[queue])
    if (people_.any_free(taker.pool) && (!taker.urgent_only || priority >= urgent))
      return taker.pool;
  return std::nullopt;
}

bool Staff::may_take(uint16_t queue, uint16_t pool, int16_t priority) const {
  return std::any_of(takers_[queue].begin(), takers_[queue].end(), [&](const Taker& taker) {
    return taker.pool == pool && (!taker.urgent_only || priority >= urgent);
  });
}

PersonId Staff::take(uint16_t pool, int64_t now) {
  const PersonId id = people_.take(pool);
  hands_[id].pool = pool;
  hands(pool, now, 1);
  return id;
}

void Staff::take_one(PersonId id, int64_t now) {
  people_.take_one(id);
  hands_[id].pool = people_.person(id).pool;
  hands(hands_[id].pool, now, 1);
}

double Staff::pace(PersonId id, uint16_t queue, uint16_t activity, bool incident, int64_t now) {
  Hands& hands = hands_[id];
  hands = {no_curve, 1, hands.pool, queue};
  if (!incident && plan_.practice.size() != 0)
    hands.curve = plan_.practice.curve_of(acting(id, queue), activity);
  hands.pace = practice_.factor(id, hands.curve, now);
  if (hands.curve == no_curve || plan_.practice.curve(hands.curve).adoption == nullptr)
    return hands.pace;
  const bool old = practice_.keeps_old_way(id, hands.curve, now);
  ways_taken_[plan_.practice.curve(hands.curve).way].count(now, !old);
  if (old) hands.curve = no_curve;
  return hands.pace;
}

void Staff::give_back(PersonId id, int64_t now, bool done) {
  if (done) practice_.learn(id, hands_[id].curve, now);
  const Person& person = people_.person(id);
  const bool paused = person.paused;
  const bool overtime = !person.on_duty && !paused && !person.on_break;
  if (!people_.give_back(id)) return;
  if (overtime) add_overtime(tallies_[person.pool].overtime, person.off_since, now);
  hands(person.pool, now, paused ? 0 : -1);
}

void Staff::pause(PersonId id, int64_t now, bool paused) {
  people_.pause(id, paused);
  hands(people_.person(id).pool, now, paused ? -1 : 1);
}

void Staff::hands(uint16_t pool, int64_t now, int by) {
  at_work_[pool] += by;
  tallies_[pool].busy.set(now, people_.busy_on_duty(pool));
  tallies_[pool].at_work.set(now, at_work_[pool]);
}

std::vector<PoolTally> Staff::finish(int64_t end) {
  for (PoolTally& tally : tallies_) {
    tally.on_duty.advance(end);
    tally.busy.advance(end);
    tally.at_work.set(end, 0);
  }
  return std::move(tallies_);
}

}  // namespace passerelle::rehearse
