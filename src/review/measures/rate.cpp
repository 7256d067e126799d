// Events per patient-day: all events by all days, so that long cases weigh more than short ones.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_rate(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  out.denominator = patient_millis(view, bound);
  out.numerator = static_cast<int64_t>(view.hits(bound.of).size());
  out.n = out.denominator > 0 ? 1 : 0;
}

}  // namespace passerelle::review
