// The figures that a rehearsal rests on: where they stand, whether anybody has published or
// measured them, and one of them made larger or smaller.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/place.h"
#include "base/yaml.h"
#include "pathway/package.h"

namespace passerelle::pathway {

struct Figure {
  std::string file;  // "organisation.yaml"
  std::string path;  // "work_times.nurse_call.minutes", as a scenario's changes name it
  Place place;
  std::string written;  // "pert: 3, 7, 20", shortened
  bool assumed = true;  // no `source` stands at it, nor around it
  std::string source;   // the nearest one; "" when it is assumed
};

// Of organisation.yaml and cohort.yaml, in the order in which they stand: headcounts, working
// times, learning, arrivals, chances, moves of the condition, habits. Measurements (38.1 °C) are
// not among them: 20 % more of one means nothing.
std::vector<Figure> figures(const PackageFiles& files);

// A headcount, a rate or a time is multiplied, a distribution in its scale; a headcount is rounded,
// and moves by one person at least, except from 0. Of a chance it is the odds; of `weights` the
// odds against the likeliest value; a list of weights (grades) shifts, each against the one before
// it. `key` is the name that it stands under. False: nothing here can be multiplied.
bool multiply(yaml::Node& node, double times, std::string_view key);

}  // namespace passerelle::pathway
