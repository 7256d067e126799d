// What moves in a patient between two forms: devices that fail and are mended, quantities that are
// measured (pathway::Measurement says the model), and the course of a condition by episodes. All of
// it is a pure function of (seed, replication, patient) and time, worked out as far as somebody has
// asked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "pathway/cohort.h"
#include "rehearse/draws.h"

namespace passerelle::rehearse {

struct DevicePlan {
  pathway::Sampler fails_after, mended_after;  // days
  Symbol works = 0, broken = 0;
  uint32_t purpose = 0;
};

struct MeasurementPlan {
  Root baseline = no_draw, level = no_draw, days = no_draw;
  double walk = 0, sway = 0;
  double kept = 0;  // of the sway, from one day to the next
  pathway::Sampler noise;
  uint32_t decimals = 0;
  double min = -1e15, max = 1e15;
  uint32_t baseline_purpose = 0, level_purpose = 0, day_purpose = 0, noise_purpose = 0;
};

struct CoursePlan {
  struct Phase {
    uint16_t state = 0;
    Root days = no_draw, chance = no_draw;
  };
  struct Episode {
    Root per_year = no_draw;
    std::vector<Phase> phases;
  };
  uint16_t rest = 0;
  std::vector<Episode> episodes;  // none: a chain of moves
};

// One stretch of the condition.
struct Stage {
  int64_t from = 0;  // milliseconds since the start of the rehearsal
  uint16_t state = 0;
  uint16_t day = 0;  // steps of the condition so far
};

std::vector<DevicePlan> plan_devices(const pathway::Cohort& cohort, Symbols& symbols);
std::vector<MeasurementPlan> plan_measurements(const pathway::Cohort& cohort, Draws& draws,
                                               std::span<const std::string> names);
CoursePlan plan_course(const pathway::Course& course, Draws& draws,
                       std::span<const std::string> names);

// Makes the stream of a patient for a purpose and a count.
struct PatientStreams {
  uint64_t seed = 0;
  uint32_t replication = 0;
  uint32_t entity = 0;
  Random operator()(uint32_t purpose, uint32_t again) const {
    return Random({seed, replication, uint64_t{again} << 32 | entity, purpose});
  }
};

// Whether a device works: an alternating renewal process that begins with a working one.
struct DeviceState {
  int64_t from = 0, until = -1;  // of what it is now; -1: not asked yet
  uint32_t turns = 0;            // even: it works
  bool works(const DevicePlan& plan, const PatientStreams& streams, int64_t since, int64_t now);
};

// One quantity of one patient.
struct MeasuredState {
  double baseline = 0;
  int64_t asked = 0;  // last
  int64_t day = -1;   // of the stay, up to which walk and sway are known
  double walked = 0, swayed = 0;
  size_t stage = 0;  // in which the level is known, from its beginning on
  double begun = 0, target = 0, days = 0;
  bool level_known = false;

  // What it really is now, without the noise of measuring. `known` may be written to: the state at
  // `state_index` is set to that of each stage on the way, and must be set again.
  double value(const MeasurementPlan& plan, const Draws& draws, const PatientStreams& streams,
               std::span<const Stage> stages, std::span<const Symbol> states, Known* known,
               size_t state_index, int64_t since, int64_t now);
};

// The stages of a course by episodes, up to `until`. `known`: as above.
void draw_episodes(const CoursePlan& plan, const Draws& draws, Random random,
                   std::span<const Symbol> states, Known* known, size_t state_index,
                   int64_t step_millis, int64_t until, std::vector<Stage>& stages);

}  // namespace passerelle::rehearse
