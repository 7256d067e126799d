// The compiler for care organisations: a package whose organisation is not ready is refused, with
// messages like a compiler's. Everything stands in findings; nothing is printed here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "pathway/finding.h"
#include "pathway/package.h"

namespace passerelle::pathway {

// A warning that the team has accepted by name: accepted.yaml.
struct AcceptedFinding {
  Finding finding;
  std::string author, reason;
  std::string until;  // the last day, "2026-12-31"
};

struct CheckReport {
  std::vector<Finding> findings;          // in the order of files, lines and columns
  std::vector<AcceptedFinding> accepted;  // the same order
};

// All that can be found: parse errors, names across files, cover of promised hours, work against
// hours, decision tables, texts, scenarios, and the examples of cases.yaml, played by the real
// step(). `now` says which acceptances are over.
CheckReport check_package(const PackageFiles& files, std::string_view id, Instant now);

}  // namespace passerelle::pathway
