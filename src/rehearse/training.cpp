#include "rehearse/training.h"

#include <algorithm>

namespace passerelle::rehearse {

using pathway::LocalDay;

TrainingNeed training_need(const pathway::Organisation& organisation,
                           std::span<const std::string> roles) {
  TrainingNeed need;
  if (!organisation.go_live) return need;
  for (const pathway::Learning& each : organisation.learning) {
    if (std::find(roles.begin(), roles.end(), each.role) == roles.end()) continue;
    need.hours += each.training;
    if (each.training.count() > 0) need.days = std::max(need.days, each.training_days);
  }
  return need;
}

namespace {

template <class Works>
void add_shifts(const pathway::Organisation& organisation, const pathway::Shift& shift, int days,
                const Works& works, std::vector<Worked>& out) {
  const LocalDay go_live = *organisation.go_live;
  for (LocalDay day = go_live - std::chrono::days(days); day < go_live;
       day += std::chrono::days(1)) {
    if (!works(day)) continue;
    const LocalTime begins = LocalTime(day) + shift.start;
    out.push_back({organisation.zone.to_instant(begins),
                   organisation.zone.to_instant(begins + shift.length())});
  }
}

}  // namespace

std::vector<Worked> shifts_before(const pathway::Organisation& organisation,
                                  const pathway::Shift& shift, int days) {
  std::vector<Worked> out;
  add_shifts(
      organisation, shift, days, [&](LocalDay day) { return organisation.runs(shift, day); }, out);
  return out;
}

std::vector<Worked> shifts_before(const pathway::Organisation& organisation,
                                  const pathway::Post& post, int number, int days) {
  std::vector<Worked> out;
  for (const pathway::Shift& shift : post.shifts)
    add_shifts(
        organisation, shift, days,
        [&](LocalDay day) { return organisation.works(post, number, shift, day); }, out);
  std::sort(out.begin(), out.end(),
            [](const Worked& a, const Worked& b) { return a.from < b.from; });
  return out;
}

std::vector<Session> sessions_of(const TrainingNeed& need, std::span<const Worked> shifts,
                                 int place, int people, Instant start) {
  std::vector<Session> out;
  if (!need.given() || shifts.empty()) return out;
  // How many shifts it takes from the first one on; people begin evenly over what is left of the
  // days.
  size_t needed = 0;
  Millis sum{};
  while (needed < shifts.size() && sum < need.hours) {
    sum += shifts[needed].until - shifts[needed].from;
    ++needed;
  }
  const size_t room = shifts.size() - needed + 1;
  const size_t first = static_cast<size_t>(place) * room / static_cast<size_t>(people);
  Millis left = need.hours;
  for (size_t i = first; i < shifts.size() && left.count() > 0; ++i) {
    const Millis length = std::min<Millis>(left, shifts[i].until - shifts[i].from);
    out.push_back({(shifts[i].from - start).count(), (shifts[i].from + length - start).count()});
    left -= length;
  }
  return out;
}

}  // namespace passerelle::rehearse
