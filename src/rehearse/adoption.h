// How many people work in the new way, day by day: of those whose work has an old one (`adoption`
// of organisation.yaml). When each of them changes is known before anything is played; how much of
// the work is done in which way is counted while it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rehearse/tally.h"

namespace passerelle::rehearse {

class People;
struct Plan;

struct AdoptionTally {
  double at_start = unknown, at_end = unknown;  // people, on the first and on the last day counted
  uint64_t begun = 0, in_new_way = 0;           // pieces of work
};

// Pieces of work of one new way, by the hour in which they were begun.
struct WaysTaken {
  std::vector<uint32_t> begun, in_new_way;

  void count(int64_t now, bool new_way) {
    const auto hour = static_cast<size_t>(now / hour_millis);
    if (begun.size() <= hour) {
      begun.resize(hour + 1);
      in_new_way.resize(hour + 1);
    }
    ++begun[hour];
    if (new_way) ++in_new_way[hour];
  }
};

// Who does work of that new way as their own, not as somebody's fallback. People who are called
// when too much waits are not counted.
std::vector<uint32_t> people_of_way(const Plan& plan, size_t way);

// How many of them have changed, by local day: at its end, or at that of the rehearsal. A post that
// is empty counts as whoever has it next.
std::vector<int64_t> changed_by_day(const Plan& plan, const People& people, size_t way);

// Of what is counted between two hours.
AdoptionTally tally_of(const Plan& plan, const std::vector<int64_t>& changed,
                       const WaysTaken& taken, size_t first_hour, size_t end_hour);

}  // namespace passerelle::rehearse
