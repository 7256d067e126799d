// What replications have counted as bytes, for the other programs of one rehearsal (MPI). They are
// the same program on the same kind of machine: the bytes are those of memory, and nothing is kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rehearse/hourly.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {

// What became of one replication, or why nothing did.
struct Played {
  uint64_t index = 0;
  bool failed = false;
  ErrorCode code{};
  std::string message, where, help;  // of the error
  std::vector<Replication> parts;
};

struct Parcel {
  std::vector<Played> played;
  Hourly hourly;
};

std::string pack(Parcel parcel);
Parcel unpack(std::string_view bytes);  // CHECKs that pack() wrote them

}  // namespace passerelle::rehearse
