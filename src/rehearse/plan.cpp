#include "rehearse/plan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "pathway/feel/heap.h"
#include "rehearse/plan_forms.h"
#include "rehearse/plan_people.h"
#include "review/measure.h"

namespace passerelle::rehearse {
namespace {

using pathway::Activity;
using pathway::ActivityKind;
using pathway::Draw;

constexpr int longest_days = 3'660;
constexpr double most_patients = 2e7;     // of one replication
constexpr size_t most_roles = 64;         // and queues and outcomes: a bit each
constexpr size_t most_streams = 64;       // of arrivals: people are numbered by stream
constexpr size_t most_timed = 1'000'000;  // cases that a start event opens by itself

Error cannot(std::string message, const Place& place, std::string help) {
  return Error{ErrorCode::invalid, std::move(message), to_text(place), std::move(help)};
}

class Planner {
 public:
  Planner(Plan& plan, int days)
      : plan_(plan),
        days_(days),
        pathway_(*plan.model.pathway),
        cohort_(*plan.model.cohort),
        organisation_(pathway_.organisation()) {}

  Result<void> run() {
    TRY_VOID(checks());
    for (const auto& attribute : cohort_.attributes) names_.push_back(attribute.name);
    for (const char* name : {"state", "day", "channel", "activity"}) names_.emplace_back(name);
    for (const auto& device : cohort_.devices) names_.push_back(device.name);
    for (const auto& measurement : cohort_.measurements) names_.push_back(measurement.name);
    horizon();
    TRY_VOID(arrivals());
    patients();
    given();
    happenings();
    TRY_VOID(people());
    TRY_VOID(activities());
    TRY_VOID(truth());
    events();
    names();
    plan_.draws.finish();
    return {};
  }

 private:
  Result<void> checks() {
    if (days_ == 0) days_ = cohort_.days;
    if (days_ < 1 || days_ > longest_days)
      return cannot("a rehearsal lasts from 1 to 3660 days", cohort_.place, "ask for fewer days");
    std::vector<pathway::Finding> findings;
    pathway::check_cohort(cohort_, pathway_, findings);
    for (const pathway::Finding& finding : findings)
      if (finding.severity == pathway::Severity::error)
        return cannot(finding.message, finding.place, finding.help);
    if (cohort_.happenings.size() + cohort_.truth.found.size() > most_roles)
      return cannot("more than 64 outcomes cannot be rehearsed", cohort_.place,
                    "count fewer things under `happenings` and `truth`");
    if (cohort_.arrivals.size() + pathway_.timed_starts().size() > most_streams)
      return cannot("more than 64 streams of arrivals cannot be rehearsed", cohort_.place,
                    "join streams of patients that do not differ");
    return {};
  }

  void horizon() {
    plan_.start = organisation_.zone.to_instant(cohort_.start);
    plan_.end = organisation_.zone.to_instant(cohort_.start + std::chrono::days(days_));
    plan_.millis = (plan_.end - plan_.start).count();
  }

  Result<void> arrivals() {
    double expected = 0;
    for (const pathway::Arrivals& each : cohort_.arrivals) {
      plan_.arrivals.push_back(ArrivalPlan::make(each, organisation_.zone, plan_.start, plan_.end));
      expected += plan_.arrivals.back().total();
      for (const auto& recorded : plan_.arrivals.back().recorded)
        expected += static_cast<double>(recorded.instants.size()) / each.file.replications;
      if (each.kind == pathway::Arrivals::Kind::gaps)
        expected += days_ * 1440.0 / each.gap_minutes.mean();
      pathway::Name message = 0;
      if (!each.message.empty()) {
        message = pathway_.names().find(each.message);
        if (message == 0)
          return cannot("no start event waits for the message '" + each.message + "'", each.place,
                        "use the name of a message that opens a case");
      }
      plan_.opening_messages.push_back(message);
      plan_.opening_items.push_back(0);
    }
    if (expected > most_patients)
      return cannot("about " + std::to_string(static_cast<int64_t>(expected)) +
                        " patients would come, and at most 20 million can be rehearsed",
                    cohort_.arrivals.front().place, "lower the rates, or ask for fewer days");
    return timed_starts();
  }

  // Cases that nobody opens, from the rehearsal's start on.
  Result<void> timed_starts() {
    for (const uint16_t activity : pathway_.timed_starts()) {
      const std::vector<Instant> times =
          pathway_.starts(activity, plan_.start, plan_.end, most_timed + 1);
      if (times.size() > most_timed)
        return cannot("the start event '" + pathway_.activities()[activity].id +
                          "' opens more than a million cases, and they cannot be rehearsed",
                      cohort_.place, "let it come less often, or ask for fewer days");
      std::vector<int64_t> instants;
      for (const Instant at : times) instants.push_back((at - plan_.start).count());
      plan_.arrivals.push_back(ArrivalPlan::at(std::move(instants)));
      plan_.opening_messages.push_back(0);
      plan_.opening_items.push_back(activity + 1u);
    }
    return {};
  }

  void patients() {
    for (size_t i = 0; i < cohort_.attributes.size(); ++i) {
      const auto& attribute = cohort_.attributes[i];
      plan_.attributes.push_back(plan_.draws.compile(attribute.draw, names_));
      plan_.attribute_purposes.push_back(purpose(("attribute:" + attribute.name).c_str()));
    }
    std::vector<std::string_view> keys;
    for (const std::string& name : cohort_.opening) {
      keys.push_back(name);
      const auto at = std::find(names_.begin(), names_.end(), name);
      plan_.opening_attributes.push_back(static_cast<uint16_t>(at - names_.begin()));
    }
    if (!keys.empty()) plan_.opening = feel::shape_of(keys.data(), keys.size(), true);
    plan_.devices = plan_devices(cohort_, plan_.symbols);
    plan_.measurements = plan_measurements(cohort_, plan_.draws, names_);
    const pathway::Course& course = cohort_.course;
    if (!course.given()) return;
    plan_.course = plan_course(course, plan_.draws, names_);
    for (const std::string& state : course.states)
      plan_.states.push_back(plan_.symbols.intern(state));
    plan_.found_states.assign(plan_.states.size(), false);
    plan_.moves.assign(plan_.states.size(), no_draw);
    plan_.initial_state = plan_.draws.compile(course.initial, names_);
    for (const auto& move : course.moves) {
      const auto at = std::find(course.states.begin(), course.states.end(), move.from);
      plan_.moves[static_cast<size_t>(at - course.states.begin())] =
          plan_.draws.compile(move.to, names_);
    }
  }

  void given() {
    for (const pathway::Arrivals& stream : cohort_.arrivals) {
      Plan::GivenPlan& out = plan_.given.emplace_back();
      for (const std::string& column : stream.file.columns)
        out.attributes.push_back(static_cast<uint16_t>(
            std::find(names_.begin(), names_.end(), column) - names_.begin()));
      for (const pathway::Literal& literal : stream.file.literals) {
        Draw always;
        always.literals.push_back(literal);
        out.literals.push_back(plan_.draws.compile(always, names_));
      }
    }
    plan_.given.resize(plan_.arrivals.size());
  }

  void happenings() {
    for (size_t i = 0; i < cohort_.happenings.size(); ++i) {
      const pathway::Happening& each = cohort_.happenings[i];
      HappeningPlan out;
      out.happening = &each;
      out.message = pathway_.names().find(each.message);
      out.state = each.state.empty() ? 0 : plan_.symbols.intern(each.state);
      out.chance = plan_.draws.compile(each.chance, names_);
      out.after = plan_.draws.compile(each.after_hours, names_);
      std::vector<std::string_view> keys;
      for (const auto& [name, draw] : each.payload) {
        keys.push_back(name);
        out.payload.push_back(plan_.draws.compile(draw, names_));
      }
      if (!keys.empty()) out.shape = feel::shape_of(keys.data(), keys.size(), true);
      out.outcome = outcome(each.outcome);
      out.purpose = purpose(("happening:" + each.message + ":" + each.state).c_str());
      plan_.happenings.push_back(std::move(out));
    }
  }

  int outcome(const std::string& name) {
    if (name.empty()) return -1;
    const auto found = std::find(plan_.outcomes.begin(), plan_.outcomes.end(), name);
    if (found != plan_.outcomes.end()) return static_cast<int>(found - plan_.outcomes.begin());
    plan_.outcomes.push_back(name);
    return static_cast<int>(plan_.outcomes.size() - 1);
  }

  Result<void> people() {
    TRY(plan_.roster, Roster::make(organisation_, plan_.start, plan_.end));
    plan_.practice = PracticePlan(pathway_, plan_.start);
    TRY_VOID(plan_pools(organisation_, plan_));
    int64_t everybody = 0;
    for (const Roster::Team& team : plan_.roster.teams) everybody += team.people;
    if (everybody > 1'000'000)
      return cannot("more than a million people cannot be rehearsed",
                    Place{"organisation.yaml", 0, 0}, "correct the numbers of people");
    return {};
  }

  Result<void> activities() {
    const pathway::NameTable& names = pathway_.names();
    for (const auto& channel : organisation_.channels)
      plan_.channels.emplace_back(names.find(channel.id), plan_.symbols.intern(channel.id));
    if (pathway_.coordinator() != 0) {
      TRY(plan_.incident_queue, plan_queue(organisation_, {names.text(pathway_.coordinator())},
                                           cohort_.place, nullptr, plan_));
    }
    std::vector<std::string> form_ids;
    for (const Activity& activity : pathway_.activities()) {
      ActivityPlan& out = plan_.activities.emplace_back();
      out.symbol = plan_.symbols.intern(activity.id);
      if (!activity.link.empty())
        if (const auto opened = pathway_.find_activity(activity.link))
          out.opens = static_cast<int>(*opened);
      if (activity.kind != ActivityKind::user_task) continue;
      out.order = plan_.worked++;
      TRY_VOID(doer(activity, out));
      if (const pathway::Form* form = pathway_.form(activity.form)) {
        const auto at = std::find(form_ids.begin(), form_ids.end(), activity.form);
        out.form = static_cast<int>(at - form_ids.begin());
        if (at == form_ids.end()) {
          form_ids.push_back(activity.form);
          plan_.forms.push_back(plan_form(*form, cohort_.form(activity.form), names_,
                                          cohort_.measurements, plan_.draws, plan_.ranks));
          plan_.most_items = std::max<size_t>(plan_.most_items, plan_.forms.back().ranks);
        }
      }
      habit(activity, out);
    }
    return {};
  }

  Result<void> doer(const Activity& activity, ActivityPlan& out) {
    const bool staff =
        std::all_of(activity.roles.begin(), activity.roles.end(), [&](const std::string& id) {
          const pathway::Role* role = organisation_.role(id);
          return role != nullptr && role->staff;
        });
    out.doer = staff ? ActivityPlan::Doer::staff : ActivityPlan::Doer::patient;
    if (!staff) return {};
    const pathway::WorkTime* time = organisation_.work_time(activity.id);
    if (time == nullptr)
      return cannot("nothing says how long '" + activity.id + "' takes", activity.place,
                    "add it to work_times of organisation.yaml");
    TRY(out.queue, plan_queue(organisation_, activity.roles, activity.place, time, plan_));
    out.minutes = pathway::Sampler(time->minutes);
    out.timed = true;
    out.interrupted = time->interrupted;
    out.interrupted_by = time->interrupted_by.value_or(std::numeric_limits<int>::min());
    plan_.interruptible = plan_.interruptible || out.interrupted != pathway::Interruption::never;
    return {};
  }

  void habit(const Activity& activity, ActivityPlan& out) {
    out.work_purpose = purpose(("work:" + activity.id).c_str());
    out.habit_purpose = purpose(("habit:" + activity.id).c_str());
    out.leave_purpose = purpose(("leave:" + activity.id).c_str());
    const pathway::Habit* habit = cohort_.habit(activity.id);
    if (habit == nullptr) return;
    out.delay = plan_.draws.compile(habit->delay_minutes, names_);
    out.forgets = plan_.draws.compile(habit->forgets, names_);
    out.reminded = plan_.draws.compile(habit->reminded, names_);
    if (habit->has_absent) {
      out.absent = plan_.draws.compile(habit->absent, names_);
      out.attempt = plan_.draws.compile(habit->attempt_minutes, names_);
      out.retry = plan_.draws.compile(habit->retry_minutes, names_);
    }
    if (habit->leaving.empty()) return;
    out.leaves = plan_.draws.compile(habit->leaves_after, names_);
    out.leaving = pathway_.names().find(habit->leaving);
  }

  Result<void> truth() {
    const pathway::Truth& truth = cohort_.truth;
    for (const std::string& state : truth.states) {
      const auto at =
          std::find(plan_.states.begin(), plan_.states.end(), plan_.symbols.intern(state));
      plan_.found_states[static_cast<size_t>(at - plan_.states.begin())] = true;
    }
    for (const std::string& id : truth.alerts)
      plan_.activities[*pathway_.find_activity(id)].raises_alert = true;
    for (const std::string& id : truth.work)
      plan_.activities[*pathway_.find_activity(id)].serves_alert = true;
    for (const pathway::Truth::Finder& each : truth.found) {
      const uint16_t index = *pathway_.find_activity(each.activity);
      FinderPlan out;
      if (!each.item.empty()) {
        const pathway::Form& form = *pathway_.form(pathway_.activities()[index].form);
        const auto names = form.item_names();
        out.slot =
            static_cast<uint16_t>(std::find(names.begin(), names.end(), each.item) - names.begin());
        out.any = false;
        for (const std::string& value : each.values)
          out.values.push_back(
              feel::immortal(*pathway::Form::parse_answer(*form.find(each.item), value)));
      }
      out.outcome = outcome(each.outcome);
      plan_.activities[index].finders.push_back(std::move(out));
    }
    return {};
  }

  // Which events are worth building: those of the indicators, and alerts for the truth.
  void events() {
    using pathway::Lifecycle;
    plan_.needed = review::needed_events(plan_.model.indicators, pathway_);
    plan_.wanted = plan_.needed;
    constexpr unsigned hands = 1u << static_cast<unsigned>(Lifecycle::assign) |
                               1u << static_cast<unsigned>(Lifecycle::start) |
                               1u << static_cast<unsigned>(Lifecycle::suspend);
    for (size_t i = 0; i < plan_.needed.size(); ++i) {
      if (i >= plan_.activities.size()) continue;
      if (plan_.activities[i].raises_alert)
        plan_.wanted[i] |= 1u << static_cast<unsigned>(Lifecycle::complete);
      plan_.activities[i].full = (plan_.needed[i] & hands) != 0;
    }
  }

  // People get numbers behind the names of the pathway: "nurse 12".
  void names() {
    plan_.names = pathway_.names();
    plan_.case_name = plan_.names.intern(pathway::case_activity);
    for (const pathway::Role& role : organisation_.roles)
      plan_.roles.push_back(plan_.names.intern(role.id));
    std::vector<int> of_role(organisation_.roles.size());
    for (const Roster::Team& team : plan_.roster.teams)
      for (int i = 0; i < team.people; ++i)
        plan_.actors.push_back(plan_.names.intern(team.post != nullptr
                                                      ? team.post->title(team.number)
                                                      : organisation_.roles[team.pool].id + " " +
                                                            std::to_string(++of_role[team.pool])));
  }

  Plan& plan_;
  int days_;
  const pathway::Pathway& pathway_;
  const pathway::Cohort& cohort_;
  const pathway::Organisation& organisation_;
  std::vector<std::string> names_;
};

}  // namespace

Symbol Plan::channel_symbol(pathway::Name channel) const {
  for (const auto& [name, symbol] : channels)
    if (name == channel && name != 0) return symbol;
  return 0;
}

Result<std::unique_ptr<Plan>> make_plan(const Model& model, int days) {
  auto plan = std::make_unique<Plan>();
  plan->model = model;
  TRY_VOID(Planner(*plan, days).run());
  return plan;
}

}  // namespace passerelle::rehearse
