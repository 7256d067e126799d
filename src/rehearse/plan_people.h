// The part of a plan about people: who may do the same work, and who may take what waits.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "rehearse/plan.h"

namespace passerelle::rehearse {

// Pools of the roles and of the posts. Error when there are too many.
Result<void> plan_pools(const pathway::Organisation& organisation, Plan& plan);

// The queue for work of these roles, made when there is none yet. `time`: of the work, or null.
// Error when nobody has the skills that it needs.
Result<uint16_t> plan_queue(const pathway::Organisation& organisation,
                            const std::vector<std::string>& roles, const Place& place,
                            const pathway::WorkTime* time, Plan& plan);

}  // namespace passerelle::rehearse
