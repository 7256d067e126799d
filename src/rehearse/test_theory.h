// What queueing theory knows, and how far a rehearsal is from it. For tests of rehearse/ only.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "rehearse/rehearse.h"

namespace passerelle::rehearse {

// One Poisson stream, `minutes` apart in the mean; `more` of cohort.yaml.
inline std::string poisson(double minutes, const std::string& more = "") {
  return "start: 2021-01-04\ndays: 60\narrivals:\n  - {gaps: {exponential: " +
         std::to_string(minutes) + "}, assumption: true}\n" + more;
}

inline Settings many(int days = 60, int replications = 12) {
  Settings settings;
  settings.days = days;
  settings.warm_up_days = 4;
  settings.replications = replications;
  settings.seed = 20210104;
  return settings;
}

// Standard errors between the mean of independent numbers and the theory's.
inline double z(const std::vector<double>& runs, double theory) {
  double sum = 0, squares = 0;
  for (const double run : runs) sum += run;
  const auto n = static_cast<double>(runs.size());
  for (const double run : runs) squares += (run - sum / n) * (run - sum / n);
  return (sum / n - theory) / std::sqrt(squares / (n - 1) / n);
}
inline double z(const Estimate& estimate, double theory) { return z(estimate.runs, theory); }

// Probability that a customer of M/M/c waits (A. K. Erlang, 1917); `load` in erlangs.
inline double erlang_c(int servers, double load) {
  double blocked = 1;  // Erlang B, by recursion
  for (int n = 1; n <= servers; ++n) blocked = load * blocked / (n + load * blocked);
  return servers * blocked / (servers - load * (1 - blocked));
}

// Mean number waiting in M/M/c.
inline double waiting_mmc(int servers, double load) {
  return erlang_c(servers, load) * load / (servers - load);
}

}  // namespace passerelle::rehearse
