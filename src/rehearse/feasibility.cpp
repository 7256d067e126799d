#include "rehearse/feasibility.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {

Feasibility::Feasibility(double limit, bool at_least, double tolerance, double error, int first)
    : limit_(limit),
      sign_(at_least ? -1 : 1),
      half_(tolerance / 2),
      error_(error),
      first_(std::max(first, 2)) {}

void Feasibility::add(double value) {
  if (std::isnan(value) || verdict_ != Verdict::open) return;
  const double distance = sign_ * (value - limit_) + half_;
  ++n_;
  sum_ += distance;
  if (n_ <= first_) begin_.push_back(distance);
  if (n_ < first_) return;
  if (n_ == first_) {
    const double mean = sum_ / n_;
    double squares = 0;
    for (const double each : begin_) squares += (each - mean) * (each - mean);
    const double freedom = first_ - 1;
    const double eta = (std::pow(2 * error_, -2 / freedom) - 1) / 2;
    spread_ = 2 * eta * freedom * (squares / freedom);  // h² S²
  }
  look();
}

// The sum walks between two lines that meet.
void Feasibility::look() {
  const double line = std::max(0.0, spread_ / (2 * half_) - half_ * n_ / 2);
  if (sum_ <= -line) {
    verdict_ = Verdict::keeps;
  } else if (sum_ >= line) {
    verdict_ = Verdict::breaks;
  }
}

}  // namespace passerelle::rehearse
