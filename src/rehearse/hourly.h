// What replications tell hour by hour, added up: a thousand rehearsals of a year would otherwise
// keep nine thousand hours of every queue and every role each. Whole numbers only, so that the sum
// does not depend on the order in which threads add theirs.
#pragma once

#include <cstdint>
#include <vector>

#include "rehearse/tally.h"

namespace passerelle::rehearse {

struct Hourly {
  using Hours = std::vector<int64_t>;
  int replications = 0;
  std::vector<Hours> waiting;        // by queue: how many wait, times milliseconds
  std::vector<Hours> on_duty, busy;  // by role
  Hours cases;                       // open
  std::vector<Hours> waits;          // by activity: of what was offered in that hour, milliseconds
  std::vector<Hours> begun;          // by activity: and how many that are
  std::vector<Hours> unbegun;        // by activity: of what was offered in that hour, at the end
  std::vector<Hours> changed;        // by new way: people who work in it, by day

  void add(Hourly other);
};

// Counted hours of one queue in one replication, or in one batch of it.
struct QueueTally {
  double mean = unknown;
  int peak = 0;
  double before = unknown, lately = unknown;  // means, of the Windows of what is counted
};

struct StaffTally {  // hours
  double paid = 0, busy = 0, overtime = 0;
  double peak_use = unknown;  // share, of the busiest hour
  Occupancy at_work;
};

// Two spans of hours in which to compare what waits: the second and the last third of the time, in
// whole weeks, so that Mondays stand against Mondays; where there are not two weeks, in whole days.
struct Windows {
  size_t before = 0, before_end = 0;  // the earlier one
  size_t lately = 0, end = 0;         // the later one
  // From when on whoever could take the work must have worked all the time: in days, what grows may
  // be a weekend.
  size_t busy = 0;
};
Windows windows_of(size_t first_hour, size_t end_hour);

QueueTally tally_of(const Level& waiting, size_t first_hour, size_t end_hour);
StaffTally tally_of(const Level& on_duty, const Level& busy, const std::vector<int64_t>& overtime,
                    size_t first_hour, size_t end_hour);

}  // namespace passerelle::rehearse
