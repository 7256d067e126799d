#include "rehearse/people.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace passerelle::rehearse {
namespace {

std::vector<Roster::Team> relays_of(const pathway::Organisation& organisation) {
  std::vector<Roster::Team> out;
  for (size_t r = 0; r < organisation.roles.size(); ++r)
    for (size_t s = 0; s < organisation.roles[r].shifts.size(); ++s)
      for (int g = 0; g < organisation.roles[r].shifts[s].break_groups; ++g)
        out.push_back({static_cast<uint16_t>(r), 0, nullptr, s, g});
  return out;
}

// By names, not by numbers: a role, a shift or a person more elsewhere changes nothing here.
StreamKey absence_key(const pathway::Role& role, const Roster::Team& team, int place) {
  const std::string& shift = role.shifts[team.shift].name;
  uint64_t namesakes = 0;
  for (size_t s = 0; s < team.shift; ++s) namesakes += role.shifts[s].name == shift ? 1 : 0;
  StreamKey key;
  key.purpose = purpose(("absence:" + role.id + ":" + shift).c_str());
  key.entity =
      namesakes << 48 | static_cast<uint64_t>(team.group) << 32 | static_cast<uint64_t>(place);
  return key;
}

}  // namespace

Roster Roster::make(const pathway::Organisation& organisation, Instant start, Instant end) {
  using std::chrono::days;
  Roster roster;
  // Every instant at which a shift begins or ends, or a headcount has a new row.
  const std::vector<Team> relays = relays_of(organisation);
  std::vector<Instant> instants = {start};
  const auto consider = [&](Instant at) {
    if (at > start && at < end) instants.push_back(at);
  };
  const auto first = std::chrono::floor<days>(organisation.zone.to_local(start)) - days(1);
  const auto last = std::chrono::floor<days>(organisation.zone.to_local(end)) + days(1);
  const auto last_day = last + days(1);
  roster.days = static_cast<int>((last_day - first).count()) + 1;
  for (const Team& team : relays) {
    const pathway::Shift& of = organisation.roles[team.role].shifts[team.shift];
    for (const auto& row : of.headcount.rows) consider(row.from);
    for (auto day = first; day <= last; day += days(1)) {
      const LocalTime begins = LocalTime(day) + of.start;
      consider(organisation.zone.to_instant(begins));
      consider(organisation.zone.to_instant(begins + of.length()));
      for (const pathway::Break& pause : of.breaks)
        for (const int relay : {team.group, team.group + 1})
          consider(organisation.zone.to_instant(begins + of.offset(pause) + relay * pause.length));
    }
    roster.teams.push_back(team);
  }
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  const size_t teams = roster.teams.size();
  for (const Instant at : instants) {
    const size_t from = roster.duties.size();
    for (const Team& team : relays) {
      const auto found = organisation.relay(team.role, team.shift, team.group, at);
      Duty duty{found.people, found.on_break, 0};
      // Without absences a day is like the last one: no change.
      if (found.people > 0 && organisation.roles[team.role].absence.given())
        duty.day = static_cast<int>((found.day - first).count());
      roster.duties.push_back(duty);
    }
    const auto now = roster.duties.begin() + static_cast<std::ptrdiff_t>(from);
    if (from != 0 &&
        std::equal(now, roster.duties.end(), now - static_cast<std::ptrdiff_t>(teams))) {
      roster.duties.resize(from);  // nothing has changed
      continue;
    }
    roster.changes.push_back({(at - start).count(), static_cast<uint32_t>(from)});
    for (size_t t = 0; t < teams; ++t)
      roster.teams[t].people = std::max(roster.teams[t].people, roster.duties[from + t].people);
  }
  for (size_t r = 0; r < organisation.roles.size(); ++r)
    for (const pathway::Surge& surge : organisation.roles[r].surges)
      roster.teams.push_back({static_cast<uint16_t>(r), surge.people, &surge});
  return roster;
}

People::People(const Roster& roster, const pathway::Organisation& organisation, uint64_t seed,
               uint32_t replication)
    : pools_(organisation.roles.size()) {
  for (const Roster::Team& team : roster.teams) {
    first_of_team_.push_back(static_cast<PersonId>(persons_.size()));
    Person person;
    person.role = team.role;
    persons_.insert(persons_.end(), static_cast<size_t>(team.people), person);
    const pathway::Role& role = organisation.roles[team.role];
    if (!role.absence.given() || team.surge != nullptr) continue;
    for (int i = 0; i < team.people; ++i) {
      StreamKey key = absence_key(role, team, i);
      key.seed = seed;
      key.replication = replication;
      draw_absences(first_of_team_.back() + static_cast<PersonId>(i), role.absence, roster.days,
                    Random(key));
    }
  }
}

// A chain of days, well or away, that begins in its long run: one draw a day, so that the same
// people are away in two scenarios.
void People::draw_absences(PersonId id, const pathway::Absence& absence, int days, Random random) {
  absences_.resize(persons_.size());
  std::vector<bool>& away = absences_[id];
  const double back = 1 / absence.days;
  const double leave = absence.share / (1 - absence.share) * back;
  bool now = random.uniform() < absence.share;
  for (int day = 0; day < days; ++day) {
    away.push_back(now);
    const double u = random.uniform();
    now = now ? u >= back : u < leave;
  }
}

bool People::absent(PersonId id, int day) const {
  if (id >= absences_.size() || absences_[id].empty()) return false;
  return absences_[id][static_cast<size_t>(day)];
}

void People::set(PersonId id, bool on_duty, int64_t now) {
  Person& person = persons_[id];
  Pool& pool = pools_[person.role];
  person.on_duty = on_duty;
  pool.on_duty += on_duty ? 1 : -1;
  if (person.busy) {
    pool.busy_on_duty += on_duty ? 1 : -1;
    person.off_since = now;
    // Who goes for a break finishes first, whatever becomes of work at the end of the shift.
    if (!on_duty && !person.on_break) left_busy_.push_back(id);
    if (on_duty && person.paused) back_.push_back(id);
  } else if (on_duty) {
    append(id);
  } else {
    unlink(id);
  }
}

void People::break_of(PersonId id, bool there, bool on_break, int64_t now) {
  Person& person = persons_[id];
  if (person.on_break && !on_break) {
    person.off_since = now;
    // The shift has ended in the break of somebody who still works.
    if (!there && person.busy) left_busy_.push_back(id);
  }
  person.on_break = on_break;
}

void People::change(const Roster& roster, size_t index, int64_t now) {
  const Roster::Duty* duties = roster.duties.data() + roster.changes[index].first_duty;
  left_busy_.clear();
  back_.clear();
  // Who leaves, leaves before the others come.
  for (const bool coming : {false, true}) {
    for (size_t t = 0; t < roster.teams.size() && roster.teams[t].surge == nullptr; ++t) {
      for (int i = 0; i < roster.teams[t].people; ++i) {
        const PersonId id = first_of_team_[t] + static_cast<PersonId>(i);
        const bool there = i < duties[t].people && !absent(id, duties[t].day);
        const bool on_duty = there && !duties[t].on_break;
        const bool was = persons_[id].on_duty;
        if (!coming) break_of(id, there, there && duties[t].on_break, now);
        if (on_duty != was && on_duty == coming) set(id, on_duty, now);
      }
    }
  }
}

void People::call(size_t team, bool on_duty, int64_t now) {
  left_busy_.clear();
  back_.clear();
  const PersonId first = first_of_team_[team];
  const PersonId end = team + 1 < first_of_team_.size() ? first_of_team_[team + 1]
                                                        : static_cast<PersonId>(persons_.size());
  for (PersonId id = first; id < end; ++id) set(id, on_duty, now);
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
