#include "rehearse/people.h"

#include <algorithm>
#include <cmath>
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
  size_t pool = organisation.roles.size();
  for (const pathway::Post& post : organisation.posts) {
    for (int i = 0; i < post.people; ++i)
      out.push_back({static_cast<uint16_t>(pool), 1, nullptr, 0, 0, &post, i});
    pool += post.duties.size();
  }
  return out;
}

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

// Every instant, in order, at which a shift or a break begins or ends, or a headcount has a new
// row; and whether a change at it is one even if the same people are there, since some train.
class Instants {
 public:
  Instants(const pathway::Organisation& organisation, Instant start, Instant end)
      : organisation_(organisation), start_(start), end_(end), all_{start} {
    first_ = std::chrono::floor<std::chrono::days>(organisation.zone.to_local(start)) -
             std::chrono::days(1);
    last_ = std::chrono::floor<std::chrono::days>(organisation.zone.to_local(end)) +
            std::chrono::days(1);
  }

  void add(const pathway::Shift& shift, int group) {
    for (const auto& row : shift.headcount.rows) add(row.from);
    for (auto day = first_; day <= last_; day += std::chrono::days(1)) {
      const LocalTime begins = LocalTime(day) + shift.start;
      add(organisation_.zone.to_instant(begins));
      add(organisation_.zone.to_instant(begins + shift.length()));
      for (const pathway::Break& pause : shift.breaks)
        for (const int relay : {group, group + 1})
          add(organisation_.zone.to_instant(begins + shift.offset(pause) + relay * pause.length));
    }
  }
  void add(Instant at) {
    if (at > start_ && at < end_) all_.push_back(at);
  }
  const std::vector<Instant>& sorted() {
    std::sort(all_.begin(), all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    return all_;
  }
  pathway::LocalDay first() const { return first_; }
  int days() const { return static_cast<int>((last_ - first_).count()) + 2; }

 private:
  const pathway::Organisation& organisation_;
  Instant start_, end_;
  pathway::LocalDay first_{}, last_{};
  std::vector<Instant> all_;
};

struct TrainingOfTeam {
  TrainingNeed need;
  std::vector<Worked> shifts;
};

TrainingOfTeam training_of(const pathway::Organisation& organisation, const Roster::Team& team) {
  TrainingOfTeam out;
  if (team.post != nullptr) {
    out.need = training_need(organisation, team.post->roles);
    if (out.need.given())
      out.shifts = shifts_before(organisation, *team.post, team.number, out.need.days);
    return out;
  }
  const pathway::Role& role = organisation.roles[team.pool];
  out.need = training_need(organisation, std::span(&role.id, 1));
  if (out.need.given())
    out.shifts = shifts_before(organisation, role.shifts[team.shift], out.need.days);
  return out;
}

// The last session of somebody may end in the middle of a shift.
void add_ends_of_training(const TrainingOfTeam& training, Instants& instants) {
  for (size_t i = 0; i < training.shifts.size(); ++i) {
    Millis left = training.need.hours;
    for (size_t j = i; j < training.shifts.size() && left.count() > 0; ++j) {
      const Millis length = training.shifts[j].until - training.shifts[j].from;
      if (left < length) instants.add(training.shifts[j].from + left);
      left -= length;
    }
  }
}

}  // namespace

const pathway::Absence& Roster::absence(const pathway::Organisation& organisation,
                                        const Team& team) {
  return team.post != nullptr ? team.post->absence : organisation.roles[team.pool].absence;
}

const pathway::Turnover& Roster::turnover(const pathway::Organisation& organisation,
                                          const Team& team) {
  return team.post != nullptr ? team.post->turnover : organisation.roles[team.pool].turnover;
}

Result<Roster> Roster::make(const pathway::Organisation& organisation, Instant start, Instant end) {
  Roster roster;
  roster.start = start;
  roster.end = end;
  roster.teams = relays_of(organisation);
  roster.pools = organisation.roles.size();
  for (const pathway::Post& post : organisation.posts) roster.pools += post.duties.size();
  Instants instants(organisation, start, end);
  std::vector<TrainingOfTeam> trainings;
  for (const Team& team : roster.teams) {
    if (team.post == nullptr) {
      instants.add(organisation.roles[team.pool].shifts[team.shift], team.group);
    } else {
      for (const pathway::Shift& shift : team.post->shifts)
        if (team.number < shift.break_groups) instants.add(shift, team.number);
    }
    trainings.push_back(training_of(organisation, team));
    add_ends_of_training(trainings.back(), instants);
  }
  roster.first_day = instants.first();
  roster.days = instants.days();
  // While some train, a change is one although as many are on duty.
  Instant training_from = Instant::max(), training_until = Instant::min();
  for (const TrainingOfTeam& each : trainings) {
    if (each.shifts.empty()) continue;
    training_from = std::min(training_from, each.shifts.front().from);
    training_until = std::max(training_until, each.shifts.back().until);
  }
  const size_t teams = roster.teams.size();
  // A hospital of thousands over ten years is a tenth of that.
  constexpr size_t most_duties = 50'000'000;
  if (teams > 0 && instants.sorted().size() > most_duties / teams)
    return Error{ErrorCode::too_large,
                 "so many people over so many days are more than a rehearsal can hold",
                 "organisation.yaml",
                 "rehearse fewer days, or write people who are alike as people of a role: " +
                     std::to_string(teams) + " teams change at " +
                     std::to_string(instants.sorted().size()) + " times"};
  for (const Instant at : instants.sorted()) {
    const size_t from = roster.duties.size();
    for (const Team& team : roster.teams) {
      const auto found = team.post != nullptr
                             ? organisation.relay(*team.post, team.number, at)
                             : organisation.relay(team.pool, team.shift, team.group, at);
      Duty duty{found.people, 0, found.on_break, 0};
      if (team.post != nullptr && found.people > 0)
        duty.pool = static_cast<uint16_t>(team.pool + found.as);
      if (found.people > 0 &&
          (absence(organisation, team).given() || turnover(organisation, team).given()))
        duty.day = static_cast<int>((found.day - roster.first_day).count());
      roster.duties.push_back(duty);
    }
    const auto now = roster.duties.begin() + static_cast<std::ptrdiff_t>(from);
    const bool training = at >= training_from && at <= training_until;
    if (from != 0 && !training &&
        std::equal(now, roster.duties.end(), now - static_cast<std::ptrdiff_t>(teams))) {
      roster.duties.resize(from);  // nothing has changed
      continue;
    }
    roster.changes.push_back({(at - start).count(), static_cast<uint32_t>(from)});
    for (size_t t = 0; t < teams; ++t)
      roster.teams[t].people = std::max(roster.teams[t].people, roster.duties[from + t].people);
  }
  if (training_from != Instant::max())
    for (size_t t = 0; t < teams; ++t)
      for (int i = 0; i < roster.teams[t].people; ++i) {
        // Posts that are alike are one team of so many.
        const pathway::Post* post = roster.teams[t].post;
        roster.training.push_back(sessions_of(
            trainings[t].need, trainings[t].shifts, post == nullptr ? i : roster.teams[t].number,
            post == nullptr ? roster.teams[t].people : post->people, start));
      }
  for (size_t r = 0; r < organisation.roles.size(); ++r)
    for (const pathway::Surge& surge : organisation.roles[r].surges)
      roster.teams.push_back({static_cast<uint16_t>(r), surge.people, &surge});
  return roster;
}

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
  unlink(id);
  persons_[id].busy = true;
  persons_[id].pieces = 1;
  ++pools_[pool].busy_on_duty;
  return id;
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
