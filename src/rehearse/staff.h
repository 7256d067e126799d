// The staff of one replication: who is on duty, who takes work of which queue now, how busy they
// are hour by hour. A role takes the work that names it; when nobody of it (with the skills that
// the work needs) is on duty, its fallback does. People on call who stand in for somebody else are
// only called for what is urgent. Of the people of a role those who have it alone are asked first,
// then posts with several roles.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rehearse/adoption.h"
#include "rehearse/people.h"
#include "rehearse/plan.h"
#include "rehearse/practice.h"
#include "rehearse/tally.h"

namespace passerelle::rehearse {

constexpr int16_t urgent = 2;  // priority

struct PoolTally {
  Level on_duty, busy;            // busy: of those on duty
  std::vector<int64_t> overtime;  // milliseconds, by the hour in which it ended
  Occupancy at_work;              // how many have hands on, those in overtime included
};

class Staff {
 public:
  Staff(const Plan& plan, uint64_t seed, uint32_t replication, int64_t warm_up);

  // When the numbers on duty change next; INT64_MAX: never again.
  int64_t next_change() const { return next_change_; }
  // `waiting`: how many pieces of work, by queue.
  void change(int64_t now, const std::vector<int>& waiting);
  // Calls who is to be called when so much waits; true when somebody was.
  bool call(int64_t now, const std::vector<int>& waiting) {
    return !calls_.empty() && call_teams(now, waiting);
  }

  bool any_free() const { return people_.free_pools() != 0; }
  // Whether anybody free may take work of the queue, urgent or not.
  bool any_free_for(uint16_t queue) const { return (people_.free_pools() & pools_[queue]) != 0; }
  // Who would take the queue's work of that priority now: a pool with somebody free.
  std::optional<uint16_t> free_pool(uint16_t queue, int16_t priority) const;
  // Whether people of that pool may take it, free or not.
  bool may_take(uint16_t queue, uint16_t pool, int16_t priority) const;
  PersonId take(uint16_t pool, int64_t now);
  void take_one(PersonId id, int64_t now);  // who is free
  void add_piece(PersonId id) { people_.add_piece(id); }
  // Before work is begun: how much longer it takes this person now than a trained one. `incident`:
  // work of no activity.
  double pace(PersonId id, uint16_t queue, uint16_t activity, bool incident, int64_t now);
  // The pace of what is in hand.
  double pace(PersonId id) const { return hands_[id].pace; }
  // As which role somebody has work of the queue.
  uint16_t acting(PersonId id, uint16_t queue) const {
    return plan_.queues[queue].acting[hands_[id].pool];
  }
  // Back from work; `done`: it counts as practice.
  void give_back(PersonId id, int64_t now, bool done);
  // Work that is kept until the next shift: the person does nothing else before.
  void pause(PersonId id, int64_t now, bool paused);
  // Whose shift has ended, or goes over to one whose roles may not do what they have in hand.
  const std::vector<PersonId>& left_busy() const { return left_busy_; }
  const std::vector<PersonId>& back() const { return people_.back(); }
  size_t size() const { return people_.size(); }
  const Person& person(PersonId id) const { return people_.person(id); }
  // Call once at the end.
  std::vector<PoolTally> finish(int64_t end);
  const People& people() const { return people_; }
  // By new way of working (PracticePlan::ways).
  const std::vector<WaysTaken>& ways_taken() const { return ways_taken_; }

 private:
  struct Taker {
    uint16_t pool = 0;
    bool urgent_only = false;
  };
  struct Hands {  // what somebody has in hand
    CurveId curve = no_curve;
    double pace = 1;
    uint16_t pool = 0;  // in which they took it
    uint16_t queue = 0;
  };
  struct Call {  // a team that comes when too much waits
    size_t team = 0;
    std::vector<size_t> queues;  // of its role
    int64_t comes, leaves;       // INT64_MAX: not called; not there
  };
  void find_next_change();
  bool call_teams(int64_t now, const std::vector<int>& waiting);
  void change_call(Call& call, int64_t now, const std::vector<int>& waiting);
  bool too_much(const Call& call, const std::vector<int>& waiting) const;
  const pathway::Surge& surge(const Call& call) const {
    return *plan_.roster.teams[call.team].surge;
  }
  void find_takers();
  void move_hands(int64_t now);
  bool anybody(uint16_t queue, size_t role) const;
  void levels(uint16_t pool, int64_t now);
  void hands(uint16_t pool, int64_t now, int by);

  const Plan& plan_;
  People people_;
  Practice practice_;
  std::vector<WaysTaken> ways_taken_;
  std::vector<Hands> hands_;  // by person
  std::vector<PersonId> left_busy_;
  size_t next_ = 0;
  int64_t next_change_ = 0;
  std::vector<std::vector<Taker>> takers_;  // by queue, as of now
  std::vector<uint64_t> pools_;             // of the takers: bit by pool
  std::vector<PoolTally> tallies_;          // by pool
  std::vector<int> at_work_;                // by pool
  std::vector<Call> calls_;
};

}  // namespace passerelle::rehearse
