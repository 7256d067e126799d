// What really happened, beside what was promised: the indicators of the package on a log, the
// promise of a rehearsal next to them, and what the log itself shows: variants, times, the flow
// between activities, handovers. A log without a package is only discovered.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/event.h"
#include "pathway/package.h"
#include "review/measure.h"

namespace passerelle::review {

// What a rehearsal promised, from its JSON (docs/review.md says which members are read).
struct Promise {
  struct Value {
    double value = std::numeric_limits<double>::quiet_NaN();
    double low = std::numeric_limits<double>::quiet_NaN();  // 95 % interval of the rehearsal
    double high = std::numeric_limits<double>::quiet_NaN();
  };
  std::string pathway;
  std::string scenario;
  std::map<std::string, Value, std::less<>> indicators;  // by id
};
Result<Promise> parse_promise(std::string_view json);

struct Options {
  std::string language = "en";  // of names and advice
  std::optional<Promise> promise;
  std::optional<Window> window;      // nothing: from the first to the last event
  size_t variants = 12;              // that are told; the rest is added up
  std::vector<std::string> remarks;  // about how the log was read
};

enum class Verdict : uint8_t { held, missed, too_few };
std::string_view to_text(Verdict verdict);

// Of times in minutes.
struct TimeSummary {
  uint64_t n = 0;
  double mean = 0, median = 0, p90 = 0;
};

struct ReviewedGroup {
  GroupOutcome result;
  std::string attribute_name, value_name;  // in words
  bool differs = false;                    // the interval of the difference leaves out 0
};

struct ReviewedIndicator {
  std::string id, name, what, advice, owner_name;
  pathway::Heading heading = pathway::Heading::process;
  pathway::Unit unit = pathway::Unit::share;
  std::optional<pathway::Target> target;
  std::string owner;
  Outcome result;
  std::vector<ReviewedGroup> groups;
  std::optional<Promise::Value> promise;
  // Whether the target is met, judged by the interval; nothing without a target.
  std::optional<Verdict> target_verdict;
  // Whether reality is as good as the rehearsal said; nothing without promise or without a target
  // that says which way is good.
  std::optional<Verdict> promise_verdict;
};

struct ActivityTimes {
  std::string id, name;
  uint64_t completed = 0;
  uint64_t cases = 0;
  TimeSummary waiting;  // from offered (schedule) to begun (start, else assign)
  TimeSummary service;  // from begun to completed, without the time after it was given back
};

struct Flow {  // one activity directly followed by another in a case
  std::string from, to;
  uint64_t count = 0;
  double mean_minutes = 0;
};

struct Handover {
  std::string from, to;  // roles, or people where the log knows no roles
  uint64_t count = 0;
};

struct Variant {
  std::vector<std::string> activities;  // their ids
  uint64_t cases = 0;
  TimeSummary throughput;  // of its ended cases
};

struct ThroughputBin {
  double from_minutes = 0, to_minutes = 0;
  uint64_t cases = 0;
};

struct Review {
  // What was reviewed.
  std::string pathway, version, title, language, scenario;
  bool has_promise = false;
  Instant from{}, until{};
  uint64_t cases = 0, open_cases = 0, events = 0;
  std::vector<std::string> remarks;
  std::map<std::string, std::string> activity_names;  // by id

  std::vector<ReviewedIndicator> indicators;

  TimeSummary throughput;  // of ended cases, start to end
  std::vector<ThroughputBin> throughput_bins;
  std::vector<ActivityTimes> activities;  // by the number of their completions
  std::vector<Flow> flows;                // the commonest first
  std::vector<Handover> handovers;
  // Cases with the same sequence. Every completion counts; or, when a pathway repeats itself for
  // weeks, the first occurrence of each task, message and end.
  bool variants_by_first = false;
  std::vector<Variant> variants;  // the commonest first
  uint64_t variant_count = 0;     // of all
  // Activities in the log that the pathway does not have.
  std::vector<std::pair<std::string, uint64_t>> unknown_activities;
};

// The log is grouped by case if it is not (the caller's is left as it is). `package` may be null.
Review review(const pathway::EventLog& log, const pathway::Package* package,
              const Options& options = {});

std::string to_json(const Review& review);  // docs/review.md
std::string to_text(const Review& review);  // for a terminal
std::string to_html(const Review& review);  // one file, pictures inside, for print and screen

}  // namespace passerelle::review
