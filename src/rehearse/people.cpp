#include "rehearse/people.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.h"

namespace passerelle::rehearse {
namespace {

// By names, not by numbers: a role, a shift or a person more elsewhere changes nothing here.
StreamKey key_of(const pathway::Organisation& organisation, const Roster::Team& team,
                 const char* what, int place) {
  StreamKey key;
  if (team.post != nullptr) {
    key.purpose = purpose((std::string(what) + ":post:" + team.post->name).c_str());
    key.entity = static_cast<uint64_t>(team.number);
    return key;
  }
  const pathway::Role& role = organisation.roles[team.pool];
  if (team.surge != nullptr) {
    key.purpose =
        purpose((std::string(what) + ":surge:" + role.id + ":" + team.surge->name).c_str());
    key.entity = static_cast<uint64_t>(place);
    return key;
  }
  const std::string& shift = role.shifts[team.shift].name;
  uint64_t namesakes = 0;
  for (size_t s = 0; s < team.shift; ++s) namesakes += role.shifts[s].name == shift ? 1 : 0;
  key.purpose = purpose((std::string(what) + ":" + role.id + ":" + shift).c_str());
  key.entity =
      namesakes << 48 | static_cast<uint64_t>(team.group) << 32 | static_cast<uint64_t>(place);
  return key;
}

}  // namespace

People::People(const Roster& roster, const pathway::Organisation& organisation, uint64_t seed,
               uint32_t replication)
    : pools_(roster.pools) {
  const bool changing =
      std::any_of(organisation.learning.begin(), organisation.learning.end(),
                  [](const pathway::Learning& each) { return each.adoption.has_value(); });
  for (const Roster::Team& team : roster.teams) {
    first_of_team_.push_back(static_cast<PersonId>(persons_.size()));
    Person person;
    person.pool = team.pool;
    persons_.insert(persons_.end(), static_cast<size_t>(team.people), person);
    const pathway::Absence& absence = Roster::absence(organisation, team);
    const pathway::Turnover& turnover = Roster::turnover(organisation, team);
    for (int i = 0; i < team.people; ++i) {
      const PersonId id = first_of_team_.back() + static_cast<PersonId>(i);
      const auto stream = [&](const char* what) {
        StreamKey key = key_of(organisation, team, what, i);
        key.seed = seed;
        key.replication = replication;
        return Random(key);
      };
      if (team.surge != nullptr) {
        if (changing) draw_ranks(id, stream("adoption"));
        continue;
      }
      if (absence.given()) draw_absences(id, absence, roster.days, stream("absence"));
      if (turnover.given())
        draw_successions(id, turnover, roster, organisation, stream("turnover"));
      if (changing) draw_ranks(id, stream("adoption"));
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

// Exponential times until the post changes hands; then it stands empty for some days.
void People::draw_successions(PersonId id, const pathway::Turnover& turnover, const Roster& roster,
                              const pathway::Organisation& organisation, Random random) {
  successions_.resize(persons_.size());
  absences_.resize(persons_.size());
  const auto vacant = std::chrono::days(turnover.vacant_days);
  const Millis horizon = roster.end - roster.start;
  constexpr double year_millis = 365.25 * 24 * 3'600'000;
  Millis at{};
  for (;;) {
    at += Millis(std::llround(-std::log(random.uniform_open()) / turnover.per_year * year_millis));
    if (at >= horizon) return;
    successions_[id].push_back(at.count());
    const auto day =
        std::chrono::floor<std::chrono::days>(organisation.zone.to_local(roster.start + at));
    const auto first = static_cast<size_t>((day - roster.first_day).count());
    std::vector<bool>& away = absences_[id];
    away.resize(static_cast<size_t>(roster.days), false);
    const size_t last = std::min(away.size(), first + static_cast<size_t>(vacant.count()));
    for (size_t i = first; i < last; ++i) away[i] = true;
    at += vacant;
  }
}

// Of whoever has the post, and of each who follows.
void People::draw_ranks(PersonId id, Random random) {
  ranks_.resize(persons_.size());
  for (size_t i = 0; i <= successions(id).size(); ++i) ranks_[id].push_back(random.uniform());
}

bool People::absent(PersonId id, int day) const {
  if (id >= absences_.size() || absences_[id].empty()) return false;
  return absences_[id][static_cast<size_t>(day)];
}

bool People::in_training(const Roster& roster, PersonId id, int64_t now) {
  if (id >= roster.training.size()) return false;
  const std::vector<Session>& sessions = roster.training[id];
  return std::any_of(sessions.begin(), sessions.end(), [now](const Session& session) {
    return now >= session.from && now < session.until;
  });
}

void People::set(PersonId id, bool on_duty, int64_t now) {
  Person& person = persons_[id];
  Pool& pool = pools_[person.pool];
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

// `stays`: the shift goes on.
void People::break_of(PersonId id, bool stays, bool on_break, int64_t now) {
  Person& person = persons_[id];
  if (person.on_break && !(on_break && stays)) {
    person.off_since = now;
    // The shift has ended in the break of somebody who still works.
    if (!stays && person.busy) left_busy_.push_back(id);
  }
  person.on_break = on_break;
}

// To other duties of the post; not on duty in between.
void People::move(PersonId id, uint16_t pool) {
  Person& person = persons_[id];
  if (person.busy) moved_busy_.push_back({id, person.pool});
  person.pool = pool;
}

void People::change(const Roster& roster, size_t index, int64_t now) {
  const Roster::Duty* duties = roster.duties.data() + roster.changes[index].first_duty;
  left_busy_.clear();
  back_.clear();
  moved_busy_.clear();
  // Who leaves, leaves before the others come.
  for (const bool coming : {false, true}) {
    for (size_t t = 0; t < roster.teams.size() && roster.teams[t].surge == nullptr; ++t) {
      for (int i = 0; i < roster.teams[t].people; ++i) {
        const PersonId id = first_of_team_[t] + static_cast<PersonId>(i);
        const bool there =
            i < duties[t].people && !absent(id, duties[t].day) && !in_training(roster, id, now);
        const bool on_duty = there && !duties[t].on_break;
        const bool other =
            there && roster.teams[t].post != nullptr && duties[t].pool != persons_[id].pool;
        const bool was = persons_[id].on_duty;
        if (!coming) {
          if (was && other) set(id, false, now);  // the shift has ended, even if a break follows
          break_of(id, there && !other, there && duties[t].on_break, now);
          if (was && !on_duty && !other) set(id, false, now);
        } else {
          if (other) move(id, duties[t].pool);
          if (on_duty && !was) set(id, true, now);
        }
      }
    }
  }
}

void People::call(size_t team, bool on_duty, int64_t now) {
  left_busy_.clear();
  back_.clear();
  moved_busy_.clear();
  const PersonId first = first_of_team_[team];
  const PersonId end = team + 1 < first_of_team_.size() ? first_of_team_[team + 1]
                                                        : static_cast<PersonId>(persons_.size());
  for (PersonId id = first; id < end; ++id) set(id, on_duty, now);
}

void People::append(PersonId id) {
  Person& person = persons_[id];
  Pool& pool = pools_[person.pool];
  person.previous = pool.last;
  person.next = nobody;
  (pool.last == nobody ? pool.first : persons_[pool.last].next) = id;
  pool.last = id;
  free_pools_ |= uint64_t{1} << person.pool;
}

void People::unlink(PersonId id) {
  Person& person = persons_[id];
  Pool& pool = pools_[person.pool];
  (person.previous == nobody ? pool.first : persons_[person.previous].next) = person.next;
  (person.next == nobody ? pool.last : persons_[person.next].previous) = person.previous;
  if (pool.first == nobody) free_pools_ &= ~(uint64_t{1} << person.pool);
}

PersonId People::take(size_t pool) {
  const PersonId id = pools_[pool].first;
  CHECK(id != nobody, "somebody is free");
  take_one(id);
  return id;
}

void People::take_one(PersonId id) {
  unlink(id);
  persons_[id].busy = true;
  persons_[id].pieces = 1;
  ++pools_[persons_[id].pool].busy_on_duty;
}

bool People::give_back(PersonId id) {
  Person& person = persons_[id];
  if (--person.pieces > 0) return false;
  person.busy = false;
  person.paused = false;
  if (person.on_duty) {
    --pools_[person.pool].busy_on_duty;
    append(id);
  }
  return true;
}

}  // namespace passerelle::rehearse
