// Who is there when, and until when work must be done: what the checks of hours share. Everything
// is looked at week by week, from each Monday on which a headcount changes. For check/ only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pathway/feel/feel.h"
#include "pathway/organisation.h"
#include "pathway/pathway.h"

namespace passerelle::pathway {

// The Monday, 00:00 local time, of the week of an instant.
Instant monday_of(const Organisation& organisation, Instant at);
// The first Monday with each new headcount; one week without dates when there is none.
std::set<Instant> weeks_of(const Organisation& organisation);

// Indices of the activity's roles and of all who take over for them.
std::vector<size_t> covering_roles(const Organisation& organisation, const Activity& activity);
// People of these roles on duty at the beginning of each slot; who has several of them is one.
std::vector<int> people_of(const Organisation& organisation, const std::vector<size_t>& roles,
                           Instant start, size_t slots, std::chrono::minutes stride);

// Until when a task is due, by the instant at which it is opened. Only deadlines that depend on
// nothing but the time are known before a case runs.
class Deadline {
 public:
  Deadline(const Pathway& pathway, const Organisation& organisation, size_t activity);
  bool known() const { return expression_ != nullptr; }
  std::optional<Instant> of(Instant opened);

 private:
  const Organisation& organisation_;
  const feel::Expression* expression_ = nullptr;
  std::vector<feel::Value> nothing_;
  feel::Evaluation evaluation_;
};

std::string weekday_text(const Organisation& organisation, Instant at);  // "Friday 18:30"
std::string date_text(const Organisation& organisation, Instant at);     // "2020-03-16"
std::string length_text(std::chrono::minutes span);                      // "12 h 30 min"
std::string roles_text(const std::vector<std::string>& roles);           // "nurse, physician"

}  // namespace passerelle::pathway
