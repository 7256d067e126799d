// People: what they must be able to do, whom the work rests on, where an escalation ends, and
// whether new work only comes on top of the old.
#include <algorithm>
#include <map>
#include <set>

#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/roster.h"

namespace passerelle::pathway {
namespace {

using Roles = std::vector<size_t>;

// What the work needs beyond these skills, as quoted in a message; "" = nothing.
std::string missing(const std::vector<std::string>& needed, const std::vector<std::string>& known) {
  std::string out;
  for (const std::string& skill : needed)
    if (std::find(known.begin(), known.end(), skill) == known.end())
      out += (out.empty() ? "" : "' and '") + skill;
  return out;
}

// Somebody must have all that the work needs, as a rehearsal will ask: two who have half each
// cannot do it.
void check_skills(const CheckInput& input, const Activity& activity) {
  const Organisation& organisation = input.parts.organisation;
  const WorkTime* time = organisation.work_time(activity.id);
  if (time == nullptr || time->skills.empty()) return;
  const Roles roles = covering_roles(organisation, activity);
  std::string least = missing(time->skills, {});
  const auto ask = [&](const std::vector<std::string>& known) {
    const std::string lacks = missing(time->skills, known);
    if (lacks.size() < least.size()) least = lacks;
  };
  for (const size_t role : roles) ask(organisation.skills_of(organisation.roles[role]));
  for (const Post& post : organisation.posts)
    if (post.people > 0 && std::any_of(roles.begin(), roles.end(), [&](size_t role) {
          return post.has(organisation.roles[role].id);
        }))
      ask(organisation.skills_of(post));
  if (!least.empty())
    input.findings.push_back(check_finding("skill-untrained", time->place,
                                           {activity.id, least, roles_text(activity.roles)}));
}

// The Monday of the first week in which one post, of one shift, is all there is; nothing when there
// always are more, or nobody.
std::optional<Instant> single_post(const Organisation& organisation, const Roles& roles) {
  for (const Instant monday : weeks_of(organisation)) {
    const LocalTime week = organisation.zone.to_local(monday);
    int posts = 0;
    for (const size_t role : roles) {
      for (size_t s = 0; s < organisation.roles[role].shifts.size(); ++s) {
        int most = 0;
        for (int day = 0; day < 7; ++day) {
          const LocalTime at =
              week + std::chrono::days(day) + organisation.roles[role].shifts[s].start;
          most = std::max(most, organisation.on_duty(role, s, organisation.zone.to_instant(at)));
        }
        posts += most;
      }
    }
    for (const Post& post : organisation.posts)
      if (std::any_of(roles.begin(), roles.end(),
                      [&](size_t role) { return post.has(organisation.roles[role].id); }))
        posts += post.people;
    if (posts == 1) return monday;
  }
  return std::nullopt;
}

void check_reports(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  const auto nowhere = [&](const Role& role, const std::string& what, const std::string& why) {
    input.findings.push_back(check_finding("escalation-nowhere", role.place, {what, role.id, why}));
  };
  for (const Role& role : organisation.roles) {
    for (const bool reports : {true, false}) {
      const std::string& to = reports ? role.reports_to : role.fallback;
      const Role* next = organisation.role(to);
      if (next == nullptr) continue;  // none, or told by the reader
      const std::string what = reports ? "the escalation" : "the fallback";
      if (!next->staff) {
        nowhere(role, what, "'" + to + "' is no staff");
      } else if (!ever_on_duty(organisation, to)) {
        nowhere(role, what, "nobody is ever on duty as '" + to + "'");
      }
    }
    std::set<std::string> seen = {role.id};
    for (const Role* at = organisation.role(role.reports_to); at != nullptr;
         at = organisation.role(at->reports_to)) {
      if (seen.insert(at->id).second) continue;
      if (at->id == role.id) nowhere(role, "the escalation", "it comes back in a circle");
      break;
    }
  }
}

void check_messages(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  for (const Activity& activity : input.pathway.activities()) {
    if (activity.kind != ActivityKind::send_task) continue;
    const Role* to = organisation.role(activity.to);
    if (to != nullptr && to->staff && !ever_on_duty(organisation, to->id))
      input.findings.push_back(
          check_finding("message-to-nobody", activity.place, {activity.id, to->id}));
  }
}

// What the working roles did before, and whether any of it ceases.
void check_earlier_work(const CheckInput& input, const std::set<size_t>& working) {
  const Organisation& organisation = input.parts.organisation;
  for (const size_t index : working) {
    const Role& role = organisation.roles[index];
    if (!role.before) {
      input.findings.push_back(check_finding("earlier-work-unsaid", role.place, {role.id}));
      continue;
    }
    double ceases = 0;
    for (const EarlierWork& work : *role.before) {
      ceases += work.ceases_hours;
      if (work.source.empty() && !work.assumption)
        input.findings.push_back(
            check_finding("figure-without-source", work.place,
                          {"the hours of '" + work.what + "' of '" + role.id + "'"}));
    }
    if (!role.before->empty() && !(ceases > 0))
      input.findings.push_back(
          check_finding("work-only-added", role.place, {role.id, role.before->front().what}));
  }
}

}  // namespace

bool ever_on_duty(const Organisation& organisation, const std::string& id, unsigned depth) {
  const Role* role = organisation.role(id);
  if (role == nullptr || depth > 8) return false;
  for (const Shift& shift : role->shifts) {
    const bool people = shift.headcount.per_role.empty()
                            ? std::any_of(shift.headcount.rows.begin(), shift.headcount.rows.end(),
                                          [](const Headcount::Row& row) { return row.people > 0; })
                            : ever_on_duty(organisation, shift.headcount.per_role, depth + 1);
    if (shift.ever() && people) return true;
  }
  for (const Post& post : organisation.posts)
    if (post.people > 0 &&
        std::any_of(post.shifts.begin(), post.shifts.end(),
                    [&](const Shift& shift) { return shift.ever() && post.has(id, shift.as); }))
      return true;
  return !role->fallback.empty() && ever_on_duty(organisation, role->fallback, depth + 1);
}

void check_staff(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  std::map<Roles, std::string> groups;  // one finding for all tasks of the same people
  std::set<size_t> working;
  for (const Activity& activity : input.pathway.activities()) {
    if (!is_staff_task(activity, organisation)) continue;
    check_skills(input, activity);
    Roles roles = covering_roles(organisation, activity);
    std::sort(roles.begin(), roles.end());
    std::string& tasks = groups[roles];
    tasks += (tasks.empty() ? "'" : ", '") + activity.id + "'";
    for (const std::string& id : activity.roles)
      if (const auto index = organisation.role_index(id); index && organisation.roles[*index].staff)
        working.insert(*index);
  }
  for (const auto& [roles, tasks] : groups) {
    const auto week = single_post(organisation, roles);
    if (!week) continue;
    const auto first = std::find_if(roles.begin(), roles.end(), [&](size_t role) {
      return ever_on_duty(organisation, organisation.roles[role].id);
    });
    const Role& role = organisation.roles[first == roles.end() ? roles.front() : *first];
    input.findings.push_back(check_finding("single-person", role.place,
                                           {tasks, role.id, date_text(organisation, *week)}));
  }
  check_reports(input);
  check_messages(input);
  check_earlier_work(input, working);
}

}  // namespace passerelle::pathway
