// One rehearsal on many machines: whether mpirun has started this program, and the others.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "rehearse/rehearse.h"

namespace passerelle::cli {

// Null when this program is the only one. Error: mpirun has started several, but the library that
// speaks MPI is not there: each would do the whole work for itself, and say it is all of it.
Result<std::unique_ptr<rehearse::Ranks>> join_ranks();

// Whether all of them may begin: each is ready, and all were given the same. Else they would wait
// for each other for ever, or mix two rehearsals. Every one gets the same answer.
Result<void> all_ready(const rehearse::Ranks& ranks, const Result<void>& ready,
                       const std::string& given);

}  // namespace passerelle::cli
