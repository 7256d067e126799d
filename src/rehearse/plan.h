// Everything that a rehearsal needs to know and that no patient changes: the compiled pathway with
// its cohort and its organisation, names turned into indices. Made once, shared by all
// replications and threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "pathway/cohort.h"
#include "pathway/feel/value.h"
#include "pathway/indicators.h"
#include "pathway/pathway.h"
#include "rehearse/arrivals.h"
#include "rehearse/draws.h"
#include "rehearse/measuring.h"
#include "rehearse/people.h"
#include "rehearse/practice.h"

namespace passerelle::feel {
struct Shape;
}

namespace passerelle::rehearse {

// What is rehearsed. Borrowed: it must outlive the rehearsal.
struct Model {
  const pathway::Pathway* pathway = nullptr;
  const pathway::Cohort* cohort = nullptr;
  std::span<const pathway::Indicator> indicators;
};

// What a draw may depend on, in this order: the cohort's attributes, then these, then devices, then
// measurements, then the items of the form that is being answered.
enum class Around : uint8_t { state, day, channel, activity };
constexpr size_t around_count = 4;

// Whether a question is shown: enableWhen, compiled.
struct ShownWhen {
  enum class Op : uint8_t { exists, equal, unequal, less, at_most, greater, at_least };
  struct Test {
    uint16_t slot = 0;
    Op op = Op::exists;
    bool wanted = true;  // of exists
    bool small = false;  // what is expected is a number that fits into a word
    feel::Value expected;

    bool holds(const feel::Value& answer) const;
  };
  std::vector<Test> tests;
  bool all = true;

  bool holds(const feel::Value* answers) const;
};

struct ItemPlan {
  uint16_t slot = 0;  // in the context of answers
  uint16_t rank = 0;  // among the cohort's answers of this form: whose draws
  Root draw = no_draw;
  Root missing = no_draw;        // only of what may be left out
  double keep = 0;               // probability that the last rank stays
  std::vector<ShownWhen> shown;  // its own conditions and those of the groups around it

  bool is_shown(const feel::Value* answers) const {
    for (const ShownWhen& when : shown)
      if (!when.holds(answers)) return false;
    return true;
  }
};

struct FormPlan {
  feel::Shape* shape = nullptr;
  std::vector<ItemPlan> items;  // only those that are answered; what others depend on comes first
  uint32_t first_rank = 0;      // of the patient's ranks
  uint32_t ranks = 0;
  uint32_t purpose = 0;
  std::vector<uint16_t> measured;  // measurements that its answers depend on
};

struct FinderPlan {
  uint16_t slot = 0;
  bool any = true;  // completing is enough
  std::vector<feel::Value> values;
  int outcome = -1;
};

// People who may take work: a set of roles, in the order in which they are asked. Work that is done
// several pieces at once waits in a queue of its own, and so does work that needs skills which not
// all of them have.
struct QueuePlan {
  static constexpr uint16_t nobody_of_it = 0xFFFF;

  std::vector<uint16_t> roles;
  std::vector<std::string> skills;  // that not all of those people have
  std::vector<uint16_t> acting;     // by pool: as which role they take it, or nobody_of_it
  std::string name;                 // "physician physician_oncall"
  std::string activity;             // of work that is done together; else ""
  pathway::Together together;
};

struct ActivityPlan {
  enum class Doer : uint8_t { none, patient, staff };
  Doer doer = Doer::none;
  uint16_t queue = 0;  // of staff
  int form = -1;
  bool timed = false;  // has a working time
  bool raises_alert = false;
  bool serves_alert = false;
  bool full = false;   // assign and start are told to the case, too
  int opens = -1;      // of a send task: the patient's activity that its link opens
  uint16_t order = 0;  // among the activities that people do
  Symbol symbol = 0;
  pathway::Sampler minutes;
  Root delay = no_draw, forgets = no_draw, reminded = no_draw;
  Root absent = no_draw, attempt = no_draw, retry = no_draw;
  Root leaves = no_draw;  // minutes that the patient waits at most
  pathway::Name leaving = 0;
  uint32_t work_purpose = 0, habit_purpose = 0, leave_purpose = 0;
  pathway::Interruption interrupted = pathway::Interruption::never;
  int interrupted_by = 0;  // least priority
  std::vector<FinderPlan> finders;
};

struct HappeningPlan {
  const pathway::Happening* happening = nullptr;
  pathway::Name message = 0;
  Symbol state = 0;
  Root chance = no_draw, after = no_draw;
  feel::Shape* shape = nullptr;  // of the payload
  std::vector<Root> payload;
  int outcome = -1;
  uint32_t purpose = 0;
};

// Who may do the same work: the people of a role, or of a post with several; where its shifts have
// different roles, while they have the same ones.
struct PoolPlan {
  std::string name;       // of the role, or of the post: "flyer", or "flyer (triage)" of several
  std::string post;       // its name, or ""
  bool by_roles = false;  // one of several of the post
  uint64_t roles = 0;     // bit by role
  std::string name_key;   // text key of the role; empty: of a post
  pathway::ShiftEnd shift_end = pathway::ShiftEnd::finish;
  int64_t overtime = -1;  // milliseconds that are worked on beside another end; -1: not said
  std::vector<std::string> skills;
};

struct Plan {
  Model model;
  Instant start{}, end{};
  int64_t millis = 0;  // of the whole
  Symbols symbols;
  Draws draws{symbols};

  std::vector<ArrivalPlan> arrivals;
  std::vector<pathway::Name> opening_messages;  // by stream
  // By stream: of cases that a start event opens by itself, which (as Stimulus::item has it); else
  // 0.
  std::vector<uint32_t> opening_items;
  // Of streams from files: their columns among the attributes, and the draw of each literal, which
  // is always the same.
  struct GivenPlan {
    std::vector<uint16_t> attributes;
    std::vector<Root> literals;
  };
  std::vector<GivenPlan> given;  // by stream
  std::vector<Root> attributes;
  std::vector<uint32_t> attribute_purposes;
  feel::Shape* opening = nullptr;  // of the variables that a case is opened with
  std::vector<uint16_t> opening_attributes;

  Root initial_state = no_draw;
  std::vector<Symbol> states;
  std::vector<Root> moves;  // by state
  CoursePlan course;
  std::vector<DevicePlan> devices;
  std::vector<MeasurementPlan> measurements;
  std::vector<bool> found_states;  // by state: ought to be found
  std::vector<HappeningPlan> happenings;
  std::vector<std::string> outcomes;

  std::vector<FormPlan> forms;
  uint32_t ranks = 0;  // of one patient
  size_t most_items = 0;
  std::vector<ActivityPlan> activities;
  uint16_t worked = 0;  // activities that people do
  std::vector<QueuePlan> queues;
  bool interruptible = false;  // some work is
  bool together = false;       // some work is done several pieces at once
  uint16_t incident_queue = 0;
  std::vector<PoolPlan> pools;  // of roles, by role; then of posts, and of each post's duties
  // By role: who has it, in the order in which they are asked: people of that role only, then
  // posts, those with fewer roles first, so that who can do much is kept free for it.
  std::vector<std::vector<uint16_t>> pools_of_role;
  PracticePlan practice;
  Roster roster;
  std::vector<std::pair<pathway::Name, Symbol>> channels;
  std::vector<uint8_t> needed;  // events that the indicators look at: activity -> lifecycles
  std::vector<uint8_t> wanted;  // events that are built: those, and alerts

  pathway::NameTable names;           // the pathway's, then its people's
  std::vector<pathway::Name> actors;  // by PersonId
  std::vector<pathway::Name> roles;   // by role
  pathway::Name case_name = 0;

  Symbol channel_symbol(pathway::Name channel) const;
  // How much is known of a patient before any form: attributes and what is around.
  size_t known_count() const {
    return attributes.size() + around_count + devices.size() + measurements.size();
  }
};

// Error when the model cannot be rehearsed: it says what is missing and where.
Result<std::unique_ptr<Plan>> make_plan(const Model& model, int days);

}  // namespace passerelle::rehearse
