// cohort.yaml: who comes, how they fare and how they answer. The simulated patients of `rehearse`
// as data: arrivals, attributes, a condition that moves from day to day, answers that follow from
// it, habits. Nothing here is drawn: rehearse/ does. docs/cohort.md is the format for people.
//
// One grammar for everything that is drawn, so that there is one thing to learn:
//
//     38.5, true, "fr"                           always this
//     [70, 20, 10]                               0, 1 or 2 with these weights: grades
//     {weights: {fr: 90, en: 6, other: 4}}       one of these texts
//     {chance: 0.3}                              true with this probability
//     {number: {pert: [36, 36.7, 38]}, decimals: 1}
//     {date: {pert: [0, 3, 10]}}                 so many days before today
//     {copy: age}                                what that attribute is
//     {adoption: {from: 2025-03-03, ceiling: 0.9, innovation: 0.03, imitation: 0.4, unit: month}}
//                                                true for a share that grows from that day on
//     {by: state, of: {mild: ..., worse: ..., else: ...}}     depends; any depth
//
// `by` names an attribute that stands earlier, or `state`, `day` (of the condition, from 0),
// `channel`, `activity`, a device, a measurement, or an item of the same form that stands earlier.
// Keys of numbers are
// "< 30", "30..49", ">= 70" or a number.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/place.h"
#include "base/yaml.h"
#include "pathway/adoption.h"
#include "pathway/distribution.h"
#include "pathway/finding.h"

namespace passerelle::pathway {

class Pathway;

// A scalar of the file.
struct Literal {
  enum class Kind : uint8_t { null, boolean, number, text };
  Kind kind = Kind::null;
  std::string text;  // as written
  double number = 0;
  bool truth = false;
};

struct Draw {
  enum class Kind : uint8_t {
    value,
    weights,   // literals, weights
    chance,    // probability
    number,    // distribution, decimals, min, max
    date,      // distribution: days before today
    copy,      // name
    by,        // name, branches
    adoption,  // adoption
  };
  struct Branch;

  Kind kind = Kind::value;
  std::vector<Literal> literals;  // value: one
  std::vector<double> weights;
  double probability = 0;
  Distribution distribution;
  int decimals = 0;
  std::optional<double> min, max;
  std::string name;
  std::vector<Branch> branches;  // `else` last
  Adoption adoption;
  Place place;
};

struct Draw::Branch {
  std::string key;         // as written
  bool otherwise = false;  // else
  bool numeric = false;    // then low..high, both included
  double low = 0, high = 0;
  Draw draw;
};

// Where a figure comes from: every part of a cohort says so.
struct Origin {
  std::string source;
  bool assumption = false;
  bool given() const { return assumption || !source.empty(); }
};

// One stream of arrivals. Rates are in patients a day.
struct Arrivals {
  enum class Kind : uint8_t {
    rate,        // points: (time, patients a day), linear between them; one point: constant
    cumulative,  // points: (time, patients so far), the daily rate by interpolation
    gaps,        // minutes between arrivals, independent
    schedule,    // points: times
    file,        // points: times, of as many replications as the file has
  };
  // Arrivals as they were recorded, or made elsewhere: a table with the columns `at`, `replication`
  // (from 0; the n-th replication of a rehearsal takes the rows of n modulo `replications`) and
  // attributes that are then as given instead of drawn.
  struct File {
    std::string path;  // in the package
    Place place;
    std::vector<std::string> columns;      // attributes
    std::vector<Literal> literals = {{}};  // the first stands for "drawn"
    std::vector<uint32_t> cells;           // by row and column, in `literals`
    std::vector<uint32_t> replication;     // by row
    uint32_t replications = 1;
  };
  struct Point {
    LocalTime at{};  // in the organisation's zone
    double value = 0;
  };
  std::string name;
  Kind kind = Kind::rate;
  std::vector<Point> points;  // in time order; of schedule: times
  Distribution gap_minutes;
  File file;
  // Of rate and cumulative: Poisson, else exactly the expected number, evenly in operational time.
  bool poisson = true;
  std::vector<double> hours;      // 24 weights of the local hour; empty: even
  std::vector<double> weekdays;   // 7 weights from Monday; empty: even
  std::optional<uint64_t> limit;  // patients at most
  std::string message;            // the start event that opens the case; "": the plain one
  Origin origin;
  Place place;
};

struct Attribute {
  std::string name;
  Draw draw;
  Origin origin;
  Place place;
};

// How patients fare. A Markov chain: one move every `step` after the patient came; the time of day
// is the patient's own; a state without a row stays. Or episodes: from `rest`, each kind begins at
// random with its own rate, goes through its phases, each as long as it is drawn, and comes back.
struct Course {
  struct Phase {
    std::string state;
    Draw days;    // a number
    Draw chance;  // a boolean: whether it is met at all
    Place place;
  };
  struct Episode {
    std::string name;
    Draw per_year;  // a number, when at rest
    std::vector<Phase> phases;
    Place place;
  };
  struct Move {
    std::string from;
    Draw to;  // of states
    Place place;
  };
  std::vector<std::string> states;
  Draw initial;
  std::vector<Move> moves;
  std::string rest;  // the state between episodes; "": moves
  std::vector<Episode> episodes;
  Millis step = std::chrono::hours(24);
  int steps = 60;  // then it stays as it is
  Origin origin;
  Place place;

  bool given() const { return !states.empty(); }
};

// A quantity that is measured again and again, as a state-space model: what a measuring shows is
//     baseline + level(t) + walk(t) + sway(t) + noise
// baseline: the person's own, drawn once. level: where the condition moves it; in each state it
// approaches a target, drawn anew each time the state is reached, with a time constant: onset and
// recovery. walk: a random walk, the slow drift of a body. sway: an autoregressive process, the
// days that are not alike. noise: of one measuring. Walk and sway move once a day.
struct Measurement {
  std::string name;
  std::string unit;      // UCUM, or ""
  Draw baseline;         // a number
  Draw level;            // a number: the target in the state, above the baseline
  Draw days;             // a number: the time constant, in days; 0: at once
  double walk = 0;       // standard deviation of a day's step
  double sway = 0;       // standard deviation in the long run
  double sway_days = 1;  // after so many days e^-1 of it is left
  Distribution noise;
  int decimals = 0;
  std::optional<double> min, max;
  Origin origin;
  Place place;
};

// Something that works, fails, and is mended: `works` or `broken`, by which draws may depend.
struct Device {
  std::string name;
  Distribution fails_after;   // days
  Distribution mended_after;  // days
  Origin origin;
  Place place;
};

// What happens to a patient and is told to the case, as long as it listens: a hospital stay, a
// wish to stop. Counted from the opening of the case, or from each time the state is reached.
struct Happening {
  std::string message;
  std::string state;  // "": from the opening
  Draw chance;        // a boolean
  Draw after_hours;   // a number
  std::vector<std::pair<std::string, Draw>> payload;
  std::string outcome;        // counted under this name, e.g. "hospital"
  bool unless_found = false;  // does not happen when the patient was found since then
  Origin origin;
  Place place;
};

struct ItemAnswer {
  std::string item;  // linkId
  Draw draw;
  Draw missing;  // a boolean: left out although it is shown; ignored when it is required
  // Probability that the answer's rank is kept from one form to the next: the same answer as long
  // as the condition is the same, and one that moves with the condition when it changes.
  double persistence = 0;
  Origin origin;
  Place place;
};

// How a form is answered, by whoever fills it: what staff notes follows from the truth, too.
struct FormAnswers {
  std::string form;
  std::vector<ItemAnswer> items;
  Origin origin;
  Place place;
};

// How the patient deals with one activity: with work of their own, or with staff that calls.
struct Habit {
  std::string activity;  // BPMN id
  Draw delay_minutes;    // a number: from the moment the work is open
  Draw forgets;          // a boolean: never answers by itself
  Draw reminded;         // a boolean: a further message with the link brings it back
  Draw absent;           // a boolean: staff calls and nobody answers
  Draw attempt_minutes;  // a number: what the vain call takes
  Draw retry_minutes;    // a number: later it is tried again
  bool has_absent = false;
  // Work of staff: whoever waits longer than that leaves, and the case is told the message.
  Draw leaves_after;    // a number of minutes
  std::string leaving;  // "": nobody leaves
  Origin origin;
  Place place;
};

// What the twin knows and no real log can: who was really worse, and who found it.
struct Truth {
  struct Finder {
    std::string activity;  // its completion ...
    std::string item;      // ... with this answer of its form
    std::vector<std::string> values;
    std::string outcome;  // counted under this name, like that of a happening; may be empty
  };
  std::vector<std::string> states;  // in which a patient ought to be found
  std::vector<std::string> alerts;  // activities that raise an alert by completing
  std::vector<std::string> work;    // activities of staff that alerts cause
  std::vector<Finder> found;
  Origin origin;
  Place place;

  bool given() const { return !states.empty(); }
};

struct Cohort {
  LocalTime start{};  // local midnight of the first day
  int days = 0;       // how long a rehearsal lasts unless asked otherwise
  std::vector<Arrivals> arrivals;
  std::vector<Attribute> attributes;  // in order: later ones may depend on earlier ones
  std::vector<std::string> opening;   // attributes that are given to the case as its variables
  Course course;
  std::vector<Device> devices;
  std::vector<Measurement> measurements;
  std::vector<Happening> happenings;
  std::vector<FormAnswers> answers;
  std::vector<Habit> habits;
  Truth truth;
  Place place;

  const FormAnswers* form(std::string_view id) const;
  const Habit* habit(std::string_view activity) const;
};

// Reads the file; what is wrong is told by findings, and reading goes on.
Cohort parse_cohort(const yaml::Node& node, std::vector<Finding>& findings);

// The tables that streams of arrivals name. `files`: those of the package, by path.
void read_arrival_files(Cohort& cohort, const std::map<std::string, std::string>& files,
                        std::vector<Finding>& findings);

// Names that the pathway does not have: forms, items, options, activities, messages, variables.
void check_cohort(const Cohort& cohort, const Pathway& pathway, std::vector<Finding>& findings);

}  // namespace passerelle::pathway
