// From the replications to the result, in their order.
#pragma once

#include <span>

#include "rehearse/plan.h"
#include "rehearse/rehearse.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {

Rehearsal reduce(const pathway::Package& package, const Plan& plan, const Settings& settings,
                 std::span<const Replication> replications, const Hourly& hourly);

}  // namespace passerelle::rehearse
