// A rehearsal as one HTML file for those who decide: the question, what was found with its
// uncertainty, what it rests on, what would change the conclusion. No script and no outside
// resource; for screen and for print. The method stands under the headings of STRESS-DES
// (T. Monks and others, "Strengthening the reporting of empirical simulation studies", 2019).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pathway/figures.h"
#include "pathway/package.h"
#include "rehearse/rehearse.h"
#include "rehearse/sensitivity.h"

namespace passerelle::rehearse {

struct Report {
  const pathway::Package* package = nullptr;  // under the scenario of `rehearsal`
  const Rehearsal* rehearsal = nullptr;
  // What it was compared with, and the comparisons, each from or to `rehearsal`, as it says itself;
  // in the same order.
  std::span<const Rehearsal> others;
  std::span<const Comparison> comparisons;
  // Scenarios that it was to be compared with, had it not been stopped before.
  std::vector<std::string> not_compared;
  const Sensitivity* sensitivity = nullptr;  // null: was not asked for
  std::vector<pathway::Figure> figures;      // all that it rests on, as written
  // Further changes that a person made to the scenario, each in words.
  std::vector<std::string> own_changes;
  std::string command;  // that brings the same result again
  std::string program;  // "passerelle 0.1.0"
  std::string language = "en";
};

std::string to_html(const Report& report);

}  // namespace passerelle::rehearse
