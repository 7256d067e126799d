// Who uses the new circuit, and who keeps the old one, as time goes by, of patients who come or of
// people who work: a share that grows, either by the model of F. M. Bass, or along rows that
// somebody has measured.
//
// F. M. Bass, "A new product growth for model consumer durables", Management Science 15 (1969):
// of those who will ever change, the share F(t) that has after the time t follows
// dF/dt = (p + q F)(1 - F): `innovation` p of their own accord, `imitation` q since others have.
// F(t) = (1 - exp(-(p + q) t)) / (1 + (q / p) exp(-(p + q) t)).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/yaml.h"

namespace passerelle::pathway {

class YamlReader;

struct Adoption {
  int64_t from = 0;       // day of go-live, days since 1970: before it nobody
  double ceiling = 1;     // share that will ever change; the others keep the old circuit
  double innovation = 0;  // a day
  double imitation = 0;   // a day
  std::vector<std::pair<int64_t, double>> rows;  // instead: day, share; linear between them

  // Of those who come on that day (days since 1970), how many use the new circuit; of people who
  // work, how many have changed until then.
  double share(int64_t day) const;
};

// {from, ceiling, innovation, imitation, unit}, or {rows: [{at, share}]}; what is wrong is told by
// findings.
Adoption read_adoption(const yaml::Node& node, YamlReader& read);

}  // namespace passerelle::pathway
