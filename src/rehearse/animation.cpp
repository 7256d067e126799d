#include "rehearse/animation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "rehearse/crew.h"

namespace passerelle::rehearse {
namespace {

using pathway::Event;
using pathway::Lifecycle;
using pathway::Name;

constexpr int64_t minute_millis = 60'000;
constexpr int64_t most_steps = 1'500;

// Steps of a length that people think in, so that there are not too many of them.
int64_t step_of(int64_t millis) {
  for (const int64_t minutes : {5, 10, 15, 30, 60, 120, 180, 360, 720, 1440})
    if (millis / (minutes * minute_millis) <= most_steps) return minutes * minute_millis;
  return (millis / most_steps / (1440 * minute_millis) + 1) * 1440 * minute_millis;
}

// A number by step, from its changes.
using Changes = std::vector<int32_t>;

class Watch {
 public:
  Watch(const Plan& plan, int64_t step)
      : plan_(plan),
        step_(step),
        steps_(static_cast<size_t>((plan.millis + step - 1) / step)),
        open_(steps_ + 1) {
    const auto activities = plan.model.pathway->activities();
    for (size_t i = 0; i < activities.size(); ++i)
      if (plan.activities[i].doer != ActivityPlan::Doer::none)
        people_do_.insert(plan.names.find(activities[i].id));
  }

  // All events of one case, in their order.
  void see(std::span<const Event> events) {
    items_.clear();
    Name last = 0;  // what was completed last: where the case comes from
    for (const Event& event : events) {
      const size_t at = step(event.at);
      if (event.activity == plan_.case_name) {
        if (event.lifecycle == Lifecycle::start) ++open_[at];
        if (event.lifecycle == Lifecycle::complete) --open_[at];
        continue;
      }
      const bool work = people_do_.contains(event.activity);
      if (work) follow(event, at);
      // Work arrives when it is offered, everything else when it happens.
      if (event.lifecycle == (work ? Lifecycle::schedule : Lifecycle::complete)) {
        if (last != 0 && last != event.activity) ++moves_[{last, event.activity}][at];
      }
      if (event.lifecycle == Lifecycle::complete) last = event.activity;
    }
  }

  std::string write(const pathway::Package& package, const Settings& settings,
                    std::string_view scenario, const Hourly& hourly);

 private:
  enum class Where : uint8_t { nowhere, waits, in_hand };
  struct Levels {
    Changes waiting, in_hand;
  };

  size_t step(Instant at) const {
    const int64_t since = (at - plan_.start).count();
    return static_cast<size_t>(std::clamp<int64_t>(since / step_, 0, static_cast<int64_t>(steps_)));
  }
  Levels& levels(Name activity) {
    Levels& out = levels_[activity];
    if (out.waiting.empty()) {
      out.waiting.resize(steps_ + 1);
      out.in_hand.resize(steps_ + 1);
    }
    return out;
  }
  void move(Name activity, Where from, Where to, size_t at) {
    Levels& it = levels(activity);
    if (from == Where::waits) --it.waiting[at];
    if (from == Where::in_hand) --it.in_hand[at];
    if (to == Where::waits) ++it.waiting[at];
    if (to == Where::in_hand) ++it.in_hand[at];
  }
  void follow(const Event& event, size_t at) {
    Where& where = items_[event.item];
    const Where before = where;
    switch (event.lifecycle) {
      case Lifecycle::schedule:
      case Lifecycle::suspend:
        where = Where::waits;
        break;
      case Lifecycle::assign:
      case Lifecycle::start:
      case Lifecycle::resume:
        where = Where::in_hand;
        break;
      case Lifecycle::complete:
      case Lifecycle::withdraw:
      case Lifecycle::ate_abort:
        where = Where::nowhere;
        break;
    }
    if (before != where) move(event.activity, before, where, at);
    if (where == Where::nowhere) items_.erase(event.item);
  }

  json::Value sums(json::Document& document, const Changes& changes) const {
    std::vector<json::Value> out;
    int64_t level = 0;
    for (size_t i = 0; i < steps_; ++i) {
      level += changes[i];
      out.push_back(document.integer(level));
    }
    return document.array(out);
  }
  json::Value hours(json::Document& document, const Hourly::Hours& values) const {
    std::vector<json::Value> out;
    for (const int64_t each : values)
      out.push_back(document.number(fmt::format("{:.3g}", hours_of(each))));
    return document.array(out);
  }

  const Plan& plan_;
  int64_t step_;
  size_t steps_;
  Changes open_;
  std::set<Name> people_do_;
  std::map<Name, Levels> levels_;
  std::map<std::pair<Name, Name>, std::map<size_t, int>> moves_;
  std::map<uint32_t, Where> items_;  // of the case that is being seen
};

std::string Watch::write(const pathway::Package& package, const Settings& settings,
                         std::string_view scenario, const Hourly& hourly) {
  json::Document document;
  std::vector<json::Value> activities, moves, staff;
  for (const auto& [activity, it] : levels_)
    activities.push_back(document.object({{"id", document.string(plan_.names.text(activity))},
                                          {"waiting", sums(document, it.waiting)},
                                          {"in_hand", sums(document, it.in_hand)}}));
  for (const auto& [way, counts] : moves_) {
    std::vector<json::Value> at;
    for (const auto& [index, count] : counts) {
      at.push_back(document.integer(static_cast<int64_t>(index)));
      at.push_back(document.integer(count));
    }
    moves.push_back(document.object({{"from", document.string(plan_.names.text(way.first))},
                                     {"to", document.string(plan_.names.text(way.second))},
                                     {"at", document.array(at)}}));
  }
  // Pools of roles come first, by role; then those of posts.
  const auto& roles = package.pathway.organisation().roles;
  for (size_t i = 0; i < plan_.pools.size() && i < hourly.on_duty.size(); ++i)
    if (i >= roles.size() || roles[i].staff)
      staff.push_back(document.object({{"role", document.string(plan_.pools[i].name)},
                                       {"on_duty", hours(document, hourly.on_duty[i])},
                                       {"busy", hours(document, hourly.busy[i])}}));
  document.set_root(
      document.object({{"pathway", document.string(package.id)},
                       {"scenario", document.string(scenario)},
                       {"seed", document.number(std::to_string(settings.seed))},
                       {"start", document.string(format_instant(plan_.start))},
                       {"zone", document.string(package.pathway.organisation().zone.name())},
                       {"step_minutes", document.integer(step_ / minute_millis)},
                       {"steps", document.integer(static_cast<int64_t>(steps_))},
                       {"open", sums(document, open_)},
                       {"activities", document.array(activities)},
                       {"moves", document.array(moves)},
                       {"staff", document.array(staff)}}));
  return json::write(document.root());
}

}  // namespace

Result<std::string> animation(const pathway::Package& package, const Settings& settings,
                              int replication, std::string_view scenario) {
  TRY(const auto plan, plan_of(package, settings));
  Watch watch(*plan, step_of(plan->millis));
  SimulationSettings simulated = simulation_settings(settings, replication);
  simulated.batches = 0;
  simulated.progress = settings.progress;
  std::vector<Event> events;
  simulated.log = [&](const pathway::EventTape& tape,
                      const pathway::EventKinds& kinds) -> Result<void> {
    events.clear();
    tape.copy_to(events, kinds);
    watch.see(events);
    return {};
  };
  TRY(const SimulationResult result, Simulation(*plan, simulated).run());
  return watch.write(package, settings, scenario, result.hourly);
}

}  // namespace passerelle::rehearse
