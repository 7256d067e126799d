// What `check` has to say about a package: like a compiler, with file, line and column, what, why
// and what to do. Every kind of finding is one row of a table, so that the messages, their severity
// and their explanation stand in one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "base/result.h"

namespace passerelle::pathway {

enum class Severity { error, warning };

struct Finding {
  std::string id;  // "task-without-role": stable, named in docs and in acceptances
  Severity severity = Severity::error;
  Place place;
  std::string message;  // what is wrong, with the names concerned
  std::string why;      // what it would do to a patient or a member of staff
  std::string help;     // what to do
};

// What every finding of one kind has in common. Each room of the package's parts has its own table
// of kinds; a kind's id is unique over all of them.
struct FindingKind {
  std::string_view id;
  Severity severity = Severity::error;
  std::string_view why;
  std::string_view help;  // unless the finding knows better
};
Finding make_finding(const FindingKind& kind, Place place, std::string message,
                     std::string help = {});

// "pathway.bpmn:41:7: error: ... [task-without-role]\n  why: ...\n  do: ...\n"
std::string to_text(const Finding& finding);
bool has_errors(const std::vector<Finding>& findings);
// The first that is an error, as the reason why there is no package. CHECKs that there is one.
Error first_error(const std::vector<Finding>& findings);

}  // namespace passerelle::pathway
