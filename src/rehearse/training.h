// Training before go-live, which takes people off the floor: each person of a role that learns is
// away from the beginning of so many shifts as the hours need, the last one in part. Within a team
// they go one after another over the days before go-live, so that as few as possible are away at
// once. Worked out once, from the organisation alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pathway/organisation.h"

namespace passerelle::rehearse {

struct Session {
  int64_t from = 0, until = 0;  // milliseconds since the start
};
using Sessions = std::vector<std::vector<Session>>;  // by person

// What the people of a team have to learn before go-live.
struct TrainingNeed {
  Millis hours{};
  int days = 0;  // before go-live, over which it is spread

  bool given() const { return hours.count() > 0; }
};
// Of roles together: the hours add up, the longest span holds. Nothing without a day of go-live.
TrainingNeed training_need(const pathway::Organisation& organisation,
                           std::span<const std::string> roles);

// One shift that somebody works.
struct Worked {
  Instant from{}, until{};
};
// The shifts that begin in the days before go-live: of one shift of a role, or of one of a post.
std::vector<Worked> shifts_before(const pathway::Organisation& organisation,
                                  const pathway::Shift& shift, int days);
std::vector<Worked> shifts_before(const pathway::Organisation& organisation,
                                  const pathway::Post& post, int number, int days);

// When the person at `place` of `people` is away; the shifts are those of all of them.
std::vector<Session> sessions_of(const TrainingNeed& need, std::span<const Worked> shifts,
                                 int place, int people, Instant start);

}  // namespace passerelle::rehearse
