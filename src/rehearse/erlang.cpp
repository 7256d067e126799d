#include "rehearse/erlang.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {

double waits_longer(int people, double load, double service_minutes, double minutes) {
  if (!(load > 0)) return 0;
  if (people <= load) return 1;
  double blocked = 1;  // Erlang B, by recursion
  for (int n = 1; n <= people; ++n) blocked = load * blocked / (n + load * blocked);
  const double waits = people * blocked / (people - load * (1 - blocked));
  const double more = people - load;
  return service_minutes > 0 ? waits * std::exp(-more * minutes / service_minutes) : waits;
}

int people_needed(double load, double service_minutes, double minutes, double share) {
  if (!(load > 0)) return 0;
  // Beyond this many nobody waits whom anybody could count.
  const int enough = static_cast<int>(load + 10 * std::sqrt(load) + 20);
  for (int people = static_cast<int>(load) + 1; people < enough; ++people)
    if (1 - waits_longer(people, load, service_minutes, minutes) >= share) return people;
  return enough;
}

int people_for(double load) {
  return load > 0 ? static_cast<int>(std::ceil(load + std::sqrt(load))) : 0;
}

}  // namespace passerelle::rehearse
