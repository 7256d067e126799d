// What one replication counts while it runs, in memory that does not grow with the patients.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace passerelle::rehearse {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t hour_millis = 3'600'000;

inline double hours_of(int64_t millis) {
  return static_cast<double>(millis) / static_cast<double>(hour_millis);
}

// To the nearest whole number, halves up: of what is not negative and fits. std::llround is a call.
inline int64_t rounded(double value) {
  const auto whole = static_cast<int64_t>(value);
  return whole + (value - static_cast<double>(whole) >= 0.5 ? 1 : 0);
}

// Times in milliseconds: mean and extremes exact, quantiles within 1 %: sixty-four bins for each
// doubling (as G. Tene's HdrHistogram).
class Times {
 public:
  void add(int64_t millis) {
    const size_t at = bin(millis);
    if (at >= bins_.size()) bins_.resize(at + 1);
    ++bins_[at];
    ++count_;
    sum_ += millis;
    if (millis > max_) max_ = millis;
  }
  uint64_t count() const { return count_; }
  double total_minutes() const { return static_cast<double>(sum_) / 60'000; }
  double mean_minutes() const;  // NaN when there are none
  double quantile_minutes(double share) const;
  double max_minutes() const;
  // All that it holds, for wire.h.
  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor(count_);
    visitor(sum_);
    visitor(max_);
    visitor(bins_);
  }

 private:
  static constexpr unsigned bits = 6;
  static size_t bin(int64_t millis) {
    const auto value = static_cast<uint64_t>(millis > 0 ? millis : 0);
    if (value < (1u << bits)) return static_cast<size_t>(value);
    const auto exponent = static_cast<unsigned>(63 - std::countl_zero(value));
    const uint64_t inside = (value >> (exponent - bits)) & ((1u << bits) - 1);
    return ((exponent - bits + size_t{1}) << bits) + static_cast<size_t>(inside);
  }
  static double low(size_t bin);

  uint64_t count_ = 0;
  int64_t sum_ = 0;
  int64_t max_ = 0;
  std::vector<uint32_t> bins_;
};

// A number that moves in time, hour by hour: how many wait, work, are on duty.
class Level {
 public:
  void set(int64_t now, int value) {
    advance(now);
    value_ = value;
    if (value > peak_) peak_ = value;
  }
  void change(int64_t now, int by) { set(now, value_ + by); }
  void advance(int64_t now) {
    if (now < next_) {
      area_ += (now - last_) * value_;
    } else {
      cross(now);
    }
    last_ = now;
  }
  int value() const { return value_; }
  int peak() const { return peak_; }
  // By hour since the start: the mean times one hour, in milliseconds. Call advance(end) before.
  const std::vector<int64_t>& hours() const { return hours_; }
  std::vector<int64_t> take_hours() { return std::move(hours_); }
  void reserve(size_t hours) { hours_.reserve(hours); }
  // Between two hours; NaN when they are the same.
  double mean(size_t from_hour, size_t to_hour) const;

 private:
  void cross(int64_t now);

  int64_t last_ = 0;
  int64_t next_ = hour_millis;
  int64_t area_ = 0;  // of the running hour
  int value_ = 0;
  int peak_ = 0;
  std::vector<int64_t> hours_;
};

// For how long a number was what it was: shares of time.
class Occupancy {
 public:
  explicit Occupancy(int64_t from = 0) : last_(from) {}
  // From `now` on it is `value`; what was before `from` is not counted.
  void set(int64_t now, int value) {
    if (now > last_) {
      if (static_cast<size_t>(value_) >= spent_.size())
        spent_.resize(static_cast<size_t>(value_) + 1);
      spent_[static_cast<size_t>(value_)] += now - last_;
      last_ = now;
    }
    value_ = value;
  }
  // Milliseconds by value, from 0. Call set(end, ...) before.
  const std::vector<int64_t>& spent() const { return spent_; }
  // All that it holds, for wire.h.
  template <class Visitor>
  void visit(Visitor& visitor) {
    visitor(last_);
    visitor(value_);
    visitor(spent_);
  }

 private:
  int64_t last_;
  int value_ = 0;
  std::vector<int64_t> spent_;
};

struct ActivityTally {
  uint64_t offered = 0, done = 0, withdrawn = 0, left = 0;  // left: open at the end
  uint64_t vain = 0;                                        // calls that nobody answered
  uint64_t abandoned = 0;           // of those withdrawn: the patient would not wait any longer
  uint64_t interrupted = 0;         // how often, for more urgent work or at the end of a shift
  uint64_t late = 0, promised = 0;  // of those with a deadline: begun, or still waiting, after it
  int64_t lost_millis = 0;  // hands on without a result: vain calls, work that was withdrawn
  Times wait;               // staff: from offer to hands on; patients: from offer to answer
  Times work;               // hands on
};

struct TruthTally {
  uint64_t deteriorated = 0;  // patients who came into a state that ought to be found
  uint64_t found = 0;         // by a call that saw it
  uint64_t alerted = 0;       // an alert was raised from then on
  uint64_t missed = 0;        // the case was over, or something happened, before anybody found it
  uint64_t pending = 0;       // neither found nor missed when the rehearsal ended
  uint64_t alerts = 0, false_alerts = 0;
  int64_t false_millis = 0;  // staff time spent on alerts of patients who were not worse
  int64_t alert_millis = 0;
  Times to_alert, to_found;
  // Each time that patients were in these states, of a patient who was so more than once.
  uint64_t episodes = 0;  // that are over, or were noticed
  uint64_t episodes_alerted = 0, episodes_found = 0;
  Times episode_to_alert, episode_to_found;
};

}  // namespace passerelle::rehearse
