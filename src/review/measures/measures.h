// What a measure is made of: a pure function from one case to what that case contributes. The table
// of all measures stands here; adding one is a file beside this one, a row in table.cpp and in
// pathway/indicators.cpp, and a log of five events in measures_test.cpp. For review/ only.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "pathway/event.h"
#include "pathway/feel/feel.h"
#include "pathway/feel/memo.h"
#include "pathway/indicators.h"
#include "review/measure.h"

namespace passerelle::review {

using pathway::Event;
using pathway::Lifecycle;
using pathway::Name;

// A list of hits: the events of the case that one selector wants, by their place in the case.
using Slot = uint16_t;
inline constexpr Slot no_slot = 0;  // selects nothing, ever

// An indicator whose names are resolved against one table of names.
struct BoundIndicator {
  const pathway::Indicator* indicator = nullptr;
  Slot of = no_slot, with = no_slot, from = no_slot, to = no_slot, unless = no_slot;
  Slot days = no_slot;      // begins and ends of the activity in which patient-days are counted
  Slot work = no_slot;      // what happens to the work whose minutes are added
  std::vector<Name> roles;  // whose work
};

// What expressions gave for data that several events share, as those of a rehearsal do.
class SharedData {
 public:
  // Null where nothing is remembered of that expression: it asks the clock.
  feel::Memo* of(const feel::Expression& expression);

 private:
  struct Known {
    const feel::Expression* expression = nullptr;
    bool timeless = false;
    feel::Memo memo;
  };
  std::deque<Known> known_;  // memos stay where they are
};

// One case, its events sorted out.
class CaseView {
 public:
  std::span<const Event> events;
  std::span<const std::vector<uint32_t>> slots;
  Window window;
  Instant start{};     // of the case, not before the window
  Instant end{};       // of the case, or the window's end when it is still open
  bool ended = false;  // within the window
  feel::Evaluation* evaluation = nullptr;
  SharedData* shared = nullptr;

  std::span<const uint32_t> hits(Slot slot) const { return slots[slot]; }
  const Event& event(uint32_t index) const { return events[index]; }
  // Time of an event, not outside the window.
  Instant clipped(const Event& event) const;
};

// What one case adds. Times are in milliseconds.
struct Contribution {
  int64_t numerator = 0;
  int64_t denominator = 0;
  uint64_t n = 0;
  std::vector<double> samples;  // of statistics: milliseconds, or plain values

  void clear() {
    numerator = denominator = 0;
    n = 0;
    samples.clear();
  }
};

enum class ResultKind : uint8_t { total, proportion, rate, statistic };

struct Measure {
  std::string_view name;
  ResultKind kind;
  double numerator_unit;    // divides the numerator: 60,000 makes minutes
  double denominator_unit;  // 86,400,000 makes days
  void (*add)(const CaseView& view, const BoundIndicator& bound, Contribution& out);
};
std::span<const Measure> measures();
const Measure& find_measure(std::string_view name);  // CHECKs that it is there

// ---- parts that several measures share ----

inline constexpr uint32_t no_event = 0xffffffff;

// The first event of `slot` behind `after`; about the same work where both are of the same
// activity.
uint32_t next_hit(const CaseView& view, Slot slot, uint32_t after);
// Milliseconds that the case spent in the indicator's activity, or as a case, within the window.
int64_t patient_millis(const CaseView& view, const BoundIndicator& bound);
// The first `with` before the first `of`, not earlier than `within` allows.
struct Found {
  uint32_t of = no_event;
  uint32_t with = no_event;
};
Found found_before(const CaseView& view, const BoundIndicator& bound);
// Boolean or number that the indicator's expression gives for an event's data.
feel::Value evaluate_on(const CaseView& view, const feel::Expression& expression,
                        const std::vector<std::string>& fields, const Event& event);

// ---- one a file ----

void add_count(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_rate(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_ratio(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_share_of_events(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_share_of_cases(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_share_found_before(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_share_within(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_duration(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_lead_time(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_value(const CaseView& view, const BoundIndicator& bound, Contribution& out);
void add_work_minutes(const CaseView& view, const BoundIndicator& bound, Contribution& out);

}  // namespace passerelle::review
