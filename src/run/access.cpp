#include "run/access.h"

#include <algorithm>

namespace passerelle::run {
namespace {

bool has(const Actor& actor, std::string_view role) {
  return std::find(actor.roles.begin(), actor.roles.end(), role) != actor.roles.end();
}

// Of work of staff; none of incidents, which anybody of the role sees to.
const std::vector<std::string>& needed(const pathway::Organisation& organisation,
                                       const WorkItem& work) {
  static const std::vector<std::string> none;
  if (work.incident || work.patient_facing) return none;
  const pathway::WorkTime* time = organisation.work_time(work.activity);
  return time == nullptr ? none : time->skills;
}

bool has_all(const std::vector<std::string>& known, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& skill) {
    return std::find(known.begin(), known.end(), skill) != known.end();
  });
}

// Whether anybody of the role who has the skills is on duty.
bool anybody(const pathway::Organisation& organisation, size_t role,
             const std::vector<std::string>& skills, Instant now) {
  if (skills.empty()) return organisation.on_duty(role, now) > 0;
  const pathway::Role& of = organisation.roles[role];
  if (has_all(organisation.skills_of(of), skills))
    for (size_t shift = 0; shift < of.shifts.size(); ++shift)
      if (organisation.on_duty(role, shift, now) > 0) return true;
  for (const pathway::Post& post : organisation.posts) {
    if (!post.has(of.id) || !has_all(organisation.skills_of(post), skills)) continue;
    for (int i = 0; i < post.people; ++i) {
      const auto there = organisation.relay(post, i, now);
      if (there.people > 0 && !there.on_break && post.has(of.id, there.as)) return true;
    }
  }
  return false;
}

// The first fallback after a role that the actor has, while nobody before it is there.
std::optional<std::string> taking_over(const pathway::Organisation& organisation,
                                       std::string_view named, const WorkItem& work,
                                       const Actor& actor, Instant now) {
  std::vector<size_t> before;
  std::optional<size_t> role = organisation.role_index(named);
  // As many steps as there are roles: fallbacks may go in a circle.
  while (role && before.size() < organisation.roles.size()) {
    before.push_back(*role);
    const std::string& fallback = organisation.roles[*role].fallback;
    if (has(actor, fallback)) {  // who is there is asked only now: a list has thousands of rows
      const bool free = std::none_of(before.begin(), before.end(), [&](size_t each) {
        return anybody(organisation, each, needed(organisation, work), now);
      });
      if (free) return fallback;
      return std::nullopt;
    }
    role = organisation.role_index(fallback);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> role_for(const pathway::Organisation& organisation, const WorkItem& work,
                                    const Actor& actor, Instant now) {
  for (const std::string& role : work.roles)
    if (has(actor, role)) return role;
  for (const std::string& role : work.roles)
    if (const auto fallback = taking_over(organisation, role, work, actor, now)) return fallback;
  if (work.patient_facing)
    for (const pathway::ChannelInfo& channel : organisation.channels)
      if (!channel.by_role.empty() && has(actor, channel.by_role)) return channel.by_role;
  if (actor.everything) return work.roles.empty() ? std::string() : work.roles.front();
  return std::nullopt;
}

std::vector<std::string> lacking(const pathway::Organisation& organisation, const WorkItem& work,
                                 const Actor& actor, Instant now) {
  std::vector<std::string> out;
  const std::vector<std::string>& wanted = needed(organisation, work);
  if (actor.everything || wanted.empty()) return out;
  std::vector<std::string> known = actor.skills;
  for (const std::string& id : actor.roles)
    if (const pathway::Role* role = organisation.role(id)) {
      const std::vector<std::string> more = organisation.skills_of(*role);
      known.insert(known.end(), more.begin(), more.end());
    }
  const auto today = std::chrono::floor<std::chrono::days>(organisation.zone.to_local(now));
  for (const std::string& skill : wanted) {
    const auto learnt = actor.skills_from.find(skill);
    const bool has_it = learnt != actor.skills_from.end()
                            ? learnt->second <= today
                            : std::find(known.begin(), known.end(), skill) != known.end();
    if (!has_it) out.push_back(skill);
  }
  return out;
}

std::vector<std::string> skills_named(const pathway::Organisation& organisation) {
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& skills) {
    out.insert(out.end(), skills.begin(), skills.end());
  };
  for (const pathway::Role& role : organisation.roles) add(role.skills);
  for (const pathway::Post& post : organisation.posts) add(post.skills);
  for (const pathway::Learning& each : organisation.learning) add(each.teaches);
  for (const pathway::WorkTime& time : organisation.work_times) add(time.skills);
  return out;
}

bool works_in(const pathway::Organisation& organisation, const Actor& actor) {
  if (actor.everything) return true;
  return std::any_of(organisation.roles.begin(), organisation.roles.end(),
                     [&](const pathway::Role& role) { return role.staff && has(actor, role.id); });
}

bool may_enrol(const pathway::Organisation& organisation, const Actor& actor) {
  if (actor.everything) return true;
  return std::any_of(organisation.enrolling_roles.begin(), organisation.enrolling_roles.end(),
                     [&](const std::string& role) { return has(actor, role); });
}

bool may_take_back(const pathway::Organisation& organisation, const Actor& actor) {
  return actor.everything || has(actor, organisation.coordinator);
}

Error said(std::string_view language, ErrorCode code, const Saying& message, const Saying& help) {
  const bool english = language == "en";
  return {code, english ? message.english : message.french, "",
          english ? help.english : help.french};
}

}  // namespace passerelle::run
