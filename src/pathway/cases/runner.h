// Plays the examples of cases.yaml on the real step(), in virtual time: given an opened case, when
// answers, messages and time pass, then this work is open, these messages have left, this was
// recorded. docs/package.md describes the file.
#pragma once

#include <vector>

#include "base/yaml.h"
#include "pathway/finding.h"
#include "pathway/pathway.h"

namespace passerelle::pathway {

struct CasesResult {
  size_t played = 0;
  std::vector<Finding> findings;  // a failure stands at its line of cases.yaml
};

CasesResult play_cases(const yaml::Node& root, const Pathway& pathway);

}  // namespace passerelle::pathway
