// What queueing formulas know of how many people are needed, as a first guess for a search: M/M/c
// (A. K. Erlang, 1917). Real work is no M/M/c; the rehearsals that follow decide.
#pragma once

namespace passerelle::rehearse {

// The probability that somebody waits longer than `minutes`, with `people` at work, when `load`
// people on average have work in hand that takes `service_minutes` in the mean. 1 when the load is
// not below the number of people: then the queue grows without end.
double waits_longer(int people, double load, double service_minutes, double minutes);

// The fewest people with whom at least `share` begin within `minutes`. 0 when there is no load.
int people_needed(double load, double service_minutes, double minutes, double share);

// Square-root staffing: the load and one root of it.
int people_for(double load);

}  // namespace passerelle::rehearse
