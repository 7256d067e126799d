// accepted.yaml: warnings that a team takes upon itself, each by its name, with who, why and until
// when. Errors cannot be accepted. For check/ only.
#pragma once

#include <cstdint>

#include "pathway/check/check.h"
#include "pathway/package_parts.h"

namespace passerelle::pathway {

// Moves accepted warnings from report.findings to report.accepted, and adds findings about
// acceptances that lack something, are over, or match nothing. A matched one is over at the end of
// its last day in the organisation's zone.
// Findings about a migration are told by a check of its own, and so are their acceptances.
enum class Acceptances : uint8_t { of_package, of_migration };
void apply_acceptances(const PackageParts& parts, Instant now, Acceptances which,
                       CheckReport& report);

}  // namespace passerelle::pathway
