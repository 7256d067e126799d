// The digital twin: a pathway package rehearsed in virtual time, on simulated patients and the
// staffing of its organisation. The pathway itself is moved by pathway::step(), its rules and forms
// are the compiled ones, its indicators are computed by review::Measurement: nothing here knows how
// a pathway works, so that what was rehearsed is what runs.
//
// Each replication is a world of its own, a pure function of (package, days, seed, replication);
// replications are spread over threads and reduced in their order, so that results are the same
// bit for bit for any number of threads. docs/rehearse.md says what is simulated, how, and where
// its limits are; docs/cohort.md how patients are described.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/event.h"
#include "pathway/form.h"
#include "pathway/indicators.h"
#include "pathway/package.h"
#include "pathway/step.h"

namespace passerelle::rehearse {

// The program runs as several at the same time, on one machine or on many (mpirun): they share the
// replications, and every one of them has the whole result. cli/ knows how they speak.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const = 0;   // which one this is, from 0
  virtual int count() const = 0;  // how many there are
  // Gives the others one message and takes theirs, by rank, its own among them. All must call.
  virtual Result<std::vector<std::string>> exchange(const std::string& mine) const = 0;
};

struct Settings {
  int days = 0;          // from the cohort's start; 0: as long as the cohort says
  int warm_up_days = 0;  // counted for nothing: nothing is full and nobody waits at the beginning
  int replications = 10;
  // Share of itself (of shares: points) to which each indicator and each mean wait shall be known,
  // 0.05: 5 %; waits to half a minute at least. Replications are added until they are, or until
  // there are `most_replications`. 0: as many as `replications` says.
  double precision = 0;
  int most_replications = 1'000;
  // The warm-up is found by MSER-5 in a few replications, in whole days.
  bool find_warm_up = false;
  // One replication, cut into so many batches after the warm-up: intervals by batch means. 0: not.
  int batches = 0;
  uint64_t seed = 1;
  int threads = 0;               // 0: as many as the machine has
  const Ranks* ranks = nullptr;  // null: this program is the only one
  // 0..1, from any of the threads, one at a time, never less than before.
  std::function<void(double)> progress;
  const std::atomic<bool>* stop = nullptr;  // becomes true: rehearse() returns an Error
  // ... unless two replications or more are finished: the result is that of the first of them, in
  // their order, up to one that is not. Not where several programs share the replications.
  bool keep_finished = false;
  // The program ends afterwards, and with it its memory: it need not be given back before.
  bool memory_may_stay = false;
};

// What replications say about one number. NaN: there is none.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();  // mean of the replications
  // 95 % interval of the mean by Student's t over the replications that have the number; NaN with
  // fewer than two of them.
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> runs;  // by replication

  bool known() const { return value == value; }
  bool has_interval() const { return low == low; }
};

struct GroupResult {
  std::string attribute, value;  // "smartphone", "false"
  Estimate result;
  Estimate difference;  // from all the others, within each replication
};

struct IndicatorResult {
  std::string id;
  pathway::Texts name;
  pathway::Heading heading = pathway::Heading::process;
  pathway::Unit unit = pathway::Unit::share;
  std::optional<pathway::Target> target;
  std::string owner;
  Estimate result;
  double met = std::numeric_limits<double>::quiet_NaN();  // share of replications that meet it
  // A time until work that grows without end: it has no mean (NaN) and no groups.
  bool grows = false;
  std::vector<GroupResult> groups;
};

struct ActivityResult {  // what people do
  // More comes than can be done: what waits grows without end, and waits have no mean (NaN). Not
  // that of work which is served before what grows in the same queue.
  bool grows = false;
  std::string id;
  pathway::Texts name;
  std::vector<std::string> roles;
  bool staff = true;                        // else the patients'
  Estimate offered, done, withdrawn, left;  // left: open at the end
  Estimate abandoned;                       // of those withdrawn: the patient waited no longer
  Estimate interrupted;                     // how often work in hand was put aside
  Estimate vain;                            // calls that nobody answered
  Estimate late;                            // share of those with a deadline, begun after it
  // Minutes. Staff: from the offer to hands on. Patients: from the offer to the answer.
  Estimate wait_mean, wait_median, wait_p90, wait_p95, wait_max;
  Estimate work_mean, work_hours;    // minutes of one; hours of all
  std::vector<double> wait_by_hour;  // mean wait of what was offered in that hour; NaN: nothing was
};

struct QueueResult {  // work that waits for the same roles
  std::vector<std::string> roles;
  std::string activity;             // of work that is done several pieces at once; else ""
  std::vector<std::string> skills;  // that the work needs and not all of those people have
  bool grows = false;               // without end: there is no mean
  Estimate mean, peak;
  std::vector<double> waiting;  // by hour since the start, mean of replications
};

struct StaffResult {
  std::string role;                // id; of people with several roles: the name of their post
  std::vector<std::string> roles;  // that they have
  pathway::Texts name;
  Estimate use;       // share of paid hours with hands on
  Estimate peak_use;  // of the busiest hour
  Estimate paid_hours, busy_hours, overtime_hours;
  std::vector<double> on_duty, busy;  // by hour since the start, mean of replications
  // Shares of the time in which nobody, one, two, ... have hands on, overtime included: how many
  // are needed at once.
  std::vector<Estimate> at_work;
};

// Work that some do in a new way and others still in the old one (`adoption` of organisation.yaml).
struct AdoptionResult {
  std::string role;
  pathway::Texts name;                  // of the role
  std::vector<std::string> activities;  // none: all work of the role that no other one names
  std::vector<pathway::Texts> activity_names;
  int people = 0;               // who do it as their own
  Estimate at_start, at_end;    // of them, who work in the new way: first and last day counted
  Estimate work;                // share of the work that was begun in the new way
  std::vector<double> changed;  // people, by day since the start, mean of replications
};

// What only a twin can know: who was really worse, and who found it. Shares of patients, minutes.
struct TruthResult {
  bool given = false;
  Estimate deteriorated;                   // patients
  Estimate sensitivity;                    // share of them for whom an alert was raised
  Estimate found, missed;                  // shares of those whose end is known
  Estimate to_alert_median, to_alert_p90;  // minutes from the deterioration on
  Estimate to_found_mean, to_found_median, to_found_p90;
  // Each time that a patient was worse, by itself: how often, shares of them, minutes.
  Estimate episodes, episodes_alerted, episodes_found;
  Estimate episode_to_alert_median, episode_to_found_median;
  Estimate alerts, false_alerts, false_share;
  Estimate false_hours, false_hours_share;  // of staff, spent on false alerts
};

struct OutcomeResult {  // of cohort.yaml: "hospital"
  std::string name;
  pathway::Texts title;  // by the text key outcome.NAME
  Estimate patients, share;
};

struct Rehearsal {
  std::string pathway, version, scenario;  // "" = as written
  pathway::Texts title, scenario_name;
  int days = 0, warm_up_days = 0, replications = 0;
  bool warm_up_found = false;  // by MSER-5
  int batches = 0;             // of the one replication; 0: not cut
  double precision = 0;        // asked for; 0: not
  std::string imprecise;       // what is still less precise; "": nothing
  int stopped_of = 0;          // replications that were to be played when it was stopped; 0: not
  uint64_t seed = 0;
  Instant start{}, end{};
  std::string zone;
  Estimate patients, ended, open;     // cases opened, of them ended, still open at the end
  Estimate stimuli;                   // steps of the pathway: the size of the simulation
  Estimate incidents;                 // expressions without a value, work for the coordinator
  std::string incident_at, incident;  // the first one: activity, why (in English)
  std::vector<IndicatorResult> indicators;
  std::vector<ActivityResult> activities;
  std::vector<QueueResult> queues;
  std::vector<StaffResult> staff;
  std::vector<AdoptionResult> adoption;
  TruthResult truth;
  std::vector<OutcomeResult> outcomes;
  std::vector<std::string> remarks;  // what a reader must know, in English
};

// `scenario`: under which the package was loaded, for the record. Errors: the package cannot be
// rehearsed (and why), or the rehearsal was stopped (code unavailable).
Result<Rehearsal> rehearse(const pathway::Package& package, const Settings& settings,
                           std::string_view scenario = "");

// As long and as often as what has been rehearsed, whatever was found out for it (warm-up,
// precision): so that the two can be compared.
Settings same_as(Settings settings, const Rehearsal& rehearsal);

// ---- two scenarios on the same patients ----

struct Difference {
  std::string kind;  // "indicator", "outcome", "truth", "wait", "staff"
  std::string id;    // of the indicator, the activity, ...
  pathway::Texts name;
  std::string unit;  // as pathway::to_text(Unit) writes it
  Estimate before, after;
  bool before_grows = false,
       after_grows = false;  // without end: there is no mean and no difference
  Estimate difference;       // after - before, within each replication
  // How much narrower the same patients make it: variance of the difference over that of two
  // independent rehearsals; 0.1 = ten times fewer replications. NaN: nothing varies.
  double variance_ratio = std::numeric_limits<double>::quiet_NaN();
  double p = std::numeric_limits<double>::quiet_NaN();  // of no difference: paired t test
  bool real = false;  // holds together with all others of its kind (Holm 1979, 5 %)
  // Whether it is for the better, when a target says which way is good, or when something grows
  // without end before or after only.
  std::optional<bool> better;

  bool told() const { return difference.known() || before_grows || after_grows; }
  bool turns() const { return before_grows != after_grows; }
};

struct Comparison {
  std::string pathway, before, after;  // scenarios
  pathway::Texts before_name, after_name;
  int replications = 0;
  double patients_shared = 0;  // share of the patients that came in both
  std::vector<Difference> differences;
};

// Error when they are not of the same seed, days, replications and pathway.
Result<Comparison> compare(const Rehearsal& before, const Rehearsal& after);
// One with several others, which are read as one table: of each kind, all differences of all
// comparisons together err once in twenty. Each goes from the package as written to what differs
// from it; of two scenarios, from the one to the other. `changed`: the one has further changes, so
// that each goes to it.
Result<std::vector<Comparison>> compare_all(const Rehearsal& one, std::span<const Rehearsal> others,
                                            bool changed = false);
// By how much fewer replications the same patients make do: the median over the differences of
// 1 / variance_ratio; NaN when nothing varies.
double replications_saved(const Comparison& comparison);
constexpr double worth_telling = 1.05;  // of that: below, it reads "1 times"

// ---- what leaves ----

std::string to_json(const Rehearsal& rehearsal);  // docs/rehearse.md; `review --against` reads it
std::string to_json(const Comparison& comparison);
std::string to_text(const Rehearsal& rehearsal, std::string_view language);  // for a terminal
std::string to_text(const Comparison& comparison, std::string_view language);

// All events of one replication (from 0): the log that a real run would have left. Grouped by case,
// cases in the order in which they were opened. `told`: what the cases were told, in the order of
// time; its names are those of the log.
Result<pathway::EventLog> event_log(const pathway::Package& package, const Settings& settings,
                                    int replication,
                                    std::function<void(const pathway::Stimulus&)> told = {});
// The same to a file. .xes and .events are streamed, case by case as they end, and need no memory
// for the whole; the others are written from memory.
Result<void> write_log(const pathway::Package& package, const Settings& settings, int replication,
                       const std::string& path);

}  // namespace passerelle::rehearse
