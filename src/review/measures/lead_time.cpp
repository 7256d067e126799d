// Time from the first `with` to the first `of` behind it: how much earlier it was known.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_lead_time(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  const Found found = found_before(view, bound);
  if (found.with == no_event) return;
  const auto lead = view.event(found.of).at - view.event(found.with).at;
  out.samples.push_back(static_cast<double>(lead.count()));
}

}  // namespace passerelle::review
