// Indicators look at events that can happen, read fields that are recorded, compare groups that
// cases tell, and their targets belong to somebody. What cannot happen is zero for ever, and zero
// looks like success.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

namespace passerelle::pathway {
namespace {

constexpr const char* indicators_file = "indicators.yaml";

bool is_gateway(ActivityKind kind) {
  return kind == ActivityKind::exclusive_gateway || kind == ActivityKind::parallel_gateway ||
         kind == ActivityKind::event_gateway || kind == ActivityKind::inclusive_gateway ||
         kind == ActivityKind::complex_gateway;
}

// What is recorded of an activity of this kind: docs/language.md, "What is recorded".
bool can_happen(ActivityKind kind, Lifecycle lifecycle) {
  const bool task = kind == ActivityKind::user_task;
  const bool scope = kind == ActivityKind::sub_process || kind == ActivityKind::event_sub_process;
  switch (lifecycle) {
    case Lifecycle::schedule:
    case Lifecycle::assign:
    case Lifecycle::suspend:
      return task;
    case Lifecycle::start:
    case Lifecycle::withdraw:
      return task || scope;
    case Lifecycle::complete:
      return !is_gateway(kind);
    case Lifecycle::resume:
    case Lifecycle::ate_abort:  // an expression without a value may stop a case anywhere
      return true;
  }
  return false;
}

bool case_can_happen(Lifecycle lifecycle) {
  return lifecycle == Lifecycle::start || lifecycle == Lifecycle::complete;
}

class IndicatorCheck {
 public:
  explicit IndicatorCheck(const CheckInput& input) : input_(input) {
    for (const Activity& activity : input.pathway.activities()) ids_.push_back(activity.id);
    ids_.emplace_back(case_activity);
  }

  void check(const Indicator& indicator) {
    for (const auto& [key, choice] : choices(indicator)) check_choice(indicator, *choice);
    for (const std::string& activity : indicator.activities)
      known(indicator, activity, indicator.place);
    for (const std::string& role : indicator.roles) check_role(indicator, role);
    if (!indicator.days_of.empty()) known(indicator, indicator.days_of, indicator.place);
    check_fields(indicator, indicator.holds_fields, activities_of(indicator.of), indicator.place);
    check_groups(indicator);
    if (indicator.target && indicator.owner.empty())
      add("target-without-owner", indicator.target->place, {indicator.id});
  }

  void check_headings(const std::vector<Indicator>& indicators) {
    for (const Heading heading : {Heading::process, Heading::capabilities, Heading::society}) {
      const bool used = std::any_of(indicators.begin(), indicators.end(),
                                    [&](const Indicator& each) { return each.heading == heading; });
      if (!used) add("heading-empty", {indicators_file, 0, 0}, {to_text(heading)});
    }
    const bool grouped = std::any_of(indicators.begin(), indicators.end(),
                                     [](const Indicator& each) { return !each.groups.empty(); });
    if (!indicators.empty() && !grouped) add("groups-missing", {indicators_file, 1, 1}, {});
  }

 private:
  void add(std::string_view id, Place place, std::initializer_list<std::string_view> arguments) {
    input_.findings.push_back(check_finding(id, std::move(place), arguments));
  }

  bool known(const Indicator& indicator, const std::string& activity, const Place& place) {
    if (std::find(ids_.begin(), ids_.end(), activity) != ids_.end()) return true;
    const std::string near = closest(activity, ids_);
    add("indicator-unknown-activity", place,
        {indicator.id, activity, near.empty() ? "" : "; did you mean '" + near + "'?"});
    return false;
  }

  void check_role(const Indicator& indicator, const std::string& role) {
    std::vector<std::string> roles;
    for (const Role& each : input_.parts.organisation.roles) roles.push_back(each.id);
    if (std::find(roles.begin(), roles.end(), role) != roles.end()) return;
    const std::string near = closest(role, roles);
    add("indicator-unknown-role", indicator.place,
        {indicator.id, role, near.empty() ? "" : "; did you mean '" + near + "'?"});
  }

  // One of the lifecycles is enough: `[start, complete]` of a task that may be done at once.
  void check_choice(const Indicator& indicator, const EventChoice& choice) {
    for (const std::string& id : choice.activities) {
      if (!known(indicator, id, choice.place)) continue;
      const auto index = input_.pathway.find_activity(id);
      const bool possible =
          std::any_of(choice.lifecycles.begin(), choice.lifecycles.end(), [&](Lifecycle each) {
            return index ? can_happen(input_.pathway.activities()[*index].kind, each)
                         : case_can_happen(each);
          });
      if (!possible)
        add("indicator-impossible-event", choice.place,
            {indicator.id, to_text(choice.lifecycles.front()), id});
    }
    // Incidents record a cause and a reason, whatever the node itself records.
    const bool incident = std::find(choice.lifecycles.begin(), choice.lifecycles.end(),
                                    Lifecycle::ate_abort) != choice.lifecycles.end();
    std::vector<std::string> fields = choice.fields;
    if (incident)
      std::erase_if(fields,
                    [](const std::string& field) { return field == "cause" || field == "reason"; });
    check_fields(indicator, fields, choice.activities, choice.place);
  }

  static std::vector<std::string> activities_of(const EventSelector& selector) {
    std::vector<std::string> all;
    for (const EventChoice& choice : selector.any)
      all.insert(all.end(), choice.activities.begin(), choice.activities.end());
    return all;
  }

  void check_fields(const Indicator& indicator, const std::vector<std::string>& fields,
                    const std::vector<std::string>& activities, const Place& place) {
    std::vector<std::string> recorded;
    bool complete = true;
    for (const std::string& id : activities) {
      const auto index = input_.pathway.find_activity(id);
      if (!index) {
        complete = false;  // the case itself, or an unknown one, which is told already
        continue;
      }
      for (std::string& field : input_.pathway.recorded_fields(*index))
        recorded.push_back(std::move(field));
    }
    for (const std::string& field : fields) {
      if (!complete || std::find(recorded.begin(), recorded.end(), field) != recorded.end())
        continue;
      const std::string near = closest(field, recorded);
      add("indicator-unknown-field", place,
          {indicator.id, field, near.empty() ? "" : "; did you mean '" + near + "'?"});
    }
  }

  void check_groups(const Indicator& indicator) {
    const auto told = input_.pathway.case_attributes();
    for (const std::string& group : indicator.groups) {
      if (std::find(told.begin(), told.end(), group) != told.end()) continue;
      if (!groups_.insert(group).second) continue;  // `groups:` of the file holds for all
      Place place = find_text(input_.parts.files, indicators_file, group);
      add("indicator-no-group", place.line > 0 ? place : indicator.place, {group});
    }
  }

  const CheckInput& input_;
  std::vector<std::string> ids_;
  std::set<std::string> groups_;
};

}  // namespace

void check_indicators(const CheckInput& input) {
  IndicatorCheck check(input);
  for (const Indicator& indicator : input.parts.indicators) check.check(indicator);
  check.check_headings(input.parts.indicators);
}

}  // namespace passerelle::pathway
