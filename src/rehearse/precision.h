// When the replications are enough.
#pragma once

#include <string>

#include "rehearse/rehearse.h"

namespace passerelle::rehearse {

// What is least precise beside what was asked for: its half-width, and how wide it may be.
struct Widest {
  std::string what;  // "wait of nurse_call", "urgent_in_time"
  double half_width = 0, allowed = 0;

  bool enough() const { return half_width <= allowed; }
  // How many replications are expected to do, when there are `now`: half-widths shrink with the
  // root of their number. At least two more, and at most twice as many at a time.
  int needed(int now) const;
};

// `precision` as in Settings. Without anything that has an interval: enough.
Widest widest(const Rehearsal& rehearsal, double precision);

}  // namespace passerelle::rehearse
