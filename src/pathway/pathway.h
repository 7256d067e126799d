// A compiled pathway: the BPMN process with its decisions and forms bound, flat and immutable,
// shared by all cases and threads. step() moves cases on it; check reads it; pages draw it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/place.h"
#include "pathway/event.h"
#include "pathway/finding.h"
#include "pathway/form.h"
#include "pathway/organisation.h"

namespace passerelle::dmn {
class Model;
}

namespace passerelle::pathway {

// New ones come last: saved states of cases know them by number.
enum class ActivityKind : uint8_t {
  start_event,
  end_event,
  terminate_event,
  timer_event,
  message_event,
  escalation_event,
  boundary_timer,
  boundary_message,
  boundary_escalation,
  user_task,
  send_task,
  script_task,
  business_rule_task,
  exclusive_gateway,
  parallel_gateway,
  event_gateway,
  sub_process,
  event_sub_process,
  inclusive_gateway,
  none_event,      // an intermediate event without a trigger: a milestone
  escalation_end,  // an end event that throws
  service_task,
  complex_gateway,
  signal_event,  // catches
  signal_throw,
  conditional_event,
  error_end,
  compensation_event,  // throws
  cancel_end,
  link_event,
  boundary_signal,
  boundary_error,
  boundary_condition,
  boundary_compensation,
  boundary_cancel,
  repetition,     // around an activity that is repeated: not recorded
  message_throw,  // to another process of the file, or to another case
};

// A flow node, as the world outside step() sees it.
struct Activity {
  std::string id;    // BPMN id: the activity's name in events
  std::string name;  // the label in the diagram
  ActivityKind kind = ActivityKind::start_event;
  Name event_name = 0;             // id, interned in Pathway::names()
  std::vector<std::string> roles;  // who performs it: p:role, or the lane's; "patient" for patients
  Name role = 0;                   // the first of them, interned; 0 = the system
  std::string form;                // id of the form it fills, or ""
  std::string result;              // the variable that gets its answers or its result, or ""
  std::string title;               // text key of a work item's title, or ""
  std::string message;   // of a send task: text key of what is sent; of a message event: its name
  std::string to;        // of a send task: "patient", "caregiver" or a role
  std::string link;      // of a send task: BPMN id of the patient's task that {link} opens, or ""
  std::string decision;  // of a business rule task: its name in the DMN files
  bool patient_facing = false;  // filled by, or sent to, a patient or a caregiver
  // Part of another activity of the same id: what stands around a repeated one, or a further
  // trigger of an event that has several. Nobody names it.
  bool part = false;
  Place place;
};

class Pathway {
 public:
  ~Pathway();
  Pathway(Pathway&&) noexcept;

  const std::string& id() const;  // "covid-home"
  const std::string& version() const;
  std::span<const Activity> activities() const;
  std::optional<uint16_t> find_activity(std::string_view bpmn_id) const;
  // Names of events, roles, channels and messages; complete after compilation.
  const NameTable& names() const;

  std::span<const std::string> variables() const;  // by slot
  std::optional<uint16_t> variable(std::string_view name) const;
  // Fields of event data that describe the case, e.g. "channel", "age_group": groups for equity.
  std::span<const std::string> case_attributes() const;
  // Fields that a node records with its events (for check and for indicators).
  std::vector<std::string> recorded_fields(uint16_t activity) const;
  // What a task shows, a message says: names of its p:show.
  std::vector<std::string> shown_fields(uint16_t activity) const;
  std::vector<std::string> messages() const;  // that a case can receive from outside
  // Signals of other cases that open one of this pathway.
  std::vector<std::string> opening_signals() const;
  bool announces() const;  // whether a case tells others anything
  // Start events of the process that open cases by themselves.
  std::vector<uint16_t> timed_starts() const;
  // When such a start event is next due, later than `after`; `since`: when the pathway was put into
  // service, from which durations and cycles count. Nothing: never again.
  std::optional<Instant> next_start(uint16_t activity, Instant since, Instant after) const;
  // All that are due from `since` on, before `until`; the first `most` of them.
  std::vector<Instant> starts(uint16_t activity, Instant since, Instant until, size_t most) const;
  // The form that is filled to send a message, or null: its payload then is that form's answers.
  const Form* message_form(std::string_view message) const;
  // The role that sees to incidents: Organisation::coordinator, a role of that name, or
  // the first role of staff; 0 when the organisation has no staff.
  Name coordinator() const;
  const Form* form(std::string_view id) const;
  // Its DMN files, for those who tell what their rules say.
  std::span<const dmn::Model> models() const;
  const Organisation& organisation() const;
  const std::string& bpmn_xml() const;  // as written, for the page

  struct Compiled;  // the flat program; pathway/bpmn/ only
  explicit Pathway(std::unique_ptr<Compiled> compiled);
  const Compiled& compiled() const { return *compiled_; }

 private:
  std::unique_ptr<Compiled> compiled_;
};

// Another package, of which call activities call a process: p:package is its id.
struct CalledPackage {
  std::string id;
  std::string version;  // of its organisation.yaml
  std::string folder;   // before the names of its files, for places: "../titration/"
  std::string bpmn;
  std::vector<std::pair<std::string, std::string>> dmn;  // file name with `folder`, content
};

// What a pathway is compiled from. Texts, not paths: no file is read here.
struct PathwaySource {
  std::string id;
  std::string version;
  std::string bpmn;                                      // content of the file
  std::vector<std::pair<std::string, std::string>> dmn;  // file name, content
  std::vector<Form> forms;
  Organisation organisation;
  std::string bpmn_file = "pathway.bpmn";
  std::vector<CalledPackage> called;  // their forms are among `forms`, their roles the caller's
};

// The pathway, or nothing when findings hold errors. Unsupported BPMN elements are errors with
// their place; nothing is silently ignored. `bpmn_file` is what places will say.
std::optional<Pathway> compile_pathway(PathwaySource source, std::vector<Finding>& findings);

// Every kind of finding that compile_pathway() makes, for the page of messages.
std::span<const FindingKind> compile_finding_kinds();

}  // namespace passerelle::pathway
