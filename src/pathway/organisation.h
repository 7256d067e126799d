// organisation.yaml: who does the work. Roles, their shifts over the week, how many people, how
// long the work takes them, how new staff learn, which channels reach patients, which route the
// night takes. Pure data and pure functions of an instant: check, step() ("on duty"), rehearse and
// the worklist ask the same object.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/place.h"
#include "base/result.h"
#include "base/yaml.h"
#include "pathway/adoption.h"
#include "pathway/distribution.h"
#include "pathway/finding.h"
#include "pathway/holidays.h"
#include "pathway/work_order.h"

namespace passerelle::pathway {

// A headcount that changes on dates: rows in time order; before the first row: 0.
struct Headcount {
  struct Row {
    Instant from{};
    int people = 0;
  };
  std::vector<Row> rows;
  // Or: one person per `ratio` people of another role on duty at that time, rounded up.
  std::string per_role;
  double per_people = 0;
};

// A pause of everybody in a shift, at a local time of day; groups go one after another.
struct Break {
  std::chrono::minutes start{};
  std::chrono::minutes length{};
};

struct Shift {
  std::string name;
  std::array<bool, 7> days{};    // Monday first; of days that are no holidays
  bool holidays = false;         // runs on public holidays, whatever the weekday
  std::chrono::minutes start{};  // local time of day
  std::chrono::minutes end{};    // <= start: ends the next day
  Headcount headcount;
  std::vector<Break> breaks;
  int break_groups = 1;  // relays of a break, as equal as can be
  // Of a post: the roles in which its person is there; none said: those of the post.
  std::vector<std::string> roles;
  size_t as = 0;       // the same: which of Post::duties
  std::string source;  // where the headcount comes from
  bool assumption = false;
  Place place;

  bool ever() const;                    // some day
  std::chrono::minutes length() const;  // a day when it ends when it starts
  // How long after the start a break begins.
  std::chrono::minutes offset(const Break& pause) const;
};

// Who falls ill, or stays away for another reason: spells of whole days, nobody stands in.
struct Absence {
  double share = 0;  // of the days, in the long run
  double days = 1;   // mean length of a spell
  std::string source;
  bool assumption = false;
  Place place;

  bool given() const { return share > 0; }
};

// People who are called when too much waits, and stay for a while.
struct Surge {
  std::string name;
  int people = 0;
  int waiting = 0;                // called when so many pieces of work of the role wait
  std::chrono::minutes after{};   // until they are there
  std::chrono::minutes length{};  // then they go, unless as many wait still
  std::string source;
  bool assumption = false;
  Place place;
};

// What a role did before the pathway, and what of it ceases: hours a week of all its people.
struct EarlierWork {
  std::string what;
  double hours_a_week = 0;
  double ceases_hours = 0;
  std::string source;
  bool assumption = false;
  Place place;
};

// What becomes of work in hand when the shift ends.
enum class ShiftEnd : uint8_t {
  finish,     // whoever has it finishes it: overtime
  hand_over,  // back to the worklist; the next one goes on where it stopped
  suspend,    // whoever has it goes on in their next shift
};

// People who leave for good: a post that changes hands begins its learning curves anew.
struct Turnover {
  double per_year = 0;  // of one post, in the mean; times are exponential
  int vacant_days = 0;  // until the newcomer comes
  std::string source;
  bool assumption = false;
  Place place;

  bool given() const { return per_year > 0; }
};

struct Role {
  std::string id;
  std::string name_key;  // text key
  bool staff = true;     // false: patient, caregiver, system
  bool on_call = false;  // reached by phone at night: can take work, does not wait at a desk
  std::vector<std::string> skills;
  std::vector<Shift> shifts;
  ShiftEnd shift_end = ShiftEnd::finish;
  Absence absence;
  // Beside hand_over and suspend: work that ends within so long is finished all the same.
  std::optional<std::chrono::minutes> overtime;
  Turnover turnover;
  std::vector<Surge> surges;
  std::string fallback;    // role that takes over when nobody is on duty, or ""
  std::string reports_to;  // escalation, or ""
  // Not said; or none: its posts are made for the pathway.
  std::optional<std::vector<EarlierWork>> before;
  Place place;
};

// People with several roles: somebody with a name, or numbered posts that are alike. Whoever is on
// duty may take the work of each of the roles that the shift has, one piece at a time.
struct Post {
  std::string name;
  int people = 1;
  std::vector<std::string> roles;  // all that they have in one shift or another, each once
  // The roles that they have at a time, each such set once: one set, unless shifts name their own.
  std::vector<std::vector<std::string>> duties;
  std::vector<std::string> skills;  // beside those of the roles
  std::vector<Shift> shifts;        // that do not overlap; of one person
  double part_time = 1;             // share of the shifts' days that each of them works
  ShiftEnd shift_end = ShiftEnd::finish;
  std::optional<std::chrono::minutes> overtime;
  Absence absence;
  Turnover turnover;
  std::string source;
  bool assumption = false;
  Place place;

  bool has(std::string_view role) const;               // in some shift
  bool has(std::string_view role, size_t duty) const;  // in those of these duties
  std::string title(int number) const;                 // "flyer", or "flyer 2" of several; from 0
};

// Several pieces of one activity that one person does at once: a scanner's rack, a ward round.
struct Together {
  int most = 1;
  int least = 1;                // it does not begin with fewer ...
  std::chrono::minutes wait{};  // ... unless one has waited for so long
};

// What becomes of work in hand when more urgent work comes and nobody is free.
enum class Interruption : uint8_t {
  never,    // it is finished first
  resume,   // it goes on later where it stopped
  restart,  // it begins anew
};

// How long one activity takes one trained person, hands on.
struct WorkTime {
  std::string activity;  // BPMN id
  Distribution minutes;
  Interruption interrupted = Interruption::never;
  std::optional<int> interrupted_by;  // the least priority that may; not said: any higher one
  Together together;
  std::vector<std::string> skills;  // that whoever does it must have
  // How often one case is expected to come by, and over how many days from its opening, evenly.
  std::optional<double> visits;
  int over_days = 0;
  std::string source;       // where the figure comes from
  bool assumption = false;  // marked as an assumption
  Place place;
};

// For a while after go-live people get less done (what a new record takes from the work).
struct Dip {
  double loss = 0;      // of productivity: work takes 1 / (1 - loss) of its time
  double days = 0;      // so long
  double recovery = 0;  // then so many days more, in which the loss falls evenly to nothing
  std::string source;
  bool assumption = false;
  Place place;

  // How much longer work takes so many days after go-live; before it: 1.
  double factor(double days_after) const;
};

// New staff are slower: time factor = 1 + (initial - 1) * (1 + tasks_done)^-exponent, by person
// (power law of practice: A. Newell, P. Rosenbloom, 1981).
struct Learning {
  std::string role;
  // Of each of these tasks by itself; none: of all tasks of the role together.
  std::vector<std::string> activities;
  double initial = 1.0;              // factor of the first task
  double exponent = 0.0;             // power law of practice
  std::chrono::hours training{};     // of each person, before go-live
  int training_days = 14;            // before go-live, over which that is spread
  std::vector<std::string> teaches;  // skills that this training gives
  Dip dip;
  // People change to the new way of working one by one, each on a day of their own; until then work
  // takes them `old_way` times as long as somebody trained in the new one, and they learn nothing
  // of it. Not said: all begin with it.
  std::optional<Adoption> adoption;
  double old_way = 1;
  std::string source;
  bool assumption = false;
  Place place;
};

struct ChannelInfo {
  std::string id;  // web, phone, caregiver
  std::string name_key;
  bool needs_smartphone = false;
  std::string by_role;  // staff role that carries it out (phone), or ""
  Place place;
};

class Organisation {
 public:
  static Organisation parse(const yaml::Node& root, std::vector<Finding>& findings);

  const Role* role(std::string_view id) const;
  // What people of a role can do: its skills, and what its training teaches; of a post with those
  // of its roles. May name one twice.
  std::vector<std::string> skills_of(const Role& role) const;
  std::vector<std::string> skills_of(const Post& post) const;
  const WorkTime* work_time(std::string_view activity) const;
  // People of a role on duty at an instant, by shifts and headcounts.
  int on_duty(std::string_view role, Instant at) const;
  int on_duty(size_t role_index, Instant at) const;
  // Those of one of its shifts: the same people come back to the same shift.
  int on_duty(size_t role_index, size_t shift_index, Instant at) const;
  // People on duty of any of these roles; whoever has several of them is one.
  int on_duty(std::span<const size_t> role_indices, Instant at) const;
  // One relay of a shift, from 0; those of all relays are the shift.
  struct Relay {
    int people = 0;  // that the shift has; 0: it is not running
    bool on_break = false;
    LocalDay day{};  // on which the shift began
    size_t as = 0;   // of a post: which of its duties
  };
  Relay relay(size_t role_index, size_t shift_index, int group, Instant at) const;
  // One person of a post, from 0.
  Relay relay(const Post& post, int number, Instant at) const;
  // Whether a shift begins on that day, and whether this person of the post works it.
  bool runs(const Shift& shift, LocalDay day) const;
  bool works(const Post& post, int number, const Shift& shift, LocalDay day) const;
  std::optional<size_t> role_index(std::string_view id) const;
  // The first instant > at at which the number on duty of any role may change; at most 8 days on.
  Instant next_change(Instant at) const;

  Zone zone = Zone::utc();
  Holidays holidays;
  std::string default_language = "fr";
  std::string version = "1";
  std::vector<std::string> languages;
  WorkOrder order;          // of what waits: on the worklist, and in rehearsals
  std::string coordinator;  // role that gets what went wrong: incidents, undelivered messages
  std::vector<Role> roles;
  std::vector<Post> posts;          // people beside those of the roles' own shifts
  std::optional<LocalDay> go_live;  // of the pathway; not said: when a rehearsal begins
  std::vector<WorkTime> work_times;
  std::vector<Learning> learning;
  std::vector<ChannelInfo> channels;
  std::vector<std::string> enrolling_roles;  // may open a case

 private:
  int headcount(const Headcount& headcount, Instant at, unsigned depth) const;
  int on_duty_at(const Role& role, Instant at, LocalTime local, unsigned depth) const;
  std::optional<LocalDay> day_of(const Shift& shift, LocalTime at) const;
  Relay relay(const Post& post, int number, LocalTime local) const;
  // Somebody of the post who is there; nothing: off duty, or on a break.
  std::optional<Relay> there(const Post& post, int number, LocalTime local) const;
  int shift_on_duty(const Shift& shift, Instant at, LocalTime local, unsigned depth) const;
};

}  // namespace passerelle::pathway
