// When patients come. Poisson streams whose rate moves are made by their operational time: a unit
// Poisson process, stretched by the inverse of the cumulative rate (E. Cinlar, "Introduction to
// Stochastic Processes", 1975, 4.7). Unlike thinning it needs one draw a patient, and with common
// random numbers the n-th patient of a scenario with a few more arrivals is the same person, who
// comes a little earlier.
#pragma once

#include <cstdint>
#include <vector>

#include "base/instant.h"
#include "base/random.h"
#include "pathway/cohort.h"

namespace passerelle::rehearse {

// One stream's rate over the rehearsal, worked out once: cumulative expectation by hour.
struct ArrivalPlan {
  const pathway::Arrivals* arrivals = nullptr;
  std::vector<double> expected;   // so far, at the begin of each hour from the start
  std::vector<int64_t> instants;  // of a schedule
  pathway::Sampler gap;
  // Of a file, by its replication: when they come, and which row of the file they are.
  struct Recorded {
    std::vector<int64_t> instants;
    std::vector<uint32_t> rows;
  };
  std::vector<Recorded> recorded;

  static ArrivalPlan make(const pathway::Arrivals& arrivals, const Zone& zone, Instant start,
                          Instant end);
  // At these times, in order.
  static ArrivalPlan at(std::vector<int64_t> instants);
  double total() const { return expected.empty() ? 0 : expected.back(); }
};

class ArrivalStream {
 public:
  // Draws from (seed, replication, stream).
  ArrivalStream(const ArrivalPlan& plan, uint64_t seed, uint32_t replication, uint32_t stream);

  int64_t next() const { return next_; }  // milliseconds since the start; INT64_MAX: no more
  uint64_t count() const { return count_; }
  void advance();
  // The row of the file that next() is.
  uint32_t row() const { return recorded_->rows[count_]; }

 private:
  void plan_next();
  double draw() { return plan_.gap.quantile(many_.uniform_open()); }

  const ArrivalPlan& plan_;
  const ArrivalPlan::Recorded* recorded_ = nullptr;
  ManyDraws many_;
  double operational_ = 0;
  size_t hour_ = 0;
  double gap_at_ = 0, gap_ = 0;  // minutes: of the one behind next(), drawn ahead of its use
  uint64_t count_ = 0;           // that have come before next()
  int64_t next_ = 0;
};

}  // namespace passerelle::rehearse
