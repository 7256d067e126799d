// Who may do what: by roles of the pathway's organisation. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/organisation.h"
#include "run/engine.h"
#include "run/records.h"

namespace passerelle::run {

// The role in which the actor may do the work now, or nothing: one of the work's own roles; the
// fallback of one of them, or the fallback's, while nobody of it who has the skills that the work
// needs is on duty; for a patient's form the staff who carry out a channel, who then fill it for
// the patient.
std::optional<std::string> role_for(const pathway::Organisation& organisation, const WorkItem& work,
                                    const Actor& actor, Instant now);
// Which of the skills that the work needs the actor lacks. It has those of its roles, as all people
// of the role do, and its own, but for those that it will have from a later day of the
// organisation's zone on. Patients' forms and incidents need none; an administrator lacks none.
std::vector<std::string> lacking(const pathway::Organisation& organisation, const WorkItem& work,
                                 const Actor& actor, Instant now);
// All skills that the organisation names: of people, of training, of work.
std::vector<std::string> skills_named(const pathway::Organisation& organisation);
// Whether the actor works in the organisation, and so may look at its cases.
bool works_in(const pathway::Organisation& organisation, const Actor& actor);
bool may_enrol(const pathway::Organisation& organisation, const Actor& actor);
// Whether the actor may give back what another holds: the coordinator, an administrator.
bool may_take_back(const pathway::Organisation& organisation, const Actor& actor);

// An error in the language of who reads it.
struct Saying {
  std::string english, french;
};
Error said(std::string_view language, ErrorCode code, const Saying& message,
           const Saying& help = {});

}  // namespace passerelle::run
