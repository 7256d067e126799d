// One patient's case in a replication: the pathway's state, what is planned for it, the work that
// is open in it, and what the twin knows about the patient. Cases are reused, with their memory.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "pathway/event_tape.h"
#include "pathway/step.h"
#include "rehearse/calendar.h"
#include "rehearse/patient.h"
#include "rehearse/people.h"
#include "rehearse/worklist.h"

namespace passerelle::rehearse {

struct Planned {
  enum class Kind : uint8_t {
    work_ends,    // item; somebody has finished with it
    timer,        // item
    answer,       // item; the patient sends the form
    offer_again,  // item; after a call that nobody answered
    leaves,       // item; the patient waits no longer
    happening,    // item: its index in `fated`
    catch_up,     // time reaches what the case ran ahead to; before all else of that instant
  };
  Planned(int64_t at, uint32_t planned_as, uint32_t about, Kind what)
      : when(rehearse::when(at, what == Kind::work_ends ? Phase::release : Phase::queue)),
        order(planned_as),
        item(about),
        kind(what) {}
  When when;
  uint32_t order;  // of planning: what was planned first comes first
  uint32_t item;
  Kind kind;

  int64_t at() const { return millis_of(when); }
  bool before(const Planned& other) const {
    return when < other.when || (when == other.when && order < other.order);
  }
};

struct SimulatedWork {
  SimulatedWork() noexcept {}  // as Effect's

  // kept: by somebody until the next shift. ahead: time has not come yet to where the case ran
  // ahead to and offered it
  enum class Where : uint8_t { waiting, later, in_hands, kept, patient, ahead };
  uint32_t item = 0;
  uint16_t activity = 0;
  uint16_t queue = 0;
  Where where = Where::waiting;
  bool incident = false;
  bool forgotten = false;  // the patient will not answer unless reminded
  bool vain = false;       // this attempt finds nobody
  bool begun_once = false;
  uint16_t pieces = 1;  // that are done together with it
  int16_t priority = 0;
  uint16_t attempts = 0;  // calls, or reminders
  uint32_t ticket = 0;
  uint32_t again = 0;       // how often this activity was offered before in this case
  uint32_t form_again = 0;  // how often this form was
  PersonId person = nobody;
  int64_t offered = 0;
  int64_t due = no_deadline;
  int64_t begun = 0;
  int64_t before = 0;  // hands on so far, before it was interrupted
  double left = -1;    // milliseconds that a trained person still needs; < 0: not begun
  double minutes = 0;  // that a trained person needs in all; of staff's
  pathway::Name channel = 0;
};

struct Fated {  // a happening that will come to pass, unless something comes before it
  uint16_t happening = 0;
  uint32_t stage = 0;
};

struct SimulatedCase {
  static constexpr int64_t never_worse = std::numeric_limits<int64_t>::max();

  uint32_t number = 0;  // from 1, in the order of arrival
  bool open = false;
  bool over = false;  // it ran ahead to its end
  int64_t opened = 0;
  pathway::State state;
  Patient patient;
  std::vector<Planned> planned;
  std::vector<SimulatedWork> works;
  std::vector<Fated> fated;
  pathway::EventTape events;
  std::vector<uint32_t> offers;  // how often so far, by activity that people do, then by form
  uint32_t orders = 0;
  // The truth.
  int64_t worse_at = never_worse;
  bool alerted = false, found = false, decided = false;
  int64_t found_at = -1;               // the last time
  std::vector<int64_t> alerts, finds;  // when alerts were raised, and the patient was found
  uint64_t outcomes = 0;               // bit by outcome
  uint16_t incident_tries = 0;

  void plan(int64_t at, Planned::Kind kind, uint32_t item) {
    planned.emplace_back(at, ++orders, item, kind);
  }
  void plan_catch_up(int64_t at) { planned.emplace_back(at, 0u, 0u, Planned::Kind::catch_up); }
  // What comes first; planned must not be empty.
  size_t first() const {
    size_t best = 0;
    for (size_t i = 1; i < planned.size(); ++i)
      if (planned[i].before(planned[best])) best = i;
    return best;
  }
  When next() const { return planned.empty() ? never : planned[first()].when; }
  void unplan(size_t index) {
    planned[index] = planned.back();
    planned.pop_back();
  }
  // When it was planned for; -1: it was not.
  int64_t unplan(Planned::Kind kind, uint32_t item) {
    for (size_t i = 0; i < planned.size(); ++i) {
      if (planned[i].kind != kind || planned[i].item != item) continue;
      const int64_t at = planned[i].at();
      unplan(i);
      return at;
    }
    return -1;
  }
  SimulatedWork* find_work(uint32_t item) {
    for (SimulatedWork& work : works)
      if (work.item == item) return &work;
    return nullptr;
  }
};

}  // namespace passerelle::rehearse
