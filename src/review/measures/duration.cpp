// Time from each `from` to the next `to`. What was not answered has no time: read it beside
// share_within, which counts it.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_duration(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  for (const uint32_t from : view.hits(bound.from)) {
    const uint32_t to = next_hit(view, bound.to, from);
    if (to == no_event) continue;
    const uint32_t excused = next_hit(view, bound.unless, from);
    if (excused < to) continue;
    const auto took = view.event(to).at - view.event(from).at;
    out.samples.push_back(static_cast<double>(took.count()));
  }
}

}  // namespace passerelle::review
