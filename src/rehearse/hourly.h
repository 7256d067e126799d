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
  std::vector<Hours> changed;        // by new way: people who work in it, by day

  void add(const Hourly& other);
};

// Counted hours of one queue in one replication, or in one batch of it.
struct QueueTally {
  double mean = unknown;
  int peak = 0;
  double before = unknown, lately = unknown;  // means of the second and of the last third
};

struct StaffTally {  // hours
  double paid = 0, busy = 0, overtime = 0;
  double peak_use = unknown;  // share, of the busiest hour
  Occupancy at_work;
};

QueueTally tally_of(const Level& waiting, size_t first_hour, size_t end_hour);
StaffTally tally_of(const Level& on_duty, const Level& busy, const std::vector<int64_t>& overtime,
                    size_t first_hour, size_t end_hour);

}  // namespace passerelle::rehearse
