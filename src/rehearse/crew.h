// Replications, spread over threads and, where the program runs as several (MPI), over those: who
// plays which does not change what comes out.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "rehearse/plan.h"
#include "rehearse/rehearse.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {

// Of a package, with the days asked for. Error: it cannot be rehearsed, or nothing would be left
// after the warm-up.
Result<std::unique_ptr<Plan>> plan_of(const pathway::Package& package, const Settings& settings);
Result<void> check_warm_up(const Plan& plan, const Settings& settings);
SimulationSettings simulation_settings(const Settings& settings, int replication);

// `count` replications from `first` on, in their order; their hours are added to `hourly`. Every
// one of several programs gets them all. Error: the first of them, in their order. With
// `keep_finished`, being stopped is none: what comes is fewer than `count`.
Result<std::vector<Replication>> run_replications(const Plan& plan, const Settings& settings,
                                                  size_t first, size_t count, Hourly& hourly);

}  // namespace passerelle::rehearse
