#include "rehearse/hourly.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {
namespace {

double sum(const std::vector<int64_t>& hours, size_t from, size_t to) {
  double out = 0;
  for (size_t hour = from; hour < std::min(to, hours.size()); ++hour) out += hours_of(hours[hour]);
  return out;
}

// The shorter one is added to the longer one: to nothing, nothing is added.
void add_hours(Hourly::Hours& to, Hourly::Hours& other) {
  if (to.size() < other.size()) to.swap(other);
  for (size_t hour = 0; hour < other.size(); ++hour) to[hour] += other[hour];
}

void add_all(std::vector<Hourly::Hours>& to, std::vector<Hourly::Hours>& other) {
  if (to.size() < other.size()) to.resize(other.size());
  for (size_t i = 0; i < other.size(); ++i) add_hours(to[i], other[i]);
}

}  // namespace

void Hourly::add(Hourly other) {
  replications += other.replications;
  add_all(waiting, other.waiting);
  add_all(on_duty, other.on_duty);
  add_all(busy, other.busy);
  add_hours(cases, other.cases);
  add_all(waits, other.waits);
  add_all(begun, other.begun);
  add_all(unbegun, other.unbegun);
  add_all(changed, other.changed);
}

Windows windows_of(size_t first_hour, size_t end_hour) {
  constexpr size_t day = 24, week = 7 * day;
  const size_t span = end_hour - first_hour, third = span / 3;
  if (span == 0) return {first_hour, first_hour, end_hour, end_hour, first_hour};
  const size_t unit = span >= 2 * week ? week : third >= day ? day : 1;
  const size_t length = std::max(third / unit, size_t{1}) * unit;
  // As far apart as thirds are, where there is room for it.
  const size_t apart = third >= unit ? (third + unit - 1) / unit * unit : unit;
  Windows out;
  out.end = end_hour;
  out.lately = end_hour - length;
  out.before = out.lately - first_hour >= apart ? out.lately - apart : first_hour;
  out.before_end = out.before + length;
  out.busy = unit == week ? out.lately : out.before;
  return out;
}

QueueTally tally_of(const Level& waiting, size_t first_hour, size_t end_hour) {
  const Windows windows = windows_of(first_hour, end_hour);
  return {waiting.mean(first_hour, end_hour), waiting.peak(),
          waiting.mean(windows.before, windows.before_end),
          waiting.mean(windows.lately, windows.end)};
}

StaffTally tally_of(const Level& on_duty, const Level& busy, const std::vector<int64_t>& overtime,
                    size_t first_hour, size_t end_hour) {
  StaffTally out;
  out.paid = sum(on_duty.hours(), first_hour, end_hour);
  out.busy = sum(busy.hours(), first_hour, end_hour);
  out.overtime = sum(overtime, first_hour, end_hour);
  for (size_t hour = first_hour; hour < std::min(end_hour, on_duty.hours().size()); ++hour) {
    if (on_duty.hours()[hour] == 0) continue;
    const double use = hours_of(busy.hours()[hour]) / hours_of(on_duty.hours()[hour]);
    out.peak_use = std::isnan(out.peak_use) ? use : std::max(out.peak_use, use);
  }
  return out;
}

}  // namespace passerelle::rehearse
