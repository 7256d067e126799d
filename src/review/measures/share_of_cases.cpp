// Share of cases in which something happened, among all cases or those in which `of` happened.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_share_of_cases(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  if (bound.indicator->of.given() && view.hits(bound.of).empty()) return;
  out.denominator = 1;
  out.numerator = view.hits(bound.with).empty() ? 0 : 1;
  out.n = 1;
}

}  // namespace passerelle::review
