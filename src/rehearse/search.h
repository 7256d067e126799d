// The cheapest staffing that meets the targets: headcounts of shifts are changed within bounds, and
// each staffing that is looked at is rehearsed on the same patients until it is known to meet its
// targets or to miss one. Costs are known exactly, only the promise is not.
//
// What is decided is right with 95 % together: the k-th staffing may err with 5 % / k (k + 1), its
// targets share that (Bonferroni). One thing is taken for granted: more people never make a target
// be missed. So whatever has fewer people than what misses is never rehearsed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/package.h"
#include "pathway/staffing.h"
#include "rehearse/rehearse.h"

namespace passerelle::rehearse {

// Work that nobody begins, since a choice has no people.
struct Undone {
  size_t choice = 0;
  std::string activity;
  pathway::Texts name;
};

struct Staffed {
  enum class Verdict : uint8_t { open, meets, misses };
  std::vector<int> people;  // by choice
  double cost = 0;          // a week
  Verdict verdict = Verdict::open;
  int replications = 0;
  std::vector<Estimate> aims;  // by aim; each interval is 95 % by itself
  // The worst aim: by how much it is on the good side, in its tolerances.
  double margin = std::numeric_limits<double>::quiet_NaN();
  // Why an aim has no value here: it counts as missed.
  std::vector<Undone> undone;
};

struct HourOfWeek {  // of one role; 168 numbers from Monday 0 h, local time
  std::string role;
  pathway::Texts name;
  std::vector<double> load;  // work in hand when nobody waits, in people
  std::vector<int> needed;   // what the formulas ask for
  std::vector<int> people;   // of the cheapest staffing, all shifts of the role
};

struct Search {
  std::string pathway, scenario;
  pathway::Texts title, scenario_name;
  int days = 0, warm_up_days = 0;
  uint64_t seed = 0;
  pathway::Staffing asked;
  std::vector<pathway::Texts> role_names;                // by choice
  std::vector<std::vector<pathway::Texts>> shift_names;  // by choice, in their order
  std::vector<double> hours_a_week;                      // by choice, of one person
  std::vector<pathway::Indicator> aims;                  // of the package, by aim
  std::vector<pathway::Texts> aim_names;
  uint64_t possible = 0;       // staffings within the bounds
  int replications = 0;        // that were played
  std::vector<Staffed> tried;  // in their order: the first has all that is allowed, the second is
                               // what the formulas ask for
  std::optional<size_t> best;  // of tried: the cheapest that meets all targets
  // Cheaper staffings of which nothing is known: 0 when the search is complete.
  uint64_t unknown = 0;
  bool stopped = false;  // by hand, or at its limit of replications
  bool by_hand = false;
  std::vector<size_t> frontier;   // of tried: none is cheaper and better
  std::vector<HourOfWeek> hours;  // of the roles whose shifts may change
};

// `staffing` as check_staffing() left it. Errors: the package cannot be rehearsed, or the bounds
// allow more staffings than can be looked through (2,000,000). Being stopped is no error.
Result<Search> search(const pathway::PackageFiles& files, std::string_view id,
                      const pathway::Staffing& staffing, const Settings& settings);

// What the search would put into the package, as a scenario's changes.
yaml::Node changes_of(const pathway::Staffing& staffing, const std::vector<int>& people);

std::string to_json(const Search& search);
std::string to_text(const Search& search, std::string_view language);

}  // namespace passerelle::rehearse
