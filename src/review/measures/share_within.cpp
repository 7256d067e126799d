// Share of `from` that was followed by `to` in time. Not judged: what was excused by `unless` or by
// the end of the case before the time was over, and what the log does not tell to its end.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_share_within(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  const Millis within = *bound.indicator->within;
  for (const uint32_t from : view.hits(bound.from)) {
    const Instant deadline = view.event(from).at + within;
    const uint32_t to = next_hit(view, bound.to, from);
    const bool kept = to != no_event && view.event(to).at <= deadline;
    if (!kept) {
      const uint32_t excuse = next_hit(view, bound.unless, from);
      const bool excused = excuse != no_event && view.event(excuse).at <= deadline;
      if (excused || view.end <= deadline) continue;
    }
    ++out.denominator;
    if (kept) ++out.numerator;
  }
  out.n = static_cast<uint64_t>(out.denominator);
}

}  // namespace passerelle::review
