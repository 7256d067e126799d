// Indicators computed from events, the same for real and for rehearsed cases. A Measurement takes
// whole cases one after the other and keeps only tallies; two Measurements of the same indicators
// merge. Counts and times are added as integers, so that the result does not depend on how cases
// were spread over threads, as long as merges happen in a fixed order.
//
// Quantiles are exact: an observation takes 8 bytes. The largest rehearsal (60,000 patients, 30
// forms each, response time of every form) holds 1.8 million of them, 14 MB, for the life of one
// replication: a sketch would save memory that nobody lacks and add an error to explain.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "pathway/event.h"
#include "pathway/indicators.h"
#include "pathway/pathway.h"

namespace passerelle::review {

// The time that the log tells of. Cases that are still open count until its end; what was promised
// for later than its end is not judged.
struct Window {
  Instant from = Instant::min();  // events before count for nothing (warm-up); Instant::min(): all
  Instant until{};
};

struct Outcome {
  double value = std::numeric_limits<double>::quiet_NaN();  // in the indicator's unit; NaN: none
  double numerator = 0;    // of shares, rates and ratios; of statistics: the sum
  double denominator = 0;  // ditto; of statistics: the number of observations
  uint64_t n = 0;          // observations: pairs, events, cases; of rates: cases with days
  // 95 % interval of the value as an estimate of what this organisation does; NaN: none. Shares:
  // Wilson; quantiles: order statistics; means, rates and ratios: between cases.
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();

  bool known() const { return value == value; }
};

struct GroupOutcome {
  std::string attribute;  // "smartphone"
  std::string value;      // "false"; "" when the case does not tell
  Outcome outcome;
  double difference = std::numeric_limits<double>::quiet_NaN();  // from all the others
  double difference_low = std::numeric_limits<double>::quiet_NaN();
  double difference_high = std::numeric_limits<double>::quiet_NaN();
};

struct IndicatorOutcome {
  Outcome all;
  std::vector<GroupOutcome> groups;  // by attribute as the indicator lists them, then by value
};

// Which events the indicators look at: for each activity of the pathway, by index, a bit for each
// Lifecycle (1 << lifecycle); the last entry stands for the case itself. Events outside of it may
// be dropped without changing any result.
std::vector<uint8_t> needed_events(std::span<const pathway::Indicator> indicators,
                                   const pathway::Pathway& pathway);

class Measurement {
 public:
  // `names` are those of the events that will come: Pathway::names() or EventLog::names. All three
  // must outlive it. Belongs to one thread.
  Measurement(std::span<const pathway::Indicator> indicators, const pathway::Pathway& pathway,
              const pathway::NameTable& names, Window window);
  ~Measurement();
  Measurement(Measurement&&) noexcept;
  Measurement& operator=(Measurement&&) noexcept;

  // All events of one case, in the order in which they happened.
  void add_case(std::span<const pathway::Event> events);
  // Adds what another one of the same indicators has seen; it must be of the same window.
  void merge(const Measurement& other);

  uint64_t cases() const;
  // By the indicators' order. Intervals cost a sort; a rehearsal, which has replications instead,
  // leaves them out.
  std::vector<IndicatorOutcome> result(bool with_intervals = true) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace passerelle::review
