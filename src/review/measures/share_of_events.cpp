// Share of events whose data make an expression true.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_share_of_events(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  const pathway::Indicator& indicator = *bound.indicator;
  for (const uint32_t index : view.hits(bound.of)) {
    ++out.denominator;
    const auto value =
        evaluate_on(view, indicator.holds, indicator.holds_fields, view.event(index));
    if (value.is_true()) ++out.numerator;
  }
  out.n = static_cast<uint64_t>(out.denominator);
}

}  // namespace passerelle::review
