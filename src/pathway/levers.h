// What a person who is no programmer may change before a rehearsal, and how a scenario's change
// names it: how many people a shift has, the thresholds of rules, how many patients come.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pathway/package.h"

namespace passerelle::pathway {

struct Lever {
  enum class Kind : uint8_t { people, threshold, arrivals };
  Kind kind = Kind::people;
  std::string file;
  std::string path;              // of people and arrivals
  std::string decision;          // of thresholds
  std::string name;              // of the shift, the decision, the stream
  std::string key;               // of texts that may name it better
  std::string role;              // of people
  const Shift* shift = nullptr;  // of people; in the package
  std::vector<int> people;       // headcounts, one for each date from which it changes
  double value = 0;              // of thresholds
  std::string unit;              // UCUM, of thresholds; "" = not said
  bool inverse = false;          // of arrivals: minutes between them, not a rate
};

// Under the package's scenario. Headcounts that follow another role's are not among them, nor are
// arrivals from a file or at given times.
std::vector<Lever> levers(const Package& package);

// As people call it, without its role: by the package's texts ("levers.d_fever", "levers.morning")
// where they have it, else its own name.
std::string name_of(const Lever& lever, const Package& package, std::string_view language);

// The package under a scenario ("" = as written) with further changes, written like those of a
// scenario, made behind its own. Nothing when findings hold errors.
std::unique_ptr<Package> load_changed_package(const PackageFiles& files, std::string_view id,
                                              std::string_view scenario, const yaml::Node& changes,
                                              std::vector<Finding>& findings);

// Each change of a list in one line for people: "Nurse, morning: + 2". What is no lever of the
// package stands as it is written: "work_times.call.minutes: × 1.2".
std::vector<std::string> changes_in_words(const yaml::Node& changes, const Package& package,
                                          std::string_view language);

}  // namespace passerelle::pathway
