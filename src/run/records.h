// What the engine writes, as FHIR resources and as bytes: pure conversions. A work item is a Task,
// answers a QuestionnaireResponse; an event of the log is one line of JSON.
//
// Task: status requested (offered), accepted (assigned), in-progress (started), completed,
// cancelled (withdrawn); priority routine, urgent (1), stat (2 and more); performerType the roles;
// owner the account; restriction.period.end the promise; identifiers `urn:passerelle:case` (the
// case's number), `urn:passerelle:activity` (pathway/BPMN id).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "pathway/event.h"
#include "pathway/package.h"
#include "pathway/step.h"

namespace passerelle::run {

inline constexpr std::string_view case_system = "urn:passerelle:case";
inline constexpr std::string_view activity_system = "urn:passerelle:activity";
inline constexpr std::string_view role_system = "urn:passerelle:role";
inline constexpr std::string_view account_system = "urn:passerelle:account";

// What a list shows of a patient.
struct PatientBrief {
  std::string id, name, birth_date, phone;
};

struct WorkItem {
  std::string id;  // "<case>-<item>"
  uint64_t case_number = 0;
  uint32_t item = 0;
  std::string pathway, activity, form, channel;
  std::string title_key;
  int priority = 0;
  Instant opened{};
  std::optional<Instant> due;
  std::string status = "requested";  // of the Task
  std::string owner, owner_name;
  std::vector<std::string> roles;
  bool patient_facing = false;
  std::string patient_id;
  std::string show = "{}";  // JSON object: what the worker sees
  // Trouble for somebody to see to, not the activity itself (docs/language.md, "When something goes
  // wrong"). After the case's end it is closed without a step.
  bool incident = false;

  // Filled for pages, not part of the Task.
  std::string title;  // in words
  PatientBrief patient;
};
// offered, assigned, started, completed or cancelled, from the Task's status.
std::string_view work_state(const WorkItem& work);

std::string work_id(uint64_t case_number, uint32_t item);
// The case and item of a work id; error when it is none.
Result<std::pair<uint64_t, uint32_t>> parse_work_id(std::string_view id);

json::Value to_task(const WorkItem& work, Instant now, json::Document& document);
Result<WorkItem> from_task(json::Value task);

// One event of a case, without case number and instant (the store keeps those in columns).
std::string encode_event(const pathway::Event& event, const pathway::NameTable& names,
                         std::string_view actor);
// Names are interned in `log`.
Result<pathway::Event> decode_event(std::string_view bytes, uint64_t case_number, Instant at,
                                    pathway::NameTable& names);

// A message on its way: what of it is known when the case sends it. The address, the words and the
// link are found when it leaves, so that a corrected number counts and no token lies in the store.
struct Letter {
  std::string pathway, version;
  std::string activity;  // BPMN id of the send task
  std::string to;        // patient, caregiver or a role of staff
  std::string text_key;
  std::string link_activity;  // BPMN id of the work that {link} opens, or ""
  uint32_t link_item = 0;     // that work; 0 = whatever is open there
  feel::Value fields;         // a context, or null
};
std::string encode_letter(const Letter& letter);
Result<Letter> decode_letter(std::string_view bytes);

// {name} replaced by the fields' texts and {link} by the link.
std::string fill_message(std::string_view text, const feel::Value& fields, std::string_view link);

// A patient's first telecom of a system ("phone", "email"), or "".
std::string telecom(json::Value patient, std::string_view system);
// "Given FAMILY", as it stands in the record.
std::string display_name(json::Value patient);

}  // namespace passerelle::run
