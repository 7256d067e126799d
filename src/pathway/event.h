// The one Event record. `run` stores it, `rehearse` emits it, `review` reads it; XES and CSV are
// its outside forms. Whatever happens in a case is told by events and by nothing else, so that
// every indicator works on real and on rehearsed logs alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/instant.h"
#include "pathway/feel/value.h"

namespace passerelle::pathway {

// A text interned in a NameTable; 0 is "".
using Name = uint32_t;

// The lifecycle transitions of the XES standard extension (IEEE 1849-2016, 7.2) that we use.
enum class Lifecycle : uint8_t {
  schedule,   // the work is offered (to a role, to the patient)
  assign,     // one person took it: locked for the others
  start,      // hands on
  suspend,    // given back: offered again
  resume,     // an incident was seen to: tried again
  complete,   // done; also: a timer fired, a message left, a decision was taken
  withdraw,   // taken back: the case moved on or ended
  ate_abort,  // failed: could not be delivered, could not be evaluated; data: {reason}
};
std::string_view to_text(Lifecycle lifecycle);

// The activity name of events about the case itself: its start (`start`) and end (`complete`).
inline constexpr std::string_view case_activity = "case";

// Entry of the data of a decision's event: which rules fired and what they met, so that it can be
// told later and in any language; its form is dmn::to_value()'s. Missing when none did.
inline constexpr std::string_view fired_field = "fired";
// Adds it, unless the pathway records a field of that name itself.
void add_fired(feel::Value& data, feel::Value fired);

struct Event {
  Instant at{};
  uint64_t case_number = 0;
  uint32_t item = 0;  // the work item, timer or message it is about, unique in its case; 0 = none
  Name activity = 0;  // BPMN id of the flow node, or case_activity
  Name role = 0;      // role that performs it, or 0
  Name actor = 0;     // who did it: an account, a simulated person; 0 = nobody or the patient
  Name channel = 0;   // web, phone, caregiver, ... ; 0 = not applicable
  Lifecycle lifecycle = Lifecycle::complete;
  feel::Value data;  // null, or a context of what the node records
};

// Interned texts. Not thread-safe; a log has its own.
class NameTable {
 public:
  NameTable();
  Name intern(std::string_view text);
  // 0 when it was never interned.
  Name find(std::string_view text) const;
  const std::string& text(Name name) const;
  size_t size() const { return texts_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> texts_;
  std::unordered_map<std::string, Name, Hash, std::equal_to<>> index_;
};

// A log: events in the order in which they happened, case by case or interleaved.
struct EventLog {
  NameTable names;
  std::vector<Event> events;
  std::vector<std::string> case_names;  // by case_number, where cases have outside names, or empty
};

}  // namespace passerelle::pathway
