// indicators.yaml: how a pathway will be judged, written before it starts. An indicator is data: a
// measure of the table below, the events it looks at, a target with its owner, a heading of the
// evaluation and the groups that are compared. Nothing here computes: review/ does, on real and on
// rehearsed events alike. docs/indicators.md is the format for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/place.h"
#include "base/yaml.h"
#include "pathway/event.h"
#include "pathway/feel/feel.h"
#include "pathway/finding.h"

namespace passerelle::pathway {

// The three macro-criteria of the HAS map of organisational impacts (2020), in our words.
enum class Heading : uint8_t {
  process,       // the course of care: in time, complete, without detours
  capabilities,  // what the people who do the work can do, and how much of it there is
  society,       // who is reached, who is left out, what it does around the patient
};
std::string_view to_text(Heading heading);

// Events of any of these activities, with any of these lifecycles, for which the condition holds.
struct EventChoice {
  std::vector<std::string> activities;  // BPMN ids, or case_activity; never empty
  std::vector<Lifecycle> lifecycles;    // never empty; `complete` unless written
  std::string condition_text;           // FEEL on the fields of the event's data; "" = all events
  feel::Expression condition;           // compiled; empty = all events
  std::vector<std::string> fields;      // that the condition reads: its slots, in order
  Place place;
};

// Any of several choices. Not given: empty.
struct EventSelector {
  std::vector<EventChoice> any;
  bool given() const { return !any.empty(); }
};

// One number out of many observations.
struct Statistic {
  bool mean = false;
  double quantile = 0.5;  // when it is no mean; exact, interpolated (Hyndman and Fan, type 7)
};

enum class Unit : uint8_t {
  share,            // 0..1; shown in per cent
  count,            // events
  ratio,            // of two counts
  per_patient_day,  // events
  minutes,
  hours,
  days,
  minutes_per_patient_day,
  value,  // whatever the event records
};
std::string_view to_text(Unit unit);
// Milliseconds of minutes, hours, days; 1 for all others.
double millis_of(Unit unit);

struct Target {
  bool at_least = true;  // else at most
  double value = 0;      // in the indicator's unit
  std::string text;      // as written: "at least 90 %"
  Place place;

  bool met(double result) const { return at_least ? result >= value : result <= value; }
};

struct Indicator {
  std::string id;
  std::string name_key;         // text key "indicator.ID"
  std::string description_key;  // "indicator.ID.what": what is counted
  std::string advice_key;       // "indicator.ID.missed": what to do when the target is missed
  Heading heading = Heading::process;
  std::string measure;  // a row of measure_forms()
  Unit unit = Unit::share;
  std::optional<Target> target;
  std::string owner;                // role that answers for the target, or ""
  std::vector<std::string> groups;  // case attributes whose values are compared
  Place place;

  // Parameters; which of them a measure has says its row.
  EventSelector of;      // what is counted, or the cases that count
  EventSelector with;    // what is looked for
  EventSelector from;    // a pair begins
  EventSelector to;      // a pair ends
  EventSelector unless;  // takes a pair out that has not ended yet: it is not judged
  std::optional<Millis> within;
  Statistic statistic;
  std::vector<std::string> roles;       // whose work is added up
  std::vector<std::string> activities;  // in which activities; empty: all of those roles
  std::string days_of;     // patient-days are counted in this activity; case_activity: all
  std::string holds_text;  // FEEL, boolean or number, on the fields of an event's data
  feel::Expression holds;
  std::vector<std::string> holds_fields;
};

// A row for each measure: its name, the unit of its result and its parameters by their YAML key.
struct MeasureForm {
  std::string_view name;
  Unit unit;
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
};
std::span<const MeasureForm> measure_forms();
const MeasureForm* measure_form(std::string_view name);

// Reads the file; what is wrong is told by findings, and the indicator concerned left out.
// Activities, fields, roles and groups are names here: check_indicators() compares them with the
// pathway.
std::vector<Indicator> parse_indicators(const yaml::Node& root, std::vector<Finding>& findings);

// All choices of an indicator, with the key under which each is written ("of", "from"): for check.
struct NamedChoice {
  std::string_view key;
  const EventChoice* choice;
};
std::vector<NamedChoice> choices(const Indicator& indicator);

}  // namespace passerelle::pathway
