// Where everybody is, from step to step of one replication: what a page needs to let a rehearsal be
// seen on the drawing of the pathway. Its size depends on the time and on the drawing, not on the
// number of patients.
#pragma once

#include <string>

#include "rehearse/rehearse.h"

namespace passerelle::rehearse {

// JSON (docs/rehearse.md). `replication` from 0. Errors: as rehearse().
Result<std::string> animation(const pathway::Package& package, const Settings& settings,
                              int replication, std::string_view scenario = "");

}  // namespace passerelle::rehearse
