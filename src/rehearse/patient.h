// A simulated patient: what they are, how they fare, how they answer. Every draw comes from a
// stream of its own, keyed by (seed, replication, patient, purpose, how often before), so that two
// scenarios meet the same people with the same fate.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "pathway/feel/value.h"
#include "rehearse/four_at_once.h"
#include "rehearse/plan.h"

namespace passerelle::rehearse {

struct Patient {
  using Stage = rehearse::Stage;
  uint32_t entity = 0;
  int64_t since = 0;            // of the arrival: milliseconds since the start
  std::vector<Known> known;     // attributes, then what is around
  std::vector<uint32_t> ranks;  // of answers; 0: none yet
  std::vector<Stage> stages;    // of the condition, from the arrival on
  std::vector<DeviceState> devices;
  std::vector<MeasuredState> measured;
};

class Patients {
 public:
  Patients(const Plan& plan, uint64_t seed, uint32_t replication);

  // A new one, whose memory may be reused. `given`: by attribute, what is drawn instead of the
  // cohort's draw (no_draw: nothing is); empty: nothing at all.
  [[gnu::noinline]] void meet(Patient& patient, uint32_t entity, int64_t now,
                              std::span<const Root> given = {});
  Random stream(const Patient& patient, uint32_t purpose, uint32_t again) const {
    return Random({seed_, replication_, uint64_t{again} << 32 | patient.entity, purpose});
  }
  // What stream() draws first for the patient and for those who come before and after, of those of
  // four who share all but the last bits of their numbers.
  std::array<double, 4> first_of_four(uint32_t patient, uint32_t purpose) const;
  // Sets what is around (state, day, channel, activity, devices) as of now; returns the state's
  // index.
  [[gnu::noinline]] uint16_t look_around(Patient& patient, int64_t now, Symbol channel,
                                         Symbol activity) const;
  uint16_t state(const Patient& patient, int64_t now) const;
  // A form answered now: a context of all its questions.
  [[gnu::noinline]] feel::Value answer(Patient& patient, const FormPlan& form, uint32_t again,
                                       int64_t now);
  // What a measurement really is now, without the noise of measuring.
  double truly(Patient& patient, size_t measurement, int64_t now) const;
  // The variables that the case is opened with; null when there are none.
  feel::Value opening(const Patient& patient) const;
  int64_t today(int64_t now) const;  // local, days since 1970

 private:
  PatientStreams streams(const Patient& patient) const {
    return {seed_, replication_, patient.entity};
  }
  void measure(Patient& patient, const FormPlan& form, uint32_t again, int64_t now);

  const Plan& plan_;
  uint64_t seed_;
  uint32_t replication_;
  std::vector<Known> known_;  // with the items of a form
  std::vector<uint64_t> fresh_;
  std::vector<FourAtOnce> first_draws_;  // by attribute
  int64_t first_day_ = 0;                // local, days since 1970
  std::vector<int64_t> day_begins_;      // from the first day on, one more than there are
};

}  // namespace passerelle::rehearse
