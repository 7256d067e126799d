// A pathway as step() walks it: dense arrays and indices, no names to look up, no text to parse.
// Immutable once compile_pathway() has made it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pathway/dmn/dmn.h"
#include "pathway/feel/feel.h"
#include "pathway/feel/heap.h"
#include "pathway/pathway.h"

namespace passerelle::pathway {

// Index of an expression, node, flow or variable that is not there.
inline constexpr uint16_t nothing = 0xFFFF;

// What step() does with a token that enters a node.
enum class Op : uint8_t {
  pass,  // a start event, a milestone: recorded, and on
  end,
  terminate,
  throw_escalation,
  end_escalation,
  throw_signal,
  throw_error,
  compensate,  // takes back what was completed, then goes on
  cancel,      // of a transaction: takes back all that it completed, then leaves by its border
  timer,
  message,    // a message, or a signal
  condition,  // waits until it is true
  user_task,
  send_task,
  script_task,
  decision,
  exclusive,
  parallel,
  inclusive,
  complex,
  event_gateway,
  sub_process,
  loop,       // the activity inside, again and again or once for each
  triggered,  // no flow leads here: boundary events, event sub-processes and their starts
  post,       // a message to another process of the case, or to another case
};

enum class Trigger : uint8_t {
  none,
  timer,
  message,
  escalation,
  signal,
  error,
  condition,
  compensation,
  cancel,
};

// A run of entries in one of the arrays of Compiled.
struct Slice {
  uint32_t first = 0;
  uint32_t count = 0;
};

struct Flow {
  uint16_t target = nothing;
  uint16_t condition = nothing;  // expression
  uint16_t arrival = 0;          // which of its target's incoming flows it is, from 0
};

// Named expressions evaluated into one context, whose shape is made once. Consecutive expressions,
// in the shape's order.
struct Fields {
  feel::Shape* shape = nullptr;  // null: no fields
  uint16_t first = 0;
};

struct Assignment {
  uint16_t variable = nothing;
  uint16_t expression = nothing;
};

struct Node {
  Op op = Op::pass;
  Trigger trigger = Trigger::none;
  bool interrupting = true;  // boundary events, starts of event sub-processes
  bool boundary = false;
  bool silent = false;      // another node records the same event
  bool gathers = false;     // waits until all of its triggers have come: `together`
  bool announces = false;   // a signal that all cases of the site hear
  bool plain_exit = false;  // exactly one flow out, without a condition
  // What a token does most often, known beforehand: one look instead of many.
  bool quick_exit = false;   // plain_exit, and nothing is asked before the token leaves
  bool plain_done = false;   // nothing is set, and nothing remembered, when it is done
  bool plain_task = false;   // a user task without deadline, priority, channel or attached timer
  uint16_t level = 0;        // the scope it stands in: index into Compiled::levels
  uint16_t inner = nothing;  // of a sub-process: its own level
  uint16_t host = nothing;   // boundary: what it is attached to; start: its event sub-process
  uint16_t default_flow = nothing;
  uint16_t arrivals = 0;  // incoming flows
  Slice out;              // flows, consecutive, in the file's order
  Slice attached;         // Compiled::attached: its boundary events, in the file's order
  Slice sets;             // Compiled::assignments
  uint16_t timer = nothing, due = nothing, priority = nothing, channel = nothing;
  uint16_t script = nothing;
  uint16_t result = nothing;     // variable
  uint16_t decision = nothing;   // Compiled::decisions
  uint16_t code = nothing;       // escalation, error, signal; none catches all
  uint16_t join = nothing;       // of an inclusive or complex gateway: row of Compiled::reach
  uint16_t condition = nothing;  // conditional events; when a complex gateway fires
  uint16_t repeats = 0;          // of a timer cycle: how often it comes again; `endless`
  uint16_t loop = nothing;       // Compiled::loops
  uint16_t undo = nothing;       // the activity that takes this one back
  uint16_t undone = nothing;     // of a compensation event: the one activity that it takes back
  uint16_t again = nothing;      // in an ad-hoc sub-process: whether it is offered once more
  Slice gives, takes;       // of a sub-process: Compiled::assignments from outside in, and back out
  Name message = 0;         // or signal
  Name name = 0, role = 0;  // as in Activity
  Name trouble_role = 0;    // who sees to an incident here
  Fields show, record, record_on_schedule;
  // What few nodes have, behind what all are asked for.
  // Compiled::attached: of a boundary or start event that waits for all of its triggers, the events
  // that they are, itself among them.
  Slice together;
  Slice receivers;         // of a message that is thrown: Compiled::attached, in the order asked
  uint16_t key = nothing;  // expression: by which a message finds who waits for it
};

inline constexpr uint16_t endless = 0xFFFF;

// Compiled::codes holds escalations by their code alone, the others with these before it.
inline constexpr std::string_view error_code_prefix = "error:";

// How an activity is repeated: a standard loop, or once for each of a list or a number.
struct Loop {
  bool multi = false;
  bool sequential = true;
  bool test_before = false;
  uint32_t maximum = 0;          // of a standard loop; 0 = none
  uint16_t count = nothing;      // expression: how many
  uint16_t list = nothing;       // expression: for which
  uint16_t condition = nothing;  // standard: go on while true; multi: done as soon as true
  uint16_t each = nothing;       // local variable: the element
  uint16_t value = nothing;      // expression: what one instance gives ...
  uint16_t collect = nothing;    // ... and the variable that gets the list of them
};

// The process (level 0) or a sub-process: what can start inside it.
struct Level {
  uint16_t node = nothing;    // the sub-process; none for the process
  uint16_t parent = nothing;  // level
  uint16_t start = nothing;   // its start event without a trigger, or its only one
  uint16_t depth = 0;
  bool event = false;  // an event sub-process
  bool loop = false;   // one instance of a repeated activity
  bool call = false;   // a called process: it sees its own variables only
  bool pool = false;   // one of several processes that are executed together
  bool ad_hoc = false;
  bool transaction = false;
  bool cancel_rest = true;        // of an ad-hoc sub-process, when its condition is true
  uint16_t done = nothing;        // of an ad-hoc sub-process: expression
  uint16_t takes_back = nothing;  // start of the event sub-process that takes it back
  Slice handlers;                 // Compiled::attached: starts of the event sub-processes inside it
  Slice offered;  // Compiled::attached: of an ad-hoc sub-process, what is offered at once
  Slice locals;   // Compiled::locals: variables that each instance of it has for itself
};

// A node that catches a message or a signal, in the order in which catchers are asked: deepest
// first, then events in the flow, then boundary events, then event sub-processes, then the file's
// order.
struct Catcher {
  Name message = 0;
  uint16_t node = nothing;
};

// A start event of the process that opens cases by itself.
struct TimedStart {
  uint16_t node = nothing;
  uint16_t first = nothing;  // expression: of a cycle, when it begins; else a period after `since`
  bool cycle = false;
};

// Local variables of each instance of a repeated activity, and of a complex gateway's condition;
// named after the attributes that BPMN 2.0.2 gives them (tables 10.29, 10.31, 13.4.5). Declared
// when the pathway has such elements.
struct InstanceSlots {
  uint16_t counter = nothing;     // loopCounter, from 1
  uint16_t instances = nothing;   // numberOfInstances
  uint16_t active = nothing;      // numberOfActiveInstances
  uint16_t completed = nothing;   // numberOfCompletedInstances
  uint16_t activation = nothing;  // activationCount
};

struct Pathway::Compiled {
  std::string id, version, bpmn_xml;
  std::vector<Activity> activities;
  std::vector<Node> nodes;  // same index as activities
  std::vector<Level> levels;
  std::vector<Flow> flows;
  std::vector<std::string> flow_ids;  // same index; as written, inside called processes with prefix
  std::vector<uint16_t> attached;
  std::vector<Assignment> assignments;
  std::vector<Catcher> catchers;
  std::vector<Catcher> signal_catchers;  // all of them hear it, in the same order
  std::vector<uint16_t> conditions;      // nodes that wait for one, in the same order
  std::vector<std::pair<Name, uint16_t>> message_starts;  // of the process; of signals, too
  std::vector<TimedStart> timed_starts;                   // of the process
  // Of a file with several processes that are executed: where a case begins, and the nodes of all
  // that begin with it, that one first.
  uint16_t main_pool = nothing;
  std::vector<uint16_t> pools;
  std::vector<uint16_t> locals;
  std::vector<Loop> loops;
  InstanceSlots instance;
  bool asks_again = false;  // something may go on when all else waits: joins, conditions, letters
  bool undoes = false;      // something can be compensated
  bool remembers = false;   // which conditions held, which triggers have come, for tokens that wait
  std::vector<feel::Expression> expressions;
  std::vector<uint16_t> slot_of;  // by expression: of the variable that it is, or nothing
  std::vector<dmn::CompiledDecision> decisions;
  std::vector<dmn::Model> models;
  // For each inclusive gateway and node: the incoming flows of the gateway that a token at the node
  // can still come by without passing the gateway.
  std::vector<std::vector<uint64_t>> reach;
  feel::Names variables;
  std::vector<std::string> variable_names;
  NameTable names;
  Name case_name = 0;
  Name coordinator = 0;
  std::vector<Form> forms;
  Organisation organisation;
  std::vector<std::string> case_attributes;
  std::vector<std::string> messages;
  std::map<std::string, std::string, std::less<>> message_forms;  // message -> form of its payload
  std::vector<std::string> codes;                                 // of escalations and errors

  // For saving states in few bytes: shapes and texts that this pathway's values are likely to have.
  std::vector<feel::Shape*> shapes;
  std::vector<std::string> words;
  uint32_t fingerprint = 0;  // of all that saved states refer to by index
};

// Variables that every case has: when it was opened, and what is known of the patient.
inline constexpr uint16_t variable_case_start = 0;
inline constexpr uint16_t variable_patient = 1;

// `on duty(role)`, for expressions; Evaluation::host is the Organisation.
const feel::HostFunctions& pathway_functions();

}  // namespace passerelle::pathway
