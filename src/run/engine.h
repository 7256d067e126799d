// The running pathways: step() with a real clock on the durable store. Whatever one stimulus
// changes (case state, resources, work, timers, events, messages to send) is one commit; a reply
// leaves after it. Kill the process anywhere: nothing acknowledged is lost, nothing is done twice,
// every timer fires exactly once.
//
// Work items are FHIR Tasks, answers QuestionnaireResponses, patients Patients: other systems see
// them over FHIR like everything else. The engine is stateless but for a cache of loaded packages;
// two stimuli for one case are ordered by the case's revision in the store.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "pathway/event.h"
#include "pathway/package.h"
#include "store/store.h"

namespace passerelle::run {

// Who acts: an account (or a patient by a link), with the role in which it acts.
struct Actor {
  std::string account;  // "" = the patient by a link
  std::string name;     // shown to others who meet the lock
  std::vector<std::string> roles;
  std::string language = "fr";
};

struct WorkItem {
  std::string id;  // "<case>-<item>"
  uint64_t case_number = 0;
  uint32_t item = 0;
  std::string pathway, activity, title, form, channel;
  std::string title_key;
  int priority = 0;
  Instant opened{};
  std::optional<Instant> due;
  std::string state;  // offered, assigned, started
  std::string owner, owner_name;
  std::vector<std::string> roles;
  bool patient_facing = false;
  std::string patient_id, patient_name, birth_date, phone;
  std::string show;  // JSON object: what the worker sees
};

struct Completion {
  bool done = false;
  std::vector<pathway::Refusal> refusals;  // when not done
};

// What a patient's link opens.
struct Link {
  uint64_t case_number = 0;
  std::string pathway, activity;
  Instant expires{};
};

}  // namespace passerelle::run
