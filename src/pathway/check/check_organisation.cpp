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
}

void without_source(const CheckInput& input, bool given, const Place& place, std::string what) {
  if (!given) input.findings.push_back(check_finding("figure-without-source", place, {what}));
}

template <class Figure>
bool said(const Figure& figure) {
  return figure.assumption || !figure.source.empty();
}

// Where the figures about people come from.
void check_sources(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  for (const Role& role : organisation.roles) {
    const std::string of = "of '" + role.id + "'";
    for (const Shift& shift : role.shifts)
      without_source(input, said(shift), shift.place,
                     "the headcount " + of + ", shift '" + shift.name + "'");
    without_source(input, !role.absence.given() || said(role.absence), role.absence.place,
                   "the absence " + of);
    without_source(input, !role.turnover.given() || said(role.turnover), role.turnover.place,
                   "the turnover " + of);
    for (const Surge& surge : role.surges)
      without_source(input, said(surge), surge.place,
                     "the reinforcement '" + surge.name + "' " + of);
  }
  for (const Post& post : organisation.posts) {
    const std::string of = "of the post '" + post.name + "'";
    without_source(input, said(post), post.place, "the number " + of);
    without_source(input, !post.absence.given() || said(post.absence), post.absence.place,
                   "the absence " + of);
    without_source(input, !post.turnover.given() || said(post.turnover), post.turnover.place,
                   "the turnover " + of);
  }
  for (const Learning& each : organisation.learning) {
    without_source(input, said(each), each.place, "the learning of '" + each.role + "'");
    without_source(input, !(each.dip.loss > 0) || said(each.dip), each.dip.place,
                   "the dip of '" + each.role + "'");
  }
}

// Tasks that a curve names and that its people do not have.
void check_learning(const CheckInput& input) {
  const auto activities = input.pathway.activities();
  for (const Learning& each : input.parts.organisation.learning) {
    for (const std::string& id : each.activities) {
      const bool known =
          std::any_of(activities.begin(), activities.end(), [&](const Activity& activity) {
            return activity.id == id && is_staff_task(activity, input.parts.organisation);
          });
      if (!known)
        input.findings.push_back(
            check_finding("learning-unknown-task", each.place, {each.role, id}));
    }
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
  check_work_times(input);
  check_sources(input);
  check_learning(input);
}

}  // namespace passerelle::pathway
