// The people who do the work. A Roster is the staffing of organisation.yaml over the days of a
// rehearsal, worked out once: one entry each time a number changes, shared by all replications. A
// Pool is one role in one replication: individuals, since experience is personal.
#pragma once

#include <cstdint>
#include <vector>

#include "base/instant.h"
#include "base/random.h"
#include "pathway/organisation.h"

namespace passerelle::rehearse {

struct Roster {
  // One relay of one shift of one role; the same people come back to it. Or people who are called
  // when too much waits: they are in no change.
  struct Team {
    uint16_t role = 0;
    int people = 0;  // the most that are ever on duty
    const pathway::Surge* surge = nullptr;
    size_t shift = 0;  // of the role
    int group = 0;     // of its breaks
  };
  struct Duty {
    int people = 0;
    bool on_break = false;  // all of them
    int day = 0;            // on which the shift began, from the day before the start
    bool operator==(const Duty&) const = default;
  };
  struct Change {
    int64_t at = 0;           // milliseconds since the start
    uint32_t first_duty = 0;  // in `duties`, one for each team
  };
  std::vector<Team> teams;
  std::vector<Change> changes;  // the first is at 0
  std::vector<Duty> duties;
  int days = 0;  // that a shift can begin on

  static Roster make(const pathway::Organisation& organisation, Instant start, Instant end);
};

using PersonId = uint32_t;
constexpr PersonId nobody = ~PersonId{0};

struct Person {
  uint16_t role = 0;
  bool on_duty = false;
  bool busy = false;
  bool on_break = false;
  bool paused = false;    // keeps work until the next shift, hands off
  uint16_t pieces = 0;    // of work in hand: several when they are done together
  int64_t off_since = 0;  // of somebody who still works after the end of the shift
  uint32_t tasks = 0;     // done so far: experience
  PersonId previous = nobody, next = nobody;  // among the free ones of the role
};

// Everybody, by role. Who has been free longest is taken first.
class People {
 public:
  // Who is absent when is drawn from (seed, replication, role, shift, place in it).
  People(const Roster& roster, const pathway::Organisation& organisation, uint64_t seed,
         uint32_t replication);

  // The roster's next change takes effect; the numbers on duty follow. Who left with work in hand,
  // and who came back to work that was kept, stands in `left_busy` and `back` until the next one.
  void change(const Roster& roster, size_t index, int64_t now);
  const std::vector<PersonId>& left_busy() const { return left_busy_; }
  const std::vector<PersonId>& back() const { return back_; }
  // A team that is called comes, or goes.
  void call(size_t team, bool on_duty, int64_t now);
  bool any_free(size_t role) const { return pools_[role].first != nobody; }
  uint64_t free_roles() const { return free_roles_; }  // bit by role
  PersonId take(size_t role);
  // One more piece in the hands of somebody who has some already.
  void add_piece(PersonId id) { ++persons_[id].pieces; }
  // A piece less; true when it was the last one and the person is free, or has left.
  bool give_back(PersonId id);
  void pause(PersonId id, bool paused) { persons_[id].paused = paused; }

  int on_duty(size_t role) const { return pools_[role].on_duty; }
  int busy_on_duty(size_t role) const { return pools_[role].busy_on_duty; }
  const Person& person(PersonId id) const { return persons_[id]; }
  void learn(PersonId id) { ++persons_[id].tasks; }
  size_t size() const { return persons_.size(); }

 private:
  struct Pool {
    PersonId first = nobody, last = nobody;  // free, longest first
    int on_duty = 0;
    int busy_on_duty = 0;
  };
  void set(PersonId id, bool on_duty, int64_t now);
  void break_of(PersonId id, bool there, bool on_break, int64_t now);
  bool absent(PersonId id, int day) const;
  void draw_absences(PersonId id, const pathway::Absence& absence, int days, Random random);
  void append(PersonId id);
  void unlink(PersonId id);

  std::vector<Person> persons_;
  std::vector<PersonId> first_of_team_;
  std::vector<Pool> pools_;
  uint64_t free_roles_ = 0;
  std::vector<PersonId> left_busy_, back_;
  std::vector<std::vector<bool>> absences_;  // by person, of roles that have any: by day
};

}  // namespace passerelle::rehearse
