// The people who do the work. A Roster is the staffing of organisation.yaml over the days of a
// rehearsal, worked out once: one entry each time a number changes, shared by all replications. A
// pool is those who may do the same work, in one replication: people of one role, or of one post
// with several roles; individuals, since experience is personal.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/instant.h"
#include "base/random.h"
#include "base/result.h"
#include "pathway/organisation.h"
#include "rehearse/training.h"

namespace passerelle::rehearse {

struct Roster {
  // One relay of one shift of one role; the same people come back to it. Or one person of a post.
  // Or people who are called when too much waits: they are in no change.
  struct Team {
    uint16_t pool = 0;  // a role; behind the roles: a post, the first of its duties
    int people = 0;     // the most that are ever on duty
    const pathway::Surge* surge = nullptr;
    size_t shift = 0;  // of the role
    int group = 0;     // of its breaks
    const pathway::Post* post = nullptr;
    int number = 0;  // in the post
  };
  struct Duty {
    int people = 0;
    uint16_t pool = 0;      // of a post, the one of its duties; 0 when nobody is there
    bool on_break = false;  // all of them
    int day = 0;            // on which the shift began, from the day before the start; of those who
                            // may be away: else a day is like the last one
    bool operator==(const Duty&) const = default;
  };
  struct Change {
    int64_t at = 0;           // milliseconds since the start
    uint32_t first_duty = 0;  // in `duties`, one for each team
  };
  std::vector<Team> teams;
  std::vector<Change> changes;  // the first is at 0
  std::vector<Duty> duties;
  size_t pools = 0;
  int days = 0;  // that a shift can begin on
  pathway::LocalDay first_day{};
  Sessions training;  // by person, in the order of the teams; empty when there is none

  static const pathway::Absence& absence(const pathway::Organisation& organisation,
                                         const Team& team);
  static const pathway::Turnover& turnover(const pathway::Organisation& organisation,
                                           const Team& team);
  // Error: more people and changes than a rehearsal can hold.
  static Result<Roster> make(const pathway::Organisation& organisation, Instant start, Instant end);

  Instant start{}, end{};
};

using PersonId = uint32_t;
constexpr PersonId nobody = ~PersonId{0};

struct Person {
  uint16_t pool = 0;
  bool on_duty = false;
  bool busy = false;
  bool on_break = false;
  bool paused = false;    // keeps work until the next shift, hands off
  uint16_t pieces = 0;    // of work in hand: several when they are done together
  int64_t off_since = 0;  // of somebody who still works after the end of the shift
  PersonId previous = nobody, next = nobody;  // among the free ones of the pool
};

// Everybody, by pool. Who has been free longest is taken first.
class People {
 public:
  // Who is absent when, and when a post changes hands, is drawn from (seed, replication, role,
  // shift, place in it).
  People(const Roster& roster, const pathway::Organisation& organisation, uint64_t seed,
         uint32_t replication);

  // The roster's next change takes effect; the numbers on duty follow. Who left with work in hand,
  // and who came back to work that was kept, stands in `left_busy` and `back` until the next one.
  void change(const Roster& roster, size_t index, int64_t now);
  const std::vector<PersonId>& left_busy() const { return left_busy_; }
  const std::vector<PersonId>& back() const { return back_; }
  // A team that is called comes, or goes.
  void call(size_t team, bool on_duty, int64_t now);
  bool any_free(size_t pool) const { return pools_[pool].first != nobody; }
  uint64_t free_pools() const { return free_pools_; }  // bit by pool
  PersonId take(size_t pool);
  void take_one(PersonId id);  // who is free
  // One more piece in the hands of somebody who has some already.
  void add_piece(PersonId id) { ++persons_[id].pieces; }
  // A piece less; true when it was the last one and the person is free, or has left.
  bool give_back(PersonId id);
  // Who went over to other duties of their post with work in hand at the last change.
  struct Moved {
    PersonId id = nobody;
    uint16_t from = 0;  // pool
  };
  const std::vector<Moved>& moved_busy() const { return moved_busy_; }
  void pause(PersonId id, bool paused) { persons_[id].paused = paused; }

  int on_duty(size_t pool) const { return pools_[pool].on_duty; }
  int busy_on_duty(size_t pool) const { return pools_[pool].busy_on_duty; }
  const Person& person(PersonId id) const { return persons_[id]; }
  // When somebody else takes the person's post, in order.
  std::span<const int64_t> successions(PersonId id) const {
    return id < successions_.size() ? std::span<const int64_t>(successions_[id])
                                    : std::span<const int64_t>();
  }
  // Where a person stands among all who might change to a new way of working, from 0 (the first) to
  // 1: drawn once, also for each who takes over the post later. Only where some work has an old
  // way.
  double rank(PersonId id, size_t successor) const { return ranks_[id][successor]; }
  size_t size() const { return persons_.size(); }

 private:
  struct Pool {
    PersonId first = nobody, last = nobody;  // free, longest first
    int on_duty = 0;
    int busy_on_duty = 0;
  };
  void set(PersonId id, bool on_duty, int64_t now);
  void break_of(PersonId id, bool stays, bool on_break, int64_t now);
  void move(PersonId id, uint16_t pool);
  bool absent(PersonId id, int day) const;
  static bool in_training(const Roster& roster, PersonId id, int64_t now);
  void draw_absences(PersonId id, const pathway::Absence& absence, int days, Random random);
  void draw_successions(PersonId id, const pathway::Turnover& turnover, const Roster& roster,
                        const pathway::Organisation& organisation, Random random);
  void draw_ranks(PersonId id, Random random);
  void append(PersonId id);
  void unlink(PersonId id);

  std::vector<Person> persons_;
  std::vector<PersonId> first_of_team_;
  std::vector<Pool> pools_;
  uint64_t free_pools_ = 0;
  std::vector<PersonId> left_busy_, back_;
  std::vector<Moved> moved_busy_;
  std::vector<std::vector<bool>> absences_;        // by person, of those who have any: by day
  std::vector<std::vector<int64_t>> successions_;  // by person, the same
  std::vector<std::vector<double>> ranks_;         // by person, then by who has the post
};

}  // namespace passerelle::rehearse
