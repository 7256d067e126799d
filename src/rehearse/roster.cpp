// The staffing of organisation.yaml over the days of a rehearsal.
#include <algorithm>

#include "rehearse/people.h"

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

// Of those who may be away, and of all where people change to a new way of working, each day is
// looked at in each replication.
Result<void> check_days(const pathway::Organisation& organisation, const Roster& roster) {
  constexpr int64_t most =
      100'000'000;  // a hospital of thousands over ten years is a fifth of that
  const bool changing =
      std::any_of(organisation.learning.begin(), organisation.learning.end(),
                  [](const pathway::Learning& each) { return each.adoption.has_value(); });
  int64_t people = 0;
  for (const Roster::Team& team : roster.teams)
    if (changing || Roster::absence(organisation, team).given() ||
        Roster::turnover(organisation, team).given())
      people += team.people;
  if (people * roster.days <= most) return {};
  return Error{
      ErrorCode::too_large,
      std::to_string(people) + " people who may be away or change their way of working, over " +
          std::to_string(roster.days) + " days, are more than a rehearsal can hold",
      "organisation.yaml", "rehearse fewer days; at most 100 million days of people can be held"};
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
  TRY_VOID(check_days(organisation, roster));
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

}  // namespace passerelle::rehearse
