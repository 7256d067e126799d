// The organisation against the process: who does the work, and how long it takes.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

namespace passerelle::pathway {
namespace {

void check_work_times(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  std::vector<std::string> tasks;
  for (const Activity& activity : input.pathway.activities()) {
    if (!is_staff_task(activity, organisation)) continue;
    tasks.push_back(activity.id);
    if (organisation.work_time(activity.id) == nullptr)
      input.findings.push_back(check_finding("work-time-missing", activity.place, {activity.id}));
  }
  for (const WorkTime& time : organisation.work_times) {
    if (std::find(tasks.begin(), tasks.end(), time.activity) == tasks.end()) {
      const std::string near = closest(time.activity, tasks);
      input.findings.push_back(check_finding(
          "work-time-unknown", time.place,
          {time.activity, near.empty() ? "" : " that people do; did you mean '" + near + "'?"}));
    }
    if (time.source.empty() && !time.assumption)
      input.findings.push_back(check_finding("figure-without-source", time.place,
                                             {"the working time of '" + time.activity + "'"}));
  }
  for (const Role& role : organisation.roles)
    for (const Shift& shift : role.shifts)
      if (shift.source.empty() && !shift.assumption)
        input.findings.push_back(
            check_finding("figure-without-source", shift.place,
                          {"the headcount of '" + role.id + "', shift '" + shift.name + "'"}));
  for (const Role& role : organisation.roles) {
    const Absence& absence = role.absence;
    if (absence.given() && absence.source.empty() && !absence.assumption)
      input.findings.push_back(check_finding("figure-without-source", absence.place,
                                             {"the absence of '" + role.id + "'"}));
    for (const Surge& surge : role.surges)
      if (surge.source.empty() && !surge.assumption)
        input.findings.push_back(
            check_finding("figure-without-source", surge.place,
                          {"the reinforcement '" + surge.name + "' of '" + role.id + "'"}));
  }
}

}  // namespace

void check_organisation(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  std::set<std::string> working;
  for (const Activity& activity : input.pathway.activities()) {
    if (!is_staff_task(activity, organisation)) continue;
    bool anybody = false;
    for (const std::string& role : activity.roles) {
      anybody = anybody || ever_on_duty(organisation, role);
      const Role* known = organisation.role(role);
      if (known != nullptr && known->staff) working.insert(role);
    }
    if (!anybody)
      input.findings.push_back(check_finding("role-without-staff", activity.place,
                                             {activity.roles.front(), activity.id}));
  }
  const Role* coordinator = organisation.role(organisation.coordinator);
  if (coordinator != nullptr && !ever_on_duty(organisation, organisation.coordinator))
    input.findings.push_back(
        check_finding("coordinator-without-staff", coordinator->place, {organisation.coordinator}));
  for (const std::string& id : working) {
    const bool planned = std::any_of(
        organisation.learning.begin(), organisation.learning.end(),
        [&](const Learning& each) { return each.role == id && each.training.count() > 0; });
    if (!planned)
      input.findings.push_back(
          check_finding("learning-missing", organisation.role(id)->place, {id}));
  }
  for (const Learning& each : organisation.learning)
    if (each.source.empty() && !each.assumption)
      input.findings.push_back(check_finding("figure-without-source", each.place,
                                             {"the learning of '" + each.role + "'"}));
  check_work_times(input);
}

}  // namespace passerelle::pathway
