// The models of bench/models written by hand, as one would for a single study: no process, no
// rules, no worklist, nothing but the numbers. What the general path costs more is the price of
// generality.
#pragma once

#include <array>
#include <cstdint>

namespace passerelle::bench {

struct QueueLoop {
  uint64_t events = 0;  // arrivals and departures
  double mean_wait = 0;
};
// M/M/c: minutes between arrivals and of service.
QueueLoop mmc_loop(int servers, double gap, double service, uint64_t patients, uint64_t seed);

struct SixStepLoop {
  uint64_t patients = 0;
  std::array<double, 3> mean_stay{};  // minutes, by level: 0 is the most urgent
};
// What comes first when a step ends: the patient's next step is offered, as a worklist does it that
// people look at when they are free, and as rehearsals do; or whoever did it takes what waits, as
// in programs in which a patient lets go of one resource before asking for the next.
enum class AfterStep { offer, take };
SixStepLoop six_step_loop(uint64_t seed, AfterStep first = AfterStep::offer);

}  // namespace passerelle::bench
