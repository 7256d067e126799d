// The organisation against the process: who does the work, how long it takes, who is left out.
#include <algorithm>
#include <functional>
#include <set>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

namespace passerelle::pathway {
namespace {

// Whether a role, or a role that takes over for it, ever has anybody on duty.
bool ever_staffed(const Organisation& organisation, const std::string& id, unsigned depth = 0) {
  const Role* role = organisation.role(id);
  if (role == nullptr || depth > 8) return false;
  for (const Shift& shift : role->shifts) {
    const bool some_day = std::find(shift.days.begin(), shift.days.end(), true) != shift.days.end();
    const bool people = shift.headcount.per_role.empty()
                            ? std::any_of(shift.headcount.rows.begin(), shift.headcount.rows.end(),
                                          [](const Headcount::Row& row) { return row.people > 0; })
                            : ever_staffed(organisation, shift.headcount.per_role, depth + 1);
    if (some_day && people) return true;
  }
  return !role->fallback.empty() && ever_staffed(organisation, role->fallback, depth + 1);
}

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
}

}  // namespace

void check_organisation(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  std::set<std::string> working;
  for (const Activity& activity : input.pathway.activities()) {
    if (!is_staff_task(activity, organisation)) continue;
    bool anybody = false;
    for (const std::string& role : activity.roles) {
      anybody = anybody || ever_staffed(organisation, role);
      const Role* known = organisation.role(role);
      if (known != nullptr && known->staff) working.insert(role);
    }
    if (!anybody)
      input.findings.push_back(check_finding("role-without-staff", activity.place,
                                             {activity.roles.front(), activity.id}));
  }
  const Role* coordinator = organisation.role(organisation.coordinator);
  if (coordinator != nullptr && !ever_staffed(organisation, organisation.coordinator))
    input.findings.push_back(
        check_finding("coordinator-without-staff", coordinator->place, {organisation.coordinator}));
  for (const std::string& id : working) {
    const bool planned = std::any_of(organisation.learning.begin(), organisation.learning.end(),
                                     [&](const Learning& each) { return each.role == id; });
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

void check_patients(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  // A form that staff can fill on the phone, by a channel that asks for no smartphone.
  const auto by_staff = [&](const Activity& patient) {
    for (const Activity& other : input.pathway.activities()) {
      if (other.form != patient.form || !is_staff_task(other, organisation)) continue;
      for (const ChannelInfo& channel : organisation.channels)
        if (!channel.needs_smartphone && !channel.by_role.empty() &&
            std::find(other.roles.begin(), other.roles.end(), channel.by_role) != other.roles.end())
          return true;
    }
    return false;
  };
  for (const Activity& activity : input.pathway.activities()) {
    if (activity.form.empty() || !is_patient_task(activity, organisation)) continue;
    if (is_staff_task(activity, organisation)) continue;
    if (!by_staff(activity))
      input.findings.push_back(check_finding(
          "no-path-without-smartphone", activity.place,
          {activity.id,
           ": no role of staff can fill the form '" + activity.form + "' for those who cannot"}));
    const Form* form = input.pathway.form(activity.form);
    if (form == nullptr) continue;
    const std::function<void(const std::vector<Item>&)> walk = [&](const std::vector<Item>& items) {
      for (const Item& item : items) {
        // Nobody opens the answers of a patient who is well.
        if (item.type == ItemType::text)
          input.findings.push_back(
              check_finding("free-text-unread", item.place, {item.link_id, activity.form}));
        walk(item.items);
      }
    };
    walk(form->items());
  }
}

}  // namespace passerelle::pathway
