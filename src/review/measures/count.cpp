// Number of events.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_count(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  out.n = view.hits(bound.of).size();
  out.numerator = static_cast<int64_t>(out.n);
}

}  // namespace passerelle::review
