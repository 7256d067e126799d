// The work that patients bring against the hours that staff is there, before anything is simulated.
//
// For every group of roles that share work, and every window of hours: the work that is opened in
// the window and due in it cannot be more than the hours on duty in it (the demand bound of
// real-time scheduling: Baruah, Mok, Rosier 1990). Where it is more, deadlines are missed however
// well the work is shared. Everything uncertain is counted in favour of the organisation: only
// declared breaks, trained people, no work that nobody declares, fallback roles at full strength.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "pathway/arrival_rate.h"
#include "pathway/bpmn/compiled.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/roster.h"

namespace passerelle::pathway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
constexpr size_t week_hours = 7 * 24, longest_window = 2 * week_hours;
constexpr size_t longest_cohort_days = 1'100;
constexpr double least_excess_minutes = 60;  // less is rounding, not a plan that fails

// Patients expected in each hour from `start`, by the start event that their stream opens.
std::vector<double> expected_arrivals(const Arrivals& stream, const Zone& zone, Instant start,
                                      size_t slots) {
  std::vector<double> out(slots, 0);
  double total = 0;
  for (size_t i = 0; i < slots; ++i) {
    const Instant at = start + hours(i);
    switch (stream.kind) {
      case Arrivals::Kind::gaps: {
        const double mean = stream.gap_minutes.mean();
        out[i] = mean > 0 ? 60 / mean : 0;
        break;
      }
      case Arrivals::Kind::schedule:
      case Arrivals::Kind::file:
        for (const Arrivals::Point& point : stream.points) {
          const Instant when = zone.to_instant(point.at);
          if (when >= at && when < at + hours(1)) out[i] += 1.0 / stream.file.replications;
        }
        break;
      case Arrivals::Kind::rate:
      case Arrivals::Kind::cumulative:
        out[i] = expected_in_hour(stream, zone.to_local(at + minutes(30)));
        break;
    }
    if (stream.limit) out[i] = std::min(out[i], static_cast<double>(*stream.limit) - total);
    total += out[i];
  }
  return out;
}

// The tasks that every case of a start event meets at once: from the start, past whatever takes no
// time and has one way out, up to the first work.
std::set<uint16_t> met_at_once(const Pathway::Compiled& compiled, uint16_t start) {
  std::set<uint16_t> seen, tasks;
  std::vector<uint16_t> open = {start};
  while (!open.empty()) {
    const uint16_t at = open.back();
    open.pop_back();
    if (at == nothing || !seen.insert(at).second) continue;
    const pathway::Node& node = compiled.nodes[at];
    if (node.op == Op::user_task) tasks.insert(at);
    if (node.op == Op::sub_process && node.attached.count == 0)
      open.push_back(compiled.levels[node.inner].start);
    const bool instant = node.op == Op::pass || node.op == Op::send_task || node.op == Op::post ||
                         node.op == Op::script_task || node.op == Op::decision;
    const bool split = node.op == Op::parallel && node.arrivals <= 1;
    if (!(instant && node.plain_exit) && !split) continue;
    for (uint32_t i = 0; i < node.out.count; ++i)
      open.push_back(compiled.flows[node.out.first + i].target);
  }
  return tasks;
}

// Work of one task that is opened in one hour (or some time on one day) and due by another.
struct Job {
  size_t opened = 0, due = 0;  // hours from the beginning
  double minutes = 0;
};

struct Window {
  size_t from = 0, to = 0;
  double work = 0, staff = 0;  // minutes

  double excess() const { return work - staff; }
  double load() const { return staff > 0 ? work / staff : 0; }
};
// What is told: how much is missing altogether, and the hours of a day in which it is worst.
struct Overload {
  Window most;
  Window of_a_day;  // none: to = 0
};

class LoadCheck {
 public:
  explicit LoadCheck(const CheckInput& input)
      : input_(input), organisation_(input.parts.organisation) {
    const Cohort& cohort = input.parts.cohort;
    const auto days =
        std::min<size_t>(static_cast<size_t>(std::max(cohort.days, 0)), longest_cohort_days);
    start_ = organisation_.zone.to_instant(cohort.start);
    slots_ = days * 24;
    jobs_.resize(input.pathway.activities().size());
    for (const Arrivals& stream : cohort.arrivals) add(stream);
    all_.resize(slots_, 0);
  }

  void check() {
    if (slots_ == 0) return;
    const auto activities = input_.pathway.activities();
    std::map<std::vector<size_t>, std::vector<size_t>> groups;  // roles -> tasks
    for (size_t i = 0; i < activities.size(); ++i) {
      if (!is_staff_task(activities[i], organisation_)) continue;
      add_jobs(i);
      std::vector<size_t> roles = covering_roles(organisation_, activities[i]);
      std::sort(roles.begin(), roles.end());
      groups[roles];
      tasks_.emplace_back(i, std::move(roles));
    }
    for (auto& [roles, tasks] : groups)
      for (const auto& [task, who] : tasks_)
        if (std::includes(roles.begin(), roles.end(), who.begin(), who.end()))
          tasks.push_back(task);
    for (const auto& [roles, tasks] : groups) check(roles, tasks);
  }

 private:
  void add(const Arrivals& stream) {
    const Pathway::Compiled& compiled = input_.pathway.compiled();
    uint16_t from = compiled.levels.front().start;
    for (const auto& [message, node] : compiled.message_starts)
      if (!stream.message.empty() && compiled.names.text(message) == stream.message) from = node;
    const std::set<uint16_t> once = met_at_once(compiled, from);
    const std::vector<double> expected =
        expected_arrivals(stream, organisation_.zone, start_, slots_);
    all_.resize(slots_, 0);
    for (size_t i = 0; i < slots_; ++i) all_[i] += expected[i];
    for (const uint16_t task : once) {
      at_once_[task].resize(slots_, 0);
      for (size_t i = 0; i < slots_; ++i) at_once_[task][i] += expected[i];
    }
  }

  void add_jobs(size_t task) {
    const Activity& activity = input_.pathway.activities()[task];
    const WorkTime* time = organisation_.work_time(activity.id);
    if (time == nullptr || uncovered(activity)) return;
    const double minutes_each = time->minutes.mean();
    Deadline deadline(input_.pathway, organisation_, task);
    if (time->visits && time->over_days > 0) return add_days(task, *time, deadline);
    // When a later task comes is not known without over_days.
    const auto once = at_once_.find(static_cast<uint16_t>(task));
    if (once == at_once_.end()) return;
    const std::vector<double>& cases = once->second;
    const double each = minutes_each * time->visits.value_or(1);
    for (size_t i = 0; i < slots_; ++i) {
      if (!(cases[i] > 0)) continue;
      const size_t due = std::max(due_of(deadline, i), due_of(deadline, i + 1));
      jobs_[task].push_back({i, due, cases[i] * each});
    }
  }

  // Work that is due in hours in which nobody is there is told by check_cover, once.
  bool uncovered(const Activity& activity) const {
    return std::any_of(input_.findings.begin(), input_.findings.end(), [&](const Finding& each) {
      return (each.id == "hours-without-cover" || each.id == "night-route-missing") &&
             each.place.line == activity.place.line && each.place.file == activity.place.file;
    });
  }

  // Evenly over the days after the opening, at some time of the day.
  void add_days(size_t task, const WorkTime& time, Deadline& deadline) {
    const auto over = static_cast<size_t>(time.over_days);
    const double each = time.minutes.mean() * *time.visits / static_cast<double>(over);
    std::vector<double> by_day(slots_ / 24, 0);
    for (size_t i = 0; i < slots_; ++i)
      for (size_t d = i / 24; d < std::min(i / 24 + over, by_day.size()); ++d)
        by_day[d] += all_[i] * each;
    for (size_t d = 0; d < by_day.size(); ++d) {
      if (!(by_day[d] > 0)) continue;
      size_t due = 0;
      for (size_t hour = 0; hour <= 24; ++hour)
        due = std::max(due, due_of(deadline, d * 24 + hour));
      jobs_[task].push_back({d * 24, due, by_day[d]});
    }
  }

  // In whole hours, rounded up; work without a deadline may wait for a week.
  size_t due_of(Deadline& deadline, size_t slot) {
    const Instant opened = start_ + hours(slot);
    const std::optional<Instant> until = deadline.of(opened);
    if (!until) return slot + week_hours;
    const double span = std::chrono::duration<double, std::ratio<3600>>(*until - opened).count();
    return slot + static_cast<size_t>(std::max(0.0, std::ceil(span)));
  }

  void check(const std::vector<size_t>& roles, const std::vector<size_t>& tasks) {
    std::vector<std::vector<std::pair<size_t, double>>> opened(slots_);  // hour -> due, minutes
    bool some = false;
    for (const size_t task : tasks) {
      for (const Job& job : jobs_[task]) {
        opened[job.opened].emplace_back(job.due, job.minutes);
        some = true;
      }
    }
    if (!some) return;
    const Overload worst = worst_windows(opened, staff_minutes(roles));
    if (worst.most.excess() >= least_excess_minutes) tell(roles, tasks, worst);
  }

  bool breaks(const std::vector<size_t>& roles) const {
    const auto some = [](const std::vector<Shift>& shifts) {
      return std::any_of(shifts.begin(), shifts.end(),
                         [](const Shift& shift) { return !shift.breaks.empty(); });
    };
    return std::any_of(roles.begin(), roles.end(), [&](size_t role) {
      const auto has = [&](const Post& post) {
        return post.has(organisation_.roles[role].id) && some(post.shifts);
      };
      return some(organisation_.roles[role].shifts) ||
             std::any_of(organisation_.posts.begin(), organisation_.posts.end(), has);
    });
  }

  // Minutes on duty before each hour, summed up.
  std::vector<double> staff_minutes(const std::vector<size_t>& roles) const {
    const size_t halves = 2 * (slots_ + longest_window);
    std::vector<int> people = people_of(organisation_, roles, start_, halves, minutes(30));
    if (breaks(roles)) {
      // Whoever is there at the beginning or at the end of half an hour is counted for all of it.
      const std::vector<int> late =
          people_of(organisation_, roles, start_ + minutes(29), halves, minutes(30));
      for (size_t i = 0; i < halves; ++i) people[i] = std::max(people[i], late[i]);
    }
    std::vector<double> out(halves / 2 + 1, 0);
    for (size_t i = 0; i + 1 < out.size(); ++i)
      out[i + 1] = out[i] + 30.0 * (people[2 * i] + people[2 * i + 1]);
    return out;
  }

  Overload worst_windows(const std::vector<std::vector<std::pair<size_t, double>>>& opened,
                         const std::vector<double>& staff) const {
    Overload worst;
    std::vector<double> due(slots_ + longest_window + 1, 0);
    for (size_t from = slots_; from-- > 0;) {
      for (const auto& [at, minutes_of_work] : opened[from])
        if (at < due.size()) due[at] += minutes_of_work;
      Window each{from, from, 0, 0};
      while (each.to < from + longest_window) {
        each.work += due[++each.to];
        each.staff = staff[each.to] - staff[from];
        // Hours in which nobody is there at all are told by check_cover.
        if (!(each.staff > 0) || each.excess() < least_excess_minutes) continue;
        if (each.excess() > worst.most.excess()) worst.most = each;
        if (each.to - from <= 24 && each.load() > worst.of_a_day.load()) worst.of_a_day = each;
      }
    }
    return worst;
  }

  std::string at_text(size_t slot) const {
    return weekday_text(organisation_, start_ + hours(slot));
  }
  std::string date_of(size_t slot) const { return date_text(organisation_, start_ + hours(slot)); }

  void tell(const std::vector<size_t>& roles, const std::vector<size_t>& tasks,
            const Overload& worst) {
    const auto hours_text = [](double minutes_of_work) {
      return std::to_string(std::llround(minutes_of_work / 60)) + " h";
    };
    const auto load_text = [](const Window& window) {
      char number[32];
      std::snprintf(number, sizeof number, "%.2f", window.load());
      return std::string(number);
    };
    std::vector<std::string> names;
    for (const size_t role : roles) names.push_back(organisation_.roles[role].id);
    const Window& most = worst.most;
    const Window& day = worst.of_a_day;
    std::string load = load_text(most);
    if (day.to > 0)
      load += ", at worst " + load_text(day) + " on " + date_of(day.from) + ", " +
              at_text(day.from) + " to " + at_text(day.to);
    input_.findings.push_back(
        check_finding("work-exceeds-hours", organisation_.roles[roles.front()].place,
                      {roles_text(names),
                       at_text(most.from) + ", " + date_of(most.from) + ", to " + at_text(most.to) +
                           ", " + date_of(most.to),
                       hours_text(most.work), hours_text(most.staff), load, assumed(tasks)}));
  }

  // What was counted, and what was not since nobody says how often it comes.
  std::string assumed(const std::vector<size_t>& tasks) const {
    std::string counted, left;
    for (const size_t task : tasks) {
      const std::string& id = input_.pathway.activities()[task].id;
      const WorkTime* time = organisation_.work_time(id);
      if (jobs_[task].empty()) {
        left += (left.empty() ? "" : ", ") + id;
        continue;
      }
      char number[32];
      std::snprintf(number, sizeof number, "%g", time->visits.value_or(1));
      counted += (counted.empty() ? "" : ", ") + id + " " + number + " a case";
      if (time->over_days > 0) counted += " over " + std::to_string(time->over_days) + " days";
    }
    return "counted: " + counted + (left.empty() ? "" : "; not counted: " + left);
  }

  const CheckInput& input_;
  const Organisation& organisation_;
  Instant start_{};
  size_t slots_ = 0;
  std::vector<double> all_;                                    // cases by hour
  std::map<uint16_t, std::vector<double>> at_once_;            // task -> cases by hour
  std::vector<std::vector<Job>> jobs_;                         // by task
  std::vector<std::pair<size_t, std::vector<size_t>>> tasks_;  // of staff, with their roles
};

}  // namespace

void check_load(const CheckInput& input) {
  if (input.parts.cohort.arrivals.empty() || input.pathway.compiled().levels.empty()) return;
  LoadCheck(input).check();
}

}  // namespace passerelle::pathway
