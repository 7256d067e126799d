#include "rehearse/precision.h"

#include <algorithm>
#include <cmath>

namespace passerelle::rehearse {
namespace {

// Nobody plans by less; and a wait that hardly exists has no percentage.
constexpr double finest_minutes = 0.5;

class Finder {
 public:
  void look(const std::string& what, const Estimate& estimate, double allowed) {
    if (!estimate.has_interval()) return;
    const double half_width = (estimate.high - estimate.low) / 2;
    if (found_ && half_width * out_.allowed <= out_.half_width * allowed) return;
    found_ = true;
    out_ = {what, half_width, allowed};
  }
  Widest out() const { return out_; }

 private:
  Widest out_;
  bool found_ = false;
};

}  // namespace

int Widest::needed(int now) const {
  const double wanted = allowed > 0 ? now * (half_width / allowed) * (half_width / allowed) : 2e9;
  return static_cast<int>(std::clamp(std::ceil(wanted), now + 2.0, 2.0 * now));
}

Widest widest(const Rehearsal& rehearsal, double precision) {
  Finder finder;
  for (const IndicatorResult& each : rehearsal.indicators)
    finder.look(
        each.id, each.result,
        each.unit == pathway::Unit::share ? precision : precision * std::fabs(each.result.value));
  for (const ActivityResult& each : rehearsal.activities)
    if (each.staff)
      finder.look("wait of " + each.id, each.wait_mean,
                  std::max(precision * each.wait_mean.value, finest_minutes));
  return finder.out();
}

}  // namespace passerelle::rehearse
