#include "run/access.h"

#include <algorithm>

namespace passerelle::run {
namespace {

bool has(const Actor& actor, std::string_view role) {
  return std::find(actor.roles.begin(), actor.roles.end(), role) != actor.roles.end();
}

}  // namespace

std::optional<std::string> role_for(const pathway::Organisation& organisation, const WorkItem& work,
                                    const Actor& actor, Instant now) {
  for (const std::string& role : work.roles)
    if (has(actor, role)) return role;
  for (const std::string& role : work.roles) {
    const pathway::Role* wanted = organisation.role(role);
    if (wanted == nullptr || wanted->fallback.empty() || !has(actor, wanted->fallback)) continue;
    if (organisation.on_duty(role, now) == 0) return wanted->fallback;
  }
  if (work.patient_facing)
    for (const pathway::ChannelInfo& channel : organisation.channels)
      if (!channel.by_role.empty() && has(actor, channel.by_role)) return channel.by_role;
  if (actor.everything) return work.roles.empty() ? std::string() : work.roles.front();
  return std::nullopt;
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
