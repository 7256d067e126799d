// From a rehearsal in which nobody is missing to the staffing that queueing formulas ask for. For
// search.cpp only.
#pragma once

#include <vector>

#include "rehearse/plan.h"
#include "rehearse/search.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {

// Load and need by hour of the week of the roles whose shifts may change.
std::vector<HourOfWeek> hours_of_week(const pathway::Package& package, const Plan& plan,
                                      const Hourly& hourly, const Replication& one,
                                      int warm_up_days, const Search& search);

// The headcounts that cover what is needed, each hour, as cheaply as goes person by person.
std::vector<int> first_guess(const Search& search, const pathway::Organisation& organisation);

// How many people are there, hour by hour of an ordinary week, of the roles in `search.hours`.
void set_people(Search& search, const pathway::Package& package);

}  // namespace passerelle::rehearse
