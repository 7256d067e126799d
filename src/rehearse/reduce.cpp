#include "rehearse/reduce.h"

#include <algorithm>
#include <cmath>

#include "rehearse/estimate.h"

namespace passerelle::rehearse {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : unknown; }

class Reducer {
 public:
  Reducer(const pathway::Package& package, const Plan& plan, const Settings& settings,
          std::span<const Replication> replications, const Hourly& hourly)
      : package_(package),
        plan_(plan),
        settings_(settings),
        replications_(replications),
        hourly_(hourly),
        hours_(static_cast<size_t>(plan.millis / hour_millis)),
        first_hour_(static_cast<size_t>(settings.warm_up_days) * 24) {}

  Rehearsal run() {
    head();
    for (size_t i = 0; i < plan_.model.indicators.size(); ++i) indicator(i);
    for (size_t i = 0; i < plan_.activities.size(); ++i)
      if (plan_.activities[i].doer != ActivityPlan::Doer::none) activity(i);
    for (size_t i = 0; i < plan_.queues.size(); ++i) queue(i);
    for (size_t i = 0; i < plan_.pools.size(); ++i) staff(i);
    for (size_t i = 0; i < plan_.practice.ways().size(); ++i) adoption(i);
    truth();
    for (size_t i = 0; i < plan_.outcomes.size() && settings_.batches == 0; ++i) outcome(i);
    remarks();
    return std::move(out_);
  }

 private:
  // One number of each replication.
  template <class Number>
  Estimate each(Number number) const {
    std::vector<double> runs;
    runs.reserve(replications_.size());
    for (const Replication& one : replications_) runs.push_back(static_cast<double>(number(one)));
    return estimate(std::move(runs));
  }

  // Of each hour the mean of the replications.
  std::vector<double> by_hour(const Hourly::Hours& sums) const {
    std::vector<double> out(hours_, unknown);
    for (size_t hour = 0; hour < std::min(hours_, sums.size()); ++hour)
      out[hour] = hours_of(sums[hour]) / hourly_.replications;
    return out;
  }

  pathway::Texts texts(const std::string& key, const std::string& otherwise) const {
    const auto found = package_.texts.find(key);
    if (found != package_.texts.end()) return found->second;
    pathway::Texts out;
    for (const std::string& language : package_.languages) out[language] = otherwise;
    return out;
  }

  void head() {
    out_.pathway = package_.id;
    out_.version = package_.version;
    out_.title = package_.title;
    out_.days = static_cast<int>((plan_.millis + 12 * hour_millis) / (24 * hour_millis));
    out_.warm_up_days = settings_.warm_up_days;
    out_.replications = settings_.batches > 0 ? 1 : static_cast<int>(replications_.size());
    out_.batches = settings_.batches;
    out_.seed = settings_.seed;
    out_.start = plan_.start;
    out_.end = plan_.end;
    out_.zone = std::string(package_.pathway.organisation().zone.name());
    out_.patients = each([](const Replication& one) { return one.patients; });
    out_.ended = each([](const Replication& one) { return one.ended; });
    out_.open = each([](const Replication& one) { return one.open; });
    out_.stimuli = each([](const Replication& one) { return one.stimuli; });
    out_.incidents = each([](const Replication& one) { return one.incidents; });
    for (const Replication& one : replications_) {
      if (one.incident_at.empty()) continue;
      out_.incident_at = one.incident_at;
      out_.incident = one.incident;
      break;
    }
  }

  void indicator(size_t index) {
    const pathway::Indicator& asked = plan_.model.indicators[index];
    IndicatorResult result;
    result.id = asked.id;
    result.name = texts(asked.name_key, asked.id);
    result.heading = asked.heading;
    result.unit = asked.unit;
    result.target = asked.target;
    result.owner = asked.owner;
    result.result =
        each([index](const Replication& one) { return one.indicators[index].all.value; });
    result.grows = until_what_grows(asked);
    if (result.grows) {
      result.result = {};
      return out_.indicators.push_back(std::move(result));
    }
    if (asked.target) {
      double met = 0, known = 0;
      for (const double value : result.result.runs) {
        if (std::isnan(value)) continue;
        ++known;
        if (asked.target->met(value)) ++met;
      }
      result.met = share(met, known);
    }
    groups(index, asked, result);
    out_.indicators.push_back(std::move(result));
  }

  // A time that ends when work is begun, or done, that waits ever longer. Times that lead through
  // such work to something else are not known to be so: a case may go round it.
  bool until_what_grows(const pathway::Indicator& asked) const {
    if (asked.measure != "duration") return false;
    return std::any_of(asked.to.any.begin(), asked.to.any.end(), [&](const auto& choice) {
      const bool only_offered =
          std::all_of(choice.lifecycles.begin(), choice.lifecycles.end(),
                      [](auto lifecycle) { return lifecycle == pathway::Lifecycle::schedule; });
      if (only_offered) return false;
      return std::any_of(choice.activities.begin(), choice.activities.end(), [&](const auto& id) {
        const auto found = plan_.model.pathway->find_activity(id);
        return found && waits_ever_longer(*found);
      });
    });
  }

  bool offered(size_t activity) const {
    return std::any_of(replications_.begin(), replications_.end(), [&](const Replication& one) {
      return one.activities[activity].offered > 0;
    });
  }

  // Not every group is seen in every replication.
  void groups(size_t index, const pathway::Indicator& asked, IndicatorResult& result) const {
    for (const std::string& attribute : asked.groups) {
      std::vector<std::string> values;
      for (const Replication& one : replications_)
        for (const review::GroupOutcome& group : one.indicators[index].groups)
          if (group.attribute == attribute) values.push_back(group.value);
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
      for (const std::string& value : values) {
        const auto find = [&](const Replication& one) -> const review::GroupOutcome* {
          for (const review::GroupOutcome& group : one.indicators[index].groups)
            if (group.attribute == attribute && group.value == value) return &group;
          return nullptr;
        };
        GroupResult group{attribute, value, {}, {}};
        group.result = each([&](const Replication& one) {
          const auto* found = find(one);
          return found == nullptr ? unknown : found->outcome.value;
        });
        group.difference = each([&](const Replication& one) {
          const auto* found = find(one);
          return found == nullptr ? unknown : found->difference;
        });
        result.groups.push_back(std::move(group));
      }
    }
  }

  void activity(size_t index) {
    const pathway::Activity& node = plan_.model.pathway->activities()[index];
    ActivityResult result;
    result.id = node.id;
    result.name = texts("activity." + node.id, node.name.empty() ? node.id : node.name);
    result.roles = node.roles;
    result.staff = plan_.activities[index].doer == ActivityPlan::Doer::staff;
    const auto number = [&](auto get) {
      return each([&](const Replication& one) { return get(one.activities[index]); });
    };
    using T = ActivityTally;
    result.offered = number([](const T& t) { return t.offered; });
    result.done = number([](const T& t) { return t.done; });
    result.withdrawn = number([](const T& t) { return t.withdrawn; });
    result.left = number([](const T& t) { return t.left; });
    result.abandoned = number([](const T& t) { return t.abandoned; });
    result.interrupted = number([](const T& t) { return t.interrupted; });
    result.grows = waits_ever_longer(index);
    result.vain = number([](const T& t) { return t.vain; });
    result.late = number([](const T& t) {
      return share(static_cast<double>(t.late), static_cast<double>(t.promised));
    });
    result.wait_mean = number([](const T& t) { return t.wait.mean_minutes(); });
    result.wait_median = number([](const T& t) { return t.wait.quantile_minutes(0.5); });
    result.wait_p90 = number([](const T& t) { return t.wait.quantile_minutes(0.9); });
    result.wait_p95 = number([](const T& t) { return t.wait.quantile_minutes(0.95); });
    result.wait_max = number([](const T& t) { return t.wait.max_minutes(); });
    if (result.grows)
      for (Estimate* wait : {&result.wait_mean, &result.wait_median, &result.wait_p90,
                             &result.wait_p95, &result.wait_max})
        *wait = {};
    if (result.staff) {
      result.work_mean = number([](const T& t) { return t.work.mean_minutes(); });
      result.work_hours =
          number([](const T& t) { return t.work.total_minutes() / 60 + hours_of(t.lost_millis); });
    }
    result.wait_by_hour = waits_by_hour(index);
    out_.activities.push_back(std::move(result));
  }

  // Of all that was offered in the hour, in whichever replication.
  std::vector<double> waits_by_hour(size_t index) const {
    std::vector<double> out(hours_, unknown);
    const Hourly::Hours& waits = hourly_.waits[index];
    const Hourly::Hours& begun = hourly_.begun[index];
    for (size_t hour = 0; hour < std::min(hours_, begun.size()); ++hour)
      if (begun[hour] > 0)
        out[hour] = static_cast<double>(waits[hour]) / static_cast<double>(begun[hour]) / 60'000;
    return out;
  }

  void queue(size_t index) {
    QueueResult result;
    for (const uint16_t role : plan_.queues[index].roles)
      result.roles.push_back(plan_.model.pathway->organisation().roles[role].id);
    result.activity = plan_.queues[index].activity;
    result.skills = plan_.queues[index].skills;
    result.mean = each([&](const Replication& one) { return one.queues[index].mean; });
    result.peak = each([&](const Replication& one) { return one.queues[index].peak; });
    result.waiting = by_hour(hourly_.waiting[index]);
    result.grows = grows(index);
    if (result.grows) result.mean = {};
    out_.queues.push_back(std::move(result));
  }

  // Whether work of staff has no mean wait: its queue grows, and it is not served before what does.
  bool waits_ever_longer(size_t activity) const {
    const ActivityPlan& plan = plan_.activities[activity];
    if (plan.doer != ActivityPlan::Doer::staff || !offered(activity) || !grows(plan.queue))
      return false;
    if (!served_first(activity)) return true;
    // Something makes it grow; when all seems to be served in time, nothing is known of which.
    for (size_t other = 0; other < plan_.activities.size(); ++other)
      if (plan_.activities[other].doer == ActivityPlan::Doer::staff &&
          plan_.activities[other].queue == plan.queue && offered(other) && !served_first(other))
        return false;
    return true;
  }

  // In a queue that grows, what has priority may wait as if the rest did not exist (A. Cobham,
  // "Priority assignment in waiting line problems", 1954): as much of it is begun as is offered,
  // and it waits no longer lately than before. Where first come is first served, waits grow as the
  // queue does, by a third at least. Too little of it to tell: it is taken to grow.
  bool served_first(size_t activity) const {
    constexpr double fewest = 200, nearly_all = 0.98, hardly_longer = 1.15;
    constexpr double finest_millis = 30'000;  // nobody plans by less
    const Windows windows = windows_of(first_hour_, hours_);
    const auto count = [&](const std::vector<Hourly::Hours>& of, size_t from, size_t to) {
      double out = 0;
      for (size_t hour = from; hour < std::min(to, of[activity].size()); ++hour)
        out += static_cast<double>(of[activity][hour]);
      return out;
    };
    const double before = count(hourly_.begun, windows.before, windows.before_end);
    const double lately = count(hourly_.begun, windows.lately, windows.end);
    if (before < fewest || lately < fewest) return false;
    if (lately < nearly_all * (lately + count(hourly_.unbegun, windows.lately, windows.end)))
      return false;
    return count(hourly_.waits, windows.lately, windows.end) / lately <=
           hardly_longer * count(hourly_.waits, windows.before, windows.before_end) / before +
               finest_millis;
  }

  // Whether a queue has no mean, because more comes than can be done: lately more waits than
  // before, beyond chance, and whoever could take it works all the time.
  bool grows(size_t index) const {
    constexpr size_t fewest_hours = 72;
    constexpr double much_more = 1.3, always = 0.97;
    if (hours_ < first_hour_ + fewest_hours) return false;
    const Windows windows = windows_of(first_hour_, hours_);
    Estimate before, after;
    if (settings_.batches > 0) {  // which are one after another: the growth is that of the whole
      const Hourly::Hours& waiting = hourly_.waiting[index];
      const auto mean = [&](size_t from, size_t to) {
        return sum(waiting, from, to) / static_cast<double>(to - from);
      };
      before = estimate({mean(windows.before, windows.before_end)});
      after = estimate({mean(windows.lately, windows.end)});
    } else {
      before = each([&](const Replication& one) { return one.queues[index].before; });
      after = each([&](const Replication& one) { return one.queues[index].lately; });
    }
    const Paired growth = paired(before.runs, after.runs);
    const double least =
        growth.difference.has_interval() ? growth.difference.low : growth.difference.value;
    if (!(least > 0) || !(after.value > much_more * before.value + 1)) return false;
    double busy = 0, there = 0, ever = 0;
    for (size_t pool = 0; pool < plan_.pools.size(); ++pool) {
      if (!may_always_take(plan_.queues[index], pool)) continue;
      ever += sum(hourly_.on_duty[pool], first_hour_, hours_);
      busy += sum(hourly_.busy[pool], windows.busy, windows.end);
      there += sum(hourly_.on_duty[pool], windows.busy, windows.end);
    }
    // Who comes once a week may not have come in between.
    if (there == 0 && ever > 0) return false;
    return busy >= always * there;
  }

  static double sum(const Hourly::Hours& hours, size_t from, size_t to) {
    double out = 0;
    for (size_t hour = from; hour < std::min(to, hours.size()); ++hour)
      out += hours_of(hours[hour]);
    return out;
  }

  // Whether people of the pool take the queue's work by a role of theirs, not as somebody's
  // fallback.
  bool may_always_take(const QueuePlan& queue, size_t pool) const {
    return std::find(queue.roles.begin(), queue.roles.end(), queue.acting[pool]) !=
           queue.roles.end();
  }

  // "Flyer"; of a post whose shifts have different roles: "Flyer (triage)".
  pathway::Texts post_name(const PoolPlan& pool, const std::vector<std::string>& roles) const {
    pathway::Texts out = texts("post." + pool.post, pool.post);
    if (!pool.by_roles) return out;
    for (auto& [language, name] : out) {
      std::string list;
      for (const std::string& id : roles) {
        const auto* role = plan_.model.pathway->organisation().role(id);
        list += (list.empty() ? "" : ", ") + package_.text(role->name_key, language);
      }
      name += " (" + list + ")";
    }
    return out;
  }

  void staff(size_t index) {
    const auto& organisation = plan_.model.pathway->organisation();
    const PoolPlan& pool = plan_.pools[index];
    StaffResult result;
    for (size_t role = 0; role < organisation.roles.size(); ++role)
      if ((pool.roles >> role & 1) != 0) result.roles.push_back(organisation.roles[role].id);
    if (index < organisation.roles.size()) {
      const pathway::Role& role = organisation.roles[index];
      // A role that only posts have is told by them.
      if (!role.staff ||
          (role.shifts.empty() && role.surges.empty() && plan_.pools_of_role[index].size() > 1))
        return;
    }
    result.role = pool.name;
    result.name =
        pool.post.empty() ? texts(pool.name_key, pool.name) : post_name(pool, result.roles);
    const auto number = [&](auto get) {
      return each([&](const Replication& one) { return get(one.pools[index]); });
    };
    using T = StaffTally;
    result.paid_hours = number([](const T& t) { return t.paid; });
    result.busy_hours = number([](const T& t) { return t.busy; });
    result.overtime_hours = number([](const T& t) { return t.overtime; });
    result.use = number([](const T& t) { return share(t.busy, t.paid); });
    result.peak_use = number([](const T& t) { return t.peak_use; });
    result.on_duty = by_hour(hourly_.on_duty[index]);
    result.busy = by_hour(hourly_.busy[index]);
    at_work(index, result);
    out_.staff.push_back(std::move(result));
  }

  void at_work(size_t index, StaffResult& result) const {
    size_t most = 0;
    for (const Replication& one : replications_)
      most = std::max(most, one.pools[index].at_work.spent().size());
    const auto counted = static_cast<double>(plan_.millis) -
                         static_cast<double>(first_hour_) * static_cast<double>(hour_millis);
    for (size_t people = 0; people < most; ++people)
      result.at_work.push_back(each([&](const Replication& one) {
        const auto& spent = one.pools[index].at_work.spent();
        return people < spent.size() ? static_cast<double>(spent[people]) / counted : 0.0;
      }));
  }

  void adoption(size_t way) {
    const pathway::Learning& asked = *plan_.practice.ways()[way];
    const pathway::Pathway& pathway = *plan_.model.pathway;
    AdoptionResult result;
    result.role = asked.role;
    const pathway::Role* role = pathway.organisation().role(asked.role);
    result.name = texts(role == nullptr ? "" : role->name_key, asked.role);
    result.activities = asked.activities;
    for (const std::string& id : asked.activities) {
      const auto found = pathway.find_activity(id);
      const std::string& written = found ? pathway.activities()[*found].name : id;
      result.activity_names.push_back(texts("activity." + id, written.empty() ? id : written));
    }
    result.people = static_cast<int>(people_of_way(plan_, way).size());
    using T = AdoptionTally;
    const auto number = [&](auto get) {
      return each([&](const Replication& one) { return get(one.adoptions[way]); });
    };
    result.at_start = number([](const T& t) { return t.at_start; });
    result.at_end = number([](const T& t) { return t.at_end; });
    result.work = number([](const T& t) {
      return share(static_cast<double>(t.in_new_way), static_cast<double>(t.begun));
    });
    for (const int64_t people : hourly_.changed[way])
      result.changed.push_back(static_cast<double>(people) / hourly_.replications);
    out_.adoption.push_back(std::move(result));
  }

  void truth() {
    TruthResult& result = out_.truth;
    result.given = plan_.model.cohort->truth.given() && settings_.batches == 0;
    if (!result.given) return;
    const auto number = [&](auto get) {
      return each([&](const Replication& one) { return get(one.truth); });
    };
    using T = TruthTally;
    const auto known = [](const T& t) { return static_cast<double>(t.found + t.missed); };
    result.deteriorated = number([](const T& t) { return t.deteriorated; });
    result.sensitivity = number([](const T& t) {
      return share(static_cast<double>(t.alerted), static_cast<double>(t.deteriorated));
    });
    result.found =
        number([&](const T& t) { return share(static_cast<double>(t.found), known(t)); });
    result.missed =
        number([&](const T& t) { return share(static_cast<double>(t.missed), known(t)); });
    result.to_alert_median = number([](const T& t) { return t.to_alert.quantile_minutes(0.5); });
    result.to_alert_p90 = number([](const T& t) { return t.to_alert.quantile_minutes(0.9); });
    result.to_found_mean = number([](const T& t) { return t.to_found.mean_minutes(); });
    result.to_found_median = number([](const T& t) { return t.to_found.quantile_minutes(0.5); });
    result.to_found_p90 = number([](const T& t) { return t.to_found.quantile_minutes(0.9); });
    result.episodes = number([](const T& t) { return t.episodes; });
    result.episodes_alerted = number([](const T& t) {
      return share(static_cast<double>(t.episodes_alerted), static_cast<double>(t.episodes));
    });
    result.episodes_found = number([](const T& t) {
      return share(static_cast<double>(t.episodes_found), static_cast<double>(t.episodes));
    });
    result.episode_to_alert_median =
        number([](const T& t) { return t.episode_to_alert.quantile_minutes(0.5); });
    result.episode_to_found_median =
        number([](const T& t) { return t.episode_to_found.quantile_minutes(0.5); });
    result.alerts = number([](const T& t) { return t.alerts; });
    result.false_alerts = number([](const T& t) { return t.false_alerts; });
    result.false_share = number([](const T& t) {
      return share(static_cast<double>(t.false_alerts), static_cast<double>(t.alerts));
    });
    result.false_hours = number([](const T& t) { return hours_of(t.false_millis); });
    result.false_hours_share = number(
        [](const T& t) { return share(hours_of(t.false_millis), hours_of(t.alert_millis)); });
  }

  void outcome(size_t index) {
    OutcomeResult result;
    result.name = plan_.outcomes[index];
    result.title = texts("outcome." + result.name, result.name);
    result.patients = each([&](const Replication& one) { return one.outcomes[index]; });
    result.share = each([&](const Replication& one) {
      return share(static_cast<double>(one.outcomes[index]), static_cast<double>(one.patients));
    });
    out_.outcomes.push_back(std::move(result));
  }

  void remarks() {
    if (settings_.batches > 0)
      out_.remarks.emplace_back(
          "Intervals come from the batches of one replication: they are right when a batch lasts "
          "much longer than what happens in it has an influence. The truth and outcomes are not "
          "told by batches.");
    if (replications_.size() < 2)
      out_.remarks.emplace_back(
          "One replication: intervals cannot be given. Ask for ten or more replications.");
    for (const ActivityResult& each : out_.activities)
      if (each.grows)
        out_.remarks.push_back("More of '" + each.id +
                               "' comes than can be done: what waits grows without end, and its "
                               "waits have no mean.");
    if (out_.incidents.value > 0)
      out_.remarks.push_back("Some cases could not go on by themselves, the first at '" +
                             out_.incident_at + "' (" + out_.incident +
                             "): the coordinator had to see to incidents.");
  }

  const pathway::Package& package_;
  const Plan& plan_;
  const Settings& settings_;
  std::span<const Replication> replications_;
  const Hourly& hourly_;
  size_t hours_;
  size_t first_hour_;
  Rehearsal out_;
};

}  // namespace

Rehearsal reduce(const pathway::Package& package, const Plan& plan, const Settings& settings,
                 std::span<const Replication> replications, const Hourly& hourly) {
  return Reducer(package, plan, settings, replications, hourly).run();
}

}  // namespace passerelle::rehearse
