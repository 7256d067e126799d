// Which figure moves the result most: each is made smaller and larger, one at a time, on the same
// patients, so that a team knows what to measure first. One at a time: what two figures do together
// is not looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pathway/figures.h"
#include "rehearse/rehearse.h"

namespace passerelle::rehearse {

struct SensitivitySettings {
  double spread = 0.2;         // a figure is divided and multiplied by 1 + spread
  bool published_too = false;  // else only what nobody has published or measured
};

// What one figure does to one measure, against the figure as written.
struct Influence {
  Estimate less, more;                        // differences, within each replication
  bool less_real = false, more_real = false;  // hold together with all others of the measure
  // It makes what grows without end come to rest, or the other way round: more than any difference.
  bool less_turns = false, more_turns = false;
  bool turns() const { return less_turns || more_turns; }
  double most() const;  // the larger of the two, without its sign; 0 when unknown
};

struct Measure {
  std::string kind, id;  // as in Difference: "indicator" or "truth"
  pathway::Texts name;
  std::string unit;
  std::optional<pathway::Target> target;
  Estimate as_written;
  std::vector<Influence> influences;  // one for each figure that was varied, in their order
  bool grows = false;                 // as written: without end
};

// Influences by their index: what turns the whole first, then the largest.
void strongest_first(const Measure& measure, std::vector<size_t>& order);

struct Sensitivity {
  std::string pathway, scenario;
  int days = 0, replications = 0;
  int batches = 0;  // of the one replication; 0: not cut
  double spread = 0;
  std::vector<pathway::Figure> figures;  // that were varied
  // Could not be varied, with the reason: "a chance of 0.99 …".
  std::vector<std::pair<pathway::Figure, std::string>> left_out;
  std::vector<Measure> measures;
};

// Rehearses the package 1 + 2 × figures times. Errors: as rehearse(); nothing to vary; fewer than
// two replications, which cannot tell an effect from chance.
Result<Sensitivity> sensitivity(const pathway::PackageFiles& files, std::string_view id,
                                std::string_view scenario, const Settings& settings,
                                const SensitivitySettings& how = {});

// "10 replications", "8 batches of one replication".
std::string times_played(const Sensitivity& sensitivity, std::string_view language);
std::string to_json(const Sensitivity& sensitivity);
std::string to_text(const Sensitivity& sensitivity, std::string_view language);

}  // namespace passerelle::rehearse
