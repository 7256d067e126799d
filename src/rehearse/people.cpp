#include "rehearse/people.h"

#include <algorithm>

#include "base/check.h"

namespace passerelle::rehearse {

Roster Roster::make(const pathway::Organisation& organisation, Instant start, Instant end) {
  using std::chrono::days;
  Roster roster;
  // Every instant at which a shift begins or ends, or a headcount has a new row.
  std::vector<Instant> instants = {start};
  const auto consider = [&](Instant at) {
    if (at > start && at < end) instants.push_back(at);
  };
  const auto first = std::chrono::floor<days>(organisation.zone.to_local(start)) - days(1);
  const auto last = std::chrono::floor<days>(organisation.zone.to_local(end)) + days(1);
  std::vector<size_t> shift_of;
  for (size_t r = 0; r < organisation.roles.size(); ++r) {
    const pathway::Role& role = organisation.roles[r];
    for (size_t s = 0; s < role.shifts.size(); ++s) {
      const pathway::Shift& shift = role.shifts[s];
      roster.teams.push_back({static_cast<uint16_t>(r), 0});
      shift_of.push_back(s);
      for (const auto& row : shift.headcount.rows) consider(row.from);
      for (auto day = first; day <= last; day += days(1)) {
        consider(organisation.zone.to_instant(LocalTime(day) + shift.start));
        consider(organisation.zone.to_instant(LocalTime(day) + shift.end));
      }
    }
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  const size_t teams = roster.teams.size();
  for (const Instant at : instants) {
    const size_t from = roster.counts.size();
    for (size_t t = 0; t < teams; ++t)
      roster.counts.push_back(organisation.on_duty(roster.teams[t].role, shift_of[t], at));
    const auto now = roster.counts.begin() + static_cast<std::ptrdiff_t>(from);
    if (from != 0 &&
        std::equal(now, roster.counts.end(), now - static_cast<std::ptrdiff_t>(teams))) {
      roster.counts.resize(from);  // nothing has changed
      continue;
    }
    roster.changes.push_back({(at - start).count(), static_cast<uint32_t>(from)});
    for (size_t t = 0; t < teams; ++t)
      roster.teams[t].people = std::max(roster.teams[t].people, roster.counts[from + t]);
  }
  return roster;
}

People::People(const Roster& roster, size_t roles) : pools_(roles) {
  for (const Roster::Team& team : roster.teams) {
    first_of_team_.push_back(static_cast<PersonId>(persons_.size()));
    Person person;
    person.role = team.role;
    persons_.insert(persons_.end(), static_cast<size_t>(team.people), person);
  }
}

void People::change(const Roster& roster, size_t index, int64_t now) {
  const int* counts = roster.counts.data() + roster.changes[index].first_count;
  left_busy_.clear();
  back_.clear();
  // Who leaves, leaves before the others come.
  for (const bool coming : {false, true}) {
    for (size_t t = 0; t < roster.teams.size(); ++t) {
      for (int i = 0; i < roster.teams[t].people; ++i) {
        const PersonId id = first_of_team_[t] + static_cast<PersonId>(i);
        Person& person = persons_[id];
        const bool on_duty = i < counts[t];
        if (on_duty == person.on_duty || on_duty != coming) continue;
        Pool& pool = pools_[person.role];
        person.on_duty = on_duty;
        pool.on_duty += on_duty ? 1 : -1;
        if (person.busy) {
          pool.busy_on_duty += on_duty ? 1 : -1;
          person.off_since = now;
          if (!on_duty) left_busy_.push_back(id);
          if (on_duty && person.paused) back_.push_back(id);
        } else if (on_duty) {
          append(id);
        } else {
          unlink(id);
        }
      }
    }
  }
}

void People::append(PersonId id) {
  Person& person = persons_[id];
  Pool& pool = pools_[person.role];
  person.previous = pool.last;
  person.next = nobody;
  (pool.last == nobody ? pool.first : persons_[pool.last].next) = id;
  pool.last = id;
  free_roles_ |= uint64_t{1} << person.role;
}

void People::unlink(PersonId id) {
  Person& person = persons_[id];
  Pool& pool = pools_[person.role];
  (person.previous == nobody ? pool.first : persons_[person.previous].next) = person.next;
  (person.next == nobody ? pool.last : persons_[person.next].previous) = person.previous;
  if (pool.first == nobody) free_roles_ &= ~(uint64_t{1} << person.role);
}

PersonId People::take(size_t role) {
  const PersonId id = pools_[role].first;
  CHECK(id != nobody, "somebody is free");
  unlink(id);
  persons_[id].busy = true;
  persons_[id].pieces = 1;
  ++pools_[role].busy_on_duty;
  return id;
}

bool People::give_back(PersonId id) {
  Person& person = persons_[id];
  if (--person.pieces > 0) return false;
  person.busy = false;
  person.paused = false;
  if (person.on_duty) {
    --pools_[person.role].busy_on_duty;
    append(id);
  }
  return true;
}

}  // namespace passerelle::rehearse
