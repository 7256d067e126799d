// One replication: the calendar of virtual time that drives pathway::step() with what simulated
// patients and staff do. Patients come, the pathway says what is open and what it waits for, people
// take work in the order of the worklist, patients answer, forget, get reminded, get worse.
//
// The order of what happens at the same instant is that of calendar.h.
//
// Cases meet nowhere but at the staff, and by signals and messages to each other. A case with no
// work at them therefore runs ahead of the calendar, while its memory is at hand: forms, reminders
// and timers of days in one go. It stops as soon as it offers work to staff, or ends; that takes
// place when time catches up with it. Nothing of the result depends on it. Where a pathway's cases
// tell each other anything, none runs ahead.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "pathway/step.h"
#include "rehearse/arrivals.h"
#include "rehearse/calendar.h"
#include "rehearse/four_at_once.h"
#include "rehearse/hourly.h"
#include "rehearse/patient.h"
#include "rehearse/plan.h"
#include "rehearse/simulated_case.h"
#include "rehearse/staff.h"
#include "rehearse/tally.h"
#include "rehearse/truth.h"
#include "rehearse/worklist.h"
#include "review/measure.h"

namespace passerelle::rehearse {

// The numbers of one replication. Hours count from the start of the rehearsal, warm-up included.
struct Replication {
  // What of the hours is counted: a whole replication after its warm-up, or one of its batches.
  size_t first_hour = 0, end_hour = 0;
  uint64_t patients = 0, ended = 0, open = 0, stimuli = 0, incidents = 0;
  std::string incident_at, incident;  // the first one: activity, reason
  std::vector<review::IndicatorOutcome> indicators;
  std::vector<ActivityTally> activities;  // by index; of those that people do
  std::vector<QueueTally> queues;
  std::vector<StaffTally> pools;
  TruthTally truth;
  std::vector<uint64_t> outcomes;
  std::vector<AdoptionTally> adoptions;  // by new way
};

struct SimulationResult {
  // One; or as many as there are batches, which know nothing of the truth and of outcomes.
  std::vector<Replication> parts;
  Hourly hourly;
};

// Cases that nobody uses just now, with their memory: for the next replication of a thread.
using SpareCases = std::vector<std::unique_ptr<SimulatedCase>>;

struct SimulationSettings {
  uint64_t seed = 1;
  uint32_t replication = 0;
  int64_t warm_up = 0;  // milliseconds
  int batches = 0;      // into which what comes after it is cut; 0: it stays whole
  // All events of a case that has ended, or of one still open at the end; not set: only what the
  // indicators need is recorded.
  std::function<Result<void>(const pathway::EventTape&, const pathway::EventKinds&)> log;
  // What a case was told and took, in the order of time: no case runs ahead then.
  std::function<void(const pathway::Stimulus&)> told;
  std::function<void(double)> progress;     // 0..1
  const std::atomic<bool>* stop = nullptr;  // an Error `unavailable` when it becomes true
  SpareCases* spare = nullptr;              // cases come from here first, and go there in the end
  size_t most_open = 2'000'000;             // cases at once: some gigabytes
  uint32_t most_planned = 5'000'000;        // of one case: it goes round without end
};

class Simulation {
 public:
  Simulation(const Plan& plan, const SimulationSettings& settings);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation();
  Result<SimulationResult> run();
  static Error stopped();  // what run() gives when the flag was raised

 private:
  using Where = SimulatedWork::Where;

  // simulation.cpp: time
  Result<void> run_until_end();
  Result<void> change_staff();
  bool ends_within(PersonId person, int64_t millis) const;
  Result<void> check_in();
  void look_ahead();
  void find_next_stream();
  std::string local_minute(int64_t at) const;
  [[gnu::noinline]] Error too_many_open() const;
  [[gnu::noinline]] Error goes_round(const SimulatedCase& it) const;
  Result<void> arrive(size_t stream);
  std::span<const Root> given_of(size_t stream);
  Result<void> go_on(SimulatedCase& it);
  Result<void> next_of(SimulatedCase& it, size_t index);
  bool may_run_ahead(const SimulatedCase& it) const;
  bool may_come_ahead(const Planned& next) const;
  void catch_up(SimulatedCase& it);
  Result<void> settle(SimulatedCase& it, uint32_t slot);  // after it was told something
  void close(uint32_t slot, bool ended);
  void schedule(const SimulatedCase& it, uint32_t slot);
  uint32_t free_slot();

  // simulation_case.cpp: what the pathway is told and tells
  Result<void> spread();
  // `work` may be among those that what is told takes away: it is looked at before.
  [[gnu::noinline]] Result<void> tell(SimulatedCase& it, pathway::Stimulus::Kind kind,
                                      uint32_t item, const SimulatedWork* work = nullptr,
                                      feel::Value data = {}, pathway::Name message = 0);
  void apply(SimulatedCase& it, pathway::Effect& effect);
  void keep(SimulatedCase& it, pathway::Effect& effect);
  [[gnu::noinline]] void share(size_t index, feel::Value& data);
  [[gnu::noinline]] void plan_fate(SimulatedCase& it);
  [[gnu::noinline]] Result<void> happen(SimulatedCase& it, const Fated& fated);

  // simulation_seize.cpp: who takes what
  struct Hands {  // what a person has in hand; item 0: nothing, or several pieces
    uint32_t slot = 0;
    uint32_t item = 0;
  };
  Result<void> seize();
  [[gnu::noinline]] void wake_for_company();
  bool ready(uint16_t queue);
  int64_t oldest(uint16_t queue) const;
  bool alive(const WaitingWork& waiting) const;
  struct Choice {
    uint16_t queue = 0, role = 0;
    const WaitingWork* work = nullptr;
  };
  template <class RoleFor>
  Choice choose(bool by_free, const RoleFor& role_for);
  void take_off_the_list(uint16_t queue);  // into pieces_
  Result<void> take_chosen(const Choice& choice);
  void take_in_hand(SimulatedCase& it, SimulatedWork& work, int64_t takes);
  [[gnu::noinline]] Result<void> take(uint16_t role);  // pieces_
  [[gnu::noinline]] Result<void> tell_of_hands(SimulatedCase& it, const SimulatedWork& work);
  [[gnu::noinline]] Result<bool> interrupt_for_urgent();
  PersonId least_urgent(uint16_t queue, int16_t priority) const;
  Result<void> lay_down(PersonId person, bool keeps);
  void keep_until_back(PersonId person);
  void go_on_with_kept(PersonId person);
  [[gnu::noinline]] void shelve(PersonId person);
  [[gnu::noinline]] bool take_off_the_shelf(uint32_t slot, uint32_t item);
  [[gnu::noinline]] void go_on_with_shelved();
  void put_aside(SimulatedCase& it, SimulatedWork& work);
  void give_back(const SimulatedWork& work, bool done) {
    hands_[work.person] = {};
    staff_.give_back(work.person, now_, done);
  }

  // simulation_work.cpp: what people do
  void offer(SimulatedCase& it, const pathway::Effect& effect);
  [[gnu::noinline]] void offer_to_patient(SimulatedCase& it, SimulatedWork& work);
  [[gnu::noinline]] void message_sent(SimulatedCase& it, const pathway::Effect& effect);
  void wait(SimulatedCase& it, SimulatedWork& work);
  void set_waiting(uint16_t queue, int count) {
    waiting_[queue] = count;
    waiting_levels_[queue].set(now_, count);
  }
  void withdraw(SimulatedCase& it, uint32_t item);
  void plan_to_leave(SimulatedCase& it, SimulatedWork& work);
  [[gnu::noinline]] Result<void> leave(SimulatedCase& it, uint32_t item);
  bool told_of_hands(const SimulatedWork& work) const {
    return listened_to_ || plan_.activities[work.activity].full;
  }
  void count_unbegun(const SimulatedWork& work);
  void count_begin(const SimulatedCase& it, SimulatedWork& work);
  double work_minutes(const SimulatedCase& it, const SimulatedWork& work);
  int64_t duration(SimulatedCase& it, SimulatedWork& work);
  Result<void> work_ends(SimulatedCase& it, uint32_t item);
  Result<void> answered(SimulatedCase& it, uint32_t item);
  feel::Value answers(SimulatedCase& it, const SimulatedWork& work);
  void look_around(SimulatedCase& it, const SimulatedWork& work, pathway::Name channel);
  // simulation_result.cpp
  void cut_into_batches();
  [[gnu::noinline]] Replication& batch(int64_t at);
  // To which something of that time counts.
  Replication& part(int64_t at) { return batches_.empty() ? out_ : batch(at); }
  void sum_hours(Replication& part, const std::vector<PoolTally>& pools) const;
  SimulationResult result();
  ActivityTally& tally(const SimulatedWork& work) {
    return part(work.offered).activities[work.activity];
  }
  bool counts(const SimulatedWork& work) const { return work.offered >= settings_.warm_up; }

  const Plan& plan_;
  const pathway::Pathway& pathway_;
  const SimulationSettings& settings_;
  Patients patients_;
  Staff staff_;
  TruthWatch truth_;
  review::Measurement measurement_;
  std::vector<ArrivalStream> streams_;
  size_t stream_ = 0;    // who comes next comes by it ...
  int64_t arrival_ = 0;  // ... and then
  Calendar calendar_;
  pathway::Tapes tapes_;
  std::vector<std::unique_ptr<SimulatedCase>> cases_;  // by slot
  std::vector<uint32_t> free_;
  std::vector<WorkQueue> queues_;
  std::vector<int> waiting_;  // by queue: how many really wait
  std::vector<Level> waiting_levels_;
  Level open_level_;
  Hourly hourly_;
  uint32_t current_slot_ = 0;             // of the case that is being moved
  uint32_t completing_ = 0;               // item whose completion is being told
  uint32_t leaving_ = 0;                  // item that the patient no longer waits for
  std::vector<FourAtOnce> work_minutes_;  // by activity: of those who have not done it before
  int64_t wake_;                          // when work that waits for company is begun without
  std::vector<Hands> hands_;              // by person
  std::vector<Hands> pieces_;             // that are being taken
  struct Shelved {                        // kept by somebody who does other work meanwhile
    PersonId person = nobody;
    Hands work;
  };
  std::vector<Shelved> shelved_;  // what was kept first comes first
  std::vector<Root> given_;       // of the patient who comes from a file
  bool seize_ = false;            // somebody is free or some work is new since the last look
  struct Announced {              // what a case tells the others
    uint32_t from = 0;            // its number
    pathway::Name message = 0;
    feel::Value data;
  };
  std::vector<Announced> announced_;
  bool listened_to_ = false;  // somebody wants a log, or to be told all
  bool announces_ = false;    // cases meet by what they announce: none runs ahead
  bool taken_ = false;        // the case listened to what it was told last
  bool ended_ = false;        // the case that is being moved has just ended
  bool ahead_ = false;        // it runs ahead: now_ is its own, not yet that of the others
  int64_t now_ = 0;
  uint32_t cases_so_far_ = 0;
  uint32_t tickets_ = 0;
  uint64_t turns_ = 0;
  enum class Fetched : uint8_t { nothing, itself, lists, all };
  std::vector<Fetched> fetched_;                    // by slot: what of a case that comes up soon
  std::vector<std::vector<feel::Value>> recorded_;  // by activity: lately
  std::vector<pathway::Event> told_;                // of the case that is closed
  pathway::Stimulus stimulus_;
  pathway::StepMemory memory_;
  Replication out_;
  struct Batch {
    Replication out;
    review::Measurement measurement;
  };
  std::vector<Batch> batches_;
  int64_t batch_millis_ = 0;
};

}  // namespace passerelle::rehearse
