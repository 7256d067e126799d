// How many patients a stream of arrivals is expected to bring: one computation for the rehearsal,
// which draws them, and for check, which weighs them against the staff's hours.
#pragma once

#include "pathway/cohort.h"

namespace passerelle::pathway {

// In the hour around a local time; of streams with a rate (per_day, cumulative) only.
double expected_in_hour(const Arrivals& arrivals, LocalTime middle);

}  // namespace passerelle::pathway
