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
  timer,
  message,
  user_task,
  send_task,
  script_task,
  decision,
  exclusive,
  parallel,
  inclusive,
  event_gateway,
  sub_process,
  triggered,  // no flow leads here: boundary events, event sub-processes and their starts
};

enum class Trigger : uint8_t { none, timer, message, escalation };

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
  bool plain_exit = false;   // exactly one flow out, without a condition
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
  uint16_t result = nothing;    // variable
  uint16_t decision = nothing;  // Compiled::decisions
  uint16_t code = nothing;      // escalation; none catches all
  uint16_t join = nothing;      // of an inclusive gateway: row of Compiled::reach
  Name message = 0;
  Name name = 0, role = 0;  // as in Activity
  Name trouble_role = 0;    // who sees to an incident here
  Fields show, record, record_on_schedule;
};

// The process (level 0) or a sub-process: what can start inside it.
struct Level {
  uint16_t node = nothing;    // the sub-process; none for the process
  uint16_t parent = nothing;  // level
  uint16_t start = nothing;   // its start event without a trigger, or its only one
  uint16_t depth = 0;
  bool event = false;  // an event sub-process
  Slice handlers;      // Compiled::attached: starts of the event sub-processes inside it
};

// A node that catches a message, in the order in which catchers are asked: deepest first, then
// events in the flow, then boundary events, then event sub-processes, then the file's order.
struct Catcher {
  Name message = 0;
  uint16_t node = nothing;
};

struct Pathway::Compiled {
  std::string id, version, bpmn_xml;
  std::vector<Activity> activities;
  std::vector<Node> nodes;  // same index as activities
  std::vector<Level> levels;
  std::vector<Flow> flows;
  std::vector<uint16_t> attached;
  std::vector<Assignment> assignments;
  std::vector<Catcher> catchers;
  std::vector<std::pair<Name, uint16_t>> message_starts;  // of the process
  std::vector<feel::Expression> expressions;
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
  std::vector<std::string> codes;                                 // of escalations

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
